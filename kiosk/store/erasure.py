"""What must go, goes: on request, and by the site's retention policy. A tombstone stays, and the log's lines.

Erasing deletes an encounter's key, words, audio, decisions and derived rows in one transaction, then makes the database
forget them too: SQLCipher overwrites deleted pages (``secure_delete``) and its write-ahead log is emptied; PostgreSQL
is vacuumed. Neither ever held a word in the clear.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, exists, insert, select, text, update

from kiosk.errors import InputError, StorageError
from kiosk.store import deposit, schema
from kiosk.store.accounts import SYSTEM, Session
from kiosk.store.database import Database
from kiosk.store.nurse_end import Store, remove_rows

_ERASED_FROM = ("encounter_key", "audio", "decision", "revision", "queue", "term", "dispatch", "encounter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What a purge removed: encounters as a whole, and audio of those that stay."""

    encounters: int
    audio: int


def erase(store: Store, by: Session, encounter_id: str, *, reason: str = "request") -> None:
    """Remove an encounter: audio, text, decisions, derived rows. Only a tombstone stays.

    Args:
        reason: one word for the log, e.g. ``request`` or ``withdrawn``.

    Raises:
        InputError: there is no such encounter.
    """
    store.accounts.require(by, "erase")
    if not reason.isidentifier():
        raise InputError("The reason is one word, for the log: it must not say anything about the patient.")
    _remove(store, by.name, encounter_id, reason)
    scrub(store.database)


def withdraw(store: Store, encounter_id: str) -> None:
    """Erase an encounter because the patient, still at the kiosk, took it back.

    Raises:
        InputError: there is no such encounter.
    """
    _remove(store, SYSTEM, encounter_id, "withdrawn")
    scrub(store.database)


def erase_again(store: Store, encounter_id: str) -> None:
    """Erase what an older backup has brought back, if it did."""
    with store.database.read() as connection:
        there = select(schema.encounter.c.id).where(schema.encounter.c.id == encounter_id)
        if connection.execute(there).first() is None:
            return
    _remove(store, SYSTEM, encounter_id, "restored")
    scrub(store.database)


def purge(store: Store, by: Session | None = None, *, clock_is_right: bool = False) -> Purged:
    """Remove what the site's policy ([privacy] in the settings) says need not be kept any longer.

    A signed note that has not yet gone where the settings send it ([export]) is kept until it has.

    Args:
        by: None when the program does it by itself.
        clock_is_right: a person has looked at the clock, although it seems to have jumped ahead.

    Raises:
        InputError: the clock has jumped ahead since the last purge: it would erase what must be kept.
    """
    if by is not None:
        store.accounts.require(by, "purge")
    actor = by.name if by is not None else SYSTEM
    policy = store.site.settings.privacy
    if not clock_is_right:
        _require_plausible_clock(store, policy.largest_clock_step_days)
    now = store.site.clock.now()
    queue = schema.queue.c
    whole: list[str] = []
    spoken: list[str] = []
    with store.database.read() as connection:
        if policy.encounter_days >= 0:
            limit = now - timedelta(days=policy.encounter_days)
            sending = schema.dispatch.c
            unsent = exists().where(sending.encounter_id == queue.encounter_id, sending.state != "sent")
            query = select(queue.encounter_id).where(queue.closed.is_(True), queue.received_at <= limit, ~unsent)
            whole = list(connection.execute(query).scalars())
        if policy.audio_days_after_signing >= 0:
            limit = now - timedelta(days=policy.audio_days_after_signing)
            query = select(queue.encounter_id).where(
                queue.closed.is_(True), queue.has_audio.is_(True), queue.closed_at <= limit
            )
            gone = set(whole)
            spoken = [name for name in connection.execute(query).scalars() if name not in gone]
    for encounter_id in whole:
        _remove(store, actor, encounter_id, "retention")
    for encounter_id in spoken:
        _remove_audio(store, actor, encounter_id)
    with store.database.write() as connection:
        store.log.append(connection, actor, "purge", encounters=len(whole), audio=len(spoken))
    store.log.keep_anchor()
    if whole or spoken:
        scrub(store.database)
    return Purged(encounters=len(whole), audio=len(spoken))


def scrub(database: Database) -> None:
    """Make the database forget what was deleted.

    Raises:
        StorageError: another program keeps reading, so that old pages stay in the write-ahead log; try again later.
    """
    with database.bare() as connection:
        if database.kind != "sqlite":
            for table in _ERASED_FROM:
                connection.execute(text(f"VACUUM {table}"))
            return
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
    if busy:
        raise StorageError(
            "It is erased; older pages stay in the store's write-ahead log while another program reads.",
            remedy="Close the other kiosk programs, then run kiosk store purge.",
        )


def _remove(store: Store, actor: str, encounter_id: str, reason: str) -> None:
    with store.database.write() as connection:
        known = select(schema.encounter.c.id).where(schema.encounter.c.id == encounter_id).with_for_update()
        if connection.execute(known).first() is None:
            raise InputError("There is no such encounter in the store, or it was erased.")
        store.log.append(connection, actor, "erase", encounter_id, reason=reason)
        connection.execute(
            insert(schema.tombstone),
            [{"encounter_id": encounter_id, "scope": "all", "at": store.site.clock.now()}],
        )
        remove_rows(connection, encounter_id)
    store.log.keep_anchor()
    store.shelf.forget(encounter_id)
    (store.site.spool / f"{encounter_id}{deposit.SUFFIX}").unlink(missing_ok=True)


def _remove_audio(store: Store, actor: str, encounter_id: str) -> None:
    with store.database.write() as connection:
        store.log.append(connection, actor, "purge_audio", encounter_id)
        stone = {"encounter_id": encounter_id, "scope": "audio", "at": store.site.clock.now()}
        connection.execute(insert(schema.tombstone), [stone])
        connection.execute(delete(schema.audio).where(schema.audio.c.encounter_id == encounter_id))
        connection.execute(
            update(schema.queue).where(schema.queue.c.encounter_id == encounter_id).values(has_audio=False)
        )
    store.log.keep_anchor()


def _require_plausible_clock(store: Store, days: int) -> None:
    """Look for a jump of the clock in the log since the last purge, and between its end and now."""
    audit = schema.audit.c
    with store.database.read() as connection:
        last = select(audit.seq).where(audit.action == "purge").order_by(audit.seq.desc()).limit(1)
        since = connection.execute(last).scalar() or 0
        times = list(connection.execute(select(audit.at).where(audit.seq >= since).order_by(audit.seq)).scalars())
    times.append(store.site.clock.now())
    for before, after in itertools.pairwise(times):
        if after - before > timedelta(days=days):
            raise InputError(
                f"The clock went ahead {(after - before).days} days at once: by its word, records would be erased that "
                "must be kept.",
                remedy="Look at the date; if it is right: kiosk store purge --clock-is-right",
            )
