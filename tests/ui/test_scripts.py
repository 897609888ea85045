"""Text of any script on a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from wcwidth import wcswidth

from kiosk import languages, prompts
from kiosk.ui import scripts
from kiosk.ui.scripts import Script, clean, columns, join_letters, visual, wrap

TEXTS = st.text(alphabet=st.characters(codec="utf-8"), max_size=80)


@given(TEXTS)
def test_cleaned_text_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    cleaned = clean(text)
    kinds = {unicodedata.category(character) for character in cleaned if character not in "\u200c\u200d"}
    assert not kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert clean(cleaned) == cleaned


@given(TEXTS, st.integers(2, 40))
def test_wrapping_loses_nothing_and_fits(text: str, width: int) -> None:
    cleaned = clean(text)
    lines = wrap(cleaned, width)
    assert "".join(lines).replace(" ", "") == cleaned.replace(" ", "")
    for line in lines:
        assert columns(line) <= width


def test_wrapping_breaks_chinese_between_characters_but_not_before_its_punctuation() -> None:
    assert wrap("头痛三天，发热。", 8) == ["头痛三", "天，发", "热。"]
    assert wrap("ab 头痛三天", 7) == ["ab 头痛", "三天"]


def test_wrapping_keeps_words_and_breaks_only_what_is_too_long() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("abcdefghij kl", 4) == ["abcd", "efgh", "ij", "kl"]
    assert wrap("", 10) == [""]


@pytest.mark.parametrize(
    ("logical", "names"),
    [
        ("بىر", ["BEH INITIAL", "MAKSURA MEDIAL", "REH FINAL"]),
        ("كىم", ["KAF INITIAL", "MAKSURA MEDIAL", "MEEM FINAL"]),
        ("ئۇ", ["YEH WITH HAMZA ABOVE INITIAL", "LETTER U FINAL"]),
        ("نە", ["NOON INITIAL", "HEH FINAL"]),
        ("دە", ["DAL ISOLATED", "LETTER AE"]),
        ("بالا", ["BEH INITIAL", "ALEF FINAL", "LAM WITH ALEF ISOLATED"]),
        ("سلا", ["SEEN INITIAL", "LAM WITH ALEF FINAL"]),
        ("ھېچ", ["HEH DOACHASHMEE INITIAL", "LETTER E MEDIAL", "TCHEH FINAL"]),
    ],
)
def test_uyghur_letters_join(logical: str, names: list[str]) -> None:
    shaped = join_letters(logical)
    assert len(shaped) == len(names)
    for character, name in zip(shaped, names, strict=True):
        full = unicodedata.name(character)
        assert all(word in full for word in name.split()), full


@pytest.mark.parametrize(
    "text",
    [
        languages.get("ug").autonym + "".join(getattr(prompts.load("ug"), key) for key in sorted(prompts.KEYS)),
        "میرے سر میں تین دن سے درد ہے اور بخار بھی ہے، ٹھنڈ لگ رہی ہے، ڈاکٹر، پہاڑ، ژالہ، مؤثر",
        "بەس كۈن بولدى، باسىم اۋىرادى، قىزۋىم بار، جوتەلەمىن، ڭ ۆ ي ھ ف ح خ ع غ ش ش",
    ],
)
def test_no_letter_of_the_language_is_lost_or_unknown(text: str) -> None:
    shaped = join_letters(clean(text))
    drawn_as_heh = str.maketrans("ە", "ه")
    assert unicodedata.normalize("NFKC", shaped).translate(drawn_as_heh) == clean(text).translate(drawn_as_heh)
    assert not any(unicodedata.category(character) in ("Co", "Cn") for character in shaped)


@pytest.mark.parametrize(
    ("logical", "rtl", "expected"),
    [
        ("אבג", True, "גבא"),
        ("אבג 38.5 דה", True, "הד 38.5 גבא"),  # a number keeps its own order
        ("אבג aspirin 500mg", True, "aspirin 500mg גבא"),  # so does a drug's name
        ("אבג (38.5)", True, "(38.5) גבא"),  # brackets are mirrored, and face their content
        ("אבג (38.5)", False, "(38.5) גבא"),
        ("«אבג»", True, "«גבא»"),
        ("a [אבג (x)] b", False, "a [גבא (x)] b"),
        ("plain (text)", True, "plain (text)"),
    ],
)
def test_visual_order(logical: str, rtl: bool, expected: str) -> None:
    assert visual(logical, rtl=rtl, bidi="program") == expected
    assert visual(logical, rtl=rtl, bidi="terminal") == logical


@given(st.text(alphabet="אבגبىە ()[]«»12.aB", max_size=30), st.booleans())
def test_visual_order_keeps_every_character(line: str, rtl: bool) -> None:
    pairs = str.maketrans(")]»", "([«")  # mirroring may turn one into the other
    before = join_letters(line).translate(pairs)
    assert sorted(visual(line, rtl=rtl, bidi="program").translate(pairs)) == sorted(before)


@pytest.mark.parametrize(
    ("environment", "bidi"),
    [
        ({"TERM": "xterm-256color"}, "program"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "program"),  # VTE can be asked to leave it to us
        ({"KONSOLE_VERSION": "230804"}, "terminal"),
        ({"TERM_PROGRAM": "Apple_Terminal"}, "terminal"),
        ({"TERM": "mlterm"}, "terminal"),
        ({}, "program"),
    ],
)
def test_who_reorders(environment: dict[str, str], bidi: str) -> None:
    assert scripts.detect(environment) == bidi


@pytest.mark.parametrize("code", [*languages.known()])
def test_the_compositor_counts_columns_as_terminals_do(code: str) -> None:
    for text in (languages.get(code).autonym, *(getattr(prompts.load(code), key) for key in prompts.KEYS)):
        assert columns(text) == wcswidth(text)


def drawn(script: Script, width: int = 20) -> list[str]:
    console = Console(width=width, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as capture:
        console.print(script, end="")
    return capture.get().splitlines()


def test_script_aligns_each_line_to_the_side_it_is_read_from() -> None:
    assert drawn(Script("אבג", "program"))[0] == " " * 17 + "גבא"
    assert drawn(Script("abc", "program"))[0].rstrip() == "abc"
    assert [line.strip() for line in drawn(Script("אבג דהו זחט", "program"), width=8)] == ["והד גבא", "טחז"]


def test_script_interprets_no_markup_and_no_escapes() -> None:
    (line,) = drawn(Script("[b]x[/b] :smile: \x1b[31m", "program", rtl=False), width=40)
    assert line.rstrip() == "[b]x[/b] :smile: [31m"
