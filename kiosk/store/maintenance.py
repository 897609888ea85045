"""Looking after a store: new keys, and whether everything in it can still be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from kiosk import keys, review, vault
from kiosk.errors import KioskError, StorageError
from kiosk.keys import KeyPlace, PassphraseFile, PatientKey
from kiosk.store import database as databases
from kiosk.store import outbox, premises, schema
from kiosk.store.nurse_end import Store
from kiosk.store.premises import Opened, Premises
from kiosk.store.shelf import Shelf

BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What ``check`` found: how much was read, and one sentence for each thing that is wrong."""

    encounters: int
    log_entries: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def rekey(site: Premises, place: KeyPlace) -> None:
    """Give the store a new master key, new page key and new key pair; lock every encounter's key anew.

    What was interrupted is finished by doing it again: until then either key opens the store. Backups keep the key that
    they were made with. With a passphrase, a new one is asked for.

    Raises:
        StorageError: another program has the store open, or the disk is full.
    """
    opened = premises.unlock(site, place)
    lock = None
    try:
        lock = site.locked()
        masters = place.load() or (opened.master,)
        if isinstance(place, PassphraseFile):
            place.renew()
        if len(masters) == 1:
            masters = (masters[0], vault.random_key())
            place.save(masters)
        new = masters[-1]
        premises.give_patient_key(site, opened.vault, masters)  # they must be able to follow at any moment
        current = opened.vault
        if opened.master != new:
            current = _rewrap(opened, new)
        opened.database.close()
        if site.is_file:
            pages = [keys.page_key(master) for master in masters]
            databases.rekey_pages(site.file, pages, keys.page_key(new))
        place.save([new])
        premises.give_patient_key(site, current, [new])
    finally:
        opened.database.close()
        if lock is not None:
            lock.release()


def check(store: Store) -> Health:
    """Read everything: the database's own structure, every sealed piece, every signature, the whole log."""
    problems = [*_structure(store), *_keys(store.site)]
    problems.extend(f"{path.name} waits in {path.parent}." for path in outbox.waiting(store.site))
    count = 0
    shelf = Shelf(store.vault)  # keys read afresh, not remembered ones
    with store.database.read() as connection:
        for encounter_id in _ids(connection):
            count += 1
            problems.extend(_encounter(shelf, connection, encounter_id))
        problems.extend(_vanished(connection))
        verdict = store.log.verify(connection)
    problems.extend(f"Log: {problem}" for problem in verdict.problems)
    return Health(encounters=count, log_entries=verdict.entries, problems=tuple(problems))


def _rewrap(opened: Opened, new: bytes) -> vault.Vault:
    """Seal the secrets with the new master key and lock every encounter for the new pair, in one transaction."""
    current = opened.vault.with_new_pair()
    table = schema.encounter_key
    with opened.database.write() as connection:
        rows = connection.execute(select(table).with_for_update()).all()
        changed = []
        for row in rows:
            data_key = opened.vault.unwrap(row.wrapped, key=row.key_id, bound=row.encounter_id)
            changed.append((row.encounter_id, current.public.wrap(data_key, bound=row.encounter_id)))
        for encounter_id, wrapped in changed:
            connection.execute(
                update(table)
                .where(table.c.encounter_id == encounter_id)
                .values(wrapped=wrapped, key_id=current.public.id)
            )
        connection.execute(delete(schema.secret))
        connection.execute(
            insert(schema.secret),
            [{"name": name, "wrapped": sealed} for name, sealed in current.wrapped(new).items()],
        )
        opened.log.append(connection, "system", "rekey", encounters=len(rows))
    opened.log.keep_anchor()
    return current


def _structure(store: Store) -> Iterator[str]:
    if store.database.kind != "sqlite":
        return  # the server's own business: amcheck, checksums
    with store.database.read() as connection:
        for pragma in ("cipher_integrity_check", "integrity_check", "foreign_key_check"):
            for row in connection.exec_driver_sql(f"PRAGMA {pragma}"):
                if row[0] != "ok":
                    yield f"The file {store.site.file} is damaged ({pragma})."
                    break


def _keys(site: Premises) -> Iterator[str]:
    try:
        patient = PatientKey.load(site.patient_key)
    except KioskError as error:
        yield error.message
        return
    if patient is not None and len(patient.pages) > 1:
        yield "A change of keys was interrupted: run kiosk store rekey again."


def _ids(connection: Connection) -> Iterator[str]:
    last = ""
    while True:
        query = select(schema.encounter.c.id).where(schema.encounter.c.id > last).order_by(schema.encounter.c.id)
        found = list(connection.execute(query.limit(BATCH)).scalars())
        yield from found
        if not found:
            return
        last = found[-1]


def _encounter(shelf: Shelf, connection: Connection, encounter_id: str) -> Iterator[str]:
    try:
        seen = shelf.review(connection, encounter_id)
        review.reviewed(seen)
        logged = select(func.count()).where(
            schema.audit.c.encounter_id == encounter_id, schema.audit.c.action.in_(("decide", "sign"))
        )
        if connection.execute(logged).scalar_one() != len(seen.decisions):
            yield f"Encounter {encounter_id}: the log knows another number of decisions than the store has."
        row = connection.execute(select(schema.queue).where(schema.queue.c.encounter_id == encounter_id)).one_or_none()
        if row is None:
            yield f"Encounter {encounter_id} is not in the queue."
        else:
            shelf.summary(connection, encounter_id, row.sealed)
            if row.has_audio:
                shelf.pcm(connection, encounter_id, None)
    except KioskError as error:
        yield f"Encounter {encounter_id}: {error.message}"


def _vanished(connection: Connection) -> Iterator[str]:
    """Find encounters that the log has received and that are neither here nor erased."""
    audit, encounter, stone = schema.audit.c, schema.encounter.c, schema.tombstone.c
    query = (
        select(audit.encounter_id)
        .where(
            audit.action == "received",
            audit.encounter_id.not_in(select(encounter.id)),
            audit.encounter_id.not_in(select(stone.encounter_id).where(stone.scope == "all")),
        )
        .distinct()
    )
    for encounter_id in connection.execute(query).scalars():
        yield f"Encounter {encounter_id} was received and is gone."


def require_healthy(health: Health) -> None:
    """Raise StorageError when something is wrong."""
    if not health.ok:
        raise StorageError(
            f"{len(health.problems)} things are wrong with the store; the first: {health.problems[0]}",
            remedy="Restore a backup, or ask whoever looks after it.",
        )
