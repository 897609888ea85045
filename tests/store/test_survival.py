"""What was acknowledged survives: kill -9 at every stage, full and read-only disks, power cuts, two processes."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk import keys
from kiosk.capture import journal
from kiosk.encounter import Intake
from kiosk.errors import KioskError, StorageError, VaultKeyError
from kiosk.review.decisions import AddVitals, Vitals
from kiosk.store import deposit, erasure, maintenance, outbox
from kiosk.store.nurse_end import Store, open_store
from kiosk.store.outbox import StoreOutbox
from kiosk.store.premises import Premises
from tests.store.conftest import NURSE_SECRET, Bench, FakeClock, premises_at, tiny

ROOT = Path(__file__).parents[2]
Spoken = Callable[..., tuple[Intake, Path]]

as_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="mounting needs root")


class Stages:
    """The program of ``stages.py``: dies at one stage after another."""

    def __init__(self, kind: str, site: Premises) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.stages", kind, str(site.home), site.settings.store.url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def run(self, stage: int) -> tuple[list[Any], int]:
        """Return what was acknowledged before the kill; and the number of stages, 0 when it was killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{stage}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the child failed instead of being killed; see stderr"
        answer = json.loads(line)
        return answer["acknowledged"], answer["stages"]

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()


@contextmanager
def killed(kind: str, site: Premises) -> Iterator[Stages]:
    stages = Stages(kind, site)
    try:
        yield stages
    finally:
        stages.close()


NEVER = 10**9

SLOW = [pytest.mark.slow, pytest.mark.timeout(1800)]

every = pytest.mark.parametrize(
    "sampled", [pytest.param(10, id="ten stages"), pytest.param(0, id="every stage", marks=SLOW)]
)


def stages_of(stages: Stages, prepare: Callable[[], object], sampled: int) -> range:
    """Do the work once to its end, to learn its number of stages; return all, or about ``sampled`` of them."""
    prepare()
    _, count = stages.run(NEVER)
    assert count > 20
    return range(1, count + 1, max(1, count // sampled) if sampled else 1)


def healthy(store: Store) -> None:
    """The store's own examination finds nothing wrong."""
    store.take_in()
    assert maintenance.check(store).problems == ()


@every
def test_killed_at_every_stage_of_the_first_sending(tmp_path: Path, sampled: int) -> None:
    """First start, keys, schema, two encounters: dead at each stage in turn, what was acknowledged is there."""
    site = premises_at(tmp_path / "home")

    def prepare() -> None:
        shutil.rmtree(site.home, ignore_errors=True)

    with killed("send", site) as stages:
        for stage in stages_of(stages, prepare, sampled):
            prepare()
            acknowledged, _ = stages.run(stage)
            store = open_store(site)
            healthy(store)
            with store.database.read() as connection:
                there = set(connection.exec_driver_sql("SELECT id FROM encounter").scalars())
            assert set(acknowledged) <= there, f"lost at stage {stage}"
            assert len(there) <= 2
            store.close()


@every
@pytest.mark.parametrize("kind", ["review", "erase", "rekey"])
def test_killed_at_every_stage_of_the_nurses_work(tmp_path: Path, kind: str, sampled: int) -> None:
    fresh = Bench(premises_at(tmp_path / "fresh"), FakeClock())
    fresh.outbox.send(tiny(), None)
    fresh.close()
    site = premises_at(tmp_path / "home")

    def prepare() -> None:
        shutil.rmtree(site.home, ignore_errors=True)
        shutil.copytree(fresh.site.home, site.home)

    with killed(kind, site) as stages:
        for stage in stages_of(stages, prepare, sampled):
            prepare()
            acknowledged, _ = stages.run(stage)
            store = open_store(site)
            store.take_in()
            problems = [each for each in maintenance.check(store).problems if "rekey" not in each]
            assert problems == [], f"stage {stage}"
            nurse = store.accounts.log_in("wang.fang", NURSE_SECRET)
            if kind == "erase":
                assert len(store.queue(nurse)) <= (0 if acknowledged else 1)
            else:
                (waiting,) = (*store.queue(nurse), *store.signed(nurse))
                seen = store.open(nurse, waiting.encounter_id)
                assert seen.intake == tiny()
                assert len(seen.decisions) >= len(acknowledged) or kind == "rekey"
                assert seen.state == "signed" or "signed" not in acknowledged
            store.close()
            if kind == "rekey":  # whatever is half done is finished by doing it again
                maintenance.rekey(site, site.key_place())
                store = open_store(site)
                assert maintenance.check(store).problems == ()
                assert len(keys.KeyFile(site.master).load() or ()) == 1
                store.close()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_at_any_moment_while_pages_are_rekeyed(tmp_path: Path, spoken: Spoken) -> None:
    """Between statements is not enough: SQLCipher rewrites all pages within one."""
    bench = Bench(premises_at(tmp_path / "fresh"), FakeClock())
    intake, path = spoken()
    for _ in range(8):
        bench.outbox.send(intake, path)
    bench.close()
    site = premises_at(tmp_path / "home")
    for moment in range(15):
        shutil.rmtree(site.home, ignore_errors=True)
        shutil.copytree(bench.site.home, site.home)
        process = subprocess.Popen(
            [sys.executable, "-m", "kiosk", "store", "rekey"],
            cwd=ROOT,
            env={**os.environ, "KIOSK_HOME": str(site.home)},
            stdout=subprocess.DEVNULL,
        )
        journals = site.file.with_name("kiosk.db-journal")
        while process.poll() is None and not journals.exists():
            time.sleep(0.001)
        time.sleep(0.01 * moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
        store = open_store(site)
        problems = [each for each in maintenance.check(store).problems if "rekey" not in each and "waits" not in each]
        assert problems == []
        store.close()


@every
def test_killed_at_every_stage_on_postgresql(tmp_path: Path, database_url: str, sampled: int) -> None:
    """The same store all the time: each stage adds what it acknowledged, and nothing twice."""
    site = premises_at(tmp_path / "home", url=database_url)
    open_store(site).close()
    expected: set[str] = set()
    with killed("send", site) as stages:
        for stage in stages_of(stages, lambda: None, sampled):
            expected |= set(stages.run(stage)[0])
    store = open_store(site)
    while store.take_in():
        pass
    healthy(store)
    with store.database.read() as connection:
        there = list(connection.exec_driver_sql("SELECT id FROM encounter").scalars())
    assert expected <= set(there)
    assert len(there) == len(set(there))
    store.close()


def test_a_power_cut_in_the_middle_of_a_write(tmp_path: Path) -> None:
    """The write-ahead log torn at pages and at odd bytes, its end garbage: what was acknowledged before is there."""
    bench = Bench(premises_at(tmp_path / "home"), FakeClock())
    first = bench.outbox.send(tiny(), None).encounter_id
    wal = bench.site.file.with_name("kiosk.db-wal")
    safe = wal.stat().st_size
    second = bench.outbox.send(tiny("I have a cough"), None).encounter_id
    whole = wal.read_bytes()
    assert len(whole) > safe  # the second encounter is in the log, not in the file yet
    snapshot = tmp_path / "snapshot"
    shutil.copytree(bench.site.home, snapshot)
    bench.close()
    outcomes = set()
    cuts = [*range(safe, len(whole), 3 * (4096 + 24)), safe + 1, safe + 5000, len(whole) - 1, len(whole)]
    for number, cut in enumerate(cuts):
        home = tmp_path / "cut"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(snapshot, home)
        torn = home / "store" / "kiosk.db-wal"
        torn.write_bytes(whole[:cut] + (os.urandom(3000) if number % 2 and cut < len(whole) else b""))
        (home / "store" / "kiosk.db-shm").unlink()  # the memory is gone with the power
        store = open_store(premises_at(home))
        healthy(store)
        with store.database.read() as connection:
            there = set(connection.exec_driver_sql("SELECT id FROM encounter").scalars())
        assert first in there
        assert there <= {first, second}
        outcomes.add(second in there)
        store.close()
    assert outcomes == {True, False}


def test_every_commit_waits_for_the_disk(bench: Bench) -> None:
    with bench.store.database.read() as connection:
        if bench.store.database.kind == "sqlite":
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        else:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


@as_root
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_disk_is_asked_to_flush_before_an_encounter_is_acknowledged(tmp_path: Path) -> None:
    site = premises_at(tmp_path / "home")
    open_store(site).close()
    script = (
        "import os, sys; from pathlib import Path\n"
        "from tests.store.conftest import premises_at, tiny\n"
        "from kiosk.store.outbox import StoreOutbox\n"
        "outbox = StoreOutbox(premises_at(Path(sys.argv[1]))); outbox.send(tiny(), None)\n"
        "os.write(1, b'BEFORE'); outbox.send(tiny(), None); os.write(1, b'ACKNOWLEDGED')\n"
    )
    trace = tmp_path / "trace"
    ran = subprocess.run(
        ["strace", "-f", "-e", "trace=fsync,fdatasync,write", "-o", trace, sys.executable, "-c", script, site.home],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    if ran.returncode != 0 and b"ptrace" in ran.stderr:
        pytest.skip("tracing is not allowed here")
    assert ran.returncode == 0, ran.stderr
    lines = trace.read_text(errors="replace")
    between = lines[lines.index('"BEFORE"') : lines.index('"ACKNOWLEDGED"')]
    assert "fdatasync(" in between or "fsync(" in between


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(path: Path) -> None:
    """Write until nothing more goes on the disk."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(1 << 12)):
                pass
        except OSError:
            return


@as_root
def test_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path, spoken: Spoken) -> None:
    intake, path = spoken()
    home = tmp_path / "disk"
    try:
        mounted = small_disk(home, 12)
        mounted.__enter__()
    except subprocess.CalledProcessError:
        pytest.skip("mounting is not allowed here")
    try:
        bench = Bench(premises_at(home), FakeClock())
        ballast = home / "ballast"
        ballast.write_bytes(bytes(4_000_000))  # what a person will delete to make room
        sent: list[str] = []
        refused: list[str] = []
        for _ in range(30):
            try:
                sent.append(bench.outbox.send(intake, path).encounter_id)
            except StorageError as error:
                refused.append(error.remedy)
        assert any("df -h" in remedy for remedy in refused)
        assert sent
        filler = home / "filler"
        fill(filler)
        bench.close()
        with pytest.raises(KioskError):  # not even a login can be logged now
            bench.store.accounts.log_in("wang.fang", NURSE_SECRET)
        filler.unlink()
        ballast.unlink()
        store = bench.reopen()
        store.take_in()
        with store.database.read() as connection:
            there = set(connection.exec_driver_sql("SELECT id FROM encounter").scalars())
        waiting = {each.name.removesuffix(deposit.SUFFIX) for each in outbox.waiting(bench.site)}
        assert set(sent) <= there | waiting
        store.recording(bench.nurse, sent[0])
        bench.close()
        assert path.exists()  # the recording of what was refused is the patient's to send again
    finally:
        mounted.__exit__(None, None, None)


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """The same without root: the system refuses to let the files grow."""
    site = premises_at(tmp_path / "home")
    bench = Bench(site, FakeClock())
    before = bench.outbox.send(tiny(), None).encounter_id
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
        with pytest.raises(StorageError):
            bench.outbox.send(tiny("I have a cough " * 40_000), None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    after = bench.outbox.send(tiny(), None)
    assert after.delivered
    store = bench.reopen()
    assert {before, after.encounter_id} <= {each.encounter_id for each in store.queue(bench.nurse)}
    healthy(store)
    bench.close()


@as_root
def test_a_read_only_disk_is_said(tmp_path: Path) -> None:
    bench = Bench(premises_at(tmp_path / "home"), FakeClock())
    name = bench.outbox.send(tiny(), None).encounter_id
    bench.close()
    home = tmp_path / "home"
    if subprocess.run(["mount", "--bind", home, home], check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", home], check=True)
        with pytest.raises(StorageError) as failed:
            open_store(bench.site)
        assert str(home) in str(failed.value)
        with pytest.raises(StorageError):
            StoreOutbox(bench.site).send(tiny(), None)
    finally:
        subprocess.run(["umount", "-l", home], check=True)
    store = bench.reopen()
    assert [each.encounter_id for each in store.queue(bench.nurse)] == [name]
    bench.close()


def test_a_clock_that_jumps_back_changes_no_order_and_loses_nothing(bench: Bench) -> None:
    names = []
    for days in (0, -30, 400):
        bench.time.time += timedelta(days=days)
        names.append(bench.outbox.send(tiny(), None).encounter_id)
        bench.store.take_in()
    assert [each.encounter_id for each in bench.store.queue(bench.nurse)] == names
    seen = bench.store.open(bench.nurse, names[2])
    seen = bench.store.decide(bench.nurse, names[2], seen, AddVitals(vitals=Vitals(pulse=80)))
    bench.time.time -= timedelta(days=700)
    signed = bench.store.sign(bench.nurse, names[2], seen)
    assert signed.signed_at < seen.decisions[-1].at
    assert bench.store.open(bench.nurse, names[2]).state == "signed"  # the order is that of the numbers
    healthy(bench.store)


@pytest.mark.timeout(900)
def test_two_processes_write_to_one_database_and_nothing_is_lost(site: Premises) -> None:
    """Four kiosks at once (twenty on PostgreSQL), started together, while a nurse works."""
    open_store(site).close()
    kiosks, each = (20, 5) if site.settings.store.url else (4, 5)
    script = (
        "import sys; from pathlib import Path\n"
        "from tests.store.conftest import premises_at, tiny\n"
        "from kiosk.store.outbox import StoreOutbox\n"
        "outbox = StoreOutbox(premises_at(Path(sys.argv[1]), url=sys.argv[2]))\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "for _ in range(int(sys.argv[3])):\n"
        "    receipt = outbox.send(tiny(), None)\n"
        "    assert receipt.delivered; print(receipt.encounter_id, flush=True)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", script, str(site.home), site.settings.store.url, str(each)]
    processes = [
        subprocess.Popen(words, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(kiosks)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    store = open_store(site)
    while any(process.poll() is None for process in processes):
        store.take_in()
    sent = {line for process in processes for line in process.communicate()[0].split()}
    assert all(process.returncode == 0 for process in processes)
    assert len(sent) == kiosks * each
    while store.take_in():
        pass
    with store.database.read() as connection:
        assert set(connection.exec_driver_sql("SELECT encounter_id FROM queue").scalars()) == sent
    healthy(store)
    store.close()


def test_two_processes_make_the_store_at_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    words = [sys.executable, "-m", "kiosk", "store", "check", "--json"]
    environment = {**os.environ, "KIOSK_HOME": str(home)}
    processes = [
        subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    answers = [json.loads(process.communicate(timeout=280)[0]) for process in processes]
    assert all(answer["ok"] for answer in answers)
    with open_store(premises_at(home)).database.read() as connection:
        made = "SELECT count(*) FROM audit WHERE action = 'store_made'"
        assert connection.exec_driver_sql(made).scalar() == 1


def test_a_database_that_is_away_is_spooled_and_delivered_once(
    site: Premises, monkeypatch: pytest.MonkeyPatch, spoken: Spoken
) -> None:
    open_store(site).close()
    sender = StoreOutbox(site)
    intake, path = spoken()

    def away(*_: object) -> bool:
        raise StorageError("The database does not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(deposit, "put", away)
        receipt = sender.send(intake, path)
        sender.tend()
    assert not receipt.delivered
    (file,) = outbox.waiting(site)
    sealed = file.read_bytes()
    assert b"headache" not in sealed
    assert file.stat().st_mode & 0o077 == 0
    sender.tend()
    assert outbox.waiting(site) == []
    file.write_bytes(sealed)  # the power cut brought the file back
    store = open_store(site)
    store.take_in()
    assert outbox.waiting(site) == []
    with store.database.read() as connection:
        assert list(connection.exec_driver_sql("SELECT id FROM encounter").scalars()) == [receipt.encounter_id]
    healthy(store)
    store.close()
    sender.close()


def test_an_erased_encounter_does_not_come_back_from_the_spool(bench: Bench) -> None:
    sealed = deposit.prepare(tiny(), b"", key=bench.store.vault.public, at=bench.time.time)
    file = deposit.spool(sealed, bench.site.spool)
    kept = file.read_bytes()
    bench.store.take_in()
    erasure.erase(bench.store, bench.admin, sealed.id)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(kept)
    assert bench.store.queue(bench.nurse) == ()
    healthy(bench.store)


def test_intakes_of_versions_before_the_store_are_taken_over(bench: Bench, spoken: Spoken) -> None:
    from kiosk import intakes

    intake, path = spoken()
    saved = intakes.save(intake, bench.site.legacy, at=bench.time.time, suffix="1a2b", recording=path)
    (bench.site.legacy / "20260101T000000Z-ffff.json").write_text("{not json")
    (waiting,) = bench.store.queue(bench.nurse)
    assert (waiting.received_at, waiting.has_audio) == (bench.time.time, True)
    assert bench.store.open(bench.nurse, waiting.encounter_id).intake.note.text == intake.note.text
    assert not saved.exists()
    assert not saved.with_suffix(journal.SUFFIX).exists()
    assert len(list(bench.site.legacy.iterdir())) == 1  # what cannot be read is left for a person


def test_a_store_without_its_key_is_never_replaced(bench: Bench) -> None:
    bench.outbox.send(tiny(), None)
    bench.close()
    bench.site.master.rename(bench.site.master.with_suffix(".away"))
    with pytest.raises(VaultKeyError, match="master key"):
        open_store(bench.site)
    assert not bench.site.master.exists()
    with closing(StoreOutbox(bench.site)) as patients:
        assert patients.send(tiny(), None).delivered  # they are served all the same
    bench.site.master.with_suffix(".away").rename(bench.site.master)
    assert len(bench.reopen().queue(bench.nurse)) == 2


def test_a_key_that_others_can_read_is_refused(bench: Bench) -> None:
    bench.site.master.chmod(0o644)
    with pytest.raises(VaultKeyError, match="chmod 600"):
        open_store(replace(bench.site))
