"""Text files with one record a line: evaluation sets and lists of candidates."""

from __future__ import annotations

from pathlib import Path

from kiosk.errors import InputError


def numbered(path: Path, *, encoding: str = "utf-8") -> list[tuple[int, str]]:
    """Return the lines that are not blank, each with its number in the file, from 1.

    Raises:
        InputError: the file cannot be read, or is not text of this encoding.
    """
    try:
        lines = path.read_text(encoding=encoding).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from None
    return [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
