"""Facts to standard clinical Chinese: one finding, the chief complaint, the sentence, the sections of the note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kiosk.encounter import Allergy, Duration, Finding, HistoryItem, Medication, Pregnancy
from kiosk.findings.attributes import amount, plain
from kiosk.findings.context import DAYS, days_ago
from kiosk.lexicon import Concept

CHIEF_COMPLAINT_CHARACTERS = 20
CHIEF_COMPLAINT_SYMPTOMS = 3
_SEVERITY = {"轻": "轻度", "中": "中度", "重": "重度"}


def phrase(finding: Finding) -> str:
    """Return one finding with all that was said of it: 昨天起发热（38.5℃）, 爬楼时胸痛，向左上臂放射."""
    name = finding.name
    if finding.status == "denied":
        return f"{whose(finding)}无{name}"
    words = [
        whose(finding),
        "可能有" if finding.status == "uncertain" else "",
        f"{finding.onset}{'起' if finding.since else ''}" if finding.onset else "",
        "曾有" if finding.when == "past" and finding.status == "present" else "",
        "突发" if finding.sudden else "",
        "、".join(finding.aggravating),
        "" if _is_count(finding.frequency) else finding.frequency or "",
        f"{_SEVERITY[finding.severity]}" if finding.severity else "",
        name,
        f"（{'、'.join(finding.character)}）" if finding.character else "",
        f"（{plain(finding.temperature_c)}℃）" if finding.temperature_c is not None else "",
        f"（{finding.nrs}/10分）" if finding.nrs is not None else "",
        (finding.frequency or "") if _is_count(finding.frequency) else "",
        amount(finding.duration) if finding.duration else "",
        f"，{finding.course}" if finding.course else "",
        f"，向{'、'.join(finding.radiation)}放射" if finding.radiation else "",
        f"，{'、'.join(finding.relieving)}" if finding.relieving else "",
    ]
    return "".join(words)


def _is_count(frequency: str | None) -> bool:
    """Say whether it counts: "每日2次" stands behind the symptom, "每晚" before it."""
    return frequency is not None and frequency.endswith("次")


def whose(fact: Finding | HistoryItem) -> str:
    """Return the relative's name for what is not the patient's own, else nothing."""
    return (fact.relation or "家属") if fact.experiencer != "patient" else ""


def chief_complaint(findings: Sequence[Finding], pregnancy: Pregnancy | None, concepts: Mapping[str, Concept]) -> str:
    """Return 主诉: at most 20 characters, one to three symptoms with their time, in order of onset; never a diagnosis.

    Empty when the patient named no symptom of his own.
    """
    own = [f for f in findings if f.experiencer == "patient" and f.when == "current"]
    present = [f for f in own if f.status == "present"] or [f for f in own if f.status == "uncertain"]
    events = [f for f in present if _is_event(f, concepts)]
    symptoms = [f for f in present if f not in events]
    chosen = sorted(symptoms, key=lambda f: not _is_danger(f, concepts))[:CHIEF_COMPLAINT_SYMPTOMS]
    chosen = [f for f in symptoms if f in chosen]
    if all(_days(f, concepts) for f in chosen):
        chosen.sort(key=lambda f: -_days(f, concepts))
    opening = f"{events[0].name}后" if events and chosen else ""
    if pregnancy is not None and pregnancy.status == "present" and (far := gestation(pregnancy)):
        opening = f"妊娠{far}，{opening}"
    if not chosen and events:
        return (opening + _timed([events[0]], concepts, full=True))[:CHIEF_COMPLAINT_CHARACTERS]
    if not chosen:
        return ""
    while True:
        for full in (True, False):
            text = opening + _complaints(chosen, concepts, full=full)
            if len(text) <= CHIEF_COMPLAINT_CHARACTERS:
                return text
        if len(chosen) > 1:
            spare = [f for f in chosen if not _is_danger(f, concepts)] or chosen
            chosen.remove(spare[-1])
        elif opening:
            opening = ""
        else:
            return text[:CHIEF_COMPLAINT_CHARACTERS]


def _complaints(chosen: Sequence[Finding], concepts: Mapping[str, Concept], *, full: bool) -> str:
    groups: list[list[Finding]] = []
    for finding in chosen:
        same = groups and _key(groups[-1][0]) == _key(finding) and not _qualifier(finding, full=full)
        if same:
            groups[-1].append(finding)
        else:
            groups.append([finding])
    return "，".join(_timed(group, concepts, full=full) for group in groups)


def _key(finding: Finding) -> tuple[object, ...]:
    return (finding.duration, finding.onset, finding.sudden)


def _qualifier(finding: Finding, *, full: bool) -> str:
    often = finding.frequency if finding.frequency and not _is_count(finding.frequency) else ""
    return "".join([*finding.aggravating[:1], often]) if full else ""


def _timed(group: Sequence[Finding], concepts: Mapping[str, Concept], *, full: bool) -> str:
    first = group[0]
    names = "、".join(dict.fromkeys(f.name for f in group))
    sudden = "突发" if first.sudden else ""
    length = first.duration or _since(first, concepts)
    before = f"{first.onset}{'起' if first.since else ''}" if length is None and first.onset else ""
    return f"{before}{sudden}{_qualifier(first, full=full)}{names}{amount(length) if length else ''}"


def _since(finding: Finding, concepts: Mapping[str, Concept]) -> Duration | None:
    """Turn an onset into a duration where the calendar allows: 昨天 -> 1天, 3天前 -> 3天."""
    if finding.onset is None:
        return None
    for concept in concepts.values():
        if concept.kind == "time" and concept.zh == finding.onset:
            days = days_ago(concept.value)
            if days == float("inf") or days < 0.4:
                return None
            for unit, size in (("a", 365.0), ("mo", 30.0), ("wk", 7.0)):
                if days >= size:
                    return Duration(value=round(days / size), unit=unit)  # type: ignore[arg-type]  # the three above
            return Duration(value=max(1, round(days)), unit="d")
    return _ago(finding.onset)


def _ago(onset: str) -> Duration | None:
    for name, unit in (("个月", "mo"), ("分钟", "min"), ("小时", "h"), ("天", "d"), ("周", "wk"), ("年", "a")):
        number = onset.removesuffix(f"{name}前")
        if number != onset and number.replace(".", "", 1).isdigit():
            return Duration(value=float(number), unit=unit)  # type: ignore[arg-type]  # the six above
    return None


def _days(finding: Finding, concepts: Mapping[str, Concept]) -> float:
    length = finding.duration or _since(finding, concepts)
    return length.value * DAYS[length.unit] if length else 0.0


def _is_event(finding: Finding, concepts: Mapping[str, Concept]) -> bool:
    concept = concepts.get(finding.code)
    return concept is not None and "event" in concept.tags


def _is_danger(finding: Finding, concepts: Mapping[str, Concept]) -> bool:
    concept = concepts.get(finding.code)
    return concept is not None and "danger" in concept.tags


def present_illness(findings: Sequence[Finding]) -> str:
    """Return 现病史 in one paragraph: what there is, what is unsure, what was, what is denied."""
    own = [f for f in findings if f.experiencer == "patient"]
    sentences = []
    now = [phrase(f) for f in own if f.status == "present" and f.when == "current"]
    if now:
        sentences.append("患者诉" + "；".join(now))
    unsure = [phrase(f) for f in own if f.status == "uncertain"]
    if unsure:
        sentences.append("不确定：" + "；".join(unsure))
    past = [phrase(f) for f in own if f.status == "present" and f.when == "past"]
    if past:
        sentences.append("既往：" + "；".join(past))
    denied = [f.name for f in own if f.status == "denied"]
    if denied:
        sentences.append("否认" + "、".join(denied))
    return "。".join(sentences) + "。" if sentences else ""


def allergy(item: Allergy) -> str:
    """Return one allergy: 阿司匹林过敏或不耐受, 否认青霉素过敏."""
    if item.substance == "未指明":
        return {"present": "有过敏史，过敏原未述", "denied": "否认过敏史", "uncertain": "可能有过敏史"}[item.status]
    text = {"present": "{}过敏或不能使用", "denied": "否认{}过敏", "uncertain": "可能对{}过敏"}[item.status]
    return text.format(item.substance)


def medication(item: Medication) -> str:
    """Return one medicine: “二甲双胍”500mg 每日2次."""
    return " ".join(part for part in (f"“{item.name}”{item.dose or ''}", item.frequency) if part)


def history(item: HistoryItem) -> str:
    """Return one item of past or family history."""
    prefix = {"present": "", "denied": "否认", "uncertain": "可能有"}[item.status]
    return f"{prefix}{whose(item)}{item.name}"


def pregnancy(item: Pregnancy) -> str:
    """Return the state of pregnancy."""
    if item.status == "denied":
        return "否认妊娠"
    return f"{'可能' if item.status == 'uncertain' else ''}妊娠{gestation(item)}"


def gestation(item: Pregnancy) -> str:
    """Return how far a pregnancy is, as it was said; nothing when it was not."""
    if item.weeks is not None:
        return f"{item.weeks}周"
    return f"{item.months}个月" if item.months is not None else ""
