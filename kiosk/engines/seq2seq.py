"""Encoder–decoder translation: NLLB-200, M2M100, MADLAD-400 and Marian/OPUS.

The families differ only in how a sentence is dressed: which token names the source language, which one the target, and
which sentencepiece model cuts the words. Weights run in CTranslate2; a folder that holds a transformers model instead
(``model.safetensors``) runs there, when PyTorch is installed. Tokens are made by sentencepiece alone: importing
transformers takes more than a second, and its tokenizers would add nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kiosk import languages, models
from kiosk.engines.seq2seq_backends import END, UNKNOWN, Backend, backend
from kiosk.engines.seq2seq_pieces import Pieces, pieces
from kiosk.errors import ModelError, UnsupportedLanguageError
from kiosk.models.records import Model
from kiosk.recognition import Check, never
from kiosk.settings import Translation
from kiosk.translation import Rendered, written_for_engines

TOKENS_PER_TOKEN = 3
SPARE_TOKENS = 24
"""The longest output: three target tokens a source token and some. Longer ones are loops."""

CHINESE_TAGS = (">>cmn_Hans<<", ">>zho<<", ">>cmn<<", ">>zh<<")
"""How multilingual Marian models are told to write Chinese, the best first."""


def source_tag(language: str) -> str:
    """Return the token by which a model of this project (``scripts/training/``) is told the language it reads.

    No published Marian model has such tokens; where the vocabulary lacks it, none is written.
    """
    return f">>from_{language}<<"


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


class Seq2SeqTranslator:
    """The :class:`kiosk.translation.Translator` of the encoder–decoder families. Not re-entrant."""

    def __init__(self, model: Model, settings: Translation) -> None:
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

    @property
    def supplement(self) -> bool:
        """Whether its Chinese is shown only where nothing speaks against it (:class:`kiosk.translation.Translator`)."""
        return self._entry.supplement

    def load(self, check: Check = never) -> None:
        """Check the files against their checksums and load them, once.

        Raises:
            ModelError: a file is missing, altered, or not of this family.
        """
        if self._backend is not None:
            return
        folder = models.ensure(self._entry.name, check=check)
        import opencc

        self._source = pieces(folder, self._family.source, self._entry.name)
        self._target = pieces(folder, self._family.target, self._entry.name)
        self._simplify = opencc.OpenCC("t2s")  # M2M100 writes both forms
        self._backend = backend(folder, self._entry.name, self._settings)
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
        running, cutter, joiner = self._backend, self._source, self._target
        if running is None or cutter is None or joiner is None:
            raise RuntimeError("the translator has not been loaded")
        before, prefix, behind = self._dress(source, target, running.vocabulary)
        if self._family.target_tag:
            # In MADLAD's training the tag was part of the text: a word boundary stands before it.
            tagged = cutter.encode(before[0])
            before = tagged if before[0] in tagged else before
        made: list[str] = []
        truncated, unknown = False, 0
        for piece_run in self._cut(cutter.encode(text)):
            check()
            unknown += sum(piece not in running.vocabulary or piece == UNKNOWN for piece in piece_run)
            limit = min(self._settings.max_tokens * 2, TOKENS_PER_TOKEN * len(piece_run) + SPARE_TOKENS)
            output = running.run([*before, *piece_run, *behind], prefix, limit=limit + len(prefix), check=check)
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
            tag = next((tag for tag in (source_tag(source), *CHINESE_TAGS) if tag in vocabulary), None)
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

    def _cut(self, tokens: list[str]) -> Iterator[list[str]]:
        """Yield the sentence as tokens, cut where it is longer than the model should read at once."""
        limit = self._settings.max_tokens
        while len(tokens) > limit:
            head = tokens[:limit]
            cut = max(
                (index + 1 for index, piece in enumerate(head) if piece.strip("▁") in (",", "،", "，", ";", "、")),
                default=0,
            )
            # Else before the last whole word; a text without spaces is cut where the limit falls.
            cut = cut or max((index for index, piece in enumerate(head) if piece.startswith("▁")), default=0) or limit
            yield tokens[:cut]
            tokens = tokens[cut:]
        yield tokens
