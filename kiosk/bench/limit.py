"""How far a figure is from what the machine can do: multiply-adds and bytes read, at speeds measured in the same run.

A bound of the usual kind (the roofline model of Williams, Waterman and Patterson, CACM 52/4, 2009): work that is done
once per weight cannot be faster than memory delivers the weights, the rest not faster than the cores multiply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kiosk.stopwatch import timed

_ROWS, _IN, _OUT = 512, 512, 2048  # a multiplication as those of the models
_BUFFER = 2**26  # floats, 256 MB: far more than any cache holds
_TRIES = 40
_READS = 5


@dataclass(frozen=True, slots=True)
class Work:
    """What must be done at least: ``multiply_adds`` of matrices, ``bytes_read`` of weights that no cache holds."""

    multiply_adds: int
    bytes_read: int = 0


class Workload(Protocol):
    """Knows the least work of one transcription."""

    def of(self, duration_s: float, text: str) -> Work:
        """Return the work for this much speech (seconds) that became this text."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine does in a second by numpy's BLAS: ``multiply_adds`` in float32, ``bytes_read``."""

    multiply_adds: float
    bytes_read: float

    @classmethod
    def measured(cls) -> Machine:
        """Measure both: the best of several tries each."""
        return cls(multiply_adds=_multiply_adds(), bytes_read=_bytes_read())

    def seconds(self, work: Work) -> float:
        """Return the least seconds that the work takes."""
        return work.multiply_adds / self.multiply_adds + work.bytes_read / self.bytes_read


def _multiply_adds() -> float:
    rng = np.random.default_rng(0)
    left = rng.standard_normal((_ROWS, _IN)).astype(np.float32)
    right = rng.standard_normal((_IN, _OUT)).astype(np.float32)
    best = min(timed(lambda: left @ right)[1] for _ in range(_TRIES))
    return float(_ROWS * _IN * _OUT / best)


def _bytes_read() -> float:
    buffer = np.ones(_BUFFER, np.float32)
    best = min(timed(lambda: np.dot(buffer, buffer))[1] for _ in range(_READS))
    return float(buffer.nbytes / best)
