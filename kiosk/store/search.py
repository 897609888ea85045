"""Which encounters a few words are about, without words in the index.

A note's terms are cut into pairs of neighbouring characters, and each pair is stored as a number that only the vault's
search key can make (``vault.token``). A search asks for all pairs of what is looked for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from kiosk import vault
from kiosk.encounter import Note
from kiosk.errors import InputError


def tokens_of(note: Note, *, key: bytes) -> frozenset[int]:
    """Return the numbers that stand for a note in the index: complaint, findings, allergies, medicines, flags."""
    texts = (
        note.chief_complaint,
        *(item.name for item in note.findings),
        *(item.substance for item in note.allergies),
        *(item.name for item in note.medications),
        *(item.name for item in note.history),
        *(flag.name for flag in note.red_flags),
    )
    return frozenset(vault.token(key, pair) for pair in _pairs(texts))


def tokens_for(text: str, *, key: bytes) -> tuple[int, ...]:
    """Return the numbers of what somebody looks for.

    Raises:
        InputError: it has fewer than two characters.
    """
    pairs = _pairs([text])
    if not pairs:
        raise InputError("Two characters at least are needed to search.")
    return tuple(vault.token(key, pair) for pair in pairs)


def _pairs(texts: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for text in texts:
        plain = "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())
        found |= dict.fromkeys(plain[at : at + 2] for at in range(len(plain) - 1))
    return list(found)
