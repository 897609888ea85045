"""The first screen: every language in its own script."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from kiosk import languages, prompts
from kiosk.ui.display import Display
from kiosk.ui.messages import LanguageChosen
from kiosk.ui.screens import PatientScreen
from kiosk.ui.scripts import Bidi
from kiosk.ui.widgets import Chooser, Option

_FEW = 8
"""Up to so many languages have room for buttons of double height."""


class LanguageScreen(PatientScreen):
    """Choose a language by number, mouse or touch."""

    DEFAULT_CSS = """
    LanguageScreen #question { padding: 1 2; text-style: bold; color: $accent; }
    LanguageScreen.-tall #question { padding: 2 2; }
    LanguageScreen .-few Choice { padding: 1 1; }
    LanguageScreen.-tall .-few Choice { padding: 2 2; }
    """

    def __init__(self, codes: Sequence[str], bidi: Bidi) -> None:
        super().__init__(Display.of("zh", bidi))
        self._codes = tuple(codes)

    def compose(self) -> ComposeResult:
        questions = dict.fromkeys(prompts.load(code).choose_language for code in self._codes)
        yield Static(self.display_in.plain(" · ".join(questions)), id="question")
        options = [self._option(code) for code in self._codes]
        with VerticalScroll(can_focus=False, classes="-few" if len(options) <= _FEW else ""):
            yield Chooser(options, bidi=self.display_in.bidi, more=self.display_in.prompts.more)

    @staticmethod
    def _option(code: str) -> Option:
        language = languages.get(code)
        return Option(code, language.autonym, language.zh, rtl=False)  # all numbers on one side

    @on(Chooser.Picked)
    def _picked(self, event: Chooser.Picked) -> None:
        self.app.post_message(LanguageChosen(event.option.key))
