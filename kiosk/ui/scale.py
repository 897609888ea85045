"""How bad, from 0 to 10: numbers with faces. Touch one, or key it in and press Enter."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text
from textual import events, on
from textual.containers import Grid, Vertical
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from kiosk.ui.screens import QuestionScreen
from kiosk.ui.widgets import Choice, Option

_FACES = (":-D", ":-)", ":-)", ":-|", ":-|", ":-/", ":-/", ":-(", ":-(", ":'(", ":'(")
"""A face for each number, of plain characters: no font needs a picture for it."""


class Score(Choice):
    """One number of the scale with its face."""

    DEFAULT_CSS = """
    Score { height: auto; min-height: 3; padding: 0; content-align: center middle; border-left: none; }
    """

    def render(self) -> Text:  # type: ignore[override]
        """Draw the number above its face."""
        return Text(f"{self.option.text}\n{_FACES[int(self.option.text)]}", justify="center", style="bold")


class ScaleScreen(QuestionScreen):
    """Eleven numbers in a row, from no pain to the worst."""

    DEFAULT_CSS = """
    ScaleScreen Vertical#scale { height: 1fr; align: center middle; }
    ScaleScreen Grid { grid-size: 11; grid-gutter: 0 1; height: auto; padding: 0 1; }
    ScaleScreen .ends { height: auto; padding: 0 2; }
    ScaleScreen .s0, ScaleScreen .s1, ScaleScreen .s2, ScaleScreen .s3 { background: $success 40%; }
    ScaleScreen .s4, ScaleScreen .s5, ScaleScreen .s6 { background: $warning 40%; }
    ScaleScreen .s7, ScaleScreen .s8, ScaleScreen .s9, ScaleScreen .s10 { background: $error 50%; }
    ScaleScreen Score.-chosen { background: $accent; color: $background; }
    ScaleScreen Score:focus { background: $accent 70%; color: $background; }
    """

    score: reactive[int | None] = reactive(None)

    def body(self) -> Iterator[Widget]:
        """Yield the numbers between their two ends."""
        display = self.display_in
        lowest, highest = display.say("no_pain"), display.say("worst_pain")
        ends = " · ".join((f"0 = {' '.join(filter(None, lowest))}", f"10 = {' '.join(filter(None, highest))}"))
        yield Vertical(
            Static(display.native(ends), classes="ends"),
            Grid(
                *(Score(Option(f"score:{n}", str(n)), "", bidi=display.bidi, classes=f"s{n}") for n in range(11)),
            ),
            id="scale",
        )

    def actions(self) -> tuple[tuple[str, str], ...]:
        """See :class:`QuestionScreen`."""
        return (("⏎", "next"),)

    def watch_score(self) -> None:
        """Mark the number."""
        for each in self.query(Score):
            each.set_class(each.option.text == str(self.score), "-chosen")

    def on_key(self, event: events.Key) -> None:
        """Key in a number: 1 and then 0 is ten. Enter says that it is the one."""
        key = event.character or ""
        if key.isascii() and key.isdigit():
            event.stop()
            event.prevent_default()
            self.score = 10 if self.score == 1 and key == "0" else int(key)

    @on(Choice.Chosen)
    def _touched(self, event: Choice.Chosen) -> None:
        kind, _, value = event.choice.option.key.partition(":")
        if kind == "score":
            event.stop()
            event.prevent_default()
            self.score = int(value)
            self._answer()

    def act(self, key: str) -> None:
        """Give the number."""
        if key == "next":
            self._answer()
        else:
            super().act(key)

    def _answer(self) -> None:
        if self.score is None:
            return
        phrase = self.display_in.phrase(f"severity_{self.score}")
        self.reply(values=(str(self.score),), words=(phrase.text,) if phrase is not None else ())
