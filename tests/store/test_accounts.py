"""Who may: first start, secrets, lockout, sessions, roles."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from kiosk.errors import AccessError, InputError
from kiosk.store import schema
from tests.store.conftest import ADMIN_SECRET, NURSE_SECRET, Bench, FakeClock, premises_at, tiny


def wrong(bench: Bench, times: int) -> None:
    for _ in range(times):
        with pytest.raises(AccessError, match="name or the secret"):
            bench.store.accounts.log_in("wang.fang", "a wrong secret")


def test_the_first_start_makes_one_administrator(bench: Bench) -> None:
    with pytest.raises(AccessError, match="already"):
        bench.store.accounts.add_first("second", "二", "another secret")
    assert [(each.name, each.role) for each in bench.store.accounts.list()] == [
        ("admin", "admin"),
        ("wang.fang", "nurse"),
    ]


def test_secrets_are_argon2id_hashes_and_peppered(bench: Bench) -> None:
    with bench.store.database.read() as connection:
        hashes = list(connection.execute(select(schema.account.c.hashed)).scalars())
    assert all(each.startswith("$argon2id$") for each in hashes)
    from argon2 import PasswordHasher
    from argon2.exceptions import VerifyMismatchError

    with pytest.raises(VerifyMismatchError):  # of no use without the vault's pepper
        PasswordHasher().verify(hashes[0], ADMIN_SECRET)


@pytest.mark.parametrize("secret", ["short", "12345", "111111", "123456", "987654321", "aaaaaaaaaa", ""])
def test_weak_secrets_are_refused(bench: Bench, secret: str) -> None:
    with pytest.raises(InputError):
        bench.store.accounts.add(bench.admin, "li", "李", secret, "nurse")


def test_a_pin_will_do(bench: Bench) -> None:
    bench.store.accounts.add(bench.admin, "li", "李", "135792", "nurse")
    assert bench.store.accounts.log_in(" LI ", "135792").full_name == "李"


@pytest.mark.parametrize("name", ["", "Li", "李", "a b", "system", "../x", "a" * 65])
def test_names_that_cannot_be(bench: Bench, name: str) -> None:
    with pytest.raises(InputError):
        bench.store.accounts.add(bench.admin, name, "李", "another secret", "nurse")


def test_a_name_is_given_once(bench: Bench) -> None:
    with pytest.raises(InputError, match="already"):
        bench.store.accounts.add(bench.admin, "wang.fang", "王", "another secret", "nurse")


def test_wrong_secrets_lock_for_a_while_that_doubles(bench: Bench) -> None:
    limits = bench.site.settings.accounts
    wrong(bench, limits.attempts)
    with pytest.raises(AccessError, match="locked"):
        bench.store.accounts.log_in("wang.fang", NURSE_SECRET)  # even the right one
    bench.time.pass_(seconds=limits.lockout_s + 1)
    wrong(bench, 1)
    bench.time.pass_(seconds=limits.lockout_s + 1)
    with pytest.raises(AccessError, match="locked"):  # twice as long now
        bench.store.accounts.log_in("wang.fang", NURSE_SECRET)
    bench.time.pass_(seconds=limits.lockout_s)
    bench.store.accounts.log_in("wang.fang", NURSE_SECRET)
    wrong(bench, limits.attempts - 1)  # counted from the beginning again
    bench.store.accounts.log_in("wang.fang", NURSE_SECRET)


def test_a_lock_survives_a_restart_and_a_clock_that_is_set_back(bench: Bench) -> None:
    limits = bench.site.settings.accounts
    bench.time.pass_(days=10_000)  # a wrong clock, set right after
    wrong(bench, limits.attempts)
    bench.time.pass_(days=-10_000)
    again = bench.store.accounts.__class__(
        bench.store.database,
        bench.store.log,
        pepper=bench.store.vault.pepper,
        limits=limits,
        clock=bench.site.clock,
    )
    with pytest.raises(AccessError, match="locked"):
        again.log_in("wang.fang", NURSE_SECRET)
    bench.time.pass_(seconds=limits.lockout_max_s + 1)  # and not for 27 years
    again.log_in("wang.fang", NURSE_SECRET)


def test_many_attempts_at_once_all_count(bench: Bench) -> None:
    errors: list[str] = []

    def attempt() -> None:
        try:
            bench.store.accounts.log_in("wang.fang", "a wrong secret")
        except AccessError as error:
            errors.append(error.message)

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("name or the secret" in each for each in errors) == bench.site.settings.accounts.attempts
    assert len(errors) == 12


def test_an_unknown_name_gets_the_same_answer(bench: Bench) -> None:
    with pytest.raises(AccessError) as unknown:
        bench.store.accounts.log_in("nobody", "a wrong secret")
    with pytest.raises(AccessError) as known:
        bench.store.accounts.log_in("admin", "a wrong secret")
    assert str(unknown.value) == str(known.value)
    with bench.store.database.read() as connection:
        entries = list(bench.store.log.entries(connection))
    assert not any("nobody" in str(each) for each in entries)  # it may have been a password, typed too early


def test_sessions_end_when_idle_and_with_the_shift(bench: Bench) -> None:
    limits = bench.site.settings.accounts
    for _ in range(3):
        bench.time.pass_(minutes=limits.session_idle_min * 0.9)
        bench.store.queue(bench.nurse)
    bench.time.pass_(minutes=limits.session_idle_min * 0.9)
    bench.store.queue(bench.nurse, idle=True)  # the screen refreshes by itself
    bench.time.pass_(minutes=limits.session_idle_min * 0.2)
    assert not bench.store.accounts.holds(bench.nurse)
    with pytest.raises(AccessError, match="over"):
        bench.store.queue(bench.nurse)
    session = bench.store.accounts.log_in("wang.fang", NURSE_SECRET)
    step = limits.session_idle_min * 0.9
    for _ in range(int(limits.session_max_h * 60 / step) - 1):
        bench.time.pass_(minutes=step)
        bench.store.accounts.require(session, "queue")
    bench.time.pass_(minutes=step)
    with pytest.raises(AccessError, match="over"):
        bench.store.accounts.require(session, "queue")


def test_a_clock_that_is_set_back_prolongs_no_session(bench: Bench) -> None:
    bench.time.time = bench.time.time.replace(year=2020)
    bench.time.seconds += bench.site.settings.accounts.session_idle_min * 60 + 1
    with pytest.raises(AccessError, match="over"):
        bench.store.queue(bench.nurse)


def test_disabling_or_a_new_secret_ends_sessions_at_once(bench: Bench) -> None:
    bench.store.accounts.disable(bench.admin, "wang.fang")
    with pytest.raises(AccessError, match="over"):
        bench.store.queue(bench.nurse)
    with pytest.raises(AccessError, match="name or the secret"):
        bench.store.accounts.log_in("wang.fang", NURSE_SECRET)
    bench.store.accounts.disable(bench.admin, "wang.fang", disabled=False)
    session = bench.store.accounts.log_in("wang.fang", NURSE_SECRET)
    bench.store.accounts.set_secret(bench.admin, "wang.fang", "a new secret now")
    with pytest.raises(AccessError, match="over"):
        bench.store.queue(session)
    session = bench.store.accounts.log_in("wang.fang", "a new secret now")
    bench.store.accounts.log_out(session)
    with pytest.raises(AccessError, match="over"):
        bench.store.queue(session)


def test_the_last_administrator_stays(bench: Bench) -> None:
    with pytest.raises(AccessError, match="last"):
        bench.store.accounts.disable(bench.admin, "admin")
    bench.store.queue(bench.admin)  # nothing of it happened


def test_a_session_is_of_its_own_store(bench: Bench, tmp_path: object) -> None:
    from pathlib import Path

    other = Bench(premises_at(Path(str(tmp_path)) / "other"), FakeClock())
    with pytest.raises(AccessError, match="over"):
        other.store.queue(bench.nurse)
    other.close()


def test_the_patients_process_can_read_nothing(bench: Bench) -> None:
    """With all that the patient's screens have, the database opens at most; no encounter does, not even its own."""
    from dataclasses import fields

    from kiosk.errors import TamperError
    from kiosk.keys import PatientKey
    from kiosk.vault import PrivateKey

    name = bench.outbox.send(tiny(), None).encounter_id
    key = PatientKey.load(bench.site.patient_key)
    assert key is not None
    assert {each.name for each in fields(key)} == {"pages", "public"}
    assert bench.store.master.hex() not in bench.site.patient_key.read_text()
    assert all(pair.raw.hex() not in bench.site.patient_key.read_text() for pair in bench.store.vault.private.values())
    database = bench.site.database(key.pages)
    with database.read() as connection:
        wrapped = connection.execute(select(schema.encounter_key.c.wrapped)).scalar_one()
        sealed = connection.execute(select(schema.revision.c.sealed)).scalar_one()
        stored = b"".join(bytes(value) for value in (wrapped, sealed))
    assert b"headache" not in stored
    for guess in (*key.pages, key.public.raw):
        with pytest.raises(TamperError):
            PrivateKey(guess).unwrap(wrapped, bound=name)
    assert not any(hasattr(bench.outbox, word) for word in ("open", "queue", "search", "recording"))
    database.close()


def test_on_postgresql_the_patients_account_may_only_insert(database_url: str, tmp_path: object) -> None:
    from pathlib import Path

    import psycopg

    from kiosk.errors import StorageError
    from kiosk.store.nurse_end import open_store
    from kiosk.store.outbox import StoreOutbox

    site = premises_at(Path(str(tmp_path)) / "home", url=database_url)
    bench = Bench(site, FakeClock())
    role = f"patient_{database_url.split('/')[3].split('?')[0]}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute(f"GRANT INSERT ON encounter, encounter_key, revision, audio, queue TO {role}")
        connection.execute(f"GRANT USAGE ON SEQUENCE queue_seq_seq TO {role}")
    patients = premises_at(site.home, url=database_url.replace("kiosk@", f"{role}@"))
    outbox = StoreOutbox(patients)
    receipt = outbox.send(tiny(), None)
    assert receipt.delivered
    for table in ("encounter", "revision", "audio", "queue", "account", "audit", "secret"):
        database = patients.database(())
        with pytest.raises(StorageError, match="permission denied"), database.read() as reading:
            reading.exec_driver_sql(f"SELECT * FROM {table}")
        database.close()
    outbox.close()
    assert [each.encounter_id for each in bench.store.queue(bench.nurse)] == [receipt.encounter_id]
    bench.close()
    open_store(site).close()
