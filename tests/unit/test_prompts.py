"""The screens' sentences: every language has every one."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk import prompts, resources, settings
from kiosk.errors import SettingsError

FOLDER = resources.share("config") / "prompts"


@pytest.mark.parametrize("code", [*settings.load().site.languages])
def test_every_enabled_language_has_every_sentence(code: str) -> None:
    found = prompts.load(code)
    assert found.language == code
    for key in prompts.KEYS:
        assert getattr(found, key).strip()


def test_what_names_nobody_who_signed_it_is_a_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "prompts").mkdir()
    path = tmp_path / "prompts" / "zh.toml"
    text = (FOLDER / "zh.toml").read_text(encoding="utf-8")
    monkeypatch.setattr(resources, "share", lambda _name: tmp_path)

    def loaded(status: str) -> prompts.Prompts:
        path.write_text(text.replace('status = "draft"', status), encoding="utf-8")
        prompts.load.cache_clear()
        return prompts.load("zh")

    try:
        assert loaded('status = "draft"').is_draft
        assert not loaded('status = "signed"\nsigned_by = "Aygul, 2026-12-01"').is_draft
        with pytest.raises(SettingsError, match="signed_by"):
            loaded('status = "signed"')
        with pytest.raises(SettingsError, match="signed_by"):
            loaded('status = "draft"\nsigned_by = "Aygul"')
    finally:
        prompts.load.cache_clear()


def test_sentences_are_in_the_script_of_their_language() -> None:
    ranges = {
        "ug": ("\u0600", "\u06ff"),
        "kk": ("\u0400", "\u04ff"),
        "ru": ("\u0400", "\u04ff"),
        "zh": ("\u4e00", "\u9fff"),
    }
    for code, (first, last) in ranges.items():
        for key in prompts.KEYS:
            assert any(first <= character <= last for character in getattr(prompts.load(code), key)), (code, key)


def test_a_language_without_a_file_is_shown_in_chinese() -> None:
    assert prompts.load("xx") == prompts.load("zh")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: text.replace('wait = "', 'wiat = "'), "wait, wiat"),
        (lambda text: text.replace('done = "我说完了"', 'done = " "'), "empty: done"),
        (lambda text: text.replace('status = "draft"', 'status = "maybe"'), "status"),
        (lambda text: "status = \n" + text, "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name(
    change: object, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(change)
    (tmp_path / "prompts").mkdir()
    text = (FOLDER / "zh.toml").read_text(encoding="utf-8")
    (tmp_path / "prompts" / "zh.toml").write_text(change(text), encoding="utf-8")
    monkeypatch.setattr(resources, "share", lambda _name: tmp_path)
    prompts.load.cache_clear()
    try:
        with pytest.raises(SettingsError) as raised:
            prompts.load("zh")
    finally:
        prompts.load.cache_clear()
    assert expected in str(raised.value)
    assert "zh.toml" in str(raised.value)
