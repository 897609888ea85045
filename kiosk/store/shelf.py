"""Sealed rows to records and back, inside somebody else's transaction. Knows the vault; no sessions, no log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from kiosk import codec, review, vault
from kiosk.encounter import Intake
from kiosk.errors import InputError, KioskError, TamperError
from kiosk.review.decisions import Decision
from kiosk.review.records import Origin, Review, ReviewedNote
from kiosk.store import schema
from kiosk.store.deposit import Summary, place
from kiosk.vault import Vault

_KEYS_KEPT = 5000
_UNREADABLE = Summary(language="", chief_complaint="（记录已损坏，无法打开）")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One writing-up of an encounter: the first is what the patient sent, later ones are other engines'."""

    number: int
    at: datetime
    author: str
    intake: Intake


class Shelf:
    """What the sealed columns hold. Keeps the data keys of the encounters that it has opened lately."""

    def __init__(self, secrets: Vault) -> None:
        self._vault = secrets
        self._keys: dict[str, bytes] = {}

    def summary(self, connection: Connection, encounter_id: str, sealed: bytes) -> Summary:
        """Return what the queue shows; when the record is damaged, a summary that says so."""
        try:
            key = self.key(connection, encounter_id)
            return codec.load(Summary, vault.unseal(key, sealed, bound=place(encounter_id, "queue")))
        except KioskError:
            return _UNREADABLE

    def key(self, connection: Connection, encounter_id: str) -> bytes:
        """Return an encounter's data key; raises TamperError when there is none that opens."""
        if encounter_id not in self._keys:
            self.keep_keys(connection, [encounter_id])
        try:
            return self._keys[encounter_id]
        except KeyError:
            raise TamperError(
                f"The key of the encounter {encounter_id} is missing, or is another one's.",
                remedy="Run kiosk store check.",
            ) from None

    def keep_keys(self, connection: Connection, names: Sequence[str]) -> None:
        """Open several data keys with one query."""
        wanted = [name for name in names if name not in self._keys]
        if not wanted:
            return
        if len(self._keys) + len(wanted) > _KEYS_KEPT:
            self._keys.clear()
        key = schema.encounter_key
        for row in connection.execute(select(key).where(key.c.encounter_id.in_(wanted))):
            try:
                opened = self._vault.unwrap(row.wrapped, key=row.key_id, bound=row.encounter_id)
            except KioskError:
                continue  # whoever needs it says so
            self._keys[row.encounter_id] = opened

    def revisions(self, connection: Connection, encounter_id: str) -> list[Revision]:
        """Return all writings-up, the first one first; raises TamperError when one is missing or altered."""
        key = self.key(connection, encounter_id)
        table = schema.revision
        rows = connection.execute(
            select(table).where(table.c.encounter_id == encounter_id).order_by(table.c.number)
        ).all()
        if [row.number for row in rows] != list(range(1, len(rows) + 1)) or not rows:
            raise TamperError(f"A revision of the encounter {encounter_id} is missing.", remedy="kiosk store check")
        return [
            Revision(
                number=row.number,
                at=row.at,
                author=row.author,
                intake=codec.load(
                    Intake, vault.unseal(key, row.sealed, bound=place(encounter_id, "revision", row.number))
                ),
            )
            for row in rows
        ]

    def decisions(self, connection: Connection, encounter_id: str) -> tuple[Decision, ...]:
        """Return all decisions in order; raises TamperError when one is missing or altered."""
        key = self.key(connection, encounter_id)
        table = schema.decision
        rows = connection.execute(
            select(table).where(table.c.encounter_id == encounter_id).order_by(table.c.number)
        ).all()
        if [row.number for row in rows] != list(range(1, len(rows) + 1)):
            raise TamperError(f"A decision about the encounter {encounter_id} is missing.", remedy="kiosk store check")
        return tuple(
            codec.load(Decision, vault.unseal(key, row.sealed, bound=place(encounter_id, "decision", row.number)))
            for row in rows
        )

    def review(self, connection: Connection, encounter_id: str) -> Review:
        """Return the newest writing-up with all decisions."""
        newest = self.revisions(connection, encounter_id)[-1]
        decisions = self.decisions(connection, encounter_id)
        origin = self.origin(connection, encounter_id)
        return review.assess(newest.intake, decisions, revision=newest.number, origin=origin)

    def version(self, connection: Connection, encounter_id: str, number: int) -> ReviewedNote:
        """Return what the ``number``-th signature signed.

        Raises:
            InputError: the note was not signed so often.
            TamperError: what was signed is not what is stored.
        """
        intakes = [each.intake for each in self.revisions(connection, encounter_id)]
        origin = self.origin(connection, encounter_id)
        return review.version(intakes, self.decisions(connection, encounter_id), number, origin=origin)

    def origin(self, connection: Connection, encounter_id: str) -> Origin:
        """Return when and where an encounter arrived; raises TamperError when its row is missing."""
        table = schema.encounter
        row = connection.execute(select(table).where(table.c.id == encounter_id)).one_or_none()
        if row is None:
            raise TamperError(f"The row of the encounter {encounter_id} is missing.", remedy="Run kiosk store check.")
        return Origin(encounter_id=encounter_id, received_at=row.received_at, kiosk=row.kiosk)

    def pcm(self, connection: Connection, encounter_id: str, parts: range | None) -> bytes:
        """Return some parts of the audio, or all, as 16-bit samples; raises InputError when there is none."""
        table = schema.audio
        query = select(table).where(table.c.encounter_id == encounter_id).order_by(table.c.part)
        if parts is not None:
            query = query.where(table.c.part >= parts.start, table.c.part < parts.stop)
        rows = connection.execute(query).all()
        if not rows:
            raise InputError("There is no audio: nothing was recorded here, or it was purged.")
        first = parts.start if parts is not None else 0
        if [row.part for row in rows] != list(range(first, first + len(rows))):
            raise TamperError(f"A part of the audio of {encounter_id} is missing.", remedy="Run kiosk store check.")
        key = self.key(connection, encounter_id)
        return b"".join(vault.unseal(key, row.sealed, bound=place(encounter_id, "audio", row.part)) for row in rows)

    def forget(self, encounter_id: str) -> None:
        """Drop an encounter's key from memory: it was erased."""
        self._keys.pop(encounter_id, None)

    def forget_all(self) -> None:
        """Drop all keys from memory."""
        self._keys.clear()
