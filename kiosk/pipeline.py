"""Wires the stages: audio -> segments -> utterances -> translations -> findings -> note.

Engines arrive as arguments. The pipeline yields events and owns no thread: whoever iterates it does the work, and
stops it by letting ``check`` raise :class:`kiosk.errors.Cancelled`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kiosk import languages, lexicon, note, phrases, recognition, segmentation
from kiosk.audio import Recording
from kiosk.encounter import (
    AudioInfo,
    Caution,
    Intake,
    LanguageChoice,
    Mode,
    Segment,
    Timing,
    Translation,
    Utterance,
)
from kiosk.errors import LanguageError
from kiosk.phrases import PhraseScorer, phrase_mode
from kiosk.recognition import Check, Recognizer, Samples, SpeechDetector, never
from kiosk.settings import Settings
from kiosk.translation import Translator, reconciled

Stage = Literal["loading", "segmenting", "recognising", "understanding"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is, ``done`` from 0.0 to 1.0."""

    stage: Stage
    done: float


@dataclass(frozen=True, slots=True)
class LanguageFound:
    """The language was chosen or detected."""

    language: LanguageChoice


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance and its Chinese, as soon as they are known."""

    utterance: Utterance
    translation: Translation


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole intake. Always the last event."""

    intake: Intake


Event = Progress | LanguageFound | Heard | Finished


class Pipeline:
    """One kiosk's stages, with the engines that were given to it. Not re-entrant."""

    def __init__(
        self,
        settings: Settings,
        *,
        detector: SpeechDetector | None,
        recognizers: Sequence[Recognizer] = (),
        scorers: Sequence[PhraseScorer] = (),
        translator: Translator | None = None,
    ) -> None:
        self.settings = settings
        self._detector = detector
        self._recognizers = tuple(recognizers)
        self._scorers = tuple(scorers)
        self._translator = translator

    @property
    def spoken(self) -> tuple[str, ...]:
        """The site's languages that can be spoken, as any words or as phrases, in the site's order."""
        return tuple(code for code in self.settings.site.languages if self.mode(code) is not None)

    def mode(self, language: str) -> Literal["transcript", "phrase"] | None:
        """Return how speech in a language is recognised; None when it can only be tapped."""
        if any(language in each.languages for each in self._recognizers):
            return "transcript"
        return "phrase" if any(language in each.languages for each in self._scorers) else None

    def from_recording(
        self, recording: Recording, *, language: str = "auto", question: str | None = None, check: Check = never
    ) -> Iterator[Event]:
        """Recognise, translate and write up one recording.

        Args:
            recording: 16 kHz mono samples.
            language: a code of ``kiosk.languages`` or ``auto`` to detect among the site's languages.
            question: id of the question that the patient answers, where that is known.
            check: called between pieces of work; raises to cancel.

        Raises:
            LanguageError: the language is not enabled on this site, or could not be detected.
            UnsupportedLanguageError: no installed engine knows the language; nothing was transcribed.
            ModelError: a model is missing or altered.
        """
        started = time.perf_counter()
        settings = self.settings
        if language != "auto":
            self._enabled(language)
            if self.mode(language) is None:
                recognition.choose(language, self._recognizers)  # says which languages could be heard
        if self._detector is None:
            raise RuntimeError("a pipeline without a speech detector takes text only")
        yield Progress("segmenting", 0.0)
        segments = segmentation.find(recording.samples, self._detector, settings.segmentation)
        yield Progress("segmenting", 1.0)
        check()
        if language == "auto":
            yield Progress("loading", 0.0)
            choice = recognition.detect(
                recording.samples,
                segments,
                enabled=settings.site.languages,
                recognizers=self._recognizers,
                settings=settings,
            )
        else:
            choice = LanguageChoice(code=language)
        yield LanguageFound(choice)
        utterances: list[Utterance] = []
        translations: list[Translation] = []
        cautions: list[Caution] = []
        translation_s = 0.0
        voiced_s = sum(segment.duration_s for segment in segments) or 1.0
        hearing = self._transcribe if self.mode(choice.code) == "transcript" else self._recognise_phrases
        for heard in hearing(recording.samples, segments, choice.code, question, check):
            if isinstance(heard, Progress):
                yield heard
                continue
            cautions.extend(heard.cautions)
            if heard.utterance is not None:
                before = time.perf_counter()
                translation = self._translated(heard.utterance, check)
                translation_s += time.perf_counter() - before
                utterances.append(heard.utterance)
                translations.append(translation)
                yield Heard(heard.utterance, translation)
            yield Progress("recognising", min(1.0, heard.voiced_s / voiced_s))
        recognition_s = time.perf_counter() - started - translation_s
        if segments and not utterances and not cautions:
            cautions.append(Caution(kind="no_words", detail="检测到语音，但未识别出文字"))
        yield from self._finish(
            choice,
            AudioInfo(duration_s=recording.duration_s, sha256=recording.sha256),
            utterances,
            translations,
            cautions,
            started=started,
            recognition_s=recognition_s,
            translation_s=translation_s,
            question=question,
        )

    def _transcribe(
        self, samples: Samples, segments: Sequence[Segment], language: str, _question: str | None, check: Check
    ) -> Iterator[Progress | recognition.Heard]:
        recognizer = recognition.choose(language, self._recognizers)
        yield Progress("loading", 0.0)
        recognizer.load(check)
        yield Progress("loading", 1.0)
        yield from recognition.transcribe(
            samples, segments, language=language, recognizer=recognizer, settings=self.settings, check=check
        )

    def _recognise_phrases(
        self, samples: Samples, segments: Sequence[Segment], language: str, question: str | None, check: Check
    ) -> Iterator[Progress | recognition.Heard]:
        scorer = phrases.choose(language, self._scorers)
        yield Progress("loading", 0.0)
        scorer.load(check)
        preparing = phrase_mode.prepare(
            scorer, language=language, question=question, settings=self.settings, check=check
        )
        while True:
            try:
                done, total = next(preparing)
            except StopIteration as ready:
                closed: phrase_mode.Closed = ready.value
                break
            yield Progress("loading", done / total)
        yield Progress("loading", 1.0)
        yield from phrase_mode.listen(
            samples,
            segments,
            language=language,
            scorer=scorer,
            closed=closed,
            settings=self.settings,
            check=check,
        )

    def from_text(
        self, text: str, *, language: str, mode: Mode = "text", question: str | None = None, check: Check = never
    ) -> Iterator[Event]:
        """Translate and write up words that were typed or tapped instead of spoken.

        Raises:
            LanguageError: the language is not enabled, or is ``auto`` (typed words name their language).
        """
        started = time.perf_counter()
        if language == "auto":
            raise LanguageError("Typed words need their language.", remedy="Name it with --lang CODE.")
        self._enabled(language)
        choice = LanguageChoice(code=language)
        yield LanguageFound(choice)
        utterances = [Utterance(id="u1", text=text, language=language, mode=mode)] if text.strip() else []
        before = time.perf_counter()
        translations = [self._translated(utterance, check) for utterance in utterances]
        translation_s = time.perf_counter() - before
        for utterance, translation in zip(utterances, translations, strict=True):
            yield Heard(utterance, translation)
        yield from self._finish(
            choice, None, utterances, translations, [], started=started, translation_s=translation_s, question=question
        )

    def _translated(self, utterance: Utterance, check: Check) -> Translation:
        return reconciled(utterance, self._translator, back=self.settings.translation.back_translation, check=check)

    def _enabled(self, code: str) -> None:
        language = languages.get(code)
        if code not in self.settings.site.languages:
            raise LanguageError(
                f"{language.zh} ({code}) is not enabled on this site.",
                remedy=f"Choose one of {', '.join(self.settings.site.languages)}, "
                "or add it to [site] languages in kiosk.toml.",
            )

    def _finish(
        self,
        choice: LanguageChoice,
        audio: AudioInfo | None,
        utterances: Sequence[Utterance],
        translations: Sequence[Translation],
        cautions: Sequence[Caution],
        *,
        started: float,
        recognition_s: float = 0.0,
        translation_s: float = 0.0,
        question: str | None = None,
    ) -> Iterator[Event]:
        yield Progress("understanding", 0.0)
        before = time.perf_counter()
        written = note.write(
            utterances, translations, lexicon=lexicon.load(choice.code), question=question, warnings=cautions
        )
        note_s = time.perf_counter() - before
        yield Progress("understanding", 1.0)
        yield Finished(
            Intake(
                language=choice,
                audio=audio,
                utterances=tuple(utterances),
                translations=tuple(translations),
                note=written,
                timing=Timing(
                    audio_s=audio.duration_s if audio else 0.0,
                    recognition_s=recognition_s,
                    translation_s=translation_s,
                    note_s=note_s,
                    total_s=time.perf_counter() - started,
                ),
            )
        )


def run(events: Iterator[Event]) -> Intake:
    """Run to the end and return the intake."""
    intake = None
    for event in events:
        if isinstance(event, Finished):
            intake = event.intake
    if intake is None:
        raise RuntimeError("the pipeline ended without an intake")
    return intake
