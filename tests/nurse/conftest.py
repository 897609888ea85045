"""The nurse's screens on a real SQLCipher store: intakes of the pipeline, a clock and a player of the tests' own."""

from __future__ import annotations

import gc
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console, Group
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, Static

from kiosk import audio, pipeline, settings
from kiosk.audio import Recording
from kiosk.encounter import AudioInfo, Intake, Utterance
from kiosk.errors import DeviceError
from kiosk.recognition import SAMPLE_RATE, Samples
from kiosk.speech import Sound
from kiosk.store.nurse_end import Store
from kiosk.ui.nurse.app import NurseApp
from kiosk.ui.nurse.base import Page, Rows
from kiosk.ui.nurse.queue import QueueScreen
from kiosk.ui.nurse.review import ReviewScreen
from kiosk.ui.scripts import Script
from tests.store.conftest import NURSE_SECRET, Bench, FakeClock, premises_at, quick_hashes

SENTENCES = {
    "ug": "بېشىم ئۈچ كۈندىن بېرى ئاغرىۋاتىدۇ، قىزىتمام يوق",
    "bo": "ང་མགོ་ན་གི་འདུག",
    "ru": "У меня три дня болит голова, температуры нет. У меня аллергия на пенициллин.",
    "en": "I have chest pain and I am sweating. I am allergic to penicillin. I take metformin 500 mg twice a day.",
}
PLAIN_TERMINAL = {"TERM": "xterm-256color"}


@dataclass
class KeptPlayer:
    """A loudspeaker that keeps what it was given, and what would stop it; it can be broken."""

    played: list[Samples] = field(default_factory=list)
    stops: list[threading.Event] = field(default_factory=list)
    broken: bool = False

    def play(self, sound: Sound, *, stopped: threading.Event) -> None:
        if self.broken:
            raise DeviceError("The loudspeaker cannot be used.", remedy="Connect one.")
        self.stops.append(stopped)
        self.played.append(sound.samples)


@cache
def typed(language: str, text: str | None = None) -> Intake:
    """Return what the pipeline makes of a typed sentence."""
    machine = pipeline.Pipeline(settings.load(), detector=None)
    return pipeline.run(machine.from_text(text or SENTENCES[language], language=language))


def spoken(intake: Intake, *spans: tuple[float, float]) -> tuple[Intake, Recording]:
    """Return an intake as if its utterances had been heard at these seconds, and a recording in which no two samples
    near each other are the same."""
    end = max(stop for _, stop in spans) + 1.0
    ramp = (np.arange(round(end * SAMPLE_RATE)) % 30_011 - 15_000) / 32_768
    recording = audio.from_samples(ramp.astype(np.float32))
    heard: tuple[Utterance, ...] = tuple(
        replace(each, mode="transcript", start_s=start, end_s=stop, score=0.87, engine="scripted@1")
        for each, (start, stop) in zip(intake.utterances, spans, strict=True)
    )
    info = AudioInfo(duration_s=recording.duration_s, sha256=recording.sha256)
    return replace(intake, audio=info, utterances=heard), recording


def shown(app: NurseApp | Screen[Any]) -> str:
    """Return all the text of the top screen in logical order."""
    screen = app.screen if isinstance(app, NurseApp) else app
    parts: list[str] = []
    for widget in screen.query("*"):
        if not widget.display:
            continue
        if isinstance(widget, Rows):
            parts += [_plain(option.prompt) for option in widget.options]
        elif isinstance(widget, Static):
            parts.append(_plain(widget.content))
    return "\n".join(parts)


def _plain(content: Any) -> str:
    if isinstance(content, Script):
        return content.text
    if isinstance(content, Group):
        return "\n".join(_plain(each) for each in content.renderables)
    if isinstance(content, str):
        return content
    console = Console(width=200, color_system=None)
    with console.capture() as capture:
        console.print(content)
    return capture.get()


@dataclass
class Station:
    """A store with people, and the nurse's screens on it."""

    bench: Bench
    time: FakeClock
    player: KeptPlayer
    folder: Path

    @property
    def store(self) -> Store:
        return self.bench.store

    def send(self, intake: Intake, recording: Recording | None = None) -> str:
        """Send as a patient does; return the encounter's id."""
        return self.bench.outbox.send(intake, recording).encounter_id

    def app(self, **more: Any) -> NurseApp:
        """Return the screens, not running yet."""
        return NurseApp(
            self.store,
            player=self.player,
            exports=self.folder / "exports",
            poll_s=more.pop("poll_s", 0.05),
            zone=UTC,
            environment=PLAIN_TERMINAL,
            **more,
        )

    def log(self) -> list[tuple[str, str]]:
        """Return (actor, action) of every line of the log."""
        with self.store.database.read() as connection:
            return [(each.actor, each.action) for each in self.store.log.entries(connection)]


@pytest.fixture(scope="session", autouse=True)
def frozen_tables() -> None:
    """Load the languages' tables once, and keep the garbage collector, which each app calls, from walking them."""
    for language in SENTENCES:
        typed(language)
    gc.freeze()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the home of a site with its accounts, made once."""
    quick_hashes()
    home = tmp_path_factory.mktemp("nurse") / "home"
    Bench(premises_at(home), FakeClock()).close()
    return home


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use cheap hashes in every test."""
    from kiosk import keys
    from kiosk.store import accounts

    monkeypatch.setattr(accounts, "ARGON2", accounts.ARGON2)  # put back afterwards
    monkeypatch.setattr(keys, "SCRYPT_N", keys.SCRYPT_N)
    quick_hashes()


@pytest.fixture
def station(tmp_path: Path, prepared: Path) -> Iterator[Station]:
    """Return a site with an administrator and a nurse."""
    shutil.copytree(prepared, tmp_path / "home")
    time = FakeClock()
    bench = Bench(premises_at(tmp_path / "home", time=time), time)
    yield Station(bench=bench, time=time, player=KeptPlayer(), folder=tmp_path)
    bench.close()


async def until(pilot: Pilot[None], met: Callable[[], object], *, seconds: float = 20.0) -> None:
    """Wait until something holds: for what other threads bring."""
    for _ in range(round(seconds / 0.02)):
        await pilot.pause()
        if met():
            return
        await pilot.pause(0.02)
    raise AssertionError(f"never happened; on the screen: {shown(pilot.app)}")  # type: ignore[arg-type]  # ours


async def write(pilot: Pilot[None], text: str) -> None:
    """Put text into the field that has the focus, as a paste does."""
    focused = pilot.app.focused
    assert isinstance(focused, Input), focused
    focused.value = text
    await pilot.pause()


async def log_in(pilot: Pilot[None], name: str = "wang.fang", secret: str = NURSE_SECRET) -> QueueScreen:
    """Log in and wait for the queue."""
    app = pilot.app
    await until(pilot, lambda: app.focused is not None)
    await write(pilot, name)
    await pilot.press("enter")
    await write(pilot, secret)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, QueueScreen) and app.screen.is_mounted)
    await pilot.pause()
    assert isinstance(app.screen, QueueScreen)
    return app.screen


async def open_first(pilot: Pilot[None]) -> ReviewScreen:
    """Log in and open the first encounter of the queue."""
    await log_in(pilot)
    await pilot.press("enter")
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, ReviewScreen) and app.screen.rows)
    assert isinstance(app.screen, ReviewScreen)
    return app.screen


async def go(pilot: Pilot[None], screen: ReviewScreen, words: str) -> None:
    """Put the cursor on the first line of the review that has these words."""
    row = next(each for each in screen.rows if words in f"{each.label} {each.text}")
    screen.query_one(Rows).choose(row.key)
    await pilot.pause()


def status(app: NurseApp | Any) -> str:
    """Return the line that answers."""
    page = next(screen for screen in reversed(app.screen_stack) if isinstance(screen, Page))
    return _plain(page.query_one("#status", Static).content)
