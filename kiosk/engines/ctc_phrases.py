"""Phrase recognition by a CTC model: the exact probability of each phrase, in its own script.

A phrase's score is the log-probability of its labels summed over all alignments (:func:`.ctc_score.forward`), less that
of the best path, so that a long clip does not count against a phrase; less what both make on the cohort
(:mod:`kiosk.phrases`); by the root of the number of labels, as for Whisper's decoder.

Not measured: no such model was at hand. The floor and margin of ``[phrases]`` were measured with Whisper's scores, so
nothing is accepted outright: three are offered. A site sets its own, and ``scale``, after `kiosk eval --audio`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kiosk.engines.ctc import CtcRecognizer
from kiosk.engines.ctc_score import forward, greedy
from kiosk.errors import EngineError, UnsupportedLanguageError
from kiosk.models.records import Model
from kiosk.phrases import Candidate, Norms, refuse_if_too_long
from kiosk.recognition import Check, Samples, never
from kiosk.settings import Phrases

METHOD = "ctc-1"
"""Raised when the way of scoring changes: norms of another way are void."""

_WORST = -50.0  # a label, where a phrase has more labels than a clip has frames


class CtcPhraseScorer:
    """The :class:`kiosk.phrases.PhraseScorer` of the CTC families. It shares the model of a recogniser.

    Args:
        model: the manifest's entry.
        recognizer: of the same model; owned by the same thread.
        settings: not used: there is no beam.
    """

    def __init__(self, model: Model, recognizer: CtcRecognizer, settings: Phrases) -> None:  # noqa: ARG002
        self._entry = model
        self._recognizer = recognizer

    @property
    def engine(self) -> str:
        return f"phrases-{self._entry.id}"

    @property
    def scale(self) -> str:
        return "ctc"

    @property
    def recognizer(self) -> CtcRecognizer:
        """Whose model it shares."""
        return self._recognizer

    @property
    def languages(self) -> frozenset[str]:
        return self._recognizer.languages

    def load(self, check: Check = never) -> None:
        self._recognizer.load(check)

    def identity(self, language: str) -> str:
        return " ".join([METHOD, language, *(file.sha256 for file in self._entry.files)])

    def measure(self, samples: Samples, offered: Sequence[Candidate], *, language: str, check: Check = never) -> Norms:
        likelihoods, lengths = self._likelihoods(samples, offered, language, check)
        # A label, not a phrase: kept in 16 bits, which have three digits.
        return {"label": np.asarray(np.maximum(likelihoods / np.maximum(lengths, 1), _WORST), np.float32)}

    def score(
        self,
        samples: Samples,
        offered: Sequence[Candidate],
        norms: Norms,
        *,
        language: str,
        check: Check = never,
    ) -> NDArray[np.float32]:
        """Return the scores; NaN for phrases that the model cannot write, or that are too long for the audio.

        Raises:
            UnsupportedLanguageError: the model can write none of the phrases.
            EngineError: the norms are of other phrases, or the engine failed.
        """
        if norms["label"].shape != (len(offered),):
            raise EngineError("The norms are of other phrases.")
        likelihoods, lengths = self._likelihoods(samples, offered, language, check)
        gains = (likelihoods - norms["label"] * lengths) / np.sqrt(np.maximum(lengths, 1))
        return np.asarray(np.where(np.isfinite(likelihoods) & (lengths > 0), gains, np.nan), np.float32)

    def _likelihoods(
        self, samples: Samples, offered: Sequence[Candidate], language: str, check: Check
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the log-likelihood ratio of each phrase to the best path, and its number of labels."""
        refuse_if_too_long(samples)
        frames, vocabulary = self._recognizer.hear(samples, language=language, check=check)
        texts = [vocabulary.labels(candidate.text) for candidate in offered]
        if not any(texts):
            raise UnsupportedLanguageError(
                f"{self._entry.name} does not write the script of these phrases ({language}).",
                remedy="Take the model out of [recognition] extra_models, or the language out of its manifest entry.",
            )
        found = forward(frames, texts, blank=vocabulary.blank, check=check)
        return found - greedy(frames, blank=vocabulary.blank).path, np.array([len(text) for text in texts], np.int64)
