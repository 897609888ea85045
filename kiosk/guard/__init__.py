"""The conscience of neural translation: critical tokens of the source and of its Chinese, compared.

A neural engine that turns "not allergic" into "allergic" says so fluently. So its Chinese is read back with the lexicon
of Chinese and held against what the patient's language says by rule, which is also what the verified channel says. The
guard proves nothing right: it finds what is surely different. What may differ stands in ``config/guard.toml``.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk import critical
from kiosk.critical import Critical
from kiosk.guard.acts import acts, denied_alike
from kiosk.guard.disagreement import Disagreement
from kiosk.guard.measures import measures
from kiosk.guard.neutral import affirmative, affirmed, persistence, unended, unmeasured, without_medicines
from kiosk.guard.numbers import numbers
from kiosk.guard.polarity import polarity
from kiosk.guard.rules import Rules, rules, says
from kiosk.guard.shape import looped, misshapen
from kiosk.guard.subjects import allergies, cues, drugs, namesakes, persons, sides, tenses

__all__ = ["KINDS", "SHAPES", "Disagreement", "Rules", "check", "compare", "looped", "misshapen", "rules"]

KINDS = (
    "negation", "number", "unit", "dose", "duration", "side", "drug", "allergy", "person", "tense",
)  # fmt: skip
"""What is compared, worst first."""

SHAPES = ("empty", "length", "repeats", "untranslated", "unknown_word", "truncated")
"""What is wrong with a translation by itself."""


def compare(source: Critical, target: Critical, table: Rules | None = None) -> tuple[Disagreement, ...]:
    """Return every critical token that differs between a text and its Chinese, one a kind and subject."""
    table = table or rules()
    source, target = _with_habits(source, table), _with_habits(target, table)
    found = [
        *persistence(source, target, table),
        *_polarity(source, target, table),
        *acts(source, target, table),
        *cues(source, target, table),
        *numbers(source, target, table),
        *measures(source, target, table.measures),
        *sides(source, target, table),
        *drugs(source, target, table.medicines),
        *namesakes(source, target, table),
        *allergies(source, target, table),
        *persons(source, target, table.kin),
        *tenses(source, target, table),
    ]
    return tuple(dict.fromkeys(found))


def _polarity(source: Critical, target: Critical, table: Rules) -> list[Disagreement]:
    """Return what is denied on one side alone, whichever way negations are counted that deny no finding."""
    source, target = (affirmative(unmeasured(without_medicines(text), table), table) for text in (source, target))
    source_unended = unended(source, table)
    readings = [
        (source, target),
        (source_unended, unended(target, table)),
        (source_unended, target),
    ]
    if table.affirms["zh_like"].search(target.text):
        readings.append((affirmed(source, table), affirmed(target, table)))
    if denied_alike(source, target, table):
        return [each for each in polarity(source, target, table) if not each.counted]
    found: list[Disagreement] = []
    for one, other in readings:
        found = [*polarity(one, other, table)]
        if not found:
            break
    return found


def check(text: str, zh: str, *, language: str, source: Critical | None = None) -> tuple[Disagreement, ...]:
    """Compare one text with its Chinese, and look at the Chinese itself.

    Args:
        source: the critical tokens of ``text``, where they have been read already.
    """
    shape = tuple(misshapen(text, zh, language=language))
    if any(each.kind == "empty" for each in shape):
        return shape
    return (*compare(source or critical.read(text, language), critical.read(zh, "zh")), *shape)


def _with_habits(found: Critical, table: Rules) -> Critical:
    """Mark as over what the language says with a word that the grammar has no cue for: "I gave it up".

    And as not over what only sounds so ("gone numb"), as denied what is said in a form of "without".
    """
    without = table.without.get(found.language)
    if without is not None and (said := without.findall(found.text)):
        denied = {claim.words for claim in found.claims if claim.words in said}
        claims = tuple(replace(claim, status="denied") if claim.words in denied else claim for claim in found.claims)
        found = replace(found, claims=claims)
    if any(word in found.text for word in table.over.get(found.language, ())):
        return replace(found, past="over")
    if found.past and says(table.not_over, found.language, found.text):
        now = tuple(replace(claim, when="current") for claim in found.claims)
        return replace(found, past="maybe", ended=False, claims=now)
    return found
