"""One of a few values, in one line: the arrow keys or a click go to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.widget import Widget


class Cycle(Widget, can_focus=True):
    """Shows one of ``values``; left and right change it, or its first letter's number."""

    DEFAULT_CSS = """
    Cycle { height: 1; width: 1fr; color: $text; background: $panel; padding: 0 1; }
    Cycle:focus { background: $primary 60%; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", show=False),
        Binding("right,space", "turn(1)", show=False),
    ]
    place: reactive[int] = reactive(0)

    def __init__(self, values: Sequence[str], chosen: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._values = tuple(values)
        self.set_reactive(Cycle.place, self._values.index(chosen))

    @property
    def value(self) -> str:
        """The value that is shown."""
        return self._values[self.place]

    def action_turn(self, by: int) -> None:
        """Go to the next value; after the last comes the first."""
        self.place = (self.place + by) % len(self._values)

    def on_click(self, event: events.Click) -> None:
        """The next one."""
        event.stop()
        self.action_turn(1)

    def render(self) -> Text:
        """Draw the value between two arrows."""
        return Text(f"‹ {self.value} ›", no_wrap=True)
