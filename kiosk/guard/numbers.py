"""The numbers of a text against those of its Chinese: values, units, durations, doses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kiosk.critical import Critical
from kiosk.critical.quantities import Quantity, Spelling
from kiosk.guard.disagreement import Disagreement
from kiosk.guard.measures import equal, factors
from kiosk.guard.rules import Numbers, Rules

ROUNDING = 0.02
VAGUE = 3.0
"""The largest number that 几 may stand for where the patient said one by the way."""
FAR = 5.0
"""How many times longer a length of time may be than another that means the same: "a few weeks ago", "last month"."""
PAIR = 2.0
INFLECTED = 8
"""Letters of the longest small numeral with an ending, "ikisi"."""
SCALE = 10.0
"""The end of the scale on which pain is rated."""


def numbers(source: Critical, target: Critical, rules: Rules) -> Iterator[Disagreement]:
    """Yield the numbers that stand on one side alone, and those that count something else."""
    table, by = rules.numbers, factors(source, target, rules.measures)
    ours, theirs = [*source.quantities], [*target.quantities]
    if any(quantity.dimension == "scale" for quantity in (*ours, *theirs)):
        ours, theirs = _unscaled(ours), _unscaled(theirs)
    for same in (_of_a_kind, _equal, lambda one, other: _converted(one, other, table, by)):
        for quantity in list(ours):
            partner = next((other for other in theirs if same(quantity, other)), None)
            if partner is not None:
                ours.remove(quantity)
                theirs.remove(partner)
    _read_otherwise(ours, theirs, source, table)
    _read_otherwise(theirs, ours, target, table)
    _in_centimetres(ours, theirs, source, table)
    _two_as_range(ours, theirs)
    _two_as_range(theirs, ours)
    _both_counted(ours, target)
    _both_counted(theirs, source)
    for quantity in list(ours):  # the same number of something else
        partner = next((other for other in theirs if _numerals(quantity) == _numerals(other)), None)
        if partner is None:
            continue
        ours.remove(quantity)
        theirs.remove(partner)
        alike = any({quantity.unit, partner.unit} <= group for group in table.same_unit)
        if quantity.unit and partner.unit and quantity.unit != partner.unit and not alike:
            kind = "duration" if quantity.dimension == partner.dimension == "time" else "unit"
            yield Disagreement(kind=kind, detail=f"原话为{quantity}，译文为{partner}")
    if any(_alone(quantity, table) for quantity in theirs) and _unread(source, target, table):
        yield Disagreement(kind="number", detail="原话中的数字，译文为1")
    ours = [quantity for quantity in ours if quantity.value not in table.ignored or quantity.unit]
    theirs = [quantity for quantity in theirs if quantity.value not in table.ignored or quantity.unit]
    if table.teens.search(target.text):
        theirs = [quantity for quantity in theirs if quantity.value != SCALE or quantity.high is not None]
    if table.vague.search(target.text):
        ours = [quantity for quantity in ours if quantity.value > VAGUE]
    for quantity in list(ours):  # 半年 and 半天, whose number is in the word
        rival = next((other for other in theirs if _far(quantity, other)), None)
        if rival is not None:
            ours.remove(quantity)
            theirs.remove(rival)
            yield Disagreement(kind="duration", detail=f"原话为{quantity}，译文为{rival}")
    for quantity in ours:
        rivals = [other for other in theirs if quantity.own or other.own]
        near = next((other for other in rivals if other.dimension == quantity.dimension), next(iter(rivals), None))
        if near is not None:
            theirs.remove(near)
            yield Disagreement(kind=_kind(quantity), detail=f"原话为{quantity}，译文为{near}")
        elif quantity.own and quantity.value not in table.ignored:
            yield Disagreement(kind=_kind(quantity), detail=f"原话有{quantity}，译文没有")
    for quantity in theirs:
        if quantity.own and quantity.value not in table.ignored:
            yield Disagreement(kind=_kind(quantity), detail=f"译文有{quantity}，原话没有")


def _read_otherwise(ours: list[Quantity], theirs: list[Quantity], source: Critical, table: Numbers) -> None:
    """Drop what agrees once a word is read as another number than the grammar's first choice."""
    for other in list(theirs):
        for spelled in source.spellings:
            if (spelled.value, spelled.high) == (other.value, other.high):
                overlapping = [own for own in ours if _overlaps(own, spelled)]
                if any(own.own and _overlaps(own, spelled) and own not in ours for own in source.quantities):
                    continue  # as it was read, it has its partner already
                if any(own.unit and other.unit and own.unit != other.unit for own in overlapping):
                    continue
                if other.unit and _counted(spelled, source, table) not in (None, other.unit):
                    continue  # 这两天 is no fortnight
                for own in overlapping:
                    ours.remove(own)
                theirs.remove(other)
                break


def _counted(spelled: Spelling, text: Critical, table: Numbers) -> str | None:
    """Return the unit of time that Chinese counts with a number."""
    following = [token.text for token in text.reading.analysis.tokens[spelled.end : spelled.end + 2]]
    word = next((word for word in following if word not in table.counters), "")
    return table.time_words.get(word)


def _alone(quantity: Quantity, table: Numbers) -> bool:
    return quantity.own and quantity.value in table.ignored and quantity.high is None and not quantity.unit


def _unread(source: Critical, target: Critical, table: Numbers) -> bool:
    """Whether the source inflects a numeral ("two of them") that stands nowhere in the Chinese."""
    if source.language not in table.inflected:
        return False
    given = {quantity.value for quantity in target.quantities} | {spelled.value for spelled in target.spellings}
    return any(
        PAIR <= spelled.value <= SCALE
        and spelled.end == spelled.start + 1
        and len(source.reading.analysis.tokens[spelled.start].text) <= INFLECTED
        and spelled.value not in given
        and not any(_overlaps(quantity, spelled) for quantity in source.quantities)
        for spelled in source.spellings
    )


def _overlaps(quantity: Quantity, spelled: Spelling) -> bool:
    return quantity.tokens[0] < spelled.end and spelled.start < quantity.tokens[1]


def _in_centimetres(ours: list[Quantity], theirs: list[Quantity], source: Critical, table: Numbers) -> None:
    """Drop blood pressures that the patient says in centimetres of mercury and the Chinese in millimetres."""
    word = table.centimetres.get(source.language)
    if word is None or word not in source.text:
        return
    low, high = table.centimetre_range
    said = {own.value: own for own in ours} | {
        spelled.value: own
        for spelled in source.spellings
        for own in ours
        if own.tokens[0] < spelled.end and spelled.start < own.tokens[1]
    }
    for other in list(theirs):
        own = said.get(other.value / 10)
        if own is not None and own in ours and low <= other.value / 10 <= high:
            ours.remove(own)
            theirs.remove(other)


def _two_as_range(ours: list[Quantity], theirs: list[Quantity]) -> None:
    """Drop "seven or eight" against 七八: two numbers on one side that are the ends of a range on the other."""
    for span in [quantity for quantity in theirs if quantity.high is not None]:
        ends = [next((own for own in ours if own.high is None and own.value == end), None) for end in _numerals(span)]
        if ends[0] is not None and ends[1] is not None:
            ours.remove(ends[0])
            ours.remove(ends[1])
            theirs.remove(span)


def _both_counted(quantities: list[Quantity], there: Critical) -> None:
    """Drop the two of "two ankles" where the other side says "both"."""
    if "双侧" in there.sides:
        pair = next((each for each in quantities if each.value == PAIR and each.high is None and not each.unit), None)
        if pair is not None:
            quantities.remove(pair)


def _unscaled(quantities: Sequence[Quantity]) -> list[Quantity]:
    """Drop the ten of "eight out of ten", which languages put anywhere, or nowhere."""
    others = [quantity for quantity in quantities if quantity.value != SCALE]
    return others if any(quantity.dimension == "scale" for quantity in others) else [*quantities]


def _kind(quantity: Quantity) -> str:
    return {"dose": "dose", "time": "duration"}.get(quantity.dimension, "number")


def _numerals(quantity: Quantity) -> tuple[float, float | None]:
    return quantity.value, quantity.high


def _of_a_kind(one: Quantity, other: Quantity) -> bool:
    """Whether two numbers count the same: three times is not yet three tablets."""
    return one.dimension == other.dimension and one.unit == other.unit and _equal(one, other)


def _equal(one: Quantity, other: Quantity) -> bool:
    if one.amount is not None and other.amount is not None:
        (unit, low, high), (unit_there, low_there, high_there) = one.amount, other.amount
        return unit == unit_there and _alike(low, low_there) and _alike(high, high_there)
    for number, word in ((one, other), (other, one)):
        if number.dimension == "plain" and word.dimension == "time" and not word.own:
            return number.value in (word.value, word.value / 365)  # "two winters ago" is 前年
    # A number that no template claims on one side may be the same thing: only the number is known.
    return _numerals(one) == _numerals(other) and not (one.unit and other.unit)


def _far(one: Quantity, other: Quantity) -> bool:
    """Whether two lengths of time that words imply cannot be meant for one another."""
    if one.own or other.own or one.amount is None or other.amount is None:
        return False
    (unit, low, _), (unit_there, low_there, _) = one.amount, other.amount
    return unit == unit_there == "time" and max(low, low_there) > FAR * min(low, low_there)


def _alike(one: float, other: float) -> bool:
    """Twelve months are a year, though 360 days are not 365."""
    return abs(one - other) <= ROUNDING * max(one, other)


def _converted(one: Quantity, other: Quantity, table: Numbers, by: Sequence[float]) -> bool:
    if any(equal(one, other, factor) for factor in by):
        return True
    low, high = table.fahrenheit
    for fahrenheit, celsius in ((one, other), (other, one)):
        if low <= fahrenheit.value <= high and celsius.dimension == "temperature":
            return abs((fahrenheit.value - 32) / 1.8 - celsius.value) <= table.tolerance_c
    return False
