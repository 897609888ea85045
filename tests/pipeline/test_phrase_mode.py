"""Speech in a language that no engine writes down: phrases, from the recording to the note."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from kiosk import audio, phrases, pipeline, settings
from kiosk.encounter import Intake, Segment
from kiosk.engines.scripted import ScriptedDetector, ScriptedRecognizer, ScriptedScorer
from kiosk.errors import InputError, UnsupportedLanguageError
from kiosk.phrases import cohort
from kiosk.pipeline import Pipeline, Progress

SETTINGS = settings.load()
HEADACHE = "beşim ağrivatidu"
SPEECH = (Segment(0.5, 1.5), Segment(4.0, 5.0))


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))


def machine(likes: Mapping[str, float], speech: tuple[Segment, ...] = SPEECH[:1]) -> Pipeline:
    return Pipeline(
        SETTINGS,
        detector=ScriptedDetector(speech),
        recognizers=(ScriptedRecognizer(["I have a headache"], languages=("en",)),),
        scorers=(ScriptedScorer(likes, languages=("ug", "en")),),
    )


def intake(
    likes: Mapping[str, float],
    speech: tuple[Segment, ...] = SPEECH[:1],
    *,
    language: str = "ug",
    question: str | None = None,
) -> Intake:
    recording = audio.from_samples(np.zeros(16_000 * 6, np.float32))
    return pipeline.run(machine(likes, speech).from_recording(recording, language=language, question=question))


def test_an_accepted_phrase_is_what_the_patient_said() -> None:
    found = intake({HEADACHE: 9.0})
    (said,) = found.utterances
    assert (said.mode, said.text, said.engine) == ("phrase", "بېشىم ئاغرىۋاتىدۇ", "scripted@1")
    assert said.alternatives[0].zh == "头痛"
    assert found.note.chief_complaint == "头痛"
    assert [warning.kind for warning in said.warnings] == ["phrase_heard"]
    assert "须与患者核对" in found.note.text


def test_a_phrase_that_is_not_sure_never_reaches_the_note() -> None:
    found = intake({HEADACHE: 9.0, "kizitmam bar": 8.9})
    (said,) = found.utterances
    assert said.text == ""
    assert {each.zh for each in said.alternatives[:2]} == {"头痛", "发热"}
    assert len(said.alternatives) == phrases.OFFERED
    assert found.note.findings == ()
    assert found.note.chief_complaint == ""
    assert "候选短语（患者未确认）：头痛／发热" in found.note.text


def test_each_stretch_of_speech_is_a_phrase() -> None:
    found = intake({HEADACHE: 9.0}, SPEECH)
    assert [(said.id, said.start_s < 2) for said in found.utterances] == [("u1", True), ("u2", False)]


def test_the_question_decides_what_can_be_said() -> None:
    found = intake({"üç kün boldi": 9.0, HEADACHE: 9.5}, question="duration")
    assert HEADACHE not in {candidate.spellings[0] for candidate in phrases.candidates("ug", "duration")}
    assert all(said.text != "بېشىم ئاغرىۋاتىدۇ" for said in found.utterances)
    with pytest.raises(InputError, match="no question"):
        intake({}, question="weather")


def test_silence_gives_no_words() -> None:
    found = intake({HEADACHE: 9.0}, ())
    assert found.utterances == ()


def test_an_engine_that_writes_the_language_down_comes_first() -> None:
    assert intake({}, language="en").utterances[0].mode == "transcript"
    assert machine({}).mode("en") == "transcript"
    assert machine({}).mode("ug") == "phrase"
    assert machine({}).mode("kk") is None
    assert machine({}).spoken == ("ug", "en")
    with pytest.raises(UnsupportedLanguageError):
        intake({}, language="kk")


def test_measuring_norms_shows_progress() -> None:
    recording = audio.from_samples(np.zeros(16_000 * 6, np.float32))
    events = [*machine({}).from_recording(recording, language="ug")]
    loading = [event.done for event in events if isinstance(event, Progress) and event.stage == "loading"]
    assert loading == sorted(loading)
    assert len(loading) > len(cohort.load(SETTINGS).clips)
