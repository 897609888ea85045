"""The log's chain: every kind of tampering is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text

from kiosk.errors import TamperError
from kiosk.store import maintenance
from tests.store.conftest import Bench, tiny


@pytest.fixture
def full(bench: Bench) -> Bench:
    for _ in range(3):
        bench.outbox.send(tiny(), None)
    for waiting in bench.store.queue(bench.nurse):
        bench.store.open(bench.nurse, waiting.encounter_id)
    return bench


def unguarded(connection: Connection) -> None:
    """Do as somebody who owns the database: the triggers do not hold him."""
    for name in ("never_changes", "never_goes"):
        on = " ON audit" if connection.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER audit_{name}{on}"))


def flip_a_byte(connection: Connection) -> None:
    connection.execute(text("UPDATE audit SET actor = 'wang.fann' WHERE seq = 5"))


def flip_a_mac(connection: Connection) -> None:
    mac = bytearray(connection.execute(text("SELECT mac FROM audit WHERE seq = 5")).scalar_one())
    mac[0] ^= 1
    connection.execute(text("UPDATE audit SET mac = :mac WHERE seq = 5"), {"mac": bytes(mac)})


def change_the_time(connection: Connection) -> None:
    connection.execute(text("UPDATE audit SET at = at + 1 WHERE seq = 5"))


def delete_a_row(connection: Connection) -> None:
    connection.execute(text("DELETE FROM audit WHERE seq = 5"))


def delete_the_first(connection: Connection) -> None:
    connection.execute(text("DELETE FROM audit WHERE seq = 1"))


def delete_and_renumber(connection: Connection) -> None:
    connection.execute(text("DELETE FROM audit WHERE seq = 5"))
    last = connection.execute(text("SELECT max(seq) FROM audit")).scalar_one()
    for seq in range(6, last + 1):
        connection.execute(text("UPDATE audit SET seq = :to WHERE seq = :seq"), {"to": seq - 1, "seq": seq})
    connection.execute(text("UPDATE audit_head SET seq = seq - 1"))


def reorder(connection: Connection) -> None:
    for to, seq in ((-1, 5), (5, 6), (6, -1)):
        connection.execute(text("UPDATE audit SET seq = :to WHERE seq = :seq"), {"to": to, "seq": seq})


def cut_off_the_end(connection: Connection) -> None:
    connection.execute(text("DELETE FROM audit WHERE seq > 6"))


def cut_off_and_mend_the_head(connection: Connection) -> None:
    connection.execute(text("DELETE FROM audit WHERE seq > 6"))
    mac = connection.execute(text("SELECT mac FROM audit WHERE seq = 6")).scalar_one()
    connection.execute(text("UPDATE audit_head SET seq = 6, mac = :mac"), {"mac": mac})


def insert_one(connection: Connection) -> None:
    last = connection.execute(text("SELECT max(seq) FROM audit")).scalar_one()
    connection.execute(
        text("INSERT INTO audit SELECT :seq, at, actor, action, encounter_id, detail, mac FROM audit WHERE seq = 5"),
        {"seq": last + 1},
    )


def empty(connection: Connection) -> None:
    connection.execute(text("DELETE FROM audit"))
    connection.execute(text("DELETE FROM audit_head"))


TAMPERING: list[Callable[[Connection], None]] = [
    flip_a_byte,
    flip_a_mac,
    change_the_time,
    delete_a_row,
    delete_the_first,
    delete_and_renumber,
    reorder,
    cut_off_the_end,
    cut_off_and_mend_the_head,
    insert_one,
    empty,
]


def problems(bench: Bench) -> tuple[str, ...]:
    with bench.store.database.read() as connection:
        return bench.store.log.verify(connection).problems


def test_a_log_that_nobody_touched_is_whole(full: Bench) -> None:
    with full.store.database.read() as connection:
        verdict = full.store.log.verify(connection)
    assert verdict.problems == ()
    assert verdict.entries > 10
    full.reopen()
    assert problems(full) == ()


@pytest.mark.parametrize("tamper", TAMPERING)
def test_tampering_is_found(full: Bench, tamper: Callable[[Connection], None]) -> None:
    with full.store.database.write() as connection:
        unguarded(connection)
        tamper(connection)
    assert problems(full)
    assert not maintenance.check(full.store).ok


def test_a_whole_database_put_back_to_an_earlier_day_is_found(full: Bench) -> None:
    if full.store.database.kind != "sqlite":
        pytest.skip("a file is what can be put back")
    full.close()
    earlier = full.site.file.read_bytes()
    full.reopen()
    full.close()
    full.site.file.write_bytes(earlier)
    with full.site.database([__import__("kiosk").keys.page_key(full.store.master)]).read() as connection:
        found = full.store.log.verify(connection).problems
    assert len(found) == 1
    assert "older database" in found[0]


def test_nothing_is_added_to_a_log_whose_end_was_altered(full: Bench) -> None:
    with full.store.database.write() as connection:
        connection.execute(text("UPDATE audit_head SET seq = seq - 1"))
    with pytest.raises(TamperError, match="audit verify"):
        full.store.accounts.log_in("wang.fang", "whatever secret")
    assert problems(full)


def test_a_deleted_decision_or_encounter_is_missed(full: Bench) -> None:
    from kiosk.review.decisions import AddVitals, Vitals
    from kiosk.store.nurse_end import remove_rows

    first, second, *_ = (each.encounter_id for each in full.store.queue(full.nurse))
    seen = full.store.open(full.nurse, first)
    full.store.decide(full.nurse, first, seen, AddVitals(vitals=Vitals(pulse=80)))
    with full.store.database.write() as connection:
        for table in ("decision", "encounter", "revision", "audio"):
            on = f" ON {table}" if connection.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER {table}_never_goes{on}"))
        connection.execute(text("DELETE FROM decision"))
        remove_rows(connection, second)
    found = maintenance.check(full.store).problems
    assert any(first in each and "decisions" in each for each in found)
    assert any(second in each and "is gone" in each for each in found)
