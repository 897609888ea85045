"""How long phrase recognition takes, beside scoring everything and beside CTranslate2's own ``Whisper.align``.

All three score the same candidates on the same sound in the same run, in turn. ``limit_s`` is what the multiplications
alone would take at the speed that this machine has for them in the same run: the distance is what could be gained.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from kiosk import audio, bench, phrases
from kiosk.bench.limit import Machine, Work
from kiosk.phrases import Candidate, Norms, PhraseScorer, cohort
from kiosk.recognition import SAMPLE_RATE, Check, Samples, never
from kiosk.settings import Settings
from kiosk.stopwatch import timed

CANDIDATES = 300
AUDIO_S = 4.0
CLIPS = 6
LANGUAGE = "ug"


class Baseline(Protocol):
    """Another way of scoring the same candidates."""

    def score(self, samples: Samples, offered: Sequence[Candidate], *, language: str) -> None:
        """Score every candidate."""


class Measurable(PhraseScorer, Protocol):
    """A scorer that can also score everything, and knows how many multiply-adds it takes."""

    def exhaustive(self, samples: Samples, offered: Sequence[Candidate], norms: Norms, *, language: str) -> Any:
        """Score without leaving anything behind, shape (candidates,)."""

    def multiply_adds(self, offered: Sequence[Candidate], *, language: str) -> int:
        """Return how many multiply-adds the decoder needs at most for these candidates."""


def measure(
    scorer: Measurable,
    baseline: Baseline,
    settings: Settings,
    *,
    check: Check = never,
    progress: bench.Progress = lambda _clip, _done, _total: None,
) -> dict[str, Any]:
    """Return seconds and ratios for 300 candidates and four seconds of speech, the model loaded.

    ``top1_agreement`` is the share of the clips for which following the best gives the first that scoring all gives.
    """
    scorer.load(check)
    offered = phrases.candidates(LANGUAGE, "complaint")[:CANDIDATES]
    norms = cohort.wait(cohort.norms(scorer, offered, language=LANGUAGE, settings=settings, check=check))
    clips = [clip for clip in bench.clips([LANGUAGE]) if clip.transcript in {each.text for each in offered}][:CLIPS]
    ours, everything, agreed = [], [], []
    memory: int | None = None
    for index, clip in enumerate(clips):
        check()
        samples = _lengthened(audio.load(clip.path, limits=settings.audio).samples)

        def follow(samples: Samples = samples) -> Any:
            return scorer.score(samples, offered, norms, language=LANGUAGE)

        def exhaust(samples: Samples = samples) -> Any:
            return scorer.exhaustive(samples, offered, norms, language=LANGUAGE)

        if index == 0:
            follow()  # pages and caches
            memory = bench.memory_mb()
        pair = (follow, exhaust) if index % 2 else (exhaust, follow)
        results = {work: timed(work) for work in pair}
        ours.append(results[follow][1])
        everything.append(results[exhaust][1])
        agreed.append(int(np.nanargmax(results[follow][0])) == int(np.nanargmax(results[exhaust][0])))
        progress(f"{LANGUAGE}/{clip.path.name}", index + 1, len(clips))
    sample = _lengthened(audio.load(clips[0].path, limits=settings.audio).samples)
    _, align_s = timed(lambda: baseline.score(sample, offered, language=LANGUAGE))
    limit_s = Machine.measured().seconds(Work(scorer.multiply_adds(offered, language=LANGUAGE)))
    return {
        "candidates": len(offered),
        "audio_s": AUDIO_S,
        "clips": len(clips),
        "median_s": round(statistics.median(ours), 3),
        "p95_s": round(bench.percentile(ours, 0.95), 3),
        "exhaustive_median_s": round(statistics.median(everything), 3),
        "speedup_vs_exhaustive": round(statistics.median(b / a for a, b in zip(ours, everything, strict=True)), 2),
        "align_s": round(align_s, 3),
        "speedup_vs_align": round(align_s / statistics.median(ours), 2),
        "top1_agreement": round(sum(agreed) / len(agreed), 4),
        "limit_s": round(limit_s, 3),
        "memory_mb": memory,
        "times_limit": round(statistics.median(ours) / limit_s, 2),
    }


def _lengthened(samples: Samples) -> Samples:
    """Return four seconds: the clip, and silence behind it."""
    wanted = round(AUDIO_S * SAMPLE_RATE)
    return np.pad(samples, (0, max(0, wanted - samples.size)))[:wanted]
