"""Sent intakes as files, one JSON object each, until a nurse's station takes them over."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from kiosk import documents
from kiosk.encounter import Intake
from kiosk.errors import StorageError


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
