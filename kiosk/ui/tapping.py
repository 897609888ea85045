"""The way that always works: touch the phrases that fit, by system of the body, or look for them by letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual import events, on
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Static

from kiosk.interview.questions import Question
from kiosk.phrasebook import Phrase
from kiosk.prompts import GROUPS
from kiosk.ui.display import DRAFT, Display
from kiosk.ui.screens import QuestionScreen
from kiosk.ui.widgets import Chooser, Option

GROUP = "group:"
"""Begins the key of an option that opens a group: some groups are called like a phrase."""
_SEARCH_FROM = 20
"""A list of fewer phrases is looked through faster by eye."""


class TapScreen(QuestionScreen):
    """Phrases by part of the body; several can be chosen, a second touch takes one back.

    Args:
        phrases: in the order in which they are shown. Those of one group alone are shown without the list of groups.
    """

    DEFAULT_CSS = """
    TapScreen #chosen { margin: 0 2; height: auto; max-height: 2; color: $success; text-style: bold; }
    TapScreen VerticalScroll { height: 1fr; }
    TapScreen Input { display: none; margin: 0 2; height: 3; }
    TapScreen Input.-open { display: block; }
    """

    def __init__(
        self,
        display: Display,
        question: Question,
        phrases: Sequence[Phrase],
        *,
        speakable: bool = False,
        speaks: bool = False,
        hint: str = "",
        body: bool = False,
    ) -> None:
        super().__init__(display, question, speakable=speakable, speaks=speaks, hint=hint)
        self._phrases = {phrase.phrase_id: phrase for phrase in phrases}
        self._groups: dict[str, list[Phrase]] = {}
        for phrase in phrases:
            self._groups.setdefault(group(phrase) if question.grouped else "", []).append(phrase)
        self._group: str | None = None if len(self._groups) > 1 else next(iter(self._groups))
        self._sought = ""
        self._chosen: list[str] = []
        self._body = body

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """All that can be touched."""
        return tuple(self._phrases.values())

    def body(self) -> Iterator[Widget]:
        """Yield the list."""
        yield Input()
        yield VerticalScroll(self._chooser(), can_focus=False)
        yield Static(id="chosen")

    def actions(self) -> tuple[tuple[str, str], ...]:
        """See :class:`QuestionScreen`."""
        own = [] if self.question.single else [("0", "next")]
        if len(self._phrases) >= _SEARCH_FROM:
            own.append(("/", "search"))
        if self._body:
            own.append((",", "show_body"))
        return tuple(own)

    def _chooser(self) -> Chooser:
        """Return the list of groups, or of the phrases of the one that is open, or of those that were looked for."""
        display = self.display_in
        if self._sought:
            options = [self._option(phrase) for phrase in self._phrases.values() if self._is_sought(phrase)]
        elif self._group is not None:
            options = [self._option(phrase) for phrase in self._groups[self._group]]
        else:
            beside = display.zh.groups if display.has_own_prompts else {}
            options = [
                Option(f"{GROUP}{key}", display.prompts.groups[key], beside.get(key, ""), rtl=display.rtl)
                for key in self._groups
            ]
        chooser = Chooser(options, bidi=display.bidi, more=display.prompts.more, rtl=display.rtl)
        chooser.chosen = frozenset(self._chosen)
        return chooser

    def _option(self, phrase: Phrase) -> Option:
        display = self.display_in
        return Option(
            phrase.phrase_id,
            phrase.text,
            phrase.zh if display.has_own_prompts else "",
            note=DRAFT if phrase.draft else "",
            rtl=display.language.direction == "rtl",
        )

    def _is_sought(self, phrase: Phrase) -> bool:
        return all(part in f"{phrase.text} {phrase.zh}".casefold() for part in self._sought.casefold().split())

    @on(Chooser.Picked)
    async def _picked(self, event: Chooser.Picked) -> None:
        key = event.option.key
        if key.startswith(GROUP):
            await self._open(key.removeprefix(GROUP))
        elif self.question.single:
            self._chosen = [key]
            self._give()
        else:
            if key in self._chosen:
                self._chosen.remove(key)
            else:
                self._chosen.append(key)
            self._show_chosen()

    async def _open(self, key: str | None) -> None:
        """Show the phrases of a group; of none, the list of groups."""
        self._group = key
        await self._list()

    async def _list(self) -> None:
        place = self.query_one(VerticalScroll)
        await place.query(Chooser).remove()
        await place.mount(self._chooser())
        place.scroll_home(animate=False)

    @on(Input.Changed)
    async def _typed(self, event: Input.Changed) -> None:
        self._sought = event.value.strip()
        await self._list()

    @on(Input.Submitted)
    def _looked(self) -> None:
        """Leave the field, so that number keys choose again."""
        self.set_focus(None)

    def on_key(self, event: events.Key) -> None:
        """Escape leaves the field. (Textual calls ``on_key`` of the base class as well.)"""
        if event.key == "escape" and isinstance(self.focused, Input):
            self.set_focus(None)
            event.stop()
            event.prevent_default()

    def act(self, key: str) -> None:
        """Give the phrases (nothing when none is chosen), look for one, or go back: to the groups, then further."""
        if key == "search":
            self.query_one(Input).add_class("-open")
            self.query_one(Input).focus()
        elif key == "back" and self._sought:
            self.query_one(Input).value = ""
        elif key == "back" and self._group is not None and len(self._groups) > 1:
            self.call_next(self._open, None)
        elif key == "next":
            self._give()
        else:
            super().act(key)

    def _give(self) -> None:
        if self._chosen:
            words = tuple(self._phrases[chosen].text for chosen in self._chosen)
            self.reply(values=tuple(self._chosen), words=words)

    def _show_chosen(self) -> None:
        self.query_one(Chooser).mark(frozenset(self._chosen))
        display = self.display_in
        texts = " · ".join(self._phrases[key].text for key in self._chosen)
        shown = f"{display.prompts.chosen}: {texts}" if texts else ""
        self.query_one("#chosen", Static).update(display.native(shown))


def group(phrase: Phrase) -> str:
    """Return the heading (a key of ``prompts.GROUPS``) under which a phrase is found."""
    return phrase.system if phrase.system in GROUPS else "other"
