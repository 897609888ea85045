"""What people of county hospitals say of places, times, companions of a complaint: one rule a group."""

from __future__ import annotations

import pytest

from kiosk import findings, lexicon
from kiosk.encounter import Utterance
from kiosk.findings import background
from tests.understanding import Case, check

CASES = [
    # A medicine that is taken at one time of day is taken once a day, at two twice.
    ("en", Case("I take aspirin every evening", medications={"阿司匹林 每晚"})),
    ("en", Case("I take aspirin in the morning, once a day", medications={"阿司匹林 每天早晨"})),
    ("en", Case("I take metformin every morning and every evening", medications={"二甲双胍 每日2次"})),
    ("kk", Case("таңертең бір таблетка, кешке бір таблетка метформин ішем", medications={"二甲双胍 1片 每日2次"})),
    # A time or severity in a clause of words that are not understood is theirs.
    ("ky", Case("Ичим өтүп атат, кечээ тойдо казы жегенбиз", onsets={})),
    ("en", Case("The brambles were terrible, my knee is swollen", severities={})),
    ("en", Case("For two weeks we threshed barley, my eyes itch", durations={})),
    # But a length of time behind is of what was told before, and so is one "since" which it is.
    ("en", Case("My knee hurts, three weeks it doesn't let go", durations={"knee_pain": "3周"})),
    # A season is no beginning, unless it is "since".
    ("en", Case("In winter my hands itch", onsets={})),
    # Nothing behind "now" is of the time before it.
    ("en", Case("My knee hurt last month, now my hip hurts", onsets={"knee_pain": "上个月"})),
    # The skin of a place is that place; a rash on the skin has none.
    ("ky", Case("Бетимдин териси түлөп атат", present={"face_peeling"})),
    ("en", Case("There is a rash on my skin", present={"rash"})),
    # A finding whose own words hold its place hands it on.
    ("uz", Case("ko'zim yoshlanib qichishadi", present={"watery_eyes", "eye_itching"})),
    # All over a place is that place.
    ("en", Case("hives all over my back", present={"hives"})),
    # Lists of sites with commas, and of sites that an event has taken.
    ("en", Case("palms, soles, mouth have blisters", present={"palm_blister", "sole_blister", "mouth_blister"})),
    ("ru", Case("Оса за палец ужалила, рука отекла", present={"bee_sting", "arm_swelling"})),
    # A front tooth breaks though no mouth does; the nail that one treads on is of iron.
    ("en", Case("I broke my front tooth", present={"broken_tooth"})),
    ("en", Case("he trod on a nail, right foot", sides={"puncture_wound": "右"})),
    # What is denied without a place is what would come with it.
    ("zh", Case("拉肚子，没有血", present={"diarrhea"}, denied={"rectal_bleeding"})),
    ("en", Case("I am coughing, no bleeding", present={"cough"}, denied={"hemoptysis"})),
    ("en", Case("no vomiting, no bleeding", present=set(), denied={"vomiting", "bleeding"})),
    # A cough that only brings on something else.
    ("tr", Case("Öksürünce belim ağrıyor", present={"low_back_pain"})),
    # An arm that cannot be lifted because the shoulder hurts is no stroke; without a pain it is one.
    ("en", Case("My shoulder hurts and my arm is weak", present={"shoulder_pain"}, flags=set())),
    ("en", Case("My arm is weak", present={"arm_weakness"}, flags={"stroke"})),
    ("en", Case("Suddenly my shoulder hurts and my arm is weak", flags={"stroke"})),
    # Sprayed poison, and what it does.
    ("en", Case("I was spraying pesticide and now I'm vomiting", flags={"sprayed_poison"})),
    # "Formerly" is said of the next clause where its own tells nothing; "no cough now" denies.
    ("ru", Case("Раньше, когда пил, голова болела", past={"headache"}, present=set())),
    ("ru", Case("Кашля сейчас нет", denied={"cough"}, past=set())),
    ("ru", Case("Зимой был кашель, сейчас нет", past={"cough"}, denied=set())),
    # A helping verb is no father; "my" before a relative is not the speaker.
    ("ky", Case("калтырап атам, башым ооруйт", family=set())),
    ("ky", Case("атам калтырайт", present=set())),
    # Weeks of pregnancy are told by a bleeding beside them.
    ("en", Case("Twenty six weeks and I am bleeding", weeks=26, present={"vaginal_bleeding"})),
    # Another place that stands alone has what was told of the first.
    ("en", Case("My wrist hurts, my elbow too.", present={"wrist_pain", "elbow_pain"})),
    ("en", Case("My newborn is nine days old and jaundiced", flags={"newborn_jaundice"})),
    # The lid of the left eye is a left one; much blood of a period is no other.
    ("tr", Case("Sol gözümde arpacık çıktı", sides={"stye": "左"})),
    ("en", Case("My period hurts and the bleeding is terrible", flags=set())),
    # The verb of being ill is no pain; ten and two are not twelve where twelve has its own word.
    ("ru", Case("Малярией в армии болел", present=set(), past=set(), history={"malaria"})),
    ("ru", Case("эналаприл десять два раза в день", medications={"依那普利 每日2次"})),
]


@pytest.mark.parametrize(("language", "case"), CASES, ids=[f"{language}-{case.id}" for language, case in CASES])
def test_understood(language: str, case: Case) -> None:
    check(language, case)


def test_months_are_weeks_where_the_weeks_were_asked_for() -> None:
    words = lexicon.load("en")
    for question, weeks in (("complaint", None), (background.WEEKS_ASKED, 28)):
        said = Utterance(id="u1", text="seven months pregnant", language="en", mode="text", question=question)
        told = findings.extract([said], words).pregnancy
        assert told is not None
        assert (told.status, told.weeks) == ("present", weeks)
