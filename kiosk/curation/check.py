"""What is wrong with a language's tables: rows that never match, words with two meanings, concepts without words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kiosk import findings, phrasebook
from kiosk import lexicon as lexicons
from kiosk.encounter import Utterance
from kiosk.findings import composition
from kiosk.lexicon import Lexicon, Surface
from kiosk.lexicon.matching import Matcher, matcher

Kind = Literal["unmatched", "example", "duplicate", "collision", "function", "kind", "phrase", "gap"]


CLINICAL_KINDS = frozenset({"finding", "generic", "disease", "drug", "drug_class", "procedure", "habit", "state"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend.

    Attributes:
        kind: ``unmatched`` (a form that its own concept is not found in), ``example`` (the same for its example),
            ``duplicate`` (the row stands twice), ``collision`` (one form, two concepts of a kind), ``function`` (a
            clinical form that is nothing but a function word or a negation: it would be found everywhere), ``kind``
            (a paradigm that the grammar lacks), ``phrase`` (a phrase of the phrasebook that does not give its
            concept: a patient who taps it would not be understood), ``gap`` (a concept without a form).
        line: line of the table, 0 where there is none.
    """

    kind: Kind
    language: str
    line: int
    concept: str
    detail: str


def check(language: str, *, gaps: bool = True) -> list[Problem]:
    """Return every problem of one language, worst first within the file's order."""
    lexicon = lexicons.load(language)
    machine = matcher(language)
    problems = [*_rows(lexicon, machine), *_phrases(language)]
    if gaps:
        said = {surface.concept for surface in lexicon.surfaces}
        problems += [
            Problem(kind="gap", language=language, line=0, concept=concept.id, detail=f"no word for {concept.zh}")
            for concept in lexicon.concepts.values()
            if concept.id not in said and not _composed(concept.compose, said)
        ]
    return problems


def _composed(compose: tuple[str, ...], said: set[str]) -> bool:
    """Whether some composition has words for all its parts."""
    return any(all(part in said for part in rule.replace("@", "+").split("+")) for rule in compose)


def _rows(lexicon: Lexicon, machine: Matcher) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    owners: dict[tuple[str, ...], tuple[str, int]] = {}
    functions = lexicon.glue | {
        word
        for pattern in lexicon.patterns
        if pattern.kind == "cue" and pattern.meaning.startswith("deny") and len(pattern.elements) == 1
        for word in pattern.elements[0].words
    }
    # A row has spaces between words; a Tibetan sentence has the tsheg there, and in a Chinese one a space is a pause.
    joint = {"syllables": "་", "characters": ""}.get(lexicon.mode, " ")
    for line, row in enumerate(lexicon.surfaces, start=2):
        if row.kind != "fixed" and row.kind not in lexicon.morphology.paradigms:
            yield _problem(lexicon, line, row, "kind", f"{row.surface!r}: the grammar has no paradigm {row.kind!r}")
        for form in forms(row.surface):
            words = tuple(token.text for token in lexicon.tokenize(form))
            key = (row.concept, " ".join(words) + row.kind)
            if key in seen:
                yield _problem(lexicon, line, row, "duplicate", f"{form!r} stands in line {seen[key]} too")
            seen.setdefault(key, line)
            kind = lexicon.concepts[row.concept].kind
            owner, first = owners.setdefault((kind, *words), (row.concept, line))
            if owner != row.concept:
                yield _problem(lexicon, line, row, "collision", f"{form!r} is {owner} in line {first}")
            elif kind in CLINICAL_KINDS and len(words) == 1 and words[0] in functions:
                yield _problem(lexicon, line, row, "function", f"{form!r} has no word of its own")
            elif not _found(machine, form.replace(" ", joint), row.concept):
                yield _problem(lexicon, line, row, "unmatched", f"{form!r} does not give {row.concept}")
        if row.example and not _found(machine, row.example, row.concept):
            yield _problem(lexicon, line, row, "example", f"{row.example!r} does not give {row.concept}")


def _phrases(language: str) -> Iterator[Problem]:
    for phrase in phrasebook.load(language):
        wanted = phrase.concept
        if not wanted or phrase.question not in ("complaint", "illness", "allergy", "medicine"):
            continue
        utterance = Utterance(id="u1", text=phrase.text, language=language, mode="tap")
        facts = findings.extract([utterance], lexicons.load(language), question=phrase.question)
        generic, at, site = wanted.partition("@")
        named = lexicons.load(language).compositions.get((generic, site), f"{site}_{generic}") if at else wanted
        if at and site == composition.SKIN and named == f"{site}_{generic}":
            named = generic  # the skin is everywhere, and says no place
        zh = lexicons.load(language).concepts[generic].zh
        got = {finding.code for finding in facts.findings if finding.status != "denied"}
        got |= {item.code for item in facts.history}
        got |= {concept for concept in (wanted,) if any(zh in finding.character for finding in facts.findings)}
        got |= {"pregnancy"} if facts.pregnancy else set()
        substances = {allergy.substance for allergy in facts.allergies} | {drug.name for drug in facts.medications}
        if named not in got and zh not in substances:
            yield Problem(
                kind="phrase",
                language=language,
                line=0,
                concept=wanted,
                detail=f"{phrase.phrase_id} {phrase.text!r} gives {', '.join(sorted(got | substances)) or 'nothing'}",
            )


def forms(surface: str) -> Iterator[str]:
    """Yield a surface form once for each alternative of each of its places, the others at their first."""
    places = [word.strip("=~").split("/") for word in surface.split() if word != "…"]
    yield " ".join(place[0] for place in places)
    for index, place in enumerate(places):
        for choice in place[1:]:
            yield " ".join(choice if other == index else places[other][0] for other in range(len(places)))


def _found(machine: Matcher, text: str, concept: str) -> bool:
    return any(mention.meaning == concept for mention in machine.analyse(text).mentions)


def _problem(lexicon: Lexicon, line: int, row: Surface, kind: Kind, detail: str) -> Problem:
    return Problem(kind=kind, language=lexicon.language, line=line, concept=row.concept, detail=detail)
