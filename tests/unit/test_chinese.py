"""Standard Chinese from records: 主诉 by its rules, durations, the parts of the note."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import lexicon
from kiosk.encounter import Allergy, Duration, Finding, HistoryItem, Medication, Pregnancy
from kiosk.findings import chinese
from kiosk.findings.attributes import amount

CONCEPTS = lexicon.concepts()


def days(value: float) -> Duration:
    return Duration(value=value, unit="d")


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (Duration(value=3, unit="d"), "3天"),
        (Duration(value=2, unit="wk"), "2周"),
        (Duration(value=0.5, unit="mo"), "半个月"),
        (Duration(value=1.5, unit="mo"), "1个半月"),
        (Duration(value=1.5, unit="a"), "1年半"),
        (Duration(value=0.5, unit="a"), "半年"),
        (Duration(value=0.5, unit="h"), "半小时"),
        (Duration(value=1.5, unit="h"), "1个半小时"),
        (Duration(value=3, unit="d", value_high=4), "3～4天"),
        (Duration(value=10, unit="min"), "10分钟"),
        (Duration(value=1.5, unit="wk"), "1.5周"),
        (Duration(value=10, unit="a", approximate=True), "约10年"),
        (Duration(value=3, unit="d", approximate=True), "数天"),
    ],
)
def test_amounts(duration: Duration, text: str) -> None:
    assert amount(duration) == text


def test_chief_complaint_is_in_order_of_onset() -> None:
    found = [
        Finding(code="fever", name="发热", onset="昨天", since=True),
        Finding(code="headache", name="头痛", duration=days(3)),
    ]
    assert chinese.chief_complaint(found, None, CONCEPTS) == "头痛3天，发热1天"


def test_same_time_is_said_once() -> None:
    found = [Finding(code=c, name=n, duration=days(2)) for c, n in (("cough", "咳嗽"), ("fever", "发热"))]
    assert chinese.chief_complaint(found, None, CONCEPTS) == "咳嗽、发热2天"


def test_an_event_comes_first_as_the_cause() -> None:
    found = [Finding(code="knee_swelling", name="右膝肿胀"), Finding(code="fall", name="跌倒")]
    assert chinese.chief_complaint(found, None, CONCEPTS) == "跌倒后右膝肿胀"


def test_what_is_denied_past_or_anothers_is_not_a_complaint() -> None:
    found = [
        Finding(code="fever", name="发热", status="denied"),
        Finding(code="cough", name="咳嗽", when="past"),
        Finding(code="headache", name="头痛", experiencer="family", relation="母亲"),
    ]
    assert chinese.chief_complaint(found, None, CONCEPTS) == ""


def test_pregnancy_opens() -> None:
    found = [Finding(code="bleeding", name="出血")]
    pregnancy = Pregnancy(status="present", weeks=28)
    assert chinese.chief_complaint(found, pregnancy, CONCEPTS) == "妊娠28周，出血"


def test_danger_is_kept_when_there_are_too_many() -> None:
    found = [Finding(code=c, name=CONCEPTS[c].zh) for c in ("cough", "fever", "nausea", "fatigue", "hemoptysis")]
    complaint = chinese.chief_complaint(found, None, CONCEPTS)
    assert "咯血" in complaint
    assert complaint.count("、") + complaint.count("，") == 2


CODES = st.sampled_from([c.id for c in CONCEPTS.values() if c.kind == "finding"])


@given(
    st.lists(
        st.builds(
            lambda code, value, unit, sudden: Finding(
                code=code, name=CONCEPTS[code].zh, duration=Duration(value=value, unit=unit), sudden=sudden
            ),
            CODES,
            st.integers(1, 90),
            st.sampled_from(["min", "h", "d", "wk", "mo", "a"]),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_never_longer_than_twenty_characters(found: list[Finding]) -> None:
    complaint = chinese.chief_complaint(found, None, CONCEPTS)
    assert len(complaint) <= chinese.CHIEF_COMPLAINT_CHARACTERS
    assert bool(complaint) == bool(found)


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (Finding(code="fever", name="发热", status="denied"), "无发热"),
        (Finding(code="fever", name="发热", status="uncertain"), "可能有发热"),
        (Finding(code="fever", name="发热", temperature_c=38.5), "发热（38.5℃）"),
        (Finding(code="fever", name="发热", onset="昨天", since=True), "昨天起发热"),
        (Finding(code="hemoptysis", name="咯血", onset="昨晚"), "昨晚咯血"),
        (Finding(code="dyspnea", name="呼吸困难", onset="去年", when="past"), "去年曾有呼吸困难"),
        (Finding(code="vomiting", name="呕吐", frequency="2次"), "呕吐2次"),
        (Finding(code="ankle_swelling", name="踝部肿胀", frequency="每晚"), "每晚踝部肿胀"),
        (Finding(code="headache", name="头痛", severity="重", nrs=8), "重度头痛（8/10分）"),
        (Finding(code="cough", name="咳嗽", experiencer="family", relation="母亲"), "母亲咳嗽"),
        (Finding(code="chest_pain", name="胸痛", radiation=("左上肢",)), "胸痛，向左上肢放射"),
    ],
)
def test_phrases(finding: Finding, text: str) -> None:
    assert chinese.phrase(finding) == text


def test_lists() -> None:
    assert chinese.allergy(Allergy(substance="青霉素", status="denied")) == "否认青霉素过敏"
    assert chinese.allergy(Allergy(substance="未指明", status="denied")) == "否认过敏史"
    assert (
        chinese.medication(Medication(name="二甲双胍", dose="500mg", frequency="每日2次")) == "“二甲双胍”500mg 每日2次"
    )
    family = HistoryItem(code="breast_cancer", name="乳腺癌", experiencer="family", relation="母亲")
    assert chinese.history(family) == "母亲乳腺癌"
    assert chinese.pregnancy(Pregnancy(status="denied")) == "否认妊娠"
