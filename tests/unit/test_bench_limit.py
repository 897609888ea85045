"""The least time that work can take, and what following a speaker costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kiosk import bench, models, settings
from kiosk.bench import live as bench_live
from kiosk.bench.limit import Machine, Work
from kiosk.encounter import Segment
from kiosk.engines.scripted import ScriptedDetector, ScriptedRecognizer
from kiosk.engines.whisper import WhisperRecognizer
from kiosk.engines.workload import WhisperWorkload


def test_the_least_time_is_that_of_arithmetic_and_of_memory() -> None:
    machine = Machine(multiply_adds=100.0, bytes_read=10.0)
    assert machine.seconds(Work(multiply_adds=200)) == 2.0
    assert machine.seconds(Work(multiply_adds=200, bytes_read=30)) == 5.0


def test_a_machine_multiplies_and_reads() -> None:
    machine = Machine.measured()
    assert machine.multiply_adds > 1e8
    assert machine.bytes_read > 1e8


@pytest.mark.model
def test_the_work_of_whisper_base() -> None:
    """A token of the decoder reads about 49 million weights, the audio's keys and values aside."""
    chosen = settings.load()
    entry = models.get(chosen.recognition.model)
    recognizer = WhisperRecognizer(entry, chosen.recognition)
    workload = WhisperWorkload(models.ensure(entry.name) / "model.bin", recognizer, margin_s=1.0)
    one, longer = workload.of(4.0, "my head"), workload.of(4.0, "my head hurts very badly today")
    tokens = len(recognizer.tokens(" my head hurts very badly today")) - len(recognizer.tokens(" my head"))
    cache = 2 * 250 * 512 * 6 * 4  # keys and values of 5 s at 50 states a second, width 512, six layers
    assert (longer.bytes_read - one.bytes_read) / tokens == pytest.approx(49e6 + cache, rel=0.05)
    assert longer.multiply_adds == one.multiply_adds
    assert workload.of(8.0, "my head").multiply_adds > 1.7 * one.multiply_adds


def test_speech_is_followed_at_its_own_pace(tmp_path: Path) -> None:
    import soundfile

    path = tmp_path / "clip.wav"
    soundfile.write(path, np.zeros(16000, np.float32), 16000)
    chosen = settings.load()
    figures = bench_live.measure(
        [bench.Clip(path=path, language="en", transcript="my head hurts")],
        detector=ScriptedDetector([Segment(0.1, 0.9)]),
        recognizer=ScriptedRecognizer(["my head hurts"] * 20, languages=["en"]),
        settings=chosen,
    )
    assert figures["clips"] == 1
    assert figures["ended_early"] == 0
    assert chosen.live.end_of_speech_s - 0.1 <= figures["end_of_speech_median_s"]
