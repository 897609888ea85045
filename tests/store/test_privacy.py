"""What must go, goes: erasure down to the raw pages, retention, logs without words."""

from __future__ import annotations

import hashlib
import hmac
import logging
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from sqlalchemy import func, select

from kiosk import keys
from kiosk.bench import scratch_server
from kiosk.encounter import Intake
from kiosk.errors import AccessError, InputError
from kiosk.review.decisions import AddVitals, Vitals
from kiosk.store import deposit, erasure, maintenance, schema
from kiosk.store.withdrawal import SiteOutbox
from tests.store.conftest import CHINESE_WORD, SECRET_WORD, Bench, premises_at, tiny, written

Spoken = Callable[..., tuple[Intake, Path]]
PAGE, RESERVED = 4096, 80  # SQLCipher 4: initialisation vector (16) and HMAC-SHA-512 (64) at the end of each page


def pages(bench: Bench) -> Iterator[bytes]:
    """Yield every page that the database's files hold, live or free, in the clear; check each page's own HMAC.

    This is what somebody with the page key and a hex editor sees.
    """
    key = keys.page_key(bench.store.master)
    data = bench.site.file.read_bytes()
    salt = data[:16]
    mac_key = hashlib.pbkdf2_hmac("sha512", key, bytes(byte ^ 0x3A for byte in salt), 2, 32)
    raw = [(number + 1, data[number * PAGE : (number + 1) * PAGE]) for number in range(len(data) // PAGE)]
    log = bench.site.file.with_name("kiosk.db-wal")
    wal = log.read_bytes() if log.exists() else b""
    frames = range(32, len(wal) - PAGE - 23, PAGE + 24)
    raw.extend((struct.unpack_from(">I", wal, at)[0], wal[at + 24 : at + 24 + PAGE]) for at in frames)
    checked = 0
    for number, page in raw:
        start = 16 if number == 1 else 0
        body, vector, mac = page[start:-RESERVED], page[-RESERVED : -RESERVED + 16], page[-RESERVED + 16 :]
        expected = hmac.digest(mac_key, body + vector + struct.pack("<I", number), "sha512")
        if not hmac.compare_digest(mac, expected):
            continue  # an empty frame of the log
        checked += 1
        decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
        yield decryptor.update(body) + decryptor.finalize()
    assert checked > 10


def traces(bench: Bench, name: str) -> dict[str, bytes]:
    """Return a piece of each sealed thing about an encounter, as it stands in the database."""
    found = {}
    with bench.store.database.read() as connection:
        for table, column in (
            (schema.encounter_key, "wrapped"),
            (schema.revision, "sealed"),
            (schema.decision, "sealed"),
            (schema.audio, "sealed"),
            (schema.queue, "sealed"),
        ):
            value = connection.execute(select(table.c[column]).where(table.c.encounter_id == name)).scalars().first()
            assert value is not None
            found[table.name] = bytes(value)[20:84]
    return found


def filled(bench: Bench, spoken: Spoken) -> tuple[str, str]:
    """Return an encounter with audio, words and a decision, and another one that stays."""
    names = []
    for _ in range(2):
        intake, path = spoken()
        name = bench.outbox.send(intake, path).encounter_id
        seen = bench.store.open(bench.nurse, name)
        bench.store.decide(bench.nurse, name, seen, AddVitals(vitals=Vitals(pulse=80)))
        names.append(name)
    bench.store.take_in()
    return names[0], names[1]


def test_erasing_leaves_only_a_tombstone(bench: Bench, spoken: Spoken) -> None:
    name, other = filled(bench, spoken)
    erasure.erase(bench.store, bench.admin, name)
    with bench.store.database.read() as connection:
        for table in schema.metadata.sorted_tables:
            columns = [column for column in table.c if column.name in ("encounter_id", "id")]
            if table.name in ("audit", "audit_head", "tombstone") or not columns:
                continue
            count = connection.execute(select(func.count()).where(columns[0] == name)).scalar_one()
            assert count == 0, table.name
        assert connection.execute(select(schema.tombstone.c.encounter_id)).scalars().all() == [name]
        orphans = select(func.count()).where(schema.term.c.seq.not_in(select(schema.queue.c.seq)))
        assert connection.execute(orphans).scalar_one() == 0
    assert [each.encounter_id for each in bench.store.search(bench.nurse, CHINESE_WORD)] == [other]
    with pytest.raises(InputError, match="erased"):
        bench.store.open(bench.nurse, name)
    assert maintenance.check(bench.store).problems == ()
    with bench.store.database.read() as connection:
        last = [each for each in bench.store.log.entries(connection) if each.encounter_id == name][-1]
    assert (last.actor, last.action, last.detail) == ("admin", "erase", {"reason": "request"})


def test_a_patient_takes_back_what_was_sent(bench: Bench) -> None:
    outbox = SiteOutbox(bench.site)
    kept = outbox.send(tiny(), None).encounter_id
    name = outbox.send(tiny(), None).encounter_id
    bench.store.take_in()
    outbox.withdraw(name)
    with pytest.raises(InputError, match="erased"):
        bench.store.open(bench.nurse, name)
    assert bench.store.open(bench.nurse, kept).intake == tiny()
    with bench.store.database.read() as connection:
        last = [each for each in bench.store.log.entries(connection) if each.encounter_id == name][-1]
    assert (last.actor, last.action, last.detail) == ("system", "erase", {"reason": "withdrawn"})
    assert outbox.send(tiny(), None).delivered  # it goes on working
    outbox.close()


def test_what_waits_for_the_database_is_taken_back_where_it_waits(bench: Bench) -> None:
    bench.site.spool.mkdir(parents=True, exist_ok=True)
    waiting = bench.site.spool / f"{'a' * 32}{deposit.SUFFIX}"
    waiting.write_bytes(b"sealed")
    SiteOutbox(bench.site).withdraw("a" * 32)
    assert not waiting.exists()
    with pytest.raises(AccessError, match="in the store"):
        bench.outbox.withdraw("a" * 32)  # without the master key, nothing more can be erased from here


def test_erased_is_gone_from_every_page_of_the_files(bench: Bench, spoken: Spoken) -> None:
    if bench.store.database.kind != "sqlite":
        pytest.skip("pages of SQLCipher; PostgreSQL's files are searched below")
    name, other = filled(bench, spoken)
    gone, kept = traces(bench, name), traces(bench, other)
    before = b"\n".join(pages(bench))
    assert all(trace in before for trace in (*gone.values(), *kept.values()))  # the search does find them
    erasure.erase(bench.store, bench.admin, name)
    after = b"\n".join(pages(bench))
    assert [table for table, trace in gone.items() if trace in after] == []
    assert [table for table, trace in kept.items() if trace not in after] == []


def test_no_word_is_in_any_file_before_or_after(bench: Bench, spoken: Spoken) -> None:
    name, _ = filled(bench, spoken)
    journals = set(bench.site.home.parent.rglob("*.journal"))

    def found() -> list[str]:
        return [
            f"{path.name}: {word}"
            for path in bench.site.home.rglob("*")
            if path.is_file() and path not in journals
            for word in (SECRET_WORD, CHINESE_WORD, "青霉素")
            if word.encode() in path.read_bytes() or word.encode("utf-16-le") in path.read_bytes()
        ]

    assert found() == []
    if bench.store.database.kind == "sqlite":
        clear = b"\n".join(pages(bench))  # and with the page key there is none either
        assert name.encode() in clear
        assert all(word.encode() not in clear for word in (SECRET_WORD, CHINESE_WORD, "青霉素"))
    erasure.erase(bench.store, bench.admin, name)
    assert found() == []


def test_no_word_is_in_postgresqls_files(server: scratch_server.Server, database_url: str, tmp_path: Path) -> None:
    from tests.store.conftest import FakeClock

    bench = Bench(premises_at(tmp_path / "home", url=database_url), FakeClock())
    name = bench.outbox.send(written(), None).encounter_id
    bench.store.queue(bench.nurse)
    trace = traces_of(bench, name)
    import psycopg

    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CHECKPOINT")

    def everywhere(*, wal: bool) -> bytes:
        folders = [server.folder / "data" / "base", *([server.folder / "data" / "pg_wal"] if wal else [])]
        return b"\n".join(p.read_bytes() for folder in folders for p in folder.rglob("*") if p.is_file())

    before = everywhere(wal=True)
    assert name.encode() in before  # the search does find what is there
    assert all(each in before for each in trace)
    assert all(word.encode() not in before for word in (SECRET_WORD, CHINESE_WORD, "青霉素"))
    erasure.erase(bench.store, bench.admin, name)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    after = everywhere(wal=False)
    assert all(word.encode() not in after for word in (SECRET_WORD, CHINESE_WORD, "青霉素"))
    bench.close()


def traces_of(bench: Bench, name: str) -> list[bytes]:
    """Return pieces of the sealed words and of the key."""
    with bench.store.database.read() as connection:
        wrapped = connection.execute(
            select(schema.encounter_key.c.wrapped).where(schema.encounter_key.c.encounter_id == name)
        ).scalar_one()
    return [bytes(wrapped)[5:60]]


def test_only_an_administrator_erases_and_the_reason_is_one_word(bench: Bench) -> None:
    name = bench.outbox.send(tiny(), None).encounter_id
    with pytest.raises(AccessError):
        erasure.erase(bench.store, bench.nurse, name)
    with pytest.raises(InputError, match="one word"):
        erasure.erase(bench.store, bench.admin, name, reason="Mrs X asked for it")
    with pytest.raises(InputError, match="no such encounter"):
        erasure.erase(bench.store, bench.admin, "f" * 32)
    assert len(bench.store.queue(bench.nurse)) == 1


def test_retention(bench: Bench, spoken: Spoken) -> None:
    policy = bench.site.settings.privacy.model_copy(update={"audio_days_after_signing": 2, "encounter_days": 20})
    chosen = bench.site.settings.model_copy(update={"privacy": policy})
    object.__setattr__(bench.store.site, "settings", chosen)
    names = []
    for _ in range(2):
        intake, path = spoken()
        names.append(bench.outbox.send(intake, path).encounter_id)
    signed, unsigned = names
    bench.store.sign(bench.nurse, signed, bench.store.open(bench.nurse, signed))
    assert erasure.purge(bench.store) == erasure.Purged(encounters=0, audio=0)
    bench.time.pass_(days=2)
    assert erasure.purge(bench.store) == erasure.Purged(encounters=0, audio=1)
    bench.reopen()
    with pytest.raises(InputError, match="purged"):
        bench.store.recording(bench.nurse, signed)
    bench.store.recording(bench.nurse, unsigned)  # not signed: nobody has used it yet
    assert bench.store.open(bench.nurse, signed).state == "signed"
    assert maintenance.check(bench.store).problems == ()
    bench.time.pass_(days=19)
    assert erasure.purge(bench.store) == erasure.Purged(encounters=1, audio=0)
    bench.reopen()
    with pytest.raises(InputError):
        bench.store.open(bench.nurse, signed)
    assert [each.encounter_id for each in bench.store.queue(bench.nurse)] == [unsigned]


def test_a_clock_that_jumps_ahead_erases_nothing(bench: Bench) -> None:
    policy = bench.site.settings.privacy.model_copy(update={"encounter_days": 365})
    object.__setattr__(bench.store.site, "settings", bench.site.settings.model_copy(update={"privacy": policy}))
    name = bench.outbox.send(tiny(), None).encounter_id
    bench.store.sign(bench.nurse, name, bench.store.open(bench.nurse, name))
    bench.time.pass_(days=3000)
    bench.reopen()  # logins with the wrong time do not help
    with pytest.raises(InputError, match="clock"):
        erasure.purge(bench.store)
    assert len(bench.store.signed(bench.nurse)) == 1
    assert erasure.purge(bench.store, clock_is_right=True).encounters == 1


def test_errors_and_logs_have_no_words(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    name = bench.outbox.send(written(), None).encounter_id
    seen = bench.store.open(bench.nurse, name)
    from kiosk.errors import DecisionError
    from kiosk.review.decisions import AddItem, CorrectField

    for body in (
        CorrectField(path=f"{seen.lines[0].path}/laterality", value=SECRET_WORD),
        CorrectField(path=f"{seen.lines[0].path}/evidence", value=SECRET_WORD),
        AddItem(section="findings", value={"name": SECRET_WORD}),
    ):
        with pytest.raises(DecisionError) as refused:
            bench.store.decide(bench.nurse, name, seen, body)
        assert SECRET_WORD not in str(refused.value)
    assert SECRET_WORD not in caplog.text
    assert SECRET_WORD not in repr(seen.decisions)
