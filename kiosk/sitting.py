"""What one patient has answered so far, and the intake that comes of it.

Each answer is a part of its own: what was said or tapped, its Chinese, the length of its recording. The intake's audio
is the recordings one after the other, so that an utterance's times are shifted by what was recorded before it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kiosk import lexicon, note
from kiosk.answers import Answer, Confirmation, Interview, Outcome
from kiosk.encounter import AudioInfo, Caution, Intake, LanguageChoice, Mode, Timing, Translation, Utterance
from kiosk.interview import statements
from kiosk.translation import VERIFIED_ENGINE, verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One answered question.

    Attributes:
        utterances: their ids are unique within the sitting; their times count from the start of the first recording.
        duration_s: length of the answer's own recording; 0.0 where nothing was recorded.
        cautions: what recognition has to say to the nurse.
    """

    answer: Answer
    utterances: tuple[Utterance, ...] = ()
    translations: tuple[Translation, ...] = ()
    cautions: tuple[Caution, ...] = ()
    duration_s: float = 0.0
    timing: Timing = field(default_factory=Timing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """All answers of one patient, in order."""

    language: str
    parts: tuple[Part, ...] = ()

    @property
    def duration_s(self) -> float:
        """Seconds that were recorded."""
        return sum(part.duration_s for part in self.parts)

    @property
    def utterances(self) -> tuple[Utterance, ...]:
        """Everything that was said or tapped."""
        return tuple(utterance for part in self.parts for utterance in part.utterances)

    def without_last(self) -> Sitting:
        """Return the sitting before its last answer."""
        return replace(self, parts=self.parts[:-1])


def tapped(words: Sequence[str], *, language: str, question: str, mode: Mode = "tap") -> tuple[Utterance, ...]:
    """Return phrases that were tapped, or words that were typed, as utterances."""
    return tuple(
        Utterance(id=f"u{number}", text=text, language=language, mode=mode, question=question)
        for number, text in enumerate(words, start=1)
        if text.strip()
    )


def confirmed(heard: Intake, words: Sequence[str], *, question: str) -> tuple[Utterance, ...]:
    """Return what was heard, once the patient has said that it is right.

    Args:
        words: of the phrases offered, the one that was meant; empty when what was understood is right.
    """
    chosen = list(words)
    kept: list[Utterance] = []
    for utterance in heard.utterances:
        text = utterance.text
        if not text and chosen:
            text = chosen.pop(0)
        if text:
            # The patient has confirmed it: what recognition said of its doubts is settled.
            warnings = tuple(w for w in utterance.warnings if w.kind not in ("phrase_heard", "phrase_unsure"))
            kept.append(replace(utterance, text=text, warnings=warnings, question=question))
    return tuple(kept)


def with_answer(
    sitting: Sitting,
    question: str,
    *,
    outcome: Outcome = "answered",
    values: Sequence[str] = (),
    utterances: Sequence[Utterance] = (),
    heard: Intake | None = None,
) -> Sitting:
    """Return the sitting with one more answer.

    Args:
        utterances: as :func:`tapped` or :func:`confirmed` return them.
        heard: the write-up of the answer's own recording, if it was spoken.
    """
    first = len(sitting.utterances) + 1
    shift = sitting.duration_s
    spoken = heard is not None and heard.audio is not None
    placed = tuple(
        replace(
            utterance,
            id=f"u{number}",
            start_s=utterance.start_s + shift if spoken else 0.0,
            end_s=utterance.end_s + shift if spoken else 0.0,
        )
        for number, utterance in enumerate(utterances, start=first)
    )
    known = {each.utterance_id: each for each in heard.translations} if heard is not None else {}
    texts = {each.id: each.text for each in heard.utterances} if heard is not None else {}
    translations = tuple(
        replace(known[before.id], utterance_id=after.id)
        if before.id in known and texts.get(before.id) == after.text and statements.phrase_of(after) is None
        else in_chinese(after)
        for before, after in zip(utterances, placed, strict=True)
    )
    part = Part(
        answer=Answer(
            question=question,
            outcome=outcome,
            values=tuple(values),
            utterance_ids=tuple(utterance.id for utterance in placed),
        ),
        utterances=placed,
        translations=translations,
        cautions=_of_recording(heard) if heard is not None else (),
        duration_s=heard.audio.duration_s if heard is not None and heard.audio is not None else 0.0,
        timing=heard.timing if heard is not None else Timing(),
    )
    return replace(sitting, parts=(*sitting.parts, part))


def in_chinese(utterance: Utterance) -> Translation:
    """Return an utterance in Chinese: a phrase by the phrasebook, other words by rule."""
    phrase = statements.phrase_of(utterance)
    if phrase is None:
        return verified(utterance)
    return Translation(utterance_id=utterance.id, zh=f"{phrase.zh}。", channel="verified", engine=VERIFIED_ENGINE)


def _of_recording(heard: Intake) -> tuple[Caution, ...]:
    """Return what is said of the recording, and not of one of its utterances or translations or of its note."""
    own = {caution for utterance in heard.utterances for caution in utterance.warnings}
    own |= {caution for translation in heard.translations for caution in translation.warnings}
    return tuple(each for each in heard.note.warnings if each not in own and each.kind != "draft_terms")


def intake(
    sitting: Sitting,
    *,
    interview: Interview | None = None,
    sha256: str = "",
    confirmations: Sequence[Confirmation] | None = None,
) -> Intake:
    """Write up all answers.

    Args:
        interview: the finished interview; None while it goes on.
        sha256: of all that was recorded; empty while the interview goes on.
        confirmations: see :func:`kiosk.note.write`.
    """
    before = time.perf_counter()
    translations = tuple(translation for part in sitting.parts for translation in part.translations)
    written = note.write(
        sitting.utterances,
        translations,
        lexicon=lexicon.load(sitting.language),
        warnings=[caution for part in sitting.parts for caution in part.cautions],
        answers=[part.answer for part in sitting.parts],
        confirmations=confirmations,
    )
    note_s = time.perf_counter() - before
    timings = [part.timing for part in sitting.parts]
    recorded = sitting.duration_s
    return Intake(
        language=LanguageChoice(code=sitting.language),
        audio=AudioInfo(duration_s=recorded, sha256=sha256) if recorded else None,
        utterances=sitting.utterances,
        translations=translations,
        note=written,
        timing=Timing(
            audio_s=recorded,
            recognition_s=sum(timing.recognition_s for timing in timings),
            translation_s=sum(timing.translation_s for timing in timings),
            note_s=note_s,
            total_s=sum(timing.total_s for timing in timings) + note_s,
        ),
        interview=interview,
    )
