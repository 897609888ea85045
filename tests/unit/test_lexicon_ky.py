"""Kyrgyz as patients say it: what must be read from whole sentences, mostly without punctuation."""

from __future__ import annotations

import pytest

from tests.understanding import Case, check

CASES = [
    # A county clinic: what will not fall, what hangs on idioms, a "so far no"
    Case("Парацетамол ичтим, ысытмам түшпөй жатат.", present={"fever"}, denied=set()),
    Case("Толгоо азырынча жок.", present=set(), denied={"contractions"}),
    Case("Ысытма барбы билбейм.", present=set(), uncertain={"fever"}),
    Case("Тырмагым саргайып калыңдады.", present={"nail_change"}),
    Case("Оң ийнимди көтөрө албайм.", present={"shoulder_pain"}, sides={"shoulder_pain": "右"}),
    Case("Асынып өлсөмбү дейм.", present={"suicidal_thoughts"}, flags={"suicide"}),
    # Durations, numerals, onsets
    Case("башым ооруйт үч күндөн бери", complaint="头痛3天", present={"headache"}, uncovered=[]),
    Case(
        "Кечээден бери ысытмам бар, жөтөлүм бар.", present={"fever", "cough"}, onsets={"fever": "昨天", "cough": "昨天"}
    ),
    Case("бир жарым айдан бери жөтөл басылбайт", complaint="咳嗽1个半月", denied=set()),
    Case("жарым сааттан бери көкүрөгүм ооруп жатат", durations={"chest_pain": "半小时"}),
    Case("беш-алты күндөн бери ичим өтүп жатат", durations={"diarrhea": "5～6天"}),
    Case("жети күн болду тамагым ооруганына", complaint="咽痛7天"),
    Case("жумадан бери белим ооруйт", complaint="腰痛1周"),
    Case("эки күн мурун ит каап алды оң балтырымдан", present={"dog_bite"}, sides={"dog_bite": "右"}),
    Case("эртең мененден бери ичим толгоп ооруп жатат", present={"abdominal_cramps", "abdominal_pain"}),
    # Denial: by жок, by эмес, by an ending, over lists, up to "but"
    Case(
        "ысытмам жок жөтөлүм да жок бирок башым катуу ооруйт",
        present={"headache"},
        denied={"fever", "cough"},
        severities={"headache": "重"},
    ),
    Case("баш оору ысытма жөтөл жок", present=set(), denied={"headache", "fever", "cough"}),
    Case("жөтөл да ысытма да жок", present=set(), denied={"cough", "fever"}),
    Case("башым ооруйт, ысытма, жөтөл жок", present={"headache"}, denied={"fever", "cough"}),
    Case("кускан жокмун ичим да өткөн жок", present=set(), denied={"vomiting", "diarrhea"}),
    Case("көкүрөгүм ооруган жок", present=set(), denied={"chest_pain"}),
    Case("тизем оорубайт бирок шишип кетти", present={"knee_swelling"}, denied={"knee_pain"}),
    Case("кускум келбейт", present=set(), denied={"nausea"}),
    Case("башым ооруп эки жолу кустум, ысытмам жок", present={"headache", "vomiting"}, denied={"fever"}),
    Case("ичим катып калды ысытмам жок", present={"constipation"}, denied={"fever"}),
    Case("тамеки тартпайм арак ичпейм", history={"-smoking", "-drinking"}),
    # Symptoms that contain "жок" or a negated verb
    Case("табитим жок алым жок уктай албай жатам", present={"loss_of_appetite", "fatigue", "insomnia"}, denied=set()),
    Case("баламдын эси жок жатат", present={"loss_of_consciousness"}, denied=set()),
    Case("дем ала албай жатам", present={"dyspnea"}, denied=set()),
    Case("кулагым укпай калды", present={"hearing_loss"}, denied=set()),
    # Idioms
    Case("жүрөгүм айланып эки жолу кустум", present={"nausea", "vomiting"}),
    Case("журогум айланып жатат", present={"nausea"}),
    Case("башым айланып көз алдым караңгылап кетти", present={"dizziness", "presyncope"}),
    Case("ичим катып калды", present={"constipation"}),
    Case(
        "тилим күрмөлбөй сол бетим уюп калды",
        present={"slurred_speech", "facial_numbness"},
        sides={"facial_numbness": "左"},
    ),
    Case("атам эсинен танып жыгылды", family={"syncope"}, present=set()),
    # Sites, sides, regions, radiation
    Case("оң тизем шишип ооруп турат", complaint="右膝肿胀、右膝痛", sides={"knee_swelling": "右", "knee_pain": "右"}),
    Case("эки бутум шишип жатат кечинде", complaint="傍晚双侧下肢肿胀", sides={"leg_swelling": "双侧"}),
    Case("ичимдин оң ылдый жагы ооруйт кускум келет", complaint="右下腹痛、恶心"),
    Case("башка доктор барбы", present=set(), denied=set()),
    Case("үч күн мурун мурдум канады", present={"nosebleed"}, onsets={"nosebleed": "3天前"}),
    Case("эки күндөн бери башым ооруйт", complaint="头痛2天", sides={}),
    Case(
        "капыстан көкүрөгүм ооруп сол колума өтүп жатат",
        complaint="突发胸痛",
        present={"chest_pain"},
        flags={"chest_pain"},
    ),
    # Character, course, triggers, relief
    Case("башым солкулдап ооруйт", complaint="头痛", present={"headache"}, uncovered=[]),
    Case("кургак жөтөлүм бар ысытмам жок", present={"cough"}, denied={"fever"}),
    Case("тепкичке чыксам энтигем", complaint="爬楼时呼吸困难"),
    Case("ооруганым ондон сегиз", present={"pain"}),
    Case("анчалык катуу эмес ооруйт", severities={"pain": "轻"}, denied=set()),
    # Past, resolved, uncertain
    Case("мурда жүрөгүм ооручу азыр оорубайт", present=set(), past={"chest_pain"}),
    Case("ооруганы басылды", present=set(), past={"pain"}),
    Case("бутум сынды окшойт", present=set(), uncertain={"leg_fracture"}),
    # Relatives; a child whom an adult brings is the patient
    Case("апамда кант диабети бар", present=set(), family_history={"diabetes"}),
    Case("апам кант диабети менен ооруйт менде жок", present=set(), family_history={"diabetes"}),
    Case("үч жашар балам үч күндөн бери ысытмалап жатат", complaint="发热3天", present={"fever"}),
    Case("уулум аттан жыгылып колун сындырып алды", present={"fall_from_horse", "hand_fracture"}),
    Case("балам ооруп жатат", present=set()),
    Case("кан басымым бар", history={"hypertension"}),
    Case("бруцеллез менен ооругам", present=set(), history={"brucellosis"}),
    # Temperature
    Case("температурам отуз сегиз жарым", present={"fever"}, temperature=38.5),
    Case("ысытмасы отуз тогуз бүтүн эки", present={"fever"}, temperature=39.2),
    Case("температурам нормалдуу", present=set()),
    # Allergies and medicines
    Case("пенициллинге аллергиям бар башка дарыга аллергиям жок", allergies={"青霉素", "-未指明"}),
    Case("мен анальгинге аллергиям бар ичсем бөртүп чыгам", allergies={"安乃近"}, present=set()),
    Case("мен аспиринди көтөрө албайм", allergies={"阿司匹林"}, present=set()),
    Case("метформин ичем күнүнө эки жолу беш жүз миллиграмм", medications={"二甲双胍 500mg 每日2次"}),
    Case("күнүнө үч маал парацетамол ичип жүрөм", medications={"对乙酰氨基酚 每日3次"}),
    # Pregnancy
    Case("отуз эки жумалык кош бойлуумун астыман кан кетип жатат", weeks=32, present={"vaginal_bleeding"}),
    Case("төрт айлык кош бойлуумун жүрөгүм айнып жатат", months=4, present={"nausea"}, durations={}),
    Case("ичимдеги бала кыймылдабай калды", present={"absent_fetal_movement"}),
    # Sentences of other speakers: idioms that are no symptom, joined denials, ages in months, spoken decimals
    Case("кызым эки айлык үч күндөн бери эмчек эмбейт ыйлай берет", complaint="拒奶、哭闹不安3天"),
    Case("уулум эки жарым жашта кечээ кечтен бери кусуп ичи өтүп жатат", complaint="呕吐、腹泻1天", sides={}),
    Case("балам беш жашта кулагы ооруйт оң кулагынан ириң агат", complaint="右耳痛、右耳流脓"),
    Case("ичим өткөн жок кускан да жокмун жүрөгүм айланат", present={"nausea"}, denied={"diarrhea", "vomiting"}),
    Case("ысытмам барбы жокпу билбейм ченеген жокмун", present=set(), uncertain={"fever"}, uncovered=[]),
    Case("эки күн мурун ичим өттү азыр өтпөйт", present=set(), denied=set(), past={"diarrhea"}),
    Case("ичкен дарымдын аты эсимде жок басымдын дарысы", present=set(), medications={"降压药"}),
    Case("ысытмам отуз сегиз бүтүн ондон төрт", present={"fever"}, temperature=38.4),
    Case("аспирин иче албайм аллергиям бар", allergies={"阿司匹林"}, uncovered=[]),
    Case("төртүнчү айымда боюмда бар ичим тартып ооруйт", months=4, present={"abdominal_pain"}),
    Case("чайнек оодарылып балабыз күйдү", present={"scald"}, uncovered=[]),
    Case("ит тиштеп алды колумду", complaint="手犬咬伤", flags={"dog_bite"}),
    Case("тамеки чекпейм насвай тартпайм арак ичпейм", history={"-smoking", "-nasvai", "-drinking"}),
    Case("заарам ылайланып чыгат", present={"cloudy_urine"}),
    Case("апамдын көзү көрбөй калган атам жүрөгүнөн ооруп өлгөн", present=set(), family_history={"heart_disease"}),
    Case("балам башымды оорутту такыр тил албайт", present=set(), uncovered=[]),
    # Emergencies
    Case("капысынан сол колу буту иштебей сүйлөй албай калды", present={"hemiparesis", "aphasia"}, flags={"stroke"}),
    Case("мештин ышы тийип башыбыз ооруп кусуп жатабыз", present={"carbon_monoxide_poisoning", "headache", "vomiting"}),
    Case("өлгүм келет жашагым келбейт", present={"suicidal_thoughts"}, flags={"suicide"}),
    Case("чоң дааратым кара кофедей кусуп жатам", present={"melena", "coffee_ground_vomit"}),
    # Other ways of saying it: whole idioms, nominal forms, recognisers' и for ы, dangers in everyday words
    Case("калтырап этим күйүп жатат", present={"chills", "fever"}),
    Case("жөтөл чүчкүрүк мурундан суу агуу жок", present=set(), denied={"cough", "sneezing", "runny_nose"}),
    Case("кечээтен бери башим ооруп журогум айланат", present={"headache", "nausea"}),
    Case("ичим катуу ооруп жатат", present={"abdominal_pain"}, flags={"unbearable_pain"}),
    Case("мойнум катуу ооруйт", present={"neck_pain"}),
    Case("термометр отуз тогуз жарым көрсөттү", present={"fever"}, temperature=39.5),
    Case("наристем үч жумалык эти ысып эмбей койду", present={"fever", "poor_feeding"}, durations={}),
    Case("жыл айланып калды тизем ооруйт", durations={"knee_pain": "1年"}),
    Case("сол жагым жансыз тилим байланып калды", present={"hemiparesis", "slurred_speech"}, flags={"stroke"}),
    Case("жөтөлгөндө оозумдан кан келет", present={"hemoptysis"}, flags={"bleeding_airway_gut"}),
    Case("мындай баш оору болгон эмес", present={"headache"}, denied=set()),
    Case("козу карын жеп кусуп жатабыз", present={"mushroom_poisoning", "vomiting"}, flags={"poisoning"}),
    Case("түнкүсүн демим кыстыгып ойгонуп кетем", present={"nocturnal_dyspnea"}, flags={"dyspnea"}),
    Case("таяк менен башыма чапты", present={"head_injury"}, flags={"trauma"}),
    Case("чайнекти үстүнө төгүп алды", present={"scald"}, flags={"burn"}),
    Case("эс-учумду жоготкон жокмун", present=set(), denied={"syncope"}, flags=set()),
    Case("таптакыр жашоодон тажадым өлүп тынсам дейм", present={"suicidal_thoughts"}, flags={"suicide"}),
    Case("беш жолу тышка чуркадым ичим бузулду", present={"diarrhea"}),
    Case("Кечээ куссам кан чыкты.", present={"hematemesis"}, flags={"bleeding_airway_gut"}),
    Case("Бир жак денем иштебей калды.", flags={"stroke"}, present={"hemiparesis"}),
    Case("Үстүмө дубал урап түштү.", flags={"trauma"}, present={"crush_injury"}),
    Case("Колум комбайнга тартылып кетти.", flags={"trauma"}, present={"machinery_injury"}),
    Case("Уулум чөпкө чачуучу дарыны ичип койду.", flags={"poisoning"}, present={"pesticide_poisoning"}),
    Case("Кечээден бери заарам такыр жок.", flags={"urine"}, present={"anuria"}),
    Case("Ичим өлөрдөй ооруп жатат.", flags={"unbearable_pain"}, present={"abdominal_pain"}),
    Case("Энем капысынан катуу ооруду.", present={"testicular_pain"}),
    Case("Наристем шалдырап, ыйлабай жатат.", flags={"infant_danger"}),
    Case("Карыным ооруп жатат.", present={"stomach_pain"}),
    Case(
        "Ысытма, баш оору, кусуу, эч бири жок, ичим көөп турат.",
        denied={"fever", "headache", "vomiting"},
        present={"bloating"},
    ),
    Case("Кургак жөдөл кармап жүрөт.", present={"cough"}),
    Case("Он эки жумалык боюм бар.", present=set(), weeks=12),
    Case("Түнү төрт жолу заара кылганы турам.", present={"nocturia"}),
    Case("Башым катып калды бул иштен.", present=set()),
    Case("Чайым төгүлүп калды, кечирип коюңуз.", present=set(), flags=set()),
    Case("Бир жумадан бери жөтөлүп атам", present={"cough"}, family=set(), durations={"cough": "1周"}),
    Case("кургак жөтөлүп атам", present={"cough"}, family=set()),
    Case("Атам жөтөлүп атат", present=set(), family={"cough"}),
    Case(
        "Бала ичимде кыймылдабай калды кечээтен бери",
        present={"absent_fetal_movement"},
        onsets={"absent_fetal_movement": "昨天"},
    ),
    Case("суу ичип кана албайм", present={"thirst"}),
    Case("табарсыгы толуп кетти", present={"urinary_retention"}),
    Case("алысты көрбөй калдым", present={"decreased_vision"}, flags=set()),
    Case("тиш эттерим шишип ооруйт", present={"gum_swelling", "gum_pain"}),
    Case("Колумдун териси түлөп жатат", present={"hand_peeling"}),
    Case("ысытмам бар го дейм", uncertain={"fever"}),
    Case("Үч күндөн кийин той, жөтөлөм", present={"cough"}, durations={}),
    Case("кулагым уңулдабайт", denied={"tinnitus"}),
    Case("баш оорубайт, моюнум кармап калды жаздыктан", present={"stiff_neck"}, onsets={}),
    Case("көзүмө чымын учат", present={"eye_floaters"}),
]

EVERYDAY = [
    "бүгүн күн ысык болот экен",
    "кечээ жамгыр жаады",
    "кой канча сом болду базарда",
    "уулум үйлөнүп жатат тойго барабыз",
    "алтынчы этажга кантип чыгам",
    "ат минип келдим",
    "койлорду жайлоого айдадык",
    "кыргыз тилинде сүйлөйсүзбү",
    "башка доктор барбы",
    "үйдө жети бала бар",
    "эттин баасы көтөрүлдү",
    "паспортумду унутуп калдым",
    "менин үйүм бул жерден алыс",
    "жолдошум чөп чаап жүрөт",
    "чай ичип алайын",
    "күйөөм шаарда иштейт",
    "балам мектепке барат",
    "акча жок болуп калды",
    "бүгүн жума күнү базар болот",
    "үч күндөн кийин кайра келем деди",
    "тентек баламдын кылганына ичим күйөт",
    "уулумду күтүп көзүм төрт болду",
    "бул киши менин коңшум эмес",
    "убактым жок кийин келем",
    "дары чөп терип жүрүп кечиктим",
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_understood(case: Case) -> None:
    check("ky", case)


@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_talk_gives_no_findings(text: str) -> None:
    check("ky", Case(text, present=set(), denied=set(), past=set(), uncertain=set(), history=set(), allergies=set()))
