"""The whole chain with scripted engines: what each stage hands on, what is refused, what can be cancelled."""

from __future__ import annotations

import numpy as np
import pytest

from kiosk import audio, pipeline, settings
from kiosk.encounter import Segment
from kiosk.engines.scripted import ScriptedDetector, ScriptedRecognizer, said
from kiosk.errors import Cancelled, LanguageError, UnsupportedLanguageError
from kiosk.pipeline import Finished, Heard, LanguageFound, Pipeline, Progress
from kiosk.recognition import Hypothesis

RECORDING = audio.from_samples(np.full(16_000 * 8, 0.1, np.float32))
TWO = (Segment(1.0, 3.0), Segment(5.0, 7.0))


def machine(*lines: str | Hypothesis, speech: tuple[Segment, ...] = TWO, **hears: float) -> Pipeline:
    chosen = settings.load()
    site = chosen.site.model_copy(update={"languages": ("ug", "kk", "ru", "en", "zh")})
    return Pipeline(
        chosen.model_copy(update={"site": site}),
        detector=ScriptedDetector(speech),
        recognizers=[ScriptedRecognizer(lines, languages=("en", "ru"), hears=hears)],
    )


def test_every_field_leads_back_to_the_words_and_seconds() -> None:
    intake = pipeline.run(machine("my head hurts", "for three days").from_recording(RECORDING, language="en"))
    assert [u.id for u in intake.utterances] == ["u1", "u2"]
    assert intake.utterances[0].start_s < intake.utterances[0].end_s < intake.utterances[1].start_s
    assert {u.engine for u in intake.utterances} == {"scripted@1"}
    assert intake.audio is not None
    assert intake.audio.sha256 == RECORDING.sha256
    (finding,) = intake.note.findings
    assert finding.evidence[0].utterance_id == "u1"
    assert [t.utterance_id for t in intake.translations] == ["u1", "u2"]


def test_events_come_in_order() -> None:
    events = [*machine("my head hurts", "I have a fever").from_recording(RECORDING, language="en")]
    kinds = [type(event) for event in events]
    assert kinds.index(LanguageFound) < kinds.index(Heard) < kinds.index(Finished) == len(kinds) - 1
    recognising = [e.done for e in events if isinstance(e, Progress) and e.stage == "recognising"]
    assert recognising == sorted(recognising)
    assert recognising[-1] == 1.0


def test_silence_gives_no_words_and_no_warning() -> None:
    intake = pipeline.run(machine(speech=()).from_recording(RECORDING, language="en"))
    assert intake.utterances == ()
    assert intake.note.chief_complaint == ""
    assert intake.note.warnings == ()


def test_speech_without_words_is_a_warning() -> None:
    intake = pipeline.run(machine("", "", speech=TWO).from_recording(RECORDING, language="en"))
    assert intake.utterances == ()
    assert {caution.kind for caution in intake.note.warnings} == {"no_words"}
    assert "注意：" in intake.note.text


def test_a_loop_is_not_shown_as_words() -> None:
    loop = Hypothesis(
        text="c'est bien, " * 30, mean_log_prob=-0.2, no_speech_prob=0.1, compression_ratio=12.0, tokens=120
    )
    intake = pipeline.run(machine(loop, said("my head hurts")).from_recording(RECORDING, language="en"))
    assert [u.text for u in intake.utterances] == ["my head hurts"]
    assert intake.note.warnings


def test_a_language_that_no_engine_knows_is_refused_before_anything_is_heard() -> None:
    with pytest.raises(UnsupportedLanguageError, match="kiosk run"):
        pipeline.run(machine("never").from_recording(RECORDING, language="ug"))


def test_a_language_that_is_not_enabled_is_refused() -> None:
    with pytest.raises(LanguageError, match="not enabled"):
        pipeline.run(machine("never").from_recording(RECORDING, language="tr"))
    with pytest.raises(LanguageError, match="not enabled"):
        pipeline.run(machine().from_text("a", language="tr"))


def test_detection_among_enabled_languages() -> None:
    intake = pipeline.run(machine("my head hurts", "and my back", en=0.97, ru=0.01).from_recording(RECORDING))
    assert (intake.language.code, intake.language.evidence) == ("en", "detected")
    assert intake.language.score == pytest.approx(0.97)
    with pytest.raises(LanguageError, match="--lang"):
        pipeline.run(machine("never", en=0.3, ru=0.2).from_recording(RECORDING))


def test_work_can_be_cancelled_between_pieces() -> None:
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls > 3:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        pipeline.run(machine("my head hurts", "never").from_recording(RECORDING, language="en", check=check))


def test_text_needs_its_language() -> None:
    with pytest.raises(LanguageError, match="--lang"):
        pipeline.run(machine().from_text("a", language="auto"))


def test_empty_text_is_an_empty_note() -> None:
    intake = pipeline.run(machine().from_text("  ", language="en"))
    assert intake.utterances == ()
    assert intake.note.chief_complaint == ""
