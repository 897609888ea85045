"""Erasing on the patient's request: an administrator does it, whoever is logged in."""

from __future__ import annotations

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Static

from kiosk.desk import may
from kiosk.desk.events import Who
from kiosk.errors import KioskError
from kiosk.ui.nurse.base import Dialog
from kiosk.ui.scripts import Script


class EraseDialog(Dialog[bool]):
    """Asks for an administrator's name and secret; answers True when it is gone."""

    DEFAULT_CSS = """
    EraseDialog Input { border: none; height: 1; background: $panel; padding: 0 1; }
    """

    def __init__(self, encounter_id: str, who: Who | None) -> None:
        super().__init__("抹除这份记录", hint="Enter 抹除 · Esc 取消")
        self._encounter_id = encounter_id
        self._name = who.name if who is not None and may(who, "erase") else ""

    def content(self) -> ComposeResult:
        yield Static(
            Script(
                f"编号 {self._encounter_id[:8]}。录音、文字、修改和签名都会永久删除，不能恢复；日志里只留下抹除本身。\n"
                "备份中的副本要另行销毁。须由管理员输入姓名和密码。",
                self.ward.bidi,
            ),
            classes="note",
        )
        for name, label, secret in (("name", "管理员", False), ("secret", "密码或PIN", True)):
            with Horizontal(classes="field"):
                yield Static(Text(label), classes="label")
                yield Input(
                    self._name if name == "name" else "", id=name, password=secret, compact=True, max_length=200
                )

    def on_mount(self) -> None:
        """Begin with what is missing."""
        self.query_one("#secret" if self._name else "#name", Input).focus()

    @on(Input.Submitted)
    async def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        secret = self.query_one("#secret", Input)
        if event.input is not secret:
            secret.focus()
            return
        typed, secret.value = secret.value, ""
        name = self.query_one("#name", Input).value
        try:
            await self.ward.ask(self.ward.desk.erase(self._encounter_id, name, typed))
        except KioskError as wrong:
            self.refuse(wrong)
        else:
            self.dismiss(True)
