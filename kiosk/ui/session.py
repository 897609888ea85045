"""What the screens know of one patient. There is one at a time, and wiping is letting go of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from kiosk import interview
from kiosk.answers import Confirmation, Consent, Interview
from kiosk.encounter import Note
from kiosk.interview import State
from kiosk.interview.questions import Questions
from kiosk.readback import Item


@dataclass(slots=True, kw_only=True)
class Visit:
    """One patient at the kiosk.

    Attributes:
        note: of the answers so far.
        items: its facts, to be read back.
        failures: how often the current question was not understood.
        consented_at: when the last consent was given or refused.
        aloud: the questions of consent were also spoken.
        encounter: its name in the store, once it was sent.
    """

    language: str
    questions: Questions
    state: State
    started_at: datetime
    note: Note = field(default_factory=lambda: Note(chief_complaint=""))
    items: tuple[Item, ...] = ()
    failures: int = 0
    consented_at: datetime | None = None
    aloud: bool = False
    confirmations: tuple[Confirmation, ...] = ()
    encounter: str | None = None

    @classmethod
    def begin(cls, language: str, now: datetime) -> Visit:
        """Return a visit at its first question."""
        questions = interview.load()
        return cls(language=language, questions=questions, state=interview.start(questions), started_at=now)

    @property
    def may_use(self) -> bool:
        """The patient agreed that the answers are used."""
        return interview.agreed(self.state.answer("use"))

    @property
    def may_record(self) -> bool:
        """The patient agreed to be recorded; before that, the microphone stays closed."""
        return self.may_use and interview.agreed(self.state.answer("recording"))

    def record(self, now: datetime) -> Interview:
        """Return what is kept of the interview."""
        return Interview(
            version=self.questions.version,
            started_at=self.started_at,
            ended_at=now,
            ended=self.state.ended or "patient",
            answers=self.state.answers,
            consent=Consent(
                use=self.may_use,
                recording=self.may_record,
                at=self.consented_at or self.started_at,
                language=self.language,
                aloud=self.aloud,
            ),
            confirmations=self.confirmations,
        )
