"""Speech to utterances by phrase recognition: the second way of listening, for languages that no engine writes down."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from kiosk import phrases
from kiosk.encounter import Caution, Segment, Utterance
from kiosk.phrases import Candidate, PhraseScorer, Ranking, cohort
from kiosk.recognition import SAMPLE_RATE, Check, Heard, Samples, never
from kiosk.settings import Settings


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed set, ready to be listened for."""

    offered: tuple[Candidate, ...]
    norms: phrases.Norms


def prepare(
    scorer: PhraseScorer, *, language: str, question: str | None, settings: Settings, check: Check = never
) -> Generator[tuple[int, int], None, Closed]:
    """Return the phrases of a question (complaints where none is asked) with their norms.

    Yields:
        (done, total) while norms are measured: once for each set of phrases on a machine.

    Raises:
        InputError: the question has no phrases in this language.
        ModelError: the model is missing or altered.
    """
    offered = phrases.candidates(language, question or "complaint")
    norms = yield from cohort.norms(scorer, offered, language=language, settings=settings, check=check)
    return Closed(offered, norms)


def listen(
    samples: Samples,
    segments: Sequence[Segment],
    *,
    language: str,
    scorer: PhraseScorer,
    closed: Closed,
    settings: Settings,
    check: Check = never,
) -> Iterator[Heard]:
    """Recognise each stretch of speech as one phrase, in order.

    What is not accepted is an utterance without text that carries the best three: the patient chooses, nobody guesses.

    Args:
        samples: the whole recording.
        segments: where the speech is.
    """
    voiced_s = 0.0
    for number, stretch in enumerate(phrases.stretches(segments, pause_s=settings.phrases.pause_s), start=1):
        check()
        voiced_s += stretch.duration_s
        piece = samples[round(stretch.start_s * SAMPLE_RATE) : round(stretch.end_s * SAMPLE_RATE)]
        scores = scorer.score(piece, closed.offered, closed.norms, language=language, check=check)
        ranking = phrases.rank(closed.offered, scores, settings.phrases, top=phrases.OFFERED, scale=scorer.scale)
        yield Heard(
            segment=stretch,
            utterance=_utterance(f"u{number}", stretch, ranking, language=language, engine=scorer.engine),
            cautions=(),
            voiced_s=voiced_s,
        )


def _utterance(name: str, stretch: Segment, ranking: Ranking, *, language: str, engine: str) -> Utterance:
    where = f"第{stretch.start_s:.1f}–{stretch.end_s:.1f}秒"
    warning = (
        Caution(kind="phrase_heard", detail=f"{where}：由短语识别得出，须与患者核对")
        if ranking.accepted
        else Caution(kind="phrase_unsure", detail=f"{where}：短语识别把握不足，未写入，请患者在候选短语中确认")
    )
    return Utterance(
        id=name,
        text=ranking.top[0].text if ranking.accepted else "",
        language=language,
        mode="phrase",
        start_s=stretch.start_s,
        end_s=stretch.end_s,
        score=ranking.probability,
        alternatives=ranking.top,
        engine=engine,
        warnings=(warning,),
    )
