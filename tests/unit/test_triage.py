"""Red flags: what fires, what must not, and what is said when the file is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk import lexicon, note, triage
from kiosk.encounter import Allergy, Evidence, Finding, Person, Pregnancy, Translation, Utterance
from kiosk.errors import SettingsError
from kiosk.findings import Facts

WORDS = (Evidence(utterance_id="u1", text="words", start=0, end=5),)


def finding(code: str, **more: object) -> Finding:
    return Finding(code=code, name=code, evidence=WORDS, **more)  # type: ignore[arg-type]  # keywords of Finding


def fired(*findings: Finding, **facts: object) -> set[str]:
    return {flag.id for flag in triage.red_flags(Facts(findings=findings, **facts))}  # type: ignore[arg-type]


def test_a_flag_carries_its_evidence() -> None:
    (flag,) = triage.red_flags(Facts(findings=(finding("chest_pain"),)))
    assert (flag.id, flag.evidence) == ("chest_pain", WORDS)


def test_denied_past_and_anothers_never_fire() -> None:
    assert fired(finding("chest_pain", status="denied")) == set()
    assert fired(finding("chest_pain", when="past")) == set()
    assert fired(finding("chest_pain", experiencer="family"), finding("cough")) == set()


def test_a_relative_who_was_brought_is_not_overlooked() -> None:
    assert fired(finding("chest_pain", experiencer="family")) == {"chest_pain"}


def test_uncertain_fires() -> None:
    assert fired(finding("chest_pain", status="uncertain")) == {"chest_pain"}


def test_sudden_and_severity_and_score() -> None:
    assert fired(finding("headache")) == set()
    assert fired(finding("headache", sudden=True)) == {"thunderclap_headache"}
    assert fired(finding("headache", severity="重")) == {"unbearable_pain"}
    assert fired(finding("knee_pain", nrs=7)) == {"severe_pain"}
    assert fired(finding("knee_pain", nrs=6)) == set()


def test_bleeding_anywhere_in_pregnancy() -> None:
    pregnant = Pregnancy(status="present")
    assert "pregnancy_bleeding" in fired(finding("bleeding"), pregnancy=pregnant)
    assert "pregnancy_bleeding" in fired(finding("thigh_bleeding"), pregnancy=pregnant)
    assert "pregnancy_bleeding" not in fired(finding("bleeding"), pregnancy=Pregnancy(status="denied"))
    assert "pregnancy_bleeding" not in fired(finding("bleeding"))


def test_a_finding_names_only_itself() -> None:
    assert fired(finding("low_back_pain", severity="重")) == set()
    assert fired(finding("back_pain", severity="重")) == {"unbearable_pain"}
    assert "consciousness" not in fired(finding("electric_shock"))


def test_fever_of_an_infant() -> None:
    assert "infant_fever" in fired(finding("fever"), person=Person(age_years=0.1))
    assert "infant_fever" not in fired(finding("fever"), person=Person(age_years=4))
    assert "infant_fever" not in fired(finding("fever"))


def test_allergy_with_swelling() -> None:
    allergies = (Allergy(substance="青霉素", status="present", evidence=WORDS),)
    assert "anaphylaxis" in fired(finding("lip_swelling"), allergies=allergies)
    assert "anaphylaxis" not in fired(finding("lip_swelling"))
    denied = (Allergy(substance="青霉素", status="denied"),)
    assert "anaphylaxis" not in fired(finding("lip_swelling"), allergies=denied)


def test_every_danger_of_the_inventory_has_a_rule() -> None:
    silent = {
        concept.id
        for concept in lexicon.concepts().values()
        if concept.kind == "finding"
        and "danger" in concept.tags
        and not fired(finding(concept.id), pregnancy=Pregnancy(status="present"))
        and not fired(finding(concept.id, sudden=True))
    }
    assert silent == set()


def test_a_neural_translation_adds_flags_and_takes_none_away() -> None:
    utterance = Utterance(id="u1", text="my chest hurts", language="en", mode="text")
    neural = Translation(utterance_id="u1", zh="我咳血了", channel="neural", engine="test@1")
    written = note.write([utterance], [neural], lexicon=lexicon.load("en"))
    flags = {flag.id: flag for flag in written.red_flags}
    assert {"chest_pain", "bleeding_airway_gut"} <= flags.keys()
    assert flags["bleeding_airway_gut"].evidence[0].text == "my chest hurts"
    harmless = Translation(utterance_id="u1", zh="我很好", channel="neural", engine="test@1")
    assert "chest_pain" in {f.id for f in note.write([utterance], [harmless], lexicon=lexicon.load("en")).red_flags}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[flag]]\nid = "x"\nname = "x"\nany = ["no_such_finding"]\n', "unknown concept 'no_such_finding'"),
        ('[[flag]]\nid = "x"\nname = "x"\n', "a rule names findings"),
        ('[[flag]]\nid = "x"\nname = "x"\nany = ["fever"]\nevery = ["cough"]\n', "every"),
        ("[[flag]\n", "cannot be read"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "red_flags.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=message) as caught:
        triage.rules(path)
    assert "red_flags.toml" in str(caught.value)
