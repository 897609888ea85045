"""Which question next: ``config/interview.toml`` and a state machine over it. Pure; it knows no screen and no clock.

The first question that is still open and fits what is known comes next, each at most once, so that every interview
ends. A question can always be skipped, the last answer taken back. A red flag ends the interview at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kiosk import lexicon, phrasebook, prompts, resources, toml_files, triage
from kiosk.answers import Answer, Ending
from kiosk.encounter import Finding, Note
from kiosk.errors import SettingsError

Kind = Literal["consent", "choice", "number", "phrases", "body_map", "scale", "yes_no", "readback", "done"]
About = Literal[
    "who",
    "sex",
    "age",
    "complaint",
    "site",
    "time",
    "severity",
    "companions",
    "course",
    "character",
    "trigger",
    "relief",
    "medicines",
    "allergies",
    "illnesses",
    "weeks",
    "concept",
]

CHILD_BELOW_YEARS = 14.0
"""Patients below this age are asked what children are asked (儿科: under 14 years)."""

YES, NO, UNKNOWN = "answer_yes", "answer_no", "answer_unknown"
"""The phrases of the phrasebook that answer a yes/no question by touch."""

NONE_OF_THESE = "answer_none_of_these"

_PLAIN_KINDS = frozenset({"consent", "readback", "done"})


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(_Table):
    """One question; the head of ``config/interview.toml`` says what each key means."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: Kind
    zh: str = Field(min_length=1)
    about: About | None = None
    set: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    listen: str = ""
    options: tuple[str, ...] = ()
    phrase: str = ""
    yes: str = ""
    single: bool = False
    grouped: bool = False
    first: tuple[str, ...] = ()
    branch: str = ""
    optional: bool = False
    if_sex: Literal["female", "male"] | None = None
    min_age: float | None = None
    max_age: float | None = None
    child: bool | None = None
    pregnant: bool = False
    if_findings: tuple[str, ...] = ()
    unless_findings: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Question:
        wrong = {
            "choice": not self.options,
            "phrases": not (self.set or self.phrases),
            "body_map": not self.set,
            "scale": not self.set,
            "yes_no": not self.phrase,
        }
        if wrong.get(self.kind, False):
            raise ValueError(f"a question of kind {self.kind} lacks its options, set or phrase")
        if self.about is None and self.kind not in (*_PLAIN_KINDS, "yes_no"):
            raise ValueError("about is missing")
        return self

    @property
    def counts(self) -> bool:
        """Whether it is one of the questions that are limited."""
        return self.kind not in _PLAIN_KINDS

    @property
    def heard_as(self) -> str | None:
        """The question of the phrasebook whose phrases speech is compared with; None where speech is not understood."""
        if self.listen or self.kind == "yes_no":
            return self.listen or "answer"
        return self.set[0] if self.set else None


class Branch(_Table):
    """What calls for the follow-ups of one kind of complaint. All conditions that it names must hold."""

    id: str
    any: tuple[str, ...] = ()
    child: bool = False
    pregnant: bool = False


class Limits(_Table):
    questions: int = Field(ge=3)
    follow_ups: int = Field(ge=0)


class RedFlags(_Table):
    go_on: tuple[str, ...] = ()


class Questions(_Table):
    """All questions of one version."""

    version: str
    limits: Limits
    red_flags: RedFlags
    branch: tuple[Branch, ...]
    question: tuple[Question, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Questions:
        ids = [question.id for question in self.question]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"questions stand twice: {', '.join(twice)}")
        branches = {branch.id for branch in self.branch}
        if lost := sorted({q.branch for q in self.question if q.branch} - branches):
            raise ValueError(f"unknown branches: {', '.join(lost)}")
        if [q.kind for q in self.question if not q.counts][-2:] != ["readback", "done"]:
            raise ValueError("the last questions are readback and done")
        return self

    @cached_property
    def by_id(self) -> Mapping[str, Question]:
        """The questions by id."""
        return {question.id: question for question in self.question}

    def __getitem__(self, name: str) -> Question:
        return self.by_id[name]


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


def sentence(question: Question, language: str) -> str:
    """Return what asks a question on the screen; empty where it has no sentence in this language."""
    shown = prompts.load(language)
    if question.kind != "yes_no":
        return shown.questions.get(question.id, "")
    phrase = next((each for each in phrasebook.load(language) if each.phrase_id == question.phrase), None)
    return f"“{phrase.text}” {shown.is_it_so}" if phrase is not None else ""


def meaning(question: Question) -> str:
    """Return the concept that a yes to a yes/no question states; empty where the phrase says more than a concept."""
    return question.yes or _concept_of(question.phrase)


@cache
def _concept_of(phrase_id: str) -> str:
    return next((phrase.concept for phrase in phrasebook.load("zh") if phrase.phrase_id == phrase_id), "")


@cache
def load(path: Path | None = None) -> Questions:
    """Read the questions.

    Raises:
        SettingsError: the file is wrong, or names a phrase, a question of the phrasebook, a finding or a red flag that
            does not exist.
    """
    path = path or resources.share("config") / "interview.toml"
    found = toml_files.load(Questions, path, remedy="The head of the file explains it.")
    for lost in _unknown_names(found):
        raise SettingsError(f"{path} names {lost}, which does not exist.", remedy="Correct the name.")
    return found


def _unknown_names(questions: Questions) -> Iterator[str]:
    sets = phrasebook.questions()
    phrases = {phrase.phrase_id for phrase in phrasebook.load("zh")}
    concepts = lexicon.concepts()
    flags = {rule.id for rule in triage.rules()}
    sentences = prompts.load(prompts.FALLBACK)
    for question in questions.question:
        if question.kind not in ("yes_no", "done"):
            yield from _missing([question.id], sentences.questions, "the sentence (config/prompts)")
        own = [option for option in question.options if not option.startswith("who_")]
        yield from _missing(own, sentences.options, "the option (config/prompts)")
        chosen = [option for option in question.options if option.startswith("who_")]
        yield from _missing(
            (*question.phrases, *question.first, *chosen, *filter(None, [question.phrase])), phrases, "the phrase"
        )
        yield from _missing((*question.set, *filter(None, [question.listen])), sets, "the set of phrases")
        yield from _missing(filter(None, [question.yes]), concepts, "the concept")
        for name in (*question.if_findings, *question.unless_findings):
            yield from _missing(name.split("@"), concepts, "the concept")
    for branch in questions.branch:
        for name in branch.any:
            yield from _missing(name.split("@"), concepts, "the concept")
    yield from _missing(questions.red_flags.go_on, flags, "the red flag")


def _missing(names: Iterator[str] | Sequence[str] | Any, known: Any, what: str) -> Iterator[str]:
    yield from (f"{what} {name!r}" for name in names if name not in known)
