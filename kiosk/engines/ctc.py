"""Open transcription by CTC models: Omnilingual, Dolphin, GigaAM, and MMS and XLS-R through transformers.

They write down languages that Whisper does not know. Each frame's likeliest label is taken: there is no language model
that could invent a fluent sentence, and no loop. What such a model hears is written in the script it was trained on.
A CTC model says nothing of which language is spoken, nor whether anybody speaks: the speech detector and a person do.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from kiosk import languages, models
from kiosk.engines import ctc_families, ctc_wav2vec2
from kiosk.engines.ctc_families import MIN_SAMPLES, Acoustic
from kiosk.engines.ctc_score import Best, Frames, greedy
from kiosk.engines.ctc_vocabulary import Vocabulary
from kiosk.engines.whisper import compression_ratio, threads
from kiosk.errors import EngineError, UnsupportedLanguageError
from kiosk.models.records import Model
from kiosk.recognition import OTHER, SAMPLE_RATE, Check, Hypothesis, Samples, never
from kiosk.settings import Recognition

LOADERS: Mapping[str, Callable[[Path, int], Acoustic]] = MappingProxyType(
    {
        "omnilingual": ctc_families.omnilingual,
        "dolphin": ctc_families.dolphin,
        "gigaam": ctc_families.gigaam,
        "wav2vec2": ctc_wav2vec2.wav2vec2,
    }
)
"""Engine family of the manifest -> what loads its folder, given (folder, threads)."""

MAX_S = 30.0
"""Seconds that are read at most: Omnilingual's limit is 40, and memory grows with the square."""


class CtcRecognizer:
    """The :class:`kiosk.recognition.Recognizer` of the CTC families. Not re-entrant."""

    def __init__(self, model: Model, settings: Recognition) -> None:
        self._entry = model
        self._settings = settings
        self._acoustic: Acoustic | None = None

    @property
    def engine(self) -> str:
        return self._entry.id

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(self._entry.languages)

    @property
    def tells(self) -> frozenset[str]:
        return frozenset()

    def load(self, check: Check = never) -> None:
        if self._acoustic is not None:
            return
        folder = models.ensure(self._entry.name, check=check)
        self._acoustic = LOADERS[self._entry.engine](folder, threads(self._settings))
        check()

    def recognize(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:
        """Transcribe one segment of at most 30 s.

        Raises:
            UnsupportedLanguageError: the manifest does not name the language.
            ModelError: the model's files are missing, altered or broken.
            EngineError: the segment is too long, or the engine failed.
        """
        heard, vocabulary = self.hear(samples, language=language, check=check)
        return _hypothesis(greedy(heard, blank=vocabulary.blank), vocabulary)

    def glance(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:
        """Transcribe as :meth:`recognize` does: greedy decoding has nothing to leave out."""
        return self.recognize(samples, language=language, check=check)

    def language_probabilities(self, samples: Samples, candidates: Sequence[str]) -> Mapping[str, float]:  # noqa: ARG002
        """Return no probability for any candidate: this model cannot tell languages apart."""
        return {**dict.fromkeys(candidates, 0.0), OTHER: 1.0}

    def hear(self, samples: Samples, *, language: str, check: Check = never) -> tuple[Frames, Vocabulary]:
        """Return the frames' log-probabilities and what their labels are; raises as :meth:`recognize` does."""
        if language not in self.languages:
            raise UnsupportedLanguageError(
                f"{self._entry.name} does not know {languages.get(language).zh} ({language})."
            )
        if len(samples) > MAX_S * SAMPLE_RATE:
            raise EngineError(f"{len(samples) / SAMPLE_RATE:.1f} s is too long for one piece: at most {MAX_S:.0f} s.")
        self.load(check)
        if self._acoustic is None:
            raise RuntimeError("the recogniser is not loaded")
        vocabulary = self._acoustic.vocabulary(language)
        check()
        if len(samples) < MIN_SAMPLES:
            return np.empty((0, vocabulary.size), np.float32), vocabulary
        heard = self._acoustic.frames(samples, language)
        check()
        return heard, vocabulary


def _hypothesis(best: Best, vocabulary: Vocabulary) -> Hypothesis:
    text = unicodedata.normalize("NFC", vocabulary.text(best.labels))
    sure = [value for label, value in zip(best.labels, best.log_probs, strict=True) if vocabulary.spoken(label)]
    return Hypothesis(
        text=text,
        mean_log_prob=sum(sure) / len(sure) if sure else 0.0,
        no_speech_prob=0.0,
        compression_ratio=compression_ratio(text),
        tokens=len(sure),
    )
