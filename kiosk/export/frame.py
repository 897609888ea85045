"""What every FHIR resource of one document shares: ids, references, code systems, the release it is written for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from kiosk import languages
from kiosk.encounter import Evidence
from kiosk.export.codes import NAMESPACE, UCUM, Json, coding
from kiosk.export.content import Content

Release = Literal["R4B", "R5"]

PATIENT, REPORTER, ENCOUNTER, COMPOSITION, KIOSK = "patient", "reporter", "encounter", "composition", "device/kiosk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One document in the making.

    Attributes:
        base: what the URIs of the program's own identifiers and codes begin with ([export] base); empty for
            ``urn:uuid``.
    """

    content: Content
    release: Release
    base: str = ""

    @property
    def r5(self) -> bool:
        return self.release == "R5"

    @property
    def status(self) -> str:
        """Return the status of what is stated: nothing is final before a nurse has signed."""
        return "final" if self.content.signed is not None else "preliminary"

    def id(self, path: str) -> str:
        """Return a resource's id: the same for the same place of the same encounter's same revision, always."""
        origin = self.content.origin.encounter_id
        return str(uuid.uuid5(NAMESPACE, f"{origin}/{self.content.revision}/{path}"))

    def entry(self, path: str, resource: Json) -> Json:
        """Return a resource as an entry of the bundle."""
        name = self.id(path)
        return {
            "fullUrl": f"urn:uuid:{name}",
            "resource": {"resourceType": resource["resourceType"], "id": name} | resource,
        }

    def ref(self, path: str, display: str = "") -> Json:
        """Return a reference to another resource of the same document."""
        return {"reference": f"urn:uuid:{self.id(path)}", **({"display": display} if display else {})}

    @property
    def about(self) -> Json:
        """Return whom and which visit a resource is about."""
        return {"subject": self.ref(PATIENT), "encounter": self.ref(ENCOUNTER)}

    @property
    def reporter(self) -> Json:
        """Return who has told it: the patient, or somebody for them."""
        return self.ref(PATIENT if self.content.note.person.reporter == "patient" else REPORTER)

    def system(self, name: str) -> str:
        """Return the URI of one of the program's own identifiers, code systems or extensions."""
        return f"{self.base.rstrip('/')}/{name}" if self.base else f"urn:uuid:{uuid.uuid5(NAMESPACE, f'system/{name}')}"

    def identifier(self, name: str, value: str) -> Json:
        """Return an Identifier of the program's own."""
        return {"system": self.system(name), "value": value}

    def own(self, code: str, text: str) -> Json:
        """Return a CodeableConcept of the program's own words (docs/export.md lists them)."""
        return {"coding": [coding(self.system("term"), code)], "text": text}

    def concept(self, code: str, text: str, others: list[Json]) -> Json:
        """Return a CodeableConcept of the lexicon's concept, with what other code systems call it."""
        return {"coding": [coding(self.system("concept"), code), *others], "text": text}

    def words(self, evidence: tuple[Evidence, ...]) -> list[Json]:
        """Return the patient's own words as annotations, each in its language and with its place."""
        spoken = {each.id: each for each in self.content.intake.utterances}
        return [
            {
                "extension": [
                    {
                        "url": self.system("evidence"),
                        "extension": [
                            {"url": "utterance", "valueString": each.utterance_id},
                            {"url": "start", "valueInteger": each.start},
                            {"url": "end", "valueInteger": each.end},
                        ],
                    }
                ],
                "authorReference": self.reporter,
                "text": each.text,
                "_text": {
                    "extension": [
                        {
                            "url": "http://hl7.org/fhir/StructureDefinition/language",
                            "valueCode": languages.get(spoken[each.utterance_id].language).code,
                        }
                    ]
                },
            }
            for each in evidence
            if each.text and each.utterance_id in spoken
        ]


def instant(at: datetime) -> str:
    """Return a time as FHIR writes it, to the second, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def number(value: float) -> float | int:
    """Return a whole number without its decimal point."""
    return int(value) if float(value).is_integer() else value


def quantity(value: float, code: str, unit: str) -> Json:
    """Return a Quantity in UCUM."""
    return {"value": number(value), "unit": unit, "system": UCUM, "code": code}


def pruned(value: Any) -> Any:
    """Return JSON without empty values and without characters that FHIR's strings cannot hold."""
    if isinstance(value, dict):
        kept = {key: pruned(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if each not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        return [each for each in map(pruned, value) if each not in (None, "", [], {})]
    if isinstance(value, str):
        return "".join(letter for letter in value if letter >= " " or letter in "\t\n\r").strip()
    return value
