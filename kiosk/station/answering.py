"""One patient's answers at the station: the sitting, and the recordings behind it, until they are sent or erased.

Each answer's recording stays in its own crash-safe journal. Sending joins them into one, in the order of the answers;
only when the outbox has it are they erased. A killed program leaves them for ``kiosk doctor`` to find.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from kiosk import audio, prompts, sitting
from kiosk import interview as questions
from kiosk.answers import Answer, Interview
from kiosk.audio import Recording
from kiosk.capture import journal
from kiosk.encounter import Intake
from kiosk.intakes import Outbox, Receipt
from kiosk.lexicon import matching
from kiosk.recognition import Samples
from kiosk.sitting import Sitting


class Recorded(Protocol):
    """A finished recording and its journal."""

    @property
    def path(self) -> Path:
        """The journal."""

    def stop(self) -> Recording:
        """Return what was recorded."""

    def release(self) -> None:
        """Let go of the journal; it stays on disk."""

    def discard(self) -> None:
        """Erase the journal."""


class Answering:
    """The answers of one patient. Used by the station's thread only."""

    def __init__(self, language: str) -> None:
        self._sitting = Sitting(language=language)
        self._recordings: list[Recorded | None] = []  # one for each part, None where nothing was recorded

    @property
    def language(self) -> str:
        """The patient's language."""
        return self._sitting.language

    @property
    def sitting(self) -> Sitting:
        """All answers so far."""
        return self._sitting

    def write(self) -> Intake:
        """Return the intake of the answers so far."""
        return sitting.intake(self._sitting)

    def add(self, answered: Sitting, recording: Recorded | None) -> Intake:
        """Take the sitting with one more answer, and that answer's recording."""
        self._sitting = answered
        self._recordings.append(recording)
        return self.write()

    def take_back(self) -> Intake:
        """Forget the last answer and erase its recording."""
        if self._recordings:
            recording = self._recordings.pop()
            self._sitting = self._sitting.without_last()
            if recording is not None:
                recording.discard()
        return self.write()

    def send(self, interview: Interview, outbox: Outbox) -> Receipt:
        """Write the final note and hand it over with everything that was recorded.

        Raises:
            StorageError: it could not be kept; everything stays as it is, and can be sent again.
        """
        recordings = [each for each in self._recordings if each is not None]
        spoken = [each.stop().samples for each in recordings]
        sha256 = audio.from_samples(np.concatenate(spoken)).sha256 if spoken else ""
        given = {part.answer.question: part.answer for part in self._sitting.parts}
        answers = tuple(_as_asked(given.get(answer.question, answer)) for answer in interview.answers)
        intake = sitting.intake(
            self._sitting,
            interview=replace(interview, answers=answers),
            sha256=sha256,
            confirmations=interview.confirmations,
        )
        receipt = self._hand_over(intake, recordings, spoken, outbox)
        self.erase()
        return receipt

    def _hand_over(
        self, intake: Intake, recordings: Sequence[Recorded], spoken: Sequence[Samples], outbox: Outbox
    ) -> Receipt:
        if len(recordings) < 2:
            return outbox.send(intake, recordings[0].path if recordings else None)
        joined = journal.join(spoken, recordings[0].path.parent)
        try:
            return outbox.send(intake, joined.path)
        finally:
            joined.close("discard")  # the outbox has it, or the parts still do

    def erase(self) -> None:
        """Erase every recording and forget every answer."""
        for recording in self._recordings:
            if recording is not None:
                recording.discard()
        self._recordings.clear()
        self._sitting = Sitting(language=self.language)
        matching.forget()

    def release(self) -> None:
        """Let go of the recordings, which stay on disk: the program ends."""
        for recording in self._recordings:
            if recording is not None:
                recording.release()
        self._recordings.clear()


def _as_asked(answer: Answer) -> Answer:
    """Return an answer with the sentence that asked: the record must not change when the questions do."""
    question = questions.load().by_id.get(answer.question)
    return answer if question is None else replace(answer, asked=questions.sentence(question, prompts.FALLBACK))
