"""Run by Alembic: takes the connection, and the transaction, of whoever upgrades."""

from __future__ import annotations

from alembic import context

from kiosk.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
