"""What numbers count beside time and mass: spoons and bottles, kilograms and the Chinese pound, litres and cups."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.critical import Critical
from kiosk.critical.quantities import Quantity
from kiosk.guard.disagreement import Disagreement
from kiosk.guard.rules import Measures

ROUNDING = 0.06
"""How far a converted amount may be off: patients round."""


def measures(source: Critical, target: Critical, table: Measures) -> Iterator[Disagreement]:
    """Yield a measure of the source that the Chinese lacks where it has another instead.

    One side alone may leave its measure out ("I drank two"), so both have to have one that the other has not.
    """
    ours, theirs = measured(source, table), measured(target, table)
    lost, new = ours - theirs, theirs - ours
    if lost and new and not any(_same_amount(one, other, source, target, table) for one in lost for other in new):
        yield Disagreement(kind="unit", detail="原话与译文的计量单位不同")


def measured(text: Critical, table: Measures) -> frozenset[str]:
    """Return the measures that a text names."""
    return frozenset(
        measure
        for measure, words in table.words.items()
        if (pattern := words.get(text.language)) is not None and pattern.search(text.text)
    )


def factors(source: Critical, target: Critical, table: Measures) -> tuple[float, ...]:
    """Return what the source's numbers may be multiplied by, going by the measures of both sides."""
    ours, theirs = measured(source, table), measured(target, table)
    forth = [factor for one, other, factor in table.factor if one in ours - theirs and other in theirs - ours]
    back = [1 / factor for one, other, factor in table.factor if other in ours - theirs and one in theirs - ours]
    return (*forth, *back)


def equal(one: Quantity, other: Quantity, factor: float) -> bool:
    """Whether two numbers are one amount in two measures."""
    pairs = ((one.value, other.value), (one.high, other.high))
    return all(
        abs(here * factor - there) <= ROUNDING * there
        for here, there in pairs
        if here is not None and there is not None
    )


def _same_amount(one: str, other: str, source: Critical, target: Critical, table: Measures) -> bool:
    for first, second, factor in table.factor:
        ratio = factor if (first, second) == (one, other) else 1 / factor if (second, first) == (one, other) else None
        if ratio is not None:
            return any(equal(here, there, ratio) for here in source.quantities for there in target.quantities)
    return False
