"""Consent, asked for each thing separately: what is meant, what happens with a no, and two buttons of one size."""

from __future__ import annotations

from collections.abc import Iterator

from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from kiosk.ui.screens import QuestionScreen
from kiosk.ui.widgets import Actions, Foot


class ConsentScreen(QuestionScreen):
    """Yes or no. It cannot be skipped: nothing is kept before it was answered, and no answer is a no."""

    DEFAULT_CSS = """
    ConsentScreen #refused { padding: 1 2; }
    ConsentScreen VerticalScroll { height: 1fr; }
    """

    def aloud(self) -> str:
        """See :class:`PatientScreen`."""
        sentences = self.display_in.prompts.questions
        return f"{sentences[self.question.id]} {sentences[f'{self.question.id}_refused']}"

    def body(self) -> Iterator[Widget]:
        """Yield what happens with a no."""
        display = self.display_in
        name = f"{self.question.id}_refused"
        lines = [Static(display.native(display.prompts.questions[name]), classes="native")]
        if display.has_own_prompts:
            lines.append(Static(display.native(display.zh.questions[name], style="dim"), classes="zh"))
        yield VerticalScroll(*lines, id="refused", can_focus=False)

    def foot(self) -> Foot:
        """Return two buttons of one size, and the way back."""
        small = [("⌫", "back"), *([(".", "read_aloud")] if self.speaks else [])]
        return Foot(
            Actions(self.display_in, ("1", "agree"), ("2", "refuse")), Actions(self.display_in, *small, small=True)
        )

    def act(self, key: str) -> None:
        """Agree or refuse."""
        if key in ("agree", "refuse"):
            self.reply(values=("yes" if key == "agree" else "no",))
        else:
            super().act(key)
