"""What stands behind a line: the patient's words in their script, both translations, how sure, who changed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from kiosk import languages
from kiosk.encounter import Translation, Utterance
from kiosk.review.decisions import Decision
from kiosk.review.records import Review
from kiosk.ui.nurse import words
from kiosk.ui.nurse.rows import Row

LABEL, WORDS, FAINT, BAD, WARN = "#facc15", "bold", "#94a3b8", "bold #ff5d5d", "#fb923c"


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph. ``rtl`` aligns it to the right; None: by its own first letter."""

    text: str
    style: str = ""
    rtl: bool | None = False


def of(row: Row, seen: Review, zone: tzinfo | None) -> tuple[Piece, ...]:
    """Return the paragraphs about a line."""
    pieces = [*_head(row, zone)]
    by_id = {each.id: each for each in seen.intake.utterances}
    chinese = {each.utterance_id: each for each in seen.intake.translations}
    behind = list(dict.fromkeys(each.utterance_id for each in row.evidence))
    for name in behind:
        if name in by_id:
            quoted = [each.text for each in row.evidence if each.utterance_id == name and each.text]
            pieces += _utterance(by_id[name], chinese.get(name), quoted, seen)
    if not behind and row.kind in ("item", "flag"):
        pieces.append(
            Piece("无患者原话：由护士添加。" if row.line and row.line.original is None else "无原话。", FAINT)
        )
    return tuple(pieces)


def _head(row: Row, zone: tzinfo | None) -> Iterator[Piece]:
    yield Piece(f"{row.label}：{row.text}", LABEL)
    if row.flagged is not None:
        seen = row.flagged.seen_by
        yield Piece(f"已由 {_by(seen, zone)} 查看" if seen else "须由护士查看后才能签名（Enter）", "" if seen else BAD)
    if row.warned is not None:
        settled = row.warned.settled_by
        if settled is not None:
            yield Piece(f"{words.decision(settled.body)}，{_by(settled, zone)}")
        elif row.warned.caution.blocking:
            yield Piece("须核实后才能签名（Enter）", BAD)
    line = row.line
    if line is None:
        return
    yield Piece(f"状态：{words.STANDINGS[line.standing]}", words.STANDING_STYLES[line.standing])
    if line.standing == "rejected":
        yield Piece("核对时患者说不对。须更正、移除或确认后才能签名。", BAD)
    if line.original is not None and line.original != line.text:
        yield Piece(f"原文：{line.original}", FAINT)
    if getattr(line.record, "draft", False):
        yield Piece("所用术语未经母语临床人员审定", WARN)
    for each in line.changed_by:
        yield Piece(f"{_by(each, zone)}　{words.decision(each.body)}", FAINT)


def _utterance(
    said: Utterance, translation: Translation | None, quoted: Sequence[str], seen: Review
) -> Iterator[Piece]:
    language = languages.get(said.language)
    rtl = language.direction == "rtl"
    when = f" · {said.start_s:.1f}–{said.end_s:.1f} 秒 ♪" if said.end_s > said.start_s else ""
    asked = f" · 问：{words.question_named(said.question)}" if said.question else ""
    yield Piece("")
    yield Piece(f"原话（{language.zh} · {words.MODES[said.mode]}{when}{asked}）", LABEL)
    if said.text:
        yield Piece(said.text, WORDS, rtl)
    else:
        yield from _alternatives(said, rtl=rtl)
    if quoted and quoted != [said.text]:
        yield Piece("依据", LABEL)
        yield Piece(" … ".join(dict.fromkeys(quoted)), "#93c5fd", rtl)
    if translation is not None:
        yield from _translation(translation, rtl=rtl)
    for caution in said.warnings:
        yield Piece(f"{'⛔' if caution.blocking else '注意：'}{caution.detail}", BAD if caution.blocking else WARN)
    yield Piece(_sure(said, seen), FAINT)
    if said.text:
        yield from _alternatives(said, rtl=rtl)


def _alternatives(said: Utterance, *, rtl: bool) -> Iterator[Piece]:
    for each in said.alternatives:
        if each.text != said.text:
            yield Piece(f"{'也可能' if said.text else '候选'} {each.score:.1f}：{each.zh}", FAINT)
            yield Piece(each.text, FAINT, rtl)


def _translation(translation: Translation, *, rtl: bool) -> Iterator[Piece]:
    verified = "".join(span.zh if span.channel == "verified" else span.verified for span in translation.spans) or (
        translation.zh if translation.channel == "verified" else ""
    )
    yield Piece("规则译文", LABEL)
    yield Piece(verified or "（未能译出）")
    neural = [span for span in translation.spans if span.channel == "neural"]
    if neural:
        yield Piece("机器译文〖机译〗", LABEL)
        for span in neural:
            yield Piece(span.zh)
            if span.back:
                yield Piece(f"回译：{span.back}", FAINT, rtl)
    if translation.uncovered:
        yield Piece("未译出的词", WARN)
        yield Piece("، ".join(each.text for each in translation.uncovered) if rtl else
                    "，".join(each.text for each in translation.uncovered), WARN, rtl)  # fmt: skip
    for caution in translation.warnings:
        yield Piece(f"{'⛔' if caution.blocking else '注意：'}{caution.detail}", BAD if caution.blocking else WARN)


def _sure(said: Utterance, seen: Review) -> str:
    parts = []
    if said.mode in ("transcript", "phrase"):
        parts.append(f"识别把握 {said.score:.0%}")
    choice = seen.intake.language
    parts.append("语种由患者选择" if choice.evidence == "chosen" else f"语种自动检测 {choice.score:.0%}")
    parts.append(f"引擎 {said.engine}")
    return " · ".join(parts)


def _by(decision: Decision, zone: tzinfo | None) -> str:
    return f"{decision.author_name} {words.at(decision.at, zone)}"
