"""A tiny voice in the layout of an MMS model for sherpa-onnx: each letter is a tone of its own, for a hundredth of a
second at 16 kHz. Real file, real sherpa-onnx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

RATE = 16_000
LETTER = 160
"""Samples a token."""


def write(folder: Path, letters: str) -> None:
    """Write ``model.onnx`` and ``tokens.txt`` of a voice that reads these letters."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens = ["_", *letters]
    (folder / "tokens.txt").write_text(
        "".join(f"{token} {number}\n" for number, token in enumerate(tokens)), encoding="utf-8"
    )
    time = np.arange(LETTER, dtype=np.float32) / RATE
    tones = np.stack([0.5 * np.sin(2 * np.pi * 100 * number * time) for number in range(len(tokens))])
    constants: dict[str, np.ndarray[Any, Any]] = {
        "tones": tones.astype(np.float32),
        "flat": np.array([1, 1, -1], np.int64),
    }
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["tones", "x"], ["pieces"]),
            helper.make_node("Reshape", ["pieces", "flat"], ["y"]),
        ],
        "voice",
        [
            helper.make_tensor_value_info("x", TensorProto.INT64, ["N", "L"]),
            helper.make_tensor_value_info("x_length", TensorProto.INT64, ["N"]),
            *(
                helper.make_tensor_value_info(name, TensorProto.FLOAT, [1])
                for name in ("noise_scale", "length_scale", "noise_scale_w")
            ),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 1, "T"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    described = {
        "model_type": "vits",
        "comment": "mms",
        "language": "Tibetan",
        "frontend": "characters",
        "add_blank": "0",
        "n_speakers": "1",
        "sample_rate": str(RATE),
    }
    helper.set_model_props(model, described)
    onnx.save(model, folder / "model.onnx")
