"""Documents on their way to the hospital: which version of which encounter goes where, and how it went.

Notes that were signed before are not sent: nobody had asked for it.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the queue of documents."""
    op.create_table(
        "dispatch",
        sa.Column("encounter_id", sa.String(32), sa.ForeignKey("encounter.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("target", sa.String(8), primary_key=True),
        sa.Column("queued_at", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("done_at", sa.BigInteger),
        sa.Column("failure", sa.Text, nullable=False),
    )
    op.create_index("dispatch_due", "dispatch", ["state", "next_at"])
