"""What keeps a patient's words out of crash reports, clipboards and the terminal's own messages."""

from __future__ import annotations

from rich.text import Text
from textual.app import App

from kiosk.station import explained


class PrivateApp(App[None]):
    """An app that never shows local variables, and offers no text to select and copy out of it."""

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False

    def _fatal_error(self) -> None:
        """Say where the screens failed. Textual's own report prints local variables, a patient's words among them."""
        if self._exception is not None:
            self.panic(Text(str(explained(self._exception))))
