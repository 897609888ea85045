"""Several findings of one thing, what stands without a place, sites beside a finding: in several languages."""

from __future__ import annotations

import pytest

from tests.understanding import Case, check

CASES = [
    # Blood in what is vomited or coughed up, said in two clauses, is one finding.
    ("en", Case("I've been sick twice and it was nothing but blood", present={"hematemesis"})),
    ("uz", Case("Bugun ertalab qusdim, laxta-laxta qon keldi", present={"hematemesis"})),
    ("ug", Case("ھېلى قۇسقان ئىدىم، يېرىم چىلاپچا قان كەلدى", present={"hematemesis"})),
    ("tg", Case("Ду рӯз боз сулфам хун меорад", present={"hemoptysis"}, durations={"hemoptysis": "2天"})),
    # A cough that bleeds since yesterday is still a cough of two weeks.
    (
        "en",
        Case(
            "I have been coughing for two weeks, since yesterday I cough up blood",
            present={"cough", "hemoptysis"},
            durations={"cough": "2周"},
        ),
    ),
    # What comes on an occasion is named by it, and so is its denial.
    ("bo", Case("གཅིན་པ་གཏོང་དུས་ཁྲག་ཐོན་གྱི་འདུག", present={"hematuria"})),
    ("bo", Case("གློ་རྒྱབ་ན་ཁྲག་ཐོན་གྱི་འདུག", present={"hemoptysis"})),
    ("bo", Case("གཅིན་པ་གཏོང་དུས་ན་གི་མི་འདུག", denied={"dysuria"}, present=set())),
    # "Often" behind a burning urine, and burning behind a frequent one, are told of the urine.
    ("ru", Case("Больно мочиться, и часто", present={"dysuria", "frequent_urination"})),
    ("mn", Case("шээс ойр ойрхон хүрээд, хорсоод байна", present={"dysuria", "frequent_urination"})),
    ("kk", Case("Жиі-жиі зәр шығарамын, ашымайды", present={"frequent_urination"}, denied={"dysuria"})),
    ("en", Case("It often burns when I pee", present={"dysuria"})),
    # Weakness alone is fatigue; a quality without a place says nothing beside something else.
    ("ru", Case("нет аппетита, слабость", present={"loss_of_appetite", "fatigue"})),
    ("ur", Case("اب بس کمزوری ہے", present={"fatigue"})),
    ("kk", Case("Қан түкіріп жөтелемін, орамалым қып-қызыл", present={"hemoptysis"})),
    ("tr", Case("Bu çocuklar iliğimi kemiğimi kuruttu", present=set())),
    # The general finding hands its place to the exact one.
    ("kk", Case("Екі жасар қызым қайнап тұрған шайды үстіне төңкеріп алып, кеудесі күйіп қалды", present={"scald"})),
    ("ky", Case("баламдын үстүнө кайнап турган чай төгүлүп кетти көкүрөгү күйүп калды", present={"scald"})),
    # A site in a clause of its own belongs to the finding beside it.
    ("mn", Case("Могой хатгачихлаа! Хадлан дээр явж байтал баруун шагайгаар.", sides={"snake_bite": "右"})),
    ("ky", Case("Кулагым шуулдайт, сол кулагым", sides={"tinnitus": "左"})),
    ("bo", Case("སོ་ན་གི་འདུག གཡོན་ཕྱོགས་ཀྱི་འགྲམ་སོ་འདི།", sides={"toothache": "左"})),
    (
        "en",
        Case(
            "Little black specks drifting about in my left eye, floaters they called them", sides={"eye_floaters": "左"}
        ),
    ),
    # What the skin has may be anywhere; a site among a finding's own words is its place.
    ("en", Case("boil on my neck came up three days ago", complaint="颈疖肿3天")),
    ("ru", Case("чирей под мышкой справа", sides={"boil": "右"})),
    ("uz", Case("o'ng to'pig'im qayrilib ketdi", present={"sprain"}, sides={"sprain": "右"})),
    # An unknown word may name the place, so that the one before is not meant.
    (
        "en",
        Case(
            "my head does not hurt, only my wossit hurts", denied={"headache"}, present={"pain"}, uncovered=["wossit"]
        ),
    ),
    ("zh", Case("疼倒不疼", denied={"pain"}, present=set())),
    # A clause may leave out the site of the one before.
    ("kk", Case("Басым ауырмайды, айналмайды да", denied={"headache", "dizziness"}, present=set())),
    ("uz", Case("boshim og'rimaydi, aylanmaydi", denied={"headache", "dizziness"}, present=set())),
    ("tg", Case("Чашми чапам сурх шуда, об мерезад", present={"eye_redness", "watery_eyes"})),
    ("uz", Case("Ikki hafta oldin ichim ketgandi, o'tib ketdi", past={"diarrhea"}, present=set())),
    # Said, and denied with its own verb.
    ("ru", Case("глаз болеть не болит, но чешется", denied={"eye_pain"}, present={"eye_itching"})),
    ("ru", Case("тошнить не тошнит", denied={"nausea"}, present=set())),
    # It was so; now it is not.
    (
        "ky",
        Case("Былтыр кышында белим аябай ооруган, азыр оорубайт", past={"low_back_pain"}, denied=set(), present=set()),
    ),
    # What is not there has no side.
    ("uz", Case("O'ng ko'zim qizargan, og'rimaydi", denied={"eye_pain"}, sides={"eye_redness": "右"})),
    ("bo", Case("རྐང་པ་གཉིས་ཀ་སྐྲངས་འདུག་ན་གི་མི་འདུག", denied={"leg_pain"}, sides={"leg_swelling": "双侧"})),
    # What it is like did not happen.
    ("kk", Case("кенеттен ішім пышақ сұққандай ауырып кетті", present={"abdominal_pain"})),
    ("tr", Case("Topuğum ağrıyor. Sabah bastığımda çivi batar gibi.", present={"heel_pain"})),
    ("bo", Case("བྲང་ཁོག་གཡོན་ཕྱོགས་ལ་གྲི་བརྒྱབ་པ་ནང་བཞིན་ན་གི་འདུག", present={"chest_pain"})),
    ("en", Case("it hurts as if I was stabbed in the chest", present={"chest_pain"})),
    # … but a fit is told by what it is like.
    ("uz", Case("Butun tanam tutqanoqdek tortishib qoldi", present={"seizure"})),
    # Blood in pregnancy is from the womb.
    ("tg", Case("Ҳомила ҳастам, хун намеравад", denied={"vaginal_bleeding"})),
]


@pytest.mark.parametrize(("language", "case"), CASES, ids=lambda value: value if isinstance(value, str) else value.id)
def test_joining(language: str, case: Case) -> None:
    check(language, case)
