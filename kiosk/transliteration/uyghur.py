"""Uyghur in Latin script (Uyghur Latin Yéziqi, 2000) to the Arabic script and back.

The letters are those of the ULY table of Xinjiang University (July 2000). Phones write it carelessly, so ``v`` stands
for ``w``, ``ë`` for ``é``, and the letters of the Turkish alphabet for their digraphs. A vowel at the beginning of a
syllable carries a hamza in the Arabic script (ئا); it is written after consonants only as an apostrophe (``qet'iy``).
An apostrophe before a consonant parts two letters that would be a digraph (``n'g``, ``s'h``) and stands for nothing.
"""

from __future__ import annotations

import unicodedata
from typing import Final

HAMZA: Final = "ئ"

_VOWELS: Final = {"a": "ا", "e": "ە", "é": "ې", "i": "ى", "o": "و", "ö": "ۆ", "u": "ۇ", "ü": "ۈ"}
_DIGRAPHS: Final = {"ch": "چ", "sh": "ش", "zh": "ژ", "gh": "غ", "ng": "ڭ"}
_CONSONANTS: Final = {
    "b": "ب", "p": "پ", "t": "ت", "j": "ج", "x": "خ", "d": "د", "r": "ر", "z": "ز", "s": "س", "f": "ف", "q": "ق",
    "k": "ك", "g": "گ", "l": "ل", "m": "م", "n": "ن", "h": "ھ", "w": "ۋ", "y": "ي",
}  # fmt: skip
_VARIANTS: Final = {"v": "w", "ë": "é", "ä": "e", "ə": "e", "ç": "ch", "ş": "sh", "ğ": "gh", "ñ": "ng"}
_APOSTROPHES: Final = frozenset("'ʻʼ’‘`´ʹ＇")

_LETTERS: Final = _VOWELS | _DIGRAPHS | _CONSONANTS
_LATIN: Final = {arabic: latin for latin, arabic in _LETTERS.items()}
_ARABIC_VOWELS: Final = frozenset(_VOWELS.values())
_AMBIGUOUS: Final = frozenset({"ng", "sh", "zh", "gh", "ch"})


def to_arabic(text: str) -> list[tuple[str, int, int]]:
    """Convert Latin script to Arabic, letter by letter.

    Args:
        text: any text; what is not Uyghur in Latin letters stays as it is.

    Returns:
        pieces ``(converted, start, end)`` in order: ``text[start:end]`` is what each was made from, in code points. The
        ranges are adjacent and cover the text. A converted piece holds no, one or two letters (a vowel with its hamza).
    """
    pieces: list[tuple[str, int, int]] = []
    before = ""  # the Latin letter or digraph just read; empty at the beginning of a word
    hamza = False  # an apostrophe demands one
    start = 0
    while start < len(text):
        latin, end = _letter(text, start)
        if latin in _VOWELS:
            carried = hamza or not before or before in _VOWELS
            pieces.append(((HAMZA if carried else "") + _VOWELS[latin], start, end))
            before, hamza = latin, False
        elif latin:
            pieces.append((_LETTERS[latin], start, end))
            before, hamza = latin, False
        elif before and text[start] in _APOSTROPHES and _letter(text, end)[0]:
            pieces.append(("", start, end))
            hamza = True
        else:
            pieces.append((text[start], start, end))
            # An Arabic letter before a Latin one belongs to the same word.
            before, hamza = ("" if not text[start].isalpha() else before or "b"), False
        start = end
    return pieces


def to_latin(text: str) -> str:
    """Convert Arabic script to ULY; anything else stays as it is.

    Well-formed text survives the way back through :func:`to_arabic`: every word and syllable without a consonant in
    front begins with a hamza.
    """
    result: list[str] = []
    before = ""  # Latin of the letter before, within the word
    for index, char in enumerate(text):
        latin = _LATIN.get(char)
        if char == HAMZA:
            following = text[index + 1] if index + 1 < len(text) else ""
            if before and before not in _VOWELS and following in _ARABIC_VOWELS:
                result.append("'")
            continue
        if latin is None:
            result.append(char)
            before = ""
            continue
        ambiguous = bool(before) and before[-1] + latin[0] in _AMBIGUOUS and before not in _DIGRAPHS
        if ambiguous or (before == "ng" and latin[0] == "h"):
            result.append("'")
        result.append(latin)
        before = latin
    return "".join(result)


def _letter(text: str, start: int) -> tuple[str, int]:
    """Return the ULY letter or digraph at ``start`` and where it ends; "" and one code point where there is none."""
    first, end = _base(text, start)
    if not first:
        return "", start + 1
    second, after = _base(text, end)
    if first + second in _DIGRAPHS:
        return first + second, after
    return (first, end) if first in _LETTERS else ("", start + 1)


def _base(text: str, start: int) -> tuple[str, int]:
    """Return one lower-case letter with its combining marks, in ULY spelling, and where it ends."""
    if start >= len(text):
        return "", start
    end = start + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    letter = unicodedata.normalize("NFC", text[start:end]).lower()
    letter = _VARIANTS.get(letter, letter)
    return (letter, end) if letter in _LETTERS or letter == "c" else ("", end)
