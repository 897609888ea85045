"""Teach-back: every fact of a note in the patient's own language, so that the patient can say whether it is right.

What was tapped is read back in its own words; of what was spoken, the patient's words and beside them what the kiosk
took them for, as the phrasebook or the lexicon says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from kiosk import interview, lexicon, note, phrasebook
from kiosk.encounter import Evidence, Note, Status, Utterance

_PLAIN_SURFACE = frozenset("/…=~*{}[]()<>|+0123456789")
"""Characters of the lexicon's notation: a form that has one is not what somebody says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One fact to read back.

    Attributes:
        path: its place in the note, as in ``kiosk.review.decisions``.
        words: what it was told with, the first words first: the complaint, then since when, how bad …
        form: how the language says what was understood; empty where the words themselves say it.
        zh: for the nurse.
    """

    path: str
    status: Status
    words: tuple[str, ...]
    form: str
    zh: str


def items(written: Note, utterances: Sequence[Utterance], language: str) -> tuple[Item, ...]:
    """Return the facts of a note in its order."""
    by_id = {utterance.id: utterance for utterance in utterances}
    named = note.named_facts(written)
    found: list[Item] = []
    for path, status, meaning, evidence in _facts(written):
        words = tuple(dict.fromkeys(_words(evidence, by_id, language)))
        form = _forms(language).get(meaning, "") or _surface(language, meaning)
        found.append(
            Item(
                path=path,
                status=status,
                words=words,
                form="" if form in words else form,
                zh=named[path],
            )
        )
    return tuple(found)


def _facts(written: Note) -> Iterator[tuple[str, Status, str, Sequence[Evidence]]]:
    """Yield each fact: its path, status, concept (or its Chinese name), evidence."""
    for index, finding in enumerate(written.findings):
        yield f"findings/{index}", finding.status, finding.code, finding.evidence
    for index, allergy in enumerate(written.allergies):
        yield f"allergies/{index}", allergy.status, allergy.substance, allergy.evidence
    for index, medicine in enumerate(written.medications):
        yield f"medications/{index}", "present", medicine.name, medicine.evidence
    for index, item in enumerate(written.history):
        yield f"history/{index}", item.status, item.code, item.evidence
    if written.pregnancy is not None:
        yield "pregnancy", written.pregnancy.status, "pregnancy", written.pregnancy.evidence


def _words(evidence: Sequence[Evidence], utterances: Mapping[str, Utterance], language: str) -> Iterator[str]:
    """Yield the words of each piece of evidence; a yes or a no together with what was asked."""
    questions = interview.load().by_id
    for part in evidence:
        utterance = utterances.get(part.utterance_id)
        if utterance is None:
            continue
        question = questions.get(utterance.question or "")
        if question is not None and question.kind == "yes_no":
            asked = _phrase(language, question.phrase)
            yield f"{asked} — {utterance.text}" if asked else utterance.text
        elif utterance.mode in ("tap", "phrase"):
            yield utterance.text
        else:
            yield part.text


@cache
def _forms(language: str) -> Mapping[str, str]:
    """What the phrasebook says for a concept, and for its Chinese name; the first phrase wins."""
    found: dict[str, str] = {}
    concepts = lexicon.concepts()
    compositions = lexicon.load_compositions()
    for phrase in phrasebook.load(language):
        concept = phrase.concept
        if "@" in concept:
            generic, _, site = concept.partition("@")
            concept = compositions.get((generic, site), f"{site}_{generic}")
        if concept and phrase.question not in ("trigger", "relief", "severity", "site"):
            found.setdefault(concept, phrase.text)
            if concept in concepts:
                found.setdefault(concepts[concept].zh, phrase.text)
    return found


@cache
def _surface(language: str, meaning: str) -> str:
    """Return the lexicon's first plain form of a concept; empty where it has none."""
    zh = {concept.zh: concept.id for concept in lexicon.concepts().values()}
    concept = meaning if meaning in lexicon.concepts() else zh.get(meaning, "")
    return next(
        (
            surface.surface
            for surface in lexicon.load(language).surfaces
            if surface.concept == concept and not _PLAIN_SURFACE & set(surface.surface)
        ),
        "",
    )


def _phrase(language: str, phrase_id: str) -> str:
    return next((phrase.text for phrase in phrasebook.load(language) if phrase.phrase_id == phrase_id), "")
