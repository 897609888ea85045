"""What the translation model learns from: clauses, sentences, noise, pairs. Needs no PyTorch."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from kiosk import critical, line_files
from kiosk.encounter import Duration, Finding
from kiosk.errors import InputError
from kiosk.findings import Facts
from training import clauses, corpus, noise, pairs, spoken
from training.pairs import LANGUAGES, Pair
from training.sentences import Composer, chinese

TIMES = ("before", "after", "ago")
TEMPLATES = ("temperature", "age", "dose", "vomit", "stool", "drug")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_all_frames_and_each_number_is_in_the_chinese(language: str) -> None:
    chance = random.Random(7)
    table = clauses.frames(language)
    assert len(table["numerals"]) == 10
    assert {*table["denied"]} == {*clauses.DENIED}
    drugs = [("xyz", "某药")]
    for kind in (*TIMES, *TEMPLATES):
        for _ in range(5):
            clause = clauses.numbered(language, kind, chance, drugs)
            assert "{" not in clause.text
            if kind != "drug":
                assert re.search(r"[\d一二两三四五六七八九十]", clause.zh), clause
    said = [*clauses.framed(language)]
    assert {clause.kind for clause in said} == {"denied", "complaint", "theirs", "small"}
    assert not any("{" in clause.text for clause in said)


@pytest.mark.parametrize("language", ["en", "kk", "ru", "tr"])
def test_the_verified_channel_reads_the_side_frames_as_they_are_meant(language: str) -> None:
    sided = [each for each in clauses.framed(language) if each.kind == "complaint" and each.zh[0] in "左右"]
    right = sum(critical.read(each.text, language).sides == critical.read(each.zh, "zh").sides for each in sided)
    assert right >= 0.9 * len(sided)


def test_sentences_are_the_same_for_the_same_seed_and_carry_every_clause() -> None:
    said = [*clauses.phrases("tr"), *clauses.framed("tr")]

    def made(seed: int) -> list[Pair]:
        composer = Composer("tr", said, [("parasetamol", "对乙酰氨基酚")], random.Random(seed))
        return [composer.sentence() for _ in range(40)]

    assert made(1) == made(1)
    assert made(1) != made(2)
    assert all(pair.text and pair.zh.endswith(("。", "？")) for pair in made(3))


def test_chinese_puts_a_length_behind_what_has_lasted_and_joins_denials() -> None:
    clause = clauses.Clause
    groups = [
        [clause("before", "for three days", "三天了"), clause("complaint", "my head hurts", "头疼")],
        [clause("denied", "no fever", "发烧"), clause("denied", "no cough", "咳嗽")],
    ]
    assert chinese(groups) == "我头疼三天了。我没有发烧，也没有咳嗽。"


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(3, "d", "三天"), (2, "mo", "两个月"), (12, "wk", "十二个星期"), (0.5, "a", "半年"), (1.5, "mo", "一个半月")],
)
def test_lengths_are_said_as_people_say_them(value: float, unit: str, said: str) -> None:
    assert spoken.amount(value, unit) == said


def test_facts_are_said_in_the_first_person() -> None:
    facts = Facts(
        findings=(
            Finding(code="headache", name="头痛", duration=Duration(value=3, unit="d")),
            Finding(code="fever", name="发热", status="denied"),
            Finding(code="cough", name="咳嗽", experiencer="family", relation="母亲"),
        )
    )
    assert spoken.say(facts) == "我头疼三天了，我妈妈咳嗽，没有发烧。"
    assert spoken.say(Facts()) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_noise_changes_a_little_and_never_everything(language: str) -> None:
    text = next(clauses.phrases(language)).text
    made = [noise.Noise(random.Random(seed)).spoil(text, language) for seed in range(30)]
    assert all(made)
    assert len({*made}) > 1
    assert made == [noise.Noise(random.Random(seed)).spoil(text, language) for seed in range(30)]


def test_real_sentences_have_chinese_by_hand_or_by_rule() -> None:
    found = [*corpus.development("ky")]
    assert len(found) > 140
    by_text = {pair.text: pair.zh for pair in found}
    assert "我左耳朵嗡嗡响，一年了。" in by_text.values()
    assert not {pair.text for pair in corpus.validation()} & {*by_text, *(p.text for p in corpus.guard_pairs("ky"))}


def test_the_hand_written_chinese_names_sentences_that_exist() -> None:
    known = {
        sample["id"]
        for path in corpus.TESTS.glob("development/**/*.jsonl")
        for sample in (json.loads(line) for _, line in line_files.numbered(path))
    }
    rows = [line.split("\t") for _, line in line_files.numbered(corpus.TEXTS / "development.tsv")]
    assert all(len(row) == 2 for row in rows)
    assert {row[0] for row in rows} <= known
    assert len({row[0] for row in rows}) == len(rows)


def test_pairs_are_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    rows = [Pair(language="kk", text="Басым ауырады", zh="我头疼。", source="notes")]
    assert pairs.write(path, rows) == 1
    assert pairs.read(path) == rows


@pytest.mark.parametrize("line", ["{}", "[1]", '{"language": "zh", "text": "a", "zh": "b"}', '{"language": "kk"}'])
def test_a_line_that_is_no_pair_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "wrong.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"wrong\.jsonl, line 1"):
        pairs.read(path)
