"""Acts and abilities: what somebody eats, drinks, takes or can do on one side, and does not on the other.

No finding differs where "eats nothing but drinks" becomes "drinks nothing but eats". So each clause is searched
for the acts of ``config/guard_acts.toml``, and each act for what denies it: a negation inside its own words (which the
languages with endings have there), before them or behind them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kiosk import resources, toml_files
from kiosk.critical import PUNCTUATION, Critical
from kiosk.guard.counting import denial_forms, forms_of
from kiosk.guard.disagreement import Disagreement
from kiosk.guard.neutral import without_medicines
from kiosk.guard.rules import Rules, Words, says
from kiosk.toml_files import Section

MEDICINE = "药"
"""What stands for the name of any medicine."""

MARKS = re.compile(PUNCTUATION.pattern + "|[།—–]")
"""What parts clauses, the end of a Tibetan sentence and a dash, too."""


class Act(Section):
    """An act by its words in every language, and its Chinese name."""

    name: str
    words: Words


class Acts(Section):
    """``config/guard_acts.toml``."""

    habits: frozenset[str]
    before: Words
    after: Words
    inside: Words
    hedges: Words
    neutral: Words
    now: Words
    past: Words
    acts: Mapping[str, Act]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """An act in its clause; ``denied`` is None where it is neither done nor undone ("hardly")."""

    act: str
    denied: bool | None
    clause: str
    now: bool
    past: bool


@cache
def table(path: Path | None = None) -> Acts:
    """Read ``config/guard_acts.toml``.

    Raises:
        SettingsError: the file is missing, no TOML, or has a wrong key or value.
    """
    return toml_files.load(Acts, path or resources.share("config") / "guard_acts.toml")


def acts(source: Critical, target: Critical, rules: Rules) -> Iterator[Disagreement]:
    """Yield the acts that both sides name and one of them alone denies."""
    known = table()
    ours, theirs = (_by_act(deeds(side, rules)) for side in (source, target))
    for act in ours.keys() & theirs.keys():
        if _differ(ours[act], theirs[act], habit=act in known.habits):
            yield Disagreement(
                kind="negation", detail=f"{known.acts[act].name}：有还是没有、能还是不能，原话与译文不同"
            )


def denied_alike(source: Critical, target: Critical, rules: Rules) -> bool:
    """Whether both sides deny the same acts, and nothing beside them."""
    ours, theirs = (_by_act(deeds(side, rules)) for side in (source, target))
    alike = {act for act in ours.keys() & theirs.keys() if _said(ours[act]) == _said(theirs[act]) == {True}}
    return bool(alike) and all(
        denial_forms(side, rules) <= len(alike)
        and all(deed.act in alike for act in found.values() for deed in act if deed.denied)
        and not any(
            forms_of(clause, side.language, rules)
            for clause in set(clauses(side, rules)) - {deed.clause for act in alike for deed in found[act]}
        )
        for side, found in ((source, ours), (target, theirs))
    )


def _by_act(found: Iterator[Deed]) -> dict[str, list[Deed]]:
    acts: dict[str, list[Deed]] = {}
    for deed in found:
        acts.setdefault(deed.act, []).append(deed)
    return acts


def _differ(ours: list[Deed], theirs: list[Deed], *, habit: bool) -> bool:
    mine, others = _said(ours), _said(theirs)
    if None in mine | others or (habit and _over(ours) != _over(theirs)):
        return False  # "used to smoke" and "does not smoke any more" are one thing
    if len(mine) == len(others) == 1:
        return mine != others
    if len(mine) == len(others) == 2:
        one, other = (_said([deed for deed in side if deed.now]) for side in (ours, theirs))
        return len(one) == len(other) == 1 and one != other
    alone, mixed = (ours, theirs) if len(mine) == 1 else (theirs, ours)
    last = mixed[-1]  # 戒烟了，之后又抽上了
    return habit and last.now and not last.past and {last.denied} != _said(alone)


def _over(found: list[Deed]) -> bool:
    return all(deed.past and not deed.now for deed in found)


def _said(found: list[Deed]) -> set[bool | None]:
    return {deed.denied for deed in found}


def deeds(text: Critical, rules: Rules) -> Iterator[Deed]:
    """Yield the acts of a text, clause by clause."""
    for clause in clauses(text, rules):
        yield from _of_clause(clause, table(), rules, text.language)


def clauses(text: Critical, rules: Rules) -> list[str]:
    """Return what stands between marks and words for "but", with one word for every medicine."""
    words = _neutral(without_medicines(text, MEDICINE).text, rules, text.language)
    but = rules.but.get(text.language)
    return MARKS.split(but.sub(",", words) if but is not None else words)


def _of_clause(clause: str, known: Acts, rules: Rules, language: str) -> Iterator[Deed]:
    places = _places(clause, known, language)
    unsure = says(known.hedges, language, clause)
    now, past = says(known.now, language, clause), says(known.past, language, clause)
    denied = []
    for index, (start, end, _) in enumerate(places):
        left = places[index - 1][1] if index else 0
        right = places[index + 1][0] if index + 1 < len(places) else len(clause)
        denied.append(_denied(clause, (left, start, end, right), known, rules, language))
    for index, (_, _, act) in enumerate(places):
        # One word may deny several acts: "neither eats nor drinks", "does not eat and drink".
        shared = not denied[index] and any(denied)
        yield Deed(act=act, denied=None if unsure or shared else denied[index], clause=clause, now=now, past=past)


def _places(clause: str, known: Acts, language: str) -> list[tuple[int, int, str]]:
    """Return where acts stand in a clause; of overlapping ones the longest."""
    found = [
        (match.start(), match.end(), name)
        for name, act in known.acts.items()
        if (words := act.words.get(language)) is not None
        for match in words.finditer(clause)
    ]
    kept: list[tuple[int, int, str]] = []
    for start, end, name in sorted(found, key=lambda place: place[0] - place[1]):
        if all(end <= other or start >= other_end for other, other_end, _ in kept):
            kept.append((start, end, name))
    return sorted(kept)


def _denied(clause: str, place: tuple[int, int, int, int], known: Acts, rules: Rules, language: str) -> bool:
    """Whether a negation stands in an act's words, or denies them from before or behind."""
    left, start, end, right = place
    for forms in (rules.denials.get(language), known.inside.get(language)):
        if forms is not None and any(match.start() < end and match.end() > start for match in forms.finditer(clause)):
            return True
    return says(known.before, language, clause[left:start]) or says(known.after, language, clause[end:right])


def _neutral(words: str, rules: Rules, language: str) -> str:
    """Return words without the negations that deny no act, each for as many spaces."""
    for pattern in (rules.persists.get(language), rules.affirms.get(language), table().neutral.get(language)):
        if pattern is not None:
            words = pattern.sub(lambda match: " " * len(match.group()), words)
    return words
