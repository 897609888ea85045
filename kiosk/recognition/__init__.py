"""Speech to utterances: the engine protocol, and the policy that chooses an engine and guards what it says."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kiosk import languages
from kiosk.encounter import Caution, LanguageChoice, Segment, Utterance
from kiosk.errors import LanguageError, UnsupportedLanguageError
from kiosk.recognition import guards
from kiosk.settings import Settings

Samples = NDArray[np.float32]
"""Mono audio at 16 kHz, shape (n,), values in -1.0 … 1.0."""

SAMPLE_RATE = 16_000

OTHER = "other"
"""In language probabilities, the mass of every language that is not a candidate."""

_DETECTION_S = 30.0  # what an engine reads at most

Check = Callable[[], None]
"""Called between pieces of long work; raises :class:`kiosk.errors.Cancelled` when a person has stopped it."""


def never() -> None:
    """Never cancel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """What an engine heard in one segment, normalised at the engine's edge.

    Attributes:
        text: the transcript, stripped; empty when the engine heard no words.
        mean_log_prob: mean natural-log probability a token (≤ 0).
        no_speech_prob: the engine's own probability that nobody spoke (0–1).
        compression_ratio: UTF-8 bytes of the text by bytes of its zlib compression; loops are high.
        tokens: number of text tokens.
        temperature: the sampling temperature that gave this text (0.0 is greedy or beam search).
        language_probability: of the language that it was asked for, and of those that are heard in its place (0–1).
        rivals: other texts that the search found nearly as likely, best first.
    """

    text: str
    mean_log_prob: float
    no_speech_prob: float
    compression_ratio: float
    tokens: int
    temperature: float = 0.0
    language_probability: float = 1.0
    rivals: tuple[str, ...] = ()


class Recognizer(Protocol):
    """An open-transcript engine. Not re-entrant: one thread owns it."""

    @property
    def engine(self) -> str:
        """``name@revision``."""

    @property
    def languages(self) -> frozenset[str]:
        """Codes of ``kiosk.languages`` that it transcribes well enough to be shown as a patient's words."""

    @property
    def tells(self) -> frozenset[str]:
        """Those of its languages that it tells from others by ear, in :meth:`language_probabilities`."""

    def load(self, check: Check = never) -> None:
        """Load the weights; a second call does nothing. Raises ModelError when a file is missing or altered."""

    def recognize(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:
        """Transcribe one segment of at most 30 s."""

    def glance(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:
        """Transcribe speech that still goes on, fast: for showing, never for the note."""

    def language_probabilities(self, samples: Samples, candidates: Sequence[str]) -> Mapping[str, float]:
        """Return the probability of each candidate and, under :data:`OTHER`, of all other languages together.

        They sum to 1. They are not renormalised over the candidates: speech in a language that is not among them
        would come out as a sure guess of its nearest neighbour. Reads at most the first 30 s.
        """


class SpeechStream(Protocol):
    """A voice activity detector on sound that still goes on."""

    @property
    def frame_s(self) -> float:
        """Seconds a frame."""

    def push(self, samples: Samples) -> NDArray[np.float32]:
        """Take the next samples and return the probability of speech in each frame that they complete."""


class SpeechDetector(Protocol):
    """A voice activity detector."""

    @property
    def engine(self) -> str:
        """``name@revision``."""

    @property
    def frame_s(self) -> float:
        """Seconds a frame."""

    def probabilities(self, samples: Samples) -> NDArray[np.float32]:
        """Return the probability of speech in each frame, shape (frames,)."""

    def stream(self) -> SpeechStream:
        """Return a fresh stream; several may be open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of one segment.

    Attributes:
        segment: where it is in the recording.
        utterance: the patient's words, or None when there were none, or none to be believed.
        cautions: why there are none, for the nurse.
        voiced_s: seconds of speech done so far, this segment included.
    """

    segment: Segment
    utterance: Utterance | None
    cautions: tuple[Caution, ...]
    voiced_s: float


def choose(language: str, recognizers: Sequence[Recognizer]) -> Recognizer:
    """Return the first engine that knows a language.

    Raises:
        LanguageError: there is no such language.
        UnsupportedLanguageError: no engine knows it. It is never transcribed as another language: Whisper base turns
            Uyghur into fluent, confident, wrong Turkish.
    """
    wanted = languages.get(language)
    for recognizer in recognizers:
        if language in recognizer.languages:
            return recognizer
    known = [code for code in languages.known() if any(code in recognizer.languages for recognizer in recognizers)]
    names = ", ".join(f"{languages.get(code).zh} ({code})" for code in known) or "none"
    raise UnsupportedLanguageError(
        f"No installed model can write down speech in {wanted.zh} ({language}); open transcription knows: {names}.",
        remedy="Let the patient tap the phrases in `kiosk run`, or type the words: "
        f'kiosk note --lang {language} --text "…"',
    )


def detect(
    samples: Samples,
    segments: Sequence[Segment],
    *,
    enabled: Sequence[str],
    recognizers: Sequence[Recognizer],
    settings: Settings,
    check: Check = never,
) -> LanguageChoice:
    """Tell the language of a recording's speech, among the enabled languages that an engine knows, or refuse.

    The probability is over every language that the engine can hear, not over the candidates alone. Uyghur is not among
    Whisper's languages: it hears it as Turkish, Azerbaijani, English …, spread thin (0.77 at most on real speech, 0.88
    on a formant voice), where a language that it does know comes out at 0.9 and more. So a site's threshold keeps
    unknown languages from being taken for enabled ones.

    Args:
        samples: the whole recording.
        segments: where the speech is; the first 30 s of speech are heard.
        enabled: the site's languages, preferred first.
        recognizers: the installed engines.
        settings: ``recognition.min_language_probability`` is the threshold.
        check: called between engines; raises to cancel.

    Raises:
        LanguageError: there is no speech, or no candidate is sure enough; a person must choose.
        UnsupportedLanguageError: no engine tells any of the enabled languages.
    """
    pick = f"Choose the language with --lang: {', '.join(enabled)}."
    if not any(code in recognizer.tells for code in enabled for recognizer in recognizers):
        raise UnsupportedLanguageError("No installed model knows any of the enabled languages.", remedy=pick)
    speech = _voiced(samples, segments)
    if not speech.size:
        raise LanguageError("The language cannot be detected: no speech was found in the recording.", remedy=pick)
    # Whisper hears Uyghur as fluent Turkish: where both are enabled, only a person can say that it is Turkish, though
    # another engine may write Uyghur down.
    unknown = [code for code in enabled if not any(code in recognizer.tells for recognizer in recognizers)]
    doubtful = {other for code in unknown for other in languages.get(code).mistaken_for}
    best, surest = "", 0.0
    for recognizer in recognizers:
        candidates = [code for code in enabled if code in recognizer.tells and code not in doubtful]
        if not candidates:
            continue
        check()
        heard = recognizer.language_probabilities(speech, candidates)
        for code in candidates:
            if heard[code] > surest:
                best, surest = code, heard[code]
    needed = settings.recognition.min_language_probability
    if surest < needed:
        raise LanguageError(
            f"The language could not be detected: the surest guess has probability {surest:.2f}, not {needed:.2f}. "
            "It may be one that no installed model knows.",
            remedy=pick,
        )
    return LanguageChoice(code=best, evidence="detected", score=surest)


def transcribe(
    samples: Samples,
    segments: Sequence[Segment],
    *,
    language: str,
    recognizer: Recognizer,
    settings: Settings,
    check: Check = never,
    first_id: int = 1,
) -> Iterator[Heard]:
    """Write down each segment, in order: each yields one :class:`Heard`, with words or with the reason for none.

    Args:
        samples: the whole recording.
        segments: at most 30 s each.
        language: a code that ``recognizer`` knows; it is never guessed.
        first_id: number of the first utterance; only accepted ones are counted.

    Raises:
        EngineError: the engine failed.
        Cancelled: ``check`` raised it; what was yielded before stands.
    """
    number, voiced_s = first_id, 0.0
    for segment in segments:
        check()
        voiced_s += segment.duration_s
        hypothesis = recognizer.recognize(_cut(samples, segment), language=language, check=check)
        text = guards.clean(hypothesis.text)
        reason = (
            guards.judge(hypothesis, language=language, duration_s=segment.duration_s, limits=settings.recognition)
            if any(char.isalnum() for char in text)
            else guards.no_words(segment.duration_s)
        )
        if reason is not None:
            yield Heard(segment=segment, utterance=None, cautions=(_placed(reason, segment),), voiced_s=voiced_s)
            continue
        utterance = Utterance(
            id=f"u{number}",
            text=text,
            language=language,
            mode="transcript",
            start_s=segment.start_s,
            end_s=segment.end_s,
            score=round(min(1.0, math.exp(hypothesis.mean_log_prob)), 4),
            engine=recognizer.engine,
            warnings=guards.doubtful(hypothesis),
        )
        number += 1
        yield Heard(segment=segment, utterance=utterance, cautions=(), voiced_s=voiced_s)


def _placed(caution: Caution, segment: Segment) -> Caution:
    """Say where to listen."""
    return Caution(kind=caution.kind, detail=f"第{segment.start_s:.1f}–{segment.end_s:.1f}秒：{caution.detail}")


def _cut(samples: Samples, segment: Segment) -> Samples:
    return samples[round(segment.start_s * SAMPLE_RATE) : round(segment.end_s * SAMPLE_RATE)]


def _voiced(samples: Samples, segments: Sequence[Segment]) -> Samples:
    pieces = [_cut(samples, segment) for segment in segments]
    return np.concatenate([np.zeros(0, np.float32), *pieces])[: round(_DETECTION_S * SAMPLE_RATE)]
