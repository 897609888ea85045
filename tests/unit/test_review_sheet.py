"""The review sheet goes out and comes back, and never loses a draft."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk import lexicon, phrasebook, resources
from kiosk.curation import review_sheet
from kiosk.errors import InputError

DAY = date(2026, 11, 22)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path)


def make_folder(tmp_path: Path) -> Path:
    for name in ("lexicon", "phrasebook", "grammar"):
        (tmp_path / name).mkdir()
    shutil.copy(resources.share("config") / "lexicon" / "concepts.tsv", tmp_path / "lexicon")
    shutil.copy(resources.share("config") / "grammar" / "en.toml", tmp_path / "grammar")
    rows = [
        ("cough", "cough", "verb", "draft", "", "", "drafted", "I cough"),
        ("fever", "fever", "noun", "draft", "", "", "drafted", ""),
        ("headache", "headache", "noun", "reviewed", "Dr A", "2026-01-01", "drafted", ""),
    ]
    table(tmp_path / "lexicon" / "en.tsv", lexicon.HEADER, rows)
    table(
        tmp_path / "phrasebook" / "phrases.tsv",
        phrasebook.MASTER_HEADER,
        [("cough", "complaint", "chest", "咳嗽", "cough")],
    )
    table(tmp_path / "phrasebook" / "en.tsv", phrasebook.HEADER, [("cough", "I cough", "", "draft", "", "", "drafted")])
    return tmp_path


def table(path: Path, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    path.write_text("".join("\t".join(row) + "\n" for row in (header, *rows)), encoding="utf-8")


def rows_of(path: Path) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")), delimiter="\t")]


def fill(sheet: Path, **cells: dict[str, str]) -> None:
    rows = rows_of(sheet)
    for row in rows:
        row.update(cells.get(f"{row['table']}_{row['id']}", {}))
    table(sheet, review_sheet.HEADER, [tuple(row.values()) for row in rows])


def test_only_drafts_go_out_with_their_chinese(folder: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.tsv"
    assert review_sheet.export("en", sheet, folder=folder) == 3
    assert {(row["table"], row["id"], row["zh"]) for row in rows_of(sheet)} == {
        ("lexicon", "cough", "咳嗽"),
        ("lexicon", "fever", "发热"),
        ("phrasebook", "cough", "咳嗽"),
    }
    assert review_sheet.export("en", sheet, everything=True, folder=folder) == 4


def test_an_unfilled_sheet_changes_nothing(folder: Path, tmp_path: Path) -> None:
    before = (folder / "lexicon" / "en.tsv").read_bytes()
    review_sheet.export("en", tmp_path / "sheet.tsv", folder=folder)
    outcome = review_sheet.take_in("en", tmp_path / "sheet.tsv", on=DAY, folder=folder)
    assert (outcome.approved, outcome.rejected, outcome.untouched) == (0, 0, 3)
    assert (folder / "lexicon" / "en.tsv").read_bytes() == before


def test_verdicts_are_signed_and_dated_and_nothing_is_lost(folder: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.tsv"
    review_sheet.export("en", sheet, folder=folder)
    fill(
        sheet,
        lexicon_cough={"verdict": "OK", "reviewer": "Dr B"},
        lexicon_fever={"verdict": "wrong", "correction": "high temperature", "reviewer": "Dr B"},
        phrasebook_cough={"correction": "I have a cough", "reviewer": "Dr B"},
    )
    outcome = review_sheet.take_in("en", sheet, on=DAY, folder=folder)
    assert (outcome.approved, outcome.rejected, outcome.corrected) == (1, 1, 2)
    rows = {(row["concept"], row["surface"]): row for row in rows_of(folder / "lexicon" / "en.tsv")}
    assert rows["cough", "cough"]["status"] == "reviewed"
    assert rows["cough", "cough"]["reviewer"] == "Dr B"
    assert rows["cough", "cough"]["reviewed_on"] == "2026-11-22"
    assert rows["fever", "fever"]["status"] == "rejected"
    assert rows["fever", "high temperature"]["status"] == "reviewed"
    assert rows["headache", "headache"]["reviewer"] == "Dr A"
    assert [(phrase.text, phrase.draft) for phrase in phrasebook.load("en", folder=folder / "phrasebook")] == [
        ("I have a cough", False)
    ]
    surfaces = {(row.concept, row.surface) for row in lexicon.load("en", folder).surfaces}
    assert ("fever", "fever") not in surfaces
    assert ("fever", "high temperature") in surfaces


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"verdict": "maybe", "reviewer": "Dr B"}, "neither ok nor wrong"),
        ({"verdict": "ok"}, "needs its reviewer"),
        ({"form": "caugh", "verdict": "ok", "reviewer": "Dr B"}, "no row 'cough' with the form 'caugh'"),
    ],
)
def test_a_sheet_with_a_mistake_changes_nothing(
    folder: Path, tmp_path: Path, cells: dict[str, str], message: str
) -> None:
    sheet = tmp_path / "sheet.tsv"
    before = (folder / "lexicon" / "en.tsv").read_bytes()
    review_sheet.export("en", sheet, folder=folder)
    fill(sheet, lexicon_cough=cells, lexicon_fever={"verdict": "ok", "reviewer": "Dr B"})
    with pytest.raises(InputError, match=message):
        review_sheet.take_in("en", sheet, on=DAY, folder=folder)
    assert (folder / "lexicon" / "en.tsv").read_bytes() == before


def test_what_is_no_sheet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.tsv"
    path.write_text("a\tb\n", encoding="utf-8")
    with pytest.raises(InputError, match="not a review sheet"):
        review_sheet.take_in("en", path, on=DAY)


@settings(max_examples=25)
@given(verdicts=st.lists(st.sampled_from(["", "ok", "wrong"]), min_size=3, max_size=3))
def test_no_verdict_loses_a_row(verdicts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = make_folder(tmp_path_factory.mktemp("config"))
    sheet = folder / "sheet.tsv"
    review_sheet.export("en", sheet, folder=folder)
    names = ("lexicon_cough", "lexicon_fever", "phrasebook_cough")
    fill(sheet, **{name: {"verdict": v, "reviewer": "Dr B"} for name, v in zip(names, verdicts, strict=True)})
    before = {(row["concept"], row["surface"]) for row in rows_of(folder / "lexicon" / "en.tsv")}
    review_sheet.take_in("en", sheet, on=DAY, folder=folder)
    assert {(row["concept"], row["surface"]) for row in rows_of(folder / "lexicon" / "en.tsv")} == before
