"""The scores count what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk import evaluation
from kiosk.encounter import Duration
from kiosk.errors import InputError
from kiosk.evaluation import Sample


def sample(text: str, *facts: dict[str, object], danger: bool = False) -> Sample:
    return Sample(id="x", language="en", text=text, facts=facts, danger=danger)


HEADACHE: dict[str, object] = {"kind": "finding", "code": "headache", "status": "present", "duration": "3d"}


def test_found_missing_and_wrong() -> None:
    cough: dict[str, object] = {"kind": "finding", "code": "cough", "status": "present"}
    (result,) = evaluation.evaluate(
        [sample("I have had a headache for three days and I have a fever", HEADACHE, cough)]
    )
    assert result.found == {("finding", "headache", "present", "current", "patient"), ("duration", "headache", "3d")}
    assert result.missing == {("finding", "cough", "present", "current", "patient")}
    assert result.wrong == {("finding", "fever", "present", "current", "patient")}
    scores = evaluation.figures([result])["overall"]
    assert (scores["facts"], scores["score"], scores["wrong_rate"]) == (3, 0.6667, 0.3333)


def test_red_flags_and_false_alarms() -> None:
    results = evaluation.evaluate(
        [
            sample("my chest hurts", danger=True),
            sample("I have a headache", danger=True),
            sample("my knee hurts"),
            sample("my chest hurts"),
        ]
    )
    scores = evaluation.figures(results)["overall"]
    assert (scores["red_flag_recall"], scores["false_alarm_rate"]) == (0.5, 0.5)


def test_a_site_counts_only_where_it_was_stated() -> None:
    (result,) = evaluation.evaluate(
        [sample("I have a headache", {"kind": "finding", "code": "headache", "status": "present"})]
    )
    assert not result.wrong


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (Duration(value=3, unit="d"), "3d"),
        (Duration(value=1.5, unit="mo"), "1.5mo"),
        (Duration(value=3, unit="d", value_high=4), "3-4d"),
    ],
)
def test_durations(duration: Duration, text: str) -> None:
    assert evaluation.ucum(duration) == text


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"id": 1}\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 1 is not a sample"):
        evaluation.load(path)
    path.write_text(
        json.dumps({"id": "x", "language": "en", "text": "a", "facts": [{"kind": "mood"}], "danger": False}) + "\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="Unknown kind of fact 'mood'"):
        evaluation.evaluate(evaluation.load(path))


HELD_APART = sorted((Path(__file__).parents[1] / "held_apart").glob("*.jsonl"))


@pytest.mark.parametrize("path", HELD_APART, ids=lambda path: path.stem)
def test_the_held_apart_sentences_are_whole(path: Path) -> None:
    samples = evaluation.load(path)
    assert len(samples) >= 25
    assert len({one.text for one in samples}) == len(samples)
    assert {one.language for one in samples} == {path.stem}


@pytest.mark.parametrize(
    ("stated", "same"), [("每天两次", True), ("一日2次", True), ("每日3次", False), ("每晚", False)]
)
def test_how_often_a_medicine_is_taken_counts_in_any_spelling(stated: str, same: bool) -> None:
    taken: dict[str, object] = {"kind": "medication", "name": "二甲双胍", "frequency": stated}
    (result,) = evaluation.evaluate([sample("I take metformin twice a day", taken)])
    assert (not result.missing) == same
    assert (not result.wrong) == same


def test_what_the_skin_of_a_place_does_has_two_spellings() -> None:
    text = "The skin of my hands is cracked, and my scalp itches."
    cracked: dict[str, object] = {"kind": "finding", "code": "cracked_skin", "status": "present", "site": "手部"}
    itching: dict[str, object] = {"kind": "finding", "code": "scalp_itching", "status": "present"}
    (result,) = evaluation.evaluate([sample(text, cracked, itching)])
    assert not result.missing
    assert not result.wrong
    (result,) = evaluation.evaluate([sample(text, cracked, {**itching, "code": "back_itching"})])
    assert result.missing == {("site", "skin_itching", "背部")}
