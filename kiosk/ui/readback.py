"""Teach-back: each fact in the patient's language; right, wrong, or once more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from kiosk.answers import Confirmation, Verdict
from kiosk.interview import NO
from kiosk.interview.questions import Question
from kiosk.readback import Item
from kiosk.ui import messages
from kiosk.ui.display import Display
from kiosk.ui.screens import QuestionScreen
from kiosk.ui.widgets import Actions, Foot


class ReadBackScreen(QuestionScreen):
    """One fact after the other. Skipping leaves those that follow unconfirmed: the note says so."""

    DEFAULT_CSS = """
    ReadBackScreen VerticalScroll { height: 1fr; padding: 0 3; }
    ReadBackScreen #count { padding: 0 3; color: $text-muted; }
    ReadBackScreen .words { text-style: bold; }
    ReadBackScreen .form { color: $accent; margin: 1 0 0 0; }
    ReadBackScreen .fact_zh { color: $text-muted; margin: 1 0 0 0; }
    """

    def __init__(self, display: Display, question: Question, items: Sequence[Item], *, speaks: bool = False) -> None:
        super().__init__(display, question, speaks=speaks)
        self._items = tuple(items)
        self._verdicts: dict[str, Verdict] = {}
        self._at = 0

    @property
    def item(self) -> Item:
        """The fact that is read back now."""
        return self._items[self._at]

    @property
    def prompt(self) -> str:
        """What a patient said is never a recording of ours."""
        return ""

    def aloud(self) -> str:
        """Say the fact."""
        return ". ".join(self._lines(self.item))

    def _lines(self, item: Item) -> list[str]:
        lines = [*item.words]
        if item.form:
            no = f"{self.display_in.option(NO)[0]}: " if item.status == "denied" else ""
            lines.append(f"{no}{item.form}")
        return lines

    def body(self) -> Iterator[Widget]:
        """Yield the place for the fact."""
        yield Static(id="count")
        yield VerticalScroll(can_focus=False)

    def foot(self) -> Foot:
        """Return right, wrong, once more."""
        display = self.display_in
        return Foot(
            Actions(display, ("1", "right"), ("2", "wrong"), ("3", "listen_again"), primary="right"),
            Actions(display, ("⌫", "back"), ("-", "skip"), ("*", "erase"), small=True),
        )

    async def on_mount(self) -> None:
        """Show the first fact."""
        await self._show()

    async def _show(self) -> None:
        display, item = self.display_in, self.item
        self.query_one("#count", Static).update(display.plain(f"{self._at + 1} / {len(self._items)}"))
        place = self.query_one(VerticalScroll)
        await place.remove_children()
        first, *rest = self._lines(item) or [item.zh]
        lines = [Static(display.native(first, style="bold"), classes="words")]
        lines += [Static(display.native(line), classes="form") for line in rest]
        if display.has_own_prompts:
            lines.append(Static(display.plain(item.zh), classes="fact_zh"))
        await place.mount(*lines)

    def act(self, key: str) -> None:
        """Judge the fact; once more says it again; back goes to the fact before, skip ends the read-back."""
        if key in ("right", "wrong"):
            self._verdicts[self.item.path] = "confirmed" if key == "right" else "rejected"
            self._move(1)
        elif key == "listen_again":
            self.app.post_message(messages.ReadAloud())
        elif key == "skip":
            self._finish()
        elif key == "back" and self._at > 0:
            self._move(-1)
        else:
            super().act(key)

    def _move(self, by: int) -> None:
        if self._at + by >= len(self._items):
            self._finish()
            return
        self._at += by
        self.call_next(self._show)
        self.app.post_message(messages.ReadAloud())

    def _finish(self) -> None:
        given = tuple(Confirmation(path=path, verdict=verdict) for path, verdict in self._verdicts.items())
        self.app.post_message(messages.ReadBack(given))
