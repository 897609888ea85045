"""A sentence with its Chinese: what the model learns from, in files of one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from kiosk import line_files
from kiosk.errors import InputError

LANGUAGES = ("ug", "kk", "ky", "uz", "mn", "bo", "tg", "ru", "en", "ur", "tr")
"""The source languages, in the order of their tags in the vocabulary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One sentence.

    Attributes:
        language: code of the source language.
        text: the words, in the script they were written in.
        zh: simplified Chinese.
        source: where it is from: ``phrasebook``, ``lexicon``, ``composed``, ``guard``, ``development``, ``notes`` …
    """

    language: str
    text: str
    zh: str
    source: str


def write(path: Path, pairs: Iterable[Pair]) -> int:
    """Write pairs and return how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for pair in pairs:
            file.write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")
            count += 1
    return count


def read(path: Path) -> list[Pair]:
    """Read pairs; ``source`` may be left out.

    Raises:
        InputError: the file cannot be read, or a line is no pair of a language that the model knows.
    """
    found = []
    for number, line in line_files.numbered(path):
        try:
            row = json.loads(line)
            pair = Pair(language=row["language"], text=row["text"], zh=row["zh"], source=row.get("source", "notes"))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError(
                f"{path}, line {number} is not a pair.",
                remedy='Write {"language": …, "text": …, "zh": …} a line.',
            ) from None
        if pair.language not in LANGUAGES or not pair.text.strip() or not pair.zh.strip():
            raise InputError(f"{path}, line {number}: no words, or the language {pair.language!r} is not translated.")
        found.append(pair)
    return found
