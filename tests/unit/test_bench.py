"""The benchmark's arithmetic; the engines' figures come from `kiosk bench`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import bench, settings
from kiosk.engines.scripted import ScriptedDetector, ScriptedRecognizer
from kiosk.errors import SettingsError
from kiosk.recognition import Samples


@pytest.mark.parametrize(
    ("text", "language", "normal"),
    [
        ("What's the weather like?", "en", "whats the weather like"),
        ("I am 28 weeks pregnant", "en", "i am twenty eight weeks pregnant"),
        ("500 milligrams", "en", "five hundred milligrams"),
        ("105, 7 and 2024", "en", "one hundred five seven and 2024"),
        ("Ещё раз — введите №5!", "ru", "еще раз введите no5"),
        ("广州市， 房地产。", "zh", "广州市房地产"),
        ("", "en", ""),
    ],
)
def test_normalising(text: str, language: str, normal: str) -> None:
    assert bench.normalize(text, language) == normal


@given(st.text(), st.sampled_from(["en", "ru", "zh"]))
def test_normalising_twice_changes_nothing(text: str, language: str) -> None:
    once = bench.normalize(text, language)
    assert bench.normalize(once, language) == once


def test_percentile_is_nearest_rank() -> None:
    values = [float(value) for value in range(1, 21)]
    assert bench.percentile(values, 0.95) == 19.0
    assert bench.percentile(values, 1.0) == 20.0
    assert bench.percentile([3.0], 0.95) == 3.0


def trial(language: str, reference: str, text: str, stock: str, seconds: float, stock_seconds: float) -> bench.Trial:
    return bench.Trial(
        language=language,
        reference=reference,
        text=text,
        stock_text=stock,
        seconds=seconds,
        stock_seconds=stock_seconds,
    )


def test_summary() -> None:
    summary = bench.summarize(
        [
            trial("en", "a b c d", "a b c d", "a b c x", 1.0, 2.0),
            trial("ru", "д е", "д ж", "д е", 1.0, 3.0),
            trial("zh", "头痛三天", "头痛两天", "头痛三天", 2.0, 2.0),
        ]
    )
    assert summary["clips"] == 3
    assert summary["wer"] == pytest.approx(1 / 6, abs=1e-4)
    assert summary["stock_wer"] == pytest.approx(1 / 6, abs=1e-4)
    assert summary["cer"] == 0.25
    assert summary["stock_cer"] == 0.0
    assert summary["speedup_vs_stock"] == 2.0
    assert summary["median_s"] == 1.0
    assert summary["stock_median_s"] == 2.0
    assert summary["p95_s"] == 2.0


def test_without_chinese_there_is_no_character_error_rate() -> None:
    summary = bench.summarize([trial("en", "a", "a", "a", 1.0, 1.0)])
    assert summary["cer"] is None
    assert summary["wer"] == 0.0


class ScriptedBaseline:
    """Answers always the same."""

    def load(self) -> None:
        return

    def transcribe(self, samples: Samples, *, language: str) -> str:
        return f"{language} {len(samples)}"


def test_both_sides_hear_the_same_clips() -> None:
    chosen = bench.clips(["en"])[:3]
    seen: list[tuple[str, int, int]] = []
    result = bench.asr(
        chosen,
        detector=ScriptedDetector(),
        # The first clip is run twice, to warm up.
        recognizer=ScriptedRecognizer([chosen[0].transcript, *(clip.transcript for clip in chosen)], languages=["en"]),
        baseline=ScriptedBaseline(),
        settings=settings.load(),
        progress=lambda clip, done, total: seen.append((clip, done, total)),
    )
    assert (result["clips"], result["wer"]) == (3, 0.0)
    assert result["stock_wer"] == 1.0
    assert seen[-1] == (f"en/{chosen[2].path.name}", 3, 3)


def test_no_clips_is_an_error() -> None:
    with pytest.raises(SettingsError, match="no clips"):
        bench.asr(
            [],
            detector=ScriptedDetector(),
            recognizer=ScriptedRecognizer([], languages=[]),
            baseline=ScriptedBaseline(),
            settings=settings.load(),
        )


def test_every_shipped_clip_of_the_measured_languages_is_there() -> None:
    clips = bench.clips()
    assert {clip.language for clip in clips} == set(bench.LANGUAGES)
    assert all(clip.path.is_file() for clip in clips)


def test_the_machine_is_described() -> None:
    machine = bench.machine()
    assert machine["cpu"]
    assert isinstance(machine["packages"], dict)
    peak = bench.memory_mb()
    assert peak is None or peak > 10
