"""Endings: whether a word is a form of a stem, and whether its endings negate it. The tables are data.

A paradigm is a list of slots in the order in which a language stacks its endings; each slot is optional and lists its
allomorphs. ``!`` before an allomorph marks a negation (Kazakh ``!ма`` in ауыр-ма-йды, "does not hurt").
Prefixes work the same way (Tajik ``!наме`` in намехобам, "I do not sleep").
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Slots = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Form:
    """How a word was taken apart: the stem, and whether an affix negates it."""

    stem: str
    negated: bool


@dataclass(frozen=True)
class Morphology:
    """The affixes of one language.

    Attributes:
        paradigms: name (``noun``, ``verb``) -> slots of endings.
        prefixes: affixes that may stand before a stem.
        softening: stem-final letter -> what it may become before a vowel (Kazakh қ -> ғ).
        vowels: letters before which softening happens; empty: before any ending.
        min_stem: shortest stem that may take endings, in letters.
    """

    paradigms: Mapping[str, Slots] = field(default_factory=dict)
    prefixes: Sequence[str] = ()
    softening: Mapping[str, str] = field(default_factory=dict)
    vowels: str = ""
    min_stem: int = 2
    _hardened: Mapping[str, Sequence[str]] = field(init=False, repr=False)
    _endings: Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        hardened: dict[str, list[str]] = {}
        for hard, softs in self.softening.items():
            for soft in softs:
                hardened.setdefault(soft, []).append(hard)
        object.__setattr__(self, "_hardened", hardened)
        object.__setattr__(self, "_endings", {name: _compile(slots) for name, slots in self.paradigms.items()})

    def forms(self, word: str, paradigm: str | None, known: Container[str]) -> Iterator[Form]:
        """Yield the known stems that ``word`` could be a form of, the bare word first, then longest first.

        Args:
            word: a folded word.
            paradigm: the only endings allowed; None allows those of any paradigm.
            known: the stems that matter; nothing else is yielded (and nothing else costs time).
        """
        yield from self._forms(word, paradigm, known, negated=False)
        for prefix in self.prefixes:
            plain = prefix.removeprefix("!")
            if word.startswith(plain) and len(word) - len(plain) >= self.min_stem:
                yield from self._forms(word[len(plain) :], paradigm, known, negated=prefix.startswith("!"))

    def _forms(self, word: str, paradigm: str | None, known: Container[str], *, negated: bool) -> Iterator[Form]:
        if word in known:
            yield Form(word, negated)
        for cut in range(len(word) - 1, self.min_stem - 1, -1):
            stem, rest = word[:cut], word[cut:]
            stems = [stem] if stem in known else []
            if not self.vowels or rest[0] in self.vowels:
                stems += [
                    hard
                    for hard in (stem[:-1] + letter for letter in self._hardened.get(stem[-1], ()))
                    if hard in known
                ]
            if not stems:
                continue
            polarity = self.ending(rest, paradigm)
            if polarity is not None:
                for found in stems:
                    yield Form(found, negated or polarity)

    def ending(self, rest: str, paradigm: str | None) -> bool | None:
        """Return None when ``rest`` is no chain of endings, else whether it can only be read as a negation.

        A reading without negation wins: Kazakh тамағыма is "to my throat", not "not …".
        """
        patterns = (
            self._endings.values()
            if paradigm is None
            else [self._endings[paradigm]]
            if paradigm in self._endings
            else []
        )
        if any(plain.fullmatch(rest) for plain, _ in patterns):
            return False
        return True if any(full.fullmatch(rest) for _, full in patterns) else None


def _compile(slots: Slots) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the pattern of the endings without and with the negations."""
    plain, full = "", ""
    for slot in slots:
        ordered = sorted(slot, key=lambda ending: -len(ending.removeprefix("!")))
        positive = "|".join(re.escape(ending) for ending in ordered if not ending.startswith("!"))
        every = "|".join(re.escape(ending.removeprefix("!")) for ending in ordered)
        if positive:
            plain += f"(?:{positive})?"
        full += f"(?:{every})?"
    return re.compile(plain), re.compile(full)
