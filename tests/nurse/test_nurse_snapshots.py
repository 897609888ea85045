"""What each of the nurse's screens looks like, with a frozen clock."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from kiosk.answers import Confirmation, Interview
from kiosk.encounter import Caution, Person, TranslationSpan
from kiosk.store import deposit
from kiosk.store.nurse_end import open_store
from kiosk.ui.nurse.app import NurseApp
from kiosk.ui.nurse.entry import FirstStartScreen, LoginScreen
from kiosk.ui.nurse.review import ReviewScreen
from kiosk.ui.nurse.users import UsersScreen
from tests.nurse.conftest import PLAIN_TERMINAL, KeptPlayer, Station, go, log_in, spoken, typed, until, write
from tests.store.conftest import ADMIN_SECRET, NURSE_SECRET, FakeClock, premises_at

SMALL, LARGE = (80, 24), (160, 50)
Before = Callable[[Pilot[None]], Awaitable[None]]


@pytest.fixture(autouse=True)
def counted_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give encounters ids that are the same in every run."""
    numbers = itertools.count(0x1A2B3C4D)
    monkeypatch.setattr(deposit, "new_id", lambda: f"{next(numbers):08x}" * 4)


@pytest.fixture
def ward(station: Station) -> Station:
    """Return a station where several patients wait, each with something to look at."""
    at = station.time.time
    station.send(typed("bo"))
    station.time.pass_(minutes=7)
    rejected = replace(
        typed("ug"),
        interview=Interview(
            version="1",
            started_at=at,
            ended_at=at,
            confirmations=(Confirmation(path="findings/0", verdict="rejected"),),
            ticket="A017",
        ),
    )
    heard, recording = spoken(rejected, (0.75, 4.5))
    heard = replace(heard, note=replace(heard.note, person=Person(age_years=58, sex="male")))
    station.send(heard, recording)
    station.time.pass_(minutes=12)
    russian = typed("ru", "У меня три дня болит голова, температуры нет. Принимаю какой-то фуфломицин.")
    first = russian.translations[0]
    caution = Caution(kind="negation", detail="原话有否定，机器译文没有", blocking=True)
    neural = TranslationSpan(
        zh="我头痛三天，有发热。",
        channel="neural",
        engine="nllb@1",
        start=0,
        end=45,
        verified="头痛3天，无发热。",
        back="У меня болит голова",
    )
    doubted = replace(first, channel="neural", spans=(neural,), warnings=(caution,))
    station.send(
        replace(
            russian,
            translations=(doubted,),
            note=replace(russian.note, warnings=(*russian.note.warnings, caution), person=Person(age_years=0.25)),
        )
    )
    station.send(typed("en"))
    station.time.pass_(minutes=3)
    return station


async def review_of(pilot: Pilot[None], words: str, row: str) -> ReviewScreen:
    """Log in, open the encounter whose line in the queue has these words, and choose a line of its review."""
    screen = await log_in(pilot)
    wanted = next(each for each in screen.listing.rows if words in each.summary.language)
    screen.query_one("Rows").choose(wanted.encounter_id)  # type: ignore[attr-defined]  # ours
    await pilot.press("enter")
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, ReviewScreen) and app.screen.rows)
    assert isinstance(app.screen, ReviewScreen)
    await go(pilot, app.screen, row)
    return app.screen


def then(language: str, row: str, *keys: str, typed_in: str = "") -> Before:
    """Return what opens a review, chooses a line, and presses keys."""

    async def before(pilot: Pilot[None]) -> None:
        await review_of(pilot, language, row)
        await pilot.press(*keys)
        if typed_in:
            await until(pilot, lambda: isinstance(pilot.app.focused, Input))
            await write(pilot, typed_in)
        await still(pilot)

    return before


async def still(pilot: Pilot[None]) -> None:
    """Hide the cursor of a field, which blinks."""
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    await pilot.pause()


async def queue(pilot: Pilot[None]) -> None:
    await log_in(pilot)


async def users(pilot: Pilot[None]) -> None:
    await log_in(pilot, "admin", ADMIN_SECRET)
    await pilot.press("u")
    await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen))


async def login(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, LoginScreen))
    await still(pilot)


async def locked(pilot: Pilot[None]) -> None:
    await log_in(pilot)
    await pilot.press("ctrl+l")
    await still(pilot)


async def signed(pilot: Pilot[None]) -> None:
    await review_of(pilot, "bo", "主诉")
    await pilot.press("s")
    await write(pilot, NURSE_SECRET)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))


SCREENS: dict[str, tuple[Before, tuple[int, int]]] = {
    "login": (login, SMALL),
    "locked": (locked, SMALL),
    "queue": (queue, SMALL),
    "queue, large": (queue, LARGE),
    "queue, help": (lambda pilot: _pressed(pilot, "f1"), SMALL),
    "users": (users, SMALL),
    "review in Uyghur": (then("ug", "症状"), SMALL),
    "review in Uyghur, large": (then("ug", "症状"), LARGE),
    "review in Tibetan": (then("bo", "症状"), SMALL),
    "review in Russian with a doubted translation, large": (then("ru", "警告"), LARGE),
    "review with red flags": (then("en", "红旗"), SMALL),
    "correcting": (then("ug", "症状", "enter"), SMALL),
    "choosing a status": (then("ug", "症状", "z"), SMALL),
    "adding": (then("ug", "症状", "a", typed_in="tt"), SMALL),
    "vitals": (then("ug", "体征", "v"), SMALL),
    "what is missing": (then("en", "主诉", "s"), SMALL),
    "the whole note": (then("ug", "主诉", "n"), SMALL),
    "history": (then("ug", "症状", "c", "i", "u", "h"), SMALL),
    "signing": (then("bo", "主诉", "s"), SMALL),
    "signed": (signed, SMALL),
    "exporting": (then("ug", "主诉", "x"), SMALL),
    "erasing": (then("ug", "主诉", "delete"), SMALL),
}


async def _pressed(pilot: Pilot[None], key: str) -> None:
    await log_in(pilot)
    await pilot.press(key)


QUICK = {"queue", "review in Uyghur", "review in Uyghur, large", "review in Tibetan", "correcting", "signing"}


@pytest.mark.parametrize(
    "name", [each if each in QUICK else pytest.param(each, marks=pytest.mark.slow) for each in SCREENS]
)
def test_screen(snap_compare: Callable[..., bool], ward: Station, name: str) -> None:
    before, size = SCREENS[name]
    assert snap_compare(ward.app(poll_s=60.0), terminal_size=size, run_before=before)


def test_first_start(snap_compare: Callable[..., bool], tmp_path: Path) -> None:
    store = open_store(premises_at(tmp_path / "fresh", time=FakeClock(time=datetime(2026, 11, 29, 8, 0, tzinfo=UTC))))
    app = NurseApp(store, player=KeptPlayer(), exports=tmp_path, environment=PLAIN_TERMINAL, poll_s=60.0)

    async def before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: isinstance(app.screen, FirstStartScreen))
        await still(pilot)

    assert snap_compare(app, terminal_size=SMALL, run_before=before)
    store.close()
