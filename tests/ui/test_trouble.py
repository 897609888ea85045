"""What can go wrong while a patient answers: each has its own message, and a way on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from kiosk import prompts
from kiosk.encounter import Segment
from kiosk.engines.scripted import ScriptedRecognizer
from kiosk.errors import DeviceError, EngineError, ModelError
from kiosk.recognition import Check, Hypothesis, Samples, never
from kiosk.station.source import Engines
from kiosk.ui.ask import AskScreen
from kiosk.ui.choosing import HeardScreen
from kiosk.ui.ending import EndScreen
from kiosk.ui.recording import RecordingScreen
from kiosk.ui.tapping import TapScreen
from kiosk.ui.trouble import TroubleScreen
from kiosk.ui.visit import KioskApp
from kiosk.ui.working import WorkingScreen
from tests.ui.walking import asked, finish, journals, jump, press, say, sent, shown, until

MakeApp = Callable[..., KioskApp]
SENTENCE = "I have a headache"
EN = prompts.load("en")
NO_SPEECH: Sequence[Segment] = ()


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(32_000, np.float32), "silence"),
        (np.full(32_000, 0.002, np.float32), "too_quiet"),
        (np.sign(np.sin(np.arange(32_000) / 9)).astype(np.float32), "too_loud"),
        (0.1 * np.sin(np.arange(32_000) / 9).astype(np.float32), "no_words"),
    ],
)
async def test_nothing_heard_has_its_own_message_and_ways_on(make_app: MakeApp, samples: Samples, reason: str) -> None:
    async with make_app(samples=samples, speech=NO_SPEECH).run_test(size=(80, 24)) as pilot:
        app = await jump(pilot, "complaint")
        await say(pilot)
        await app.reached(TroubleScreen)
        assert getattr(EN, reason) in shown(app)
        await pilot.pause()
        await pilot.press("1")  # once more
        recording = await app.reached(RecordingScreen)
        assert isinstance(recording, RecordingScreen)
        await recording.open.wait()
        await pilot.press("1")
        await until(pilot, lambda: isinstance(app.shown, TapScreen))  # and the second time, the list
        await pilot.pause()
        assert getattr(EN, reason) in shown(app)


async def test_a_missing_microphone_is_found_again(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.station.DEVICE_INTERVAL_S", 0.01)
    there = threading.Event()
    refusal = DeviceError("No microphone is connected.", remedy="Plug one in.")
    app_made = make_app(SENTENCE, refuses=[refusal], find_microphone=there.is_set)
    async with app_made.run_test(size=(80, 24)) as pilot:
        app = await jump(pilot, "complaint")
        await pilot.press("1")
        screen = await app.reached(TroubleScreen)
        assert EN.no_microphone in shown(app)
        assert "Plug one in." in shown(app)
        there.set()
        await until(pilot, lambda: screen.has_class("-found"))
        assert EN.microphone_back in shown(app)
        await pilot.press("1")
        recording = await app.reached(RecordingScreen)
        assert isinstance(recording, RecordingScreen)
        await recording.open.wait()
        await pilot.press("1")
        await app.reached(HeardScreen)


async def test_a_microphone_that_is_pulled_out_leads_to_the_list_and_loses_nothing(
    make_app: MakeApp, tmp_path: Path
) -> None:
    async with make_app(breaks=DeviceError("The microphone went away.")).run_test(size=(80, 24)) as pilot:
        app = await jump(pilot, "complaint")
        await pilot.press("1")
        await app.reached(TroubleScreen)
        assert EN.no_microphone in shown(app)
        assert journals(tmp_path)
        await pilot.pause()
        await pilot.press("2")
        await until(pilot, lambda: isinstance(app.shown, TapScreen))


async def test_an_engine_that_fails_is_no_patients_fault(make_app: MakeApp, tmp_path: Path) -> None:
    class Fails(ScriptedRecognizer):
        def recognize(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:
            check()
            raise ZeroDivisionError(f"{language} {samples.size} the patient said: my secret")

    async with make_app(recognizer=Fails([], languages=("en",))).run_test(size=(80, 24)) as pilot:
        app = await jump(pilot, "complaint")
        await say(pilot)
        screen = await app.reached(TroubleScreen)
        assert isinstance(screen, TroubleScreen)
        assert isinstance(screen.error, EngineError)
        assert "secret" not in shown(app)
        assert journals(tmp_path)  # kept
        await pilot.pause()
        await pilot.press("2")
        await until(pilot, lambda: isinstance(app.shown, TapScreen))
        for key in ("1", "1", "0"):
            await press(pilot, key)
        await asked(pilot, "since")  # the station lives


async def test_a_missing_model_is_said_when_a_patient_wants_to_speak(make_app: MakeApp) -> None:
    def broken() -> Engines:
        raise ModelError("The model is not installed.", remedy="Run kiosk models verify.")

    async with make_app(make_engines=broken).run_test(size=(80, 24)) as pilot:
        app = await jump(pilot, "complaint")
        await pilot.press("1")
        await app.reached(TroubleScreen)
        assert "kiosk models verify" in shown(app)


HANGS_S = 60.0
"""An engine that is held hangs no longer than this: a test that fails must not wait for its thread for ever."""


class Held(ScriptedRecognizer):
    """Hangs in its first recognition until it is let go, like a slow machine."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(lines, languages=("en",))
        self.reached = threading.Event()
        self.let_go = threading.Event()

    def recognize(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:
        self.reached.set()
        assert self.let_go.wait(HANGS_S), "nobody let it go"
        return super().recognize(samples, language=language, check=check)


async def test_slow_work_shows_itself_and_can_be_stopped(make_app: MakeApp, tmp_path: Path) -> None:
    held = Held([SENTENCE, SENTENCE])
    async with make_app(recognizer=held).run_test(size=(80, 24)) as pilot:
        app = await jump(pilot, "complaint")
        await say(pilot)
        await app.reached(WorkingScreen)
        assert await asyncio.to_thread(held.reached.wait, HANGS_S)
        await pilot.press("1")  # "finished", pressed twice, stops nothing
        await pilot.pause()
        assert isinstance(app.shown, WorkingScreen)
        await pilot.press("0")
        await until(pilot, lambda: isinstance(app.shown, AskScreen))  # at once, while the engine still hangs
        held.let_go.set()
        await say(pilot)
        await app.reached(HeardScreen)
        assert len(journals(tmp_path)) == 1  # the second recording alone


async def test_not_saved_is_said_and_nothing_is_lost(make_app: MakeApp, tmp_path: Path) -> None:
    folder = tmp_path / "taken"
    folder.write_text("a file where the folder should be")
    async with make_app(SENTENCE, intakes_folder=folder).run_test(size=(80, 24)) as pilot:
        app = await jump(pilot, "complaint")
        await say(pilot)
        await app.reached(HeardScreen)
        await pilot.pause()
        await pilot.press("1")
        await asked(pilot, "since")
        end = await finish(pilot)
        assert end.has_class("-refused")
        assert EN.not_saved in shown(app)
        assert journals(tmp_path)
        await pilot.press("0")  # not the next person's turn: the words are still here
        await pilot.pause()
        assert app.shown is end
        folder.unlink()
        await pilot.press("1")
        await until(pilot, lambda: end.sent)
        assert len(sent(folder)) == 1
        assert isinstance(app.shown, EndScreen)
        assert not journals(tmp_path)
