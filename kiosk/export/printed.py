"""The printed note: A4 pages, or a slip for a roll of 80 mm, as PDF/A with every font embedded.

Typst sets it: it shapes Uyghur and Urdu from right to left and stacks Tibetan letters by the fonts' own rules. Data and
layout are apart: ``note.typ`` gets JSON, so that nothing a patient says can be markup. The same note gives the same
bytes: no time but the note's own is in it. Nothing is written to a disk, and nothing is read but the two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from kiosk import languages
from kiosk.encounter import Allergy, Evidence, Finding, HistoryItem, Medication
from kiosk.errors import ExportError
from kiosk.export.content import DRAFT, Content, Fact
from kiosk.export.document import TITLE
from kiosk.export.symptoms import STANDINGS
from kiosk.findings import chinese
from kiosk.note import DRAFT_MARK, DRAFT_TERMS, MACHINE_MARK

FONTS = Path(__file__).parent / "fonts"
TEMPLATE = Path(__file__).parent / "note.typ"

GETA = "〓"
"""What stands for a character that no embedded font has; the page names it below."""

DRAFT_TERM = "※"

_ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]")
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u2028\u2029]")
_INVISIBLE = frozenset(
    "\n\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u00ad"
)


def page(content: Content) -> bytes:
    """Return the note as A4 pages (PDF/A-2u).

    Raises:
        ExportError: it cannot be set; the message holds no word of it.
    """
    return _set(content, "a4")


def slip(content: Content) -> bytes:
    """Return the note as one page for a roll of 80 mm, as long as it needs to be."""
    return _set(content, "slip")


def _set(content: Content, form: Literal["a4", "slip"]) -> bytes:
    import typst

    data, missing = _printable(_data(content, form))
    data["missing"] = sorted(missing)
    try:
        compiled = typst.compile(
            TEMPLATE.read_bytes(),
            font_paths=_fonts(),
            format="pdf",
            sys_inputs={"content": json.dumps(data, ensure_ascii=False)},
            pdf_standards="a-2u",
            timestamp=int(content.written_at.timestamp()),
        )
    except RuntimeError as error:
        # A typesetter's message may quote what it sets.
        raise ExportError(
            f"The note cannot be set as a page ({type(error).__name__}).", remedy="Export it as text, and report it."
        ) from None
    if not isinstance(compiled, bytes):
        raise ExportError("The note cannot be set as a page: the typesetter returned none.")
    return compiled


@cache
def _fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


@cache
def covered() -> frozenset[int]:
    """Return every character that the embedded fonts have."""
    from fontTools.ttLib import TTFont

    letters: set[int] = set()
    for path in sorted([*FONTS.glob("*.ttf"), *FONTS.glob("*.otf")]):
        with TTFont(path, lazy=True) as font:
            letters |= set(font.getBestCmap() or ())
    return frozenset(letters)


def _printable(value: Any) -> tuple[Any, set[str]]:
    """Return the data with a mark for each character that cannot be printed, and the names of those characters."""
    if isinstance(value, dict):
        pairs = {key: _printable(each) for key, each in value.items()}
        return {key: each[0] for key, each in pairs.items()}, set().union(*(each[1] for each in pairs.values()))
    if isinstance(value, list):
        items = [_printable(each) for each in value]
        return [each[0] for each in items], set().union(*(each[1] for each in items))
    if not isinstance(value, str):
        return value, set()
    missing: set[str] = set()
    letters = []
    for letter in _CONTROLS.sub(" ", value):
        if letter in _INVISIBLE or ord(letter) in covered():
            letters.append(letter)
        else:
            missing.add(f"U+{ord(letter):04X}")
            letters.append(GETA)
    return "".join(letters), missing


def _data(content: Content, form: str) -> dict[str, Any]:
    intake = content.intake
    language = languages.get(intake.language.code)
    ticket = intake.interview.ticket if intake.interview and intake.interview.ticket else ""
    unsigned = content.signed is None
    drafts = list(dict.fromkeys(fact.record.name for fact in content.findings if fact.record.draft))
    head = [
        ["就诊编号", content.origin.encounter_id],
        ["语言", language.zh],
        ["接收时间", _time(content.origin.received_at)],
        *([["取号", ticket]] if ticket and form == "a4" else []),
    ]
    return {
        "form": form,
        "title": TITLE,
        "site": content.origin.kiosk or "kiosk",
        "language": language.zh,
        "ticket": ticket,
        "draft": DRAFT_MARK if unsigned else None,
        "draft-mark": DRAFT,
        "draft-terms": DRAFT_TERMS,
        "head": head,
        "flags": [flag.name for flag in content.note.red_flags],
        "sections": [{"title": part.title, "text": part.text} for part in content.sections if part.title != "红旗"],
        "facts": [*_facts(content)],
        "drafts": drafts,
        "words": [*_words(content)],
        "cautions": [caution.detail for caution in content.cautions if caution.detail != DRAFT_TERMS or not drafts],
        "signature": _signature(content, form),
        "footer": f"{content.origin.encounter_id} · 第 {content.version} 版 · "
        + (DRAFT if content.signed is None else f"SHA-256 {content.signed.digest[:16]}"),
    }


def _signature(content: Content, form: str) -> list[list[str]]:
    if content.signed is None:
        return [["审核签名", DRAFT]]
    signed = content.signed
    half = len(signed.digest) // 2 if form == "slip" else len(signed.digest)
    return [
        ["审核签名", f"{signed.signer_name}（{signed.signer}）"],
        ["签名时间", _time(signed.signed_at)],
        ["SHA-256", "\n".join(part for part in (signed.digest[:half], signed.digest[half:]) if part)],
    ]


def _facts(content: Content) -> list[dict[str, Any]]:
    """Return every fact in Chinese beside the patient's own words for it."""
    groups: Sequence[Sequence[Fact[Finding] | Fact[Allergy] | Fact[Medication] | Fact[HistoryItem]]] = (
        content.findings,
        content.allergies,
        content.medications,
        content.history,
    )
    rows = []
    for fact in (fact for group in groups for fact in group):
        record = fact.record
        draft = DRAFT_TERM if isinstance(record, Finding) and record.draft else ""
        standing = "否认" if fact.standing == "denied" else STANDINGS.get(fact.standing, "")
        rows.append(
            {
                "text": _chinese(record) + draft,
                "standing": standing,
                "words": [_spoken(content, each) for each in record.evidence if each.text],
            }
        )
    return rows


def _chinese(record: Finding | Allergy | Medication | HistoryItem) -> str:
    match record:
        case Finding():
            return chinese.phrase(record)
        case Allergy():
            return chinese.allergy(record)
        case Medication():
            return chinese.medication(record)
        case HistoryItem():
            return chinese.history(record)


def _spoken(content: Content, evidence: Evidence) -> dict[str, Any]:
    spoken = {each.id: each.language for each in content.intake.utterances}
    return _script(spoken.get(evidence.utterance_id, content.intake.language.code), evidence.text)


def _script(code: str, text: str) -> dict[str, Any]:
    """Return words with the script that they are in, by their letters: Kazakh is written in two."""
    language = languages.get(code)
    arabic = _ARABIC.search(text) is not None
    scripts = [each for each in language.scripts if each != "Arab"] or ["Latn"]
    script = "Arab" if arabic else "Latn" if language.scripts[0] == "Arab" else scripts[0]
    return {"text": text, "language": code, "script": script, "rtl": arabic}


def _words(content: Content) -> list[dict[str, Any]]:
    """Return all that the patient said, each with its Chinese."""
    chinese_of = {each.utterance_id: each for each in content.intake.translations}
    rows = []
    for each in content.intake.utterances:
        zh = ""
        if each.id in chinese_of:
            made = chinese_of[each.id]
            zh = "".join((MACHINE_MARK if span.channel == "neural" else "") + span.zh for span in made.spans) or made.zh
        label, text = f"原话 {each.id}", each.text
        if not text and each.alternatives:
            label = f"候选短语（患者未确认）{each.id}"
            text = "\n".join(other.text for other in each.alternatives)
            zh = "／".join(other.zh or other.text for other in each.alternatives)
        if text:
            rows.append({**_script(each.language, text), "label": label, "zh": zh or "（未能译出）"})
    return rows


def _time(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
