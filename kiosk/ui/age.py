"""How old: digits by key or touch, in years, or in months for a small child."""

from __future__ import annotations

from collections.abc import Iterator

from textual import on
from textual.containers import Grid, Horizontal
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from kiosk.ui.screens import QuestionScreen
from kiosk.ui.widgets import Choice, Foot, Option

_DIGITS = 3
_LONGEST_YEARS = 120


class AgeScreen(QuestionScreen):
    """A keypad. Enter means years; the last key but one means months."""

    DEFAULT_CSS = """
    AgeScreen #shown { padding: 0 4; text-style: bold; color: $success; height: 1; }
    AgeScreen Grid { grid-size: 5; grid-rows: auto; grid-gutter: 0 1; height: auto; padding: 0 2; }
    AgeScreen .units { height: auto; padding: 0 1; }
    AgeScreen .units Choice { width: 1fr; margin: 0 1; }
    AgeScreen.-tall Grid { grid-gutter: 1 1; }
    """

    digits: reactive[str] = reactive("")

    def body(self) -> Iterator[Widget]:
        """Yield the digits."""
        display = self.display_in
        yield Static(id="shown")
        yield Grid(
            *(Choice(Option(f"digit:{n}", ""), n, bidi=display.bidi, classes="digit") for n in "1234567890"),
        )

    def foot(self) -> Foot:
        """Return years and months above what can be done with every question."""
        display = self.display_in
        years, months = display.option("years"), display.option("months")
        own = Horizontal(
            Choice(Option("unit:a", *years, rtl=display.rtl), "⏎", bidi=display.bidi, id="years", classes="-primary"),
            Choice(Option("unit:mo", *months, rtl=display.rtl), "/", bidi=display.bidi, id="months"),
            classes="units",
        )
        return Foot(own, *super().foot().rows)

    def watch_digits(self) -> None:
        """Show what was keyed in."""
        for shown in self.query("#shown").results(Static):
            shown.update(self.display_in.plain(self.digits or "—"))

    @on(Choice.Chosen)
    def _keyed(self, event: Choice.Chosen) -> None:
        kind, _, value = event.choice.option.key.partition(":")
        if kind not in ("digit", "unit"):
            return
        event.stop()
        event.prevent_default()
        if kind == "digit":
            self.digits = (self.digits + value)[:_DIGITS]
        elif self.digits and 0 < int(self.digits) <= _LONGEST_YEARS:
            self.reply(values=(f"{int(self.digits)}{value}",))
        elif self.digits and int(self.digits) == 0:
            self.reply(values=("0mo",))
        else:
            self.digits = ""

    def act(self, key: str) -> None:
        """Backspace takes the last digit back; without digits it leads to the question before."""
        if key == "back" and self.digits:
            self.digits = self.digits[:-1]
        else:
            super().act(key)
