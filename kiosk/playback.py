"""Sound out: the loudspeaker, through PortAudio, and how a clip is cut out of WAV files.

sounddevice loads PortAudio when it is imported, so it is imported when something is played and not before.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from kiosk.errors import AudioError, DeviceError
from kiosk.recognition import SAMPLE_RATE, Samples

_PCM16 = 2


class Player(Protocol):
    """Plays one clip at a time. Used by one thread."""

    def play(self, samples: Samples) -> None:
        """Begin to play 16 kHz mono samples, shape (n,), and return; what was playing stops.

        Raises:
            DeviceError: there is no loudspeaker, or PortAudio is not installed.
        """

    def stop(self) -> None:
        """Be silent."""


class PortAudioPlayer:
    """The system's default output."""

    def play(self, samples: Samples) -> None:
        """See :class:`Player`."""
        sounddevice = _sounddevice()
        rate = float(SAMPLE_RATE)
        try:
            sounddevice.stop()
            try:
                sounddevice.check_output_settings(channels=1, dtype="float32", samplerate=rate)
            except sounddevice.PortAudioError:  # a card that knows only its own rate
                rate = float(sounddevice.query_devices(kind="output")["default_samplerate"])
                samples = at_rate(samples, rate)
            sounddevice.play(samples, samplerate=rate, blocking=False)
        except (ValueError, sounddevice.PortAudioError) as error:
            raise DeviceError(
                f"Nothing can be played: there is no usable loudspeaker ({type(error).__name__}).",
                remedy="Plug one in (aplay -l lists what the system sees).",
            ) from None

    def stop(self) -> None:
        """See :class:`Player`."""
        try:
            sounddevice = _sounddevice()
            sounddevice.stop()
        except DeviceError:
            return  # it never played


def at_rate(samples: Samples, rate: float) -> Samples:
    """Return 16 kHz samples at another rate, by linear interpolation: speech for a nurse's ear, not for an engine."""
    size = round(samples.size * rate / SAMPLE_RATE)
    places = np.arange(size) * (SAMPLE_RATE / rate)
    resampled: Samples = np.interp(places, np.arange(samples.size), samples).astype(np.float32)
    return resampled


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


def _sounddevice() -> Any:
    try:
        import sounddevice
    except (ImportError, OSError):  # OSError: the package is there, the C library is not
        raise DeviceError(
            "Nothing can be played: the PortAudio library is not installed.",
            remedy="On Debian or Ubuntu: sudo apt-get install libportaudio2",
        ) from None
    return sounddevice
