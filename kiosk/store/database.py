"""SQLCipher or PostgreSQL: connections, transactions, and what they say to a person when they fail.

Every transaction is durable when it returns: SQLCipher in write-ahead mode with ``synchronous=FULL``, PostgreSQL with
``synchronous_commit=on``. On SQLite, writers queue up (``BEGIN IMMEDIATE``) instead of failing half-way. Statements are
never shown with their parameters.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

from kiosk.errors import ConflictError, InputError, StorageError, VaultKeyError

Kind = Literal["sqlite", "postgresql"]

BUSY_S = 30
"""How long a writer waits for another one."""

CACHE_KIB = 65_536
"""Decrypted pages that a connection keeps, at most. The index's entries lie all over it: with SQLite's own 2 MB, taking
in an encounter would decrypt a page for nearly every one of its terms once the store has grown."""

_WRITING = "kiosk_writing"
_BARE = "kiosk_bare"


class Database:
    """One database. Thread-safe; each ``read`` and ``write`` has a connection of its own.

    Attributes:
        kind: ``sqlite`` or ``postgresql``.
        where: what a person knows it by: a path, or a host; never with a password.
    """

    def __init__(self, engine: Engine, *, kind: Kind, where: str) -> None:
        """Use :func:`sqlcipher` or :func:`postgresql`."""
        self.engine = engine
        self.kind: Kind = kind
        self.where = where

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads: all its queries see the same moment.

        Raises:
            StorageError: the database does not answer.
        """
        with self.explained(), self.engine.connect() as connection:
            if self.kind == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that is on the disk when the ``with`` block has been left, or has not happened at all.

        Raises:
            StorageError: the disk is full or read-only, or the database does not answer.
            ConflictError: somebody else wrote the same record first.
        """
        with self.explained(), self.engine.connect() as connection:
            connection = connection.execution_options(**{_WRITING: True})
            with connection.begin():
                yield connection

    @contextmanager
    def bare(self) -> Iterator[Connection]:
        """Open a connection without a transaction, for what a database only does outside of one.

        Raises:
            StorageError: the database does not answer.
        """
        with self.explained(), self.engine.connect() as connection:
            if self.kind == "sqlite":
                yield connection.execution_options(**{_BARE: True})
            else:
                yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Say to a person what a database says to a program."""
        try:
            yield
        except IntegrityError as error:
            if any(sign in str(error.orig) for sign in ("append-only", "no tombstone")):
                raise _refused(error) from None
            raise ConflictError(
                "Somebody else changed this record in the meantime.", remedy="Look at it again, then decide."
            ) from None
        except DBAPIError as error:
            if error.connection_invalidated:
                self.engine.dispose()
            reason = _reason(error)
            raise StorageError(
                f"The store {self.where} does not take or give data: {reason}.", remedy=_remedy(reason, self.where)
            ) from None


def sqlcipher(path: Path, keys: Sequence[bytes]) -> Database:
    """Return the encrypted SQLite database at ``path``; the file is made, for its owner only, when there is none.

    Args:
        keys: page keys, tried in turn; a new file gets the first.

    Raises:
        VaultKeyError: none of the keys opens the file.
        StorageError: the folder cannot be written.
    """
    from sqlcipher3 import dbapi2

    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # -wal and -shm take its mode
    except OSError as error:
        raise StorageError(
            f"The store {path} cannot be opened: {error.strerror}.", remedy=_remedy(str(error), str(path))
        ) from None

    def connect() -> Any:
        for key in keys:
            connection = dbapi2.connect(str(path), timeout=BUSY_S, isolation_level=None, check_same_thread=False)
            try:
                connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
                connection.execute("SELECT count(*) FROM sqlite_master")
            except dbapi2.DatabaseError as error:
                connection.close()
                if "not a database" not in str(error):
                    raise
                continue
            for pragma in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "foreign_keys = ON",
                "secure_delete = ON",  # what is erased is overwritten, not only forgotten
                "temp_store = MEMORY",  # nothing in the clear in a temporary file
                f"cache_size = -{CACHE_KIB}",
            ):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            return connection
        raise VaultKeyError(
            f"The store {path} does not open with this key, or it is damaged.",
            remedy="Put the right key in its place ([store] key, key_file in the settings), or restore a backup.",
        )

    target = URL.create("sqlite", database=str(path))
    engine = create_engine(target, module=dbapi2, creator=connect, hide_parameters=True)
    event.listen(engine, "begin", _begin)
    return Database(engine, kind="sqlite", where=str(path))


def rekey_pages(path: Path, keys: Sequence[bytes], new: bytes) -> None:
    """Encrypt every page of a SQLCipher file with ``new``; a power cut leaves it whole, with one key or the other.

    Args:
        keys: page keys, tried in turn, that open the file now.

    Raises:
        StorageError: another program has it open, or the disk is full: twice the file's size is needed for a while.
    """
    database = sqlcipher(path, keys)
    try:
        with database.bare() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 2000")
            # With a rollback journal the change is one transaction; it also proves that nobody else is connected.
            connection.exec_driver_sql("PRAGMA journal_mode = DELETE")
            connection.exec_driver_sql("PRAGMA synchronous = EXTRA")  # the journal's end is on the disk, too
            connection.exec_driver_sql(f"PRAGMA rekey = \"x'{new.hex()}'\"")
            connection.invalidate()
    finally:
        database.close()


def postgresql(url: str) -> Database:
    """Return the PostgreSQL database at ``url`` (``postgresql://user@host/database``).

    Raises:
        InputError: the URL cannot be read.
    """
    try:
        target = make_url(url).set(drivername="postgresql+psycopg")
    except ValueError:
        raise InputError(
            "The URL of the store cannot be read.", remedy="Correct [store] url in the settings."
        ) from None
    engine = create_engine(
        target,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 5,
            "application_name": "kiosk",
            "options": "-c synchronous_commit=on -c lock_timeout=30s -c idle_in_transaction_session_timeout=60s",
        },
    )
    where = f"{target.database} on {target.host or target.query.get('host') or 'this machine'}"
    return Database(engine, kind="postgresql", where=where)


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get(_BARE, False):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITING, False) else "BEGIN")


def _refused(error: IntegrityError) -> StorageError:
    return StorageError(f"The store keeps what was recorded ({_reason(error)}).", remedy="Add a decision instead.")


def _reason(error: DBAPIError) -> str:
    """Return what happened in the database's own words, without any data of a record."""
    original = error.orig
    diagnosis = getattr(original, "diag", None)
    text = getattr(diagnosis, "message_primary", None) or str(original).partition("\n")[0]
    return text.strip().rstrip(".") or type(original).__name__


def _remedy(reason: str, where: str) -> str:
    reason = reason.lower()
    if "full" in reason or "space" in reason or "too large" in reason:
        return "Free some disk space: df -h"
    if "readonly" in reason or "read-only" in reason or "unable to open" in reason or "permission" in reason:
        return f"Make its folder and its file writable for this user: ls -l {where}"
    if "locked" in reason:
        return "Another program holds it; close it and try again."
    if "malformed" in reason or "not a database" in reason:
        return "Run kiosk store check; restore a backup if it is damaged."
    return "Try again; kiosk store check says more."
