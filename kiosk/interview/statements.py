"""One answer in the context of its question, and what it states by itself.

What was tapped, or recognised as a phrase, means what the phrasebook's Chinese says, whatever the language; only open
transcripts and typed words are read in the patient's own language. Every fact keeps the patient's words as evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from kiosk import findings, phrasebook
from kiosk import lexicon as lexicons
from kiosk.encounter import Evidence, Finding, HistoryItem, Pregnancy, Status, Utterance
from kiosk.findings import Facts, Understood, composition
from kiosk.interview.questions import Question, Questions
from kiosk.lexicon import Lexicon
from kiosk.phrasebook import Phrase

STATUS: Mapping[str, Status] = {
    "answer_yes": "present",
    "answer_always": "present",
    "answer_often": "present",
    "answer_sometimes": "present",
    "answer_rarely": "present",
    "answer_not_any_more": "present",
    "answer_maybe": "uncertain",
    "answer_no": "denied",
    "answer_none_of_these": "denied",
}
"""What the phrases that answer yes or no state. "I do not know" states nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One utterance in the context of its question.

    Attributes:
        understood: of its own words, or of the phrase's Chinese.
        phrase: which phrase of the phrasebook it is, word for word; None for open speech and typed words.
    """

    utterance: Utterance
    question: Question | None
    understood: Understood
    phrase: Phrase | None

    @property
    def whole(self) -> tuple[Evidence, ...]:
        """The utterance as evidence."""
        text = self.utterance.text
        return (Evidence(utterance_id=self.utterance.id, text=text, start=0, end=len(text)),)

    @property
    def about(self) -> str:
        """What the question is about; empty for words that answer none."""
        return (self.question.about or "") if self.question is not None else ""


def read(utterance: Utterance, questions: Questions, lexicon: Lexicon) -> Reply:
    question = questions.by_id.get(utterance.question) if utterance.question is not None else None
    phrase = phrase_of(utterance)
    context = {"allergies": "allergy"}.get((question.about or "") if question is not None else "")
    if phrase is not None:
        stand_in = replace(utterance, text=phrase.zh, language="zh")
        understood = findings.understand(stand_in, lexicons.load("zh"), context)
    else:
        understood = findings.understand(utterance, lexicon, context)
    return Reply(utterance=utterance, question=question, understood=understood, phrase=phrase)


def phrase_of(utterance: Utterance) -> Phrase | None:
    """Return the phrase that was tapped or recognised."""
    if utterance.mode not in ("tap", "phrase"):
        return None
    return _phrases(utterance.language).get(utterance.text)


@cache
def _phrases(language: str) -> Mapping[str, Phrase]:
    return {phrase.text: phrase for phrase in phrasebook.load(language)}


def statement(reply: Reply) -> Facts:
    """Return what an utterance states by itself."""
    phrase = reply.phrase
    if phrase is None:
        context = "allergy" if reply.about == "allergies" else None
        return findings.extract([reply.utterance], reply.understood.reading.lexicon, question=context)
    if phrase.phrase_id in STATUS:
        return Facts()
    context = "allergy" if reply.about == "allergies" else None
    stand_in = replace(reply.utterance, text=phrase.zh, language="zh")
    facts = quoted(findings.extract([stand_in], lexicons.load("zh"), question=context), reply)
    if phrase.concept and "@" not in phrase.concept and not names(facts, phrase.concept):
        exact = stated(phrase.concept, "present", reply)
        if exact != Facts():
            return exact
    return facts


def quoted(facts: Facts, reply: Reply) -> Facts:
    """Return facts that were read from a phrase's Chinese, with the patient's own words as their evidence."""
    whole = reply.whole
    draft = reply.phrase is not None and reply.phrase.draft
    pregnancy = facts.pregnancy
    return replace(
        facts,
        findings=tuple(replace(each, evidence=whole, draft=draft or each.draft) for each in facts.findings),
        allergies=tuple(replace(each, evidence=whole) for each in facts.allergies),
        medications=tuple(replace(each, evidence=whole) for each in facts.medications),
        history=tuple(replace(each, evidence=whole) for each in facts.history),
        pregnancy=replace(pregnancy, evidence=whole) if pregnancy is not None else None,
    )


def names(facts: Facts, concept: str) -> bool:
    codes = {finding.code for finding in facts.findings} | {item.code for item in facts.history}
    inventory = lexicons.concepts()
    named = {allergy.substance for allergy in facts.allergies} | {medicine.name for medicine in facts.medications}
    return (
        concept in codes
        or any(code.endswith(f"_{concept}") for code in codes)
        or inventory[concept].zh in named
        or (concept == "pregnancy" and facts.pregnancy is not None)
    )


def stated(concept_id: str, status: Status, reply: Reply, *, over: bool = False) -> Facts:
    """Return the fact that a concept is present, denied or uncertain; nothing for a concept that is no fact."""
    lexicon = lexicons.load("zh")
    concept = lexicon.concepts[concept_id]
    whole = reply.whole
    if concept_id == "pregnancy":
        return Facts(pregnancy=Pregnancy(status=status, evidence=whole))
    if concept.kind in ("finding", "generic"):
        named = composition.name(concept, None, lexicon)
        return Facts(
            findings=(
                Finding(
                    code=named.code,
                    name=named.name,
                    status=status,
                    when="past" if over else "current",
                    body_site=named.body_site,
                    draft=reply.phrase is not None and reply.phrase.draft,
                    evidence=whole,
                ),
            )
        )
    if concept.kind in ("disease", "state", "procedure", "habit"):
        return Facts(history=(HistoryItem(code=concept.id, name=concept.zh, status=status, evidence=whole),))
    return Facts()
