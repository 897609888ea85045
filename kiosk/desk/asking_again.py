"""One question asked again, at the nurse's station: the patient touches the answer, and the note is written up anew.

The kiosk cannot ask it: it reads nothing of the store. The nurse's station can, on the patient's own screen of that
question. The answer is the patient's as any other is: words of theirs in a new revision, understood by the same rules,
in place of what they answered before. What the nurse has decided stays, wherever the note still says the same.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kiosk import interview as questions
from kiosk import lexicon, note, prompts, review, sitting
from kiosk.answers import Answer, Confirmation, Interview
from kiosk.encounter import Caution, Intake, Note
from kiosk.errors import InputError
from kiosk.lexicon import matching
from kiosk.review.amendments import SECTIONS
from kiosk.review.decisions import (
    AddItem,
    Body,
    ChangeStatus,
    ConfirmItem,
    CorrectField,
    MeetRequest,
    RepeatQuestion,
    SettleWarning,
)
from kiosk.review.records import Review

_OF_THE_NOTE = frozenset({"rejected_by_patient", "unconfirmed", "draft_terms"})
"""Kinds of warnings that the note makes itself each time it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the patient chose on the screen of a question.

    Attributes:
        question: its id in ``config/interview.toml``.
        values: by machine name; words: the phrases that were touched, in the patient's language.
    """

    question: str
    values: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def askable(intake: Intake) -> tuple[str, ...]:
    """Return the questions that can be asked again: those that were asked first, then the others of the interview."""
    known = questions.load().by_id
    asked = [answer.question for answer in intake.interview.answers] if intake.interview is not None else []
    others = [name for name, question in known.items() if not question.branch]
    return tuple(dict.fromkeys(name for name in (*asked, *others) if name in known and known[name].counts))


def prepare(language: str) -> None:
    """Read a language's tables while the patient reads the question: the answer is then understood at once."""
    for code in dict.fromkeys((language, "zh")):
        lexicon.load(code)
        matching.matcher(code)


def answered(intake: Intake, given: Given, *, at: datetime) -> Intake:
    """Return the intake with the new answer in the place of the old one.

    Raises:
        InputError: the interview has no such question any more.
    """
    started = time.perf_counter()
    question = questions.load().by_id.get(given.question)
    if question is None:
        raise InputError("The interview has no such question any more.", remedy="Ask another one.")
    code = intake.language.code
    first = 1 + max((int(each.id.removeprefix("u")) for each in intake.utterances), default=0)
    tapped = sitting.tapped(given.words, language=code, question=given.question)
    said = tuple(replace(each, id=f"u{number}") for number, each in enumerate(tapped, start=first))
    kept = tuple(each for each in intake.utterances if each.question != given.question)
    ids = {each.id for each in kept}
    translations = (
        *(each for each in intake.translations if each.utterance_id in ids),
        *(sitting.in_chinese(each) for each in said),
    )
    answer = Answer(
        question=given.question,
        values=given.values,
        utterance_ids=tuple(each.id for each in said),
        asked=questions.sentence(question, prompts.FALLBACK),
    )
    before = intake.interview or Interview(version=questions.load().version, started_at=at, ended_at=at)
    answers = _in_place(before.answers, answer)

    def write(confirmations: Sequence[Confirmation] | None) -> Note:
        return note.write(
            (*kept, *said),
            translations,
            lexicon=lexicon.load(code),
            warnings=_of_the_recording(intake),
            answers=answers,
            confirmations=confirmations,
        )

    fresh = write(None)
    confirmations: tuple[Confirmation, ...] = ()
    if intake.interview is not None:  # nobody reads a single recording back
        confirmations = _confirmed(intake, fresh, before.confirmations, frozenset(each.id for each in said))
        fresh = write(confirmations)
    took_s = time.perf_counter() - started
    return replace(
        intake,
        utterances=(*kept, *said),
        translations=translations,
        note=fresh,
        timing=replace(intake.timing, note_s=took_s, total_s=took_s),
        interview=replace(before, answers=answers, confirmations=confirmations),
    )


def carried(seen: Review, fresh: Intake, question: str) -> tuple[Body, ...]:
    """Return the decisions that are to be made anew about the note of ``fresh``, and that the request is met.

    A correction of what the answer has changed is not among them: the nurse looks at that afresh.
    """
    places = _places(seen.intake.note, fresh.note)
    now = {(each.caution, each.utterance_id): each.key for each in review.assess(fresh).warnings}
    keys = {each.key: now.get((each.caution, each.utterance_id)) for each in seen.warnings}
    bodies: list[Body] = [
        MeetRequest(number=each.number)
        for each in seen.wanted
        if isinstance(each.body, RepeatQuestion) and each.body.question == question
    ]
    for each in seen.effective:
        body = _moved(each.body, places, keys, seen.intake.note, fresh.note) if each.revision == seen.revision else None
        if body is not None:
            bodies.append(body)
            if isinstance(body, AddItem):
                places[f"{body.section}/+{each.number}"] = f"{body.section}/+{len(seen.decisions) + len(bodies)}"
    return tuple(bodies)


def _in_place(answers: Sequence[Answer], answer: Answer) -> tuple[Answer, ...]:
    if all(each.question != answer.question for each in answers):
        return (*answers, answer)
    return tuple(answer if each.question == answer.question else each for each in answers)


def _of_the_recording(intake: Intake) -> tuple[Caution, ...]:
    """Return what the note warns of that comes with no utterance, no translation, and not from writing it."""
    theirs = {caution for each in intake.utterances for caution in each.warnings}
    theirs |= {caution for each in intake.translations for caution in each.warnings}
    return tuple(each for each in intake.note.warnings if each not in theirs and each.kind not in _OF_THE_NOTE)


def _places(before: Note, after: Note) -> dict[str, str]:
    """Return where each item of a note stands in another that has just the same item: path -> path."""
    places: dict[str, str] = {}
    for section in SECTIONS:
        there = list(getattr(after, section))
        for index, record in enumerate(getattr(before, section)):
            if record in there:
                places[f"{section}/{index}"] = f"{section}/{there.index(record)}"
    return places


def _confirmed(
    intake: Intake, fresh: Note, confirmations: Sequence[Confirmation], said: frozenset[str]
) -> tuple[Confirmation, ...]:
    """Return what the patient has confirmed: what they did before, where it still stands, and what they said now."""
    places = _places(intake.note, fresh)
    kept = [
        replace(each, path=places.get(each.path, each.path))
        for each in confirmations
        if each.path in places or each.path.partition("/")[0] not in SECTIONS
    ]
    known = {each.path for each in kept}
    for section in SECTIONS:
        for index, record in enumerate(getattr(fresh, section)):
            path = f"{section}/{index}"
            if path not in known and record.evidence and {each.utterance_id for each in record.evidence} <= said:
                kept.append(Confirmation(path=path, verdict="confirmed"))
    return tuple(kept)


def _moved(
    body: Body, places: Mapping[str, str], keys: Mapping[str, str | None], before: Note, after: Note
) -> Body | None:
    """Return a decision as it is made about the new note; None when it has no place there, or needs none."""
    match body:
        case AddItem():
            return body
        case SettleWarning(key=key):
            now = keys.get(key)
            return None if now is None else replace(body, key=now)
        case CorrectField(path="chief_complaint"):
            return body
        case CorrectField(path=path) | ChangeStatus(path=path) | ConfirmItem(path=path):
            head, _, rest = path.partition("/")
            if head == "person":
                return body if getattr(before.person, rest, None) == getattr(after.person, rest, None) else None
            if head == "pregnancy":
                return body if before.pregnancy == after.pregnancy else None
            place, _, name = rest.partition("/")
            moved = places.get(f"{head}/{place}")
            return None if moved is None else replace(body, path=f"{moved}/{name}" if name else moved)
        case _:
            return None
