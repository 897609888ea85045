#!/usr/bin/env python3
"""Measure how long the patient's screens stand still while the speech model works: the longest gap between two turns of
the event loop, by screen, and how much of it the loop itself was computing. The first line is the baseline in the same
run: nothing but a question on the screen. What exceeds both is waiting, for the model's threads or for other programs.

    python scripts/frames.py [--clip FILE] [--lang CODE]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from kiosk import audio, bench, settings
from kiosk.capture.devices import ClipSource
from kiosk.intakes import FolderOutbox
from kiosk.ui.app import engine_factory, recorder
from kiosk.ui.choosing import ChoosingScreen, HeardScreen
from kiosk.ui.language import LanguageScreen
from kiosk.ui.messages import LanguageChosen, Speak
from kiosk.ui.recording import RecordingScreen
from kiosk.ui.screens import QuestionScreen
from kiosk.ui.visit import KioskApp
from kiosk.ui.working import WorkingScreen

TICK_S = 0.005


class Gaps:
    """The time between turns of the event loop, by the screen that was shown."""

    def __init__(self, app: KioskApp) -> None:
        self.longest: dict[str, tuple[float, float]] = {}  # seconds: the gap, and the loop's own processor time in it
        self.phase = "baseline"
        self._app = app

    async def watch(self) -> None:
        before, spent = time.perf_counter(), time.thread_time()
        while True:
            await asyncio.sleep(TICK_S)
            now, used = time.perf_counter(), time.thread_time()
            name = self.phase or type(self._app.shown).__name__
            self.longest[name] = max(self.longest.get(name, (0.0, 0.0)), (now - before - TICK_S, used - spent))
            before, spent = now, used


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path)
    parser.add_argument("--lang", default="en")
    options = parser.parse_args()
    chosen = settings.load()
    clip = options.clip or next(each.path for each in bench.clips() if each.language == options.lang)
    samples = audio.load(clip, limits=chosen.audio).samples
    with tempfile.TemporaryDirectory() as folder:
        app = KioskApp(
            chosen,
            make_engines=engine_factory(chosen),
            open_source=recorder(lambda _asked: ClipSource(samples), chosen, Path(folder) / "recordings"),
            outbox=FolderOutbox(Path(folder) / "intakes"),
        )
        async with app.run_test(size=(100, 36)) as pilot:
            await app.reached(LanguageScreen)
            await app.engines_known.wait()
            app.post_message(LanguageChosen(options.lang))
            watching = Gaps(app)
            while not (isinstance(app.shown, QuestionScreen) and app.shown.question.id == "complaint"):
                await pilot.pause(0.05)
                shown = app.shown
                if isinstance(shown, QuestionScreen):
                    await pilot.press("1" if shown.question.kind == "consent" else "-")
            await asyncio.sleep(2.0)
            task = asyncio.create_task(watching.watch())
            await asyncio.sleep(3.0)
            watching.phase = ""
            app.post_message(Speak())
            await app.reached(RecordingScreen)
            await app.reached(WorkingScreen)
            await app.reached(HeardScreen, ChoosingScreen)
            await pilot.pause(0.2)
            task.cancel()
    for name, (gap, own) in watching.longest.items():
        print(f"{name:20} longest gap {gap * 1000:6.1f} ms, of which the screens' own work {own * 1000:6.1f} ms")


if __name__ == "__main__":
    asyncio.run(main())
