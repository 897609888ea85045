"""Closed sets: where they come from, how they are ranked, and what is accepted."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import phrasebook, phrases, settings
from kiosk.encounter import Segment
from kiosk.engines.scripted import ScriptedScorer
from kiosk.errors import InputError, LanguageError, UnsupportedLanguageError
from kiosk.phrases import Candidate, spelling

PHRASES = settings.load().phrases.model_copy(update={"floor": 3.0, "margin": 1.0})


def offered(count: int) -> list[Candidate]:
    return [Candidate(phrase_id=f"p{number}", text=f"t{number}", spellings=(f"s{number}",)) for number in range(count)]


def rank(scores: list[float], top: int = 3, *, scale: str = "whisper", speech: bool = True) -> phrases.Ranking:
    return phrases.rank(
        offered(len(scores)), np.array(scores, np.float32), PHRASES, top=top, scale=scale, speech=speech
    )


def test_the_best_come_first() -> None:
    ranking = rank([1.0, 5.0, math.nan, 3.0, 2.0])
    assert [each.phrase_id for each in ranking.top] == ["p1", "p3", "p4"]
    assert ranking.candidates == 5
    assert ranking.accepted


@pytest.mark.parametrize(
    ("scores", "accepted"),
    [
        ([5.0, 4.5], False),  # two alike
        ([2.0, 0.0], False),  # stands out, but fits no better than it should on anything
        ([3.0, 2.0], True),
        ([5.0, math.nan], True),
        ([5.0], True),
        ([2.0], False),
        ([math.nan, math.nan], False),
    ],
)
def test_what_is_accepted(scores: list[float], accepted: bool) -> None:
    assert rank(scores).accepted is accepted


def test_scores_of_another_kind_than_was_measured_are_only_offered() -> None:
    assert rank([9.0, 0.0]).accepted
    ranking = rank([9.0, 0.0], scale="ctc")
    assert not ranking.accepted
    assert len(ranking.top) == 2


def test_what_nobody_said_is_never_accepted() -> None:
    ranking = rank([9.0, 0.0], speech=False)
    assert not ranking.accepted
    assert ranking.top[0].phrase_id == "p0"


@given(st.lists(st.floats(-20, 20) | st.just(math.nan), min_size=1, max_size=30), st.integers(1, 5))
def test_a_ranking_is_in_order(scores: list[float], top: int) -> None:
    ranking = rank(scores, top)
    found = [each.score for each in ranking.top]
    assert found == sorted(found, reverse=True)
    assert len(found) <= top
    assert 0 <= ranking.probability <= 1


def test_every_question_of_the_phrasebook_is_a_closed_set() -> None:
    for question in phrasebook.questions():
        assert phrases.candidates("ug", question)
    everything = phrases.candidates("ug")
    assert len({candidate.phrase_id for candidate in everything}) == len(everything)
    assert all(all(candidate.spellings) for candidate in everything)


def test_an_unknown_question_names_those_there_are() -> None:
    with pytest.raises(InputError, match="complaint"):
        phrases.candidates("ug", "complain")
    with pytest.raises(LanguageError):
        phrases.candidates("xx")


def test_candidates_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "set.tsv"
    path.write_text("a\tبېشىم ئاغرىۋاتىدۇ\t头痛\n\nb\tHIV 2 بار\n", encoding="utf-8-sig")
    first, second = phrases.read_candidates(path, "ug")
    assert (first.phrase_id, first.spellings[0], first.zh) == ("a", spelling.spell(first.text, "ug"), "头痛")
    assert (second.spellings[0], second.zh) == ("hiv 2 bar", "")  # Latin letters are spelled already


def test_candidates_in_a_language_that_is_scored_in_its_own_script(tmp_path: Path) -> None:
    path = tmp_path / "set.tsv"
    path.write_text("a\tбасым ауырады\n", encoding="utf-8")
    assert phrases.read_candidates(path, "kk")[0].spellings == ("басым ауырады",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no candidates"),
        (b"\n \n", "no candidates"),
        (b"only an id\n", "line 1 is not a candidate"),
        (b"a\tone\na\ttwo\n", "'a' stands twice"),
        (b"a\tone\tzh\tmore\n", "line 1 is not a candidate"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_a_file_that_is_no_set_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "set.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        phrases.read_candidates(path, "kk")
    with pytest.raises(InputError, match="cannot be read"):
        phrases.read_candidates(tmp_path / "absent.tsv", "kk")


@pytest.mark.parametrize(
    ("segments", "stretches"),
    [
        ([], []),
        ([(0, 1), (1.5, 2)], [(0, 2)]),
        ([(0, 1), (2.5, 3)], [(0, 1), (2.5, 3)]),
        ([(0, 8), (8.2, 16)], [(0, 8), (8.2, 16)]),  # too long for one phrase
    ],
)
def test_speech_with_short_pauses_is_one_phrase(
    segments: list[tuple[float, float]], stretches: list[tuple[float, float]]
) -> None:
    found = phrases.stretches([Segment(*segment) for segment in segments], pause_s=1.0)
    assert [(segment.start_s, segment.end_s) for segment in found] == stretches


def test_the_first_engine_that_knows_the_language() -> None:
    one, two = ScriptedScorer({}, languages=("kk",)), ScriptedScorer({}, languages=("kk", "ug"))
    assert phrases.choose("kk", [one, two]) is one
    assert phrases.choose("ug", [one, two]) is two
    with pytest.raises(UnsupportedLanguageError, match="维吾尔语"):
        phrases.choose("ug", [one])
