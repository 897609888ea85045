"""A nurse looks for a concept: by its Chinese, by the initials of its pinyin (``tt`` -> 头痛), or by its English id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from pydantic import JsonValue
from rapidfuzz import fuzz, process

from kiosk import lexicon, phrasebook
from kiosk.errors import InputError
from kiosk.lexicon import Concept
from kiosk.review.decisions import AddItem, Section

KINDS: Mapping[Section, frozenset[str]] = {
    "findings": frozenset({"finding"}),
    "allergies": frozenset({"allergen", "drug", "drug_class"}),
    "medications": frozenset({"drug", "drug_class"}),
    "history": frozenset({"disease", "procedure", "habit"}),
}
"""The kinds of concept that stand in each section of a note."""

FREE = "free_text"
"""The code of what a nurse wrote that is in no table."""

_NEAR = 60


def find(words: str, section: Section, *, limit: int = 30) -> tuple[Concept, ...]:
    """Return the concepts that fit best, best first; all of the section, in the tables' order, for no words."""
    wanted = "".join(words.split()).casefold()
    known = [each for each in lexicon.concepts().values() if each.kind in KINDS[section]]
    if not wanted:
        return tuple(known[:limit])
    ranked = sorted(
        ((rank, len(each.zh), index) for index, each in enumerate(known) if (rank := _rank(wanted, each)) is not None)
    )
    found = [known[index] for _, _, index in ranked]
    if not found and not wanted.isascii():  # a character that sounds or looks alike
        near = process.extract(wanted, [each.zh for each in known], scorer=fuzz.ratio, score_cutoff=_NEAR, limit=limit)
        found = [known[index] for _, _, index in near]
    return tuple(found[:limit])


def prepare() -> None:
    """Read the tables of pinyin, and with them every concept's initials: a second that no nurse should wait for."""
    for each in lexicon.concepts().values():
        _initials(each.zh)


def value(section: Section, concept: Concept | None, words: str) -> dict[str, JsonValue]:
    """Return what :class:`kiosk.review.decisions.AddItem` takes for a concept, or for ``words`` that no table has."""
    name = concept.zh if concept is not None else words.strip()
    match section:
        case "allergies":
            return {"substance": name, "status": "present"}
        case "medications":
            return {"name": name}
        case _:
            return {"code": concept.id if concept is not None else FREE, "name": name}


def meant(language: str, phrase_id: str) -> AddItem:
    """Return the addition of what a phrase of the phrasebook says.

    Raises:
        InputError: the phrase says more than one thing, or the phrasebook has it no longer.
    """
    phrase = next((each for each in phrasebook.load(language) if each.phrase_id == phrase_id), None)
    concept = lexicon.concepts().get(phrase.concept) if phrase is not None else None
    section = next((name for name, kinds in KINDS.items() if concept is not None and concept.kind in kinds), None)
    if section is None:
        raise InputError("This phrase is not one term of the lexicon.", remedy="Add what the patient meant as a term.")
    return AddItem(section=section, value=value(section, concept, ""))


def _rank(wanted: str, concept: Concept) -> int | None:
    """Return how well a concept fits, 0 best; None when it does not."""
    zh, initials, english = concept.zh.casefold(), _initials(concept.zh), concept.id.replace("_", "")
    if wanted == zh:
        return 0
    if wanted == initials:
        return 1
    plain = wanted.replace("_", "")
    for rank, (text, part) in enumerate(((zh, wanted), (initials, wanted), (english, plain)), start=2):
        if text.startswith(part):
            return rank
    if wanted in zh:
        return 5
    return 6 if len(plain) > 2 and plain in english else None


@cache
def _initials(zh: str) -> str:
    from pypinyin import Style, lazy_pinyin  # its tables take a moment: only when a nurse looks for something

    letters: Sequence[str] = lazy_pinyin(zh, style=Style.FIRST_LETTER, strict=False)
    return "".join(letters).casefold()
