"""What the station is told, and what it says beside the pipeline's own events."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kiosk import pipeline
from kiosk.answers import Interview, Outcome
from kiosk.audio import Recording
from kiosk.encounter import Intake, Mode
from kiosk.errors import KioskError
from kiosk.readback import Item

Trouble = Literal["silence", "too_quiet", "too_loud", "no_words"]
"""Why nothing could be made out: what the speaker, or the ward, can do better."""


# Commands.


@dataclass(frozen=True, slots=True)
class LoadEngines:
    """Make the engines and read their weights. Answered by Ready."""


@dataclass(frozen=True, slots=True)
class StartListening:
    """Open the microphone. Answered by ListeningStarted, then Level until StopListening."""

    language: str
    question: str | None = None


@dataclass(frozen=True, slots=True)
class StopListening:
    """The person has finished speaking: write up what was recorded. Ignored when nothing is being recorded."""


@dataclass(frozen=True, slots=True)
class TakeRecording:
    """Write up a recording, or the audio file at a path."""

    recording: Recording | Path
    language: str = "auto"
    question: str | None = None


@dataclass(frozen=True, slots=True)
class TakeText:
    """Write up words that were typed or tapped.

    Attributes:
        keep: the words answer what was just recorded (one of the phrases heard): the recording stays with the intake.
    """

    text: str
    language: str
    mode: Mode = "tap"
    question: str | None = None
    keep: bool = False


@dataclass(frozen=True, slots=True)
class SendIntake:
    """Put an intake, and the recording it was made from, on disk for the nurse. Answered by Sent."""

    intake: Intake


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginInterview:
    """A patient has chosen a language: start with no answers, and read what understanding needs into memory."""

    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveAnswer:
    """Take the answer to one question of the interview. Answered by Answered.

    Attributes:
        values: what was chosen by touch, by machine name.
        words: phrases that were tapped or, with ``heard``, the offered phrase that was meant.
        heard: the last recording answers it, and stays with the intake.
        typed: ``words`` were typed, not tapped.
    """

    question: str
    outcome: Outcome = "answered"
    values: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    heard: bool = False
    typed: bool = False


@dataclass(frozen=True, slots=True)
class TakeBackAnswer:
    """Forget the last answer and erase its recording. Answered by Answered."""


@dataclass(frozen=True, slots=True)
class SendInterview:
    """Send everything for the nurse; the station gives the ticket. Answered by Sent."""

    interview: Interview


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseAll:
    """The visit is over: stop all work, erase every recording and answer. Answered by Erased, after which no event of
    the visit follows.

    Attributes:
        sent: the patient takes it back: what was sent already is erased in the store, too.
    """

    sent: bool = False


@dataclass(frozen=True, slots=True)
class CancelWork:
    """Drop the recording and all unfinished work submitted so far, not what is to be sent. Answered by Stopped."""


@dataclass(frozen=True, slots=True)
class Close:
    """End the thread; a recording that was neither sent nor dropped stays in its journal."""


Command = (
    LoadEngines
    | StartListening
    | StopListening
    | TakeRecording
    | TakeText
    | SendIntake
    | BeginInterview
    | GiveAnswer
    | TakeBackAnswer
    | SendInterview
    | EraseAll
    | CancelWork
    | Close
)


# Events, beside the pipeline's own.


@dataclass(frozen=True, slots=True)
class Ready:
    """The engines are there.

    Attributes:
        languages: those that some engine hears, as any words or as phrases.
        written: those of them that are written down, any words.
    """

    languages: frozenset[str]
    written: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ListeningStarted:
    """The microphone is open: what is said from now on is kept."""


@dataclass(frozen=True, slots=True)
class Level:
    """How loud it is now (dBFS) and how much has been recorded (seconds)."""

    dbfs: float
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class Partial:
    """Words that were made out while the patient still speaks; each is longer than the one before."""

    text: str


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The speaker seems to have finished: silence follows speech. Said once for each silence."""


@dataclass(frozen=True, slots=True)
class ListeningStopped:
    """The microphone is closed; the write-up follows."""

    duration_s: float


@dataclass(frozen=True, slots=True)
class NothingHeard:
    """The recording holds no words, and the likeliest reason. Comes in place of Finished."""

    reason: Trouble


@dataclass(frozen=True, slots=True)
class Sent:
    """The intake, and its recording, are safely on the disk.

    Attributes:
        encounter: its name in the store.
        delivered: False while it waits for a database that does not answer: no nurse sees it yet.
        ticket: what the patient is called by; None outside an interview.
    """

    encounter: str
    delivered: bool = True
    ticket: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """The intake of all answers so far, and its facts in the patient's language, to be read back."""

    intake: Intake
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """Nothing is left of the patient's answers and recordings."""


@dataclass(frozen=True, slots=True)
class MicrophoneFound:
    """The microphone that was missing is there again."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The work was cancelled; no event of it will follow."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A command failed; ``command`` is its type's name. The thread lives on."""

    error: KioskError
    command: str


Event = (
    pipeline.Event
    | Ready
    | ListeningStarted
    | Level
    | Partial
    | SpeechEnded
    | ListeningStopped
    | NothingHeard
    | Sent
    | Answered
    | Erased
    | MicrophoneFound
    | Stopped
    | Failed
)
