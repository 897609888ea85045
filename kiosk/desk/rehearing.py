"""An encounter written up again by another engine: a new intake from the same recording, or from the same words.

Of an interview each answer is heard by itself, as the answer to its question; what was tapped stays. What the patient
confirmed was about the earlier writing-up and is not carried over: the nurse looks at the new one afresh.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from kiosk import audio, engines, lexicon, models, note, pipeline, translation
from kiosk.answers import Interview
from kiosk.audio import Recording
from kiosk.encounter import Caution, Intake, Timing, Translation, Utterance
from kiosk.errors import InputError, KioskError
from kiosk.phrases import PhraseScorer
from kiosk.pipeline import Finished, Pipeline, Progress
from kiosk.recognition import SAMPLE_RATE, Check
from kiosk.settings import Settings
from kiosk.translation import Translator

_MARGIN_S = 0.3
"""Heard on both sides of an answer: the earlier engine may have cut it short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An engine that can write up an encounter.

    Attributes:
        name: the model's name, or ``server``.
        kind: ``hearing`` makes new words of the recording, ``translation`` new Chinese of the same words.
    """

    name: str
    kind: Literal["hearing", "translation"]


MakePipeline = Callable[[Offer, Settings], Pipeline]
MakeTranslator = Callable[[Offer, Settings], Translator | None]


def offers(settings: Settings, language: str, *, audio_there: bool) -> tuple[Offer, ...]:
    """Return the installed engines that know a language, those that hear first."""
    found: list[Offer] = []
    for model in models.registry().values():
        hears = model.engine in engines.RECOGNIZERS or model.engine in engines.SCORERS
        if model.kind == "asr" and hears and audio_there and models.status(model.name) != "absent":
            try:
                machine = pipeline_of(Offer(name=model.name, kind="hearing"), settings)
            except KioskError:
                continue  # a part of it is missing: kiosk doctor says which
            if machine.mode(language) is not None:
                found.append(Offer(name=model.name, kind="hearing"))
    found += [
        Offer(name=model.name, kind="translation")
        for model in models.registry().values()
        if model.engine in engines.TRANSLATORS and models.status(model.name) != "absent"
    ]
    if settings.translation.server:
        found.append(Offer(name=engines.SERVER, kind="translation"))
    return tuple(found)


def pipeline_of(offer: Offer, settings: Settings) -> Pipeline:
    """Return a pipeline that hears with one model alone, not loaded yet."""
    recognizer = engines.recognizer(offer.name, settings)
    scorers: tuple[PhraseScorer, ...] = ()
    with suppress(KioskError):  # a model that only transcribes
        scorers = (engines.scorer(offer.name, settings, sharing=[recognizer]),)
    return Pipeline(
        settings,
        detector=engines.detector(),
        recognizers=(recognizer,),
        scorers=scorers,
        translator=engines.site_translator(settings),
    )


def translator_of(offer: Offer, settings: Settings) -> Translator | None:
    """Return a translation engine by name, not loaded yet."""
    return engines.translator(settings, offer.name)


def heard_again(
    machine: Pipeline, intake: Intake, recording: Recording, *, check: Check
) -> Iterator[Progress | Intake]:
    """Hear a recording again; the new intake comes last.

    Raises:
        KioskError: the engine failed or does not know the language.
        Cancelled: ``check`` raised it.
    """
    if intake.interview is None:
        question = intake.utterances[0].question if intake.utterances else None
        code = intake.language.code
        for event in machine.from_recording(recording, language=code, question=question, check=check):
            check()
            if isinstance(event, Progress):
                yield event
            elif isinstance(event, Finished):
                yield replace(event.intake, language=intake.language, audio=intake.audio)
        return
    yield from _answers_again(machine, intake, intake.interview, recording, check)


def translated_again(
    translator: Translator | None, intake: Intake, settings: Settings, *, check: Check
) -> Iterator[Progress | Intake]:
    """Translate the same words again; the new intake comes last."""
    started = time.perf_counter()
    translations: list[Translation] = []
    for index, utterance in enumerate(intake.utterances):
        yield Progress("understanding", index / len(intake.utterances))
        back = settings.translation.back_translation
        translations.append(translation.reconciled(utterance, translator, back=back, check=check))
    took = time.perf_counter() - started
    yield _written(intake, intake.utterances, translations, _kept_cautions(intake), took)


def _answers_again(
    machine: Pipeline, intake: Intake, interview: Interview, recording: Recording, check: Check
) -> Iterator[Progress | Intake]:
    started = time.perf_counter()
    utterances: list[Utterance] = []
    translations: list[Translation] = []
    renamed: dict[str, tuple[str, ...]] = {}
    before = {each.utterance_id: each for each in intake.translations}
    groups = _groups(intake.utterances)
    for done, group in enumerate(groups):
        check()
        yield Progress("recognising", done / len(groups))
        if group[0].end_s <= group[0].start_s:  # tapped or typed: nothing to hear
            pairs = [(each, before[each.id]) for each in group if each.id in before]
        else:
            pairs = _answer_again(machine, group, recording, check)
        named = []
        for said, chinese in pairs:
            name = f"u{len(utterances) + 1}"
            named.append(name)
            utterances.append(replace(said, id=name))
            translations.append(replace(chinese, utterance_id=name))
        for each in group:
            renamed[each.id] = tuple(named)
    answers = tuple(
        replace(
            answer,
            utterance_ids=tuple(dict.fromkeys(name for old in answer.utterance_ids for name in renamed.get(old, ()))),
        )
        for answer in interview.answers
    )
    again = replace(intake, interview=replace(interview, answers=answers, confirmations=()))
    yield _written(again, utterances, translations, (), time.perf_counter() - started)


def _groups(utterances: Sequence[Utterance]) -> list[list[Utterance]]:
    """Put neighbours that answer the same question by voice together; what was tapped stands alone."""
    groups: list[list[Utterance]] = []
    for each in utterances:
        spoken = each.end_s > each.start_s
        last = groups[-1][-1] if groups else None
        if last is not None and spoken and last.end_s > last.start_s and last.question == each.question:
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _answer_again(
    machine: Pipeline, group: Sequence[Utterance], recording: Recording, check: Check
) -> list[tuple[Utterance, Translation]]:
    start = max(0.0, group[0].start_s - _MARGIN_S)
    end = min(recording.duration_s, group[-1].end_s + _MARGIN_S)
    piece = audio.from_samples(recording.samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)])
    question, language = group[0].question, group[0].language
    intake = pipeline.run(machine.from_recording(piece, language=language, question=question, check=check))
    chinese = {each.utterance_id: each for each in intake.translations}
    return [
        (
            replace(each, start_s=each.start_s + start, end_s=each.end_s + start, question=question),
            chinese[each.id],
        )
        for each in intake.utterances
    ]


def _kept_cautions(intake: Intake) -> tuple[Caution, ...]:
    """Return what the note warns of that came neither with an utterance nor with a translation."""
    theirs = {caution for each in intake.utterances for caution in each.warnings}
    theirs |= {caution for each in intake.translations for caution in each.warnings}
    return tuple(each for each in intake.note.warnings if each not in theirs and each.kind != "draft_terms")


def _written(
    intake: Intake,
    utterances: Sequence[Utterance],
    translations: Sequence[Translation],
    cautions: Sequence[Caution],
    took_s: float,
) -> Intake:
    if not utterances:
        raise InputError("Nobody's words are in this encounter.")
    interview = intake.interview
    written = note.write(
        utterances,
        translations,
        lexicon=lexicon.load(intake.language.code),
        warnings=cautions,
        answers=None if interview is None else interview.answers,
    )
    person = written.person if written.person.age_years is not None else intake.note.person
    return replace(
        intake,
        utterances=tuple(utterances),
        translations=tuple(translations),
        note=replace(written, person=person),
        timing=Timing(audio_s=intake.timing.audio_s, total_s=took_s),
        interview=None if interview is None else replace(interview, confirmations=()),
    )
