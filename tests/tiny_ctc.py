"""Tiny CTC models in the layouts of the real families, written with the onnx package: real files, real onnxruntime.

Each hears levels: a label's logit is the closer to 0 the nearer a frame's value is to the label's level. For
Omnilingual the value is the mean of 20 ms of the waveform, for the others the loudness of their features. So a test
makes a sound that "says" a text, and only the right preparation of the input (normalised, subsampled) brings it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from kiosk.recognition import SAMPLE_RATE, Samples

HOP = 320
"""Samples a frame of the tiny Omnilingual."""

FAR = 1000.0
"""The level of a label that is never heard."""

_SHARP = 40.0


def write_tokens(path: Path, symbols: Sequence[str]) -> None:
    """Write ``tokens.txt``: a symbol and its number a line."""
    path.write_text("".join(f"{symbol} {number}\n" for number, symbol in enumerate(symbols)), encoding="utf-8")


def omnilingual(
    folder: Path, symbols: Sequence[str], levels: Sequence[float], *, name: str = "model.int8.onnx"
) -> None:
    """Write a model that takes ``x`` (N, samples) and gives ``logits`` (N, frames, labels)."""
    folder.mkdir(parents=True, exist_ok=True)
    write_tokens(folder / "tokens.txt", symbols)
    nodes = [
        helper.make_node("Unsqueeze", ["x", "one"], ["channel"]),
        helper.make_node("AveragePool", ["channel"], ["pooled"], kernel_shape=[HOP], strides=[HOP]),
        helper.make_node("Transpose", ["pooled"], ["values"], perm=[0, 2, 1]),
    ]
    _save(
        folder / name,
        [*nodes, *_distances("logits")],
        [("x", TensorProto.FLOAT, ["N", "samples"])],
        [("logits", TensorProto.FLOAT, ["N", "frames", len(symbols)])],
        {"one": np.array([1], np.int64), **_constants(levels)},
        {"model_type": "omnilingual-asr", "sample_rate": "16000"},
    )


def dolphin(
    folder: Path, symbols: Sequence[str], levels: Sequence[float], *, mean: float, invstd: float, bins: int = 80
) -> None:
    """Write a model that takes features (N, T, 80) and lengths and gives log-probabilities and lengths, by 4 fewer."""
    folder.mkdir(parents=True, exist_ok=True)
    write_tokens(folder / "tokens.txt", symbols)
    nodes = [
        helper.make_node("ReduceMean", ["feats", "last"], ["loud"], keepdims=0),
        helper.make_node("Unsqueeze", ["loud", "one"], ["channel"]),
        helper.make_node("AveragePool", ["channel"], ["pooled"], kernel_shape=[1], strides=[4]),
        helper.make_node("Transpose", ["pooled"], ["values"], perm=[0, 2, 1]),
        *_distances("logits"),
        helper.make_node("LogSoftmax", ["logits"], ["log_probs"], axis=-1),
        helper.make_node("Div", ["feats_len", "four"], ["out_len"]),
    ]
    _save(
        folder / "model.int8.onnx",
        nodes,
        [("feats", TensorProto.FLOAT, ["N", "T", 80]), ("feats_len", TensorProto.INT64, ["N"])],
        [("log_probs", TensorProto.FLOAT, ["N", "U", len(symbols)]), ("out_len", TensorProto.INT64, ["N"])],
        {
            "one": np.array([1], np.int64),
            "last": np.array([2], np.int64),
            "four": np.array([4], np.int64),
            **_constants(levels),
        },
        {
            "vocab_size": str(len(symbols)),
            "mean": ",".join([str(mean)] * bins),
            "invstd": ",".join([str(invstd)] * bins),
        },
    )


def gigaam(folder: Path, symbols: Sequence[str], levels: Sequence[float]) -> None:
    """Write a model of onnx-asr's layout: ``features`` (N, 64, T) and lengths to ``log_probs``, by 4 fewer."""
    folder.mkdir(parents=True, exist_ok=True)
    write_tokens(folder / "multilingual_vocab.txt", symbols)
    (folder / "config.json").write_text(
        '{"model_type": "gigaam-multilingual-ctc", "version": "v3", "features_size": 64, "subsampling_factor": 4}'
    )
    nodes = [
        helper.make_node("ReduceMean", ["features", "middle"], ["channel"], keepdims=1),
        helper.make_node("AveragePool", ["channel"], ["pooled"], kernel_shape=[1], strides=[4]),
        helper.make_node("Transpose", ["pooled"], ["values"], perm=[0, 2, 1]),
        helper.make_node("Cast", ["feature_lengths"], ["unused"], to=TensorProto.FLOAT),
        *_distances("logits"),
        helper.make_node("LogSoftmax", ["logits"], ["log_probs"], axis=-1),
    ]
    _save(
        folder / "multilingual_ctc.onnx",
        nodes,
        [("features", TensorProto.FLOAT, ["N", 64, "T"]), ("feature_lengths", TensorProto.INT64, ["N"])],
        [("log_probs", TensorProto.FLOAT, ["N", "U", len(symbols)])],
        {"middle": np.array([1], np.int64), **_constants(levels)},
        {},
    )


def steps(values: Sequence[float], *, hop: int = HOP) -> Samples:
    """Return a waveform that keeps each value for ``hop`` samples."""
    return np.repeat(np.array(values, np.float32), hop)


def loudness(steps_down: Sequence[int], *, seconds: float = 0.2) -> Samples:
    """Return noise, each stretch softer than the loudest by so many powers of e."""
    generator = np.random.default_rng(7)
    noise = generator.uniform(-0.9, 0.9, round(seconds * SAMPLE_RATE)).astype(np.float32)
    return np.concatenate([noise * np.float32(np.exp(-each)) for each in steps_down])


def _constants(levels: Sequence[float]) -> dict[str, NDArray[np.float32]]:
    return {"levels": np.array(levels, np.float32)[None, None], "sharp": np.array(-_SHARP, np.float32)}


def _distances(output: str) -> list[onnx.NodeProto]:
    return [
        helper.make_node("Sub", ["values", "levels"], ["off"]),
        helper.make_node("Mul", ["off", "off"], ["square"]),
        helper.make_node("Mul", ["square", "sharp"], [output]),
    ]


def _save(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[tuple[str, int, list[str | int]]],
    outputs: Sequence[tuple[str, int, list[str | int]]],
    constants: Mapping[str, NDArray[np.float32] | NDArray[np.int64]],
    metadata: Mapping[str, str],
) -> None:
    graph = helper.make_graph(
        list(nodes),
        "tiny",
        [helper.make_tensor_value_info(*each) for each in inputs],
        [helper.make_tensor_value_info(*each) for each in outputs],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model)
    onnx.save(model, path)
