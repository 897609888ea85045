"""MMS and XLS-R through transformers, on tiny models made on the spot; only where PyTorch is installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kiosk import settings
from kiosk.engines.ctc import CtcRecognizer
from kiosk.engines.ctc_score import forward
from kiosk.errors import ModelError
from kiosk.models import model_store
from kiosk.recognition import Samples

torch: Any = pytest.importorskip("torch")

SYMBOLS = ["<pad>", "<s>", "</s>", "<unk>", "|", "а", "б", "в"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path / "home"))
    return tmp_path


def write(folder: Path, *, adapters: bool) -> Any:
    """Write a random tiny model as transformers saves it; return it."""
    from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

    torch.manual_seed(3)
    config = Wav2Vec2Config(
        vocab_size=len(SYMBOLS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        conv_dim=(8, 8),
        conv_kernel=(10, 8),
        conv_stride=(10, 8),
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
        do_stable_layer_norm=adapters,
        adapter_attn_dim=4 if adapters else None,
        pad_token_id=0,
    )
    model: Any = Wav2Vec2ForCTC(config)
    model.save_pretrained(folder)
    table = {symbol: number for number, symbol in enumerate(SYMBOLS)}
    nested = {"kaz": table, "kir": {**table, "г": len(SYMBOLS)}} if adapters else table
    (folder / "vocab.json").write_text(json.dumps(nested), encoding="utf-8")
    return model.eval()


def add(folder: Path, *codes: str) -> CtcRecognizer:
    model = model_store.add(folder, name="tiny-wav2vec2", licence="MIT", codes=codes)
    assert (model.kind, model.engine) == ("asr", "wav2vec2")
    return CtcRecognizer(model, settings.load().recognition)


def noise() -> Samples:
    return np.random.default_rng(5).normal(0.2, 0.1, 8000).astype(np.float32)


def test_xls_r_answers_as_transformers_does(home: Path) -> None:
    model = write(home / "stick", adapters=False)
    sound = noise()
    given = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
    with torch.inference_mode():
        theirs = torch.log_softmax(model(torch.from_numpy(given)[None]).logits[0], dim=-1)
    frames, vocabulary = add(home / "stick", "kk").hear(sound, language="kk")
    assert frames == pytest.approx(theirs.numpy(), abs=1e-4)
    # PyTorch's CTC loss is minus the forward sum.
    labels = vocabulary.labels("аб ва")
    assert labels == (5, 6, 4, 7, 5)
    loss = torch.nn.functional.ctc_loss(
        theirs[:, None], torch.tensor([labels]), [len(theirs)], [len(labels)], blank=0, reduction="sum"
    )
    assert forward(frames, [labels], blank=vocabulary.blank)[0] == pytest.approx(-float(loss), abs=1e-2)


def test_mms_changes_its_adapter_with_the_language(home: Path) -> None:
    from safetensors.torch import save_file

    folder = home / "stick"
    model = write(folder, adapters=True)
    own = {name: value.detach().clone().contiguous() for name, value in model._get_adapters().items()}
    save_file(own, folder / "adapter.kaz.safetensors")
    wider = {
        name: torch.randn(len(SYMBOLS) + 1, *value.shape[1:]) if name.startswith("lm_head") else value + 0.5
        for name, value in own.items()
    }
    save_file(wider, folder / "adapter.kir.safetensors")
    recognizer = add(folder, "kk", "ky", "mn")
    sound = noise()
    kazakh, letters = recognizer.hear(sound, language="kk")
    kyrgyz, more = recognizer.hear(sound, language="ky")
    assert (kazakh.shape[1], kyrgyz.shape[1]) == (len(SYMBOLS), len(SYMBOLS) + 1)
    assert (letters.labels("г"), more.labels("г")) == ((), (len(SYMBOLS),))
    assert recognizer.hear(sound, language="kk")[0] == pytest.approx(kazakh, abs=1e-6)
    with pytest.raises(ModelError, match="has no language 'mon'"):
        recognizer.recognize(sound, language="mn")


def test_a_language_without_its_adapter_says_so(home: Path) -> None:
    folder = home / "stick"
    write(folder, adapters=True)
    with pytest.raises(ModelError, match=r"no usable adapter\.kaz\.safetensors") as caught:
        add(folder, "kk").recognize(noise(), language="kk")
    assert "Copy adapter.kaz.safetensors" in caught.value.remedy
