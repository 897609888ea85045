"""Medicines that are taken: which dose and which frequency is said of which."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from kiosk.encounter import Medication
from kiosk.findings import attributes
from kiosk.findings.drafts import Draft
from kiosk.findings.reading import Reading
from kiosk.findings.subjects import CHILDREN
from kiosk.lexicon.mentions import Mention

DAILY = "每日1次"
STRENGTHS_MG = frozenset({2.5, 5, 10, 12.5, 20, 25, 40, 50, 75, 80, 100, 150, 160, 200, 250, 300, 400, 500, 850, 1000})
"""Strengths in which tablets are sold; another bare number behind a medicine is none."""
ONCE = "1次"
HOURS = {
    "every_morning": "morning",
    "in_the_morning": "morning",
    "in_the_afternoon": "afternoon",
    "in_the_evening": "evening",
    "every_evening": "evening",
    "at_night": "evening",
}
"""Times of day: a medicine that is taken at two of them is taken twice a day."""
AT_ONE_HOUR = {"morning": "every_morning", "evening": "every_evening"}
"""What says both how often and when: "one in the morning" is 每天早晨."""
TOLD = ("dose", "frequency", "interval", "times")
"""Templates that say how a medicine is taken."""
STOPPABLE = ("drug", "drug_class", "habit", "finding", "generic", "disease")
"""Kinds of things that stop."""
STOP_REACH = 3
"""How many words before a medicine "I stopped" may stand."""
NOT_IN_MG = frozenset({"insulin", "levothyroxine", "salbutamol"})
"""Medicines whose bare numbers count something else: units, micrograms."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Drug:
    mention: Mention
    dose: str | None = None
    frequency: str | None = None
    hours: set[str] = field(default_factory=set)
    mentions: list[Mention] = field(default_factory=list)

    @property
    def first(self) -> int:
        return self.mention.first

    @property
    def last(self) -> int:
        return self.mention.last


def medications(reading: Reading, drafts: Sequence[Draft], mentions: Sequence[Mention]) -> list[Medication]:
    """Return the medicines among ``mentions``, each with the dose and frequency that are said of it."""
    named = {reading.lexicon.concepts[mention.meaning].site for mention in mentions if mention.kind == "drug"}
    drugs = [
        _Drug(mention=mention)
        for mention in mentions
        if not (mention.kind == "drug_class" and mention.meaning in named)  # "my salbutamol inhaler"
        and reading.contexts[mention].status != "denied"
        and not stopped(reading, mention)
        and reading.contexts[mention].relation in (None, *CHILDREN)
    ]
    for mention in reading.analysis.of("template", "frequency"):
        # A finding stands where it is named; what else is said of it may stand anywhere.
        placed: list[Mention | _Drug] = [*drugs, *(draft.anchor for draft in drafts)]
        daily = _a_day(reading, mention)
        if mention.kind == "template" and not daily and mention.meaning not in TOLD:
            continue
        if mention.meaning == "dose":
            placed = [*drugs]
        owner = attributes.nearest(mention, placed, reading.clauses)
        if isinstance(owner, _Drug):
            owner = _dosed(reading, mention, drugs)
        if not isinstance(owner, _Drug):
            continue
        if mention.kind == "template" and mention.meaning == "dose":
            owner.dose = owner.dose or f"{attributes.plain(attributes.value(mention))}{mention.unit or ''}"
        elif daily:
            owner.frequency = owner.frequency or DAILY
        else:
            _how_often(reading, owner, mention, drugs)
        owner.mentions.append(mention)
    for drug in drugs:
        drug.dose = drug.dose or _strength(reading, drug)
    return [
        Medication(
            name=reading.concept(drug.mention).zh,
            dose=drug.dose,
            frequency=drug.frequency,
            evidence=reading.evidence(drug.mention, *drug.mentions),
        )
        for drug in drugs
    ]


def _a_day(reading: Reading, mention: Mention) -> bool:
    """Whether "one day" is said for "a day": right beside a dose (Chinese 一天一片, one tablet a day)."""
    one = mention.meaning == "duration" and mention.unit == "d" and attributes.value(mention) == 1
    return one and any(
        dose.meaning == "dose" and dose.gap(mention) == 0 and reading.same_clause(dose, mention)
        for dose in reading.analysis.of("template")
    )


def stopped(reading: Reading, drug: Mention) -> bool:
    """Whether a medicine is no longer taken: "I used to take captopril", "warfarin, they took me off it".

    Who stopped something else in the same breath ("I stopped smoking and take aspirin") still takes it.
    """
    clause = reading.clauses.clause
    here = clause[drug.first]
    stops = reading.cues("stopped")
    formerly = [cue for cue in reading.cues("past") if clause[cue.first] == here]
    over = any(formerly[0].first < stop.first < drug.first for stop in stops) if formerly else False
    if reading.contexts[drug].when == "past" and formerly and not over:
        return True
    told = reading.analysis.of(*STOPPABLE)
    joints = {cue.first for cue in reading.cues("and")}
    later = joints | {m.first for m in reading.analysis.of("time")} | {cue.first for cue in reading.cues("now")}
    for cue in stops:
        denied = any(0 < cue.first - other.last <= 1 for other in reading.cues("deny_next"))
        if cue.negated or denied or cue.first < drug.first - STOP_REACH:
            continue
        near = [m for m in told if clause[m.first] == clause[cue.first] and not {*m.tokens} & {*cue.tokens}]
        if not near and clause[cue.first] == here + 1:
            near = [m for m in told if clause[m.first] == here]  # "… , they took me off it"
        # "Warfarin the doctor stopped, now metoprolol": nothing over an "and", nothing behind a "now".
        near = [
            m for m in near if not (joints & {*range(m.last, cue.first)} or later & {*range(cue.last + 1, m.first)})
        ]
        near.sort(key=lambda m: (m.gap(cue), m.first > cue.first))
        if near and near[0].tokens == drug.tokens:
            return True
    return False


def _strength(reading: Reading, drug: _Drug) -> str | None:
    """Return a tablet's strength that is said as a bare number right behind its name: "metformin, five hundred"."""
    if drug.mention.kind != "drug" or drug.mention.meaning in NOT_IN_MG:
        return None
    used = {index for mention in reading.analysis.mentions for index in mention.tokens}
    clause = reading.clauses.clause
    for number in reading.analysis.numbers:
        bare = not used & set(range(number.start, number.end)) and number.high is None
        near = number.start == drug.last + 1 and clause[number.start] - clause[drug.last] in (0, 1)
        if bare and near and number.value in STRENGTHS_MG:
            return f"{attributes.plain(number.value)}mg"
    return None


def _how_often(reading: Reading, drug: _Drug, mention: Mention, drugs: Sequence[_Drug]) -> None:
    """Note a frequency: "every day" and "once" are one; "both once a day" is said of both."""
    if mention.meaning in HOURS:
        counted = _by_hours(reading, drug)
        drug.hours.add(HOURS[mention.meaning])
        if drug.frequency in (None, DAILY, counted):
            drug.frequency = _by_hours(reading, drug)
        return
    if mention.kind == "template":
        said = attributes.frequency(mention)
        times = re.fullmatch(r"(\d+(?:～\d+)?)次", said)
        if drug.hours and said in (ONCE, DAILY):
            return  # "in the morning once, in the evening once"; "in the morning, once a day"
        if drug.frequency == DAILY or drug.hours:
            drug.frequency = None
            said = f"每日{said}" if times else said
    else:
        said = DAILY if mention.meaning == "every_day" else reading.concept(mention).zh
        times = re.fullmatch(r"\d+(?:～\d+)?次", drug.frequency or "")
        if said == DAILY and times:
            said, drug.frequency = f"每日{drug.frequency}", None
    drug.frequency = drug.frequency or said
    both = any(reading.same_clause(side, mention) for side in reading.analysis.of("side") if side.meaning == "both")
    for other in drugs if both else ():
        if other.last < mention.first and other.frequency is None:
            other.frequency = drug.frequency


def _by_hours(reading: Reading, drug: _Drug) -> str:
    """Return how often a medicine is taken by the times of day that were said of it."""
    only = AT_ONE_HOUR.get(next(iter(drug.hours))) if len(drug.hours) == 1 else None
    return reading.lexicon.concepts[only].zh if only else f"每日{len(drug.hours)}次"


def _dosed(reading: Reading, mention: Mention, drugs: Sequence[_Drug]) -> _Drug | None:
    """Return the drug of a dose or frequency: the one before it, unless that has its own already; else the next."""
    sentence = reading.clauses.sentence[mention.first]
    field_name = "dose" if mention.meaning == "dose" else "frequency"
    near = [drug for drug in drugs if reading.clauses.sentence[drug.first] == sentence]
    before = [drug for drug in near if drug.last < mention.first]
    after = [drug for drug in near if drug.first > mention.last]
    clause = reading.clauses.clause
    apart = not before or clause[before[-1].last] != clause[mention.first]
    if after and apart and field_name == "dose" and clause[after[0].first] == clause[mention.last]:
        return after[0]  # "a statin, five milligrams of bisoprolol"
    if before and (getattr(before[-1], field_name) is None or not after):
        return before[-1]
    if after:
        # "Ramipril (unknown here) 5 mg and metformin": what another clause or item says is not metformin's.
        joined = reading.clauses.has_between(mention.last, after[0].first, ("and", "or"))
        return None if joined else after[0]
    return attributes.nearest(mention, drugs, reading.clauses)
