"""What all of the nurse's screens share: the app as they know it, the banner, the line that answers, help, dialogs."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import tzinfo
from typing import Any, ClassVar, TypeVar

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from kiosk.clock import Clock
from kiosk.desk import Desk
from kiosk.desk.asking_again import Given
from kiosk.desk.events import Who
from kiosk.errors import KioskError, SessionOverError
from kiosk.settings import Settings
from kiosk.ui.nurse import words
from kiosk.ui.private import PrivateApp
from kiosk.ui.scripts import Bidi

T = TypeVar("T")
R = TypeVar("R")

HELP: BindingType = Binding("f1,question_mark", "help", "帮助", key_display="F1")
LOCK: BindingType = Binding("ctrl+l", "lock", "锁屏", show=False)
KEYCAPS = {"esc": "Esc", "space": "空格", "del": "Del"}


class Ward(PrivateApp):
    """The nurse's app, as its screens know it.

    Attributes:
        desk: who asks the store.
        who: who is logged in; None before.
        zone: the ward's time zone; None is the machine's.
    """

    def __init__(self, settings: Settings, *, bidi: Bidi, clock: Clock, zone: tzinfo | None) -> None:
        super().__init__()
        self.settings = settings
        self.bidi: Bidi = bidi
        self.clock = clock
        self.zone = zone
        self.who: Who | None = None
        self.desk: Desk

    def get_key_display(self, binding: Binding) -> str:
        """Return a key as the keyboard and the manual print it: P, Esc, 空格."""
        shown = super().get_key_display(binding)
        return KEYCAPS.get(shown, shown.upper() if len(shown) == 1 else shown)

    async def ask(self, answer: Future[T]) -> T:
        """Wait for the desk; when the session is over, lock the screen and raise SessionOverError."""
        try:
            return await asyncio.wrap_future(answer)
        except SessionOverError:
            self.lock()
            raise

    def lock(self) -> None:
        """Cover the screen until the same person has logged in again. What was typed stays under it."""
        raise NotImplementedError

    def ask_patient(self, question: str, language: str, then: Callable[[Given], Awaitable[None]]) -> None:
        """Show the patient a question of the interview on their own screen of it, and read it aloud.

        Args:
            then: called with the answer; not at all when there is none.

        Raises:
            KioskError: the interview has no such question, or its sentences cannot be read.
        """
        raise NotImplementedError

    async def leave(self) -> None:
        """Log out: back to the first screen."""
        raise NotImplementedError

    async def play(self, encounter_id: str, spans: Sequence[tuple[float, float]]) -> None:
        """Play these seconds: on the loudspeaker, or in the browser that shows the screens.

        Raises:
            KioskError: there is no audio, or nothing to play it with.
        """
        if not self.is_web:
            await self.ask(self.desk.play(encounter_id, spans))
            return
        clip = await self.ask(self.desk.clip(encounter_id, spans))
        name = f"{encounter_id[:8]}.wav"
        self.deliver_binary(io.BytesIO(clip), save_filename=name, open_method="browser", mime_type="audio/wav")


class _Common:
    """What pages and dialogs share. Mixed into :class:`textual.screen.Screen`."""

    app: Any
    _bindings: Any

    @property
    def ward(self) -> Ward:
        """The app."""
        ward = self.app
        assert isinstance(ward, Ward)  # noqa: S101 - these screens are shown by it alone
        return ward

    def keys(self) -> list[tuple[str, str, str]]:
        """Return what can be done here: the key as it is printed, what it does, the action's name."""
        found: dict[str, tuple[str, str, str]] = {}
        for binding in self._bindings.key_to_bindings.values():
            for each in binding:
                # What Textual itself binds has an English description: moving about, which the list of keys adds.
                if not each.description.isascii() and each.action not in found:
                    found[each.action] = (self.app.get_key_display(each), each.description, each.action)
        return list(found.values())

    def action_help(self) -> None:
        """List the keys of this screen."""
        from kiosk.ui.nurse.help import HelpScreen  # it is one of these screens itself

        self.app.push_screen(HelpScreen(self.keys()), self.do)

    async def do(self, action: str | None) -> None:
        """Do what was chosen from the list of keys."""
        if action is not None:
            assert isinstance(self, Screen)  # noqa: S101
            await self.run_action(action)

    def action_lock(self) -> None:
        """Lock the screen."""
        self.ward.desk.log_out()
        self.ward.lock()


class Page(_Common, Screen[None]):
    """A whole screen: banner, content, a line that answers, the keys."""

    DEFAULT_CSS = """
    Page { background: $background; }
    Page > #banner { dock: top; height: 1; background: $primary 60%; color: $text; text-style: bold; padding: 0 1; }
    Page > #banner.-draft { background: $warning; color: #000000; }
    Page > #banner.-signed { background: $success; color: #000000; }
    Page > #status { dock: bottom; height: 1; padding: 0 1; margin: 0 0 1 0; color: $text-muted; }
    Page > #status.-bad { color: $error; text-style: bold; }
    Page > Footer { dock: bottom; }
    """
    ALLOW_SELECT = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 - Textual declares it as it does
    BINDINGS: ClassVar[list[BindingType]] = [HELP, LOCK]

    def compose(self) -> ComposeResult:
        yield Static(id="banner")
        yield from self.content()
        yield Static(id="status")
        yield Footer(show_command_palette=False, compact=True)

    def content(self) -> ComposeResult:
        """Yield what stands between banner and keys."""
        raise NotImplementedError

    async def on_key(self, event: events.Key) -> None:
        """Take a capital letter for its key: the manual prints them so, and Caps Lock may be on."""
        letter = event.character or ""
        bound = self._bindings.key_to_bindings.get(letter.lower(), ()) if letter.isascii() and letter.isupper() else ()
        if bound:
            event.stop()
            await self.run_action(bound[0].action)

    @property
    def wide(self) -> bool:
        """Whether there is room for columns."""
        return self.size.width >= 120

    def banner(self, text: str, *, kind: str = "") -> None:
        """Set the first line."""
        who = self.ward.who
        line = Table.grid(expand=True)
        line.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        line.add_column(justify="right", no_wrap=True)
        line.add_row(Text(text), Text(f"{who.full_name} {words.ROLES[who.role]}" if who is not None else ""))
        banner = self.query_one("#banner", Static)
        banner.update(line)
        banner.set_class(kind == "draft", "-draft")
        banner.set_class(kind == "signed", "-signed")

    def say(self, text: str, *, bad: bool = False) -> None:
        """Answer in one line."""
        status = self.query_one("#status", Static)
        status.update(Text(text, no_wrap=True, overflow="ellipsis"))
        status.set_class(bad, "-bad")

    def refuse(self, wrong: KioskError) -> None:
        """Say what went wrong."""
        self.say(words.error(wrong), bad=True)


class Dialog(_Common, ModalScreen[R]):
    """A box over a page. Escape leaves it; with typed work in it, only the second time.

    Attributes:
        heading: what it is for.
        draft: the note under it is not signed: marked on every page.
    """

    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 70%; }
    Dialog > #box { width: 76; max-width: 96%; height: auto; max-height: 96%; border: heavy $accent; padding: 0 1;
        background: $surface; }
    Dialog > #box.-large { width: 96%; height: 96%; }
    Dialog #body { height: auto; max-height: 68vh; }
    Dialog > #box.-large > #body { height: 1fr; max-height: 100%; }
    Dialog #heading { height: auto; text-style: bold; color: $accent; margin: 0 0 1 0; }
    Dialog #mark { height: 1; background: $warning; color: #000000; text-style: bold; padding: 0 1; display: none; }
    Dialog #wrong { height: auto; color: $error; text-style: bold; display: none; }
    Dialog #hint { height: auto; color: $text-muted; margin: 1 0 0 0; }
    Dialog .label { width: 14; height: 1; color: $accent; }
    Dialog .field { height: 1; }
    Dialog .note { height: auto; color: $text-muted; }
    Dialog Input { width: 1fr; }
    Dialog Static { height: auto; }
    """
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        HELP,
        LOCK,
        Binding("escape", "cancel", "取消", show=False),
    ]
    LARGE: ClassVar[bool] = False

    def __init__(self, heading: str, *, draft: bool = False, hint: str = "") -> None:
        super().__init__()
        self.heading = heading
        self.draft = draft
        self._hint = hint
        self._warned = False

    def compose(self) -> ComposeResult:
        with Vertical(id="box", classes="-large" if self.LARGE else ""):
            mark = Static(Text(f"【{words.DRAFT}】"), id="mark")
            mark.display = self.draft
            yield mark
            yield Static(Text(self.heading), id="heading")
            with VerticalScroll(id="body", can_focus=False):
                yield from self.content()
            yield Static(id="wrong")
            yield Static(Text(self._hint), id="hint")

    def content(self) -> ComposeResult:
        """Yield what the box holds."""
        raise NotImplementedError

    def refuse(self, wrong: KioskError | str) -> None:
        """Say what went wrong; what was typed stays."""
        line = self.query_one("#wrong", Static)
        line.update(Text(wrong if isinstance(wrong, str) else words.error(wrong)))
        line.display = True

    def is_changed(self) -> bool:
        """Say whether something was typed that leaving would lose."""
        return False

    def action_cancel(self) -> None:
        """Leave without doing anything."""
        if self.is_changed() and not self._warned:
            self._warned = True
            self.refuse("有未保存的输入。再按一次 Esc 放弃。")
            return
        self.dismiss(None)


class Rows(OptionList):
    """A list of lines that stays as it is while its lines change: the chosen one stays chosen."""

    DEFAULT_CSS = """
    Rows, Rows:focus { border: none; background: $background; }
    Rows > .option-list--option { padding: 0 1; }
    Rows > .option-list--option-highlighted { background: $primary 25%; text-style: none; }
    Rows:focus > .option-list--option-highlighted { background: $primary 45%; text-style: none; }
    Dialog Rows { height: auto; max-height: 100%; background: $surface; }
    Dialog Rows:focus { background: $surface; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home", "first", show=False),
        Binding("end", "last", show=False),
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, markup=False)
        self._prompts: dict[str, Any] = {}

    @property
    def chosen(self) -> str | None:
        """The key of the line that is highlighted."""
        option = self.highlighted_option
        return option.id if option is not None else None

    def show(self, lines: Mapping[str, RenderableType], *, marks: Mapping[str, Any] | None = None) -> None:
        """Show these lines by key.

        Args:
            marks: what a line depends on, by key; a line whose mark has not changed is not drawn anew.
        """
        marks = marks or dict.fromkeys(lines)
        if list(lines) == list(self._prompts):
            for key, line in lines.items():
                if marks[key] is None or marks[key] != self._prompts[key]:
                    self.replace_option_prompt(key, line)
        else:
            place, chosen = self.highlighted, self.chosen
            with self.app.batch_update():
                self.set_options(Option(line, id=key) for key, line in lines.items())
                if chosen is not None and chosen in lines:
                    self.highlighted = list(lines).index(chosen)
                elif lines:
                    self.highlighted = min(place or 0, len(lines) - 1)
        self._prompts = dict(marks)

    def choose(self, key: str) -> None:
        """Highlight a line."""
        if key in self._prompts:
            self.highlighted = list(self._prompts).index(key)
