"""Who the patient is: who speaks for whom, sex, age."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, cast

from kiosk.answers import Answer
from kiosk.encounter import Person
from kiosk.findings import Facts
from kiosk.findings.subjects import CHILDREN
from kiosk.interview.statements import Reply

_WHOSE: Mapping[str, frozenset[str]] = {
    "who_child": CHILDREN,
    "who_baby": CHILDREN,
    "who_son": CHILDREN,
    "who_daughter": CHILDREN,
    "who_grandchild": CHILDREN,
    "who_mother": frozenset({"母亲"}),
    "who_father": frozenset({"父亲"}),
    "who_husband": frozenset({"丈夫", "配偶"}),
    "who_wife": frozenset({"妻子", "配偶"}),
    "who_brother": frozenset({"兄弟", "哥哥", "弟弟"}),
    "who_sister": frozenset({"姐妹", "姐姐", "妹妹"}),
    "who_grandmother": frozenset({"祖母", "外祖母"}),
    "who_grandfather": frozenset({"祖父", "外祖父"}),
    "who_neighbor": frozenset({"邻居"}),
}
"""Who the patient is -> the relatives whose complaints are then the patient's own."""

_PARENTS_OF = frozenset({"who_child", "who_baby", "who_son", "who_daughter", "who_grandchild"})
_OLDEST_YEARS = 120
_AGE = re.compile(r"(\d{1,3})(a|mo)")


def who_is_it(replies: Sequence[Reply], answers: Mapping[str, Answer]) -> str:
    """Return who the patient is, as a phrase of the question "who": empty where nobody said."""
    answer = answers.get("who")
    if answer is not None and answer.values:
        return answer.values[0]
    spoken = [reply for reply in replies if reply.about == "who"]
    for reply in spoken:
        if reply.phrase is not None:
            return reply.phrase.phrase_id
        relations = {mention.meaning for mention in reply.understood.reading.analysis.of("relation")}
        for who, relatives in _WHOSE.items():
            if relations & relatives:
                return who
    return ""


def about_patient(facts: Facts, who: str) -> Facts:
    """Make the complaints of the relative who is the patient the patient's own."""
    relatives = _WHOSE.get(who, frozenset())

    def ours(relation: str | None) -> bool:
        return relation in relatives or (who == "someone_else" and relation is not None)

    return replace(
        facts,
        findings=tuple(
            replace(each, experiencer="patient") if ours(each.relation) else each for each in facts.findings
        ),
        history=tuple(replace(each, experiencer="patient") if ours(each.relation) else each for each in facts.history),
    )


def person(replies: Sequence[Reply], answers: Mapping[str, Answer], who: str) -> Person:
    sex = next((value for value in _values(answers, "sex") if value in ("female", "male")), None)
    implied = {"who_mother": "female", "who_wife": "female", "who_father": "male", "who_husband": "male"}.get(who)
    reporter: Literal["patient", "parent", "other"] = "patient"
    if who and who != "who_self":
        reporter = "parent" if who in _PARENTS_OF else "other"
    ages = [reply.understood.age for reply in replies if reply.understood.age is not None]
    return Person(
        reporter=reporter,
        sex=cast(Literal["female", "male"] | None, sex or implied),
        age_years=next((age for value in _values(answers, "age") if (age := age_years(value)) is not None), None)
        or next(iter(ages), None)
        or _spoken_age(replies),
    )


def _values(answers: Mapping[str, Answer], name: str) -> tuple[str, ...]:
    answer = answers.get(name)
    return answer.values if answer is not None else ()


def age_years(value: str) -> float | None:
    """Return an age that was keyed in: ``62a`` is 62 years, ``3mo`` a quarter of one."""
    match = _AGE.fullmatch(value)
    if match is None:
        return None
    number = int(match[1])
    return float(number) if match[2] == "a" else number / 12


def _spoken_age(replies: Sequence[Reply]) -> float | None:
    """Return the number of "sixty-two", in answer to "how old?"."""
    for reply in replies:
        numbers = reply.understood.reading.analysis.numbers
        if reply.about == "age" and len(numbers) == 1 and 0 < numbers[0].value <= _OLDEST_YEARS:
            return float(numbers[0].value)
    return None
