"""For the staff alone: who knows a name and a PIN of this site may end the program."""

from __future__ import annotations

from typing import Protocol

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from kiosk.ui.asides import AsideScreen
from kiosk.ui.display import Display
from kiosk.ui.messages import GoOn, StaffSecret

QUESTION = "工作人员：输入用户名和密码后退出本程序（Esc 返回）"
WRONG = "用户名或密码不对，或账户已锁定。"
NOBODY = "本站还没有工作人员账户，不能在此退出。请管理员运行：kiosk users add"


class Staff(Protocol):
    """Who may end the program. Called on a thread of its own: checking takes a moment on purpose."""

    def exist(self) -> bool:
        """Whether the site has any account."""

    def check(self, name: str, secret: str) -> bool:
        """Whether this is a member of staff."""


class StaffScreen(AsideScreen):
    """A name and a PIN."""

    DEFAULT_CSS = """
    StaffScreen Static { padding: 1 2; }
    StaffScreen Input { margin: 0 2; }
    StaffScreen #wrong { color: $error; }
    """
    AUTO_FOCUS = "#name"

    def __init__(self, display: Display) -> None:
        super().__init__(display)

    def compose(self) -> ComposeResult:
        yield Static(QUESTION)
        yield Input(id="name", placeholder="用户名")
        yield Input(id="secret", placeholder="密码", password=True)
        yield Static(id="wrong")

    @on(Input.Submitted, "#name")
    def _named(self) -> None:
        self.query_one("#secret").focus()

    @on(Input.Submitted, "#secret")
    def _given(self, event: Input.Submitted) -> None:
        name, secret = self.query_one("#name", Input).value, event.value
        event.input.value = ""
        self.app.post_message(StaffSecret(name, secret))

    def refused(self, sentence: str) -> None:
        """Say why not."""
        self.query_one("#wrong", Static).update(sentence)

    def key_escape(self) -> None:
        """Go back to the patient's screen."""
        self.app.post_message(GoOn())
