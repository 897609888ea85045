"""Translation engines side by side on sentences with a reference: chrF, BLEU, critical tokens, time.

BLEU cuts Chinese as sacrebleu's ``zh`` tokenizer does; chrF needs no cutting and is the better figure for short
sentences. Neither sees a lost negation: the critical-token error rate, after ``kiosk.guard``, does. It is the share of
sentences in which the engine's Chinese disagrees with the reference's.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from kiosk import critical, guard, languages, line_files, phrasebook
from kiosk.encounter import Utterance
from kiosk.errors import InputError, KioskError
from kiosk.translation import Translator, verified

VERIFIED = "verified"
"""The name of the channel that needs no model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sentence with its reference translation."""

    language: str
    text: str
    reference: str


def load(path: Path) -> tuple[Line, ...]:
    """Read a file of ``code TAB sentence TAB Chinese`` lines.

    Raises:
        InputError: the file cannot be read, is empty, or a line has other columns.
    """
    lines = []
    for number, row in line_files.numbered(path):
        if row.startswith("#"):
            continue
        cells = [cell.strip() for cell in row.split("\t")]
        if len(cells) != 3 or not all(cells):
            raise InputError(
                f"{path}, line {number} has {len(cells)} columns.", remedy="Write: code TAB sentence TAB Chinese."
            )
        lines.append(Line(language=languages.get(cells[0]).code, text=cells[1], reference=cells[2]))
    if not lines:
        raise InputError(f"{path} holds no sentences.", remedy="Write: code TAB sentence TAB Chinese.")
    return tuple(lines)


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


def measure(
    lines: Sequence[Line],
    translator: Translator | None,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, Any]:
    """Translate every sentence and score it; ``translator`` None is the verified channel.

    A sentence that the engine does not know or fails on scores as empty, and is counted in ``failed``: an engine must
    not look better by keeping silent.

    Raises:
        KioskError: the engine cannot be loaded.
    """
    if translator is not None:
        translator.load()  # not part of a sentence's time
    outputs, seconds, wrong, failed = [], [], 0, 0
    for done, line in enumerate(lines, start=1):
        started = time.perf_counter()
        try:
            zh = _translate(line, translator)
        except KioskError:
            zh = ""
            failed += 1
        seconds.append(time.perf_counter() - started)
        outputs.append(zh)
        wrong += not zh or bool(guard.compare(critical.read(line.reference, "zh"), critical.read(zh, "zh")))
        progress(done, len(lines))
    references = [[line.reference for line in lines]]
    chrf, bleu = CHRF(), BLEU(tokenize="zh")
    return {
        "sentences": len(lines),
        "failed": failed,
        "chrf": round(chrf.corpus_score(outputs, references).score, 2),
        "bleu": round(bleu.corpus_score(outputs, references).score, 2),
        "signatures": {"chrf": str(chrf.get_signature()), "bleu": str(bleu.get_signature())},
        "critical_error_rate": round(wrong / len(lines), 4),
        "median_s": round(statistics.median(seconds), 4),
        "p95_s": round(sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * 0.95))], 4),
        "languages": {
            code: round(
                CHRF()
                .corpus_score(
                    [zh for zh, line in zip(outputs, lines, strict=True) if line.language == code],
                    [[line.reference for line in lines if line.language == code]],
                )
                .score,
                2,
            )
            for code in dict.fromkeys(line.language for line in lines)
        },
    }


def _translate(line: Line, translator: Translator | None) -> str:
    if translator is None:
        return verified(Utterance(id="u1", text=line.text, language=line.language, mode="text")).zh
    if line.language not in translator.languages:
        raise InputError(f"The engine does not know {line.language}.")
    return translator.translate(line.text, language=line.language).zh


def report(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the engines as a table, one a line."""
    lines = [f"{'engine':20} sentences  failed   chrF   BLEU  critical errors  median s   p95 s"]
    lines += [
        f"{name:20} {row['sentences']:9}  {row['failed']:6}  {row['chrf']:5.1f}  {row['bleu']:5.1f}"
        f"  {row['critical_error_rate']:15.1%}  {row['median_s']:8.3f}  {row['p95_s']:6.3f}"
        for name, row in figures.items()
    ]
    first = next(iter(figures.values()), None)
    lines += [f"{name} {signature}" for name, signature in first["signatures"].items()] if first else []
    return "\n".join(lines)
