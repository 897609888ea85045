"""A question that is asked again: the new answer stands in the old one's place, and the nurse's decisions stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kiosk import interview, phrasebook, review, sitting
from kiosk.answers import Answer, Confirmation, Consent, Interview
from kiosk.desk import asking_again
from kiosk.desk.asking_again import Given
from kiosk.encounter import Intake
from kiosk.errors import InputError
from kiosk.review.decisions import (
    AddItem,
    AddVitals,
    AskInterpreter,
    Body,
    ChangeStatus,
    ConfirmItem,
    CorrectField,
    RepeatQuestion,
    SeeFlag,
    Vitals,
)
from kiosk.review.records import Review
from kiosk.sitting import Sitting

AT = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)


def words(*phrases: str, language: str = "ug") -> tuple[str, ...]:
    by_id = {each.phrase_id: each.text for each in phrasebook.load(language)}
    return tuple(by_id[name] for name in phrases)


def given(question: str, *phrases: str) -> Given:
    return Given(question=question, values=phrases, words=words(*phrases))


def interviewed(*answers: Given, confirmations: Sequence[Confirmation] = ()) -> Intake:
    """Return the intake of a patient who touched these phrases."""
    so_far = Sitting(language="ug")
    for each in answers:
        tapped = sitting.tapped(each.words, language="ug", question=each.question)
        so_far = sitting.with_answer(so_far, each.question, values=each.values, utterances=tapped)
    held = Interview(
        version="1",
        started_at=AT,
        ended_at=AT,
        answers=tuple(part.answer for part in so_far.parts),
        consent=Consent(use=True, recording=False, at=AT, language="ug"),
        confirmations=tuple(confirmations),
        ticket="7",
    )
    return sitting.intake(so_far, interview=held, confirmations=confirmations)


def decided(intake: Intake, *bodies: Body) -> Review:
    seen = review.assess(intake)
    for body in bodies:
        decision = review.consider(seen, body, author="wang.fang", author_name="王芳", at=AT)
        seen = review.assess(intake, (*seen.decisions, decision))
    return seen


def revised(seen: Review, answer: Given) -> Review:
    """Return the review after the answer, as the store keeps it."""
    fresh = asking_again.answered(seen.intake, answer, at=LATER)
    after = review.assess(fresh, seen.decisions, revision=seen.revision + 1)
    for body in asking_again.carried(seen, fresh, answer.question):
        decision = review.consider(after, body, author="wang.fang", author_name="王芳", at=LATER)
        after = review.assess(fresh, (*after.decisions, decision), revision=after.revision)
    return after


COMPLAINT = given("complaint", "headache", "cough")


def test_a_question_that_was_skipped_is_answered() -> None:
    before = interviewed(COMPLAINT)
    assert not before.note.allergies
    after = asking_again.answered(before, given("allergies", "allergy_penicillin"), at=LATER)
    assert [each.substance for each in after.note.allergies] == ["青霉素"]
    assert after.note.findings == before.note.findings
    said = after.utterances[-1]
    assert (said.question, said.mode, said.engine, said.language) == ("allergies", "tap", "person", "ug")
    assert after.note.allergies[0].evidence[0].utterance_id == said.id, "it leads back to the patient's words"
    assert after.translations[-1].utterance_id == said.id
    assert after.interview is not None
    answer = after.interview.answers[-1]
    assert (answer.question, answer.utterance_ids) == ("allergies", (said.id,))
    assert answer.asked == "对药物或食物过敏吗？"
    assert (after.interview.ticket, after.interview.consent) == ("7", before.interview and before.interview.consent)


def test_the_new_answer_stands_in_the_place_of_the_old_one() -> None:
    before = interviewed(COMPLAINT, given("since", "duration_3_days"), given("allergies", "allergy_penicillin"))
    after = asking_again.answered(before, given("since", "duration_2_weeks"), at=LATER)
    assert "2周" in after.note.chief_complaint
    assert "3天" not in after.note.text
    assert after.interview is not None
    assert [each.question for each in after.interview.answers] == ["complaint", "since", "allergies"]
    ids = [each.id for each in after.utterances]
    assert len(set(ids)) == len(ids), "no id means two utterances"
    assert {each.id for each in before.utterances if each.question == "since"}.isdisjoint(ids)


@pytest.mark.parametrize(("answer", "status"), [("answer_yes", "present"), ("answer_no", "denied")])
def test_yes_and_no(answer: str, status: str) -> None:
    before = interviewed(COMPLAINT, given("night_sweats", "answer_unknown"))
    after = asking_again.answered(before, given("night_sweats", answer), at=LATER)
    assert [each.status for each in after.note.findings if each.code == "night_sweats"] == [status]


def test_a_new_red_flag_is_a_red_flag() -> None:
    before = interviewed(given("complaint", "chest_pain"))
    seen = decided(before, *(SeeFlag(flag=each.id) for each in before.note.red_flags))
    assert not seen.open
    after = revised(seen, given("breath", "answer_yes"))
    fresh = {each.flag.id for each in after.flags} - {each.flag.id for each in seen.flags}
    assert fresh
    assert {each.key for each in after.open} == fresh, "what was seen stays seen, the new one must be seen"


def test_what_the_nurse_decided_stays() -> None:
    seen = decided(
        interviewed(COMPLAINT, given("since", "duration_3_days")),
        CorrectField(path="findings/0/severity", value="重"),
        AddItem(section="findings", value={"code": "fever", "name": "发热"}),
        CorrectField(path="findings/+2/severity", value="轻"),
        ChangeStatus(path="findings/1", status="not_mentioned"),
        CorrectField(path="person/age_years", value=45),
        AddVitals(vitals=Vitals(pulse=80)),
        AskInterpreter(),
        RepeatQuestion(question="allergies"),
    )
    after = revised(seen, given("allergies", "allergy_penicillin"))
    assert [each.body.kind for each in after.wanted] == ["interpreter"], "the question was answered"
    headache, cough, fever = (each for each in after.lines if each.section == "findings")
    assert "重" in headache.text
    assert cough.standing == "not_mentioned"
    assert (fever.record, fever.standing) == (next(e.record for e in seen.lines if "发热" in e.text), "confirmed")
    assert after.note.person.age_years == 45
    assert after.vitals == seen.vitals
    assert "青霉素" in after.note.text
    assert after.revision == 2


def test_what_the_answer_changed_is_looked_at_afresh() -> None:
    seen = decided(interviewed(COMPLAINT), ConfirmItem(path="findings/0"), ConfirmItem(path="findings/1"))
    after = revised(seen, given("since", "duration_3_days"))
    kept = [each.path for each in after.lines if each.changed_by]
    assert kept == ["findings/1"], "the headache has a duration now; the cough is as it was"


def test_what_the_patient_confirmed_stays_and_what_they_say_now_is_confirmed() -> None:
    before = interviewed(
        COMPLAINT,
        confirmations=[
            Confirmation(path="findings/0", verdict="confirmed"),
            Confirmation(path="findings/1", verdict="rejected"),
        ],
    )
    after = review.assess(asking_again.answered(before, given("allergies", "allergy_penicillin"), at=LATER))
    assert [each.standing for each in after.lines] == ["confirmed", "rejected", "confirmed"]
    assert [each.key for each in after.open] == ["findings/1"]


def test_what_nobody_has_read_back_is_still_said_to_be_unconfirmed() -> None:
    before = interviewed(COMPLAINT)
    after = asking_again.answered(before, given("allergies", "allergy_penicillin"), at=LATER)
    said = {each.kind: each.detail for each in after.note.warnings}
    assert said["unconfirmed"] == {each.kind: each.detail for each in before.note.warnings}["unconfirmed"]
    assert "青霉素" not in said["unconfirmed"], "the patient has just chosen it"


def test_an_encounter_without_an_interview() -> None:
    before = replace(interviewed(COMPLAINT), interview=None)
    after = asking_again.answered(before, given("allergies", "allergy_penicillin"), at=LATER)
    assert [each.substance for each in after.note.allergies] == ["青霉素"]
    assert {each.code for each in after.note.findings} == {each.code for each in before.note.findings}
    assert after.interview is not None
    assert after.interview.answers == (
        Answer(
            question="allergies",
            values=("allergy_penicillin",),
            utterance_ids=(after.utterances[-1].id,),
            asked="对药物或食物过敏吗？",
        ),
    )


def test_age_and_sex_have_no_words() -> None:
    before = interviewed(COMPLAINT, Given(question="sex", values=("male",)))
    after = asking_again.answered(before, Given(question="sex", values=("female",)), at=LATER)
    assert (after.note.person.sex, after.note.person.age_years) == ("female", None)
    after = asking_again.answered(after, Given(question="age", values=("45a",)), at=LATER)
    assert (after.note.person.sex, after.note.person.age_years) == ("female", 45)
    assert after.utterances == before.utterances


def test_what_can_be_asked() -> None:
    offered = asking_again.askable(interviewed(given("night_sweats", "answer_yes"), COMPLAINT))
    assert offered[:2] == ("night_sweats", "complaint"), "what was asked comes first"
    assert {"allergies", "medicines", "age"} <= set(offered)
    assert not {"use", "recording", "readback", "done", "arm"} & set(offered)
    assert all(interview.load()[name].counts for name in offered)


def test_a_question_that_is_gone() -> None:
    with pytest.raises(InputError, match="no such question"):
        asking_again.answered(interviewed(COMPLAINT), Given(question="shoe_size"), at=LATER)
