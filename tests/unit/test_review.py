"""Note and decisions: what is open, what a correction does, what a signature is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import codec, review
from kiosk.answers import Confirmation, Interview
from kiosk.encounter import (
    Allergy,
    Caution,
    Evidence,
    Finding,
    Intake,
    LanguageChoice,
    Medication,
    Note,
    Pregnancy,
    RedFlag,
    Timing,
    Translation,
    Utterance,
)
from kiosk.errors import DecisionError, TamperError
from kiosk.review.decisions import (
    AddItem,
    AddVitals,
    AskInterpreter,
    Body,
    ChangeStatus,
    ConfirmItem,
    CorrectField,
    Decision,
    RepeatQuestion,
    SeeFlag,
    SettleWarning,
    Sign,
    Undo,
    Vitals,
)
from kiosk.review.records import Line, Review, ReviewedNote

AT = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
BLOCKING = Caution(kind="negation", detail="原话有否定，译文没有", blocking=True)
EVIDENCE = (Evidence(utterance_id="u1", text="knee", start=0, end=4),)
TAPPED = (Evidence(utterance_id="u2", text="fever", start=0, end=5),)
INTAKE = Intake(
    language=LanguageChoice(code="en"),
    audio=None,
    utterances=(
        Utterance(id="u1", text="knee pain", language="en", mode="transcript", engine="whisper@base"),
        Utterance(id="u2", text="fever", language="en", mode="tap"),
    ),
    translations=(Translation(utterance_id="u1", zh="右膝痛", channel="neural", engine="x@1", warnings=(BLOCKING,)),),
    note=Note(
        chief_complaint="右膝痛3天",
        findings=(
            Finding(code="knee_pain", name="右膝痛", laterality="右", body_site="膝", evidence=EVIDENCE),
            Finding(code="fever", name="发热", evidence=TAPPED),
            Finding(code="cough", name="咳嗽", status="denied", evidence=EVIDENCE),
        ),
        allergies=(Allergy(substance="青霉素", status="present", evidence=EVIDENCE),),
        medications=(Medication(name="二甲双胍", dose="500mg", evidence=EVIDENCE),),
        red_flags=(RedFlag(id="limb", name="肢体无力", evidence=EVIDENCE),),
        warnings=(BLOCKING, Caution(kind="uncertain", detail="识别把握较低")),
        text="【草稿】",
    ),
    timing=Timing(),
)


def decided(*bodies: Body, start: Review | None = None) -> Review:
    seen = start or review.assess(INTAKE)
    for body in bodies:
        decision = review.consider(seen, body, author="wang", author_name="王芳", at=AT)
        seen = review.assess(seen.intake, (*seen.decisions, decision), revision=seen.revision)
    return seen


READY: tuple[Body, ...] = (SettleWarning(key="w0", verdict="stands"), SeeFlag(flag="limb"))


def line(seen: Review, path: str) -> Line:
    return next(each for each in seen.lines if each.path == path)


def test_standing() -> None:
    seen = review.assess(INTAKE)
    standing = {each.path: each.standing for each in seen.lines}
    assert standing["findings/0"] == "unconfirmed"  # heard by a machine
    assert standing["findings/1"] == "confirmed"  # touched by the patient
    assert standing["findings/2"] == "denied"
    seen = decided(ConfirmItem(path="findings/0"), ChangeStatus(path="findings/1", status="not_mentioned"))
    assert line(seen, "findings/0").standing == "confirmed"
    assert line(seen, "findings/1").standing == "not_mentioned"
    assert "发热" not in seen.note.text
    assert (seen.state, review.assess(INTAKE).state) == ("review", "waiting")


def test_what_the_patient_rejected_is_decided_line_by_line() -> None:
    caution = Caution(kind="rejected_by_patient", detail="复述核对时患者否认：右膝痛", blocking=True)
    read_back = (
        Confirmation(path="findings/0", verdict="rejected"),
        Confirmation(path="findings/1", verdict="confirmed"),
    )
    asked = Interview(version="1", started_at=AT, ended_at=AT, confirmations=read_back)
    intake = replace(INTAKE, interview=asked, note=replace(INTAKE.note, warnings=(caution,), red_flags=()))
    intake = replace(intake, translations=())
    seen = review.assess(intake)
    assert [(each.kind, each.key) for each in seen.open] == [("rejected", "findings/0")]
    assert line(seen, "findings/0").standing == "rejected"
    for body in (
        ConfirmItem(path="findings/0"),
        ChangeStatus(path="findings/0", status="denied"),
        ChangeStatus(path="findings/0", status="not_mentioned"),
        CorrectField(path="findings/0/laterality", value="左"),
    ):
        assert not decided(body, start=seen).open
    # What is not a line of the note is asked for by the warning.
    pregnant = replace(asked, confirmations=(*read_back, Confirmation(path="pregnancy", verdict="rejected")))
    kinds = [each.kind for each in review.assess(replace(intake, interview=pregnant)).open]
    assert kinds == ["warning", "rejected"]


def test_a_phrase_is_confirmed_when_the_patient_chose_it_not_when_a_machine_did() -> None:
    for engine, expected in (("person", "confirmed"), ("whisper@base", "unconfirmed")):
        first = replace(INTAKE.utterances[0], mode="phrase", engine=engine)
        seen = review.assess(replace(INTAKE, utterances=(first, *INTAKE.utterances[1:])))
        assert line(seen, "findings/0").standing == expected


def test_the_side_changes_the_name_and_the_complaint_and_keeps_the_original() -> None:
    seen = decided(CorrectField(path="findings/0/laterality", value="左"))
    assert line(seen, "findings/0").text.startswith("左膝痛")
    assert line(seen, "findings/0").original == "右膝痛"
    assert "左膝痛" in seen.note.chief_complaint
    assert seen.intake is INTAKE
    assert seen.note.text.startswith("【草稿")


def test_the_nurses_own_complaint_is_kept() -> None:
    assert review.assess(INTAKE).note.chief_complaint == INTAKE.note.chief_complaint
    seen = decided(
        CorrectField(path="chief_complaint", value="左膝痛4天"), ChangeStatus(path="findings/0", status="denied")
    )
    assert seen.note.chief_complaint == "左膝痛4天"


def test_what_is_missing_is_added_and_can_be_corrected() -> None:
    seen = decided(
        AddItem(section="findings", value={"code": "rash", "name": "皮疹"}),
        AddItem(section="allergies", value={"substance": "磺胺", "status": "present"}),
    )
    assert line(seen, "findings/+1").original is None
    seen = decided(CorrectField(path="findings/+1/severity", value="重"), Undo(number=2), start=seen)
    assert "重度皮疹" in seen.note.text
    assert "磺胺" not in seen.note.text


def test_duration_pregnancy_and_person_are_fields() -> None:
    seen = decided(
        CorrectField(path="findings/0/duration", value={"value": 5, "unit": "d"}),
        CorrectField(path="pregnancy", value={"status": "present", "weeks": 28}),
        CorrectField(path="person/age_years", value=34),
        CorrectField(path="medications/0/dose", value="850mg"),
    )
    assert seen.note.findings[0].duration is not None
    assert (seen.note.findings[0].duration.value, seen.note.pregnancy) == (5, Pregnancy(status="present", weeks=28))
    assert all(words in seen.note.text for words in ("5天", "妊娠28周", "年龄：34岁", "850mg"))
    assert decided(ChangeStatus(path="pregnancy", status="not_mentioned"), start=seen).note.pregnancy is None


@pytest.mark.parametrize(
    "body",
    [
        CorrectField(path="findings/9/name", value="x"),
        CorrectField(path="findings/0/laterality", value="中间"),
        CorrectField(path="findings/0/evidence", value=[]),
        CorrectField(path="findings/0/nothing", value=1),
        CorrectField(path="findings/0/nrs", value="seven"),
        CorrectField(path="red_flags/0/name", value="x"),
        CorrectField(path="text", value="x"),
        CorrectField(path="chief_complaint", value="  "),
        CorrectField(path="pregnancy/weeks", value=3),
        ChangeStatus(path="medications/0", status="denied"),
        ChangeStatus(path="allergies/7", status="denied"),
        AddItem(section="findings", value={"name": "无代码"}),
        SettleWarning(key="w9", verdict="stands"),
        SeeFlag(flag="nothing"),
        Undo(number=1),
        Sign(note=INTAKE.note, vitals=Vitals(), digest=""),
    ],
)
def test_what_does_not_fit_is_refused(body: Body) -> None:
    with pytest.raises(DecisionError):
        decided(body)


def test_nothing_is_signed_while_something_is_open() -> None:
    seen = review.assess(INTAKE)
    assert [(each.kind, each.key) for each in seen.open] == [("flag", "limb"), ("warning", "w0")]
    assert [each.utterance_id for each in seen.warnings] == ["u1", None]
    for bodies in ((), READY[:1], READY[1:]):
        with pytest.raises(DecisionError, match="missing"):
            review.sign(decided(*bodies), author="wang", author_name="王芳", at=AT)
    decision, signed = review.sign(decided(*READY), author="wang", author_name="王芳", at=AT)
    assert isinstance(decision.body, Sign)
    assert signed.signer_name == "王芳"


def test_a_blocking_warning_that_the_note_forgot_still_blocks() -> None:
    forgetful = replace(INTAKE, note=replace(INTAKE.note, warnings=(), red_flags=()))
    assert [each.key for each in review.assess(forgetful).open] == ["s0"]


def test_undo_and_undo_of_the_undo() -> None:
    seen = decided(AddVitals(vitals=Vitals(pulse=80)), AddVitals(vitals=Vitals(pulse=90)))
    last = review.undoable(seen)
    assert last is not None
    assert last.number == 2
    seen = decided(Undo(number=2), start=seen)
    assert seen.vitals.pulse == 80
    assert len(seen.decisions) == 3  # nothing is removed
    assert decided(Undo(number=3), start=seen).vitals.pulse == 90


def test_undoing_a_settled_warning_opens_it_again() -> None:
    assert not decided(*READY).open
    assert [each.key for each in decided(*READY, Undo(number=1)).open] == ["w0"]


def test_what_was_asked_for() -> None:
    seen = decided(AskInterpreter(), RepeatQuestion(question="allergy"))
    assert [each.body.kind for each in seen.wanted] == ["interpreter", "repeat"]


def signed_review() -> tuple[Review, ReviewedNote]:
    ready = decided(*READY, AddVitals(vitals=Vitals(temperature_c=38.5, systolic=120, diastolic=80)))
    decision, signed = review.sign(ready, author="wang", author_name="王芳", at=AT)
    return review.assess(INTAKE, (*ready.decisions, decision)), signed


def test_a_signature_is_read_back_and_nothing_else_makes_one() -> None:
    seen, signed = signed_review()
    assert review.reviewed(seen) == signed
    assert "血压120/80mmHg" in signed.note.text
    assert signed.note.text.startswith("审核签名：王芳（wang）2026-11-29 08:00 UTC")
    assert review.reviewed(decided(*READY)) is None
    with pytest.raises(TypeError, match="signature"):
        replace(signed, _seal=None)


def test_a_signed_note_that_was_altered_is_not_one() -> None:
    seen, _ = signed_review()
    last = seen.decisions[-1]
    assert isinstance(last.body, Sign)
    forged = replace(last, body=replace(last.body, note=replace(last.body.note, chief_complaint="头痛")))
    with pytest.raises(TamperError):
        review.reviewed(review.assess(INTAKE, (*seen.decisions[:-1], forged)))
    with pytest.raises(TamperError):
        review.reviewed(review.assess(replace(INTAKE, language=LanguageChoice(code="ru")), seen.decisions))


def test_a_change_after_the_signature_needs_another_one() -> None:
    seen, _ = signed_review()
    with pytest.raises(DecisionError, match="cannot be undone"):
        decided(Undo(number=seen.decisions[-1].number), start=seen)
    assert review.undoable(seen) is None
    changed = decided(CorrectField(path="findings/1/severity", value="重"), start=seen)
    assert changed.state == "review"
    assert changed.signature is not None
    assert review.reviewed(changed) is None


def test_a_new_revision_is_looked_at_afresh() -> None:
    seen = decided(*READY, ChangeStatus(path="findings/0", status="denied"), AddVitals(vitals=Vitals(pulse=80)))
    again = review.assess(INTAKE, seen.decisions, revision=2)
    assert line(again, "findings/0").standing == "unconfirmed"
    assert [each.key for each in again.open] == ["w0"]  # the flag was seen, the warning is of the new note
    assert again.vitals.pulse == 80


def test_decisions_are_kept_exactly() -> None:
    seen, _ = signed_review()
    for decision in (
        *seen.decisions,
        *decided(AskInterpreter(), AddItem(section="history", value={"code": "a", "name": "b"})).decisions,
    ):
        assert codec.load(Decision, codec.dump(decision)) == decision
    assert codec.load(Intake, codec.dump(INTAKE)) == INTAKE


def test_a_signature_outlives_a_field_that_a_later_version_adds() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Then:
        text: str
        marks: tuple[str, ...] = ()

    @dataclass(frozen=True, kw_only=True)
    class Now(Then):
        said_by: str | None = None
        seconds: dict[str, float] = field(default_factory=dict)

    assert codec.essence(Then(text="头痛")) == codec.essence(Now(text="头痛"))
    assert codec.essence(Now(text="头痛", said_by="x")) != codec.essence(Now(text="头痛"))
    assert codec.essence(Then(text="头痛", marks=("x",))) != codec.essence(Then(text="头痛"))
    records = (INTAKE, replace(INTAKE, note=replace(INTAKE.note, chief_complaint="咳嗽")))
    assert codec.essence(records[0]) != codec.essence(records[1])


@given(
    st.lists(
        st.one_of(
            st.builds(AddVitals, vitals=st.builds(Vitals, pulse=st.integers(40, 180))),
            st.builds(Undo, number=st.integers(1, 8)),
            st.builds(ChangeStatus, path=st.just("findings/0"), status=st.sampled_from(["present", "denied"])),
        ),
        max_size=10,
    )
)
def test_undoing_everything_gives_the_draft_back(bodies: list[Body]) -> None:
    seen = review.assess(INTAKE)
    for body in bodies:
        try:
            seen = decided(body, start=seen)
        except DecisionError:
            continue
    while (last := review.undoable(seen)) is not None:
        seen = decided(Undo(number=last.number), start=seen)
    untouched = review.assess(INTAKE)
    assert (seen.note, seen.vitals) == (untouched.note, untouched.vitals)


@pytest.mark.parametrize("vitals", [{"pulse": 5}, {"temperature_c": 50}, {"spo2": 101}, {"systolic": "high"}])
def test_vital_signs_have_their_ranges(vitals: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="vitals"):
        codec.build(AddVitals, {"vitals": vitals})
