"""The nurse's end of the store: the queue, encounters with their decisions, audio, signatures.

Every method that shows or changes something takes the session of who asks, refuses what the role may not do, and writes
a line into the log in the same transaction as what it did. Whatever a method has returned is on the disk.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from kiosk import audio, codec, review, vault
from kiosk.audio import Recording
from kiosk.encounter import Intake
from kiosk.errors import ConflictError, DecisionError, InputError, KioskError
from kiosk.keys import Ask, PatientKey
from kiosk.recognition import SAMPLE_RATE
from kiosk.review.decisions import Body, Decision, Sign
from kiosk.review.records import Review, ReviewedNote
from kiosk.store import deposit, outbox, premises, schema
from kiosk.store.accounts import SYSTEM, Accounts, Session
from kiosk.store.deposit import PART_SAMPLES, place
from kiosk.store.listing import Listing, Waiting
from kiosk.store.premises import Opened, Premises
from kiosk.store.shelf import Revision, Shelf

TAKEN_AT_ONCE = 200


class Store:
    """One site's store, opened with the master key. Thread-safe.

    Attributes:
        accounts: who may log in.
    """

    def __init__(self, site: Premises, opened: Opened) -> None:
        """Use :func:`open_store`."""
        self.site = site
        self.database = opened.database
        self.vault = opened.vault
        self.master = opened.master
        self.log = opened.log
        self.accounts = Accounts(
            opened.database, opened.log, pepper=opened.vault.pepper, limits=site.settings.accounts, clock=site.clock
        )
        self.shelf = Shelf(opened.vault)
        self.listing = Listing(opened.database, self.shelf, key=opened.vault.search)

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    # The queue.

    def take_in(self) -> int:
        """Take in what has arrived: deliver waiting files, index new encounters, log them. Return how many are new.

        Called before each look at the queue; costs one query when nothing is new.
        """
        if outbox.waiting(self.site):
            key = PatientKey(pages=(), public=self.vault.public)
            outbox.deliver(self.site, self._put, key)
        queue = schema.queue.c
        new = select(queue.seq).where(queue.taken_in.is_(False)).limit(1)
        with self.database.read() as connection:
            if connection.execute(new).first() is None:
                return 0
        with self._writing() as connection:
            rows = connection.execute(
                select(queue.seq, queue.encounter_id)
                .where(queue.taken_in.is_(False))
                .order_by(queue.seq)
                .limit(TAKEN_AT_ONCE)
                .with_for_update(skip_locked=True)
            ).all()
            for row in rows:
                self._take_in(connection, row.seq, row.encounter_id)
        return len(rows)

    def queue(self, by: Session, *, limit: int = 100, idle: bool = False) -> tuple[Waiting, ...]:
        """Return what is not signed yet: red flags first, then in order of arrival.

        Args:
            idle: the screen refreshes by itself; this does not keep the session alive.
        """
        self.accounts.require(by, "queue", idle=idle)
        self.take_in()
        return self.listing.waiting(limit)

    def signed(self, by: Session, *, limit: int = 100) -> tuple[Waiting, ...]:
        """Return the signed encounters, the newest first."""
        self.accounts.require(by, "queue")
        return self.listing.signed(limit)

    def count(self, by: Session, *, signed: bool = False, idle: bool = False) -> int:
        """Return how many encounters wait, or how many are signed."""
        self.accounts.require(by, "queue", idle=idle)
        return self.listing.count(signed=signed)

    def search(self, by: Session, words: str, *, limit: int = 50) -> tuple[Waiting, ...]:
        """Return the encounters whose note has these words, or whose id begins with them, the newest first.

        Raises:
            InputError: fewer than two characters.
        """
        self.accounts.require(by, "queue")
        self.take_in()
        found = self.listing.find(words, limit)
        with self._writing() as connection:
            self.log.append(connection, by.name, "search", found=len(found))  # never what was looked for
        return found

    def pulse(self) -> tuple[int, int, int]:
        """Return numbers that change when anything in the queue does; cheap enough to ask every second."""
        with self.database.read() as connection:
            newest = connection.execute(select(func.max(schema.queue.c.seq))).scalar()
            log = connection.execute(select(schema.audit_head.c.seq)).scalar()
        return newest or 0, log or 0, len(outbox.waiting(self.site))

    # One encounter.

    def open(self, by: Session, encounter_id: str) -> Review:
        """Return an encounter as it stands now.

        Raises:
            InputError: there is no such encounter, or it was erased.
            TamperError: a stored piece was altered.
        """
        self.accounts.require(by, "view")
        with self._writing() as connection:
            self._known(connection, encounter_id)
            self.log.append(connection, by.name, "view", encounter_id)
            return self.shelf.review(connection, encounter_id)

    def revisions(self, by: Session, encounter_id: str) -> tuple[Revision, ...]:
        """Return all writings-up of an encounter, the first one first."""
        self.accounts.require(by, "view")
        with self._writing() as connection:
            self._known(connection, encounter_id)
            self.log.append(connection, by.name, "view_revisions", encounter_id)
            return tuple(self.shelf.revisions(connection, encounter_id))

    def decide(self, by: Session, encounter_id: str, seen: Review, body: Body) -> Review:
        """Add a decision, and return the encounter as it stands then.

        Args:
            seen: what the nurse was looking at.

        Raises:
            ConflictError: somebody else decided something in the meantime.
            DecisionError: it does not fit the note.
        """
        self.accounts.require(by, "decide")
        decision = review.consider(seen, body, author=by.name, author_name=by.full_name, at=self.site.clock.now())
        with self._writing() as connection:
            return self._add(connection, encounter_id, seen, decision, action="decide")

    def sign(self, by: Session, encounter_id: str, seen: Review) -> ReviewedNote:
        """Sign the note as ``seen``.

        Raises:
            DecisionError: something is still open; it names the first.
            ConflictError: somebody else decided something in the meantime.
        """
        self.accounts.require(by, "sign")
        decision, signed = review.sign(seen, author=by.name, author_name=by.full_name, at=self.site.clock.now())
        with self._writing() as connection:
            after = self._add(connection, encounter_id, seen, decision, action="sign")
            self._enqueue(connection, encounter_id, sum(isinstance(each.body, Sign) for each in after.decisions))
            seq = self._known(connection, encounter_id).seq
            self.listing.index(connection, seq, signed.note)
        return signed

    def revise(
        self, by: Session, encounter_id: str, seen: Review, intake: Intake, *, carry: Sequence[Body] = ()
    ) -> Review:
        """Add another writing-up; the earlier ones stay.

        Args:
            carry: decisions about the new one, made in the same moment.

        Raises:
            DecisionError: one of them does not fit.
            ConflictError: somebody else decided something in the meantime.
        """
        self.accounts.require(by, "decide")
        with self._writing() as connection:
            row = self._known(connection, encounter_id)
            self._unchanged(connection, encounter_id, seen)
            number = seen.revision + 1
            key = self.shelf.key(connection, encounter_id)
            connection.execute(
                insert(schema.revision),
                [
                    {
                        "encounter_id": encounter_id,
                        "number": number,
                        "at": self.site.clock.now(),
                        "author": by.name,
                        "sealed": vault.seal(key, codec.dump(intake), bound=place(encounter_id, "revision", number)),
                    }
                ],
            )
            self.log.append(connection, by.name, "revise", encounter_id, revision=number)
            self.listing.index(connection, row.seq, intake.note)
            after = self.shelf.review(connection, encounter_id)
            for body in carry:
                decision = review.consider(
                    after, body, author=by.name, author_name=by.full_name, at=self.site.clock.now()
                )
                after = self._add(connection, encounter_id, after, decision, action="decide")
            self.listing.show(connection, encounter_id, after)
            return after

    def reviewed(
        self, by: Session, encounter_id: str, *, target: str, draft: bool = True, version: int | None = None
    ) -> ReviewedNote | Review:
        """Return what is to be exported: the signed note, or the review of a draft.

        Args:
            target: where it goes, for the log: a format, a folder's or a server's name.
            draft: a note that is not signed, or was changed since, may go as a draft.
            version: what the first, second … signature signed; None for the note as it stands.

        Raises:
            DecisionError: it is not signed, and may not go as a draft.
            InputError: there is no such version.
        """
        self.accounts.require(by, "export")
        with self._writing() as connection:
            self._known(connection, encounter_id)
            current = self.shelf.review(connection, encounter_id)
            if version is not None:
                signed: ReviewedNote | None = self.shelf.version(connection, encounter_id, version)
            else:
                signed = review.reviewed(current)
            if signed is None and not draft:
                raise DecisionError("This note is not signed.", remedy="Sign it first, or export it marked as a draft.")
            detail: dict[str, Any] = {"version": version} if version is not None else {}
            self.log.append(
                connection, by.name, "export", encounter_id, target=target, signed=signed is not None, **detail
            )
        return signed or current

    # Audio.

    def clip(self, by: Session, encounter_id: str, start_s: float, end_s: float) -> bytes:
        """Return the seconds from ``start_s`` to ``end_s`` of what was recorded, as a WAV file.

        Raises:
            InputError: there is no audio there, or it was purged.
        """
        self.accounts.require(by, "view")
        start, end = max(0, round(start_s * SAMPLE_RATE)), round(end_s * SAMPLE_RATE)
        if end <= start:
            raise InputError("The end of a clip lies behind its beginning.")
        with self._writing() as connection:
            self._known(connection, encounter_id)
            parts = range(start // PART_SAMPLES, (end - 1) // PART_SAMPLES + 1)
            pcm = self.shelf.pcm(connection, encounter_id, parts)
            self.log.append(connection, by.name, "listen", encounter_id, start_s=start_s, end_s=end_s)
        skip = start - parts.start * PART_SAMPLES
        return _wav(pcm[2 * skip : 2 * (skip + end - start)])

    def recording(self, by: Session, encounter_id: str) -> Recording:
        """Return the whole recording, for another engine to hear.

        Raises:
            InputError: nothing was recorded, or it was purged.
        """
        self.accounts.require(by, "view")
        with self._writing() as connection:
            self._known(connection, encounter_id)
            pcm = self.shelf.pcm(connection, encounter_id, None)
            self.log.append(connection, by.name, "listen", encounter_id)
        return audio.from_samples(audio.from_pcm16(pcm))

    # From here on: inside one transaction.

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self.database.write() as connection:
            yield connection
        self.log.keep_anchor()

    def _put(self, sealed: deposit.Deposit) -> None:
        with self.database.write() as connection:
            deposit.put(connection, sealed)

    def _take_in(self, connection: Connection, seq: int, encounter_id: str) -> None:
        tombstone = select(schema.tombstone).where(
            schema.tombstone.c.encounter_id == encounter_id, schema.tombstone.c.scope == "all"
        )
        if connection.execute(tombstone).first() is not None:
            remove_rows(connection, encounter_id)  # erased, and come back from a file that a power cut brought back
            return
        try:
            intake = self.shelf.revisions(connection, encounter_id)[-1].intake
            self.listing.index(connection, seq, intake.note)
            self.log.append(connection, SYSTEM, "received", encounter_id, flags=len(intake.note.red_flags))
        except KioskError:  # the queue shows that it is damaged; the others must not wait for it
            self.log.append(connection, SYSTEM, "received_damaged", encounter_id)
        connection.execute(update(schema.queue).where(schema.queue.c.seq == seq).values(taken_in=True))

    def _enqueue(self, connection: Connection, encounter_id: str, version: int) -> None:
        """Queue a signed version for where the site's settings send it, in the transaction of its signature."""
        now = self.site.clock.now()
        rows = [
            {
                "encounter_id": encounter_id,
                "version": version,
                "target": target,
                "queued_at": now,
                "attempts": 0,
                "next_at": now,
                "state": "waiting",
                "failure": "",
            }
            for target in self.site.settings.export.targets
        ]
        if rows:
            connection.execute(insert(schema.dispatch), rows)

    def _known(self, connection: Connection, encounter_id: str) -> Any:
        """Return the encounter's row of the queue, locked until the transaction ends."""
        query = select(schema.queue).where(schema.queue.c.encounter_id == encounter_id).with_for_update()
        row = connection.execute(query).one_or_none()
        if row is None:
            raise InputError("There is no such encounter in the store, or it was erased.")
        return row

    def _unchanged(self, connection: Connection, encounter_id: str, seen: Review) -> None:
        for table, expected in ((schema.revision, seen.revision), (schema.decision, len(seen.decisions))):
            newest = select(func.max(table.c.number)).where(table.c.encounter_id == encounter_id)
            if (connection.execute(newest).scalar() or 0) != expected:
                raise ConflictError(
                    "Somebody else changed this encounter in the meantime.", remedy="Look at it again, then decide."
                )

    def _add(
        self, connection: Connection, encounter_id: str, seen: Review, decision: Decision, *, action: str
    ) -> Review:
        self._known(connection, encounter_id)
        self._unchanged(connection, encounter_id, seen)
        key = self.shelf.key(connection, encounter_id)
        connection.execute(
            insert(schema.decision),
            [
                {
                    "encounter_id": encounter_id,
                    "number": decision.number,
                    "at": decision.at,
                    "author": decision.author,
                    "sealed": vault.seal(
                        key, codec.dump(decision), bound=place(encounter_id, "decision", decision.number)
                    ),
                }
            ],
        )
        self.log.append(
            connection, decision.author, action, encounter_id, kind=decision.body.kind, number=decision.number
        )
        after = self.shelf.review(connection, encounter_id)
        self.listing.show(connection, encounter_id, after)
        return after


def open_store(site: Premises, ask: Ask | None = None) -> Store:
    """Open the site's store with its master key; make it on first start.

    Raises:
        VaultKeyError: the master key is missing, wrong, or readable by others.
        StorageError: the folder cannot be written, or the database does not answer.
    """
    return Store(site, premises.unlock(site, site.key_place(ask)))


def remove_rows(connection: Connection, encounter_id: str) -> None:
    """Delete everything about an encounter that has a tombstone, its key first."""
    seqs = select(schema.queue.c.seq).where(schema.queue.c.encounter_id == encounter_id)
    connection.execute(delete(schema.term).where(schema.term.c.seq.in_(seqs)))
    for table in (
        schema.encounter_key,
        schema.audio,
        schema.decision,
        schema.revision,
        schema.queue,
        schema.dispatch,
    ):
        connection.execute(delete(table).where(table.c.encounter_id == encounter_id))
    connection.execute(delete(schema.encounter).where(schema.encounter.c.id == encounter_id))


def _wav(pcm: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE)
        writer.writeframes(pcm)
    return file.getvalue()
