"""Whisper base itself, on the clips that ship with the program."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import jiwer
import numpy as np
import pytest

from kiosk import audio, bench, engines, recognition, resources, segmentation, settings
from kiosk.encounter import LanguageChoice, Segment
from kiosk.errors import Cancelled, EngineError, LanguageError, ModelError, UnsupportedLanguageError
from kiosk.recognition import OTHER, Heard, Recognizer, Samples

SETTINGS = settings.load()
AUDIO = resources.share("config") / "audio"

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    """The recogniser, its weights joined in a fresh home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KIOSK_HOME", str(tmp_path_factory.mktemp("home")))
        recognizer = engines.recognizer(SETTINGS.recognition.model, SETTINGS)
        recognizer.load()
    return recognizer


def load(clip: str) -> Samples:
    return audio.load(AUDIO / clip, limits=SETTINGS.audio).samples


def speech(samples: Samples) -> tuple[Segment, ...]:
    detector = engines.detector()
    return segmentation.segments(
        detector.probabilities(samples),
        frame_s=detector.frame_s,
        settings=SETTINGS.segmentation,
        duration_s=len(samples) / recognition.SAMPLE_RATE,
    )


def transcribe(
    samples: Samples, language: str, whisper: Recognizer, segments: tuple[Segment, ...] | None = None
) -> list[Heard]:
    segments = speech(samples) if segments is None else segments
    return [*recognition.transcribe(samples, segments, language=language, recognizer=whisper, settings=SETTINGS)]


def text(heard: list[Heard]) -> str:
    return " ".join(one.utterance.text for one in heard if one.utterance)


def detect(samples: Samples, whisper: Recognizer, enabled: tuple[str, ...] = SETTINGS.site.languages) -> LanguageChoice:
    return recognition.detect(samples, speech(samples), enabled=enabled, recognizers=[whisper], settings=SETTINGS)


def word_errors(clip: str, language: str, whisper: Recognizer) -> float:
    [reference] = [one.transcript for one in bench.clips([language]) if one.path == AUDIO / clip]
    found = text(transcribe(load(clip), language, whisper))
    measure = jiwer.cer if language == "zh" else jiwer.wer
    return float(measure(bench.normalize(reference, language), bench.normalize(found, language)))


@pytest.mark.parametrize(
    ("clip", "language", "limit"),
    [
        ("en/complaint_01.flac", "en", 0.1),
        ("en/complaint_08.flac", "en", 0.1),
        ("ru/asterisk_check-number-dial-again.flac", "ru", 0.2),
        ("zh/aishell1_BAC009S0724W0121.flac", "zh", 0.34),
    ],
)
def test_speech_is_written_down(clip: str, language: str, limit: float, whisper: Recognizer) -> None:
    assert word_errors(clip, language, whisper) <= limit


def test_chinese_is_written_in_simplified_characters(whisper: Recognizer) -> None:
    found = text(transcribe(load("zh/aishell1_BAC009S0724W0121.flac"), "zh", whisper))
    assert "广州" in found
    found.encode("gb2312")  # which has no traditional characters


def test_an_utterance_says_where_it_comes_from(whisper: Recognizer) -> None:
    samples = load("en/complaint_01.flac")
    [heard] = transcribe(samples, "en", whisper)
    assert heard.utterance is not None
    assert heard.utterance.engine == "whisper@base-d01c3014"
    assert 0.0 <= heard.utterance.start_s < heard.utterance.end_s <= len(samples) / 16_000
    assert 0.5 < heard.utterance.score <= 1.0


@pytest.mark.parametrize("clip", ["noise/silence.flac", "noise/pink.flac", "noise/tones.flac"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_noise_gives_no_words_even_when_taken_for_speech(clip: str, language: str, whisper: Recognizer) -> None:
    samples = load(clip)
    assert speech(samples) == (), "the detector keeps it from the recogniser"
    everything = (Segment(0.0, len(samples) / 16_000),)
    [heard] = transcribe(samples, language, whisper, everything)
    assert heard.utterance is None
    assert heard.cautions


def test_white_noise_does_not_become_subtitle_credits(whisper: Recognizer) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 160_000).astype(np.float32)
    [heard] = transcribe(noise, "ru", whisper, (Segment(0.0, 10.0),))
    assert heard.utterance is None


def test_english_decoded_as_chinese_is_dropped(whisper: Recognizer) -> None:
    [heard] = transcribe(load("en/complaint_01.flac"), "zh", whisper)
    assert heard.utterance is None
    assert [caution.kind for caution in heard.cautions] == ["script"]


@pytest.mark.parametrize(("clip", "code"), [("en/complaint_02.flac", "en"), ("ru/asterisk_vm-intro.flac", "ru")])
def test_a_known_language_is_detected(clip: str, code: str, whisper: Recognizer) -> None:
    choice = detect(load(clip), whisper)
    assert (choice.code, choice.evidence) == (code, "detected")
    assert choice.score >= SETTINGS.recognition.min_language_probability


@pytest.mark.parametrize("clip", ["ug/phrase_08.flac", "ug/phrase_17.flac", "kk/issai_example_1.flac"])
def test_speech_in_a_language_that_whisper_does_not_know_is_refused(clip: str, whisper: Recognizer) -> None:
    samples = load(clip)
    with pytest.raises(LanguageError, match="could not be detected"):
        detect(samples, whisper)
    with pytest.raises(LanguageError, match="could not be detected"):
        detect(samples, whisper, (*SETTINGS.site.languages, "tr"))


def test_a_language_that_whisper_does_not_know_is_never_decoded_as_another(whisper: Recognizer) -> None:
    with pytest.raises(UnsupportedLanguageError, match="维吾尔语"):
        whisper.recognize(load("ug/phrase_00.flac"), language="ug")


def test_language_probabilities_sum_to_one(whisper: Recognizer) -> None:
    found = whisper.language_probabilities(load("en/complaint_01.flac"), ["ru", "en"])
    assert set(found) == {"ru", "en", OTHER}
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["en"] > 0.9


def test_only_thirty_seconds_are_heard_for_the_language(whisper: Recognizer) -> None:
    clip = load("en/complaint_01.flac")
    long = np.concatenate([np.tile(clip, 8), np.zeros(16_000 * 10, np.float32)])
    assert whisper.language_probabilities(long, ["en"])["en"] > 0.9


def test_recognition_is_repeatable(whisper: Recognizer) -> None:
    samples = load("ru/asterisk_vm-intro.flac")
    assert whisper.recognize(samples, language="ru") == whisper.recognize(samples, language="ru")


def test_higher_temperatures_are_tried_when_the_beam_fails(whisper: Recognizer) -> None:
    """Reversed speech is improbable; clear speech is not."""

    def attempts(samples: Samples) -> int:
        calls = 0

        def check() -> None:
            nonlocal calls
            calls += 1

        whisper.recognize(samples, language="ru", check=check)
        return calls - 1  # one is before the encoder

    samples = load("ru/asterisk_vm-intro.flac")
    assert attempts(samples) == 0  # the short context was sure
    assert attempts(np.ascontiguousarray(samples[::-1])) > 1


@pytest.mark.parametrize("length", [1, 79, 160, 8_000])
def test_scraps_of_audio_do_not_break_it(length: int, whisper: Recognizer) -> None:
    hypothesis = whisper.recognize(np.zeros(length, np.float32), language="en")
    assert hypothesis.mean_log_prob <= 0.0


def test_a_segment_over_thirty_seconds_is_an_error_not_a_cut(whisper: Recognizer) -> None:
    with pytest.raises(EngineError, match="at most 30 s"):
        whisper.recognize(np.zeros(30 * 16_000 + 1, np.float32), language="en")


def test_decoding_stops_when_cancelled(whisper: Recognizer) -> None:
    def check() -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        whisper.recognize(load("en/complaint_01.flac"), language="en", check=check)


def test_nothing_is_looked_up_on_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_args: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    recognizer = engines.recognizer("whisper-base", SETTINGS)
    recognizer.load()
    assert recognizer.recognize(np.zeros(16_000, np.float32), language="en").tokens >= 0


def test_a_model_that_cannot_transcribe_is_refused_by_name() -> None:
    with pytest.raises(ModelError, match="cannot transcribe") as caught:
        engines.recognizer("silero-vad-v6", SETTINGS)
    assert "whisper-base" in caught.value.remedy


def test_files_that_are_not_a_model_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    folder = tmp_path / "models" / "broken"
    folder.mkdir(parents=True)
    (folder / "tokenizer.json").write_bytes(b"{}")
    (tmp_path / "models" / "manifest.toml").write_text(
        f"""
        [broken]
        kind = "asr"
        engine = "whisper"
        source = "a stick"
        revision = "1"
        licence = "MIT"
        languages = ["en"]
        folder = "broken"
        [[broken.files]]
        name = "tokenizer.json"
        size = 2
        sha256 = "{hashlib.sha256(b"{}").hexdigest()}"
        """,
        encoding="utf-8",
    )
    with pytest.raises(ModelError, match=r"'broken'.*cannot be loaded") as caught:
        engines.recognizer("broken", SETTINGS).load()
    assert caught.value.remedy == "Run: kiosk models verify broken"


@pytest.mark.slow
def test_no_shipped_clip_is_detected_as_another_language(whisper: Recognizer) -> None:
    rows = [json.loads(line) for line in (AUDIO / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    wrong, asked = [], []
    for row in rows:
        if row["lang"] is None:  # noise
            continue
        try:
            found = detect(load(row["path"]), whisper).code
        except LanguageError:
            asked.append(row["path"])
        else:
            if found != row["lang"]:
                wrong.append((row["path"], found))
    assert wrong == []
    unknown = {row["path"] for row in rows if row["lang"] in {"ug", "kk", "uz"}}
    assert unknown <= set(asked)
    assert len(set(asked) - unknown) <= 3, "known languages should seldom need asking"


@pytest.mark.slow
def test_error_rates_on_all_clips(whisper: Recognizer) -> None:
    for language, limit in (("en", 0.05), ("ru", 0.28)):
        references, texts = [], []
        for clip in bench.clips([language]):
            samples = audio.load(clip.path, limits=SETTINGS.audio).samples
            references.append(bench.normalize(clip.transcript, language))
            texts.append(bench.normalize(text(transcribe(samples, language, whisper)), language))
        assert jiwer.wer(references, texts) <= limit
