"""What a station works with: the engines, and where sound comes from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kiosk.audio import Recording
from kiosk.encounter import Caution
from kiosk.phrases import PhraseScorer
from kiosk.recognition import Recognizer, Samples, SpeechDetector
from kiosk.translation import Translator


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines of one kiosk, made on the station's thread when the first command needs them."""

    detector: SpeechDetector
    recognizers: tuple[Recognizer, ...]
    scorers: tuple[PhraseScorer, ...] = ()
    translator: Translator | None = None


class Source(Protocol):
    """One recording in the making. Used by the station's thread only."""

    def level(self, timeout_s: float) -> tuple[float, float] | None:
        """Wait for the next reading: (dBFS, seconds recorded so far); None when there was none in time.

        Raises DeviceError when the device went away; what was recorded stays.
        """

    def heard(self, start: int) -> Samples:
        """Return what has been recorded from sample ``start`` on."""

    @property
    def path(self) -> Path:
        """The journal, on disk until it is discarded."""

    @property
    def ended(self) -> bool:
        """True when no more sound will come: the longest utterance was reached, or a played file is over."""

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What a nurse must know about the recording; complete once it has ended."""

    def stop(self) -> Recording:
        """Close the device and return what was recorded; raises AudioError when that is nothing."""

    def release(self) -> None:
        """Close the device and let go of the journal; it stays on disk for ``kiosk doctor`` to find."""

    def discard(self) -> None:
        """Close the device and erase the journal."""
