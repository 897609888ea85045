"""The patient's end of the store: it takes encounters in, and can open none.

:class:`StoreOutbox` holds the database's page key and the store's public key, never the master key. When :meth:`send`
returns, the encounter is on the disk: in the database, or, while that does not answer, in a sealed file from which it
goes there later by itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout
from pydantic import ValidationError

from kiosk import audio, codec
from kiosk.audio import Recording
from kiosk.capture import journal
from kiosk.encounter import Intake
from kiosk.errors import AccessError, AudioError, ConflictError, KioskError, StorageError, VaultKeyError
from kiosk.intakes import Receipt
from kiosk.keys import PatientKey
from kiosk.store import deposit, premises
from kiosk.store.database import Database
from kiosk.store.deposit import Deposit
from kiosk.store.premises import Premises


class StoreOutbox:
    """Sends to the site's store."""

    def __init__(self, site: Premises) -> None:
        self._site = site
        self._database: Database | None = None
        self._key: PatientKey | None = None

    def send(self, intake: Intake, recording: Path | Recording | None) -> Receipt:
        """See :class:`kiosk.intakes.Outbox`; also takes a recording that is in memory."""
        pcm = b""
        if isinstance(recording, Recording):
            pcm = audio.to_pcm16(recording.samples)
        elif recording is not None:
            try:
                pcm = audio.to_pcm16(journal.recover(recording).samples)
            except AudioError as error:
                raise StorageError(error.message, remedy=error.remedy) from None
        key = self._patient_key()
        sealed = deposit.prepare(
            intake, pcm, key=key.public, at=self._site.clock.now(), kiosk=self._site.settings.site.name
        )
        try:
            self._put(sealed)
        except (StorageError, VaultKeyError, ConflictError):
            deposit.spool(sealed, self._site.spool)  # raises when this disk fails as well
            return Receipt(encounter_id=sealed.id, delivered=False)
        self.tend()
        return Receipt(encounter_id=sealed.id, delivered=True)

    def withdraw(self, encounter_id: str) -> None:
        """See :class:`kiosk.intakes.Outbox`. This end can only erase what is still on its way.

        Raises:
            AccessError: the encounter is in the store; erasing there needs the master key (``kiosk.store.withdrawal``).
        """
        waiting_here = self._site.spool / f"{encounter_id}{deposit.SUFFIX}"
        if not waiting_here.exists():
            raise AccessError(
                "What was sent is in the store; this program may not erase there.",
                remedy=f"An administrator erases it: kiosk store erase {encounter_id}",
            )
        waiting_here.unlink()

    def tend(self) -> None:
        """See :class:`kiosk.intakes.Outbox`."""
        if waiting(self._site):
            try:
                key = self._patient_key()
                deliver(self._site, self._put, key)
            except KioskError:
                pass  # the next time

    def close(self) -> None:
        """Close the database."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _put(self, sealed: Deposit) -> None:
        for last in (False, True):
            try:
                with self._opened().write() as connection:
                    deposit.put(connection, sealed)
            except (StorageError, VaultKeyError):
                # Rekeyed, restored or restarted in the meantime: once more with the key of now and a new connection.
                self.close()
                self._key = None
                if last:
                    raise
            else:
                return

    def _opened(self) -> Database:
        if self._database is None:
            self._database = self._site.database(self._patient_key().pages)
        return self._database

    def _patient_key(self) -> PatientKey:
        if self._key is None:
            self._key = PatientKey.load(self._site.patient_key)
        if self._key is None:
            # First start on a fresh machine: make the store; its secrets are dropped again at once.
            premises.unlock(self._site).database.close()
            self._key = PatientKey.load(self._site.patient_key)
        if self._key is None:
            raise VaultKeyError(f"{self._site.patient_key} is missing.", remedy="Run kiosk store check.")
        return self._key


class Put(Protocol):
    """Puts a deposit into the database."""

    def __call__(self, sealed: Deposit, /) -> None: ...


def waiting(site: Premises) -> list[Path]:
    """Return the files that are not in the database yet: deposits, and intakes of versions before the store."""
    return [*sorted(site.spool.glob(f"*{deposit.SUFFIX}")), *sorted(site.legacy.glob("*.json"))]


def deliver(site: Premises, put: Put, key: PatientKey) -> int:
    """Put everything that waits into the database; each file goes once its encounter is there. Return how many.

    A file that cannot be read is left alone. Two processes may deliver at once: one of them does.

    Raises:
        StorageError: the database does not answer.
    """
    done = 0
    with _alone(site) as alone:
        for path in waiting(site) if alone else ():
            if path.suffix == deposit.SUFFIX:
                try:
                    sealed = deposit.from_spool(path)
                except StorageError:
                    continue
                put(sealed)
            else:
                legacy = _legacy(path, key, site)
                if legacy is None:
                    continue
                put(legacy)
                path.with_suffix(journal.SUFFIX).unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            done += 1
    return done


def _legacy(path: Path, key: PatientKey, site: Premises) -> Deposit | None:
    """Read an intake that a version before the store left as a file; the same file always gives the same id."""
    recording = path.with_suffix(journal.SUFFIX)
    try:
        data = path.read_bytes()
        intake = codec.build(Intake, json.loads(data))
        at = datetime.strptime(path.name.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        pcm = audio.to_pcm16(journal.recover(recording).samples) if recording.exists() else b""
    except (OSError, ValueError, ValidationError, AudioError):
        return None
    name = hashlib.sha256(path.name.encode() + b"\n" + data).hexdigest()[:32]
    return deposit.prepare(intake, pcm, key=key.public, at=at, kiosk=site.settings.site.name, encounter_id=name)


@contextmanager
def _alone(site: Premises) -> Iterator[bool]:
    try:
        site.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(site.folder / ".deliver", timeout=0):
            yield True
    except Timeout:
        yield False
    except OSError as error:
        raise StorageError(f"{site.folder} cannot be written: {error.strerror or type(error).__name__}.") from None
