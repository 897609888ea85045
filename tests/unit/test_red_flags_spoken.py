"""Every red flag in the everyday words of all languages: what people tap raises it, and nothing harmless does."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from kiosk import lexicon, phrasebook, triage
from kiosk.encounter import Evidence, Finding, Utterance
from kiosk.findings import Facts, extract
from kiosk.languages import known

LANGUAGES = sorted(known())
WORDS = (Evidence(utterance_id="u1", text="words", start=0, end=5),)

TOGETHER = [
    # Flags that need two things, each said in a sentence of its own.
    ("chest_tightness_danger", ("chest_tightness", "cold_sweat")),
    ("severe_headache", ("headache", "stiff_neck")),
    ("meningitis", ("fever", "stiff_neck")),
    ("meningitis", ("fever", "confusion")),
    ("pregnancy_pain", ("pregnancy", "abdominal_pain")),
    ("preeclampsia", ("pregnancy", "blurred_vision")),
    ("preeclampsia", ("pregnancy", "headache")),
    ("pregnancy_bleeding", ("bleeding_in_pregnancy",)),
    ("thunderclap_headache", ("sudden_severe_headache",)),
    ("allergic_swelling", ("hives", "facial_swelling")),
]


def phrases(language: str) -> Mapping[str, phrasebook.Phrase]:
    return {phrase.phrase_id: phrase for phrase in phrasebook.load(language, "complaint")}


def raised(language: str, *texts: str) -> set[str]:
    said = [
        Utterance(id=f"u{number}", text=text, language=language, mode="tap")
        for number, text in enumerate(texts, start=1)
    ]
    return {flag.id for flag in triage.red_flags(extract(said, lexicon.load(language)))}


def due(concept: str) -> set[str]:
    """Return what a finding raises by itself."""
    finding = Finding(code=concept, name=concept, evidence=WORDS)
    return {flag.id for flag in triage.red_flags(Facts(findings=(finding,)))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_complaint_raises_what_it_must_and_no_other_raises_any(language: str) -> None:
    inventory = lexicon.concepts()
    wrong = {}
    for phrase in phrases(language).values():
        concept = inventory.get(phrase.concept or "")
        if concept is None or concept.kind != "finding":
            continue
        expected, found = due(concept.id), raised(language, phrase.text)
        if expected - found or (found and not expected):
            wrong[phrase.text] = (expected, found)
    assert wrong == {}


@pytest.mark.parametrize(
    ("flag", "ids"), TOGETHER, ids=lambda value: value if isinstance(value, str) else "+".join(value)
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_dangerous_together(language: str, flag: str, ids: tuple[str, ...]) -> None:
    table = phrases(language)
    assert flag in raised(language, *(table[each].text for each in ids))
