"""What nurses decide about a note: frozen records that are added to and never changed.

A decision does not touch what was recorded: it says what the note should say instead, who said so and when. ``review``
puts the two together. A decision that was wrong is taken back by another one (:class:`Undo`).

Places in a note are paths: ``chief_complaint``; ``findings/0`` is its first finding and ``findings/0/laterality`` that
finding's side; ``findings/+7`` is the finding that decision 7 added; ``person/age_years``; ``pregnancy``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from kiosk.encounter import Note, Status

Section = Literal["findings", "allergies", "medications", "history"]
NoteStatus = Status | Literal["not_mentioned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """Vital signs, measured by the nurse; None is not measured.

    Attributes:
        temperature_c: ℃; pulse and respiration per minute; systolic and diastolic mmHg; spo2 %.
    """

    temperature_c: Annotated[float, Field(ge=25, le=45)] | None = None
    pulse: Annotated[int, Field(ge=10, le=300)] | None = None
    respiration: Annotated[int, Field(ge=2, le=120)] | None = None
    systolic: Annotated[int, Field(ge=30, le=300)] | None = None
    diastolic: Annotated[int, Field(ge=10, le=200)] | None = None
    spo2: Annotated[int, Field(ge=30, le=100)] | None = None

    def text(self) -> str:
        """Return them as they stand in the note: 体温38.5℃，脉搏96次/分，血压120/80mmHg."""
        parts = [
            f"体温{self.temperature_c:g}℃" if self.temperature_c is not None else "",
            f"脉搏{self.pulse}次/分" if self.pulse is not None else "",
            f"呼吸{self.respiration}次/分" if self.respiration is not None else "",
            f"血压{self.systolic or '?'}/{self.diastolic or '?'}mmHg" if self.systolic or self.diastolic else "",
            f"血氧饱和度{self.spo2}%" if self.spo2 is not None else "",
        ]
        return "，".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectField:
    """One field should read otherwise. ``value`` has the type of the field of ``kiosk.encounter``; None empties it."""

    path: str
    value: JsonValue
    kind: Literal["correct"] = "correct"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStatus:
    """An item is present, denied, uncertain, or was not mentioned after all (and leaves the note)."""

    path: str
    status: NoteStatus
    kind: Literal["status"] = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmItem:
    """The nurse has checked an item with the patient: it stands as it is."""

    path: str
    kind: Literal["confirm"] = "confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddItem:
    """Something is missing. ``value`` has the fields of the section's record, e.g. ``{"code": …, "name": …}``."""

    section: Section
    value: dict[str, JsonValue]
    kind: Literal["add"] = "add"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddVitals:
    """Vital signs were measured; those measured again replace the earlier ones in the note."""

    vitals: Vitals
    kind: Literal["vitals"] = "vitals"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskInterpreter:
    """A person is needed who speaks the patient's language."""

    kind: Literal["interpreter"] = "interpreter"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatQuestion:
    """The kiosk should ask the patient one question again."""

    question: str
    kind: Literal["repeat"] = "repeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetRequest:
    """What the decision of this number asked for has come: an interpreter, an answer."""

    number: int
    kind: Literal["met"] = "met"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleWarning:
    """A blocking warning was looked into.

    Attributes:
        key: the warning's key in the review.
        verdict: ``stands``: the note is right as it is; ``corrected``: the nurse has put the note right.
    """

    key: str
    verdict: Literal["stands", "corrected"]
    kind: Literal["settle"] = "settle"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeeFlag:
    """A red flag was seen by a nurse."""

    flag: str
    kind: Literal["seen"] = "seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """An earlier decision is taken back; undoing the undo brings it back. A signature cannot be undone."""

    number: int
    kind: Literal["undo"] = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A named nurse signs the note as it stands. Only ``review.sign`` makes one.

    Attributes:
        note: exactly what was signed; later versions of the program show this, not what they would write.
        digest: SHA-256 of the intake, the note and the vital signs together.
    """

    note: Note
    vitals: Vitals
    digest: str
    kind: Literal["sign"] = "sign"


Body = Annotated[
    CorrectField
    | ChangeStatus
    | ConfirmItem
    | AddItem
    | AddVitals
    | AskInterpreter
    | RepeatQuestion
    | MeetRequest
    | SettleWarning
    | SeeFlag
    | Undo
    | Sign,
    Field(discriminator="kind"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision, as the store keeps it.

    Attributes:
        number: 1, 2, 3 … within the encounter: the order that counts, whatever the clocks say.
        revision: the revision of the intake that was looked at; paths and warning keys are of that one.
        at: when (UTC).
        author: the account; ``author_name`` is the name that is printed.
    """

    number: int
    revision: int
    at: datetime
    author: str
    author_name: str
    body: Body = field(repr=False)
