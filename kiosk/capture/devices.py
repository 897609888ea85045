"""What can be recorded: the sound card, through PortAudio, and a clip that stands for it.

sounddevice loads PortAudio when it is imported, so it is imported when a microphone is opened and not before.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiosk.capture.microphone import BlockQueue, InputStream
from kiosk.errors import DeviceError
from kiosk.recognition import SAMPLE_RATE, Samples
from kiosk.speech import Sound

_PIECE_S = 0.1
"""Seconds that are handed to the sound card at a time: so soon it falls silent when it is told to."""


_PLAYING = threading.Lock()
"""Held while something is played: PortAudio is never restarted under a stream."""


class ClipSource:
    """A clip in the microphone's place, for demonstrations and tests.

    Args:
        samples: mono at ``samplerate`` Hz, shape (n,).
        realtime: deliver blocks when a microphone would; otherwise as fast as they are taken.
    """

    def __init__(self, samples: Samples, *, samplerate: int = SAMPLE_RATE, realtime: bool = True) -> None:
        self._samples = samples
        self._samplerate = samplerate
        self._realtime = realtime

    def open(self, queue: BlockQueue, *, block_ms: int) -> InputStream:
        size = max(1, self._samplerate * block_ms // 1000)
        blocks = [self._samples[at : at + size] for at in range(0, self._samples.size, size)]
        return _ClipStream(blocks, queue, samplerate=self._samplerate, realtime=self._realtime)


class _ClipStream:
    def __init__(self, blocks: list[Samples], queue: BlockQueue, *, samplerate: int, realtime: bool) -> None:
        self._blocks = blocks
        self._queue = queue
        self._realtime = realtime
        self._closed = threading.Event()
        self._player = threading.Thread(target=self._play, name="kiosk-clip", daemon=True)
        self.samplerate = float(samplerate)

    def start(self) -> None:
        self._player.start()

    def close(self) -> None:
        self._closed.set()
        self._queue.end("finished")  # wakes a player that waits for room

    def _play(self) -> None:
        due = time.monotonic()
        for block in self._blocks:
            if self._realtime:
                due += block.size / self.samplerate
                if self._closed.wait(max(0.0, due - time.monotonic())):
                    return
                self._queue.offer(block)
            elif not self._queue.put(block):
                return
        self._queue.end("finished")


class PortAudioSource:
    """A sound card's input, through the sounddevice package.

    Args:
        device: empty for the system's default input, a part of a device's name, or its number.
    """

    def __init__(self, device: str = "") -> None:
        self._device = device

    def open(self, queue: BlockQueue, *, block_ms: int) -> InputStream:
        sounddevice = _sounddevice()
        info = self._find(sounddevice)
        samplerate, channels = _format(sounddevice, info)

        def on_block(block: NDArray[np.float32], _frames: int, _time: Any, status: Any) -> None:
            if status.input_overflow:  # PortAudio itself had to drop sound
                queue.overruns += 1
            queue.offer(block.copy())

        try:
            stream = sounddevice.InputStream(
                device=info["index"],
                samplerate=samplerate,
                channels=channels,
                dtype="float32",
                blocksize=max(1, int(samplerate * block_ms / 1000)),
                callback=on_block,
                finished_callback=lambda: queue.end("lost"),
            )
        except sounddevice.PortAudioError as error:
            raise _unusable(info, error) from None
        return _PortAudioStream(stream, info, sounddevice.PortAudioError)

    def is_there(self) -> bool:
        """Look, after looking anew, whether the device is there; nothing is opened. Not while one is recording."""
        if not _PLAYING.acquire(blocking=False):
            return False  # it speaks: look again later
        try:
            _restarted(_sounddevice())
            self._find(_sounddevice(), anew=False)
        except DeviceError:
            return False
        finally:
            _PLAYING.release()
        return True

    def _find(self, sounddevice: Any, *, anew: bool = True) -> Any:
        wanted = _wanted(self._device)
        inputs: list[str] = []
        for _ in range(2):
            try:
                return sounddevice.query_devices(wanted, "input")
            except (ValueError, sounddevice.PortAudioError):
                inputs = input_devices() if anew else []  # it may have been plugged in since
        if not inputs:
            raise DeviceError(
                "No microphone is connected to this machine.",
                remedy="Plug one in (arecord -l lists what the system sees), or take the answers by touch.",
            )
        which = (
            f"No single microphone is named {self._device!r}." if self._device else "There is no default microphone."
        )
        raise DeviceError(which, remedy=f"Set microphone.device to one of: {'; '.join(inputs)}.")


class _PortAudioStream:
    def __init__(self, stream: Any, info: Any, port_audio_error: type[Exception]) -> None:
        self._stream = stream
        self._info = info
        self._error = port_audio_error
        self._closed = False
        self.samplerate = float(stream.samplerate)

    def start(self) -> None:
        try:
            self._stream.start()
        except self._error as error:
            self.close()
            raise _unusable(self._info, error) from None

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        # Stopping waits for the blocks that are under way; both fail on a device that is gone, where it does no harm.
        for step in (self._stream.stop, self._stream.close):
            try:
                step()
            except self._error:
                continue


class PortAudioPlayer:
    """The :class:`kiosk.speech.Player` of a sound card's output, through the sounddevice package.

    Args:
        device: empty for the system's default output, a part of a device's name, or its number.
    """

    def __init__(self, device: str = "") -> None:
        self._device = device

    def play(self, sound: Sound, *, stopped: threading.Event) -> None:
        sounddevice = _sounddevice()
        wanted = _wanted(self._device)
        size = max(1, round(sound.rate * _PIECE_S))
        try:
            with (
                _PLAYING,
                sounddevice.OutputStream(device=wanted, samplerate=sound.rate, channels=1, dtype="float32") as stream,
            ):
                for start in range(0, sound.samples.size, size):
                    if stopped.is_set():
                        stream.abort()
                        return
                    stream.write(np.ascontiguousarray(sound.samples[start : start + size, None]))
        except (ValueError, sounddevice.PortAudioError) as error:
            raise DeviceError(
                f"The loudspeaker cannot be used ({error}).",
                remedy="Connect one, or set voice.device; speaker-test -t sine tries it.",
            ) from None


def _wanted(device: str) -> int | str | None:
    """Return a device as sounddevice names it: its number, a part of its name, None for the system's default."""
    return int(device) if device.isdecimal() else device or None


def input_devices() -> list[str]:
    """Return the names of the inputs of this machine, after looking anew. Not while one of them is recording.

    Raises:
        DeviceError: PortAudio is not installed.
    """
    with _PLAYING:
        return _restarted(_sounddevice())


def _restarted(sounddevice: Any) -> list[str]:
    """Restart PortAudio, which lists the devices once, and return the inputs that there are now."""
    try:
        sounddevice._terminate()
        sounddevice._initialize()
        return [info["name"] for info in sounddevice.query_devices() if info["max_input_channels"] > 0]
    except sounddevice.PortAudioError:
        return []


def _sounddevice() -> Any:
    try:
        import sounddevice
    except (ImportError, OSError):  # OSError: the package is there, the C library is not
        raise DeviceError(
            "The microphone cannot be used: the PortAudio library is not installed.",
            remedy="On Debian or Ubuntu: sudo apt-get install libportaudio2",
        ) from None
    return sounddevice


def _format(sounddevice: Any, info: Any) -> tuple[float, int]:
    """Return the first (rate, channels) that the device takes: 16 kHz mono spares the resampling."""
    native = float(info["default_samplerate"])
    stereo = min(2, int(info["max_input_channels"]))
    last: Exception | None = None
    for samplerate, channels in ((float(SAMPLE_RATE), 1), (native, 1), (native, stereo)):
        try:
            sounddevice.check_input_settings(
                device=info["index"], channels=channels, dtype="float32", samplerate=samplerate
            )
        except sounddevice.PortAudioError as error:
            last = error
        else:
            return samplerate, channels
    raise _unusable(info, last)


def _unusable(info: Any, error: Exception | None) -> DeviceError:
    return DeviceError(
        f"The microphone {info['name']!r} cannot be opened ({error}).",
        remedy="Close the program that is using it, or set microphone.device to another one.",
    )
