"""Where sent intakes go: what every outbox promises, and the one that keeps files in a folder.

Files in the clear are for demonstrations and tests, which are thrown away. A site's own intakes go into its store
(``outbox``), which also takes over the files that versions before it left.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from kiosk import documents
from kiosk.encounter import Intake
from kiosk.errors import StorageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was acknowledged.

    Attributes:
        encounter_id: the encounter's name in the store.
        delivered: False while it waits in a file for the database: safe, but no nurse sees it yet.
    """

    encounter_id: str
    delivered: bool


class Outbox(Protocol):
    """Where sent intakes go. Used by one thread."""

    def send(self, intake: Intake, recording: Path | None) -> Receipt:
        """Keep an intake, and the recording in this journal; return once both are safely on the disk.

        Raises:
            StorageError: they could not be kept; nothing is half-kept.
        """

    def withdraw(self, encounter_id: str) -> None:
        """Erase what was sent: the patient takes it back.

        Raises:
            KioskError: it could not be erased here; a member of staff must do it.
        """

    def tend(self) -> None:
        """Deliver what could not be delivered before. Called now and then; never raises for a database that is away."""


class FolderOutbox:
    """Keeps sent intakes in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, intake: Intake, recording: Path | None) -> Receipt:
        """See :class:`Outbox`."""
        path = save(intake, self._folder, at=datetime.now(UTC), suffix=secrets.token_hex(4), recording=recording)
        return Receipt(encounter_id=path.stem, delivered=True)

    def withdraw(self, encounter_id: str) -> None:
        """See :class:`Outbox`."""
        for path in self._folder.glob(f"{encounter_id}.*"):
            path.unlink(missing_ok=True)

    def tend(self) -> None:
        """See :class:`Outbox`."""


def save(intake: Intake, folder: Path, *, at: datetime, suffix: str, recording: Path | None = None) -> Path:
    """Write ``<time>-<suffix>.json`` into ``folder`` and return its path once it is safely on disk.

    The file appears whole or not at all, readable by its owner only; a file of that name is never replaced.

    Args:
        at: when it was sent; the name has it in UTC to the second.
        suffix: letters and digits that tell apart intakes of one second.
        recording: the journal of what the patient said; it is linked beside the intake, under the same name, first.

    Raises:
        StorageError: the folder cannot be written to, the disk is full, or the name is taken.
    """
    path = folder / f"{at:%Y%m%dT%H%M%SZ}-{suffix}.json"
    text = documents.dump(documents.intake(intake))
    made: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(".partial")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        made.append(partial)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if recording is not None:
            copy = path.with_suffix(recording.suffix)
            os.link(recording, copy)
            made.append(copy)
        os.link(partial, path)  # unlike a rename, refuses to replace an intake
        made[1:] = []  # the recording stays with its intake
        _sync(folder)
    except OSError as error:
        raise StorageError(
            f"The intake could not be written to {folder}: {error.strerror or type(error).__name__}.",
            remedy="Free disk space or correct the folder's owner, then send again.",
        ) from None
    finally:
        for leftover in made:
            leftover.unlink()
    return path


def _sync(folder: Path) -> None:
    """Make the new name itself survive a power cut (a no-op where folders cannot be opened)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
