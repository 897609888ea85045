"""The critical tokens of a text in any of the kiosk's languages: what a translation must not change.

Negation, numbers, units, doses, durations, side, allergy, drug names, person, tense. They are read with the lexicon
and the grammar that the verified channel uses, so that a source sentence and a Chinese one become comparable values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from rapidfuzz import fuzz, process

from kiosk import attributes, languages, lexicon, numerals, resources
from kiosk.context import days_ago, past_dated
from kiosk.encounter import Laterality, Status, Utterance, When
from kiosk.findings import Understood, understand
from kiosk.mentions import Analysis, Mention
from kiosk.numerals import Number
from kiosk.reading import Reading

Dimension = Literal["time", "dose", "temperature", "scale", "year", "count", "plain"]
Past = Literal["", "maybe", "gone", "over"]
Role = Literal["allergic", "not allergic", "used", "not used"]

DENIALS = frozenset({"deny_next", "deny_list", "deny_prior", "deny_either", "deny_inside", "no_allergy", "not_now"})
"""Cues that say no."""

OVER = frozenset({"past", "resolved"})
"""Cues that say it is over."""

WEAK_PAST = frozenset({"得过", "患过", "犯过", "发过", "曾", "曾经"})
"""Chinese for a simple past: other languages have it in the verb, where no cue shows it."""

MIN_NUMERAL = 2
"""Letters of the shortest numeral that may have grown together with what follows."""

MIN_NAME = 7
NEAR_NAME = 86.0
"""A medicine's name of another language: letters at least, and how alike (rapidfuzz ratio, 0–100)."""

MEDICINES = ("drug", "drug_class")
SUBSTANCES = (*MEDICINES, "allergen")
"""What one may be allergic to; wheat and smoke are critical only where an allergy is spoken of."""
YEARS = (1900.0, 2100.0)
"""What is a calendar year, whatever word stands beside it."""
TIMES = frozenset({"duration", "ago", "age", "gestation", "interval", "other"})
"""Templates whose unit is one of time."""

DAYS: Mapping[str, float] = {"min": 1 / 1440, "h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 30.0, "a": 365.0}
"""A unit of time in days."""

DOSES: Mapping[str, tuple[str, float]] = {"μg": ("mg", 0.001), "mg": ("mg", 1.0), "g": ("mg", 1000.0)}
"""Units of mass in milligrams; every other dose unit is compared with itself alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One number with what it counts.

    Attributes:
        value: as said; ``high`` closes a range.
        dimension: ``plain`` for a number that no template claims.
        unit: UCUM unit of time, a dose unit as printed, or None.
        own: the number stands in the text ("three days"); otherwise its word implies it ("a day", "a fortnight").
        tokens: where it stands, half-open.
    """

    value: float
    high: float | None
    dimension: Dimension
    unit: str | None
    own: bool
    tokens: tuple[int, int] = (0, 0)

    @property
    def amount(self) -> tuple[str, float, float] | None:
        """The quantity in the base unit of its dimension, where it has one: two weeks are fourteen days."""
        high = self.high if self.high is not None else self.value
        if self.dimension == "time" and self.unit is not None and self.unit in DAYS:
            return "time", self.value * DAYS[self.unit], high * DAYS[self.unit]
        if self.dimension == "dose" and self.unit is not None:
            base, factor = DOSES.get(self.unit, (self.unit, 1.0))
            return base, self.value * factor, high * factor
        return None

    def __str__(self) -> str:
        number = attributes.plain(self.value) + (f"～{attributes.plain(self.high)}" if self.high is not None else "")
        units = {"min": "分钟", "h": "小时", "d": "天", "wk": "周", "mo": "个月", "a": "年"}
        return number + (units.get(self.unit, self.unit) if self.unit else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One finding, illness or state with what is said about it; ``name`` is its Chinese."""

    key: str
    name: str
    status: Status
    when: When
    relation: str | None
    laterality: Laterality | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Critical:
    """The critical tokens of one text.

    Attributes:
        denials: negations of any kind, also those that the lexicon could attach to nothing.
        readings: numbers that words may also hold than those that were read, with their tokens (half-open): inflected
            numerals, numerals fused with what they count, and their sums.
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
    """

    claims: tuple[Claim, ...]
    denials: int
    quantities: tuple[Quantity, ...]
    readings: tuple[tuple[float, int, int], ...]
    sides: frozenset[str]
    drugs: Mapping[str, str]
    roles: Mapping[str, frozenset[Role]]
    relations: frozenset[str]
    kin_words: frozenset[str]
    days: frozenset[float]
    past: Past
    ended: bool
    covered: float


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
        quantities=tuple(_quantities(reading)),
        readings=tuple(_readings(reading)),
        sides=frozenset(_sides(understood)),
        drugs={key: concepts[key].zh for key in dict.fromkeys((*(m.meaning for m in substances), *borrowed(reading)))},
        roles=_roles(understood, substances),
        relations=frozenset(mention.meaning for mention in analysis.of("relation")),
        kin_words=frozenset(name for name in _kin(reading.lexicon.language) if name in analysis.text),
        days=frozenset(days for _, days in _days(reading)),
        past=_past(reading),
        ended=any(mention.meaning in ("resolved", "not_now") for mention in analysis.of("cue")),
        covered=known / words if words else 1.0,
    )


def _claims(understood: Understood) -> Iterator[Claim]:
    for draft in understood.drafts:
        finding = draft.finding
        yield Claim(
            key=finding.code,
            name=finding.name,
            status=finding.status,
            when=finding.when,
            relation=finding.relation,
            laterality=finding.laterality,
        )
    for item in understood.history:
        yield Claim(key=item.code, name=item.name, status=item.status, when="current", relation=item.relation)
    if understood.pregnancy is not None:
        yield Claim(key="pregnancy", name="妊娠", status=understood.pregnancy.status, when="current", relation=None)


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


def _quantities(reading: Reading) -> Iterator[Quantity]:
    analysis = reading.analysis
    taken: set[int] = set()
    for mention in analysis.of("template"):
        if mention.meaning == "since":
            continue
        taken.update(mention.tokens)
        yield _templated(mention)
    for number in analysis.numbers:
        place = (number.start, number.end)
        if not taken & {*range(*place)}:
            dimension: Dimension = "year" if _is_year(number) else "plain"
            yield Quantity(value=number.value, high=number.high, dimension=dimension, unit=None, own=True, tokens=place)
    for mention, days in _days(reading):  # 前天 is two days ago
        place = (mention.first, mention.last + 1)
        yield Quantity(value=days, high=None, dimension="time", unit="d", own=False, tokens=place)


def _is_year(number: Number | None) -> bool:
    return number is not None and YEARS[0] <= number.value <= YEARS[1] and number.value.is_integer()


def _templated(mention: Mention) -> Quantity:
    number: Number | None = mention.number
    value, high = attributes.value(mention), number.high if number else None
    dimension: Dimension = "count"
    unit: str | None = None
    if mention.meaning == "temperature":
        celsius = attributes.temperature(mention)
        dimension = "temperature"
        value, high = (celsius, None) if celsius is not None else (value, high)
    elif mention.meaning == "nrs":
        dimension = "scale"
    elif mention.meaning == "dose":
        dimension, unit = "dose", mention.unit
    elif _is_year(number):
        dimension = "year"
    elif mention.meaning in TIMES and mention.unit is not None:
        dimension, unit = "time", mention.unit
    elif mention.meaning == "age":
        dimension, unit = "time", "a"
    place = (mention.first, mention.last + 1)
    return Quantity(value=value, high=high, dimension=dimension, unit=unit, own=number is not None, tokens=place)


def _readings(reading: Reading) -> Iterator[tuple[float, int, int]]:
    """Yield what numbers the words may hold where the grammar's bare numerals do not match: "beşte", "ҳафтмоҳа"."""
    tokens = reading.analysis.tokens
    numerals_of = _numerals(reading.lexicon.language)
    words: dict[int, tuple[float, int]] = {}
    for index, token in enumerate(tokens):
        value = _numeral(token.text, numerals_of)
        if value is not None:
            words[index] = (value, index)
    position = 0
    while position < len(tokens):
        start = position
        position += 1
        number = numerals.read(tokens, words, start) if start in words or tokens[start].number is not None else None
        if number is None:
            continue
        position = number.end  # never a part of a number: 十四 does not hold a 4
        yield number.value, number.start, number.end
        following = words.get(number.end)
        if following is not None and following[0] == 0.5:  # "one and a half"
            yield number.value + 0.5, number.start, number.end + 1
        if reading.lexicon.mode == "characters" and start + 3 == number.end and words[start + 1][0] in (100.0, 1000.0):
            # 一百六 is 160
            hundreds, rest = words[start][0] * words[start + 1][0], words[start + 2][0]
            yield hundreds + rest * words[start + 1][0] / 10, number.start, number.end


def _numeral(word: str, known: Mapping[str, float]) -> float | None:
    """Return the numeral that a word is or begins with, the longest."""
    for end in range(len(word), MIN_NUMERAL - 1, -1):
        if word[:end] in known:
            return known[word[:end]]
    return known.get(word)


@cache
def _numerals(language: str) -> Mapping[str, float]:
    return {
        pattern.elements[0].words[0]: pattern.value
        for pattern in lexicon.load(language).patterns
        if pattern.kind == "numeral" and len(pattern.elements) == 1
    }


def _sides(understood: Understood) -> Iterator[str]:
    reading = understood.reading
    for mention in reading.analysis.of("side"):
        yield reading.lexicon.concepts[mention.meaning].value
    for draft in understood.drafts:
        if draft.finding.laterality is not None:
            yield draft.finding.laterality
    for site in reading.sites:
        if site.laterality is not None:
            yield site.laterality


def borrowed(reading: Reading) -> Iterator[str]:
    """Yield the medicines whose international names stand, nearly, in words that the language's own table lacks.

    "Hidrokortizon" is in no Turkish row, but in an English one. Languages of one script share their names.
    """
    names = _international(languages.get(reading.lexicon.language).scripts[0])
    if not names:
        return
    for index, token in enumerate(reading.analysis.tokens):
        if index in reading.analysis.covered or len(token.text) < MIN_NAME:
            continue
        stem = token.text
        near = process.extractOne(stem, names.keys(), scorer=fuzz.ratio, score_cutoff=NEAR_NAME)
        if near is not None:
            yield names[near[0]]


@cache
def _international(script: str) -> Mapping[str, str]:
    """Return medicines' names -> concept ids, of a script's languages, from their tables: quicker than lexicons."""
    kinds = lexicon.concepts()
    found: dict[str, str] = {}
    for code, language in languages.known().items():
        if language.scripts[0] != script or script in ("Hans", "Tibt"):
            continue
        for _, row in lexicon.read_table(resources.share("config") / "lexicon" / f"{code}.tsv", lexicon.HEADER):
            concept = kinds.get(row["concept"])
            if concept is not None and concept.kind == "drug" and row["status"] != "rejected":
                for name in row["surface"].casefold().split("/"):
                    if len(name) >= MIN_NAME and " " not in row["surface"]:
                        found.setdefault(name, concept.id)
    return found


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


def _days(reading: Reading) -> Iterator[tuple[Mention, float]]:
    """Yield the words that fix a day, with how many days ago it lies."""
    for mention in reading.analysis.of("time", "template"):
        concept = mention.meaning if mention.kind == "time" else mention.time if mention.meaning == "since" else None
        days = days_ago(reading.lexicon.concepts[concept].value) if concept is not None else 0.0
        if 0.9 <= days < float("inf"):
            yield mention, days


def _past(reading: Reading) -> Past:
    cues = [mention for mention in reading.analysis.of("cue") if mention.meaning in (*OVER, "not_now")]
    concepts = reading.lexicon.concepts
    dated = any(past_dated(mention, concepts) for mention in reading.analysis.of("template", "time"))
    dated = dated or any(_is_year(number) for number in reading.analysis.numbers)
    if dated or any(cue.meaning in OVER and _words(reading, cue) not in WEAK_PAST for cue in cues):
        return "over"
    if any(cue.meaning == "not_now" for cue in cues):
        return "gone"
    return "maybe" if cues else ""


def _words(reading: Reading, mention: Mention) -> str:
    return "".join(reading.analysis.tokens[index].text for index in mention.tokens)
