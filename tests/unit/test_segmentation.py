"""Probabilities to segments: the rules one by one, and what holds for any input."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from kiosk import settings
from kiosk.encounter import Segment
from kiosk.segmentation import segments

FRAME_S = 0.1
CHOSEN = settings.Segmentation(threshold=0.5, min_silence_ms=500, min_speech_ms=200, pad_ms=0, max_segment_s=28.0)


def probabilities(text: str) -> NDArray[np.float32]:
    """One digit a frame: 7 is 0.7."""
    return np.array([int(digit) / 10 for digit in text], np.float32)


def cut(text: str, **changed: float) -> list[tuple[float, float]]:
    frames = probabilities(text)
    chosen = CHOSEN.model_copy(update=changed)
    found = segments(frames, frame_s=FRAME_S, settings=chosen, duration_s=frames.size * FRAME_S)
    return [(round(segment.start_s, 6), round(segment.end_s, 6)) for segment in found]


def test_silence_gives_nothing() -> None:
    assert cut("") == []
    assert cut("0000000000") == []
    assert cut("4444444444") == []  # never reached the threshold


def test_it_opens_at_the_threshold_and_closes_below_the_lower_one() -> None:
    assert cut("0009940000000") == [(0.3, 0.6)]  # 0.4 keeps it open
    assert cut("0009930000000") == [(0.3, 0.5)]  # 0.3 does not
    assert cut("4449900000000") == [(0.3, 0.5)]  # 0.4 does not open it


def test_a_pause_shorter_than_min_silence_does_not_split() -> None:
    assert cut("99900009990000000") == [(0.0, 1.0)]
    assert cut("999000009990000000") == [(0.0, 0.3), (0.8, 1.1)]
    assert cut("9990999", min_silence_ms=0) == [(0.0, 0.3), (0.4, 0.7)]


def test_speech_that_runs_into_the_end_is_kept() -> None:
    assert cut("0000999") == [(0.4, 0.7)]
    assert cut("000099900") == [(0.4, 0.7)]


def test_a_click_is_dropped() -> None:
    assert cut("00090000000") == []
    assert cut("00099000000") == [(0.3, 0.5)]


def test_padding_stops_at_the_ends_and_merges_what_it_makes_overlap() -> None:
    assert cut("00099000000000", pad_ms=200) == [(0.1, 0.7)]
    assert cut("999", pad_ms=200) == [(0.0, 0.3)]
    assert cut("9990000099900000", pad_ms=200) == [(0.0, 0.5), (0.6, 1.3)]
    assert cut("9990000099900000", pad_ms=300) == [(0.0, 1.4)]


def test_the_last_frame_may_reach_beyond_the_recording() -> None:
    found = segments(probabilities("9999"), frame_s=FRAME_S, settings=CHOSEN, duration_s=0.35)
    assert found == (Segment(0.0, 0.35),)


def test_a_long_segment_is_split_where_speech_is_least_likely() -> None:
    assert cut("9999999699999", max_segment_s=1.0) == [(0.0, 0.75), (0.75, 1.3)]
    # Not at the very start, where it would leave a scrap.
    assert cut("9499999699999", max_segment_s=1.0) == [(0.0, 0.75), (0.75, 1.3)]
    # Nor so late that the rest would be one.
    assert cut("99999999499", max_segment_s=1.0) == [(0.0, 0.85), (0.85, 1.1)]
    assert cut("99999999949", max_segment_s=1.0)[1][1] - cut("99999999949", max_segment_s=1.0)[1][0] >= 0.25


def test_arguments_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        segments(np.zeros((3, 1), np.float32), frame_s=0.1, settings=CHOSEN, duration_s=0.3)
    with pytest.raises(ValueError, match="frame_s"):
        segments(np.zeros(3, np.float32), frame_s=0.0, settings=CHOSEN, duration_s=0.3)


@st.composite
def any_case(draw: st.DrawFn) -> tuple[NDArray[np.float32], float, settings.Segmentation, float]:
    frame_s = draw(st.sampled_from([0.01, 0.032, 0.1]))
    # Runs, not single frames: speech and silence that last.
    runs = draw(st.lists(st.tuples(st.floats(0, 1, width=32), st.integers(1, 60)), max_size=12))
    frames = np.repeat(np.array([p for p, _ in runs], np.float32), [n for _, n in runs])
    noise = draw(hnp.arrays(np.float32, frames.size, elements=st.sampled_from([0.0, 0.0, 0.125, -0.25])))
    chosen = settings.Segmentation(
        threshold=draw(st.sampled_from([0.1, 0.5, 0.9])),
        min_silence_ms=draw(st.sampled_from([0, 100, 500])),
        min_speech_ms=draw(st.sampled_from([0, 200])),
        pad_ms=draw(st.sampled_from([0, 200, 1000])),
        max_segment_s=draw(st.sampled_from([0.005, 0.5, 3.0, 28.0])),
    )
    short = draw(st.floats(0, frame_s))
    return np.clip(frames + noise, 0, 1), frame_s, chosen, max(0.0, frames.size * frame_s - short)


@given(any_case())
def test_segments_are_ordered_disjoint_inside_and_not_too_long(
    case: tuple[NDArray[np.float32], float, settings.Segmentation, float],
) -> None:
    frames, frame_s, chosen, duration_s = case
    found = segments(frames, frame_s=frame_s, settings=chosen, duration_s=duration_s)
    for segment in found:
        assert 0 <= segment.start_s < segment.end_s <= duration_s
        assert segment.duration_s <= chosen.max_segment_s + 1e-9
    for one, two in itertools.pairwise(found):
        assert one.end_s <= two.start_s


@given(any_case())
def test_no_sure_speech_is_lost_and_no_long_silence_is_kept(
    case: tuple[NDArray[np.float32], float, settings.Segmentation, float],
) -> None:
    frames, frame_s, chosen, duration_s = case
    eager = chosen.model_copy(update={"min_speech_ms": 0})
    found = segments(frames, frame_s=frame_s, settings=eager, duration_s=duration_s)

    def covered(time_s: float) -> bool:
        return any(segment.start_s - 1e-9 <= time_s <= segment.end_s + 1e-9 for segment in found)

    for index in np.flatnonzero(frames.astype(np.float64) >= eager.threshold):
        middle_s = (index + 0.5) * frame_s
        if middle_s < duration_s:
            assert covered(middle_s)
    # Every segment touches speech: padding and splitting make none of silence alone.
    speech = (np.flatnonzero(frames.astype(np.float64) >= eager.threshold) + 0.5) * frame_s
    if not speech.size:
        assert found == ()


@given(any_case())
def test_dropping_short_speech_only_removes(
    case: tuple[NDArray[np.float32], float, settings.Segmentation, float],
) -> None:
    frames, frame_s, chosen, duration_s = case

    def total(min_speech_ms: int) -> float:
        changed = chosen.model_copy(update={"min_speech_ms": min_speech_ms})
        found = segments(frames, frame_s=frame_s, settings=changed, duration_s=duration_s)
        return sum(segment.duration_s for segment in found)

    assert total(0) + 1e-9 >= total(200) >= total(2000) - 1e-9
