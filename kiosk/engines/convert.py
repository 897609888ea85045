"""A transformers model to CTranslate2's format: smaller, faster, and run without PyTorch, which only this needs."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

from kiosk.errors import InputError, ModelError

QUANTIZATIONS = ("int8", "int8_float32", "int16", "float32")
TOKENIZERS = ("sentencepiece.bpe.model", "spiece.model", "source.spm", "target.spm", "tokenizer.json")


def convert(folder: Path, out: Path, *, quantization: str = "int8") -> None:
    """Convert the model of ``folder`` into the new folder ``out``, its tokenizer files beside it.

    Raises:
        InputError: a folder or the quantization cannot be used.
        ModelError: PyTorch is not installed, or the model is of no kind that can be converted.
    """
    if quantization not in QUANTIZATIONS:
        raise InputError(f"Unknown quantization {quantization!r}.", remedy=f"Known: {', '.join(QUANTIZATIONS)}.")
    if out.exists():
        raise InputError(f"{out} exists already.", remedy="Name a folder that does not exist yet.")
    if (folder / "model.bin").is_file() and not any(folder.glob("*.safetensors")):
        raise InputError(f"{folder} is in CTranslate2's format already.", remedy=f"Run: kiosk models add {folder}")
    if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        raise InputError(
            f"{folder} holds no transformers model with safetensors.",
            remedy="A pickled pytorch_model.bin is never loaded: take the repository's safetensors revision.",
        )
    try:
        import torch  # noqa: F401 - the converter needs it
        from ctranslate2.converters import TransformersConverter
    except ImportError:
        raise ModelError(
            "Converting needs PyTorch, which is not installed here.",
            remedy="Run: pip install 'kiosk[torch]' (another machine will do: the result is copied).",
        ) from None
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        converter = _with_language_tokens(TransformersConverter)(
            str(folder), copy_files=[name for name in TOKENIZERS if (folder / name).is_file()]
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # transformers recommends packages that only its own preprocessing needs
            converter.convert(str(part), quantization=quantization)
        part.replace(out)
    except Exception as error:  # noqa: BLE001 - the converter and safetensors raise types of their own
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{folder} cannot be converted: {reason}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _with_language_tokens(base: Any) -> Any:
    """Return the converter with a tokenizer that lists M2M100's language tokens, as transformers 5 does not."""

    class Converter(base):  # type: ignore[misc]  # the library has no types
        def load_tokenizer(self, *args: Any, **kwargs: Any) -> Any:
            tokenizer = super().load_tokenizer(*args, **kwargs)
            languages = getattr(tokenizer, "lang_token_to_id", None)
            if languages:
                known = {**tokenizer.get_vocab(), **languages}
                tokenizer.get_vocab = lambda: known
            return tokenizer

    return Converter
