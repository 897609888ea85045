"""The way that always works: touch the phrases that fit."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from kiosk.phrasebook import Phrase
from kiosk.prompts import GROUPS
from kiosk.ui.display import Display
from kiosk.ui.messages import PhrasesTapped
from kiosk.ui.screens import PatientScreen
from kiosk.ui.widgets import Actions, Chooser, Heading, Option

_DRAFT = "(待审)"
"""For the nurse: no native clinician has signed this wording."""


class TapScreen(PatientScreen):
    """Phrases by part of the body; several can be chosen, a second touch takes one back.

    Args:
        phrases: in the order of the phrasebook. Those of one group alone are shown without the list of groups.
        deaf: say first that no engine understands this language by ear.
    """

    DEFAULT_CSS = """
    TapScreen #chosen { margin: 0 2; height: auto; max-height: 3; color: $success; text-style: bold; }
    TapScreen VerticalScroll { height: 1fr; }
    """

    def __init__(self, display: Display, phrases: Sequence[Phrase], *, deaf: bool = False) -> None:
        super().__init__(display)
        self._phrases = {phrase.phrase_id: phrase for phrase in phrases}
        self._groups: dict[str, list[Phrase]] = {}
        for phrase in phrases:
            self._groups.setdefault(group(phrase), []).append(phrase)
        self._group = "" if len(self._groups) > 1 else next(iter(self._groups))
        self._deaf = deaf
        self._chosen: list[str] = []

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """All that can be touched."""
        return tuple(self._phrases.values())

    def compose(self) -> ComposeResult:
        display = self.display_in
        yield Heading(display, "no_ear" if self._deaf else "tap")
        with VerticalScroll(can_focus=False):
            yield self._chooser()
        yield Static(id="chosen")
        yield Actions(display, ("0", "done"), ("⌫", "back"), ("*", "other_language"), primary="done")

    def _chooser(self) -> Chooser:
        """Return the list of groups, or of the phrases of the one that is open."""
        display = self.display_in
        if self._group:
            options = [
                Option(
                    phrase.phrase_id,
                    phrase.text,
                    phrase.zh if display.has_own_prompts else "",
                    note=_DRAFT if phrase.draft else "",
                    rtl=display.language.direction == "rtl",
                )
                for phrase in self._groups[self._group]
            ]
        else:
            beside = display.zh.groups if display.has_own_prompts else {}
            options = [
                Option(key, display.prompts.groups[key], beside.get(key, ""), rtl=display.rtl) for key in self._groups
            ]
        chooser = Chooser(options, bidi=display.bidi, more=display.prompts.more, rtl=display.rtl)
        chooser.chosen = frozenset(self._chosen)
        return chooser

    @on(Chooser.Picked)
    async def _picked(self, event: Chooser.Picked) -> None:
        key = event.option.key
        if key in self._groups:
            await self._open(key)
        else:
            if key in self._chosen:
                self._chosen.remove(key)
            else:
                self._chosen.append(key)
            self._show_chosen()

    async def _open(self, key: str) -> None:
        """Show the phrases of a group; of none, the list of groups."""
        self._group = key
        place = self.query_one(VerticalScroll)
        await self.query_one(Chooser).remove()
        await place.mount(self._chooser())
        place.scroll_home(animate=False)

    def act(self, key: str) -> None:
        """Give the phrases (nothing when none is chosen), or go back: to the groups, from them to the languages."""
        if key == "back" and self._group and len(self._groups) > 1:
            self.call_next(self._open, "")
        elif key == "back":
            super().act("other_language")
        elif key != "done":
            super().act(key)
        elif self._chosen:
            self.app.post_message(PhrasesTapped("\n".join(self._phrases[chosen].text for chosen in self._chosen)))

    def _show_chosen(self) -> None:
        self.query_one(Chooser).mark(frozenset(self._chosen))
        display = self.display_in
        texts = " · ".join(self._phrases[key].text for key in self._chosen)
        shown = f"{display.prompts.chosen}: {texts}" if texts else ""
        self.query_one("#chosen", Static).update(display.native(shown))


def group(phrase: Phrase) -> str:
    """Return the heading (a key of ``prompts.GROUPS``) under which a phrase is found."""
    if phrase.question == "duration":
        return "duration"
    return phrase.system if phrase.system in GROUPS else "other"
