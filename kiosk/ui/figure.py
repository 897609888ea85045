"""The outline of a body, front and back, in characters: which place is where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

View = Literal["front", "back"]


@dataclass(frozen=True, slots=True)
class Region:
    """A place of the body that can be touched.

    Attributes:
        site: its phrase of the phrasebook's question ``site``, which is its concept, too.
        sided: there is a left one and a right one.
    """

    site: str
    sided: bool = False


REGIONS: Mapping[View, tuple[Region, ...]] = {
    "front": (
        Region("head"),
        Region("throat"),
        Region("chest"),
        Region("stomach"),
        Region("lower_abdomen"),
        Region("arm", sided=True),
        Region("hand", sided=True),
        Region("knee", sided=True),
        Region("foot", sided=True),
    ),
    "back": (
        Region("back_of_head"),
        Region("neck"),
        Region("shoulder", sided=True),
        Region("back"),
        Region("lower_back"),
        Region("elbow", sided=True),
        Region("hip", sided=True),
        Region("leg", sided=True),
        Region("heel", sided=True),
    ),
}
"""The places of each view in the order of their number keys."""

# A digit is a region; behind it "a" is the side on the viewer's left, "b" that on the right. Each cell is two columns.
_ROWS: Mapping[View, str] = {
    "front": """
        . . . . 1 1 1 . . . .
        . . . . 1 1 1 . . . .
        . . . . 1 1 1 . . . .
        . . . . . 2 . . . . .
        . . 6 3 3 3 3 3 6 . .
        . 6 6 3 3 3 3 3 6 6 .
        . 6 . 3 3 3 3 3 . 6 .
        . 6 . 4 4 4 4 4 . 6 .
        . 6 . 4 4 4 4 4 . 6 .
        . 6 . 5 5 5 5 5 . 6 .
        . 7 . 5 5 5 5 5 . 7 .
        . 7 . x x . x x . 7 .
        . . . x x . x x . . .
        . . . 8 8 . 8 8 . . .
        . . . x x . x x . . .
        . . . x x . x x . . .
        . . 9 9 9 . 9 9 9 . .
    """,
    "back": """
        . . . . 1 1 1 . . . .
        . . . . 1 1 1 . . . .
        . . . . 1 1 1 . . . .
        . . . . . 2 . . . . .
        . . 3 3 4 4 4 3 3 . .
        . 3 3 4 4 4 4 4 3 3 .
        . x . 4 4 4 4 4 . x .
        . 6 . 4 4 4 4 4 . 6 .
        . x . 5 5 5 5 5 . x .
        . x . 5 5 5 5 5 . x .
        . x . 7 7 . 7 7 . x .
        . x . 7 7 . 7 7 . x .
        . . . 8 8 . 8 8 . . .
        . . . 8 8 . 8 8 . . .
        . . . 8 8 . 8 8 . . .
        . . . 8 8 . 8 8 . . .
        . . . 9 9 . 9 9 . . .
    """,
}
_MIDDLE = 5


def grid(view: View) -> tuple[tuple[str, ...], ...]:
    """Return the cells of a view, by row: ``.`` outside, ``x`` a part without a number, a digit for a region."""
    return tuple(tuple(line.split()) for line in _ROWS[view].strip().splitlines())


def side_of(view: View, column: int) -> Literal["left", "right"]:
    """Return the patient's side of a column: in front the patient's right is on the viewer's left."""
    on_viewers_left = column < _MIDDLE
    return "right" if on_viewers_left == (view == "front") else "left"


class Figure(Widget):
    """The outline, to be touched. Places that are chosen are bright."""

    DEFAULT_CSS = """
    Figure { width: 24; height: 17; margin: 0 2; }
    """
    view: reactive[View] = reactive("front")
    chosen: reactive[frozenset[tuple[str, str]]] = reactive(frozenset())

    class Touched(Message):
        """A place was touched: its region and, where there are two, the patient's side."""

        def __init__(self, region: Region, side: str) -> None:
            super().__init__()
            self.region = region
            self.side = side

    def render(self) -> _Cells:
        """Draw the view."""
        return _Cells(self.view, self._is_bright)

    def _is_bright(self, row: int, column: int) -> bool:
        found = self._at(row, column)
        if found is None:
            return False
        region, side = found
        return any(site == region.site and chosen in ("", side, "both") for site, chosen in self.chosen)

    def _at(self, row: int, column: int) -> tuple[Region, str] | None:
        cells = grid(self.view)
        if not (0 <= row < len(cells) and 0 <= column < len(cells[row])) or not cells[row][column].isdigit():
            return None
        region = REGIONS[self.view][int(cells[row][column]) - 1]
        return region, side_of(self.view, column) if region.sided else ""

    def on_click(self, event: events.Click) -> None:
        """Touch a place."""
        event.stop()
        found = self._at(event.y, event.x // 2)
        if found is not None:
            self.post_message(self.Touched(*found))


class _Cells:
    """The picture as lines of text: two columns a cell, the number of a region in its first cell."""

    def __init__(self, view: View, is_bright: Callable[[int, int], bool]) -> None:
        self._view = view
        self._cells = grid(view)
        self._is_bright = is_bright

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        numbered: set[tuple[str, bool]] = set()
        for row, line in enumerate(self._cells):
            text = Text(end="")
            for column, cell in enumerate(line):
                bright = self._is_bright(row, column)
                sided = cell.isdigit() and REGIONS[self._view][int(cell) - 1].sided
                key = (cell, sided and column < _MIDDLE)
                label = "  "
                if cell.isdigit() and key not in numbered:
                    label = f"{cell} "
                    numbered.add(key)
                style = ""
                if cell == "x":
                    style = "on #334155"
                elif cell.isdigit():
                    style = "bold #000000 on #facc15" if bright else _SHADES[int(cell) % len(_SHADES)]
                text.append(label, style=style)
            text.append("\n" if row < len(self._cells) - 1 else "")
            yield text


_SHADES = ("bold #ffffff on #1d4ed8", "bold #ffffff on #3b6fd6", "bold #ffffff on #2f5bb8")
