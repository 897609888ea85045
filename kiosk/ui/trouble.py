"""Something did not work: what, in the patient's language, and the ways on."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Static

from kiosk.errors import KioskError
from kiosk.ui.display import Display
from kiosk.ui.screens import PatientScreen
from kiosk.ui.widgets import Actions, Heading


class TroubleScreen(PatientScreen):
    """A friendly sentence of its own for each trouble; the error itself, small, for the staff."""

    DEFAULT_CSS = """
    TroubleScreen Heading { margin: 2 0; }
    TroubleScreen Heading .native { color: $warning; }
    TroubleScreen #error { margin: 0 2; color: $text-muted; }
    """

    def __init__(self, display: Display, key: str, error: KioskError | None = None) -> None:
        super().__init__(display)
        self.key = key
        self.error = error

    def compose(self) -> ComposeResult:
        yield Heading(self.display_in, self.key)
        if self.error is not None:
            yield Static(self.display_in.plain(str(self.error)), id="error")
        yield Actions(
            self.display_in, ("1", "speak_again"), ("2", "tap_instead"), ("3", "other_language"), primary="speak_again"
        )
