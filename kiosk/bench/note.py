"""How long understanding takes: typed sentences through the verified channel and the note.

The baseline is what one would write first: look for every surface form of the lexicon in the text, one after the
other, with no morphology, no context and no note. It finds less; it only says how fast this machine is.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

from kiosk import lexicon, note, phrasebook
from kiosk.curation.check import forms
from kiosk.encounter import Utterance
from kiosk.lexicon import Lexicon
from kiosk.translation import verified

ROUNDS = 5
SENTENCES = 60


def understanding(languages: Sequence[str]) -> dict[str, object]:
    """Return milliseconds a sentence (median and 95th percentile) over the phrasebook's own sentences, by language.

    ``vs_naive`` is the median over sentences of our time by the naive search's: smaller is faster.
    """
    by_language = {code: _language(code) for code in languages}
    measured = [figures for figures in by_language.values() if figures["sentences"]]
    return {
        "by_language": by_language,
        "forms": sum(int(figures["forms"]) for figures in by_language.values()),
        "median_ms": max((figures["median_ms"] for figures in measured), default=None),
        "p95_ms": max((figures["p95_ms"] for figures in measured), default=None),
        "vs_naive": max((figures["vs_naive"] for figures in measured), default=None),
    }


def _language(code: str) -> dict[str, float]:
    table = lexicon.load(code)
    sentences = _sentences(code)
    naive_forms = [form for surface in table.surfaces for form in forms(surface.surface)]
    figures = {"forms": float(len(naive_forms)), "sentences": float(len(sentences))}
    if not sentences:
        return figures
    ours: list[float] = []
    naive: list[float] = []
    for sentence in sentences:
        utterance = Utterance(id="u1", text=sentence, language=code, mode="text")
        _write(utterance, table)  # the first time fills the caches of word forms, as a day's first patient does

        def write(utterance: Utterance = utterance) -> object:
            return _write(utterance, table)

        def search(text: str = sentence) -> object:
            return [form for form in naive_forms if form in text]

        ours.append(_best(write))
        naive.append(_best(search))
    figures["median_ms"] = round(statistics.median(ours) * 1000, 2)
    figures["p95_ms"] = round(sorted(ours)[int(0.95 * (len(ours) - 1))] * 1000, 2)
    figures["vs_naive"] = round(statistics.median(a / b for a, b in zip(ours, naive, strict=True)), 2)
    return figures


def _sentences(code: str) -> list[str]:
    """Three complaints and a duration a sentence: about as long as what people say in one breath."""
    phrases = [phrase.text for phrase in phrasebook.load(code, "complaint")]
    durations = [phrase.text for phrase in phrasebook.load(code, "duration")] or [""]
    return [
        ", ".join((*phrases[start : start + 3], durations[start % len(durations)]))
        for start in range(0, min(len(phrases), SENTENCES * 3), 3)
    ]


def _write(utterance: Utterance, table: Lexicon) -> object:
    return note.write([utterance], [verified(utterance)], lexicon=table)


def _best(work: Callable[[], object]) -> float:
    """Return the shortest of a few runs, in seconds: what the work costs, without the machine's other business."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)
