"""How Lhasa says a Tibetan syllable, in Latin letters.

Tibetan is spelled as it was spoken a thousand years ago; the phonetics are those of bophono (MIT; its schema KVP), a
syllable at a time.
"""

from __future__ import annotations

import contextlib
import io
from functools import cache
from typing import Any


@cache
def phonetics(syllable: str) -> str:
    """Return the Latin phonetics of one syllable without its tsheg; empty when it is not one of Tibetan's own words.

    Foreign syllables (names of medicines) are often not.
    """
    # bophono reports what it does not know on stdout, which belongs to the command line's JSON.
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            return str(_converter().get_api(syllable)).strip()
        except (IndexError, KeyError, TypeError, ValueError):  # what it trips over
            return ""


@cache
def _converter() -> Any:
    from bophono import UnicodeToApi

    return UnicodeToApi(schema="KVP", options={})
