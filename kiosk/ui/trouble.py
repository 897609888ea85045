"""Something did not work: what, in the patient's language, and the ways on."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Static

from kiosk.errors import KioskError
from kiosk.ui.display import Display
from kiosk.ui.screens import PatientScreen
from kiosk.ui.widgets import Actions, Foot, Heading


class TroubleScreen(PatientScreen):
    """A friendly sentence of its own for each trouble; the error itself, small, for the staff."""

    DEFAULT_CSS = """
    TroubleScreen #what { margin: 2 0; }
    TroubleScreen #what .native { color: $warning; }
    TroubleScreen #error { margin: 0 2; color: $text-muted; }
    TroubleScreen #found { display: none; color: $success; }
    TroubleScreen.-found #found { display: block; }
    TroubleScreen.-found #what { display: none; }
    """

    def __init__(self, display: Display, key: str, error: KioskError | None = None) -> None:
        super().__init__(display)
        self.key = key
        self.error = error

    def aloud(self) -> str:
        """See :class:`PatientScreen`."""
        return str(getattr(self.display_in.prompts, self.key))

    @property
    def prompt(self) -> str:
        """See :class:`PatientScreen`."""
        return self.key

    def compose(self) -> ComposeResult:
        display = self.display_in
        yield Heading.of(display, self.key, id="what")
        yield Heading.of(display, "microphone_back", id="found")
        if self.error is not None:
            yield Static(display.plain(str(self.error)), id="error")
        yield Foot(
            Actions(display, ("1", "speak_again"), ("2", "touch_list"), primary="speak_again"),
            Actions(display, ("⌫", "back"), ("-", "skip"), ("*", "erase"), small=True),
        )

    def microphone_found(self) -> None:
        """Say that one can speak again."""
        self.add_class("-found")
