"""Open transcription by Whisper through CTranslate2.

The model is driven at the level of its parts (features, encoder, decoder) and not through
``faster_whisper.WhisperModel``: segments come from this program's own speech detector, are decoded one by one with an
explicit language, and the encoder's output can serve several decodings. Nothing here reaches the network: features and
tokens are computed from the files in the model's folder.

Decoding follows the Whisper paper (arXiv:2212.04356, section 4.5): beam search first, then sampling at rising
temperatures while the text loops or its mean log-probability is too low.
"""

from __future__ import annotations

import math
import os
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kiosk import languages, models
from kiosk.errors import EngineError, ModelError, UnsupportedLanguageError
from kiosk.models.records import Model
from kiosk.recognition import OTHER, SAMPLE_RATE, Check, Hypothesis, Samples, guards, never, vocabulary
from kiosk.settings import Recognition

FAMILY = "whisper"
MAX_FRAMES = 3000  # 30 s of 10 ms frames: the encoder's length
MAX_TOKENS = 448  # the decoder's length, prompt included
_SPARE_TOKENS = 8  # punctuation and the end token of the shortest segments
_SAMPLED_HYPOTHESES = 5  # the best of as many is kept at a temperature above zero, as in the paper
_RIVALS = 2  # other readings of a beam search that are compared with the best
_MOST_PROMPT = 100  # tokens of vocabulary: they are read anew for each segment
_HAN_GAP = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")
_SEED = 20_240_501  # read once, by the decoder's thread: sampling is repeatable from the start of the process


@dataclass(frozen=True, slots=True)
class Encoded:
    """The encoder's output for one segment.

    Attributes:
        states: a CTranslate2 StorageView, shape (1, frames / 2, width).
        duration_s: of the audio, without what was added.
        short: the encoder read less than its 30 s.
    """

    states: Any
    duration_s: float
    short: bool = False


class WhisperRecognizer:
    """The :class:`kiosk.recognition.Recognizer` of the Whisper family. Not re-entrant."""

    def __init__(self, model: Model, settings: Recognition) -> None:
        self._entry = model
        self._settings = settings
        self._model: Any = None
        self._features: Any = None
        self._tokenizer: Any = None
        self._simplify: Any = None

    @property
    def engine(self) -> str:
        return self._entry.id

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(self._entry.languages)

    @property
    def tells(self) -> frozenset[str]:
        return self.languages

    @property
    def threads(self) -> int:
        """How many cores it uses."""
        return threads(self._settings)

    def load(self, check: Check = never) -> None:
        if self._model is not None:
            return
        folder = models.ensure(self._entry.name, check=check)
        # Imported here: together they take a second, and most commands never recognise anything.
        import ctranslate2
        import opencc
        import tokenizers
        from faster_whisper.feature_extractor import FeatureExtractor

        ctranslate2.set_random_seed(_SEED)
        try:
            tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
            model = ctranslate2.models.Whisper(
                str(folder), device="cpu", compute_type="int8", intra_threads=threads(self._settings), inter_threads=1
            )
        except Exception as error:  # tokenizers raises bare Exception
            raise ModelError(
                f"Model {self._entry.name!r} in {folder} cannot be loaded: {error}.",
                remedy=f"Run: kiosk models verify {self._entry.name}",
            ) from error
        check()
        self._tokenizer = tokenizer
        self._features = FeatureExtractor(feature_size=model.n_mels)
        self._simplify = opencc.OpenCC("t2s")
        self._model = model

    def recognize(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:
        """Transcribe one segment of at most 30 s.

        Raises:
            UnsupportedLanguageError: this model does not know the language.
            EngineError: the segment is too long, or the engine failed.
        """
        self.load(check)
        prompt = self._prompt(language)
        check()
        margin_s = self._settings.short_margin_s
        if margin_s > 0 and len(samples) / SAMPLE_RATE <= self._settings.short_max_s:
            encoded = self.encode(samples, margin_s=margin_s)
            hypothesis = self._generate(encoded, prompt, language, 0.0)
            if self._sure(hypothesis, len(samples) / SAMPLE_RATE):
                return replace(hypothesis, language_probability=self._own(encoded, language))
            check()
        encoded = self.encode(samples)
        own = self._own(encoded, language)
        tried = []
        for temperature in self._settings.temperatures:
            check()
            hypothesis = replace(self._generate(encoded, prompt, language, temperature), language_probability=own)
            if self._good(hypothesis):
                return hypothesis
            tried.append(hypothesis)
        return max(tried, key=self._rank)

    def glance(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:
        """Transcribe once, with a short audio context, without falling back on anything."""
        self.load(check)
        prompt = self._prompt(language)
        check()
        encoded = self.encode(samples, margin_s=self._settings.short_margin_s or None)
        check()
        return self._generate(encoded, prompt, language, 0.0)

    def language_probabilities(self, samples: Samples, candidates: Sequence[str]) -> Mapping[str, float]:
        self.load()
        encoded = self.encode(samples[: MAX_FRAMES * SAMPLE_RATE // 100])
        heard = self._languages_heard(encoded)
        found = {code: heard.get(self._code(code), 0.0) for code in candidates}
        return {**found, OTHER: max(0.0, 1.0 - sum(found.values()))}

    def _languages_heard(self, encoded: Encoded) -> Mapping[str, float]:
        """Return the probability of each of Whisper's languages, by its code."""
        return {
            token.strip("<|>"): float(probability)
            for token, probability in self._run(self._model.detect_language, encoded.states)[0]
        }

    def _own(self, encoded: Encoded, language: str) -> float:
        """Return the probability that a language, or one of its neighbours, was spoken."""
        heard = self._languages_heard(encoded)
        return sum(heard.get(code, 0.0) for code in (self._code(language), *languages.get(language).neighbours))

    def encode(self, samples: Samples, *, margin_s: float | None = None) -> Encoded:
        """Return the encoder's output for at most 30 s.

        Args:
            margin_s: seconds of silence behind the audio. The encoder is then given no more than that, and is done ten
                times as fast for a few seconds; it was trained on 30 s and errs more on less. None fills up to 30 s.

        Raises:
            EngineError: the audio is too long, or the engine failed.
        """
        self.load()
        import ctranslate2

        duration_s = len(samples) / SAMPLE_RATE
        frames = math.ceil(duration_s * 100)
        if frames > MAX_FRAMES:
            raise EngineError(f"A segment of {duration_s:.1f} s is too long: Whisper reads at most 30 s.")
        features = self._features(np.ascontiguousarray(samples, dtype=np.float32))[:, :frames]
        length = MAX_FRAMES
        if margin_s is not None:
            length = min(MAX_FRAMES, 2 * math.ceil((duration_s + margin_s) * 50))  # two frames are one state
        padded = np.zeros((1, features.shape[0], length), dtype=np.float32)
        padded[0, :, : features.shape[1]] = features
        states = self._run(self._model.encode, ctranslate2.StorageView.from_array(padded))
        return Encoded(states, duration_s, length < MAX_FRAMES)

    def _generate(self, encoded: Encoded, prompt: list[int], language: str, temperature: float) -> Hypothesis:
        allowed = math.ceil(self._settings.tokens_per_second * encoded.duration_s) + _SPARE_TOKENS
        if temperature > 0:
            search = {
                "beam_size": 1,
                "num_hypotheses": _SAMPLED_HYPOTHESES,
                "sampling_topk": 0,
                "sampling_temperature": temperature,
            }
        else:
            beam = self._settings.short_beam_size if encoded.short else self._settings.beam_size
            search = {"beam_size": beam, "num_hypotheses": min(beam, _RIVALS + 1)}
        result = self._run(
            self._model.generate,
            encoded.states,
            [prompt],
            max_length=min(MAX_TOKENS, len(prompt) + allowed),
            return_scores=True,
            return_no_speech_prob=True,
            **search,
        )[0]
        tokens = result.sequences_ids[0]
        text, *rivals = (self._text(each, language) for each in result.sequences_ids)
        return Hypothesis(
            text=text,
            # The score is the mean over the text's tokens; the end token counts as one more.
            mean_log_prob=float(result.scores[0]) * len(tokens) / (len(tokens) + 1),
            no_speech_prob=float(result.no_speech_prob),
            compression_ratio=compression_ratio(text),
            tokens=len(tokens),
            temperature=temperature,
            rivals=tuple(rivals) if temperature == 0 else (),
        )

    def _text(self, tokens: list[int], language: str) -> str:
        text = str(self._tokenizer.decode(tokens, skip_special_tokens=True)).strip()
        if language == "zh":
            # Whisper mixes both forms of Chinese in one sentence, with a prompt in simplified characters too, and
            # writes pauses as spaces.
            text = _HAN_GAP.sub("", self._simplify.convert(text))
        return text

    def _sure(self, hypothesis: Hypothesis, duration_s: float) -> bool:
        """Say whether what a short context gave may stand: its failures are loops, invented words and lost ends."""
        limits = self._settings
        return (
            bool(hypothesis.text)
            and not self._loops(hypothesis)
            and hypothesis.mean_log_prob >= limits.short_min_mean_log_prob
            and len(hypothesis.text) <= limits.short_max_chars_per_second * duration_s
        )

    def _good(self, hypothesis: Hypothesis) -> bool:
        limits = self._settings
        if self._loops(hypothesis):
            return False
        if hypothesis.mean_log_prob >= limits.min_mean_log_prob:
            return True
        return hypothesis.no_speech_prob > limits.max_no_speech_prob  # nobody spoke: sampling would only invent

    def _rank(self, hypothesis: Hypothesis) -> tuple[bool, float]:
        return not self._loops(hypothesis), hypothesis.mean_log_prob

    def _loops(self, hypothesis: Hypothesis) -> bool:
        return hypothesis.compression_ratio > self._settings.max_compression_ratio or guards.loops(hypothesis.text)

    def _prompt(self, language: str) -> list[int]:
        if language not in self.languages:
            raise UnsupportedLanguageError(
                f"{self._entry.name} does not know {languages.get(language).zh} ({language})."
            )
        before = []
        if self._settings.vocabulary and (words := vocabulary.words(language)):
            before = [self.token("<|startofprev|>"), *self.tokens(f" {', '.join(words)}.")[:_MOST_PROMPT]]
        return [*before, *self.prompt(self._code(language))]

    def prompt(self, code: str) -> list[int]:
        """Return the tokens before a transcript in the language that Whisper calls ``code``.

        Raises:
            EngineError: the model has no token for that language.
        """
        return [
            self.token(word) for word in ("<|startoftranscript|>", f"<|{code}|>", "<|transcribe|>", "<|notimestamps|>")
        ]

    def token(self, word: str) -> int:
        """Return the id of a special token; raises EngineError when the model has none of that name."""
        self.load()
        found = self._tokenizer.token_to_id(word)
        if found is None:
            raise EngineError(f"{self._entry.name} has no token {word}.")
        return int(found)

    def align(self, states: Any, prompt: list[int], tokens: Sequence[list[int]], frames: int) -> None:
        """Run CTranslate2's own scoring of given texts on encoded audio, one text a row of ``states``."""
        self._run(self._model.align, states, prompt, tokens, [frames] * len(tokens), median_filter_width=7)

    def tokens(self, text: str) -> list[int]:
        """Return the ids of a text's tokens, without special ones."""
        self.load()
        return [int(token) for token in self._tokenizer.encode(text, add_special_tokens=False).ids]

    @staticmethod
    def _code(language: str) -> str:
        return languages.get(language).engines.get(FAMILY, language)

    def _run(self, call: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"{self._entry.name} failed: {error}.") from error


def threads(settings: Recognition) -> int:
    """Return how many threads to decode with: as set, or one for each core that this process may use."""
    if settings.threads:
        return settings.threads
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def compression_ratio(text: str) -> float:
    """Return the bytes of the text by the bytes of its zlib compression; 0.0 for no text."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0
