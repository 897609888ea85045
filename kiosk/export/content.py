"""What an export states: a signed note, or a draft that says so on every page.

Every format is written from a :class:`Content`, and there are two ways to one: :func:`final` takes a
:class:`kiosk.review.records.ReviewedNote`, which only a signature makes, and :func:`draft` takes anything under
review. A format that shows a signature needs ``Content.signed``, so that nothing unsigned can pass for signed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Generic, TypeVar

from kiosk import review
from kiosk.encounter import Allergy, Caution, Finding, HistoryItem, Intake, Medication, Note
from kiosk.errors import InputError
from kiosk.review.decisions import AddVitals, Decision, Section, Sign, Vitals
from kiosk.review.records import Line, Origin, Review, ReviewedNote, Standing

Record = TypeVar("Record", Finding, Allergy, Medication, HistoryItem)

DRAFT = "草稿·未签名"

_LABELLED = re.compile(r"^(?:⚠ )?([\u4e00-\u9fff]{2,6})：(.*)$", re.DOTALL)
_WORDS_BEGIN = re.compile(r"(?:【[^】]*】)?(?:原话：|候选短语（|注意：)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Generic[Record]):
    """One item of the note.

    Attributes:
        path: its place (``kiosk.review.decisions``), which stays the same through all corrections.
        standing: whether the patient or a nurse confirmed it.
    """

    path: str
    record: Record
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One section of the note as it was signed: its Chinese title and text."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A nurse: the account's name, and the name that is printed."""

    account: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One vital sign: a field of :class:`kiosk.review.decisions.Vitals`, its value, who measured it and when (UTC)."""

    field: str
    value: float
    at: datetime
    by: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything that an export states.

    Attributes:
        version: 1 for the first signature, 2 for the next …; of a draft, the version that a signature would make.
        written_at: when it was signed; of a draft, when it was last changed (UTC).
        recorded_at: when the patient spoke: the interview's end, or the arrival of the encounter (UTC).
        signed: None for a draft.
    """

    origin: Origin
    intake: Intake
    note: Note
    revision: int
    version: int
    written_at: datetime
    recorded_at: datetime
    findings: tuple[Fact[Finding], ...]
    allergies: tuple[Fact[Allergy], ...]
    medications: tuple[Fact[Medication], ...]
    history: tuple[Fact[HistoryItem], ...]
    vitals: tuple[Measured, ...]
    signed: ReviewedNote | None

    @property
    def sections(self) -> tuple[Part, ...]:
        """Return the note's sections in its own words, without the patient's words and the warnings below them."""
        return tuple(_sections(self.note.text))

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """Return the warnings, each once."""
        return tuple(dict.fromkeys(self.note.warnings))

    @property
    def signer(self) -> Person | None:
        """Return who signed; None for a draft."""
        return None if self.signed is None else Person(account=self.signed.signer, name=self.signed.signer_name)

    @property
    def engines(self) -> tuple[str, ...]:
        """Return the ``name@revision`` of everything but people that had a part in it, in order of appearance."""
        names = [each.engine for each in self.intake.utterances]
        for each in self.intake.translations:
            names += [each.engine, *(span.engine for span in each.spans)]
        return tuple(name for name in dict.fromkeys(names) if name != "person")


def final(note: ReviewedNote) -> Content:
    """Return the content of a signed note.

    Raises:
        InputError: the note is in no store: it has no name under which it could be exported.
    """
    seen = review.assess(note.intake, note.decisions, revision=note.revision, origin=note.origin)
    return _content(seen, note=note.note, vitals=note.vitals, at=note.signed_at, signed=note)


def draft(seen: Review) -> Content:
    """Return the content of a note that is not signed: every format marks it as a draft, also where it once was signed.

    Raises:
        InputError: the note is in no store: it has no name under which it could be exported.
    """
    return _content(seen, note=seen.note, vitals=seen.vitals, at=None, signed=None)


def _content(seen: Review, *, note: Note, vitals: Vitals, at: datetime | None, signed: ReviewedNote | None) -> Content:
    origin = seen.origin
    if origin is None:
        raise InputError("A note that is in no store cannot be exported.", remedy="Send it to the site's store first.")
    interview = seen.intake.interview
    recorded = interview.ended_at if interview is not None else origin.received_at
    signatures = sum(isinstance(each.body, Sign) for each in seen.decisions)
    return Content(
        origin=origin,
        intake=seen.intake,
        note=note,
        revision=seen.revision,
        version=signatures if signed is not None else signatures + 1,
        written_at=at or (seen.decisions[-1].at if seen.decisions else recorded),
        recorded_at=recorded,
        findings=_facts("findings", note.findings, seen.lines),
        allergies=_facts("allergies", note.allergies, seen.lines),
        medications=_facts("medications", note.medications, seen.lines),
        history=_facts("history", note.history, seen.lines),
        vitals=tuple(_measured(seen.effective, vitals)),
        signed=signed,
    )


def _facts(section: Section, records: tuple[Record, ...], lines: tuple[Line, ...]) -> tuple[Fact[Record], ...]:
    """Give each record of the note its path and standing.

    A note that an earlier version of the program signed may have other items than this one would write: what was signed
    counts, and its items are then numbered as they stand.
    """
    kept = [line for line in lines if line.section == section and line.standing != "not_mentioned"]
    if len(kept) == len(records):
        return tuple(
            Fact(path=line.path, record=record, standing=line.standing)
            for line, record in zip(kept, records, strict=True)
        )
    return tuple(
        Fact(path=f"{section}/{index}", record=record, standing="unconfirmed") for index, record in enumerate(records)
    )


def _measured(effective: tuple[Decision, ...], vitals: Vitals) -> Iterator[Measured]:
    last: dict[str, Decision] = {}
    for decision in effective:
        if isinstance(decision.body, AddVitals):
            last |= {name: decision for name, value in asdict(decision.body.vitals).items() if value is not None}
    values: Mapping[str, float | None] = asdict(vitals)
    for name, value in values.items():
        if value is not None and name in last:
            by = Person(account=last[name].author, name=last[name].author_name)
            yield Measured(field=name, value=value, at=last[name].at, by=by)


def _sections(text: str) -> Iterator[Part]:
    title, lines = "", list[str]()
    for line in text.split("\n")[1:]:  # the first says that it is a draft, or who signed
        if _WORDS_BEGIN.match(line):
            break
        labelled = _LABELLED.match(line)
        if labelled is None:
            lines.append(line)
            continue
        if title:
            yield Part(title=title, text="\n".join(lines))
        title, lines = labelled[1], [labelled[2]]
    if title:
        yield Part(title=title, text="\n".join(lines))
