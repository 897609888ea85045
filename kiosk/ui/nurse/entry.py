"""Who is there: the administrator of a first start, logging in, and the lock of an expired session."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Button, Input, Static

from kiosk.desk.events import Who
from kiosk.errors import KioskError, LockedOutError
from kiosk.ui.nurse import words
from kiosk.ui.nurse.base import HELP, Page


class Entered(Message):
    """Somebody has logged in."""

    def __init__(self, who: Who) -> None:
        super().__init__()
        self.who = who


class _Entry(Page):
    """A form in the middle of the screen."""

    DEFAULT_CSS = """
    _Entry { align: center middle; }
    _Entry #form { width: 64; max-width: 96%; height: auto; border: heavy $primary; padding: 1 2; }
    _Entry #title { text-style: bold; color: $accent; height: auto; margin: 0 0 1 0; }
    _Entry .row { height: 1; margin: 0 0 1 0; }
    _Entry .label { width: 12; }
    _Entry Input { width: 1fr; border: none; height: 1; padding: 0 1; background: $panel; }
    _Entry Input:focus { background: $primary 60%; }
    _Entry #wrong { height: auto; min-height: 1; color: $error; text-style: bold; margin: 0 0 1 0; }
    _Entry Button { width: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [HELP]
    FIELDS: ClassVar[tuple[tuple[str, str, bool], ...]] = ()
    """Id, label, whether it is a secret."""
    HINTS: ClassVar[Mapping[str, str]] = {}
    """What stands in an empty field, by its id."""
    TITLE_TEXT: ClassVar[str] = ""
    BUTTON: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__()
        self._until = 0.0  # when the lockout ends, on the monotonic clock
        self._countdown: Timer | None = None

    def content(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Static(Text(self.TITLE_TEXT), id="title")
            for name, label, secret in self.FIELDS:
                with Horizontal(classes="row"):
                    yield Static(Text(label), classes="label")
                    hint = self.HINTS.get(name, "")
                    yield Input(id=name, password=secret, compact=True, max_length=200, placeholder=hint)
            yield Static(id="wrong")
            yield Button(self.BUTTON, id="go", variant="primary")

    def on_mount(self) -> None:
        """Name the site."""
        self.banner(f"{self.ward.settings.site.name} · 护士站")

    def value(self, name: str) -> str:
        """Return what was typed."""
        return self.query_one(f"#{name}", Input).value

    @on(Input.Submitted)
    async def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input.id != self.FIELDS[-1][0]:
            self.focus_next(Input)
        else:
            await self._go()

    @on(Button.Pressed, "#go")
    async def _pressed(self) -> None:
        await self._go()

    async def _go(self) -> None:
        if self.ward.clock.monotonic() < self._until:
            return
        try:
            who = await self.enter()
        except KioskError as wrong:
            self._wrong(wrong)
        else:
            if who is not None:
                self.app.post_message(Entered(who))

    async def enter(self) -> Who | None:
        """Ask the desk; None when the form is not filled in."""
        raise NotImplementedError

    def complain(self, text: str) -> None:
        """Say what is wrong."""
        self.query_one("#wrong", Static).update(Text(text))

    def clear_secrets(self) -> None:
        """Empty the secrets, and go to the first of them."""
        secrets = [self.query_one(f"#{name}", Input) for name, _, secret in self.FIELDS if secret]
        for field in secrets:
            field.value = ""
        secrets[0].focus()

    def _wrong(self, wrong: KioskError) -> None:
        self.clear_secrets()
        if isinstance(wrong, LockedOutError):
            self._until = self.ward.clock.monotonic() + wrong.wait_s
            if self._countdown is not None:
                self._countdown.stop()
            self._countdown = self.set_interval(1.0, self._count)
            self._count()
        else:
            self.complain(words.error(wrong))

    def _count(self) -> None:
        """Say how long to wait."""
        left = math.ceil(self._until - self.ward.clock.monotonic())
        button = self.query_one("#go", Button)
        button.disabled = left > 0
        if left > 0:
            self.complain(f"输入错误次数过多，请稍候 {left} 秒再试。忘记密码请找管理员重设。")
            return
        if self._countdown is not None:
            self._countdown.stop()
        self.complain("可以再试了。")


class FirstStartScreen(_Entry):
    """Makes the administrator."""

    TITLE_TEXT = "首次启动：建立管理员账号\n管理员管理账号、按患者要求抹除记录；审核和签名由护士账号完成。"
    HINTS: ClassVar[Mapping[str, str]] = {
        "name": "小写字母、数字，例如 admin",
        "full_name": "印在记录上",
        "secret": "至少8个字符，或至少6位数字",
    }
    BUTTON = "建立并登录"
    FIELDS = (
        ("name", "登录名", False),
        ("full_name", "姓名", False),
        ("secret", "密码或PIN", True),
        ("again", "再输一次", True),
    )

    async def enter(self) -> Who | None:
        """Make the account."""
        if not self.value("full_name").strip():
            self.complain("请填写姓名：它会印在记录上。")
        elif self.value("secret") != self.value("again"):
            self.complain("两次输入的密码不一样。")
            self.clear_secrets()
        else:
            made = self.ward.desk.make_first(self.value("name").strip(), self.value("full_name"), self.value("secret"))
            return await self.ward.ask(made)
        return None


class LoginScreen(_Entry):
    """Name, and password or PIN."""

    TITLE_TEXT = "登录"
    BUTTON = "登录"
    FIELDS = (("name", "登录名", False), ("secret", "密码或PIN", True))

    async def enter(self) -> Who | None:
        """Log in."""
        if not self.value("name").strip():
            self.complain("请填写登录名。")
            return None
        return await self.ward.ask(self.ward.desk.log_in(self.value("name"), self.value("secret")))


class LockScreen(_Entry):
    """Covers the screen until the same person is back. What was typed before is still under it."""

    TITLE_TEXT = "屏幕已锁定\n输入的内容都还在。请重新输入密码继续。"
    BUTTON = "继续"
    FIELDS = (("secret", "密码或PIN", True),)
    BINDINGS: ClassVar[list[BindingType]] = [
        HELP,
        Binding("f10", "leave", "换人登录（未保存的输入会丢失）", key_display="F10"),
    ]

    def on_mount(self) -> None:
        """Say whose screen it is."""
        super().on_mount()
        who = self.ward.who
        if who is not None:
            self.complain(f"{who.full_name}（{who.name}）")

    async def enter(self) -> Who | None:
        """Log in as the same person."""
        who = self.ward.who
        if who is None:
            return None
        return await self.ward.ask(self.ward.desk.log_in(who.name, self.value("secret")))

    async def action_leave(self) -> None:
        """Let somebody else log in."""
        await self.ward.leave()
