"""How often one wrong letter turns a symptom into another: the safety figure of inexact matching.

Each sampled word of a finding gets one random error of the kinds that recognisers make (a letter replaced, dropped,
doubled or two swapped), drawn from the language's own letters. A corrupted word may be found, missed, or taken for
another concept; only the last is dangerous, and it happens with exact matching too, where the error makes another word.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from kiosk import lexicon as lexicons
from kiosk.curation.check import CLINICAL_KINDS, forms
from kiosk.lexicon.matching import matcher

MIN_LETTERS = 5


def measure(language: str, *, samples: int = 400, seed: int = 1) -> dict[str, float]:
    """Return the shares of corrupted words that were found, missed, or taken for another clinical concept.

    Zero words for a language whose tokens are characters or syllables: it is matched exactly.
    """
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    lexicon = lexicons.load(language)
    words = sorted({(row.concept, form) for row in lexicon.surfaces for form in forms(row.surface) if _fits(form)})
    words = [
        (concept, form)
        for concept, form in words
        if lexicon.mode == "words" and lexicon.concepts[concept].kind in ("finding", "generic")
    ]
    letters = sorted({letter for _, form in words for letter in form if letter.isalpha()})
    chosen = chance.sample(words, min(samples, len(words)))
    counts = {"found": 0, "missed": 0, "confused": 0}
    for concept, form in chosen:
        meanings = {
            mention.meaning
            for mention in matcher(language).analyse(_corrupt(form, letters, chance)).mentions
            if mention.kind in CLINICAL_KINDS
        }
        counts["found" if concept in meanings else "confused" if meanings else "missed"] += 1
    total = max(1, len(chosen))
    return {"words": float(len(chosen)), **{name: round(count / total, 4) for name, count in counts.items()}}


def _fits(form: str) -> bool:
    return " " not in form and len(form) >= MIN_LETTERS


def _corrupt(word: str, letters: list[str], chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    return chance.choice([*_errors(word, place, chance.choice(letters))])


def _errors(word: str, place: int, letter: str) -> Iterator[str]:
    yield word[:place] + letter + word[place + 1 :]
    yield word[:place] + word[place + 1 :]
    yield word[:place] + word[place] + word[place:]
    yield word[:place] + word[place + 1] + word[place] + word[place + 2 :]
