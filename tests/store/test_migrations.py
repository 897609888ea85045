"""The schema's history: an upgrade from every earlier version, with data, keeps everything and loses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, insert

from kiosk import codec, keys, vault
from kiosk.errors import StorageError
from kiosk.review.decisions import AddVitals, Decision, Vitals
from kiosk.store import deposit, maintenance, migrations, premises, schema
from kiosk.store.audit import AuditLog
from kiosk.store.nurse_end import open_store
from kiosk.vault import Vault
from tests.store.conftest import CHINESE_WORD, Bench, FakeClock, premises_at, tiny


@pytest.fixture(params=["sqlcipher", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> premises.Premises:
    """Return the premises of a site where nothing has been made yet."""
    url = request.getfixturevalue("database_url") if request.param == "postgresql" else ""
    return premises_at(tmp_path / "home", url=url)


def old_store(site: premises.Premises, revision: str) -> tuple[str, Decision]:
    """Make a store as the version of ``revision`` would have left it: one encounter, with audio and a decision."""
    time = FakeClock()
    master, secrets = vault.random_key(), Vault.generate()
    keys.KeyFile(site.master).save([master])
    sealed = deposit.prepare(tiny(), bytes(2 * 16_000), key=secrets.public, at=time.time)
    data_key = secrets.unwrap(sealed.wrapped, key=sealed.key_id, bound=sealed.id)
    decision = Decision(
        number=1,
        revision=1,
        at=time.time,
        author="wang.fang",
        author_name="王芳",
        body=AddVitals(vitals=Vitals(pulse=80)),
    )
    at = schema.UtcTime().process_bind_param(time.time, None)  # type: ignore[arg-type]  # needs no dialect
    name = {"encounter_id": sealed.id}
    rows: list[tuple[str, dict[str, Any]]] = [
        *(("secret", {"name": key, "wrapped": value}) for key, value in secrets.wrapped(master).items()),
        ("encounter", {"id": sealed.id, "received_at": at}),
        ("encounter_key", {**name, "key_id": sealed.key_id, "wrapped": sealed.wrapped}),
        ("revision", {**name, "number": 1, "at": at, "author": "", "sealed": sealed.intake}),
        (
            "decision",
            {
                **name,
                "number": 1,
                "at": at,
                "author": "wang.fang",
                "sealed": vault.seal(data_key, codec.dump(decision), bound=deposit.place(sealed.id, "decision", 1)),
            },
        ),
        ("audio", {**name, "part": 0, "samples": 16_000, "sealed": sealed.parts[0].sealed}),
        (
            "queue",
            {
                **name,
                "received_at": at,
                "urgency": 0,
                "state": "review",
                "closed": False,
                "has_audio": True,
                "sealed": sealed.summary,
            },
        ),
    ]
    database = site.database([keys.page_key(master)])
    with database.write() as connection:
        migrations.upgrade(connection, revision)
        assert migrations.revision_of(connection) == revision
        tables = MetaData()
        tables.reflect(connection)
        for table, row in rows:
            connection.execute(insert(tables.tables[table]), [row])
        log = AuditLog(key=secrets.audit, anchor=site.anchor, clock=time.clock())
        log.begin(connection)
        log.append(connection, "wang.fang", "decide", sealed.id)
    log.keep_anchor()
    database.close()
    return sealed.id, decision


@pytest.mark.parametrize("revision", migrations.REVISIONS)
def test_an_upgrade_with_data(home: premises.Premises, revision: str) -> None:
    name, decision = old_store(home, revision)
    bench = Bench(home, FakeClock())
    (waiting,) = bench.store.queue(bench.nurse)
    assert waiting.encounter_id == name
    seen = bench.store.open(bench.nurse, name)
    assert (seen.intake, seen.decisions) == (tiny(), (decision,))
    assert bench.store.recording(bench.nurse, name).samples.size == 16_000
    assert [each.encounter_id for each in bench.store.search(bench.nurse, CHINESE_WORD)] == [name]
    assert maintenance.check(bench.store).problems == ()
    bench.close()


def test_the_schema_is_what_the_migrations_make(home: premises.Premises) -> None:
    store = open_store(home)
    with store.database.read() as connection:
        assert migrations.revision_of(connection) == migrations.HEAD
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    store.close()


def test_an_upgrade_that_fails_changes_nothing(home: premises.Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    name, _ = old_store(home, "0001")

    def breaks(*_: object, **__: object) -> None:
        raise StorageError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(AuditLog, "append", breaks)  # after all statements of the upgrade
        with pytest.raises(StorageError):
            open_store(home)
    masters = keys.KeyFile(home.master).load()
    assert masters is not None
    database = home.database([keys.page_key(masters[0])])
    with database.read() as connection:
        assert migrations.revision_of(connection) == "0001"
    database.close()
    bench = Bench(home, FakeClock())
    assert [each.encounter_id for each in bench.store.queue(bench.nurse)] == [name]
    bench.close()


def test_a_newer_database_is_refused(home: premises.Premises) -> None:
    store = open_store(home)
    with store.database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(StorageError, match="newer"):
        open_store(home)
