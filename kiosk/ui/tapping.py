"""The way that always works: touch the phrases that fit."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from kiosk.phrasebook import Phrase
from kiosk.ui.display import Display
from kiosk.ui.messages import PhrasesTapped
from kiosk.ui.screens import PatientScreen
from kiosk.ui.widgets import Actions, Chooser, Heading, Option

_DRAFT = "(待审)"
"""For the nurse: no native clinician has signed this wording."""


class TapScreen(PatientScreen):
    """Phrases in pages; several can be chosen, a second touch takes one back.

    Args:
        phrases: in the order of the phrasebook.
        deaf: say first that no engine understands this language by ear.
    """

    DEFAULT_CSS = """
    TapScreen #notice { margin: 0 2 1 2; color: $warning; }
    TapScreen #chosen { margin: 0 2; height: auto; max-height: 3; color: $success; text-style: bold; }
    TapScreen VerticalScroll { height: 1fr; }
    """

    def __init__(self, display: Display, phrases: Sequence[Phrase], *, deaf: bool = False) -> None:
        super().__init__(display)
        self._phrases = {phrase.phrase_id: phrase for phrase in phrases}
        self._deaf = deaf
        self._chosen: list[str] = []

    def compose(self) -> ComposeResult:
        display = self.display_in
        yield Heading(display, "no_ear" if self._deaf else "tap")
        own = display.language.code != "zh"
        options = [
            Option(
                phrase.phrase_id,
                phrase.text,
                phrase.zh if own else "",
                note=_DRAFT if phrase.draft else "",
                rtl=display.rtl,
            )
            for phrase in self._phrases.values()
        ]
        with VerticalScroll(can_focus=False):
            yield Chooser(options, bidi=display.bidi, more=display.prompts.more, rtl=display.rtl)
        yield Static(id="chosen")
        yield Actions(display, ("0", "done"), ("⌫", "remove_last"), ("*", "other_language"), primary="done")

    @on(Chooser.Picked)
    def _toggled(self, event: Chooser.Picked) -> None:
        key = event.option.key
        if key in self._chosen:
            self._chosen.remove(key)
        else:
            self._chosen.append(key)
        self._show()

    def act(self, key: str) -> None:
        """Give the phrases, or take the last one back; done with nothing chosen does nothing."""
        if key == "remove_last":
            if self._chosen:
                self._chosen.pop()
                self._show()
        elif key == "done":
            if self._chosen:
                self.app.post_message(PhrasesTapped("\n".join(self._phrases[key].text for key in self._chosen)))
        else:
            super().act(key)

    def _show(self) -> None:
        self.query_one(Chooser).mark(frozenset(self._chosen))
        display = self.display_in
        texts = " · ".join(self._phrases[key].text for key in self._chosen)
        shown = f"{display.prompts.chosen}: {texts}" if texts else ""
        self.query_one("#chosen", Static).update(display.native(shown))
