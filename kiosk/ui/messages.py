"""The vocabulary of the screens: what a person can ask for, and what the station says.

Screens post requests and never act on them; the app alone decides what follows.
"""

from __future__ import annotations

from textual.message import Message

from kiosk.commands import Event, Level
from kiosk.pipeline import Progress


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


class PhrasesTapped(Message):
    """The patient has touched all that fits; ``text`` holds the phrases, one sentence each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class PhraseMeant(Message):
    """Of the phrases that were heard, this one was meant."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class FinishedSpeaking(Message):
    """The patient has finished."""


class SpeakAgain(Message):
    """Record, once more."""


class TapInstead(Message):
    """Choose phrases instead of speaking."""


class OtherLanguage(Message):
    """Back to the choice of language; what was said so far is dropped."""


class StopWork(Message):
    """Stop the work and start again."""


class SendIntake(Message):
    """The patient confirms: give the note to the nurse."""


class Again(Message):
    """The note is not right: once more, in the way it was given."""


class NextPerson(Message):
    """The screen is free for the next patient."""
