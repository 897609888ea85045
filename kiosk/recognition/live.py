"""While a patient still speaks: text that only grows, and the end of speech.

The text is what two readings in a row agree on from their beginning (the local agreement of Liu, Spanakis and Niehues,
Interspeech 2020, arXiv:2005.11185), and never less than was shown before. It is for the speaker's reassurance: what
reaches the note is recognised from the whole recording when it has ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.errors import Cancelled, KioskError
from kiosk.recognition import SAMPLE_RATE, Check, Recognizer, Samples, SpeechStream, guards
from kiosk.settings import Live

THREAD_NAME = "kiosk-live"


class StablePrefix:
    """What two readings in a row agree on; it only grows."""

    def __init__(self, *, by_character: bool = False) -> None:
        self._by_character = by_character
        self._last: list[str] = []
        self._stable: list[str] = []

    @property
    def text(self) -> str:
        """The words that will not change any more."""
        return ("" if self._by_character else " ").join(self._stable)

    def read(self, text: str) -> str:
        """Take the next reading of the whole and return :attr:`text`."""
        words = list(text) if self._by_character else text.split()
        agreed = 0
        for one, other in zip(words, self._last, strict=False):
            if one != other:
                break
            agreed += 1
        # A reading that contradicts what is shown already says nothing about what follows it.
        if agreed > len(self._stable) and words[: len(self._stable)] == self._stable:
            self._stable = words[:agreed]
        self._last = words
        return self.text


class EndOfSpeech:
    """Says when someone has spoken and then been silent for long enough.

    Args:
        frame_s: seconds a frame of the probabilities.
        threshold: probability from which a frame is speech; 0.15 less keeps it so, as in segmentation.
        min_speech_s: speech that is needed before a silence can end it.
        silence_s: the silence that ends it.
    """

    HYSTERESIS = 0.15

    def __init__(self, *, frame_s: float, threshold: float, min_speech_s: float, silence_s: float) -> None:
        self._frame_s = frame_s
        self._threshold = threshold
        self._min_speech_s = min_speech_s
        self._silence_s = silence_s
        self._speaking = False
        self.speech_s = 0.0
        """Seconds of speech so far."""
        self.silence_s = 0.0
        """Seconds since somebody spoke last; 0.0 before anybody has."""

    def hear(self, probabilities: NDArray[np.float32]) -> bool:
        """Take the next frames; True when speech has ended."""
        for probability in probabilities.tolist():
            limit = self._threshold - (self.HYSTERESIS if self._speaking else 0.0)
            self._speaking = probability >= limit
            if self._speaking:
                self.speech_s += self._frame_s
                self.silence_s = 0.0
            elif self.speech_s > 0:
                self.silence_s += self._frame_s
        return self.ended

    @property
    def ended(self) -> bool:
        """True while the silence after speech is long enough."""
        return self.speech_s >= self._min_speech_s and self.silence_s >= self._silence_s


@dataclass(frozen=True, slots=True)
class Reading:
    """What is new: the stable text when it has grown (else None), and whether speech has ended."""

    text: str | None
    ended: bool


class Listener:
    """Follows one recording. Called by the thread that owns the engines, which it lends to one worker for each reading.

    Between :meth:`follow` and :meth:`finish` the owner must not use the recogniser.

    Args:
        stream: of the speech detector.
        recognizer: writes down the text; None where no engine does, and only the end of speech is found.
        clock: seconds, for tests.
    """

    def __init__(
        self,
        settings: Live,
        *,
        stream: SpeechStream,
        recognizer: Recognizer | None,
        language: str,
        threshold: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._stream = stream
        self._recognizer = recognizer
        self._language = language
        self._clock = clock
        self._end = EndOfSpeech(
            frame_s=stream.frame_s,
            threshold=threshold,
            min_speech_s=settings.min_speech_s,
            silence_s=settings.end_of_speech_s,
        )
        self._prefix = StablePrefix(by_character=language == "zh")
        self._heard = np.empty(0, np.float32)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=THREAD_NAME) if recognizer is not None else None
        self._reading: Future[tuple[str, float]] | None = None
        self._next_at = 0.0
        self._read_to = 0.0  # seconds of speech that the last reading had
        self._stopped = False

    def follow(self, fresh: Samples) -> Reading:
        """Take what was recorded since the last call."""
        self._heard = np.concatenate([self._heard, fresh])
        ended = self._end.hear(self._stream.push(fresh))
        text = self._take()
        if self._due():
            self._begin()
        return Reading(text, ended)

    @property
    def silence_s(self) -> float:
        """Seconds since somebody spoke last."""
        return self._end.silence_s

    def finish(self) -> None:
        """Stop reading and give the recogniser back. Waits for the piece of work at hand."""
        self._stopped = True
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _due(self) -> bool:
        return (
            self._pool is not None
            and self._reading is None
            and self._clock() >= self._next_at
            # Silence is not read again.
            and self._end.speech_s >= max(self._settings.min_speech_s, self._read_to + self._settings.min_speech_s)
            and self._heard.size <= self._settings.max_s * SAMPLE_RATE
        )

    def _begin(self) -> None:
        if self._pool is not None:
            self._read_to = self._end.speech_s
            self._reading = self._pool.submit(self._read, self._heard, self._check)

    def _check(self) -> None:
        if self._stopped:
            raise Cancelled("The speaker has finished.")

    def _read(self, samples: Samples, check: Check) -> tuple[str, float]:
        """Return the text and the seconds of processor time that it took."""
        if self._recognizer is None:
            return "", 0.0
        before = time.process_time()
        hypothesis = self._recognizer.glance(samples, language=self._language, check=check)
        return guards.clean(hypothesis.text), time.process_time() - before

    def _take(self) -> str | None:
        """Return the stable text when a reading has made it grow."""
        if self._reading is None or not self._reading.done():
            return None
        reading, self._reading = self._reading, None
        try:
            text, cost_s = reading.result()
        except KioskError:
            # What is shown meanwhile is a courtesy: the recording itself is recognised later, and fails aloud then.
            self._next_at = float("inf")
            return None
        # A reading that cost a second of one core is followed by three of rest: a quarter of one core at most.
        self._next_at = self._clock() + cost_s * (1 / self._settings.max_load - 1)
        before = self._prefix.text
        return grown if (grown := self._prefix.read(text)) != before else None
