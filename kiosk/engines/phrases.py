"""Phrase recognition by Whisper's decoder, for languages that Whisper itself does not know.

A phrase's score is the log-probability of its tokens and the end token given the audio, less what they have on the
cohort (:mod:`kiosk.phrases`), by the root of their number: the sum favours short phrases, the mean long ones. The
language token and the spelling are those of a neighbour that Whisper has learned (``config/phrasebook/spelling.toml``).

Measured with Whisper base (see README for figures and how they were made): probabilities among the phrases' own tokens
rank as well as those among all 51,865; the end token helps where one phrase begins another; following 100 beginnings a
level ranks as scoring everything does, in a third of the work.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kiosk import languages, models, spelling
from kiosk.engines import weights
from kiosk.engines.tree_decoder import Heard, Scores, TreeDecoder
from kiosk.engines.trie import Trie, build
from kiosk.engines.whisper import FAMILY, WhisperRecognizer
from kiosk.errors import EngineError
from kiosk.phrases import READ_S, Norms
from kiosk.recognition import SAMPLE_RATE, Check, Samples, never
from kiosk.settings import Phrases

METHOD = "tree-4"
"""Raised when the way of scoring changes: norms of another way are void."""

COHORT_SHARE = 0.9
"""How much of what a phrase scores on unrelated audio is taken off. Over 200 synthetic clips in four languages, first
among some 390 phrases: 0.88 with all of it and the mean a token, 0.92 with nine tenths and the root of the tokens."""

_END = "<|endoftext|>"
_PROMPT = 8  # positions that are not for the phrase


class WhisperPhraseScorer:
    """The :class:`kiosk.phrases.PhraseScorer` of the Whisper family. It shares the encoder of a recogniser.

    Args:
        model: the manifest's entry.
        recognizer: of the same model; owned by the same thread.
        settings: the beam and the audio's margin.
    """

    def __init__(self, model: models.Model, recognizer: WhisperRecognizer, settings: Phrases) -> None:
        self._entry = model
        self._recognizer = recognizer
        self._settings = settings
        self._decoder: TreeDecoder | None = None
        self._tries: dict[tuple[str, ...], Trie] = {}

    @property
    def engine(self) -> str:
        return f"phrases-{self._entry.id}"

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(code for code in languages.known() if self._token(code) is not None)

    def load(self, check: Check = never) -> None:
        if self._decoder is None:
            self._recognizer.load(check)
            path = models.ensure(self._entry.name, check=check) / "model.bin"
            self._decoder = TreeDecoder(weights.read(path), threads=self._recognizer.threads)

    def identity(self, language: str) -> str:
        files = " ".join(file.sha256 for file in self._entry.files)
        return f"{METHOD} {files} {self._token(language)} {self._settings.margin_s}"

    def measure(self, samples: Samples, spellings: Sequence[str], *, language: str, check: Check = never) -> Norms:
        trie = self._trie(spellings)
        scores = self._score(samples, trie, language, baseline=None, beam=None, check=check)
        return {"nodes": scores.nodes, "ends": scores.ends[trie.ends]}

    def score(
        self,
        samples: Samples,
        spellings: Sequence[str],
        norms: Norms,
        *,
        language: str,
        check: Check = never,
    ) -> NDArray[np.float32]:
        trie = self._trie(spellings)
        if norms["nodes"].shape != (trie.nodes,) or norms["ends"].shape != trie.ends.shape:
            raise EngineError("The norms are of other phrases.")
        scores = self._score(samples, trie, language, baseline=norms["nodes"], beam=self._settings.beam, check=check)
        heard = trie.sums(scores.nodes)[trie.ends] + scores.ends[trie.ends]
        expected = trie.sums(norms["nodes"])[trie.ends] + norms["ends"]
        return np.asarray((heard - COHORT_SHARE * expected) / np.sqrt(trie.lengths + 1), np.float32)

    def _score(
        self,
        samples: Samples,
        trie: Trie,
        language: str,
        *,
        baseline: NDArray[np.float32] | None,
        beam: int | None,
        check: Check,
    ) -> Scores:
        self.load(check)
        if len(samples) > READ_S * SAMPLE_RATE:
            raise EngineError(f"{len(samples) / SAMPLE_RATE:.1f} s is too long for a phrase: at most {READ_S:.0f} s.")
        heard = self._hear(samples)
        check()
        prompt = self._recognizer.prompt(self._token(language) or "")
        end = self._recognizer.token(_END)
        return self._loaded.score(trie, heard, prompt=prompt, end=end, baseline=baseline, beam=beam, check=check)

    def _hear(self, samples: Samples) -> Heard:
        encoded = self._recognizer.encode(samples, margin_s=self._settings.margin_s)
        return self._loaded.hear(np.array(encoded.states, dtype=np.float32)[0])

    @property
    def _loaded(self) -> TreeDecoder:
        if self._decoder is None:
            raise RuntimeError("the phrase scorer is not loaded")
        return self._decoder

    def _trie(self, spellings: Sequence[str]) -> Trie:
        wanted = tuple(spellings)
        if wanted not in self._tries:
            self.load()
            self._tries = {wanted: self._build(wanted)}  # the current question's only: they take little to build
        return self._tries[wanted]

    def _build(self, spellings: Sequence[str]) -> Trie:
        # A word begins with its blank, as in the middle of a transcript.
        tokens = [self._recognizer.tokens(f" {text.strip()}") for text in spellings]
        room = self._loaded.positions - _PROMPT
        if any(len(sequence) > room or not sequence for sequence in tokens):
            raise EngineError("A phrase is empty or far too long to be scored.")
        return build(tokens)

    def _token(self, language: str) -> str | None:
        """Return the code of the language token, or None where the phrases cannot be scored."""
        rules = spelling.load().get(language)
        if rules is not None and rules.token:
            return rules.token
        return languages.get(language).engines.get(FAMILY)
