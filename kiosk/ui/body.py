"""Where: a body to touch, front and back, and the same places as a numbered list for keys and for small screens."""

from __future__ import annotations

from collections.abc import Iterator

from textual import events, on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from kiosk.ui.figure import REGIONS, Figure, Region
from kiosk.ui.screens import QuestionScreen
from kiosk.ui.widgets import Chooser, Option

_SIDES = {"left": "on_left", "right": "on_right", "both": "on_both_sides"}
"""The patient's side -> the phrase that says it."""

_FIGURE_FROM_ROWS = 28
"""A screen of fewer rows has no room for the figure: the numbered list alone is shown."""


class BodyScreen(QuestionScreen):
    """The figure and its places.

    Several places can be chosen; a second touch takes one back. A place with two sides asks for the side."""

    DEFAULT_CSS = """
    BodyScreen Horizontal#body { height: 1fr; }
    BodyScreen Vertical#figure { width: 28; height: 1fr; align: center top; }
    BodyScreen VerticalScroll { height: 1fr; }
    BodyScreen Chooser { grid-size: 1; grid-gutter: 0; }
    BodyScreen #places { margin: 0 2; height: auto; max-height: 3; color: $success; text-style: bold; }
    BodyScreen.-list #figure { display: none; }
    BodyScreen.-list Chooser { grid-size: 2; grid-gutter: 0 2; }
    BodyScreen.-short Choice { min-height: 1; }
    """

    _side_of: Region | None = None  # the place whose side is being asked

    def body(self) -> Iterator[Widget]:
        """Yield the figure beside its numbered places."""
        self._chosen: dict[tuple[str, str], None] = {}
        yield Horizontal(
            Vertical(Figure(), id="figure"),
            VerticalScroll(self._chooser("front"), can_focus=False),
            id="body",
        )
        yield Static(id="places")

    def actions(self) -> tuple[tuple[str, str], ...]:
        """See :class:`QuestionScreen`."""
        return (("0", "next"), ("/", "turn_round"), (",", "touch_list"))

    def on_resize(self, event: events.Resize) -> None:
        """Leave the figure out where it does not fit."""
        self.set_class(event.size.height < _FIGURE_FROM_ROWS, "-list")

    def _chooser(self, view: str) -> Chooser:
        display = self.display_in
        if self._side_of is not None:
            options = [Option(f"side:{side}", *display.option(name), rtl=display.rtl) for side, name in _SIDES.items()]
        else:
            regions = REGIONS["front" if view == "front" else "back"]
            options = [Option(region.site, *display.option(region.site), rtl=display.rtl) for region in regions]
        chooser = Chooser(options, bidi=display.bidi, rtl=display.rtl)
        chooser.chosen = frozenset(site for site, _ in self._chosen)
        return chooser

    async def _list(self) -> None:
        """Show the places of the view, or the sides of one."""
        place = self.query_one(VerticalScroll)
        await place.query(Chooser).remove()
        await place.mount(self._chooser(self.query_one(Figure).view))

    @on(Chooser.Picked)
    async def _picked(self, event: Chooser.Picked) -> None:
        kind, _, side = event.option.key.partition(":")
        if kind == "side" and self._side_of is not None:
            region, self._side_of = self._side_of, None
            self._toggle(region.site, side)
            await self._list()
            return
        region = next(each for each in REGIONS[self.query_one(Figure).view] if each.site == kind)
        if region.sided and not any(site == region.site for site, _ in self._chosen):
            self._side_of = region
            await self._list()
        else:
            self._toggle(region.site, "")

    @on(Figure.Touched)
    async def _touched(self, event: Figure.Touched) -> None:
        self._side_of = None
        self._toggle(event.region.site, event.side)
        await self._list()

    def _toggle(self, site: str, side: str) -> None:
        """Choose a place; a place that is chosen is taken back; both sides one after the other are both."""
        own = {(place, where) for place, where in self._chosen if place == site}
        for each in own:
            del self._chosen[each]
        if not own:
            self._chosen[site, side] = None
        elif side and (site, side) not in own and (site, "both") not in own:
            self._chosen[site, "both"] = None
        self._show_chosen()

    def _show_chosen(self) -> None:
        figure = self.query_one(Figure)
        figure.chosen = frozenset(self._chosen)
        for chooser in self.query(Chooser):
            chooser.mark(frozenset(site for site, _ in self._chosen))
        texts = " · ".join(self._said(site, side) for site, side in self._chosen)
        self.query_one("#places", Static).update(self.display_in.native(texts))

    def _said(self, site: str, side: str) -> str:
        words = [self.display_in.option(site)[0], *([self.display_in.option(_SIDES[side])[0]] if side else [])]
        return ", ".join(words)

    def act(self, key: str) -> None:
        """Turn round, finish, or go back from the sides to the places."""
        if key == "turn_round":
            figure = self.query_one(Figure)
            figure.view = "back" if figure.view == "front" else "front"
            self._side_of = None
            self.call_next(self._list)
        elif key == "back" and self._side_of is not None:
            self._side_of = None
            self.call_next(self._list)
        elif key == "next":
            self._finish()
        else:
            super().act(key)

    def _finish(self) -> None:
        if not self._chosen:
            return
        values: list[str] = []
        words: list[str] = []
        for site, side in self._chosen:
            for value, phrase in ((site, site), *(((side, _SIDES[side]),) if side else ())):
                values.append(value)
                words.append(self.display_in.option(phrase)[0])
        self.reply(values=tuple(values), words=tuple(words))
