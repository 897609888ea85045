"""Settings: typed, frozen, and an unknown key names the nearest valid one."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk import languages, settings
from kiosk.errors import LanguageError, SettingsError


def overlay(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "kiosk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_file_is_whole() -> None:
    chosen = settings.load()
    assert chosen.site.languages[0] == "ug"
    with pytest.raises(ValueError, match="frozen"):
        chosen.site.name = "x"


def test_an_overlay_changes_only_what_it_names(tmp_path: Path) -> None:
    chosen = settings.load(overlay(tmp_path, "[audio]\nmax_duration_s = 5\n"))
    assert chosen.audio.max_duration_s == 5
    assert chosen.audio.min_duration_s == settings.load().audio.min_duration_s


def test_the_environment_names_the_overlay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_CONFIG", str(overlay(tmp_path, '[site]\nname = "ward 3"\n')))
    assert settings.load().site.name == "ward 3"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[audio]\nmax_durations = 5\n", "unknown key 'audio.max_durations'; did you mean 'max_duration_s'?"),
        ("[audoi]\nx = 1\n", "unknown key 'audoi'; did you mean 'audio'?"),
        ("[audio]\nmax_duration_s = -1\n", "audio.max_duration_s"),
        ('[site]\nlanguages = ["ug", "xx"]\n', "Unknown language 'xx'"),
        ('[site]\nlanguages = ["ug", "ug"]\n', "named twice"),
        ("[site\n", "not valid TOML"),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load(overlay(tmp_path, text))
    assert message in str(caught.value)
    assert "kiosk.toml" in str(caught.value)


def test_a_missing_file_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(SettingsError, match=r"does not exist.*KIOSK_CONFIG"):
        settings.load()


def test_languages() -> None:
    uyghur = languages.get("ug")
    assert (uyghur.direction, uyghur.scripts[0]) == ("rtl", "Arab")
    assert all(language.autonym and language.zh for language in languages.known().values())
    with pytest.raises(LanguageError, match="Known codes"):
        languages.get("uyghur")
