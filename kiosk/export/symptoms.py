"""Findings and vital signs as Observations, after the profiles of HL7's Symptoms IG 1.0.0: present, and absent.

What the patient is unsure of is neither: it has a code of its own, so that no reader takes it for a symptom that is
there. What a relative has is no Observation of the patient (``kiosk.export.background``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kiosk.encounter import Finding
from kiosk.export.codes import TERMINOLOGY, Json, coding, loinc, symptom_codings, table
from kiosk.export.content import Fact, Measured
from kiosk.export.frame import Frame, instant, number, quantity
from kiosk.export.people import practitioner
from kiosk.note import DRAFT_TERMS

_SEVERITY = {"轻": "mild", "中": "moderate", "重": "severe"}
STANDINGS: Mapping[str, str] = {"confirmed": "已核实", "unconfirmed": "未核实", "rejected": "核对时患者否认"}


def entries(frame: Frame) -> Iterator[Json]:
    """Return the patient's own symptoms, in the note's order."""
    for fact in frame.content.findings:
        if fact.record.experiencer == "patient":
            yield frame.entry(fact.path, _symptom(frame, fact))


def _symptom(frame: Frame, fact: Fact[Finding]) -> Json:
    finding = fact.record
    loincs = table().loinc
    standing: str = fact.standing
    unsure = finding.status == "uncertain" or standing == "rejected"  # taken back, and no nurse has decided yet
    status = "uncertain" if unsure else finding.status
    code = {
        "present": loinc(loincs.symptom, "症状"),
        "denied": loinc(loincs.symptom_absent, "否认的症状"),
        "uncertain": frame.own("symptom-uncertain", "患者不确定的症状"),
    }[status]
    told = instant(frame.content.recorded_at)
    notes = frame.words(finding.evidence)
    if finding.draft:
        notes.append({"text": DRAFT_TERMS})
    return {
        "resourceType": "Observation",
        "status": frame.status,
        "category": [frame.own("symptom", "症状")],
        "code": code,
        **frame.about,
        # Past is not denied: it was there, and was over when the patient told it.
        **({"effectivePeriod": {"end": told}} if finding.when == "past" else {"effectiveDateTime": told}),
        "performer": [frame.reporter],
        "valueCodeableConcept": frame.concept(finding.code, finding.name, symptom_codings(finding.code)),
        "note": notes,
        "bodySite": {"text": f"{finding.laterality or ''}{finding.body_site or ''}"},
        "component": [*_components(frame, fact)],
    }


def _components(frame: Frame, fact: Fact[Finding]) -> Iterator[Json]:
    finding, loincs = fact.record, table().loinc

    def said(code: Json, text: str) -> Json:
        return {"code": code, "valueCodeableConcept": {"text": text}}

    if fact.standing in STANDINGS:
        yield {
            "code": frame.own("standing", "核实"),
            "valueCodeableConcept": frame.own(fact.standing, STANDINGS[fact.standing]),
        }
    if finding.when == "past":
        yield {"code": frame.own("when", "时态"), "valueCodeableConcept": frame.own("past", "既往")}
    if finding.laterality:
        sides = {"左": "left", "右": "right", "双侧": "both"}
        yield {
            "code": frame.own("laterality", "侧别"),
            "valueCodeableConcept": frame.own(sides[finding.laterality], finding.laterality),
        }
    if finding.onset:
        yield {"code": frame.own("since" if finding.since else "onset", "起病"), "valueString": finding.onset}
    if finding.sudden:
        yield said(loinc(loincs.onset_speed, "起病缓急"), "突发")
    if finding.duration is not None:
        length, unit = finding.duration, table().units[finding.duration.unit]
        code = frame.own(
            "duration-approximate" if length.approximate else "duration",
            "持续时间（约）" if length.approximate else "持续时间",
        )
        low = quantity(length.value, length.unit, unit)
        if length.value_high is None:
            yield {"code": code, "valueQuantity": low}
        else:
            yield {"code": code, "valueRange": {"low": low, "high": quantity(length.value_high, length.unit, unit)}}
    if finding.severity:
        yield {
            "code": loinc(loincs.severity, "程度"),
            "valueCodeableConcept": frame.own(_SEVERITY[finding.severity], finding.severity),
        }
    if finding.nrs is not None:
        yield {"code": loinc(loincs.pain_score, "疼痛评分"), "valueInteger": finding.nrs}
    if finding.temperature_c is not None:
        yield {
            "code": loinc(loincs.temperature, "自述体温"),
            "valueQuantity": quantity(finding.temperature_c, "Cel", "℃"),
        }
    if finding.character:
        yield said(loinc(loincs.quality, "性质"), "、".join(finding.character))
    if finding.frequency:
        yield said(loinc(loincs.frequency, "频率"), finding.frequency)
    if finding.course:
        yield said(loinc(loincs.trend, "变化"), finding.course)
    for factor in finding.aggravating:
        yield said(loinc(loincs.aggravating, "诱因或加重因素"), factor)
    for factor in finding.relieving:
        yield said(loinc(loincs.relieving, "缓解因素"), factor)
    for place in finding.radiation:
        yield said(frame.own("radiation", "放射"), place)


def vitals(frame: Frame) -> Iterator[Json]:
    """Return what the nurse measured; the two blood pressures are one Observation, as FHIR's profile has them."""
    measured = {each.field: each for each in frame.content.vitals}
    pressures = [measured[name] for name in ("systolic", "diastolic") if name in measured]
    for name, each in measured.items():
        if name not in ("systolic", "diastolic"):
            code, display, ucum, unit = table().vitals[name]
            concept = loinc((code, display))
            if name == "spo2":
                concept["coding"].append(loinc(table().pulse_oximetry["spo2"])["coding"][0])
            body: Json = {"code": concept, "valueQuantity": quantity(each.value, ucum, unit)}
            yield frame.entry(f"vitals/{name}", _vital(frame, each, body))
        elif each is pressures[0]:
            components = []
            for pressure in pressures:
                code, display, ucum, unit = table().vitals[pressure.field]
                components.append(
                    {"code": loinc((code, display)), "valueQuantity": quantity(number(pressure.value), ucum, unit)}
                )
            body = {"code": loinc(table().blood_pressure["panel"], "血压"), "component": components}
            yield frame.entry("vitals/blood_pressure", _vital(frame, each, body))


def _vital(frame: Frame, measured: Measured, body: Json) -> Json:
    return {
        "resourceType": "Observation",
        "status": frame.status,
        "category": [{"coding": [coding(f"{TERMINOLOGY}/observation-category", "vital-signs", "Vital Signs")]}],
        **frame.about,
        "effectiveDateTime": instant(measured.at),
        "performer": [frame.ref(practitioner(measured.by), measured.by.name)],
        **body,
    }
