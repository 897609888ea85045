"""The keys of a screen, as a list; choosing one does what it stands for, so that the mouse can do everything too."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import OptionList

from kiosk.ui.nurse.base import Dialog, Rows

_ALWAYS = (
    ("Tab", "下一个输入框", ""),
    ("↑ ↓ Enter", "移动、选择", ""),
    ("Ctrl+L", "锁屏（输入的内容保留）", "lock"),
    ("Ctrl+Q", "退出程序", "app.quit"),
)


class HelpScreen(Dialog[str]):
    """What every key does here."""

    def __init__(self, keys: list[tuple[str, str, str]]) -> None:
        super().__init__("按键", hint="Enter 或点击执行该功能 · Esc 返回")
        known = {action for _, _, action in keys} - {"lock"}
        self._keys = [each for each in keys if each[2] not in ("help", "lock")]
        self._keys += [each for each in _ALWAYS if each[2] not in known]

    def content(self) -> ComposeResult:
        yield Rows(id="keys")

    def on_mount(self) -> None:
        """List the keys."""
        lines: dict[str, Table] = {}
        for index, (key, description, _) in enumerate(self._keys):
            line = Table.grid(padding=(0, 2))
            line.add_column(width=16, no_wrap=True)
            line.add_column()
            line.add_row(Text(key, style="bold"), Text(description))
            lines[str(index)] = line
        self.query_one(Rows).show(lines)

    def action_help(self) -> None:
        """This is it: leave it again."""
        self.dismiss(None)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        action = self._keys[event.option_index][2]
        self.dismiss(action or None)
