"""Forgetting: what the libraries of the screen keep of the texts that they drew, so that it can be drawn faster."""

from __future__ import annotations

import functools
import gc

_DRAWING = ("rich.", "textual.", "kiosk.ui.")


def forget() -> None:
    """Empty the caches that may hold a patient's words, and collect what is no longer used.

    Widths of strings, broken lines, styled segments: the caches are keyed by the texts themselves and live as long as
    the process. What they hold of the program's own sentences is soon there again.
    """
    for found in gc.get_objects():
        if isinstance(found, functools._lru_cache_wrapper):
            module = getattr(found, "__module__", "") or ""
            if module.startswith(_DRAWING) and found.cache_info().maxsize is not None:
                found.cache_clear()
    gc.collect()
