"""What is said about a finding: since when, how bad, how often, what kind. Which finding each word belongs to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar, cast

from kiosk.encounter import Duration, Unit
from kiosk.findings.clauses import Clauses
from kiosk.lexicon.mentions import Mention
from kiosk.lexicon.numerals import Number

COMMA_COST = 5
OTHER_FINDING_COST = 3
JOINT_COST = 1
SENTENCE_COST = 50
"""In tokens: a clause boundary weighs as much as five words in between, an "and" as one."""

SEVERAL = 3.0
"""What "several" counts as in a template ("several {unit} +3"): a number to sort by, never printed as one."""
FEVER_C = (37.3, 42.5)
FEVER_F = (99.0, 108.0)
"""What a bare number beside a fever can be: degrees Celsius or Fahrenheit (as thermometers in Pakistan show)."""
SPOKEN_TEMPERATURE_C = (34.0, 43.0)
"""What a person's temperature can be; other numbers of degrees are the weather's."""


_UNITS = {"min": "分钟", "h": "小时", "d": "天", "wk": "周", "mo": "个月", "a": "年"}


class Placed(Protocol):
    """Anything with a place in the text."""

    @property
    def first(self) -> int: ...

    @property
    def last(self) -> int: ...


PlacedT = TypeVar("PlacedT", bound=Placed)


def nearest(
    mention: Mention,
    candidates: Sequence[PlacedT],
    clauses: Clauses,
    *,
    accept: Callable[[PlacedT], bool] = lambda _: True,
) -> PlacedT | None:
    """Return the candidate that ``mention`` most likely belongs to: near, in its clause, nothing in between.

    A later sentence may speak of the last thing of the one before, never the other way round.
    """
    best: tuple[float, int] | None = None
    for index, candidate in enumerate(candidates):
        if not accept(candidate):
            continue
        sentences = clauses.sentence[mention.first] - clauses.sentence[candidate.last]
        if sentences not in (0, 1) or (
            sentences and clauses.sentence[mention.first] != clauses.sentence[candidate.first] + 1
        ):
            continue
        low, high = _ordered(mention, candidate)
        between = max(0, high.first - low.last - 1)
        others = sum(1 for other in candidates if other is not candidate and low.last < other.first < high.first)
        cost = (
            between
            + COMMA_COST * abs(clauses.clause[high.first] - clauses.clause[low.last])
            + OTHER_FINDING_COST * others
            + JOINT_COST * clauses.has_between(low.last, high.first, ("and", "but"))
            + SENTENCE_COST * sentences
            # Of two equally near, the one before: "headache for three days and fever".
            + 0.5 * (candidate.first > mention.first)
            # "A rash has come out, and badly itches": a verb that goes on ends what it tells of.
            + JOINT_COST * (candidate.last < mention.first and clauses.links(mention.first - 1))
        )
        if best is None or cost < best[0]:
            best = (cost, index)
    return candidates[best[1]] if best else None


def _ordered(one: Placed, other: Placed) -> tuple[Placed, Placed]:
    return (one, other) if one.first <= other.first else (other, one)


def duration(mention: Mention) -> Duration:
    """Return the duration of a template mention; a unit without a number counts once ("уже неделю")."""
    high = mention.number.high if mention.number else None
    return Duration(
        value=value(mention),
        unit=cast(Unit, mention.unit or "d"),
        value_high=high,
        approximate=mention.number is None and mention.pattern.unit is None and mention.pattern.add == SEVERAL,
    )


def value(mention: Mention) -> float:
    """Return the number of a template mention, with what the template adds; 1 where it names none."""
    number = mention.number
    return (number.value if number else 1.0 if not mention.pattern.add else 0.0) + mention.pattern.add


def amount(length: Duration) -> str:
    """Return a duration in Chinese with Arabic numerals: 3天, 半个月, 1个半月, 3～4天; several days are 数天."""
    if length.value_high is not None:
        unit = _UNITS[length.unit]
        return f"{plain(length.value)}～{plain(length.value_high)}{unit}"
    whole, half = int(length.value), abs(length.value - int(length.value) - 0.5) < 1e-9
    if length.approximate and length.value == SEVERAL:
        return f"数{_UNITS[length.unit]}"
    prefix = "约" if length.approximate else ""
    if half and length.unit in ("mo", "a", "d", "h"):
        unit = _UNITS[length.unit]
        if not whole:
            return f"{prefix}半{unit}"
        return (
            f"{prefix}{whole}个半{unit.removeprefix('个')}"
            if length.unit in ("mo", "h")
            else f"{prefix}{whole}{unit}半"
        )
    unit = _UNITS[length.unit]
    return f"{prefix}{plain(length.value)}{unit}"


def plain(value: float) -> str:
    """Return a number without needless decimals: 3.0 -> 3, 38.5 -> 38.5."""
    return f"{value:g}"


def frequency(mention: Mention) -> str:
    """Return a frequency in Chinese: 每日2次, 每8小时1次, 2次."""
    number = mention.amount
    high = f"～{plain(mention.number.high)}" if mention.number and mention.number.high else ""
    count = plain(number or 1.0) + high
    if mention.meaning == "times":
        return f"{count}次"
    units = {"min": "分钟", "h": "小时", "d": "日", "wk": "周", "mo": "月", "a": "年"}
    unit = units[mention.unit or "d"]
    if mention.meaning == "frequency":
        return f"每{unit}{count}次"
    return f"每{unit}1次" if count == "1" else f"每{count}{unit.replace('日', '天')}1次"


def temperature(mention: Mention) -> float | None:
    """Return a spoken body temperature in °C: 三十八度五 is 38.5; None for what is none, or not one of a person."""
    if mention.meaning != "temperature" or mention.number is None:
        return None
    tenths = mention.number.high or 0.0
    value = mention.number.value + mention.pattern.add + tenths / (10 if tenths < 10 else 100)
    return value if SPOKEN_TEMPERATURE_C[0] <= value <= SPOKEN_TEMPERATURE_C[1] else None


def bare_temperature(number: Number) -> float | None:
    """Return a number without a unit as °C, if it can be a fever's."""
    if number.high is not None:
        return None
    if FEVER_C[0] <= number.value <= FEVER_C[1]:
        return number.value
    return round((number.value - 32) / 1.8, 1) if FEVER_F[0] <= number.value <= FEVER_F[1] else None
