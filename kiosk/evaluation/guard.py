"""How well the guard guards: pairs of a right translation and the same with one critical token broken.

Recall is the share of the broken ones that raise a warning, by the kind of token that was broken; the false-alarm rate
is the share of the right ones that raise any. A warning of another kind blocks signing as well, so it counts; how many
were of the very kind is shown beside it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk import guard, languages, line_files
from kiosk.errors import InputError, KioskError

FAMILIES = (frozenset({"number", "unit", "dose", "duration"}), frozenset({"negation", "allergy"}))
"""Kinds that one broken token may be called by: "five days" is a number and a duration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One minimal pair: ``right`` and ``broken`` are Chinese for ``text`` and differ in one token of ``kind``."""

    id: str
    language: str
    kind: str
    text: str
    right: str
    broken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the guard said of both."""

    pair: Pair
    caught: tuple[guard.Disagreement, ...]
    alarms: tuple[guard.Disagreement, ...]


def load(path: Path) -> tuple[Pair, ...]:
    """Read a file of pairs, one JSON object a line.

    Raises:
        InputError: the file cannot be read, or a line is not such an object.
    """
    pairs = []
    for number, line in line_files.numbered(path):
        try:
            row = json.loads(line)
            pair = Pair(**{key: str(row[key]) for key in ("id", "language", "kind", "text", "right", "broken")})
            languages.get(pair.language)
            if pair.kind not in guard.KINDS:
                raise ValueError(f"kind {pair.kind!r} is none of {', '.join(guard.KINDS)}")
            if pair.right == pair.broken:
                raise ValueError("right and broken are the same")
        except (ValueError, KeyError, TypeError, KioskError) as error:
            raise InputError(
                f"{path}, line {number} is not a pair: {error}.", remedy="The form is described in docs/evaluation.md."
            ) from None
        pairs.append(pair)
    return tuple(pairs)


def evaluate(pairs: Sequence[Pair]) -> tuple[Outcome, ...]:
    """Let the guard judge both sentences of every pair."""
    return tuple(
        Outcome(
            pair=pair,
            caught=guard.check(pair.text, pair.broken, language=pair.language),
            alarms=guard.check(pair.text, pair.right, language=pair.language),
        )
        for pair in pairs
    )


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return recall and false alarms overall, by kind and by language."""
    kinds = [kind for kind in guard.KINDS if any(outcome.pair.kind == kind for outcome in outcomes)]
    codes = dict.fromkeys(outcome.pair.language for outcome in outcomes)
    return {
        "overall": _rates(outcomes),
        "by_kind": {kind: _rates([o for o in outcomes if o.pair.kind == kind]) for kind in kinds},
        "languages": {code: _rates([o for o in outcomes if o.pair.language == code]) for code in codes},
    }


def _rates(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    count = len(outcomes)
    return {
        "pairs": count,
        "recall": _share(sum(bool(o.caught) for o in outcomes), count),
        "same_kind": _share(sum(any(_akin(d.kind, o.pair.kind) for d in o.caught) for o in outcomes), count),
        "false_alarms": _share(sum(bool(o.alarms) for o in outcomes), count),
    }


def _akin(one: str, other: str) -> bool:
    return one == other or any({one, other} <= family for family in FAMILIES)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def report(outcomes: Sequence[Outcome], *, misses: bool = False) -> str:
    """Return the rates as a table; with ``misses``, each pair that was judged wrongly, too."""
    table = figures(outcomes)
    lines = [f"{'':10} pairs  recall  of its kind  false alarms"]
    rows = (("all", table["overall"]), *table["by_kind"].items(), *table["languages"].items())
    for name, row in rows:
        lines.append(
            f"{name:10} {row['pairs']:5}  {_percent(row['recall'])}  {_percent(row['same_kind']):>11}"
            f"  {_percent(row['false_alarms']):>12}"
        )
    for outcome in outcomes if misses else ():
        if not outcome.caught:
            lines.append(f"{outcome.pair.id} {outcome.pair.kind} MISSED: {outcome.pair.text} -> {outcome.pair.broken}")
        if outcome.alarms:
            lines.append(f"{outcome.pair.id} {outcome.pair.kind} ALARM: {outcome.pair.text} -> {outcome.pair.right}")
            lines.extend(f"    {alarm.kind}: {alarm.detail}" for alarm in outcome.alarms)
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "     -" if share is None else f"{share:6.1%}"
