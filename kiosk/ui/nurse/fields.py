"""The fields of a note's records as a nurse types them: each with its kind, read and written as Chinese text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import JsonValue

from kiosk.encounter import Allergy, Duration, Finding, HistoryItem, Medication, Person, Pregnancy

UNITS = {"分钟": "min", "分": "min", "小时": "h", "天": "d", "日": "d", "周": "wk", "个月": "mo", "月": "mo", "年": "a"}
_NAMES = {"min": "分钟", "h": "小时", "d": "天", "wk": "周", "mo": "个月", "a": "年"}
_NUMBER = r"(\d+(?:\.\d+)?)"
_DURATION = re.compile(rf"(约?)\s*{_NUMBER}(?:\s*[-–~～至到]\s*{_NUMBER})?\s*({'|'.join(UNITS)})")
_SEPARATORS = re.compile(r"[、，,;；]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field.

    Attributes:
        name: of the record.
        choices: machine value (None: empty) -> Chinese; for ``choice`` only.
        low, high: the range of a number.
    """

    name: str
    label: str
    kind: Literal["text", "choice", "list", "whole", "number", "duration"] = "text"
    choices: Mapping[JsonValue, str] | None = None
    hint: str = ""
    low: float = 0
    high: float = 0
    needed: bool = False

    def shown(self, record: object) -> str:
        """Return a record's value as it is typed; of a choice, its Chinese."""
        value = getattr(record, self.name)
        if self.kind == "choice":
            return (self.choices or {})[value]
        if value is None:
            return ""
        if self.kind == "list":
            return "、".join(value)
        return spoken(value) if isinstance(value, Duration) else f"{value:g}" if self.kind == "number" else str(value)

    def read(self, typed: str) -> JsonValue:
        """Return what was typed as the record keeps it; None for nothing.

        Raises:
            ValueError: it cannot be read; the message is one Chinese sentence.
        """
        text = typed.strip()
        if self.kind == "choice":
            return next(value for value, shown in (self.choices or {}).items() if shown == typed)
        if self.kind == "list":
            return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]
        if not text:
            if self.needed:
                raise ValueError(f"{self.label}不能为空。")
            return None
        if self.kind == "duration":
            return _duration(text)
        if self.kind in ("whole", "number"):
            return self._numeric(text)
        return text

    def _numeric(self, text: str) -> JsonValue:
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"{self.label}应为数字，例如 {self.low:g}。") from None
        if self.kind == "whole" and not value.is_integer():
            raise ValueError(f"{self.label}应为整数。")
        if not self.low <= value <= self.high:
            raise ValueError(f"{self.label}应在 {self.low:g}–{self.high:g} 之间。")
        return int(value) if self.kind == "whole" else value


def spoken(duration: Duration) -> str:
    """Return a duration as it is typed: 3天, 约2-3周."""
    high = f"-{duration.value_high:g}" if duration.value_high is not None else ""
    return f"{'约' if duration.approximate else ''}{duration.value:g}{high}{_NAMES[duration.unit]}"


def _duration(text: str) -> dict[str, JsonValue]:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError("持续时间请写成：3天、约2-3周、5小时、1年。")
    about, low, high, unit = found.groups()
    if high is not None and float(high) <= float(low):
        raise ValueError("持续时间的后一个数应大于前一个数。")
    return {
        "value": float(low),
        "unit": UNITS[unit],
        "value_high": float(high) if high is not None else None,
        "approximate": bool(about),
    }


_WHOSE: Mapping[JsonValue, str] = {"patient": "患者本人", "family": "家属", "other": "他人"}
_RELATION = Field(name="relation", label="亲属", hint="不是本人时：母亲、父亲…")

FIELDS: Mapping[type[Any], tuple[Field, ...]] = {
    Finding: (
        Field(name="laterality", label="侧别", kind="choice",
              choices={None: "—", "左": "左", "右": "右", "双侧": "双侧"}),
        Field(name="body_site", label="部位", hint="头部、右膝…"),
        Field(name="duration", label="持续", kind="duration", hint="3天、约2-3周"),
        Field(name="onset", label="起病", hint="昨天、3天前"),
        Field(name="sudden", label="突发", kind="choice", choices={False: "否", True: "是"}),
        Field(name="severity", label="程度", kind="choice", choices={None: "—", "轻": "轻", "中": "中", "重": "重"}),
        Field(name="nrs", label="疼痛评分", kind="whole", high=10, hint="0–10"),
        Field(name="character", label="性质", kind="list", hint="刺痛、搏动性"),
        Field(name="frequency", label="频率", hint="每日2次、每晚"),
        Field(name="course", label="变化", hint="加重、减轻、反复"),
        Field(name="aggravating", label="加重因素", kind="list"),
        Field(name="relieving", label="缓解因素", kind="list"),
        Field(name="radiation", label="放射到", kind="list"),
        Field(name="temperature_c", label="体温", kind="number", low=30, high=45, hint="℃，患者自述"),
        Field(name="when", label="时间", kind="choice", choices={"current": "现在", "past": "过去（已好）"}),
        Field(name="experiencer", label="谁的", kind="choice", choices=_WHOSE),
        _RELATION,
    ),
    Allergy: (
        Field(name="substance", label="过敏原", needed=True),
        Field(name="reaction", label="反应", hint="皮疹、喉肿"),
    ),
    Medication: (
        Field(name="name", label="药名", needed=True),
        Field(name="dose", label="剂量", hint="500mg"),
        Field(name="frequency", label="频率", hint="每日2次"),
    ),
    HistoryItem: (
        Field(name="experiencer", label="谁的", kind="choice", choices=_WHOSE),
        _RELATION,
    ),
    Person: (
        Field(name="sex", label="性别", kind="choice", choices={None: "—", "male": "男", "female": "女"}),
        Field(name="age_years", label="年龄（岁）", kind="number", low=0, high=130, hint="婴儿可写 0.25"),
        Field(name="reporter", label="陈述者", kind="choice",
              choices={"patient": "患者本人", "parent": "家长", "other": "他人代述"}),
    ),
    Pregnancy: (
        Field(name="status", label="妊娠", kind="choice",
              choices={"present": "是", "denied": "否认", "uncertain": "不详"}),
        Field(name="weeks", label="孕周", kind="whole", low=1, high=45),
    ),
}  # fmt: skip
"""The fields of each record that a nurse can correct, in the order of the form.

A status has a key of its own; another term changes code and name together, so that they always fit (``adding``).
"""
