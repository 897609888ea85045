"""The matcher on a small lexicon of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import lexicon as lexicons
from kiosk import resources
from kiosk.errors import SettingsError
from kiosk.lexicon import CONCEPT_HEADER, HEADER
from kiosk.lexicon.matching import Matcher, forget, matcher
from kiosk.lexicon.mentions import Analysis

GRAMMAR = """
mode = "words"
gap = 1
glue = ["i", "have", "a", "my", "in"]
[morphology]
min_stem = 3
[morphology.paradigms]
noun = [["s"]]
verb = [["s", "ed", "ing"]]
[numerals]
1 = ["one"]
2 = ["two"]
3 = ["three"]
4 = ["four"]
5 = ["five"]
20 = ["twenty"]
100 = ["hundred"]
1000 = ["thousand"]
"0.5" = ["half"]
[units]
d = ["day~"]
wk = ["week~"]
[templates]
duration = ["{n} {unit}", "{n} and half {unit} +0.5"]
since = ["since {time}"]
[cues]
deny_next = ["not"]
no = ["no"]
deny_list = ["no"]
"""
CONCEPTS = [
    ("headache", "finding", "头痛", "", "pain@head", "head"),
    ("cough", "finding", "咳嗽", "", "", ""),
    ("vomiting_blood", "finding", "呕血", "", "", ""),
    ("vomiting", "finding", "呕吐", "", "", ""),
    ("pain", "generic", "疼痛", "痛", "", ""),
    ("head", "site", "头部", "头", "", ""),
    ("back", "site", "背部", "背", "", ""),
    ("back_side", "region", "后部", "后", "", ""),
    ("yesterday", "time", "昨天", "", "", ""),
    ("diarrhea", "finding", "腹泻", "", "", ""),
]
SURFACES = [
    ("cough", "cough", "verb"),
    ("vomiting", "vomit", "verb"),
    ("vomiting_blood", "vomit/vomited … blood", "fixed"),
    ("pain", "pain", "noun"),
    ("pain", "hurt", "verb"),
    ("head", "head", "noun"),
    ("back", "back", "fixed"),
    ("back_side", "back", "fixed"),
    ("yesterday", "yesterday", "fixed"),
    ("diarrhea", "diarrhoea", "noun"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "grammar").mkdir()
    rows = [(*row, "", "general", "", "") for row in CONCEPTS]
    write(tmp_path / "lexicon" / "concepts.tsv", CONCEPT_HEADER, rows)
    write(tmp_path / "lexicon" / "xx.tsv", HEADER, [(*row, "draft", "", "", "test", "") for row in SURFACES])
    (tmp_path / "grammar" / "xx.toml").write_text(GRAMMAR, encoding="utf-8")
    return tmp_path


def write(path: Path, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    path.write_text("".join("\t".join(row) + "\n" for row in [header, *rows]), encoding="utf-8")


def analyse(folder: Path, text: str) -> Analysis:
    return Matcher(lexicons.load("xx", folder)).analyse(text)


def meanings(analysis: Analysis) -> list[str]:
    return [mention.meaning for mention in analysis.mentions]


def test_stems_with_endings(folder: Path) -> None:
    assert meanings(analyse(folder, "coughing, heads")) == ["cough", "head"]
    assert meanings(analyse(folder, "header")) == []


def test_the_longest_match_wins_and_gaps_are_not_consumed(folder: Path) -> None:
    found = analyse(folder, "vomited a little blood")
    assert meanings(found) == ["vomiting_blood"]
    assert found.mentions[0].tokens == (0, 3)
    assert [found.tokens[i].text for i in range(4) if i not in found.covered] == ["little"]


def test_a_gap_does_not_cross_punctuation(folder: Path) -> None:
    assert meanings(analyse(folder, "vomited, blood")) == ["vomiting"]


def test_one_word_may_have_two_kinds(folder: Path) -> None:
    assert set(meanings(analyse(folder, "back"))) == {"back", "back_side"}
    assert sorted(meanings(analyse(folder, "no"))) == ["deny_list", "no"]


@pytest.mark.parametrize(
    ("text", "value", "high"),
    [
        ("three", 3, None),
        ("twenty three", 23, None),
        ("two hundred", 200, None),
        ("two hundred twenty five", 225, None),
        ("one thousand two hundred", 1200, None),
        ("three four", 3, 4),
        ("2-3", 2, 3),
        ("12", 12, None),
        ("half", 0.5, None),
    ],
)
def test_numbers(folder: Path, text: str, value: float, high: float | None) -> None:
    (number,) = analyse(folder, text).numbers
    assert (number.value, number.high) == (value, high)


def test_templates(folder: Path) -> None:
    (duration,) = analyse(folder, "twenty one days").of("template")
    assert duration.number is not None
    assert (duration.meaning, duration.number.value, duration.unit) == ("duration", 21, "d")
    (halves,) = analyse(folder, "two and half weeks").of("template")
    assert halves.number is not None
    assert (halves.number.value + halves.pattern.add, halves.unit) == (2.5, "wk")
    (since,) = analyse(folder, "since yesterday").of("template")
    assert since.time == "yesterday"


def test_one_wrong_letter_in_a_long_word(folder: Path) -> None:
    found = analyse(folder, "diarrhoia")
    assert meanings(found) == ["diarrhea"]
    assert found.mentions[0].fuzzy


@pytest.mark.parametrize("text", ["caugh", "heed", "noot", "riarrhoea"])
def test_short_words_and_first_letters_must_be_right(folder: Path, text: str) -> None:
    assert meanings(analyse(folder, text)) == []


def test_named_combinations(folder: Path) -> None:
    assert lexicons.load("xx", folder).compositions == {("pain", "head"): "headache"}


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("lexicon/xx.tsv", "cough\tcough", "caugh\tcough", "line 2: unknown concept 'caugh'"),
        ("lexicon/xx.tsv", "draft", "signed", "status must be draft or reviewed"),
        ("lexicon/xx.tsv", "draft", "reviewed", "a reviewed row names its reviewer"),
        ("lexicon/xx.tsv", "concept\tsurface", "concept\tform", "the header must be"),
        ("lexicon/xx.tsv", "cough\tcough", "cough\t", "the surface form is empty"),
        ("lexicon/concepts.tsv", "cough\tfinding", "headache\tfinding", "stands twice"),
        ("grammar/xx.toml", "[units]", "[units", "not valid TOML"),
        ("grammar/xx.toml", 'no = ["no"]\n', 'no = "no"\n', "must be a list"),
    ],
)
def test_a_wrong_table_is_named(folder: Path, file: str, old: str, new: str, message: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SettingsError, match=message.replace("[", r"\[")) as caught:
        lexicons.load("xx", folder)
    assert path.name in str(caught.value)


def test_a_missing_language_is_named(folder: Path) -> None:
    with pytest.raises(SettingsError, match="no lexicon for 'yy'"):
        lexicons.load("yy", folder)


SHIPPED = sorted(path.stem for path in (resources.share("config") / "lexicon").glob("??.tsv"))


@pytest.mark.parametrize("language", SHIPPED)
@given(text=st.text(max_size=80))
def test_any_text_can_be_analysed(language: str, text: str) -> None:
    found = matcher(language).analyse(text)
    for mention in found.mentions:
        assert all(0 <= index < len(found.tokens) for index in mention.tokens)


def test_nothing_of_the_last_patient_is_kept() -> None:
    machine = matcher("en")
    machine.analyse("my secret headache")
    assert machine._analyses
    forget()
    assert not machine._analyses
    assert not machine._hits
