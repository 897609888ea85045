"""Each guard on a sound that deceives Whisper: what is written down for it, and which guards see through it.

Processors round differently, so that the words written down for such a sound differ between machines, and with them
which guards see through it: at least one of those named must. Each guard alone is tested in ``unit/test_guards.py``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kiosk import audio, engines, models, recognition, settings
from kiosk.encounter import Segment
from kiosk.engines.whisper import WhisperRecognizer
from kiosk.recognition import SAMPLE_RATE, Hypothesis, Samples, guards

pytestmark = pytest.mark.model

SETTINGS = settings.load()
AUDIO = Path(__file__).parents[2] / "config" / "audio"


@pytest.fixture(scope="module")
def whisper() -> WhisperRecognizer:
    """Whisper as it comes: no second try at a higher temperature, no short context."""
    plain = SETTINGS.recognition.model_copy(update={"temperatures": (0.0,), "short_margin_s": 0.0})
    return WhisperRecognizer(models.get(SETTINGS.recognition.model), plain)


def clip(name: str) -> Samples:
    return audio.load(AUDIO / name, limits=SETTINGS.audio).samples


def sound(name: str) -> Samples:
    """Return a shipped clip, or what is made of one."""
    if name == "three times as fast":
        return clip("en/complaint_01.flac")[::3]
    if name == "one second again and again":
        return np.tile(clip("en/complaint_01.flac")[8000:20000], 16)
    return clip(name)


def fired(hypothesis: Hypothesis, language: str, duration_s: float) -> set[str]:
    limits = SETTINGS.recognition
    return {guard.__name__ for guard in guards.GUARDS if guard(hypothesis, language, duration_s, limits) is not None}


@pytest.mark.parametrize(
    ("name", "language", "seen_by"),
    [
        ("one second again and again", "en", {"no_speech", "repeats", "unreliable"}),
        ("noise/pink.flac", "ru", {"no_speech", "subtitles"}),
        ("three times as fast", "ru", {"repeats", "unreliable"}),
        ("en/complaint_01.flac", "zh", {"script", "other_language"}),
        ("ru/asterisk_vm-intro.flac", "en", {"other_language"}),
        ("noise/tones.flac", "en", {"no_speech", "sparse", "unreliable"}),
        ("ug/phrase_00.flac", "en", {"unreliable"}),
    ],
)
def test_what_whisper_makes_of_it_is_seen_through(
    name: str, language: str, seen_by: set[str], whisper: WhisperRecognizer
) -> None:
    samples = sound(name)
    hypothesis = whisper.recognize(samples, language=language)
    assert hypothesis.text, "Whisper does write something down"
    assert fired(hypothesis, language, len(samples) / SAMPLE_RATE) & seen_by


def test_more_letters_than_anybody_can_say(whisper: WhisperRecognizer) -> None:
    """A sentence of five seconds, as if it had taken one: what a detector that cuts speech short would ask for."""
    hypothesis = whisper.recognize(clip("en/complaint_01.flac"), language="en")
    assert fired(hypothesis, "en", 5.0) == set()
    assert fired(hypothesis, "en", 1.0) == {"pace"}


def test_readings_that_disagree_are_a_warning_on_the_note(whisper: WhisperRecognizer) -> None:
    """ "Four years" and "4 years": nobody knows which digits were said until somebody listens."""
    hypothesis = whisper.recognize(clip("en/complaint_05.flac"), language="en")
    assert hypothesis.rivals
    assert "n_best" in {caution.kind for caution in guards.doubtful(hypothesis)}
    assert "n_best" not in {
        caution.kind for caution in guards.doubtful(whisper.recognize(clip("en/complaint_12.flac"), language="en"))
    }


def test_seconds_of_speech_without_words_are_said(whisper: WhisperRecognizer) -> None:
    """Twelve seconds of Russian on an English kiosk: no words, and the nurse is told so."""
    samples = np.tile(clip("ru/asterisk_vm-intro.flac"), 4)[: 12 * SAMPLE_RATE]
    heard = [
        *recognition.transcribe(samples, (Segment(0.0, 12.0),), language="en", recognizer=whisper, settings=SETTINGS)
    ]
    assert [one.utterance for one in heard] == [None]
    assert heard[0].voiced_s == 12.0
    assert engines.detector().probabilities(samples).mean() > 0.5, "somebody does speak"
    assert guards.no_words(heard[0].voiced_s).detail.startswith("12秒")
