"""The note and the nurse's decisions: a reviewed note, or what is still open.

:func:`assess` is pure: the same intake and decisions always give the same :class:`Review`. A :class:`ReviewedNote`
can only come from a signature (:func:`sign`, :func:`reviewed`): whoever asks for one need not check anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from kiosk import codec, note
from kiosk.encounter import Caution, Intake, Note
from kiosk.errors import DecisionError, InputError, TamperError
from kiosk.review import amendments
from kiosk.review.amendments import Amended, Item
from kiosk.review.decisions import (
    AddVitals,
    AskInterpreter,
    Body,
    Decision,
    MeetRequest,
    RepeatQuestion,
    SeeFlag,
    SettleWarning,
    Sign,
    Undo,
    Vitals,
)
from kiosk.review.records import SEAL, Flagged, Line, Open, Origin, Review, ReviewedNote, Standing, Warned

_PERSON = "person"
"""The engine of words that a person chose or typed: a phrase that a machine has recognised names the machine."""

_REJECTED = "rejected_by_patient"
"""The kind of the note's warning that the patient took something back."""


def assess(
    intake: Intake, decisions: Sequence[Decision] = (), *, revision: int = 1, origin: Origin | None = None
) -> Review:
    """Put an intake and the decisions about it together.

    Args:
        intake: the revision to look at, the newest one.
        decisions: all of the encounter's, in order. Corrections of an older revision's note are left out of this one's:
            the nurse looks at it afresh; vital signs, red flags seen and what was asked for carry over.

    Raises:
        DecisionError: a decision does not fit the note.
    """
    effective = effective_of(decisions)
    amended = amendments.apply(intake.note, [each for each in effective if each.revision == revision])
    vitals = _vitals(effective)
    warnings = _warnings(intake, effective, revision)
    seen = {each.body.flag: each for each in effective if isinstance(each.body, SeeFlag)}
    flags = tuple(Flagged(flag=flag, seen_by=seen.get(flag.id)) for flag in intake.note.red_flags)
    lines = tuple(_line(item, intake) for item in amended.items)
    signature = next((each for each in reversed(decisions) if isinstance(each.body, Sign)), None)
    signed = signature is not None and signature is decisions[-1] and signature.revision == revision
    return Review(
        revision=revision,
        intake=intake,
        note=_written(intake, amended, vitals),
        lines=lines,
        warnings=warnings,
        flags=flags,
        vitals=vitals,
        open=tuple(_open(warnings, flags, lines, intake)),
        wanted=_wanted(effective),
        decisions=tuple(decisions),
        effective=effective,
        signature=signature,
        state="signed" if signed else "review" if decisions or revision > 1 else "waiting",
        origin=origin,
    )


def consider(review: Review, body: Body, *, author: str, author_name: str, at: datetime) -> Decision:
    """Return ``body`` as the next decision of this review, if it fits.

    Raises:
        DecisionError: there is no such place, warning, flag or decision, or the place does not take the value.
    """
    if isinstance(body, Sign):
        raise DecisionError("A signature is made by signing.")
    decision = Decision(
        number=len(review.decisions) + 1,
        revision=review.revision,
        at=at,
        author=author,
        author_name=author_name,
        body=body,
    )
    _known(review, body)
    assess(review.intake, (*review.decisions, decision), revision=review.revision)
    return decision


def sign(review: Review, *, author: str, author_name: str, at: datetime) -> tuple[Decision, ReviewedNote]:
    """Sign the note as it stands.

    Raises:
        DecisionError: something is still open, or it is signed already.
    """
    if review.state == "signed":
        raise DecisionError("The note is signed already.", remedy="Change something first, or leave it.")
    if review.open:
        first = review.open[0]
        raise DecisionError(
            f"{len(review.open)} decisions are missing before this note can be signed; the first: {first.text}",
            remedy="Decide about each, then sign.",
        )
    heading = f"审核签名：{author_name}（{author}）{at:%Y-%m-%d %H:%M} UTC"
    signed = _written(review.intake, amendments.apply(review.intake.note, _of(review)), review.vitals, heading=heading)
    body = Sign(note=signed, vitals=review.vitals, digest=_digest(review.intake, signed, review.vitals))
    decision = Decision(
        number=len(review.decisions) + 1,
        revision=review.revision,
        at=at,
        author=author,
        author_name=author_name,
        body=body,
    )
    return decision, _sealed(review, (*review.decisions, decision), decision, body)


def reviewed(review: Review) -> ReviewedNote | None:
    """Return the signed note; None when it is not signed, or was changed since.

    Raises:
        TamperError: what was signed is not what is stored.
    """
    signature = review.signature
    if review.state != "signed" or signature is None or not isinstance(signature.body, Sign):
        return None
    body = signature.body
    if _digest(review.intake, body.note, body.vitals) != body.digest:
        raise TamperError("A signed note is not what was signed.", remedy="Run kiosk store check.")
    return _sealed(review, review.decisions, signature, body)


def version(
    intakes: Sequence[Intake], decisions: Sequence[Decision], number: int, *, origin: Origin | None = None
) -> ReviewedNote:
    """Return what the ``number``-th signature signed, also when the note was changed, or signed again, since.

    Args:
        intakes: all of the encounter's revisions, the first one first.
        decisions: all of its decisions, in order.

    Raises:
        InputError: it was not signed so often.
        TamperError: what was signed is not what is stored.
    """
    signatures = [index for index, each in enumerate(decisions) if isinstance(each.body, Sign)]
    if not 1 <= number <= len(signatures):
        raise InputError(
            f"There is no signed version {number}.", remedy=f"This note was signed {len(signatures)} times."
        )
    until = decisions[: signatures[number - 1] + 1]
    revision = until[-1].revision
    signed = reviewed(assess(intakes[revision - 1], until, revision=revision, origin=origin))
    if signed is None:
        raise TamperError("A signed note is not what was signed.", remedy="Run kiosk store check.")
    return signed


def _sealed(review: Review, decisions: tuple[Decision, ...], signature: Decision, body: Sign) -> ReviewedNote:
    return ReviewedNote(
        intake=review.intake,
        note=body.note,
        vitals=body.vitals,
        revision=signature.revision,
        signer=signature.author,
        signer_name=signature.author_name,
        signed_at=signature.at,
        digest=body.digest,
        decisions=decisions,
        origin=review.origin,
        _seal=SEAL,
    )


def _digest(intake: Intake, signed: Note, vitals: Vitals) -> str:
    """Return the same for the same records, also in a later version whose records have more fields."""
    digest = hashlib.sha256()
    for part in (intake, signed, vitals):
        digest.update(hashlib.sha256(codec.essence(part)).digest())
    return digest.hexdigest()


def _of(review: Review) -> list[Decision]:
    return [each for each in review.effective if each.revision == review.revision]


def effective_of(decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """Return the decisions that count, in order: from the last one back, an undo that counts strikes out its target."""
    struck: set[int] = set()
    for each in reversed(decisions):
        if each.number not in struck and isinstance(each.body, Undo):
            struck.add(each.body.number)
    return tuple(each for each in decisions if each.number not in struck and not isinstance(each.body, Undo))


def _vitals(effective: Iterable[Decision]) -> Vitals:
    known: dict[str, Any] = {}
    for each in effective:
        if isinstance(each.body, AddVitals):
            known |= {name: value for name, value in asdict(each.body.vitals).items() if value is not None}
    return Vitals(**known)


def _wanted(effective: Sequence[Decision]) -> tuple[Decision, ...]:
    met = {each.body.number for each in effective if isinstance(each.body, MeetRequest)}
    asked = (each for each in effective if isinstance(each.body, AskInterpreter | RepeatQuestion))
    return tuple(each for each in asked if each.number not in met)


def _warnings(intake: Intake, effective: Sequence[Decision], revision: int) -> tuple[Warned, ...]:
    """Return the note's warnings with the utterance that each comes from, where it comes from one."""
    settled = {
        each.body.key: each for each in effective if isinstance(each.body, SettleWarning) and each.revision == revision
    }
    sources: list[tuple[Caution, str]] = [
        *((caution, each.id) for each in intake.utterances for caution in each.warnings),
        *((caution, each.utterance_id) for each in intake.translations for caution in each.warnings),
    ]
    found = []
    for index, caution in enumerate(intake.note.warnings):
        source = next((each for each in sources if each[0] == caution), None)
        if source is not None:
            sources.remove(source)
        key = f"w{index}"
        found.append(Warned(key=key, caution=caution, utterance_id=source and source[1], settled_by=settled.get(key)))
    # A note may leave out a translation's warning; the nurse may not.
    for index, (caution, utterance_id) in enumerate(sources):
        key = f"s{index}"
        found.append(Warned(key=key, caution=caution, utterance_id=utterance_id, settled_by=settled.get(key)))
    return tuple(found)


def _open(
    warnings: Iterable[Warned], flags: Iterable[Flagged], lines: Sequence[Line], intake: Intake
) -> Iterable[Open]:
    read_back = intake.interview.confirmations if intake.interview is not None else ()
    rejected = {each.path for each in read_back if each.verdict == "rejected"}
    # Each line is decided by itself; the note's own warning about all of them then asks for nothing more.
    line_by_line = bool(rejected) and rejected <= {line.path for line in lines}
    for each in flags:
        if each.seen_by is None:
            yield Open(kind="flag", key=each.flag.id, text=f"红旗未处理：{each.flag.name}")
    for warned in warnings:
        if line_by_line and warned.caution.kind == _REJECTED:
            continue
        if warned.caution.blocking and warned.settled_by is None:
            yield Open(kind="warning", key=warned.key, text=warned.caution.detail)
    for line in lines:
        if line.standing == "rejected":
            yield Open(kind="rejected", key=line.path, text=f"核对时患者否认此条：{line.text}")


def _written(intake: Intake, amended: Amended, vitals: Vitals, *, heading: str = note.DRAFT_MARK) -> Note:
    complaint = amended.complaint
    if complaint is None and amended.facts == amendments.apply(intake.note, ()).facts:
        complaint = intake.note.chief_complaint  # what the patient's screens showed
    return note.rewrite(
        amended.facts,
        intake.note.red_flags,
        intake.utterances,
        intake.translations,
        intake.note.warnings,
        complaint=complaint,
        heading=heading,
        vital_signs=vitals.text(),
    )


def _line(item: Item, intake: Intake) -> Line:
    return Line(
        path=item.path,
        section=item.section,
        text=item.text,
        original=item.original,
        standing=_standing(item, intake),
        evidence=tuple(item.record.evidence),
        record=item.record,
        changed_by=item.changed_by,
    )


def _standing(item: Item, intake: Intake) -> Standing:
    if item.removed:
        return "not_mentioned"
    denied = getattr(item.record, "status", "present") == "denied"
    if item.changed_by:
        return "denied" if denied else "confirmed"
    read_back = intake.interview.confirmations if intake.interview is not None else ()
    verdict = {each.path: each.verdict for each in read_back}.get(item.path)
    if verdict == "rejected":
        return "rejected"
    if denied:
        return "denied"
    if verdict == "confirmed":
        return "confirmed"
    engines = {each.id: each.engine for each in intake.utterances}
    behind = [engines.get(each.utterance_id) for each in item.record.evidence]
    return "confirmed" if behind and all(engine == _PERSON for engine in behind) else "unconfirmed"


def _known(review: Review, body: Body) -> None:
    """Refuse what names something that is not there."""
    if isinstance(body, SettleWarning) and body.key not in {each.key for each in review.warnings}:
        raise DecisionError(f"There is no warning {body.key} in this note.")
    if isinstance(body, SeeFlag) and body.flag not in {each.flag.id for each in review.flags}:
        raise DecisionError(f"There is no red flag {body.flag} in this note.")
    if isinstance(body, MeetRequest) and body.number not in {each.number for each in review.wanted}:
        raise DecisionError(f"Nothing is asked for by decision {body.number}.")
    if isinstance(body, Undo):
        target = next((each for each in review.decisions if each.number == body.number), None)
        if target is None:
            raise DecisionError(f"There is no decision {body.number} to undo.")
        if isinstance(target.body, Sign):
            raise DecisionError("A signature cannot be undone.", remedy="Correct the note and sign it again.")


def undoable(review: Review) -> Decision | None:
    """Return the decision that one press of Undo takes back: the last one that counts, since the last signature."""
    last = next(reversed(review.effective), None)
    return None if last is None or isinstance(last.body, Sign) else last
