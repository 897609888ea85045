"""Something did not work: what, in the patient's language, and the ways on."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Static

from kiosk.ui.screens import SentenceScreen
from kiosk.ui.widgets import Actions, Foot, Heading


class TroubleScreen(SentenceScreen):
    """A friendly sentence of its own for each trouble; the error itself, small, for the staff."""

    DEFAULT_CSS = """
    TroubleScreen #what { margin: 2 0; }
    TroubleScreen #what .native { color: $warning; }
    TroubleScreen #error { margin: 0 2; color: $text-muted; }
    TroubleScreen #found { display: none; color: $success; }
    TroubleScreen.-found #found { display: block; }
    TroubleScreen.-found #what { display: none; }
    """

    def compose(self) -> ComposeResult:
        display = self.display_in
        yield Heading.of(display, self.key, id="what")
        yield Heading.of(display, "microphone_back", mark=False, id="found")
        if self.error is not None:
            yield Static(display.plain(str(self.error)), id="error")
        yield Foot(
            Actions(display, ("1", "speak_again"), ("2", "touch_list"), primary="speak_again"),
            Actions(display, ("⌫", "back"), ("-", "skip"), ("*", "erase"), small=True),
        )

    def microphone_found(self) -> None:
        """Say that one can speak again."""
        self.add_class("-found")
