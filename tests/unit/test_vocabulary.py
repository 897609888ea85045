"""Words that a recogniser should be ready to hear."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk import settings
from kiosk.errors import SettingsError
from kiosk.recognition import vocabulary


def test_lists_are_short_and_off_by_default() -> None:
    """Measured: speech of another language brought out medicines that nobody had named (docs/evaluation.md)."""
    assert "metformin" in vocabulary.words("en")
    assert vocabulary.words("ug") == ()
    assert all(len(vocabulary.words(code)) <= 20 for code in ("en", "ru", "zh", "tr"))
    assert settings.load().recognition.vocabulary is False


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[xx]\nwords = ["a"]', "Unknown language"),
        ("[en]\nwords = 3", "must hold words"),
        ('[en]\nwords = ["a", " "]', "must hold words"),
        ('[en]\nwords = ["a"]\nmore = 1', "nothing else"),
        ("[en", "cannot be read"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "vocabulary.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        vocabulary.load(path)
