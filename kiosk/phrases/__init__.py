"""Phrase recognition: which of a closed set of phrases was said, in any language, without a model of that language.

The candidates of the current question are scored by a speech model's own likelihood given the audio, and each score is
compared with what the same candidate scores on unrelated audio (the cohort). That is T-norm (Auckenthaler, Carey and
Lloyd-Thomas, Digital Signal Processing 10, 2000, pages 42–54), known from speaker verification, with the roles of
model and test turned round: some phrases are likely whatever is said, and the cohort knows which.

A phrase is *accepted* when it stands out: a floor for its own score and a margin over the second. Otherwise the best
three are offered to the patient, who decides. Nothing that was not accepted reaches the note.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kiosk import languages, line_files, phrasebook
from kiosk.encounter import Alternative, Segment
from kiosk.errors import EngineError, InputError, UnsupportedLanguageError
from kiosk.phrases.spelling import spellings
from kiosk.recognition import SAMPLE_RATE, Check, Samples, never
from kiosk.settings import Phrases

Norms = Mapping[str, NDArray[np.float32]]
"""What an engine keeps of the cohort for one set of candidates: named arrays that only it understands."""

OFFERED = 3
"""Phrases that a patient is asked to choose from: more are not read."""


LONGEST_S = 12.0
"""Seconds that a phrase takes at most: longer speech is a story, for an interpreter or an open transcript."""


READ_S = 28.0
"""Seconds of a recording that are read at most: an engine's limit is 30."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One phrase that may have been said.

    Attributes:
        phrase_id: unique within the set.
        text: in the patient's script; what is shown.
        spellings: what the engine scores: the text itself where that works best; the second, if any, settles what the
            first leaves close.
        zh: standard Chinese; may be empty for a set that a caller brings.
    """

    phrase_id: str
    text: str
    spellings: tuple[str, ...]
    zh: str = ""


class PhraseScorer(Protocol):
    """An engine that says how well each phrase fits the audio. Not re-entrant: one thread owns it."""

    @property
    def engine(self) -> str:
        """``name@revision``."""

    @property
    def scale(self) -> str:
        """How its scores come about: floor and margin hold for one way (``phrases.scale`` of the settings)."""

    @property
    def languages(self) -> frozenset[str]:
        """Codes of ``kiosk.languages`` whose phrases it can score."""

    def load(self, check: Check = never) -> None:
        """Load the weights; a second call does nothing."""

    def identity(self, language: str) -> str:
        """Return everything but the candidates that its scores depend on. Norms of another identity are void."""

    def measure(self, samples: Samples, offered: Sequence[Candidate], *, language: str, check: Check = never) -> Norms:
        """Score every candidate on one clip of the cohort. Takes seconds; the mean over the cohort is kept on disk."""

    def score(
        self,
        samples: Samples,
        offered: Sequence[Candidate],
        norms: Norms,
        *,
        language: str,
        check: Check = never,
    ) -> NDArray[np.float32]:
        """Return the normalised score of each candidate, shape (candidates,), higher is better.

        NaN stands for a candidate that was left behind on the way. ``samples`` are one utterance of at most 30 s.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The candidates in the order in which they fit.

    Attributes:
        candidates: how many there were.
        top: the best, best first; ``score`` is the normalised log-likelihood a token.
        accepted: the first stands out enough to be taken for what was said.
        probability: that the first is right (0–1), by ``phrases.slope`` and ``phrases.offset`` of the settings.
    """

    candidates: int
    top: tuple[Alternative, ...]
    accepted: bool
    probability: float


def candidates(language: str, question: str | None = None) -> tuple[Candidate, ...]:
    """Return the phrasebook's phrases for a question, or all of them.

    Raises:
        InputError: there is no such question, or no phrase of it in this language.
    """
    languages.get(language)
    if question is not None and question not in phrasebook.questions():
        raise InputError(
            f"There is no question {question!r} in the phrasebook.",
            remedy=f"Questions: {', '.join(phrasebook.questions())}.",
        )
    found = tuple(
        Candidate(
            phrase_id=phrase.phrase_id, text=phrase.text, spellings=spellings(phrase.text, language), zh=phrase.zh
        )
        for phrase in phrasebook.load(language, question)
    )
    if not found:
        raise InputError(
            f"The phrasebook has no phrases in {languages.get(language).zh} ({language}).",
            remedy=f"Add them to config/phrasebook/{language}.tsv, or name a file with --candidates.",
        )
    return found


def read_candidates(path: Path, language: str) -> tuple[Candidate, ...]:
    """Read a file of candidates: ``id<TAB>text[<TAB>zh]`` a line, UTF-8, without a header; blank lines are skipped.

    Raises:
        InputError: the file cannot be read, a line has no text, or an id stands twice.
    """
    languages.get(language)
    found: dict[str, Candidate] = {}
    for number, line in line_files.numbered(path, encoding="utf-8-sig"):
        phrase_id, text, zh, *rest = (cell.strip() for cell in (*line.split("\t"), "", "", "")[:4])
        if not phrase_id or not text or rest != [""]:
            raise InputError(
                f"{path}, line {number} is not a candidate.", remedy="Write id, TAB, text and optionally TAB, Chinese."
            )
        if phrase_id in found:
            raise InputError(f"{path}, line {number}: the id {phrase_id!r} stands twice.")
        found[phrase_id] = Candidate(phrase_id=phrase_id, text=text, spellings=spellings(text, language), zh=zh)
    if not found:
        raise InputError(f"{path} holds no candidates.", remedy="Write one a line: id, TAB, text.")
    return tuple(found.values())


def choose(language: str, scorers: Sequence[PhraseScorer]) -> PhraseScorer:
    """Return the first engine that can score phrases of a language.

    Raises:
        LanguageError: there is no such language.
        UnsupportedLanguageError: no engine can.
    """
    wanted = languages.get(language)
    for scorer in scorers:
        if language in scorer.languages:
            return scorer
    raise UnsupportedLanguageError(
        f"No installed model can score phrases in {wanted.zh} ({language}).", remedy="Run: kiosk doctor"
    )


def stretches(segments: Sequence[Segment], *, pause_s: float, max_s: float = LONGEST_S) -> tuple[Segment, ...]:
    """Return the segments as one stretch a phrase: those with at most ``pause_s`` between them belong together.

    A stretch of more than ``max_s`` is not continued: what follows is a phrase of its own.
    """
    joined: list[Segment] = []
    for segment in segments:
        last = joined[-1] if joined else None
        if last and segment.start_s - last.end_s <= pause_s and segment.end_s - last.start_s <= max_s:
            joined[-1] = Segment(last.start_s, segment.end_s)
        else:
            joined.append(segment)
    return tuple(joined)


def spoken(samples: Samples, segments: Sequence[Segment]) -> Samples:
    """Return a recording from its first speech to its last as one phrase; all of it where no speech was found."""
    if segments:
        samples = samples[round(segments[0].start_s * SAMPLE_RATE) : round(segments[-1].end_s * SAMPLE_RATE)]
    return samples[: round(READ_S * SAMPLE_RATE)]


def refuse_if_too_long(samples: Samples) -> None:
    """Raise EngineError for audio that no engine reads as one phrase."""
    if len(samples) > READ_S * SAMPLE_RATE:
        raise EngineError(f"{len(samples) / SAMPLE_RATE:.1f} s is too long for a phrase: at most {READ_S:.0f} s.")


def rank(
    offered: Sequence[Candidate],
    scores: NDArray[np.float32],
    settings: Phrases,
    *,
    top: int,
    scale: str,
    speech: bool = True,
) -> Ranking:
    """Order the candidates by their scores, best first, and decide whether the first is accepted.

    Args:
        offered: at least one.
        scores: shape (candidates,); NaN for those left behind.
        top: how many to return at most.
        scale: of the scorer. Where floor and margin were measured on another, nothing is accepted: all is offered.
        speech: somebody spoke; what nobody said is never accepted.
    """
    order = [int(index) for index in np.argsort(-scores, kind="stable") if not math.isnan(scores[index])]
    if not order:
        return Ranking(candidates=len(offered), top=(), accepted=False, probability=0.0)
    best = float(scores[order[0]])
    # Alone, a candidate competes with the floor only.
    margin = best - float(scores[order[1]]) if len(order) > 1 else best
    probability = 1 / (1 + math.exp(-(settings.slope * margin + settings.offset)))
    return Ranking(
        candidates=len(offered),
        top=tuple(
            Alternative(
                phrase_id=offered[index].phrase_id,
                text=offered[index].text,
                zh=offered[index].zh,
                score=round(float(scores[index]), 4),
            )
            for index in order[:top]
        ),
        accepted=speech and scale == settings.scale and best >= settings.floor and margin >= settings.margin,
        probability=round(probability, 4),
    )
