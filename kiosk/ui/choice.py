"""A question with a few answers: one touch."""

from __future__ import annotations

from collections.abc import Iterator

from textual import on
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from kiosk.interview import NO, UNKNOWN, YES
from kiosk.ui.screens import QuestionScreen
from kiosk.ui.widgets import Chooser, Option


class ChoiceScreen(QuestionScreen):
    """The options of the question."""

    DEFAULT_CSS = """
    ChoiceScreen VerticalScroll { height: 1fr; }
    """

    def body(self) -> Iterator[Widget]:
        """Yield the options."""
        display = self.display_in
        options = [Option(name, *display.option(name), rtl=display.rtl) for name in self.question.options]
        yield VerticalScroll(
            Chooser(options, bidi=display.bidi, more=display.prompts.more, rtl=display.rtl), can_focus=False
        )

    @on(Chooser.Picked)
    def _picked(self, event: Chooser.Picked) -> None:
        name = event.option.key
        phrase = self.display_in.phrase(name)
        self.reply(values=(name,), words=(phrase.text,) if phrase is not None else ())


class YesNoScreen(QuestionScreen):
    """Is this so? Yes, no, I do not know."""

    DEFAULT_CSS = """
    YesNoScreen #asked { padding: 1 4; text-style: bold; }
    YesNoScreen #asked_zh { padding: 0 4; }
    YesNoScreen VerticalScroll { height: 1fr; }
    """

    def aloud(self) -> str:
        """See :class:`PatientScreen`."""
        return f"{super().aloud()} {self._asked()[0]}"

    def _asked(self) -> tuple[str, str]:
        return self.display_in.option(self.question.phrase)

    def body(self) -> Iterator[Widget]:
        """Yield what is asked about, and the three answers."""
        display = self.display_in
        native, zh = self._asked()
        yield Static(display.native(f"«{native}»", style="bold"), id="asked")
        if zh:
            yield Static(display.native(zh, style="dim"), id="asked_zh")
        options = [Option(name, *display.option(name), rtl=display.rtl) for name in (YES, NO, UNKNOWN)]
        yield VerticalScroll(Chooser(options, bidi=display.bidi, rtl=display.rtl), can_focus=False)

    @on(Chooser.Picked)
    def _picked(self, event: Chooser.Picked) -> None:
        self.reply(values=(event.option.key,), words=(event.option.text,))
