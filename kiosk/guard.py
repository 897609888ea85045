"""The conscience of neural translation: critical tokens of the source and of its Chinese, compared.

A neural engine that turns "not allergic" into "allergic" says so fluently. So its Chinese is read back with the lexicon
of Chinese and held against what the patient's language says by rule, which is also what the verified channel says. The
guard proves nothing right: it finds what is surely different. What may differ stands in ``config/guard.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk import critical, lexicon, resources
from kiosk.critical import Claim, Critical, Quantity
from kiosk.encounter import Caution
from kiosk.errors import SettingsError
from kiosk.lexicon import Concept

KINDS = (
    "negation", "number", "unit", "dose", "duration", "side", "drug", "allergy", "person", "tense",
)  # fmt: skip
"""What is compared, worst first."""

SHAPES = ("empty", "length", "repeats", "untranslated", "unknown_word", "truncated")
"""What is wrong with a translation by itself."""

ROUNDING = 0.02
NEAR_TIMES = 3.0
SCALE = 10.0
"""The end of the scale on which pain is rated."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Kin(_Section):
    groups: tuple[frozenset[str], ...]


class Numbers(_Section):
    ignored: frozenset[float]
    same_unit: tuple[frozenset[str], ...]
    fahrenheit: tuple[float, float]
    tolerance_c: float = Field(ge=0)


class Shape(_Section):
    min_ratio: float = Field(gt=0)
    max_ratio: float = Field(gt=0)
    min_letters: int = Field(ge=1)
    zh_ratio: tuple[float, float]
    repeats: int = Field(ge=2)
    repeat_letters: int = Field(ge=1)
    foreign: int = Field(ge=1)


class Rules(_Section):
    """``config/guard.toml``."""

    kin: Kin
    numbers: Numbers
    over: Mapping[str, tuple[str, ...]]
    shape: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One critical token that differs; ``detail`` is Chinese for the nurse and quotes nobody."""

    kind: str
    detail: str

    def caution(self) -> Caution:
        """Return it as a warning that blocks signing."""
        return Caution(kind=self.kind, detail=f"机器译文与原话不一致：{self.detail}，请核对", blocking=True)


@cache
def rules(path: Path | None = None) -> Rules:
    """Read ``config/guard.toml``.

    Raises:
        SettingsError: the file is missing, no TOML, or has a wrong key or value.
    """
    path = path or resources.share("config") / "guard.toml"
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return Rules.model_validate(table)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{path}: {where}: {first['msg']}.") from None


def compare(source: Critical, target: Critical, table: Rules | None = None) -> tuple[Disagreement, ...]:
    """Return every critical token that differs between a text and its Chinese, one a kind and subject."""
    table = table or rules()
    found = [
        *_polarity(source, target),
        *_numbers(source, target, table.numbers),
        *_sides(source, target),
        *_drugs(source, target),
        *_allergies(source, target),
        *_persons(source, target, table.kin),
        *_tenses(source, target),
    ]
    return tuple(dict.fromkeys(found))


def _with_habits(text: str, found: Critical, language: str, table: Rules) -> Critical:
    """Mark as over what the language says with a word that the grammar has no cue for: "I gave it up"."""
    if any(word in text.casefold() for word in table.over.get(language, ())):
        return replace(found, past="over")
    return found


def check(text: str, zh: str, *, language: str, source: Critical | None = None) -> tuple[Disagreement, ...]:
    """Compare one text with its Chinese, and look at the Chinese itself.

    Args:
        source: the critical tokens of ``text``, where they have been read already.
    """
    shape = tuple(misshapen(text, zh, language=language))
    if any(each.kind == "empty" for each in shape):
        return shape
    table = rules()
    ours = _with_habits(text, source or critical.read(text, language), language, table)
    theirs = _with_habits(zh, critical.read(zh, "zh"), "zh", table)
    return (*compare(ours, theirs, table), *shape)


# --- negation --------------------------------------------------------------------------------------------------------


def _polarity(source: Critical, target: Critical) -> Iterator[Disagreement]:
    ours, theirs = _by_key(source.claims), _by_key(target.claims)
    for key in ours.keys() & theirs.keys():
        said, given = _denials(ours[key]), _denials(theirs[key])
        if said != given:
            name = ours[key][0].name
            yield Disagreement(
                kind="negation",
                detail=f"原话{_denies(True in said)}{name}，译文{_denies(True in given)}",
            )
    common = ours.keys() & theirs.keys()
    lost = [claim for key in ours.keys() - common for claim in ours[key]]
    new = [claim for key in theirs.keys() - common for claim in theirs[key]]
    if _unmatched(source, target, lost, new, common, ours):
        yield Disagreement(kind="negation", detail="原话有否定，译文没有")
    elif _unmatched(target, source, new, lost, common, theirs):
        yield Disagreement(kind="negation", detail="译文有否定，原话没有")


def _unmatched(
    one: Critical,
    other: Critical,
    alone: Sequence[Claim],
    there: Sequence[Claim],
    common: Set[str],
    claims: Mapping[str, Sequence[Claim]],
) -> bool:
    """Whether ``one`` denies something that ``other`` does not, among what only one of them names.

    The languages cut symptoms differently, so what has no counterpart is compared by number: a denial stays a denial.
    """
    if not one.denials:
        return False
    if not one.claims and not other.claims and other.denials and not (one.ended or other.ended):
        return one.denials > other.denials  # nothing is known but the negations themselves
    if not other.denials and not other.ended and (not common or any(claim.status == "denied" for claim in alone)):
        return True
    # A negation that the lexicon attached to nothing, and a claim that nothing there corresponds to.
    attached = sum(any(claim.status == "denied" for claim in claims[key]) for key in common)
    free, free_there = one.denials - attached, other.denials - attached
    return free > 0 >= free_there and not alone and any(claim.status == "present" for claim in there)


def _denies(denied: bool) -> str:
    return "否认" if denied else "并未否认"


def _by_key(claims: Sequence[Claim]) -> dict[str, list[Claim]]:
    found: dict[str, list[Claim]] = {}
    for claim in claims:
        found.setdefault(claim.key, []).append(claim)
    return found


def _denials(claims: Sequence[Claim]) -> frozenset[bool]:
    return frozenset(claim.status == "denied" for claim in claims)


# --- numbers ---------------------------------------------------------------------------------------------------------


def _numbers(source: Critical, target: Critical, table: Numbers) -> Iterator[Disagreement]:
    ours, theirs = [*source.quantities], [*target.quantities]
    if any(quantity.dimension == "scale" for quantity in (*ours, *theirs)):
        ours, theirs = _unscaled(ours), _unscaled(theirs)
    for same in (_equal, lambda one, other: _converted(one, other, table)):
        for quantity in list(ours):
            partner = next((other for other in theirs if same(quantity, other)), None)
            if partner is not None:
                ours.remove(quantity)
                theirs.remove(partner)
    _read_otherwise(ours, theirs, source.readings)
    _read_otherwise(theirs, ours, target.readings)
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
    ours = [quantity for quantity in ours if quantity.value not in table.ignored or quantity.unit]
    theirs = [quantity for quantity in theirs if quantity.value not in table.ignored or quantity.unit]
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


def _read_otherwise(ours: list[Quantity], theirs: list[Quantity], readings: Sequence[tuple[float, int, int]]) -> None:
    """Drop what agrees once a word is read as another number than the grammar's first choice."""
    for other in list(theirs):
        for value, start, end in readings:
            if other.high is None and value == other.value:
                overlapping = [own for own in ours if own.tokens[0] < end and start < own.tokens[1]]
                if any(own.unit and other.unit and own.unit != other.unit for own in overlapping):
                    continue
                for own in overlapping:
                    ours.remove(own)
                theirs.remove(other)
                break


def _unscaled(quantities: Sequence[Quantity]) -> list[Quantity]:
    """Drop the ten of "eight out of ten", which languages put anywhere, or nowhere."""
    others = [quantity for quantity in quantities if quantity.value != SCALE]
    return others if any(quantity.dimension == "scale" for quantity in others) else [*quantities]


def _kind(quantity: Quantity) -> str:
    return {"dose": "dose", "time": "duration"}.get(quantity.dimension, "number")


def _numerals(quantity: Quantity) -> tuple[float, float | None]:
    return quantity.value, quantity.high


def _equal(one: Quantity, other: Quantity) -> bool:
    if one.amount is not None and other.amount is not None:
        (unit, low, high), (unit_there, low_there, high_there) = one.amount, other.amount
        return unit == unit_there and _alike(low, low_there) and _alike(high, high_there)
    for number, word in ((one, other), (other, one)):
        if number.dimension == "plain" and word.dimension == "time" and not word.own:
            return number.value in (word.value, word.value / 365)  # "two winters ago" is 前年
    # A number that no template claims on one side may be the same thing: only the number is known.
    return _numerals(one) == _numerals(other) and not (one.unit and other.unit)


def _alike(one: float, other: float) -> bool:
    """Twelve months are a year, though 360 days are not 365."""
    return abs(one - other) <= ROUNDING * max(one, other)


def _converted(one: Quantity, other: Quantity, table: Numbers) -> bool:
    low, high = table.fahrenheit
    for fahrenheit, celsius in ((one, other), (other, one)):
        if low <= fahrenheit.value <= high and celsius.dimension == "temperature":
            return abs((fahrenheit.value - 32) / 1.8 - celsius.value) <= table.tolerance_c
    return False


# --- side, drugs, people, time ---------------------------------------------------------------------------------------


def _sides(source: Critical, target: Critical) -> Iterator[Disagreement]:
    ours, theirs = source.sides, target.sides
    if ours == theirs or (ours | theirs) == {"双侧"} or {"左", "右"} in (ours, theirs):
        # Both sides are "both", and "two" is said of hands without a side being meant.
        swapped = _swapped(source.claims, target.claims)
    else:
        swapped = True
    if swapped:
        yield Disagreement(kind="side", detail=f"原话为{_listed(ours)}，译文为{_listed(theirs)}")


def _swapped(ours: Sequence[Claim], theirs: Sequence[Claim]) -> bool:
    mine = {claim.key: claim.laterality for claim in ours if claim.laterality}
    return any(claim.laterality and mine.get(claim.key) not in (None, claim.laterality) for claim in theirs)


def _listed(names: frozenset[str]) -> str:
    return "、".join(sorted(names)) or "未说明"


def _drugs(source: Critical, target: Critical) -> Iterator[Disagreement]:
    kinds = lexicon.concepts()
    shared = source.drugs.keys() & target.drugs.keys()
    lost = {key for key in source.drugs.keys() - target.drugs.keys() if not _implied(key, target, shared, kinds)}
    new = {key for key in target.drugs.keys() - source.drugs.keys() if not _implied(key, source, shared, kinds)}
    if lost:
        names = "、".join(sorted(source.drugs[key] for key in lost))
        given = "、".join(sorted(target.drugs[key] for key in new))
        yield Disagreement(kind="drug", detail=f"原话为{names}，译文为{given}" if new else f"译文没有{names}")
    elif new:
        names = "、".join(sorted(target.drugs[key] for key in new))
        yield Disagreement(kind="drug", detail=f"译文有{names}，原话中未能确认")


def _implied(key: str, there: Critical, shared: Set[str], concepts: Mapping[str, Concept]) -> bool:
    """Whether a class of medicines is said with a medicine: "hydrocortisone" for "hydrocortisone cream"."""
    if concepts[key].kind != "drug_class":
        return False
    return any(concepts[other].kind == "drug" for other in shared) or any(
        concepts[other].site == key for other in there.drugs
    )


def _allergies(source: Critical, target: Critical) -> Iterator[Disagreement]:
    said = {"allergic": "过敏或不能使用", "not allergic": "不过敏", "used": "使用", "not used": "未使用"}
    allergic, theirs_allergic = (
        {key for key, roles in side.roles.items() if "allergic" in roles} for side in (source, target)
    )
    lost, new = allergic - theirs_allergic, theirs_allergic - allergic
    if lost and new and lost <= target.drugs.keys() and new <= source.drugs.keys():
        yield Disagreement(
            kind="allergy",
            detail=f"原话对{'、'.join(sorted(source.drugs[key] for key in lost))}过敏，"
            f"译文对{'、'.join(sorted(target.drugs[key] for key in new))}过敏",
        )
        return
    for key in source.roles.keys() & target.roles.keys():
        ours, theirs = source.roles[key], target.roles[key]
        if ours != theirs:
            yield Disagreement(
                kind="allergy",
                detail=f"{source.drugs[key]}在原话为{'、'.join(sorted(said[role] for role in ours))}，"
                f"译文为{'、'.join(sorted(said[role] for role in theirs))}",
            )


def _persons(source: Critical, target: Critical, table: Kin) -> Iterator[Disagreement]:
    ours = {name for name in source.relations if not _has_kin(name, target.relations | target.kin_words, table)}
    theirs = {name for name in target.relations if not _has_kin(name, source.relations, table)}
    if ours or theirs:
        yield Disagreement(
            kind="person",
            detail=f"原话说的是{'、'.join(sorted(source.relations)) or '本人'}，"
            f"译文是{'、'.join(sorted(target.relations)) or '本人'}",
        )
        return
    mine, given = _by_key(source.claims), _by_key(target.claims)
    for key in mine.keys() & given.keys():
        whose = {claim.relation is None for claim in mine[key]}
        whose_there = {claim.relation is None for claim in given[key]}
        if whose.isdisjoint(whose_there):
            yield Disagreement(kind="person", detail=f"{mine[key][0].name}是谁的，原话与译文不同")


def _has_kin(name: str, among: frozenset[str], table: Kin) -> bool:
    return name in among or any(name in group and other in group for group in table.groups for other in among)


def _tenses(source: Critical, target: Critical) -> Iterator[Disagreement]:
    ours, theirs = _by_key(source.claims), _by_key(target.claims)
    for key in ours.keys() & theirs.keys():
        if {c.when for c in ours[key]}.isdisjoint({c.when for c in theirs[key]}):
            yield Disagreement(kind="tense", detail=f"{ours[key][0].name}是现在还是过去，原话与译文不同")
            return
    if (source.past == "over" and not target.past) or (
        source.past == "gone" and not target.past and not target.denials
    ):
        yield Disagreement(kind="tense", detail="原话说的是过去，译文没有")
    elif target.past == "over" and not source.past:
        yield Disagreement(kind="tense", detail="译文说的是过去，原话没有")
    if source.days and target.days and not any(_near(a, b) for a in source.days for b in target.days):
        yield Disagreement(kind="duration", detail="发生的时间不同")


def _near(one: float, other: float) -> bool:
    """Whether two distances in time may be the same: "last spring" is half a year ago, or a year."""
    return max(one, other) <= NEAR_TIMES * min(one, other)


# --- the Chinese itself ----------------------------------------------------------------------------------------------


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
