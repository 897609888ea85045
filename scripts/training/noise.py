"""Errors like those of speech recognition: letters that sound alike, lost words, lost and moved spaces, no punctuation.

Which letters are taken for which is learned: from the foldings of the grammar (what the language's recognisers and
keyboards do not keep apart), and from transcripts of clips beside what was heard (``kiosk eval --audio FILE --heard``).
"""

from __future__ import annotations

import random
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache

from kiosk import lexicon as lexicons
from kiosk import resources

Confusions = Mapping[str, Sequence[tuple[str, float]]]
"""Letter -> what it becomes ("" where it is lost), each with its weight."""

_PUNCTUATION = ".,;:!?،۔؟།、，。"
_LEARNED_WEIGHT = 4.0  # an error that was heard counts for more than one that the table says is possible


def learn(pairs: Iterable[tuple[str, str]]) -> dict[str, Counter[str]]:
    """Return how often each letter was heard as what, from (said, heard) pairs; runs of other lengths are left out."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for said, heard in pairs:
        for kind, start, end, first, last in SequenceMatcher(None, said, heard, autojunk=False).get_opcodes():
            if kind == "replace" and end - start == last - first:
                for one, other in zip(said[start:end], heard[first:last], strict=True):
                    counts[one][other] += 1
            elif kind == "delete" and end - start <= 2:
                for letter in said[start:end]:
                    counts[letter][""] += 1
    return dict(counts)


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

    def __init__(
        self, chance: random.Random, *, rate: float = 0.06, learned: Mapping[str, Mapping[str, int]] | None = None
    ) -> None:
        self._chance = chance
        self._rate = rate
        self._learned = learned or {}

    def spoil(self, text: str, language: str) -> str:
        """Return the sentence as a recogniser might have written it; never empty."""
        chance = self._chance
        words = text.split(" ")
        if len(words) > 3 and chance.random() < self._rate * 3:
            words.pop(chance.randrange(len(words)))
        spoiled = "".join(self._letter(letter, language) for letter in " ".join(words))
        if chance.random() < 0.5:
            spoiled = "".join(letter for letter in spoiled if letter not in _PUNCTUATION)
        spoiled = " ".join(spoiled.split())
        return spoiled or text

    def _letter(self, letter: str, language: str) -> str:
        chance = self._chance
        if letter == " ":
            return "" if chance.random() < self._rate / 4 else letter
        alike = [*confusions(language).get(letter.lower(), ())]
        alike += [(other, _LEARNED_WEIGHT * n) for other, n in self._learned.get(letter, {}).items()]
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
