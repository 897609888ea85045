"""Phrase recognition by Whisper's decoder, for languages that Whisper itself does not know.

A phrase's score is the log-probability of its tokens and the end token given the audio, less what they have on the
cohort (:mod:`kiosk.phrases`), by the root of their number: the sum favours short phrases, the mean long ones. The
language token and the spelling are those of a neighbour that Whisper has learned (``config/phrasebook/spelling.toml``).

Measured with Whisper base (see README for figures and how they were made): probabilities among the phrases' own tokens
rank as well as those among all 51,865; the end token helps where one phrase begins another; following 64 beginnings a
level ranks as scoring everything does, in a quarter of the work.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kiosk import languages, models
from kiosk.engines import weights
from kiosk.engines.tree_decoder import Heard, Scores, TreeDecoder, most_followed
from kiosk.engines.trie import Trie, build
from kiosk.engines.whisper import FAMILY, WhisperRecognizer
from kiosk.errors import EngineError
from kiosk.models.records import Model
from kiosk.phrases import Candidate, Norms, refuse_if_too_long, spelling
from kiosk.recognition import Check, Samples, never
from kiosk.settings import Phrases

METHOD = "tree-5"
"""Raised when the way of scoring changes: norms of another way are void."""

COHORT_SHARE = 0.9
"""How much of what a phrase scores on unrelated audio is taken off. Over 200 synthetic clips in four languages, first
among some 390 phrases: 0.88 with all of it and the mean a token, 0.92 with nine tenths and the root of the tokens."""

_END = "<|endoftext|>"
_KEPT = 8  # sets of phrases whose trees are kept; they take little to build
_PROMPT = 8  # positions that are not for the phrase


class WhisperPhraseScorer:
    """The :class:`kiosk.phrases.PhraseScorer` of the Whisper family. It shares the encoder of a recogniser.

    Args:
        model: the manifest's entry.
        recognizer: of the same model; owned by the same thread.
        settings: the beam and the audio's margin.
    """

    def __init__(self, model: Model, recognizer: WhisperRecognizer, settings: Phrases) -> None:
        self._entry = model
        self._recognizer = recognizer
        self._settings = settings
        self._decoder: TreeDecoder | None = None
        self._tries: dict[tuple[int | str, ...], Trie] = {}

    @property
    def engine(self) -> str:
        return f"phrases-{self._entry.id}"

    @property
    def scale(self) -> str:
        return "whisper"

    @property
    def recognizer(self) -> WhisperRecognizer:
        """Whose encoder it shares."""
        return self._recognizer

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(code for code in languages.known() if self._tokens(code))

    def load(self, check: Check = never) -> None:
        if self._decoder is None:
            self._recognizer.load(check)
            path = models.ensure(self._entry.name, check=check) / "model.bin"
            self._decoder = TreeDecoder(weights.read(path), threads=self._recognizer.threads)

    def identity(self, language: str) -> str:
        files = " ".join(file.sha256 for file in self._entry.files)
        return f"{METHOD} {files} {' '.join(self._tokens(language))} {self._settings.margin_s}"

    def measure(self, samples: Samples, offered: Sequence[Candidate], *, language: str, check: Check = never) -> Norms:
        self.load(check)
        heard = self._hear(samples)
        found = {}
        for way, token in enumerate(self._tokens(language)):
            trie = self._trie(offered, way)
            scores = self._walk(heard, trie, token, baseline=None, beam=None, check=check)
            found[f"nodes{way}"], found[f"ends{way}"] = scores.nodes, scores.ends[trie.ends]
        return found

    def score(
        self,
        samples: Samples,
        offered: Sequence[Candidate],
        norms: Norms,
        *,
        language: str,
        check: Check = never,
    ) -> NDArray[np.float32]:
        return self._ranked(samples, offered, norms, language, self._settings.beam, check)

    def exhaustive(
        self, samples: Samples, offered: Sequence[Candidate], norms: Norms, *, language: str
    ) -> NDArray[np.float32]:
        """Score without leaving anything behind on the way: what the benchmark compares with."""
        return self._ranked(samples, offered, norms, language, None, never)

    def multiply_adds(self, offered: Sequence[Candidate], *, language: str) -> int:
        """Return how many multiply-adds the decoder's layers need when at most ``beam`` beginnings are followed."""
        self.load()
        trie = self._trie(offered, 0)
        followed = most_followed(trie, self._settings.beam)
        extra = self._settings.settled * float(trie.lengths.mean()) * (len(self._tokens(language)) - 1)
        return int((followed + extra) * self._loaded.multiply_adds)

    def _ranked(
        self,
        samples: Samples,
        offered: Sequence[Candidate],
        norms: Norms,
        language: str,
        beam: int | None,
        check: Check,
    ) -> NDArray[np.float32]:
        self.load(check)
        heard = self._hear(samples)
        check()
        first, *others = self._tokens(language)
        trie = self._trie(offered, 0)
        if norms["nodes0"].shape != (trie.nodes,) or norms["ends0"].shape != trie.ends.shape:
            raise EngineError("The norms are of other phrases.")
        scores = self._walk(heard, trie, first, baseline=norms["nodes0"], beam=beam, check=check)
        gains = _gains(trie, scores, trie.sums(norms["nodes0"])[trie.ends] + norms["ends0"])
        for way, token in enumerate(others, start=1):
            gains = self._settle(heard, offered, norms, gains, way, token, check)
        return gains

    def _settle(
        self,
        heard: Heard,
        offered: Sequence[Candidate],
        norms: Norms,
        gains: NDArray[np.float32],
        way: int,
        token: str,
        check: Check,
    ) -> NDArray[np.float32]:
        """Return the gains with those of the best few by another spelling added, halved; the rest are left behind."""
        whole = self._trie(offered, way)
        expected = whole.sums(norms[f"nodes{way}"])[whole.ends] + norms[f"ends{way}"]
        order = np.argsort(-gains, kind="stable")[: self._settings.settled]
        few = [int(index) for index in order if not np.isnan(gains[index])]
        settled = np.full_like(gains, np.nan)
        if few:
            trie = self._build([offered[index] for index in few], way)
            # The probabilities are among the tokens of all phrases, as the norms' are.
            scores = self._walk(heard, trie, token, baseline=None, beam=None, check=check, among=whole)
            settled[few] = (gains[few] + _gains(trie, scores, expected[few])) / 2
        return settled

    def _walk(
        self,
        heard: Heard,
        trie: Trie,
        token: str,
        *,
        baseline: NDArray[np.float32] | None,
        beam: int | None,
        check: Check,
        among: Trie | None = None,
    ) -> Scores:
        prompt = self._recognizer.prompt(token)
        end = self._recognizer.token(_END)
        tokens = None if among is None else among.tokens
        return self._loaded.score(
            trie, heard, prompt=prompt, end=end, baseline=baseline, beam=beam, check=check, among=tokens
        )

    def _hear(self, samples: Samples) -> Heard:
        refuse_if_too_long(samples)
        encoded = self._recognizer.encode(samples, margin_s=self._settings.margin_s)
        return self._loaded.hear(np.array(encoded.states, dtype=np.float32)[0])

    @property
    def _loaded(self) -> TreeDecoder:
        if self._decoder is None:
            raise RuntimeError("the phrase scorer is not loaded")
        return self._decoder

    def _trie(self, offered: Sequence[Candidate], way: int) -> Trie:
        wanted: tuple[int | str, ...] = (way, *(candidate.spellings[way] for candidate in offered))
        if wanted not in self._tries:
            while len(self._tries) >= _KEPT:
                self._tries.pop(next(iter(self._tries)))
            self._tries[wanted] = self._build(offered, way)
        return self._tries[wanted]

    def _build(self, offered: Sequence[Candidate], way: int) -> Trie:
        # A word begins with its blank, as in the middle of a transcript.
        tokens = [self._recognizer.tokens(f" {candidate.spellings[way].strip()}") for candidate in offered]
        room = self._loaded.positions - _PROMPT
        if any(len(sequence) > room or not sequence for sequence in tokens):
            raise EngineError("A phrase is empty or far too long to be scored.")
        return build(tokens)

    def _tokens(self, language: str) -> tuple[str, ...]:
        """Return the codes of the language tokens, one a spelling; none where the phrases cannot be scored."""
        own = languages.get(language).engines.get(FAMILY, "")
        found = tuple(token or own for token in spelling.tokens(language))
        return found if all(found) else ()


def _gains(trie: Trie, scores: Scores, expected: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what each phrase scores above the cohort, by the root of its tokens, shape (candidates,)."""
    heard = trie.sums(scores.nodes)[trie.ends] + scores.ends[trie.ends]
    return np.asarray((heard - COHORT_SHARE * expected) / np.sqrt(trie.lengths + 1), np.float32)
