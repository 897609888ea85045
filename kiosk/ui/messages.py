"""The vocabulary of the screens: what a person can ask for, and what the station says.

Screens post requests and never act on them; the app alone decides what follows.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from kiosk.answers import Confirmation, Outcome
from kiosk.pipeline import Progress
from kiosk.station.commands import Event, Level


class FromStation(Message):
    """An event of the station. Readings and progress that nobody has looked at yet give way to the newest."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event

    def can_replace(self, message: Message) -> bool:
        """Return True when this makes ``message`` obsolete."""
        return (
            isinstance(message, FromStation)
            and isinstance(self.event, Level | Progress)
            and type(message.event) is type(self.event)
        )


class LanguageChosen(Message):
    """The patient's language."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code


class Reply(Message):
    """The answer to the question that is shown.

    Attributes:
        values: what was chosen, by machine name.
        words: the phrases that were touched.
        heard: the last recording is the answer (``words`` then names the offered phrase that was meant, if any).
    """

    def __init__(
        self,
        question: str,
        *,
        outcome: Outcome = "answered",
        values: Sequence[str] = (),
        words: Sequence[str] = (),
        heard: bool = False,
    ) -> None:
        super().__init__()
        self.question = question
        self.outcome = outcome
        self.values = tuple(values)
        self.words = tuple(words)
        self.heard = heard


class ReadBack(Message):
    """What the patient said of each fact that was read back."""

    def __init__(self, confirmations: Sequence[Confirmation]) -> None:
        super().__init__()
        self.confirmations = tuple(confirmations)


class Misheard(Message):
    """What was heard, or offered, is not what was said."""


class Speak(Message):
    """Open the microphone for the question that is shown."""


class FinishedSpeaking(Message):
    """The patient has finished."""


class TouchInstead(Message):
    """Choose from the list instead of speaking."""


class ShowBody(Message):
    """Show on the body where it hurts."""


class Skip(Message):
    """The next question."""


class Back(Message):
    """The question before."""


class StopWork(Message):
    """Stop what is being worked out, and show the question again."""


class EraseAsked(Message):
    """The patient may want everything erased: ask."""


class Erase(Message):
    """Erase everything."""


class FinishNow(Message):
    """No more questions."""


class GoOn(Message):
    """Whatever was asked in between: go on where we were."""


class SendAgain(Message):
    """Sending failed: once more."""


class NextPerson(Message):
    """The screen is free for the next patient."""


class ReadAloud(Message):
    """Say what the screen says."""


class StaffSecret(Message):
    """A member of staff wants to end the program."""

    def __init__(self, name: str, secret: str) -> None:
        super().__init__()
        self.name = name
        self.secret = secret
