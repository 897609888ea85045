"""What an answer says of "it": since when, how bad, where, what makes it worse. It is put to the chief complaint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from kiosk import lexicon as lexicons
from kiosk.answers import Answer
from kiosk.encounter import Evidence, Finding, Laterality, Severity
from kiosk.findings import Facts, composition, filled, timing
from kiosk.findings.sites import Site
from kiosk.interview.questions import Questions
from kiosk.interview.statements import Reply, statement
from kiosk.lexicon import Lexicon

_SIDES: Mapping[str, Laterality] = {"left": "左", "right": "右", "both": "双侧"}
ELLIPTICAL = frozenset({"site", "time", "severity", "trigger", "relief", "course", "character"})
"""What is said in answer to these is said of the chief complaint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said of "it", without naming it."""

    finding: Finding = field(default_factory=lambda: Finding(code="", name=""))
    sites: tuple[Site, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def elliptical(reply: Reply) -> tuple[Facts, Said]:
    """Return what an answer states by itself, and what it says of the chief complaint."""
    loose = loosely(reply)
    stated = statement(reply)
    named = tuple(each for each in stated.findings if not _is_it(each))
    for each in stated.findings:
        if _is_it(each):
            loose = replace(loose, finding=filled(loose.finding, each))
    if reply.phrase is not None:
        stated = Facts(findings=named, pregnancy=stated.pregnancy)  # a duration's own words are no history
    return replace(stated, findings=named), loose


def _is_it(finding: Finding) -> bool:
    """Whether a finding only stands for what was spoken of before: "it hurts", at no place."""
    concept = lexicons.concepts().get(finding.code)
    return concept is not None and concept.kind == "generic" and finding.body_site is None


def loosely(reply: Reply) -> Said:
    """Collect what belongs to no finding of the utterance itself."""
    reading = reply.understood.reading
    used = {index for draft in reply.understood.drafts for mention in draft.mentions for index in mention.tokens}
    finding = Finding(code="", name="")
    concepts = reading.lexicon.concepts
    phrase = reply.phrase
    if phrase is not None and phrase.concept in concepts:
        finding = _attribute(finding, phrase.concept)
    for time in timing.times(reading.analysis, reading.lexicon):
        if used & {*time.mention.tokens}:
            continue
        if time.duration is not None and finding.duration is None:
            finding = replace(finding, duration=time.duration)
        elif time.onset is not None and finding.onset is None:
            finding = replace(finding, onset=time.onset, since=time.since)
    radiates = any(cue.meaning in ("radiates", "radiates_prior") for cue in reading.analysis.of("cue"))
    sites = tuple(site for site in reading.sites if not used & {*site.anchor.tokens})
    if radiates:
        goals = tuple((site.laterality or "") + concepts[site.concept].zh for site in sites)
        finding, sites = replace(finding, radiation=goals), ()
    for mention in reading.analysis.mentions:
        if used & {*mention.tokens}:
            continue
        if mention.kind == "template" and mention.meaning == "nrs" and mention.number is not None:
            if 0 <= mention.number.value <= 10:
                finding = replace(finding, nrs=int(mention.number.value))
        elif mention.kind in ("severity", "course", "frequency", "trigger", "relief", "quality"):
            finding = _attribute(finding, mention.meaning)
    if reply.about == "severity" and finding.nrs is None and finding.severity is None and phrase is None:
        finding = replace(finding, nrs=_bare_number(reply))
    return Said(finding=finding, sites=sites if reply.about == "site" else (), evidence=reply.whole)


def _attribute(finding: Finding, concept_id: str) -> Finding:
    """Say one word of a finding: how bad, how it goes, when, of what kind, what makes it worse or better."""
    concept = lexicons.concepts()[concept_id]
    match concept.kind:
        case "severity":
            return replace(finding, severity=finding.severity or cast(Severity, concept.value))
        case "course" if concept.id == "sudden":
            return replace(finding, sudden=True)
        case "course":
            return replace(finding, course=finding.course or concept.zh)
        case "frequency":
            return replace(finding, frequency=finding.frequency or concept.zh)
        case "quality":
            return replace(finding, character=tuple(dict.fromkeys((*finding.character, concept.zh))))
        case "trigger":
            return replace(finding, aggravating=tuple(dict.fromkeys((*finding.aggravating, concept.zh))))
        case "relief":
            return replace(finding, relieving=tuple(dict.fromkeys((*finding.relieving, concept.zh))))
        case "time":
            return finding if finding.onset or finding.duration else replace(finding, onset=concept.zh, since=True)
        case _:
            return finding


def _bare_number(reply: Reply) -> int | None:
    """Return the number of "seven", in answer to "how bad, from 0 to 10?"."""
    numbers = reply.understood.reading.analysis.numbers
    if len(numbers) != 1 or numbers[0].high is not None:
        return None
    value = numbers[0].value
    return int(value) if 0 <= value <= 10 and float(value).is_integer() else None


def first_named(facts: Facts, replies: Sequence[Reply]) -> int | None:
    """Return which finding "it" is: the first present one of the complaint, else the first present one at all."""
    complaint = {reply.utterance.id for reply in replies if reply.about in ("complaint", "")}
    own = [
        (index, finding)
        for index, finding in enumerate(facts.findings)
        if finding.experiencer == "patient" and finding.status != "denied" and finding.when == "current"
    ]
    first = [index for index, finding in own if any(part.utterance_id in complaint for part in finding.evidence)]
    return next(iter(first), own[0][0] if own else None)


def completed(facts: Facts, said: Sequence[Said], chief: int | None, lexicon: Lexicon) -> Facts:
    """Give the chief complaint all that was said of it."""
    if chief is None:
        return facts
    found = [*facts.findings]
    finding = found[chief]
    more: list[Finding] = []
    for each in said:
        told = filled(finding, each.finding)
        placed = [_placed(told, site, lexicon) for site in each.sites]
        placed = [one for one in placed if one is not None]
        if placed:
            told, *others = cast(list[Finding], placed)
            more.extend(replace(other, evidence=_joined(other, each)) for other in others)
        if told != finding:
            finding = replace(told, evidence=_joined(told, each))
    found[chief : chief + 1] = [finding, *more]
    return replace(facts, findings=tuple(found))


def _joined(finding: Finding, said: Said) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys((*finding.evidence, *said.evidence)))


def _placed(finding: Finding, site: Site, lexicon: Lexicon) -> Finding | None:
    """Return a pain without a place at this place; a place with its side; None where it has its place already."""
    concepts = lexicon.concepts
    concept = concepts.get(finding.code)
    if concept is not None and concept.kind == "generic" and finding.body_site is None:
        named = composition.name_generic(concept, site, lexicon)
        return replace(
            finding, code=named.code, name=named.name, body_site=named.body_site, laterality=named.laterality
        )
    here = concepts[site.concept].zh
    if finding.body_site == here and finding.laterality is None and site.laterality is not None:
        return replace(finding, laterality=site.laterality, name=f"{site.laterality}{finding.name}")
    return None


def touched_sites(answers: Mapping[str, Answer], replies: Sequence[Reply], questions: Questions) -> tuple[Said, ...]:
    """Return the places that were tapped, in answer to "where?"."""
    return tuple(
        Said(sites=_sites(answer), evidence=_evidence(answer, replies))
        for answer in answers.values()
        if (question := questions.by_id.get(answer.question)) is not None and question.about == "site" and answer.values
    )


def touched_pains(answers: Mapping[str, Answer], replies: Sequence[Reply], questions: Questions) -> Facts:
    """Return pains at the places that were tapped in answer to "what is the matter?"."""
    zh = lexicons.load("zh")
    found: list[Finding] = []
    for answer in answers.values():
        question = questions.by_id.get(answer.question)
        if question is None or question.about not in ("complaint", "companions"):
            continue
        for site in _sites(answer):
            named = composition.name_generic(zh.concepts["pain"], site, zh)
            found.append(
                Finding(
                    code=named.code,
                    name=named.name,
                    body_site=named.body_site,
                    laterality=named.laterality,
                    evidence=_evidence(answer, replies),
                )
            )
    return Facts(findings=tuple(found))


def _sites(answer: Answer) -> tuple[Site, ...]:
    """Return ``knee`` ``left`` ``back`` as the left knee, and the back."""
    concepts = lexicons.concepts()
    sites: list[Site] = []
    for value in answer.values:
        if value in _SIDES and sites:
            sites[-1] = replace(sites[-1], laterality=_SIDES[value])
        elif value in concepts and concepts[value].kind == "site":
            sites.append(Site(concept=value))
    return tuple(sites)


def _evidence(answer: Answer, replies: Sequence[Reply]) -> tuple[Evidence, ...]:
    return tuple(part for reply in replies if reply.utterance.question == answer.question for part in reply.whole)
