"""One of a few things, by number key, Enter or mouse."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.widgets import OptionList, Static

from kiosk.ui.nurse.base import Dialog, Rows


class ChooseDialog(Dialog[str]):
    """Asks for one of several; answers with its key.

    Args:
        choices: key -> what it says.
        about: a paragraph above them.
    """

    def __init__(
        self, heading: str, choices: Mapping[str, str], *, about: str = "", draft: bool = False, chosen: str = ""
    ) -> None:
        super().__init__(heading, draft=draft, hint="数字键或 Enter 选择 · Esc 取消")
        self._choices = dict(choices)
        self._about = about
        self._chosen = chosen

    def content(self) -> ComposeResult:
        if self._about:
            yield Static(Text(self._about), classes="note")
        yield Rows(id="choices")

    def on_mount(self) -> None:
        """List them."""
        rows = self.query_one(Rows)
        rows.show({key: Text(f"{number} {says}") for number, (key, says) in enumerate(self._choices.items(), start=1)})
        if self._chosen:
            rows.choose(self._chosen)
        rows.focus()

    def on_key(self, event: events.Key) -> None:
        """Choose by number."""
        if event.character is not None and event.character.isdecimal():
            place = int(event.character) - 1
            if 0 <= place < min(9, len(self._choices)):
                event.stop()
                self.dismiss(list(self._choices)[place])

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option_id)
