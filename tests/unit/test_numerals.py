"""Numbers in words: adding, multiplying, ranges, and where one number ends and the next begins."""

from __future__ import annotations

import pytest

from kiosk.lexicon.matching import matcher


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("zh", "血压一百八十", [(180.0, None)]),
        ("zh", "一百零二", [(102.0, None)]),
        ("zh", "一百一十五", [(115.0, None)]),
        ("zh", "两千零五十", [(2050.0, None)]),
        ("zh", "八十", [(80.0, None)]),
        ("zh", "十四", [(14.0, None)]),
        ("zh", "七八次", [(7.0, 8.0)]),
        ("kk", "жүз сексен жүз он", [(180.0, None), (110.0, None)]),
        ("tr", "bin yüz", [(1100.0, None)]),
        ("tr", "iki yüz elli", [(250.0, None)]),
        ("ru", "двести пятьдесят", [(250.0, None)]),
        ("en", "five hundred", [(500.0, None)]),
        # Two numbers side by side are a range; eight and ten are eighty only where 20 has no word of its own.
        ("ur", "آٹھ دس دن", [(8.0, 10.0)]),
        ("uz", "o'n-o'n besh kun", [(10.0, 15.0)]),
        ("kk", "бес он күн", [(5.0, 10.0)]),
        ("ru", "десять-пятнадцать минут", [(10.0, 15.0)]),
        ("tr", "yirmi beş gün", [(25.0, None)]),
        ("bo", "བརྒྱད་བཅུ", [(80.0, None)]),
        ("en", "two thousand three hundred", [(2300.0, None)]),
    ],
)
def test_numbers(language: str, text: str, expected: list[tuple[float, float | None]]) -> None:
    found = matcher(language).analyse(text).numbers
    assert [(number.value, number.high) for number in found] == expected
