"""The guard: what must not change between a patient's words and their machine Chinese."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from kiosk import guard, guard_eval, languages
from kiosk.errors import InputError, SettingsError

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


def test_details_quote_nobody() -> None:
    found = guard.check("my wobblegong hurts for 3 days", "我疼了5天", language="en")
    assert found
    assert not any("wobblegong" in each.detail for each in found)


def test_the_pairs_cover_every_language_and_kind() -> None:
    tuning, held = (guard_eval.load(PAIRS / name) for name in ("tuning.jsonl", "held_apart.jsonl"))
    assert len(tuning) >= 300
    assert len(held) >= 300
    for pairs in (tuning, held):
        assert {pair.language for pair in pairs} == set(languages.known())
        assert {pair.kind for pair in pairs} == set(guard.KINDS)
        assert len({(pair.language, pair.id) for pair in pairs}) == len(pairs)
    assert not {pair.text for pair in tuning} & {pair.text for pair in held}
    assert min(Counter(pair.language for pair in held).values()) >= 24


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tuning.jsonl", "held_apart.jsonl"])
def test_recall_and_false_alarms(name: str) -> None:
    figures = guard_eval.figures(guard_eval.evaluate(guard_eval.load(PAIRS / name)))
    for kind in ("negation", "number", "side", "drug"):
        row = figures["by_kind"][kind]
        assert row["recall"] >= 0.95, (kind, row)
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
