"""An answer is understood in the context of its question, in every language, and keeps its evidence."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kiosk import interview, lexicon, phrasebook, settings
from kiosk.answers import Answer
from kiosk.encounter import Mode, Utterance
from kiosk.findings import Facts
from kiosk.interview import replies

QUESTIONS = interview.load()
LANGUAGES = settings.load().site.languages


class Said:
    """Collects the answers of one patient."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.utterances: list[Utterance] = []
        self.answers: list[Answer] = []

    def phrase(self, question: str, *ids: str, values: Sequence[str] = (), mode: Mode = "tap") -> Said:
        texts = {phrase.phrase_id: phrase.text for phrase in phrasebook.load(self.language)}
        return self.words(question, *(texts[name] for name in ids), values=values, mode=mode)

    def words(self, question: str, *texts: str, values: Sequence[str] = (), mode: Mode = "transcript") -> Said:
        first = len(self.utterances) + 1
        new = [
            Utterance(id=f"u{number}", text=text, language=self.language, mode=mode, question=question)
            for number, text in enumerate(texts, start=first)
        ]
        self.utterances.extend(new)
        ids = tuple(utterance.id for utterance in new)
        self.answers.append(Answer(question=question, values=tuple(values), utterance_ids=ids))
        return self

    def facts(self) -> Facts:
        facts = replies.extract(self.utterances, self.answers, QUESTIONS, lexicon.load(self.language))
        said = {utterance.id: utterance.text for utterance in self.utterances}
        for evidence in (
            *(each.evidence for each in facts.findings),
            *(each.evidence for each in facts.allergies),
            *(each.evidence for each in facts.medications),
            *(each.evidence for each in facts.history),
        ):
            assert evidence
            for part in evidence:
                assert said[part.utterance_id][part.start : part.end] == part.text
        return facts


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_by_phrase_mean_the_same_in_every_language(language: str) -> None:
    """A table of the kinds of answers: yes, no, maybe, duration, number, place, worse, course, medicine, allergy."""
    said = Said(language)
    said.phrase("who", "who_child", values=("who_child",)).words("age", values=("3a",)).words("sex", values=("male",))
    said.phrase("complaint", "headache").phrase("since", "duration_3_days").phrase("how_bad", "severity_6")
    said.phrase("stiff", "answer_no").phrase("head_vomiting", "answer_yes").phrase("head_sight", "answer_maybe")
    said.phrase("belly_fever", "answer_unknown").phrase("arm", "answer_yes").phrase(
        "black_stool", "answer_not_any_more"
    )
    said.phrase("worse", "walking").phrase("better", "relieved_by_rest").phrase("course", "worsening")
    said.phrase("medicines", "medicine_aspirin").phrase("allergies", "allergy_penicillin")
    said.phrase("illnesses", "hypertension")
    facts = said.facts()
    headache = facts.findings[0]
    assert (headache.code, headache.status, headache.nrs, headache.course) == ("headache", "present", 6, "加重")
    assert headache.duration is not None
    assert (headache.duration.value, headache.duration.unit) == (3, "d")
    assert (headache.aggravating, headache.relieving) == (("行走时",), ("休息后缓解",))
    assert headache.radiation == ("左上肢",)
    assert len({part.utterance_id for part in headache.evidence}) == 7  # complaint and six answers about it
    others = {(finding.code, finding.status, finding.when) for finding in facts.findings[1:]}
    assert others == {
        ("stiff_neck", "denied", "current"),
        ("vomiting", "present", "current"),
        ("blurred_vision", "uncertain", "current"),
        ("melena", "present", "past"),
    }  # "I do not know" states nothing
    assert [medicine.name for medicine in facts.medications] == ["阿司匹林"]
    assert [(allergy.substance, allergy.status) for allergy in facts.allergies] == [("青霉素", "present")]
    assert [(item.code, item.status) for item in facts.history] == [("hypertension", "present")]
    assert (facts.person.reporter, facts.person.age_years, facts.person.sex) == ("parent", 3.0, "male")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("phrase", "expected"), [("answer_yes", "present"), ("answer_no", "denied")])
def test_yes_and_no_that_were_written_down(language: str, phrase: str, expected: str) -> None:
    """An open transcript of the language's own yes or no, with the full stop that recognisers like to put."""
    text = next(each.text for each in phrasebook.load(language) if each.phrase_id == phrase)
    facts = Said(language).phrase("complaint", "headache").words("sweat", f"{text}.").facts()
    assert [(finding.code, finding.status) for finding in facts.findings[1:]] == [("cold_sweat", expected)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("phrase", ["duration_3_days", "duration_2_weeks", "onset_yesterday"])
def test_a_time_that_was_written_down_belongs_to_the_complaint(language: str, phrase: str) -> None:
    text = next(each.text for each in phrasebook.load(language) if each.phrase_id == phrase)
    (finding,) = Said(language).phrase("complaint", "cough").words("since", text).facts().findings
    if phrase == "onset_yesterday":
        assert finding.onset == "昨天"
    else:
        assert finding.duration is not None
        assert (finding.duration.value, finding.duration.unit) == ((3, "d") if "3" in phrase else (2, "wk"))
    assert [part.utterance_id for part in finding.evidence] == ["u1", "u2"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_places_that_were_tapped(language: str) -> None:
    """As a complaint they are pains; the side belongs to the place before it."""
    said = Said(language).phrase("complaint", "knee", "on_left", "abdomen", values=("knee", "left", "abdomen"))
    assert [(finding.name, finding.laterality) for finding in said.facts().findings] == [
        ("左膝痛", "左"),
        ("腹痛", None),
    ]


def test_a_place_completes_a_pain_without_one() -> None:
    said = Said("en").words("complaint", "it hurts").words("where", "my left knee")
    (finding,) = said.facts().findings
    assert (finding.code, finding.name, finding.laterality) == ("knee_pain", "左膝痛", "左")


def test_a_place_changes_nothing_that_has_its_own() -> None:
    said = Said("en").words("complaint", "I have a cough").phrase("where", "chest", values=("chest",))
    assert [finding.code for finding in said.facts().findings] == ["cough"]


@pytest.mark.parametrize(
    ("question", "words", "expected"),
    [
        ("how_bad", "seven", {"nrs": 7}),
        ("how_bad", "7 out of 10", {"nrs": 7}),
        ("how_bad", "I cannot bear it", {"severity": "重"}),
        ("since", "it began suddenly", {"sudden": True}),
        ("since", "it hurts for five days", {"onset": None}),
        ("worse", "when I walk", {"aggravating": ("行走时",)}),
        ("better", "it eases when I rest", {"relieving": ("休息后缓解",)}),
    ],
)
def test_open_answers_are_about_the_complaint(question: str, words: str, expected: dict[str, object]) -> None:
    (finding,) = Said("en").words("complaint", "my head hurts").words(question, words).facts().findings
    assert {key: getattr(finding, key) for key in expected} == expected
    if "five days" in words:
        assert finding.duration is not None
        assert finding.duration.value == 5


def test_a_whole_sentence_in_answer_to_yes_or_no_is_read_by_itself() -> None:
    said = Said("en").words("complaint", "my head hurts").words("sweat", "no, but I vomit")
    assert {(f.code, f.status) for f in said.facts().findings[1:]} == {
        ("cold_sweat", "denied"),
        ("vomiting", "present"),
    }


def test_no_to_a_phrase_that_holds_more_than_one_thing_denies_none_of_them() -> None:
    said = Said("en").words("complaint", "my head hurts").phrase("sudden_head", "answer_no")
    assert [(finding.code, finding.status) for finding in said.facts().findings] == [("headache", "present")]
    said = Said("en").words("complaint", "my head hurts").phrase("sudden_head", "answer_yes")
    (finding,) = said.facts().findings
    assert finding.sudden


def test_the_relative_who_is_the_patient() -> None:
    said = Said("en").phrase("who", "who_mother", values=("who_mother",)).words("complaint", "my mother has chest pain")
    facts = said.facts()
    assert facts.findings[0].experiencer == "patient"
    assert (facts.person.reporter, facts.person.sex) == ("other", "female")
    mine = Said("en").phrase("who", "who_self", values=("who_self",)).words("illnesses", "my mother has diabetes")
    assert mine.facts().history[0].experiencer == "family"


def test_pregnancy_and_weeks() -> None:
    said = Said("en").phrase("complaint", "headache").phrase("pregnant", "answer_yes")
    facts = said.phrase("weeks", "pregnant_7_months").facts()
    assert facts.pregnancy is not None
    assert (facts.pregnancy.status, facts.pregnancy.weeks) == ("present", 28)
    denied = Said("ug").phrase("complaint", "headache").phrase("pregnant", "answer_no").facts()
    assert denied.pregnancy is not None
    assert denied.pregnancy.status == "denied"


def test_no_to_allergies_denies_them() -> None:
    for said in (Said("en").words("allergies", "no"), Said("ug").phrase("allergies", "no_allergy")):
        assert [(allergy.substance, allergy.status) for allergy in said.facts().allergies] == [("未指明", "denied")]


def test_a_spoken_age() -> None:
    assert Said("en").words("age", "I am sixty-two years old").facts().person.age_years == 62
    assert Said("en").words("age", "thirty").facts().person.age_years == 30


def test_what_is_not_understood_states_nothing() -> None:
    assert Said("en").words("complaint", "the weather is fine").words("since", "perhaps").facts().findings == ()


def test_an_answer_without_a_complaint_is_lost_to_no_other() -> None:
    """A duration alone makes no fact; it stands in the note as the patient's words."""
    assert Said("en").phrase("since", "duration_3_days").facts().findings == ()
