"""Text that only grows while somebody speaks, and the end of speech."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import settings
from kiosk.encounter import Segment
from kiosk.engines.scripted import ScriptedDetector, ScriptedRecognizer, said
from kiosk.errors import EngineError
from kiosk.recognition import SAMPLE_RATE, Check, Hypothesis, Samples, never
from kiosk.recognition.live import EndOfSpeech, Listener, StablePrefix

LIVE = settings.load().live
WORDS = st.lists(st.lists(st.sampled_from("abc"), max_size=6).map(" ".join), max_size=12)


@given(WORDS)
def test_stable_text_only_ever_grows(readings: list[str]) -> None:
    prefix, shown = StablePrefix(), ""
    for reading in readings:
        text = prefix.read(reading)
        assert text.split()[: len(shown.split())] == shown.split()
        shown = text


def test_two_readings_have_to_agree() -> None:
    prefix = StablePrefix()
    assert prefix.read("my head") == ""
    assert prefix.read("my head hurts") == "my head"
    assert prefix.read("my hand hurts badly") == "my head"  # contradicts what is shown: ignored
    assert prefix.read("my head hurts badly") == "my head"
    assert prefix.read("my head hurts badly since") == "my head hurts badly"


def test_chinese_grows_by_characters() -> None:
    prefix = StablePrefix(by_character=True)
    prefix.read("我头")
    assert prefix.read("我头痛三天") == "我头"


def end_of_speech(silence_s: float = 0.7) -> EndOfSpeech:
    return EndOfSpeech(frame_s=0.032, threshold=0.5, min_speech_s=0.3, silence_s=silence_s)


def frames(seconds: float, probability: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.full(round(seconds / 0.032), probability, np.float32)


def test_speech_ends_within_eight_tenths_of_a_second() -> None:
    end = end_of_speech(LIVE.end_of_speech_s)
    assert not end.hear(frames(1.0, 0.9))
    heard = 0.0
    while not end.hear(frames(0.032, 0.02)):
        heard += 0.032
    assert heard <= 0.8


@pytest.mark.parametrize(
    ("probabilities", "ended"),
    [
        ([(3.0, 0.1)], False),  # nobody has spoken yet
        ([(0.1, 0.9), (2.0, 0.0)], False),  # a click
        ([(1.0, 0.9), (0.5, 0.0), (0.5, 0.9), (0.5, 0.0)], False),  # pauses for breath
        ([(1.0, 0.9), (2.0, 0.4)], False),  # trailing off, above the lower limit
        ([(1.0, 0.9), (1.0, 0.3)], True),
    ],
)
def test_what_ends_speech(probabilities: Sequence[tuple[float, float]], ended: bool) -> None:
    end = end_of_speech()
    for seconds, probability in probabilities:
        end.hear(frames(seconds, probability))
    assert end.ended is ended


class Glancing(ScriptedRecognizer):
    """Gives a longer line at each glance, and counts them."""

    def __init__(self, lines: Sequence[str], error: EngineError | None = None) -> None:
        super().__init__([], languages=("en",))
        self._lines: Iterator[str] = iter(lines)
        self._error = error
        self.glances: list[int] = []
        self.done = threading.Event()

    def glance(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:  # noqa: ARG002
        check()
        self.glances.append(len(samples))
        try:
            if self._error is not None:
                raise self._error
            return said(next(self._lines, ""))
        finally:
            self.done.set()


def listener(recognizer: Glancing | None, clock: list[float], *, speech: Sequence[Segment] | None = None) -> Listener:
    return Listener(
        LIVE,
        stream=ScriptedDetector(speech).stream(),
        recognizer=recognizer,
        language="en",
        threshold=0.5,
        clock=lambda: clock[0],
    )


def second() -> Samples:
    return np.zeros(SAMPLE_RATE, np.float32)


def test_words_appear_while_somebody_speaks() -> None:
    engine = Glancing(["my head", "my head hurts", "my head hurts a lot"])
    clock, shown = [0.0], []
    following = listener(engine, clock)
    for _ in range(8):
        engine.done.clear()
        reading = following.follow(second())
        clock[0] += 60  # long after the rest that a reading is followed by
        engine.done.wait(0.2)
        threading.Event().wait(0.01)  # the worker hands its result over
        if reading.text:
            shown.append(reading.text)
    following.finish()
    assert shown == ["my head", "my head hurts"]


def test_a_reading_is_followed_by_rest() -> None:
    """No time passes: however often it is asked, it does not read again."""
    engine, clock = Glancing(["one"] * 20), [0.0]
    following = listener(engine, clock)
    for _ in range(6):
        following.follow(second())
        engine.done.wait(1)
        threading.Event().wait(0.01)
    following.finish()
    assert len(engine.glances) <= 2


def test_silence_is_not_read_again() -> None:
    engine, clock = Glancing(["one"] * 20), [0.0]
    following = listener(engine, clock, speech=[Segment(0.0, 1.0)])
    for _ in range(6):
        following.follow(second())
        engine.done.wait(1)
        threading.Event().wait(0.01)
        clock[0] += 60
    following.finish()
    assert len(engine.glances) == 1


def test_an_engine_that_fails_takes_the_words_away_and_nothing_else() -> None:
    engine, clock = Glancing([], EngineError("broken")), [0.0]
    following = listener(engine, clock, speech=[Segment(0.0, 2.0)])
    readings = []
    for _ in range(5):
        readings.append(following.follow(second()))
        engine.done.wait(1)
        threading.Event().wait(0.01)
        clock[0] += 60
    following.finish()
    assert [reading.text for reading in readings] == [None] * 5
    assert readings[-1].ended


def test_without_a_recogniser_the_end_is_found_all_the_same() -> None:
    following = listener(None, [0.0], speech=[Segment(0.0, 1.0)])
    assert not following.follow(second()).ended
    assert following.follow(second()).ended
    assert following.silence_s == pytest.approx(1.0, abs=0.05)
    following.finish()
