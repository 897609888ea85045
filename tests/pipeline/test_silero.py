"""Silero VAD on the shipped clips: every voice is found, no noise is taken for one."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kiosk import audio, resources, segmentation, settings
from kiosk.encounter import Segment
from kiosk.engines.silero import FRAME, WARM_UP, SileroDetector
from kiosk.errors import Cancelled, ModelError
from kiosk.recognition import SAMPLE_RATE, Samples, SpeechDetector

pytestmark = pytest.mark.model

CLIPS = resources.share("config") / "audio"
SETTINGS = settings.load()
MANIFEST: list[dict[str, Any]] = [
    json.loads(line) for line in (CLIPS / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
]
SPEECH = [entry["path"] for entry in MANIFEST if not entry["path"].startswith("noise/")]
NOISE = sorted(str(path.relative_to(CLIPS)) for path in (CLIPS / "noise").glob("*.flac"))


@pytest.fixture(scope="module")
def detector() -> SileroDetector:
    return SileroDetector()


def samples(name: str) -> Samples:
    return audio.load(CLIPS / name, limits=SETTINGS.audio).samples


def segments(detector: SpeechDetector, heard: Samples) -> tuple[Segment, ...]:
    return segmentation.segments(
        detector.probabilities(heard),
        frame_s=detector.frame_s,
        settings=SETTINGS.segmentation,
        duration_s=heard.size / SAMPLE_RATE,
    )


@pytest.mark.parametrize("name", SPEECH)
def test_speech_is_found(name: str, detector: SileroDetector) -> None:
    heard = samples(name)
    found = segments(detector, heard)
    assert found
    # The segments hold the voice: nearly all of the energy.
    kept = sum(
        float(np.sum(np.square(heard[int(s.start_s * SAMPLE_RATE) : int(s.end_s * SAMPLE_RATE)]))) for s in found
    )
    assert kept > 0.98 * float(np.sum(np.square(heard)))


def test_speech_that_begins_at_once_is_heard_from_its_beginning(detector: SileroDetector) -> None:
    # A cold model opened this clip 0.28 s late, padding included: after the first syllable.
    assert segments(detector, samples("ru/asterisk_auth-incorrect.flac"))[0].start_s == 0.0


@pytest.mark.parametrize("name", NOISE)
def test_noise_is_not_speech(name: str, detector: SileroDetector) -> None:
    assert segments(detector, samples(name)) == ()


def test_it_agrees_with_faster_whispers_own_wrapper(detector: SileroDetector) -> None:
    from faster_whisper.vad import get_vad_model

    heard = np.tile(samples("en/complaint_07.flac"), 12)  # two chunks
    padded = np.pad(heard, (0, -heard.size % FRAME))
    ours, theirs = detector.probabilities(heard), get_vad_model()(padded).reshape(-1)
    # Its last frame differs: the wrapper overwrites the end of its input. The first second is heard twice here.
    assert ours[2 * WARM_UP : -1] == pytest.approx(theirs[2 * WARM_UP : -1], abs=1e-4)
    assert np.all(ours[: 2 * WARM_UP] >= theirs[: 2 * WARM_UP] - 1e-4)


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME])
def test_every_length_gives_whole_frames(size: int, detector: SileroDetector) -> None:
    probabilities = detector.probabilities(np.zeros(size, np.float32))
    assert probabilities.shape == (-(-size // FRAME),)
    assert probabilities.dtype == np.float32
    assert np.all((probabilities >= 0) & (probabilities <= 1))


def test_the_input_is_left_alone_and_nothing_is_remembered(detector: SileroDetector) -> None:
    heard = samples("kk/issai_example_2.flac")  # read-only
    first = detector.probabilities(heard)
    detector.probabilities(samples("noise/tones.flac"))
    assert np.array_equal(detector.probabilities(heard), first)


def test_long_audio_can_be_cancelled(detector: SileroDetector) -> None:
    asked: list[None] = []

    def check() -> None:
        asked.append(None)
        if len(asked) == 2:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        detector.probabilities(np.zeros(100 * SAMPLE_RATE, np.float32), check)
    assert len(asked) == 2


def test_it_names_itself(detector: SileroDetector) -> None:
    assert detector.engine == "silero@v6"
    assert detector.frame_s == 0.032


def test_a_missing_or_damaged_model_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ModelError, match="not installed") as caught:
        SileroDetector().load()
    assert caught.value.remedy.startswith("pip install")

    class Spec:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: Spec)
    with pytest.raises(ModelError, match="is missing"):
        SileroDetector().load()

    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "silero_vad_v6.onnx").write_bytes(b"half a model")
    with pytest.raises(ModelError, match="cannot be loaded"):
        SileroDetector().load()
