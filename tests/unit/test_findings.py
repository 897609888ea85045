"""Places, times and what else is said of a finding, in English."""

from __future__ import annotations

import pytest

from kiosk import lexicon, note
from kiosk.encounter import Utterance
from kiosk.translation import verified
from tests.understanding import Case, check, read

CASES = [
    # Places.
    Case("my head and back hurt", present={"headache", "back_pain"}),
    Case("pain in my right elbow", present={"elbow_pain"}, sides={"elbow_pain": "右"}, complaint="右肘痛"),
    Case("my right knee is swollen and painful", present={"knee_swelling", "knee_pain"}, complaint="右膝肿胀、右膝痛"),
    Case("my stomach hurts on the right side, low down", complaint="右下腹痛", present={"abdominal_pain"}),
    Case("half of my face is numb", complaint="半侧面部麻木", present={"facial_numbness"}),
    Case("both my ankles are swollen", sides={"ankle_swelling": "双侧"}),
    # Times.
    Case(
        "I have had a headache for three days, and since yesterday I have a fever",
        durations={"headache": "3天"},
        onsets={"fever": "昨天"},
        complaint="头痛3天，发热1天",
    ),
    Case("cough and fever for two weeks", durations={"cough": "2周", "fever": "2周"}, complaint="咳嗽、发热2周"),
    Case("for three days I have a cough and my head hurts", durations={"cough": "3天"}),
    Case("for three days my head and back have hurt", durations={"headache": "3天", "back_pain": "3天"}),
    Case("I have had a cough for three or four days", durations={"cough": "3～4天"}),
    Case("my knee has hurt for one and a half years", durations={"knee_pain": "1年半"}),
    Case("my back hurts. It started two hours ago", onsets={"back_pain": "2小时前"}, complaint="背痛2小时"),
    # How bad, what kind, how often.
    Case(
        "I have a severe headache, eight out of ten",
        severities={"headache": "重"},
        flags={"severe_pain", "unbearable_pain"},
    ),
    Case("I have a fever of 39.5 degrees", temperature=39.5, present={"fever"}),
    # Medicines, pregnancy, age.
    Case("I take metformin 500 mg twice a day", medications={"二甲双胍 500mg 每日2次"}),
    Case(
        "I am 28 weeks pregnant and I am bleeding",
        weeks=28,
        flags={"pregnancy_bleeding", "vaginal_bleeding"},
        complaint="妊娠28周，阴道出血",
    ),
    Case("I am not pregnant", weeks=None),
    # Said twice is one finding; contradictions stay.
    Case("my head hurts. I have a headache", present={"headache"}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_findings(case: Case) -> None:
    check("en", case)


def test_a_normal_temperature_is_translated_but_no_finding() -> None:
    utterance = Utterance(id="u1", text="my temperature is 36.6", language="en", mode="text")
    assert verified(utterance).zh == "体温36.6℃。"
    assert read("en", utterance.text).findings == ()


def test_radiation_is_not_a_second_pain() -> None:
    written = read("en", "My chest hurts when I climb the stairs, and the pain goes into my left arm.")
    (finding,) = written.findings
    assert finding.radiation == ("左上肢",)
    assert finding.aggravating == ("爬楼时",)


def test_evidence_quotes_the_words() -> None:
    text = "Hello. My LEFT knee is swollen!"
    (finding,) = read("en", text).findings
    (evidence,) = finding.evidence
    assert text[evidence.start : evidence.end] == evidence.text == "LEFT knee is swollen"


def test_a_child_is_the_patient_of_the_parent_who_speaks() -> None:
    written = read(
        "en", "My son is four years old. He has had diarrhea since Monday and he vomited twice this morning."
    )
    assert written.person.reporter == "parent"
    assert written.person.age_years == 4
    assert {f.experiencer for f in written.findings} == {"patient"}


def test_not_mentioned_is_never_denied() -> None:
    written = read("en", "I have a cough")
    assert [f.code for f in written.findings] == ["cough"]
    assert "过敏史：未述" in written.text


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("allergy", "penicillin", [("青霉素", "present")]),
        ("allergy", "no", [("未指明", "denied")]),
        ("allergy", "yes", [("未指明", "present")]),
        ("medicine", "penicillin", []),
    ],
)
def test_the_question_gives_a_bare_answer_its_meaning(
    question: str, text: str, expected: list[tuple[str, str]]
) -> None:
    utterance = Utterance(id="u1", text=text, language="en", mode="text")
    written = note.write([utterance], [], lexicon=lexicon.load("en"), question=question)
    assert [(allergy.substance, allergy.status) for allergy in written.allergies] == expected


def test_nothing_said_gives_an_empty_note() -> None:
    written = note.write([], [], lexicon=lexicon.load("en"))
    assert written.chief_complaint == ""
    assert written.findings == ()
    assert "主诉：（未述症状）" in written.text
