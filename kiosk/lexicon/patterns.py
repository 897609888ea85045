"""Surface forms and grammar tables to patterns: sequences of words that mean something.

A surface form is a sequence of words. ``a/b`` are alternatives for one word; ``…`` lets up to four other words stand in
between; ``=`` before a word forbids endings on it, ``~`` behind a word of the grammar allows them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.errors import SettingsError
from kiosk.lexicon.text import Mode, tokenize

WIDE_GAP = 4
"""How many words ``…`` may stand for."""


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
class Builder:
    """Surface forms and grammar tables to patterns."""

    mode: Mode
    fold: Mapping[str, str]
    gap: int
    _tokens: dict[str, list[str]] = field(default_factory=dict, init=False, repr=False)
    """Words that were taken apart already: those of a table recur."""

    def surface(self, form: str, *, inflection: str, concept: str, kind: str, draft: bool) -> Iterator[Pattern]:
        """Yield the patterns of a table's row."""
        for elements in self._elements(form, paradigm=inflection, gap=self.gap):
            yield Pattern(
                kind=kind,
                meaning=concept,
                elements=elements,
                draft=draft,
                inflection=inflection,
            )

    def grammar(self, table: Mapping[str, Any], path: Path) -> Iterator[Pattern]:
        """Yield the patterns of a grammar's closed classes; ``path`` is for the message of a wrong one."""
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
        if word not in self._tokens:
            self._tokens[word] = [token.text for token in tokenize(word, mode=self.mode, fold=self.fold)]
        return self._tokens[word]
