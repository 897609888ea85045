"""The tensors of a CTranslate2 model file."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from kiosk.engines.weights import VERSION, read
from kiosk.errors import ModelError


def model_file(version: int = VERSION) -> bytes:
    """Return a file with two tensors and an alias, as ``ctranslate2/specs/model_spec.py`` writes it."""

    def text(value: str) -> bytes:
        return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"

    table = np.arange(6, dtype=np.float16).reshape(2, 3)
    number = np.array(8, np.int16)
    return b"".join(
        (
            struct.pack("<I", version),
            text("WhisperSpec"),
            struct.pack("<I", 3),
            struct.pack("<I", 2),
            text("a/weight"),
            struct.pack("<BIIBI", 2, 2, 3, 4, table.nbytes),
            table.tobytes(),
            text("a/heads"),
            struct.pack("<BBI", 0, 2, number.nbytes),
            number.tobytes(),
            struct.pack("<I", 1),
            text("b/weight"),
            text("a/weight"),
        )
    )


def test_tensors_and_aliases(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(model_file())
    found = read(path)
    assert found["a/weight"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found["b/weight"] is found["a/weight"]
    assert int(found["a/heads"]) == 8


@pytest.mark.parametrize("size", [0, 3, 10, 40, len(model_file()) - 1])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(model_file()[:size])
    with pytest.raises(ModelError, match="not a whole CTranslate2 model"):
        read(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(model_file(version=5))
    with pytest.raises(ModelError, match="version is 5"):
        read(path)
    path.write_bytes(b"\x80\x04\x95pickle" * 40)
    with pytest.raises(ModelError, match="not a whole CTranslate2 model"):
        read(path)
    with pytest.raises(ModelError, match="not a whole"):
        read(tmp_path / "absent.bin")
