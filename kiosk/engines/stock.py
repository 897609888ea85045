"""faster-whisper as it comes, for the benchmark to compare with. Never used on a patient's words."""

from __future__ import annotations

from typing import Any

from kiosk import languages, models
from kiosk.engines.whisper import FAMILY, threads
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
