"""Latin spellings for phrase recognition: the rules, and that the phrase tables hold what the rules give."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import phrasebook
from kiosk.errors import SettingsError
from kiosk.phrases.spelling import load, spell, spellings, tokens
from kiosk.resources import share

UYGHUR = st.text("ئاەېىوۇۆۈبپتجچخدرزژسشغفقكگڭلمنھۋي 0123456789-،؟", max_size=40)
TABLES = sorted(path.stem for path in (share("config") / "phrasebook").glob("*.tsv") if path.stem != "phrases")


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("بېشىم ئاغرىۋاتىدۇ", "beşim ağrivatidu"),
        ("قورسىقىم ئاغرىۋاتىدۇ", "korsikim ağrivatidu"),
        ("كۆڭلۈم ئاينىۋاتىدۇ", "könglüm aynivatidu"),
        ("نەپەس ئالالمايۋاتىمەن", "nepes alalmayvatimen"),
        ("ئۈچ كۈن بولدى", "üç kün boldi"),
        ("خورەك تارتىمەن", "horek tartimen"),
        ("مېنى ھەرە چاقتى", "meni here çakti"),
        ("دىئابىت كېسىلىم بار", "diabit kesilim bar"),
        ("جەينىكىم، تىزىم؟", "ceynikim, tizim?"),
        ("ئۇۋۇلىسام يېنىكلەيدۇ", "uvulisam yenikleydu"),
        ("قىزىتما 38.5", "kizitma 38.5"),
        ("ژورنال", "jornal"),
        ("", ""),
    ],
)
def test_uyghur_is_spelled_as_a_turk_would(text: str, latin: str) -> None:
    assert spell(text, "ug") == latin


@pytest.mark.parametrize("language", TABLES)
def test_phrase_tables_hold_the_spelling_that_the_rules_give(language: str) -> None:
    different = {
        phrase.phrase_id: (phrase.spelling, spelled)
        for phrase in phrasebook.load(language)
        if phrase.spelling != (spelled := spell(phrase.text, language))
    }
    assert not different


def test_spellings_of_a_question_differ() -> None:
    """Two phrases that are spelled alike could not be told apart by ear."""
    for question in phrasebook.questions():
        spellings = [phrase.spelling for phrase in phrasebook.load("ug", question)]
        assert len(set(spellings)) == len(spellings), question


@pytest.mark.parametrize("language", ["en", "kk", "ru", "zh"])
def test_language_scored_in_its_own_script_has_no_spelling(language: str) -> None:
    assert spell("қан", language) == ""


def test_decomposed_letters_are_spelled_like_composed_ones() -> None:
    text = "ئۇخلىيالمايمەن"
    assert unicodedata.normalize("NFD", text) != text
    assert spell(unicodedata.normalize("NFD", text), "ug") == spell(text, "ug") == "uhliyalmaymen"


def test_a_second_way_of_spelling_goes_with_another_token() -> None:
    assert spellings("بېشىم ئاغرىۋاتىدۇ", "ug") == ("beşim ağrivatidu", "бешим ағриватидұ")
    assert tokens("ug") == ("tr", "kk")
    assert spellings("Кулагым ооруйт", "ky") == ("kulagım ooruyt", "кулагым ооруйт")  # its own letters
    assert spellings("басым ауырады", "kk") == ("басым ауырады",)
    assert tokens("kk") == ("",)


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("ང་ལ་ཚ་བ་རྒྱས་འདུག", "nga la tsa wa gyé duk"),  # in the table
        ("ལྟོ་གཟུག་གི", "to zuk gi"),  # read by rule
        ("ཟླ་བ་༣", "da wa 3"),
        ("CT ང", "ct nga"),
    ],
)
def test_tibetan_is_spelled_as_lhasa_says_it(text: str, latin: str) -> None:
    assert spell(text, "bo") == latin


@pytest.mark.parametrize("stranger", ["ہ", "ک", "ж", "頭", "\u064b"])
def test_letter_without_a_rule_is_reported(stranger: str) -> None:
    with pytest.raises(SettingsError, match=f"U\\+{ord(stranger):04X}"):
        spell(f"باش {stranger}", "ug")


@given(UYGHUR)
def test_nothing_of_the_script_is_left(text: str) -> None:
    for letter in spell(text, "ug"):
        assert not letter.isalpha() or unicodedata.name(letter).startswith("LATIN SMALL LETTER")


@given(UYGHUR, UYGHUR)
def test_words_are_spelled_one_by_one(first: str, second: str) -> None:
    assert spell(f"{first} {second}", "ug") == f"{spell(first, 'ug')} {spell(second, 'ug')}"


def test_longest_key_wins(tmp_path: Path) -> None:
    path = tmp_path / "spelling.toml"
    path.write_text('[ky.letters]\n"н" = "n"\n"нг" = "ng"\n"г" = "ğ"\n', encoding="utf-8")
    rules = load(path)["ky"]
    assert [match.group() for match in rules.pattern.finditer("гнгн")] == ["г", "нг", "н"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[ug", "cannot be read"),
        ('ug = "latin"', r"\[ug.letters\]"),
        ("[ug.letters]", r"\[ug.letters\]"),
        ('[ug]\nscript = "Arab"\n[ug.letters]\n"ا" = "a"', "nothing else"),
        ('[ug.letters]\n"ا" = 1', "have a text"),
        ('[ky.letters]\n"А" = "a"', "lower case"),
        ('[ky.letters]\n"" = "a"', "lower case"),
    ],
)
def test_mistake_in_the_rules_is_named(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "spelling.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=said) as caught:
        load(path)
    assert str(path) in str(caught.value)


def test_missing_rules_are_reported(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path / "spelling.toml")
