"""What surrounds a mention: denied or unsure, over or current, and whose.

The rules are shared by all languages; the words that trigger them are in ``config/grammar``. A cue has a direction and
a reach, and a terminator ends it (ConText, Harkema et al. 2009).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk.encounter import Experiencer, Status, When
from kiosk.findings.attributes import value
from kiosk.findings.clauses import Clauses, is_target
from kiosk.findings.denial import EITHER, LISTABLE, denied_by_cues
from kiosk.findings.subjects import subjects
from kiosk.lexicon import Concept
from kiosk.lexicon.mentions import Analysis, Mention

PAST_DAYS = 60.0
"""A symptom dated further back than this, with no word for "since", is over unless the patient says otherwise."""

DOUBT_REACH = 3
"""How many empty words may stand between a doubt and what stands before it; of others one."""
DOUBT_CLAUSES = 2
"""How many clauses from what is doubted a doubt may stand."""
DOUBT_WORDS = 2
"""With more words of its own than these, a clause of doubt is about them and not about the clause before."""

SCENE_CLAUSES = 2
"""How many clauses behind "formerly" its story may begin."""

TOO_YOUNG = frozenset({"儿子", "孩子", "婴儿", "孙子"})
MOTHERHOOD = frozenset({"women", "pregnancy"})
"""Systems of states that are the mother's, who speaks of her child."""
UNBORN = frozenset({"孩子", "婴儿"})
"""Who may be told of before birth."""

DAYS = {"min": 1 / 1440, "h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 30.0, "a": 365.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The status of one mention."""

    status: Status = "present"
    when: When = "current"
    experiencer: Experiencer = "patient"
    relation: str | None = None
    explicit: bool = False


def contexts(analysis: Analysis, concepts: Mapping[str, Concept]) -> dict[Mention, Context]:
    """Return the context of every mention that can have one."""
    clauses = Clauses(analysis)
    targets = [mention for mention in analysis.mentions if is_target(mention)]
    denied = {mention for mention in targets if mention.negated} | denied_by_cues(analysis, clauses, targets)
    gone = _not_there_now(analysis, clauses, targets, concepts)
    denied |= gone
    unsure = _unsure(analysis, clauses, targets)
    past = _past(analysis, clauses, targets, concepts) - gone
    result: dict[Mention, Context] = {}
    whose = subjects(analysis, clauses, emergencies(analysis, clauses, concepts))
    carrying = _carrying(analysis)
    for mention in targets:
        relation, explicit = whose[mention.first]
        if relation in TOO_YOUNG and _mothers(mention, concepts):
            relation = None  # "my baby is two months old, I breastfeed"
        if relation in UNBORN and carrying:
            relation = None  # "I am 34 weeks pregnant, the baby hardly moves, no bleeding": all hers
        # "Whether I have a fever or not, I don't know": the doubt is about the denial, too.
        status: Status = "uncertain" if mention in unsure else "denied" if mention in denied else "present"
        result[mention] = Context(
            status=status,
            when="past" if mention in past else "current",
            experiencer="family" if relation else "patient",
            relation=relation,
            explicit=explicit,
        )
    return result


def _mothers(mention: Mention, concepts: Mapping[str, Concept]) -> bool:
    """Whether a state, a pregnancy or an ailment of the womb is the mother's: "I bore four children"."""
    if mention.kind not in ("state", "finding"):
        return False
    concept = concepts[mention.meaning]
    if mention.kind == "state":
        return concept.system in MOTHERHOOD
    return "female" in concept.tags and (concept.system == "pregnancy" or concept.site == "uterus")


def _carrying(analysis: Analysis) -> bool:
    """Whether somebody is pregnant, and no child's age is told."""
    templates = {mention.meaning for mention in analysis.of("template")}
    told = "gestation" in templates or any(state.meaning == "pregnancy" for state in analysis.of("state"))
    return told and "age" not in templates


def emergencies(analysis: Analysis, clauses: Clauses, concepts: Mapping[str, Concept]) -> frozenset[int]:
    """Return the clauses that tell of a danger that is there now: neither denied by its own words nor long ago."""
    over = {clauses.clause[mention.first] for mention in analysis.mentions if past_dated(mention, concepts)}
    return (
        frozenset(
            clauses.clause[finding.last]
            for finding in analysis.of("finding")
            if "danger" in concepts[finding.meaning].tags and not finding.negated
        )
        - over
    )


def _unsure(analysis: Analysis, clauses: Clauses, targets: Sequence[Mention]) -> set[Mention]:
    unsure: set[Mention] = set()
    behind = {index for cue in analysis.of("cue") if cue.meaning == "uncertain_prior" for index in cue.tokens}
    for cue in analysis.of("cue"):
        if cue.meaning == "uncertain" and not behind & {*cue.tokens}:
            unsure |= _doubted(cue, clauses, targets)
        elif cue.meaning == "uncertain_prior":
            unsure |= _doubted(cue, clauses, [m for m in targets if m.first <= cue.last])
    return unsure


def _doubted(cue: Mention, clauses: Clauses, targets: Sequence[Mention]) -> set[Mention]:
    """Return what a doubt is about: what follows it in its clause, unless what stands before it is nearer.

    Of what stands before only what it touches: "pain in the elbow, from weaving carpets perhaps" doubts the carpets.
    Where its clause holds nothing else, it is the clause before ("is it fever or not, I don't know"), else the one
    behind ("perhaps, a fever").
    """
    here = [m for m in targets if clauses.clause[m.first] == clauses.clause[cue.first]]
    after = [m for m in here if m.first > cue.last]
    before = [m for m in here if m.first <= cue.last]
    if before and (not after or cue.gap(before[-1]) < cue.gap(after[0])):
        near = cue.gap(before[-1]) <= (DOUBT_REACH if clauses.glued(before[-1], cue) else 1)
        return {m for m in before if near and m.tokens == before[-1].tokens}
    if after:
        listed = {m for m in after if m.tokens == after[0].tokens}
        for one, other in itertools.pairwise(after):
            if one in listed and (clauses.list_joined(one, other) or one.last >= other.first):
                listed.add(other)
        return listed
    same = [m for m in targets if clauses.sentence[m.first] == clauses.sentence[cue.first]]
    opens = clauses.opens_sentence(cue.first)
    if not opens and (clauses.words_beside(cue) > DOUBT_WORDS or clauses.unknown_words(cue)):
        return set()  # "my neck is stiff, whether the pillow was too high I don't know": it doubts its own words
    step = 1 if opens else -1
    # "A fever, is there or is there not, I don't know": over a clause that says nothing of its own.
    beside = [clauses.clause[m.first] for m in same if (clauses.clause[m.first] - clauses.clause[cue.first]) * step > 0]
    nearest = min(beside, key=lambda clause: abs(clause - clauses.clause[cue.first]), default=None)
    if nearest is None or abs(nearest - clauses.clause[cue.first]) > DOUBT_CLAUSES:
        return set()
    return {m for m in same if clauses.clause[m.first] == nearest}


def _not_there_now(
    analysis: Analysis, clauses: Clauses, targets: Sequence[Mention], concepts: Mapping[str, Concept]
) -> set[Mention]:
    """Return nouns that "not now" stands right behind: "a cough I have not now" denies it, as nothing says it was."""
    found: set[Mention] = set()
    for cue in analysis.of("cue"):
        if cue.meaning != "not_now":
            continue
        here = clauses.clause[cue.first]
        before = [m for m in targets if m.last == cue.first - 1 and clauses.clause[m.last] == here]
        told = any(clauses.clause[m.first] == here and past_dated(m, concepts) for m in analysis.mentions)
        if not told:
            found |= {m for m in before if m.pattern.inflection in (*LISTABLE, EITHER)}
    return found


def _past(
    analysis: Analysis, clauses: Clauses, targets: Sequence[Mention], concepts: Mapping[str, Concept]
) -> set[Mention]:
    past: set[Mention] = set()
    for mention in analysis.mentions:
        if mention.kind == "cue" and mention.meaning in ("resolved", "not_now"):
            past |= _over(mention, analysis, clauses, targets)
        elif past_dated(mention, concepts):
            started = [
                cue
                for cue in analysis.of("cue")
                if cue.meaning in ("start", "since") and clauses.clause[cue.first] == clauses.clause[mention.first]
            ]
            if not started and mention.kind == "cue":
                past |= _told_later(mention, analysis, clauses, targets)
            if not started:
                # "Years ago … now …": what comes after "now" is not of that time.
                ends = [cue.first for cue in analysis.of("cue") if cue.meaning == "now" and cue.first > mention.first]
                past |= {
                    m
                    for m in targets
                    if clauses.clause[m.first] == clauses.clause[mention.first] and not (ends and m.first > min(ends))
                }
    return past


def _told_later(cue: Mention, analysis: Analysis, clauses: Clauses, targets: Sequence[Mention]) -> set[Mention]:
    """Return what "formerly" is said of where nothing stands in its clause: "formerly, when I drank, I shook"."""
    here = clauses.clause[cue.first]
    if any(clauses.clause[m.first] == here for m in targets):
        return set()
    now = min(
        (other.first for other in analysis.of("cue") if other.meaning == "now" and other.first > cue.last), default=None
    )
    later = [
        m
        for m in targets
        if here < clauses.clause[m.first] <= here + SCENE_CLAUSES
        and clauses.stretch[m.first] == clauses.stretch[cue.first]
        and (now is None or m.first < now)
    ]
    return {m for m in later if clauses.clause[m.first] == clauses.clause[later[0].first]}


def _over(cue: Mention, analysis: Analysis, clauses: Clauses, targets: Sequence[Mention]) -> set[Mention]:
    """Return what "it has gone" is said of: the target before it, and those that go on into that one.

    "Since I got over the flu I smell nothing" ends the flu, whether it is known here or not.
    """
    same = [m for m in targets if clauses.clause[m.first] == clauses.clause[cue.first]]
    before = [m for m in same if m.last < cue.first]
    since = any(
        other.meaning in ("since", "start") and 0 <= other.first - cue.last <= 1 for other in analysis.of("cue")
    )
    if not before and since:
        return set()
    told = [m for m in targets if m.last < cue.first]
    chosen = before or same or [m for m in told if m.kind not in ("drug", "drug_class")] or told
    over = {m for m in targets if chosen and m.tokens == chosen[-1].tokens}
    if before:
        for one, other in itertools.pairwise(reversed(before)):
            if one in over and clauses.goes_on(other, one):
                over.add(other)
    return over


def past_dated(mention: Mention, concepts: Mapping[str, Concept]) -> bool:
    """Whether a mention puts what it belongs to into the past, see ``PAST_DAYS``."""
    if mention.kind == "cue":
        return mention.meaning == "past"
    if mention.kind == "template" and mention.meaning == "ago" and mention.unit:
        return value(mention) * DAYS[mention.unit] > PAST_DAYS
    if mention.kind == "template" and mention.meaning == "year":
        return True
    return mention.kind == "time" and days_ago(concepts[mention.meaning].value) > PAST_DAYS


def days_ago(offset: str) -> float:
    """Return how many days before now a time concept's offset lies ("-1a" -> 365.0); 0.0 where it names none."""
    if offset == "past":
        return float("inf")
    found = re.fullmatch(r"-(\d+(?:\.\d+)?)(min|h|d|wk|mo|a)", offset)
    return float(found[1]) * DAYS[found[2]] if found else 0.0
