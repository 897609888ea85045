"""Who waits: red flags first, then in the order of arrival, arriving by themselves; search; what is signed."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, OptionList, Static

from kiosk.desk import may
from kiosk.desk.events import Listing
from kiosk.errors import KioskError
from kiosk.store.listing import Waiting
from kiosk.ui.nurse import words
from kiosk.ui.nurse.base import Page, Rows
from kiosk.ui.nurse.review import ReviewScreen
from kiosk.ui.scripts import clean

STEP = 100
"""Lines shown at first, and how many each "more" adds."""

CLOCK_S = 20.0
"""How often the waiting times are brought up to date."""

View = Literal["waiting", "signed", "found"]


class QueueScreen(Page):
    """The queue."""

    DEFAULT_CSS = """
    QueueScreen #search { display: none; height: 1; margin: 0 1; }
    QueueScreen #search.-open { display: block; }
    QueueScreen #head { height: 1; padding: 0 1; color: $accent; }
    QueueScreen Rows { height: 1fr; }
    QueueScreen #empty { display: none; height: 1fr; content-align: center middle; color: $text-muted; }
    """
    AUTO_FOCUS = "Rows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "审核", key_display="Enter"),
        Binding("slash,ctrl+f", "search", "查找", key_display="/"),
        Binding("t", "signed", "已签名"),
        Binding("m", "more", "更多"),
        Binding("u", "users", "账号"),
        Binding("escape", "back", "回到候诊列表", show=False),
        Binding("f10", "leave", "退出登录", key_display="F10"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.view: View = "waiting"
        self.listing = Listing(rows=(), total=0)
        self._limit = STEP
        self._waiting = Listing(rows=(), total=0)  # the newest queue, also while something else is shown

    def content(self) -> ComposeResult:
        yield Input(id="search", placeholder="症状、药名、过敏原，或记录编号的开头", compact=True, max_length=60)
        yield Static(id="head")
        yield Rows(id="rows")
        yield Static(Text("没有待审的记录。患者提交后会自动出现在这里。"), id="empty")

    async def on_mount(self) -> None:
        """Look."""
        self.set_interval(CLOCK_S, self.draw)
        await self.reload()

    async def on_screen_resume(self) -> None:
        """Another screen has gone: something may have been signed there."""
        if self.is_mounted and self.ward.who is not None:
            await self.reload()

    def on_resize(self) -> None:
        """Columns, or two lines each."""
        self.draw()

    async def reload(self) -> None:
        """Ask for what is shown."""
        desk, ask = self.ward.desk, self.ward.ask
        try:
            self._waiting = await ask(desk.watch(self._limit))
            if self.view == "signed":
                self.listing = await ask(desk.signed(self._limit))
            elif self.view == "found":
                self.listing = await ask(desk.search(self.query_one("#search", Input).value))
            else:
                self.listing = self._waiting
        except KioskError as wrong:
            self.refuse(wrong)
            return
        self.draw()

    def arrived(self, listing: Listing) -> None:
        """The queue has changed by itself."""
        fresh = {each.encounter_id for each in listing.rows} - {each.encounter_id for each in self._waiting.rows}
        self._waiting = listing
        if fresh:
            self.say(f"新到 {len(fresh)} 份")
        if self.view == "waiting":
            self.listing = listing
        self.draw()

    def draw(self) -> None:
        """Show the listing."""
        if not self.is_mounted:
            return
        now = self.ward.clock.now()
        rows = self.listing.rows
        self.query_one(Rows).show(
            {each.encounter_id: line(each, now, wide=self.wide, signed=self.view == "signed") for each in rows},
            marks={each.encounter_id: (each, words.waited(each.received_at, now), self.wide) for each in rows},
        )
        self.query_one(Rows).display = bool(rows)
        self.query_one("#empty", Static).display = not rows
        urgent = sum(each.urgency > 0 for each in self._waiting.rows)
        waiting = f"待审 {self._waiting.total}" + (f"（红旗 {urgent}）" if urgent else "")
        self.banner(f"{self.ward.settings.site.name} · 护士站 · {waiting}", kind="")
        shown = "" if len(rows) == self.listing.total else f" · 显示前 {len(rows)} 份，按 M 看更多"
        head = {"waiting": "候诊列表", "signed": f"已签名 {self.listing.total} 份", "found": f"查到 {len(rows)} 份"}
        back = "" if self.view == "waiting" else " · Esc 回到候诊列表"
        self.query_one("#head", Static).update(Text(head[self.view] + shown + back, no_wrap=True))
        empty = {
            "waiting": "没有待审的记录。患者提交后会自动出现在这里。",
            "signed": "还没有已签名的记录。",
            "found": "没有查到。",
        }
        self.query_one("#empty", Static).update(Text(empty[self.view]))

    @on(OptionList.OptionSelected)
    async def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        await self.action_open()

    async def action_open(self) -> None:
        """Open the chosen encounter."""
        chosen = self.query_one(Rows).chosen
        row = next((each for each in self.listing.rows if each.encounter_id == chosen), None)
        if row is None:
            return
        try:
            seen = await self.ward.ask(self.ward.desk.open(row.encounter_id))
        except KioskError as wrong:
            self.refuse(wrong)
            return
        self.say("")
        await self.app.push_screen(ReviewScreen(row, seen))

    def action_search(self) -> None:
        """Type what to look for."""
        field = self.query_one("#search", Input)
        field.add_class("-open")
        field.focus()

    @on(Input.Submitted, "#search")
    async def _searched(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            await self.action_back()
            return
        before, self.view = self.view, "found"
        self.say("")
        await self.reload()
        if self.query_one("#status", Static).has_class("-bad"):
            self.view = before  # what was typed cannot be looked for
            return
        self.query_one(Rows).focus()

    async def action_signed(self) -> None:
        """Show what is signed, or the queue again."""
        self.view = "waiting" if self.view == "signed" else "signed"
        self._limit = STEP
        self.say("")
        await self.reload()

    async def action_back(self) -> None:
        """Show the queue."""
        field = self.query_one("#search", Input)
        field.value = ""
        field.remove_class("-open")
        self.query_one(Rows).focus()
        self.view = "waiting"
        self.say("")
        await self.reload()

    async def action_more(self) -> None:
        """Show more lines."""
        if len(self.listing.rows) < self.listing.total:
            self._limit += STEP
            await self.reload()

    async def action_users(self) -> None:
        """Look after the accounts."""
        from kiosk.ui.nurse.users import UsersScreen

        who = self.ward.who
        if who is None or not may(who, "accounts"):
            self.say("账号由管理员管理。", bad=True)
            return
        await self.app.push_screen(UsersScreen())

    async def action_leave(self) -> None:
        """Log out."""
        await self.ward.leave()


def line(row: Waiting, now: datetime, *, wide: bool, signed: bool = False) -> RenderableType:
    """Draw one encounter: in columns, or in two lines."""
    summary = row.summary
    flags = Text(f"⚠ {'、'.join(clean(flag) for flag in summary.flags)}" if summary.flags else "", style="bold #ff5d5d")
    complaint = Text(clean(summary.chief_complaint) or "（未述症状）", style="bold")
    person = words.person(summary.age_years, summary.sex)
    language = words.language(summary.language)
    state = Text(clean(words.state(row)), style="#22c55e" if row.state == "signed" else "#facc15")
    wanted = Text(clean(words.wanted(row)), style="#93c5fd")
    waited = Text("" if signed else words.waited(row.received_at, now), justify="right")
    sound = "♪" if row.has_audio else ""
    ticket = f"号{clean(summary.ticket)}" if summary.ticket else ""
    grid = Table.grid(expand=True, padding=(0, 1))
    if wide:
        for width in (9, 6, 24, None, 12, 10, 2, 24):
            ratio = 1 if width is None else None
            grid.add_column(width=width, ratio=ratio, no_wrap=True, overflow="ellipsis")
        grid.add_row(
            waited,
            Text(ticket),
            flags,
            complaint,
            Text(person),
            Text(language),
            Text(sound),
            Text.assemble(state, " ", wanted),
        )
        return grid
    grid.add_column(width=8, no_wrap=True)
    grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    grid.add_column(width=20, no_wrap=True, overflow="ellipsis", justify="right")
    first = Text.assemble(("⚠ ", "bold #ff5d5d") if summary.flags else "", complaint)
    known = "  ".join(part for part in (ticket, person, language, sound) if part and part != "—")
    about = Text.assemble((known, "#94a3b8"), ("  " + "、".join(map(clean, summary.flags)), "#ff5d5d"))
    first.no_wrap = about.no_wrap = True
    first.overflow = about.overflow = "ellipsis"
    grid.add_row(waited, Group(first, about), Group(state, wanted))
    return grid
