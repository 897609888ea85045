"""Signed notes go where the settings say: once, whole, whatever happens to the program, the folder or the server."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from fhir.resources.bundle import Bundle
from fhir.resources.R4B.bundle import Bundle as BundleR4B

from kiosk import export
from kiosk.encounter import Intake
from kiosk.errors import ExportError, StorageError
from kiosk.export import drop
from kiosk.review.decisions import CorrectField
from kiosk.store import dispatch, erasure, schema
from kiosk.store.courier import Courier
from kiosk.store.dispatch import Delivered
from kiosk.store.premises import Premises
from tests import fhir_server
from tests.store.conftest import NURSE_SECRET, SECRET_WORD, Bench, FakeClock, premises_at, tiny
from tests.store.test_survival import ROOT, as_root, fill, healthy, killed, small_disk, stages_of

Mode = Literal["ok", "busy", "refuse", "forbid", "slow", "drop", "drip", "hang", "die", "elsewhere"]


def sending(site: Premises, **export_settings: Any) -> Premises:
    """Return the same site with a place where signed notes go."""
    chosen = site.settings
    section = chosen.export.model_copy(update=export_settings)
    return replace(site, settings=chosen.model_copy(update={"export": section}))


def sign(bench: Bench, intake: Intake | None = None) -> str:
    """Send an encounter and sign it as it is."""
    name = bench.outbox.send(intake or tiny(), None).encounter_id
    bench.store.take_in()
    bench.store.sign(bench.nurse, name, bench.store.open(bench.nurse, name))
    return name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "drop"
    path.mkdir()
    return path


@pytest.fixture
def dropping(site: Premises, folder: Path) -> Iterator[Bench]:
    """Return a store whose signed notes go to a folder, on each database."""
    time = FakeClock()
    bench = Bench(sending(replace(site, clock=time.clock()), folder=str(folder)), time)
    yield bench
    bench.close()


@pytest.fixture
def home(tmp_path: Path) -> Premises:
    return premises_at(tmp_path / "home")


# A drop folder.


def test_a_signed_note_goes_to_the_folder_once(dropping: Bench, folder: Path) -> None:
    store = dropping.store
    first = sign(dropping)
    assert [(each.target, each.state, each.attempts) for each in dispatch.pending(store)] == [("folder", "waiting", 0)]
    assert dispatch.deliver(store) == Delivered(sent=1, waiting=0, refused=0)
    assert {path.name for path in folder.iterdir()} == {f"{first}-1.r4b.fhir.json", f"{first}-1.pdf"}
    note = store.reviewed(dropping.nurse, first, target="test")
    for form in ("fhir-r4b", "pdf"):
        assert (folder / f"{first}-1{export.SUFFIXES[form]}").read_bytes() == export.write(note, form)
    BundleR4B.model_validate_json((folder / f"{first}-1.r4b.fhir.json").read_bytes())
    assert dispatch.deliver(store) == Delivered(sent=0, waiting=0, refused=0)
    seen = store.decide(
        dropping.nurse, first, store.open(dropping.nurse, first), CorrectField(path="findings/0/severity", value="重")
    )
    store.sign(dropping.nurse, first, seen)
    assert dispatch.deliver(store).sent == 1
    assert len(list(folder.glob(f"{first}-2*"))) == 2
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} <= {0o640, 0o600}


def test_the_first_version_goes_as_it_was_signed_also_after_the_second(dropping: Bench, folder: Path) -> None:
    store = dropping.store
    name = sign(dropping)
    note = store.reviewed(dropping.nurse, name, target="test")
    seen = store.decide(
        dropping.nurse, name, store.open(dropping.nurse, name), CorrectField(path="findings/0/severity", value="重")
    )
    store.sign(dropping.nurse, name, seen)
    assert dispatch.deliver(store).sent == 2
    assert (folder / f"{name}-1.pdf").read_bytes() == export.write(note, "pdf")
    again = store.reviewed(dropping.nurse, name, target="test", version=1)
    assert again == note


def test_nothing_goes_anywhere_when_nothing_is_named(bench: Bench) -> None:
    sign(bench)
    assert dispatch.pending(bench.store) == ()
    assert dispatch.deliver(bench.store) == Delivered(sent=0, waiting=0, refused=0)


def test_a_draft_is_never_queued(dropping: Bench) -> None:
    name = dropping.outbox.send(tiny(), None).encounter_id
    dropping.store.take_in()
    seen = dropping.store.open(dropping.nurse, name)
    dropping.store.decide(dropping.nurse, name, seen, CorrectField(path="findings/0/severity", value="重"))
    assert dispatch.pending(dropping.store) == ()


def test_what_was_sent_and_what_failed_is_in_the_log_without_words(dropping: Bench, folder: Path) -> None:
    folder.rmdir()
    sign(dropping)
    for _ in range(3):
        assert dispatch.deliver(dropping.store, now=True).waiting == 1
    folder.mkdir()
    assert dispatch.deliver(dropping.store, now=True).sent == 1
    with dropping.store.database.read() as connection:
        entries = [each for each in dropping.store.log.entries(connection) if each.action == "dispatch"]
        assert dropping.store.log.verify(connection).ok
    assert [(each.detail["state"], each.detail["attempts"]) for each in entries] == [("failed", 1), ("sent", 4)]
    assert SECRET_WORD not in str(entries)


def test_a_folder_that_is_not_mounted_is_not_made_and_the_note_waits(dropping: Bench, folder: Path) -> None:
    folder.rmdir()
    sign(dropping)
    assert dispatch.deliver(dropping.store) == Delivered(sent=0, waiting=1, refused=0)
    assert not folder.exists()
    (row,) = dispatch.pending(dropping.store)
    assert "does not take a file" in row.failure
    assert str(folder) in row.failure


def test_it_is_tried_again_later_and_later(dropping: Bench, folder: Path) -> None:
    folder.rmdir()
    sign(dropping)
    waits = []
    for _ in range(10):
        dispatch.deliver(dropping.store)
        (row,) = dispatch.pending(dropping.store)
        waits.append((row.next_at - dropping.time.time).total_seconds())
        dispatch.deliver(dropping.store)  # too early: nothing is tried
        assert dispatch.pending(dropping.store)[0].attempts == row.attempts
        dropping.time.pass_(seconds=waits[-1])
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_a_clock_that_is_put_back_does_not_keep_it_waiting(dropping: Bench, folder: Path) -> None:
    folder.rmdir()
    sign(dropping)
    dispatch.deliver(dropping.store)
    folder.mkdir()
    dropping.time.pass_(days=-400)
    assert dispatch.deliver(dropping.store).sent == 1


def test_two_programs_do_not_send_the_same(dropping: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    sign(dropping)
    inside, go_on, calls = threading.Event(), threading.Event(), []

    def slow(*arguments: Any) -> bool:
        calls.append(arguments)
        inside.set()
        go_on.wait(10)
        return True

    monkeypatch.setattr(drop, "put", slow)
    results: list[Delivered] = []
    first = threading.Thread(target=lambda: results.append(dispatch.deliver(dropping.store)))
    first.start()
    assert inside.wait(30)
    assert dispatch.deliver(dropping.store, now=True) == Delivered(sent=0, waiting=1, refused=0)
    assert len(calls) == 1
    go_on.set()
    first.join()
    assert [each.sent for each in results] == [1]


def test_erasing_an_encounter_erases_what_waits_of_it(dropping: Bench, folder: Path) -> None:
    name = sign(dropping)
    erasure.erase(dropping.store, dropping.admin, name)
    assert dispatch.pending(dropping.store) == ()
    assert dispatch.deliver(dropping.store).sent == 0
    assert list(folder.iterdir()) == []


def test_retention_waits_for_what_has_not_gone_yet(site: Premises, folder: Path) -> None:
    clock = FakeClock()
    site = sending(replace(site, clock=clock.clock()), folder=str(folder / "not mounted"))
    privacy = site.settings.privacy.model_copy(update={"encounter_days": 1})
    site = replace(site, settings=site.settings.model_copy(update={"privacy": privacy}))
    bench = Bench(site, clock)
    sign(bench)
    clock.pass_(days=3)
    dispatch.deliver(bench.store)
    assert erasure.purge(bench.store).encounters == 0
    (folder / "not mounted").mkdir()
    assert dispatch.deliver(bench.store, now=True).sent == 1
    assert erasure.purge(bench.store).encounters == 1
    bench.close()


@as_root
def test_a_full_folder_keeps_no_half_file_and_the_note_waits(home: Premises, folder: Path) -> None:
    disk = folder / "disk"
    try:
        mounted = small_disk(disk, 1)
        mounted.__enter__()
    except subprocess.CalledProcessError:
        pytest.skip("mounting is not allowed here")
    try:
        bench = Bench(sending(home, folder=str(disk)), FakeClock())
        name = sign(bench)
        fill(disk / "filler")
        assert dispatch.deliver(bench.store).waiting == 1
        assert [path.name for path in disk.iterdir()] == ["filler"]
        assert "No space left" in dispatch.pending(bench.store)[0].failure
        (disk / "filler").unlink()
        assert dispatch.deliver(bench.store, now=True).sent == 1
        assert len(list(disk.glob(f"{name}-1.*"))) == 2
        bench.close()
    finally:
        mounted.__exit__(None, None, None)


@as_root
def test_a_read_only_folder_is_said_and_the_note_waits(home: Premises, folder: Path) -> None:
    bench = Bench(sending(home, folder=str(folder)), FakeClock())
    sign(bench)
    if subprocess.run(["mount", "--bind", folder, folder], check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        assert dispatch.deliver(bench.store).waiting == 1
        assert "Read-only" in dispatch.pending(bench.store)[0].failure
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
    assert dispatch.deliver(bench.store, now=True).sent == 1
    bench.close()


def test_whoever_watches_the_folder_never_sees_half_a_file(folder: Path) -> None:
    data = bytes(range(256)) * 4000
    seen: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.extend(path.stat().st_size for path in folder.glob("[!.]*"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    for number in range(40):
        assert drop.put(folder, f"{number}.pdf", data)
    assert not drop.put(folder, "0.pdf", data)  # it is there
    assert drop.put(folder, "0.pdf", data + b"!")
    done.set()
    watcher.join()
    assert set(seen) <= {len(data), len(data) + 1}
    assert not list(folder.glob(".*"))


def test_a_link_in_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (folder / ".a.pdf.part").symlink_to(victim)
    with pytest.raises(ExportError):
        drop.put(folder, "a.pdf", b"data")
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("sampled", [5, pytest.param(60, marks=[pytest.mark.slow, pytest.mark.timeout(1500)])])
def test_killed_at_any_stage_the_document_still_goes_and_whole(tmp_path: Path, sampled: int) -> None:
    base = tmp_path / "base"
    start = premises_at(base)
    bench = Bench(sending(start, folder=str(base / "drop")), FakeClock())
    name = sign(bench)
    bench.close()
    site = premises_at(tmp_path / "home")

    def prepare() -> None:
        shutil.rmtree(site.home, ignore_errors=True)
        shutil.copytree(base, site.home)
        (site.home / "drop").mkdir()

    with killed("dispatch", site) as stages:
        for stage in stages_of(stages, prepare, sampled):
            prepare()
            stages.run(stage)
            folder = site.home / "drop"
            for path in folder.glob("[!.]*"):
                assert path.read_bytes().endswith((b"%%EOF", b"}\n")), stage
            clock = FakeClock()
            clock.pass_(minutes=5)  # a dead sender's time is up
            after = Bench(sending(replace(site, clock=clock.clock()), folder=str(folder)), clock)
            dispatch.deliver(after.store)
            assert dispatch.pending(after.store) == (), stage
            there = {path.name for path in folder.glob("[!.]*")}
            assert there == {f"{name}-1.r4b.fhir.json", f"{name}-1.pdf"}, stage
            healthy(after.store)
            after.close()


# The courier.


def eventually(true: Callable[[], object]) -> None:
    """Wait until something is so; fail when it does not become so."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_courier_takes_a_note_away_when_it_is_signed(dropping: Bench, folder: Path) -> None:
    courier = Courier(dropping.store, every_s=3600)
    courier.start()
    courier.start()
    try:
        name = sign(dropping)
        courier.wake()
        eventually((folder / f"{name}-1.pdf").exists)
        eventually(lambda: dispatch.pending(dropping.store) == ())
    finally:
        courier.stop()
    sign(dropping)
    courier.wake()
    assert len(dispatch.pending(dropping.store)) == 1


def test_the_courier_tries_again_after_a_store_that_did_not_answer(
    dropping: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = dispatch.deliver, itertools.count()

    def flaky(*arguments: Any, **options: Any) -> Delivered:
        if next(calls) == 0:
            raise StorageError("The store does not answer.")
        return real(*arguments, **options)

    monkeypatch.setattr(dispatch, "deliver", flaky)
    name = sign(dropping)
    courier = Courier(dropping.store, every_s=0.05)
    courier.start()
    try:
        eventually((folder / f"{name}-1.pdf").exists)
    finally:
        courier.stop()


def test_the_courier_has_no_thread_where_nothing_is_sent(bench: Bench) -> None:
    courier = Courier(bench.store)
    courier.start()
    assert "kiosk-courier" not in {each.name for each in threading.enumerate()}
    courier.stop()


# A FHIR server.


class Hospital:
    """The program of ``tests/fhir_server.py``, on a free port that it keeps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir()
        self.mode("ok")
        self.start()

    def mode(self, mode: Mode) -> None:
        (self.folder / "mode").write_text(mode)

    def start(self) -> None:
        """Start, or start again after its death."""
        if self._process is not None:
            self._process.wait()
        (self.folder / "port").unlink(missing_ok=True)
        self._process = subprocess.Popen([sys.executable, fhir_server.__file__, str(self.folder), str(self.port)])
        for _ in range(600):
            if (self.folder / "port").exists() and (self.folder / "port").read_text():
                break
            time.sleep(0.05)
        self.port = int((self.folder / "port").read_text())

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir"

    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_bytes()) for path in sorted((self.folder / "Bundle").glob("*.json"))]

    def requests(self) -> list[dict[str, Any]]:
        path = self.folder / "requests"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    running = Hospital(tmp_path / "hospital")
    yield running
    running.kill()


Linked = Callable[..., Bench]


@pytest.fixture
def linked(home: Premises, hospital: Hospital) -> Iterator[Linked]:
    """Return what makes a store whose signed notes go to the hospital's server."""
    made: list[Bench] = []

    def link(**settings: Any) -> Bench:
        clock = FakeClock()
        chosen = {"server": hospital.url, "timeout_s": 5.0, **settings}
        made.append(Bench(sending(replace(home, clock=clock.clock()), **chosen), clock))
        return made[-1]

    yield link
    for each in made:
        each.close()


methods = pytest.mark.parametrize("method", ["put", "post"])


@methods
@pytest.mark.parametrize("form", ["fhir", "fhir-r4b"])
def test_a_document_arrives(linked: Linked, hospital: Hospital, method: str, form: str) -> None:
    bench = linked(server_method=method, server_form=form)
    name = sign(bench)
    assert dispatch.deliver(bench.store) == Delivered(sent=1, waiting=0, refused=0)
    (document,) = hospital.documents()
    note = bench.store.reviewed(bench.nurse, name, target="test")
    assert document == json.loads(export.write(note, form))
    (Bundle if form == "fhir" else BundleR4B).model_validate(document)
    (request,) = hospital.requests()
    assert request["headers"]["content-type"] == "application/fhir+json; charset=utf-8"
    assert "authorization" not in request["headers"]


@methods
def test_a_busy_server_is_asked_again(linked: Linked, hospital: Hospital, method: str) -> None:
    bench = linked(server_method=method)
    hospital.mode("busy")
    sign(bench)
    assert dispatch.deliver(bench.store).waiting == 1
    assert "HTTP 503" in dispatch.pending(bench.store)[0].failure
    hospital.mode("ok")
    assert dispatch.deliver(bench.store).sent == 0  # not yet
    bench.time.pass_(seconds=30)
    assert dispatch.deliver(bench.store).sent == 1
    assert len(hospital.documents()) == 1


@methods
@pytest.mark.parametrize("mode", ["drop", "slow", "die"])
def test_a_lost_answer_makes_no_second_document(linked: Linked, hospital: Hospital, method: str, mode: Mode) -> None:
    bench = linked(server_method=method, timeout_s=2.0)
    hospital.mode(mode)
    sign(bench)
    assert dispatch.deliver(bench.store).waiting == 1
    assert len(hospital.documents()) == 1
    hospital.mode("ok")
    if mode == "die":
        hospital.start()
    assert dispatch.deliver(bench.store, now=True).sent == 1
    assert len(hospital.documents()) == 1


def test_a_server_without_conditions_is_asked_before_the_second_attempt(linked: Linked, hospital: Hospital) -> None:
    (hospital.folder / "no-conditions").touch()
    bench = linked(server_method="post")
    hospital.mode("drop")
    sign(bench)
    assert dispatch.deliver(bench.store).waiting == 1
    hospital.mode("ok")
    assert dispatch.deliver(bench.store, now=True).sent == 1
    assert len(hospital.documents()) == 1
    assert [each["method"] for each in hospital.requests()] == ["POST", "GET"]


@pytest.mark.parametrize("mode", ["hang", "drip"])
def test_a_server_that_does_not_come_to_an_end_is_left(linked: Linked, hospital: Hospital, mode: Mode) -> None:
    bench = linked(timeout_s=1.0)
    hospital.mode(mode)
    sign(bench)
    assert dispatch.deliver(bench.store).waiting == 1
    assert "has not answered within 1 s" in dispatch.pending(bench.store)[0].failure
    hospital.mode("ok")
    assert dispatch.deliver(bench.store, now=True).sent == 1
    assert len(hospital.documents()) == 1


def test_a_server_that_is_killed_and_comes_back(linked: Linked, hospital: Hospital) -> None:
    bench = linked()
    hospital.kill()
    names = [sign(bench) for _ in range(3)]
    assert dispatch.deliver(bench.store).waiting == 3
    assert "cannot be reached" in dispatch.pending(bench.store)[0].failure
    hospital.start()
    assert dispatch.deliver(bench.store, now=True) == Delivered(sent=3, waiting=0, refused=0)
    assert {each["identifier"]["value"] for each in hospital.documents()} == {f"{name}-1" for name in names}


def test_what_is_refused_waits_for_a_person(linked: Linked, hospital: Hospital) -> None:
    bench = linked()
    hospital.mode("refuse")
    sign(bench)
    assert dispatch.deliver(bench.store) == Delivered(sent=0, waiting=0, refused=1)
    bench.time.pass_(days=1)
    assert dispatch.deliver(bench.store, now=True) == Delivered(sent=0, waiting=0, refused=1)
    assert len(hospital.requests()) == 1
    hospital.mode("ok")
    assert dispatch.deliver(bench.store, again=True).sent == 1


def test_a_token_comes_from_the_environment_and_its_lack_is_said(
    linked: Linked, hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = linked()
    hospital.mode("forbid")
    sign(bench)
    assert dispatch.deliver(bench.store).waiting == 1
    assert "KIOSK_EXPORT_TOKEN" in dispatch.pending(bench.store)[0].failure
    monkeypatch.setenv("KIOSK_EXPORT_TOKEN", fhir_server.TOKEN)
    assert dispatch.deliver(bench.store, now=True).sent == 1


def test_no_redirect_is_followed_and_no_proxy_used(
    linked: Linked, hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    bench = linked()
    hospital.mode("elsewhere")
    sign(bench)
    assert dispatch.deliver(bench.store).waiting == 1
    assert [each["path"] for each in hospital.requests()] == [f"/fhir/Bundle/{hospital.requests()[0]['path'][13:]}"]
    assert "HTTP 307" in dispatch.pending(bench.store)[0].failure


def test_a_wrong_certificate_file_is_named(linked: Linked, tmp_path: Path) -> None:
    bench = linked(server_ca=str(tmp_path / "none.pem"))
    sign(bench)
    dispatch.deliver(bench.store)
    assert "none.pem" in dispatch.pending(bench.store)[0].failure


def test_a_sender_that_is_killed_in_the_middle_leaves_it_to_the_next(
    home: Premises, hospital: Hospital, tmp_path: Path
) -> None:
    bench = Bench(sending(home, server=hospital.url), FakeClock())
    sign(bench)
    bench.close()
    config = tmp_path / "kiosk.toml"
    config.write_text(f'[export]\nserver = "{hospital.url}"\ntimeout_s = 2.0\n', encoding="utf-8")
    hospital.mode("hang")
    environment = {**os.environ, "KIOSK_HOME": str(home.home), "KIOSK_CONFIG": str(config), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "kiosk", "export", "--send", "--json"]
    sender = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not hospital.requests() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert hospital.requests()
    sender.send_signal(signal.SIGKILL)
    sender.communicate()
    hospital.mode("ok")
    time.sleep(2.0 * dispatch.LEASE_REQUESTS)  # the dead sender's time is up
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"sent": 1, "pending": []}), done.stderr
    assert len(hospital.documents()) == 1


def test_what_waits_holds_no_word_and_is_shown_without_the_master_key(dropping: Bench, folder: Path) -> None:
    folder.rmdir()
    sign(dropping)
    dispatch.deliver(dropping.store)
    with dropping.store.database.read() as connection:
        row = connection.execute(schema.dispatch.select()).one()
        assert dispatch.waiting(connection) == (1, 0)
    assert SECRET_WORD not in str(row)
    assert NURSE_SECRET not in str(row)
