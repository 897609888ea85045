"""Signed notes as sentences with their Chinese, to tune a translation model on (docs/translation-model.md).

A patient's words may leave the visit only for what the patient agreed to. The kiosk asks for consent to their use for
the visit; without a yes to that nothing is written here, and whoever exports must name the ground of the further use.
What is written has no name, ticket, place or time; but what people say of themselves may still tell who they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from kiosk.encounter import Evidence, Utterance
from kiosk.findings import chinese
from kiosk.review.records import ReviewedNote

SPOKEN = ("transcript", "text")
"""Modes of words that are the patient's own: a phrase that was tapped or recognised is the phrasebook's."""


def allowed(note: ReviewedNote) -> bool:
    """Whether the patient said yes to the use of the answers; intakes without an interview asked nobody."""
    interview = note.intake.interview
    return interview is not None and interview.consent is not None and interview.consent.use


def pairs(note: ReviewedNote) -> Iterator[dict[str, str]]:
    """Yield the words of each utterance with the Chinese of the facts that were signed for it.

    An utterance of which the note keeps no fact, or of which some words were not understood and no nurse added what
    they say, is left out: half a translation would be learned as a whole one.
    """
    if not allowed(note):
        return
    uncovered = {each.utterance_id for each in note.intake.translations if each.uncovered}
    for utterance in note.intake.utterances:
        if utterance.mode in SPOKEN and utterance.language != "zh" and utterance.id not in uncovered:
            said = [text for _, text in sorted(_facts(note, utterance))]
            if said:
                zh = "，".join(dict.fromkeys(said))
                yield {"language": utterance.language, "text": utterance.text, "zh": f"{zh}。", "source": "notes"}


def _facts(note: ReviewedNote, utterance: Utterance) -> Iterator[tuple[int, str]]:
    """Yield each signed fact that rests on an utterance, with the place of its first word."""
    signed = note.note
    facts = [
        *((item.evidence, chinese.phrase(item)) for item in signed.findings),
        *((item.evidence, chinese.allergy(item)) for item in signed.allergies),
        *((item.evidence, f"服用{chinese.medication(item)}") for item in signed.medications),
        *((item.evidence, chinese.history(item)) for item in signed.history),
    ]
    if signed.pregnancy is not None:
        facts.append((signed.pregnancy.evidence, chinese.pregnancy(signed.pregnancy)))
    for evidence, text in facts:
        place = _place(evidence, utterance)
        if place is not None:
            yield place, text


def _place(evidence: tuple[Evidence, ...], utterance: Utterance) -> int | None:
    return min((each.start for each in evidence if each.utterance_id == utterance.id), default=None)


def lines(note: ReviewedNote) -> str:
    """Return the pairs of a note as JSON lines; empty where nothing may or can be written."""
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in pairs(note))
