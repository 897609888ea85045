"""Tiny translation models as transformers saves them: real tokenizer files, weights taught three sentences."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sentencepiece

from tests import tiny_models

PAIRS = {"у меня болит голова": "我头疼", "my head hurts": "头痛三天了", "penicillin allergic": "对青霉素过敏"}
LANGUAGES = {"у меня болит голова": "ru", "my head hurts": "en", "penicillin allergic": "en"}
STEPS = 160
WIDTH = 32


def write(folder: Path, family: str) -> Path:
    """Write a model of a family that knows :data:`PAIRS`: Marian, M2M100, NLLB or MADLAD (T5)."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    torch.set_num_threads(1)  # threads of so small a model only wait for one another
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Marian recommends sacremoses, which sentencepiece does not need
        tokenizer, model = _MAKERS[family](folder)
        _train(tokenizer, model, family)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _spm(folder: Path, name: str, *, symbols: tuple[str, ...] = (), **ids: Any) -> sentencepiece.SentencePieceProcessor:
    prefix = folder / f"{name}.training"
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([*tiny_models.TEXT, *PAIRS, *PAIRS.values()] * 20),
        model_prefix=str(prefix),
        vocab_size=150,
        character_coverage=1.0,
        hard_vocab_limit=ids.pop("hard", False),
        user_defined_symbols=[*symbols],
        minloglevel=2,
        **ids,
    )
    Path(f"{prefix}.model").rename(folder / name)
    Path(f"{prefix}.vocab").unlink()
    return sentencepiece.SentencePieceProcessor(model_file=str(folder / name))


def _known(*processors: sentencepiece.SentencePieceProcessor) -> list[str]:
    pieces = [p.id_to_piece(index) for p in processors for index in range(p.get_piece_size())]
    return [piece for piece in dict.fromkeys(pieces) if piece not in ("<s>", "</s>", "<unk>", "<pad>")]


def _marian(folder: Path) -> tuple[Any, Any]:
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    known = _known(_spm(folder, "source.spm"), _spm(folder, "target.spm"))
    tokens = ["</s>", "<unk>", *known, "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}), encoding="utf-8")
    tokenizer = MarianTokenizer(str(folder / "source.spm"), str(folder / "target.spm"), str(folder / "vocab.json"))
    pad = tokens.index("<pad>")
    config = _configured(
        MarianConfig,
        vocab_size=len(tokens),
        pad_token_id=pad,
        eos_token_id=0,
        bos_token_id=0,
        decoder_start_token_id=pad,
        forced_eos_token_id=None,
        scale_embedding=True,
        static_position_embeddings=True,
        **_bart(),
    )
    return tokenizer, MarianMTModel(config)


def _m2m100(folder: Path) -> tuple[Any, Any]:
    from transformers import M2M100Tokenizer

    known = _known(_spm(folder, "sentencepiece.bpe.model"))
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *known]
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}), encoding="utf-8")
    tokenizer = M2M100Tokenizer(str(folder / "vocab.json"), str(folder / "sentencepiece.bpe.model"))
    return tokenizer, _m2m(len(tokens) + len(tokenizer.lang_code_to_id) + tokenizer.num_madeup_words)


def _nllb(folder: Path) -> tuple[Any, Any]:
    from transformers import NllbTokenizer

    _spm(folder, "sentencepiece.bpe.model", model_type="bpe")
    codes = ["eng_Latn", "rus_Cyrl", "zho_Hans"]
    tokenizer = NllbTokenizer.from_pretrained(str(folder), extra_special_tokens=codes)
    return tokenizer, _m2m(len(tokenizer))


def _m2m(size: int) -> Any:
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    config = M2M100Config(
        vocab_size=size, pad_token_id=1, bos_token_id=0, eos_token_id=2, decoder_start_token_id=2, **_bart()
    )
    return M2M100ForConditionalGeneration(config)


def _madlad(folder: Path) -> tuple[Any, Any]:
    from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

    _spm(folder, "spiece.model", symbols=("<2zh>", "<2ru>", "<2en>"), pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    tokenizer = T5Tokenizer.from_pretrained(str(folder), extra_ids=0)
    config = _configured(
        T5Config,
        vocab_size=len(tokenizer),
        d_model=WIDTH,
        d_kv=16,
        d_ff=2 * WIDTH,
        num_layers=1,
        num_heads=2,
        dropout_rate=0.0,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
    )
    return tokenizer, T5ForConditionalGeneration(config)


def _configured(kind: Any, **values: Any) -> Any:
    return kind(**values)


def _bart() -> dict[str, Any]:
    return {
        "d_model": WIDTH,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 2 * WIDTH,
        "decoder_ffn_dim": 2 * WIDTH,
        "max_position_embeddings": 256,
        "dropout": 0.0,
        "attention_dropout": 0.0,
        "activation_dropout": 0.0,
        "encoder_layerdrop": 0.0,
        "decoder_layerdrop": 0.0,
    }


_MAKERS: Mapping[str, Callable[[Path], tuple[Any, Any]]] = {
    "marian": _marian,
    "m2m100": _m2m100,
    "nllb": _nllb,
    "madlad": _madlad,
}


def _train(tokenizer: Any, model: Any, family: str) -> None:
    """Teach the model :data:`PAIRS`, dressed as its family's own tokenizer dresses them."""
    import torch

    batch = [_dressed(tokenizer, family, text, zh) for text, zh in PAIRS.items()]
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    model.train()
    for _ in range(STEPS):
        loss = sum(model(input_ids=source, labels=labels).loss for source, labels in batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if family == "marian":  # as in real ones: CTranslate2 begins from a zero embedding
            with torch.no_grad():
                model.get_input_embeddings().weight[model.config.pad_token_id] = 0.0
    model.eval()


def _dressed(tokenizer: Any, family: str, text: str, zh: str) -> tuple[Any, Any]:
    if family in ("m2m100", "nllb"):
        codes = {"ru": "rus_Cyrl", "en": "eng_Latn", "zh": "zho_Hans"} if family == "nllb" else {}
        tokenizer.src_lang = codes.get(LANGUAGES[text], LANGUAGES[text])
        tokenizer.tgt_lang = codes.get("zh", "zh")
    tagged = f"<2zh> {text}" if family == "madlad" else text
    made = tokenizer(tagged, text_target=zh, return_tensors="pt")
    return made["input_ids"], made["labels"]
