"""The screen while something is worked out: progress, the words as they come, and a way to stop."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import ProgressBar, Static

from kiosk.pipeline import Heard, Progress
from kiosk.ui.screens import PatientScreen
from kiosk.ui.widgets import Actions, Foot, Heading

SHARES = {"segmenting": (0.0, 0.1), "loading": (0.1, 0.1), "recognising": (0.2, 0.75), "understanding": (0.95, 0.05)}
"""Where each stage begins on the bar and how much of it is its own: recognition takes nearly all the time."""


class WorkingScreen(PatientScreen):
    """Shows how far the work is; it can be stopped at any time."""

    DEFAULT_CSS = """
    WorkingScreen ProgressBar { margin: 0 3 1 3; width: 100%; }
    WorkingScreen Bar { width: 1fr; margin: 0 6 0 0; }
    WorkingScreen VerticalScroll { padding: 0 3; }
    """

    def compose(self) -> ComposeResult:
        display = self.display_in
        yield Heading.of(display, "working")
        yield ProgressBar(total=1.0, show_percentage=False, show_eta=False)
        yield VerticalScroll(can_focus=False)
        # Not 1: who presses "finished" twice must not stop the work.
        yield Foot(Actions(display, ("0", "stop")), Actions(display, ("*", "erase"), small=True))

    def show_progress(self, progress: Progress) -> None:
        """Move the bar; never backwards."""
        start, share = SHARES[progress.stage]
        bar = self.query_one(ProgressBar)
        bar.update(progress=max(bar.progress, start + share * progress.done))

    def show_words(self, heard: Heard) -> None:
        """Add one utterance and its Chinese."""
        words = self.query_one(VerticalScroll)
        words.mount(Static(self.display_in.native(heard.utterance.text, style="bold")))
        if heard.utterance.language != "zh":
            words.mount(Static(self.display_in.native(heard.translation.zh, style="dim")))
        words.scroll_end(animate=False)
