"""What is asked in between, over any screen: erase everything? are you still there?"""

from __future__ import annotations

from textual.app import ComposeResult

from kiosk.ui.display import Display
from kiosk.ui.screens import PatientScreen
from kiosk.ui.widgets import Actions, Foot, Heading


class AsideScreen(PatientScreen):
    """A screen over another one, which stays as it is."""

    DEFAULT_CSS = """
    AsideScreen Heading { margin: 2 0; }
    AsideScreen Heading .native { color: $warning; }
    """


class EraseScreen(AsideScreen):
    """Erase everything, go on, or ask nothing more.

    Args:
        hurry: there are questions left that could be left out.
    """

    def __init__(self, display: Display, *, hurry: bool = False) -> None:
        super().__init__(display)
        self._hurry = hurry

    def aloud(self) -> str:
        """See :class:`PatientScreen`."""
        return self.display_in.prompts.erase_sure

    @property
    def prompt(self) -> str:
        """See :class:`PatientScreen`."""
        return "erase_sure"

    def compose(self) -> ComposeResult:
        yield Heading.of(self.display_in, "erase_sure")
        ways = [("1", "erase_yes"), ("2", "go_on"), *([("3", "finish_now")] if self._hurry else [])]
        yield Foot(Actions(self.display_in, *ways, primary="go_on"))


class IdleScreen(AsideScreen):
    """Is somebody there? Without an answer everything is erased."""

    def aloud(self) -> str:
        """See :class:`PatientScreen`."""
        return self.display_in.prompts.still_there

    @property
    def prompt(self) -> str:
        """See :class:`PatientScreen`."""
        return "still_there"

    def compose(self) -> ComposeResult:
        yield Heading.of(self.display_in, "still_there")
        yield Foot(Actions(self.display_in, ("1", "still_here"), ("2", "erase_yes"), primary="still_here"))
