"""The screen on which the patient speaks: the question, level, seconds, finished."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from kiosk.interview.questions import Question
from kiosk.station.commands import Level
from kiosk.ui.display import Display
from kiosk.ui.screens import QuestionScreen
from kiosk.ui.widgets import Actions, Foot, LevelMeter


class RecordingScreen(QuestionScreen):
    """Shows that the kiosk listens. Until the microphone is open it says so, and nothing can be finished."""

    DEFAULT_CSS = """
    RecordingScreen #meter { align: center middle; height: 1fr; }
    RecordingScreen #state, RecordingScreen #loudness { height: 1; margin: 0 3; }
    RecordingScreen #state { text-style: bold; }
    RecordingScreen #so_far { height: auto; max-height: 4; margin: 1 3 0 3; color: $success; }
    RecordingScreen.-ended #done { background: $success 60%; }
    RecordingScreen.-listening #state { color: $error; }
    """

    def __init__(self, display: Display, question: Question) -> None:
        super().__init__(display, question)
        self.open = asyncio.Event()  # the microphone is

    def aloud(self) -> str:
        """Say nothing: the microphone would hear it."""
        return ""

    def body(self) -> Iterator[Widget]:
        """Yield the level meter and the words so far."""
        display = self.display_in
        yield Vertical(
            Static(display.native(display.prompts.wait), id="state"),
            LevelMeter(),
            Static(id="loudness"),
            Static(id="so_far"),
            id="meter",
        )

    def foot(self) -> Foot:
        """Return finished, and the ways out."""
        display = self.display_in
        return Foot(
            Actions(display, ("1", "done"), ("2", "tap_instead"), primary="done"),
            Actions(display, ("⌫", "back"), ("*", "erase"), small=True),
        )

    def started(self) -> None:
        """The microphone is open."""
        self.open.set()
        self.add_class("-listening")
        self._show_seconds(0.0)

    def show_level(self, level: Level) -> None:
        """Show how loud it is and how long it has been."""
        meter = self.query_one(LevelMeter)
        meter.dbfs = level.dbfs
        texts = {"quiet": "louder", "good": "good", "loud": "quieter"}
        hint = getattr(self.display_in.prompts, texts[meter.band()])
        self.query_one("#loudness", Static).update(self.display_in.native(hint))
        self._show_seconds(level.elapsed_s)

    def show_words(self, text: str) -> None:
        """Show what has been made out so far."""
        self.query_one("#so_far", Static).update(self.display_in.native(text, style="bold"))

    def speech_ended(self) -> None:
        """The speaker seems to have finished: the button to say so stands out."""
        self.add_class("-ended")

    def act(self, key: str) -> None:
        """Nothing can be finished before it has begun."""
        if key != "done" or self.open.is_set():
            super().act(key)

    def _show_seconds(self, seconds: float) -> None:
        minutes, rest = divmod(int(seconds), 60)
        self.query_one("#state", Static).update(self.display_in.native(f"● {minutes}:{rest:02}"))
