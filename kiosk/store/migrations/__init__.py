"""How the store's schema came to be: named steps, all of an upgrade in one transaction.

There is no way down: a backup is the way back.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from kiosk.errors import StorageError

REVISIONS = ("0001", "0002", "0003")
HEAD = REVISIONS[-1]


def revision_of(connection: Connection) -> str | None:
    """Return the revision of a database's schema; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def upgrade(connection: Connection, to: str = HEAD) -> None:
    """Bring the schema to a revision, as a part of the caller's transaction.

    Raises:
        StorageError: a newer version of the program made this database.
    """
    present = revision_of(connection)
    if present == to:
        return
    if present is not None and present not in REVISIONS:
        raise StorageError(
            f"The store is of a newer version of this program (schema {present}).", remedy="Update the program."
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
