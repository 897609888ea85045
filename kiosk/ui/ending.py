"""The end of a visit: it is being sent; the number to be called by; a nurse is coming; nothing was kept."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Digits, Static

from kiosk.errors import KioskError
from kiosk.ui.display import Display
from kiosk.ui.messages import NextPerson
from kiosk.ui.screens import PatientScreen, SentenceScreen
from kiosk.ui.widgets import Actions, Foot, Heading

FREE_AFTER_S = 20.0
"""The screen is freed when nobody has touched it for so long after the end."""


class EndScreen(PatientScreen):
    """The last screen of an interview.

    Args:
        alarm: a red flag ended it: the patient stays, a nurse is coming.
    """

    DEFAULT_CSS = """
    EndScreen #end { margin: 2 0 1 0; }
    EndScreen #end .native { color: $success; }
    EndScreen.-alarm { background: $error 35%; }
    EndScreen.-alarm #end .native { color: $text; text-style: bold; }
    EndScreen #number { padding: 0 2; height: auto; }
    EndScreen Digits { width: 1fr; text-align: center; color: $accent; height: auto; }
    EndScreen #trouble { display: none; color: $error; margin: 0 2; height: auto; }
    EndScreen.-refused #trouble { display: block; }
    EndScreen #waiting { margin: 2 0; }
    EndScreen.-sent #waiting, EndScreen.-refused #waiting { display: none; }
    EndScreen .retry { display: none; }
    EndScreen.-refused .retry { display: block; }
    EndScreen.-refused .leave { display: none; }
    """

    def __init__(self, display: Display, *, alarm: bool = False) -> None:
        super().__init__(display)
        self.alarm = alarm
        self.set_class(alarm, "-alarm")
        self.ticket = ""
        self.sent = False

    def aloud(self) -> str:
        """Say what happens now, and the number."""
        prompts = self.display_in.prompts
        number = f" {prompts.your_number}: {self.ticket}." if self.ticket else ""
        if self.alarm:
            return f"{prompts.red_flag}{number}"
        return f"{prompts.sent}{number}" if self.sent else ""

    def compose(self) -> ComposeResult:
        display = self.display_in
        yield Heading.of(display, "red_flag" if self.alarm else "sent", id="end")
        yield Heading.of(display, "wait", mark=False, id="waiting")
        yield Static(id="number")
        yield Digits(id="ticket")
        yield Static(id="trouble")
        retry = Actions(display, ("1", "send"), primary="send")
        retry.add_class("retry")
        leave = Actions(display, ("0", "next_person"))
        leave.add_class("leave")
        yield Foot(retry, leave, Actions(display, ("*", "erase"), small=True))

    def on_mount(self) -> None:
        """A note that was not sent yet is no success, yet."""
        self.query_one("#end").display = self.alarm

    def show_sent(self, ticket: str | None) -> None:
        """Everything is safely kept; this is the number."""
        display = self.display_in
        self.sent = True
        self.ticket = ticket or ""
        self.remove_class("-refused")
        self.add_class("-sent")
        self.query_one("#end").display = True
        if self.ticket:
            words = " ".join(filter(None, display.say("your_number")))
            self.query_one("#number", Static).update(display.native(words))
            self.query_one(Digits).update(self.ticket)
        self.set_timer(FREE_AFTER_S * (3 if self.alarm else 1), lambda: self.app.post_message(NextPerson()))

    def not_saved(self, error: KioskError) -> None:
        """Say that sending failed; everything stays as it is, and it can be sent again."""
        trouble = self.query_one("#trouble", Static)
        trouble.update(self.display_in.native(f"{self.display_in.prompts.not_saved}\n{error}"))
        self.add_class("-refused")

    def try_again(self) -> bool:
        """Wait again, if sending had failed; else False: what was sent, or is being sent, is not sent twice."""
        failed = self.has_class("-refused") and not self.sent
        self.remove_class("-refused")
        return failed

    def act(self, key: str) -> None:
        """The screen is free for the next person only when everything is kept."""
        if key == "next_person" and not self.sent:
            return
        super().act(key)


class NoticeScreen(SentenceScreen):
    """One sentence, and the screen is free again: nothing was kept, or everything is erased."""

    DEFAULT_CSS = """
    NoticeScreen Heading { margin: 3 0 0 0; }
    NoticeScreen #error { margin: 1 2; color: $text-muted; }
    """

    def compose(self) -> ComposeResult:
        yield Heading.of(self.display_in, self.key)
        if self.error is not None:
            yield Static(self.display_in.plain(str(self.error)), id="error")
        yield Foot(Actions(self.display_in, ("0", "next_person")))

    def on_mount(self) -> None:
        """Free the screen after a while."""
        self.set_timer(FREE_AFTER_S, lambda: self.app.post_message(NextPerson()))
