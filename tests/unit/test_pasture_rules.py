"""How strangers in the pastures tell things: the next clause's place, the same hand again, pills that were stopped."""

from __future__ import annotations

import pytest

from tests.understanding import Case, check

CASES = [
    # A pain whose place was told before does not take that of the next clause, which has a finding of its own.
    (
        "mn",
        Case(
            "Баруун бугуй минь хагас сар болж байна, аймаар өвдөж байна, зүү барихаар гар салганаад байдаг.",
            present={"wrist_pain", "hand_tremor"},
            sides={"wrist_pain": "右"},
        ),
    ),
    # A longer match that a time takes the words of hides the shorter one no longer: "гаран … хөл" is no "гар хөл".
    ("mn", Case("бэлхүүс маань өвдөөд сар гаран боллоо баруун хөл бадайраад байна", sides={"leg_numbness": "右"})),
    # A place that is named again keeps its side.
    (
        "en",
        Case(
            "my left hand got scalded, there are blisters on that hand",
            sides={"scald": "左", "hand_blister": "左"},
        ),
    ),
    # Not what a mother has as one.
    (
        "ky",
        Case(
            "Бала эмизип жүрөм, эже. Сол эмчегим шишип, ооруп калды, сүтүм да аз.",
            sides={"breast_swelling": "左", "breast_pain": "左"},
        ),
    ),
    # The side of one clause is not that of the next, which names its own.
    (
        "en",
        Case("my right eye is fine, but the left one's gone blurry", sides={"blurred_vision": "左"}),
    ),
    # What happened before "now" is no beginning of what is now.
    ("en", Case("we drove up to the pass yesterday and now I've a headache", present={"headache"}, onsets={})),
    # The years of a habit are the habit's.
    (
        "uz",
        Case("O'ttiz yil chekkanman, ertalab yo'talib balg'am tashlayman", present={"cough", "sputum"}, durations={}),
    ),
    # A burning behind a painful urine is that urine's; a denied blood behind it is blood in the urine.
    ("ug", Case("سىيگەندە ئېچىشىپ ئاغرىيدۇ", present={"dysuria"})),
    ("ky", Case("заара кылганда оорубайт кан да жок", present=set(), denied={"dysuria", "hematuria"})),
    # What is denied in one sentence lasts for no time of the next.
    ("ru", Case("Меня не тошнит. Недели две уже.", denied={"nausea"}, durations={})),
    # A bare number is a fever's degrees over words that are understood.
    ("ur", Case("بچے کو بخار چڑھا ہوا ہے، ناپا تو انتالیس نکلا۔", temperature=39)),
    # Who is named behind the verb is spoken to.
    (
        "ug",
        Case(
            "سول تەرەپتىكى ئېزىق چىشىم ئاغرىغىلى ئۈچ كۈن بولدى ئۇكام، مىلىكىممۇ ئىششىپ قالدى",
            present={"toothache", "gum_swelling"},
            family=set(),
        ),
    ),
    # Not a mother: whoever fainted is named behind the verb, too.
    ("ug", Case("ئەتىگەن بازاردا يىقىلىپ ھوشىدىن كەتتى ئاپام", present=set(), family={"syncope"})),
    # An accident was so long ago; what swells after it has not swollen for as long.
    (
        "ky",
        Case(
            "Уулумдун шыйрагын жылан чакты, отуз мүнөт болду, буту шишип баратат.",
            onsets={"snake_bite": "30分钟前"},
            durations={},
        ),
    ),
    (
        "tr",
        Case("Çocuk çamaşır suyu içti, on dakika oldu, koşun!", onsets={"caustic_ingestion": "10分钟前"}, durations={}),
    ),
    ("en", Case("I had a fit that lasted two minutes", durations={"seizure": "2分钟"})),
    # What was before "now" has not lasted until now.
    ("ky", Case("Кырк жылдай кой бактым, эми эки тизем кычырап турат.", present={"joint_clicking"}, durations={})),
    # The right chest of one who nurses is the breast; the left may be the heart.
    ("tg", Case("кӯдакамро сина медиҳам, синаи ростам дард мекунад", present={"breast_pain"}, flags=set())),
    # A side right before a finding with its own place is not that of the place before.
    (
        "ky",
        Case(
            "көкүрөгүм ооруганда сол колум уюйт",
            present={"chest_pain", "hand_numbness"},
            sides={"hand_numbness": "左"},
        ),
    ),
    # Lists in which each item has its "too" are denied whole; blood alone behind a diarrhoea is not.
    (
        "kk",
        Case("өзімде жөтел де, қақырық та, қан түкіру де жоқ", present=set(), denied={"cough", "sputum", "hemoptysis"}),
    ),
    ("tr", Case("iki gündür ishal, kan yok", present={"diarrhea"}, denied={"rectal_bleeding"})),
    # What joints do is done by the joint that was told of; a region goes to the place among a finding's own words.
    (
        "mn",
        Case("Зүүн өвдөг маань өвдөхгүй, хавдаагүй, зүгээр л шажигнаад байдаг болсон.", present={"joint_clicking"}),
    ),
    # A doubt reaches over a clause that says nothing of its own.
    ("kk", Case("Ыстығым бар ма, жоқ па, білмеймін, өлшеген жоқпын", present=set(), uncertain={"fever"}, denied=set())),
    # Who says that it is not he who is ill tells of the one he names, until he names himself.
    ("kk", Case("Ауырып жүрген мен емес, шалым ғой: екі тізесі ісіп кетті.", present=set(), family={"knee_swelling"})),
    (
        "bo",
        Case("ན་མཁན་ང་མ་རེད། ངའི་ཨ་མ་རེད། གློ་རྒྱག་ནས་ཟླ་བ་གཉིས་ཕྱིན་སོང་།", present=set(), family={"cough"}),
    ),
    (
        "ru",
        Case(
            "Это не у меня, это у мамы спина болит. А я только кашляю.",
            present={"cough"},
            family={"back_pain"},
        ),
    ),
    # In languages that quote word by word the one who is quoted speaks of himself.
    ("ky", Case("апам башым ооруйт дейт", present=set(), family={"headache"})),
    ("tr", Case("kocam başım ağrıyor diyor", present=set(), family={"headache"})),
    ("en", Case("my wife says my snoring is terrible", present={"snoring"}, family=set())),
    # One day beside a dose is "a day", not a length of time.
    ("zh", Case("如今光吃个缬沙坦，一天一片", medications={"缬沙坦 1片 每日1次"})),
    ("zh", Case("头疼一天，吃了一片阿司匹林", durations={"headache": "1天"}, medications={"阿司匹林 1片"})),
    # A medicine that was stopped is not taken, what is taken beside it is.
    ("en", Case("I was on warfarin, but they took me off it back in the spring", medications=set())),
    ("en", Case("I take aspirin and stopped the metformin", medications={"阿司匹林"})),
    ("en", Case("I stopped smoking and take aspirin", medications={"阿司匹林"}, history={"quit_smoking"})),
    ("en", Case("the bleeding stopped, I take aspirin", medications={"阿司匹林"})),
    ("ru", Case("Раньше капотен пила, да отменили, теперь никаких таблеток.", medications=set())),
    ("zh", Case("阿司匹林早停了，大夫叫停的，如今光吃个缬沙坦", medications={"缬沙坦"})),
    ("kk", Case("бұрын аспирин ішетінмін, дәрігер тоқтатты", medications=set())),
    (
        "ky",
        Case("мурда варфарин ичип жүргөм быйыл догдур токтотту азыр метопролол гана ичем", medications={"美托洛尔"}),
    ),
    (
        "ug",
        Case("بۇرۇن ئاسپىرىن ئىچەتتىم دوختۇر توختات دېگەن ئەمدى ئاتورۋاستاتىننىلا ئىچىمەن", medications={"阿托伐他汀"}),
    ),
    ("uz", Case("Kaptoprilni qo'yganman, menga yoqmadi, endi lozartan ichyapman", medications={"氯沙坦"})),
    ("mn", Case("Каптоприл урьд нь уудаг байсан, эмч больчих гэснээс хойш уугаагүй.", medications=set())),
    ("tg", Case("Аспирин пеш мехӯрдам, духтур манъ кард, ҳоло намехӯрам.", medications=set())),
    ("ur", Case("اومیپرازول پہلے کھاتی تھی، اب چھوڑ دی ہے۔", medications=set())),
    ("tr", Case("Eskiden kan sulandırıcı içerdim, doktor kesti; şimdi tansiyon hapı alıyom.", medications={"降压药"})),
    ("bo", Case("ཨེ་སི་པི་རིན་མཚམས་བཞག་པ་ཡིན", medications=set())),
]


@pytest.mark.parametrize(("language", "case"), CASES, ids=[f"{language}-{case.id}" for language, case in CASES])
def test_understood(language: str, case: Case) -> None:
    check(language, case)
