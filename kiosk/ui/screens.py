"""What all patient screens have in common: number keys, breakpoints, no way out by accident."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual import events, on
from textual.message import Message
from textual.screen import Screen

from kiosk.ui import messages
from kiosk.ui.display import Display
from kiosk.ui.widgets import Choice, press

ACTIONS: Mapping[str, Callable[[], Message]] = {
    "done": messages.FinishedSpeaking,
    "speak_again": messages.SpeakAgain,
    "tap_instead": messages.TapInstead,
    "none_of_these": messages.TapInstead,
    "other_language": messages.OtherLanguage,
    "stop": messages.StopWork,
    "send": messages.SendIntake,
    "again": messages.Again,
    "next_person": messages.NextPerson,
}
"""What the choice with this key of ``kiosk.prompts`` asks for."""

_KEYS = {"backspace": "⌫", "asterisk": "*"}


class PatientScreen(Screen[None]):
    """A screen in one patient's language. A number key chooses what bears the number; Escape does nothing."""

    DEFAULT_CSS = """
    PatientScreen.-tall Choice { padding: 1 2; }
    PatientScreen.-tall Actions { margin: 1 0; }
    PatientScreen.-tall Heading { margin: 1 0; padding: 0 3; }
    PatientScreen.-tall LevelMeter { height: 5; margin: 1 2; padding: 1 2; }
    """
    AUTO_FOCUS = ""  # nothing is focused until Tab is pressed: number keys always work
    ALLOW_SELECT = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 - Textual declares it as it does
    VERTICAL_BREAKPOINTS = [(0, "-short"), (36, "-tall")]  # noqa: RUF012

    def __init__(self, display: Display) -> None:
        super().__init__()
        self.display_in = display

    def on_key(self, event: events.Key) -> None:
        """Choose by number."""
        number = _KEYS.get(event.key, event.character or "")
        if number and press(self, number):
            event.stop()

    @on(Choice.Chosen)
    def _act(self, event: Choice.Chosen) -> None:
        event.stop()
        self.act(event.choice.option.key)

    def act(self, key: str) -> None:
        """Ask the app for what was chosen; screens with actions of their own extend this."""
        self.app.post_message(ACTIONS[key]())
