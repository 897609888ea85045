"""A term from the lexicon: by its Chinese, by the initials of its pinyin; or in the nurse's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, OptionList

from kiosk.errors import KioskError
from kiosk.lexicon import Concept
from kiosk.review.decisions import Section
from kiosk.ui.nurse.base import Dialog, Rows
from kiosk.ui.nurse.cycle import Cycle
from kiosk.ui.nurse.words import SECTIONS

_OWN = "="


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What was chosen; ``concept`` is None for words that no table has."""

    section: Section
    concept: Concept | None
    text: str


class TermDialog(Dialog[Term]):
    """Looks for a term while it is typed.

    Args:
        section: the only section, when something there gets another term; None lets the nurse choose.
    """

    DEFAULT_CSS = """
    TermDialog Rows { height: 1fr; max-height: 12; min-height: 6; }
    TermDialog Input { border: none; height: 1; background: $panel; padding: 0 1; margin: 1 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("ctrl+right", "section(1)", "下一类", show=False, priority=True),
        Binding("ctrl+left", "section(-1)", "上一类", show=False, priority=True),
    ]

    def __init__(self, heading: str, *, section: Section | None = None, draft: bool) -> None:
        hint = "输入汉字、拼音首字母（tt=头痛）或英文 · ↑↓ 选择 · Enter 确定 · Esc 取消"
        super().__init__(heading, draft=draft, hint=hint + ("" if section else " · Ctrl+←→ 换类别"))
        self._fixed = section
        self._found: Mapping[str, Concept] = {}
        self._asked = 0
        self._text = ""  # what the list belongs to: a quick typist is ahead of the field's own messages

    def content(self) -> ComposeResult:
        if self._fixed is None:
            yield Cycle([*SECTIONS.values()], SECTIONS["findings"], id="section")
        yield Input(id="words", placeholder="名称", compact=True, max_length=40)
        yield Rows(id="found")

    async def on_mount(self) -> None:
        """Show the first ones."""
        field = self.query_one(Input)
        field.focus()
        if self._fixed is None:
            self.watch(self.query_one(Cycle), "place", self._turned, init=False)
        await self._look()

    @property
    def section(self) -> Section:
        """The section that the term is for."""
        if self._fixed is not None:
            return self._fixed
        shown = self.query_one(Cycle).value
        return next(section for section, name in SECTIONS.items() if name == shown)

    async def _turned(self) -> None:
        await self._look()

    @on(Input.Changed, "#words")
    async def _typed(self, event: Input.Changed) -> None:
        await self._look(event.value)

    async def _look(self, text: str | None = None) -> None:
        """List what fits ``text``; None is what stands in the field."""
        text = self.query_one(Input).value if text is None else text
        self._asked += 1
        asked = self._asked
        try:
            found = await self.ward.ask(self.ward.desk.find(text, self.section))
        except KioskError as wrong:
            self.refuse(wrong)
            return
        if asked != self._asked:
            return  # more was typed in the meantime
        self._text = text.strip()
        self._found = {each.id: each for each in found}
        lines = {each.id: Text(each.zh) for each in found}
        if self._text:
            lines[_OWN] = Text(f"＋ “{self._text}”（词表外，按原样写入）", style="#fb923c")
        rows = self.query_one(Rows)
        rows.show(lines)
        rows.highlighted = 0 if lines else None

    def action_move(self, by: int) -> None:
        """Go through the list while the cursor stays in the field."""
        rows = self.query_one(Rows)
        if by > 0:
            rows.action_cursor_down()
        else:
            rows.action_cursor_up()

    def action_section(self, by: int) -> None:
        """Go to another section."""
        if self._fixed is None:
            self.query_one(Cycle).action_turn(by)

    @on(Input.Submitted, "#words")
    def _submitted(self) -> None:
        self._choose(self.query_one(Rows).chosen)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._choose(event.option_id)

    def _choose(self, key: str | None) -> None:
        if key is not None and (key in self._found or self._text):
            self.dismiss(Term(section=self.section, concept=self._found.get(key), text=self._text))
