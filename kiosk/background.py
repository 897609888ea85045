"""What lies behind the complaint: known illnesses, operations, habits; pregnancy; age."""

from __future__ import annotations

from kiosk.encounter import HistoryItem, Pregnancy, Status
from kiosk.mentions import Mention
from kiosk.reading import Reading
from kiosk.subjects import CHILDREN

GESTATION_REACH = 3
"""How many words may stand between "pregnant" and the weeks."""
LATE_WEEKS = 20
"""From so many weeks on, a number of weeks beside a sign of birth is how far the pregnancy is."""
WEEKS_IN_MONTH = 4
"""Gestational months are counted in four weeks (孕28周 is 孕7月)."""


def history(reading: Reading) -> list[HistoryItem]:
    """Return known illnesses, operations and habits, the family's too."""
    said = [
        HistoryItem(
            code=mention.meaning,
            name=reading.concept(mention).zh,
            status=reading.contexts[mention].status,
            experiencer=reading.contexts[mention].experiencer,
            relation=reading.contexts[mention].relation,
            evidence=reading.evidence(mention),
        )
        for mention in reading.analysis.mentions
        if mention.kind in ("disease", "procedure", "habit")
        or (mention.kind == "state" and mention.meaning != "pregnancy")
    ]
    return [*said, *_not_mine(reading)]


def _not_mine(reading: Reading) -> list[HistoryItem]:
    """Return what is denied without its name: "my father has diabetes, I do not"."""
    found: dict[str, HistoryItem] = {}
    clauses = reading.clauses
    for cue in reading.analysis.of("cue"):
        relation, explicit = reading.subjects[cue.first]
        if not cue.meaning.startswith("deny_") or relation or not explicit:
            continue
        if any(reading.same_clause(target, cue) for target in reading.contexts):
            continue  # it has something of its own to deny
        for illness in reading.analysis.of("disease"):
            near = clauses.sentence[cue.first] - clauses.sentence[illness.last] in (0, 1)
            if near and illness.last < cue.first and reading.contexts[illness].experiencer == "family":
                concept = reading.concept(illness)
                found[concept.id] = HistoryItem(
                    code=concept.id,
                    name=concept.zh,
                    status="denied",
                    experiencer="patient",
                    evidence=reading.evidence(illness, cue),
                )
    return [*found.values()]


def pregnancy(reading: Reading) -> Pregnancy | None:
    """Return whether she is pregnant and for how many weeks, if it was said."""
    result: Pregnancy | None = None
    for mention in reading.analysis.mentions:
        if mention.kind == "state" and mention.meaning == "pregnancy":
            context = reading.contexts[mention]
            if context.experiencer == "patient" and context.when == "current" and result is None:
                result = Pregnancy(status=context.status, evidence=reading.evidence(mention))
    for mention in gestations(reading):
        weeks = _weeks(mention)
        if weeks is not None and (result is None or result.status != "denied"):
            around = [said for said in reading.analysis.of("state") if said.meaning == "pregnancy"]
            return Pregnancy(status="present", weeks=weeks, evidence=reading.evidence(mention, *around[:1]))
    answer = reading.answer()
    if result is None and reading.question == "pregnancy" and answer is not None:
        status: Status = "present" if answer.meaning == "yes" else "denied"
        return Pregnancy(status=status, evidence=reading.evidence(answer))
    return result


def gestations(reading: Reading) -> list[Mention]:
    """Return what says how far a pregnancy is: "28 weeks pregnant", or weeks beside "I am pregnant"."""
    states = [
        mention
        for mention in reading.analysis.of("state")
        if mention.meaning == "pregnancy" and reading.contexts[mention].status == "present"
    ]
    return [
        mention
        for mention in reading.analysis.of("template")
        if mention.meaning == "gestation"
        or (
            mention.meaning == "duration"
            and mention.unit in ("wk", "mo")
            and (any(_tells(mention, state, reading) for state in states) or _near_term(mention, reading))
        )
    ]


def _near_term(weeks: Mention, reading: Reading) -> bool:
    """Whether so many weeks beside a sign of birth are the pregnancy's: "thirty-eight weeks, my waters broke"."""
    signs = [m for m in reading.analysis.of("finding") if {"danger"} <= set(reading.concept(m).tags)]
    return (
        weeks.unit == "wk"
        and weeks.number is not None
        and weeks.number.value >= LATE_WEEKS
        and any(reading.concept(sign).system == "pregnancy" for sign in signs)
    )


def _tells(weeks: Mention, state: Mention, reading: Reading) -> bool:
    """Whether a duration is that of the pregnancy: alone in the clause beside it, or nearer to it than to a symptom."""
    clause = reading.clauses.clause
    others = reading.analysis.of("finding", "generic")
    alone = not any(clause[other.first] == clause[weeks.first] for other in others)
    if alone and abs(clause[weeks.first] - clause[state.first]) <= 1:
        return True
    return (
        weeks.gap(state) <= GESTATION_REACH
        and clause[weeks.first] == clause[state.first]
        and not any(weeks.gap(other) < weeks.gap(state) for other in others)
    )


def age(reading: Reading) -> float | None:
    """Return the age of the patient (or of the child that is spoken of) in years, if it was said."""
    for mention in reading.analysis.of("template"):
        relation = reading.subjects[mention.last][0]
        if mention.meaning == "age" and mention.number is not None and (relation is None or relation in CHILDREN):
            per_year = {"a": 1.0, "mo": 12.0, "wk": 52.18, "d": 365.25}.get(mention.unit or "a", 1.0)
            years = (mention.number.value + mention.pattern.add) / per_year
            if 0 <= years <= 120:
                return years
    return None


def _weeks(mention: Mention) -> int | None:
    """Return gestational age in weeks; None for what no pregnancy can be."""
    if mention.number is None and not mention.pattern.add:
        return None
    said = mention.number.value if mention.number else 0.0  # "in the thirty-fourth week" is one fixed amount
    scale = WEEKS_IN_MONTH if mention.unit == "mo" else 1
    weeks = int((said + mention.pattern.add) * scale)
    return weeks if 1 <= weeks <= 45 else None
