"""Negation: what one side denies and the other does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set

from kiosk.critical import PUNCTUATION, Claim, Critical
from kiosk.guard.disagreement import Disagreement
from kiosk.guard.rules import Rules

LIKE = "zh_like"
"""The rule for Chinese words without a negation that may stand for one: 失眠."""

STRONG = "zh_strong"
"""The rule for Chinese negations that are seldom part of a word."""


WEAK = "zh_weak"
"""The rule for Chinese with a negation in it that may stand for a word without one: 差不多."""

PARALLEL = 2
"""Clauses at least that are compared one by one."""

JOINTS = re.compile("、|和|或者?|及|与")
"""What joins the items of a Chinese list."""

REACH = 4
"""Characters over which a Chinese negation denies a state that is no finding."""

PLAIN = "zh_plain"
"""The rule for Chinese names of findings that no language says with a negation: what it denies there is the finding."""


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
    forms, forms_there = denial_forms(source, table), denial_forms(target, table)
    turned = [
        key
        for key in common
        if _denials(ours[key]) != _denials(theirs[key])
        and not (True in _denials(theirs[key]) and any(_carried(claim, source, table) for claim in ours[key]))
    ]
    if not _both_over(source, target, table) and not _misplaced(turned, source, target, table):
        for key in turned:
            yield Disagreement(
                kind="negation",
                detail=f"原话{_denies(True in _denials(ours[key]))}{ours[key][0].name}，"
                f"译文{_denies(True in _denials(theirs[key]))}",
            )
    if _contrary(source, target, table) or _opposed(ours, theirs, table) or _opposed(theirs, ours, table):
        yield Disagreement(kind="negation", detail="原话与译文所说的状态相反")
    lost = [claim for key in ours.keys() - common for claim in ours[key]]
    new = [claim for key in theirs.keys() - common for claim in theirs[key]]
    dropped = Disagreement(kind="negation", detail="原话有否定，译文没有")
    added = Disagreement(kind="negation", detail="译文有否定，原话没有")
    free, free_there, like_there = _free(source, target, table)
    free += sum(_carried(claim, source, table) for key in common for claim in ours[key])
    if _unmatched(source, target, lost, new, common, ours):
        if not free_there >= free > 0:
            yield dropped
    elif _unmatched(target, source, new, lost, common, theirs):
        unnamed = not source.claims and not target.claims  # 不吃不喝 for "eats nothing"
        if not (forms + _explained(source, table) >= forms_there > 0 or (unnamed and forms)):
            yield added
    elif not _not_tolerated(target):
        # The lexicon holds the negation for part of a word, or does not know the verb.
        if like_there < free:
            yield dropped
        elif (not forms and not source.denials and _invented(source, target, table)) or _more_clauses(
            source, target, table
        ):
            yield added
        elif _shifted_clause(source, target, table):
            yield dropped
        elif _shifted_clause(source, target, table, added=True):
            yield added


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
        and any(finding in theirs and _denials(ours[state]) == _denials(theirs[finding]) for finding in findings)
        for state, findings in table.opposites.items()
    )


def _explained(source: Critical, table: Rules) -> int:
    """Count the words of loss and lack for which Chinese may have a negation."""
    return _count(table.explained.get(source.language), source.text)


def _shifted_clause(source: Critical, target: Critical, table: Rules, *, added: bool = False) -> bool:
    """Whether, of as many clauses, one denies in the source, and in the Chinese at its place nothing does.

    Or with ``added`` the other way round. Where another pair of clauses differs the other way, they changed places.
    """
    ours, theirs = _clauses(source, table), _clauses(target, table)
    if len(ours) != len(theirs) or len(ours) < PARALLEL:
        return False
    listed = table.listed.get(source.language)
    if added and listed is not None and listed.search(source.text):
        return False  # one denial for several clauses
    pattern, strict, like, strong = (table.denials.get(name) for name in (source.language, "zh", LIKE, STRONG))
    explained = table.explained.get(source.language)
    shared = _shared(source, target, table)
    lost = new = 0
    for one, other in zip(ours, theirs, strict=True):
        may = _count(explained, one)
        bare, bare_there = _without(one, source, shared), _without(other, target, shared)
        lost += bool(_count(pattern, bare) and not _count(strict, other) and not _count(like, other))
        beside = _count(strong, bare_there) if added else _count(strict, _unnamed(bare_there, target))
        new += bool(beside and not _count(pattern, one) and not may)
    if lost and new:  # places were changed, unless the findings stayed at theirs
        return _stayed(source, target, table)
    return new > 0 if added else lost > 0


def _shared(source: Critical, target: Critical, table: Rules) -> frozenset[str]:
    """Return the findings that both sides have, or have one of a kind, and neither denies: only one name may hold a negation."""
    ours, theirs = (
        {key for key, claims in by_key(text.claims).items() if True not in _denials(claims)} for text in (source, target)
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
    ours, theirs = _clauses(source, table), _clauses(target, table)
    pattern, strict = (table.denials.get(name) for name in (source.language, "zh"))
    mine, others = by_key(source.claims), by_key(target.claims)
    return any(
        claim.key == there.key
        and len(mine[claim.key]) == len(others[there.key]) == 1
        and _count(pattern, one)
        and not _count(strict, other)
        for one, other in zip(ours, theirs, strict=True)
        for claim in source.claims
        for there in target.claims
        if claim.clause and one.strip() in claim.clause and there.clause and other.strip() in there.clause
    )


def _unanswered(text: Critical, table: Rules) -> str:
    answer = table.answers.get(text.language)
    return answer.sub("", text.text) if answer is not None else text.text


def _misplaced(turned: Sequence[str], source: Critical, target: Critical, table: Rules) -> bool:
    """Whether one grammar only attached the negation of a finding's clause to something else, or to nothing.

    "Not the belly hurts but the back", "I saw no blood": where the negation lands differs by language. A negation that
    went over to another finding turns two of them, in opposite directions, and is not misplaced.
    """
    ours, theirs = by_key(source.claims), by_key(target.claims)
    denied = {True in _denials(ours[key]) for key in turned}
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
    if listed is None or not listed.search(claim.clause) or _count(pattern, claim.clause):
        return False
    _, _, rest = text.text.partition(claim.clause)
    following = _pieces(rest)[:1]
    return any(listed.search(piece) and _count(pattern, piece) for piece in following)


def _spare(clause: str, text: Critical, table: Rules) -> int:
    """Count the negations of a clause that deny none of its findings, and are no part of one's name."""
    pattern, plain = table.denials.get(text.language), table.denials.get(PLAIN)
    used = 0
    for claim in {claim.words: claim for claim in text.claims if claim.clause == clause}.values():
        if claim.status == "denied":
            used += 1
        elif not _count(plain, claim.name):  # a swelling that is said with a negation is one that the grammar missed
            used += _count(pattern, claim.words)
    return _forms(clause, text.language, table) - used


def denial_forms(text: Critical, table: Rules) -> int:
    """Count the words of a text that are negations by their form alone, without the "no" that answers a question.

    In Chinese each item of a list that one word denies counts: 否认糖尿病、高血压.
    """
    return _forms(text.text, text.language, table)


def _forms(text: str, language: str, table: Rules) -> int:
    pattern, answer, listed = (rules.get(language) for rules in (table.denials, table.answers, table.listed))
    if pattern is None:
        return 0
    if answer is not None:
        text = answer.sub("", text)
    items = sum(_count(JOINTS, found) for found in listed.findall(text)) if listed is not None else 0
    return len(pattern.findall(text)) + items


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
    soft = _count(like, target.text)
    lost = any(
        claim.status == "present" and claim.key not in theirs and _count(pattern, claim.words) for claim in source.claims
    )
    for key in ours.keys() & theirs.keys():
        named = [claim.words for claim in ours[key] if claim.status != "denied"]
        named_there = [claim.words for claim in theirs[key] if claim.status != "denied"]
        hidden = sum(_count(pattern, words) for words in named)
        hidden_there = sum(_count(strict, words) for words in named_there)
        soft -= sum(_count(like, words) for words in named_there)
        if (hidden or lost) and not _count(plain, ours[key][0].name) and len(ours[key]) <= len(theirs[key]):
            forms -= hidden
            # Said oftener there, it may stand for what the source denies beside: "no appetite, wants nothing".
            there -= min(hidden_there, hidden) if len(ours[key]) < len(theirs[key]) else hidden_there
    return forms, there, there + max(soft, 0)


def _count(pattern: re.Pattern[str] | None, words: str) -> int:
    return len(pattern.findall(words)) if pattern is not None else 0


def _invented(source: Critical, target: Critical, table: Rules) -> bool:
    """Whether the Chinese of a source without any negation denies something."""
    explained = _explained(source, table)
    if explained:
        return _strong(target, table) > explained
    weak = table.denials.get(WEAK)
    words = _unnamed(target.text, target)
    return _count(table.denials.get("zh"), weak.sub("", words) if weak is not None else words) > 0


def _strong(target: Critical, table: Rules) -> int:
    """Count what the Chinese denies for sure, and is no part of a finding's name."""
    return _count(table.denials.get(STRONG), _unnamed(target.text, target))


def _unnamed(words: str, text: Critical) -> str:
    """Return words without the names of findings that a text has."""
    for claim in text.claims:
        if claim.status != "denied":
            words = words.replace(claim.words, "")
    return words


def _not_tolerated(target: Critical) -> bool:
    """Whether an allergy is said, which many languages do with a negation: "does not agree with me"."""
    return any("allergic" in roles for roles in target.roles.values())


def _both_over(source: Critical, target: Critical, table: Rules) -> bool:
    """Whether both say that something was and is not any more: one may deny it, the other date it.

    Where both deny, and one oftener, it is no other wording: "it did not hurt before, and does not now".
    """
    forms = {denial_forms(source, table), denial_forms(target, table)}
    return bool(source.past and target.past) and (0 in forms or len(forms) == 1)


def _more_clauses(source: Critical, target: Critical, table: Rules) -> bool:
    """Whether, of as many clauses, more deny in the target: 没吃药，没有用 for "I took it, it did not help"."""
    ours, theirs = _pieces(source.text), _pieces(target.text)
    if len(ours) != len(theirs) or len(ours) < PARALLEL:
        return False
    listed = table.listed.get(source.language)
    if listed is not None and listed.search(source.text):
        return False  # one denial for several clauses
    pattern, strong = table.denials.get(source.language), table.denials.get(STRONG)
    answer = table.answers.get(source.language)
    denied = {claim.clause.strip() for claim in source.claims if claim.status == "denied"}
    denying = sum(
        _count(pattern, one) > 0 or one.strip() in denied or (not place and _count(answer, one + ",") > 0)
        for place, one in enumerate(ours)
    )
    return 0 < denying < sum(_count(strong, _unnamed(other, target)) > 0 for other in theirs)


def _clauses(text: Critical, table: Rules) -> list[str]:
    """Return what stands between punctuation and words for "but", without the "no" that answers."""
    but = table.but.get(text.language)
    words = _unanswered(text, table)
    return _pieces(but.sub(",", words) if but is not None else words)


def _pieces(text: str) -> list[str]:
    return [piece for piece in PUNCTUATION.split(text) if piece.strip()]


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
