"""Where the program's own data and the site's data live."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def share(name: str) -> Path:
    """Return the folder ``config`` or ``models`` that came with the program.

    In a wheel they lie inside the package; in a checkout, beside it.
    """
    packaged = Path(__file__).parent / "_share" / name
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / name


def home() -> Path:
    """Return the folder of this site's data (recordings, store, cache): ``KIOSK_HOME``, or the platform's default."""
    chosen = os.environ.get("KIOSK_HOME")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_dir("kiosk", appauthor=False))


def cache() -> Path:
    """Return the folder for what can be made again: joined model files, statistics."""
    chosen = os.environ.get("KIOSK_HOME")
    if chosen:
        return Path(chosen).expanduser() / "cache"
    return Path(platformdirs.user_cache_dir("kiosk", appauthor=False))
