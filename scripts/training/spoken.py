"""Facts in plain first-person Chinese, as a patient would say them: 我右膝盖肿了三天，没有发烧。

The verified channel writes 右膝肿胀3天，无发热 for a note. A translation is what was said, so its training text is
said, too; the names are those of the Chinese phrasebook where it has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from kiosk import phrasebook
from kiosk.encounter import Duration, Finding
from kiosk.findings import Facts, chinese
from kiosk.findings.attributes import plain

_UNITS: Mapping[str, str] = MappingProxyType(
    {"min": "分钟", "h": "个小时", "d": "天", "wk": "个星期", "mo": "个月", "a": "年"}
)
_DIGITS = "零一二三四五六七八九"
_SEVERITY = {"轻": "，不太厉害", "中": "，中等程度", "重": "，很厉害"}
_RELATIVES = {"母亲": "我妈妈", "父亲": "我爸爸", "子女": "我孩子", "婴儿": "我宝宝", "祖母或外祖母": "我奶奶"}


def numeral(value: float) -> str:
    """Return a number as people say it: 三, 十二, 二十五; digits for what is no whole number under a hundred."""
    if value != int(value) or not 0 <= value < 100:
        return plain(value)
    tens, ones = divmod(int(value), 10)
    if not tens:
        return _DIGITS[ones]
    return f"{_DIGITS[tens] if tens > 1 else ''}十{_DIGITS[ones] if ones else ''}"


def amount(value: float, unit: str) -> str:
    """Return a length of time: 两个月, 三天, 半年."""
    name = _UNITS[unit]
    if value == 0.5:
        return f"半{name}"
    if value % 1 == 0.5 and name.startswith("个"):
        return f"{numeral(value - 0.5)}个半{name[1:]}"
    if value % 1 == 0.5:
        return f"{numeral(value - 0.5)}{name}半"
    return f"{'两' if value == 2 else numeral(value)}{name}"


def length(duration: Duration) -> str:
    """Return a duration: 三天, 三到四天."""
    if duration.value_high is not None:
        high = amount(duration.value_high, duration.unit)
        return f"{'两' if duration.value == 2 else numeral(duration.value)}到{high}"
    return amount(duration.value, duration.unit)


@cache
def names() -> Mapping[str, str]:
    """Return how people call what the note calls otherwise: by concept, and by the note's Chinese."""
    found: dict[str, str] = {}
    for phrase in phrasebook.load("zh"):
        if phrase.question in ("complaint", "follow_up", "trigger", "relief", "illness", "site"):
            found.setdefault(phrase.zh, phrase.text)
            found.setdefault(phrase.phrase_id, phrase.text)
            if phrase.concept and phrase.question == "complaint":
                found.setdefault(phrase.concept, phrase.text)
    return MappingProxyType(found)


def called(concept: str, zh: str) -> str:
    """Return the everyday name of a concept, else its Chinese term."""
    known = names()
    return known.get(concept) or known.get(zh) or zh


def say(facts: Facts) -> str:
    """Return the facts as one sentence; empty where there are none."""
    clauses = [*_findings(facts)]
    clauses += [f"{_whose(item)}{_HELD[item.status]}{item.name}" for item in facts.history]
    for drug in facts.medications:
        clauses.append("".join(part for part in ("吃", drug.name, drug.dose or "", drug.frequency or "") if part))
    for allergy in facts.allergies:
        clauses.append(chinese.allergy(allergy).replace("过敏或不能使用", "过敏"))
    if facts.pregnancy is not None:
        weeks = f"{facts.pregnancy.weeks}周" if facts.pregnancy.weeks else ""
        states = {"present": f"怀孕{weeks}", "denied": "没有怀孕", "uncertain": "可能怀孕了"}
        clauses.append(states[facts.pregnancy.status])
    if not clauses:
        return ""
    text = "，".join(dict.fromkeys(clauses))
    return f"{text if text.startswith('我') else '我' + text}。"


_HELD = {"present": "有", "denied": "没有", "uncertain": "可能有"}


def _whose(fact: object) -> str:
    if getattr(fact, "experiencer", "patient") == "patient":
        return ""
    relation = getattr(fact, "relation", None) or "家里人"
    return _RELATIVES.get(relation, f"我{relation}")


def _findings(facts: Facts) -> Iterator[str]:
    present = [finding for finding in facts.findings if finding.status != "denied"]
    denied = [finding for finding in facts.findings if finding.status == "denied"]
    yield from (_present(finding) for finding in present)
    for number, finding in enumerate(denied):
        yield f"{_whose(finding)}{'也' if number else ''}没有{_name(finding).removeprefix('有')}"


def _name(finding: Finding) -> str:
    name = called(finding.code, finding.name)
    if finding.laterality and finding.laterality not in finding.name:
        name = f"{finding.laterality.replace('双侧', '两边')}{name}"
    elif finding.laterality:
        name = finding.name.replace("双侧", "两边")
    return name


def _present(finding: Finding) -> str:
    parts = [
        _whose(finding),
        "可能" if finding.status == "uncertain" else "",
        "以前" if finding.when == "past" else "",
        f"从{finding.onset}开始" if finding.onset and finding.since else finding.onset or "",
        "突然" if finding.sudden else "",
        "、".join(names().get(each, each) for each in finding.aggravating),
        finding.frequency or "",
        _name(finding),
        f"{plain(finding.temperature_c)}度" if finding.temperature_c is not None else "",
        f"{length(finding.duration)}了" if finding.duration else "",
        _SEVERITY.get(finding.severity or "", ""),
        f"，{finding.nrs}分" if finding.nrs is not None else "",
        "".join(f"，{each}" for each in finding.character),
        f"，{finding.course}" if finding.course else "",
        f"，疼到{'、'.join(finding.radiation)}" if finding.radiation else "",
        "".join(f"，{names().get(each, each)}" for each in finding.relieving),
    ]
    return "".join(parts)
