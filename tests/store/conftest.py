"""A store on each of the two databases, a clock that tests set, two people, and an encounter."""

from __future__ import annotations

import functools
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg
import pytest
from argon2.profiles import CHEAPEST

from kiosk import audio, keys, pipeline, settings
from kiosk.bench import scratch_server
from kiosk.capture import journal
from kiosk.clock import Clock
from kiosk.encounter import (
    AudioInfo,
    Caution,
    Evidence,
    Finding,
    Intake,
    LanguageChoice,
    Note,
    Timing,
    Translation,
    Utterance,
)
from kiosk.recognition import Samples
from kiosk.store import accounts
from kiosk.store.accounts import Session
from kiosk.store.nurse_end import Store, open_store
from kiosk.store.outbox import StoreOutbox
from kiosk.store.premises import Premises

SENTENCE = "I have had a headache for three days and my right knee is swollen. I am allergic to penicillin. No fever."
SECRET_WORD = "headache"
CHINESE_WORD = "头痛"
NURSE_SECRET = "the ward is quiet"
ADMIN_SECRET = "keys of the house"


@dataclass
class FakeClock:
    """A clock that stands still until a test moves it."""

    time: datetime = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
    seconds: float = 1000.0

    def clock(self) -> Clock:
        return Clock(now=lambda: self.time, monotonic=lambda: self.seconds)

    def pass_(self, **span: float) -> None:
        """Let time pass, on the wall and in the process."""
        self.time += timedelta(**span)
        self.seconds += timedelta(**span).total_seconds()


@dataclass
class Bench:
    """A store, the patient's end of it, and who works there."""

    site: Premises
    time: FakeClock
    store: Store = field(init=False)
    outbox: StoreOutbox = field(init=False)
    nurse: Session = field(init=False)
    admin: Session = field(init=False)

    def __post_init__(self) -> None:
        self.store = open_store(self.site)
        self.outbox = StoreOutbox(self.site)
        fresh = not self.store.accounts.exist()
        if fresh:
            self.store.accounts.add_first("admin", "管理员", ADMIN_SECRET)
        self.admin = self.store.accounts.log_in("admin", ADMIN_SECRET)
        if fresh:
            self.store.accounts.add(self.admin, "wang.fang", "王芳", NURSE_SECRET, "nurse")
        self.nurse = self.store.accounts.log_in("wang.fang", NURSE_SECRET)

    def reopen(self) -> Store:
        """Close the store and open it again, as the next morning."""
        self.close()
        self.store = open_store(self.site)
        self.outbox = StoreOutbox(self.site)
        self.nurse = self.store.accounts.log_in("wang.fang", NURSE_SECRET)
        self.admin = self.store.accounts.log_in("admin", ADMIN_SECRET)
        return self.store

    def close(self) -> None:
        self.store.close()
        self.outbox.close()


def quick_hashes() -> None:
    """Make argon2 and scrypt cheap: what they cost is not what is tested."""
    accounts.ARGON2 = CHEAPEST
    keys.SCRYPT_N = 2


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """Return a folder in memory, where there is such: thousands of flushes to a shared disk would take minutes."""
    memory = Path("/dev/shm")  # noqa: S108 - a fresh folder of our own in it
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < 500_000_000:
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(prefix="kiosk-", dir=memory))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use cheap hashes in every test."""
    monkeypatch.setattr(accounts, "ARGON2", accounts.ARGON2)  # put back afterwards
    monkeypatch.setattr(keys, "SCRYPT_N", keys.SCRYPT_N)
    quick_hashes()


@pytest.fixture(scope="session")
def server() -> Iterator[scratch_server.Server]:
    """Return a running PostgreSQL server, or skip with the reason."""
    try:
        running = scratch_server.start(durable=False)
    except scratch_server.NoServerError as error:
        pytest.skip(f"no PostgreSQL: {error}")
    yield running
    scratch_server.stop(running)


_numbers = itertools.count(1)


def _create(server: scratch_server.Server, template: str = "template1") -> str:
    name = f"kiosk_{next(_numbers)}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return name


@pytest.fixture
def database_url(server: scratch_server.Server) -> str:
    """Return the URL of an empty PostgreSQL database."""
    return server.url(_create(server))


@pytest.fixture(scope="session")
def prepared(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[scratch_server.Server | None], tuple[Path, str]]:
    """Return what gives the home, and the PostgreSQL database, of a site with its accounts: made once, copied often."""
    made: dict[bool, tuple[Path, str]] = {}

    def make(server: scratch_server.Server | None) -> tuple[Path, str]:
        if (server is not None) not in made:
            quick_hashes()
            home, name = tmp_path_factory.mktemp("prepared") / "home", _create(server) if server else ""
            Bench(premises_at(home, url=server.url(name) if server else ""), FakeClock()).close()
            made[server is not None] = (home, name)
        return made[server is not None]

    return make


@pytest.fixture(params=["sqlcipher", "postgresql"])
def site(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    prepared: Callable[[scratch_server.Server | None], tuple[Path, str]],
) -> Premises:
    """Return the premises of a site with its accounts, on each database."""
    server = request.getfixturevalue("server") if request.param == "postgresql" else None
    home, template = prepared(server)
    shutil.copytree(home, tmp_path / "home")
    return premises_at(tmp_path / "home", url=server.url(_create(server, template)) if server else "")


def premises_at(home: Path, *, url: str = "", time: FakeClock | None = None) -> Premises:
    """Return the premises of a site in this folder."""
    chosen = settings.load()
    chosen = chosen.model_copy(update={"store": chosen.store.model_copy(update={"url": url})})
    return Premises(settings=chosen, home=home, clock=(time or FakeClock()).clock())


@pytest.fixture
def bench(site: Premises) -> Iterator[Bench]:
    """Return a store with an administrator and a nurse, both logged in."""
    time = FakeClock()
    made = Bench(replace(site, clock=time.clock()), time)
    yield made
    made.close()


@functools.cache
def written(text: str = SENTENCE) -> Intake:
    """Return the intake of a typed sentence."""
    return pipeline.run(pipeline.Pipeline(settings.load(), detector=None).from_text(text, language="en"))


def tiny(words: str = "I have a headache") -> Intake:
    """Return an intake made by hand: needs no lexicon, so that a fresh process is quick."""
    utterance = Utterance(id="u1", text=words, language="en", mode="tap")
    evidence = (Evidence(utterance_id="u1", text=words, start=0, end=len(words)),)
    return Intake(
        language=LanguageChoice(code="en"),
        audio=None,
        utterances=(utterance,),
        translations=(Translation(utterance_id="u1", zh="头痛", channel="verified", engine="test"),),
        note=Note(
            chief_complaint="头痛", findings=(Finding(code="headache", name="头痛", evidence=evidence),), text="头痛"
        ),
        timing=Timing(),
    )


def blocked() -> Intake:
    """Return an intake with a warning that blocks signing, about its translation."""
    intake = written()
    caution = Caution(kind="negation", detail="原话有否定，译文没有", blocking=True)
    translation = replace(intake.translations[0], warnings=(caution,))
    note = replace(intake.note, warnings=(*intake.note.warnings, caution))
    return replace(intake, translations=(translation,), note=note)


SPEECH: Samples = (0.1 * np.sin(np.arange(25 * 16_000) / 9)).astype(np.float32)
"""25 seconds: three parts in the store."""


@pytest.fixture
def spoken(tmp_path: Path) -> Callable[..., tuple[Intake, Path]]:
    """Return what makes an intake with its recording in a journal."""

    def make(samples: Samples = SPEECH, intake: Intake | None = None) -> tuple[Intake, Path]:
        kept = journal.Journal.create(tmp_path / "recordings")
        kept.append(samples)
        kept.close("keep")
        recording = audio.from_samples(samples)
        info = AudioInfo(duration_s=recording.duration_s, sha256=recording.sha256)
        return replace(intake or written(), audio=info), kept.path

    return make
