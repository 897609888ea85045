"""Turkish: whole sentences of patients."""

from __future__ import annotations

import pytest

from tests.understanding import Case, check

CASES = [
    Case("üç gündür başım ağrıyor ateşim var ama öksürüğüm yok", present={"headache", "fever"}, denied={"cough"}),
    Case("iki haftadan beri sağ dizim ağrıyor şişti", complaint="右膝痛、右膝肿胀2周"),
    Case("nefes alamıyorum göğsüm sıkışıyor", present={"dyspnea", "chest_tightness"}),
    Case("bir buçuk aydır belim ağrıyor sağ bacağıma vuruyor", complaint="腰痛1个半月"),
    Case("yirmi haftalık hamileyim", weeks=20),
    Case("ateşim otuz sekiz buçuk", temperature=38.5),
    Case("başım ağrımıyor ama midem bulanıyor", present={"nausea"}, denied={"headache"}),
    Case("BAŞIM AĞRIYOR", present={"headache"}),
    Case("İki gündür başım ağrıyor", complaint="头痛2天"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_understood(case: Case) -> None:
    check("tr", case)
