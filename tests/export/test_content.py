"""What an export states: signed notes as signed, everything else as a draft, and every fact with its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk import export, review
from kiosk.errors import InputError, TamperError
from kiosk.export import content
from kiosk.note import DRAFT_MARK
from kiosk.review.decisions import AddItem, ChangeStatus, CorrectField
from kiosk.review.records import Review, ReviewedNote
from tests.export.conftest import ARRIVED, CORRECTIONS, LANGUAGES, VITALS, draft, intake, origin, signed, under_review


@pytest.mark.parametrize("form", export.FORMS)
def test_a_review_is_never_exported_as_signed(form: export.Form) -> None:
    again = review.assess(intake("ug"), signed("ug").decisions, origin=origin("ug"))
    assert again.state == "signed"
    for seen in (draft("ug"), again):
        made = content.draft(seen)
        assert (made.signed, made.signer) == (None, None)
        assert "draft" in export.file_name(made, form)
    assert "draft" not in export.file_name(content.final(signed("ug")), form)


def test_only_a_signature_makes_a_signed_content() -> None:
    with pytest.raises(TypeError):
        replace(signed("ug"), _seal=object())
    with pytest.raises(AttributeError):
        content.final(draft("ug"))  # type: ignore[arg-type]  # what mypy refuses, fails at run time too


def test_a_note_that_is_in_no_store_has_no_name_to_export_it_by() -> None:
    with pytest.raises(InputError, match="in no store"):
        export.write(under_review(intake("ug"), None), "text")


def test_an_unknown_form_is_named_with_those_there_are() -> None:
    with pytest.raises(InputError, match="slip"):
        export.write(draft("ug"), "docx")


def test_facts_keep_their_places_when_one_leaves_the_note_and_one_is_added() -> None:
    added = AddItem(section="findings", value={"code": "headache", "name": "头痛"})
    made = content.final(signed("ug", [ChangeStatus(path="findings/1", status="not_mentioned"), added]))
    paths = [fact.path for fact in made.findings]
    assert paths[:2] == ["findings/0", "findings/2"]
    assert paths[-1].startswith("findings/+")
    assert made.findings[-1].standing == "confirmed"
    assert [fact.record for fact in made.findings] == list(made.note.findings)


def test_what_an_older_version_signed_is_numbered_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    note, fewer = signed("ug"), replace(draft("ug"), lines=())
    monkeypatch.setattr(review, "assess", lambda *_, **__: fewer)
    made = content.final(note)
    assert [fact.path for fact in made.allergies] == ["allergies/0", "allergies/1"]
    assert {fact.standing for fact in made.allergies} == {"unconfirmed"}


@pytest.mark.parametrize("code", LANGUAGES)
def test_sections_are_the_signed_text_and_end_before_the_patients_words(code: str) -> None:
    made = content.final(signed(code, CORRECTIONS))
    titles = [part.title for part in made.sections]
    assert titles[0] in ("红旗", "陈述者")
    assert {"主诉", "现病史", "既往史", "过敏史", "用药史", "生命体征"} <= set(titles)
    assert not {"原话", "译文", "注意"} & set(titles)
    for part in made.sections:
        assert f"{part.title}：{part.text}" in made.note.text


def test_words_that_answer_a_question_are_no_section() -> None:
    made = content.draft(draft("ug"))
    text = made.note.text.replace("\n原话：", "\n【您哪里不舒服？】原话：")
    assert "【" in text.split("\n", 1)[1]
    asked = replace(made, note=replace(made.note, text=text))
    assert asked.sections == made.sections


def test_a_line_break_in_what_a_nurse_wrote_stays_in_its_section() -> None:
    made = content.final(signed("ug", [CorrectField(path="chief_complaint", value="头痛\n两天")]))
    assert {part.title: part.text for part in made.sections}["主诉"] == "头痛\n两天"


def test_vital_signs_keep_who_measured_them_and_when() -> None:
    made = content.final(signed("ug"))
    assert {each.field: each.value for each in made.vitals} == {
        "temperature_c": VITALS.temperature_c,
        "pulse": VITALS.pulse,
        "respiration": VITALS.respiration,
        "systolic": VITALS.systolic,
        "diastolic": VITALS.diastolic,
        "spo2": VITALS.spo2,
    }
    assert {each.at for each in made.vitals} == {ARRIVED + timedelta(minutes=1)}
    assert {each.by.account for each in made.vitals} == {"wang.fang"}


def test_the_engines_are_named_once_and_people_are_none() -> None:
    assert content.draft(draft("ug")).engines == ("verified@1",)


def sign_again(note: ReviewedNote) -> tuple[Review, ReviewedNote]:
    """Change a signed note and sign it again, an hour later."""
    seen = review.assess(note.intake, note.decisions, origin=note.origin)
    at = note.signed_at + timedelta(hours=1)
    body = CorrectField(path="findings/0/severity", value="重")
    decision = review.consider(seen, body, author="li.na", author_name="李娜", at=at)
    seen = review.assess(note.intake, (*seen.decisions, decision), origin=note.origin)
    signature, again = review.sign(seen, author="li.na", author_name="李娜", at=at)
    return review.assess(note.intake, (*seen.decisions, signature), origin=note.origin), again


def test_every_signature_is_a_version_and_the_earlier_ones_stay() -> None:
    first = signed("ug")
    now, second = sign_again(first)
    assert [content.final(each).version for each in (first, second)] == [1, 2]
    assert content.draft(draft("ug")).version == 1
    for number, note in enumerate((first, second), start=1):
        again = review.version([now.intake], now.decisions, number, origin=now.origin)
        assert again == note
    with pytest.raises(InputError, match="signed 2 times"):
        review.version([now.intake], now.decisions, 3)
    with pytest.raises(TamperError):
        review.version([intake("bo")], now.decisions, 1)


@pytest.mark.parametrize("code", LANGUAGES)
def test_text_names_the_signer_and_a_draft_says_so_first_and_last(code: str) -> None:
    note = signed(code)
    text = export.write(note, "text").decode()
    assert text.startswith(note.note.text)
    assert note.digest in text
    assert "草稿" not in text
    lines = export.write(draft(code), "text").decode().splitlines()
    assert (lines[0], lines[-1]) == (DRAFT_MARK, content.DRAFT)
    once = export.write(review.assess(note.intake, note.decisions, origin=note.origin), "text").decode().splitlines()
    assert (once[0], once[-1]) == (DRAFT_MARK, content.DRAFT)
