"""The acknowledgement: the note is on disk, the patient may sit down."""

from __future__ import annotations

from textual.app import ComposeResult

from kiosk.ui.messages import NextPerson
from kiosk.ui.screens import PatientScreen
from kiosk.ui.widgets import Actions, Heading

FREE_AFTER_S = 20.0
"""The screen goes back to the choice of language when nobody has touched it for so long."""


class SentScreen(PatientScreen):
    """Says that the nurse has the note; goes away by itself."""

    DEFAULT_CSS = """
    SentScreen Heading { margin: 3 0 0 0; }
    SentScreen Heading .native { color: $success; }
    """

    def compose(self) -> ComposeResult:
        yield Heading(self.display_in, "sent")
        yield Actions(self.display_in, ("1", "next_person"))

    def on_mount(self) -> None:
        """Free the screen after a while."""
        self.set_timer(FREE_AFTER_S, lambda: self.app.post_message(NextPerson()))
