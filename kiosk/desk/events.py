"""What the desk answers and tells the nurse's screens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kiosk.errors import KioskError
from kiosk.pipeline import Progress
from kiosk.store.accounts import Role
from kiosk.store.listing import Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who is logged in. Holds no secret."""

    name: str
    full_name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The lines of the queue that are shown.

    Attributes:
        total: how many there are in all; of a search, how many were found.
    """

    rows: tuple[Waiting, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A note that was written out; ``path`` is None when it was not kept in a file."""

    name: str
    data: bytes
    path: Path | None


@dataclass(frozen=True, slots=True)
class Arrived:
    """The queue has changed."""

    listing: Listing


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """Nobody has used the session for too long, or the shift is over."""


@dataclass(frozen=True, slots=True)
class Away:
    """The store does not answer; it is asked again."""

    error: KioskError


@dataclass(frozen=True, slots=True)
class Unplayable:
    """What was to be heard cannot be."""

    error: KioskError


@dataclass(frozen=True, slots=True)
class Rehearing:
    """An engine works on a recording: how far it is."""

    progress: Progress
