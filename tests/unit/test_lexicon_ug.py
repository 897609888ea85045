"""Uyghur sentences and the facts that must be read from them."""

from __future__ import annotations

import pytest

from tests.understanding import Case, check

CASES = [
    Case(
        "ئۈچ كۈندىن بېرى بېشىم ئاغرىۋاتىدۇ قىزىتمام يوق يۆتەلمۇ يوق",
        complaint="头痛3天",
        present={"headache"},
        denied={"fever", "cough"},
    ),
    Case("بېشىم ئاغرىيدۇ لېكىن كۆڭلۈم ئاينىمايدۇ قۇسمىدىم", present={"headache"}, denied={"nausea", "vomiting"}),
    Case(
        "قىزىتمام يۆتىلىم بۇرنۇمدىن سۇ ئېقىش يوق",
        complaint="",
        present=set(),
        denied={"fever", "cough", "runny_nose"},
    ),
    Case("قىزىتما يۆتەل ۋە باش ئاغرىقى يوق", present=set(), denied={"fever", "cough", "headache"}),
    Case("باش ئاغرىقى قۇسۇش ئىچ سۈرۈش يوق", denied={"headache", "vomiting", "diarrhea"}),
    Case("قىزىتما يوق لېكىن باش ئاغرىقى بار", present={"headache"}, denied={"fever"}),
    Case("قىزىتمام يوق لېكىن يۆتىلىمەن", present={"cough"}, denied={"fever"}),
    Case(
        "قورسىقىمنىڭ ئوڭ ئاستى تەرىپى ئاخشامدىن بېرى قاتتىق ئاغرىۋاتىدۇ",
        present={"abdominal_pain"},
        onsets={"abdominal_pain": "昨晚"},
        severities={"abdominal_pain": "重"},
    ),
    Case("سول كۆكرىكىم سانجىپ ئاغرىيدۇ سول قولۇمغا تارقىلىدۇ", present={"chest_pain"}, sides={"chest_pain": "左"}),
    Case("ئوغلۇم ئىككى كۈندىن بېرى قىزىۋاتىدۇ ئوتۇز توققۇز گرادۇس", complaint="发热2天", temperature=39.0),
    Case("قىزىتمىسى ئوتۇز سەككىز يېرىم گرادۇس", present={"fever"}, temperature=38.5),
    Case("بالامنىڭ ئىچى سۈرۈۋاتىدۇ كۈنىگە ئون قېتىم سۇدەك", complaint="腹泻", present={"diarrhea"}),
    Case(
        "ئانامنىڭ قان بېسىمى يۇقىرى دىئابىت كېسىلىمۇ بار",
        present=set(),
        family_history={"hypertension", "diabetes"},
        history=set(),
    ),
    Case("دادام ئىنسۇلت بولغان", family_history={"stroke"}, history=set()),
    Case("ئۆتكەن يىلى بېشىم قاتتىق ئاغرىغان ھازىر ئاغرىمايدۇ", present=set(), past={"headache"}),
    Case("بۇرۇن يۈرىكىم ئاغرىيتتى ھازىر ئاغرىمايدۇ", present=set(), past={"chest_pain"}),
    Case("پېنىتسىللىنغا سەزگۈرلۈكۈم بار", allergies={"青霉素"}),
    Case("مەن تۇخۇم ۋە سۈتكە سەزگۈر", allergies={"鸡蛋", "牛奶"}),
    Case("كۈنىگە ئىككى قېتىم مېتفورمىن بەش يۈز مىللىگرام ئىچىمەن", medications={"二甲双胍 500mg 每日2次"}),
    Case("ئىنسۇلىن ئۇرۇمەن كۈنىگە ئۈچ قېتىم", medications={"胰岛素 每日3次"}),
    Case("قان بېسىم دورىسى ئىچىمەن كۈنىگە بىر تال", medications={"降压药 每日1次"}),
    Case(
        "ھامىلدار بولغىنىمغا يىگىرمە سەككىز ھەپتە بولدى بېشىم قېيىپ كۆزۈم خىرە كۆرىدۇ",
        present={"dizziness", "blurred_vision"},
        weeks=28,
    ),
    Case(
        "مەن ھامىلدارمەن تۆت ئاي بولدى قورسىقىمنىڭ ئاستى ئاغرىيدۇ جىنسىي يولۇمدىن قان كېلىۋاتىدۇ",
        present={"lower_abdominal_pain", "vaginal_bleeding"},
        weeks=16,
    ),
    Case("تۇيۇقسىز ھوشۇمدىن كەتتىم", complaint="突发晕厥"),
    Case("كېچىسى يۆتىلىپ ئۇخلىيالمايمەن", present={"cough", "insomnia"}),
    Case("بەلغىمىم سېرىق بەلغىمىمدە قان يوق", denied={"blood_in_sputum"}),
    Case(
        "تىزىم ئاغرىيدۇ ئىككى يىلدىن بېرى تىزىمنى پۈكەلمەيمەن",
        present={"knee_pain", "knee_limited_movement"},
        durations={"knee_pain": "2年"},
    ),
    Case("ئىككى پۇتۇم ئىششىپ كەتتى بىر ھەپتىدىن بېرى", complaint="双侧下肢肿胀1周"),
    Case("ئۆپكە ياللۇغى بولغان بولسام كېرەك بىلمەيمەن", present=set()),
    Case("تاماكا چەكمەيمەن ھاراق ئىچمەيمەن", history={"-smoking", "-drinking"}),
    Case(
        "بىر يېرىم ئايدىن بېرى ئورۇقلاپ كەتتىم ئىشتىھايىم يوق كېچىسى تەرلەيمەن",
        complaint="体重减轻、食欲减退、盗汗1个半月",
    ),
    Case("مەن قوي باقىمەن بۇغۇملىرىم ئاغرىيدۇ", present={"joint_pain"}, history={"livestock_contact"}),
    Case("بالامنىڭ تۇمشۇقى ئاقىدۇ قۇلىقى ئاغرىيدۇ", present={"runny_nose", "ear_pain"}),
    Case("كۆزۈم قىزىرىپ كەتتى قىچىشىدۇ ياش ئاقىدۇ", complaint="眼红、眼痒、流泪"),
    Case("كىچىك تەرەت قىلسام ئېچىشىدۇ پات پات سىيىمەن", present={"dysuria", "frequent_urination"}),
    Case(
        "ئاپام بۈگۈن ئەتىگەن يىقىلىپ چۈشۈپ سول پۇتى سۇنۇپ كەتتى",
        present=set(),
        family={"fall", "leg_fracture"},
        sides={"leg_fracture": "左"},
    ),
    Case("كۆكرىكىم سىقىلىپ يۈرىكىم ئويناپ كەتتى", complaint="胸闷、心悸"),
    Case("ئىككى قېتىم قان قۇستۇم", present={"hematemesis"}),
    Case("چوڭ تەرىتىم قارا", present={"melena"}),
    Case("ئۇخلىيالمايمەن ئۆلۈۋالغۇم كېلىدۇ", present={"insomnia", "suicidal_thoughts"}),
    Case("يېرىم يىلدىن بېرى قۇلىقىم ئاڭلىمايدۇ", complaint="听力下降半年"),
    Case("سوقۇر ئۈچىيىمنى ئالدۇرغان", history={"appendectomy"}),
    Case("بېشىم ئاغرىمايدۇ", present=set(), denied={"headache"}),
    Case("سول قولۇم ئۇيۇشۇپ گېپىم ئېنىق چىقمايدۇ يېرىم سائەت بولدى", complaint="左手麻木、言语不清半小时"),
    Case("ئىچىم قېتىپ قالدى تۆت كۈن بولدى", complaint="便秘4天"),
    Case("يىلان چاقتى ئوڭ پۇتۇمنى", present={"snake_bite"}, sides={"snake_bite": "右"}),
    Case(
        "ئۆيدە بىزنى ئىس تۇتۇپ قالدى بېشىم قېيىپ كۆڭلۈم ئاينىۋاتىدۇ",
        present={"carbon_monoxide_poisoning", "dizziness", "nausea"},
    ),
    Case("بوۋىقىم ئەممەيۋاتىدۇ قىزىيدۇ", present={"poor_feeding", "fever"}),
    Case("چىشىم ئىككى كۈندىن بېرى لوقۇلداپ ئاغرىيدۇ", complaint="牙痛2天"),
    Case("قۇلىقىمدىن يىرىڭ ئاقىدۇ ئوڭ تەرەپ", complaint="右耳流脓"),
    Case("بېشىم ئەمەس قورسىقىم ئاغرىيدۇ", present={"abdominal_pain"}),
    Case(
        "مېنىڭ يۈرىكىم ئاغرىيدۇ ئوڭ قولۇم ئۇيۇشىدۇ",
        present={"chest_pain", "hand_numbness"},
        sides={"hand_numbness": "右"},
    ),
    Case("نەپەس ئالالمايۋاتىمەن كۆكرىكىم قىسىلىپ كېتىۋاتىدۇ", present={"dyspnea", "chest_tightness"}),
    Case("مېنى ئىت چىشلىۋالدى", present={"dog_bite"}),
]

EVERYDAY = [
    "ھاۋا بۈگۈن بەك ئىسسىق",
    "قوي گۆشى قىممەت بولدى",
    "بالىلار مەكتەپكە كەتتى",
    "ياخشىمۇسىز دوختۇر ئەھۋالىڭىز قانداق",
    "ئەتە ئۈرۈمچىگە بارىمەن",
    "پۇل ئەۋەتىپ بەردىم",
    "بەش بالام بار",
    "ئۆيۈمىز يىراق",
    "ئاپتوبۇس كېچىكىپ قالدى",
    "بازارغا باردۇق قوي ساتدۇق",
    "بۇ يىل ھوسۇل ياخشى بولدى",
    "تويدا كۆپ ئادەم بار ئىدى",
    "قار ياغدى يول تېيىلغاق",
    "ئاكام ئۈرۈمچىدە ئىشلەيدۇ",
    "ئوتنى قويغا بەردۇق",
    "مەن ئۇيغۇرچە سۆزلەيمەن",
    "كىملىكىم ئۆيدە قالدى",
    "قانچە پۇل بولىدۇ",
    "ئىشىكنى ئېتىپ قويۇڭ",
    "كۆزلىرىم يولىغا تەلمۈردى ئەمدى كەلدى",
    "بالامنىڭ تويى بار",
    "باش باھاردا كەلدىم",
    "قولۇمدىن كەلمەيدۇ",
    "يۈز يۈئەن بەردىم",
    "چاي ئىچىپ ئولتۇردۇق",
    "بىر كالام نان يېدۇق",
    "يولدىشىم ساقلاۋاتىدۇ",
    "شامال چىقتى",
    "ئاغىنەم بىلەن كەلدىم",
    "تېلېفون قىلدىم",
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_understood(case: Case) -> None:
    check("ug", case)


@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_talk_gives_no_findings(text: str) -> None:
    check("ug", Case(text, present=set(), denied=set(), past=set(), family=set(), history=set(), allergies=set()))
