"""Negation: what one side denies and the other does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from kiosk.critical import Claim, Critical
from kiosk.guard.disagreement import Disagreement
from kiosk.guard.rules import Rules

LIKE = "zh_like"
"""The rule for Chinese words that may stand for a negation: 失眠."""


def by_key(claims: Sequence[Claim]) -> dict[str, list[Claim]]:
    """Return the claims by what they are about."""
    found: dict[str, list[Claim]] = {}
    for claim in claims:
        found.setdefault(claim.key, []).append(claim)
    return found


def polarity(source: Critical, target: Critical, table: Rules) -> Iterator[Disagreement]:
    """Yield what is denied on one side alone: by name where both name it, else by counting the negations."""
    ours, theirs = by_key(source.claims), by_key(target.claims)
    common = ours.keys() & theirs.keys()
    for key in common:
        said, given = _denials(ours[key]), _denials(theirs[key])
        if said != given and not _both_over(source, target):
            yield Disagreement(
                kind="negation",
                detail=f"原话{_denies(True in said)}{ours[key][0].name}，译文{_denies(True in given)}",
            )
    lost = [claim for key in ours.keys() - common for claim in ours[key]]
    new = [claim for key in theirs.keys() - common for claim in theirs[key]]
    forms, forms_there = denial_forms(source, table), denial_forms(target, table)
    dropped = Disagreement(kind="negation", detail="原话有否定，译文没有")
    if _unmatched(source, target, lost, new, common, ours):
        if not forms_there >= forms > 0:
            yield dropped
    elif _unmatched(target, source, new, lost, common, theirs):
        if not forms >= forms_there > 0:
            yield Disagreement(kind="negation", detail="译文有否定，原话没有")
    elif not _allergic(source, target):
        # The lexicon holds the negation for part of a word, or does not know the verb.
        free = forms - _hidden(source, common, table)
        if free > 0 and len(table.denials[LIKE].findall(target.text)) < free:
            yield dropped


def denial_forms(text: Critical, table: Rules) -> int:
    """Count the words of a text that are negations by their form alone."""
    pattern = table.denials.get(text.language)
    return len(pattern.findall(text.text)) if pattern is not None else 0


def _hidden(text: Critical, common: Set[str], table: Rules) -> int:
    """Count the negations that are part of what both sides name: 睡不着 for 失眠."""
    pattern = table.denials.get(text.language)
    if pattern is None:
        return 0
    spans = {claim.words for claim in text.claims if claim.key in common}
    return sum(len(pattern.findall(span.casefold())) for span in spans)


def _allergic(source: Critical, target: Critical) -> bool:
    """Whether an allergy is spoken of, which many languages say with a negation: "does not agree with me"."""
    return any("allergic" in roles for roles in (*source.roles.values(), *target.roles.values()))


def _both_over(source: Critical, target: Critical) -> bool:
    """Whether both say that something was and is not any more: one may deny it, the other date it."""
    return bool(source.past and target.past)


def _unmatched(
    one: Critical,
    other: Critical,
    alone: Sequence[Claim],
    there: Sequence[Claim],
    common: Set[str],
    claims: Mapping[str, Sequence[Claim]],
) -> bool:
    """Whether ``one`` denies something that ``other`` does not, among what only one of them names.

    The languages cut symptoms differently, so what has no counterpart is compared by number: a denial stays a denial.
    """
    if not one.denials:
        return False
    if not one.claims and not other.claims and other.denials and not (one.ended or other.ended):
        return one.denials > other.denials  # nothing is known but the negations themselves
    if not other.denials and not other.ended and (not common or any(claim.status == "denied" for claim in alone)):
        return True
    # A negation that the lexicon attached to nothing, and a claim that nothing there corresponds to.
    attached = sum(any(claim.status == "denied" for claim in claims[key]) for key in common)
    free, free_there = one.denials - attached, other.denials - attached
    return free > 0 >= free_there and not alone and any(claim.status == "present" for claim in there)


def _denies(denied: bool) -> str:
    return "否认" if denied else "并未否认"


def _denials(claims: Sequence[Claim]) -> frozenset[bool]:
    return frozenset(claim.status == "denied" for claim in claims)
