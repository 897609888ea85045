"""The number by which a patient is called: counted from 1 each day, kept in one small file, never given twice."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from filelock import FileLock

from kiosk.errors import StorageError

FILE = "tickets.json"


class Tickets:
    """Gives numbers. Safe to use from several processes of one machine.

    Args:
        folder: where the count is kept.
        prefix: before each number, to tell several kiosks apart.
    """

    def __init__(self, folder: Path, *, prefix: str = "") -> None:
        self._folder = folder
        self._prefix = prefix

    def next(self, now: datetime) -> str:
        """Return the next number of the day of ``now``: ``7``, or ``A7``.

        Raises:
            StorageError: the folder cannot be written.
        """
        path = self._folder / FILE
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with FileLock(path.with_suffix(".lock")):
                number = self._last(path, now) + 1
                fresh = path.with_suffix(".new")
                fresh.write_text(json.dumps({"day": f"{now:%Y-%m-%d}", "last": number}), encoding="utf-8")
                fresh.replace(path)
        except OSError as error:
            raise StorageError(
                f"The ticket numbers cannot be kept in {self._folder}: {error.strerror or type(error).__name__}.",
                remedy=f"Free some disk space or correct its owner: df -h; ls -ld {self._folder}",
            ) from None
        return f"{self._prefix}{number}"

    @staticmethod
    def _last(path: Path, now: datetime) -> int:
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            return int(kept["last"]) if kept["day"] == f"{now:%Y-%m-%d}" else 0
        except FileNotFoundError:
            return 0
        except (ValueError, KeyError, TypeError):
            return 0  # damaged: a day that begins anew is better than a kiosk that gives no number
