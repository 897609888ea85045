"""Text to tokens that keep their place in the original.

Matching works on folded text (lower case, one spelling of each letter); evidence is quoted from the patient's own
words. So every token carries the half-open range of code points in the original that it was made from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Mode = Literal["words", "characters", "syllables"]
Boundary = Literal["", "-", ",", "."]

_STRENGTH: Mapping[str, int] = {"": 0, "-": 1, ",": 2, ".": 3}
_STOPS = frozenset(".;!?。；！？…۔؟؛།༎᠃\n")
_COMMAS = frozenset(',،、，:：༔᠂()（）«»“”"—–')
_APOSTROPHES = frozenset("'ʻʼ’‘`´ʹ＇")
_TSHEG = frozenset("་༌")
_HAN = "\u3400-\u9fff"
_PAUSE = re.compile(rf"(?<=[{_HAN}])[ \t\u3000](?=[ \t\u3000]*[{_HAN}])")
_PHRASE = 3
"""So many Han characters stand between two spaces on average where a space is a pause, not the end of a word."""
_REMEMBERED = 1 << 14  # letters: more than all tables and patients use; a bound, as patients may say anything
_JOINERS = frozenset("\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069\u00ad\ufeff")


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number, character or syllable.

    Attributes:
        text: folded form.
        start, end: range in the original text, in code points.
        boundary: the strongest punctuation between the previous token and this one.
        number: the value of a token made of digits, else None.
    """

    text: str
    start: int
    end: int
    boundary: Boundary
    number: float | None = None


def tokenize(
    text: str,
    *,
    mode: Mode = "words",
    fold: Mapping[str, str] | None = None,
    pieces: Sequence[tuple[str, int, int]] | None = None,
) -> tuple[Token, ...]:
    """Split text into tokens.

    Args:
        text: what the patient said.
        mode: ``words`` at spaces and punctuation; ``characters`` gives every Han character its own token;
            ``syllables`` splits Tibetan at the tsheg.
        fold: letters to rewrite (``ё`` -> ``е``), applied after NFKC and case folding.
        pieces: the text converted to another script, as (converted, start, end) with offsets into ``text``.
    """
    table = fold or {}
    if pieces is None:
        text = _with_pauses(text) if mode == "characters" else text
        return tuple(_tokens([*_fold(text, table)], mode))
    chars = [(char, start, end) for converted, start, end in pieces for char, _, _ in _fold(converted, table)]
    return tuple(_tokens(chars, mode))


def _with_pauses(text: str) -> str:
    """Return text with a comma for each space between Han characters: Chinese has none, so it is a pause.

    Not where words are set apart; every character keeps its place.
    """
    spaces = len(_PAUSE.findall(text))
    return _PAUSE.sub(",", text) if spaces and len(re.findall(f"[{_HAN}]", text)) >= _PHRASE * (spaces + 1) else text


def _fold(text: str, table: Mapping[str, str]) -> Iterator[tuple[str, int, int]]:
    """Yield folded characters with the range they came from, one base letter and its marks at a time."""
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and unicodedata.category(text[end]) == "Mn":
            end += 1
        for char in _folded(text[start:end]):
            for folded in table.get(char, char):
                yield folded, start, end
        start = end


@lru_cache(_REMEMBERED)
def _folded(cluster: str) -> str:
    if unicodedata.category(cluster[0]) == "No":  # ½ stays one number, it must not become 1 and 2
        return cluster
    return unicodedata.normalize("NFKC", cluster).casefold()


@lru_cache(_REMEMBERED)
def _kind(char: str) -> str:
    if char in _APOSTROPHES:
        return "apostrophe"
    if char in _JOINERS:
        return "joiner"
    if char.isdecimal():
        return "digit"
    category = unicodedata.category(char)
    if category == "No" and 0 < unicodedata.numeric(char) < 1:
        return "fraction"
    if category[0] in "LM":
        return "han" if "\u3400" <= char <= "\u9fff" else "letter"
    return "other"


def _tokens(chars: list[tuple[str, int, int]], mode: Mode) -> Iterator[Token]:
    boundary: Boundary = ""
    position = 0
    first = True

    def emit(pieces: list[tuple[str, int, int]], number: float | None = None) -> Token:
        word = "".join(piece[0] for piece in pieces)
        return Token(word, pieces[0][1], pieces[-1][2], "" if first else boundary, number)

    while position < len(chars):
        char = chars[position][0]
        kind = _kind(char)
        if kind == "digit":
            end = position
            while end < len(chars) and (
                _kind(chars[end][0]) == "digit"
                or (
                    chars[end][0] in ".,٫"
                    and end + 1 < len(chars)
                    and _kind(chars[end + 1][0]) == "digit"
                    and end > position
                    and not any(piece[0] in ".,٫" for piece in chars[position:end])
                )
            ):
                end += 1
            pieces = chars[position:end]
            digits = "".join(str(unicodedata.decimal(piece[0])) if piece[0].isdecimal() else "." for piece in pieces)
            yield emit(pieces, float(digits))
            first, boundary, position = False, "", end
        elif kind == "fraction":
            yield emit(chars[position : position + 1], unicodedata.numeric(char))
            first, boundary, position = False, "", position + 1
        elif kind == "han" and mode == "characters":
            yield emit(chars[position : position + 1])
            first, boundary, position = False, "", position + 1
        elif kind in ("letter", "han"):
            end = position
            while end < len(chars) and (
                _kind(chars[end][0]) == "letter"
                or (_kind(chars[end][0]) == "han" and mode != "characters")
                or (
                    _kind(chars[end][0]) in ("apostrophe", "joiner")
                    and end + 1 < len(chars)
                    and _kind(chars[end + 1][0]) in ("letter", "apostrophe", "joiner")
                )
            ):
                end += 1
            # Uzbek oʻ and gʻ end words too: an apostrophe right behind them belongs to the letter.
            if end < len(chars) and chars[end][0] in _APOSTROPHES and chars[end - 1][0] in "og":
                end += 1
            pieces = [
                ("'" if piece[0] in _APOSTROPHES else piece[0], piece[1], piece[2])
                for piece in chars[position:end]
                if piece[0] not in _JOINERS
            ]
            yield emit(pieces)
            first, boundary, position = False, "", end
        else:
            mark = _boundary(char)
            if mode == "syllables" and char.isspace() and position and _kind(chars[position - 1][0]) == "letter":
                mark = ","  # Tibetan writes no space between words: one behind a letter stands for a shad
            if _STRENGTH[mark] > _STRENGTH[boundary]:
                boundary = mark
            position += 1


def _boundary(char: str) -> Boundary:
    if char in _STOPS:
        return "."
    if char in _COMMAS:
        return ","
    if char in "-‐‑~～" or char in _TSHEG:
        return "-" if char not in _TSHEG else ""
    return ""
