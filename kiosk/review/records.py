"""What a nurse sees of an encounter, and the note that she has signed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from kiosk.encounter import Caution, Evidence, Intake, Note, RedFlag
from kiosk.review.amendments import Record
from kiosk.review.decisions import (
    Decision,
    Section,
    Vitals,
)

Standing = Literal["confirmed", "unconfirmed", "rejected", "denied", "not_mentioned"]
"""How sure a line of the note is.

``confirmed``: the patient chose these very words or said yes when it was read back, or a nurse confirmed it.
``rejected``: the patient said no when it was read back, and no nurse has decided about it.
"""


State = Literal["waiting", "review", "signed"]


SEAL = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a note comes from, as the store knows it: what an export names it by.

    Attributes:
        received_at: when the encounter arrived (UTC).
        kiosk: the site's name ([site] name) of the kiosk that took it in.
    """

    encounter_id: str
    received_at: datetime
    kiosk: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item of the note, as the review screen shows it.

    Attributes:
        path: where it is (``kiosk.review.decisions``).
        text: in Chinese, as it stands now; ``original`` as it was written first, None when a nurse added it.
        evidence: the patient's words behind it.
        record: its facts, as they stand now.
        changed_by: the decisions that touched it.
    """

    path: str
    section: Section
    text: str
    original: str | None
    standing: Standing
    evidence: tuple[Evidence, ...]
    record: Record
    changed_by: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """A warning, where it comes from, and who has decided about it.

    Attributes:
        key: what :class:`kiosk.review.decisions.SettleWarning` names.
        utterance_id: None when it is about the whole recording.
    """

    key: str
    caution: Caution
    utterance_id: str | None
    settled_by: Decision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """A red flag, and who has seen it."""

    flag: RedFlag
    seen_by: Decision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What must be decided before anybody can sign.

    Attributes:
        key: the warning's key, the red flag's id, or the path of a line that the patient rejected.
        text: one Chinese sentence.
    """

    kind: Literal["warning", "flag", "rejected"]
    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """An encounter under review: everything that its screen shows.

    Attributes:
        revision: the intake's revision; ``intake`` is what the machine wrote, untouched.
        note: the note as it stands now, marked as a draft.
        open: what must be decided before signing; empty when the note can be signed.
        wanted: whom and what the nurse has asked for and has not got yet: an interpreter, a question again.
        effective: the decisions that count; ``decisions`` are all, the undone ones too.
        signature: the last signature; ``state`` is ``review`` again when something was decided after it.
        origin: None for a note that is in no store.
    """

    revision: int
    intake: Intake
    note: Note
    lines: tuple[Line, ...]
    warnings: tuple[Warned, ...]
    flags: tuple[Flagged, ...]
    vitals: Vitals
    open: tuple[Open, ...]
    wanted: tuple[Decision, ...]
    decisions: tuple[Decision, ...]
    effective: tuple[Decision, ...]
    signature: Decision | None
    state: State
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedNote:
    """A note that a named nurse has signed.

    Attributes:
        note: what was signed; its ``text`` names the signer and is not marked as a draft.
        intake: what it was made from: utterances, translations, engines.
        digest: SHA-256 over all of it.
        decisions: all that were made until the signature.
        origin: None for a note that is in no store.
    """

    intake: Intake
    note: Note
    vitals: Vitals
    revision: int
    signer: str
    signer_name: str
    signed_at: datetime
    digest: str
    decisions: tuple[Decision, ...]
    _seal: object = field(repr=False, compare=False)
    origin: Origin | None = None

    def __post_init__(self) -> None:
        if self._seal is not SEAL:
            raise TypeError("a reviewed note comes from a signature: kiosk.review.sign")
