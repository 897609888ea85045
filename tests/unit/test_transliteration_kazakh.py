"""Kazakh in Arabic script and in Cyrillic."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import lexicon
from kiosk.lexicon.text import tokenize
from kiosk.transliteration.kazakh import to_arabic, to_cyrillic

WORDS = {
    "باسىم": "басым",
    "ٴىشىم": "ішім",
    "جۇرەگىم": "жүрегім",
    "قىزۋىم": "қызуым",
    "ٴوتىپ": "өтіп",
    "ٴدارى": "дәрі",
    "كوزىم": "көзім",
    "تىزەم": "тізем",
    "ٴۇش": "үш",
    "كۇننەن": "күннен",
    "جوتەل": "жөтел",
    "اياعىم": "аяғым",
    "قيىن": "қиын",
    "سياقتى": "сияқты",
    "ۋيقىم": "уйқым",
    "يۋگە": "юге",
    "قوي": "қой",
    "وپەراتسيا": "операция",
}
"""Arabic script -> Cyrillic, apart from letters that the lexicon folds."""

BOTH_WAYS = {
    "басым": "باسىم",
    "ішім": "ٴىشىم",
    "жүрегім": "جۇرەگىم",
    "өтіп": "ٴوتىپ",
    "дәрі": "ٴدارى",
    "көзім": "كوزىم",
    "тәулік": "تاۋلىك",
    "сияқты": "سياقتى",
    "аяғым": "اياعىم",
    "құлақ": "قۇلاق",
}


def cyrillic(text: str) -> str:
    return "".join(piece for piece, _, _ in to_cyrillic(text))


def folded(text: str) -> list[str]:
    return [token.text for token in tokenize(text, fold=lexicon.load("kk").fold)]


@pytest.mark.parametrize(("arabic", "expected"), WORDS.items())
def test_to_cyrillic_reads_known_words(arabic: str, expected: str) -> None:
    assert folded(cyrillic(arabic)) == folded(expected)


@pytest.mark.parametrize(("word", "arabic"), BOTH_WAYS.items())
def test_both_ways(word: str, arabic: str) -> None:
    assert to_arabic(word) == arabic
    assert cyrillic(arabic) == word


def test_hamza_fronts_the_vowels_and_leaves_an_empty_piece() -> None:
    assert to_cyrillic("ٴتىس") == [("", 0, 1), ("т", 1, 2), ("і", 2, 3), ("с", 3, 4)]
    assert cyrillic("تىس") == "тыс"


def test_precomposed_letters_and_the_letters_of_other_keyboards() -> None:
    assert cyrillic("ٸشٸم") == "ішім"
    assert cyrillic("ءتىس") == "тіс"
    assert cyrillic("یت") == cyrillic("يت") == "ит"


def test_instrumental_suffix_does_not_front_a_back_word() -> None:
    assert cyrillic("باسىممەن") == "басыммен"
    assert cyrillic("اكەممەن") == "әкеммен"


def test_what_is_not_arabic_passes_through() -> None:
    assert to_cyrillic("38,5 °C 头痛") == [(char, index, index + 1) for index, char in enumerate("38,5 °C 头痛")]
    assert cyrillic("باسىم، 3 كۇن") == "басым، 3 күн"


def test_to_arabic_keeps_what_is_not_a_letter() -> None:
    assert to_arabic("Басым ауырады, 3 күн.") == "باسىم اۋىرادى، 3 كۇن."


@given(st.text(st.characters(codec="utf-8"), max_size=40) | st.text("اەبىٴۇوكقيۋتسۋمن ،3a", max_size=40))
def test_pieces_cover_the_text_in_order(text: str) -> None:
    position = 0
    for _, start, end in to_cyrillic(text):
        assert (start, end) == (position, position + 1)
        position = end
    assert position == len(text)


@given(st.text(max_size=40))
def test_any_text_is_converted(text: str) -> None:
    assert isinstance(to_arabic(text), str)


LEXICON_WORDS = sorted(
    {
        word
        for surface in lexicon.load("kk").surfaces
        for place in surface.surface.replace("=", "").split()
        for word in place.split("/")
        if word.isalpha()
    }
)
AMBIGUOUS = {"иа", "иу", "ию"}
"""Spellings that the Arabic script does not tell apart: of Russian words from Kazakh ones, я and ю from ия and ию."""


def is_written_plainly(word: str) -> bool:
    """Whether the Arabic script keeps the whole word: one class of vowels, and no letter that it has no sign for."""
    pairs = [*pairwise(word)]
    if any((char in "яю" and before not in "аәеиоөұүыіу") or before + char in AMBIGUOUS for before, char in pairs):
        return False
    return "ы" not in word or not any(char in "әөүікгеэ" for char in word)


def test_back_words_and_loans_come_back_to_the_form_that_is_matched() -> None:
    written = [word for word in LEXICON_WORDS if is_written_plainly(word) and "і" not in word]
    assert len(written) > 1_000
    assert [word for word in written if folded(cyrillic(to_arabic(word))) != folded(word)] == []


def test_nearly_every_word_of_the_lexicon_comes_back_to_the_form_that_is_matched() -> None:
    lost = [word for word in LEXICON_WORDS if folded(cyrillic(to_arabic(word))) != folded(word)]
    assert len(lost) < 0.05 * len(LEXICON_WORDS)
    assert not {"бас", "іш", "тіс", "тіл", "жүрек", "қан", "қыз", "сүйек", "мұрын", "ерін", "білек"} & set(lost)
