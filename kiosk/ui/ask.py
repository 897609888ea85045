"""A question whose answers are many: speak, or touch the list; both always together."""

from __future__ import annotations

from collections.abc import Iterator

from textual.containers import VerticalScroll
from textual.widget import Widget

from kiosk.interview.questions import Question
from kiosk.ui.display import Display
from kiosk.ui.screens import QuestionScreen
from kiosk.ui.widgets import Choice, Option


class AskScreen(QuestionScreen):
    """Large buttons: speak, touch, show on the body."""

    DEFAULT_CSS = """
    AskScreen VerticalScroll { height: 1fr; padding: 0 2; }
    AskScreen VerticalScroll Choice { padding: 1 2; margin: 0 0 1 0; }
    AskScreen.-tall VerticalScroll Choice { padding: 2 3; }
    """

    def __init__(
        self, display: Display, question: Question, *, speaks: bool = False, hint: str = "", body: bool = False
    ) -> None:
        super().__init__(display, question, speakable=True, speaks=speaks, hint=hint)
        self._body = body

    def body(self) -> Iterator[Widget]:
        """Yield the ways to answer."""
        display = self.display_in
        ways = ["speak", "touch_list", *(["show_body"] if self._body else [])]
        yield VerticalScroll(
            *(
                Choice(
                    Option(key, *display.say(key), rtl=display.rtl),
                    str(number),
                    bidi=display.bidi,
                    id=f"way_{key}",
                    classes="-primary" if number == 1 else "",
                )
                for number, key in enumerate(ways, start=1)
            ),
            can_focus=False,
        )
