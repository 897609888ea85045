"""One step of a pattern along the tokens: which word or slot comes next, and what it carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kiosk.lexicon import numerals
from kiosk.lexicon.numerals import Number
from kiosk.lexicon.patterns import Element, Pattern

RANGES = {"temperature": (30.0, 45.0), "nrs": (0.0, 10.0), "year": (1900.0, 2100.0), "gestation": (1.0, 45.0)}
"""What a template's number can be; with another number the words are another template's ("fever | three days")."""

SPANS = frozenset({"duration", "ago"})
"""Templates whose two numbers are a range, which rises: "eight months old, two days" is none."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A stem of the lexicon that a token is a form of."""

    stem: str
    paradigm: str | None
    bare: bool
    negated: bool = False
    fuzzy: bool = False


@dataclass(slots=True)
class Partial:
    """A pattern matched so far."""

    tokens: tuple[int, ...] = ()
    negated: bool = False
    fuzzy: bool = False
    number: Number | None = None
    unit: str | None = None
    time: str | None = None
    next: int = 0


def steps(
    element: Element,
    position: int,
    partial: Partial,
    hits: Sequence[tuple[Hit, ...]],
    slots: Mapping[str, Mapping[int, list[tuple[int, Number | None, str]]]],
) -> Iterator[Partial]:
    if element.slot:
        for end, number, meaning in slots.get(element.slot, {}).get(position, ()):
            yield Partial(
                tokens=(*partial.tokens, *range(position, end)),
                negated=partial.negated,
                fuzzy=partial.fuzzy,
                number=numerals.join(partial.number, number),
                unit=meaning if element.slot in ("unit", "dose_unit") else partial.unit,
                time=meaning if element.slot in ("time", "site") else partial.time,
                next=end,
            )
        return
    best: Hit | None = None
    for hit in hits[position]:
        if hit.stem not in element.words:
            continue
        if not hit.bare and (
            element.exact or (element.paradigm is not None and hit.paradigm not in (element.paradigm, None))
        ):
            continue
        if element.exact and hit.fuzzy:
            continue
        if best is None or (hit.fuzzy, hit.negated) < (best.fuzzy, best.negated):
            best = hit
    if best is not None:
        yield Partial(
            tokens=(*partial.tokens, position),
            negated=partial.negated or best.negated,
            fuzzy=partial.fuzzy or best.fuzzy,
            number=partial.number,
            unit=partial.unit,
            time=partial.time,
            next=position + 1,
        )


def plausible(pattern: Pattern, number: Number | None) -> bool:
    if pattern.kind == "template" and pattern.meaning in SPANS and number is not None and number.high is not None:
        return number.high > number.value
    if pattern.kind != "template" or pattern.meaning not in RANGES or number is None:
        return True
    low, high = RANGES[pattern.meaning]
    return low <= number.value + pattern.add <= high
