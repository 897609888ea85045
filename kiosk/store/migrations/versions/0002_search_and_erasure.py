"""Search, erasure with tombstones, and triggers that keep records append-only.

Encounters from before are found by search once the nurse's station has taken them in again; a note that was signed
before takes the time of its last decision as the time when it was closed.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

APPEND_ONLY = ("encounter", "revision", "decision", "audio", "audit", "tombstone")
ERASABLE = {
    "encounter": "OLD.id",
    "revision": "OLD.encounter_id",
    "decision": "OLD.encounter_id",
    "audio": "OLD.encounter_id",
}


def upgrade() -> None:
    """Add what search and erasure need."""
    op.create_table(
        "term",
        sa.Column("token", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_index("term_seq", "term", ["seq"])
    op.create_table(
        "tombstone",
        sa.Column("encounter_id", sa.String(32), primary_key=True),
        sa.Column("scope", sa.String(8), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.add_column("encounter", sa.Column("kiosk", sa.Text, nullable=False, server_default=""))
    op.add_column("queue", sa.Column("taken_in", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("queue", sa.Column("closed_at", sa.BigInteger))
    op.execute(
        "UPDATE queue SET closed_at = (SELECT max(decision.at) FROM decision "
        "WHERE decision.encounter_id = queue.encounter_id) WHERE closed"
    )
    op.create_index("queue_new", "queue", ["taken_in", "seq"])
    if op.get_bind().dialect.name == "postgresql":
        _triggers_postgresql()
    else:
        _triggers_sqlite()


def _triggers_sqlite() -> None:
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_never_changes BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
        )
        erasable = f"WHEN NOT EXISTS ({_tombstone(table)}) " if table in ERASABLE else ""
        op.execute(
            f"CREATE TRIGGER {table}_never_goes BEFORE DELETE ON {table} {erasable}"
            f"BEGIN SELECT RAISE(ABORT, 'no tombstone: {table}'); END"
        )


def _triggers_postgresql() -> None:
    for table in APPEND_ONLY:
        check = f"IF EXISTS ({_tombstone(table)}) THEN RETURN OLD; END IF; " if table in ERASABLE else ""
        op.execute(
            f"CREATE FUNCTION {table}_never_changes() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION 'append-only: {table}'; END $$"
        )
        op.execute(
            f"CREATE FUNCTION {table}_never_goes() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {check}RAISE EXCEPTION 'no tombstone: {table}'; END $$"
        )
        for event, name in (("UPDATE", "never_changes"), ("DELETE", "never_goes")):
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {table}_{name}()"
            )


def _tombstone(table: str) -> str:
    scope = "" if table == "audio" else " AND scope = 'all'"  # audio goes by either
    return f"SELECT 1 FROM tombstone WHERE encounter_id = {ERASABLE[table]}{scope}"  # noqa: S608  # names of this file
