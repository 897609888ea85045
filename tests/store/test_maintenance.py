"""New keys, backups, restores, and the command line around them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from kiosk import cli, keys
from kiosk.encounter import Intake
from kiosk.errors import InputError, KioskError, StorageError, TamperError, VaultKeyError
from kiosk.keys import KeyFile, PassphraseFile, SystemKeyring
from kiosk.review.decisions import AddVitals, Vitals
from kiosk.store import backup, erasure, maintenance
from kiosk.store.nurse_end import open_store
from tests.store.conftest import CHINESE_WORD, NURSE_SECRET, SECRET_WORD, Bench, premises_at, tiny

Spoken = Callable[..., tuple[Intake, Path]]
PASSPHRASE = "the river is high in june"


def test_rekeying_changes_every_key_and_loses_nothing(bench: Bench, spoken: Spoken) -> None:
    intake, path = spoken()
    name = bench.outbox.send(intake, path).encounter_id
    bench.store.queue(bench.nurse)
    before, pair = bench.store.master, bench.store.vault.current
    old = bench.site.file.read_bytes()[:4096] if bench.site.is_file else b""
    bench.close()
    maintenance.rekey(bench.site, bench.site.key_place())
    store = bench.reopen()
    assert (store.master != before, store.vault.current != pair) == (True, True)
    assert KeyFile(bench.site.master).load() == (store.master,)
    assert store.open(bench.nurse, name).intake == intake
    assert store.recording(bench.nurse, name).samples.size == 25 * 16_000
    assert [each.encounter_id for each in store.search(bench.nurse, CHINESE_WORD)] == [name]
    assert maintenance.check(store).problems == ()
    assert bench.outbox.send(tiny(), None).delivered
    assert len(store.queue(bench.nurse)) == 2
    bench.close()
    if bench.site.is_file:
        assert bench.site.file.read_bytes()[16:4096] != old[16:]
    KeyFile(bench.site.master).save([before])
    with pytest.raises(VaultKeyError):
        open_store(bench.site)


def test_rekeying_waits_for_nobody(bench: Bench) -> None:
    if not bench.site.is_file:
        pytest.skip("PostgreSQL rekeys while kiosks go on")
    bench.outbox.send(tiny(), None)  # the patient's screens keep their connection
    bench.store.close()
    with pytest.raises(StorageError, match="locked"):
        maintenance.rekey(bench.site, bench.site.key_place())
    store = bench.reopen()  # either key opens what was interrupted
    assert len(store.queue(bench.nurse)) == 1
    bench.close()
    maintenance.rekey(bench.site, bench.site.key_place())
    assert maintenance.check(bench.reopen()).problems == ()


def test_a_backup_brings_everything_back_on_a_new_machine(bench: Bench, spoken: Spoken, tmp_path: Path) -> None:
    intake, path = spoken()
    name = bench.outbox.send(intake, path).encounter_id
    seen = bench.store.open(bench.nurse, name)
    signed = bench.store.sign(bench.nurse, name, seen)
    bench.store.take_in()
    file = tmp_path / "backup"
    copied = backup.backup(bench.store, file, PASSPHRASE)
    assert copied.encounters == 1
    assert file.stat().st_mode & 0o077 == 0
    data = file.read_bytes()
    assert all(word.encode() not in data for word in (SECRET_WORD, CHINESE_WORD, name, "wang.fang"))
    assert bench.store.master.hex().encode() not in data
    other = premises_at(tmp_path / "new machine", time=bench.time)  # to SQLCipher, also from PostgreSQL
    assert backup.restore(other, file, PASSPHRASE).rows == copied.rows
    store = open_store(other)
    nurse = store.accounts.log_in("wang.fang", NURSE_SECRET)
    assert store.reviewed(nurse, name, target="json") == signed
    assert store.recording(nurse, name).samples.size == 25 * 16_000
    assert [each.encounter_id for each in store.search(nurse, CHINESE_WORD)] == [name]
    assert maintenance.check(store).problems == ()
    store.close()


def test_a_backup_moves_a_store_to_postgresql(bench: Bench, database_url: str, tmp_path: Path) -> None:
    name = bench.outbox.send(tiny(), None).encounter_id
    bench.store.take_in()
    backup.backup(bench.store, tmp_path / "backup", PASSPHRASE)
    other = premises_at(tmp_path / "ward", url=database_url)
    backup.restore(other, tmp_path / "backup", PASSPHRASE)
    moved = Bench(other, bench.time)
    assert moved.outbox.send(tiny(), None).delivered  # its numbers go on after those that came
    assert next(each.encounter_id for each in moved.store.queue(moved.nurse)) == name
    assert maintenance.check(moved.store).problems == ()
    moved.close()


def test_damaged_backups_and_wrong_passphrases_change_nothing(bench: Bench, spoken: Spoken, tmp_path: Path) -> None:
    intake, path = spoken()
    for _ in range(3):  # more than one frame
        bench.outbox.send(intake, path)
    file = tmp_path / "backup"
    backup.backup(bench.store, file, PASSPHRASE)
    with pytest.raises(InputError, match="exists"):
        backup.backup(bench.store, file, PASSPHRASE)
    whole = file.read_bytes()
    assert len(whole) > 2 * backup.FRAME_BYTES
    other = premises_at(tmp_path / "other")
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for damaged in (whole[: len(whole) // 2], whole[:-1], bytes(flipped), whole + whole[-100:], b"", b"{}\n"):
        file.write_bytes(damaged)
        with pytest.raises((TamperError, InputError, VaultKeyError)):
            backup.restore(other, file, PASSPHRASE)
        assert not other.file.exists()
    file.write_bytes(whole)
    with pytest.raises(VaultKeyError, match="passphrase"):
        backup.restore(other, file, "another passphrase")
    backup.restore(other, file, PASSPHRASE)


def test_replacing_a_store_puts_it_aside_and_keeps_erased_what_was_erased(bench: Bench, tmp_path: Path) -> None:
    if not bench.site.is_file:
        pytest.skip("a PostgreSQL database must be empty")
    kept, erased = (bench.outbox.send(tiny(), None).encounter_id for _ in range(2))
    backup.backup(bench.store, tmp_path / "backup", PASSPHRASE)
    erasure.erase(bench.store, bench.admin, erased)
    bench.close()
    with pytest.raises(InputError, match="--replace"):
        backup.restore(bench.site, tmp_path / "backup", PASSPHRASE)
    backup.restore(bench.site, tmp_path / "backup", PASSPHRASE, replace=True)
    store = bench.reopen()
    assert [each.encounter_id for each in store.queue(bench.nurse)] == [kept]
    assert maintenance.check(store).problems == ()
    assert len(list(bench.site.home.glob("store.before-*"))) == 1


def test_a_full_disk_leaves_no_half_backup(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match="No space"):
            backup.backup(bench.store, tmp_path / "backup", PASSPHRASE)
    assert not list(tmp_path.glob("backup*"))


def test_check_finds_a_flipped_byte_anywhere(bench: Bench, spoken: Spoken) -> None:
    intake, path = spoken()
    name = bench.outbox.send(intake, path).encounter_id
    bench.store.decide(bench.nurse, name, bench.store.open(bench.nurse, name), AddVitals(vitals=Vitals(pulse=80)))
    assert maintenance.check(bench.store).problems == ()
    for table, column in (
        ("audio", "sealed"),
        ("decision", "sealed"),
        ("revision", "sealed"),
        ("encounter_key", "wrapped"),
    ):
        with bench.store.database.write() as connection:
            if table != "encounter_key":
                on = f" ON {table}" if connection.dialect.name == "postgresql" else ""
                connection.execute(text(f"DROP TRIGGER {table}_never_changes{on}"))
            value = bytearray(connection.execute(text(f"SELECT {column} FROM {table}")).scalars().first() or b"")
            value[40] ^= 1
            connection.execute(text(f"UPDATE {table} SET {column} = :value"), {"value": bytes(value)})
        found = maintenance.check(bench.store).problems
        assert any(name in each for each in found), table
        value[40] ^= 1
        with bench.store.database.write() as connection:
            connection.execute(
                text(f"UPDATE {table} SET {column} = :value" + (" WHERE part = 0" if table == "audio" else "")),
                {"value": bytes(value)},
            )
        if table == "audio":
            return


def test_a_damaged_file_is_found(bench: Bench) -> None:
    if not bench.site.is_file:
        pytest.skip("a file's pages")
    for _ in range(5):
        bench.outbox.send(tiny(), None)
    bench.close()
    data = bytearray(bench.site.file.read_bytes())
    for at in range(4096 + 100, len(data), 4096):
        data[at] ^= 0xFF
    bench.site.file.write_bytes(data)
    with pytest.raises(KioskError):
        maintenance.require_healthy(maintenance.check(bench.reopen()))


def test_a_passphrase_guards_the_key(tmp_path: Path) -> None:
    said = iter(["a short one", "a long enough passphrase", "a long enough passphrase"])
    place = PassphraseFile(tmp_path / "key", lambda _prompt: next(said))
    key = bytes(range(32))
    with pytest.raises(VaultKeyError, match="too short"):
        place.save([key])
    place.save([key])
    assert key.hex() not in (tmp_path / "key").read_text()
    assert PassphraseFile(tmp_path / "key", lambda _prompt: "a long enough passphrase").load() == (key,)
    with pytest.raises(VaultKeyError, match="wrong"):
        PassphraseFile(tmp_path / "key", lambda _prompt: "some other passphrase").load()


def test_a_store_behind_a_passphrase(tmp_path: Path) -> None:
    site = premises_at(tmp_path / "home")
    store_settings = site.settings.store.model_copy(update={"key": "passphrase"})
    site = replace(site, settings=site.settings.model_copy(update={"store": store_settings}))
    with pytest.raises(VaultKeyError, match="nobody to ask"):
        open_store(site)
    open_store(site, lambda _prompt: PASSPHRASE).close()
    said = iter([PASSPHRASE, "another passphrase", "another passphrase"])
    maintenance.rekey(site, site.key_place(lambda _prompt: next(said)))
    with pytest.raises(VaultKeyError, match="wrong"):
        open_store(site, lambda _prompt: PASSPHRASE)
    store = open_store(site, lambda _prompt: "another passphrase")
    assert maintenance.check(store).ok
    store.close()


def test_the_systems_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backends.fail import Keyring as NoKeyring

    kept: dict[tuple[str, str], str] = {}
    with monkeypatch.context() as patched:
        patched.setattr(keyring, "get_password", lambda service, name: kept.get((service, name)))
        patched.setattr(keyring, "set_password", lambda service, name, value: kept.update({(service, name): value}))
        place = SystemKeyring("ward 3")
        assert place.load() is None
        place.save([bytes(32)])
        assert place.load() == (bytes(32),)
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    try:
        with pytest.raises(VaultKeyError, match="keyring"):
            SystemKeyring("ward 3").load()
    finally:
        keyring.set_keyring(before)


@pytest.mark.parametrize("text_", ["", "not json", "{}", '{"version": 1, "keys": ["00"]}', '{"version": 2}', "[]"])
def test_a_damaged_key_file_is_said(tmp_path: Path, text_: str) -> None:
    file = tmp_path / "master.key"
    file.write_text(text_)
    file.chmod(0o600)
    with pytest.raises((VaultKeyError, KeyError)) as failed:
        KeyFile(file).load()
    assert not isinstance(failed.value, KeyError)


@dataclass
class Ran:
    """What a command did."""

    returncode: int
    stdout: str
    stderr: str


def kiosk(home: Path, *words: str, say: str = "") -> Ran:
    """Run a command in this process; errors are told as ``cli.main`` tells them."""
    result = CliRunner().invoke(cli.app, words, input=say, env={"KIOSK_HOME": str(home)})
    if isinstance(result.exception, KioskError):
        return Ran(result.exception.exit_code, result.stdout, str(result.exception))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


def test_the_command_line(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert "no account" in kiosk(home, "users", "list").stdout
    ran = kiosk(home, "users", "add", "admin", say="keys of the house\nkeys of the house\n")
    assert (ran.returncode, ran.stderr) == (0, "")
    ran = kiosk(home, "users", "add", "li", say="a secret of li\na secret of li\n")
    assert (ran.returncode, "--as" in ran.stderr) == (2, True)
    ran = kiosk(home, "users", "add", "li", "--as", "admin", say="wrong\n")
    assert (ran.returncode, "wrong" in ran.stderr) == (1, True)
    ran = kiosk(
        home, "users", "add", "li", "--full-name", "李", "--as", "admin", say="keys of the house\n135792\n135792\n"
    )
    assert ran.returncode == 0, ran.stderr
    assert [each["name"] for each in json.loads(kiosk(home, "users", "list", "--json").stdout)["users"]] == [
        "admin",
        "li",
    ]
    (tmp_path / "pass").write_text(PASSPHRASE)
    words = (str(tmp_path / "b"), "--passphrase-file", str(tmp_path / "pass"))
    assert kiosk(home, "store", "backup", *words).returncode == 0
    assert kiosk(home, "store", "rekey").returncode == 0
    assert kiosk(home, "store", "restore", *words).returncode == 2
    assert kiosk(home, "store", "restore", "--replace", *words).returncode == 0
    assert json.loads(kiosk(home, "store", "check", "--json").stdout)["ok"]
    assert json.loads(kiosk(home, "store", "purge", "--json").stdout) == {"encounters": 0, "audio": 0}
    assert json.loads(kiosk(home, "audit", "verify", "--json").stdout)["ok"]
    shown = kiosk(home, "audit", "show", "--as", "admin", say="keys of the house\n").stdout
    assert "account_added" in shown
    ran = kiosk(home, "store", "erase", "f" * 32, "--as", "admin", say="keys of the house\n")
    assert (ran.returncode, "no such encounter" in ran.stderr) == (2, True)
    master = home / "store" / "master.key"
    master.write_text(json.dumps({"version": 1, "keys": [bytes(32).hex()]}))
    assert kiosk(home, "store", "check").returncode == 3
    assert keys.KeyFile(master).load() == (bytes(32),)
