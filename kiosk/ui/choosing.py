"""The phrases that may have been said: the patient, who alone knows, chooses."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from kiosk.encounter import Alternative
from kiosk.ui.display import Display
from kiosk.ui.messages import PhraseMeant
from kiosk.ui.screens import PatientScreen
from kiosk.ui.widgets import Actions, Chooser, Heading, Option


class ChoosingScreen(PatientScreen):
    """The best three, large; or none of them, or once more."""

    DEFAULT_CSS = """
    ChoosingScreen VerticalScroll { height: 1fr; }
    ChoosingScreen Chooser { grid-size: 1; }
    """

    def __init__(self, display: Display, alternatives: Sequence[Alternative]) -> None:
        super().__init__(display)
        self.alternatives = tuple(alternatives)

    def compose(self) -> ComposeResult:
        display = self.display_in
        yield Heading(display, "which_one")
        options = [
            Option(
                each.phrase_id,
                each.text,
                each.zh if display.has_own_prompts else "",
                rtl=display.language.direction == "rtl",
            )
            for each in self.alternatives
        ]
        with VerticalScroll(can_focus=False):
            yield Chooser(options, bidi=display.bidi, rtl=display.rtl)
        yield Actions(
            display, ("8", "speak_again"), ("9", "none_of_these"), ("*", "other_language"), primary="speak_again"
        )

    @on(Chooser.Picked)
    def _picked(self, event: Chooser.Picked) -> None:
        self.app.post_message(PhraseMeant(event.option.text))
