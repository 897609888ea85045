"""Rules of understanding that all languages share, in sentences of several of them."""

from __future__ import annotations

import pytest

from tests.understanding import Case, check

CASES = [
    # A doubt before a comma is about what comes behind; one nearer to what stands before is about that.
    ("en", Case("Perhaps, a fever", uncertain={"fever"}, present=set())),
    ("ru", Case("Кажется, у меня температура", uncertain={"fever"}, present=set())),
    ("kk", Case("қызуым бар сияқты жөтеліп тұрмын", uncertain={"fever"}, present={"cough"})),
    ("uz", Case("isitmam bor shekilli yo'talyapman", uncertain={"fever"}, present={"cough"})),
    # An illness that only the relative has.
    ("ky", Case("Атамда кант диабети бар, менде андай оору жок", family_history={"diabetes"}, history={"-diabetes"})),
    ("kk", Case("Анамда астма бар, менде жоқ", family_history={"asthma"}, history={"-asthma"})),
    # The relative whose complaint is told stays the one who is spoken of; of an illness nothing goes on.
    ("en", Case("My husband has a cough, cannot sleep", family={"cough", "insomnia"}, present=set())),
    ("ru", Case("Муж кашляет, плохо спит", family={"cough", "insomnia"}, present=set())),
    ("ru", Case("У мамы диабет, вторую неделю болит голова", family_history={"diabetes"}, present={"headache"})),
    # Who was brought is the patient.
    ("en", Case("My husband is vomiting blood, I have brought him", present={"hematemesis"}, family=set())),
    ("ru", Case("Мужа привезли, у него рвота кровью", present={"hematemesis"}, family=set())),
    ("ug", Case("ئاپام ئۆزى كېلەلمىدى، شۇڭا مەن سوراپ كەلدىم، تىزى ئىششىپ كەتتى", family={"knee_swelling"})),
    # A time alone in its clause is said of everything before it.
    ("kk", Case("Көзім қызарып, қышиды, үш күн болды", durations={"eye_redness": "3天", "eye_itching": "3天"})),
    ("ky", Case("Тамагым ооруйт, жөтөлөм. Үч күн болду", durations={"sore_throat": "3天", "cough": "3天"})),
    # A side is meant of the whole organ.
    ("mn", Case("Зүүн чих шуугиж, сонсгол муудсан", sides={"tinnitus": "左", "hearing_loss": "左"})),
    ("ru", Case("Левое ухо болит, и шумит в нём", sides={"ear_pain": "左", "tinnitus": "左"})),
    ("zh", Case("耳朵不疼，就是左边听不清", denied={"ear_pain"}, sides={"hearing_loss": "左"})),
    ("tr", Case("kulağım ağrımıyor akıntı da yok da sağ taraf iyi duymuyor", sides={"hearing_loss": "右"})),
    # A site with a pain of its own behind it is not the earlier pain's.
    ("kk", Case("мойным қатты ауырады аяғым да қатты ауырады", present={"neck_pain", "leg_pain"})),
    ("tr", Case("boynum çok ağrıyor bacağım da çok ağrıyor", present={"neck_pain", "leg_pain"})),
    # A collarbone is no chest.
    ("en", Case("my collarbone hurts", present={"collarbone_pain"}, flags=set())),
    ("ru", Case("болит ключица", present={"collarbone_pain"}, flags=set())),
    # A medicine's time is not the complaint's.
    ("mn", Case("Хоёр хоног антибиотик уулаа, ханиалга намдахгүй байна", durations={})),
    # What one is not allergic to may be named in the clause before.
    ("en", Case("Aspirin is fine, I'm not allergic to that", allergies={"-阿司匹林"}, medications=set())),
    ("zh", Case("头孢不过敏阿司匹林吃不成", allergies={"-头孢菌素类", "阿司匹林"})),
    # Weeks of pregnancy as one fixed phrase.
    ("ru", Case("тридцать четвёртая неделя, воды отошли", weeks=34)),
    ("en", Case("thirty-eight weeks, my waters broke", weeks=38, durations={})),
    ("ru", Case("Голова не болит, только слабость", denied={"headache"}, present={"fatigue"})),
    ("en", Case("I am weak, my head does not hurt", present={"fatigue"}, denied={"headache"})),
    # A doubt about a cause doubts the cause.
    ("kk", Case("сол шынтағым ауырады бір апта болды кілем тоқығаннан шығар", present={"elbow_pain"}, uncertain=set())),
    ("tr", Case("kızımın saçı bitlenmiş okuldan bulaştı herhalde", present={"lice"}, uncertain=set())),
    ("ug", Case("بوينۇم قېتىپ قاپتۇ، ياستۇق ئېگىز كەپقالدىمۇ بىلمىدىم", present={"stiff_neck"}, uncertain=set())),
    # One behind what it doubts leaves what follows alone.
    ("ky", Case("балким ысытмам бардыр өзүм билбейм калтыраган жокмун", uncertain={"fever"}, denied={"chills"})),
    ("uz", Case("isitmam bordir balki", uncertain={"fever"}, present=set())),
    # An emergency goes on over the end of the sentence; so does whose age was told. Another complaint does not.
    ("ru", Case("Отец вдруг потерял сознание. Рука не двигается", family={"syncope", "arm_weakness"})),
    ("bo", Case("ཨ་མྱེས་ལོ་བདུན་ཅུ་ཡིན། རྣ་བ་གོ་གི་མི་འདུག", family={"hearing_loss"}, present=set())),
    ("kk", Case("Әкем кеше жөтелді. Басым ауырады", family={"cough"}, present={"headache"})),
    # What is over is not denied once more; after "it passed" the denial is news of today.
    ("bo", Case("ན་ནིང་མགོ་ན་བྱུང་། ད་ལྟ་མགོ་ན་གི་མི་འདུག", past={"headache"}, denied=set())),
    # The last syllable of "left" denies nothing.
    ("bo", Case("ལག་པ་གཡོན་མ་ན་གི་འདུག", present={"hand_pain"}, denied=set(), sides={"hand_pain": "左"})),
    # A time at the end does not take the severity of the first complaint from it; a side goes with its organ.
    ("bo", Case("མགོ་ཛ་དྲག་ན་གི་འདུག སྐྱུག་གི་འདུག ཉི་མ་གཅིག་ཕྱིན་སོང་།", severities={"headache": "重"})),
    (
        "mn",
        Case(
            "Баруун нүд улайгаад, загатнаад, нулимс гоожоод байна",
            sides=dict.fromkeys(("eye_redness", "eye_itching", "watery_eyes"), "右"),
        ),
    ),
    # A beginning at the head of any clause is of all in it, and never of what happened; "that" opens no clause.
    ("ur", Case("نزلہ ہے، کل رات سے بخار ہے اور سر درد ہے", onsets={"fever": "昨晚", "headache": "昨晚"})),
    ("tg", Case("саг газид аз саҳар поям дард мекунад", onsets={"leg_pain": "今晨"})),
    ("tg", Case("Се рӯз мешавад, ки қабз шудаам, сарам дард мекунад", durations={"constipation": "3天"})),
    # Two days have no sides; a side goes to the site that it stands before.
    ("mn", Case("шүд янгинаад, хоёр өдөр унтсангүй", sides={}, durations={"insomnia": "2天"})),
    ("mn", Case("ам нь мурийчихлаа баруун гар хөдлөхгүй байна", sides={"arm_weakness": "右"})),
    # Dizziness has no side: one beside it is the ear's.
    ("ur", Case("کان میں شور ہے دائیں طرف چکر بھی آتے ہیں", sides={"tinnitus": "右"})),
    # What is called harmless behind another one's reaction is no medicine that is taken.
    ("mn", Case("Амоксициллин уухаар тууралт гардаг, аспирин зүгээр", allergies={"阿莫西林", "-阿司匹林"})),
    # A range rises; "two or one" is one to two.
    ("tg", Case("писарам ҳаштмоҳа ду рӯз исҳол", durations={"diarrhea": "2天"})),
    ("ur", Case("دو ایک دن سے کھانسی ہے", durations={"cough": "1～2天"})),
    # Places listed before a finding that names its own.
    ("bo", Case("གདོང་དང་རྐང་པ་སྐྲངས་བཞག", present={"facial_swelling", "leg_swelling"})),
    # "A year ago" without a number is long ago, too.
    ("tg", Case("поям шикаста буд сол пеш", past={"leg_fracture"}, present=set())),
    # None of these.
    ("kk", Case("Қызу, жөтел, жоқ, ішім ауырады", denied={"fever", "cough"}, present={"abdominal_pain"})),
    ("ur", Case("حقہ پیتا ہوں، شراب نہیں پیتا", history={"smoking", "-drinking"})),
    # What does not flow is not there.
    ("ug", Case("قۇلىقىمدىن يىرىڭ ئاقمايدۇ، ئىچى قىچىشىدۇ", denied={"ear_discharge"}, present={"ear_itching"})),
    ("kk", Case("құлағымнан ірің ақпайды", denied={"ear_discharge"}, present=set())),
    # "None" behind a word that is not understood denies that word, not the saying before it.
    ("kk", Case("түнде ұйықтай алмаймын велосипедім жоқ", present={"insomnia"}, denied=set())),
    # A verb that ends its clause is no item of a denied list.
    ("tr", Case("oğlum dün kustu, ateşi yok", present={"vomiting"}, denied={"fever"})),
    ("tr", Case("başım ağrımadı", present=set(), denied={"headache"})),
    # What is not there is not at the place of the next clause; of stools it is the blood in them.
    ("kk", Case("ішім өтіп жатыр, қан жоқ, тізем ауырмайды", denied={"rectal_bleeding", "knee_pain"})),
    ("ky", Case("какырык түшөт, бирок кан жок", denied={"blood_in_sputum"})),
    # A word of the first person inside a finding says whose it is.
    ("uz", Case("erim shaharga ketgan kayfiyatim yo'q", present={"depressed_mood"}, family=set())),
    # "Every day two times" is no "both".
    ("ug", Case("ھەر كۈنى ئىككى قېتىم مېتفورمىن ئىچىمەن", medications={"二甲双胍 每日2次"})),
    # A poison in any case of its word.
    ("kk", Case("бала қасқырға салған уды жеп қойды", flags={"poisoning"})),
    # Who is quoted speaks of himself.
    ("ky", Case("кызымдын аркасына ыйлаакчалар чыгыптыр, аркам кычышат дейт", family=set())),
    # An allergy by its consequence, in short, and beside another that is none.
    ("mn", Case("Багадаа пенициллин тариулаад харшлын шоконд орж байсан", allergies={"青霉素"}, medications=set())),
    ("en", Case("from penicillin I get hives", allergies={"青霉素"}, medications=set())),
    ("en", Case("I have hives, I took amoxicillin", allergies=set(), medications={"阿莫西林"})),
    ("ug", Case("تۇخۇمغا سەزگۈرلۈكۈم يوق، يەۋېرىمەن، لېكىن بېلىققا بار", allergies={"-鸡蛋", "鱼"})),
    ("mn", Case("новокаинд харшилтай лидокаинд бол харшилгүй", allergies={"普鲁卡因", "-利多卡因"})),
    ("zh", Case("磺胺药过敏鸡蛋牛奶都不过敏", allergies={"磺胺类", "-鸡蛋", "-牛奶"})),
    ("tg", Case("Аз пенициллин аллергия надорам, фақат цефтриаксон ба ман намефорад, аллергия дод", present=set())),
    # Once and every day are one; a class beside its own medicine is that medicine.
    ("uz", Case("har kuni bir mahal yuz milligramm aspirin ichaman", medications={"阿司匹林 100mg 每日1次"})),
    ("tr", Case("salbutamol fısfısı kullanıyorum", medications={"沙丁胺醇"})),
    # Operations by what was operated on.
    ("kk", Case("соқыр ішегімді баяғыда алып тастаған", history={"appendectomy"})),
    ("tr", Case("Bademciklerimi küçükken almışlar", history={"tonsillectomy"})),
    ("uz", Case("o't pufagimni olib tashlashgan", history={"cholecystectomy"})),
    ("bo", Case("གློ་བར་ཊི་བི་ཕོག་ནས་ཊི་བིའི་སྨན་ཟ་བཞིན་ཡོད།", history={"pulmonary_tuberculosis"})),
    # An injection beside what it was for is no history; menstrual pain says that she menstruates.
    ("ru", Case("на новокаин у меня аллергия зубы с другим уколом лечу", history=set())),
    # "I may be pregnant" is an uncertain pregnancy, no illness of the past.
    ("tg", Case("шояд ҳомила бошам", history=set())),
    ("uz", Case("Homilador bo'lsam kerak", history=set())),
]


@pytest.mark.parametrize(("language", "case"), CASES, ids=lambda value: value if isinstance(value, str) else value.id)
def test_shared(language: str, case: Case) -> None:
    check(language, case)
