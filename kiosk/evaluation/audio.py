"""How well speech is recognised: clips with transcripts, by language, with confidence intervals.

Two ways of listening, two measures. Where an engine writes the language down: word and character error rates. Where
phrases are recognised: how often what was said is first, among three, among five of a closed set; and what is accepted
although it is wrong, although the phrase is not in the set, although the speech is another language or none.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
from numpy.typing import NDArray

from kiosk import audio, bench, line_files, phrases, recognition, segmentation
from kiosk.errors import InputError
from kiosk.phrases import Candidate, PhraseScorer, cohort
from kiosk.phrases.spelling import spellings
from kiosk.recognition import SAMPLE_RATE, Check, Recognizer, SpeechDetector, never
from kiosk.settings import Settings

RESAMPLES = 1000
_SEED = 7
_Z = 1.96  # 95 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One line of a manifest. ``language`` is None for what is no speech."""

    path: Path
    language: str | None
    transcript: str
    zh: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """What is measured."""

    detector: SpeechDetector
    recognizers: Sequence[Recognizer]
    scorers: Sequence[PhraseScorer]


@dataclass(frozen=True, slots=True)
class Heard:
    """One clip against a closed set: its scores, whether anybody spoke, seconds of audio and of work."""

    clip: Clip
    scores: NDArray[np.float32]
    speech: bool
    audio_s: float
    work_s: float


def load(manifest: Path) -> tuple[Clip, ...]:
    """Read a manifest: one JSON object a line with ``path`` (from the manifest's folder), ``lang``, ``transcript``.

    Raises:
        InputError: it cannot be read, or a line is not such an object.
    """
    return tuple(_clip(manifest, number, line) for number, line in line_files.numbered(manifest))


def _clip(manifest: Path, number: int, line: str) -> Clip:
    try:
        row = json.loads(line)
        return Clip(
            path=manifest.parent / row["path"],
            language=row["lang"],
            transcript=row["transcript"],
            zh=row.get("zh", ""),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{manifest}, line {number} is not a clip: {error}.",
            remedy='Write {"path": …, "lang": …, "transcript": …} a line; see docs/evaluation.md.',
        ) from None


def evaluate(
    clips: Sequence[Clip],
    engines: Engines,
    settings: Settings,
    *,
    check: Check = never,
    progress: Callable[[str], None] = lambda _line: None,
) -> dict[str, Any]:
    """Return the figures by language: ``transcript`` where an engine writes it down, ``phrases`` elsewhere."""
    languages = [code for code in dict.fromkeys(clip.language for clip in clips) if code is not None]
    cohort_paths = _cohort_paths(settings)
    found: dict[str, Any] = {}
    for code in languages:
        own = [clip for clip in clips if clip.language == code and clip.transcript]
        if any(code in each.languages for each in engines.recognizers):
            found[code] = {"transcript": _transcripts(code, own, engines, settings, check, progress)}
        elif any(code in each.languages for each in engines.scorers):
            own = [clip for clip in own if clip.path.resolve() not in cohort_paths]
            others = [clip for clip in clips if clip.language != code and clip.path.resolve() not in cohort_paths]
            if own:
                found[code] = {"phrases": _phrases(code, own, others, engines, settings, check, progress)}
    return {"languages": found}


def _transcripts(
    code: str,
    clips: Sequence[Clip],
    engines: Engines,
    settings: Settings,
    check: Check,
    progress: Callable[[str], None],
) -> dict[str, Any]:
    recognizer = recognition.choose(code, engines.recognizers)
    recognizer.load(check)
    pairs, factors = [], []
    for number, clip in enumerate(clips, start=1):
        check()
        progress(f"{code} {number}/{len(clips)}")
        samples = audio.load(clip.path, limits=settings.audio).samples
        before = time.perf_counter()
        segments = segmentation.find(samples, engines.detector, settings.segmentation)
        heard = recognition.transcribe(
            samples, segments, language=code, recognizer=recognizer, settings=settings, check=check
        )
        text = " ".join(one.utterance.text for one in heard if one.utterance is not None)
        factors.append((time.perf_counter() - before) * SAMPLE_RATE / samples.size)
        pairs.append((bench.normalize(clip.transcript, code), bench.normalize(text, code)))
    return {
        "clips": len(clips),
        "engine": recognizer.engine,
        "wer": _rate(pairs, jiwer.wer),
        "wer_ci": _bootstrap(pairs, jiwer.wer),
        "cer": _rate(pairs, jiwer.cer),
        "cer_ci": _bootstrap(pairs, jiwer.cer),
        "rtf_median": round(float(np.median(factors)), 3),
        "heard": [list(pair) for pair in pairs],
    }


def _phrases(
    code: str,
    clips: Sequence[Clip],
    others: Sequence[Clip],
    engines: Engines,
    settings: Settings,
    check: Check,
    progress: Callable[[str], None],
) -> dict[str, Any]:
    """Measure against all complaints of the phrasebook, and what the clips say beside."""
    scorer = phrases.choose(code, engines.scorers)
    scorer.load(check)
    offered = _offered(code, clips)
    places = {candidate.text: place for place, candidate in enumerate(offered)}
    norms = cohort.wait(
        cohort.norms(scorer, offered, language=code, settings=settings, check=check),
        lambda done, total: progress(f"{code} norms {done}/{total}"),
    )

    def hear(clip: Clip) -> Heard:
        check()
        samples = audio.load(clip.path, limits=settings.audio).samples
        before = time.perf_counter()
        segments = segmentation.find(samples, engines.detector, settings.segmentation)
        scores = scorer.score(phrases.spoken(samples, segments), offered, norms, language=code)
        return Heard(clip, scores, bool(segments), samples.size / SAMPLE_RATE, time.perf_counter() - before)

    heard, foreign = [], []
    for number, clip in enumerate(clips, start=1):
        progress(f"{code} {number}/{len(clips)}")
        heard.append(hear(clip))
    for number, clip in enumerate(others, start=1):
        progress(f"{code} others {number}/{len(others)}")
        foreign.append(hear(clip))
    ranks = [rank_of(one.scores, places[one.clip.transcript]) for one in heard]
    accepted = [_accepted(offered, one, settings) for one in heard]
    absent = [
        _accepted(offered, replace(one, scores=_without(one.scores, places[one.clip.transcript])), settings)
        for one in heard
    ]
    rank_list = list(zip(ranks, accepted, strict=True))
    return {
        "clips": len(heard),
        "candidates": len(offered),
        **_shares("top1", [rank == 0 for rank in ranks]),
        **_shares("top3", [rank < 3 for rank in ranks]),
        **_shares("top5", [rank < 5 for rank in ranks]),
        **_shares("accepted_right", [yes and rank == 0 for rank, yes in rank_list]),
        **_shares("accepted_wrong", [yes and rank > 0 for rank, yes in rank_list]),
        **_shares("accepted_absent", absent),
        "others": len(foreign),
        **_shares("accepted_others", [_accepted(offered, one, settings) for one in foreign]),
        "rtf_median": round(float(np.median([one.work_s / one.audio_s for one in heard])), 3) if heard else None,
        "seconds_median": round(float(np.median([one.work_s for one in heard])), 3) if heard else None,
    }


def _offered(code: str, clips: Sequence[Clip]) -> tuple[Candidate, ...]:
    offered = {candidate.text: candidate for candidate in phrases.candidates(code, "complaint")}
    for clip in clips:
        if clip.transcript not in offered:
            spelled = spellings(clip.transcript, code)
            offered[clip.transcript] = Candidate(
                phrase_id=clip.path.stem, text=clip.transcript, spellings=spelled, zh=clip.zh
            )
    return tuple(offered.values())


def rank_of(scores: NDArray[np.float32], place: int) -> int:
    """Return how many candidates score higher; of one that was left behind, how many there are."""
    if math.isnan(scores[place]):
        return len(scores)
    return int(np.nansum(scores > scores[place]))


def _without(scores: NDArray[np.float32], place: int) -> NDArray[np.float32]:
    """Return the scores as if this phrase were not in the set."""
    left = scores.copy()
    left[place] = np.nan
    return left


def _accepted(offered: Sequence[Candidate], one: Heard, settings: Settings) -> bool:
    limits = settings.phrases
    return phrases.rank(offered, one.scores, limits, top=1, scale=limits.scale, speech=one.speech).accepted


def _cohort_paths(settings: Settings) -> frozenset[Path]:
    """Clips that the norms were measured on: of course they score no better than themselves."""
    return frozenset(path.resolve() for path in cohort.load(settings).paths)


def _shares(name: str, hits: Sequence[bool]) -> dict[str, Any]:
    """Return a share and its 95 % interval (Wilson, JASA 22, 1927), null where nothing was tried."""
    count = len(hits)
    if not count:
        return {name: None, f"{name}_ci": None}
    share = sum(hits) / count
    middle = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    reach = _Z * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2)) / (1 + _Z**2 / count)
    return {
        name: round(share, 4),
        f"{name}_ci": [round(max(0.0, middle - reach), 4), round(min(1.0, middle + reach), 4)],
    }


def _rate(pairs: Sequence[tuple[str, str]], measure: Callable[..., Any]) -> float | None:
    return round(float(measure([one for one, _ in pairs], [other for _, other in pairs])), 4) if pairs else None


def _bootstrap(pairs: Sequence[tuple[str, str]], measure: Callable[..., Any]) -> list[float] | None:
    """Return the 95 % interval over clips drawn with replacement, with a fixed seed."""
    if not pairs:
        return None
    rng = np.random.default_rng(_SEED)
    rates = []
    for _ in range(RESAMPLES):
        drawn = [pairs[index] for index in rng.integers(0, len(pairs), len(pairs))]
        rates.append(float(measure([one for one, _ in drawn], [other for _, other in drawn])))
    low, high = np.percentile(rates, [2.5, 97.5])
    return [round(float(low), 4), round(float(high), 4)]


def report(figures: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    lines = []
    for code, row in figures["languages"].items():
        if "transcript" in row:
            one = row["transcript"]
            lines.append(
                f"{code}  {one['clips']:3} clips  WER {one['wer']} {one['wer_ci']}  CER {one['cer']} {one['cer_ci']}"
                f"  RTF {one['rtf_median']}"
            )
        else:
            one = row["phrases"]
            lines.append(
                f"{code}  {one['clips']:3} clips of {one['candidates']} phrases"
                f"  top-1 {one['top1']} {one['top1_ci']}  top-3 {one['top3']} {one['top3_ci']}  top-5 {one['top5']}"
            )
            lines.append(
                f"      accepted: right {one['accepted_right']}, wrong {one['accepted_wrong']},"
                f" phrase not in the set {one['accepted_absent']}, {one['others']} other clips"
                f" {one['accepted_others']}; {one['seconds_median']} s a clip, RTF {one['rtf_median']}"
            )
    return "\n".join(lines)
