"""One encounter on its way into the store: sealed by whoever takes it in, opened only by the nurse's station.

A :class:`Deposit` is complete and already encrypted. It goes into the database, or, while that does not answer, into a
file of the spool folder; both refuse a second one with the same id, so that trying again never makes two.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Base64Bytes
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from kiosk import codec, keys, vault
from kiosk.encounter import Intake
from kiosk.errors import StorageError, TamperError
from kiosk.recognition import SAMPLE_RATE
from kiosk.store import schema
from kiosk.vault import PublicKey

SUFFIX = ".deposit"

PART_SAMPLES = 10 * SAMPLE_RATE
"""Audio is sealed in parts of ten seconds: who plays two seconds opens one or two of them."""

_SAMPLE_BYTES = 2  # 16-bit PCM


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the queue shows of an encounter, before anybody opens it. ``age_years`` and ``sex`` as in ``Person``.

    Attributes:
        ticket: the number by which the patient is called.
        blocking: how many things must be decided before it can be signed.
        wanted: whom and what a nurse has asked for.
    """

    language: str
    chief_complaint: str
    age_years: float | None = None
    sex: Literal["male", "female"] | None = None
    flags: tuple[str, ...] = ()
    blocking: int = 0
    audio_s: float = 0.0
    wanted: tuple[str, ...] = ()
    signer: str = ""
    ticket: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some seconds of sealed audio; ``samples`` is how many it holds."""

    samples: int
    sealed: Base64Bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """An encounter, sealed.

    Attributes:
        id: 32 random hexadecimal digits; says nothing about the patient.
        urgency: how many red flags it has.
        key_id, wrapped: the data key, locked for the store's public key of that id.
    """

    id: str
    received_at: datetime
    kiosk: str
    urgency: int
    key_id: str
    wrapped: Base64Bytes = field(repr=False)
    intake: Base64Bytes = field(repr=False)
    summary: Base64Bytes = field(repr=False)
    parts: tuple[Part, ...] = ()


def new_id() -> str:
    """Return a fresh encounter id."""
    return secrets.token_hex(16)


def prepare(
    intake: Intake, pcm: bytes, *, key: PublicKey, at: datetime, kiosk: str = "", encounter_id: str | None = None
) -> Deposit:
    """Seal an intake and its recording.

    Args:
        pcm: the recording as 16-bit little-endian samples at 16 kHz; empty when nothing was spoken.
        key: the store's public key.
    """
    name = encounter_id or new_id()
    data_key = vault.random_key()
    size = PART_SAMPLES * _SAMPLE_BYTES
    pieces = [pcm[start : start + size] for start in range(0, len(pcm), size)]
    return Deposit(
        id=name,
        received_at=at,
        kiosk=kiosk,
        urgency=len(intake.note.red_flags),
        key_id=key.id,
        wrapped=key.wrap(data_key, bound=name),
        intake=vault.seal(data_key, codec.dump(intake), bound=place(name, "revision", 1)),
        summary=vault.seal(data_key, codec.dump(summary_of(intake)), bound=place(name, "queue")),
        parts=tuple(
            Part(
                samples=len(piece) // _SAMPLE_BYTES,
                sealed=vault.seal(data_key, piece, bound=place(name, "audio", number)),
            )
            for number, piece in enumerate(pieces)
        ),
    )


def place(encounter_id: str, table: str, number: int = 0) -> str:
    """Return what a sealed piece is bound to: it opens nowhere else."""
    return f"{encounter_id}/{table}/{number}"


def summary_of(intake: Intake) -> Summary:
    """Return what the queue shows of an intake that no nurse has opened yet."""
    return Summary(
        language=intake.language.code,
        chief_complaint=intake.note.chief_complaint,
        age_years=intake.note.person.age_years,
        sex=intake.note.person.sex,
        flags=tuple(flag.name for flag in intake.note.red_flags),
        blocking=sum(caution.blocking for caution in intake.note.warnings),
        audio_s=intake.audio.duration_s if intake.audio else 0.0,
        ticket=intake.interview.ticket if intake.interview is not None else None,
    )


def put(connection: Connection, deposit: Deposit) -> bool:
    """Write a deposit's rows; return False, having written nothing, when the store has it already.

    Nothing is read: an account that may only insert can do it.
    """
    try:
        with connection.begin_nested():
            connection.execute(
                insert(schema.encounter),
                [{"id": deposit.id, "received_at": deposit.received_at, "kiosk": deposit.kiosk}],
            )
    except IntegrityError:
        return False
    name = {"encounter_id": deposit.id}
    connection.execute(insert(schema.encounter_key), [{**name, "key_id": deposit.key_id, "wrapped": deposit.wrapped}])
    connection.execute(
        insert(schema.revision),
        [{**name, "number": 1, "at": deposit.received_at, "author": "", "sealed": deposit.intake}],
    )
    if deposit.parts:
        connection.execute(
            insert(schema.audio),
            [
                {**name, "part": number, "samples": part.samples, "sealed": part.sealed}
                for number, part in enumerate(deposit.parts)
            ],
        )
    connection.execute(
        insert(schema.queue),
        [
            {
                **name,
                "received_at": deposit.received_at,
                "urgency": deposit.urgency,
                "state": "waiting",
                "closed": False,
                "has_audio": bool(deposit.parts),
                "taken_in": False,
                "sealed": deposit.summary,
            }
        ],
    )
    return True


def spool(deposit: Deposit, folder: Path) -> Path:
    """Keep a deposit in a file until the database answers; return once it is safely on the disk.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    path = folder / f"{deposit.id}{SUFFIX}"
    keys.write_private_bytes(path, codec.dump(deposit))
    return path


def from_spool(path: Path) -> Deposit:
    """Read a deposit back.

    Raises:
        StorageError: it cannot be read.
        TamperError: it is not a deposit.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}.", remedy=f"ls -l {path}") from None
    deposit = codec.load(Deposit, data)
    if f"{deposit.id}{SUFFIX}" != path.name:
        raise TamperError(f"{path} holds another encounter than its name says.")
    return deposit
