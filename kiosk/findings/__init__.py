"""Utterances to facts: findings with their status, place and time; allergies, medicines, history, pregnancy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kiosk.encounter import Allergy, Finding, HistoryItem, Medication, Person, Pregnancy, Utterance
from kiosk.findings import background
from kiosk.findings.drafts import Draft
from kiosk.findings.reading import Reading
from kiosk.findings.subjects import CHILDREN
from kiosk.findings.substances import substances
from kiosk.findings.symptoms import symptoms
from kiosk.lexicon import Lexicon


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the patient said that the lexicon understands."""

    findings: tuple[Finding, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    medications: tuple[Medication, ...] = ()
    history: tuple[HistoryItem, ...] = ()
    pregnancy: Pregnancy | None = None
    person: Person = field(default_factory=Person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What one utterance says, with the reading that it was taken from."""

    reading: Reading
    drafts: list[Draft]
    allergies: list[Allergy]
    medications: list[Medication]
    history: list[HistoryItem]
    pregnancy: Pregnancy | None
    age: float | None


def understand(utterance: Utterance, lexicon: Lexicon, question: str | None = None) -> Understood:
    """Read one utterance."""
    reading = Reading(utterance, lexicon, question)
    drafts = symptoms(reading)
    allergies, medications = substances(reading, drafts)
    return Understood(
        reading=reading,
        drafts=drafts,
        allergies=allergies,
        medications=medications,
        history=background.history(reading, drafts),
        pregnancy=background.pregnancy(reading),
        age=background.age(reading),
    )


def extract(utterances: Sequence[Utterance], lexicon: Lexicon, *, question: str | None = None) -> Facts:
    """Read all utterances of an intake; ``question`` is what they answer, where that is known.

    A child whose current complaints are told by an adult who names none of his own is the patient, and the adult the
    reporter. Any other relative's complaints are family history.
    """
    understood = [understand(utterance, lexicon, question) for utterance in utterances]
    drafts = [(each.reading, draft) for each in understood for draft in each.drafts]
    own_complaint = any(draft.finding.experiencer == "patient" and draft.explicit for _, draft in drafts)
    # "My son has asthma" says so, too, where nobody complains of anything.
    told = [draft.finding.relation for _, draft in drafts] or [i.relation for each in understood for i in each.history]
    about_child = any(relation in CHILDREN for relation in told) and not own_complaint
    # "My husband is vomiting blood, I have brought him": the one who was brought is the patient, at any age.
    brought = not own_complaint and any(
        cue.meaning == "brought" for each in understood for cue in each.reading.analysis.of("cue")
    )
    findings: list[Finding] = []
    for reading, draft in drafts:
        finding = replace(draft.finding, evidence=reading.evidence(*draft.mentions))
        if brought or (about_child and finding.relation in CHILDREN):
            finding = replace(finding, experiencer="patient")
        findings.append(finding)
    history = [
        replace(item, experiencer="patient") if about_child and item.relation in CHILDREN else item
        for each in understood
        for item in each.history
    ]
    return Facts(
        findings=_merged(findings),
        allergies=tuple(_unique([allergy for each in understood for allergy in each.allergies])),
        medications=tuple(medication for each in understood for medication in each.medications),
        history=tuple(history),
        pregnancy=max((each.pregnancy for each in understood if each.pregnancy), key=_weeks, default=None),
        person=Person(
            reporter="parent" if about_child else "patient",
            age_years=next((each.age for each in understood if each.age is not None), None),
        ),
    )


def combined(parts: Sequence[Facts], person: Person) -> Facts:
    """Join the facts of several utterances that were read one by one, about one person."""
    pregnancies = [part.pregnancy for part in parts if part.pregnancy is not None]
    return Facts(
        findings=_merged([finding for part in parts for finding in part.findings]),
        allergies=tuple(_unique([allergy for part in parts for allergy in part.allergies])),
        medications=tuple(dict.fromkeys(medication for part in parts for medication in part.medications)),
        history=tuple(dict.fromkeys(item for part in parts for item in part.history)),
        pregnancy=max(pregnancies, key=_weeks, default=None),
        person=person,
    )


def _weeks(pregnancy: Pregnancy) -> int:
    return pregnancy.weeks or 0


def filled(finding: Finding, other: Finding) -> Finding:
    """Return a finding with the attributes of another one, where it says nothing itself."""
    return replace(
        finding,
        onset=finding.onset or other.onset,
        since=finding.since if finding.onset else other.since,
        sudden=finding.sudden or other.sudden,
        duration=finding.duration or other.duration,
        severity=finding.severity or other.severity,
        nrs=finding.nrs if finding.nrs is not None else other.nrs,
        character=tuple(dict.fromkeys((*finding.character, *other.character))),
        frequency=finding.frequency or other.frequency,
        course=finding.course or other.course,
        aggravating=tuple(dict.fromkeys((*finding.aggravating, *other.aggravating))),
        relieving=tuple(dict.fromkeys((*finding.relieving, *other.relieving))),
        radiation=tuple(dict.fromkeys((*finding.radiation, *other.radiation))),
    )


def _merged(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Join what was said twice about the same thing; what contradicts itself stays as two findings."""
    kept: dict[tuple[str, ...], Finding] = {}
    for finding in findings:
        key = (finding.code, finding.name, finding.status, finding.experiencer, finding.relation or "", finding.when)
        first = kept.get(key)
        if first is None:
            kept[key] = finding
            continue
        kept[key] = replace(
            filled(first, finding),
            temperature_c=first.temperature_c or finding.temperature_c,
            draft=first.draft or finding.draft,
            evidence=(*first.evidence, *finding.evidence),
        )
    return tuple(kept.values())


def _unique(allergies: Sequence[Allergy]) -> list[Allergy]:
    seen: dict[tuple[str, str], Allergy] = {}
    for allergy in allergies:
        seen.setdefault((allergy.substance, allergy.status), allergy)
    return [*seen.values()]
