"""Text of any script, safe and readable on a terminal: control characters, line breaks, right-to-left, joined letters.

A terminal draws code points from left to right in isolated shapes unless it implements the bidirectional algorithm
itself. Where it does not, ``visual`` joins the Arabic-script letters (as Unicode presentation forms) and puts each
line, after it was broken, into the order in which the eye meets it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from bidi import get_display
from bidi.mirror import MIRRORED
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.measure import Measurement
from rich.text import Text

Bidi = Literal["terminal", "program"]

EXPLICIT_MODE = "\x1b[8l"
"""Asks a terminal that does its own reordering to leave it to the program (ECMA-48 BDSM, as VTE and mintty read it)."""

_JOINERS = "\u200c\u200d"
_TSHEG = "\u0f0b"
_TAG = "{}\ufe00\ufe01"
_TAGGED_RTL = re.compile("\ufe01\ufe00(.)")
"""python-bidi reorders but does not mirror brackets (rule L4), nor say which way they went. Two different marks without
width, put behind a bracket, take its direction (rules W1 and N0): they come out reversed where it is right-to-left."""
_LAM = "\u0644"
_ALEFS = {"\u0627": "\ufefb\ufefc", "\u0622": "\ufef5\ufef6", "\u0623": "\ufef7\ufef8", "\u0625": "\ufef9\ufefa"}
"""Alef, plain or marked -> its ligature with lam before it: isolated, final."""


def detect(environment: Mapping[str, str]) -> Bidi:
    """Return who reorders: ``terminal`` for the few that always do and cannot be asked not to."""
    reorders = (
        "KONSOLE_VERSION" in environment
        or environment.get("TERM_PROGRAM") == "Apple_Terminal"
        or environment.get("TERM", "").startswith("mlterm")
    )
    return "terminal" if reorders else "program"


def clean(text: str) -> str:
    """Return ``text`` without what a terminal would obey: controls, escapes, direction marks, unassigned code points.

    A transcript may not steer the screen, nor hide in it. Line breaks and tabs become single spaces, so the caller
    alone decides where a line ends.
    """
    spaced = "".join(" " if character.isspace() else character for character in unicodedata.normalize("NFC", text))
    kept = (
        character
        for character in spaced
        if character in _JOINERS or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Cn", "Co")
    )
    return " ".join("".join(kept).split())


def columns(text: str) -> int:
    """Return how many terminal columns ``text`` takes, as the compositor counts them."""
    return cell_len(text)


def wrap(text: str, width: int) -> list[str]:
    """Break cleaned text into lines of at most ``width`` columns, in logical order.

    Lines end at spaces, between Chinese characters (never before closing punctuation) and after a Tibetan tsheg. Only a
    unit longer than a line is broken inside, before a base character, never before a combining mark.
    """
    width = max(width, 2)
    lines = [""]
    for space, unit in _units(text):
        for index, piece in enumerate(_pieces(unit, width)):
            joined = lines[-1] + (" " if space and not index and lines[-1] else "") + piece
            if lines[-1] and columns(joined) > width:
                lines.append(piece)
            else:
                lines[-1] = joined
    return lines


def _units(text: str) -> Iterator[tuple[bool, str]]:
    """Yield what may not be broken, each with whether a space stands before it."""
    for word in text.split(" "):
        unit, space = "", True
        for character in word:
            closes = unicodedata.category(character) in ("Pe", "Pf", "Po") or unicodedata.combining(character)
            breakable = unit and (_is_wide(character) or _is_wide(unit[-1]) or unit[-1] == _TSHEG)
            if breakable and not closes:
                yield space, unit
                unit, space = "", False
            unit += character
        yield space, unit


def _is_wide(character: str) -> bool:
    return columns(character) == 2


def _pieces(unit: str, width: int) -> Iterator[str]:
    piece = ""
    for character in unit:
        if piece and not unicodedata.combining(character) and columns(piece + character) > width:
            yield piece
            piece = ""
        piece += character
    yield piece


def is_rtl(text: str) -> bool:
    """Tell whether the first strong character is written from right to left (rule P2 of UAX #9)."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


def visual(line: str, *, rtl: bool, bidi: Bidi) -> str:
    """Return one broken line as it is sent to the terminal: shaped and reordered, or as it is."""
    if bidi == "terminal" or not any(unicodedata.bidirectional(character) in ("R", "AL") for character in line):
        return line
    shaped = "".join(_TAG.format(c) if c in MIRRORED else c for c in join_letters(line) if c not in "\ufe00\ufe01")
    ordered = str(get_display(shaped, base_dir="R" if rtl else "L"))
    mirrored = _TAGGED_RTL.sub(lambda match: MIRRORED[match[1]], ordered)
    return mirrored.replace(_TAG.format(""), "")


@cache
def _forms() -> Mapping[str, Mapping[str, str]]:
    """Presentation forms by letter and position, read from Unicode's own decompositions."""
    table: dict[str, dict[str, str]] = {}
    for code in (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFF00)):
        position, *letters = unicodedata.decomposition(chr(code)).split() or ["none"]
        if position in ("<isolated>", "<final>", "<initial>", "<medial>") and len(letters) == 1:
            table.setdefault(chr(int(letters[0], 16)), {})[position[1:-1]] = chr(code)
    # Unicode gives Uyghur and Kazakh U+06D5 (ە) no final form of its own: it is drawn as the final form of heh, like
    # Uyghur fonts do. It joins to the right only.
    table["\u06d5"] = {"isolated": "\u06d5", "final": table["\u0647"]["final"]}
    return table


def join_letters(text: str) -> str:
    """Return ``text`` with each Arabic-script letter in the shape that its neighbours give it, still in logical order.

    Lam and alef become one ligature. Vowel marks, which terminals cannot place, are left out.
    """
    letters = [c for c in text if not ("\u0600" < c < "\u0900" and unicodedata.combining(c))]
    shaped: list[str] = []
    skip = False
    for index, letter in enumerate(letters):
        if skip:
            skip = False
            continue
        before = index > 0 and _reaches_on(letters[index - 1])
        after = letters[index + 1] if index + 1 < len(letters) else ""
        if letter == _LAM and after in _ALEFS:
            shaped.append(_ALEFS[after][1 if before else 0])
            skip = True
            continue
        forms = _forms().get(letter)
        if forms is None:
            shaped.append(letter)
            continue
        right = before and "final" in forms
        left = "initial" in forms and ("final" in _forms().get(after, {}) or after in ("\u200d", "\u0640"))
        position = "medial" if right and left else "final" if right else "initial" if left else "isolated"
        shaped.append(forms.get(position, letter))
    return "".join(character for character in shaped if character not in _JOINERS)


def _reaches_on(letter: str) -> bool:
    """Tell whether a letter joins the one after it."""
    return letter in ("\u200d", "\u0640") or "initial" in _forms().get(letter, {})


@dataclass(frozen=True, slots=True)
class Script:
    """A Rich renderable: a text broken to the width at hand, each line in visual order, aligned to its own side.

    No markup, no control character and no escape sequence in ``text`` is ever interpreted.

    Attributes:
        rtl: align to the right and read from there; by default as the text itself begins.
        style: a Rich style for all of it.
    """

    text: str
    bidi: Bidi
    rtl: bool | None = None
    style: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        for paragraph in self.text.split("\n"):
            cleaned = clean(paragraph)
            rtl = is_rtl(cleaned) if self.rtl is None else self.rtl
            for line in wrap(cleaned, options.max_width):
                shown = visual(line, rtl=rtl, bidi=self.bidi)
                yield Text(shown, style=self.style, justify="right" if rtl else "left", no_wrap=True, end="\n")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        widest = max(columns(clean(paragraph)) for paragraph in self.text.split("\n"))
        return Measurement(min(widest, options.max_width), min(widest, options.max_width))
