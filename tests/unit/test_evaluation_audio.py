"""Figures of recognition: ranks, shares with their intervals, and what counts as a false accept."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from kiosk import settings
from kiosk.encounter import Segment
from kiosk.engines.scripted import ScriptedDetector, ScriptedRecognizer, ScriptedScorer
from kiosk.errors import InputError
from kiosk.evaluation import audio as evaluation_audio
from kiosk.evaluation.audio import Clip, Engines

SETTINGS = settings.load()
HEADACHE, FEVER = "بېشىم ئاغرىۋاتىدۇ", "قىزىتمام بار"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound.flac"
    soundfile.write(path, np.zeros(32_000, np.float32), 16_000)
    return path


def engines(likes: dict[str, float], lines: tuple[str, ...] = ()) -> Engines:
    return Engines(
        detector=ScriptedDetector([Segment(0.2, 1.8)]),
        recognizers=(ScriptedRecognizer(lines, languages=("en",)),),
        scorers=(ScriptedScorer(likes, languages=("ug",)),),
    )


def test_phrases_are_counted_by_rank(sound: Path) -> None:
    clips = [Clip(path=sound, language="ug", transcript=text) for text in (HEADACHE, FEVER)]
    found = evaluation_audio.evaluate(clips, engines({"beşim ağrivatidu": 9.0, "kizitmam bar": 5.0}), SETTINGS)
    row = found["languages"]["ug"]["phrases"]
    assert (row["clips"], row["top1"], row["top3"]) == (2, 0.5, 1.0)
    assert (row["accepted_right"], row["accepted_wrong"]) == (0.5, 0.5)
    # Without its own phrase in the set, the first clip's next is accepted, the second's first still is.
    assert row["accepted_absent"] == 1.0


def test_a_phrase_outside_the_phrasebook_joins_the_set(sound: Path) -> None:
    clips = [Clip(path=sound, language="ug", transcript="ئالما", zh="苹果")]
    found = evaluation_audio.evaluate(clips, engines({"alma": 9.0}), SETTINGS)
    row = found["languages"]["ug"]["phrases"]
    assert row["top1"] == 1.0
    assert row["accepted_absent"] == 0.0


def test_other_speech_that_is_accepted_is_a_false_accept(sound: Path) -> None:
    clips = [
        Clip(path=sound, language="ug", transcript=HEADACHE),
        Clip(path=sound, language="en", transcript="hello"),
        Clip(path=sound, language=None, transcript=""),
    ]
    found = evaluation_audio.evaluate(clips, engines({"beşim ağrivatidu": 9.0}, ("hello",)), SETTINGS)
    row = found["languages"]["ug"]["phrases"]
    assert (row["others"], row["accepted_others"]) == (2, 1.0)
    assert found["languages"]["en"]["transcript"]["wer"] == 0.0
    assert "top-1 1.0" in evaluation_audio.report(found)


def test_transcripts_are_measured_with_an_interval(sound: Path) -> None:
    clips = [Clip(path=sound, language="en", transcript="my head hurts badly")] * 2
    found = evaluation_audio.evaluate(clips, engines({}, ("my head hurts badly", "my hand hurts badly")), SETTINGS)
    row = found["languages"]["en"]["transcript"]
    assert row["wer"] == 0.125
    assert row["wer_ci"][0] <= row["wer"] <= row["wer_ci"][1]
    assert row["engine"]
    assert row["heard"] == [
        ["my head hurts badly", "my head hurts badly"],
        ["my head hurts badly", "my hand hurts badly"],
    ]


def test_a_candidate_left_behind_has_the_last_rank() -> None:
    scores = np.array([1.0, np.nan, 3.0], np.float32)
    assert [evaluation_audio.rank_of(scores, place) for place in range(3)] == [1, 3, 0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"path": "a.flac"}', "line 1 is not a clip"),
        ("[]", "line 1 is not a clip"),
        ("not json", "line 1 is not a clip"),
    ],
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        evaluation_audio.load(path)
    with pytest.raises(InputError, match="cannot be read"):
        evaluation_audio.load(tmp_path / "absent.jsonl")


def test_paths_are_from_the_manifests_folder(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    row = {"path": "ug/a.flac", "lang": "ug", "transcript": HEADACHE, "zh": "头痛"}
    path.write_text(json.dumps(row) + "\n\n", encoding="utf-8")
    (clip,) = evaluation_audio.load(path)
    assert (clip.path, clip.zh) == (tmp_path / "ug" / "a.flac", "头痛")
