"""Which finding a time belongs to: in several languages."""

from __future__ import annotations

import pytest

from tests.understanding import Case, check

CASES = [
    # A duration at the head of a sentence stops at the comma; a new subject has its own time.
    ("ug", Case("بەش كۈندىن بېرى چوڭ تەرەت قىلالمىدىم، قورسىقىم كۆپۈپ كەتتى", durations={"constipation": "5天"})),
    ("en", Case("for three days I have had a cough, I have a headache", durations={"cough": "3天"})),
    ("tg", Case("Се рӯз боз ҳоҷатам сиёҳ аст, бемадор шудам", durations={"melena": "3天"})),
    # … unless the verb goes on.
    (
        "kk",
        Case("екі жылдан бері көзім қызарып, тамағым ауырады", durations={"eye_redness": "2年", "sore_throat": "2年"}),
    ),
    (
        "ug",
        Case(
            "بىر ھەپتىدىن بېرى جىنسىي يولۇم قىچىشىپ، ئاق كېلىۋاتىدۇ",
            durations={"vulvar_itching": "1周", "vaginal_discharge": "1周"},
        ),
    ),
    # Three things behind a duration are a list.
    (
        "ur",
        Case(
            "تین چار دن سے بائیں آنکھ لال ہے کھجلی ہوتی ہے اور پانی بہتا رہتا ہے",
            durations={"eye_redness": "3～4天", "eye_itching": "3～4天", "watery_eyes": "3～4天"},
        ),
    ),
    # A beginning is said of everything in its clause.
    ("ur", Case("کل سے ناک بہہ رہی ہے اور گلا دکھ رہا ہے", onsets={"runny_nose": "昨天", "sore_throat": "昨天"})),
    ("ru", Case("со вчерашнего дня болит горло и кашель", onsets={"sore_throat": "昨天", "cough": "昨天"})),
    # What happened has its own time, and no duration.
    ("tr", Case("bir saat önce ayağımdan yılan soktu şişiyor", onsets={"snake_bite": "1小时前"})),
    ("tr", Case("oğlum iki gündür topallıyor parkta düşmüş", durations={"limping": "2天"})),
    ("uz", Case("kecha kechqurun o'ng to'pig'im qayrilib ketdi, shishib turibdi", onsets={"sprain": "昨晚"})),
    # "Sometimes after twenty days" is no time since when.
    ("zh", Case("月经乱了，有时候二十天，有时候四十天", durations={})),
    # An age is no duration.
    ("tr", Case("Kızım yedi yaşında, hâlâ geceleri altını ıslatıyor", durations={})),
    ("uz", Case("Bolam olti oylik, qorni dam bo'ladi", durations={})),
    # Weeks beside bleeding below are the pregnancy's; "today" is how far she is.
    ("en", Case("28 weeks today and I'm bleeding down below", weeks=28, durations={}, onsets={})),
    # Side by side in one clause, only what is akin shares a length of time; a fever goes with anything.
    ("kk", Case("екі аптадан бері ұйқым келмейді тәбетім жоқ", durations={"insomnia": "2周"})),
    ("uz", Case("bolam uch kundan beri isitmalayapti ichi ketyapti", durations={"fever": "3天", "diarrhea": "3天"})),
    # A point in time reaches over a comma to what is akin alone.
    ("uz", Case("Bugun qon qusdim, boshim og'riyapti", onsets={"hematemesis": "今天"})),
    # "Spots come out and it itches": the verb of the spots goes on.
    ("kk", Case("кешеден бері мойныма бөртпе шығып қышып жүр", onsets={"neck_rash": "昨天", "neck_itching": "昨天"})),
    # What is said of a finding is nearest to its words, wherever its time stands.
    ("ky", Case("Белим катуу ооруп жатат, муздак тер чыкты, бир саат болду", severities={"low_back_pain": "重"})),
    ("uz", Case("bo'ynimga toshma chiqdi juda qichiydi ikki kun bo'ldi", severities={"neck_itching": "重"})),
    # A severity of a word that is not understood is not the finding's.
    ("uz", Case("Yozdan beri darmonim yo'q, ozgina ketmon chopsam ham terga botaman", severities={})),
]


@pytest.mark.parametrize(("language", "case"), CASES, ids=lambda value: value if isinstance(value, str) else value.id)
def test_timing(language: str, case: Case) -> None:
    check(language, case)
