"""Any sample rate, sample format and channel layout to 16 kHz mono float, block by block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from kiosk.recognition import SAMPLE_RATE, Samples

_OPPOSED = 1 / 8  # -18 dB


class StreamResampler:
    """Mono float blocks at a device's rate to 16 kHz, without seams between blocks."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._resampler = FrameResampler()

    def push(self, block: Samples) -> Samples:
        """Return what can be said so far about 16 kHz: the filter keeps the last few milliseconds back."""
        if self._rate == SAMPLE_RATE or block.size == 0:
            return block
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(block[np.newaxis]), format="flt", layout="mono")
        frame.sample_rate = self._rate
        return self._joined(self._resampler.push(frame))

    def flush(self) -> Samples:
        """Return the rest."""
        return self._joined(self._resampler.push(None))

    @staticmethod
    def _joined(chunks: Iterator[NDArray[np.float32]]) -> Samples:
        parts = [chunk[:, 0] for chunk in chunks]
        return np.concatenate(parts) if parts else np.empty(0, np.float32)


class FrameResampler:
    """Frames of any format, rate and layout to 16 kHz float, keeping the channels.

    FFmpeg's own mix to mono is not used: in floating point it adds 3 dB, so loud stereo leaves -1 … 1. Packed samples,
    because planar frames of more than eight channels crash PyAV 18's ``to_ndarray``.
    """

    def __init__(self) -> None:
        self._graph: AudioResampler | None = None
        self._key: tuple[str, str, int] | None = None
        self._channels = 1

    def push(self, frame: AudioFrame | None) -> Iterator[NDArray[np.float32]]:
        """Yield blocks of shape (n, channels); None flushes."""
        key = None if frame is None else (frame.format.name, frame.layout.name, frame.sample_rate)
        if key != self._key:  # the end, or a chained stream that changes its format
            if self._graph is not None:
                yield from self._arrays(self._graph.resample(None))
            self._key, self._graph = key, None
        if frame is None:
            return
        if self._graph is None:
            self._graph = AudioResampler(format="flt", layout=frame.layout, rate=SAMPLE_RATE)
            self._channels = frame.layout.nb_channels
        frame.pts = None  # samples are counted, not timed: a container's odd timestamps do not stretch the sound
        yield from self._arrays(self._graph.resample(frame))

    def _arrays(self, frames: list[AudioFrame]) -> Iterator[NDArray[np.float32]]:
        for frame in frames:
            yield frame.to_ndarray().astype(np.float32, copy=False).reshape(-1, self._channels)


class MonoMix:
    """Channels to mono by their mean; by the first channel when the channels cancel out.

    A balanced microphone wired to a stereo socket gives the same voice twice with opposite signs: its mean is silence.
    """

    def __init__(self) -> None:
        self.size = 0
        self._mean: list[Samples] = []
        self._first: list[Samples] = []

    def add(self, block: NDArray[np.float32]) -> None:
        self.size += len(block)
        block = np.clip(block, -1.0, 1.0)
        self._first.append(block[:, 0].copy())
        self._mean.append(block.mean(axis=1, dtype=np.float32) if block.shape[1] > 1 else self._first[-1])

    def samples(self) -> Samples:
        if not self.size:
            return np.empty(0, np.float32)
        mean, first = (np.concatenate(blocks) for blocks in (self._mean, self._first))
        return first if np.std(mean) < _OPPOSED * np.std(first) else mean
