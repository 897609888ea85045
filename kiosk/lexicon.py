"""Concepts and how each language says them: the tables of ``config/lexicon`` and ``config/grammar``, compiled.

``concepts.tsv`` lists what can be said, with its Chinese. ``<language>.tsv`` lists surface forms, one a row, and who
signed them. ``config/grammar/<language>.toml`` holds the closed classes: endings, numerals, units, negation, relations.
A surface form is a sequence of words. ``a/b`` are alternatives for one word; ``…`` lets up to four other words stand
in between; ``=`` before a word forbids endings on it.
"""

from __future__ import annotations

import csv
import itertools
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from kiosk import resources
from kiosk.errors import SettingsError
from kiosk.morphology import Morphology
from kiosk.text import Mode, Token, tokenize
from kiosk.transliteration import kazakh, kyrgyz, uyghur

Converter = Callable[[str], list[tuple[str, int, int]]]
"""Text in another script to (converted, start, end) pieces that cover it in order."""

CONVERTERS: Mapping[str, Converter] = MappingProxyType(
    {"ug": uyghur.to_arabic, "kk": kazakh.to_cyrillic, "ky": kyrgyz.to_cyrillic}
)
"""The languages that are written in more than one script: what turns the others into that of the tables."""

WIDE_GAP = 4
"""How many words ``…`` may stand for."""

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


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a pattern: a set of words, or a slot such as ``{n}``; ``gap`` words may stand before it."""

    words: tuple[str, ...] = ()
    slot: str = ""
    paradigm: str | None = None
    exact: bool = False
    gap: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pattern:
    """What a sequence of words means.

    Attributes:
        kind: the concept's kind, or ``cue``, ``numeral``, ``unit``, ``dose_unit``, ``relation``, ``template``.
        meaning: concept id, cue name, unit, relation or template name.
        add: what a template adds to its number ("{n} and a half"), or its whole amount ("полгода =0.5a").
        unit: the unit of that amount, where no {unit} stands in the template.
        draft: not signed by a native clinician.
        inflection: kind of the surface row (noun, verb, fixed …); decides what a negation may reach.
    """

    kind: str
    meaning: str
    elements: tuple[Element, ...]
    value: float = 0.0
    add: float = 0.0
    unit: str | None = None
    draft: bool = False
    inflection: str = "fixed"


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
    builder = _Builder(mode=mode, fold=fold, gap=gap)
    patterns = [
        *(pattern for row in surfaces for pattern in builder.surface(row, inventory[row.concept])),
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
        glue=frozenset(
            token.text for word in grammar.get("glue", []) for token in tokenize(word, mode=mode, fold=fold)
        ),
        fillers=frozenset(
            token.text for word in grammar.get("fillers", []) for token in tokenize(word, mode=mode, fold=fold)
        ),
        compositions=_compositions(inventory),
        refinements=_refinements(inventory),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Builder:
    """Surface forms and grammar tables to patterns."""

    mode: Mode
    fold: Mapping[str, str]
    gap: int

    def surface(self, row: Surface, concept: Concept) -> Iterator[Pattern]:
        for elements in self._elements(row.surface, paradigm=row.kind, gap=self.gap):
            yield Pattern(
                kind=concept.kind,
                meaning=concept.id,
                elements=elements,
                draft=row.status == "draft",
                inflection=row.kind,
            )

    def grammar(self, table: Mapping[str, Any], path: Path) -> Iterator[Pattern]:
        for kind, section in (
            ("numeral", "numerals"),
            ("unit", "units"),
            ("dose_unit", "dose_units"),
            ("relation", "relations"),
            ("cue", "cues"),
            ("template", "templates"),
        ):
            for meaning, forms in table.get(section, {}).items():
                if not isinstance(forms, list):
                    raise SettingsError(f"{path}: {section}.{meaning} must be a list of strings.")
                for form in forms:
                    yield from self._closed(kind, meaning, form)

    def _closed(self, kind: str, meaning: str, form: str) -> Iterator[Pattern]:
        form, plus, add = form.partition(" +")
        form, equals, amount = form.partition(" =")
        add = add or amount.rstrip("abcdefghijklmnopqrstuvwxyz")
        for elements in self._elements(form, paradigm="", gap=0):
            yield Pattern(
                kind=kind,
                meaning=meaning,
                elements=elements,
                value=float(meaning) if kind == "numeral" else 0.0,
                add=float(add or 0) if plus or equals else 0.0,
                unit=amount.lstrip("0123456789.") or None,
            )

    def _elements(self, form: str, *, paradigm: str, gap: int) -> Iterator[tuple[Element, ...]]:
        """Yield the element sequences of a form; an empty ``paradigm`` allows endings only on words marked ``~``."""
        places: list[list[tuple[Element, ...]]] = []
        words = form.split()
        before = 0
        for index, word in enumerate(words):
            if word == "…":
                before = WIDE_GAP
                continue
            last = index == len(words) - 1
            if word.startswith("{") and word.endswith("}"):
                places.append([(Element(slot=word[1:-1], gap=before),)])
            else:
                exact = word.startswith("=") or paradigm == "fixed" or (not paradigm and not word.endswith("~"))
                ending = paradigm if last and paradigm else None
                places.append([*self._choices(word.strip("=~"), ending, exact=exact, gap=before)])
            before = gap
        if not places or not all(places):
            raise SettingsError(f"The surface form {form!r} holds no word.")
        for chosen in itertools.product(*places):
            yield tuple(itertools.chain.from_iterable(chosen))

    def _choices(self, word: str, paradigm: str | None, *, exact: bool, gap: int) -> Iterator[tuple[Element, ...]]:
        """One word's alternatives: those of one token share an element, longer ones become their own sequence.

        In a script without spaces one written word is several tokens, which follow each other directly and of which
        only the last takes endings.
        """
        single: list[str] = []
        for pieces in map(self._pieces, word.split("/")):
            if len(pieces) == 1:
                single.append(pieces[0])
            elif pieces:
                *front, end = pieces
                yield (
                    *(
                        Element(words=(piece,), exact=True, gap=0 if place else gap)
                        for place, piece in enumerate(front)
                    ),
                    Element(words=(end,), paradigm=paradigm, exact=exact),
                )
        if single:
            yield (Element(words=tuple(dict.fromkeys(single)), paradigm=paradigm, exact=exact, gap=gap),)

    def _pieces(self, word: str) -> list[str]:
        return [token.text for token in tokenize(word, mode=self.mode, fold=self.fold)]
