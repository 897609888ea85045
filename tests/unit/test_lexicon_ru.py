"""Russian as patients say it: what must be read from whole sentences."""

from __future__ import annotations

import pytest

from tests.understanding import Case, check

CASES = [
    # Durations and numerals
    Case(
        "Болит голова уже третий день, температура 38,5.",
        present={"headache", "fever"},
        durations={"headache": "3天"},
        temperature=38.5,
    ),
    Case(
        "у меня три дня болит голова и температура тридцать восемь и пять",
        present={"headache", "fever"},
        temperature=38.5,
    ),
    Case("температура тридцать восемь с половиной", present={"fever"}, temperature=38.5),
    Case(
        "температура тридцать девять и два вчера вечером", present={"fever"}, temperature=39.2, onsets={"fever": "昨晚"}
    ),
    Case("мне 45 лет, болит поясница полторы недели", complaint="腰痛1.5周", present={"low_back_pain"}),
    Case("не могу спать уже вторую неделю", complaint="失眠2周", present={"insomnia"}, denied=set()),
    Case("дня три-четыре болит горло", complaint="咽痛3～4天", uncovered=[]),
    Case("месяца два кашляю с мокротой", present={"cough"}, durations={"cough": "2个月"}),
    Case("полгода болят суставы", complaint="关节痛半年"),
    Case(
        "Поясница болит месяц, отдаёт в правую ногу.", present={"low_back_pain"}, durations={"low_back_pain": "1个月"}
    ),
    Case("болит неделю", present={"pain"}, durations={"pain": "1周"}),
    Case(
        "Живот болит внизу справа уже двое суток, вырвало один раз.",
        present={"abdominal_pain", "vomiting"},
        durations={"abdominal_pain": "2天"},
    ),
    Case(
        "меня тошнит и знобит с позавчерашнего дня",
        present={"nausea", "chills"},
        onsets={"nausea": "前天", "chills": "前天"},
    ),
    Case("недели две назад упала с лошади, болит спина", present={"fall_from_horse", "back_pain"}),
    # Denials: the genitive is denied, the naming form beside it is not
    Case("кашель, насморк, температуры нет", present={"cough", "runny_nose"}, denied={"fever"}),
    Case("нет температуры кашля и насморка", present=set(), denied={"fever", "cough", "runny_nose"}),
    Case("температуры нет болит горло", present={"sore_throat"}, denied={"fever"}),
    Case("ни кашля, ни насморка, но болит горло", present={"sore_throat"}, denied={"cough", "runny_nose"}),
    Case(
        "без температуры, без рвоты, но сильно болит живот",
        present={"abdominal_pain"},
        denied={"fever", "vomiting"},
        severities={"abdominal_pain": "重"},
    ),
    Case("голова болит, тошнит, рвоты не было", present={"headache", "nausea"}, denied={"vomiting"}),
    Case(
        "Голова не болит, но тошнит со вчерашнего дня.",
        present={"nausea"},
        denied={"headache"},
        onsets={"nausea": "昨天"},
    ),
    Case("горло не болит, кашля нет, но насморк сильный", present={"runny_nose"}, denied={"sore_throat", "cough"}),
    Case("запора нет, поноса тоже нет", present=set(), denied={"constipation", "diarrhea"}),
    Case("голова не кружится", present=set(), denied={"dizziness"}),
    Case(
        "Сначала болел живот, потом началась рвота, поноса нет.",
        present={"abdominal_pain", "vomiting"},
        denied={"diarrhea"},
    ),
    Case("боли в животе, рвоты нет", present={"abdominal_pain"}, denied={"vomiting"}),
    Case("голова болит нету температура нету", present={"headache"}, denied={"fever"}),
    Case("Ничего не болит", present=set(), denied={"pain"}),
    Case("сердце колет ночью не могу лежать ноги отекают", present={"chest_pain", "leg_swelling"}, denied=set()),
    # A negation that is the symptom
    Case("нет аппетита, слабость", present={"loss_of_appetite", "fatigue"}, denied=set()),
    Case("не могу дышать, задыхаюсь", present={"dyspnea"}, denied=set()),
    Case("нога болит ходить не могу", present={"leg_pain", "difficulty_walking"}, denied=set()),
    Case("правый глаз не видит с утра", present={"vision_loss"}, sides={"vision_loss": "右"}),
    # Over, unsure
    Case("кашель прошел", present=set(), past={"cough"}),
    Case("нога больше не болит", present=set(), denied=set(), past={"leg_pain"}),
    Case("понос был вчера, сегодня нет", present=set(), past={"diarrhea"}),
    Case("может быть у меня температура", present=set(), uncertain={"fever"}),
    # Whose
    Case(
        "у мамы был рак груди, у меня шишка под левой мышкой, но она не болит",
        present={"armpit_lump"},
        family_history={"breast_cancer"},
        sides={"armpit_lump": "左"},
    ),
    Case(
        "Сыну четыре года, у него понос с понедельника, утром два раза вырвало.",
        present={"diarrhea", "vomiting"},
        onsets={"diarrhea": "周一"},
    ),
    Case("у отца инфаркт был, у мамы гипертония", history=set(), family_history={"heart_attack", "hypertension"}),
    Case("у жены кашель", present=set(), family={"cough"}),
    # Sites, sides, radiation, triggers
    Case("у меня сильно болит правое колено", complaint="右膝痛", severities={"knee_pain": "重"}, uncovered=[]),
    Case("живот болит справа внизу, температуры нет", complaint="右下腹痛", denied={"fever"}),
    Case("болит под левой лопаткой", complaint="左肩胛痛"),
    Case("болит голова и горло", complaint="头痛、咽痛"),
    Case("болит в груди когда поднимаюсь по лестнице и отдает в левую руку", present={"chest_pain"}, uncovered=[]),
    Case(
        "упал с лестницы, правое колено опухло, не сгибается",
        present={"fall_from_height", "knee_swelling", "knee_limited_movement"},
    ),
    Case(
        "внезапно онемела половина лица и не мог говорить десять минут",
        present={"facial_numbness", "aphasia"},
        durations={"aphasia": "10分钟"},
    ),
    Case(
        "Глаза чешутся и слезятся, нос заложен, чихаю каждую весну.",
        present={"eye_itching", "watery_eyes", "blocked_nose", "sneezing"},
    ),
    Case("укусила собака за левую ногу", complaint="左下肢犬咬伤"),
    # Broken Russian
    Case("у меня голова болеть", complaint="头痛"),
    Case("живот больной", complaint="腹痛"),
    Case("у меня живот болеть два день", complaint="腹痛2天"),
    # Allergies, medicines, history, pregnancy
    Case("на пенициллин аллергии нет, аллергия на анальгин", allergies={"-青霉素", "安乃近"}),
    Case("не аллергия на пенициллин, но аспирин мне нельзя", allergies={"-青霉素", "阿司匹林"}),
    Case(
        "принимаю метформин 500 мг два раза в день от диабета",
        medications={"二甲双胍 500mg 每日2次"},
        history={"diabetes"},
    ),
    Case("каждые восемь часов принимаю парацетамол 500 миллиграмм", medications={"对乙酰氨基酚 500mg 每8小时1次"}),
    Case("пол таблетки аспирина утром", medications={"阿司匹林 0.5片 每天早晨"}),
    Case("принимаю эналаприл, аллергии нет", medications={"依那普利"}),
    Case("раньше болел желтухой, сейчас болит правый бок", present={"flank_pain"}, history={"hepatitis"}),
    Case("я беременна двадцать восемь недель, кровит", present={"vaginal_bleeding"}, weeks=28),
    Case("На седьмом месяце беременности отекают ноги.", present={"leg_swelling"}),
    # Not medical
    Case("вчера был сильный дождь и ветер", present=set(), denied=set()),
    Case("завтра поедем на базар, бараны подорожали", present=set(), denied=set(), history=set()),
    Case("температура нормальная", present=set()),
    # By other people: colloquial turns
    Case("вот уже четвертые сутки маюсь с зубом", complaint="牙痛4天", uncovered=[]),
    Case("месяца два как спина замучила", complaint="背痛2个月", uncovered=[]),
    Case(
        "сынок мой пять лет второй день температурит тридцать девять и три",
        complaint="发热2天",
        present={"fever"},
        temperature=39.3,
    ),
    Case("не знаю то ли есть температура то ли нет не мерила", present=set(), uncertain={"fever"}, uncovered=[]),
    Case("сыпь была на той неделе но уже сошла", present=set(), past={"rash"}),
    Case("кашля у меня нет и насморка тоже нет но горло саднит", complaint="咽痛", denied={"cough", "runny_nose"}),
    Case("поясницу простреливает и в ногу отдает", complaint="腰痛", present={"low_back_pain"}),
    Case("зуб ноет снизу справа десна распухла", present={"toothache", "gum_swelling"}, uncovered=[]),
    Case("чайник на себя опрокинул на ногу волдыри", present={"scald", "leg_blister"}, flags={"burn"}),
    Case("я уже неделю как кашляю с кровью", complaint="咯血1周", flags={"bleeding_airway_gut"}),
    Case("душа болит за внука", present=set(), family=set(), flags=set()),
    Case("сердце кровью обливается как про сына подумаю", present=set(), flags=set(), uncovered=[]),
    Case("я на шестом месяце живот тянет", present={"abdominal_pain"}),
    Case("пью эналаприл по десять миллиграмм утром и вечером", medications={"依那普利 10mg 每日2次"}),
    Case("два раза в день по две таблетки парацетамола", medications={"对乙酰氨基酚 2片 每日2次"}),
    Case("я не беременна", present=set(), uncertain=set(), weeks=None),
    Case(
        "у матери гипертония у отца астма у меня ничего нет", family_history={"hypertension", "asthma"}, history=set()
    ),
    # Site and event by context
    Case("кормлю грудью правая грудь болит и покраснела", present={"breast_pain", "breast_redness"}, flags=set()),
    Case("собака соседская за икру цапнула", present={"dog_bite"}, uncovered=[]),
    Case("вчера с внука клеща сняли за ухом", present={"tick_bite"}, uncovered=[]),
    Case("жжёт когда писаю и бегаю каждые полчаса", present={"dysuria", "frequent_urination"}, uncovered=[]),
    Case("ночью по пять раз встаю в туалет", present={"nocturia"}, uncovered=[]),
    Case("на правом глазу пелена", complaint="右眼视物模糊", uncovered=[]),
    Case("как ударило в голову и вырвало", complaint="头痛、呕吐"),
    Case("такой головной боли никогда в жизни не было", complaint="头痛", denied=set()),
    Case("сижу как на иголках жду мужа", present=set(), family=set(), uncovered=[]),
    Case("ингалятор закончился задыхаюсь", present={"dyspnea"}, medications=set()),
    Case("на рыбу аллергия а на молоко нет", present=set(), allergies={"鱼", "-牛奶"}),
    Case("на стройке кирпич на ногу упал", complaint="下肢挤压伤", history=set()),
    # Everyday words of danger
    Case("дед выпил уксусную эссенцию", flags={"poisoning"}),
    Case("съела целую пачку таблеток, спит", flags={"poisoning"}),
    Case("в доме угорели, надышались угарным газом", present={"carbon_monoxide_poisoning"}),
    Case("сказала что без неё всем лучше будет и жить незачем", flags={"suicide"}),
    Case("гадюка в сенокос цапнула за палец", present={"snake_bite"}, flags={"venom"}),
    Case("двух пальцев нет, отхватило циркуляркой два пальца", present={"amputation_injury"}),
    Case("не могу её растолкать, лежит без чувств", flags={"consciousness"}),
    Case("правая рука плетью висит", present={"arm_weakness"}, sides={"arm_weakness": "右"}, flags={"stroke"}),
    Case("по-большому сходил чёрным, как дёготь", present={"melena"}),
    Case("малыш в животе второй день почти не толкается", present={"reduced_fetal_movement"}),
    # A relative whom "у меня" names; "did not see" denies; a number far from the word for fever
    Case("мама у меня гипертоник", history=set(), family_history={"hypertension"}),
    Case("крови в кале не замечал", present=set(), denied={"rectal_bleeding"}),
    Case("бруцеллёзом не болел", history={"-brucellosis"}),
    Case("температура вчера вечером была 38,7", temperature=38.7, onsets={"fever": "昨晚"}),
    Case("температура 40 и ничем не сбивается", temperature=40.0, flags={"very_high_fever"}),
    Case("до трёх ночи заснуть не могу, недели две уже", durations={"insomnia": "2周"}),
    # Sayings and accounts of something else
    Case("от этой новости в груди ничего, руки опускаются, кровь сдавал на анализ", present=set()),
    Case("жара стоит, собака лает всю ночь", present=set()),
    Case("лошадь понесла, вылетел из седла", flags={"trauma"}),
    Case("бык на рога поднял", present={"gored_by_animal"}, flags={"trauma"}),
    Case("придавило ногу бревном", present={"crush_injury"}, flags={"trauma"}),
    Case("чайник на себя опрокинула", present={"scald"}, flags={"burn"}),
    Case("хлебнул солярки", present={"caustic_ingestion"}, flags={"poisoning"}),
    Case("монетку проглотила", present={"swallowed_foreign_body"}, flags={"poisoning"}),
    Case("рот скосило на одну сторону", present={"facial_droop"}, flags={"stroke"}),
    Case("рука плетью висит", present={"arm_weakness"}, flags={"stroke"}),
    Case("ни слова вымолвить не может", present={"aphasia"}, flags={"stroke"}),
    Case("родничок выпирает", present={"bulging_fontanelle"}, flags={"infant_danger"}),
    Case("воды подтекают с утра", present={"waters_broke"}, flags={"pregnancy_danger"}),
    Case("горло перекрыло отёком", flags={"airway_swelling"}),
    Case("памперс сухой со вчерашнего дня", present={"anuria"}, flags={"urine"}),
    Case("на ходу засыпаю", present={"excessive_sleepiness"}, flags=set()),
    Case("корова кашляет, овцы хромают", present=set(), flags=set()),
    Case("цены такие, что инфаркт хватит", history=set(), present=set()),
    Case("сердце радуется, глядя на внуков", present=set(), flags=set()),
    # What a county hospital hears
    Case("Тридцать две недели у меня, голова болит и мушки", weeks=32, flags={"preeclampsia"}),
    Case("Резко заболел живот час назад.", present={"abdominal_pain"}, flags={"sudden_abdominal_pain"}),
    Case("рука левая немеет", present={"arm_numbness"}, sides={"arm_numbness": "左"}),
    Case("коленки хрустят и болят", present={"joint_clicking", "knee_pain"}),
    Case("одышки нет, только ноги отекают", denied={"dyspnea"}, present={"leg_swelling"}),
    Case("бабушка упала на кухне", family={"fall"}, flags=set()),
    Case("внук подавился орешком, задыхается, посинел весь", present={"choking", "dyspnea", "cyanosis"}),
    Case("Гадюка укусила на покосе", present={"snake_bite"}, flags={"venom"}),
    Case("выпил с бутылки, оказался ацетон", present={"caustic_ingestion"}, flags={"poisoning"}),
    Case("рвёт, ни газов, ни стула", present={"vomiting", "no_stool_or_gas"}, flags={"acute_abdomen"}),
    Case("в паху шишка вылезла", present={"groin_lump"}),
    Case("правый локоть ободрал", present={"scrape"}, sides={"scrape": "右"}),
    Case("дочка на живот жалуется", present={"abdominal_pain"}),
    Case("пальцы посинели от холода, задыхаюсь по лестнице", denied=set()),
    Case("сватья уши прожужжала, голова от неё пухнет", present=set(), flags=set()),
    Case("водку не пью, не курю", history={"-drinking", "-smoking"}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_understood(case: Case) -> None:
    check("ru", case)
