"""Errors like those of speech recognition: letters that sound alike, lost words, lost and moved spaces, no punctuation.

Which letters are taken for which is known from two sides: from clips, what a recogniser wrote beside what was said
(``training.confusions``), and from the foldings of the grammar, what the language's recognisers and keyboards do not
keep apart. The more often a letter was heard in clips, the more of its errors come from there.
"""

from __future__ import annotations

import random
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache

from kiosk import lexicon as lexicons
from kiosk import resources
from training.confusions import Table

Confusions = Mapping[str, Sequence[tuple[str, float]]]
"""Letter -> what it is spelled as instead, each with its weight."""

_PUNCTUATION = ".,;:!?،۔؟།、，。"


@cache
def confusions(language: str) -> Confusions:
    """Return the confusions of a language that its grammar's foldings give: all letters of one fold, either way."""
    path = resources.share("config") / "grammar" / f"{language}.toml"
    folds: Mapping[str, str] = tomllib.loads(path.read_text(encoding="utf-8")).get("fold", {})
    groups: dict[str, set[str]] = defaultdict(set)
    for letter, folded in folds.items():
        groups[folded].update((letter, folded))
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for group in groups.values():
        for letter in sorted(each for each in group if len(each) == 1):
            found[letter] += [(other, 1.0) for other in sorted(group) if other != letter]
    return dict(found)


@cache
def letters(language: str) -> str:
    """Return the letters of the language's words, as often as its lexicon has them."""
    return "".join(sorted("".join(row.surface for row in lexicons.load(language).surfaces if row.surface.isalpha())))


class Noise:
    """Makes a sentence worse. ``rate`` is about the share of letters that go wrong."""

    def __init__(self, chance: random.Random, *, rate: float = 0.06, heard: Table | None = None) -> None:
        """Take what clips taught in ``heard``; without it, or where it knows nothing of a letter, spelling decides."""
        self._chance = chance
        self._rate = rate
        self._heard = heard

    def spoil(self, text: str, language: str) -> str:
        """Return the sentence as a recogniser might have written it; never empty."""
        chance = self._chance
        words = text.split(" ")
        if len(words) > 3 and chance.random() < self._rate * 3:
            words.pop(chance.randrange(len(words)))
        before, parts = " ", []
        for letter in " ".join(words):
            parts.append(self._letter(before, letter, language))
            before = letter.lower()
        spoiled = "".join(parts)
        if chance.random() < 0.5:
            spoiled = "".join(letter for letter in spoiled if letter not in _PUNCTUATION)
        spoiled = " ".join(spoiled.split())
        return spoiled or text

    def _letter(self, before: str, letter: str, language: str) -> str:
        chance = self._chance
        fate = self._heard.fate(language, before, letter.lower()) if self._heard else None
        if fate is not None and chance.random() < fate.trust:
            if chance.random() >= self._rate * fate.prone:
                return letter
            return chance.choices([each for each, _ in fate.becomes], [weight for _, weight in fate.becomes])[0]
        if letter == " ":
            return "" if chance.random() < self._rate / 4 else letter
        alike = confusions(language).get(letter.lower(), ())
        if alike and chance.random() < self._rate * 1.5:
            return chance.choices([each for each, _ in alike], weights=[weight for _, weight in alike])[0]
        if not letter.isalpha() or chance.random() >= self._rate * 0.6:
            return letter
        kind = chance.random()
        if kind < 0.4:
            return chance.choice(letters(language))
        if kind < 0.75:
            return ""
        return letter + (letter if kind < 0.9 else " ")
