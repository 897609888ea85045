"""A kiosk with scripted engines and a scripted microphone: nothing is random, nothing waits for a clock."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kiosk import audio, settings
from kiosk.audio import Recording
from kiosk.encounter import Caution, Segment
from kiosk.engines.scripted import ScriptedDetector, ScriptedRecognizer
from kiosk.errors import AudioError, KioskError
from kiosk.intakes import FolderOutbox, Outbox
from kiosk.phrases import PhraseScorer
from kiosk.recognition import Recognizer, Samples
from kiosk.settings import Settings
from kiosk.station.commands import StartListening
from kiosk.station.source import Engines, Source
from kiosk.ui.visit import KioskApp


def five_languages() -> Settings:
    """Return the shipped settings of a site with five languages, so that keys and screens stay the same."""
    chosen = settings.load()
    site = chosen.site.model_copy(update={"languages": ("ug", "kk", "ru", "en", "zh")})
    return chosen.model_copy(update={"site": site})


PLAIN_TERMINAL = {"TERM": "xterm-256color"}


def tone(seconds: float = 2.0, level: float = 0.1) -> Samples:
    """Return a 200 Hz tone: something to record."""
    time = np.arange(int(seconds * 16_000)) / 16_000
    return (level * np.sin(2 * np.pi * 200 * time)).astype(np.float32)


class HeldSource:
    """A microphone that has recorded ``samples`` and stays open until it is stopped."""

    def __init__(self, samples: Samples, path: Path, *, ends: bool = False, breaks: KioskError | None = None) -> None:
        self.path = path
        self.path.write_bytes(audio.to_pcm16(samples))
        self.ended = False
        self.cautions: tuple[Caution, ...] = ()
        self._samples = samples
        self._ends = ends
        self._breaks = breaks
        self._stopped = threading.Event()
        self._readings: Iterator[tuple[float, float]] = iter([(-20.0, 0.5), (-50.0, 1.0), (-2.0, 1.5)])

    def level(self, timeout_s: float) -> tuple[float, float] | None:
        reading = next(self._readings, None)
        if reading is None:
            if self._breaks is not None:
                raise self._breaks
            self.ended = self._ends
            self._stopped.wait(min(timeout_s, 0.01))
        return reading

    def heard(self, start: int) -> Samples:
        return self._samples[start:]

    def stop(self) -> Recording:
        self._stopped.set()
        if not self._samples.size:
            raise AudioError("The recording holds no sound.")
        return audio.from_samples(self._samples, source=self.path)

    def release(self) -> None:
        self._stopped.set()

    def discard(self) -> None:
        self._stopped.set()
        self.path.unlink(missing_ok=True)


@pytest.fixture
def make_app(tmp_path: Path) -> Callable[..., KioskApp]:
    """Return what makes an app that hears the given lines, one a recording.

    The microphone gives a steady tone (or ``samples``) until it is stopped; it can refuse to open, break, or end alone.
    """

    def make(
        *lines: str,
        samples: Samples | None = None,
        refuses: list[KioskError] | None = None,
        breaks: KioskError | None = None,
        ends: bool = False,
        recognizer: Recognizer | None = None,
        scorers: Sequence[PhraseScorer] = (),
        speech: Sequence[Segment] | None = None,
        make_engines: Callable[[], Engines] | None = None,
        intakes_folder: Path | None = None,
        languages: tuple[str, ...] | None = None,
        outbox: Outbox | None = None,
        ui: dict[str, Any] | None = None,
        kind: type[KioskApp] = KioskApp,
        **more: Any,
    ) -> KioskApp:
        chosen = five_languages()
        if languages is not None:
            chosen = chosen.model_copy(update={"site": chosen.site.model_copy(update={"languages": languages})})
        if ui is not None:
            chosen = chosen.model_copy(update={"ui": chosen.ui.model_copy(update=ui)})
        scripted = recognizer or ScriptedRecognizer(lines, languages=("en", "ru", "zh"))
        numbers = itertools.count(1)
        opened = itertools.count(1)

        def open_source(_asked: StartListening) -> Source:
            if refuses:
                raise refuses.pop(0)
            path = tmp_path / f"held{next(opened)}.journal"
            return HeldSource(tone() if samples is None else samples, path, ends=ends, breaks=breaks)

        more.setdefault("next_ticket", lambda: str(next(numbers)))
        more.setdefault("clock", lambda: 0.0)  # nobody is idle, however slow the machine is
        return kind(
            chosen,
            make_engines=make_engines or (lambda: Engines(ScriptedDetector(speech), (scripted,), tuple(scorers))),
            open_source=open_source,
            outbox=outbox or FolderOutbox(intakes_folder or tmp_path / "intakes"),
            environment=PLAIN_TERMINAL,
            **more,
        )

    return make
