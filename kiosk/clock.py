"""The time, as an argument: wall-clock time for records, monotonic time for everything that expires."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What time it is.

    Attributes:
        now: wall-clock time in UTC; a person or a server may set it forwards or back.
        monotonic: seconds that only grow while this process runs; what a session's life is measured in.
    """

    now: Callable[[], datetime] = _utc
    monotonic: Callable[[], float] = time.monotonic


SYSTEM = Clock()
