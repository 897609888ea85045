"""What connectionist temporal classification says of frames: the best text, and how likely a given text is.

A CTC model gives, for each frame, a distribution over labels and the blank. A text's probability is the sum over all
ways of spreading it over the frames: repeated labels and blanks are merged (Graves, Fernández, Gomez and Schmidhuber,
ICML 2006, sections 3.1 and 4.1). Everything is in natural logarithms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.recognition import Check, never

Frames = NDArray[np.float32]
"""Log-probabilities, shape (frames, labels), each row a distribution."""

_CHECKED = 64  # frames between two calls of check


@dataclass(frozen=True, slots=True)
class Best:
    """The likeliest label of each frame, merged.

    Attributes:
        labels: without blanks and repetitions.
        log_probs: of each label, in the surest frame of its run.
        path: log-probability of the whole path, blanks included (≤ 0).
    """

    labels: tuple[int, ...]
    log_probs: tuple[float, ...]
    path: float


def log_softmax(logits: NDArray[np.float32]) -> Frames:
    """Return the logarithms of the softmax over the last axis; those of log-probabilities are themselves."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), np.float32)


def greedy(frames: Frames, *, blank: int) -> Best:
    """Decode by the best label of each frame."""
    if not frames.size:
        return Best((), (), 0.0)
    path = frames.argmax(axis=1)
    sure = frames[np.arange(len(path)), path]
    starts = np.flatnonzero(np.diff(path, prepend=-1))
    best = np.maximum.reduceat(sure, starts)
    kept = path[starts] != blank
    return Best(
        labels=tuple(int(label) for label in path[starts][kept]),
        log_probs=tuple(float(value) for value in best[kept]),
        path=float(sure.sum(dtype=np.float64)),
    )


def forward(frames: Frames, texts: Sequence[Sequence[int]], *, blank: int, check: Check = never) -> NDArray[np.float64]:
    """Return the log-probability of each text given the frames, shape (texts,).

    All texts are scored at once: their labels with blanks between stand in one table of shape (texts, states), filled
    up at the end. States that are filled up feed nothing that is read. A text that needs more frames than there are
    has probability 0, so -inf. ``check`` is called every 64 frames.
    """
    if not texts:
        return np.empty(0, np.float64)
    lengths = np.array([len(text) for text in texts])
    states = 2 * int(lengths.max()) + 1
    labels = np.full((len(texts), states), blank)
    for row, text in enumerate(texts):
        labels[row, 1 : 2 * len(text) : 2] = text
    # A label may follow another without a blank between, unless the two are equal.
    skips = np.zeros(labels.shape, bool)
    skips[:, 2:] = (labels[:, 2:] != blank) & (labels[:, 2:] != labels[:, :-2])
    barred = np.where(skips, 0.0, -np.inf)
    reached = np.full(labels.shape, -np.inf)
    reached[:, 0] = 0.0  # before the first frame: the first blank, or from there the first label, comes next
    for time, frame in enumerate(frames):
        if time % _CHECKED == 0:
            check()
        before = reached
        reached = before.copy()
        np.logaddexp(reached[:, 1:], before[:, :-1], out=reached[:, 1:])
        np.logaddexp(reached[:, 2:], before[:, :-2] + barred[:, 2:], out=reached[:, 2:])
        reached += frame[labels]
    rows = np.arange(len(texts))
    last_blank = reached[rows, 2 * lengths]
    last_label = np.where(lengths > 0, reached[rows, np.maximum(2 * lengths - 1, 0)], -np.inf)
    if not len(frames):
        return np.where(lengths == 0, 0.0, -np.inf)
    return np.asarray(np.logaddexp(last_blank, last_label), np.float64)
