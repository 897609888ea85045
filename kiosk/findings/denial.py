"""What is denied: the direction and the reach of a negation, and what ends it.

After NegEx and ConText (Chapman et al. 2001, Harkema et al. 2009). Two things are added for these languages: a negation
after what it negates reaches back over a list of nouns but not over a verb (басым ауырады, қызу, жөтел жоқ), and
negations inside a word's endings come from the morphology.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from kiosk.findings.clauses import Clauses
from kiosk.lexicon import concept_rules
from kiosk.lexicon.mentions import Analysis, Mention

PREDICATES = frozenset({"verb", "phrase", "nominative"})
"""Kinds of rows that a negation of nouns does not reach in a list: verbs; naming forms beside a genitive (Russian)."""

EITHER = "either"
"""A row that is a naming form or a genitive (Russian боли): reached by a negation in front, not by one behind."""

LISTABLE = frozenset({"noun", "fixed", EITHER})
"""Kinds of rows that can be items of a list."""

FORWARD_REACH = 6
BACKWARD_REACH = 3


def denied_by_cues(analysis: Analysis, clauses: Clauses, targets: Sequence[Mention]) -> set[Mention]:
    """Return what the words of denial of a text reach."""
    denied: set[Mention] = set()
    for cue in analysis.of("cue"):
        if cue.meaning.startswith("deny_"):
            # "Vision is not blurred": the negation stands in a gap of the finding.
            denied |= {m for m in targets if m.first < cue.first < m.last and not set(cue.tokens) & set(m.tokens)}
        if cue.meaning == "deny_inside":
            denied |= {m for m in targets if m.first == cue.last + 1}
        elif cue.meaning == "deny_next":
            denied |= _forward(cue, clauses, targets, whole_list=False)
        elif cue.meaning == "deny_list":
            denied |= _forward(cue, clauses, targets, whole_list=True)
        elif cue.meaning == "deny_prior" or (cue.meaning == "happens" and cue.negated):
            denied |= _backward(cue, clauses, targets) | _each(cue, analysis, clauses, targets)
        elif cue.meaning == "deny_all":
            denied |= _list_before(cue, clauses, targets)
        elif cue.meaning == "deny_either":
            denied |= _either(cue, clauses, targets)
    return denied


def _predicate(mention: Mention, clauses: Clauses) -> bool:
    """Whether a mention is told with a verb, so that it is no item of a list of nouns."""
    saying = mention.pattern.inflection == "fixed" and clauses.ends_as_verb(mention.last)
    return saying or mention.pattern.inflection in PREDICATES


def _listable(mention: Mention, clauses: Clauses) -> bool:
    return mention.pattern.inflection in LISTABLE and not _predicate(mention, clauses)


def _either(cue: Mention, clauses: Clauses, targets: Sequence[Mention]) -> set[Mention]:
    """Russian нет stands before or after a noun in the genitive: "температуры нет болит голова" denies the fever.

    A noun behind it is meant first, then what stands in front; in broken speech ("голова болит нету температура") a
    naming form behind rather than a verb in front.
    """
    inside = [m for m in targets if clauses.clause[m.first] == clauses.clause[cue.last]]
    after = next((m.pattern.inflection for m in inside if m.first > cue.last), None)
    before = next((m.pattern.inflection for m in reversed(inside) if m.last < cue.first), None)
    if after is not None and (after not in PREDICATES or (after == "nominative" and before in ("verb", "phrase"))):
        reached = _forward(cue, clauses, targets, whole_list=True)
        if reached:
            return reached
    return _backward(cue, clauses, targets)


def _forward(cue: Mention, clauses: Clauses, targets: Sequence[Mention], *, whole_list: bool) -> set[Mention]:
    following = [m for m in targets if m.first > cue.last and clauses.stretch[m.first] == clauses.stretch[cue.last]]
    if not following:
        return set()
    head = following[0]
    if head.first - cue.last - 1 > FORWARD_REACH or clauses.clause[head.first] != clauses.clause[cue.last]:
        return set()
    if not whole_list and clauses.has_between(cue.last, head.first, ("and",)):
        return set()  # "I have not measured and it aches"
    reached = {m for m in following if m.tokens == head.tokens}
    chain = _chain(head, following, clauses)
    # "No fever, cough or vomiting": an "or" says that all before it are items of the denied list.
    last_or = max((m.first for before, m in itertools.pairwise(chain) if _or(before, m, clauses)), default=-1)
    previous = head
    for mention in following:
        if mention.first <= previous.last:
            reached |= {mention} if previous in reached and mention.tokens[0] <= previous.last else set()
            continue
        if mention not in chain:
            break
        if mention.kind == "quality" and _same_beginning(mention, cue):
            break  # "no fever, no phlegm": a dry cough, which is there
        either = mention.first <= last_or
        comma = clauses.clause[previous.last] != clauses.clause[mention.first]
        named = _listable(mention, clauses)
        if not (either or (whole_list and named)) or (comma and not whole_list and not either):
            break
        reached.add(mention)
        previous = mention
    return reached


def _same_beginning(mention: Mention, cue: Mention) -> bool:
    """Whether a mention begins with the word of denial itself."""
    return bool({*mention.pattern.elements[0].words} & {*cue.pattern.elements[0].words})


def _chain(head: Mention, following: Sequence[Mention], clauses: Clauses) -> list[Mention]:
    """Return the items that are joined to ``head`` in one list, in order."""
    chain = [head]
    for mention in following:
        if mention.first > chain[-1].last:
            if not _one_list(chain[-1], mention, clauses):
                break  # "no fever, there is some cough"
            chain.append(mention)
    return chain


def _one_list(left: Mention, right: Mention, clauses: Clauses) -> bool:
    """Whether two neighbours are items of one list: a clause with its own predicate ("… бар") is not part of it."""
    return clauses.list_joined(left, right) and not clauses.has_between(left.last, right.first, ("affirm",))


def _items(preceding: Sequence[Mention], joined: Callable[[Mention, Mention], bool]) -> set[Mention]:
    """Return the last of these and what is listed before it, item by item backwards, as far as ``joined`` says so.

    Args:
        joined: whether one mention is an item of the list that another one behind it belongs to.
    """
    previous = preceding[-1]
    reached = {m for m in preceding if m.tokens == previous.tokens}
    for mention in reversed(preceding):
        if mention.last >= previous.first:
            continue
        if not joined(mention, previous):
            break
        reached.add(mention)
        previous = mention
    return reached


def _or(before: Mention, after: Mention, clauses: Clauses) -> bool:
    return clauses.has_between(before.last, after.first, ("or",))


def _list_before(cue: Mention, clauses: Clauses, targets: Sequence[Mention]) -> set[Mention]:
    """Return the whole list that "none of these" stands behind, whatever its items are."""
    stretch = clauses.stretch[cue.first]
    # "No phlegm" is a dry cough, a quality: it is denied already.
    preceding = [
        m for m in targets if m.last < cue.first and clauses.stretch[m.last] == stretch and m.kind != "quality"
    ]
    if not preceding or clauses.clause[cue.first] - clauses.clause[preceding[-1].last] not in (0, 1):
        return set()
    return _items(preceding, lambda mention, previous: _one_list(mention, previous, clauses))


def _each(cue: Mention, analysis: Analysis, clauses: Clauses, targets: Sequence[Mention]) -> set[Mention]:
    """Return a list in which each item has its "too" (Kazakh жөтел де, қан түкіру де жоқ), verbs or not."""
    marks = {word.first - 1: word.last for word in analysis.of("cue") if word.meaning == "each"}
    items = [m for m in targets if m.last in marks and clauses.stretch[m.first] == clauses.stretch[cue.first]]
    items = [m for m in items if m.last < cue.first]
    if not items or marks[items[-1].last] + 1 != cue.first:
        return set()
    return _items(
        items,
        lambda mention, previous: all(
            clauses.is_glue(index) for index in range(marks[mention.last] + 1, previous.first)
        ),
    )


def _backward(cue: Mention, clauses: Clauses, targets: Sequence[Mention]) -> set[Mention]:
    preceding = [m for m in targets if m.last < cue.first and clauses.stretch[m.last] == clauses.stretch[cue.first]]
    if not preceding:
        return set()
    head = preceding[-1]
    if head.meaning == "intolerance":
        return set()  # "aspirin does not agree with me, I do not take it"
    if clauses.clause[head.last] != clauses.clause[cue.first]:
        # "Fever, cough, vomiting, none of these": a denial alone in its clause is said of the list before it.
        if not clauses.alone(cue) or clauses.clause[head.last] != clauses.clause[cue.first] - 1:
            return set()
        if not _listable(head, clauses):
            return set()
    elif cue.first - head.last - 1 > BACKWARD_REACH:
        return set()
    between = range(head.last + 1, cue.first)
    if head.pattern.inflection == "verb" and not all(clauses.is_glue(index) for index in between):
        return set()  # "my waters broke, blood there is none": a verb is denied only by what touches it
    if head.pattern.inflection == "fixed" and not clauses.is_known(cue.first - 1) and cue.first - 1 > head.last:
        return set()  # "I cannot sleep … is none": what is denied is the word that is not understood
    if clauses.has_between(head.last, cue.first, ("affirm",)):
        return set()  # "my mother has it, I do not"

    def joined(mention: Mention, previous: Mention) -> bool:
        return not (
            mention.pattern.inflection == EITHER
            or _predicate(mention, clauses)
            or _predicate(previous, clauses)
            # "I smoke a water pipe, alcohol I do not drink": what holds its own verb is no item.
            or (mention.kind == "habit" and clauses.clause[mention.last] != clauses.clause[previous.first])
            # "Allergic to penicillin, to aspirin not": the allergy is no item of the list.
            or (mention.kind == "cue" and previous.kind != "cue")
        ) and _one_list(mention, previous, clauses)

    reached = _items(preceding, joined)
    items = {m.tokens for m in reached} - {head.tokens}
    if len(items) == 1 and any((m.meaning, head.meaning) in concept_rules.beside() for m in reached):
        return {m for m in reached if m.tokens == head.tokens}  # "two days diarrhoea, blood there is none"
    return reached
