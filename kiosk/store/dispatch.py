"""Signed notes go where the site's settings send them, a drop folder or a FHIR server: none unseen, none twice.

The queue is a table of the store, written in the transaction of the signature. It holds no document: that is made from
the record when it goes, so that erasing an encounter erases what waits of it. Whoever sends takes a row first, for a
while; a program that dies in the middle leaves it to the next one, and the receiver knows the document by its id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, cast

from sqlalchemy import Connection, and_, func, or_, select, update

from kiosk import export
from kiosk.errors import ExportError, InputError, KioskError
from kiosk.export import content as contents
from kiosk.export import document, drop, server
from kiosk.export.content import Content
from kiosk.store import schema
from kiosk.store.accounts import SYSTEM
from kiosk.store.nurse_end import Store

Target = Literal["folder", "server"]
State = Literal["waiting", "sending", "refused", "sent"]

LEASE_REQUESTS = 4
"""How many requests' time a sender may keep a row to itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One document that has to go somewhere.

    Attributes:
        next_at: when it is tried next (UTC).
        failure: why it has not gone yet; empty before the first attempt. Never a word of the note.
    """

    encounter_id: str
    version: int
    target: Target
    state: State
    queued_at: datetime
    attempts: int
    next_at: datetime
    failure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one round did: how many went, how many still wait, how many were refused and need a person."""

    sent: int
    waiting: int
    refused: int


def deliver(
    store: Store, *, now: bool = False, again: bool = False, stop: Callable[[], bool] = lambda: False
) -> Delivered:
    """Send what is due. Safe to call often, from several threads and programs.

    Args:
        now: also what was to wait longer after a failure.
        again: also what was refused.
        stop: asked between two documents.
    """
    sent = 0
    for row in _due(store, now=now, again=again):
        if stop():
            break
        if _take(store, row):
            sent += _send(store, row)
    waiting = pending(store)
    return Delivered(
        sent=sent,
        waiting=sum(each.state != "refused" for each in waiting),
        refused=sum(each.state == "refused" for each in waiting),
    )


def pending(store: Store) -> tuple[Sending, ...]:
    """Return what has not gone yet, the oldest first."""
    with store.database.read() as connection:
        return rows_of(connection)


def rows_of(connection: Connection) -> tuple[Sending, ...]:
    """Return what has not gone yet; names, times and failures only, so that no key but the database's is needed."""
    table = schema.dispatch
    query = (
        select(table).where(table.c.state != "sent").order_by(table.c.queued_at, table.c.encounter_id, table.c.version)
    )
    return tuple(_sending(row) for row in connection.execute(query))


def _due(store: Store, *, now: bool, again: bool) -> list[Sending]:
    time = store.site.clock.now()
    table = schema.dispatch.c
    # Further ahead than any backoff: the clock has been put back since.
    horizon = time + timedelta(seconds=store.site.settings.export.backoff_max_s) + _lease(store)
    due = or_(table.next_at <= time, table.next_at > horizon)
    wanted = and_(
        table.state.in_(("waiting", "sending")), due
    )  # one that is still being sent is due when its time is up
    if now:
        wanted = or_(wanted, table.state == "waiting")
    if again:
        wanted = or_(wanted, table.state == "refused")
    query = select(schema.dispatch).where(wanted).order_by(table.queued_at, table.encounter_id, table.version)
    with store.database.read() as connection:
        return [_sending(row) for row in connection.execute(query)]


def _take(store: Store, row: Sending) -> bool:
    """Keep a row to ourselves for a while; False when somebody else was first, or it was erased."""
    values = {"next_at": store.site.clock.now() + _lease(store), "attempts": row.attempts + 1, "state": "sending"}
    with store.database.write() as connection:
        taken = connection.execute(
            update(schema.dispatch)
            .where(_is(row), schema.dispatch.c.attempts == row.attempts, schema.dispatch.c.state == row.state)
            .values(**values)
        )
    return taken.rowcount == 1


def _send(store: Store, row: Sending) -> bool:
    """Send one document and write down how it went; return whether it went."""
    try:
        with store.database.read() as connection:
            content = contents.final(store.shelf.version(connection, row.encounter_id, row.version))
        _hand_over(store, row, content)
    except KioskError as error:
        hopeless = isinstance(error, server.RefusedError | InputError)
        _write_down(store, row, state="refused" if hopeless else "waiting", failure=error.message)
        return False
    _write_down(store, row, state="sent", failure="")
    return True


def _hand_over(store: Store, row: Sending, content: Content) -> None:
    settings = store.site.settings.export
    if row.target == "folder":
        if not settings.folder:
            raise ExportError("No drop folder is named any more.", remedy="Name it in [export] folder.")
        for form in settings.folder_forms:
            data = export.render(content, form, base=settings.base)
            drop.put(Path(settings.folder).expanduser(), export.file_name(content, form), data)
        return
    if not settings.server:
        raise ExportError("No FHIR server is named any more.", remedy="Name it in [export] server.")
    parcel = document.parcel(content, "R5" if settings.server_form == "fhir" else "R4B", base=settings.base)
    server.send(parcel, settings, again=row.attempts > 0)


def _write_down(store: Store, row: Sending, *, state: State, failure: str) -> None:
    time = store.site.clock.now()
    settings = store.site.settings.export
    wait = min(settings.backoff_s * 2**row.attempts, settings.backoff_max_s)
    values: dict[str, Any] = {"state": state, "failure": failure, "next_at": time + timedelta(seconds=wait)}
    if state == "sent":
        values["done_at"] = time
    with store.database.write() as connection:
        there = connection.execute(update(schema.dispatch).where(_is(row)).values(**values)).rowcount
        if not there:
            return  # erased in the meantime
        if state != "waiting" or not row.failure:  # the first failure, and how it ended; not every attempt between
            store.log.append(
                connection,
                SYSTEM,
                "dispatch",
                row.encounter_id,
                target=row.target,
                version=row.version,
                state="failed" if state == "waiting" else state,
                attempts=row.attempts + 1,
            )
    store.log.keep_anchor()


def _lease(store: Store) -> timedelta:
    return timedelta(seconds=LEASE_REQUESTS * store.site.settings.export.timeout_s)


def _is(row: Sending) -> Any:
    table = schema.dispatch.c
    return and_(table.encounter_id == row.encounter_id, table.version == row.version, table.target == row.target)


def _sending(row: Any) -> Sending:
    return Sending(
        encounter_id=row.encounter_id,
        version=row.version,
        target=cast(Target, row.target),
        state=cast(State, row.state),
        queued_at=row.queued_at,
        attempts=row.attempts,
        next_at=row.next_at,
        failure=row.failure,
    )


def waiting(connection: Connection) -> tuple[int, int]:
    """Return how many documents wait, and how many were refused; needs no key but the database's."""
    state = schema.dispatch.c.state
    found = connection.execute(select(state, func.count().label("n")).where(state != "sent").group_by(state)).all()
    counts = {row.state: row.n for row in found}
    refused = counts.pop("refused", 0)
    return sum(counts.values()), refused
