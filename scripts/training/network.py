"""The network: a small Marian of transformers, its loss, and the folder that the converter reads."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig, MarianConfig, MarianMTModel

from training import vocabulary
from training.vocabulary import Vocabulary

NEVER = -1e4
"""The output bias of pieces that are never written."""

SMOOTHING = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the network is: width, layers, heads, width of the inner layers, dropout."""

    width: int = 256
    encoder: int = 4
    decoder: int = 2
    heads: int = 4
    inner: int = 1024
    dropout: float = 0.1


def build(size: Size, words: Vocabulary) -> Any:
    """Return a new network with random weights."""
    config = MarianConfig(
        vocab_size=words.size,
        decoder_vocab_size=words.size,
        d_model=size.width,
        encoder_layers=size.encoder,
        decoder_layers=size.decoder,
        encoder_attention_heads=size.heads,
        decoder_attention_heads=size.heads,
        encoder_ffn_dim=size.inner,
        decoder_ffn_dim=size.inner,
        dropout=size.dropout,
        attention_dropout=0.0,
        activation_dropout=0.0,
        activation_function="relu",
        scale_embedding=True,
        share_encoder_decoder_embeddings=True,
        tie_word_embeddings=True,
        init_std=size.width**-0.5,  # as Glorot: at 0.02 a narrow network learns Chinese, but not to read the source
        max_position_embeddings=512,
        pad_token_id=words.pad,
        eos_token_id=words.end,
        decoder_start_token_id=words.pad,
        forced_eos_token_id=None,
    )
    return MarianMTModel(config)


def batch(rows: Sequence[tuple[list[int], list[int]]], words: Vocabulary) -> tuple[Any, Any, Any]:
    """Return sources, decoder inputs and labels of some sentences, padded: [sentences, tokens] each.

    Labels are -100 where there is nothing; the decoder starts from the pad token, whose embedding is zero.
    """
    longest, end = max(len(source) for source, _ in rows), max(len(target) for _, target in rows)
    sources = torch.full((len(rows), longest), words.pad)
    inputs = torch.full((len(rows), end), words.pad)
    labels = torch.full((len(rows), end), -100)
    for number, (source, target) in enumerate(rows):
        sources[number, : len(source)] = torch.tensor(source)
        labels[number, : len(target)] = torch.tensor(target)
        inputs[number, 1 : len(target)] = torch.tensor(target[:-1])
    return sources, inputs, labels


def loss(network: Any, words: Vocabulary, sources: Any, inputs: Any, labels: Any, *, smoothing: float) -> Any:
    """Return the mean cross entropy of a batch, in nats a token, over the pieces that may be written."""
    hidden = network.model(
        input_ids=sources,
        attention_mask=(sources != words.pad).long(),
        decoder_input_ids=inputs,
        use_cache=False,
    ).last_hidden_state
    kept = labels != -100
    logits = hidden[kept] @ network.model.shared.weight[: words.outputs].T
    return torch.nn.functional.cross_entropy(logits, labels[kept], label_smoothing=smoothing)


def save(network: Any, words_folder: Path, words: Vocabulary, folder: Path) -> None:
    """Write a folder as transformers keeps Marian models, for ``kiosk models convert``."""
    folder.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        network.final_logits_bias.zero_()
        network.final_logits_bias[0, words.outputs :] = NEVER
        network.final_logits_bias[0, words.ids[vocabulary.UNKNOWN]] = NEVER
    network.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]  # the library's
        eos_token_id=words.end,
        pad_token_id=words.pad,
        decoder_start_token_id=words.pad,
        bad_words_ids=[[words.pad]],
        max_length=256,
    )
    network.save_pretrained(folder)
    for name in (vocabulary.SOURCE, vocabulary.TARGET, vocabulary.VOCABULARY):
        if words_folder.resolve() != folder.resolve():
            shutil.copyfile(words_folder / name, folder / name)
    tokenizer = {"tokenizer_class": "MarianTokenizer", "source_lang": "mul", "target_lang": "zho"}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer), encoding="utf-8")


def load(folder: Path) -> Any:
    """Return the network of a folder that :func:`save` has written."""
    return MarianMTModel.from_pretrained(str(folder), local_files_only=True, use_safetensors=True)


def described(size: Size, network: Any) -> dict[str, Any]:
    """Return the size with the number of weights."""
    return {**asdict(size), "weights": sum(each.numel() for each in network.parameters())}
