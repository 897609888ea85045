"""What a patient answered at the kiosk, and what they agreed to: frozen records, part of an intake.

The words of an answer are utterances (``kiosk.encounter.Utterance.question`` says of which question); here stands what
was asked, what was chosen by touch, what was skipped, which facts the patient confirmed when they were read back, and
the consent without which nothing is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Outcome = Literal["answered", "skipped"]
Verdict = Literal["confirmed", "rejected"]
Ending = Literal["complete", "red_flag", "patient"]
"""How an interview ended: with its last question, at a red flag, or because the patient wanted no more questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One question that was asked.

    Attributes:
        question: its id in ``config/interview.toml``.
        values: what was chosen by touch, by machine name: an option's id, a site's concept id, a digit of 0–10.
        utterance_ids: the words that answer it, spoken or tapped.
        asked: the sentence that asked, in Chinese, as it stood beside the patient's own when it was asked.
    """

    question: str
    outcome: Outcome = "answered"
    values: tuple[str, ...] = ()
    utterance_ids: tuple[str, ...] = ()
    asked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What the patient agreed to, each separately (PIPL art. 29: separate consent for sensitive personal information).

    Attributes:
        use: the answers may be used for this visit; without it nothing is kept at all.
        recording: the voice may be recorded and kept until a nurse has signed; without it the microphone stays closed.
        aloud: the text was also spoken, not only shown.
        language: the language in which it was asked.
    """

    use: bool
    recording: bool
    at: datetime
    language: str
    aloud: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What the patient said when a fact was read back. A fact without one is unconfirmed.

    Attributes:
        path: the fact's place in the note, as in ``kiosk.review.decisions``: ``findings/0``, ``allergies/1``.
    """

    path: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """One patient's way through the questions.

    Attributes:
        version: of the questions, as ``config/interview.toml`` states it.
        ticket: what the patient was given to be called by; None until it was given.
    """

    version: str
    started_at: datetime
    ended_at: datetime
    ended: Ending = "complete"
    answers: tuple[Answer, ...] = ()
    consent: Consent | None = None
    confirmations: tuple[Confirmation, ...] = ()
    ticket: str | None = None
