"""Translation engines side by side on sentences with a reference: chrF, BLEU, critical tokens, facts, time.

BLEU cuts Chinese as sacrebleu's ``zh`` tokenizer does; chrF needs no cutting and is the better figure for short
sentences. Neither sees a lost negation: the critical-token error rate, after ``kiosk.guard``, does. It is the share of
sentences in which the engine's Chinese disagrees with the reference's. Where the facts of a sentence are stated, the
engine's Chinese is read back with the lexicon of Chinese and compared fact by fact: what is missing, and what nobody
said, in shares of the facts stated. Their sum is the total error.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from kiosk import critical, evaluation, guard, languages, line_files, phrasebook
from kiosk.encounter import Utterance
from kiosk.errors import InputError, KioskError
from kiosk.translation import Translator, reconciled, verified

VERIFIED = "verified"
"""The name of the channel that needs no model."""

REFERENCE = "reference"
"""The name of the references themselves: what reading Chinese back costs, whoever wrote it."""

BESIDE = "verified+"
"""Before an engine's name: the engine in its place, behind the verified channel and through the guard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sentence with its reference translation and, where they are stated, its facts (docs/evaluation.md)."""

    language: str
    text: str
    reference: str
    facts: tuple[Mapping[str, Any], ...] | None = None


class Channel(Protocol):
    """What makes Chinese of a line; raises KioskError where it cannot."""

    def __call__(self, line: Line) -> str: ...


def load(path: Path) -> tuple[Line, ...]:
    """Read ``code TAB sentence TAB Chinese`` lines, or JSON objects with ``language``, ``text``, ``zh`` and ``facts``.

    Raises:
        InputError: the file cannot be read, is empty, or a line has other columns or keys.
    """
    rows = [(number, row) for number, row in line_files.numbered(path) if not row.startswith("#")]
    if not rows:
        raise InputError(f"{path} holds no sentences.", remedy="Write: code TAB sentence TAB Chinese.")
    read = _object if rows[0][1].lstrip().startswith("{") else _columns
    return tuple(read(path, number, row) for number, row in rows)


def _columns(path: Path, number: int, row: str) -> Line:
    cells = [cell.strip() for cell in row.split("\t")]
    if len(cells) != 3 or not all(cells):
        raise InputError(
            f"{path}, line {number} has {len(cells)} columns.", remedy="Write: code TAB sentence TAB Chinese."
        )
    return Line(language=languages.get(cells[0]).code, text=cells[1], reference=cells[2])


def _object(path: Path, number: int, row: str) -> Line:
    try:
        found = json.loads(row)
        facts = found.get("facts")
        return Line(
            language=languages.get(found["language"]).code,
            text=found["text"],
            reference=found["zh"],
            facts=None if facts is None else tuple(facts),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"{path}, line {number} is not a sentence with its Chinese.",
            remedy='Write {"language": …, "text": …, "zh": …} a line, with "facts" where they are known.',
        ) from None


def phrases(per_language: int = 8) -> tuple[Line, ...]:
    """Return sentences of the shipped phrasebook with their Chinese, for a site without a file of its own."""
    chosen = []
    for code in languages.known():
        if code == "zh":
            continue
        book = [phrase for phrase in phrasebook.load(code) if phrase.question == "complaint"]
        step = max(1, len(book) // per_language)
        chosen += [Line(language=code, text=each.text, reference=each.zh) for each in book[::step][:per_language]]
    return tuple(chosen)


def channel(translator: Translator | None) -> Channel:
    """Return an engine alone, or the verified channel where there is none.

    Raises:
        KioskError: the engine cannot be loaded.
    """
    if translator is None:
        return lambda line: verified(_utterance(line)).zh
    translator.load()  # not part of a sentence's time

    def alone(line: Line) -> str:
        if line.language not in translator.languages:
            raise InputError(f"The engine does not know {line.language}.")
        return translator.translate(line.text, language=line.language).zh

    return alone


def beside(translator: Translator) -> Channel:
    """Return an engine in its place: for what the verified channel leaves uncovered, and through the guard.

    Raises:
        KioskError: the engine cannot be loaded.
    """
    translator.load()
    return lambda line: reconciled(_utterance(line), translator).zh


def reference(line: Line) -> str:
    """Return the reference itself."""
    return line.reference


def _utterance(line: Line) -> Utterance:
    return Utterance(id="u1", text=line.text, language=line.language, mode="text")


@dataclass(slots=True)
class _Scores:
    """What is counted of some sentences."""

    outputs: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    disagreeing: int = 0
    facts: int = 0
    missing: int = 0
    wrong: int = 0

    def add(self, line: Line, zh: str) -> None:
        self.outputs.append(zh)
        self.references.append(line.reference)
        self.disagreeing += not zh or bool(guard.compare(critical.read(line.reference, "zh"), critical.read(zh, "zh")))
        if line.facts is not None:
            sample = evaluation.Sample(id="", language="zh", text=zh or "。", facts=line.facts, danger=False)
            result = evaluation.evaluate([sample])[0]
            self.facts += len(result.found) + len(result.missing)
            self.missing += len(result.missing)
            self.wrong += len(result.wrong)

    def figures(self) -> dict[str, Any]:
        total = len(self.outputs)
        shares: dict[str, Any] = {}
        if self.facts:
            shares = {
                "missing": round(self.missing / self.facts, 4),
                "wrong": round(self.wrong / self.facts, 4),
                "total_error": round((self.missing + self.wrong) / self.facts, 4),
            }
        return {
            "sentences": total,
            "chrf": round(CHRF().corpus_score(self.outputs, [self.references]).score, 2),
            "bleu": round(BLEU(tokenize="zh").corpus_score(self.outputs, [self.references]).score, 2),
            "critical_error_rate": round(self.disagreeing / total, 4),
            **shares,
        }


def measure(
    lines: Sequence[Line],
    translate: Channel,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, Any]:
    """Translate every sentence and score it, over all and by language.

    A sentence that the engine does not know or fails on scores as empty, and is counted in ``failed``: an engine must
    not look better by keeping silent.
    """
    seconds, failed = [], 0
    scores: dict[str, _Scores] = {}
    every = _Scores()
    for done, line in enumerate(lines, start=1):
        started = time.perf_counter()
        try:
            zh = translate(line)
        except KioskError:
            zh = ""
            failed += 1
        seconds.append(time.perf_counter() - started)
        every.add(line, zh)
        scores.setdefault(line.language, _Scores()).add(line, zh)
        progress(done, len(lines))
    chrf, bleu = CHRF(), BLEU(tokenize="zh")
    chrf.corpus_score([""], [["。"]])
    bleu.corpus_score([""], [["。"]])
    return {
        **every.figures(),
        "failed": failed,
        "signatures": {"chrf": str(chrf.get_signature()), "bleu": str(bleu.get_signature())},
        "median_s": round(statistics.median(seconds), 4),
        "p95_s": round(sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * 0.95))], 4),
        "languages": {code: score.figures() for code, score in scores.items()},
    }


def report(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the engines as a table, one a line; then each language's, where there are several."""
    wide = max([20, *(len(name) for name in figures)])
    heading = "sentences  failed   chrF   BLEU  critical errors  missing  wrong  total  median s   p95 s  +MB"
    lines = [f"{'engine':{wide}} {heading}"]
    lines += [
        f"{name:{wide}} {row['sentences']:9}  {row['failed']:6}  {_scored(row)}"
        f"  {row['median_s']:8.3f}  {row['p95_s']:6.3f}  {_grown(row)}"
        for name, row in figures.items()
    ]
    codes = dict.fromkeys(code for row in figures.values() for code in row["languages"])
    if len(codes) > 1:
        for code in codes:
            for name, row in figures.items():
                own = row["languages"].get(code)
                if own:
                    lines.append(f"{f'{code} {name}':{wide}} {own['sentences']:9}  {'':6}  {_scored(own)}")
    first = next(iter(figures.values()), None)
    lines += [f"{name} {signature}" for name, signature in first["signatures"].items()] if first else []
    return "\n".join(lines)


def _grown(row: Mapping[str, Any]) -> str:
    """Return how much the process grew while this engine, after those above it, was measured."""
    more = row.get("memory_more_mb")
    return "  -" if more is None else f"{more:3}"


def _scored(row: Mapping[str, Any]) -> str:
    facts = "  ".join(f"{row[name]:{width}.1%}" if name in row else "-".rjust(width) for name, width in _FACTS)
    return f"{row['chrf']:5.1f}  {row['bleu']:5.1f}  {row['critical_error_rate']:15.1%}  {facts}"


_FACTS = (("missing", 7), ("wrong", 5), ("total_error", 5))
