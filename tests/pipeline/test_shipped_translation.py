"""The translation model that ships: its files, that it runs in CTranslate2 alone, and that no setting names it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kiosk import engines, models, phrasebook, settings
from kiosk.encounter import Utterance
from kiosk.translation import Translator, reconciled
from training.pairs import LANGUAGES

NAME = "small-zh"
LARGEST = 15_000_000


@pytest.fixture(scope="module")
def engine() -> Translator:
    made = engines.translator(settings.load(), NAME)
    assert made is not None
    made.load()
    return made


def test_its_files_are_those_of_the_manifest_and_small() -> None:
    entry = models.get(NAME)
    assert models.verify(NAME).ok
    assert entry.size < LARGEST
    assert entry.languages == LANGUAGES
    assert entry.supplement
    assert entry.folder is not None
    everything = sum(path.stat().st_size for path in Path(entry.folder).rglob("*") if path.is_file())
    assert everything < LARGEST


def test_it_is_off_until_a_site_names_it() -> None:
    assert settings.load().translation.neural_model == ""
    assert engines.translator(settings.load()) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_writes_chinese_for_every_language_without_pytorch(engine: Translator, language: str) -> None:
    phrase = next(each for each in phrasebook.load(language) if each.phrase_id == "headache")
    rendered = engine.translate(phrase.text, language=language)
    assert rendered.zh
    assert all("\u3000" <= letter <= "\u9fff" or letter in "。，？0123456789." for letter in rendered.zh)
    assert not rendered.truncated
    assert "torch" not in sys.modules


def test_it_never_takes_a_fact_away(engine: Translator) -> None:
    text = "I have had a fever for three days and my wobblegong is frumious."
    translation = reconciled(Utterance(id="u1", text=text, language="en", mode="text"), engine)
    assert "热" in translation.zh or "烧" in translation.zh
    assert not any(caution.blocking for caution in translation.warnings)
