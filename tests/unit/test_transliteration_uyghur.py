"""Uyghur in Latin script to Arabic and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.transliteration.uyghur import to_arabic, to_latin


def arabic(text: str) -> str:
    return "".join(piece for piece, _, _ in to_arabic(text))


@pytest.mark.parametrize(
    ("latin", "expected"),
    [
        ("béshim aghriydu", "بېشىم ئاغرىيدۇ"),
        ("üch kün", "ئۈچ كۈن"),
        ("sa'et", "سائەت"),
        ("saet", "سائەت"),
        ("meq'et", "مەقئەت"),
        ("tughulghan'ghili", "تۇغۇلغانغىلى"),
        ("Yötel", "يۆتەل"),
        ("dorangni ich", "دوراڭنى ئىچ"),
    ],
)
def test_latin_becomes_arabic(latin: str, expected: str) -> None:
    assert arabic(latin) == expected


@pytest.mark.parametrize(("careless", "careful"), [("bëshim", "béshim"), ("vaqit", "waqit"), ("başim", "bashim")])
def test_careless_letters_are_read(careless: str, careful: str) -> None:
    assert arabic(careless) == arabic(careful)


def test_combining_marks_belong_to_their_letter() -> None:
    assert arabic("be\u0301shim") == arabic("béshim")


@pytest.mark.parametrize("text", ["", "38.5 °C", "头痛", "ئاغرىيدۇ", "c"])
def test_what_is_not_latin_uyghur_stays(text: str) -> None:
    assert arabic(text) == text


@given(st.text(max_size=40))
def test_pieces_cover_the_text(text: str) -> None:
    pieces = to_arabic(text)
    assert [start for _, start, _ in pieces] == [0, *(end for _, _, end in pieces)][: len(pieces)]
    assert (pieces[-1][2] if pieces else 0) == len(text)


@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from("بپتجچخدرزژسشغفقكگڭلمنھۋي"), st.sampled_from("اەېىوۆۇۈ")).map("".join),
            min_size=1,
            max_size=4,
        ).map("".join),
        min_size=1,
        max_size=4,
    ).map(" ".join)
)
def test_arabic_survives_the_way_back(text: str) -> None:
    assert arabic(to_latin(text)) == text


@pytest.mark.parametrize("text", ["مەسئۇل", "ئاغرىق", "سائەت", "مەنگە", "ئىسھاق", "تەڭھە"])
def test_ambiguous_letters_survive_the_way_back(text: str) -> None:
    assert arabic(to_latin(text)) == text
