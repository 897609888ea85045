"""What people at a clinic say of relatives, times, doses, sides: one rule a group, in several languages."""

from __future__ import annotations

import pytest

from tests.understanding import Case, check

CASES = [
    # A length of time closed by its own verb ends what it is told of.
    ("zh", Case("胸口疼像石头压着半个钟头了出了一身冷汗", durations={"chest_pain": "半小时"})),
    ("zh", Case("拉的屎黑得跟柏油一样三天了头也晕", durations={"melena": "3天"})),
    (
        "kk",
        Case(
            "қызымның тұла бойына бөртпе шықты күлбірек су толған, үш күн болды, қыши береді",
            durations={"whole_body_rash": "3天", "whole_body_blister": "3天"},
        ),
    ),
    # A time alone between two complaints is the first one's.
    (
        "en",
        Case(
            "vomiting and diarrhea, since yesterday, my mouth is dry", onsets={"vomiting": "昨天", "diarrhea": "昨天"}
        ),
    ),
    # A sweat that breaks out has no time of its own beside a pain.
    ("mn", Case("Цээж өвдөөд хүйтэн хөлс цутгаад байна, хагас цаг болж байна.", durations={"chest_pain": "半小时"})),
    # A verb that goes on ends before the time of the next one.
    ("ug", Case("چىشىم ئاغرىپ ئاخشام كىرپىك قاقمىدىم", onsets={"insomnia": "昨晚"})),
    # The day of the visit is no beginning.
    ("ky", Case("бүгүн ийним үчүн келдим, ооруйт", onsets={})),
    # "Sudden" is said of what stands on its side of "and".
    ("en", Case("My arm went numb all of a sudden and my leg is weak", present={"arm_numbness", "leg_weakness"})),
    # A relative of whom the scene is set is told of in the next clause.
    ("tr", Case("Annem sabah kalktı, ağzı yamulmuş, konuşamıyor.", family={"facial_droop", "aphasia"}, present=set())),
    (
        "ru",
        Case(
            "Муж утром встал — рот перекосило и говорит непонятно",
            family={"facial_droop", "slurred_speech"},
            present=set(),
        ),
    ),
    # One whose death is named is not.
    (
        "tg",
        Case(
            "Аз марги шавҳарам баъд хоб надорам, ҳамеша гиря мекунам.",
            present={"insomnia", "crying_spells"},
            family=set(),
        ),
    ),
    ("uz", Case("Erim vafotidan keyin uyqum yo'q", present={"insomnia"}, family=set())),
    # The one who nurses is the mother who speaks, and her chest the breast.
    ("ky", Case("Балам эки айлык, эмизип атам", history={"breastfeeding"})),
    ("uz", Case("Emizyapman, o'ng ko'kragim qizarib shishib ketdi", present={"breast_redness", "breast_swelling"})),
    ("zh", Case("生完孩子二十天，发烧，乳房胀痛", durations={})),
    ("ur", Case("دودھ پلاتی ہوں، چھاتی سخت ہو گئی ہے، بائیں طرف۔", present={"breast_hardening"})),
    # What was not mine is denied without its name, and only that.
    ("zh", Case("我大有高血压我妈得过脑梗我自己血压倒不高", history={"-hypertension"})),
    ("ur", Case("میری امی کو شوگر ہے مجھے نہیں ہے", history={"-diabetes"}, family_history={"diabetes"})),
    # A bare number behind a tablet's name is its strength; beside a fever its degrees.
    ("tg", Case("метформини 850-ум, рӯзе ду дона", medications={"二甲双胍 850mg 每日2次"})),
    ("en", Case("I take metformin, 500, twice a day", medications={"二甲双胍 500mg 每日2次"})),
    ("en", Case("I have taken metformin for 10 years", medications={"二甲双胍"})),
    ("tg", Case("Бачаам таб дорад, 39, чизе намехӯрад", temperature=39.0)),
    ("ur", Case("رات سے ایک سو دو بخار ہے", temperature=38.9)),
    # What one does not bear, and what one does.
    (
        "en",
        Case(
            "Penicillin's fine with me, but aspirin, no, I can't have it, I'm allergic.",
            allergies={"-青霉素", "阿司匹林"},
            medications=set(),
        ),
    ),
    ("tg", Case("Аспирин аз ман намегузарад, вале пенитсиллинро мебардорам.", allergies={"阿司匹林", "-青霉素"})),
    ("uz", Case("Aspirin menga to'g'ri kelmaydi, ichmayman.", allergies={"阿司匹林"}, medications=set())),
    ("zh", Case("青霉素不过敏，头孢不行，头孢过敏。", allergies={"-青霉素", "头孢菌素类"}, medications=set())),
    # An organ that is named again with its side; two fingers are not both sides.
    ("uz", Case("Qulog'im shang'illaydi, asosan o'ng qulog'im.", sides={"tinnitus": "右"})),
    (
        "ug",
        Case(
            "كۆزۈم قىزىرىپ قىچىشىۋاتىدۇ، ياش توختىمايدۇ، ئىككى كۆزۈملا شۇنداق",
            sides={"eye_redness": "双侧", "eye_itching": "双侧", "watery_eyes": "双侧"},
        ),
    ),
    ("zh", Case("机器把右手两根指头给绞断了", sides={"amputation_injury": "右"})),
    ("ur", Case("دونوں ہاتھوں کی انگلیاں سن ہو جاتی ہیں", sides={"finger_numbness": "双侧"})),
    # Stiff joints in the morning have a name; the rash of the trunk itches the skin.
    ("zh", Case("一变天浑身关节疼，早起发僵", present={"joint_pain", "morning_stiffness"})),
    ("zh", Case("脊背上起了一片红疹子痒得不行", present={"back_rash", "skin_itching"})),
    # "Not … and" ends the denial; a dry cough in a list of what is not there is a cough; "only" begins anew.
    ("ru", Case("я не мерил и ломает всего", present={"body_aches"}, denied=set())),
    ("en", Case("I've got a cough but no fever, no phlegm, nothing like that.", present={"cough"}, denied={"fever"})),
    ("tr", Case("midem bulanmıyor kusmuyorum sadece karnım şişiyor", present={"bloating"})),
    # Bleeding in a pregnancy that is told in weeks; weeks before months.
    ("tr", Case("On iki haftalık hamileyim, kanama yok.", denied={"vaginal_bleeding"}, weeks=12)),
    (
        "ug",
        Case("ھامىلدار بولغىلى يەتتە ئاي بولدى دوختۇر 30 ھەپتە دېدى بۈگۈن ئەتىگەندىن بېرى بالا مىدىرلىمىدى", weeks=30),
    ),
]


@pytest.mark.parametrize(("language", "case"), CASES, ids=lambda value: value if isinstance(value, str) else value.id)
def test_clinic(language: str, case: Case) -> None:
    check(language, case)
