"""Words to tokens and back, by sentencepiece or a ``tokenizer.json``.

Nothing else of transformers is needed: importing it takes more than a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from kiosk.errors import ModelError

TOKENIZER = "tokenizer.json"


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


def pieces(folder: Path, names: Sequence[str], model: str) -> Pieces:
    """Return the tokenizer of a folder.

    Args:
        names: file names of the sentencepiece model, the first that is there; ``tokenizer.json`` stands for any.

    Raises:
        ModelError: there is none, or the file is no tokenizer.
    """
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
        raise ModelError(f"{path} is no tokenizer: {first_line(error)}") from None


def first_line(error: BaseException) -> str:
    """Return the first line of a library's complaint, as a sentence."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".") + "."
