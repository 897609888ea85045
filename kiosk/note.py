"""Facts to the intake note, in the sections of a Chinese outpatient record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kiosk import findings, interview, triage
from kiosk import lexicon as lexicons
from kiosk.answers import Answer, Confirmation
from kiosk.encounter import Caution, Evidence, Note, RedFlag, Translation, Utterance
from kiosk.findings import Facts, chinese
from kiosk.interview import replies
from kiosk.lexicon import Concept, Lexicon

DRAFT_MARK = "【草稿：未经护士审核签名】"
DRAFT_TERMS = "术语未经母语临床人员审定"
MACHINE_MARK = "〖机译〗"


def write(
    utterances: Sequence[Utterance],
    translations: Sequence[Translation],
    *,
    lexicon: Lexicon,
    question: str | None = None,
    warnings: Sequence[Caution] = (),
    answers: Sequence[Answer] | None = None,
    confirmations: Sequence[Confirmation] | None = None,
) -> Note:
    """Write the note of one intake.

    Args:
        utterances: the patient's words, in order.
        translations: their Chinese; what is uncovered is listed in the note.
        lexicon: of the patient's language.
        question: id of the question that was asked: a bare drug name answers "allergy" otherwise than "medicine".
        warnings: what recognition has to say to the nurse.
        answers: of an interview, whose utterances are understood in the context of their questions.
        confirmations: what the patient said when the facts were read back; None where they have not been, yet.
    """
    if answers is None:
        facts = findings.extract(utterances, lexicon, question=question)
    else:
        facts = replies.extract(utterances, answers, interview.load(), lexicon)
    flags = _union(triage.red_flags(facts), _flags_of_translations(translations, utterances))
    cautions = [*warnings, *(caution for utterance in utterances for caution in utterance.warnings)]
    cautions.extend(caution for translation in translations for caution in translation.warnings)
    if any(finding.draft for finding in facts.findings):
        cautions.append(Caution(kind="draft_terms", detail=DRAFT_TERMS))
    if confirmations is not None:
        cautions.extend(_read_back(facts, confirmations))
    return _note(facts, flags, utterances, translations, cautions, concepts=lexicon.concepts)


def rewrite(
    facts: Facts,
    red_flags: Sequence[RedFlag],
    utterances: Sequence[Utterance],
    translations: Sequence[Translation],
    warnings: Sequence[Caution],
    *,
    complaint: str | None = None,
    heading: str = DRAFT_MARK,
    vital_signs: str = "",
) -> Note:
    """Write the note anew after a nurse has corrected its facts.

    Args:
        complaint: 主诉 in the nurse's words; made of the facts when None.
        heading: the first line: that it is a draft, or who has signed it.
        vital_signs: what the nurse measured, in Chinese; empty when nothing was.
    """
    return _note(
        facts,
        red_flags,
        utterances,
        translations,
        warnings,
        concepts=lexicons.concepts(),
        complaint=complaint,
        heading=heading,
        vital_signs=vital_signs,
    )


def _note(
    facts: Facts,
    flags: Sequence[RedFlag],
    utterances: Sequence[Utterance],
    translations: Sequence[Translation],
    cautions: Sequence[Caution],
    *,
    concepts: Mapping[str, Concept],
    complaint: str | None = None,
    heading: str = DRAFT_MARK,
    vital_signs: str = "",
) -> Note:
    if complaint is None:
        complaint = chinese.chief_complaint(facts.findings, facts.pregnancy, concepts)
    names = [flag.name for flag in flags]
    lines = _lines(complaint, facts, names, utterances, translations, cautions, concepts, vital_signs)
    return Note(
        chief_complaint=complaint,
        findings=facts.findings,
        allergies=facts.allergies,
        medications=facts.medications,
        history=facts.history,
        pregnancy=facts.pregnancy,
        red_flags=tuple(flags),
        person=facts.person,
        warnings=tuple(cautions),
        text="\n".join((heading, *lines)),
    )


def named_facts(note: Note | Facts) -> dict[str, str]:
    """Return every fact in Chinese by its path, as in ``kiosk.review.decisions``: ``findings/0``, ``allergies/1``."""
    named = {f"findings/{index}": chinese.phrase(each) for index, each in enumerate(note.findings)}
    named |= {f"allergies/{index}": chinese.allergy(each) for index, each in enumerate(note.allergies)}
    named |= {f"medications/{index}": chinese.medication(each) for index, each in enumerate(note.medications)}
    named |= {f"history/{index}": chinese.history(each) for index, each in enumerate(note.history)}
    if note.pregnancy is not None:
        named["pregnancy"] = chinese.pregnancy(note.pregnancy)
    return named


def _read_back(facts: Facts, confirmations: Sequence[Confirmation]) -> list[Caution]:
    """Say which facts the patient took back, and which were not confirmed."""
    verdicts = {confirmation.path: confirmation.verdict for confirmation in confirmations}
    named = named_facts(facts)
    rejected = [text for path, text in named.items() if verdicts.get(path) == "rejected"]
    silent = [text for path, text in named.items() if path not in verdicts]
    cautions = []
    if rejected:
        # The patient says that it is wrong: nobody may sign it unseen.
        cautions.append(
            Caution(kind="rejected_by_patient", detail=f"复述核对时患者否认：{'；'.join(rejected)}", blocking=True)
        )
    if silent:
        cautions.append(Caution(kind="unconfirmed", detail=f"患者未核对：{'；'.join(silent)}"))
    return cautions


def _flags_of_translations(translations: Sequence[Translation], utterances: Sequence[Utterance]) -> tuple[RedFlag, ...]:
    """Read the red flags of neural translations, as a second opinion: they add flags and never take one away.

    The evidence is the whole utterance: which of its words the translation came from is not known.
    """
    by_id = {utterance.id: utterance for utterance in utterances}
    flags: list[RedFlag] = []
    for translation in translations:
        if translation.channel != "neural":
            continue
        chinese_words = Utterance(id=translation.utterance_id, text=translation.zh, language="zh", mode="text")
        source = by_id[translation.utterance_id]
        whole = Evidence(utterance_id=source.id, text=source.text, start=0, end=len(source.text))
        found = triage.red_flags(findings.extract([chinese_words], lexicons.load("zh")))
        flags.extend(replace(flag, evidence=(whole,)) for flag in found)
    return tuple(flags)


def _union(first: Sequence[RedFlag], second: Sequence[RedFlag]) -> tuple[RedFlag, ...]:
    return tuple(
        {flag.id: flag for flag in (*second, *first)}[name] for name in dict.fromkeys(f.id for f in (*first, *second))
    )


def _asked(said: Utterance) -> str:
    """Return which question of the interview the words answer."""
    if said.question is None:
        return ""
    question = interview.load().by_id.get(said.question)
    return f"【{question.zh if question is not None else said.question}】"


def _marked(translation: Translation) -> str:
    """Return the Chinese with a mark before each sentence that a neural engine made."""
    if not translation.spans:
        return translation.zh
    return "".join((MACHINE_MARK if span.channel == "neural" else "") + span.zh for span in translation.spans)


def _lines(
    complaint: str,
    facts: Facts,
    flags: Sequence[str],
    utterances: Sequence[Utterance],
    translations: Sequence[Translation],
    cautions: Sequence[Caution],
    concepts: Mapping[str, Concept],
    vital_signs: str,
) -> list[str]:
    """Return the note's lines below its heading."""
    reporter = {"patient": "患者本人", "parent": "家长", "other": "他人代述"}[facts.person.reporter]
    lines = []
    if flags:
        lines.append(f"⚠ 红旗：{'；'.join(flags)}")
    lines.append(f"陈述者：{reporter}")
    if facts.person.age_years is not None:
        age = facts.person.age_years
        lines.append(f"年龄：{age:g}岁" if age >= 1 else f"年龄：{round(age * 12, 1):g}个月")
    if facts.person.sex is not None:
        lines.append(f"性别：{'女' if facts.person.sex == 'female' else '男'}")
    lines.append(f"主诉：{complaint or '（未述症状）'}")
    mine = [item for item in facts.history if item.experiencer == "patient"]
    # An acute illness that the patient names is why he has come, not his past; but it is his word, no diagnosis.
    acute = [
        item
        for item in mine
        if item.code in concepts and "acute" in concepts[item.code].tags and item.status != "denied"
    ]
    illness = chinese.present_illness(facts.findings)
    if acute:
        illness += f"患者自认为{'、'.join(item.name for item in acute)}。"
    if illness:
        lines.append(f"现病史：{illness}")
    own = [chinese.history(item) for item in mine if item not in acute]
    lines.append(f"既往史：{'；'.join(own) or '未述'}")
    lines.append(f"过敏史：{'；'.join(chinese.allergy(item) for item in facts.allergies) or '未述'}")
    lines.append(f"用药史：{'；'.join(chinese.medication(item) for item in facts.medications) or '未述'}")
    if facts.pregnancy is not None:
        lines.append(f"妊娠：{chinese.pregnancy(facts.pregnancy)}")
    family = [chinese.history(item) for item in facts.history if item.experiencer == "family"]
    family += [chinese.phrase(item) for item in facts.findings if item.experiencer == "family"]
    if family:
        lines.append(f"家族史：{'；'.join(family)}")
    if vital_signs:
        lines.append(f"生命体征：{vital_signs}")
    by_id = {utterance.id: utterance for utterance in utterances}
    for translation in translations:
        said = by_id[translation.utterance_id]
        if not said.text and said.alternatives:
            offered = "／".join(each.zh or each.text for each in said.alternatives)
            lines.append(f"候选短语（患者未确认）：{offered}")
            continue
        lines.append(f"{_asked(said)}原话：{said.text}")
        lines.append(f"译文：{_marked(translation) or '（未能译出）'}")
    lines.extend(f"注意：{caution.detail}" for caution in dict.fromkeys(cautions))
    return lines
