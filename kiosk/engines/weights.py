"""The tensors of a CTranslate2 model file, as numpy arrays.

CTranslate2 runs whole models; phrase recognition needs the decoder's layers one by one (see ``tree_decoder``). The
format is the binary version 6 that ``ctranslate2.converters`` writes (``ctranslate2/specs/model_spec.py``, MIT): little
endian; names and tensors in turn, then aliases of tensors that are stored once. Nothing in it is executed.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiosk.errors import ModelError

VERSION = 6

_TYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)

Tensor = NDArray[Any]


def read(path: Path) -> Mapping[str, Tensor]:
    """Return every tensor of ``model.bin`` by name, mapped from the file and not copied.

    Raises:
        ModelError: the file is cut short, or not such a file, or of a type that numpy lacks (bfloat16).
    """
    try:
        data = np.memmap(path, dtype=np.uint8, mode="r")
        return _Reader(data).tensors()
    except (OSError, ValueError, IndexError, KeyError, struct.error) as error:
        raise ModelError(
            f"{path} is not a whole CTranslate2 model of binary version {VERSION}: {error}.",
            remedy="Run: kiosk models verify",
        ) from error


class _Reader:
    """A cursor in the file."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data = data
        self._at = 0

    def tensors(self) -> dict[str, Tensor]:
        version = self._number("I")
        if version != VERSION:
            raise ValueError(f"its version is {version}")
        self._text()  # the specification's name
        self._number("I")  # its revision
        found: dict[str, Tensor] = {}
        for _ in range(self._number("I")):
            name = self._text()
            shape = [self._number("I") for _ in range(self._number("B"))]
            kind = np.dtype(_TYPES[self._number("B")])
            size = self._number("I")
            found[name] = np.frombuffer(self._bytes(size), dtype=kind).reshape(shape)
        for _ in range(self._number("I")):
            name = self._text()
            found[name] = found[self._text()]
        return found

    def _bytes(self, size: int) -> NDArray[np.uint8]:
        piece = self._data[self._at : self._at + size]
        if piece.size != size:
            raise ValueError("it is cut short")
        self._at += size
        return piece

    def _number(self, form: str) -> int:
        return int(struct.unpack(f"<{form}", self._bytes(struct.calcsize(form)).tobytes())[0])

    def _text(self) -> str:
        return self._bytes(self._number("H")).tobytes().rstrip(b"\0").decode()
