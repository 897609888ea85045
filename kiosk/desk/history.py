"""What happened to a note, step by step: who did what and when, what the line said before and what it says after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kiosk import review
from kiosk.encounter import Intake
from kiosk.findings import chinese
from kiosk.review.decisions import AddItem, ChangeStatus, ConfirmItem, CorrectField, Decision, SeeFlag, SettleWarning
from kiosk.review.records import Review
from kiosk.store.shelf import Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step.

    Attributes:
        decision: None for a writing-up by an engine.
        revision: the writing-up that it is about, or that it is.
        engines: of a writing-up: what made it, ``name@revision`` each.
        before, after: the line that it is about, in Chinese; empty where there is none.
        counts: False when it was taken back.
    """

    at: datetime
    author: str
    revision: int
    decision: Decision | None = None
    engines: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    counts: bool = True


def steps(revisions: Sequence[Revision], decisions: Sequence[Decision]) -> tuple[Step, ...]:
    """Return all that happened, in order: each writing-up before the decisions about it."""
    effective = {each.number for each in review.effective_of(decisions)}
    undoing = {each.number for each in decisions if each.body.kind in ("undo", "sign")}
    found: list[Step] = []
    for written in revisions:
        found.append(
            Step(
                at=written.at,
                author=written.author,
                revision=written.number,
                engines=engines_of(written.intake),
            )
        )
        seen = review.assess(
            written.intake, [each for each in decisions if each.revision < written.number], revision=written.number
        )
        for decision in (each for each in decisions if each.revision == written.number):
            until = [each for each in decisions if each.number <= decision.number]
            after = review.assess(written.intake, until, revision=written.number)
            found.append(
                Step(
                    at=decision.at,
                    author=decision.author_name,
                    revision=written.number,
                    decision=decision,
                    before=_line(seen, decision),
                    after=_line(after, decision),
                    counts=decision.number in effective | undoing,
                )
            )
            seen = after
    return tuple(found)


def engines_of(intake: Intake) -> tuple[str, ...]:
    """Return the engines that made an intake, ``name@revision`` each."""
    names = [each.engine for each in intake.utterances]
    names += [span.engine for each in intake.translations for span in each.spans]
    names += [each.engine for each in intake.translations]
    return tuple(dict.fromkeys(names))


def _line(seen: Review, decision: Decision) -> str:
    """Return what the note says at the place that a decision is about."""
    match decision.body:
        case CorrectField(path="chief_complaint"):
            return seen.note.chief_complaint
        case CorrectField(path=path) if path.startswith(("person", "pregnancy")):
            return _about_person(seen)
        case ChangeStatus(path="pregnancy"):
            return _about_person(seen)
        case CorrectField(path=path):
            return _item(seen, path.rpartition("/")[0])
        case ChangeStatus(path=path) | ConfirmItem(path=path):
            return _item(seen, path)
        case AddItem(section=section):
            return _item(seen, f"{section}/+{decision.number}")
        case SettleWarning(key=key):
            return next((each.caution.detail for each in seen.warnings if each.key == key), "")
        case SeeFlag(flag=flag):
            return next((each.flag.name for each in seen.flags if each.flag.id == flag), "")
        case _:
            return seen.vitals.text() if decision.body.kind == "vitals" else ""


def _item(seen: Review, path: str) -> str:
    line = next((each for each in seen.lines if each.path == path), None)
    if line is None:
        return ""
    return "（未述）" if line.standing == "not_mentioned" else line.text


def _about_person(seen: Review) -> str:
    person, pregnancy = seen.note.person, seen.note.pregnancy
    parts = [
        {"patient": "本人", "parent": "家长", "other": "他人"}[person.reporter],
        {"male": "男", "female": "女", None: ""}[person.sex],
        f"{person.age_years:g}岁" if person.age_years is not None else "",
        ""
        if pregnancy is None
        else {"present": "妊娠", "denied": "否认妊娠", "uncertain": "妊娠不详"}[pregnancy.status],
        chinese.gestation(pregnancy) if pregnancy is not None else "",
    ]
    return "，".join(part for part in parts if part)
