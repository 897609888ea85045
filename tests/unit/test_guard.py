"""The guard: what must not change between a patient's words and their machine Chinese."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from kiosk import critical, guard, guard_eval, languages
from kiosk.critical import medicines
from kiosk.errors import InputError, SettingsError
from kiosk.guard.polarity import denial_forms

PAIRS = Path(__file__).parents[1] / "guard"
TRAP = "I am not allergic to penicillin, but I cannot take aspirin"


def kinds(text: str, zh: str, language: str = "en") -> set[str]:
    return {found.kind for found in guard.check(text, zh, language=language)}


def test_the_measured_trap_is_caught() -> None:
    found = guard.check(TRAP, "我对青霉素过敏，但不能服用阿司匹林", language="en")
    assert "allergy" in {each.kind for each in found}
    assert any("青霉素" in each.detail for each in found)
    assert all(each.caution().blocking for each in found)
    assert kinds(TRAP, "我对青霉素不过敏，但不能服用阿司匹林") == set()


@pytest.mark.parametrize(
    ("text", "right", "broken", "kind"),
    [
        ("no fever, cough or vomiting", "没有发烧、咳嗽和呕吐", "没有发烧，有咳嗽", "negation"),
        ("a headache for two weeks", "头痛14天", "头痛2天", "duration"),
        ("a headache for half a year", "头痛6个月", "头痛5个月", "duration"),
        ("I take 1 g of metformin", "我吃1000毫克二甲双胍", "我吃100毫克二甲双胍", "dose"),
        ("my temperature is 102 degrees", "我体温38.9度", "我体温39.5度", "number"),
        ("I fell two days ago", "我前天摔了一跤", "我三天前摔了一跤", "duration"),
        ("pain in my left knee and right shoulder", "左膝和右肩疼", "右膝和左肩疼", "side"),
        ("I smoked for years but gave it up", "我抽了多年烟，已经戒了", "我现在抽烟", "tense"),
        ("I'm using hydrocortisone cream", "我在用氢化可的松", "我在用红霉素", "drug"),
        ("My mother has diabetes and I have asthma", "我母亲有糖尿病，我有哮喘", "我有糖尿病和哮喘", "person"),
        (
            "Allergic to cephalosporins. I had penicillin.",
            "头孢过敏。用了青霉素。",
            "青霉素过敏。用了头孢。",
            "allergy",
        ),
    ],
)
def test_kinds(text: str, right: str, broken: str, kind: str) -> None:
    assert kinds(text, right) == set()
    assert kind in kinds(text, broken)


@pytest.mark.parametrize(
    ("zh", "kind"),
    [
        ("", "empty"),
        ("My head hurts.", "empty"),
        ("头痛头痛头痛头痛", "repeats"),
        ("我头疼 голова 三天了", "untranslated"),
        ("头", "length"),
    ],
)
def test_shapes(zh: str, kind: str) -> None:
    text = "my head has been hurting very badly for three days now"
    assert kind in {found.kind for found in guard.misshapen(text, zh, language="en")}


@pytest.mark.parametrize(
    ("language", "text", "right", "broken"),
    [
        ("tr", "Tansiyonum on sekize on bir.", "我的血压是180/110。", "我的血压是140/110。"),
        ("kk", "Қысымым жүз сексенге жүз он.", "我的血压是180/110。", "我的血压是180/90。"),
        ("en", "I've had seven or eight seizures this week.", "这周我抽搐了七八次。", "这周我抽搐了两三次。"),
        ("en", "I've been on levothyroxine.", "我一直吃左甲状腺素。", "我左边一直吃药。"),
        ("bo", "ངས་པུ་ལོ་ཧྥིན་ཟས་པ་ཡིན།", "我吃了布洛芬。", "我吃了阿司匹林。"),
        ("tr", "Sabahtan beri bir şey yemedim.", "我从早上起什么都没吃。", "我从早上起吃了东西。"),
        ("en", "He hasn't passed urine since this morning.", "他从今天早上起就没有小便。", "他从今天早上起就有小便。"),
        (
            "en",
            "I'd had chest pain last spring, nothing since.",
            "去年春天我胸口疼过，之后没有再疼。",
            "我现在胸口疼。",
        ),
    ],
)
def test_what_only_the_form_or_the_sound_tells(language: str, text: str, right: str, broken: str) -> None:
    assert kinds(text, right, language) == set()
    assert kinds(text, broken, language)


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "I haven’t eaten and can't sleep", 2),
        ("ru", "не ел и не спал", 2),
        ("tr", "yemedim, damadım geldi", 1),
        ("ug", "يېمىدىم", 1),
        ("kk", "ештеңе жеген жоқпын, таңертең келді", 1),
        ("ky", "жеген жокмун", 1),
        ("uz", "qusmadim, yo'q", 2),
        ("tg", "нахӯрдаам, нафасам", 1),
        ("ur", "کچھ نہیں کھایا", 1),
        ("mn", "идээгүй", 1),
        ("bo", "ན་གི་མི་འདུག", 1),
        ("bo", "ཐེངས་གསུམ་ཟ་གི་ཡོད།", 0),
        ("zh", "没吃，不过不舒服", 2),
    ],
)
def test_negations_are_counted_by_their_form(language: str, text: str, count: int) -> None:
    assert denial_forms(critical.read(text, language), guard.rules()) == count


@pytest.mark.parametrize("name", ["ibuprofen", "ибупрофен", "布洛芬", "པུ་ལོ་ཧྥིན"])
def test_a_medicine_sounds_alike_in_every_script(name: str) -> None:
    assert medicines.sound(name, pinyin=name == "布洛芬").endswith("plpn")


def test_a_name_that_no_table_has_is_heard_as_the_nearest_medicine() -> None:
    reading = critical.read("གཟའ་འཁོར་སྔོན་མར་ཨ་མོག་སི་ལིན་བྲིས་སོང་།", "bo").reading
    assert medicines.sounds_like(reading, "amoxicillin")
    assert not medicines.sounds_like(reading, "ibuprofen")


def test_details_quote_nobody() -> None:
    found = guard.check("my wobblegong hurts for 3 days", "我疼了5天", language="en")
    assert found
    assert not any("wobblegong" in each.detail for each in found)


def test_the_pairs_cover_every_language_and_kind() -> None:
    tuning, held, sealed = (
        guard_eval.load(PAIRS / name) for name in ("tuning.jsonl", "held_apart.jsonl", "sealed.jsonl")
    )
    assert len(tuning) >= 300
    assert len(held) >= 300
    assert set(Counter(pair.language for pair in sealed).values()) == {28}
    for pairs in (tuning, held, sealed):
        assert {pair.language for pair in pairs} == set(languages.known())
        assert {pair.kind for pair in pairs} == set(guard.KINDS)
        assert len({(pair.language, pair.id) for pair in pairs}) == len(pairs)
    read = {pair.text for pair in (*tuning, *held, *guard_eval.load(PAIRS / "everyday.jsonl"))}
    assert not {pair.text for pair in tuning} & {pair.text for pair in held}
    # The ten that are the same were written twice, unseen: "I am not allergic to aspirin" has few other forms.
    assert len(read & {pair.text for pair in sealed}) <= 10
    assert min(Counter(pair.language for pair in held).values()) >= 24


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tuning.jsonl", "held_apart.jsonl"])  # never sealed.jsonl: see its README
def test_recall_and_false_alarms(name: str) -> None:
    figures = guard_eval.figures(guard_eval.evaluate(guard_eval.load(PAIRS / name)))
    for kind in ("negation", "number", "side", "drug"):
        row = figures["by_kind"][kind]
        assert row["recall"] >= 0.95, (kind, row)
        assert row["false_alarms"] <= 0.05, (kind, row)
    assert figures["overall"]["false_alarms"] <= 0.05, figures["overall"]


def test_english_pairs_in_every_run() -> None:
    pairs = [pair for pair in guard_eval.load(PAIRS / "tuning.jsonl") if pair.language == "en"]
    outcomes = guard_eval.evaluate(pairs)
    row = guard_eval.figures(outcomes)["overall"]
    assert row["recall"] >= 0.95
    assert row["false_alarms"] <= 0.05
    assert "all " in guard_eval.report(outcomes, misses=True)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "{}",
        json.dumps({"id": "x", "language": "xx", "kind": "side", "text": "a", "right": "b", "broken": "c"}),
        json.dumps({"id": "x", "language": "en", "kind": "colour", "text": "a", "right": "b", "broken": "c"}),
        json.dumps({"id": "x", "language": "en", "kind": "side", "text": "a", "right": "b", "broken": "b"}),
    ],
)
def test_a_line_that_is_no_pair_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(InputError, match="line 1 is not a pair"):
        guard_eval.load(path)


def test_wrong_rules_are_named(tmp_path: Path) -> None:
    path = tmp_path / "guard.toml"
    path.write_text("[kin]\ngroups = 1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"kin\.groups"):
        guard.rules(path)
