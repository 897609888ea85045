"""The labels of a CTC model: from label numbers to text, and from a text to label numbers.

Two files are read, as the families bring them: ``tokens.txt`` (``symbol number`` a line; sherpa-onnx, and onnx-asr as
``*vocab.txt``), and ``vocab.json`` (transformers: symbol -> number, for MMS one such table a language). In both a
symbol is a character or a piece of a word; ``▁`` at its beginning stands for a blank, and so does ``|`` in
``vocab.json``. ``<0xE2>`` is a byte of a character that has no symbol; other ``<…>`` and ``[…]`` are no text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from kiosk.errors import ModelError

_LINE = re.compile(r"^(.*?)[ \t]+(\d+)[ \t\r]*$", re.DOTALL)
_MARK = re.compile(r"^(?:<[^<>]+>|\[[A-Z]+\])$")
_BYTE = re.compile(r"^<0x([0-9A-Fa-f]{2})>$")
_BLANKS = ("<blk>", "<eps>", "<blank>")  # in the order in which sherpa-onnx looks for them
_INSIDE = "'’ʻʼ-་"  # signs that belong to a word: apostrophes, the hyphen, the Tibetan tsheg


class Vocabulary:
    """Label numbers and what they stand for.

    Args:
        symbols: number -> symbol, as in the file.
        blank: number of the CTC blank.
    """

    def __init__(self, symbols: Mapping[int, str], *, blank: int) -> None:
        self.blank = blank
        self.size = max(symbols, default=-1) + 1
        self._bytes = {label: int(found[1], 16) for label, text in symbols.items() if (found := _BYTE.match(text))}
        self._texts = {
            label: text.replace("▁", " ")
            for label, text in symbols.items()
            if label != blank and text and not _MARK.match(text)
        }
        self._labels: dict[str, int] = {}
        for label, text in self._texts.items():
            self._labels.setdefault(text, label)
        self._longest = max(map(len, self._labels), default=0)
        self._prefixed = any(len(text) > 1 and text.startswith(" ") for text in self._labels)

    def spoken(self, label: int) -> bool:
        """Say whether a label is a piece of text."""
        return label in self._texts or label in self._bytes

    def text(self, labels: Iterable[int]) -> str:
        """Return what labels stand for, blanks of a text single and none at its ends."""
        pieces = bytearray()
        for label in labels:
            if label in self._bytes:
                pieces.append(self._bytes[label])
            else:
                pieces += self._texts.get(label, "").encode()
        return " ".join(pieces.decode(errors="ignore").split())

    def labels(self, text: str) -> tuple[int, ...]:
        """Return the labels of a text in as few pieces as there are; none when over half of its letters are unknown.

        Characters without a label are left out: the rest still tells phrases apart. Punctuation is left out in any
        case: it is not heard. A model that knows one case only is given that. How a word-piece tokenizer would have
        divided a word is not known from these files; the fewest pieces are what it mostly comes to.
        """
        words = " ".join(_words(unicodedata.normalize("NFC", text)))
        written = max((words, words.lower(), words.upper()), key=self._known)
        labels, lost = self._divided(f" {written}" if self._prefixed else written)
        letters = sum(not char.isspace() for char in written)
        return labels if letters and 2 * (letters - lost) >= letters else ()

    def _known(self, text: str) -> int:
        return sum(char in self._labels or f" {char}" in self._labels for char in text)

    def _divided(self, text: str) -> tuple[tuple[int, ...], int]:
        """Return the labels with the fewest letters lost, then the fewest pieces, and how many letters are lost."""
        best: list[tuple[int, int, int, int]] = [(0, 0, 0, -1)]  # letters lost, pieces, where from, label
        for end in range(1, len(text) + 1):
            lost, pieces, *_ = best[end - 1]
            blank = text[end - 1] == " "
            # A blank is left out only where no piece holds it.
            options = [(lost + (not blank), pieces + 2 * blank, end - 1, -1)]
            for start in range(max(0, end - self._longest), end):
                label = self._labels.get(text[start:end])
                if label is not None:
                    options.append((best[start][0], best[start][1] + 1, start, label))
            best.append(min(options))
        labels = []
        place = len(text)
        while place > 0:
            _, _, start, label = best[place]
            if label >= 0:
                labels.append(label)
            place = start
        return tuple(reversed(labels)), best[-1][0]


def _words(text: str) -> list[str]:
    kept = (char if unicodedata.category(char)[0] in "LMN" or char in _INSIDE else " " for char in text)
    return "".join(kept).split()


def read_tokens(path: Path, *, blank: int | None = None) -> Vocabulary:
    """Read ``tokens.txt``.

    Args:
        blank: number of the blank where the file need not name it; its ``<blk>``, ``<eps>`` or ``<blank>`` otherwise.

    Raises:
        ModelError: the file cannot be read, or names no blank.
    """
    symbols: dict[int, str] = {}
    try:
        # Not splitlines(): characters that end a line for Unicode may be symbols.
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}.") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        found = _LINE.match(
            f" {line}" if line.strip().isdigit() else line
        )  # alone, it is that of a blank between words
        if found is None:
            raise ModelError(f"{path}, line {number} is not a symbol and its number.")
        symbols[int(found[2])] = found[1].strip(" \t\r") or " "
    named = {text: label for label, text in symbols.items()}
    label = next((named[name] for name in _BLANKS if name in named), blank)
    if label is None:
        raise ModelError(f"{path} names no blank ({', '.join(_BLANKS)}).")
    return Vocabulary(symbols, blank=label)


def from_table(table: Mapping[str, int], *, blank: str, delimiter: str = "|") -> Vocabulary:
    """Return the vocabulary of one table of ``vocab.json``.

    Args:
        blank: the padding token, which is the CTC blank of transformers.
        delimiter: what stands between words.

    Raises:
        ModelError: the table has no such token.
    """
    if blank not in table:
        raise ModelError(f"vocab.json has no token {blank!r}, which is the CTC blank.")
    symbols = {label: " " if text == delimiter else text for text, label in table.items()}
    return Vocabulary(symbols, blank=table[blank])
