"""The note as it is printed; and signing it, with the nurse's secret once more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from rich.console import Group
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Input, Static

from kiosk.errors import ConflictError, KioskError
from kiosk.review.records import Review
from kiosk.ui.nurse.base import Dialog
from kiosk.ui.scripts import Bidi, Script


def printed(seen: Review, bidi: Bidi) -> Group:
    """Typeset a note's text: what is signed says so in its own first line, what is not is marked as a draft."""
    signature = seen.signature
    note = signature.body.note if seen.state == "signed" and signature and signature.body.kind == "sign" else seen.note
    return Group(*(Script(line, bidi, rtl=False) for line in note.text.splitlines()))


class TextDialog(Dialog[None]):
    """The whole note."""

    LARGE = True
    DEFAULT_CSS = "TextDialog #note { height: 1fr; }"

    def __init__(self, seen: Review, bidi: Bidi) -> None:
        super().__init__("病历全文", draft=seen.state != "signed", hint="↑↓ 滚动 · Esc 返回")
        self._seen = seen
        self._bidi: Bidi = bidi

    def content(self) -> ComposeResult:
        with VerticalScroll(id="note"):
            yield Static(printed(self._seen, self._bidi))


class SignDialog(Dialog[Review]):
    """What is signed, and the secret of who signs."""

    LARGE = True
    DEFAULT_CSS = """
    SignDialog #note { height: 1fr; border: round $primary; padding: 0 1; }
    SignDialog #note:focus { border: round $accent; }
    SignDialog Input { border: none; height: 1; background: $panel; padding: 0 1; }
    """
    BINDINGS = [Binding("pageup,pagedown", "scroll", show=False)]  # noqa: RUF012 - Textual declares it as it does

    def __init__(self, encounter_id: str, seen: Review, bidi: Bidi, reload: Callable[[], Awaitable[None]]) -> None:
        super().__init__("签名：请核对全文", draft=True, hint="Enter 签名 · Tab 滚动全文 · Esc 取消")
        self._encounter_id = encounter_id
        self._seen = seen
        self._bidi: Bidi = bidi
        self._reload = reload

    def content(self) -> ComposeResult:
        with VerticalScroll(id="note"):
            yield Static(printed(self._seen, self._bidi))
        who = self.ward.who
        yield Static(Text(f"以 {who.full_name if who is not None else ''} 的名义签名。签名不能撤销，但可更正后重签。"))
        with Horizontal(classes="field"):
            yield Static(Text("密码或PIN"), classes="label")
            yield Input(id="secret", password=True, compact=True, max_length=200)

    def on_mount(self) -> None:
        """Ready for the secret."""
        self.query_one(Input).focus()

    @on(Input.Submitted, "#secret")
    async def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        secret, event.input.value = event.value, ""
        try:
            signed = await self.ward.ask(self.ward.desk.sign(self._encounter_id, self._seen, secret))
        except ConflictError:
            await self._reload()
            self.dismiss(None)
        except KioskError as wrong:
            self.refuse(wrong)
        else:
            self.dismiss(signed)
