"""What a kiosk in a hall must be: nobody gets out of it, and nothing of a patient stays in it."""

from __future__ import annotations

import functools
import gc
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk import prompts
from kiosk.answers import Answer, Interview
from kiosk.encounter import Finding, Intake, LanguageChoice, Note, Timing, Translation, Utterance
from kiosk.errors import AccessError
from kiosk.intakes import FolderOutbox
from kiosk.readback import Item
from kiosk.station.commands import Answered, Erased
from kiosk.ui import staff as staff_screen
from kiosk.ui.asides import EraseScreen, IdleScreen
from kiosk.ui.choosing import HeardScreen
from kiosk.ui.ending import EndScreen, NoticeScreen
from kiosk.ui.language import LanguageScreen
from kiosk.ui.messages import FromStation
from kiosk.ui.recording import RecordingScreen
from kiosk.ui.session import Visit
from kiosk.ui.staff import StaffScreen
from kiosk.ui.visit import KioskApp
from tests.ui.walking import asked, finish, journals, jump, say, sent, shown, start, until

MakeApp = Callable[..., KioskApp]
MARKER = "zyzzyva"
WORDS = f"I have a headache and {MARKER}"
EN = prompts.load("en")


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_erase_everything_at_any_moment(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app(WORDS).run_test(size=(80, 24)) as pilot:
        app = await jump(pilot, "complaint")
        await say(pilot)
        await app.reached(HeardScreen)
        await pilot.pause()
        await pilot.press("1")
        await asked(pilot, "since")
        await pilot.press("1")  # and the microphone is open again
        await app.reached(RecordingScreen)
        await pilot.pause()
        await pilot.press("*")
        await app.reached(EraseScreen)
        await pilot.pause()
        await pilot.press("2")  # no, go on
        await asked(pilot, "since")
        await pilot.press("*")
        await app.reached(EraseScreen)
        await pilot.pause()
        await pilot.press("1")
        notice = await app.reached(NoticeScreen)
        assert EN.erased in notice.aloud()
        assert app.visit is None
        assert not journals(tmp_path)
        assert not (tmp_path / "intakes").exists()


async def test_erase_after_sending(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app(WORDS).run_test(size=(80, 24)) as pilot:
        app = await jump(pilot, "complaint")
        await say(pilot)
        await app.reached(HeardScreen)
        await pilot.pause()
        await pilot.press("1")
        await asked(pilot, "since")
        await finish(pilot)
        assert len(sent(tmp_path / "intakes")) == 1
        await pilot.press("*")
        await app.reached(EraseScreen)
        await pilot.pause()
        await pilot.press("1")
        await app.reached(NoticeScreen)
        assert not [*(tmp_path / "intakes").iterdir()]


async def test_what_cannot_be_erased_here_is_said(make_app: MakeApp, tmp_path: Path) -> None:
    class Refuses(FolderOutbox):
        def withdraw(self, encounter_id: str) -> None:
            raise AccessError("It is in the store.", remedy=f"kiosk store erase {encounter_id[:4]}")

    async with make_app(outbox=Refuses(tmp_path / "intakes")).run_test(size=(80, 24)) as pilot:
        app = await jump(pilot, "illnesses", record=False)
        await pilot.press("-")
        await until(pilot, lambda: isinstance(app.shown, EndScreen) and app.shown.sent)
        await pilot.press("*")
        await app.reached(EraseScreen)
        await pilot.pause()
        await pilot.press("1")
        await app.reached(NoticeScreen)
        assert EN.not_erased in shown(app)
        assert "kiosk store erase" in shown(app)


async def test_idle_asks_then_wipes(make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.ui.visit.LOOK_EVERY_S", 0.01)
    clock = Clock()
    async with make_app(WORDS, clock=clock).run_test(size=(80, 24)) as pilot:
        app = await jump(pilot, "complaint")
        await say(pilot)
        await app.reached(HeardScreen)
        await pilot.pause()
        await pilot.press("1")
        await asked(pilot, "since")
        clock.now += app.settings.ui.idle_s - 1
        await pilot.pause(0.05)
        assert not isinstance(app.screen, IdleScreen)
        clock.now += 1
        await app.reached(IdleScreen)
        assert EN.still_there in shown(app)
        await pilot.pause()
        await pilot.press("1")  # somebody is there
        await asked(pilot, "since")
        clock.now += app.settings.ui.idle_s
        await app.reached(IdleScreen)
        clock.now += app.settings.ui.idle_answer_s
        await app.reached(LanguageScreen)
        assert app.visit is None
        await until(pilot, lambda: not journals(tmp_path))
        assert not (tmp_path / "intakes").exists()


def reachable(root: object) -> list[object]:
    """Return everything that can be reached from an object; not what belongs to the program itself."""
    program = (types.ModuleType, types.FrameType, types.CodeType, type, functools._lru_cache_wrapper)
    seen: dict[int, object] = {}
    waiting = [root]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, program):
            continue
        seen[id(one)] = one
        if isinstance(one, types.FunctionType):
            waiting.extend(cell for cell in (one.__closure__ or ()))
            continue
        waiting.extend(gc.get_referents(one))
    return list(seen.values())


async def test_nothing_of_the_last_patient_stays_in_memory(make_app: MakeApp) -> None:
    """Neither records nor words: not reachable from the app, and not kept by what drew them."""
    gc.collect()
    # What other tests of this process keep; held, so that nothing later takes its id.
    before = {id(one): one for one in gc.get_objects() if isinstance(one, Intake | Utterance | Visit)}
    async with make_app(WORDS).run_test(size=(80, 24)) as pilot:
        app = await jump(pilot, "complaint")
        await say(pilot)
        await app.reached(HeardScreen)
        await pilot.pause()
        assert MARKER in shown(app)
        await pilot.press("1")
        await asked(pilot, "since")
        await pilot.press("*", "3")
        screen = await asked(pilot, "readback")
        assert any(isinstance(one, Intake | Note | Utterance) for one in reachable(app))
        del screen
        await pilot.press("*")
        await app.reached(EraseScreen)
        await pilot.pause()
        await pilot.press("1")
        await app.reached(NoticeScreen)
        await pilot.pause()
        await pilot.press("0")
        await app.reached(LanguageScreen)
        await until(pilot, lambda: not app._stale)
        await pilot.pause(0.1)
        gc.collect()
        kinds = (Intake, Note, Utterance, Translation, Item, Visit, Answer, Interview)
        found = reachable(app)
        assert not [type(one).__name__ for one in found if isinstance(one, kinds)]
        assert not [one for one in found if isinstance(one, str) and MARKER in one and one is not WORDS]
        records = [one for one in gc.get_objects() if isinstance(one, Intake | Utterance | Visit)]
        assert not [type(one).__name__ for one in records if id(one) not in before]


async def test_what_the_station_says_of_the_last_patient_does_not_reach_the_next(make_app: MakeApp) -> None:
    """While an erasure is under way, events belong to the visit that is over."""
    note = Note(chief_complaint=MARKER, findings=(Finding(code="headache", name=MARKER),))
    intake = Intake(
        language=LanguageChoice(code="en"), audio=None, utterances=(), translations=(), note=note, timing=Timing()
    )
    async with make_app().run_test(size=(80, 24)) as pilot:
        app = await jump(pilot, "complaint")
        app._stale += 1
        app.post_message(FromStation(Answered(intake, ())))
        await pilot.pause()
        assert app.visit is not None
        assert app.visit.note.chief_complaint == ""
        app.post_message(FromStation(Erased()))
        app.post_message(FromStation(Answered(intake, ())))
        await until(pilot, lambda: app.visit is not None and app.visit.note.chief_complaint == MARKER)


class Nurses:
    """A site's staff."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def exist(self) -> bool:
        return bool(self._names)

    def check(self, name: str, secret: str) -> bool:
        return name in self._names and secret == "271828"


async def test_only_the_staff_can_end_the_program(make_app: MakeApp) -> None:
    async with make_app(staff=Nurses("wang")).run_test(size=(80, 24)) as pilot:
        app = await start(pilot)
        await pilot.press("ctrl+q")
        screen = await app.reached(StaffScreen)
        assert isinstance(screen, StaffScreen)
        await pilot.press(*"wang", "enter", *"111111", "enter")
        await until(pilot, lambda: staff_screen.WRONG in str(screen.query_one("#wrong").render()))
        assert app.is_running
        await pilot.press("escape")
        await app.reached(LanguageScreen)
        await pilot.press("ctrl+q")
        await app.reached(StaffScreen)
        await pilot.pause()
        await pilot.press(*"wang", "enter", *"271828", "enter")
        await until(pilot, lambda: not app.is_running)


async def test_a_site_without_accounts_says_what_to_do(make_app: MakeApp) -> None:
    async with make_app(staff=Nurses()).run_test(size=(80, 24)) as pilot:
        app = await start(pilot)
        await pilot.press("ctrl+q")
        screen = await app.reached(StaffScreen)
        await pilot.pause()
        await pilot.press("a", "enter", "b", "enter")
        await until(pilot, lambda: "kiosk users add" in str(screen.query_one("#wrong").render()))
        assert app.is_running


async def test_a_demonstration_can_be_ended_by_anybody(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        app = await start(pilot)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: not app.is_running)
