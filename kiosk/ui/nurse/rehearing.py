"""Another engine writes the encounter up again: which one, how far it is, and stopping it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import OptionList, ProgressBar, Static

from kiosk.desk.rehearing import Offer
from kiosk.errors import Cancelled, KioskError
from kiosk.pipeline import Progress
from kiosk.review.records import Review
from kiosk.ui.nurse.base import Dialog, Rows
from kiosk.ui.working import SHARES

_KINDS = {"hearing": "重新听录音", "translation": "重新翻译"}
_STAGES = {
    "loading": "正在准备引擎",
    "segmenting": "正在找出语音",
    "recognising": "正在识别",
    "understanding": "正在整理",
}


class RehearingDialog(Dialog[Review]):
    """Chooses the engine, shows the progress; answers with the new review."""

    DEFAULT_CSS = """
    RehearingDialog #working { height: auto; display: none; }
    RehearingDialog ProgressBar { display: none; }
    """

    def __init__(self, encounter_id: str, seen: Review, offers: Sequence[Offer], *, draft: bool) -> None:
        hint = "Enter 开始 · Esc 停止或取消 · 之前的版本会保留，但对它的更正要重新做"
        super().__init__("换引擎重做", draft=draft, hint=hint)
        self._encounter_id = encounter_id
        self._seen = seen
        self._offers = tuple(offers)
        self.is_working = False

    def content(self) -> ComposeResult:
        yield Rows(id="offers")
        yield Static(id="working")
        yield ProgressBar(total=1.0, show_eta=False)

    def on_mount(self) -> None:
        """List the engines."""
        rows = self.query_one(Rows)
        rows.show({str(index): Text(f"{_KINDS[each.kind]}：{each.name}") for index, each in enumerate(self._offers)})
        rows.focus()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if self.is_working:
            return
        self.is_working = True
        self.query_one(Rows).display = False
        self.query_one("#working").display = True
        self.query_one(ProgressBar).display = True
        self.show_progress(Progress("loading", 0.0))
        # Its arguments hold a patient's words: Textual must not make a description of them.
        self.run_worker(
            self._work(self._offers[event.option_index]), name="rehearing", description="rehearing", exit_on_error=False
        )

    async def _work(self, offer: Offer) -> None:
        try:
            seen = await self.ward.ask(self.ward.desk.rehear(self._encounter_id, self._seen, offer))
        except Cancelled:
            self.dismiss(None)
        except KioskError as wrong:
            self.is_working = False
            self.query_one(Rows).display = True
            self.query_one("#working").display = False
            self.query_one(ProgressBar).display = False
            self.query_one(Rows).focus()
            self.refuse(wrong)
        else:
            self.dismiss(seen)

    def show_progress(self, progress: Progress) -> None:
        """Move the bar; never backwards."""
        start, share = SHARES[progress.stage]
        bar = self.query_one(ProgressBar)
        bar.update(progress=max(bar.progress, start + share * progress.done))
        self.query_one("#working", Static).update(Text(f"{_STAGES[progress.stage]}……（Esc 停止）"))

    def action_cancel(self) -> None:
        """Stop the engine, or leave."""
        if self.is_working:
            self.ward.desk.stop()
            self.query_one("#working", Static).update(Text("正在停止……"))
        else:
            self.dismiss(None)
