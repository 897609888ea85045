"""What the station is told, and what it says beside the pipeline's own events."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kiosk import pipeline
from kiosk.audio import Recording
from kiosk.encounter import Intake, Mode
from kiosk.errors import KioskError

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


@dataclass(frozen=True, slots=True)
class CancelWork:
    """Drop the recording and all unfinished work submitted so far, not what is to be sent. Answered by Stopped."""


@dataclass(frozen=True, slots=True)
class Close:
    """End the thread; a recording that was neither sent nor dropped stays in its journal."""


Command = LoadEngines | StartListening | StopListening | TakeRecording | TakeText | SendIntake | CancelWork | Close


# Events, beside the pipeline's own.


@dataclass(frozen=True, slots=True)
class Ready:
    """The engines are there; ``languages`` are those that some engine hears, as any words or as phrases."""

    languages: frozenset[str]


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
    """

    encounter: str
    delivered: bool = True


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
    | Stopped
    | Failed
)
