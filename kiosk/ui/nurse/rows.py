"""A review as lines: red flags and warnings first, then the note field by field, then the patient's own words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kiosk.encounter import Evidence, Intake, Utterance
from kiosk.findings import chinese
from kiosk.review.decisions import AskInterpreter, RepeatQuestion
from kiosk.review.records import Flagged, Line, Review, Warned
from kiosk.ui.nurse import words

Kind = Literal["flag", "warning", "person", "complaint", "item", "pregnancy", "vitals", "wanted", "utterance"]

OPEN, DONE = "bold #ff5d5d", "#22c55e"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the review screen.

    Attributes:
        key: stays the same while the note changes.
        mark: one sign before the label; empty for most.
        state, style: what stands at the end of the line, and its Rich style.
        path: of ``kiosk.review.decisions``; empty where there is none.
        evidence: the patient's words behind it.
    """

    key: str
    kind: Kind
    label: str
    text: str
    mark: str = ""
    state: str = ""
    style: str = ""
    path: str = ""
    evidence: tuple[Evidence, ...] = ()
    line: Line | None = None
    flagged: Flagged | None = None
    warned: Warned | None = None
    utterance: Utterance | None = None


def of(seen: Review) -> tuple[Row, ...]:
    """Return all lines of a review, in order."""
    return (
        *(_flag(each) for each in seen.flags),
        *_warnings(seen.warnings, {each.key for each in seen.open if each.kind == "warning"}),
        *_person(seen),
        *(_item(each) for each in sorted(seen.lines, key=_order)),
        *_rest(seen),
        *(_utterance(each, index, seen.intake) for index, each in enumerate(seen.intake.utterances, start=1)),
    )


def spans(intake: Intake, evidence: Iterable[Evidence]) -> tuple[tuple[float, float], ...]:
    """Return the seconds (start, end) of the utterances behind a line, each once, in the order in which they were said.

    Empty for what was tapped or typed.
    """
    behind = {each.utterance_id for each in evidence}
    return tuple(
        (each.start_s, each.end_s) for each in intake.utterances if each.id in behind and each.end_s > each.start_s
    )


def _order(line: Line) -> int:
    return ("findings", "allergies", "medications", "history").index(line.section)


def _flag(each: Flagged) -> Row:
    seen = each.seen_by
    return Row(
        key=f"flag/{each.flag.id}",
        kind="flag",
        label="红旗",
        text=each.flag.name,
        mark="⚠",
        state=f"已看 {seen.author_name}" if seen is not None else "须查看",
        style=DONE if seen is not None else OPEN,
        evidence=each.flag.evidence,
        flagged=each,
    )


def _warnings(warnings: Sequence[Warned], waiting: set[str]) -> Iterator[Row]:
    for each in sorted(warnings, key=lambda warned: not warned.caution.blocking):
        settled = each.settled_by
        if settled is not None:
            state, style = f"已核实 {settled.author_name}", DONE
        elif each.key in waiting:
            state, style = "须核实", OPEN
        else:
            state, style = "提示", "#94a3b8"
        about = () if each.utterance_id is None else (_whole(each.utterance_id),)
        yield Row(
            key=f"warning/{each.key}",
            kind="warning",
            label="警告" if each.caution.blocking else "注意",
            text=each.caution.detail,
            mark="⛔" if each.caution.blocking else "",
            state=state,
            style=style,
            evidence=about,
            warned=each,
        )


def _person(seen: Review) -> Iterator[Row]:
    person = seen.note.person
    known = words.person(person.age_years, person.sex)
    text = f"{known}（{words.reporter(person)}）" if known != "—" else f"年龄性别未述（{words.reporter(person)}）"
    yield Row(key="person", kind="person", label="患者", text=text, path="person")
    current = [line for line in seen.lines if line.section == "findings" and line.standing != "not_mentioned"]
    yield Row(
        key="complaint",
        kind="complaint",
        label="主诉",
        text=seen.note.chief_complaint or "（未述症状）",
        path="chief_complaint",
        evidence=tuple(evidence for line in current if line.standing != "denied" for evidence in line.evidence),
    )


def _item(line: Line) -> Row:
    label = words.SECTIONS[line.section]
    if line.section == "history" and getattr(line.record, "experiencer", "patient") != "patient":
        label = "家族史"
    return Row(
        key=line.path,
        kind="item",
        label=label,
        text=line.text,
        mark="✎" if line.changed_by else "",
        state=words.STANDINGS[line.standing],
        style=words.STANDING_STYLES[line.standing],
        path=line.path,
        evidence=line.evidence,
        line=line,
    )


def _rest(seen: Review) -> Iterator[Row]:
    pregnancy = seen.note.pregnancy
    if pregnancy is not None or seen.note.person.sex == "female":
        yield Row(
            key="pregnancy",
            kind="pregnancy",
            label="妊娠",
            text=chinese.pregnancy(pregnancy) if pregnancy is not None else "未述",
            path="pregnancy",
            evidence=pregnancy.evidence if pregnancy is not None else (),
        )
    yield Row(key="vitals", kind="vitals", label="体征", text=seen.vitals.text() or "未测（按 V 录入）")
    for each in seen.wanted:
        match each.body:
            case AskInterpreter():
                text = "请口译员到场（Enter 已到场）"
            case RepeatQuestion(question=question):
                text = f"重问患者：{words.question_named(question)}（Enter 请患者作答）"
            case _:
                continue
        yield Row(key=f"wanted/{each.number}", kind="wanted", label="请求", text=text, state=each.author_name)


def _utterance(said: Utterance, index: int, intake: Intake) -> Row:
    chinese_of = {each.utterance_id: each for each in intake.translations}
    translation = chinese_of.get(said.id)
    text = translation.zh if translation is not None else ""
    if not said.text and said.alternatives:
        text = "候选（患者未选）：" + "／".join(each.zh or each.text for each in said.alternatives)
    return Row(
        key=f"utterance/{said.id}",
        kind="utterance",
        label=f"原话{index}",
        text=text or "（未能译出）",
        mark="♪" if said.end_s > said.start_s else "",
        state=f"{said.score:.0%}" if said.mode in ("transcript", "phrase") else words.MODES[said.mode],
        style="#94a3b8",
        evidence=(_whole(said.id),),
        utterance=said,
    )


def _whole(utterance_id: str) -> Evidence:
    """Return evidence that points at an utterance as a whole."""
    return Evidence(utterance_id=utterance_id, text="", start=0, end=0)
