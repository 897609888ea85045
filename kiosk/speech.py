"""Questions and answers read aloud.

Recorded prompts come first (``config/prompts/<language>/<key>.flac``, also .wav, .ogg, .mp3), then the site's own
voices, then espeak-ng; where none speaks a language the screens stay silent and lose nothing. One thread makes the
sound and plays it: whoever asks for speech never waits, and asking again cuts off what is being said.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kiosk import audio, resources
from kiosk.errors import Cancelled, KioskError
from kiosk.recognition import SAMPLE_RATE, Check
from kiosk.settings import Audio

log = logging.getLogger(__name__)

THREAD_NAME = "kiosk-voice"
SUFFIXES = (".flac", ".wav", ".ogg", ".mp3")
_KEPT = 64  # sounds of prompts that are kept: they are said to every patient


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono samples in −1…1, shape (n,), at ``rate`` Hz."""

    samples: NDArray[np.float32]
    rate: int


class Synthesizer(Protocol):
    """An engine that speaks. Not re-entrant: one thread owns it."""

    @property
    def engine(self) -> str:
        """``name@revision``."""

    @property
    def languages(self) -> frozenset[str]:
        """Codes of ``kiosk.languages`` that it speaks."""

    def synthesize(self, text: str, *, language: str, check: Check) -> Sound:
        """Return the text as sound.

        Raises:
            ModelError, EngineError: it cannot.
            Cancelled: ``check`` raised it.
        """


class Player(Protocol):
    """A loudspeaker."""

    def play(self, sound: Sound, *, stopped: threading.Event) -> None:
        """Play to the end, or until ``stopped`` is set.

        Raises:
            DeviceError: there is no loudspeaker, or it is gone.
        """


class Voice(Protocol):
    """What the screens know of speech."""

    def speakable(self, language: str) -> bool:
        """Say whether anything can be said in this language."""

    def say(self, text: str, language: str, *, key: str = "") -> None:
        """Begin to say a text, in place of what is being said. Never waits, never fails.

        Args:
            key: the prompt's key, when the text is a prompt: a recording of it is preferred.
        """

    def stop(self) -> None:
        """Be silent, and forget what was to be said."""


class Silent:
    """A :class:`Voice` that says nothing."""

    def speakable(self, language: str) -> bool:  # noqa: ARG002 - the protocol's name
        return False

    def say(self, text: str, language: str, *, key: str = "") -> None:
        """Say nothing."""

    def stop(self) -> None:
        """Nothing is being said."""


class Speaker:
    """A :class:`Voice` on a loudspeaker.

    Args:
        synthesizers: asked in this order; the first that speaks the language does.
        player: the loudspeaker.
        limits: of a recorded prompt.
        finished: called, on the voice's thread, when something was said to its end.
    """

    def __init__(
        self,
        synthesizers: Sequence[Synthesizer],
        player: Player,
        *,
        limits: Audio,
        finished: Callable[[], None] = lambda: None,
    ) -> None:
        self._synthesizers = tuple(synthesizers)
        self._player = player
        self._limits = limits
        self._finished = finished
        self._wanted: queue.SimpleQueue[tuple[str, str, str, threading.Event] | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._prompts: dict[tuple[str, str, str], Sound] = {}
        self._thread: threading.Thread | None = None

    def speakable(self, language: str) -> bool:
        return self._synthesizer(language) is not None or recordings(language) > 0

    def say(self, text: str, language: str, *, key: str = "") -> None:
        with self._lock:
            self._stopped.set()
            self._stopped = threading.Event()
            self._wanted.put((text, language, key, self._stopped))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)
                self._thread.start()

    def stop(self) -> None:
        with self._lock:
            self._stopped.set()

    def close(self) -> None:
        """Be silent and end the thread; waits for the piece of work at hand."""
        with self._lock:
            self._stopped.set()
            self._wanted.put(None)
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            text, language, key, stopped = wanted
            if stopped.is_set():
                continue
            try:
                sound = self._sound(text, language, key, stopped)
                if sound is not None and not stopped.is_set():
                    self._player.play(sound, stopped=stopped)
                    if not stopped.is_set():
                        self._finished()
            except Cancelled:
                continue
            except KioskError as error:
                # What is written stays on the screen: a voice that fails takes nothing away. The error never has words.
                log.warning("Nothing is said: %s", error)
            finally:
                del text, wanted  # a patient's words do not stay with a thread that waits

    def _sound(self, text: str, language: str, key: str, stopped: threading.Event) -> Sound | None:
        def check() -> None:
            if stopped.is_set():
                raise Cancelled("It is not to be said any more.")

        named = (language, key, text)
        if key and named in self._prompts:
            return self._prompts[named]
        recorded = recording(language, key) if key else None
        if recorded is not None:
            sound = Sound(audio.load(recorded, limits=self._limits).samples, SAMPLE_RATE)
        elif (engine := self._synthesizer(language)) is not None:
            sound = engine.synthesize(text, language=language, check=check)
        else:
            return None
        if key:  # only the program's own sentences: what a patient said is made anew each time, and kept nowhere
            while len(self._prompts) >= _KEPT:
                self._prompts.pop(next(iter(self._prompts)))
            self._prompts[named] = sound
        return sound

    def _synthesizer(self, language: str) -> Synthesizer | None:
        return next((each for each in self._synthesizers if language in each.languages), None)


def recording(language: str, key: str) -> Path | None:
    """Return the recorded prompt of a key, None where nobody recorded it."""
    return next((path for suffix in SUFFIXES if (path := _folder(language) / f"{key}{suffix}").is_file()), None)


def recordings(language: str) -> int:
    """Return how many prompts were recorded in a language."""
    folder = _folder(language)
    return sum(path.suffix in SUFFIXES for path in folder.iterdir()) if folder.is_dir() else 0


def _folder(language: str) -> Path:
    return resources.share("config") / "prompts" / language
