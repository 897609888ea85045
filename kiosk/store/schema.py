"""The store's tables, the same on SQLCipher and PostgreSQL. How they came to be is in ``migrations/``.

``encounter``, ``revision``, ``decision``, ``audio``, ``audit`` and ``tombstone`` are append-only: triggers refuse every
UPDATE, and a DELETE of what has no tombstone. Words and audio stand in ``sealed`` columns only (``kiosk.vault``).
``queue`` and ``term`` are derived: they say what a list or a search needs to know, and go with their encounter, as does
``dispatch``: which signed version of it has to go where. It holds no document; that is made of the record when it goes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
)
from sqlalchemy.engine import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """A UTC time as microseconds since 1970: sorts alike everywhere, and loses nothing."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002  # SQLAlchemy's signature
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else _EPOCH + value * _MICROSECOND


metadata = MetaData()

Serial = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column that is exactly ``INTEGER PRIMARY KEY``."""

Id = String(32)

encounter = Table(
    "encounter",
    metadata,
    Column("id", Id, primary_key=True),
    Column("received_at", UtcTime, nullable=False),
    Column("kiosk", Text, nullable=False, server_default=""),
)

encounter_key = Table(
    "encounter_key",
    metadata,
    Column("encounter_id", Id, ForeignKey("encounter.id"), primary_key=True),
    Column("key_id", String(16), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)

revision = Table(
    "revision",
    metadata,
    Column("encounter_id", Id, ForeignKey("encounter.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("author", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

decision = Table(
    "decision",
    metadata,
    Column("encounter_id", Id, ForeignKey("encounter.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("author", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

audio = Table(
    "audio",
    metadata,
    Column("encounter_id", Id, ForeignKey("encounter.id"), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("samples", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

queue = Table(
    "queue",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("encounter_id", Id, ForeignKey("encounter.id"), nullable=False, unique=True),
    Column("received_at", UtcTime, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("closed_at", UtcTime),
    Column("has_audio", Boolean, nullable=False),
    Column("taken_in", Boolean, nullable=False, server_default=false()),
    Column("sealed", LargeBinary, nullable=False),
    implicit_returning=False,
    sqlite_autoincrement=True,
)
Index("queue_order", queue.c.closed, queue.c.urgency.desc(), queue.c.seq)
Index("queue_new", queue.c.taken_in, queue.c.seq)

term = Table(
    "term",
    metadata,
    Column("token", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
Index("term_seq", term.c.seq)

tombstone = Table(
    "tombstone",
    metadata,
    Column("encounter_id", Id, primary_key=True),
    Column("scope", String(8), primary_key=True),
    Column("at", UtcTime, nullable=False),
)

dispatch = Table(
    "dispatch",
    metadata,
    Column("encounter_id", Id, ForeignKey("encounter.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("target", String(8), primary_key=True),
    Column("queued_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcTime, nullable=False),
    Column("state", String(8), nullable=False),
    Column("done_at", UtcTime),
    Column("failure", Text, nullable=False),
)
Index("dispatch_due", dispatch.c.state, dispatch.c.next_at)

account = Table(
    "account",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("full_name", Text, nullable=False),
    Column("role", String(12), nullable=False),
    Column("hashed", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", UtcTime),
)

secret = Table(
    "secret",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(24), nullable=False),
    Column("encounter_id", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    Column("proof", LargeBinary, nullable=False),
)
