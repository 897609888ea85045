"""Concepts and how each language says them: the tables of ``config/lexicon`` and ``config/grammar``, compiled.

``concepts.tsv`` lists what can be said, with its Chinese. ``<language>.tsv`` lists surface forms, one a row, and who
signed them. ``config/grammar/<language>.toml`` holds the closed classes: endings, numerals, units, negation, relations.
A surface form is a sequence of words. ``a/b`` are alternatives for one word; ``…`` lets up to four other words stand
in between; ``=`` before a word forbids endings on it.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from kiosk import resources
from kiosk.errors import SettingsError
from kiosk.lexicon.morphology import Morphology
from kiosk.lexicon.patterns import Builder, Pattern
from kiosk.lexicon.text import Mode, Token, tokenize
from kiosk.transliteration import kazakh, kyrgyz, uyghur

Converter = Callable[[str], list[tuple[str, int, int]]]
"""Text in another script to (converted, start, end) pieces that cover it in order."""

CONVERTERS: Mapping[str, Converter] = MappingProxyType(
    {"ug": uyghur.to_arabic, "kk": kazakh.to_cyrillic, "ky": kyrgyz.to_cyrillic}
)
"""The languages that are written in more than one script: what turns the others into that of the tables."""

HEADER = ("concept", "surface", "kind", "status", "reviewer", "reviewed_on", "source", "example")
CONCEPT_HEADER = ("concept", "kind", "zh", "combine", "compose", "site", "value", "system", "hpo", "icd10")


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """One clinical idea, independent of language. The columns are documented in ``config/lexicon/README.md``."""

    id: str
    kind: str
    zh: str
    combine: str = ""
    compose: tuple[str, ...] = ()
    site: str = ""
    value: str = ""
    system: str = ""
    hpo: str = ""
    icd10: str = ""

    @property
    def tags(self) -> frozenset[str]:
        return frozenset(self.value.split("|")) if self.value else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """One row of a language's table."""

    concept: str
    surface: str
    kind: str
    status: Literal["draft", "reviewed"]
    reviewer: str = ""
    reviewed_on: str = ""
    source: str = ""
    example: str = ""


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """Everything known of one language, ready to match.

    Attributes:
        compositions: (generic, site) -> the finding with its own name: (pain, head) -> headache.
        refinements: a site with its side and regions -> the narrower site: {abdomen, right, lower}.
        fillers: words that may stand between any two words of a form (Chinese 也, 都, 很).
        glue: function words, understood and without content.
        finite: endings of a verb that ends its clause: a `fixed` row that ends so is no item of a list of nouns.
        linking: endings of a verb that goes on in the next one ("swells and …").
        beginning: endings of a time that say "since" (Mongolian -аас).
        likening: endings of comparison (Kazakh -дай): what happened is only what it is like.
        closing: words behind a length of time that end what it is told of ("half an hour it has been").
        origin: words of "from" within the table's times (Tajik аз in "аз саҳар", since this morning).
        auxiliaries: words that behind a verb that goes on only help it, whatever else they mean (Kyrgyz атам).
        convert: what turns the language's other script into that of the tables.
    """

    language: str
    mode: Mode
    gap: int
    fold: Mapping[str, str]
    morphology: Morphology
    concepts: Mapping[str, Concept]
    surfaces: tuple[Surface, ...]
    patterns: tuple[Pattern, ...]
    glue: frozenset[str]
    fillers: frozenset[str]
    compositions: Mapping[tuple[str, str], str]
    refinements: Mapping[frozenset[str], str]
    finite: tuple[str, ...] = ()
    linking: tuple[str, ...] = ()
    likening: tuple[str, ...] = ()
    beginning: tuple[str, ...] = ()
    closing: frozenset[str] = frozenset()
    origin: frozenset[str] = frozenset()
    auxiliaries: frozenset[str] = frozenset()
    convert: Converter | None = None

    def tokenize(self, text: str) -> tuple[Token, ...]:
        """Split a patient's text, first converting the language's other script to that of the tables."""
        return tokenize(text, mode=self.mode, fold=self.fold, pieces=self.convert(text) if self.convert else None)


@cache
def concepts(path: Path | None = None) -> Mapping[str, Concept]:
    """Read the inventory of concepts.

    Raises:
        SettingsError: a column is missing, an id stands twice, or a reference names no concept.
    """
    path = path or resources.share("config") / "lexicon" / "concepts.tsv"
    found: dict[str, Concept] = {}
    for number, row in read_table(path, CONCEPT_HEADER):
        concept = Concept(
            id=row["concept"],
            kind=row["kind"],
            zh=row["zh"],
            combine=row["combine"],
            compose=tuple(part for part in row["compose"].split("|") if part),
            site=row["site"],
            value=row["value"],
            system=row["system"],
            hpo=row["hpo"],
            icd10=row["icd10"],
        )
        if concept.id in found:
            raise SettingsError(
                f"{path}, line {number}: the concept {concept.id!r} stands twice.", remedy="Remove one."
            )
        found[concept.id] = concept
    return MappingProxyType(found)


@cache
def load(language: str, folder: Path | None = None) -> Lexicon:
    """Read and compile one language.

    Args:
        language: a code of ``kiosk.languages``.
        folder: the folder that holds ``lexicon/`` and ``grammar/``; None means the shipped ``config``.

    Raises:
        SettingsError: a table is missing or wrong; the message names file and line.
    """
    folder = folder or resources.share("config")
    table = folder / "lexicon" / f"{language}.tsv"
    grammar_path = folder / "grammar" / f"{language}.toml"
    for path in (table, grammar_path):
        if not path.is_file():
            raise SettingsError(
                f"There is no lexicon for {language!r}: {path} does not exist.",
                remedy="Take the language out of [site] languages, or add its tables (docs/lexicon.md).",
            )
    try:
        grammar = tomllib.loads(grammar_path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{grammar_path} is not valid TOML: {error}.") from None
    inventory = concepts(folder / "lexicon" / "concepts.tsv")
    mode: Mode = grammar.get("mode", "words")
    fold = dict(grammar.get("fold", {}))
    gap = int(grammar.get("gap", 1))
    surfaces = tuple(_surfaces(table, inventory))
    morphology = _morphology(grammar.get("morphology", {}), mode, fold)
    builder = Builder(mode=mode, fold=fold, gap=gap)
    patterns = [
        *(pattern for row in surfaces for pattern in _patterns(builder, row, inventory[row.concept])),
        *builder.grammar(grammar, grammar_path),
    ]
    return Lexicon(
        language=language,
        mode=mode,
        gap=gap,
        fold=MappingProxyType(fold),
        morphology=morphology,
        concepts=inventory,
        surfaces=surfaces,
        patterns=tuple(patterns),
        glue=_words(grammar, "glue", mode, fold),
        fillers=_words(grammar, "fillers", mode, fold),
        compositions=_compositions(inventory),
        refinements=_refinements(inventory),
        finite=_endings(grammar, "finite", mode, fold),
        linking=_endings(grammar, "linking", mode, fold),
        likening=_endings(grammar, "likening", mode, fold),
        beginning=_endings(grammar, "beginning", mode, fold),
        closing=_words(grammar, "closing", mode, fold),
        origin=_words(grammar, "origin", mode, fold),
        auxiliaries=_words(grammar, "auxiliaries", mode, fold),
        convert=CONVERTERS.get(language),
    )


@cache
def load_compositions() -> Mapping[tuple[str, str], str]:
    """Return the shipped inventory's named combinations, see :class:`Lexicon`."""
    return _compositions(concepts())


def _compositions(inventory: Mapping[str, Concept]) -> Mapping[tuple[str, str], str]:
    return MappingProxyType(
        {
            (generic, site): concept.id
            for concept in inventory.values()
            if concept.kind == "finding"
            for generic, at, site in (rule.partition("@") for rule in concept.compose)
            if at
        }
    )


def _refinements(inventory: Mapping[str, Concept]) -> Mapping[frozenset[str], str]:
    return MappingProxyType(
        {
            frozenset(rule.split("+")): concept.id
            for concept in inventory.values()
            if concept.kind == "site"
            for rule in concept.compose
        }
    )


def read_table(path: Path, header: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and cells of each row of a tab-separated table.

    Raises:
        SettingsError: the file cannot be read, its header differs, or a row has too many cells.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from None
    reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    first = next(reader, [])
    if tuple(first) != tuple(header):
        raise SettingsError(f"{path}: the header must be {' '.join(header)} (TAB between), found {' '.join(first)}.")
    for number, cells in enumerate(reader, start=2):
        if not any(cells):
            continue
        if len(cells) > len(header):
            raise SettingsError(f"{path}, line {number}: {len(cells)} columns where {len(header)} are expected.")
        padded = [cell.strip() for cell in cells] + [""] * (len(header) - len(cells))
        yield number, dict(zip(header, padded, strict=True))


def _surfaces(path: Path, inventory: Mapping[str, Concept]) -> Iterator[Surface]:
    for number, row in read_table(path, HEADER):
        if row["concept"] not in inventory:
            raise SettingsError(
                f"{path}, line {number}: unknown concept {row['concept']!r}.",
                remedy="Add it to concepts.tsv or correct it.",
            )
        if row["status"] == "rejected":
            continue  # kept in the table for the record, never matched
        if row["status"] not in ("draft", "reviewed"):
            raise SettingsError(f"{path}, line {number}: status must be draft or reviewed, found {row['status']!r}.")
        if row["status"] == "reviewed" and not row["reviewer"]:
            raise SettingsError(f"{path}, line {number}: a reviewed row names its reviewer.")
        if not row["surface"]:
            raise SettingsError(f"{path}, line {number}: the surface form is empty.")
        yield Surface(**row)  # type: ignore[arg-type]  # status was checked above


def _patterns(builder: Builder, row: Surface, concept: Concept) -> Iterator[Pattern]:
    return builder.surface(
        row.surface, inflection=row.kind, concept=concept.id, kind=concept.kind, draft=row.status == "draft"
    )


def _words(grammar: Mapping[str, Any], key: str, mode: Mode, fold: Mapping[str, str]) -> frozenset[str]:
    """Return the folded words of a grammar's list; none where it is not there."""
    return frozenset(token.text for word in grammar.get(key, []) for token in tokenize(word, mode=mode, fold=fold))


def _endings(grammar: Mapping[str, Any], key: str, mode: Mode, fold: Mapping[str, str]) -> tuple[str, ...]:
    """Return the folded endings of a grammar's key; none where it is not there."""
    return tuple(
        token.text
        for ending in grammar.get("morphology", {}).get(key, [])
        for token in tokenize(ending, mode=mode, fold=fold)
    )


def _morphology(table: Mapping[str, Any], mode: Mode, fold: Mapping[str, str]) -> Morphology:
    def folded(ending: str) -> str:
        mark = "!" if ending.startswith("!") else ""
        return mark + "".join(token.text for token in tokenize(ending.removeprefix("!"), mode=mode, fold=fold))

    return Morphology(
        paradigms={
            name: [[folded(ending) for ending in slot] for slot in slots]
            for name, slots in table.get("paradigms", {}).items()
        },
        prefixes=[folded(prefix) for prefix in table.get("prefixes", [])],
        softening=table.get("softening", {}),
        vowels=table.get("vowels", ""),
        min_stem=int(table.get("min_stem", 2)),
    )
