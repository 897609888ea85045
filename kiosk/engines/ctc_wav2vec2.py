"""MMS, XLS-R and other wav2vec 2.0 CTC models through transformers and PyTorch, which is an optional extra.

The folder is the hub's: ``config.json``, ``model.safetensors``, ``vocab.json``, perhaps ``tokenizer_config.json`` and
``preprocessor_config.json``. MMS has one ``adapter.<code>.safetensors`` a language, loaded into the model when the
language changes, and one table a language in ``vocab.json``; its codes stand in ``config/languages.toml`` as ``mms``.
Pickled weights are never loaded, and no code of the folder is run.

Verified: with transformers 5.24 on tiny models of both kinds, adapters included. Not verified: the published weights.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kiosk import languages
from kiosk.engines.ctc_families import normalised, read_json
from kiosk.engines.ctc_score import Frames, log_softmax
from kiosk.engines.ctc_vocabulary import Vocabulary, from_table
from kiosk.errors import EngineError, ModelError
from kiosk.recognition import Samples

CODES = "mms"
"""The engine family of ``config/languages.toml`` whose codes name adapters."""

_EXTRA = "Run: pip install 'kiosk[torch]'"
_FLOOR = 1e-7  # transformers' own, of Wav2Vec2FeatureExtractor


class Wav2Vec2Acoustic:
    """A :class:`kiosk.engines.ctc_families.Acoustic` of a transformers folder."""

    def __init__(self, folder: Path, model: Any, torch: Any) -> None:
        self._folder = folder
        self._model = model
        self._torch = torch
        self._table = read_json(folder / "vocab.json")
        self._nested = any(isinstance(value, dict) for value in self._table.values())
        self._tokenizer = _maybe(folder / "tokenizer_config.json")
        self._normalises = bool(_maybe(folder / "preprocessor_config.json").get("do_normalize", True))
        self._adapted = ""
        self._vocabularies: dict[str, Vocabulary] = {}

    def vocabulary(self, language: str) -> Vocabulary:
        if language not in self._vocabularies:
            table = self._table.get(_code(language)) if self._nested else self._table
            if not isinstance(table, dict):
                raise ModelError(f"{self._folder / 'vocab.json'} has no language {_code(language)!r}.")
            blank = self._tokenizer.get("pad_token", "<pad>" if "<pad>" in table else "[PAD]")
            blank = str(blank.get("content", "") if isinstance(blank, dict) else blank)
            delimiter = str(self._tokenizer.get("word_delimiter_token") or "|")
            self._vocabularies[language] = from_table(table, blank=blank, delimiter=delimiter)
        return self._vocabularies[language]

    def frames(self, samples: Samples, language: str) -> Frames:
        self._adapt(language)
        given = normalised(samples, floor=_FLOOR) if self._normalises else samples
        try:
            with self._torch.inference_mode():
                logits = self._model(self._torch.from_numpy(np.ascontiguousarray(given))[None]).logits
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"{self._folder.name} failed ({type(error).__name__}).") from None
        if logits.shape[2] < self.vocabulary(language).size:
            raise EngineError(f"{self._folder.name} has fewer labels than its vocab.json.")
        return log_softmax(logits[0].float().numpy())

    def _adapt(self, language: str) -> None:
        """Put a language's adapter into the model, where it has adapters."""
        code = _code(language)
        if not getattr(self._model.config, "adapter_attn_dim", None) or code == self._adapted:
            return
        try:
            self._model.load_adapter(code, local_files_only=True, use_safetensors=True)
        except (OSError, RuntimeError, ValueError):
            raise ModelError(
                f"{self._folder} has no usable adapter.{code}.safetensors.",
                remedy=f"Copy adapter.{code}.safetensors there, too, or take {language} from the model's languages.",
            ) from None
        self._adapted = code


def wav2vec2(folder: Path, threads: int) -> Wav2Vec2Acoustic:
    """Load a transformers folder.

    Raises:
        ModelError: PyTorch is not installed, or a file is missing or broken.
    """
    try:
        import torch
        from transformers import Wav2Vec2ForCTC
    except ImportError:
        raise ModelError(f"The model in {folder} needs PyTorch, which is not installed.", remedy=_EXTRA) from None
    torch.set_num_threads(threads)
    try:
        model: Any = Wav2Vec2ForCTC.from_pretrained(str(folder), local_files_only=True, use_safetensors=True)
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(
            f"{folder} cannot be loaded: {reason}", remedy="Copy the model's folder again, whole."
        ) from None
    model.eval()
    return Wav2Vec2Acoustic(folder, model, torch)


def _code(language: str) -> str:
    return languages.get(language).engines.get(CODES, language)


def _maybe(path: Path) -> dict[str, Any]:
    return read_json(path) if path.is_file() else {}
