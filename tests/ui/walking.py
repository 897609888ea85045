"""Going through an interview as a patient does: look which screen is there, press a key, wait for the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Static

from kiosk.answers import Answer
from kiosk.station.commands import BeginInterview
from kiosk.ui.age import AgeScreen
from kiosk.ui.asides import EraseScreen
from kiosk.ui.ask import AskScreen
from kiosk.ui.body import BodyScreen
from kiosk.ui.choice import ChoiceScreen, YesNoScreen
from kiosk.ui.choosing import HeardScreen
from kiosk.ui.consent import ConsentScreen
from kiosk.ui.display import Display
from kiosk.ui.ending import EndScreen
from kiosk.ui.language import LanguageScreen
from kiosk.ui.readback import ReadBackScreen
from kiosk.ui.recording import RecordingScreen
from kiosk.ui.scale import ScaleScreen
from kiosk.ui.screens import PatientScreen, QuestionScreen
from kiosk.ui.scripts import Script
from kiosk.ui.session import Visit
from kiosk.ui.tapping import TapScreen
from kiosk.ui.visit import KioskApp
from kiosk.ui.widgets import Chooser

UG, KK, RU, EN, ZH = "1", "2", "3", "4", "5"  # where the five languages of the tests stand

SPEAK = ("1",)


async def start(pilot: Pilot[None]) -> KioskApp:
    """Wait until the first screen is there and the engines are known."""
    app = pilot.app
    assert isinstance(app, KioskApp)
    await app.reached(LanguageScreen)
    await app.engines_known.wait()
    await pilot.pause()
    return app


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Look until something is so, letting the app work."""
    while not condition():
        await asyncio.sleep(0.005)
        await pilot.pause()


async def asked(pilot: Pilot[None], question: str) -> QuestionScreen:
    """Wait until a question is shown."""
    app = pilot.app
    assert isinstance(app, KioskApp)

    def is_shown() -> bool:
        screen = app.shown
        return isinstance(screen, QuestionScreen) and screen.question.id == question and screen.is_current

    await until(pilot, is_shown)
    screen = app.shown
    assert isinstance(screen, QuestionScreen)
    await pilot.pause()
    return screen


async def agree(pilot: Pilot[None], language: str = EN, *, record: bool = True) -> KioskApp:
    """Choose a language and give both consents, or only the first."""
    app = await start(pilot)
    await pilot.press(language)
    await asked(pilot, "use")
    await pilot.press("1")
    await asked(pilot, "recording")
    await pilot.press("1" if record else "2")
    await asked(pilot, "who")
    return app


async def go_to(pilot: Pilot[None], question: str) -> QuestionScreen:
    """Skip until a question is asked."""
    app = pilot.app
    assert isinstance(app, KioskApp)
    while True:
        screen = await settled(pilot)
        assert isinstance(screen, QuestionScreen), screen
        if screen.question.id == question:
            return screen
        before = screen
        await pilot.press("-")
        await until(pilot, lambda before=before: app.shown is not before)  # type: ignore[misc]


async def jump(pilot: Pilot[None], question: str, *, language: str = "en", record: bool = True) -> KioskApp:
    """Come to a question as one who agreed and skipped all before it: what lies before has tests of its own."""
    app = await start(pilot)
    app.display_in = Display.of(language, app.bidi)
    visit = app.visit = Visit.begin(language, datetime(2026, 11, 29, 9, 0, tzinfo=UTC))
    app.station.submit(BeginInterview(language=language))
    for given in visit.questions.question:
        if given.id == question:
            break
        if given.kind == "consent":
            agreed = "yes" if given.id == "use" or record else "no"
            answer = Answer(question=given.id, values=(agreed,))
        else:
            answer = Answer(question=given.id, outcome="skipped")
        visit.state = replace(visit.state, answers=(*visit.state.answers, answer))
    visit.state = replace(visit.state, current=question)
    await app._ask()
    await asked(pilot, question)
    return app


async def finish(pilot: Pilot[None], *, confirm: bool = True) -> EndScreen:
    """Ask for no more questions, hear the read-back, and wait until all is sent."""
    app = pilot.app
    assert isinstance(app, KioskApp)
    await settled(pilot)
    await pilot.press("*")
    await app.reached(EraseScreen)
    await pilot.pause()
    await pilot.press("3")
    await until(pilot, lambda: isinstance(app.screen, ReadBackScreen | EndScreen))
    return await walk(pilot, {}, confirm=confirm)


async def press(pilot: Pilot[None], key: str) -> None:
    """Press a key; in a list, wait until what it does is seen: a patient looks, too."""
    app = pilot.app
    assert isinstance(app, KioskApp)
    screen = app.shown
    if not isinstance(screen, TapScreen) or not key.isdigit() or key == "0":
        await pilot.press(key)
        await pilot.pause()
        return
    chooser = screen.query_one(Chooser)
    before = chooser.chosen
    await pilot.press(key)
    await until(pilot, lambda: app.shown is not screen or not chooser.is_attached or chooser.chosen != before)
    await until(pilot, lambda: app.shown is not screen or len(screen.query(Chooser)) == 1)
    await pilot.pause()


async def settled(pilot: Pilot[None]) -> PatientScreen:
    """Wait until a screen is shown that waits for the patient."""
    app = pilot.app
    assert isinstance(app, KioskApp)
    kinds = (
        AgeScreen,
        AskScreen,
        BodyScreen,
        ChoiceScreen,
        ConsentScreen,
        EndScreen,
        HeardScreen,
        LanguageScreen,
        ReadBackScreen,
        RecordingScreen,
        ScaleScreen,
        TapScreen,
        YesNoScreen,
    )
    await until(pilot, lambda: isinstance(app.shown, kinds) and app.shown.is_current)
    await pilot.pause()
    return app.shown


async def say(pilot: Pilot[None]) -> None:
    """Speak: from the question's first screen until what was heard is shown or refused."""
    app = pilot.app
    assert isinstance(app, KioskApp)
    await pilot.press("1" if isinstance(app.shown, AskScreen) else "+")
    screen = await app.reached(RecordingScreen)
    assert isinstance(screen, RecordingScreen)
    await screen.open.wait()
    await pilot.press("1")


async def walk(pilot: Pilot[None], answers: Mapping[str, Sequence[str]], *, confirm: bool = True) -> EndScreen:
    """Answer every question by keys, skipping those without an answer; return the last screen once all is sent.

    Args:
        answers: the keys to press at a question. ``SPEAK`` at a question with a long list speaks.
    """
    app = pilot.app
    assert isinstance(app, KioskApp)
    while True:
        screen = await settled(pilot)
        before = screen
        match screen:
            case EndScreen():
                await until(pilot, lambda: screen.sent or screen.has_class("-refused"))  # noqa: B023
                return screen
            case HeardScreen():
                await pilot.press("1")
            case RecordingScreen():
                await screen.open.wait()
                await pilot.press("1")
            case ReadBackScreen():
                path = screen.item.path
                await pilot.press("1" if confirm else "-")
                await until(pilot, lambda: app.shown is not before or screen.item.path != path)  # noqa: B023
                continue
            case QuestionScreen(question=question):
                for key in answers.get(question.id, ("-",)):
                    await press(pilot, key)
            case _:
                raise AssertionError(f"{screen} is no part of an interview")
        await until(pilot, lambda before=before: app.shown is not before)  # type: ignore[misc]


def shown(app: KioskApp) -> str:
    """Return all text on the screen in logical order."""
    statics = (widget.content for widget in app.screen.query(Static) if widget.display)
    return "\n".join(content.text for content in statics if isinstance(content, Script))


def sent(folder: Path) -> list[Path]:
    """Return the intakes that were sent."""
    return sorted(folder.glob("*.json"))


def journals(folder: Path) -> list[Path]:
    """Return the recordings that are on the disk."""
    return sorted(folder.glob("*.journal"))
