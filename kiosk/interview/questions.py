"""What can be asked: ``config/interview.toml``, read and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from kiosk import lexicon, phrasebook, prompts, resources, toml_files, triage
from kiosk.errors import SettingsError
from kiosk.toml_files import Section

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


_PLAIN_KINDS = frozenset({"consent", "readback", "done"})


class Question(Section):
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


class Branch(Section):
    """What calls for the follow-ups of one kind of complaint. All conditions that it names must hold."""

    id: str
    any: tuple[str, ...] = ()
    child: bool = False
    pregnant: bool = False


class Limits(Section):
    questions: int = Field(ge=3)
    follow_ups: int = Field(ge=0)


class RedFlags(Section):
    go_on: tuple[str, ...] = ()


class Questions(Section):
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
