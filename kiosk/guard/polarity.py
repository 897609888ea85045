"""Negation: what one side denies and the other does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from kiosk.critical import PUNCTUATION, Claim, Critical
from kiosk.guard.clausewise import more_clauses, shifted_clause
from kiosk.guard.counting import (
    LIKE,
    PLAIN,
    STRONG,
    WEAK,
    by_key,
    count,
    denial_forms,
    denials_of,
    explained,
    forms_of,
    pieces,
    unnamed,
)
from kiosk.guard.disagreement import Disagreement
from kiosk.guard.rules import Rules

REACH = 4
"""Characters over which a Chinese negation denies a state that is no finding."""


def polarity(source: Critical, target: Critical, table: Rules) -> Iterator[Disagreement]:
    """Yield what is denied on one side alone: by name where both name it, else by counting the negations."""
    ours, theirs = by_key(source.claims), by_key(target.claims)
    common = ours.keys() & theirs.keys()
    forms, forms_there = denial_forms(source, table), denial_forms(target, table)
    turned = [
        key
        for key in common
        if denials_of(ours[key]) != denials_of(theirs[key])
        and not (True in denials_of(ours[key]) & denials_of(theirs[key]) and _of_several(ours[key], theirs[key]))
        and not (True in denials_of(theirs[key]) and any(_carried(claim, source, table) for claim in ours[key]))
    ]
    if not _both_over(source, target, table) and not _misplaced(turned, source, target, table):
        for key in turned:
            yield Disagreement(
                kind="negation",
                detail=f"原话{_denies(True in denials_of(ours[key]))}{ours[key][0].name}，"
                f"译文{_denies(True in denials_of(theirs[key]))}",
            )
    if _contrary(source, target, table) or _opposed(ours, theirs, table) or _opposed(theirs, ours, table):
        yield Disagreement(kind="negation", detail="原话与译文所说的状态相反")
    lost = [claim for key in ours.keys() - common for claim in ours[key]]
    new = [claim for key in theirs.keys() - common for claim in theirs[key]]
    dropped = Disagreement(kind="negation", detail="原话有否定，译文没有", counted=True)
    added = Disagreement(kind="negation", detail="译文有否定，原话没有", counted=True)
    free, free_there, like_there = _free(source, target, table)
    free += sum(_carried(claim, source, table) for key in common for claim in ours[key])
    if _unmatched(source, target, lost, new, common, ours):
        if not free_there >= free > 0:
            yield dropped
    elif _unmatched(target, source, new, lost, common, theirs):
        unnamed = not source.claims and not target.claims  # 不吃不喝 for "eats nothing"
        if not (forms + explained(source, table) >= forms_there > 0 or (unnamed and forms)):
            yield added
    elif not _not_tolerated(target):
        # The lexicon holds the negation for part of a word, or does not know the verb.
        if like_there < free:
            yield dropped
        elif (not forms and not source.denials and _invented(source, target, table)) or more_clauses(
            source, target, table
        ):
            yield added
        elif shifted_clause(source, target, table):
            yield dropped
        elif shifted_clause(source, target, table, added=True):
            yield added


def _of_several(ours: Sequence[Claim], theirs: Sequence[Claim]) -> bool:
    """Whether something is said of several people, of none otherwise there: "not my mother, but my father"."""
    mine, others = (
        {who: denials_of([claim for claim in claims if claim.relation == who]) for who in {c.relation for c in claims}}
        for claims in (ours, theirs)
    )
    return len(mine | others) > 1 and all(mine[who] == others[who] for who in mine.keys() & others.keys())


def _contrary(source: Critical, target: Critical, table: Rules) -> bool:
    """Whether the Chinese says the contrary of a finding in words that are no finding: "smells well"."""
    return any(
        (words := table.contrary.get(claim.key)) is not None
        and claim.status == "present"
        and claim.when == "current"
        and any(not _denied_before(target.text, found.start()) for found in words.finditer(target.text))
        for claim in source.claims
    )


def _denied_before(text: str, place: int) -> bool:
    """Whether a Chinese negation stands a few characters before a place, in the same clause: 不好好吃奶."""
    clause = PUNCTUATION.split(text[max(place - REACH, 0) : place])[-1]
    return any(char in "不没未无" for char in clause)


def _opposed(ours: Mapping[str, Sequence[Claim]], theirs: Mapping[str, Sequence[Claim]], table: Rules) -> bool:
    """Whether one side has a finding, and the other the state that one cannot have with it: "sleeps well"."""
    return any(
        state in ours
        and state not in theirs
        and not findings & ours.keys()
        and any(finding in theirs and denials_of(ours[state]) == denials_of(theirs[finding]) for finding in findings)
        for state, findings in table.opposites.items()
    )


def _misplaced(turned: Sequence[str], source: Critical, target: Critical, table: Rules) -> bool:
    """Whether one grammar only attached the negation of a finding's clause to something else, or to nothing.

    "Not the belly hurts but the back", "I saw no blood": where the negation lands differs by language. A negation that
    went over to another finding turns two of them, in opposite directions, and is not misplaced.
    """
    ours, theirs = by_key(source.claims), by_key(target.claims)
    denied = {True in denials_of(ours[key]) for key in turned}
    if len(denied) != 1:
        return False
    silent, claims = (target, theirs) if True in denied else (source, ours)
    denying = source if True in denied else target
    if denial_forms(silent, table) < denial_forms(denying, table):
        return False
    return all(any(_spare(claim.clause or silent.text, silent, table) > 0 for claim in claims[key]) for key in turned)


def _carried(claim: Claim, text: Critical, table: Rules) -> bool:
    """Whether a finding is the first of several that the next clause denies together: "sugar too, fever too no"."""
    listed, pattern = table.listed.get(text.language), table.denials.get(text.language)
    if listed is None or not listed.search(claim.clause) or count(pattern, claim.clause):
        return False
    _, _, rest = text.text.partition(claim.clause)
    following = pieces(rest)[:1]
    return any(listed.search(piece) and count(pattern, piece) for piece in following)


def _spare(clause: str, text: Critical, table: Rules) -> int:
    """Count the negations of a clause that deny none of its findings, and are no part of one's name."""
    pattern, plain = table.denials.get(text.language), table.denials.get(PLAIN)
    used = 0
    for claim in {claim.words: claim for claim in text.claims if claim.clause == clause}.values():
        if claim.status == "denied":
            used += 1
        elif not count(plain, claim.name):  # a swelling that is said with a negation is one that the grammar missed
            used += count(pattern, claim.words)
    return forms_of(clause, text.language, table) - used


def _free(source: Critical, target: Critical, table: Rules) -> tuple[int, int, int]:
    """Return how many negations each side has beside those in the names of findings that both have.

    睡不着 and "cannot sleep" are names of one finding, and so is 失眠. Where the source names a finding oftener than
    the target, what it says more may be lost: 没痰, of a cough.

    Returns:
        Those of the source, those of the target, and what in the target may stand for one, too.
    """
    ours, theirs = by_key(source.claims), by_key(target.claims)
    pattern, strict, like = (table.denials.get(name) for name in (source.language, target.language, LIKE))
    plain = table.denials.get(PLAIN)
    forms, there = denial_forms(source, table), denial_forms(target, table)
    soft = count(like, target.text)
    lost = any(
        claim.status == "present" and claim.key not in theirs and count(pattern, claim.words) for claim in source.claims
    )
    for key in ours.keys() & theirs.keys():
        named = [claim.words for claim in ours[key] if claim.status != "denied"]
        named_there = [claim.words for claim in theirs[key] if claim.status != "denied"]
        hidden = sum(count(pattern, words) for words in named)
        hidden_there = sum(count(strict, words) for words in named_there)
        soft -= sum(count(like, words) for words in named_there)
        if (hidden or lost) and not count(plain, ours[key][0].name) and len(ours[key]) <= len(theirs[key]):
            forms -= hidden
            # Said oftener there, it may stand for what the source denies beside: "no appetite, wants nothing".
            there -= min(hidden_there, hidden) if len(ours[key]) < len(theirs[key]) else hidden_there
    return forms, there, there + max(soft, 0)


def _invented(source: Critical, target: Critical, table: Rules) -> bool:
    """Whether the Chinese of a source without any negation denies something."""
    able, able_there = table.able.get(source.language), table.able.get("zh")
    if able is not None and able.search(source.text) and able_there is not None:
        return count(table.denials.get("zh"), target.text) > 0 and not able_there.search(target.text)
    if may := explained(source, table):
        return _strong(target, table) > may
    weak = table.denials.get(WEAK)
    words = unnamed(target.text, target)
    return count(table.denials.get("zh"), weak.sub("", words) if weak is not None else words) > 0


def _strong(target: Critical, table: Rules) -> int:
    """Count what the Chinese denies for sure, and is no part of a finding's name."""
    return count(table.denials.get(STRONG), unnamed(target.text, target))


def _not_tolerated(target: Critical) -> bool:
    """Whether an allergy is said, which many languages do with a negation: "does not agree with me"."""
    return any("allergic" in roles for roles in target.roles.values())


def _both_over(source: Critical, target: Critical, table: Rules) -> bool:
    """Whether both say that something was and is not any more: one may deny it, the other date it.

    Where both deny, and one oftener, it is no other wording: "it did not hurt before, and does not now".
    """
    forms = {denial_forms(source, table), denial_forms(target, table)}
    return bool(source.past and target.past) and (0 in forms or len(forms) == 1)


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
