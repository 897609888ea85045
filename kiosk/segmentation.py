"""Speech probabilities to segments (pure, but for :func:`find`, which asks the detector for them)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kiosk import settings as settings_
from kiosk.encounter import Segment
from kiosk.recognition import SAMPLE_RATE, Samples, SpeechDetector

HYSTERESIS = 0.15
"""A segment closes this far below the threshold that opened it: Silero VAD's own ``neg_threshold``."""

_FLOOR = 0.01
_SHORTEST_REST = 0.25


def find(samples: Samples, detector: SpeechDetector, settings: settings_.Segmentation) -> tuple[Segment, ...]:
    """Return where the speech of a recording is: the detector's probabilities through :func:`segments`."""
    return segments(
        detector.probabilities(samples),
        frame_s=detector.frame_s,
        settings=settings,
        duration_s=samples.size / SAMPLE_RATE,
    )


def segments(
    probabilities: NDArray[np.float32],
    *,
    frame_s: float,
    settings: settings_.Segmentation,
    duration_s: float,
) -> tuple[Segment, ...]:
    """Return the stretches of speech: ordered, disjoint, within the recording, none longer than ``max_segment_s``.

    A segment opens at ``threshold`` and closes when the probability stays under ``threshold - 0.15`` for
    ``min_silence_ms``, the way of Silero VAD's get_speech_timestamps (github.com/snakers4/silero-vad). Stretches under
    ``min_speech_ms`` are dropped; the rest grow by ``pad_ms`` on both sides, are merged where they then overlap, and
    are split where speech is least likely when they are too long.

    Args:
        probabilities: shape (frames,); frame i covers the seconds from ``i * frame_s``.
        duration_s: the length of the recording; the last frame may reach beyond it.
    """
    if probabilities.ndim != 1 or frame_s <= 0 or duration_s < 0:
        raise ValueError("probabilities must have shape (frames,), frame_s be positive and duration_s not negative")
    pad_s = settings.pad_ms / 1000
    merged: list[Segment] = []
    for first, last in _runs(probabilities, frame_s, settings):
        start_s = max(0.0, first * frame_s - pad_s)
        end_s = min(duration_s, last * frame_s + pad_s)
        if merged and start_s <= merged[-1].end_s:
            merged[-1] = Segment(merged[-1].start_s, max(end_s, merged[-1].end_s))
        elif start_s < end_s:
            merged.append(Segment(start_s, end_s))
    return tuple(
        piece for segment in merged for piece in _split(segment, probabilities, frame_s, settings.max_segment_s)
    )


def _runs(
    probabilities: NDArray[np.float32], frame_s: float, settings: settings_.Segmentation
) -> list[tuple[int, int]]:
    """Return the speech runs as half-open frame ranges."""
    close_below = max(settings.threshold - HYSTERESIS, _FLOOR)
    # At least one frame has to be silent, or speech would close while it is heard.
    silent_frames = max(1, math.ceil(settings.min_silence_ms / 1000 / frame_s - 1e-9))
    runs: list[tuple[int, int]] = []
    first: int | None = None
    voiced_to = 0
    for index, probability in enumerate(probabilities.tolist()):
        if first is None:
            if probability >= settings.threshold:
                first, voiced_to = index, index + 1
        elif probability >= close_below:
            voiced_to = index + 1
        elif index + 1 - voiced_to >= silent_frames:
            runs.append((first, voiced_to))
            first = None
    if first is not None:
        runs.append((first, voiced_to))
    return [(start, end) for start, end in runs if (end - start) * frame_s >= settings.min_speech_ms / 1000 - 1e-9]


def _split(segment: Segment, probabilities: NDArray[np.float32], frame_s: float, max_segment_s: float) -> list[Segment]:
    """Cut a long segment at its least likely frames.

    Each cut lies in the second half of what one piece may hold, so that no piece is needlessly short, and leaves at
    least a quarter of a piece for the rest: a recogniser does badly on a scrap of a word.
    """
    pieces = []
    start_s, end_s = segment.start_s, segment.end_s
    while end_s - start_s > max_segment_s:
        latest_s = min(start_s + max_segment_s, end_s - _SHORTEST_REST * max_segment_s)
        # Frames whose middle may be the cut.
        low = math.ceil((start_s + max_segment_s / 2) / frame_s - 0.5)
        high = min(math.floor(latest_s / frame_s - 0.5) + 1, probabilities.size)
        cut_s = latest_s
        if low < high:
            window = probabilities[low:high]
            quietest = high - 1 - int(np.argmin(window[::-1]))  # of equals the last: fewer pieces
            cut_s = min((quietest + 0.5) * frame_s, latest_s)
        pieces.append(Segment(start_s, cut_s))
        start_s = cut_s
    pieces.append(Segment(start_s, end_s))
    return pieces
