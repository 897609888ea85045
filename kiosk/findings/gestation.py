"""How far a pregnancy is: which weeks and months of a text are told of it."""

from __future__ import annotations

from kiosk.findings.reading import Reading
from kiosk.lexicon.mentions import Mention

GESTATION_REACH = 3
"""How many words may stand between "pregnant" and the weeks."""
LATE_WEEKS = 20
"""From so many weeks on, a number of weeks beside a sign of birth is how far the pregnancy is."""
LATE_MONTHS = 5
"""The same in months: "it does not move since morning, eight months"."""
BLEEDINGS = frozenset({"vaginal_bleeding", "bleeding"})
"""What beside so many weeks is a sign of birth, or of danger before it."""


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
    signs = [m for m in reading.analysis.of("finding") if "danger" in reading.concept(m).tags]
    late = {"wk": LATE_WEEKS, "mo": LATE_MONTHS}
    return (
        weeks.number is not None
        and weeks.unit in late
        and weeks.number.value >= late[weeks.unit]
        and (
            any(reading.concept(sign).system == "pregnancy" for sign in signs)
            or (
                weeks.unit == "wk"
                and any(sign.meaning in BLEEDINGS for sign in reading.analysis.of("finding", "generic"))
            )
        )
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
