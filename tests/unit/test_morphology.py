"""Endings, softening and negation inside a word."""

from __future__ import annotations

import pytest

from kiosk.lexicon.morphology import Form, Morphology

KAZAKH = Morphology(
    paradigms={
        "noun": [["лар", "лер"], ["ым", "ім", "м"], ["ға", "ге", "а"]],
        "verb": [["!ма", "!ме"], ["й", "а"], ["ды", "ді"]],
    },
    softening={"қ": "ғ", "к": "г"},
    vowels="аеыіоөұү",
)


def forms(word: str, paradigm: str | None, *known: str) -> list[Form]:
    return [*KAZAKH.forms(word, paradigm, set(known))]


def test_the_bare_word_is_a_form() -> None:
    assert forms("бас", "noun", "бас") == [Form("бас", negated=False)]


def test_endings_stack_in_order_only() -> None:
    assert forms("бастарым", "noun", "бас") == []  # тар is not in the table
    assert forms("көзлерім", "noun", "көз") == [Form("көз", negated=False)]
    assert forms("көзімлер", "noun", "көз") == []


def test_a_negative_ending_negates() -> None:
    assert forms("ауырмайды", "verb", "ауыр") == [Form("ауыр", negated=True)]
    assert forms("ауырады", "verb", "ауыр") == [Form("ауыр", negated=False)]


def test_the_reading_without_negation_wins() -> None:
    # тамағ-ым-а, "to my throat": the noun's endings explain it, so the verb's "ма" must not.
    assert Form("тамақ", negated=False) in forms("тамағыма", None, "тамақ")
    assert Form("тамақ", negated=True) not in forms("тамағыма", None, "тамақ")


def test_softening_only_before_vowels() -> None:
    assert forms("тамағым", "noun", "тамақ") == [Form("тамақ", negated=False)]
    assert forms("тамағлар", "noun", "тамақ") == []


def test_only_the_paradigm_that_is_asked_for() -> None:
    assert forms("ауырмайды", "noun", "ауыр") == []
    assert forms("ауырмайды", "no such paradigm", "ауыр") == []


def test_short_stems_take_no_endings() -> None:
    strict = Morphology(paradigms={"noun": [["а"]]}, min_stem=3)
    assert [*strict.forms("ита", "noun", {"ит"})] == []


@pytest.mark.parametrize(("word", "negated"), [("мехобам", False), ("намехобам", True)])
def test_prefixes_can_negate(word: str, negated: bool) -> None:
    tajik = Morphology(paradigms={"verb": [["ам", "ад"]]}, prefixes=["ме", "!наме", "!на"])
    assert Form("хоб", negated) in [*tajik.forms(word, "verb", {"хоб"})]
