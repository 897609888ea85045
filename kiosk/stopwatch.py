"""Wall-clock seconds of a piece of work."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return what a piece of work gives, and the wall-clock seconds that it takes."""
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started
