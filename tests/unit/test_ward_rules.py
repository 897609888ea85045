"""What people tell on a ward in little stories: places named before, a child's objects, "too", periods, births."""

from __future__ import annotations

import pytest

from tests.understanding import Case, check

CASES = [
    # A space between Chinese words is a pause; one in a written-out list of words is not.
    ("zh", Case("大前天起胳膊上出疹子 咳嗽", onsets={"arm_rash": "大前天"}, present={"arm_rash", "cough"})),
    ("zh", Case("头疼 三天 了", durations={"headache": "3天"})),
    # The place of a pain was named in a sentence of its own; not where it is another's, or another place is named.
    (
        "en",
        Case("It is my wrist. I pruned the vines on Monday and it has been aching ever since.", present={"wrist_pain"}),
    ),
    ("en", Case("Pain. In my wrist.", present={"pain"})),
    ("en", Case("They looked at my wrist and my ankle. It aches.", present={"pain"})),
    # What a child did with a relative's things is told of the child.
    (
        "zh",
        Case(
            "孙女把她奶奶的除草剂喝了一口，现在叫不醒",
            present={"pesticide_poisoning", "loss_of_consciousness"},
            family=set(),
        ),
    ),
    # A sentence that says only when it began is said of all before it.
    (
        "en",
        Case(
            "My throat is sore, and I cough. It started two days ago, after the fair.",
            onsets={"sore_throat": "2天前", "cough": "2天前"},
        ),
    ),
    # A length of time said of one thing that happened is none of the others'.
    ("en", Case("I fell from the roof and fainted for two minutes", durations={"syncope": "2分钟"})),
    # The side of an organ goes on to what only its name implies.
    ("zh", Case("右眼又疼又痒，一吹风就流眼泪", sides={"eye_pain": "右", "eye_itching": "右", "watery_eyes": "右"})),
    # An operation that names nothing is that of the illness in the clause before, where it was done.
    ("zh", Case("得过疝气，在县医院动的手术", history={"hernia_repair"})),
    ("uz", Case("Churram bor, operatsiya bo'lmaganman", history={"hernia", "-surgery"})),
    # "Too" says of a substance what was said of the one before.
    ("ru", Case("На яйца у меня аллергия, и на орехи тоже.", allergies={"鸡蛋", "坚果"})),
    ("ru", Case("На яйца аллергии нет, и на орехи тоже.", allergies={"-鸡蛋", "-坚果"})),
    # A substance alone before "not allergic" is what is not.
    ("zh", Case("大夫，青霉素我打过，不过敏", allergies={"-青霉素"}, medications=set())),
    # The chest that hurts before a period is the breast, unless the pain goes into the arm.
    ("ru", Case("Перед месячными грудь болит", present={"breast_pain"})),
    ("ru", Case("Месячные идут, грудь болит и отдаёт в левую руку", present={"chest_pain"})),
    # Of an unborn child's mother nothing is a relative's.
    (
        "en",
        Case(
            "I'm thirty weeks pregnant, the baby hardly kicks, no bleeding.", denied={"vaginal_bleeding"}, family=set()
        ),
    ),
    # How bad it is is said of its own clause, wherever the time stands; before a word that is not understood, of that.
    ("ky", Case("Белим катуу ооруйт, муздак тер басты, эки саат болду.", severities={"low_back_pain": "重"})),
    ("en", Case("My shoulder aches since May, and terribly blorgs", severities={})),
    # "Suddenly" in the middle of one clause is that one's.
    ("ru", Case("Нога вдруг онемела, и тошнит", present={"leg_numbness", "nausea"})),
    # A point in time goes no further than its clause; a beginning does.
    ("ru", Case("Вчера днём меня вырвало, и понос.", onsets={"vomiting": "昨天"})),
    ("mn", Case("Өчигдрөөс ханиалгаад, хамар битүүрээд байна.", onsets={"cough": "昨天", "blocked_nose": "昨天"})),
    # A dose right before a medicine's name is that one's, not that of the clause before.
    ("en", Case("I take a statin, ten milligrams of enalapril daily", medications={"降脂药", "依那普利 10mg 每日1次"})),
    # The time of its own clause comes before that of another.
    ("ru", Case("Вчера смеялись, а сегодня колено болит", onsets={"knee_pain": "今天"})),
    # What is told of a wife who is pregnant goes on about her.
    ("zh", Case("我媳妇怀孕七个月了，脚肿", family={"foot_swelling"}, present=set())),
]


@pytest.mark.parametrize(("language", "case"), CASES, ids=lambda value: value if isinstance(value, str) else value.id)
def test_ward(language: str, case: Case) -> None:
    check(language, case)
