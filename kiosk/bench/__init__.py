"""Benchmarks: recognition quality and speed beside faster-whisper as it comes, on the clips that ship with the program.

The engines arrive as arguments. Both sides get the same decoded samples and the same language; ours pays for its speech
detector. They take turns clip by clip, in alternating order, because a shared machine drifts by more than what is
measured: compare ratios, not seconds.
"""

from __future__ import annotations

import json
import math
import os
import platform
import re
import statistics
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

import jiwer

from kiosk import audio, recognition, resources, segmentation
from kiosk.bench.limit import Machine, Workload
from kiosk.errors import SettingsError
from kiosk.recognition import Check, Recognizer, Samples, SpeechDetector, never
from kiosk.settings import Settings
from kiosk.stopwatch import timed

Json = dict[str, object]
Progress = Callable[[str, int, int], None]
"""(clip, done, total)"""

LANGUAGES = ("en", "ru", "zh")
_BY_CHARACTER = frozenset({"zh"})  # written without spaces: characters are counted instead of words
_PACKAGES = ("faster-whisper", "ctranslate2", "onnxruntime", "numpy")

# fmt: off
_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
# fmt: on


class Baseline(Protocol):
    """What ours is compared with."""

    def load(self) -> None: ...

    def transcribe(self, samples: Samples, *, language: str) -> str:
        """Return the text of a whole recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One shipped recording and what is said in it."""

    path: Path
    language: str
    transcript: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One clip through both systems: normalised texts, and wall-clock seconds; ``limit_s`` is the least they can be."""

    language: str
    reference: str
    text: str
    stock_text: str
    seconds: float
    stock_seconds: float
    limit_s: float | None = None


def clips(languages: Iterable[str] = LANGUAGES) -> tuple[Clip, ...]:
    """Return the shipped clips of these languages that have a transcript, in the manifest's order.

    Raises:
        SettingsError: the manifest cannot be read.
    """
    wanted = frozenset(languages)
    folder = resources.share("config") / "audio"
    path = folder / "manifest.jsonl"
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return tuple(
            Clip(path=folder / row["path"], language=row["lang"], transcript=row["transcript"])
            for row in rows
            if row["lang"] in wanted and row["transcript"]
        )
    except (OSError, ValueError, KeyError) as error:
        raise SettingsError(f"The clip manifest {path} cannot be read: {error}.") from None


def asr(
    chosen: Sequence[Clip],
    *,
    detector: SpeechDetector,
    recognizer: Recognizer,
    baseline: Baseline,
    settings: Settings,
    workload: Workload | None = None,
    progress: Progress = lambda _clip, _done, _total: None,
    check: Check = never,
) -> Json:
    """Measure word error rate and time of open transcription beside the baseline.

    ``wer`` is over words of all clips but Chinese, whose character error rate is given apart (``cer``, ``stock_cer``).
    ``speedup_vs_stock`` is the median over clips of the baseline's time by ours. Seconds are per clip.
    ``times_limit`` is our time by the least that the machine needs (``kiosk.bench.limit``), the median over clips.

    Raises:
        ModelError: a model is missing or altered.
        SettingsError: no clips.
    """
    if not chosen:
        raise SettingsError("There are no clips to measure.")
    recognizer.load(check)
    baseline.load()
    machine = Machine.measured() if workload is not None else None
    trials: list[Trial] = []
    for index, clip in enumerate(chosen):
        check()
        samples = audio.load(clip.path, limits=settings.audio).samples

        def ours(samples: Samples = samples, clip: Clip = clip) -> str:
            return _transcribe(samples, clip.language, detector, recognizer, settings, check)

        def stock(samples: Samples = samples, clip: Clip = clip) -> str:
            return baseline.transcribe(samples, language=clip.language)

        if index == 0:  # the first run of each pays for pages and caches
            ours(), stock()
        if index % 2:
            (stock_text, stock_s), (text, seconds) = timed(stock), timed(ours)
        else:
            (text, seconds), (stock_text, stock_s) = timed(ours), timed(stock)
        trials.append(
            Trial(
                language=clip.language,
                reference=normalize(clip.transcript, clip.language),
                text=normalize(text, clip.language),
                stock_text=normalize(stock_text, clip.language),
                seconds=seconds,
                stock_seconds=stock_s,
                limit_s=(
                    machine.seconds(workload.of(len(samples) / recognition.SAMPLE_RATE, text))
                    if machine is not None and workload is not None
                    else None
                ),
            )
        )
        progress(f"{clip.path.parent.name}/{clip.path.name}", index + 1, len(chosen))
    return summarize(trials)


def summarize(trials: Sequence[Trial]) -> Json:
    """Return the figures of :func:`asr` for trials already made."""
    words = [trial for trial in trials if trial.language not in _BY_CHARACTER]
    characters = [trial for trial in trials if trial.language in _BY_CHARACTER]
    ours = [trial.seconds for trial in trials]
    stock = [trial.stock_seconds for trial in trials]
    bound = [(trial.seconds, trial.limit_s) for trial in trials if trial.limit_s is not None]
    return {
        "clips": len(trials),
        "wer": _error_rate(words, ours=True),
        "stock_wer": _error_rate(words, ours=False),
        "cer": _error_rate(characters, ours=True, by_character=True),
        "stock_cer": _error_rate(characters, ours=False, by_character=True),
        "by_language": {
            language: {
                "clips": len(group),
                "error_rate": _error_rate(group, ours=True, by_character=language in _BY_CHARACTER),
                "stock_error_rate": _error_rate(group, ours=False, by_character=language in _BY_CHARACTER),
            }
            for language in dict.fromkeys(trial.language for trial in trials)
            if (group := [trial for trial in trials if trial.language == language])
        },
        "speedup_vs_stock": round(statistics.median(b / a for a, b in zip(ours, stock, strict=True)), 3),
        "median_s": round(statistics.median(ours), 3),
        "stock_median_s": round(statistics.median(stock), 3),
        "p95_s": round(percentile(ours, 0.95), 3),
        "limit_s": round(statistics.median(limit for _, limit in bound), 3) if bound else None,
        "times_limit": round(statistics.median(took / limit for took, limit in bound), 2) if bound else None,
    }


def report(figures: Mapping[str, Any]) -> str:
    """Return the figures of ``kiosk bench`` as lines for people."""
    asr, live, note, said = figures["asr"], figures["live"], figures["note"], figures["phrases"]
    lines = (
        f"machine        {figures['machine']['cpu']}, {figures['machine']['cores']} cores",
        f"asr            {asr['clips']} clips; seconds a clip: median {asr['median_s']}, p95 {asr['p95_s']}",
        f"  vs stock     {asr['speedup_vs_stock']} x as fast as faster-whisper (median {asr['stock_median_s']} s)",
        f"  vs limit     {asr['times_limit']} x the least time for its arithmetic and memory ({asr['limit_s']} s)",
        f"  WER          {asr['wer']} (stock {asr['stock_wer']}); zh CER {asr['cer']} (stock {asr['stock_cer']})",
        f"live text      {live['load']:.0%} of one core while somebody speaks (worst clip {live['load_worst']:.0%})",
        f"  end noticed  {live['end_of_speech_median_s']} s after the last word; worst {live['end_of_speech_worst_s']}",
        f"phrases        {said['candidates']} candidates, {said['audio_s']:g} s of speech, {said['clips']} clips",
        f"  seconds      median {said['median_s']}, p95 {said['p95_s']}",
        f"  vs all       {said['speedup_vs_exhaustive']} x as fast as scoring everything",
        f"  same first   {said['top1_agreement']:.0%} of the clips",
        f"  vs align     {said['speedup_vs_align']} x as fast as CTranslate2's align",
        f"  vs limit     {said['times_limit']} x the time of its multiplications",
        f"note           {note['forms']} forms; ms a sentence: median {note['median_ms']}, p95 {note['p95_ms']}",
        f"  vs naive     {note['vs_naive']} x the time of searching every form in the text",
        f"memory         {figures['memory_mb']} MB with recogniser and phrase scorer, 300 phrases scored",
    )
    return "\n".join(lines)


def machine() -> Json:
    """Describe what the figures were measured on."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "os": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in _PACKAGES},
    }


def memory_mb() -> int | None:
    """Return this process's peak resident memory so far, in MB; None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10))


def normalize(text: str, language: str) -> str:
    """Return text as error rates compare it.

    NFKC, case folded; ``ё`` as ``е``; English numbers up to 999 spelled out ("28" is "twenty eight"); everything that
    is not a letter or digit is a space, except an apostrophe, which vanishes ("what's" is "whats"); single spaces, or
    none in Chinese. Russian numbers stay as written: their case endings cannot be told from digits.
    """
    text = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    text = re.sub(r"['’ʼ]", "", text)
    text = "".join(char if char.isalnum() else " " for char in text)
    if language == "en":
        text = re.sub(r"\d{1,3}(?!\d)(?<!\d{4})", lambda found: f" {_spelled(int(found[0]))} ", text)
    return ("" if language in _BY_CHARACTER else " ").join(text.split())


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _spelled(number: int) -> str:
    if number < 20:
        return _UNITS[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return _TENS[tens] + (f" {_UNITS[rest]}" if rest else "")
    hundreds, rest = divmod(number, 100)
    return f"{_UNITS[hundreds]} hundred" + (f" {_spelled(rest)}" if rest else "")


def _transcribe(
    samples: Samples,
    language: str,
    detector: SpeechDetector,
    recognizer: Recognizer,
    settings: Settings,
    check: Check,
) -> str:
    segments = segmentation.find(samples, detector, settings.segmentation)
    heard = recognition.transcribe(
        samples, segments, language=language, recognizer=recognizer, settings=settings, check=check
    )
    return " ".join(one.utterance.text for one in heard if one.utterance is not None)


def _error_rate(trials: Sequence[Trial], *, ours: bool, by_character: bool = False) -> float | None:
    if not trials:
        return None
    references = [trial.reference for trial in trials]
    texts = [trial.text if ours else trial.stock_text for trial in trials]
    rate = jiwer.cer(references, texts) if by_character else jiwer.wer(references, texts)
    return round(float(rate), 4)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
