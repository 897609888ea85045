"""Tiny translation models in CTranslate2's own format, written with numpy: real files, real engine, no PyTorch.

The decoder's embeddings are zero and its layers add nothing, so what comes out at each step depends on the position
alone: the weights of the last layer say which token stands where. So a test decides what such a model "translates".
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import sentencepiece

WIDTH = 32
"""Of the model, and so the longest sentence that it can say."""

TEXT = (
    "у меня болит голова и живот",
    "менің басым ауырады қызуым бар",
    "my head hurts and i have a fever wobble",
    "penicillin allergic aspirin not cannot take",
    "我头疼发烧没有对青霉素过敏但是不能服用阿司匹林头痛三天了。，",
)


def pieces(folder: Path, name: str, *, symbols: Sequence[str] = ()) -> sentencepiece.SentencePieceProcessor:
    """Train a small sentencepiece model and put it into a folder."""
    prefix = folder / f"{name}.training"
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([*TEXT] * 20),
        model_prefix=str(prefix),
        vocab_size=120,
        model_type="unigram",
        character_coverage=1.0,
        hard_vocab_limit=False,
        user_defined_symbols=[*symbols],
        minloglevel=2,
    )
    shutil.move(f"{prefix}.model", folder / name)
    Path(f"{prefix}.vocab").unlink()
    return sentencepiece.SentencePieceProcessor(model_file=str(folder / name))


def write(
    folder: Path,
    family: str,
    says: str,
    *,
    tags: Sequence[str] = (),
    ends: bool = True,
    unknown_at: int | None = None,
    vmap: Sequence[str] | None = None,
) -> Path:
    """Write a model that translates everything into ``says``.

    Args:
        family: ``nllb``, ``m2m100``, ``madlad`` or ``marian``.
        tags: language tokens of its vocabulary, the target's first.
        ends: False for one that never stops.
        unknown_at: the place of an unknown token in its output.
        vmap: the only tokens that it may say.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if family == "marian":
        source = pieces(folder, "source.spm")
        target = pieces(folder, "target.spm")
    else:
        file = "spiece.model" if family == "madlad" else "sentencepiece.bpe.model"
        source = target = pieces(folder, file, symbols=tags if family == "madlad" else ())
    words = target.encode(says, out_type=str)
    if unknown_at is not None:
        words.insert(unknown_at, "<unk>")
    known = [source.id_to_piece(index) for index in range(source.get_piece_size())]
    vocabulary = list(dict.fromkeys(["<unk>", "<s>", "</s>", *known, *words, *tags]))
    prefixed = family in ("nllb", "m2m100")
    steps = [*([tags[0]] if prefixed else []), *words]
    _weights(folder, vocabulary, steps, ends=ends)
    if vmap is not None:
        (folder / "vmap.txt").write_text("\t" + " ".join(vmap) + "\n", encoding="utf-8")
    return folder


def _weights(folder: Path, vocabulary: list[str], steps: list[str], *, ends: bool) -> None:
    spec = ctranslate2.specs.TransformerSpec.from_config(1, 2, pre_norm=True)
    random = np.random.default_rng(0)

    def small(*shape: int) -> Any:
        return (random.standard_normal(shape) * 0.02).astype(np.float32)

    def linear(layer: Any, out: int, inner: int, *, silent: bool = False) -> None:
        layer.weight = np.zeros((out, inner), np.float32) if silent else small(out, inner)
        layer.bias = np.zeros(out, np.float32)

    def norm(layer: Any) -> None:
        layer.gamma, layer.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    for side in (spec.encoder, spec.decoder):
        embeddings = side.embeddings if side is spec.decoder else side.embeddings[0]
        embeddings.weight = (
            np.zeros((len(vocabulary), WIDTH), np.float32) if side is spec.decoder else small(len(vocabulary), WIDTH)
        )
        side.position_encodings.encodings = np.tile(np.eye(WIDTH, dtype=np.float32) * 4, (16, 1))
        norm(side.layer_norm)
        for layer in side.layer:
            norm(layer.self_attention.layer_norm)
            linear(layer.self_attention.linear[0], 3 * WIDTH, WIDTH)
            linear(layer.self_attention.linear[1], WIDTH, WIDTH, silent=True)
            norm(layer.ffn.layer_norm)
            linear(layer.ffn.linear_0, 2 * WIDTH, WIDTH)
            linear(layer.ffn.linear_1, WIDTH, 2 * WIDTH, silent=True)
            if side is spec.decoder:
                norm(layer.attention.layer_norm)
                linear(layer.attention.linear[0], WIDTH, WIDTH)
                linear(layer.attention.linear[1], 2 * WIDTH, WIDTH)
                linear(layer.attention.linear[2], WIDTH, WIDTH, silent=True)
    projection = np.zeros((len(vocabulary), WIDTH), np.float32)
    for step, token in enumerate(steps):
        projection[vocabulary.index(token), step] = 10.0
    # A row with few entries: int8 would lose the sum of many small ones.
    if ends:
        projection[vocabulary.index("</s>"), len(steps)] = 10.0
    else:
        for step in range(len(steps), WIDTH):
            projection[vocabulary.index(steps[1 + step % (len(steps) - 1)]), step] = 10.0
    spec.decoder.projection.weight = projection
    spec.decoder.projection.bias = np.zeros(len(vocabulary), np.float32)
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    spec.config.decoder_start_token = "</s>"
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    if not any(folder.glob("*vocabulary*")):
        raise AssertionError(json.dumps(sorted(path.name for path in folder.iterdir())))
