"""A patient's hands: number keys alone, or the mouse alone. Neither does what the screen does not show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from textual.pilot import Pilot

from kiosk.ui.scale import ScaleScreen
from kiosk.ui.visit import KioskApp
from kiosk.ui.widgets import Choice, Chooser
from tests.ui.walking import until

NAMES = {"⏎": "enter", "⌫": "backspace", "/": "slash", "+": "plus", "-": "minus", ",": "comma", "*": "asterisk"}
"""What stands on a button -> Textual's name of the key."""
PAGES = 60
"""More pages than any list has."""


class Hand(Protocol):
    """How a patient chooses what is on the screen."""

    async def choose(self, pilot: Pilot[None], key: str) -> None:
        """Choose the button with this key, turning pages until it is there, and wait until something has changed."""


class Keys:
    """The keyboard alone."""

    async def choose(self, pilot: Pilot[None], key: str) -> None:
        if key.startswith("score:"):
            await pilot.press(*key.removeprefix("score:"), "enter")
            return
        choice = await found(pilot, key, self._press)
        await self._press(pilot, choice)

    async def _press(self, pilot: Pilot[None], choice: Choice) -> None:
        await pilot.press(NAMES.get(choice.number, choice.number))


class Mouse:
    """The mouse alone. What is not wholly on the screen cannot be clicked."""

    async def choose(self, pilot: Pilot[None], key: str) -> None:
        choice = await found(pilot, key, self._click)
        await self._click(pilot, choice)

    async def _click(self, pilot: Pilot[None], choice: Choice) -> None:
        screen = choice.screen
        assert screen.region.contains_region(choice.region), f"{choice.option.key} is not on the screen"
        assert screen.find_widget(choice).visible_region == choice.region, f"{choice.option.key} is half hidden"
        assert await pilot.click(choice), f"{choice.option.key} lies under something else"


async def found(pilot: Pilot[None], key: str, act: Callable[[Pilot[None], Choice], Awaitable[None]]) -> Choice:
    """Return the button with this key, turning pages as the patient would."""
    app = pilot.app
    assert isinstance(app, KioskApp)
    for _ in range(PAGES):
        await pilot.pause()
        buttons = {each.option.key: each for each in app.screen.query(Choice) if is_seen(each)}
        if key in buttons:
            return buttons[key]
        assert "more" in buttons, f"{key} is none of {[*buttons]} on {app.screen}"
        chooser = app.screen.query_one(Chooser)
        before = chooser.shown
        await act(pilot, buttons["more"])
        await until(pilot, lambda: chooser.shown != before)  # noqa: B023
    raise AssertionError(f"{key} is on no page")


def is_seen(choice: Choice) -> bool:
    """Whether a button is there to be pressed."""
    if isinstance(choice.screen, ScaleScreen) and choice.option.key.startswith("score:"):
        return True
    return all(each.display for each in choice.ancestors_with_self if hasattr(each, "display"))
