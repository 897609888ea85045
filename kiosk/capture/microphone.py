"""A device, a bounded queue, and a thread that writes the journal.

The device's own thread may never wait, so it only copies a block into the queue. The writer thread brings the blocks to
16 kHz mono, appends them to the journal, and measures how loud they are. Whatever ends a recording (its owner, the
longest utterance, an unplugged device, a full disk), what was recorded until then is kept.
"""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from kiosk import audio, settings
from kiosk.audio import Recording
from kiosk.audio.resampling import StreamResampler
from kiosk.capture.journal import Journal
from kiosk.encounter import Caution
from kiosk.errors import DeviceError, StorageError
from kiosk.recognition import SAMPLE_RATE, Samples

End = Literal["stopped", "finished", "limit", "lost", "disk"]
"""Why a recording ended: its owner stopped it, a played file is over, the longest utterance was reached, the device
went away, or the disk is full."""

STALL_S = 2.0
"""A device that delivers nothing for so long is gone: some drivers never say so."""

_CAUTIONS = {
    "limit": Caution(kind="cut_at_limit", detail="录音达到最长时间后自动停止，之后的话没有录下。"),
    "lost": Caution(kind="device_lost", detail="录音中途麦克风断开，之后的话没有录下。"),
    "disk": Caution(kind="disk_full", detail="录音中途磁盘写入失败，之后的话没有录下。"),
}


class BlockQueue:
    """Blocks on their way from a device to the writer; bounded, and closed for good by :meth:`end`."""

    def __init__(self, size: int) -> None:
        self._blocks: deque[NDArray[np.float32]] = deque()
        self._size = size
        self._changed = threading.Condition()
        self._end: End | None = None
        self._stopping = False
        self.overruns = 0

    def offer(self, block: NDArray[np.float32]) -> None:
        """Add a block, or count an overrun when the queue is full. Never waits: for a device's own thread."""
        with self._changed:
            if self._end is not None:
                return
            if len(self._blocks) >= self._size:
                self.overruns += 1
                return
            self._blocks.append(block)
            self._changed.notify_all()

    def put(self, block: NDArray[np.float32]) -> bool:
        """Add a block, waiting for room; False when the queue has ended. For a source that can wait: a file."""
        with self._changed:
            self._changed.wait_for(lambda: self._end is not None or len(self._blocks) < self._size)
            if self._end is not None:
                return False
            self._blocks.append(block)
            self._changed.notify_all()
            return True

    def get(self, timeout_s: float) -> NDArray[np.float32] | None:
        """Wait for the next block; None when the queue has ended and is empty, or nothing came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._blocks or self._end is not None, timeout_s)
            block = self._blocks.popleft() if self._blocks else None
            self._changed.notify_all()
            return block

    def expect_end(self) -> None:
        """The owner is stopping the device: an end that the device reports from now on is no loss."""
        with self._changed:
            self._stopping = True

    def end(self, why: End) -> None:
        """No block will follow. The first call decides why."""
        with self._changed:
            if self._end is None:
                self._end = "stopped" if self._stopping else why
            self._changed.notify_all()

    @property
    def ended(self) -> End | None:
        return self._end


class InputStream(Protocol):
    """An open device."""

    @property
    def samplerate(self) -> float:
        """Hz of the blocks that it delivers."""

    def start(self) -> None:
        """Deliver blocks to the queue from now on. Raises DeviceError."""

    def close(self) -> None:
        """Deliver what is pending, then nothing more. A second call does nothing; a device that is gone is no error."""


class AudioSource(Protocol):
    """What can be recorded: a microphone, or a clip that stands for one."""

    def open(self, queue: BlockQueue, *, block_ms: int) -> InputStream:
        """Open the device; its float32 blocks have shape (frames,) or (frames, channels). Raises DeviceError."""


class Recorder:
    """One recording in the making: ``level`` and ``stop`` by one thread, the writing by another."""

    def __init__(
        self,
        source: AudioSource,
        *,
        directory: Path,
        microphone: settings.Microphone,
        limits: settings.Audio,
        stall_s: float = STALL_S,
    ) -> None:
        """Open the journal and the device, and start recording.

        Args:
            directory: where the journal is written, usually ``resources.home() / "recordings"``.

        Raises:
            StorageError: the disk has too little room, or the folder cannot be written. The device is not opened.
            DeviceError: there is no such device.
        """
        self._microphone = microphone
        self._stall_s = stall_s
        self._queue = BlockQueue(microphone.queue_blocks)
        self._readings: deque[tuple[float, float]] = deque(maxlen=microphone.queue_blocks)
        self._changed = threading.Condition()
        self._written: list[Samples] = []
        self._failure: DeviceError | StorageError | None = None
        self._why: End | None = None
        self._journal = Journal.create(directory, min_free_disk_mb=limits.min_free_disk_mb)
        self._closing = threading.Lock()
        self._writer = threading.Thread(target=self._write, name="kiosk-microphone", daemon=True)
        try:
            self._stream = source.open(self._queue, block_ms=microphone.block_ms)
            self._stream.start()
        except BaseException:
            self._journal.close("discard")
            raise
        self._writer.start()

    @property
    def path(self) -> Path:
        """The journal."""
        return self._journal.path

    @property
    def ended(self) -> bool:
        """True when no more sound will come."""
        return self._why is not None

    @property
    def overruns(self) -> int:
        """Blocks that the device delivered and the writer could not take."""
        return self._queue.overruns

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What a nurse must know about the recording; complete once it has ended."""
        ended = _CAUTIONS.get(self._why or "")
        lost_s = self.overruns * self._microphone.block_ms / 1000
        gaps = Caution(kind="overrun", detail=f"录音过程中约有{lost_s:.1f}秒的声音丢失。") if self.overruns else None
        return tuple(caution for caution in (ended, gaps) if caution is not None)

    def level(self, timeout_s: float) -> tuple[float, float] | None:
        """Wait for the next reading: (dBFS of the last block, seconds recorded so far).

        None when there was none in time or the recording has ended. When nobody reads, the oldest readings are dropped.

        Raises:
            DeviceError: the device went away. What was recorded stays.
            StorageError: the disk is full. What was recorded stays.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._readings or self._why is not None, timeout_s)
            if self._readings:
                return self._readings.popleft()
            if self._failure is not None:
                raise self._failure
            return None

    def heard(self, start: int) -> Samples:
        """Return what has been recorded from sample ``start`` on, shape (n,). The recording goes on."""
        pieces = list(self._written)
        return (np.concatenate(pieces) if pieces else np.empty(0, np.float32))[start:]

    def stop(self) -> Recording:
        """Close the device and return what was recorded; a second call returns it again.

        The journal stays on disk, as the recording's ``source``, until :meth:`discard` or :meth:`release`.

        Raises:
            AudioError: nothing was recorded.
        """
        self._queue.expect_end()
        self._close_stream()
        self._queue.end("stopped")
        self._writer.join()
        samples = np.concatenate(self._written) if self._written else np.empty(0, np.float32)
        return audio.from_samples(samples, source=self.path)

    def release(self) -> None:
        """Close the device and let go of the journal, which stays on disk as an orphan until someone takes it over."""
        self._finish("keep")

    def discard(self) -> None:
        """Close the device and erase the journal: the store has the recording, or its speaker took it back."""
        self._finish("discard")

    def _finish(self, outcome: Literal["keep", "discard"]) -> None:
        self._queue.expect_end()
        self._close_stream()
        self._queue.end("stopped")
        self._writer.join()
        self._journal.close(outcome)

    def _close_stream(self) -> None:
        with self._closing:  # the owner and the writer may both close it
            self._stream.close()

    def _write(self) -> None:
        why: End = "lost"
        try:
            why = self._copy()
        except StorageError as error:
            why, self._failure = "disk", error
        finally:
            self._queue.end(why)
            self._close_stream()
            if why == "lost":
                self._failure = DeviceError(
                    "The microphone went away while it was recording.",
                    remedy="Plug it in again; what was said until then is kept. kiosk doctor shows the devices.",
                )
            with self._changed:
                self._why = why
                self._changed.notify_all()

    def _copy(self) -> End:
        """Move blocks from the queue to the journal until something ends the recording."""
        resampler = StreamResampler(round(self._stream.samplerate))
        room = int(self._microphone.max_utterance_s * SAMPLE_RATE)
        while True:
            block = self._queue.get(self._stall_s)
            if block is None:
                self._queue.end("lost")  # unless it has already ended for another reason
                self._keep(resampler.flush()[:room])
                return self._queue.ended or "lost"
            mono = block.mean(axis=1, dtype=np.float32) if block.ndim > 1 else block
            samples = resampler.push(mono)[:room]
            self._keep(samples)
            room -= samples.size
            if room <= 0:
                return "limit"

    def _keep(self, samples: Samples) -> None:
        if not samples.size:
            return
        self._journal.append(samples)
        self._written.append(samples)
        with self._changed:
            self._readings.append((audio.rms_dbfs(samples), self._journal.duration_s))
            self._changed.notify_all()
