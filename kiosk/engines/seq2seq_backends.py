"""What runs the weights of encoder–decoder models: CTranslate2, or transformers for a model that was not converted."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kiosk.engines.seq2seq_pieces import first_line
from kiosk.errors import EngineError, ModelError
from kiosk.recognition import Check
from kiosk.settings import Translation

END = "</s>"
UNKNOWN = "<unk>"
VMAP = "vmap.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Tokens of one translation, without the target's language token and the end; ``ended`` if the model ended it."""

    tokens: list[str]
    ended: bool


class Backend(Protocol):
    """What runs the weights."""

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every token that the source side may hold."""

    def run(self, tokens: list[str], prefix: list[str], *, limit: int, check: Check) -> Output:
        """Translate one token sequence into at most ``limit`` tokens."""


def backend(folder: Path, model: str, settings: Translation) -> Backend:
    """Return what runs the weights of a folder, loaded.

    Raises:
        ModelError: there are none, they cannot be loaded, or need PyTorch, which is not installed.
    """
    if (folder / "model.bin").is_file():
        return CTranslate2Backend(folder, model, settings)
    if any(folder.glob("*.safetensors")):
        return TransformersBackend(folder, model, settings)
    raise ModelError(
        f"Model {model!r} has neither model.bin (CTranslate2) nor *.safetensors (transformers) in {folder}.",
        remedy="Convert it: kiosk models convert FOLDER",
    )


class CTranslate2Backend:
    """Weights in CTranslate2's format. A ``vmap.txt`` beside them restricts the output to its tokens."""

    def __init__(self, folder: Path, model: str, settings: Translation) -> None:
        import ctranslate2

        self._settings = settings
        self._vmap = (folder / VMAP).is_file()
        try:
            self._translator = ctranslate2.Translator(
                str(folder),
                device="cpu",
                compute_type="default",
                inter_threads=1,
                intra_threads=settings.threads or os.cpu_count() or 1,
            )
            self._vocabulary = vocabulary(folder)
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelError(
                f"Model {model!r} cannot be loaded: {first_line(error)}",
                remedy=f"Run: kiosk models verify {model}",
            ) from None

    @property
    def vocabulary(self) -> frozenset[str]:
        return self._vocabulary

    def run(self, tokens: list[str], prefix: list[str], *, limit: int, check: Check) -> Output:
        greedy = self._settings.beam_size == 1
        stopped: list[BaseException] = []

        def stop(_step: object) -> bool:
            try:
                check()
            except BaseException as error:  # noqa: BLE001 - carried out of the library's callback and raised below
                stopped.append(error)
                return True
            return False

        try:
            result = self._translator.translate_batch(
                [tokens],
                target_prefix=[prefix] if prefix else None,
                beam_size=self._settings.beam_size,
                max_input_length=0,  # never cut in silence: the caller has cut
                max_decoding_length=limit,
                return_end_token=True,
                use_vmap=self._vmap,
                callback=stop if greedy else None,  # the library calls it in greedy search only
            )[0].hypotheses[0]
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"Translation failed: {first_line(error)}") from None
        if stopped:
            raise stopped[0]
        text = [token for token in result[len(prefix) :] if token != END]
        return Output(tokens=text, ended=bool(result) and result[-1] == END)


class TransformersBackend:
    """Weights as transformers keeps them, for a model that was not converted. Needs PyTorch, which is optional."""

    def __init__(self, folder: Path, model: str, settings: Translation) -> None:
        try:
            import torch
        except ImportError:
            raise ModelError(
                f"Model {model!r} is not converted, and PyTorch, which could run it as it is, is not installed.",
                remedy="Run: kiosk models convert FOLDER on a machine with PyTorch, or: pip install 'kiosk[torch]'",
            ) from None
        import transformers

        self._torch, self._settings = torch, settings
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it recommends packages that only its own preprocessing needs
                self._model = transformers.AutoModelForSeq2SeqLM.from_pretrained(
                    str(folder), local_files_only=True, use_safetensors=True, trust_remote_code=False
                ).eval()
                self._tokenizer = transformers.AutoTokenizer.from_pretrained(
                    str(folder), local_files_only=True, trust_remote_code=False
                )
        except Exception as error:  # noqa: BLE001 - safetensors raises types of its own
            raise ModelError(
                f"Model {model!r} cannot be loaded: {first_line(error)}", remedy=f"Run: kiosk models verify {model}"
            ) from None
        if settings.threads:
            torch.set_num_threads(settings.threads)

    @property
    def vocabulary(self) -> frozenset[str]:
        languages = getattr(self._tokenizer, "lang_token_to_id", {})  # M2M100's vocabulary leaves them out
        return frozenset({*self._tokenizer.get_vocab(), *languages})

    def run(self, tokens: list[str], prefix: list[str], *, limit: int, check: Check) -> Output:
        check()
        ids = self._tokenizer.convert_tokens_to_ids(tokens)
        forced = self._tokenizer.convert_tokens_to_ids(prefix[0]) if prefix else None
        with self._torch.inference_mode():
            made = self._model.generate(
                self._torch.tensor([ids]),
                num_beams=self._settings.beam_size,
                do_sample=False,
                max_new_tokens=limit,
                forced_bos_token_id=forced,
            )[0].tolist()
        end = self._tokenizer.eos_token_id
        body = made[1:]  # without the decoder's start token, which for some families is the end token
        ended = end in body
        found = self._tokenizer.convert_ids_to_tokens(body[: body.index(end)] if ended else body)
        special = {*self._tokenizer.all_special_tokens} - {self._tokenizer.unk_token}
        text = [token for token in found if token not in special and token not in prefix]
        return Output(tokens=[UNKNOWN if t == self._tokenizer.unk_token else t for t in text], ended=ended)


def vocabulary(folder: Path) -> frozenset[str]:
    """Return the source tokens of a CTranslate2 folder, in any of the forms that its converters write.

    Raises:
        ValueError: there is none, or it is not one.
    """
    for name in ("shared_vocabulary", "source_vocabulary"):
        if (folder / f"{name}.json").is_file():
            return frozenset(json.loads((folder / f"{name}.json").read_text(encoding="utf-8")))
        if (folder / f"{name}.txt").is_file():
            return frozenset((folder / f"{name}.txt").read_text(encoding="utf-8").split("\n"))
    raise ValueError(f"there is no vocabulary in {folder}")
