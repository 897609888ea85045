"""How strangers in villages tell things: no commas, relatives in passing, a listener who is hailed, "both" of two."""

from __future__ import annotations

import pytest

from tests.understanding import Case, check

CASES = [
    # Behind "and" a relative begins anew: what stands before it is the speaker's.
    (
        "ru",
        Case(
            "нога чешется и у жены моей тоже рука чешется",
            present={"leg_itching"},
            family={"arm_itching"},
        ),
    ),
    # An illness named at a relative leaves the complaints before it to the speaker.
    ("ru", Case("голова кружится у матери диабет", present={"dizziness"}, family=set())),
    # What is joined behind a relative is as much his as what stands before him.
    ("ru", Case("болит голова у мамы и диабет", present=set(), family={"headache"})),
    # A relative who is only named for the time since when.
    (
        "ug",
        Case("ئوغلۇم شەھەرگە كەتكەندىن بېرى ئۇيقۇم كەلمەيدۇ", present={"insomnia"}, family=set()),
    ),
    # Who is hailed at the end of a sentence is told nothing of.
    ("tr", Case("İki gündür başım ağrıyor oğlum. Midem de yanıyor.", present={"headache", "heartburn"}, family=set())),
    # So is who is hailed first, where the next clause is the speaker's; the place he names may be in that one.
    (
        "ru",
        Case("Внучок, плечо у меня левое. Неделю болит, ноет.", durations={"shoulder_pain": "1周"}, family=set()),
    ),
    ("ru", Case("Сын, он уже неделю кашляет, а я нет", present={"cough"})),
    # "Both" of two complaints is no side.
    (
        "uz",
        Case(
            "Tizzam og'riydi, to'pig'im shishadi, ikkalasiyam ikki haftadan beri.",
            present={"knee_pain", "ankle_swelling"},
            sides={},
        ),
    ),
    # A verb with its own denial is no misspelt noun.
    ("uz", Case("Qo'limga chipqon chiqdi, dalaga chiqolmadim", denied=set())),
    # What is worried about is no pain of the heart; what is to be measured is not there.
    ("ru", Case("Сердце за внучат ноет. Хочу давление померить.", present=set(), history=set())),
    # No breast breaks, no throat has a rash.
    ("en", Case("My throat hurts. There is no rash.", present={"sore_throat"}, denied={"rash"})),
]


@pytest.mark.parametrize(("language", "case"), CASES, ids=lambda value: value if isinstance(value, str) else value.id)
def test_village(language: str, case: Case) -> None:
    check(language, case)
