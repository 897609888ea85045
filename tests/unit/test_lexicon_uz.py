"""Uzbek in Latin script: whole sentences of patients."""

from __future__ import annotations

import pytest

from tests.understanding import Case, check

CASES = [
    Case(
        "uch kundan beri boshim og'riyapti isitmam bor lekin yo'talim yo'q",
        present={"headache", "fever"},
        denied={"cough"},
    ),
    Case("nafasim qisyapti ko'kragim siqilyapti", present={"dyspnea", "chest_tightness"}),
    Case("bolam ikki kundan beri isitmalayapti ichi ketyapti", complaint="发热、腹泻2天"),
    Case("penitsillinga allergiyam bor", allergies={"青霉素"}),
    Case(
        "qand kasalim bor metformin ichaman kuniga ikki marta", medications={"二甲双胍 每日2次"}, history={"diabetes"}
    ),
    Case("onamda gipertoniya bor", family_history={"hypertension"}),
    Case("yigirma haftalik homiladorman", weeks=20),
    Case("isitmam o'ttiz sakkiz yarim", temperature=38.5),
    Case("chap qo'lim uvishyapti", complaint="左手麻木"),
    Case("boshim aylanadi ko'z oldim qorong'ilashadi", present={"dizziness", "presyncope"}),
    Case("Paratsetamol ichdim, isitmam tushmayapti.", present={"fever"}, denied=set()),
    Case("Hayzim to'xtamayapti.", present={"prolonged_menstruation"}, history=set()),
    Case("Ukam askarda, yurak-bag'rim eziladi, xudo omon qaytarsin.", present=set(), history=set()),
    Case("Oshqozonim kuyishadi.", present={"heartburn"}, flags=set()),
    Case("Haroratim o'ttiz to'qqizu ikki.", temperature=39.2),
    Case("Arra barmog'imni uzib ketdi.", present={"amputation_injury"}),
    Case("Terisi ko'chib ketyapti.", present={"skin_peeling"}),
    Case("bir oy oldin otdan yiqildim", complaint="坠马1个月"),
    Case("siyganda achishadi tez tez hojatga boraman", present={"dysuria", "frequent_urination"}),
    Case("uxlolmayapman ishtaham yo'q holsizman", present={"insomnia", "loss_of_appetite", "fatigue"}),
    Case("otam insult bo'lgan", family_history={"stroke"}),
    Case("boshim og'rimaydi lekin ko'nglim ayniydi", present={"nausea"}, denied={"headache"}),
    Case("bir yarim oydan beri bo'g'imlarim qaqshaydi", complaint="关节痛1个半月"),
    Case("yarim yildan beri oyoqlarim shishadi", complaint="下肢肿胀半年"),
    Case("bugun havo yaxshi qo'ylar narxi tushdi", present=set(), denied=set()),
    Case("boshim og‘riyapti", present={"headache"}),
    Case("boshim ogriyapti", present={"headache"}),
    # Verbs in any person and tense, not only the ones that were written down
    Case("burnim oqaveradi ko'zim yoshlanaveradi", present={"runny_nose", "watery_eyes"}),
    Case("siyganimda achishtiradi", present={"dysuria"}),
    Case("qulog'im shang'illab yotibdi", present={"tinnitus"}),
    Case("nos otaman aroq ichmayman", history={"nasvai", "-drinking"}),
    Case("dori ichib yuribman o'zim yurib keldim", present=set()),
    Case("barmog'imdan qon ketyapti", present={"finger_bleeding"}),
    Case("tishim qaqshab og'riyapti isitma yo'q", present={"toothache"}, denied={"fever"}),
    Case("isitmam bormikan deyman", present=set(), uncertain={"fever"}),
    # Dangers in everyday words
    Case("boshini toshga urib oldi", present={"head_injury"}, flags={"trauma"}),
    Case("itimiz boldiridan qopib oldi", present={"dog_bite"}, flags={"dog_bite"}),
    Case("pechka yoqib uxlabmiz is tegibdi", present={"carbon_monoxide_poisoning"}, flags={"poisoning"}),
    Case("qizim choynakni ag'darib yubordi", present={"scald"}, flags={"burn"}),
    Case("bunaqa bosh og'rig'i bo'lmagan", present={"headache"}, denied=set()),
    Case("yo'talsam og'zimdan qon keladi", flags={"bleeding_airway_gut"}),
    Case("bolam buvisining dorisini ichib qo'yibdi", present={"drug_overdose"}, flags={"poisoning"}),
    Case("ikki oylik chaqalog'imning isitmasi bor", present={"fever"}, durations={}, flags={"infant_fever"}),
    # Idioms and small talk
    Case("shu bolaga yuragim achiydi", present=set(), flags=set()),
    Case("kelinim boshimni qotirdi", present=set()),
    Case("bolam maktabdan tushib keldi", present=set(), flags=set()),
    Case("Yo'tal bor, balg'am yo'q.", present={"cough"}, denied={"sputum"}),
    Case("yuragimga pichoq sanchgandek bo'ldi", flags={"chest_pain"}),
    Case("O'ng tomon qo'l-oyog'im jonsizlanib qoldi.", flags={"stroke"}, present={"hemiparesis"}),
    Case("Ko'zim qorong'ilashib yiqilib tushdim.", flags={"consciousness"}),
    Case("Ustimga devor quladi.", flags={"trauma"}, present={"crush_injury"}),
    Case("Ot yiqitib yubordi.", flags={"trauma"}, present={"fall_from_horse"}),
    Case("O'g'lim paxtaga sepadigan dorini ichib qo'ydi.", flags={"poisoning"}, present={"pesticide_poisoning"}),
    Case("Ko'zimga temir uchib tegdi.", flags={"eye_emergency"}, present={"eye_injury"}),
    Case("Burnimdan qon ketib to'xtamayapti.", flags={"heavy_bleeding"}),
    Case("qaynab turgan sho'rvaga qo'limni kuydirib oldim", flags={"burn"}),
    Case("Boshim birdan yorilib ketguday og'rib ketdi, umrimda bunday og'rimagan.", present={"headache"}, denied=set()),
    Case("Qo'lim titiraydi.", present={"hand_tremor"}),
    Case("Chap ko'zim oldida chivinlar uchib yuradi.", present={"eye_floaters"}, sides={"eye_floaters": "左"}),
    Case("Bo'sh oynaning tagida qolib ketibman.", present=set(), flags=set()),
    Case("Yuragim sezdi bu ishni, ichim pishib o'tiribman.", present=set()),
    Case("ko'zim yoshlanib qizarib qichishadi", present={"watery_eyes", "eye_redness", "eye_itching"}),
    Case("O'ng tizzam g'ijirlab og'riydi", present={"knee_pain", "joint_clicking"}, sides={"knee_pain": "右"}),
    Case("B gepatit bor yetti yil bo'ldi", present=set(), history={"hepatitis_b"}),
    Case("Biseptol ichsam toshma chiqadi", denied=set()),
    Case("barmog'imni kesib oldim", present={"cut"}),
    Case("Ko'nglim g'ash", present={"depressed_mood"}),
    Case("Uch kundan keyin to'y, yo'talyapman", present={"cough"}, durations={}),
    Case("Onamning bosimi ko'tarilib, boshi aylanyapti", family={"dizziness"}, family_history={"hypertension"}),
    Case("ko'kragim kuyib og'ridi", present={"chest_pain"}, flags={"chest_pain"}),
    Case("Qo'llarim uvishadi", present={"hand_numbness"}),
    Case("dializga tushmaganman", history={"-dialysis"}),
    Case("Qizim dori ichib qo'yibdi, o'laman deb yig'layapti", present={"drug_overdose", "suicidal_thoughts"}),
    Case("ko'zi ichiga kirib ketdi, ichi suvday ketyapti", present={"dehydration", "diarrhea"}),
    Case("yuragim yorilay dedi xursandlikdan", present=set()),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_understood(case: Case) -> None:
    check("uz", case)
