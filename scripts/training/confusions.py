"""What a recogniser takes for what, learned from clips: each letter of a reference beside what was written for it.

One table holds substitutions, losses and insertions: what a letter became, after which letter. "" is a loss, two
letters are an insertion behind the first, a space in either is a word cut or joined. What was written right is counted
too: the share of errors is as much a finding as their kind. A language with few clips leans on those of its script
(:meth:`Table.fate`), one with none on the spelling (``training.noise``).
"""

from __future__ import annotations

import csv
import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from rapidfuzz.distance import Levenshtein

from kiosk import line_files
from kiosk.errors import InputError
from training.pairs import LANGUAGES

SHIPPED = Path(__file__).with_name("confusions.tsv")

MISHEARD = 0.5
"""Share of a word's letters that may be wrong; with more, it is another word and says nothing of its letters."""

PRIOR = 5.0
"""How many observations the wider count is worth beside the narrower: letter beside context, script beside language."""

ENOUGH = 50.0
"""Observations of a letter at which half its errors are drawn from the table, half from the spelling."""

FOREIGN = 0.25
"""What an observation in another language of the script is worth beside one in the language."""

_PRONE = 4.0  # no letter goes wrong more often than this many times the average: rare letters would always

Counts = Mapping[tuple[str, str, str, str], int]
"""(language, letter before, letter, what it became) -> how often; a space stands before the first letter."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one letter at one place.

    Attributes:
        trust: how far the table is to be believed (0–1); the rest belongs to the spelling.
        prone: how often it goes wrong, in shares of the average letter of its language.
        becomes: what it becomes when it does, with weights.
    """

    trust: float
    prone: float
    becomes: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Table:
    """Counts, and what follows from them."""

    counts: Counts

    @cached_property
    def _by(self) -> Mapping[tuple[str, ...], Counter[str]]:
        """What letters became: by language and context, by language, and by script."""
        found: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for (language, before, letter, became), count in self.counts.items():
            found[language, before, letter][became] += count
            found[language, letter][became] += count
            found[script(before if letter == " " else letter), letter][became] += count
        return dict(found)

    @cached_property
    def _averages(self) -> Mapping[str, float]:
        """The share of letters that went wrong: by language, and by script."""
        wrong: Counter[str] = Counter()
        every: Counter[str] = Counter()
        for (language, before, letter, became), count in self.counts.items():
            for each in (language, script(before if letter == " " else letter)):
                every[each] += count
                wrong[each] += count if became != letter else 0
        return {each: wrong[each] / every[each] for each in every}

    @cached_property
    def _known(self) -> dict[tuple[str, str, str], Fate | None]:
        return {}

    def fate(self, language: str, before: str, letter: str) -> Fate | None:
        """Return what becomes of a letter after ``before``; None where no clip tells.

        The context's counts are smoothed with the language's, and these with the script's.
        """
        key = (language, before, letter)
        if key not in self._known:
            self._known[key] = self._fate(*key)
        return self._known[key]

    def _fate(self, language: str, before: str, letter: str) -> Fate | None:
        written = script(before if letter == " " else letter)
        wide = self._by.get((written, letter), Counter())
        if not wide:
            return None
        own = self._by.get((language, letter), Counter())
        shares = {became: count / wide.total() for became, count in wide.items()}
        for narrower in (own, self._by.get((language, before, letter), Counter())):
            shares = {
                became: (narrower[became] + PRIOR * shares.get(became, 0.0)) / (narrower.total() + PRIOR)
                for became in {**shares, **narrower}
            }
        errors = tuple((became, share) for became, share in sorted(shares.items()) if became != letter and share)
        seen = own.total() + FOREIGN * max(0, wide.total() - own.total())
        average = self._averages.get(language, self._averages[written])
        prone = sum(share for _, share in errors) / average if errors and average else 0.0
        return Fate(seen / (seen + ENOUGH), min(_PRONE, prone), errors)


@cache
def script(letter: str) -> str:
    """Return the script of a letter by its Unicode name: LATIN, CYRILLIC, ARABIC, TIBETAN; empty for a space."""
    return unicodedata.name(letter, "").split(" ")[0] if letter.isalpha() else ""


def aligned(said: str, heard: str) -> Iterator[tuple[str, str, str]]:
    """Yield the letter before, each letter and what it became; other words and numbers are left out."""
    said, heard = f" {said} ", f" {heard} "
    became = [""] * len(said)
    for step in Levenshtein.opcodes(said, heard):
        written = heard[step.dest_start : step.dest_end]
        if step.tag == "insert":  # there is always a letter before: both begin with the same space
            became[step.src_start - 1] += written
        elif step.tag != "delete":
            for place, letter in enumerate(written, start=step.src_start):
                became[place] += letter
    for word in _words(said):
        wrong = sum(not became[place].startswith(said[place]) for place in word)
        more = sum(max(0, len(became[place]) - 1) for place in (word.start - 1, *word))
        if wrong + more > MISHEARD * len(word):
            continue
        for place in (*word, word.stop):
            both = said[place] + became[place]
            if len(became[place]) <= 2 and all(each.isalpha() or each == " " for each in both):
                yield said[place - 1], said[place], became[place]


def _words(text: str) -> Iterator[range]:
    """Yield where each word of a text stands that begins and ends with a space."""
    start = 1
    while start < len(text):
        end = text.index(" ", start)
        yield range(start, end)
        start = end + 1


def learn(heard: Iterable[tuple[str, str, str]]) -> Table:
    """Return the table of (language, said, heard) texts."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for language, said, written in heard:
        counts.update((language, *each) for each in aligned(said, written))
    return Table(dict(counts))


def heard_in(figures: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield (language, said, heard) of what ``kiosk eval --audio FILE --json`` printed."""
    for language, row in figures["languages"].items():
        for said, written in row.get("transcript", {}).get("heard", ()):
            yield language, said, written


def write(path: Path, table: Table, provenance: Sequence[str]) -> None:
    """Write a table, with lines that say where it is from."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"# {line}\n" for line in provenance)
        rows = csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE)
        rows.writerows((*(each.replace(" ", "_") for each in key), n) for key, n in sorted(table.counts.items()))


def read(path: Path) -> Table:
    """Read a table.

    Raises:
        InputError: the file cannot be read, or a line has other columns.
    """
    counts: dict[tuple[str, str, str, str], int] = {}
    for number, line in line_files.numbered(path):
        if line.startswith("#"):
            continue
        try:
            language, before, letter, became, count = line.replace("_", " ").split("\t")
            counts[language, before, letter, became] = int(count)
        except ValueError:
            raise InputError(
                f"{path}, line {number} is no confusion.", remedy="Learn the table anew: docs/translation-model.md."
            ) from None
    return Table(counts)


def learned(paths: Sequence[Path]) -> tuple[Table, list[str]]:
    """Return the table of several outputs of ``kiosk eval --audio FILE --json``, and how much each language gave.

    Raises:
        InputError: one is no such output.
    """
    heard: list[tuple[str, str, str]] = []
    engines: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        try:
            figures = json.loads(path.read_text(encoding="utf-8"))
            heard += [each for each in heard_in(figures) if each[0] in LANGUAGES]
            for language, row in figures["languages"].items():
                if "transcript" in row:
                    engines[language].add(row["transcript"].get("engine", "engine not told"))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{path} is no output of `kiosk eval --audio --json`: {error}", remedy="See docs/evaluation.md."
            ) from None
    table = learn(heard)
    told = []
    for language in dict.fromkeys(each for each, _, _ in heard):
        own = {key: count for key, count in table.counts.items() if key[0] == language}
        wrong = sum(count for key, count in own.items() if key[3] != key[2])
        clips = sum(each == language for each, _, _ in heard)
        by = ", ".join(sorted(engines[language]))
        told.append(f"{language}: {clips} clips, {sum(own.values())} letters, {wrong} wrong, {by}")
    return table, told
