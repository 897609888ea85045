"""The critical tokens of a text in any of the kiosk's languages: what a translation must not change.

Negation, numbers, units, doses, durations, side, allergy, drug names, person, tense. They are read with the lexicon
and the grammar that the verified channel uses, so that a source sentence and a Chinese one become comparable values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from kiosk import lexicon
from kiosk.critical import medicines, quantities
from kiosk.critical.medicines import MEDICINES, SUBSTANCES
from kiosk.critical.quantities import Quantity, Spelling, is_year
from kiosk.encounter import Evidence, Laterality, Status, Utterance, When
from kiosk.findings import Understood, understand
from kiosk.findings.context import past_dated
from kiosk.findings.reading import Reading
from kiosk.lexicon.mentions import Analysis, Mention

Past = Literal["", "maybe", "gone", "over"]
Role = Literal["allergic", "not allergic", "used", "not used"]

DENIALS = frozenset({"deny_next", "deny_list", "deny_prior", "deny_either", "deny_inside", "no_allergy", "not_now"})
"""Cues that say no."""

OVER = frozenset({"past", "resolved"})
"""Cues that say it is over."""

WEAK_PAST = frozenset({"得过", "患过", "犯过", "发过", "曾", "曾经"})
"""Chinese for a simple past: other languages have it in the verb, where no cue shows it."""

SEASONS = frozenset({"last_spring", "last_summer", "last_autumn", "last_winter"})
"""Times that are over, though nobody can say how many days ago they were."""

HANDED = (
    "旋", "甲状腺素", "氧", "乙拉西坦", "西替利嗪", "炔诺孕酮", "卡尼汀", "沙丁胺醇",
    "胍", "氯芬酸", "嘧达莫", "氢", "歧杆菌", "黄连", "环醇",
)  # fmt: skip
"""What follows 左, 右 or 双 in names of medicines: of a molecule or a herb, not a side of the body."""


PUNCTUATION = re.compile(r"[,.;:!?，。；：！？،؛؟۔།]")
"""What parts clauses; the comma of Chinese lists does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One finding, illness or state with what is said about it.

    Attributes:
        name: its Chinese.
        words: what said it, in the form of :attr:`Critical.text`.
        clause: what stands between the marks of punctuation around it.
    """

    key: str
    name: str
    status: Status
    when: When
    relation: str | None
    laterality: Laterality | None = None
    words: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Critical:
    """The critical tokens of one text.

    Attributes:
        denials: negations of any kind, also those that the lexicon could attach to nothing.
        spellings: numbers that words may also hold than those that were read: inflected numerals, numerals fused with
            what they count, and their sums.
        sides: sides of the body named anywhere, by concept value.
        drugs: concept ids of substances -> their Chinese names.
        roles: substance -> what is said about it.
        relations: relatives, in Chinese.
        kin_words: relatives whose Chinese name stands in the text, whatever it is said for ("six children").
        days: how many days ago the time words lie that fix one (昨天 is 1).
        past: something is said to be ``over``, ``gone`` by now, or only perhaps over (``maybe``): Chinese 得过, "had",
            says it by the way.
        ended: some word says that it stopped; what another language denies may be meant by it.
        covered: share of the words that the lexicon understood (0–1).
        text: the text in the script that the lexicon reads, in small letters, apostrophes as ’.
        reading: the whole analysis, for names that no table has.
    """

    claims: tuple[Claim, ...]
    denials: int
    quantities: tuple[Quantity, ...]
    spellings: tuple[Spelling, ...]
    sides: frozenset[str]
    drugs: Mapping[str, str]
    roles: Mapping[str, frozenset[Role]]
    relations: frozenset[str]
    kin_words: frozenset[str]
    days: frozenset[float]
    past: Past
    ended: bool
    covered: float
    text: str
    reading: Reading

    @property
    def language(self) -> str:
        """A code of ``kiosk.languages``."""
        return self.reading.lexicon.language


def read(text: str, language: str) -> Critical:
    """Return the critical tokens of a text."""
    utterance = Utterance(id="guard", text=text, language=language, mode="text")
    return of(understand(utterance, lexicon.load(language)))


def of(understood: Understood) -> Critical:
    """Return the critical tokens of an utterance that has been understood."""
    reading = understood.reading
    analysis = reading.analysis
    concepts = reading.lexicon.concepts
    substances = analysis.of(*(SUBSTANCES if _names_allergy(analysis) else MEDICINES))
    words = len(analysis.tokens)
    known = sum(index in analysis.covered or token.number is not None for index, token in enumerate(analysis.tokens))
    return Critical(
        claims=tuple(_claims(understood)),
        denials=_denials(analysis),
        quantities=tuple(quantities.quantities(reading)),
        spellings=tuple(quantities.spellings(reading)),
        sides=frozenset(_sides(understood)),
        drugs={
            key: concepts[key].zh
            for key in dict.fromkeys((*(m.meaning for m in substances), *medicines.borrowed(reading)))
        },
        roles=_roles(understood, substances),
        relations=frozenset(mention.meaning for mention in analysis.of("relation")),
        kin_words=frozenset(name for name in _kin(reading.lexicon.language) if name in analysis.text),
        days=frozenset(days for _, days in quantities.days(reading)),
        past=_past(reading),
        ended=any(mention.meaning in ("resolved", "not_now") for mention in analysis.of("cue")),
        covered=known / words if words else 1.0,
        text=_folded(understood.reading),
        reading=reading,
    )


def _folded(reading: Reading, start: int = 0, end: int | None = None) -> str:
    text, convert = reading.utterance.text[start:end], lexicon.CONVERTERS.get(reading.lexicon.language)
    if convert is not None:
        text = "".join(piece for piece, _, _ in convert(text))
    return _apostrophes(text)


def _apostrophes(text: str) -> str:
    return re.sub("[\u02bb\u02bc\u2018`']", "\u2019", text.casefold())


def _claims(understood: Understood) -> Iterator[Claim]:
    reading = understood.reading
    for draft in understood.drafts:
        finding = draft.finding
        words, clause = _around(reading, reading.evidence(draft.anchor))
        yield Claim(
            key=finding.code,
            name=finding.name,
            status=finding.status,
            when=finding.when,
            relation=finding.relation,
            laterality=finding.laterality,
            words=words,
            clause=clause,
        )
    for item in understood.history:
        words, clause = _around(reading, item.evidence)
        yield Claim(
            key=item.code,
            name=item.name,
            status=item.status,
            when="current",
            relation=item.relation,
            words=words,
            clause=clause,
        )
    if understood.pregnancy is not None:
        yield Claim(key="pregnancy", name="妊娠", status=understood.pregnancy.status, when="current", relation=None)


def _around(reading: Reading, evidence: Sequence[Evidence]) -> tuple[str, str]:
    """Return the words of an evidence, and those between the marks of punctuation around them."""
    text, start, end = reading.utterance.text, evidence[0].start, evidence[-1].end
    before = max((mark.end() for mark in PUNCTUATION.finditer(text, 0, start)), default=0)
    after = PUNCTUATION.search(text, end)
    return _folded(reading, start, end), _folded(reading, before, after.start() if after else None)


@cache
def _kin(language: str) -> frozenset[str]:
    return frozenset(pattern.meaning for pattern in lexicon.load(language).patterns if pattern.kind == "relation")


def _denials(analysis: Analysis) -> int:
    """Count the negations, one a word: one that is part of a symptom's own name (睡不着) denies nothing."""
    cues = {mention.tokens[0] for mention in analysis.of("cue") if mention.meaning in DENIALS}
    inside = {
        index
        for mention in analysis.mentions
        if mention.kind not in ("cue", "template", "numeral") or mention.meaning == "intolerance"
        for index in mention.tokens
    }
    affixes = {mention.first for mention in analysis.mentions if mention.negated}
    return len((cues - inside) | affixes)


def _names_allergy(analysis: Analysis) -> bool:
    return any(mention.meaning in ("allergy", "no_allergy", "intolerance") for mention in analysis.of("cue"))


def _sides(understood: Understood) -> Iterator[str]:
    reading = understood.reading
    for mention in reading.analysis.of("side"):
        if reading.utterance.text[reading.analysis.tokens[mention.last].end :].startswith(HANDED):
            continue
        yield reading.lexicon.concepts[mention.meaning].value
    for draft in understood.drafts:
        if draft.finding.laterality is not None:
            yield draft.finding.laterality
    for site in reading.sites:
        if site.laterality is not None:
            yield site.laterality


def _roles(understood: Understood, substances: Sequence[Mention]) -> dict[str, frozenset[Role]]:
    reading = understood.reading
    names = {reading.concept(mention).zh: mention.meaning for mention in substances}
    roles: dict[str, set[Role]] = {}
    for allergy in understood.allergies:
        if allergy.substance in names:
            roles.setdefault(names[allergy.substance], set()).add(
                "not allergic" if allergy.status == "denied" else "allergic"
            )
    cues = {cue.meaning for cue in reading.analysis.of("cue")}
    if "taking" in cues or cues.isdisjoint({"allergy", "no_allergy", "intolerance"}):
        # Beside an allergy that was not understood, a substance is not one that is taken.
        for mention in substances:
            if mention.meaning not in roles:
                denied = mention in reading.contexts and reading.contexts[mention].status == "denied"
                roles.setdefault(mention.meaning, set()).add("not used" if denied else "used")
    return {key: frozenset(found) for key, found in roles.items()}


def _past(reading: Reading) -> Past:
    cues = [mention for mention in reading.analysis.of("cue") if mention.meaning in (*OVER, "not_now")]
    concepts = reading.lexicon.concepts
    dated = any(past_dated(mention, concepts) for mention in reading.analysis.of("template", "time"))
    dated = dated or any(mention.meaning in SEASONS for mention in reading.analysis.of("time"))
    dated = dated or any(is_year(number) for number in reading.analysis.numbers)
    dated = dated or any(quantities.long_ago(mention) for mention in reading.analysis.of("template"))
    if dated or any(cue.meaning in OVER and _words(reading, cue) not in WEAK_PAST for cue in cues):
        return "over"
    if any(cue.meaning == "not_now" for cue in cues):
        return "gone"
    return "maybe" if cues else ""


def _words(reading: Reading, mention: Mention) -> str:
    return "".join(reading.analysis.tokens[index].text for index in mention.tokens)
