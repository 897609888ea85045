"""What an export to FHIR calls things: ``config/fhir.toml``, and the codes that a concept of the lexicon has."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from kiosk import lexicon, resources, toml_files
from kiosk.toml_files import Section

Json = dict[str, Any]
Code = tuple[str, str]
"""A code, and its name in its own code system."""

LOINC = "http://loinc.org"
HPO = "http://human-phenotype-ontology.org"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
UCUM = "http://unitsofmeasure.org"
ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"

NAMESPACE = uuid.UUID("6f1a3c52-8d0b-5e47-9f63-2b7c1e90a4d8")
"""Of all ids that this program gives: the same thing always has the same one."""


class Loinc(Section):
    document: Code
    symptom: Code
    symptom_absent: Code
    severity: Code
    pain_score: Code
    quality: Code
    onset_speed: Code
    trend: Code
    frequency: Code
    aggravating: Code
    relieving: Code
    temperature: Code
    pregnancy: Code
    gestational_age: Code
    age: Code
    consent: Code


class Notice(Section):
    loinc: str


class Table(Section):
    """``config/fhir.toml``."""

    notice: Notice
    sections: Mapping[str, Code]
    loinc: Loinc
    pregnancy: Mapping[Literal["present", "denied", "uncertain"], Code]
    vitals: Mapping[str, tuple[str, str, str, str]]
    blood_pressure: Mapping[Literal["panel"], Code]
    pulse_oximetry: Mapping[Literal["spo2"], Code]
    units: Mapping[str, str]
    relatives: Mapping[str, str]


@cache
def table(path: Path | None = None) -> Table:
    """Read ``config/fhir.toml``.

    Raises:
        SettingsError: the file is missing, no TOML, or has a wrong key or value.
    """
    return toml_files.load(Table, path or resources.share("config") / "fhir.toml")


def coding(system: str, code: str, display: str = "") -> Json:
    """Return one Coding."""
    return {"system": system, "code": code, **({"display": display} if display else {})}


def loinc(code: Code, text: str = "") -> Json:
    """Return a CodeableConcept of a LOINC code, with what it is called in Chinese."""
    return {"coding": [coding(LOINC, *code)], **({"text": text} if text else {})}


def symptom_codings(code: str) -> list[Json]:
    """Return what other code systems call a finding: HPO, and ICD-10 where it is a symptom (chapter R)."""
    concept = lexicon.concepts().get(code)
    if concept is None:
        return []
    return [
        *([coding(HPO, concept.hpo)] if concept.hpo else []),
        *([coding(ICD10, concept.icd10)] if concept.icd10.startswith("R") else []),
    ]


def illness_codings(code: str) -> list[Json]:
    """Return what other code systems call an illness that the patient says he has."""
    concept = lexicon.concepts().get(code)
    return [coding(ICD10, concept.icd10)] if concept is not None and concept.icd10 else []


@cache
def _by_name() -> Mapping[str, str]:
    kinds = ("drug", "drug_class", "allergen")
    return {each.zh: each.id for each in [*lexicon.concepts().values()][::-1] if each.kind in kinds}


def substance(name: str) -> str | None:
    """Return the concept of a medicine or allergen by its Chinese name; None when the lexicon has none."""
    return _by_name().get(name)


def kind(code: str) -> str:
    """Return a concept's kind (``config/lexicon/README.md``); empty for one that the lexicon does not have."""
    concept = lexicon.concepts().get(code)
    return concept.kind if concept is not None else ""
