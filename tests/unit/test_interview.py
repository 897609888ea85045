"""Which question next: always an end, never twice, never too many, and what the complaint calls for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk import interview, lexicon, phrasebook, prompts, resources
from kiosk import settings as sites
from kiosk.answers import Answer, Outcome
from kiosk.encounter import Allergy, Duration, Finding, Note, Person, Pregnancy, RedFlag
from kiosk.errors import SettingsError
from kiosk.interview import State
from kiosk.interview.questions import Question

QUESTIONS = interview.load()
EMPTY = Note(chief_complaint="")


def answered(question: Question) -> Answer:
    """Return an answer that leads on: consent is a yes."""
    return Answer(question=question.id, values=("yes",) if question.kind == "consent" else ())


def through(note_at: Callable[[State], Note], *, skip: bool = False) -> State:
    """Answer everything, or skip it, and return the last state."""
    state = interview.start(QUESTIONS)
    while state.current is not None:
        question = QUESTIONS[state.current]
        given_now = answered(question)
        if skip and question.kind != "consent":
            given_now = Answer(question=question.id, outcome="skipped")
        state = interview.advance(QUESTIONS, state, given_now, note_at(state))
    return state


def asked(state: State) -> list[str]:
    return [answer.question for answer in state.answers]


def complaining(*codes: str, **more: object) -> Note:
    """Return a note with these complaints, once the complaint was asked."""
    findings = tuple(Finding(code=code, name=code) for code in codes)
    return Note(chief_complaint="", findings=findings, **more)  # type: ignore[arg-type]


def after_complaint(note: Note) -> Callable[[State], Note]:
    before = Note(chief_complaint="", person=note.person)
    return lambda state: note if "complaint" in asked(state) or state.current == "complaint" else before


CODES = sorted(
    concept.id for concept in lexicon.concepts().values() if concept.kind in ("finding", "generic", "disease")
)
OUTCOMES: tuple[Outcome, ...] = ("answered", "answered", "skipped")
notes = st.builds(
    Note,
    chief_complaint=st.just(""),
    findings=st.lists(
        st.builds(
            Finding,
            code=st.sampled_from(CODES),
            name=st.just("x"),
            status=st.sampled_from(["present", "denied", "uncertain"]),
            body_site=st.sampled_from([None, "头部"]),
            nrs=st.one_of(st.none(), st.integers(0, 6)),
            duration=st.sampled_from([None, Duration(value=3, unit="d")]),
        ),
        max_size=4,
    ).map(tuple),
    pregnancy=st.sampled_from([None, Pregnancy(status="present"), Pregnancy(status="denied")]),
    person=st.builds(
        Person,
        reporter=st.sampled_from(["patient", "parent", "other"]),
        age_years=st.sampled_from([None, 0.1, 3.0, 30.0, 80.0]),
        sex=st.sampled_from([None, "male", "female"]),
    ),
    red_flags=st.sampled_from([(), (), (), (RedFlag(id="chest_pain", name="胸痛"),)]),
)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_every_interview_ends_and_never_asks_twice(data: st.DataObject) -> None:
    """Whatever is answered, skipped or understood, and however the facts change from one answer to the next."""
    state = interview.start(QUESTIONS)
    steps = 0
    while state.current is not None:
        question = QUESTIONS[state.current]
        outcome: Outcome = data.draw(st.sampled_from(OUTCOMES))
        values = ("yes",) if data.draw(st.booleans()) else ("no",)
        reply = Answer(question=question.id, outcome=outcome, values=values)
        state = interview.advance(QUESTIONS, state, reply, data.draw(notes))
        steps += 1
        assert steps <= len(QUESTIONS.question)
    ids = asked(state)
    assert len(ids) == len(set(ids))
    counted = [name for name in ids if QUESTIONS[name].counts]
    assert len(counted) <= QUESTIONS.limits.questions
    assert sum(bool(QUESTIONS[name].branch) for name in ids) <= QUESTIONS.limits.follow_ups
    assert state.refused or state.ended is not None


@settings(max_examples=60, deadline=None)
@given(notes)
def test_skipping_always_leads_on(note: Note) -> None:
    state = through(lambda _state: note, skip=True)
    assert state.ended == ("red_flag" if note.red_flags else "complete")


@settings(max_examples=60, deadline=None)
@given(notes, st.integers(1, 8))
def test_back_shows_the_question_before_and_leads_to_an_end_all_the_same(note: Note, steps: int) -> None:
    calm = Note(chief_complaint="", findings=note.findings, person=note.person, pregnancy=note.pregnancy)
    state = interview.start(QUESTIONS)
    for _ in range(steps):  # fewer than any interview has
        state = forward(state, calm)
    taken_back = interview.back(QUESTIONS, state)
    assert taken_back.current == state.answers[-1].question
    assert taken_back.answers == state.answers[:-1]
    state = taken_back
    while state.ended is None:
        state = forward(state, calm)
    assert state.ended == "complete"


def forward(state: State, note: Note) -> State:
    """Answer the current question."""
    assert state.current is not None
    return interview.advance(QUESTIONS, state, answered(QUESTIONS[state.current]), note)


def test_consent_comes_first_and_without_use_nothing_follows() -> None:
    state = interview.start(QUESTIONS)
    assert state.current == "use"
    state = interview.advance(QUESTIONS, state, Answer(question="use", values=("no",)), EMPTY)
    assert (state.refused, state.current, state.ended) == (True, None, None)
    skipped = interview.start(QUESTIONS)
    skipped = interview.advance(QUESTIONS, skipped, Answer(question="use", outcome="skipped"), EMPTY)
    assert skipped.refused  # silence is no consent


def test_recording_may_be_refused_and_the_interview_goes_on() -> None:
    state = interview.start(QUESTIONS)
    state = interview.advance(QUESTIONS, state, Answer(question="use", values=("yes",)), EMPTY)
    state = interview.advance(QUESTIONS, state, Answer(question="recording", values=("no",)), EMPTY)
    assert state.current == "who"
    assert not interview.agreed(state.answer("recording"))


@pytest.mark.parametrize("code", ["headache", "cough", "abdominal_pain", "knee_pain", "fever", "diarrhea", "dizziness"])
def test_a_farmer_finishes_in_three_minutes(code: str) -> None:
    """At about ten seconds a question, twelve questions, two consents and the read-back take less."""
    state = through(after_complaint(complaining(code)))
    assert len([name for name in asked(state) if QUESTIONS[name].counts]) <= 12
    assert {"complaint", "since", "how_bad", "medicines", "allergies", "illnesses", "readback", "done"} <= set(
        asked(state)
    )


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        (complaining("chest_tightness"), ["arm", "sweat", "breath"]),
        (complaining("headache"), ["sudden_head", "stiff", "head_sight"]),
        (complaining("abdominal_pain"), ["belly_vomiting", "belly_stool", "black_stool"]),
        (complaining("vomiting"), ["stool_blood", "little_urine", "gut_fever"]),
        (complaining("cough"), ["lying", "cough_blood", "cough_fever"]),
        (complaining("fever"), ["fever_stiff", "fever_rash", "fever_cough"]),
        (complaining("fall"), ["fainted", "bleeds", "cannot_move"]),
        (complaining("eye_redness"), ["sight", "eye_chemical", "eye_hurts"]),
        (complaining("dizziness"), ["one_side", "speech", "passed_out"]),
        (complaining("cough", person=Person(age_years=2.0)), ["child_fever", "child_does_not_drink", "child_listless"]),
        (
            complaining("headache", pregnancy=Pregnancy(status="present", weeks=30), person=Person(sex="female")),
            ["bleeding_in_pregnancy", "movement", "waters"],
        ),
    ],
)
def test_the_complaint_calls_for_its_own_questions(note: Note, expected: Sequence[str]) -> None:
    follow_ups = [name for name in asked(through(after_complaint(note))) if QUESTIONS[name].branch]
    assert follow_ups == expected[: len(follow_ups)]
    assert len(follow_ups) >= 2


def test_what_is_known_is_not_asked() -> None:
    finding = Finding(
        code="headache", name="头痛", duration=Duration(value=3, unit="d"), nrs=5, aggravating=("行走时",)
    )
    stiff = Finding(code="stiff_neck", name="颈部僵硬", status="denied")
    told = Note(
        chief_complaint="", findings=(finding, stiff), allergies=(Allergy(substance="未指明", status="denied"),)
    )
    names = asked(through(after_complaint(told)))
    assert not {"since", "how_bad", "where", "stiff", "worse", "allergies"} & set(names)


def test_a_pain_without_a_place_is_asked_for_it() -> None:
    assert "where" in asked(through(after_complaint(complaining("pain"))))
    assert "where" not in asked(through(after_complaint(complaining("cough"))))


def test_pregnancy_is_asked_of_those_who_can_be_pregnant() -> None:
    def is_asked(**person: object) -> bool:
        note = complaining("abdominal_pain", person=Person(**person))  # type: ignore[arg-type]
        return "pregnant" in asked(through(after_complaint(note)))

    assert is_asked(sex="female", age_years=25.0)
    assert not is_asked(sex="female", age_years=70.0)
    assert not is_asked(sex="male", age_years=25.0)


def test_a_red_flag_ends_it_unless_the_site_lets_it_go_on() -> None:
    flagged = Note(chief_complaint="", red_flags=(RedFlag(id="chest_pain", name="胸痛"),))
    state = through(after_complaint(flagged))
    assert (state.ended, asked(state)[-1]) == ("red_flag", "complaint")
    patient = QUESTIONS.model_copy(
        update={"red_flags": QUESTIONS.red_flags.model_copy(update={"go_on": ("chest_pain",)})}
    )
    assert not interview.alarming(patient, flagged)


def test_no_more_questions_leads_to_the_read_back() -> None:
    state = interview.start(QUESTIONS)
    while state.current != "since":
        assert state.current is not None
        state = interview.advance(
            QUESTIONS, state, answered(QUESTIONS[state.current]), after_complaint(complaining("headache"))(state)
        )
    state = interview.hurry(QUESTIONS, state, complaining("headache"))
    assert state.current == "readback"
    state = interview.advance(QUESTIONS, state, Answer(question="readback"), complaining("headache"))
    state = interview.advance(QUESTIONS, state, Answer(question="done"), complaining("headache"))
    assert state.ended == "patient"


def test_only_the_current_question_can_be_answered() -> None:
    with pytest.raises(ValueError, match="the current question is 'use'"):
        interview.advance(QUESTIONS, interview.start(QUESTIONS), Answer(question="done"), EMPTY)


@pytest.mark.parametrize("language", [*sites.load().site.languages])
def test_every_question_can_be_asked_and_answered_in_every_language(language: str) -> None:
    sentences = prompts.load(language)
    phrases = {phrase.phrase_id for phrase in phrasebook.load(language)}
    for question in QUESTIONS.question:
        if question.kind == "yes_no":
            assert question.phrase in phrases, question.id
        elif question.kind != "done":
            assert sentences.questions[question.id]
        if question.kind == "consent":
            assert sentences.questions[f"{question.id}_refused"]
        for option in question.options:
            assert option in phrases or option in sentences.options, option
        assert phrases >= {*question.phrases, *question.first}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('phrase = "cold_sweat"', 'phrase = "cold_swaet"', "'cold_swaet'"),
        ('set = ["complaint"]', 'set = ["complaints"]', "'complaints'"),
        ('id = "sweat"', 'id = "arm"', "twice: arm"),
        ('branch = "chest"', 'branch = "chset"', "unknown branches: chset"),
        ("go_on = []", 'go_on = ["no_such_flag"]', "'no_such_flag'"),
        ('kind = "scale"', 'kind = "scales"', "kind"),
        ("optional = true", "optoinal = true", "optoinal"),
        ('id = "how_bad"', 'id = "how_much"', "'how_much'"),
        ("version = ", "version ", "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(before: str, after: str, expected: str, tmp_path: Path) -> None:
    text = (resources.share("config") / "interview.toml").read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "interview.toml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        interview.load(path)
    assert expected in str(raised.value)
    assert "interview.toml" in str(raised.value)
