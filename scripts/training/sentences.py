"""Clauses to sentences: complaints, when, how bad, what is denied, medicines, small talk; and the same in Chinese."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from training.clauses import Clause, frames, numbered
from training.pairs import Pair

_DETAILS = ("severity", "follow_up", "trigger", "relief", "answer")
_BACKGROUND = ("illness", "medicine", "allergy", "dose", "drug", "theirs")
_JOINED = ("complaint", "denied", "illness", "medicine", "temperature", "vomit", "stool")
_END = {"ur": "۔", "bo": "།"}
_QUESTION = ("吗", "怎么办")


class Composer:
    """Makes sentences of one language from its clauses. The same chance makes the same sentences."""

    def __init__(
        self, language: str, clauses: Sequence[Clause], drugs: Sequence[tuple[str, str]], chance: random.Random
    ) -> None:
        self._language = language
        self._drugs = drugs
        self._chance = chance
        self._frames = frames(language)
        kinds: dict[str, list[Clause]] = defaultdict(list)
        for clause in clauses:
            kinds[clause.kind].append(clause)
        self._kinds: Mapping[str, list[Clause]] = kinds

    def sentence(self) -> Pair:
        """Return one sentence of one to about seven clauses."""
        chance = self._chance
        groups: list[list[Clause]] = []
        if chance.random() < 0.12:
            groups.append([self._one("small")])
        if chance.random() < 0.08:
            groups.append([self._numbered("age")])
        groups.append([*self._complaints()])
        if chance.random() < 0.3:
            groups.append([self._one("denied") for _ in range(chance.choice((1, 1, 2)))])
        if chance.random() < 0.22:
            kind = chance.choice(_BACKGROUND)
            groups.append([self._numbered(kind) if kind in ("dose", "drug") else self._one(kind)])
        if chance.random() < 0.07:
            groups.append([self._one("small")])
        return Pair(language=self._language, text=self._words(groups), zh=chinese(groups), source="composed")

    def _complaints(self) -> Iterator[Clause]:
        chance = self._chance
        placed = chance.random()
        if placed < 0.2:
            yield self._numbered("before")
        elif placed < 0.26:
            yield self._numbered("ago")
        for _ in range(chance.choice((1, 1, 1, 2, 2, 3))):
            roll = chance.random()
            kind = "temperature" if roll < 0.05 else "vomit" if roll < 0.08 else "stool" if roll < 0.1 else ""
            yield self._numbered(kind) if kind else self._one("complaint")
        if 0.26 <= placed < 0.5:
            yield self._numbered("after")
        elif placed < 0.58 and placed >= 0.5:
            yield self._one("after")
        if chance.random() < 0.3:
            yield self._one(chance.choice(_DETAILS))

    def _one(self, kind: str) -> Clause:
        return self._chance.choice(self._kinds.get(kind) or self._kinds["complaint"])

    def _numbered(self, kind: str) -> Clause:
        return numbered(self._language, kind, self._chance, self._drugs)

    def _words(self, groups: Sequence[Sequence[Clause]]) -> str:
        chance = self._chance
        said = []
        for group in groups:
            text = ""
            for clause in group:
                glue = chance.choices(self._frames["joiners"], weights=[5, *[1] * (len(self._frames["joiners"]) - 1)])
                if text and (_is_time(group, clause) or clause.kind not in _JOINED):
                    space = "" if self._language == "bo" else " "
                    glue = [space if chance.random() < 0.5 else self._frames["joiners"][0]]
                piece = clause.text if not text else _lowered(clause.text)
                text = f"{text}{glue[0]}{piece}" if text else piece
            said.append(text)
        end = _END.get(self._language, ".")
        style = chance.random()
        if style < 0.25:  # as a recogniser writes: no full stops
            return " ".join([said[0], *map(_lowered, said[1:])]).lower() if style < 0.15 else " ".join(said)
        if style < 0.45 and len(said) > 1:
            between = str(self._frames["joiners"][0] if chance.random() < 0.7 else self._frames["but"])
            return between.join([said[0], *map(_lowered, said[1:])]) + end
        return " ".join(f"{text}{end}" for text in said)


def _is_time(group: Sequence[Clause], clause: Clause) -> bool:
    """Whether a comma is out of place: behind a time that opens the group, and before one that ends it."""
    place = group.index(clause)
    return group[place - 1].text == group[0].text and place == 1 and group[0].zh.endswith(("前", "了"))


def _lowered(text: str) -> str:
    return text if text.startswith(("I ", "I'")) else text[:1].lower() + text[1:]


def chinese(groups: Sequence[Sequence[Clause]]) -> str:
    """Return the groups as Chinese sentences, in the patient's order."""
    sentences = []
    for group in groups:
        clauses = [*group]
        opening = clauses[0]
        if len(clauses) > 1 and opening.kind == "before":  # 头疼三天了: a length stands behind what has lasted
            clauses[:2] = [Clause(clauses[1].kind, "", clauses[1].zh.removesuffix("了") + opening.zh)]
        elif len(clauses) > 1 and opening.kind == "ago":
            clauses[:2] = [Clause(clauses[1].kind, "", opening.zh + clauses[1].zh)]
        text = ""
        for number, clause in enumerate(clauses):
            zh = clause.zh
            if clause.kind == "denied":
                zh = f"{'也' if number else ''}没有{zh.removeprefix('有')}"
            if clause.kind == "after" and text and clause.zh.endswith("了"):
                text = f"{text.removesuffix('了')}{zh}"
            else:
                text += f"，{zh}" if number and text else zh
        if clauses[0].kind in ("complaint", "temperature", "vomit", "stool", "dose", "drug", "medicine", "denied"):
            text = text if text.startswith(("我", "孩子", "宝宝", "医生", "胎儿")) else f"我{text}"
        sentences.append(f"{text}{'？' if text.endswith(_QUESTION) else '。'}")
    return "".join(sentences)
