"""What Mongolian sentences say, as patients say them: without punctuation, with words of Inner Mongolia."""

from __future__ import annotations

import pytest

from tests.understanding import Case, check, read

CASES = [
    # Sentences of other speakers: idioms that are no symptom, ages with a half, scalds
    Case("гурван өдөр болж байна толгой өвдөөд унтуулахгүй байна", complaint="头痛、失眠3天", uncovered=[]),
    Case("хүү хоёр хагас настай өчигдөр оройноос бөөлжөөд гүйлгээд байна", complaint="呕吐、腹泻1天", sides={}),
    Case("өвдөлт арваас дөрөв", present={"pain"}, uncovered=[]),
    Case("бэлхүүс өвдөөд зүүн хөл рүү татаж байна", complaint="腰痛", present={"low_back_pain"}),
    Case("буцалсан ус асгараад хүүхдийн гар түлэгдсэн", complaint="手烫伤", flags={"burn"}, uncovered=[]),
    Case("өчигдөр орой унтахын өмнө цээж базаад хөлөрсөн", present={"chest_tightness", "sweating"}),
    Case(
        "гэдэс дүүрээд хий гарахгүй баахгүй байна",
        present={"bloating", "no_stool_or_gas", "constipation"},
        denied=set(),
    ),
    Case("цус сэлбүүлж үзээгүй хагалгаа ч хийлгээгүй", history={"-blood_transfusion", "-surgery"}, denied=set()),
    Case("чихрийн шижин байхгүй даралт ч байхгүй", history={"-diabetes", "-hypertension"}),
    Case("эмээ уушгины хорт хавдраар өнгөрсөн", history=set(), family_history={"lung_cancer"}),
    Case("даралтны эмээ уудаг толгой өвдөж байна", present={"headache"}, medications={"降压药"}),
    Case("эгч маань хорт хавдартай надад байхгүй", history=set(), family_history={"cancer"}),
    Case("хүүхэд минь толгойг минь өвтгөөд байна үг авахгүй", present=set(), uncovered=[]),
    Case("сэтгэл өвдөж байна хүүгийнхээ төлөө", present=set(), uncovered=[]),
    Case("хонины мах идсэний дараа гэдэс өвдөөд бөөлжсөн", complaint="进食后腹痛、呕吐"),
    Case(
        "толгой өвдөөд гурав хоног болж байна",
        complaint="头痛3天",
        present={"headache"},
        durations={"headache": "3天"},
    ),
    Case(
        "гурван өдөр толгой өвдөөд халуурч байна",
        complaint="头痛、发热3天",
        present={"headache", "fever"},
        durations={"headache": "3天", "fever": "3天"},
    ),
    Case(
        "өчигдрөөс хойш хоолой өвдөөд ханиаж байна",
        present={"sore_throat", "cough"},
        onsets={"sore_throat": "昨天", "cough": "昨天"},
    ),
    Case("ханиаж байна халуун байхгүй", complaint="咳嗽", present={"cough"}, denied={"fever"}),
    Case("толгой өвдөхгүй байна", present=set(), denied={"headache"}),
    Case(
        "халуурах бөөлжих юм байхгүй харин гэдэс өвдөж байна",
        present={"abdominal_pain"},
        denied={"fever", "vomiting"},
    ),
    Case("халуун бөөлжилт гүйлгэлт байхгүй", present=set(), denied={"fever", "vomiting", "diarrhea"}),
    Case("ханиалгагүй халуунгүй", present=set(), denied={"cough", "fever"}),
    Case("ханиалгатай ч халуунгүй", present={"cough"}, denied={"fever"}),
    Case("ханиалга бий халуун байхгүй", present={"cough"}, denied={"fever"}),
    Case("толгой эргэх дотор муухайрах юм алга", present=set(), denied={"dizziness", "nausea"}),
    Case("бөөлжөөгүй гүйлгээгүй зүгээр л дотор муухайрч байна", present={"nausea"}, denied={"vomiting", "diarrhea"}),
    Case("хамар битүүрсэн ч амьсгал давчдахгүй байна", present={"blocked_nose"}, denied={"dyspnea"}, flags=set()),
    Case("биед нь ямар ч тууралт байхгүй", present=set(), denied={"body_rash"}),
    Case(
        "баруун өвдөг хавдаж өвдөөд хоёр долоо хоног болж байна",
        complaint="右膝肿胀、右膝痛2周",
        sides={"knee_swelling": "右", "knee_pain": "右"},
        durations={"knee_swelling": "2周", "knee_pain": "2周"},
    ),
    Case("долоон хоног толгой өвдсөн", durations={"headache": "7天"}),
    Case("долоо хоног гүйлгэж байна", durations={"diarrhea": "1周"}),
    Case("нэг сар хагас ханиаж байна", durations={"cough": "1个半月"}),
    Case("хагас сар нуруу өвдөж байна", durations={"back_pain": "半个月"}),
    Case("ходоод өвдөөд арав хонож байна", durations={"stomach_pain": "10天"}),
    Case("нэг жилийн өмнөөс өвдөг өвдөж эхэлсэн", present={"knee_pain"}, durations={"knee_pain": "1年"}, past=set()),
    Case(
        "хоёр хөл хавдаад нэг долоо хоног болж байна",
        present={"leg_swelling"},
        sides={"leg_swelling": "双侧"},
        durations={"leg_swelling": "1周"},
    ),
    Case("зүүн гар бадайраад байна", present={"hand_numbness"}, sides={"hand_numbness": "左"}),
    Case("зүүн чих шуугиад байна", present={"tinnitus"}, sides={"tinnitus": "左"}),
    Case(
        "миний хүү гурван өдөр халуурч гүйлгэж байна",
        present={"fever", "diarrhea"},
        durations={"fever": "3天", "diarrhea": "3天"},
    ),
    Case(
        "ээж маань чихрийн шижинтэй миний толгой эргэж байна",
        present={"dizziness"},
        family_history={"diabetes"},
        history=set(),
    ),
    Case("эмээ маань даралттай зүрхний өвчтэй", family_history={"hypertension", "heart_disease"}, history=set()),
    Case("аав уушгины хорт хавдраар өнгөрсөн", family_history={"lung_cancer"}, history=set()),
    Case("нуруу маш хүчтэй өвдөж байна тэсэхийн аргагүй", severities={"back_pain": "重"}, flags={"unbearable_pain"}),
    Case("арван баллаас найман балл өвдөж байна", present={"pain"}, flags={"severe_pain"}),
    Case("пенициллинд харшилтай", allergies={"青霉素"}),
    Case("пенициллинд харшилгүй", allergies={"-青霉素"}),
    Case("аспирин ууж болдоггүй ходоод өвддөг", allergies={"阿司匹林"}, present={"stomach_pain"}),
    Case("чинмэйсүнд гуоминьтай", allergies={"青霉素"}),
    Case("амлодипин өдөрт нэг удаа нэг ширхэг уудаг", medications={"氨氯地平 1片 每日1次"}),
    Case("метформин 500 мг өдөрт хоёр удаа уудаг", medications={"二甲双胍 500mg 每日2次"}),
    Case("каптоприл 25 мг өглөө орой ууж байгаа", medications={"卡托普利 25mg 每日2次"}),
    Case("инсулин тариулдаг өдөрт хоёр удаа", medications={"胰岛素 每日2次"}),
    Case(
        "хорин найман долоо хоногтой жирэмсэн цус гарч байна",
        weeks=28,
        present={"bleeding"},
        flags={"pregnancy_bleeding"},
    ),
    Case("жирэмсний гучин хоёр долоо хоногтой хөл хавдаад толгой өвдөж байна", weeks=32, flags={"preeclampsia"}),
    Case("халуун гучин найм хагас хүрсэн", temperature=38.5, present={"fever"}),
    Case("халуун гучин найман аравны тав хүрсэн", temperature=38.5),
    Case("халуун 38.5 хүрсэн", temperature=38.5),
    Case("өнгөрсөн жил цээж өвдөж байсан одоо зүгээр", present=set(), past={"chest_pain"}, flags=set()),
    Case("миний нуруу урьд нь өвддөг байсан одоо зүгээр", present=set(), past={"back_pain"}),
    Case("хамраас цус гарсан одоо зогссон", present=set(), past={"nosebleed"}),
    Case("хоёр жилийн өмнө мухар олгойгоо авахуулсан", history={"appendectomy"}),
    Case("астма байхгүй чихрийн шижин байхгүй", history={"-asthma", "-diabetes"}),
    Case("би архи уудаггүй тамхи татдаггүй", history={"-drinking", "-smoking"}),
    Case("танняобинтай", history={"diabetes"}),
    Case("хоолны дуршилгүй тамиргүй болоод нэг сар болж байна", present={"loss_of_appetite", "weakness"}),
    Case("шөнө унтаж чадахгүй байна", present={"insomnia"}, denied=set()),
    Case("толгой өвдөж дотор муухайрч байна", complaint="头痛、恶心"),
    Case("цээжээр хатгаж өвдөөд зүүн гар луу дамжиж байна", present={"chest_pain"}, flags={"chest_pain"}),
    Case("шатаар өгсөхөд амьсгаадаж цээж бачуурдаг", present={"dyspnea", "chest_tightness"}),
    Case("амьсгал давчдаж байна уруул хөхөрсөн", present={"dyspnea", "cyanosis"}, flags={"dyspnea", "cyanosis"}),
    Case("ам мурийсан зүүн гар өргөгдөхгүй байна", sides={"arm_weakness": "左"}, flags={"stroke"}),
    Case("баруун тал саажаад хэл ээдэрч байна", present={"hemiparesis", "slurred_speech"}, flags={"stroke"}),
    Case("мориноос унаад баруун гар хугарсан", present={"fall_from_horse", "hand_fracture"}, flags={"trauma"}),
    Case("нохойд хазуулсан өнөөдөр өглөө", present={"dog_bite"}, onsets={"dog_bite": "今晨"}, flags={"dog_bite"}),
    Case("халуун цайнд гараа түлсэн", present={"scald"}, flags={"burn"}),
    Case("угаартсан толгой өвдөж бөөлжөөд байна", present={"carbon_monoxide_poisoning", "headache", "vomiting"}),
    Case("сэтгэл санаагаар унаж амьдрах хүсэлгүй болсон", flags={"suicide"}),
    Case("шинэ төрсөн хүүхэд шарласан хөхөө муу хөхөж байна", flags={"infant_danger"}),
    Case("цусаар бөөлжсөн", present={"hematemesis"}, flags={"bleeding_airway_gut"}),
    Case("ганмао болоод кэсоу хийгээд байна", present={"cough"}),
]

EVERYDAY = [
    "сайн байна уу эмч ээ",
    "өнөөдөр тэнгэр цэлмэг сайхан байна",
    "манай хонь ямаа бүгд тарган байна",
    "хонины үнэ өнгөрсөн жил өндөр байсан",
    "маргааш хот явна",
    "халуун цай уумаар байна",
    "зүүн аймгаас ирсэн",
    "хол газраас машинаар ирлээ",
    "гадаа их хүйтэн байна",
    "хүүхдүүд сургуульд явдаг",
    "би хятад хэл мэдэхгүй",
    "морь уралдаж түрүүлсэн",
    "эмээ уух цаг боллоо",
    "хоёр зуун толгой хоньтой",
    "өвөл хүйтэн зун халуун болдог",
    "нар гарлаа салхи намдлаа",
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_understood(case: Case) -> None:
    check("mn", case)


@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_words_are_no_symptoms(text: str) -> None:
    written = read("mn", text)
    assert not written.findings
    assert not written.history
    assert not written.red_flags
