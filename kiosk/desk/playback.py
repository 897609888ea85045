"""A patient's voice on the nurse's loudspeaker: clips of WAV files, one after the other, that can be stopped."""

from __future__ import annotations

import io
import threading
import wave
from collections.abc import Callable, Sequence

import numpy as np

from kiosk.errors import AudioError, KioskError
from kiosk.recognition import SAMPLE_RATE, Samples
from kiosk.speech import Player, Sound
from kiosk.station import explained

_PCM16 = 2


class Playback:
    """Plays one clip at a time, on a thread of its own, so that nobody waits until it is over.

    Args:
        failed: told why nothing was heard, on that thread; must not block.
    """

    def __init__(self, player: Player, failed: Callable[[KioskError], object]) -> None:
        self._player = player
        self._failed = failed
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def play(self, samples: Samples) -> None:
        """Begin to play 16 kHz mono samples, shape (n,), and return; what was playing stops."""
        self.stop()
        sound, self._stopped = Sound(samples, SAMPLE_RATE), threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(sound, self._stopped), name="kiosk-playback", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Be silent, and wait until it is."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self, sound: Sound, stopped: threading.Event) -> None:
        try:
            self._player.play(sound, stopped=stopped)
        except Exception as error:  # noqa: BLE001 - whatever a driver does, the screen must hear of it
            self._failed(explained(error))


def joined(clips: Sequence[bytes]) -> bytes:
    """Return one WAV file that plays 16-bit mono WAV files of 16 kHz one after the other.

    Raises:
        AudioError: there is none.
    """
    if not clips:
        raise AudioError("There is no audio behind this: it was tapped or typed.")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(_PCM16)
        writer.setframerate(SAMPLE_RATE)
        for clip in clips:
            with wave.open(io.BytesIO(clip), "rb") as reader:
                writer.writeframes(reader.readframes(reader.getnframes()))
    return file.getvalue()


def samples_of(clip: bytes) -> Samples:
    """Return the samples of a 16-bit mono WAV file of 16 kHz."""
    with wave.open(io.BytesIO(clip), "rb") as reader:
        pcm = reader.readframes(reader.getnframes())
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768.0)
