"""What all languages say with closed classes: none of a list, never again, whether or not, to this but not to that."""

from __future__ import annotations

import pytest

from tests.understanding import Case, check

LIST = {"cough", "fever", "vomiting"}

NONE_OF_THEM = [
    ("en", "Cough, fever, vomiting, none of that."),
    ("zh", "咳嗽、发烧、呕吐这些都没有。"),
    ("ru", "Кашель, температура, рвота — ничего этого нет."),
    ("kk", "Жөтел, қызу, құсу ештеңе жоқ."),
    ("ky", "Жөтөл, ысытма, кусуу эч бири жок."),
    ("ug", "يۆتەل، قىزىتما، قۇسۇش ھېچقايسىسى يوق."),
    ("uz", "Yo'tal, isitma, qusish hech biri yo'q."),
    ("mn", "Ханиалга, халуун, бөөлжилт аль нь ч байхгүй."),
    ("bo", "གློ་དང་ཚ་བ་སྐྱུག་པ་གང་ཡང་མེད།"),
    ("tg", "Сулфа, таб, қайкунӣ ягонтааш нест."),
    ("ur", "کھانسی، بخار، الٹی کچھ بھی نہیں ہے"),
    ("tr", "Öksürük, ateş, kusma hiçbiri yok."),
]

NEVER_AGAIN = [
    ("en", "I fainted once as a child, never since."),
    ("zh", "小时候晕倒过一次，后来再没犯过。"),
    ("ru", "Обморок был ещё в школе, больше ни разу."),
    ("kk", "Бала кезімде бір рет есімнен танғанмын, содан кейін қайталанған жоқ."),
    ("ky", "Бала кезимде бир жолу эсимден танганмын, андан кийин кайталанган жок."),
    ("ug", "كىچىك ۋاقتىمدا بىر قېتىم ھوشۇمدىن كەتكەن، كېيىن قايتا بولمىدى."),
    ("uz", "Bolaligimda bir marta hushimdan ketganman, keyin bo'lmagan."),
    ("mn", "Багадаа нэг удаа ухаан алдаж байсан, түүнээс хойш давтагдаагүй."),
    ("bo", "ཆུང་དུས་ཐེངས་གཅིག་བརྒྱལ་མྱོང་། དེ་ནས་ཡང་བསྐྱར་བྱུང་མ་སོང་།"),
    ("tg", "Дар хурдсолӣ як бор аз ҳуш рафта будам, дигар нашудааст."),
    ("ur", "بچپن میں ایک بار بے ہوش ہوا تھا، پھر کبھی نہیں ہوا"),
    ("tr", "Çocukken bir kere bayılmıştım, bir daha olmadı."),
]

WHETHER_OR_NOT = [
    ("en", "I don't know whether he has a fever or not."),
    ("zh", "发没发烧我说不上。"),
    ("ru", "Есть ли температура, не знаю, не мерила."),
    ("kk", "Қызуы бар ма, жоқ па, айта алмаймын."),
    ("ky", "Ысытмам барбы, жокпу, билбейм."),
    ("ug", "قىزىتمام بارمۇ يوق بىلمەيمەن."),
    ("uz", "Isitmam bormi yo'qmi bilmayman."),
    ("mn", "Халуурч байгаа эсэхийг мэдэхгүй."),
    ("bo", "ཚ་བ་ཡོད་མེད་ཧ་གོ་གི་མི་འདུག"),
    ("tg", "Намедонам таб дорам ё не."),
    ("ur", "پتہ نہیں بخار ہے کہ نہیں"),
    ("tr", "Ateşim var mı yok mu bilmiyorum."),
]

ALLERGIC_TO_ONE = [
    ("en", "Penicillin I'm allergic to, aspirin does me no harm."),
    ("zh", "青霉素过敏，阿司匹林没事。"),
    ("ru", "На пенициллин аллергия, а аспирин переношу нормально."),
    ("kk", "Пенициллинге аллергиям бар, аспирин ештеңе етпейді."),
    ("ky", "Пенициллинге аллергиям бар, аспиринди көтөрөм."),
    ("ug", "پېنىتسىللىنغا سەزگۈرلۈكۈم بار، ئاسپىرىن ھېچنېمە قىلمايدۇ."),
    ("uz", "Penitsillinga allergiyam bor, aspirin hech narsa qilmaydi."),
    ("mn", "Пенициллинд харшилтай, аспирин зүгээр."),
    ("bo", "པེ་ནི་སི་ལིན་ལ་འཕྲོད་མི་འཕྲོད་ཡོད། ཨེ་སི་པི་རིན་ལ་སྐྱོན་མེད།"),
    ("tg", "Ба пенисиллин аллергия дорам, аспирин зиён надорад."),
    ("ur", "پینسلین سے الرجی ہے، اسپرین سے کچھ نہیں ہوتا"),
    ("tr", "Penisiline alerjim var, aspirin dokunmuyor."),
]


@pytest.mark.parametrize(("language", "text"), NONE_OF_THEM)
def test_none_of_a_list(language: str, text: str) -> None:
    check(language, Case(text, present=set(), denied=LIST))


@pytest.mark.parametrize(("language", "text"), NEVER_AGAIN)
def test_once_and_never_again(language: str, text: str) -> None:
    check(language, Case(text, present=set(), denied=set(), past={"syncope"}))


@pytest.mark.parametrize(("language", "text"), WHETHER_OR_NOT)
def test_whether_or_not(language: str, text: str) -> None:
    check(language, Case(text, present=set(), denied=set(), uncertain={"fever"}))


@pytest.mark.parametrize(("language", "text"), ALLERGIC_TO_ONE)
def test_allergic_to_one_and_not_to_the_other(language: str, text: str) -> None:
    check(language, Case(text, present=set(), allergies={"青霉素", "-阿司匹林"}, medications=set()))
