"""Kyrgyz in Arabic script, as Xinjiang writes it, to the lexicon's Cyrillic and back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import lexicon
from kiosk.transliteration.kyrgyz import to_arabic, to_cyrillic

WORDS = {
    "باش": "баш",
    "كۅز": "көз",
    "جۉرۅك": "жүрөк",
    "جۉرۅگۉم": "жүрөгүм",
    "ووز": "ооз",
    "وورۇيت": "ооруйт",
    "قۇلاق": "кулак",
    "تاماعىم": "тамагым",
    "ىسىتما": "ысытма",
    "ىسىق": "ысык",
    "بئر": "бир",
    "تئل": "тил",
    "تئلىم": "тилим",
    "كىشى": "киши",
    "سەزىمى": "сезими",
    "ەركىن": "эркин",
    "مەنەن": "менен",
    "مامئلە": "мамиле",
    "تئيىش": "тийиш",
    "ەكى": "эки",
    "كەەدە": "кээде",
    "ايال": "аял",
    "ويۇن": "оюн",
    "قويوم": "коём",
    "سۇۇ": "суу",
    "ۉچ كۉندۅن بەرى": "үч күндөн бери",
    "دەم الا الباي": "дем ала албай",
    "تەڭ": "тең",
    "ۋراچ": "врач",
    "اللەرگىيا": "аллергия",
    "وپەراتسىيا": "операция",
    "پەنئتسئللئن": "пенициллин",
}


def cyrillic(text: str) -> str:
    return "".join(piece for piece, _, _ in to_cyrillic(text))


@pytest.mark.parametrize(("arabic", "expected"), WORDS.items(), ids=WORDS.values())
def test_arabic_to_cyrillic(arabic: str, expected: str) -> None:
    assert cyrillic(arabic) == expected


@pytest.mark.parametrize(
    ("arabic", "expected"),
    [
        ("ٴتىل", "тил"),  # a hamza makes the whole word front, as in Kazakh
        ("ٴجوتول", "жөтөл"),
        ("جۆتۆل", "жөтөл"),  # letters of the Uyghur keyboard
        ("ئىسىتما", "ысытма"),  # and its habit of writing a carrier at the beginning
        ("ئاتا", "ата"),
        ("ئىت", "ит"),
        ("ئۉچ", "үч"),
        ("مەنده", "менде"),  # a plain heh for ە at the end
        ("کوز", "коз"),
    ],
)
def test_other_ways_of_writing(arabic: str, expected: str) -> None:
    assert cyrillic(arabic) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("башым ооруйт, үч күндөн бери", "باشىم وورۇيت، ۉچ كۉندۅن بەرى"),
        ("бири-бирине", "بئرى-بئرىنە"),
        ("Кыргыз тили?", "قىرعىز تئلى؟"),
        ("38,5 mg 发热", "38،5 mg 发热"),
    ],
)
def test_cyrillic_to_arabic(text: str, expected: str) -> None:
    assert to_arabic(text) == expected


def test_other_scripts_and_digits_pass_through() -> None:
    assert to_cyrillic("38.5 °C ۳ мг") == [(char, index, index + 1) for index, char in enumerate("38.5 °C ۳ мг")]
    assert to_cyrillic("") == []


@given(st.text(alphabet=st.sampled_from([*"ابپتجچحدرزسشعفقكگڭلمنوۅۇۉۋەىئيھه ٴ،.a1я"]), max_size=40))
def test_pieces_cover_the_text(text: str) -> None:
    pieces = to_cyrillic(text)
    assert [start for _, start, _ in pieces] == [0, *(end for _, _, end in pieces)][: len(pieces)]
    assert "".join(text[start:end] for _, start, end in pieces) == text


CODAS = st.sampled_from(["", "к", "л", "ң", "р", "ш"])
BACK = st.tuples(st.sampled_from("бгджзклмнпрстчш"), st.sampled_from("аоуы"), CODAS)
FRONT = st.tuples(st.sampled_from("бгджзклмнпрсчш"), st.sampled_from("еиөү"), CODAS)


@given(st.one_of(st.lists(BACK, min_size=1, max_size=5), st.lists(FRONT, min_size=1, max_size=5)))
def test_harmonic_words_survive_the_way_there_and_back(syllables: list[tuple[str, str, str]]) -> None:
    word = "".join("".join(syllable) for syllable in syllables)
    assert cyrillic(to_arabic(word)) == word


def test_the_lexicon_survives_the_way_there_and_back() -> None:
    """Of the native words in the table nearly all come back; Russian loans do not always keep vowel harmony."""
    words = {
        word
        for row in lexicon.load("ky").surfaces
        if lexicon.load("ky").concepts[row.concept].kind in ("finding", "generic", "site", "severity", "time")
        for word in re.findall(r"[а-яңөү]+", row.surface)
        if not re.search("[цщъьёфв]", word)
    }
    lost = {word for word in words if cyrillic(to_arabic(word)) != word}
    assert len(lost) / len(words) < 0.03, sorted(lost)[:40]
