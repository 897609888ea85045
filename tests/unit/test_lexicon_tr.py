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
    # Danger in free word order.
    Case(
        "göğsümün ortasına bir ağırlık çöktü, terliyorum",
        present={"chest_tightness", "sweating"},
        flags={"chest_tightness_danger"},
    ),
    Case("dışkım simsiyah üç gündür", present={"melena"}, durations={"melena": "3天"}, flags={"bleeding_airway_gut"}),
    Case("yüzünün sol tarafı kaydı", present={"facial_droop"}, flags={"stroke"}),
    Case("çocuk fare zehri yemiş", present={"pesticide_poisoning"}, flags={"poisoning"}),
    Case("bir kutu uyku ilacı içmiş", present={"drug_overdose"}, medications=set(), flags={"poisoning"}),
    Case("annem seslenince cevap vermiyor", family={"loss_of_consciousness"}),
    Case("yirmi günlük bebeğimin ateşi var", present={"fever"}, durations={}, flags={"infant_fever"}),
    Case("ateşim var, ensem sertleşti", present={"fever", "stiff_neck"}, flags={"meningitis"}),
    # Body words and verbs that mean something else.
    Case("odun kırdım, belim ağrıyor", present={"low_back_pain"}),
    Case("elim ayağıma dolaştı, kimliği evde unutmuşum", present=set()),
    Case("ağrı başıma vuruyor", present={"pain"}, flags=set()),
    Case("kızım üniversiteyi kazandı, gözümüz aydın", present=set(), flags=set()),
    # Periods, decimals of a fever, a fever that went down, sounds that recognisers drop.
    Case("adetim iki ay gecikti", present=set(), history={"menstruation_late"}),
    Case("ateşi vardı, otuz sekiz iki ölçtük", present={"fever"}, temperature=38.2),
    Case("ateşi düştü, öksürüğü duruyor", present={"cough"}, past={"fever"}),
    Case("kulaam ağrımıyor", present=set(), denied={"ear_pain"}),
    # What a county hospital hears
    Case("Köpek ısırdı kolumdan, aşısı belli değil.", present={"dog_bite"}, denied=set()),
    Case("Saçlarım avuç avuç dökülüyor", present={"hair_loss"}),
    Case("Sigara içmem, alkol kullanmam.", history={"-smoking", "-drinking"}),
    Case("çay bardağını kaldıramıyorum", present=set()),
    Case("torun düştü, dizini sıyırdı", present={"fall", "scrape"}),
    Case("Oğlum bir kutu hap içmiş", present={"drug_overdose"}, flags={"poisoning"}),
    Case("Mantar yedik, kusuyoruz", present={"mushroom_poisoning", "vomiting"}, flags={"poisoning"}),
    Case("mor lekeler çıktı, bastırınca geçmiyor", present={"petechiae"}, flags={"petechiae"}),
    Case("gözüm bulanıyor", present={"blurred_vision"}),
    Case("ateşi kırktı", temperature=40.0),
    Case("Koyunlar öksürüyor, veteriner çağırdık.", present=set()),
    Case("bebeğin yüzü morardı", present={"cyanosis"}, flags={"cyanosis"}),
    Case("Kafam kazan gibi oldu dertten.", present=set()),
    Case("ayak başparmağım şişti", present={"foot_swelling"}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_understood(case: Case) -> None:
    check("tr", case)
