"""FHIR documents, both releases: what fhir.resources accepts, and what it does not look at."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from fhir.resources.bundle import Bundle
from fhir.resources.R4B.bundle import Bundle as BundleR4B
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from kiosk import export, lexicon
from kiosk.answers import Answer, Consent, Interview
from kiosk.encounter import (
    Allergy,
    Duration,
    Evidence,
    Finding,
    HistoryItem,
    Intake,
    Medication,
    Person,
    Pregnancy,
    Translation,
    TranslationSpan,
)
from kiosk.errors import ExportError, SettingsError
from kiosk.export import codes, content, document
from kiosk.export.content import DRAFT
from kiosk.export.frame import Release
from kiosk.review.decisions import Body, CorrectField
from tests.export.conftest import CORRECTIONS, LANGUAGES, draft, intake, origin, signed, under_review
from tests.export.test_content import sign_again

Json = dict[str, Any]
RELEASES: tuple[Release, ...] = ("R5", "R4B")
releases = pytest.mark.parametrize("release", RELEASES)
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


def made(code: str, release: Release, bodies: tuple[Body, ...] = CORRECTIONS) -> Json:
    return document.bundle(content.final(signed(code, bodies)), release)


def of(start: Intake, release: Release) -> Json:
    """Return the document of an intake that nobody has signed."""
    return document.bundle(content.draft(under_review(start, origin("xx"))), release)


def resources(bundle: Json, kind: str) -> list[Json]:
    return [each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == kind]


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Return every key and value of a document, from the top down."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield key, each
            yield from walk(each)
    elif isinstance(value, list):
        for each in value:
            yield from walk(each)


# What fhir.resources does not look at.


@releases
@pytest.mark.parametrize("unsigned", [False, True])
@pytest.mark.parametrize("code", LANGUAGES)
def test_a_document_holds_together(code: str, unsigned: bool, release: Release) -> None:
    bundle = document.bundle(content.draft(draft(code)), release) if unsigned else made(code, release)
    assert (bundle["type"], bundle["entry"][0]["resource"]["resourceType"]) == ("document", "Composition")
    urls = [each["fullUrl"] for each in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    for each in bundle["entry"]:
        assert each["fullUrl"] == f"urn:uuid:{each['resource']['id']}"
        assert ID.fullmatch(each["resource"]["id"])
    referred = [value for key, value in walk(bundle) if key == "reference"]
    assert set(referred) <= set(urls)
    # What nothing refers to, and refers to nothing in the note, has no place in a document.
    loose = set(urls[1:]) - set(referred)
    kinds = {each["resource"]["resourceType"] for each in bundle["entry"] if each["fullUrl"] in loose}
    assert kinds == {"Provenance"}
    for key, value in walk(bundle):
        if key == "system":
            assert re.match(r"https?://|urn:", value), value
            assert "snomed" not in value
            assert "icd-11" not in value
            assert "icpc" not in value
        if key == "div":
            assert value.startswith('<div xmlns="http://www.w3.org/1999/xhtml">')
        if isinstance(value, str):
            assert value.strip()
            assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", value)


def required_codes(model: BaseModel) -> Iterator[tuple[str, str, list[str]]]:
    """Return every code with a required value set: its place, the code, the value set."""
    for name, field in type(model).model_fields.items():
        value, extra = getattr(model, name), field.json_schema_extra
        allowed = extra.get("enum_values") if isinstance(extra, dict) else None
        if value is not None and isinstance(allowed, list):
            yield f"{type(model).__name__}.{name}", value, [str(each) for each in allowed]
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, BaseModel):
                yield from required_codes(inner)


@releases
@pytest.mark.parametrize("code", ["ug", "bo"])
def test_codes_are_of_their_required_value_sets(code: str, release: Release) -> None:
    bundle = made(code, release)
    model = Bundle if release == "R5" else BundleR4B
    found = list(required_codes(model.model_validate(bundle)))
    places = {place for place, _, _ in found}
    assert {
        "Bundle.type",
        "Composition.status",
        "Observation.status",
        "Flag.status" if code == "bo" else "Consent.status",
    } <= places
    for place, value, allowed in found:
        assert value in allowed or "+" in allowed, (place, value, allowed)


@releases
def test_what_fhir_resources_does_not_accept_is_not_written_and_no_word_is_repeated(release: Release) -> None:
    bundle = made("ug", release)
    bundle["entry"][1]["resource"]["gender"] = ["قىزىتمام"]
    with pytest.raises(ExportError, match="gender") as caught:
        document.check(bundle, release)
    assert "قىزىتمام" not in str(caught.value)
    with pytest.raises(ExportError, match="made_up"):
        document.check({**made("ug", release), "made_up": 1}, release)


# What the document says.


@releases
def test_present_absent_and_unsure_are_three_different_things(release: Release) -> None:
    start = intake("ug")
    facts = (
        Finding(code="fever", name="发热", status="denied"),
        Finding(code="cough", name="咳嗽", status="uncertain"),
        Finding(code="headache", name="头痛", when="past"),
        Finding(code="dyspnea", name="呼吸困难", experiencer="family", relation="父亲"),
        Finding(code="rash", name="皮疹", experiencer="other", relation="邻居"),
    )
    bundle = of(replace(start, note=replace(start.note, findings=facts)), release)
    found = {
        each["valueCodeableConcept"]["text"]: each
        for each in resources(bundle, "Observation")
        if each.get("category", [{}])[0].get("text") == "症状"
    }
    assert set(found) == {"发热", "咳嗽", "头痛"}
    code = {name: each["code"]["coding"][0]["code"] for name, each in found.items()}
    assert code == {"发热": "111551-8", "咳嗽": "symptom-uncertain", "头痛": "75325-1"}
    assert "effectivePeriod" in found["头痛"]
    assert found["发热"]["effectiveDateTime"] == "2026-11-29T07:56:00Z"
    (relative,) = resources(bundle, "FamilyMemberHistory")
    assert relative["relationship"]["coding"][0]["code"] == "FTH"
    assert [each["code"]["text"] for each in relative["condition"] if "呼吸" in each["code"]["text"]] == ["呼吸困难"]
    assert "皮疹" not in json.dumps(bundle["entry"][1:], ensure_ascii=False)


@releases
def test_what_the_patient_took_back_is_not_exported_as_present(release: Release) -> None:
    made = content.draft(draft("ug"))
    first = replace(made.findings[0], standing="rejected")
    bundle = document.bundle(replace(made, findings=(first, *made.findings[1:])), release)
    symptom = resources(bundle, "Observation")[0]
    assert symptom["code"]["coding"][0]["code"] == "symptom-uncertain"
    assert symptom["component"][0]["valueCodeableConcept"]["text"] == "核对时患者否认"


@releases
def test_a_symptom_keeps_everything_that_was_said_of_it(release: Release) -> None:
    start = intake("ug")
    words = start.utterances[0].text[:10]
    finding = Finding(
        code="knee_pain",
        name="右膝痛",
        body_site="膝",
        laterality="右",
        onset="3天前",
        since=True,
        sudden=True,
        duration=Duration(value=3, value_high=4.5, unit="d", approximate=True),
        severity="重",
        nrs=8,
        character=("刺痛", "胀痛"),
        frequency="每日2次",
        course="加重",
        aggravating=("活动后",),
        relieving=("休息后缓解",),
        radiation=("小腿",),
        temperature_c=38.5,
        draft=True,
        evidence=(Evidence(utterance_id="u1", text=words, start=0, end=10),),
    )
    bundle = of(replace(start, note=replace(start.note, findings=(finding,))), release)
    (symptom,) = [each for each in resources(bundle, "Observation") if each.get("bodySite")]
    assert symptom["bodySite"]["text"] == "右膝"
    parts = {each["code"]["text"]: each for each in symptom["component"]}
    assert parts["持续时间（约）"]["valueRange"] == {
        "low": {"value": 3, "unit": "天", "system": codes.UCUM, "code": "d"},
        "high": {"value": 4.5, "unit": "天", "system": codes.UCUM, "code": "d"},
    }
    assert parts["疼痛评分"]["valueInteger"] == 8
    assert parts["自述体温"]["valueQuantity"]["code"] == "Cel"
    said = {name: part.get("valueCodeableConcept", {}).get("text") for name, part in parts.items()}
    assert said | {"程度": "重", "侧别": "右", "起病缓急": "突发", "性质": "刺痛、胀痛", "频率": "每日2次"} == said
    assert said | {"变化": "加重", "诱因或加重因素": "活动后", "缓解因素": "休息后缓解", "放射": "小腿"} == said
    note, mark = symptom["note"]
    assert (note["text"], mark["text"]) == (words, "术语未经母语临床人员审定")
    assert note["_text"]["extension"][0]["valueCode"] == "ug"
    place = {each["url"]: each for each in note["extension"][0]["extension"]}
    assert (place["utterance"]["valueString"], place["end"]["valueInteger"]) == ("u1", 10)


def test_symptoms_have_codes_of_symptoms_only() -> None:
    systems = {each["system"] for each in codes.symptom_codings("fever")}
    assert systems == {codes.HPO, codes.ICD10}
    for name, concept in lexicon.concepts().items():
        if concept.kind == "finding":
            for coding in codes.symptom_codings(name):
                assert coding["code"].startswith(("HP:", "R"))
    assert codes.symptom_codings("no_such_concept") == []


@releases
def test_allergies_medicines_and_history(release: Release) -> None:
    start = intake("ug")
    bundle = of(
        replace(
            start,
            note=replace(
                start.note,
                allergies=(
                    Allergy(substance="青霉素", status="present", reaction="皮疹"),
                    Allergy(substance="阿司匹林", status="denied"),
                    Allergy(substance="芒果", status="uncertain"),
                ),
                medications=(Medication(name="二甲双胍", dose="500mg", frequency="每日2次"), Medication(name="草药")),
                history=(
                    HistoryItem(code="diabetes", name="糖尿病"),
                    HistoryItem(code="hypertension", name="高血压", status="denied"),
                    HistoryItem(code="appendectomy", name="阑尾切除术", status="denied"),
                    HistoryItem(code="smoking", name="吸烟", status="uncertain"),
                    HistoryItem(code="hypertension", name="高血压", experiencer="family", relation="母亲"),
                    HistoryItem(code="tuberculosis", name="结核病", experiencer="family", relation="邻居"),
                    HistoryItem(code="diabetes", name="糖尿病", status="denied", experiencer="family", relation="父亲"),
                ),
            ),
        ),
        release,
    )
    allergies = {each["code"]["text"]: each for each in resources(bundle, "AllergyIntolerance")}
    verified = {name: each["verificationStatus"]["coding"][0]["code"] for name, each in allergies.items()}
    assert verified == {"青霉素": "unconfirmed", "阿司匹林": "refuted", "芒果": "unconfirmed"}
    assert allergies["芒果"]["note"] == [{"text": "患者不确定"}]
    manifestation = allergies["青霉素"]["reaction"][0]["manifestation"][0]
    assert (manifestation["concept"] if release == "R5" else manifestation) == {"text": "皮疹"}
    medicines = resources(bundle, "MedicationStatement")
    assert medicines[0]["dosage"] == [{"text": "500mg 每日2次"}]
    assert "dosage" not in medicines[1]
    conditions = {
        each["code"]["text"]: each["verificationStatus"]["coding"][0]["code"] for each in resources(bundle, "Condition")
    }
    assert conditions == {"糖尿病": "unconfirmed", "高血压": "refuted"}
    assert [each["status"] for each in resources(bundle, "Procedure")] == ["not-done"]
    (smoking,) = [each for each in resources(bundle, "Observation") if each["code"]["text"] == "吸烟"]
    assert "dataAbsentReason" in smoking
    assert "valueBoolean" not in smoking
    assert [each["relationship"]["text"] for each in resources(bundle, "FamilyMemberHistory")] == ["母亲"]


@releases
def test_no_allergies_at_all_is_an_empty_section_and_no_resource(release: Release) -> None:
    start = intake("ug")
    none = replace(start.note, allergies=(Allergy(substance="未指明", status="denied"),))
    bundle = of(replace(start, note=none), release)
    assert resources(bundle, "AllergyIntolerance") == []
    (section,) = [each for each in bundle["entry"][0]["resource"]["section"] if each["title"] == "过敏史"]
    assert section["emptyReason"]["coding"][0]["code"] == "nilknown"
    silent = of(replace(start, note=replace(start.note, allergies=())), release)
    (section,) = [each for each in silent["entry"][0]["resource"]["section"] if each["title"] == "过敏史"]
    assert "emptyReason" not in section  # not mentioned is not denied


@releases
@pytest.mark.parametrize(
    ("status", "answer"), [("present", "LA15173-0"), ("denied", "LA26683-5"), ("uncertain", "LA4489-6")]
)
def test_pregnancy(status: Any, answer: str, release: Release) -> None:
    start = intake("ug")
    bundle = of(replace(start, note=replace(start.note, pregnancy=Pregnancy(status=status, weeks=32))), release)
    found = {
        each["code"]["coding"][0]["code"]: each for each in resources(bundle, "Observation") if "coding" in each["code"]
    }
    assert found["82810-3"]["valueCodeableConcept"]["coding"][0]["code"] == answer
    assert ("18185-9" in found) == (status == "present")


@releases
def test_who_reported_age_and_engines(release: Release) -> None:
    start = intake("ug")
    spans = (TranslationSpan(zh="头痛", channel="neural", engine="nllb@600m", start=0, end=4),)
    start = replace(
        start,
        note=replace(start.note, person=Person(reporter="parent", age_years=0.25, sex="female")),
        utterances=(replace(start.utterances[0], engine="whisper@base-1"),),
        translations=(Translation(utterance_id="u1", zh="头痛", channel="neural", engine="nllb@600m", spans=spans),),
    )
    bundle = of(start, release)
    (parent,) = resources(bundle, "RelatedPerson")
    informant = next(
        agent
        for agent in resources(bundle, "Provenance")[0]["agent"]
        if agent["type"]["coding"][0]["code"] == "informant"
    )
    assert informant["who"]["reference"] == f"urn:uuid:{parent['id']}"
    (patient,) = resources(bundle, "Patient")
    assert patient["gender"] == "female"
    assert "name" not in patient
    assert "birthDate" not in patient
    (age,) = [each for each in resources(bundle, "Observation") if each["code"]["text"] == "年龄"]
    assert age["valueQuantity"] == {"value": 3, "unit": "个月", "system": codes.UCUM, "code": "mo"}
    devices = [each["identifier"][0]["value"] for each in resources(bundle, "Device")]
    assert devices == ["皮山县人民医院一号机@0.0.0", "whisper@base-1", "nllb@600m"]
    performers = [
        agent["who"]["reference"]
        for agent in resources(bundle, "Provenance")[0]["agent"]
        if agent["type"]["coding"][0]["code"] == "performer"
    ]
    assert performers == [f"urn:uuid:{each['id']}" for each in resources(bundle, "Device")[1:]]


@releases
def test_vital_signs_are_measured_by_a_nurse_and_in_ucum(release: Release) -> None:
    bundle = made("zh", release)
    measured = [
        each
        for each in resources(bundle, "Observation")
        if each.get("category", [{}])[0].get("coding", [{}])[0].get("code") == "vital-signs"
    ]
    assert [each["code"]["coding"][0]["code"] for each in measured] == [
        "8310-5",
        "8867-4",
        "9279-1",
        "85354-9",
        "2708-6",
    ]
    units = [each["valueQuantity"]["code"] for each in measured if "valueQuantity" in each]
    assert units == ["Cel", "/min", "/min", "%"]
    assert [part["valueQuantity"] for part in measured[3]["component"]] == [
        {"value": 150, "unit": "mmHg", "system": codes.UCUM, "code": "mm[Hg]"},
        {"value": 95, "unit": "mmHg", "system": codes.UCUM, "code": "mm[Hg]"},
    ]
    (nurse,) = resources(bundle, "Practitioner")
    assert {each["performer"][0]["reference"] for each in measured} == {f"urn:uuid:{nurse['id']}"}


@releases
def test_the_signer_and_the_digest_stand_in_the_provenance(release: Release) -> None:
    note = signed("ug")
    bundle = document.bundle(content.final(note), release)
    composition = bundle["entry"][0]["resource"]
    assert composition["status"] == "final"
    assert composition["attester"][0]["time"] == "2026-11-29T08:30:00Z"
    written, reviewed = resources(bundle, "Provenance")
    assert reviewed["entity"][0]["what"]["identifier"]["value"] == note.digest
    (nurse,) = resources(bundle, "Practitioner")
    assert nurse["name"] == [{"text": "王芳"}]
    assert [agent["who"]["reference"] for agent in reviewed["agent"]] == [f"urn:uuid:{nurse['id']}"]
    assert nurse["id"] not in json.dumps(written)


@releases
def test_a_draft_is_final_nowhere(release: Release) -> None:
    bundle = document.bundle(content.draft(draft("bo")), release)
    composition = bundle["entry"][0]["resource"]
    assert bundle["meta"]["tag"][0]["display"] == DRAFT
    assert DRAFT in composition["title"]
    assert "attester" not in composition
    statuses = {
        each["resource"].get("status")
        for each in bundle["entry"]
        if each["resource"]["resourceType"] in ("Observation", "Composition")
    }
    assert statuses == {"preliminary"}
    assert resources(bundle, "Practitioner") == []
    assert len(resources(bundle, "Provenance")) == 1


@releases
def test_a_second_version_is_another_document_of_the_same_note(release: Release) -> None:
    first = signed("ug")
    _, second = sign_again(first)
    one, two = (document.bundle(content.final(each), release) for each in (first, second))
    assert one["id"] != two["id"]
    assert one["identifier"] != two["identifier"]
    assert one["entry"][0]["resource"]["identifier"] == two["entry"][0]["resource"]["identifier"]
    (replaced,) = two["entry"][0]["resource"]["relatesTo"]
    before = replaced["resourceReference"]["identifier"] if release == "R5" else replaced["targetIdentifier"]
    assert before == one["identifier"]
    symptoms = [[each["id"] for each in resources(bundle, "Observation")] for bundle in (one, two)]
    assert symptoms[0] == symptoms[1]
    assert {each["name"][0]["text"] for each in resources(two, "Practitioner")} == {"李娜", "王芳"}


def test_identifiers_are_the_sites_own_where_it_names_a_base() -> None:
    bundle = document.bundle(content.final(signed("ug")), "R4B", base="https://his.example/kiosk/")
    assert bundle["identifier"]["system"] == "https://his.example/kiosk/document"
    parcel = document.parcel(content.final(signed("ug")), "R4B", base="https://his.example/kiosk")
    assert parcel.identifier == f"https://his.example/kiosk/document|{origin('ug').encounter_id}-1"
    assert json.loads(parcel.body)["id"] == parcel.id


# The interview.

AT = datetime(2026, 11, 29, 7, 50, tzinfo=UTC)


def interviewed(**consent: bool) -> Intake:
    agreed = Consent(at=AT, language="ug", **{"use": True, "recording": True, **consent})
    answers = (
        Answer(question="complaint", utterance_ids=("u1", "gone")),
        Answer(question="severity", values=("7",), asked="有多严重？0到10分"),
        Answer(question="family", outcome="skipped"),
    )
    talk = Interview(
        version="3", started_at=AT, ended_at=AT, ended="red_flag", answers=answers, consent=agreed, ticket="B2"
    )
    return replace(intake("bo"), interview=talk)


@releases
def test_an_interview_is_a_questionnaire_response_with_what_was_skipped(release: Release) -> None:
    bundle = of(interviewed(), release)
    (response,) = resources(bundle, "QuestionnaireResponse")
    assert response["status"] == "stopped"
    assert response["questionnaire"].endswith("|3")
    complaint, severity, family = response["item"]
    assert [each["valueString"] for each in complaint["answer"]] == [intake("bo").utterances[0].text]
    assert severity["answer"][0]["valueCoding"]["code"] == "7"
    assert severity["text"] == "有多严重？0到10分"
    assert family == {"linkId": "family"}
    assert [each["value"] for each in resources(bundle, "Patient")[0]["identifier"]] == [
        origin("xx").encounter_id,
        "B2",
    ]


@releases
def test_consent_says_what_was_agreed_to_and_what_was_not(release: Release) -> None:
    def denied(**consent: bool) -> list[str]:
        (given,) = resources(of(interviewed(**consent), release), "Consent")
        if release == "R5":
            assert given["decision"] == "permit"
            parts = given.get("provision", [])
        else:
            assert given["provision"]["type"] == "permit"
            parts = [each for each in given["provision"]["provision"] if each["type"] == "deny"]
        return [part["code"][0]["coding"][0]["code"] for part in parts]

    assert denied() == []
    assert denied(recording=False) == ["consent-recording"]
    silent = replace(interviewed(), interview=None)
    assert resources(of(silent, release), "Consent") == []
    assert resources(of(silent, release), "QuestionnaireResponse") == []


# Any words, the file of codes.


@settings(max_examples=25)
@given(st.text(max_size=60), st.text(max_size=20))
def test_any_words_make_a_valid_document(words: str, name: str) -> None:
    start = intake("zh")
    start = replace(
        start,
        utterances=(replace(start.utterances[0], text=words),),
        note=replace(
            start.note,
            findings=(
                Finding(
                    code="cough",
                    name=name,
                    evidence=(Evidence(utterance_id="u1", text=words, start=0, end=len(words)),),
                ),
            ),
        ),
    )
    for release in RELEASES:
        of(start, release)


@releases
def test_what_a_nurse_writes_is_no_markup(release: Release) -> None:
    bundle = made("ug", release, (CorrectField(path="chief_complaint", value="<b>头痛</b> & 发热"),))
    divs = [value for key, value in walk(bundle) if key == "div"]
    assert any("&lt;b&gt;头痛&lt;/b&gt; &amp; 发热" in div for div in divs)
    assert not any("<b>" in div for div in divs)


def test_a_wrong_file_of_codes_is_named(tmp_path: Any) -> None:
    path = tmp_path / "fhir.toml"
    path.write_text("[notice]\nloinc = 1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"fhir.toml: notice.loinc"):
        codes.table(path)
    with pytest.raises(SettingsError, match="cannot be read"):
        codes.table(tmp_path / "none.toml")


def test_the_loinc_notice_goes_with_its_codes() -> None:
    assert "Regenstrief" in codes.table().notice.loinc


def test_the_same_note_gives_the_same_bytes() -> None:
    write: Callable[[], list[bytes]] = lambda: [export.write(signed("ug"), form) for form in export.FORMS]  # noqa: E731
    assert write() == write()


@releases
def test_everything_that_is_stated_is_linked_from_a_section(release: Release) -> None:
    start = intake("bo")
    start = replace(start, note=replace(start.note, person=Person(age_years=61)))
    bundle = of(start, release)
    sections = bundle["entry"][0]["resource"]["section"]
    linked = {each["reference"] for section in sections for each in section.get("entry", [])}
    kinds = ("Observation", "Condition", "Procedure", "AllergyIntolerance", "MedicationStatement", "Flag")
    stated = {f"urn:uuid:{each['id']}" for kind in kinds for each in resources(bundle, kind)}
    assert stated <= linked
    assert any(each["code"].get("text") == "年龄" for each in resources(bundle, "Observation"))
