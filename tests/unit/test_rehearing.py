"""An encounter written up again: one recording, an interview answer by answer, the same words translated anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from kiosk import audio, pipeline, settings
from kiosk.answers import Answer, Confirmation, Interview
from kiosk.audio import Recording
from kiosk.desk import rehearing
from kiosk.desk.rehearing import Offer
from kiosk.encounter import AudioInfo, Intake, Translation, Utterance
from kiosk.engines.scripted import ScriptedDetector, ScriptedRecognizer
from kiosk.errors import Cancelled
from kiosk.pipeline import Pipeline, Progress
from kiosk.recognition import never

SETTINGS = settings.load()
AT = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)


def machine(*lines: str) -> Pipeline:
    recognizer = ScriptedRecognizer(lines, languages=("en",), engine="other@2")
    return Pipeline(SETTINGS, detector=ScriptedDetector(), recognizers=(recognizer,))


def recording(seconds: float) -> Recording:
    return audio.from_samples((0.1 * np.sin(np.arange(round(seconds * 16_000)) / 9)).astype(np.float32))


def last(events: object) -> tuple[Intake, list[Progress]]:
    seen = list(events)  # type: ignore[call-overload]  # an iterator
    assert isinstance(seen[-1], Intake)
    return seen[-1], [each for each in seen if isinstance(each, Progress)]


def interview() -> tuple[Intake, Recording]:
    """Return two spoken answers with a tapped one between them."""
    sound = recording(12.0)
    utterances = (
        Utterance(id="u1", text="head", language="en", mode="transcript", start_s=1.0, end_s=3.0, question="complaint"),
        Utterance(id="u2", text="3 days", language="en", mode="tap", question="duration"),
        Utterance(id="u3", text="penny", language="en", mode="transcript", start_s=8.0, end_s=10.0, question="allergy"),
    )
    translations = tuple(
        Translation(utterance_id=each.id, zh="…", channel="verified", engine="x@1") for each in utterances
    )
    base = pipeline.run(Pipeline(SETTINGS, detector=None).from_text("I have a headache", language="en"))
    answers = tuple(Answer(question=str(each.question), utterance_ids=(each.id,)) for each in utterances)
    asked = Interview(
        version="1",
        started_at=AT,
        ended_at=AT,
        answers=answers,
        confirmations=(Confirmation(path="findings/0", verdict="confirmed"),),
    )
    info = AudioInfo(duration_s=sound.duration_s, sha256=sound.sha256)
    return replace(base, audio=info, utterances=utterances, translations=translations, interview=asked), sound


def test_one_recording_keeps_its_language_and_its_audio() -> None:
    base = pipeline.run(Pipeline(SETTINGS, detector=None).from_text("I have a headache", language="en"))
    sound = recording(4.0)
    base = replace(base, audio=AudioInfo(duration_s=4.0, sha256="of the file that was played"))
    again, progress = last(rehearing.heard_again(machine("I have had a cough for two weeks"), base, sound, check=never))
    assert [each.code for each in again.note.findings] == ["cough"]
    assert again.utterances[0].engine == "other@2"
    assert (again.audio, again.language) == (base.audio, base.language)
    assert progress


def test_an_interview_is_heard_answer_by_answer_and_what_was_tapped_stays() -> None:
    intake, sound = interview()
    heard = machine("I have a headache", "I am allergic to penicillin")
    again, progress = last(rehearing.heard_again(heard, intake, sound, check=never))
    assert [(each.text, each.question) for each in again.utterances] == [
        ("I have a headache", "complaint"),
        ("3 days", "duration"),
        ("I am allergic to penicillin", "allergy"),
    ]
    assert again.utterances[1] == replace(intake.utterances[1], id="u2")
    for new, old in zip(again.utterances, intake.utterances, strict=True):
        if old.end_s:
            assert abs(new.start_s - old.start_s) <= 0.5  # placed in the whole recording
            assert abs(new.end_s - old.end_s) <= 0.5
    assert again.interview is not None
    assert [each.utterance_ids for each in again.interview.answers] == [("u1",), ("u2",), ("u3",)]
    assert again.interview.confirmations == ()  # they were about the earlier note
    assert [each.substance for each in again.note.allergies] == ["青霉素"]
    assert [each.done for each in progress] == sorted(each.done for each in progress)


def test_an_answer_in_which_nothing_is_heard_any_more_names_no_utterance() -> None:
    intake, sound = interview()
    assert intake.interview is not None
    silent = Pipeline(SETTINGS, detector=ScriptedDetector(()), recognizers=(ScriptedRecognizer((), languages=("en",)),))
    again, _ = last(rehearing.heard_again(silent, intake, sound, check=never))
    assert [each.text for each in again.utterances] == ["3 days"]
    assert again.interview is not None
    assert [each.utterance_ids for each in again.interview.answers] == [(), ("u1",), ()]


def test_the_same_words_translated_again_keep_the_facts() -> None:
    base = pipeline.run(
        Pipeline(SETTINGS, detector=None).from_text("I have had a headache for three days, no fever", language="en")
    )
    again, _ = last(rehearing.translated_again(None, base, SETTINGS, check=never))
    assert again.note.findings == base.note.findings
    assert again.utterances == base.utterances


def test_work_can_be_stopped_between_answers() -> None:
    intake, sound = interview()
    calls = iter([None, None])

    def check() -> None:
        if next(calls, "stop") == "stop":
            raise Cancelled("The work was stopped.")

    with pytest.raises(Cancelled):
        last(rehearing.heard_again(machine("I have a headache", "no"), intake, sound, check=check))


def test_what_is_offered_is_installed_and_knows_the_language() -> None:
    hearing = rehearing.offers(SETTINGS, "en", audio_there=True)
    assert Offer(name="whisper-base", kind="hearing") in hearing
    assert Offer(name="whisper-base", kind="hearing") in rehearing.offers(SETTINGS, "ug", audio_there=True)
    assert all(each.kind == "translation" for each in rehearing.offers(SETTINGS, "en", audio_there=False))
