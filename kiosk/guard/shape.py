"""What is wrong with a translation by its looks, whatever it says: empty, too short or long, a loop, not translated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kiosk.guard.disagreement import Disagreement
from kiosk.guard.rules import Shape, rules


def misshapen(text: str, zh: str, *, language: str, table: Shape | None = None) -> Iterator[Disagreement]:
    """Yield what is wrong with a translation by its looks: empty, far too short or long, a loop, not translated."""
    table = table or rules().shape
    letters = [char for char in text if char.isalnum()]
    han = [char for char in zh if "\u3400" <= char <= "\u9fff" or char.isdigit()]
    if letters and not han:
        yield Disagreement(kind="empty", detail="译文为空或不是汉语")
        return
    low, high = table.zh_ratio if language == "zh" else (table.min_ratio, table.max_ratio)
    if len(letters) >= table.min_letters and not low <= len(han) / len(letters) <= high:
        yield Disagreement(kind="length", detail="译文长度与原话相差过大，可能有遗漏或增添")
    if looped(zh, table):
        yield Disagreement(kind="repeats", detail="译文循环重复")
    if _foreign(zh, table.foreign):
        yield Disagreement(kind="untranslated", detail="译文中有未译出的词")


def looped(zh: str, table: Shape) -> bool:
    """Whether a piece stands several times in a row, punctuation not counted."""
    bare = re.sub(r"\W+", "", zh)
    piece, times = table.repeat_letters, table.repeats - 1
    return re.search(rf"(\w{{{piece},}}?)\1{{{times},}}", bare) is not None


def _foreign(zh: str, least: int) -> bool:
    """Whether a run of letters is neither Chinese nor Latin: a Latin name of a medicine may stand in Chinese."""
    run = 0
    for char in zh:
        strange = char.isalpha() and not ("\u3400" <= char <= "\u9fff" or char.isascii() or char in "μ℃㎎")
        run = run + 1 if strange else 0
        if run >= least:
            return True
    return False
