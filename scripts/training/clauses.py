"""Clauses with their Chinese, the bricks of training sentences: phrases, words of the lexicon in a form, frames.

Each is checked with the verified channel where a fact stands behind it: a clause that it does not read as that fact is
bad grammar, or a bad row, and is left out.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kiosk import lexicon as lexicons
from kiosk import phrasebook
from kiosk.curation.check import forms
from kiosk.encounter import Utterance
from kiosk.findings import extract
from kiosk.lexicon import Lexicon
from training import spoken

FRAMES = Path(__file__).parent / "frames"
PER_CONCEPT = 3
"""The most forms of one concept, of twice as many that are looked at: forty synonyms must not outweigh the others."""

CONCEPTS = ("finding", "disease")

_ORDINARY = frozenset(
    [
        *("complaint", "follow_up", "trigger", "relief", "severity", "allergy"),
        *("medicine", "illness", "duration", "onset", "answer"),
    ]
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of a sentence: its words, its Chinese, and what it does (complaint, denied, before, after, detail …)."""

    kind: str
    text: str
    zh: str


@cache
def frames(language: str) -> Mapping[str, Any]:
    """Return the sentence frames of a language."""
    return tomllib.loads((FRAMES / f"{language}.toml").read_text(encoding="utf-8"))


def phrases(language: str) -> Iterator[Clause]:
    """Yield the phrasebook, with the Chinese that a patient would say."""
    said = {phrase.phrase_id: phrase.text for phrase in phrasebook.load("zh")}
    for phrase in phrasebook.load(language):
        if phrase.question in _ORDINARY and phrase.phrase_id in said:
            kind = {"duration": "after", "onset": "after"}.get(phrase.question, phrase.question)
            yield Clause(kind, phrase.text, said[phrase.phrase_id])


def words(language: str, texts: Sequence[str], chance: random.Random) -> Iterator[Clause]:
    """Yield forms of the lexicon's rows that say one finding or illness by themselves.

    Args:
        texts: real sentences of the language: which endings its verbs take there, and after which letters.
    """
    lexicon = lexicons.load(language)
    inflect = Inflection(lexicon, texts)
    rows = defaultdict(list)
    for row in lexicon.surfaces:
        if lexicon.concepts[row.concept].kind in CONCEPTS:
            rows[row.concept].append(row)
    for concept, found in rows.items():
        chance.shuffle(found)
        kept = 0
        for row in found[: 2 * PER_CONCEPT]:
            text = chance.choice([*forms(row.surface)]).replace("=", "").replace("…", "")
            text = inflect.form(" ".join(text.split()), row.kind, chance)
            if text and reads(text, language, concept):
                kind = "complaint" if lexicon.concepts[concept].kind == "finding" else "illness"
                yield Clause(kind, text, spoken.called(concept, lexicon.concepts[concept].zh))
                kept += 1
            if kept == PER_CONCEPT:
                break


def reads(text: str, language: str, concept: str) -> bool:
    """Whether the verified channel reads exactly one present fact, this one."""
    facts = extract([Utterance(id="u1", text=text, language=language, mode="text")], lexicons.load(language))
    found = [(each.code, each.status) for each in facts.findings] + [(each.code, each.status) for each in facts.history]
    return found == [(concept, "present")] and not facts.medications and not facts.allergies


class Inflection:
    """Endings by analogy: a stem takes those that real sentences show after the same last letters."""

    def __init__(self, lexicon: Lexicon, texts: Sequence[str]) -> None:
        self._lexicon = lexicon
        stems = {
            form.split()[-1]
            for row in lexicon.surfaces
            if row.kind == "verb" and row.surface.split()
            for form in forms(row.surface)
            if form.split()
        }
        self._endings: dict[str, Counter[str]] = defaultdict(Counter)
        for text in texts:
            for word in re.findall(r"[^\W\d_']+(?:'[^\W\d_]+)*", text.lower()):
                for cut in range(len(word) - 1, 2, -1):
                    stem, rest = word[:cut], word[cut:]
                    if stem in stems and lexicon.morphology.ending(_fold(rest, lexicon), "verb") is False:
                        self._endings[stem[-2:]][rest] += 1
                        break

    def form(self, text: str, kind: str, chance: random.Random) -> str:
        """Return a row's words in a form that can be said; empty where no ending is known."""
        if kind != "verb" or self._lexicon.mode != "words":
            return text
        endings = self._endings.get(text[-2:])
        if not endings:
            return ""
        return text + chance.choices([*endings], weights=[*endings.values()])[0]


def _fold(text: str, lexicon: Lexicon) -> str:
    return "".join(lexicon.fold.get(letter, letter) for letter in text)


DENIED = {
    "fever": "发烧",
    "cough": "咳嗽",
    "vomiting": "呕吐",
    "diarrhea": "拉肚子",
    "nausea": "恶心",
    "headache": "头疼",
    "dizziness": "头晕",
    "chest_pain": "胸口疼",
    "shortness": "气短",
    "abdominal_pain": "肚子疼",
    "rash": "出疹子",
    "blood": "出血",
}
SITES = {"knee": "膝盖", "hand": "手", "leg": "腿", "ear": "耳朵", "eye": "眼睛", "shoulder": "肩膀"}
PREDICATES = {"pain": "疼", "swelling": "肿了", "numbness": "麻", "itching": "痒"}
SIDES = {"left": "左", "right": "右", "both": "两边"}
PEOPLE = {"mother": "我妈妈", "father": "我爸爸", "child": "我孩子"}
THEIRS = {
    "fever": "发烧",
    "headache": "头疼",
    "abdominal_pain": "肚子疼",
    "diabetes": "有糖尿病",
    "hypertension": "有高血压",
}


def framed(language: str) -> Iterator[Clause]:
    """Yield what the frames say without a number: denials, sides, relatives, small talk."""
    table = frames(language)
    for what, texts in table["denied"].items():
        yield from (Clause("denied", text, DENIED[what]) for text in texts)
    for side, pattern in table["sides"].items():
        for site, word in table["sites"].items():
            where = word.format(pattern) if "{}" in word else pattern.format(site=word)
            for what, verbs in table["predicates"].items():
                zh = f"{SIDES[side]}{SITES[site]}{PREDICATES[what]}"
                glue = "" if language == "bo" else " "
                yield from (Clause("complaint", f"{where}{glue}{verb}", zh) for verb in verbs)
    for who, word in table["people"].items():
        glue = "" if language == "bo" else " "
        for what, text in table["theirs"].items():
            yield Clause("theirs", f"{word}{glue}{text}", PEOPLE[who] + THEIRS[what])
    yield from (Clause("small", text, zh) for text, zh in table["small"].items())


def numbered(language: str, kind: str, chance: random.Random, drugs: Sequence[tuple[str, str]]) -> Clause:
    """Return a clause with a number in it: a time (before, after, ago) or one of the templates."""
    table = frames(language)
    value = chance.choice((*range(1, 11), 2, 3, 12, 15, 20))
    digits = value > 10 or chance.random() < 0.3
    said = str(value) if digits else table["numerals"][value - 1]
    written = str(value) if digits else ("两" if value == 2 else spoken.numeral(value))
    if kind in ("before", "after", "ago"):
        unit = chance.choice([*table["units"]])
        text = chance.choice(table["times"][kind]).format(
            n=said, unit=_agreeing(table["units"][unit], value), since=_agreeing(table["since"][unit], value)
        )
        name = {"h": "个小时", "d": "天", "wk": "个星期", "mo": "个月", "a": "年"}[unit]
        return Clause(kind, text, f"{written}{name}{'前' if kind == 'ago' else '了'}")
    text = chance.choice(table["templates"][kind])
    drug, zh = chance.choice(drugs)
    degrees = chance.choice(("37.5", "38", "38.5", "39", "39.5", "40", "38,2"))
    milligrams = chance.choice((5, 10, 20, 50, 100, 250, 500))
    strength = f"{milligrams}毫克" if "{mg}" in text else ""
    meaning = {
        "temperature": f"发烧{degrees.replace(',', '.')}度",
        "age": f"孩子{written}岁",
        "dose": f"一天吃{written}次{zh}" + (f"，每次{strength}" if strength else ""),
        "vomit": f"吐了{written}次",
        "stool": f"一天拉肚子{written}次",
        "drug": f"吃{zh}",
    }[kind]
    return Clause(kind, text.format(n=said, t=degrees, drug=drug, mg=milligrams), meaning)


def _agreeing(form: str | Sequence[str], value: int) -> str:
    """Return a unit behind a number: one form, singular and plural, or the Russian three."""
    if isinstance(form, str):
        return form
    if len(form) == 2:
        return form[value != 1]
    return form[0 if value == 1 else 1 if value in (2, 3, 4) else 2]


def medicines(language: str) -> list[tuple[str, str]]:
    """Return medicines as the language writes them, with their Chinese."""
    lexicon = lexicons.load(language)
    return [
        (next(iter(forms(row.surface))), lexicon.concepts[row.concept].zh)
        for row in lexicon.surfaces
        if lexicon.concepts[row.concept].kind == "drug" and "…" not in row.surface and "=" not in row.surface
    ]
