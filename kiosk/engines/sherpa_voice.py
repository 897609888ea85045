"""Voices that a site adds: VITS models in the layout of sherpa-onnx, Piper's and MMS's among them.

| voice | files | how it reads |
| --- | --- | --- |
| MMS (facebook/mms-tts-*) | ``model.onnx``, ``tokens.txt`` | letters (metadata ``frontend=characters``) |
| Piper | ``*.onnx``, ``tokens.txt`` | phonemes by espeak-ng, whose data must be on the machine |

What a voice cannot read is left out before it gets there: sherpa-onnx prints such words.

Formats: sherpa-onnx (Apache-2.0), ``offline-tts-vits-model-config.h``. MMS voices are CC-BY-NC-4.0, for which `kiosk
models add` asks.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from kiosk import languages, models
from kiosk.engines.espeak import PROGRAM
from kiosk.errors import EngineError, ModelError
from kiosk.models.records import Model
from kiosk.recognition import Check
from kiosk.settings import Voice
from kiosk.speech import Sound

FAMILY = "vits"
_NORMAL_WPM = 175  # words a minute at speed 1: espeak-ng's own normal, so that one setting serves both
_THREADS = 1
_STRESS = "\u02c8"


class SherpaSynthesizer:
    """The :class:`kiosk.speech.Synthesizer` of one VITS model."""

    def __init__(self, model: Model, settings: Voice) -> None:
        self._entry = model
        self._settings = settings
        self._tts: Any = None
        self._symbols: frozenset[str] = frozenset()

    @property
    def engine(self) -> str:
        return self._entry.id

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(self._entry.languages)

    def load(self) -> None:
        """Load the model; a second call does nothing.

        Raises:
            ModelError: sherpa-onnx or a file is missing, or the model is of another kind.
        """
        if self._tts is not None:
            return
        folder = models.ensure(self._entry.name)
        self._symbols = _symbols(folder / "tokens.txt", self._entry.name)
        try:
            import sherpa_onnx
        except ImportError:
            raise ModelError(
                f"The voice {self._entry.name!r} needs the package sherpa-onnx.",
                remedy="Run: pip install 'kiosk[voices]'",
            ) from None
        config = sherpa_onnx.OfflineTtsConfig(
            model=sherpa_onnx.OfflineTtsModelConfig(
                vits=sherpa_onnx.OfflineTtsVitsModelConfig(
                    model=str(self._weights(folder)),
                    tokens=str(folder / "tokens.txt"),
                    lexicon="",
                    data_dir=_espeak_data() if self._phonemes else "",
                ),
                num_threads=_THREADS,
            )
        )
        if not config.validate():
            raise ModelError(
                f"The voice {self._entry.name!r} in {folder} is not one that sherpa-onnx can load.",
                remedy=f"Run: kiosk models verify {self._entry.name}",
            )
        try:
            self._tts = sherpa_onnx.OfflineTts(config)
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"The voice {self._entry.name!r} cannot be loaded: {error}.") from None

    def synthesize(self, text: str, *, language: str, check: Check) -> Sound:
        if language not in self.languages:
            raise EngineError(f"{self._entry.name} does not speak {languages.get(language).zh} ({language}).")
        self.load()
        check()
        readable = text if self._phonemes else self._known(text)
        if not readable.strip():
            raise EngineError(f"The voice {self._entry.name!r} can read nothing of this text.")
        try:
            made = self._tts.generate(readable, sid=0, speed=self._settings.words_per_minute / _NORMAL_WPM)
        except (RuntimeError, ValueError):
            raise EngineError(f"The voice {self._entry.name!r} failed.") from None  # its message may hold the words
        check()
        samples = np.asarray(made.samples, np.float32)
        if not samples.size:
            raise EngineError(f"The voice {self._entry.name!r} gave no sound.")
        return Sound(samples, int(made.sample_rate))

    def _weights(self, folder: Path) -> Path:
        found = [folder / file.name for file in self._entry.files if file.name.endswith(".onnx")]
        if len(found) != 1:
            raise ModelError(f"The voice {self._entry.name!r} has {len(found)} .onnx files; it must have one.")
        return found[0]

    @property
    def _phonemes(self) -> bool:
        """It reads phonemes of espeak-ng: the primary stress of the phonetic alphabet is among its symbols."""
        return _STRESS in self._symbols

    def _known(self, text: str) -> str:
        """Return the text without letters that the voice does not have."""
        return "".join(letter for letter in text.casefold() if letter in self._symbols or letter == " ")


def _symbols(path: Path, name: str) -> frozenset[str]:
    """Return the symbols of ``tokens.txt``: a symbol and its number a line; a line that begins with a space is that.

    Raises:
        ModelError: the file is missing or not text.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"The voice {name!r} has no readable tokens.txt: {error}.") from None
    return frozenset(" " if line.startswith(" ") else line.split(" ")[0] for line in lines if line)


@cache
def _espeak_data() -> str:
    """Return the folder of the installed espeak-ng's data.

    Raises:
        ModelError: it is not installed.
    """
    program = shutil.which(PROGRAM)
    if program is not None:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=False).stdout  # noqa: S603
        if (found := re.search(r"Data at: (.+)", said)) and Path(found[1].strip()).is_dir():
            return found[1].strip()
    raise ModelError(
        "Piper voices read phonemes by espeak-ng, which is not installed.",
        remedy="On Debian or Ubuntu: sudo apt-get install espeak-ng",
    )
