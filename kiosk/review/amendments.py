"""Corrections put into a note's facts, each item keeping its path, its original and who touched it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from pydantic import JsonValue, ValidationError

from kiosk import codec
from kiosk.encounter import Allergy, Finding, HistoryItem, Medication, Note, Person, Pregnancy
from kiosk.errors import DecisionError
from kiosk.findings import Facts, chinese
from kiosk.review.decisions import AddItem, ChangeStatus, ConfirmItem, CorrectField, Decision, Section

Record = Finding | Allergy | Medication | HistoryItem

SECTIONS: Mapping[Section, type[Record]] = {
    "findings": Finding,
    "allergies": Allergy,
    "medications": Medication,
    "history": HistoryItem,
}
_UNTOUCHED = frozenset({"evidence", "draft"})
"""What a correction never replaces: where a fact comes from."""

_TEXT: Mapping[type[Record], Callable[[Any], str]] = {
    Finding: chinese.phrase,
    Allergy: chinese.allergy,
    Medication: chinese.medication,
    HistoryItem: chinese.history,
}


@dataclass(slots=True)
class Item:
    """One item of the note.

    Attributes:
        original: its Chinese as it was written first; None when a nurse added it.
        removed: it was not mentioned after all.
    """

    path: str
    section: Section
    record: Record
    original: str | None
    removed: bool = False
    changed_by: tuple[Decision, ...] = ()

    @property
    def text(self) -> str:
        """Return the item in Chinese."""
        return _TEXT[type(self.record)](self.record)


@dataclass(slots=True)
class Amended:
    """A note's facts with the corrections in them; ``complaint`` is None when no nurse wrote one."""

    items: list[Item]
    person: Person
    pregnancy: Pregnancy | None
    complaint: str | None = None
    changed_by: dict[str, tuple[Decision, ...]] = field(default_factory=dict)

    @property
    def facts(self) -> Facts:
        """Return the facts, without what was not mentioned."""
        kept: dict[str, list[Any]] = {section: [] for section in SECTIONS}
        for item in self.items:
            if not item.removed:
                kept[item.section].append(item.record)
        return Facts(
            findings=tuple(kept["findings"]),
            allergies=tuple(kept["allergies"]),
            medications=tuple(kept["medications"]),
            history=tuple(kept["history"]),
            pregnancy=self.pregnancy,
            person=self.person,
        )


def apply(note: Note, decisions: Iterable[Decision]) -> Amended:
    """Put the corrections among ``decisions`` into the note's facts, in order.

    Raises:
        DecisionError: there is no such place, or it does not take the value.
    """
    items = [
        Item(path=f"{section}/{index}", section=section, record=record, original=_TEXT[type(record)](record))
        for section in SECTIONS
        for index, record in enumerate(getattr(note, section))
    ]
    amended = Amended(items=items, person=note.person, pregnancy=note.pregnancy)
    for decision in decisions:
        match decision.body:
            case CorrectField(path=path, value=value):
                _correct(amended, path, value, decision)
            case ChangeStatus(path=path, status=status):
                _change_status(amended, path, status, decision)
            case ConfirmItem(path=path):
                item = _item(amended, path)
                item.changed_by = (*item.changed_by, decision)
            case AddItem(section=section, value=value):
                record = cast(Record, _built(SECTIONS[section], {"evidence": [], **value}, section))
                path = f"{section}/+{decision.number}"
                amended.items.append(Item(path=path, section=section, record=record, original=None))
                amended.items[-1].changed_by = (decision,)
            case _:
                pass  # not about a field
    return amended


def _correct(amended: Amended, path: str, value: JsonValue, decision: Decision) -> None:
    head, _, rest = path.partition("/")
    if path == "chief_complaint":
        if not isinstance(value, str) or not value.strip():
            raise DecisionError("The chief complaint must be words.")
        amended.complaint = value
    elif head == "person" and rest:
        amended.person = cast(Person, _changed(amended.person, rest, value, path))
    elif path == "pregnancy":
        amended.pregnancy = None if value is None else cast(Pregnancy, _built(Pregnancy, value, path))
    elif head == "pregnancy" and rest and amended.pregnancy is not None:
        amended.pregnancy = cast(Pregnancy, _changed(amended.pregnancy, rest, value, path))
    else:
        where, _, name = path.rpartition("/")
        item = _item(amended, where)
        before = item.record
        item.record = cast(Record, _changed(before, name, value, path))
        if isinstance(before, Finding) and isinstance(item.record, Finding):
            item.record = _renamed(before, item.record, name)
        item.changed_by = (*item.changed_by, decision)
        return
    amended.changed_by[path] = (*amended.changed_by.get(path, ()), decision)


def _change_status(amended: Amended, path: str, status: str, decision: Decision) -> None:
    if path == "pregnancy":
        if status == "not_mentioned":
            amended.pregnancy = None
        else:
            present = codec.plain(amended.pregnancy) if amended.pregnancy is not None else {}
            amended.pregnancy = cast(Pregnancy, _built(Pregnancy, {**present, "status": status}, path))
        amended.changed_by[path] = (*amended.changed_by.get(path, ()), decision)
        return
    item = _item(amended, path)
    item.removed = status == "not_mentioned"
    if not item.removed:
        if isinstance(item.record, Medication):
            if status != "present":
                raise DecisionError(
                    "A medicine is in the note or it is not.", remedy="Choose present or not mentioned."
                )
        else:
            item.record = cast(Record, _changed(item.record, "status", status, path))
    item.changed_by = (*item.changed_by, decision)


def _item(amended: Amended, path: str) -> Item:
    for item in amended.items:
        if item.path == path:
            return item
    raise DecisionError(f"There is no {path} in this note.")


def _changed(record: object, name: str, value: JsonValue, path: str) -> object:
    plain = codec.plain(record)
    if name not in plain or name in _UNTOUCHED:
        raise DecisionError(f"{path} cannot be corrected: there is no such field.")
    return _built(type(record), {**plain, name: value}, path)


def _built(kind: type[Any], value: object, path: str) -> object:
    try:
        return codec.build(kind, value)
    except ValidationError as error:
        where = "/".join(str(part) for part in error.errors()[0]["loc"])
        # The message of the validation would repeat the value: a nurse's words about a patient.
        raise DecisionError(f"{path} does not take this value ({where or path}).") from None


def _renamed(before: Finding, after: Finding, name: str) -> Finding:
    """Keep the name of a finding true to its side and site: 右膝肿胀 whose side is 左 is 左膝肿胀."""
    old = (before.laterality or "") if name == "laterality" else before.body_site or ""
    new = (after.laterality or "") if name == "laterality" else after.body_site or ""
    if name not in ("laterality", "body_site") or old == new:
        return after
    if old and old in after.name:
        renamed = after.name.replace(old, new, 1)
    elif name == "laterality":
        renamed = f"{new}{after.name}"
    else:
        return after
    return replace(after, name=renamed)
