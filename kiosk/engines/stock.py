"""faster-whisper as it comes, for the benchmark to compare with. Never used on a patient's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kiosk import languages, models
from kiosk.engines.whisper import FAMILY, WhisperRecognizer, threads
from kiosk.phrases import Candidate
from kiosk.recognition import Samples
from kiosk.settings import Recognition


class StockWhisper:
    """``faster_whisper.WhisperModel.transcribe()`` with its defaults, on the same weights, beam and threads."""

    def __init__(self, name: str, settings: Recognition) -> None:
        self._name = name
        self._settings = settings
        self._model: Any = None

    def load(self) -> None:
        """Load the weights a second time: the library owns its own copy."""
        if self._model is None:
            folder = models.ensure(self._name)
            from faster_whisper import WhisperModel

            # A folder that holds tokenizer.json, as ensure() has checked, keeps the library off the network.
            self._model = WhisperModel(
                str(folder),
                device="cpu",
                compute_type="int8",
                cpu_threads=threads(self._settings),
                local_files_only=True,
            )

    def transcribe(self, samples: Samples, *, language: str) -> str:
        """Return the text of a whole recording."""
        self.load()
        code = languages.get(language).engines.get(FAMILY, language)
        segments, _ = self._model.transcribe(samples, language=code, beam_size=self._settings.beam_size)
        return "".join(segment.text for segment in segments).strip()


class StockAlign:
    """``ctranslate2.models.Whisper.align``, which scores given texts too: sixteen at a time, as engines of its kind do.

    Args:
        recognizer: its model, encoder and tokens are used.
        token: code of the language token.
    """

    BATCH = 16

    def __init__(self, recognizer: WhisperRecognizer, token: str) -> None:
        self._recognizer = recognizer
        self._token = token

    def score(self, samples: Samples, offered: Sequence[Candidate], *, language: str) -> None:  # noqa: ARG002
        """Score every candidate by its first spelling."""
        import ctranslate2

        states = np.array(self._recognizer.encode(samples, margin_s=1.0).states)
        prompt = self._recognizer.prompt(self._token)[:3]  # align() adds "no timestamps" itself
        tokens = [self._recognizer.tokens(f" {each.spellings[0]}") for each in offered]
        for start in range(0, len(tokens), self.BATCH):
            batch = tokens[start : start + self.BATCH]
            repeated = ctranslate2.StorageView.from_array(np.repeat(states, len(batch), axis=0))
            self._recognizer.align(repeated, prompt, batch, states.shape[1])
