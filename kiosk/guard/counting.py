"""How negations are counted: by their form, by what they are part of, clause by clause."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kiosk.critical import PUNCTUATION, Claim, Critical
from kiosk.guard.rules import Rules

LIKE = "zh_like"
"""The rule for Chinese words without a negation that may stand for one: 失眠."""

STRONG = "zh_strong"
"""The rule for Chinese negations that are seldom part of a word."""

WEAK = "zh_weak"
"""The rule for Chinese with a negation in it that may stand for a word without one: 差不多."""

PLAIN = "zh_plain"
"""The rule for Chinese names of findings that no language says with a negation: what it denies there is the finding."""

JOINTS = re.compile("、|和|或者?|及|与")
"""What joins the items of a Chinese list."""


def by_key(claims: Sequence[Claim]) -> dict[str, list[Claim]]:
    """Return the claims by what they are about."""
    found: dict[str, list[Claim]] = {}
    for claim in claims:
        found.setdefault(claim.key, []).append(claim)
    return found


def denials_of(claims: Sequence[Claim]) -> frozenset[bool]:
    return frozenset(claim.status == "denied" for claim in claims)


def denial_forms(text: Critical, table: Rules) -> int:
    """Count the words of a text that are negations by their form alone, without the "no" that answers a question.

    In Chinese each item of a list that one word denies counts: 否认糖尿病、高血压.
    """
    return forms_of(text.text, text.language, table)


def forms_of(text: str, language: str, table: Rules) -> int:
    pattern, answer, listed = (rules.get(language) for rules in (table.denials, table.answers, table.listed))
    if pattern is None:
        return 0
    if answer is not None:
        text = answer.sub("", text)
    items = sum(count(JOINTS, found) for found in listed.findall(text)) if listed is not None else 0
    return len(pattern.findall(text)) + items


def count(pattern: re.Pattern[str] | None, words: str) -> int:
    return len(pattern.findall(words)) if pattern is not None else 0


def unnamed(words: str, text: Critical) -> str:
    """Return words without the names of findings that a text has."""
    for claim in text.claims:
        if claim.status != "denied":
            words = words.replace(claim.words, "")
    return words


def unanswered(text: Critical, table: Rules) -> str:
    answer = table.answers.get(text.language)
    return answer.sub("", text.text) if answer is not None else text.text


def clauses(text: Critical, table: Rules) -> list[str]:
    """Return what stands between punctuation and words for "but", without the "no" that answers."""
    but = table.but.get(text.language)
    words = unanswered(text, table)
    return pieces(but.sub(",", words) if but is not None else words)


def pieces(text: str) -> list[str]:
    return [piece for piece in PUNCTUATION.split(text) if piece.strip()]


def explained(source: Critical, table: Rules) -> int:
    """Count the words of loss and lack for which Chinese may have a negation."""
    return count(table.explained.get(source.language), source.text)
