"""A drop folder: whole files appear in it, or none.

A file is written under another name, flushed, and renamed: a program that watches the folder never reads half of one,
whatever happens to this one. Names that begin with a dot and end in ``.part`` are not for it.
"""

from __future__ import annotations

import os
from pathlib import Path

from kiosk.errors import ExportError
from kiosk.keys import sync_folder

MODE = 0o640
"""Whose the folder is may read what is in it: a drop folder is shared with another program, by its group."""


def put(folder: Path, name: str, data: bytes) -> bool:
    """Put a file into the folder; return False when it is there already.

    Raises:
        ExportError: the folder is not there (a share that is not mounted is not made here), full or read-only.
    """
    path, part = folder / name, folder / f".{name}.part"
    try:
        if path.exists() and path.read_bytes() == data:
            return False
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, MODE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        sync_folder(folder)
    except OSError as error:
        raise ExportError(
            f"The drop folder {folder} does not take a file: {error.strerror or type(error).__name__}.",
            remedy=f"Mount it, free some space, or correct its owner: df -h {folder}; ls -ld {folder}",
        ) from None
    return True
