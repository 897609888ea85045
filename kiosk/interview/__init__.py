"""Which question next: ``config/interview.toml`` and a state machine over it. Pure; it knows no screen and no clock.

The first question that is still open and fits what is known comes next, each at most once, so that every interview
ends. A question can always be skipped, the last answer taken back. A red flag ends the interview at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk import lexicon, triage
from kiosk.answers import Answer, Ending
from kiosk.encounter import Finding, Note
from kiosk.interview.questions import Branch, Question, Questions
from kiosk.interview.questions import load as load
from kiosk.interview.questions import meaning as meaning
from kiosk.interview.questions import sentence as sentence

CHILD_BELOW_YEARS = 14.0
"""Patients below this age are asked what children are asked (儿科: under 14 years)."""

YES, NO, UNKNOWN = "answer_yes", "answer_no", "answer_unknown"
"""The phrases of the phrasebook that answer a yes/no question by touch."""

NONE_OF_THESE = "answer_none_of_these"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How far an interview is.

    Attributes:
        answers: in the order in which they were given; the questions that have one are not asked again.
        current: the question that is shown; None when the interview has ended.
        ended: how it ended; None while it goes on. A refusal of consent has ``refused`` and no ending: nothing is kept.
        hurried: the patient wants no more questions; only the read-back is left.
    """

    answers: tuple[Answer, ...] = ()
    current: str | None
    ended: Ending | None = None
    refused: bool = False
    hurried: bool = False

    def answer(self, question: str) -> Answer | None:
        """Return the answer to a question, if it was asked."""
        return next((answer for answer in self.answers if answer.question == question), None)


def start(questions: Questions) -> State:
    """Return the state in which the first question is shown."""
    return State(current=questions.question[0].id)


def advance(questions: Questions, state: State, answer: Answer, note: Note) -> State:
    """Take the answer to the current question and return the next state.

    Args:
        note: of all answers so far, this one included.

    Raises:
        ValueError: the answer is to another question, or the interview has ended.
    """
    if state.current is None or answer.question != state.current:
        raise ValueError(f"the current question is {state.current!r}, not {answer.question!r}")
    question = questions[state.current]
    answered = replace(state, answers=(*state.answers, answer), current=None)
    if question.kind == "consent" and question.id == "use" and not agreed(answer):
        return replace(answered, refused=True)
    if question.kind == "done":
        return replace(answered, ended="patient" if state.hurried else "complete")
    if alarming(questions, note):
        return replace(answered, ended="red_flag")
    return replace(answered, current=_next(questions, answered, note))


def hurry(questions: Questions, state: State, note: Note) -> State:
    """Ask nothing more: go to the read-back."""
    hurried = replace(state, hurried=True)
    return replace(hurried, current=_next(questions, hurried, note))


def back(questions: Questions, state: State) -> State:
    """Take the last answer back and show its question again; the first question has nothing before it."""
    if not state.answers or state.ended is not None or state.refused:
        return state
    *earlier, last = state.answers
    return State(answers=tuple(earlier), current=questions[last.question].id)


def agreed(answer: Answer | None) -> bool:
    """Whether a consent was given. Silence, a skipped question and everything but a yes is a no."""
    return answer is not None and answer.outcome == "answered" and answer.values == ("yes",)


def alarming(questions: Questions, note: Note) -> bool:
    """Whether a red flag ends the interview."""
    return any(flag.id not in questions.red_flags.go_on for flag in note.red_flags)


def chief(note: Note) -> Finding | None:
    """Return the finding that questions about "it" are about: the first own complaint that is not denied or over."""
    own = [finding for finding in note.findings if finding.experiencer == "patient" and finding.status != "denied"]
    return next((finding for finding in own if finding.when == "current"), own[0] if own else None)


def progress(questions: Questions, state: State) -> float:
    """Return how much of the longest interview is behind, 0.0 to 1.0: for a bar that moves with each answer."""
    done = sum(questions[answer.question].counts for answer in state.answers)
    return min(1.0, done / questions.limits.questions)


def _next(questions: Questions, state: State, note: Note) -> str:
    asked = {answer.question for answer in state.answers}
    counted = sum(questions[name].counts for name in asked)
    follow_ups = sum(bool(questions[name].branch) for name in asked)
    branches = {branch.id for branch in questions.branch if _calls(branch, note)}
    open_ones = [
        question
        for question in questions.question
        if question.id not in asked
        and not (question.counts and state.hurried)
        and (not question.branch or question.branch in branches)
        and _fits(question, note)
        and not _known(question, note)
    ]
    room = questions.limits.questions - counted
    owed = sum(question.counts and not question.optional and not question.branch for question in open_ones)
    for question in open_ones:
        if not question.counts:
            return question.id
        if question.branch and (follow_ups >= questions.limits.follow_ups or room <= owed):
            continue
        if room <= (owed if question.optional else 0):
            continue
        return question.id
    raise AssertionError("an interview that has ended was asked for its next question")


def _fits(question: Question, note: Note) -> bool:
    person = note.person
    age = person.age_years
    return (
        question.if_sex in (None, person.sex)
        and (age is None or question.min_age is None or age >= question.min_age)
        and (age is None or question.max_age is None or age <= question.max_age)
        and (question.child is None or question.child == _is_child(note))
        and (not question.pregnant or _is_pregnant(note))
        and (not question.if_findings or any(_present(name, note) for name in question.if_findings))
        and not any(_present(name, note) for name in question.unless_findings)
    )


def _calls(branch: Branch, note: Note) -> bool:
    return (
        (not branch.child or _is_child(note))
        and (not branch.pregnant or _is_pregnant(note))
        and (not branch.any or any(_present(name, note) for name in branch.any))
    )


def _is_child(note: Note) -> bool:
    age = note.person.age_years
    return age < CHILD_BELOW_YEARS if age is not None else note.person.reporter == "parent"


def _is_pregnant(note: Note) -> bool:
    return note.pregnancy is not None and note.pregnancy.status != "denied"


def _present(name: str, note: Note) -> bool:
    return any(finding.status != "denied" and triage.names(name, finding) for finding in note.findings)


def _known(question: Question, note: Note) -> bool:
    """Whether the patient has already said what the question asks."""
    finding = chief(note)
    match question.about:
        case "sex":
            return note.person.sex is not None
        case "age":
            return note.person.age_years is not None
        case "site":
            # Only a pain or a swelling without a place has none; a cough needs none.
            concepts = lexicon.concepts()
            generic = finding is not None and finding.code in concepts and concepts[finding.code].kind == "generic"
            return not generic or finding is None or finding.body_site is not None
        case "time":
            return finding is None or bool(finding.duration or finding.onset)
        case "severity":
            return finding is None or finding.nrs is not None or finding.severity is not None
        case "trigger":
            return finding is None or bool(finding.aggravating)
        case "relief":
            return finding is None or bool(finding.relieving)
        case "course":
            return finding is None or finding.course is not None
        case "allergies":
            return bool(note.allergies)
        case "weeks":
            return note.pregnancy is None or note.pregnancy.weeks is not None
        case _:
            return question.kind == "yes_no" and _told(question, note)


def _told(question: Question, note: Note) -> bool:
    concept = meaning(question)
    if concept == "pregnancy":
        return note.pregnancy is not None
    codes = {finding.code for finding in note.findings} | {item.code for item in note.history}
    return concept in codes
