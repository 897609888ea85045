"""The CTC forward sum against every alignment, and greedy decoding against its definition."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.engines.ctc_score import Frames, forward, greedy, log_softmax
from kiosk.errors import Cancelled


def merged(path: tuple[int, ...], blank: int) -> tuple[int, ...]:
    return tuple(label for label, _ in itertools.groupby(path) if label != blank)


def by_enumeration(frames: Frames, text: tuple[int, ...], blank: int) -> float:
    total = 0.0
    for path in itertools.product(range(frames.shape[1]), repeat=len(frames)):
        if merged(path, blank) == text:
            total += math.exp(sum(float(frames[time, label]) for time, label in enumerate(path)))
    return total


@st.composite
def cases(draw: st.DrawFn) -> tuple[Frames, list[tuple[int, ...]], int]:
    count, labels = draw(st.integers(0, 5)), draw(st.integers(2, 4))
    logits = draw(st.lists(st.floats(-6, 6, width=32), min_size=count * labels, max_size=count * labels))
    blank = draw(st.integers(0, labels - 1))
    letters = st.sampled_from([label for label in range(labels) if label != blank])
    texts = draw(st.lists(st.lists(letters, max_size=5).map(tuple), min_size=1, max_size=4))
    frames = np.array(logits, np.float32).reshape(count, labels)
    return log_softmax(frames), texts, blank


@given(cases())
def test_the_forward_sum_is_over_all_alignments(case: tuple[Frames, list[tuple[int, ...]], int]) -> None:
    frames, texts, blank = case
    found = forward(frames, texts, blank=blank)
    assert np.exp(found) == pytest.approx([by_enumeration(frames, text, blank) for text in texts], abs=1e-9, rel=1e-5)


@given(cases())
def test_texts_of_several_lengths_are_scored_as_alone(case: tuple[Frames, list[tuple[int, ...]], int]) -> None:
    frames, texts, blank = case
    alone = [forward(frames, [text], blank=blank)[0] for text in texts]
    assert np.array_equal(forward(frames, texts, blank=blank), alone)


@given(cases())
def test_greedy_takes_the_best_label_of_each_frame(case: tuple[Frames, list[tuple[int, ...]], int]) -> None:
    frames, _, blank = case
    best = greedy(frames, blank=blank)
    path = tuple(int(label) for label in frames.argmax(axis=1)) if len(frames) else ()
    assert best.labels == merged(path, blank)
    assert best.path == pytest.approx(float(frames.max(axis=1).sum()) if len(frames) else 0.0, abs=1e-4)
    assert len(best.log_probs) == len(best.labels)
    # One alignment is at most as likely as all of them together.
    assert best.path <= forward(frames, [best.labels], blank=blank)[0] + 1e-5


def test_a_text_that_needs_more_frames_has_no_probability() -> None:
    frames = log_softmax(np.zeros((2, 3), np.float32))
    assert np.isneginf(forward(frames, [(1, 1)], blank=0))[0]  # equal labels need a blank between
    assert np.isfinite(forward(frames, [(1, 2)], blank=0))[0]
    assert forward(frames, [], blank=0).shape == (0,)


def test_log_softmax_leaves_log_probabilities_as_they_are() -> None:
    frames = log_softmax(np.array([[3.0, -2.0, 800.0], [0.0, 0.5, 1.0]], np.float32))
    assert np.exp(frames).sum(axis=1) == pytest.approx([1.0, 1.0], abs=1e-6)
    assert log_softmax(frames) == pytest.approx(frames, abs=1e-6)


def test_long_scoring_can_be_stopped() -> None:
    calls = 0

    def stop() -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        forward(log_softmax(np.zeros((500, 3), np.float32)), [(1, 2)], blank=0, check=stop)
