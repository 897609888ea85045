"""Encounters, decisions, audio, the queue, accounts, the log.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ENCOUNTER = "encounter.id"


def upgrade() -> None:
    """Make the first tables."""
    id_ = sa.String(32)
    op.create_table(
        "encounter",
        sa.Column("id", id_, primary_key=True),
        sa.Column("received_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "encounter_key",
        sa.Column("encounter_id", id_, sa.ForeignKey(ENCOUNTER), primary_key=True),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    for name in ("revision", "decision"):
        op.create_table(
            name,
            sa.Column("encounter_id", id_, sa.ForeignKey(ENCOUNTER), primary_key=True),
            sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("at", sa.BigInteger, nullable=False),
            sa.Column("author", sa.Text, nullable=False),
            sa.Column("sealed", sa.LargeBinary, nullable=False),
        )
    op.create_table(
        "audio",
        sa.Column("encounter_id", id_, sa.ForeignKey(ENCOUNTER), primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("samples", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "queue",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("encounter_id", id_, sa.ForeignKey(ENCOUNTER), nullable=False, unique=True),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("urgency", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.Column("has_audio", sa.Boolean, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("queue_order", "queue", ["closed", sa.text("urgency DESC"), "seq"])
    op.create_table(
        "account",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("full_name", sa.Text, nullable=False),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("hashed", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.BigInteger),
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.String(24), nullable=False),
        sa.Column("encounter_id", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=False),
        sa.Column("proof", sa.LargeBinary, nullable=False),
    )
