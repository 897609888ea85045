"""Where a site's store is, and how it is opened: keys, database, schema, secrets; on first start all are made.

Making is done in an order that a power cut cannot spoil: the master key is safely on the disk before anything is
encrypted with it, and the database has all its tables and secrets or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, insert, select, text

from kiosk import keys, vault
from kiosk.clock import SYSTEM, Clock
from kiosk.errors import StorageError, VaultKeyError
from kiosk.keys import Ask, KeyFile, KeyPlace, PassphraseFile, PatientKey, SystemKeyring
from kiosk.settings import Settings
from kiosk.store import database as databases
from kiosk.store import migrations, schema
from kiosk.store.audit import ANCHOR, AuditLog
from kiosk.store.database import Database
from kiosk.vault import Vault

LOCK_S = 120
_ADVISORY = 7_061_123  # any number that is ours alone: who makes or upgrades the store on PostgreSQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """The paths of one site's store, and its settings.

    Attributes:
        home: the site's data folder; the store's own folder is ``home/store``.
    """

    settings: Settings
    home: Path
    clock: Clock = SYSTEM

    @property
    def folder(self) -> Path:
        return self.home / "store"

    @property
    def file(self) -> Path:
        """The SQLCipher file."""
        return self.folder / "kiosk.db"

    @property
    def patient_key(self) -> Path:
        return self.folder / "patient.key"

    @property
    def anchor(self) -> Path:
        return self.folder / ANCHOR

    @property
    def spool(self) -> Path:
        """Deposits that wait for the database."""
        return self.folder / "spool"

    @property
    def legacy(self) -> Path:
        """Where versions before the store left intakes, as files in the clear."""
        return self.home / "intakes"

    @property
    def master(self) -> Path:
        chosen = self.settings.store.key_file
        return Path(chosen).expanduser() if chosen else self.folder / "master.key"

    @property
    def is_file(self) -> bool:
        """Say whether the store is a SQLCipher file, not a PostgreSQL server."""
        return not self.settings.store.url

    def key_place(self, ask: Ask | None = None) -> KeyPlace:
        """Return where the master key lives."""
        match self.settings.store.key:
            case "file":
                return KeyFile(self.master)
            case "keyring":
                return SystemKeyring(str(self.folder.absolute()))
            case "passphrase":
                return PassphraseFile(self.master, ask or _nobody_to_ask)

    def database(self, pages: Sequence[bytes]) -> Database:
        """Open the database; ``pages`` are the keys of its pages, for SQLCipher."""
        if self.is_file:
            return databases.sqlcipher(self.file, pages)
        return databases.postgresql(self.settings.store.url)

    def locked(self) -> FileLock:
        """Return the lock that whoever makes, upgrades or rekeys the store holds."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = FileLock(self.folder / ".lock", timeout=LOCK_S)
            lock.acquire()
        except Timeout:
            raise StorageError(f"Another program is busy with the store in {self.folder}.") from None
        except OSError as error:
            raise StorageError(
                f"The store's folder {self.folder} cannot be written: {error.strerror or type(error).__name__}.",
                remedy=f"Free some disk space or correct its owner: df -h; ls -ld {self.folder}",
            ) from None
        return lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A store with its secrets opened. ``master`` is the key that opened them."""

    database: Database
    vault: Vault
    master: bytes
    log: AuditLog


def unlock(premises: Premises, place: KeyPlace | None = None) -> Opened:
    """Open the store; make it when there is none.

    Args:
        place: where the master key lives, as :meth:`Premises.key_place` says; by default without anybody to ask.

    Raises:
        VaultKeyError: the master key is missing, wrong, or readable by others.
        StorageError: the folder cannot be written, or the database does not answer.
    """
    lock = premises.locked()
    try:
        place = place or premises.key_place()
        masters = place.load()
        if masters is None:
            _require_new(premises)
            masters = (vault.random_key(),)
            place.save(masters)
        database = premises.database([keys.page_key(master) for master in masters])
        try:
            opened = _open(database, premises, masters)
        except BaseException:
            database.close()
            raise
        give_patient_key(premises, opened.vault, masters)
    finally:
        lock.release()
    return opened


def give_patient_key(premises: Premises, opened: Vault, masters: Sequence[bytes]) -> None:
    """Write what the patient's screens may have, where it is not there or not up to date."""
    pages = tuple(keys.page_key(master) for master in masters) if premises.is_file else ()
    wanted = PatientKey(pages=pages, public=opened.public)
    try:
        present = PatientKey.load(premises.patient_key)
    except VaultKeyError:
        present = None
    if present != wanted:
        wanted.save(premises.patient_key)


def stored_secrets(connection: Connection) -> dict[str, bytes]:
    """Return the wrapped secrets by name."""
    return {row.name: row.wrapped for row in connection.execute(select(schema.secret))}


def _open(database: Database, premises: Premises, masters: Sequence[bytes]) -> Opened:
    with database.read() as connection:
        present = migrations.revision_of(connection)
        wrapped = stored_secrets(connection) if present is not None else {}
    if present == migrations.HEAD and wrapped:
        opened, master = vault.unwrap_secrets(wrapped, masters)
        return Opened(database=database, vault=opened, master=master, log=_log(premises, opened))
    with database.write() as connection:
        if database.kind == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ADVISORY})
        before = migrations.revision_of(connection)
        migrations.upgrade(connection)
        wrapped = stored_secrets(connection)
        if wrapped:
            opened, master = vault.unwrap_secrets(wrapped, masters)
        else:
            opened, master = Vault.generate(), masters[0]
            rows = [{"name": name, "wrapped": sealed} for name, sealed in opened.wrapped(master).items()]
            connection.execute(insert(schema.secret), rows)
        log = _log(premises, opened)
        if not wrapped:
            log.begin(connection)
            log.append(connection, "system", "store_made", schema=migrations.HEAD)
        elif before != migrations.HEAD:
            log.append(connection, "system", "store_upgraded", before=before, after=migrations.HEAD)
    log.keep_anchor()
    return Opened(database=database, vault=opened, master=master, log=log)


def _log(premises: Premises, opened: Vault) -> AuditLog:
    return AuditLog(key=opened.audit, anchor=premises.anchor, clock=premises.clock)


def _require_new(premises: Premises) -> None:
    """Refuse to make a new master key where a store exists: it could never be opened with it."""
    if premises.is_file:
        exists = premises.file.exists() and premises.file.stat().st_size > 0
    else:
        database = premises.database(())
        try:
            with database.read() as connection:
                exists = migrations.revision_of(connection) is not None and bool(stored_secrets(connection))
        finally:
            database.close()
    if exists:
        where = premises.file if premises.is_file else "the PostgreSQL server"
        raise VaultKeyError(
            f"There is a store ({where}), but its master key is not where the settings say.",
            remedy=f"Put it back to {premises.master} ([store] key, key_file), or restore a backup.",
        )


def _nobody_to_ask(_prompt: str) -> str:
    raise VaultKeyError(
        "The store is locked with a passphrase, and there is nobody to ask.",
        remedy="Run kiosk store check once, in a terminal.",
    )
