"""Encoder–decoder translation: NLLB-200, M2M100, MADLAD-400 and Marian/OPUS.

The families differ only in how a sentence is dressed: which token names the source language, which one the target, and
which sentencepiece model cuts the words. Weights run in CTranslate2; a folder that holds a transformers model instead
(``model.safetensors``) runs there, when PyTorch is installed. Tokens are made by sentencepiece alone: importing
transformers takes more than a second, and its tokenizers would add nothing.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from kiosk import languages, models
from kiosk.errors import EngineError, ModelError, UnsupportedLanguageError
from kiosk.recognition import Check, never
from kiosk.settings import Translation
from kiosk.translation import Rendered, written_for_engines

END = "</s>"
UNKNOWN = "<unk>"
VMAP = "vmap.txt"
TOKENIZER = "tokenizer.json"
TOKENS_PER_TOKEN = 3
SPARE_TOKENS = 24
"""The longest output: three target tokens a source token and some. Longer ones are loops."""

CHINESE_TAGS = (">>cmn_Hans<<", ">>zho<<", ">>cmn<<", ">>zh<<")
"""How multilingual Marian models are told to write Chinese, the best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """How one family of models is fed.

    Attributes:
        source, target: file names of the sentencepiece models, the first that is there.
        tag: how the family writes a language's token, with ``{}`` for its code.
        source_tag: the source begins with the token of the source language.
        target_tag: the source begins with the token of the target language (MADLAD, multilingual Marian).
        prefix: the output begins with the token of the target language, which is not part of the text.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    tag: str = "{}"
    source_tag: bool = False
    target_tag: bool = False
    prefix: bool = False


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "nllb": Family(
            source=("sentencepiece.bpe.model",), target=("sentencepiece.bpe.model",), source_tag=True, prefix=True
        ),
        "m2m100": Family(
            source=("sentencepiece.bpe.model", "spm.128k.model"),
            target=("sentencepiece.bpe.model", "spm.128k.model"),
            tag="__{}__",
            source_tag=True,
            prefix=True,
        ),
        "madlad": Family(
            source=("spiece.model", "sentencepiece.model"),
            target=("spiece.model", "sentencepiece.model"),
            tag="<2{}>",
            target_tag=True,
        ),
        "marian": Family(source=("source.spm",), target=("target.spm",)),
    }
)


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


class Seq2SeqTranslator:
    """The :class:`kiosk.translation.Translator` of the encoder–decoder families. Not re-entrant."""

    def __init__(self, model: models.Model, settings: Translation) -> None:
        self._entry = model
        self._family = FAMILIES[model.engine]
        self._settings = settings
        self._backend: Backend | None = None
        self._source: Pieces | None = None
        self._target: Pieces | None = None
        self._simplify: Any = None

    @property
    def engine(self) -> str:
        return self._entry.id

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(self._entry.languages)

    def load(self, check: Check = never) -> None:
        """Check the files against their checksums and load them, once.

        Raises:
            ModelError: a file is missing, altered, or not of this family.
        """
        if self._backend is not None:
            return
        folder = models.ensure(self._entry.name, check=check)
        import opencc

        self._source = _pieces(folder, self._family.source, self._entry.name)
        self._target = _pieces(folder, self._family.target, self._entry.name)
        self._simplify = opencc.OpenCC("t2s")  # M2M100 writes both forms
        self._backend = _backend(folder, self._entry.name, self._settings)
        check()

    def translate(self, text: str, *, language: str, check: Check = never) -> Rendered:
        """Return the Chinese of one sentence. See :class:`kiosk.translation.Translator`."""
        self.load(check)
        return self._render(written_for_engines(text, language), language, "zh", check)

    def back(self, zh: str, *, language: str, check: Check = never) -> str:
        """Return Chinese in the patient's language; empty by a model that only knows one direction."""
        if self._entry.engine == "marian":
            return ""
        self.load(check)
        return self._render(zh, "zh", language, check).zh

    def _render(self, text: str, source: str, target: str, check: Check) -> Rendered:
        backend, cutter, joiner = self._backend, self._source, self._target
        if backend is None or cutter is None or joiner is None:
            raise RuntimeError("the translator has not been loaded")
        before, prefix, behind = self._dress(source, target, backend.vocabulary)
        if self._family.target_tag:
            # In MADLAD's training the tag was part of the text: a word boundary stands before it.
            tagged = cutter.encode(before[0])
            before = tagged if before[0] in tagged else before
        made: list[str] = []
        truncated, unknown = False, 0
        for pieces in self._cut(cutter.encode(text)):
            check()
            unknown += sum(piece not in backend.vocabulary or piece == UNKNOWN for piece in pieces)
            limit = min(self._settings.max_tokens * 2, TOKENS_PER_TOKEN * len(pieces) + SPARE_TOKENS)
            output = backend.run([*before, *pieces, *behind], prefix, limit=limit + len(prefix), check=check)
            truncated = truncated or not output.ended
            unknown += output.tokens.count(UNKNOWN)
            made.append(joiner.decode([token for token in output.tokens if token != UNKNOWN]))
        joined = "".join(made) if target == "zh" else " ".join(made)
        return Rendered(
            zh=self._simplify.convert(joined) if target == "zh" else joined, truncated=truncated, unknown=unknown
        )

    def _dress(self, source: str, target: str, vocabulary: frozenset[str]) -> tuple[list[str], list[str], list[str]]:
        """Return the tokens before the sentence, the output's prefix, and the tokens behind the sentence."""
        family = self._family
        if self._entry.engine == "marian":
            tag = next((tag for tag in CHINESE_TAGS if tag in vocabulary), None)
            return ([tag] if tag else []), [], [END]
        tags = {code: family.tag.format(self._code(code)) for code in (source, target)}
        absent = [tag for tag in tags.values() if tag not in vocabulary and (family.source_tag or tag == tags[target])]
        if absent:
            raise ModelError(
                f"Model {self._entry.name!r} lacks the token {absent[0]!r}: it is no {self._entry.engine} model "
                "that knows this language.",
                remedy="Correct its engine or languages in the manifest (kiosk models list).",
            )
        before = [tags[source]] if family.source_tag else [tags[target]] if family.target_tag else []
        return before, ([tags[target]] if family.prefix else []), [END]

    def _code(self, language: str) -> str:
        code = languages.get(language).engines.get(self._entry.engine)
        if code is None:
            raise UnsupportedLanguageError(
                f"{self._entry.engine} has no code for {languages.get(language).zh} ({language}).",
                remedy="Add it to [engines] of config/languages.toml, or choose another model.",
            )
        return code

    def _cut(self, pieces: list[str]) -> Iterator[list[str]]:
        """Yield the sentence as tokens, cut where it is longer than the model should read at once."""
        limit = self._settings.max_tokens
        while len(pieces) > limit:
            head = pieces[:limit]
            cut = max(
                (index + 1 for index, piece in enumerate(head) if piece.strip("▁") in (",", "،", "，", ";", "、")),
                default=0,
            )
            # Else before the last whole word; a text without spaces is cut where the limit falls.
            cut = cut or max((index for index, piece in enumerate(head) if piece.startswith("▁")), default=0) or limit
            yield pieces[:cut]
            pieces = pieces[cut:]
        yield pieces


class Pieces(Protocol):
    """What cuts a text into tokens and joins them again."""

    def encode(self, text: str) -> list[str]: ...

    def decode(self, tokens: Sequence[str]) -> str: ...


class SentencePieces:
    """A sentencepiece model."""

    def __init__(self, processor: Any) -> None:
        self._processor = processor

    def encode(self, text: str) -> list[str]:
        return list(self._processor.encode(text, out_type=str))

    def decode(self, tokens: Sequence[str]) -> str:
        return str(self._processor.decode_pieces([*tokens])).strip()


class TokenizerFile:
    """A ``tokenizer.json``, as many converted repositories have it in place of the sentencepiece model."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def encode(self, text: str) -> list[str]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).tokens)

    def decode(self, tokens: Sequence[str]) -> str:
        return "".join(tokens).replace("▁", " ").strip()


def _pieces(folder: Path, names: Sequence[str], model: str) -> Pieces:
    import sentencepiece
    import tokenizers

    path = next((folder / name for name in (*names, TOKENIZER) if (folder / name).is_file()), None)
    if path is None:
        raise ModelError(
            f"Model {model!r} lacks its tokenizer: none of {', '.join((*names, TOKENIZER))} is in {folder}.",
            remedy="Copy the file from the model's source beside model.bin, and add the folder again.",
        )
    try:
        if path.name == TOKENIZER:
            return TokenizerFile(tokenizers.Tokenizer.from_file(str(path)))
        return SentencePieces(sentencepiece.SentencePieceProcessor(model_file=str(path)))
    except Exception as error:  # noqa: BLE001 - the tokenizers library raises no other
        raise ModelError(f"{path} is no tokenizer: {_first_line(error)}") from None


def _backend(folder: Path, model: str, settings: Translation) -> Backend:
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
                f"Model {model!r} cannot be loaded: {_first_line(error)}",
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
            raise EngineError(f"Translation failed: {_first_line(error)}") from None
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
                f"Model {model!r} cannot be loaded: {_first_line(error)}", remedy=f"Run: kiosk models verify {model}"
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


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".") + "."
