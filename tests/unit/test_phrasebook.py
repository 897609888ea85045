"""The phrasebook: what its tables must hold, and what its loader says of a table that is wrong.

Clinicians edit the tables in a spreadsheet, so each failure names the rows that are wrong.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from kiosk import phrasebook
from kiosk.errors import SettingsError
from kiosk.lexicon import read_table
from kiosk.phrasebook import HEADER, MASTER_HEADER
from kiosk.resources import share

FOLDER = share("config") / "phrasebook"
LANGUAGES = sorted(path.stem for path in (share("config") / "phrasebook").glob("??.tsv"))
# How many phrases a question needs at least, in the order of the file.
MINIMUM = {
    "complaint": 250,
    "duration": 40,
    "onset": 10,
    "severity": 12,
    "answer": 10,
    "follow_up": 50,
    "site": 40,
    "allergy": 12,
    "medicine": 15,
    "illness": 20,
    "who": 10,
    "trigger": 20,
    "relief": 8,
}
# The script that each language's words are written in, by the names of its Unicode characters.
SCRIPTS: dict[str, str | tuple[str, ...]] = {
    **dict.fromkeys(("en", "tr"), "LATIN"),
    **dict.fromkeys(("kk", "ky", "mn", "ru", "tg"), "CYRILLIC"),
    **dict.fromkeys(("ug", "ur"), "ARABIC"),
    "uz": ("LATIN", "MODIFIER LETTER"),  # oʻ, gʻ
    "bo": "TIBETAN",
    "zh": "CJK",
}
# The Uyghur letters, and the hamza seat; look-alikes of Arabic and Persian keyboards are not among them.
UYGHUR_LETTERS = set("ئاەېىوۇۆۈبپتجچخدرزژسشغفقكگڭلمنھۋي")

Row = dict[str, str]


@pytest.fixture(scope="module")
def master() -> list[Row]:
    return [row for _, row in read_table(FOLDER / "phrases.tsv", MASTER_HEADER)]


@pytest.fixture(scope="module")
def concepts() -> dict[str, Row]:
    with (share("config") / "lexicon" / "concepts.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, dialect="excel-tab", quoting=csv.QUOTE_NONE, strict=True)
        return {row["concept"]: row for row in rows}


def words(language: str) -> list[Row]:
    return [row for _, row in read_table(FOLDER / f"{language}.tsv", HEADER)]


def write(path: Path, *rows: tuple[str, ...]) -> None:
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")


@pytest.mark.parametrize("name", ["phrases", *LANGUAGES])
def test_file_is_plain_tsv(name: str) -> None:
    text = (FOLDER / f"{name}.tsv").read_bytes().decode("utf-8")
    assert text.endswith("\n")
    assert "\r" not in text
    assert text == unicodedata.normalize("NFC", text)
    columns = len(MASTER_HEADER if name == "phrases" else HEADER)
    uneven = [line for line in text.splitlines() if line.count("\t") != columns - 1]
    assert not uneven
    untrimmed = [line for line in text.splitlines() if any(cell != cell.strip() for cell in line.split("\t"))]
    assert not untrimmed


def test_every_question_has_enough_phrases(master: list[Row]) -> None:
    counts = Counter(row["question"] for row in master)
    assert list(counts) == list(MINIMUM)
    assert phrasebook.questions() == tuple(MINIMUM)
    scarce = {question: counts[question] for question, least in MINIMUM.items() if counts[question] < least}
    assert not scarce
    assert counts["answer"] + counts["follow_up"] >= 60


def test_ids_are_unique_identifiers(master: list[Row]) -> None:
    ids = Counter(row["phrase_id"] for row in master)
    assert not [phrase_id for phrase_id, count in ids.items() if count > 1]
    assert not [phrase_id for phrase_id in ids if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", phrase_id)]


def test_system_is_one_of_the_lexicon(master: list[Row], concepts: dict[str, Row]) -> None:
    systems = {row["system"] for row in concepts.values()}
    assert not [row["phrase_id"] for row in master if row["system"] not in systems]


def test_complaints_cover_every_body_system(master: list[Row], concepts: dict[str, Row]) -> None:
    findings = {row["system"] for row in concepts.values() if row["kind"] == "finding"}
    assert findings <= {row["system"] for row in master if row["question"] == "complaint"}


def test_pages_are_not_torn(master: list[Row]) -> None:
    """The rows of one page of a question stand together, so that the list can be turned page by page."""
    pages = [(row["question"], row["system"]) for row in master]
    turns = [page for before, page in zip([None, *pages], pages, strict=False) if page != before]
    assert not [page for page, count in Counter(turns).items() if count > 1]


def test_chinese_is_there_and_has_no_foreign_words(master: list[Row]) -> None:
    wrong = [
        (row["phrase_id"], row["zh"])
        for row in master
        if not re.fullmatch(r"(NRS)?[\u4e00-\u9fff0-9，]+", row["zh"]) or len(row["zh"]) > 20
    ]
    assert not wrong


def test_phrases_of_a_question_have_different_chinese(master: list[Row]) -> None:
    counts = Counter((row["question"], row["zh"]) for row in master)
    assert not [key for key, count in counts.items() if count > 1]


def test_concepts_exist(master: list[Row], concepts: dict[str, Row]) -> None:
    wrong = []
    for row in master:
        generic, at, site = row["concept"].partition("@")
        if at:
            fits = concepts.get(generic, {}).get("kind") == "generic" and concepts.get(site, {}).get("kind") == "site"
        else:
            fits = not generic or generic in concepts
        if not fits:
            wrong.append((row["phrase_id"], row["concept"]))
    assert not wrong


def test_phrase_of_a_finding_has_its_chinese(master: list[Row], concepts: dict[str, Row]) -> None:
    wrong = [
        (row["phrase_id"], row["zh"])
        for row in master
        if concepts.get(row["concept"], {}).get("kind") == "finding" and row["zh"] != concepts[row["concept"]]["zh"]
    ]
    assert not wrong


def test_composed_concept_is_not_a_finding_by_another_name(master: list[Row], concepts: dict[str, Row]) -> None:
    """Only a narrower place than the finding's own may be composed: pain@half_head, but headache and not pain@head."""
    findings = {
        compose: row["concept"]
        for row in concepts.values()
        for compose in row["compose"].split("|")
        if row["kind"] == "finding" and compose.partition("@")[2] == row["site"] != ""
    }
    assert not [(row["phrase_id"], findings[row["concept"]]) for row in master if row["concept"] in findings]


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_is_complete(language: str, master: list[Row]) -> None:
    assert [row["phrase_id"] for row in words(language)] == [row["phrase_id"] for row in master]
    phrases = phrasebook.load(language)
    assert [(phrase.phrase_id, phrase.question, phrase.system, phrase.zh, phrase.concept) for phrase in phrases] == [
        tuple(row[column] for column in MASTER_HEADER) for row in master
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_differ_and_are_in_the_script(language: str) -> None:
    phrases = phrasebook.load(language)
    counts = Counter(phrase.text.casefold() for phrase in phrases)
    assert not [text for text, count in counts.items() if count > 1]
    strange = {
        phrase.phrase_id: phrase.text
        for phrase in phrases
        for letter in phrase.text
        if letter.isalpha() and not unicodedata.name(letter).startswith(SCRIPTS[language])
    }
    # The scientific name of the hepatitis, which Russian writes with the Latin letter.
    assert strange.keys() <= {"hepatitis_b"}


def test_uyghur_uses_the_uyghur_letters() -> None:
    wrong = {
        phrase.phrase_id: phrase.text
        for phrase in phrasebook.load("ug")
        if {letter for letter in phrase.text if letter.isalpha()} - UYGHUR_LETTERS
    }
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_signed_words_name_their_reviewer(language: str) -> None:
    wrong = [
        row["phrase_id"]
        for row in words(language)
        if (row["status"] == "reviewed") != bool(row["reviewer"] and row["reviewed_on"]) or not row["source"]
    ]
    assert not wrong


def test_recorded_uyghur_phrases_are_all_there() -> None:
    """The clips on which recognition is measured say phrases of the phrasebook word for word."""
    manifest = (share("config") / "audio" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    clips = [clip for clip in map(json.loads, manifest) if clip["lang"] == "ug" and clip["medical"]]
    texts = {phrase.text for phrase in phrasebook.load("ug")}
    assert len(clips) >= 26
    assert not [clip["transcript"] for clip in clips if clip["transcript"] not in texts]


def test_one_question_can_be_asked_for() -> None:
    durations = phrasebook.load("ug", "duration")
    assert {phrase.question for phrase in durations} == {"duration"}
    three_days = next(phrase for phrase in durations if phrase.phrase_id == "duration_3_days")
    assert (three_days.text, three_days.zh) == ("ئۈچ كۈن بولدى", "3天")
    assert phrasebook.load("ug", "no_such_question") == ()


def test_language_without_a_table_has_no_phrases() -> None:
    assert phrasebook.load("tlh") == ()


MASTER = (MASTER_HEADER, ("headache", "complaint", "head_nerves", "头痛", "headache"))
ENGLISH = (HEADER, ("headache", "My head hurts", "", "draft", "", "", "drafted"))


def test_own_folder_is_read(tmp_path: Path) -> None:
    write(tmp_path / "phrases.tsv", *MASTER, ("fever", "complaint", "general", "发热", "fever"))
    write(tmp_path / "en.tsv", HEADER, ("headache", "My head hurts", "", "reviewed", "Dr A", "2026-11-01", "drafted"))
    (phrase,) = phrasebook.load("en", folder=tmp_path)
    assert (phrase.phrase_id, phrase.text, phrase.zh, phrase.draft) == ("headache", "My head hurts", "头痛", False)


@pytest.mark.parametrize(
    ("master_rows", "rows", "said"),
    [
        ((MASTER_HEADER[::-1], MASTER[1]), ENGLISH, r"phrases\.tsv: the header must be phrase_id question"),
        (MASTER, (HEADER[1:], ENGLISH[1][1:]), r"en\.tsv: the header must be phrase_id text"),
        ((*MASTER, MASTER[1]), ENGLISH, r"phrases\.tsv, line 3: the phrase 'headache' stands twice"),
        (MASTER, (*ENGLISH, ENGLISH[1]), r"en\.tsv, line 3: the phrase 'headache' stands twice"),
        (
            MASTER,
            (*ENGLISH, ("hedache", "My head", "", "draft")),
            r"en\.tsv: the phrase 'hedache' is not in phrases\.tsv",
        ),
        (MASTER, (HEADER, ("headache", "", "", "draft")), r"en\.tsv, line 2: the phrase 'headache' has no words"),
        (
            MASTER,
            (HEADER, ("headache", "My head hurts", "", "ok")),
            r"line 2: status must be draft or reviewed, found 'ok'",
        ),
        (MASTER, (HEADER, (*ENGLISH[1], "extra")), r"en\.tsv, line 2: 8 columns where 7 are expected"),
    ],
)
def test_mistake_in_a_table_is_named(
    tmp_path: Path, master_rows: tuple[tuple[str, ...], ...], rows: tuple[tuple[str, ...], ...], said: str
) -> None:
    write(tmp_path / "phrases.tsv", *master_rows)
    write(tmp_path / "en.tsv", *rows)
    with pytest.raises(SettingsError, match=said):
        phrasebook.load("en", folder=tmp_path)


def test_missing_master_is_reported(tmp_path: Path) -> None:
    write(tmp_path / "en.tsv", *ENGLISH)
    with pytest.raises(SettingsError, match=r"phrases\.tsv cannot be read"):
        phrasebook.load("en", folder=tmp_path)
