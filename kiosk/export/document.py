"""The FHIR document: a Bundle with the Composition first, and the Provenance that names engines and signer last.

What fhir.resources does not accept is never written. The order is that of the note, and the same note gives the same
bytes.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from pydantic import ValidationError

from kiosk import languages
from kiosk.errors import ExportError
from kiosk.export import background, interview, people, symptoms
from kiosk.export.codes import NAMESPACE, TERMINOLOGY, Json, coding, loinc, table
from kiosk.export.content import DRAFT, Content
from kiosk.export.frame import COMPOSITION, ENCOUNTER, KIOSK, PATIENT, Frame, Release, instant, pruned

TITLE = "门（急）诊预问诊记录"
WORDS = "患者原话"
CAUTIONS = "注意"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A document as it goes to a server.

    Attributes:
        id: the Bundle's id, which never changes for the same version of the same note.
        identifier: the Bundle's identifier, as ``system|value``.
        body: the Bundle.
    """

    id: str
    identifier: str
    body: bytes


Part = Callable[[Frame], Iterator[Json]]

_BEHIND: dict[str, Sequence[Part]] = {
    "红旗": (background.flags,),
    "年龄": (people.age,),
    "现病史": (symptoms.entries,),
    "既往史": (background.history,),
    "过敏史": (background.allergies,),
    "用药史": (background.medications,),
    "妊娠": (background.pregnancy,),
    "家族史": (background.family,),
    "生命体征": (symptoms.vitals,),
}
"""Which resources stand behind a section of the note; one that the note lacks is added when it has resources."""


def bundle(content: Content, release: Release, *, base: str = "") -> Json:
    """Return the document as JSON.

    Args:
        base: what the URIs of the program's own identifiers begin with ([export] base); empty for ``urn:uuid``.

    Raises:
        ExportError: the note cannot be written as FHIR; the message names the place, never the words.
    """
    frame = Frame(content=content, release=release, base=base)
    behind = {title: [entry for part in parts for entry in part(frame)] for title, parts in _BEHIND.items()}
    asked = [*interview.entries(frame)]
    document: Json = pruned(
        {
            "resourceType": "Bundle",
            "id": bundle_id(content),
            "meta": {"tag": [] if content.signed else [coding(frame.system("term"), "draft", DRAFT)]},
            "identifier": bundle_identifier(frame),
            "type": "document",
            "timestamp": instant(content.written_at),
            "entry": [
                frame.entry(COMPOSITION, _composition(frame, behind, asked)),
                *people.entries(frame),
                *(entry for entries in behind.values() for entry in entries),
                *asked,
                *_provenances(frame),
            ],
        }
    )
    check(document, release)
    return document


def dump(content: Content, release: Release, *, base: str = "") -> bytes:
    """Return the document as bytes: UTF-8, two spaces, a newline at the end."""
    return _bytes(bundle(content, release, base=base))


def parcel(content: Content, release: Release, *, base: str = "") -> Parcel:
    """Return the document with the names by which a server knows it again."""
    made = bundle(content, release, base=base)
    identifier = made["identifier"]
    return Parcel(id=made["id"], identifier=f"{identifier['system']}|{identifier['value']}", body=_bytes(made))


def check(document: Json, release: Release) -> None:
    """Refuse a document that fhir.resources does not accept.

    Raises:
        ExportError: it names the first place that is wrong.
    """
    if release == "R5":
        from fhir.resources.bundle import Bundle
    else:
        from fhir.resources.R4B.bundle import Bundle  # type: ignore[assignment]  # another release's, with the same use
    try:
        Bundle.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ExportError(
            f"This note cannot be written as FHIR {release}: {where} ({first['type']}).",
            remedy="Export it as PDF, and report the place.",
        ) from None


def _bytes(document: Json) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def document_name(content: Content) -> str:
    """Return the name of this version of this document; a draft's says that it is one."""
    name = f"{content.origin.encounter_id}-{content.version}"
    return name if content.signed else f"{name}-draft"


def bundle_id(content: Content) -> str:
    """Return the id under which a server keeps the document: sent twice, it is still one."""
    return str(uuid.uuid5(NAMESPACE, f"document/{document_name(content)}"))


def bundle_identifier(frame: Frame) -> Json:
    """Return the document's identifier, by which a server that gives ids itself finds it again."""
    return frame.identifier("document", document_name(frame.content))


def _composition(frame: Frame, behind: dict[str, list[Json]], asked: list[Json]) -> Json:
    content = frame.content
    signer = content.signer
    r5 = frame.r5
    identifier = frame.identifier("note", content.origin.encounter_id)
    heading = f"{TITLE}（{DRAFT}）" if signer is None else TITLE
    resource: Json = {
        "resourceType": "Composition",
        "identifier": [identifier] if r5 else identifier,
        "language": "zh-CN",
        "text": {"status": "additional", "div": _div(content.note.text.split("\n"))},
        "status": frame.status,
        "type": loinc(table().loinc.document, TITLE),
        "subject": [frame.ref(PATIENT)] if r5 else frame.ref(PATIENT),
        "encounter": frame.ref(ENCOUNTER),
        "date": instant(content.written_at),
        "author": [frame.ref(people.practitioner(signer), signer.name)] if signer else [frame.ref(KIOSK)],
        "title": heading,
        "section": [*_sections(frame, behind, asked)],
    }
    if r5:
        resource["version"] = str(content.version)
    if signer is not None:
        mode = "professional"
        attested = {"coding": [coding("http://hl7.org/fhir/composition-attestation-mode", mode)]}
        resource["attester"] = [
            {
                "mode": attested if r5 else mode,
                "time": instant(content.written_at),
                "party": frame.ref(people.practitioner(signer), signer.name),
            }
        ]
        if content.version > 1:
            before = frame.identifier("document", f"{content.origin.encounter_id}-{content.version - 1}")
            resource["relatesTo"] = [
                {"type": "replaces", "resourceReference": {"type": "Bundle", "identifier": before}}
                if r5
                else {"code": "replaces", "targetIdentifier": before}
            ]
    return resource


def _sections(frame: Frame, behind: dict[str, list[Json]], asked: list[Json]) -> Iterator[Json]:
    content = frame.content
    texts = {part.title: part.text for part in content.sections}
    names = table().sections
    for title in [*texts, *(title for title in behind if title not in texts and behind[title])]:
        entries = behind.get(title, [])
        section: Json = {
            "title": title,
            "code": loinc(names[title], title) if title in names else {"text": title},
            "text": {"status": "additional", "div": _div((texts.get(title) or title).split("\n"))},
            "entry": [{"reference": each["fullUrl"]} for each in entries],
        }
        if title == "过敏史" and not entries and background.none_known(frame):
            section["emptyReason"] = {"coding": [coding(f"{TERMINOLOGY}/list-empty-reason", "nilknown")]}
        yield section
    yield {
        "title": WORDS,
        "code": frame.own("words", WORDS),
        "text": {"status": "additional", "div": _words(content)},
        "entry": [{"reference": each["fullUrl"]} for each in asked],
    }
    if content.cautions:
        lines = [caution.detail for caution in content.cautions]
        yield {
            "title": CAUTIONS,
            "code": frame.own("cautions", CAUTIONS),
            "text": {"status": "additional", "div": _div(lines)},
        }


def _div(lines: Sequence[str]) -> str:
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines if line.strip())
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{paragraphs or "<p>—</p>"}</div>'


def _words(content: Content) -> str:
    """Return the patient's words in their language and direction, each with its Chinese below it."""
    chinese = {each.utterance_id: each for each in content.intake.translations}
    paragraphs = []
    for each in content.intake.utterances:
        direction = languages.get(each.language).direction
        said = each.text or " / ".join(other.text for other in each.alternatives)
        paragraphs.append(f'<p lang="{each.language}" dir="{direction}">{escape(said or "—")}</p>')
        if each.id in chinese and chinese[each.id].zh:
            paragraphs.append(f'<p lang="zh-CN">{escape(chinese[each.id].zh)}</p>')
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{"".join(paragraphs) or "<p>—</p>"}</div>'


def _provenances(frame: Frame) -> Iterator[Json]:
    content = frame.content
    target = [frame.ref(COMPOSITION)]
    written = [
        {"type": _taking_part("informant"), "who": frame.reporter},
        {"type": _taking_part("assembler"), "who": frame.ref(KIOSK)},
        *({"type": _taking_part("performer"), "who": frame.ref(people.machine(name))} for name in content.engines),
    ]
    yield frame.entry(
        "provenance/written",
        {
            "resourceType": "Provenance",
            "target": target,
            "recorded": instant(content.recorded_at),
            "activity": frame.own("written", "自助机记录"),
            "agent": written,
        },
    )
    if content.signed is None or content.signer is None:
        return
    yield frame.entry(
        "provenance/signed",
        {
            "resourceType": "Provenance",
            "target": target,
            "recorded": instant(content.signed.signed_at),
            "activity": frame.own("signed", "护士审核签名"),
            "agent": [
                {
                    "type": _taking_part("verifier"),
                    "who": frame.ref(people.practitioner(content.signer), content.signer.name),
                }
            ],
            "entity": [
                {"role": "source", "what": {"identifier": frame.identifier("digest-sha256", content.signed.digest)}}
            ],
        },
    )


def _taking_part(code: str) -> Json:
    return {"coding": [coding(f"{TERMINOLOGY}/provenance-participant-type", code)]}
