"""The printed note: every script has its letters, every page its number, every draft its mark."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest
import typst

from kiosk import export, languages, resources
from kiosk.encounter import Alternative, Caution
from kiosk.errors import ExportError
from kiosk.export import content, printed
from kiosk.note import DRAFT_MARK
from kiosk.review.decisions import CorrectField
from kiosk.review.records import Review, ReviewedNote
from tests.export.conftest import LANGUAGES, draft, intake, origin, signed, under_review

PAGES = ("pdf", "slip")
pages = pytest.mark.parametrize("form", PAGES)


def read(note: ReviewedNote | Review, form: str) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(export.write(note, form)))


def text_of(page: pypdf.PageObject) -> str:
    """Return a page's text without spaces: where a line breaks is not what is tested."""
    return re.sub(r"\s", "", page.extract_text())


def fonts(page: pypdf.PageObject) -> dict[str, bool]:
    """Return the page's fonts and whether each is embedded."""
    found = {}
    for each in page["/Resources"]["/Font"].values():  # type: ignore[index]  # a dictionary of the PDF
        below = each.get_object()["/DescendantFonts"][0].get_object()
        descriptor = below["/FontDescriptor"].get_object()
        found[str(below["/BaseFont"]).partition("+")[2]] = any(f"/FontFile{n}" in descriptor for n in ("", 2, 3))
    return found


@pages
@pytest.mark.parametrize("code", LANGUAGES)
def test_a_signed_note_names_its_signer_time_and_digest(code: str, form: str) -> None:
    note = signed(code)
    text = "".join(text_of(page) for page in read(note, form).pages)
    assert "王芳（wang.fang）" in text
    assert "2026-11-2908:30UTC" in text
    assert note.digest in text
    assert note.note.chief_complaint in text
    assert "草稿" not in text


@pages
@pytest.mark.parametrize("code", LANGUAGES)
def test_every_script_is_embedded_in_a_font_of_its_own(code: str, form: str) -> None:
    used: dict[str, bool] = {}
    for page in read(signed(code), form).pages:
        used |= fonts(page)
    wanted = {"ug": "KioskNaskh", "ur": "KioskNaskh", "bo": "KioskTibetan", "zh": "KioskHans"}.get(code, "KioskSans")
    assert any(name.startswith(wanted) for name in used), used
    assert any(name.startswith("KioskHans") for name in used)
    assert all(used.values())


def long(code: str) -> Review:
    """Return a draft of several pages."""
    start = intake(code)
    again = tuple(replace(start.utterances[0], id=f"u{number}") for number in range(1, 12))
    return under_review(replace(start, utterances=again), origin(code))


@pytest.mark.parametrize("code", ["ug", "bo"])
def test_every_page_is_numbered_and_every_page_of_a_draft_is_marked(code: str) -> None:
    document = read(long(code), "pdf")
    assert len(document.pages) >= 3
    for number, page in enumerate(document.pages, start=1):
        text = text_of(page)
        assert f"第{number}页共{len(document.pages)}页" in text
        assert DRAFT_MARK in text
        assert text.count(content.DRAFT) >= 2  # across the page, and at its foot


def test_a_slip_is_one_page_of_80_mm_and_a_draft_is_marked_at_both_ends() -> None:
    (page,) = read(long("ug"), "slip").pages
    assert float(page.mediabox.width) == pytest.approx(80 / 25.4 * 72, abs=0.1)
    assert text_of(page).count(DRAFT_MARK) == 2
    assert "第1页共1页" in text_of(page)
    assert "A017" in text_of(page)


def test_the_patients_words_stand_beside_the_chinese_and_draft_terms_are_marked() -> None:
    rows = printed._data(content.final(signed("ug")), "a4")["facts"]
    assert rows[1]["text"] == "咳嗽※"
    assert rows[1]["words"] == [{"text": "يۆتىلىۋاتىمەن", "language": "ug", "script": "Arab", "rtl": True}]
    assert {row["standing"] for row in rows} == {"已核实", "否认"}


def test_kazakh_is_written_in_two_scripts() -> None:
    assert printed._script("kk", "басым ауырады") | {"script": "Cyrl", "rtl": False} == printed._script(
        "kk", "басым ауырады"
    )
    arabic = printed._script("kk", "باسىم اۋىرادى")
    assert (arabic["script"], arabic["rtl"]) == ("Arab", True)
    assert printed._script("ug", "beshim aghriydu")["script"] == "Latn"


def written_letters() -> dict[str, set[str]]:
    """Return the letters of everything that the program's tables can put on a page, by file."""
    config = resources.share("config")
    files = [*(config / "lexicon").glob("*.tsv"), *(config / "phrasebook").rglob("*"), *(config / "prompts").rglob("*")]
    return {path.name: set(path.read_text(encoding="utf-8")) for path in files if path.is_file()}


def test_the_fonts_have_every_letter_of_every_language() -> None:
    letters = written_letters()
    assert {f"{code}.tsv" for code in languages.known()} <= set(letters)
    for name, found in letters.items():
        missing = {letter for letter in found if letter.isprintable() and ord(letter) not in printed.covered()}
        assert not missing - printed._INVISIBLE, (name, missing)


@pages
def test_a_letter_that_no_font_has_is_marked_and_named(form: str) -> None:
    note = signed("zh", [CorrectField(path="chief_complaint", value="头痛𓀀")])
    text = "".join(text_of(page) for page in read(note, form).pages)
    assert f"头痛{printed.GETA}" in text
    assert "U+13000" in text


@pages
def test_any_words_can_be_set_and_none_is_markup(form: str) -> None:
    start = intake("ug")
    words = '#panic("x") *a* `b` $c$ <d> @e \\ \u202eabc\u202c \x07 // #include "/etc/passwd" ئا\nب'
    start = replace(start, utterances=(replace(start.utterances[0], text=words),))
    text = "".join(text_of(page) for page in read(under_review(start, origin("ug")), form).pages)
    assert '#panic("x")*a*`b`$c$<d>@e' in text


@pages
def test_phrases_that_were_only_offered_are_said_to_be(form: str) -> None:
    start = intake("ug")
    offered = tuple(Alternative(phrase_id=f"p{n}", text="بېشىم ئاغرىيدۇ", zh=f"头痛{n}", score=0.5) for n in (1, 2))
    start = replace(start, utterances=(replace(start.utterances[0], text="", alternatives=offered),))
    text = "".join(text_of(page) for page in read(under_review(start, origin("ug")), form).pages)
    assert "候选短语（患者未确认）" in text
    assert "头痛1／头痛2" in text


@pages
def test_warnings_are_printed_once(form: str) -> None:
    start = intake("ug")
    caution = Caution(kind="negation", detail="原话有否定，译文没有")
    start = replace(start, note=replace(start.note, warnings=(*start.note.warnings, caution, caution)))
    text = "".join(text_of(page) for page in read(under_review(start, origin("ug")), form).pages)
    assert text.count("注意：原话有否定，译文没有") == 1


def test_a_page_that_cannot_be_set_is_said_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise typst.TypstError("cannot set قىزىتمام", "قىزىتمام")

    monkeypatch.setattr(typst, "compile", fails)
    with pytest.raises(ExportError) as caught:
        export.write(draft("ug"), "pdf")
    assert "قىزىتمام" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_page_is_set_without_the_machines_own_fonts_and_without_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    export.write(draft("bo"), "pdf")
    assert list(tmp_path.iterdir()) == []
    assert set(printed._fonts().families()) == {"KioskHans", "KioskNaskh", "KioskSans", "KioskTibetan"}
    assert "OPEN FONT LICENSE" in (printed.FONTS / "OFL.txt").read_text(encoding="utf-8")


def test_the_document_says_what_it_is_and_nothing_of_the_patient() -> None:
    about = read(signed("ug"), "pdf").metadata
    assert about is not None
    assert about.title == "门（急）诊预问诊记录"
    assert about.creation_date is not None
    assert about.creation_date.isoformat() == "2026-11-29T08:30:00+00:00"
    assert "咳嗽" not in json.dumps({key: str(value) for key, value in about.items()}, ensure_ascii=False)
