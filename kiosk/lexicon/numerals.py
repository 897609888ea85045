"""Numbers in digits and words, in any language whose numeral words are listed in its grammar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kiosk.lexicon.text import Token

LEAST_OF_RANGE = 5
WIDEST_RANGE = 2.0
"""Two numbers side by side are a range ("five ten minutes") from this one on, the second up to so many times the
first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number in words or digits, over tokens ``start`` … ``end`` (half-open). ``high`` closes a range."""

    start: int
    end: int
    value: float
    high: float | None = None


def read(
    tokens: Sequence[Token],
    words: Mapping[int, tuple[float, int]],
    start: int,
    *,
    teens: bool = False,
    tens: bool = False,
) -> Number | None:
    """Read one number at ``start``: digits, or numeral words that add up and multiply (two hundred and five).

    Args:
        words: index of a numeral's first token -> its value and its last token.
        teens: the language has words of its own for 11 to 19: "ten" and "two" are two numbers ("ten, two times a day").
        tens: it has words of its own for 20 to 90: "eight ten days" are eight to ten, not eighty as in Chinese.
    """
    first = tokens[start]
    if first.number is not None:
        end = start + 1
        if end < len(tokens) and tokens[end].boundary == "-" and tokens[end].number is not None:
            return Number(start=start, end=end + 1, value=first.number, high=tokens[end].number)
        return Number(start=start, end=end, value=first.number)
    total, current, position, high = 0.0, None, start, None
    last = None
    while position in words and (position == start or tokens[position].boundary in ("", "-")):
        value, final = words[position]
        if current is None:
            current = value
        elif value >= 1000:
            total, current = total + (current or 1.0) * value, 0.0
        elif value == 100 and current < 100:
            current = current * value or value  # two hundred; "thousand hundred" is 1100
        elif tens and last is not None and value >= last >= LEAST_OF_RANGE and last == current:
            second = read(tokens, words, position, teens=teens, tens=tens)
            if second is None or second.high is not None or not current < second.value <= WIDEST_RANGE * current:
                break
            return Number(start=start, end=second.end, value=current, high=second.value)
        elif value == 10 and last is not None and 1 <= last < 10 and not current % 100 - last:
            current += last * value - last  # 八十, 一百八十
        elif value == 0 and last is not None and last >= 100:
            position = final + 1
            continue  # 一百零二 is 102
        elif last is not None and last >= 10 and 1 <= value < last and not (teens and last == 10):
            current += value
        elif last is not None and value == last + 1 and value < 10:
            high = current - last + value
            position = final + 1
            break
        else:
            break  # another number: "a hundred and eighty over a hundred and ten" without the words between
        last = value
        position = final + 1
    if current is None:
        return None
    return Number(start=start, end=position, value=total + current, high=high)


def join(first: Number | None, second: Number | None) -> Number | None:
    """Two numbers of one template are a range ("three or four days"), or the parts of a decimal for a temperature."""
    if first is None or second is None:
        return second or first
    if second.high is None and second.value == first.value - 1 < 10:
        first, second = replace(second, start=first.start), replace(first, end=second.end)  # Urdu دو ایک: one or two
    return Number(start=first.start, end=second.end, value=first.value, high=second.value)
