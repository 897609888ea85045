"""Denied, unsure, over, and whose: in English, whose tables are the pattern for the others."""

from __future__ import annotations

import pytest

from tests.understanding import Case, check

CASES = [
    # Denial reaches over a list and stops at "but".
    Case("no fever, cough or vomiting", present=set(), denied={"fever", "cough", "vomiting"}),
    Case("no fever or cough but I have diarrhea", present={"diarrhea"}, denied={"fever", "cough"}),
    Case("I do not have a fever. My head hurts", present={"headache"}, denied={"fever"}),
    Case("I have a cough, I do not have a fever", present={"cough"}, denied={"fever"}),
    Case("my knee does not hurt", denied={"knee_pain"}, present=set()),
    Case("I can't sleep", present={"insomnia"}, denied=set()),
    # Uncertain.
    Case("maybe I have a fever", uncertain={"fever"}, present=set()),
    # Over is not denied.
    Case("I was short of breath last year, but not now", past={"dyspnea"}, present=set(), denied=set()),
    Case("the fever has gone", past={"fever"}, denied=set(), present=set()),
    Case("I have had a cough since last year", past=set(), present={"cough"}),
    Case("two years ago my back hurt", past={"back_pain"}, present=set()),
    Case("three days ago I started coughing", present={"cough"}, past=set()),
    # Whose.
    Case("my mother had breast cancer", family_history={"breast_cancer"}, history=set()),
    Case("my father has diabetes, I have asthma", family_history={"diabetes"}, history={"asthma"}),
    Case("my son has a fever and he vomited", present={"fever", "vomiting"}, family=set()),
    Case("I have a headache, my son has a cough", present={"headache"}, family={"cough"}),
    Case("my mother has a cough. I feel dizzy", present={"dizziness"}, family={"cough"}),
    # Allergies: a denial and a statement in one breath.
    Case("I am not allergic to penicillin, but I cannot take aspirin", allergies={"-青霉素", "阿司匹林"}),
    Case("I am allergic to penicillin and aspirin", allergies={"青霉素", "阿司匹林"}, medications=set()),
    Case("I am allergic to penicillin, I take metformin", allergies={"青霉素"}, medications={"二甲双胍"}),
    Case("I am allergic to penicillin, aspirin and iodine", allergies={"青霉素", "阿司匹林", "碘"}),
    Case("I take aspirin and I am allergic to penicillin", allergies={"青霉素"}, medications={"阿司匹林"}),
    Case("I have no allergies", allergies={"-未指明"}),
    Case("I don't take aspirin", medications=set(), allergies=set()),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_context(case: Case) -> None:
    check("en", case)
