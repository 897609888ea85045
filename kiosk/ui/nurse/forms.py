"""Forms over a review: correct a record's fields, the chief complaint, vital signs. What was typed stays until kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from kiosk.errors import KioskError
from kiosk.review.decisions import AddVitals, Body, CorrectField, Vitals
from kiosk.ui.nurse import words
from kiosk.ui.nurse.base import Dialog
from kiosk.ui.nurse.cycle import Cycle
from kiosk.ui.nurse.fields import Field

Keep = Callable[[Sequence[Body]], Awaitable[None]]
"""Puts decisions into the store; raises KioskError when they were not kept."""

HINT = "Tab 下一项 · ←→ 选择 · Ctrl+S 保存 · Esc 取消"


class Form(Dialog[bool]):
    """Fields under each other; Ctrl+S, or Enter in the last one, keeps them."""

    DEFAULT_CSS = """
    Form Input { border: none; height: 1; padding: 0 1; background: $panel; }
    Form Input:focus { background: $primary 60%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "保存", key_display="Ctrl+S", priority=True),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, heading: str, keep: Keep, *, draft: bool, hint: str = HINT) -> None:
        super().__init__(heading, draft=draft, hint=hint)
        self._keep = keep
        self._before: dict[str, str] = {}

    def row(self, label: str, widget: Input | Cycle) -> ComposeResult:
        """Yield a labelled field."""
        self._before[str(widget.id)] = widget.value
        with Horizontal(classes="field"):
            yield Static(Text(label), classes="label")
            yield widget

    def typed(self, name: str) -> str:
        """Return what stands in a field."""
        widget = self.query_one(f"#{name}")
        assert isinstance(widget, Input | Cycle)  # noqa: S101 - rows are made of these
        return widget.value

    def changed(self) -> list[str]:
        """Return the names of the fields that are not as they were."""
        return [name for name, before in self._before.items() if self.typed(name) != before]

    def is_changed(self) -> bool:
        """Say whether leaving would lose something."""
        return bool(self.changed())

    def bodies(self) -> list[Body]:
        """Return what is to be kept; raises ValueError with a Chinese sentence."""
        raise NotImplementedError

    @on(Input.Submitted)
    async def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input.id == list(self._before)[-1]:
            await self.action_save()
        else:
            self.focus_next()

    async def action_save(self) -> None:
        """Keep it, and leave; or say why not."""
        try:
            bodies = self.bodies()
            if bodies:
                await self._keep(bodies)
        except (ValueError, KioskError) as wrong:
            self.refuse(wrong if isinstance(wrong, KioskError) else str(wrong))
        else:
            self.dismiss(True)


class RecordForm(Form):
    """Corrects the fields of one record, each as a decision of its own."""

    def __init__(
        self, heading: str, record: object, path: str, fields: Sequence[Field], keep: Keep, *, draft: bool
    ) -> None:
        super().__init__(heading, keep, draft=draft)
        self._record = record
        self._path = path
        self._fields = {field.name: field for field in fields}

    def content(self) -> ComposeResult:
        for field in self._fields.values():
            shown = field.shown(self._record)
            if field.kind == "choice":
                yield from self.row(field.label, Cycle([*(field.choices or {}).values()], shown, id=field.name))
            else:
                yield from self.row(
                    field.label, Input(shown, id=field.name, placeholder=field.hint, compact=True, max_length=120)
                )

    def bodies(self) -> list[Body]:
        """Return a correction for each field that was changed."""
        return [
            CorrectField(path=f"{self._path}/{name}", value=self._fields[name].read(self.typed(name)))
            for name in self.changed()
        ]


class ComplaintForm(Form):
    """The chief complaint in the nurse's words."""

    def __init__(self, complaint: str, keep: Keep, *, draft: bool) -> None:
        super().__init__(
            "更正主诉", keep, draft=draft, hint="不超过20字，症状加时间，不写诊断 · Ctrl+S 保存 · Esc 取消"
        )
        self._complaint = complaint

    def content(self) -> ComposeResult:
        yield from self.row("主诉", Input(self._complaint, id="complaint", compact=True, max_length=20))

    def bodies(self) -> list[Body]:
        """Return the correction."""
        if not self.typed("complaint").strip():
            raise ValueError("主诉不能为空。")
        return [CorrectField(path="chief_complaint", value=self.typed(name).strip()) for name in self.changed()]


class PregnancyForm(RecordForm):
    """A pregnancy that nobody has mentioned yet, or a correction of one."""

    def __init__(self, record: object, fields: Sequence[Field], keep: Keep, *, draft: bool) -> None:
        super().__init__("更正妊娠", record, "pregnancy", fields, keep, draft=draft)

    def bodies(self) -> list[Body]:
        """Return the whole record: weeks without a pregnancy mean nothing."""
        read: dict[str, Any] = {name: field.read(self.typed(name)) for name, field in self._fields.items()}
        if read["status"] != "present":
            read["weeks"] = None
        return [CorrectField(path="pregnancy", value=read)]

    def is_changed(self) -> bool:
        """Say whether leaving would lose something."""
        return bool(self.changed())


class VitalsForm(Form):
    """Vital signs; those that are measured again replace the earlier ones."""

    def __init__(self, vitals: Vitals, keep: Keep, *, draft: bool) -> None:
        super().__init__("生命体征", keep, draft=draft)
        self._vitals = vitals

    def content(self) -> ComposeResult:
        for name, (label, unit, low, high) in words.VITALS.items():
            known = getattr(self._vitals, name)
            shown = "" if known is None else f"{known:g}"
            yield from self.row(
                label, Input(shown, id=name, placeholder=f"{unit}（{low}–{high}）", compact=True, max_length=6)
            )

    def bodies(self) -> list[Body]:
        """Return the vital signs that were typed."""
        read: dict[str, Any] = {}
        for name in self.changed():
            label, _, low, high = words.VITALS[name]
            field = Field(
                name=name,
                label=label,
                kind="number" if name == "temperature_c" else "whole",
                low=low,
                high=high,
                needed=True,
            )
            read[name] = field.read(self.typed(name))
        both = {**asdict(self._vitals), **read}
        if both["systolic"] and both["diastolic"] and both["systolic"] <= both["diastolic"]:
            raise ValueError("收缩压应高于舒张压。")
        return [AddVitals(vitals=Vitals(**read))] if read else []
