"""Answers to facts: what a patient says is understood in the context of the question that it answers.

"Three days" belongs to the chief complaint, "yes" states what was asked, a place that was tapped completes a pain
without one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kiosk import findings, interview, phrasebook
from kiosk import lexicon as lexicons
from kiosk.answers import Answer
from kiosk.encounter import Person, Status, Utterance
from kiosk.findings import Facts
from kiosk.interview.ellipsis import (
    ELLIPTICAL,
    Said,
    completed,
    elliptical,
    first_named,
    loosely,
    touched_pains,
    touched_sites,
)
from kiosk.interview.patient import about_patient, person, who_is_it
from kiosk.interview.questions import Questions
from kiosk.interview.statements import STATUS, Reply, names, quoted, read, stated, statement
from kiosk.lexicon import Lexicon

_OVER = "answer_not_any_more"


def extract(
    utterances: Sequence[Utterance], answers: Sequence[Answer], questions: Questions, lexicon: Lexicon
) -> Facts:
    """Return the facts of an interview.

    Args:
        utterances: of all answers, in order; each says which question it answers.
        answers: what was chosen by touch (places, who, age, sex).
        lexicon: of the patient's language.
    """
    by_question = {answer.question: answer for answer in answers}
    replies = [read(utterance, questions, lexicon) for utterance in utterances if utterance.text.strip()]
    who = who_is_it(replies, by_question)
    parts: list[Facts] = [touched_pains(by_question, replies, questions)]
    said: list[Said] = []
    for reply in replies:
        if reply.question is not None and reply.question.kind == "yes_no":
            facts, spoken = _yes_no(reply)
            parts.append(about_patient(facts, who))
            said.extend(spoken)
        elif reply.about in ELLIPTICAL:
            facts, loose = elliptical(reply)
            parts.append(about_patient(facts, who))
            said.append(loose)
        elif reply.about not in ("who", "sex", "age"):
            parts.append(about_patient(statement(reply), who))
    facts = findings.combined(parts, person(replies, by_question, who))
    sites = touched_sites(by_question, replies, questions)
    return completed(facts, (*said, *sites), first_named(facts, replies), lexicon)


def _yes_no(reply: Reply) -> tuple[Facts, list[Said]]:
    """Return what an answer to a yes/no question states, and what it says of the chief complaint."""
    question = reply.question
    if question is None:
        return Facts(), []
    own = statement(reply)
    status = _verdict(reply)
    concept = interview.meaning(question)
    if status is None or (concept and names(own, concept)):
        return own, []
    over = reply.phrase is not None and reply.phrase.phrase_id == _OVER
    if concept:
        return findings.combined([stated(concept, status, reply, over=over), own], Person()), []
    if status == "denied":
        return own, []  # the phrase holds more than its denial would deny: no sudden headache is still a headache
    zh = lexicons.load("zh")
    text = next((phrase.zh for phrase in phrasebook.load("zh") if phrase.phrase_id == question.phrase), "")
    stand_in = Utterance(id=reply.utterance.id, text=text, language="zh", mode="tap")
    asked = Reply(
        utterance=stand_in, question=question, understood=findings.understand(stand_in, zh), phrase=reply.phrase
    )
    found = quoted(findings.extract([stand_in], zh), reply)
    found = replace(found, findings=tuple(replace(each, status=status) for each in found.findings))
    loose = replace(loosely(asked), evidence=reply.whole)
    return findings.combined([found, own], Person()), [loose]


def _verdict(reply: Reply) -> Status | None:
    """Return what yes, no or maybe says; None when it is neither."""
    if reply.phrase is not None:
        return STATUS.get(reply.phrase.phrase_id)
    reading = reply.understood.reading
    answer = reading.answer()
    if answer is not None:
        return "present" if answer.meaning == "yes" else "denied"
    cues = {cue.meaning for cue in reading.analysis.of("cue")}
    if "uncertain" in cues and not reply.understood.drafts:
        return "uncertain"
    # A whole phrase that was typed or transcribed word for word ("Да", "ھەئە").
    bare = reply.utterance.text.strip(" .!?。！？؟,،").casefold()
    for phrase in phrasebook.load(reply.utterance.language, "answer"):
        if phrase.text.casefold() == bare:
            return STATUS.get(phrase.phrase_id)
    return None
