"""Negations clause by clause: one that fell silent in its place, and one that came in."""

from __future__ import annotations

from collections.abc import Set

from kiosk.critical import Critical
from kiosk.guard.counting import LIKE, STRONG, by_key, clauses, count, denials_of, pieces, unnamed
from kiosk.guard.rules import Rules, says

PARALLEL = 2
"""Clauses at least that are compared one by one."""


def shifted_clause(source: Critical, target: Critical, table: Rules, *, added: bool = False) -> bool:
    """Whether, of as many clauses, one denies in the source, and in the Chinese at its place nothing does.

    Or with ``added`` the other way round. Where another pair of clauses differs the other way, they changed places.
    """
    ours, theirs = clauses(source, table), clauses(target, table)
    if len(ours) != len(theirs) or len(ours) < PARALLEL:
        return False
    if added and says(table.listed, source.language, source.text):
        return False  # one denial for several clauses
    pattern, strict, like, strong = (table.denials.get(name) for name in (source.language, "zh", LIKE, STRONG))
    explained = table.explained.get(source.language)
    shared = _shared(source, target, table)
    lost = new = 0
    for one, other in zip(ours, theirs, strict=True):
        may = count(explained, one)
        bare, bare_there = _without(one, source, shared), _without(other, target, shared)
        lost += bool(count(pattern, bare) and not count(strict, other) and not count(like, other))
        beside = count(strong, bare_there) if added else count(strict, unnamed(bare_there, target))
        new += bool(beside and not count(pattern, one) and not may)
    if lost and new:  # places were changed, unless the findings stayed at theirs
        return _stayed(source, target, table)
    return new > 0 if added else lost > 0


def _shared(source: Critical, target: Critical, table: Rules) -> frozenset[str]:
    """Return what both sides have, or have one of a kind, and neither denies: one name alone may hold a negation."""
    ours, theirs = (
        {key for key, claims in by_key(text.claims).items() if True not in denials_of(claims)}
        for text in (source, target)
    )
    akin = [group for group in table.akin.groups if group & ours and group & theirs]
    return frozenset((ours & theirs).union(*akin))


def _without(words: str, text: Critical, keys: Set[str]) -> str:
    """Return words without the names of some findings."""
    for claim in text.claims:
        if claim.key in keys and claim.words and claim.status != "denied":
            words = words.replace(claim.words, "")
    return words


def _stayed(source: Critical, target: Critical, table: Rules) -> bool:
    """Whether a finding of a clause that denies is in one at the same place that does not."""
    ours, theirs = clauses(source, table), clauses(target, table)
    pattern, strict = (table.denials.get(name) for name in (source.language, "zh"))
    mine, others = by_key(source.claims), by_key(target.claims)
    return any(
        claim.key == there.key
        and len(mine[claim.key]) == len(others[there.key]) == 1
        and count(pattern, one)
        and not count(strict, other)
        for one, other in zip(ours, theirs, strict=True)
        for claim in source.claims
        for there in target.claims
        if claim.clause and one.strip() in claim.clause and there.clause and other.strip() in there.clause
    )


def more_clauses(source: Critical, target: Critical, table: Rules) -> bool:
    """Whether, of as many clauses, more deny in the target: 没吃药，没有用 for "I took it, it did not help"."""
    ours, theirs = pieces(source.text), pieces(target.text)
    if len(ours) != len(theirs) or len(ours) < PARALLEL:
        return False
    if says(table.listed, source.language, source.text):
        return False  # one denial for several clauses
    pattern, strong = table.denials.get(source.language), table.denials.get(STRONG)
    answer = table.answers.get(source.language)
    denied = {claim.clause.strip() for claim in source.claims if claim.status == "denied"}
    denying = sum(
        count(pattern, one) > 0 or one.strip() in denied or (not place and count(answer, one + ",") > 0)
        for place, one in enumerate(ours)
    )
    return 0 < denying < sum(count(strong, unnamed(other, target)) > 0 for other in theirs)
