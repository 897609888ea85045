"""What all patient screens have in common: number keys, breakpoints, what can be done anywhere, no way out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from textual import events, on
from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from kiosk.errors import KioskError
from kiosk.interview.questions import Question
from kiosk.ui import messages
from kiosk.ui.display import Display
from kiosk.ui.widgets import Actions, Choice, Foot, Heading, press

ACTIONS: Mapping[str, Callable[[], Message]] = {
    "speak": messages.Speak,
    "speak_again": messages.Speak,
    "done": messages.FinishedSpeaking,
    "tap_instead": messages.TouchInstead,
    "touch_list": messages.TouchInstead,
    "show_body": messages.ShowBody,
    "none_of_these": messages.Misheard,
    "wrong": messages.Misheard,
    "stop": messages.StopWork,
    "skip": messages.Skip,
    "back": messages.Back,
    "erase": messages.EraseAsked,
    "erase_yes": messages.Erase,
    "finish_now": messages.FinishNow,
    "go_on": messages.GoOn,
    "still_here": messages.GoOn,
    "send": messages.SendAgain,
    "next_person": messages.NextPerson,
    "read_aloud": messages.ReadAloud,
}
"""What the choice with this key of ``kiosk.prompts`` asks for."""

_KEYS = {"backspace": "⌫", "asterisk": "*", "enter": "⏎"}


class PatientScreen(Screen[None]):
    """A screen in one patient's language. A number key chooses what bears the number; Escape does nothing."""

    DEFAULT_CSS = """
    PatientScreen.-short Heading { margin: 0; }
    PatientScreen.-tall Choice { padding: 1 2; }
    PatientScreen.-tall Choice.-small { padding: 0 1; }
    PatientScreen.-tall Foot { margin: 0 0 1 0; }
    PatientScreen.-tall Heading { margin: 1 0; padding: 0 3; }
    PatientScreen.-tall LevelMeter { height: 5; margin: 1 2; padding: 1 2; }
    PatientScreen.-large Heading { margin: 1 2; }
    PatientScreen.-large Choice { padding: 1 2; }
    """
    AUTO_FOCUS = ""  # nothing is focused until Tab is pressed: number keys always work
    ALLOW_SELECT = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 - Textual declares it as it does
    VERTICAL_BREAKPOINTS = [(0, "-short"), (36, "-tall")]  # noqa: RUF012

    def __init__(self, display: Display) -> None:
        super().__init__()
        self.display_in = display

    def aloud(self) -> str:
        """Return what a voice says when the screen is shown; empty for a screen that is only looked at."""
        return ""

    @property
    def prompt(self) -> str:
        """The key of a recording of what is said; empty where it is not only the program's own words."""
        return ""

    def on_key(self, event: events.Key) -> None:
        """Choose by number. What is typed into a field belongs to the field."""
        if isinstance(self.focused, Input):
            return
        number = _KEYS.get(event.key, event.character or "")
        if number and press(self, number):
            event.stop()

    @on(Choice.Chosen)
    def _act(self, event: Choice.Chosen) -> None:
        event.stop()
        self.act(event.choice.option.key)

    def act(self, key: str) -> None:
        """Ask the app for what was chosen; screens with actions of their own extend this."""
        self.app.post_message(ACTIONS[key]())


class QuestionScreen(PatientScreen):
    """One question of the interview, to be answered by touch; the voice is one of the ways.

    Args:
        speakable: this answer can be spoken.
        speaks: the kiosk can read the question aloud.
        hint: a sentence of ``kiosk.prompts`` above the question, such as that the list is tried instead.
    """

    DEFAULT_CSS = """
    QuestionScreen #hint { color: $warning; padding: 0 2; height: auto; }
    """

    def __init__(
        self,
        display: Display,
        question: Question,
        *,
        speakable: bool = False,
        speaks: bool = False,
        hint: str = "",
    ) -> None:
        super().__init__(display)
        self.question = question
        self.speakable = speakable
        self.speaks = speaks
        self.hint = hint

    def aloud(self) -> str:
        """See :class:`PatientScreen`."""
        return self.display_in.ask(self.question)[0]

    @property
    def prompt(self) -> str:
        """See :class:`PatientScreen`."""
        return self.question.id

    def compose(self) -> ComposeResult:
        if self.hint:
            yield Heading(self.display_in, *self.display_in.say(self.hint), mark=False, id="hint")
        yield Heading(self.display_in, *self.display_in.ask(self.question), id="question")
        yield from self.body()
        yield self.foot()

    def body(self) -> Iterator[Widget]:
        """Yield what can be chosen."""
        yield from ()

    def actions(self) -> tuple[tuple[str, str], ...]:
        """Return the numbers and keys of this question's own actions."""
        return ()

    def foot(self) -> Foot:
        """Return the foot: this question's own actions, then what can be done with every question."""
        display = self.display_in
        own = self.actions()
        common = [("⌫", "back"), ("-", "skip"), ("*", "erase")]
        if self.speakable:
            common.insert(0, ("+", "speak"))
        if self.speaks:
            common.insert(0, (".", "read_aloud"))
        rows = [Actions(display, *own, primary=own[0][1])] if own else []
        return Foot(*rows, Actions(display, *common, small=True))

    def reply(self, *, values: tuple[str, ...] = (), words: tuple[str, ...] = ()) -> None:
        """Answer."""
        self.app.post_message(messages.Reply(self.question.id, values=values, words=words))


class SentenceScreen(PatientScreen):
    """A screen that says one sentence: the prompt with this key, and an error, small, for the staff."""

    def __init__(self, display: Display, key: str, error: KioskError | None = None) -> None:
        super().__init__(display)
        self.key = key
        self.error = error

    def aloud(self) -> str:
        """See :class:`PatientScreen`."""
        return str(getattr(self.display_in.prompts, self.key))

    @property
    def prompt(self) -> str:
        """See :class:`PatientScreen`."""
        return self.key
