"""Allergies, medicines, illnesses, operations, habits, the family's illnesses, pregnancy and red flags as resources.

All of it is what the patient says: nothing is ``confirmed``. What is denied is ``refuted`` or ``not-done``, never left
out and never present. What neither patient nor family has (a neighbour's illness) stands in the note's text alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.encounter import Finding, HistoryItem, Pregnancy
from kiosk.export import codes
from kiosk.export.codes import ROLE, TERMINOLOGY, Json, coding, loinc, table
from kiosk.export.content import Fact
from kiosk.export.frame import KIOSK, PATIENT, Frame, instant, quantity

UNNAMED = "未指明"
"""A substance that the patient did not name: "I have no allergies"."""

UNSURE = "患者不确定"


def allergies(frame: Frame) -> Iterator[Json]:
    """Return the allergies; "no allergies at all" is no resource but the section's ``emptyReason``."""
    for fact in frame.content.allergies:
        item = fact.record
        if item.substance == UNNAMED and item.status == "denied":
            continue
        denied = item.status == "denied"
        known = codes.substance(item.substance)
        notes = frame.words(item.evidence)
        if item.status == "uncertain":
            notes.append({"text": UNSURE})
        manifestation: Json = {"text": item.reaction}
        yield frame.entry(
            fact.path,
            {
                "resourceType": "AllergyIntolerance",
                "clinicalStatus": _status("allergyintolerance-clinical", "inactive" if denied else "active"),
                "verificationStatus": _status(
                    "allergyintolerance-verification", "refuted" if denied else "unconfirmed"
                ),
                "code": frame.concept(known, item.substance, []) if known else {"text": item.substance},
                "patient": frame.ref(PATIENT),
                "encounter": frame.ref("encounter"),
                "recordedDate": instant(frame.content.recorded_at),
                "note": notes,
                "reaction": [{"manifestation": [{"concept": manifestation} if frame.r5 else manifestation]}]
                if item.reaction
                else [],
            },
        )


def none_known(frame: Frame) -> bool:
    """Say whether the patient denied all allergies and named none."""
    items = [fact.record for fact in frame.content.allergies]
    return bool(items) and all(item.substance == UNNAMED and item.status == "denied" for item in items)


def medications(frame: Frame) -> Iterator[Json]:
    """Return the medicines that the patient takes."""
    for fact in frame.content.medications:
        item = fact.record
        known = codes.substance(item.name)
        what = frame.concept(known, item.name, []) if known else {"text": item.name}
        dosage = " ".join(part for part in (item.dose, item.frequency) if part)
        yield frame.entry(
            fact.path,
            {
                "resourceType": "MedicationStatement",
                "status": "recorded" if frame.r5 else "active",
                ("medication" if frame.r5 else "medicationCodeableConcept"): {"concept": what} if frame.r5 else what,
                "subject": frame.ref(PATIENT),
                ("encounter" if frame.r5 else "context"): frame.ref("encounter"),
                "effectiveDateTime": instant(frame.content.recorded_at),
                "dateAsserted": instant(frame.content.recorded_at),
                "informationSource": [frame.reporter] if frame.r5 else frame.reporter,
                "note": frame.words(item.evidence),
                "dosage": [{"text": dosage}] if dosage else [],
            },
        )


def history(frame: Frame) -> Iterator[Json]:
    """Return the patient's own illnesses, operations, habits and states."""
    for fact in frame.content.history:
        if fact.record.experiencer == "patient":
            make = {"procedure": _operation, "habit": _habit, "state": _habit}.get(
                codes.kind(fact.record.code), _illness
            )
            yield frame.entry(fact.path, make(frame, fact))


def _illness(frame: Frame, fact: Fact[HistoryItem]) -> Json:
    item = fact.record
    denied = item.status == "denied"
    return {
        "resourceType": "Condition",
        "clinicalStatus": _status("condition-clinical", "inactive" if denied else "active"),
        "verificationStatus": _status("condition-ver-status", "refuted" if denied else "unconfirmed"),
        "category": [{"coding": [coding(f"{TERMINOLOGY}/condition-category", "problem-list-item")]}],
        "code": frame.concept(item.code, item.name, codes.illness_codings(item.code)),
        **frame.about,
        "recordedDate": instant(frame.content.recorded_at),
        "note": [*frame.words(item.evidence), *([{"text": UNSURE}] if item.status == "uncertain" else [])],
    }


def _operation(frame: Frame, fact: Fact[HistoryItem]) -> Json:
    item = fact.record
    status = {"present": "completed", "denied": "not-done", "uncertain": "unknown"}[item.status]
    return {
        "resourceType": "Procedure",
        "status": status,
        "code": frame.concept(item.code, item.name, []),
        **frame.about,
        "note": frame.words(item.evidence),
    }


def _habit(frame: Frame, fact: Fact[HistoryItem]) -> Json:
    item = fact.record
    value = {} if item.status == "uncertain" else {"valueBoolean": item.status == "present"}
    unsure = {"text": UNSURE, **_status("data-absent-reason", "asked-unknown")}
    return {
        "resourceType": "Observation",
        "status": frame.status,
        "category": [{"coding": [coding(f"{TERMINOLOGY}/observation-category", "social-history", "Social History")]}],
        "code": frame.concept(item.code, item.name, []),
        **frame.about,
        "effectiveDateTime": instant(frame.content.recorded_at),
        "performer": [frame.reporter],
        **(value or {"dataAbsentReason": unsure}),
        "note": frame.words(item.evidence),
    }


def family(frame: Frame) -> Iterator[Json]:
    """Return what the family has, one resource a relative; what a relative has not stands in the text alone."""
    relatives: dict[str, list[Json]] = {}
    facts: list[Fact[HistoryItem] | Fact[Finding]] = [*frame.content.history, *frame.content.findings]
    for fact in facts:
        item = fact.record
        relation = item.relation or "家属"
        if item.experiencer != "family" or item.status == "denied" or relation not in table().relatives:
            continue
        finding = isinstance(item, Finding)
        others = codes.symptom_codings(item.code) if finding else codes.illness_codings(item.code)
        notes = [*frame.words(item.evidence), *([{"text": UNSURE}] if item.status == "uncertain" else [])]
        condition = {"code": frame.concept(item.code, item.name, others), "note": notes}
        relatives.setdefault(relation, []).append(condition)
    for relation, conditions in relatives.items():
        yield frame.entry(
            f"family/{relation}",
            {
                "resourceType": "FamilyMemberHistory",
                "status": "partial",
                "patient": frame.ref(PATIENT),
                "date": instant(frame.content.recorded_at),
                "relationship": {"coding": [coding(ROLE, table().relatives[relation])], "text": relation},
                "condition": conditions,
            },
        )


def pregnancy(frame: Frame) -> Iterator[Json]:
    """Return whether the patient is pregnant, and the gestational age."""
    item = frame.content.note.pregnancy
    if item is None:
        return
    text = {"present": "妊娠", "denied": "未妊娠", "uncertain": "不确定"}[item.status]
    yield frame.entry(
        "pregnancy",
        _about_pregnancy(
            frame,
            item,
            loinc(table().loinc.pregnancy, "妊娠状态"),
            {"valueCodeableConcept": loinc(table().pregnancy[item.status], text)},
        ),
    )
    if item.weeks is not None and item.status == "present":
        yield frame.entry(
            "pregnancy/weeks",
            _about_pregnancy(
                frame,
                item,
                loinc(table().loinc.gestational_age, "孕周"),
                {"valueQuantity": quantity(item.weeks, "wk", "周")},
            ),
        )


def _about_pregnancy(frame: Frame, item: Pregnancy, code: Json, value: Json) -> Json:
    return {
        "resourceType": "Observation",
        "status": frame.status,
        "code": code,
        **frame.about,
        "effectiveDateTime": instant(frame.content.recorded_at),
        "performer": [frame.reporter],
        **value,
        "note": frame.words(item.evidence),
    }


def flags(frame: Frame) -> Iterator[Json]:
    """Return the red flags: alerts for a nurse, no diagnoses."""
    for flag in frame.content.note.red_flags:
        yield frame.entry(
            f"flags/{flag.id}",
            {
                "resourceType": "Flag",
                "status": "active",
                "category": [{"coding": [coding(f"{TERMINOLOGY}/flag-category", "clinical", "Clinical")]}],
                "code": {"coding": [coding(frame.system("red-flag"), flag.id)], "text": flag.name},
                **frame.about,
                "period": {"start": instant(frame.content.recorded_at)},
                "author": frame.ref(KIOSK),
            },
        )


def _status(system: str, code: str) -> Json:
    return {"coding": [coding(f"{TERMINOLOGY}/{system}", code)]}
