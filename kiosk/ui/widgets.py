"""The few widgets that all screens share. All text is drawn through ``scripts.Script``: nothing in it is markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from kiosk import prompts
from kiosk.ui.display import DRAFT, Display
from kiosk.ui.scripts import Bidi, Script

_ROOMY = 100
"""Columns from which a small button has room for Chinese behind its words."""


class Heading(Vertical):
    """A sentence for the patient, large, and the same in Chinese under it.

    Args:
        mark: say, small, that nobody has signed the wording, where that is so: once a screen.
    """

    DEFAULT_CSS = """
    Heading { height: auto; padding: 0 2; margin: 0 0 1 0; }
    Heading .native { text-style: bold; color: $accent; }
    Heading .zh { color: $text-muted; }
    """

    def __init__(
        self,
        display: Display,
        native: str,
        zh: str = "",
        *,
        mark: bool = True,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self._display = display
        self._native = native
        self._zh = zh
        self._mark = DRAFT if mark and display.prompts.is_draft else ""

    @classmethod
    def of(cls, display: Display, key: str, *, mark: bool = True, id: str | None = None) -> Heading:  # noqa: A002 - Textual's name
        """Return the heading for a sentence of ``kiosk.prompts``."""
        return cls(display, *display.say(key), mark=mark, id=id)

    def compose(self) -> ComposeResult:
        native = self._native if self._zh else f"{self._native} {self._mark}".rstrip()
        yield Static(self._display.native(native), classes="native")
        if self._zh:
            yield Static(self._display.native(f"{self._zh} {self._mark}".rstrip()), classes="zh")


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: the patient's words, and what the nurse reads beside them.

    Attributes:
        key: what the choice means to the program.
        zh: empty where it would only repeat the text.
        note: a short mark behind the Chinese, such as that a wording is a draft.
    """

    key: str
    text: str
    zh: str = ""
    note: str = ""
    rtl: bool | None = None


class Choice(Widget, can_focus=True):
    """A large button: a number, the patient's words, Chinese small. By mouse or touch, Enter or Space when focused."""

    DEFAULT_CSS = """
    Choice {
        height: auto; min-height: 2; padding: 0 1;
        background: $panel; color: $text; border-left: thick $primary;
    }
    Choice:hover { background: $primary 40%; }
    Choice:focus { background: $primary 60%; border-left: thick $accent; }
    Choice.-primary { border-left: thick $success; background: $success 25%; }
    Choice.-chosen { border-left: thick $success; background: $success 40%; }
    Choice.-small { min-height: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "choose", show=False)]

    class Chosen(Message):
        """The person chose this."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, option: Option, number: str, *, bidi: Bidi, id: str | None = None, classes: str = "") -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self.option = option
        self.number = number
        self._bidi = bidi

    def render(self) -> Table:
        """Draw the number beside the words, on the side from which the language is read; the Chinese under them."""
        option = self.option
        beside = f"{option.zh} {option.note}".strip()
        text = option.text
        if self.has_class("-small"):  # one line: the Chinese behind the words where there is room
            text, beside = f"{text} {beside}" if self.screen.size.width >= _ROOMY else text, ""
        lines: list[RenderableType] = [Script(text, self._bidi, rtl=option.rtl, style="bold")]
        if beside:
            lines.append(Script(beside, self._bidi, rtl=option.rtl, style="dim"))
        number = Text(self.number, style="bold", end="")
        table = Table.grid(expand=True, padding=(0, 1))
        if option.rtl:
            table.add_column(ratio=1)
            table.add_column()
            table.add_row(Group(*lines), number)
        else:
            table.add_column()
            table.add_column(ratio=1)
            table.add_row(number, Group(*lines))
        return table

    def on_click(self, event: events.Click) -> None:
        """Choose by mouse or touch."""
        event.stop()
        self.action_choose()

    def action_choose(self) -> None:
        """Choose."""
        self.post_message(self.Chosen(self))


class Actions(Horizontal):
    """A row of choices with fixed numbers."""

    DEFAULT_CSS = """
    Actions { height: auto; padding: 0 1; }
    Actions Choice { width: 1fr; margin: 0 1; }
    """

    def __init__(self, display: Display, *keys: tuple[str, str], primary: str = "", small: bool = False) -> None:
        """Take pairs of a number and a key of ``kiosk.prompts``."""
        super().__init__()
        self._display = display
        self._keys = keys
        self._primary = primary
        self._small = small

    def compose(self) -> ComposeResult:
        display = self._display
        for number, key in self._keys:
            native, zh = display.say(key)
            option = Option(key, native, zh, rtl=display.rtl)
            classes = ("-primary " if key == self._primary else "") + ("-small" if self._small else "")
            yield Choice(option, number, bidi=display.bidi, id=key, classes=classes)


class Foot(Vertical):
    """The foot of a screen: what is done here, and below it, small, what can be done anywhere."""

    DEFAULT_CSS = """
    Foot { dock: bottom; height: auto; margin: 0; }
    Foot Actions { margin: 0; }
    """

    def __init__(self, *rows: Widget) -> None:
        super().__init__(*rows)
        self.rows = rows


class Chooser(Grid):
    """Options in two columns, by number key, mouse or focus. 1–9 choose; with more than nine, 9 turns the page."""

    DEFAULT_CSS = """
    Chooser { grid-size: 2; grid-gutter: 1 2; grid-rows: auto; height: auto; padding: 0 2; }
    """

    PAGE = 9
    page: reactive[int] = reactive(0, recompose=True)

    class Picked(Message):
        """An option was chosen."""

        def __init__(self, option: Option) -> None:
            super().__init__()
            self.option = option

    def __init__(self, options: Sequence[Option], *, bidi: Bidi, more: str = "", rtl: bool = False) -> None:
        """Take the options and the words of the button that turns the page."""
        super().__init__()
        self.options = tuple(options)
        self.chosen: frozenset[str] = frozenset()
        self._bidi = bidi
        self._more = Option("more", more, "更多" if more != prompts.load("zh").more else "", rtl=rtl or None)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return 1 if len(self.options) <= self.PAGE else -(-len(self.options) // (self.PAGE - 1))

    @property
    def shown(self) -> tuple[Option, ...]:
        """The options on this page, in the order of their numbers."""
        size = self.PAGE if self.pages == 1 else self.PAGE - 1
        return self.options[self.page * size : (self.page + 1) * size]

    def compose(self) -> ComposeResult:
        for number, option in enumerate(self.shown, start=1):
            yield Choice(option, str(number), bidi=self._bidi, classes="-chosen" if option.key in self.chosen else "")
        if self.pages > 1:
            yield Choice(self._more, str(self.PAGE), bidi=self._bidi, id="more")

    def mark(self, chosen: frozenset[str]) -> None:
        """Show which options are chosen."""
        self.chosen = chosen
        for choice in self.query(Choice):
            choice.set_class(choice.option.key in chosen, "-chosen")

    def turn(self, by: int = 1) -> None:
        """Turn the page; after the last comes the first."""
        self.page = (self.page + by) % self.pages

    @on(Choice.Chosen)
    def _picked(self, event: Choice.Chosen) -> None:
        event.stop()
        if event.choice.id == "more":
            self.turn()
        else:
            self.post_message(self.Picked(event.choice.option))


def press(container: Widget, key: str) -> bool:
    """Choose what ``key`` stands for among the choices shown in ``container``; False when there is no such number."""
    for choice in container.query(Choice):
        seen = all(each.display for each in choice.ancestors_with_self if isinstance(each, Widget))
        if choice.number == key and seen:
            choice.action_choose()
            return True
    return False


class LevelMeter(Widget):
    """How loud the voice is, as a bar from -60 dBFS to full scale with the good range marked."""

    DEFAULT_CSS = """
    LevelMeter { height: 3; margin: 0 2; padding: 0 1; border: round $secondary; }
    LevelMeter.-quiet { color: $warning; }
    LevelMeter.-good { color: $success; }
    LevelMeter.-loud { color: $error; }
    """

    FLOOR_DBFS, QUIET_DBFS, LOUD_DBFS = -60.0, -40.0, -6.0
    dbfs: reactive[float] = reactive(-60.0)

    def band(self) -> str:
        """Return ``quiet``, ``good`` or ``loud``."""
        if self.dbfs < self.QUIET_DBFS:
            return "quiet"
        return "loud" if self.dbfs > self.LOUD_DBFS else "good"

    def watch_dbfs(self) -> None:
        """Colour the bar."""
        for band in ("quiet", "good", "loud"):
            self.set_class(band == self.band(), f"-{band}")

    def render(self) -> Script:
        """Draw the bar as wide as the widget."""
        width = max(1, self.content_size.width)
        share = (self.dbfs - self.FLOOR_DBFS) / -self.FLOOR_DBFS
        filled = round(width * min(1.0, max(0.0, share)))
        return Script("█" * filled + "·" * (width - filled), "terminal", rtl=False)
