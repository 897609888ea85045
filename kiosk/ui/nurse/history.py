"""Everything that happened to a note: who, when, before and after. Any step can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from rich.console import Group
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import OptionList

from kiosk.desk.history import Step
from kiosk.ui.nurse import words
from kiosk.ui.nurse.base import Dialog, Rows
from kiosk.ui.scripts import clean


class HistoryDialog(Dialog[int]):
    """The history; answers with the number of the decision to take back."""

    LARGE = True
    DEFAULT_CSS = "HistoryDialog Rows { height: 1fr; }"

    def __init__(self, steps: Sequence[Step], zone: tzinfo | None, *, draft: bool) -> None:
        super().__init__("修改历史", draft=draft, hint="Enter 撤销选中的一步 · Esc 返回")
        self._steps = tuple(steps)
        self._zone = zone

    def content(self) -> ComposeResult:
        yield Rows(id="steps")

    def on_mount(self) -> None:
        """List the steps, the newest last."""
        rows = self.query_one(Rows)
        rows.show({str(index): line(step, self._zone) for index, step in enumerate(self._steps)})
        rows.highlighted = len(self._steps) - 1
        rows.focus()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        step = self._steps[event.option_index]
        if step.decision is None or step.decision.body.kind == "sign":
            self.refuse("这一步不能撤销。")
        elif not step.counts:
            self.refuse("这一步已经撤销了；要恢复，请撤销那次“撤销”。")
        else:
            self.dismiss(step.decision.number)


def line(step: Step, zone: tzinfo | None) -> Group:
    """Draw one step."""
    when = words.at(step.at, zone)
    if step.decision is None:
        who = "患者机" if step.revision == 1 else step.author
        what = f"第{step.revision}次转写（{'、'.join(step.engines)}）"
        return Group(Text(f"{when}  {who}  {what}", style="#93c5fd"))
    number = step.decision.number
    first = Text(f"{when}  {step.author}  第{number}步 {words.decision(step.decision.body)}", style="bold")
    if not step.counts:
        first.stylize("strike #94a3b8")
        first.append("（已撤销）")
    if step.before == step.after:
        return Group(first, *([Text(f"    {clean(step.after)}", style="#94a3b8")] if step.after else []))
    change = Text.assemble(
        "    ",
        (clean(step.before) or "（无）", "#94a3b8 strike" if step.before else "#94a3b8"),
        " → ",
        (clean(step.after) or "（无）", "#22c55e"),
    )
    return Group(first, change)
