"""Models as transformers saves them: run as they are, converted to CTranslate2, and saying the same both ways.

Needs PyTorch, which is optional: `pip install 'kiosk[torch]'` into an environment of its own, or scripts/test --all.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kiosk import models, settings
from kiosk.engines import convert
from kiosk.engines.seq2seq import Seq2SeqTranslator
from kiosk.errors import InputError, ModelError
from kiosk.models import model_store
from tests import tiny_transformers

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'kiosk[torch]' (scripts/test)")

FAMILIES = ("marian", "m2m100", "nllb", "madlad")


@dataclass(frozen=True)
class Stick:
    folder: Path

    def model(self, family: str) -> Path:
        """Return a folder with a model of a family, made once a session."""
        path = self.folder / family
        return path if path.is_dir() else tiny_transformers.write(path, family)


@pytest.fixture(scope="module")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Stick:
    return Stick(tmp_path_factory.mktemp("stick"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path / "home"))
    return tmp_path


def translator(folder: Path, name: str, family: str, *, beam_size: int = 1) -> Seq2SeqTranslator:
    model = model_store.add(folder, name=name, licence="MIT", codes=("ru", "en"))
    assert model.engine == family, "the family is seen from the files"
    chosen = settings.load().translation.model_copy(update={"beam_size": beam_size, "threads": 1})
    return Seq2SeqTranslator(model, chosen)


def says(engine: Seq2SeqTranslator) -> dict[str, tuple[str, bool, int]]:
    made = {
        text: engine.translate(text, language=tiny_transformers.LANGUAGES[text]) for text in tiny_transformers.PAIRS
    }
    return {text: (each.zh, each.truncated, each.unknown) for text, each in made.items()}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_says_the_same_unconverted_and_converted(stick: Stick, family: str, tmp_path: Path) -> None:
    folder = stick.model(family)
    expected = {text: (zh, False, 0) for text, zh in tiny_transformers.PAIRS.items()}
    plain = translator(folder, "plain", family)
    assert says(plain) == expected
    convert.convert(folder, tmp_path / "converted")
    assert (tmp_path / "converted" / "model.bin").is_file()
    for beam_size in (1, 2):
        assert says(translator(tmp_path / "converted", "small", family, beam_size=beam_size)) == expected
    assert models.verify("small").ok
    assert not [*tmp_path.glob("*.part")]


@pytest.mark.parametrize("family", ["nllb", "m2m100"])
def test_chinese_goes_back_unconverted(stick: Stick, family: str) -> None:
    assert isinstance(translator(stick.model(family), "plain", family).back("我头疼", language="ru"), str)


@pytest.mark.parametrize("quantization", convert.QUANTIZATIONS)
def test_every_quantization_loads(stick: Stick, quantization: str, tmp_path: Path) -> None:
    convert.convert(stick.model("marian"), tmp_path / "out", quantization=quantization)
    assert says(translator(tmp_path / "out", "small", "marian"))


def test_converting_needs_an_empty_place_and_a_sound_model(stick: Stick, tmp_path: Path) -> None:
    folder = stick.model("marian")
    (tmp_path / "there").mkdir()
    with pytest.raises(InputError, match="exists already"):
        convert.convert(folder, tmp_path / "there")
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in folder.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    (broken / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelError, match="cannot be converted"):
        convert.convert(broken, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(ModelError, match="cannot be loaded"):
        translator(broken, "broken", "marian").load()
