"""Engines that play a script: for tests, and for showing the screens without a model.

They keep the protocols of ``kiosk.recognition`` to the letter, cancellation included, so that what works with them
works with the real engines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kiosk.encounter import Segment
from kiosk.errors import EngineError
from kiosk.phrases import Candidate, Norms
from kiosk.recognition import OTHER, SAMPLE_RATE, Check, Hypothesis, Samples, never
from kiosk.translation import Rendered


def key(samples: Samples) -> str:
    """Return the SHA-256 (hex) of the samples, as a script by content names them."""
    return hashlib.sha256(np.ascontiguousarray(samples, dtype="<f4").tobytes()).hexdigest()


def said(text: str, *, mean_log_prob: float = -0.1, no_speech_prob: float = 0.02) -> Hypothesis:
    """Return a hypothesis as a good engine gives it for clear speech."""
    return Hypothesis(
        text=text,
        mean_log_prob=mean_log_prob,
        no_speech_prob=no_speech_prob,
        compression_ratio=1.0 if text else 0.0,
        tokens=len(text.split()),
    )


class ScriptedRecognizer:
    """A :class:`kiosk.recognition.Recognizer` that answers from a script.

    Args:
        script: hypotheses (or plain texts) in the order of the calls, or by :func:`key` of the segment's samples.
        languages: codes that it claims to know.
        hears: its probability of each language, for detection; what they lack of 1 is some other language.
        engine: ``name@revision``.
    """

    def __init__(
        self,
        script: Iterable[Hypothesis | str] | Mapping[str, Hypothesis | str],
        *,
        languages: Iterable[str],
        hears: Mapping[str, float] | None = None,
        engine: str = "scripted@1",
    ) -> None:
        self._by_key = dict(script) if isinstance(script, Mapping) else None
        self._in_order = iter(()) if isinstance(script, Mapping) else iter(script)
        self._languages = frozenset(languages)
        self._hears = dict(hears or {})
        self._engine = engine

    @property
    def engine(self) -> str:
        return self._engine

    @property
    def languages(self) -> frozenset[str]:
        return self._languages

    @property
    def tells(self) -> frozenset[str]:
        return self._languages

    def load(self, check: Check = never) -> None:
        check()

    def recognize(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:
        """Return the script's next line.

        Raises:
            EngineError: the script has no line for this, or the language is not one it claims.
        """
        check()
        if language not in self._languages:
            raise EngineError(f"The scripted engine was asked for {language!r}, which it does not know.")
        line = self._by_key.get(key(samples)) if self._by_key is not None else next(self._in_order, None)
        if line is None:
            raise EngineError("The scripted engine has no line for this segment.")
        return said(line) if isinstance(line, str) else line

    def glance(
        self,
        samples: Samples,
        *,
        language: str,  # noqa: ARG002 - the protocol's name
        check: Check = never,
    ) -> Hypothesis:
        """Return the line that :meth:`recognize` would, for a script by content; in order, nothing before the end."""
        check()
        line = self._by_key.get(key(samples), "") if self._by_key is not None else ""
        return said(line) if isinstance(line, str) else line

    def language_probabilities(
        self,
        samples: Samples,  # noqa: ARG002 - the protocol's name; the script says what is heard
        candidates: Sequence[str],
    ) -> Mapping[str, float]:
        found = {code: self._hears.get(code, 0.0) for code in candidates}
        return {**found, OTHER: max(0.0, 1.0 - sum(found.values()))}


class ScriptedDetector:
    """A :class:`kiosk.recognition.SpeechDetector` that hears speech where it is told; by default, everywhere."""

    def __init__(self, speech: Sequence[Segment] | None = None, *, frame_s: float = 0.032) -> None:
        self._speech = speech
        self._frame_s = frame_s

    @property
    def engine(self) -> str:
        return "scripted@1"

    @property
    def frame_s(self) -> float:
        return self._frame_s

    def probabilities(self, samples: Samples) -> NDArray[np.float32]:
        frames = -(-len(samples) // round(self._frame_s * SAMPLE_RATE))
        if self._speech is None:
            return np.ones(frames, np.float32)
        middles = (np.arange(frames) + 0.5) * self._frame_s
        voiced = np.zeros(frames, bool)
        for segment in self._speech:
            voiced |= (middles >= segment.start_s) & (middles < segment.end_s)
        return voiced.astype(np.float32)

    def stream(self) -> ScriptedStream:
        return ScriptedStream(self)


class ScriptedStream:
    """A :class:`kiosk.recognition.SpeechStream` over what a :class:`ScriptedDetector` was told."""

    def __init__(self, detector: ScriptedDetector) -> None:
        self._detector = detector
        self._heard = 0
        self._given = 0

    @property
    def frame_s(self) -> float:
        return self._detector.frame_s

    def push(self, samples: Samples) -> NDArray[np.float32]:
        self._heard += len(samples)
        whole = self._heard // round(self.frame_s * SAMPLE_RATE)
        fresh = self._detector.probabilities(np.zeros(self._heard, np.float32))[self._given : whole]
        self._given = whole
        return fresh


class ScriptedScorer:
    """A :class:`kiosk.phrases.PhraseScorer` that likes some spellings more than others, whatever is said.

    Args:
        likes: score of a spelling; all others have 0.
        languages: codes that it scores.
    """

    def __init__(self, likes: Mapping[str, float], *, languages: Iterable[str], engine: str = "scripted@1") -> None:
        self._likes = dict(likes)
        self._languages = frozenset(languages)
        self._engine = engine
        self.measured = 0
        """Clips of a cohort that were measured so far."""

    @property
    def engine(self) -> str:
        return self._engine

    @property
    def scale(self) -> str:
        return "whisper"

    @property
    def languages(self) -> frozenset[str]:
        return self._languages

    def load(self, check: Check = never) -> None:
        check()

    def identity(self, language: str) -> str:
        return f"{self._engine} {language}"

    def measure(
        self,
        samples: Samples,  # noqa: ARG002 - the protocol's name; what is said makes no difference
        offered: Sequence[Candidate],
        *,
        language: str,  # noqa: ARG002 - the protocol's name
        check: Check = never,
    ) -> Norms:
        check()
        self.measured += 1
        return {"level": np.full(len(offered), self.measured, np.float32)}

    def score(
        self,
        samples: Samples,  # noqa: ARG002 - the protocol's name; what is said makes no difference
        offered: Sequence[Candidate],
        norms: Norms,
        *,
        language: str,
        check: Check = never,
    ) -> NDArray[np.float32]:
        """Return the likes.

        Raises:
            EngineError: the language is not one it claims, or the norms are of other phrases.
        """
        check()
        if language not in self._languages:
            raise EngineError(f"The scripted engine was asked for {language!r}, which it does not know.")
        if norms["level"].shape != (len(offered),):
            raise EngineError("The norms are of other phrases.")
        return np.array([self._likes.get(each.spellings[0], 0.0) for each in offered], np.float32)


class ScriptedTranslator:
    """A :class:`kiosk.translation.BackTranslator` that answers from a script.

    Args:
        script: sentence -> its Chinese, or the error that it raises.
        languages: codes that it claims to know.
        again: what it says when asked to translate back.
    """

    def __init__(
        self,
        script: Mapping[str, str | Rendered | Exception],
        *,
        languages: Iterable[str],
        again: str = "",
        engine: str = "scripted@1",
    ) -> None:
        self._script = dict(script)
        self._languages = frozenset(languages)
        self._again = again
        self._engine = engine
        self.asked: list[str] = []

    @property
    def engine(self) -> str:
        return self._engine

    @property
    def languages(self) -> frozenset[str]:
        return self._languages

    def load(self, check: Check = never) -> None:
        check()

    def translate(self, text: str, *, language: str, check: Check = never) -> Rendered:
        """Return the script's answer.

        Raises:
            EngineError: the script has none, or the language is not one it claims.
        """
        check()
        self.asked.append(text)
        answer = self._script.get(text) if language in self._languages else None
        if answer is None:
            raise EngineError("The scripted engine has no line for this sentence.")
        if isinstance(answer, Exception):
            raise answer
        return Rendered(zh=answer) if isinstance(answer, str) else answer

    def back(self, zh: str, *, language: str, check: Check = never) -> str:  # noqa: ARG002 - the protocol's names
        check()
        return self._again
