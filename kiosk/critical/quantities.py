"""The numbers of a text with what they count: durations, doses, temperatures, and numbers that nothing claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from kiosk import lexicon
from kiosk.critical.medicines import MEDICINES
from kiosk.findings import attributes
from kiosk.findings.context import PAST_DAYS, days_ago
from kiosk.findings.reading import Reading
from kiosk.lexicon import numerals
from kiosk.lexicon.mentions import Mention
from kiosk.lexicon.numerals import Number

Dimension = Literal["time", "dose", "temperature", "scale", "year", "count", "plain"]

POINT = "点"
MIN_NUMERAL = 2
"""Letters of the shortest numeral that may have grown together with what follows."""

YEARS = (1900.0, 2100.0)
"""What is a calendar year, whatever word stands beside it."""
LAST_NIGHT = 0.4
"""Days ago: the nearest time that a word fixes and a translation may get wrong."""
TIMES = frozenset({"duration", "ago", "age", "gestation", "interval", "other"})
"""Templates whose unit is one of time."""

DAYS: Mapping[str, float] = {"min": 1 / 1440, "h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 30.0, "a": 365.0}
"""A unit of time in days."""

DOSES: Mapping[str, tuple[str, float]] = {"μg": ("mg", 0.001), "mg": ("mg", 1.0), "g": ("mg", 1000.0)}
"""Units of mass in milligrams; every other dose unit is compared with itself alone."""

UNIT_NAMES = {"min": "分钟", "h": "小时", "d": "天", "wk": "周", "mo": "个月", "a": "年"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One number with what it counts.

    Attributes:
        value: as said; ``high`` closes a range.
        dimension: ``plain`` for a number that no template claims.
        unit: UCUM unit of time, a dose unit as printed, or None.
        own: the number stands in the text ("three days"); otherwise its word implies it ("a day", "a fortnight").
        tokens: where it stands, half-open: the number, or the word that implies it.
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
        return number + (UNIT_NAMES.get(self.unit, self.unit) if self.unit else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """A number that words may also hold than the one that was read, with its tokens (half-open)."""

    value: float
    high: float | None
    start: int
    end: int


def quantities(reading: Reading) -> Iterator[Quantity]:
    """Yield every number of an utterance, those of templates first."""
    analysis = reading.analysis
    taken: set[int] = set()
    for mention in analysis.of("template"):
        if mention.meaning == "since" or (mention.meaning == "other" and mention.number is None and not mention.unit):
            continue
        taken.update(mention.tokens)
        yield _templated(mention)
    for number in analysis.numbers:
        place = (number.start, number.end)
        if not taken & {*range(*place)}:
            dimension: Dimension = "year" if is_year(number) else "plain"
            yield Quantity(value=number.value, high=number.high, dimension=dimension, unit=None, own=True, tokens=place)
    for mention, ago in days(reading):  # 前天 is two days ago
        place = (mention.first, mention.last + 1)
        yield Quantity(value=ago, high=None, dimension="time", unit="d", own=False, tokens=place)


def is_year(number: Number | None) -> bool:
    """Whether a number is a calendar year."""
    return number is not None and YEARS[0] <= number.value <= YEARS[1] and number.value.is_integer()


def long_ago(mention: Mention) -> bool:
    """Whether a template puts something into the past with a word for the number: "a year ago"."""
    if mention.meaning != "ago" or mention.unit is None or mention.unit not in DAYS:
        return False
    return attributes.value(mention) * DAYS[mention.unit] > PAST_DAYS


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
    elif is_year(number):
        dimension = "year"
    elif mention.meaning in TIMES and mention.unit is not None:
        dimension, unit = "time", mention.unit
    elif mention.meaning == "age":
        dimension, unit = "time", "a"
    place = (number.start, number.end) if number is not None else (mention.first, mention.last + 1)
    return Quantity(value=value, high=high, dimension=dimension, unit=unit, own=number is not None, tokens=place)


def days(reading: Reading) -> Iterator[tuple[Mention, float]]:
    """Yield the words that fix a day, with how many days ago it lies."""
    for mention in reading.analysis.of("time", "template"):
        concept = mention.meaning if mention.kind == "time" else mention.time if mention.meaning == "since" else None
        ago = days_ago(reading.lexicon.concepts[concept].value) if concept is not None else 0.0
        if LAST_NIGHT <= ago < float("inf"):
            yield mention, ago


def spellings(reading: Reading) -> Iterator[Spelling]:
    """Yield what numbers the words may hold where the grammar's bare numerals do not match: "beşte", "ҳафтмоҳа"."""
    tokens = reading.analysis.tokens
    numerals_of = _numerals(reading.lexicon.language)
    words: dict[int, tuple[float, int]] = {}
    named = {index for mention in reading.analysis.of(*MEDICINES) for index in mention.tokens}  # 二甲双胍
    for index, token in enumerate(tokens):
        value = _numeral(token.text, numerals_of)
        if value is not None and index not in named:
            words[index] = (value, index)
    tens = reading.lexicon.mode == "words"
    position = 0
    while position < len(tokens):
        start = position
        position += 1
        begins = start in words or tokens[start].number is not None
        number = numerals.read(tokens, words, start, tens=tens) if begins else None
        if number is None:
            continue
        position = number.end  # never a part of a number: 十四 does not hold a 4
        yield Spelling(value=number.value, high=number.high, start=number.start, end=number.end)
        if reading.lexicon.mode == "characters" and tokens[number.end : number.end + 1]:
            decimal = words.get(number.end + 1)
            if tokens[number.end].text == POINT and decimal is not None and decimal[0] < 10:  # 十六点八 is 16.8
                value = number.value + decimal[0] / 10
                yield Spelling(value=value, high=None, start=number.start, end=number.end + 2)
        following = words.get(number.end)
        if following is not None and following[0] == 0.5:  # "one and a half"
            yield Spelling(value=number.value + 0.5, high=None, start=number.start, end=number.end + 1)
        if reading.lexicon.mode == "characters" and start + 3 == number.end and words[start + 1][0] in (100.0, 1000.0):
            # 一百六 is 160
            hundreds, rest = words[start][0] * words[start + 1][0], words[start + 2][0]
            colloquial = hundreds + rest * words[start + 1][0] / 10
            yield Spelling(value=colloquial, high=None, start=number.start, end=number.end)


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
