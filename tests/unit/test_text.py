"""Tokens keep their place in the original, whatever the script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.lexicon.text import Mode, tokenize


def words(text: str, mode: Mode = "words", **fold: str) -> list[str]:
    return [token.text for token in tokenize(text, mode=mode, fold=fold)]


def test_words_are_folded_and_keep_their_range() -> None:
    text = "My HEAD hurts!"
    tokens = tokenize(text)
    assert [token.text for token in tokens] == ["my", "head", "hurts"]
    assert [text[token.start : token.end] for token in tokens] == ["My", "HEAD", "hurts"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500mg", ["500", "mg"]),
        ("38,5", ["38,5"]),
        ("38.5 °C", ["38.5", "c"]),
        ("don’t", ["don't"]),
        ("oʻgʻil", ["o'g'il"]),
        ("bo' qoldi", ["bo'", "qoldi"]),
        ("2-3 days", ["2", "3", "days"]),
        ("", []),
        ("؟!…", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_numbers_have_values_in_any_digits() -> None:
    assert [token.number for token in tokenize("38,5 ٣ 12 ½")] == [38.5, 3.0, 12.0, 0.5]


def test_han_characters_are_tokens_of_their_own() -> None:
    assert words("头疼3天ok", mode="characters") == ["头", "疼", "3", "天", "ok"]


def test_tibetan_splits_at_the_tsheg() -> None:
    assert words("མགོ་ན་གི་འདུག", mode="syllables") == ["མགོ", "ན", "གི", "འདུག"]


def test_boundaries_are_the_strongest_punctuation_between() -> None:
    boundaries = [token.boundary for token in tokenize("a, b. c-d ، e")]
    assert boundaries == ["", ",", ".", "-", ","]


def test_presentation_forms_and_decomposed_letters_fold_to_one() -> None:
    assert words("ﺑﺎﺵ") == words("باش")
    assert words("и\u0306од") == words("йод")


def test_fold_table() -> None:
    assert words("Ёлка", ё="е") == ["елка"]


def test_invisible_joiners_do_not_split_or_stay() -> None:
    assert words("می‌خورم") == ["میخورم"]


@given(st.text())
def test_ranges_are_ordered_disjoint_and_inside(text: str) -> None:
    for mode in ("words", "characters", "syllables"):
        start = end = 0
        for token in tokenize(text, mode=mode):
            assert token.text
            assert token.start < token.end <= len(text)
            # One code point may stand for several words (ﷺ): they share its range.
            assert token.start >= end or (token.start, token.end) == (start, end)
            start, end = token.start, token.end
