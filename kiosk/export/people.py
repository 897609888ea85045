"""Who and what took part: the patient (without a name), the visit, who spoke, who measured and signed, the machines."""

from __future__ import annotations

from collections.abc import Iterator

import kiosk
from kiosk import languages
from kiosk.export.codes import ROLE, TERMINOLOGY, Json, coding, loinc, table
from kiosk.export.content import Content, Person
from kiosk.export.frame import ENCOUNTER, KIOSK, PATIENT, REPORTER, Frame, instant, quantity

MONTHS = 12


def entries(frame: Frame) -> Iterator[Json]:
    """Return everybody and everything, as entries of the bundle."""
    content = frame.content
    yield frame.entry(PATIENT, _patient(frame))
    yield frame.entry(ENCOUNTER, _visit(frame))
    if content.note.person.reporter != "patient":
        yield frame.entry(REPORTER, _reporter(frame))
    for person in people(content):
        yield frame.entry(practitioner(person), _practitioner(frame, person))
    yield frame.entry(KIOSK, _device(frame, content.origin.kiosk or "kiosk", kiosk.__version__, "kiosk"))
    for name in content.engines:
        engine, _, revision = name.partition("@")
        yield frame.entry(machine(name), _device(frame, engine, revision, "engine"))


def age(frame: Frame) -> Iterator[Json]:
    """Return the patient's age as they told it: a birth date it is not."""
    years = frame.content.note.person.age_years
    if years is not None:
        yield frame.entry("person/age", _age(frame, years))


def people(content: Content) -> list[Person]:
    """Return the nurses who had a part in the note, each once, the signer first."""
    everybody = [*([content.signer] if content.signer else []), *(each.by for each in content.vitals)]
    return list({person.account: person for person in reversed(everybody)}.values())[::-1]


def practitioner(person: Person) -> str:
    """Return the path of a nurse's resource."""
    return f"practitioner/{person.account}"


def machine(engine: str) -> str:
    """Return the path of an engine's resource."""
    return f"device/{engine}"


def _patient(frame: Frame) -> Json:
    content = frame.content
    interview = content.intake.interview
    language = languages.get(content.intake.language.code)
    return {
        "resourceType": "Patient",
        "identifier": [
            frame.identifier("encounter", content.origin.encounter_id),
            *([frame.identifier("ticket", interview.ticket)] if interview and interview.ticket else []),
        ],
        "gender": content.note.person.sex or "unknown",
        "communication": [
            {
                "language": {"coding": [coding("urn:ietf:bcp:47", language.code)], "text": language.zh},
                "preferred": True,
            }
        ],
    }


def _visit(frame: Frame) -> Json:
    content = frame.content
    interview = content.intake.interview
    period = {"start": instant(interview.started_at if interview else content.recorded_at)}
    ambulatory = coding(f"{TERMINOLOGY}/v3-ActCode", "AMB", "ambulatory")
    return {
        "resourceType": "Encounter",
        "identifier": [frame.identifier("encounter", content.origin.encounter_id)],
        "status": "in-progress",  # the kiosk sees its beginning: the physician comes after it
        "class": [{"coding": [ambulatory]}] if frame.r5 else ambulatory,
        "subject": frame.ref(PATIENT),
        ("actualPeriod" if frame.r5 else "period"): period,
    }


def _reporter(frame: Frame) -> Json:
    parent = frame.content.note.person.reporter == "parent"
    return {
        "resourceType": "RelatedPerson",
        "patient": frame.ref(PATIENT),
        "relationship": [
            {"coding": [coding(ROLE, "PRN", "parent")], "text": "家长"} if parent else {"text": "他人代述"}
        ],
    }


def _practitioner(frame: Frame, person: Person) -> Json:
    return {
        "resourceType": "Practitioner",
        "identifier": [frame.identifier("account", person.account)],
        "name": [{"text": person.name}],
    }


def _device(frame: Frame, name: str, version: str, sort: str) -> Json:
    return {
        "resourceType": "Device",
        "identifier": [frame.identifier("device", f"{name}@{version}" if version else name)],
        ("name" if frame.r5 else "deviceName"): [
            {("value" if frame.r5 else "name"): name, "type": "user-friendly-name"}
        ],
        "version": [{"value": version}] if version else [],
        "type": [frame.own(sort, {"kiosk": "预问诊自助机", "engine": "识别或翻译引擎"}[sort])]
        if frame.r5
        else frame.own(sort, {"kiosk": "预问诊自助机", "engine": "识别或翻译引擎"}[sort]),
    }


def _age(frame: Frame, years: float) -> Json:
    months = years < 1
    return {
        "resourceType": "Observation",
        "status": frame.status,
        "code": loinc(table().loinc.age, "年龄"),
        **frame.about,
        "effectiveDateTime": instant(frame.content.recorded_at),
        "performer": [frame.reporter],
        "valueQuantity": quantity(round(years * MONTHS, 1), "mo", "个月") if months else quantity(years, "a", "岁"),
    }
