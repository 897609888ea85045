"""Everything that the model learns from, put together: real sentences, phrases, words, and sentences made of them."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk import evaluation, phrasebook
from kiosk import lexicon as lexicons
from kiosk.encounter import Utterance
from kiosk.evaluation import Sample
from kiosk.findings import Facts, extract
from kiosk.translation import written_for_engines
from training import clauses, spoken
from training.confusions import Table
from training.noise import Noise
from training.pairs import LANGUAGES, Pair
from training.sentences import Composer

TEXTS = Path(__file__).parent / "texts"
TESTS = Path(__file__).parents[2] / "tests"

WEIGHTS: Mapping[str, float] = {"composed": 0.46, "phrasebook": 0.12, "lexicon": 0.1, "real": 0.32}
"""Shares of the corpus. Real sentences are few and seen often: they alone show how people talk."""

NOISY = 0.5
"""Share of sentences that are spoiled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The pairs of one language by where they are from, and what composes more."""

    language: str
    real: Sequence[Pair]
    phrases: Sequence[Pair]
    words: Sequence[Pair]
    composer: Composer


def material(language: str, *, seed: int, words: bool = True) -> Material:
    """Return what there is of one language; ``words`` False leaves out the lexicon's forms, slow to check."""
    chance = random.Random(f"{seed} {language}")
    real = [*guard_pairs(language), *development(language), *examples(language), *tables(language)]
    texts = [pair.text for pair in real] + [phrase.text for phrase in phrasebook.load(language)]
    phrases = [*clauses.phrases(language), *clauses.framed(language)]
    found = [*clauses.words(language, texts, chance)] if words else []
    return Material(
        language=language,
        real=real,
        phrases=[_alone(clause, language, "phrasebook") for clause in phrases],
        words=[_alone(clause, language, "lexicon") for clause in found],
        composer=Composer(language, [*phrases, *found], clauses.medicines(language), chance),
    )


def _alone(clause: clauses.Clause, language: str, source: str) -> Pair:
    zh = f"没有{clause.zh}" if clause.kind == "denied" else clause.zh
    if clause.kind in ("complaint", "denied", "illness", "medicine") and not zh.startswith(("我", "孩子", "宝宝")):
        held = clause.kind == "illness" and source == "lexicon" and not zh.startswith(("有", "得", "做", "吃", "打"))
        zh = f"我{'有' if held else ''}{zh}"
    return Pair(language=language, text=clause.text, zh=f"{zh}。", source=source)


def guard_pairs(language: str) -> Iterator[Pair]:
    """Yield the right sides of the guard's pairs that may be read, ``held_apart`` left for validation."""
    for name in ("tuning", "everyday"):
        for line in (TESTS / "guard" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["language"] == language:
                yield Pair(language=language, text=row["text"], zh=row["right"], source="guard")


def validation() -> list[Pair]:
    """Return sentences with a reference that are never trained on."""
    rows = map(json.loads, (TESTS / "guard" / "held_apart.jsonl").read_text(encoding="utf-8").splitlines())
    return [
        Pair(language=row["language"], text=row["text"], zh=row["right"], source="validation")
        for row in rows
        if row["language"] in LANGUAGES
    ]


def development(language: str) -> Iterator[Pair]:
    """Yield the development sentences: with Chinese by hand where there is one, else by rule where it can be trusted.

    It can where the verified channel finds exactly the facts that are stated.
    """
    by_hand = _by_hand()
    for path in sorted(TESTS.glob(f"development/**/{language}.jsonl")):
        for sample in evaluation.load(path):
            zh = by_hand.get(sample.id) or _by_rule(sample)
            if zh:
                yield Pair(language=language, text=sample.text, zh=zh, source="development")
    if language == "en":  # the glosses of the other languages' sentences are English, and the Chinese is the same
        for path in sorted(TESTS.glob("development/**/*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                if row.get("gloss") and row["id"] in by_hand:
                    yield Pair(language="en", text=row["gloss"], zh=by_hand[row["id"]], source="development")


def _by_hand() -> dict[str, str]:
    path = TEXTS / "development.tsv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row[0]: row[1] for row in csv.reader(file, delimiter="\t") if len(row) == 2}


def _by_rule(sample: Sample) -> str:
    result = evaluation.evaluate([sample])[0]
    return "" if result.missing or result.wrong else spoken.say(_facts(sample.text, sample.language))


def _facts(text: str, language: str) -> Facts:
    return extract([Utterance(id="u1", text=text, language=language, mode="text")], lexicons.load(language))


def examples(language: str) -> Iterator[Pair]:
    """Yield the example sentences of the lexicon, with Chinese by rule."""
    for text in dict.fromkeys(row.example for row in lexicons.load(language).surfaces if row.example):
        if zh := spoken.say(_facts(text, language)):
            yield Pair(language=language, text=text, zh=zh, source="example")


def tables(language: str) -> Iterator[Pair]:
    """Yield the terms of open tables in ``scripts/training/texts``; see the README there for their licences."""
    path = TEXTS / "terms.tsv"
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file, delimiter="\t"):
                if len(row) == 3 and row[0] == language:
                    yield Pair(language=language, text=row[1], zh=row[2], source="terms")


def build(
    found: Sequence[Material],
    *,
    size: int,
    seed: int,
    heard: Table | None = None,
    told: Callable[[str], None] = lambda _line: None,
) -> list[Pair]:
    """Return ``size`` training pairs, the languages in equal parts, text as engines are given it."""
    chance = random.Random(seed)
    noise = Noise(chance, heard=heard)
    pairs: list[Pair] = []
    for number in range(size):
        each = found[number % len(found)]
        pair = _drawn(each, chance)
        text = pair.text
        if chance.random() < NOISY:
            rated = Noise(chance, rate=chance.choice((0.02, 0.04, 0.06, 0.1)), heard=heard)
            text = rated.spoil(text, pair.language)
        elif chance.random() < 0.2:
            text = noise.spoil(text.lower(), pair.language) if chance.random() < 0.3 else text.lower().rstrip(".۔།")
        pairs.append(replace(pair, text=written_for_engines(text, pair.language)))
    told(f"{len(pairs)} sentences: {dict(Counter(pair.source for pair in pairs))}")
    return pairs


def _drawn(each: Material, chance: random.Random) -> Pair:
    kind = chance.choices([*WEIGHTS], weights=[*WEIGHTS.values()])[0]
    chosen = {"phrasebook": each.phrases, "lexicon": each.words, "real": each.real}.get(kind)
    return chance.choice(chosen) if chosen else each.composer.sentence()
