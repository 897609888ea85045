"""Files to 16 kHz mono: formats, odd shapes, and everything that must be refused in words."""

from __future__ import annotations

import hashlib
import io
import os
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from av.audio.codeccontext import AudioCodecContext
from hypothesis import given
from hypothesis import settings as settings_
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kiosk import audio, resources, settings
from kiosk.audio.resampling import StreamResampler
from kiosk.errors import AudioError, Cancelled
from kiosk.recognition import SAMPLE_RATE, Samples

LIMITS = settings.Audio(max_duration_s=60.0, min_duration_s=0.1, min_free_disk_mb=0)
CLIP = resources.share("config") / "audio" / "en" / "complaint_01.flac"


@pytest.fixture(scope="module")
def speech() -> Samples:
    samples, rate = soundfile.read(CLIP, dtype="float32")
    assert rate == SAMPLE_RATE
    return np.asarray(samples, np.float32)


def encode(
    samples: Samples,
    codec: str,
    *,
    container: str,
    rate: int = 16_000,
    layout: str = "mono",
    container_options: dict[str, str] | None = None,
) -> bytes:
    """Encode 16 kHz mono samples with PyAV."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options=container_options or {}) as output:
        stream = output.add_stream(codec, rate=rate)
        assert isinstance(stream, av.AudioStream)
        context = stream.codec_context
        assert isinstance(context, AudioCodecContext)
        context.layout = layout
        formats = context.codec.audio_formats
        assert formats
        resampler = av.AudioResampler(format=formats[0], layout=layout, rate=rate)
        for at in range(0, samples.size, 1024):
            block = np.ascontiguousarray(samples[np.newaxis, at : at + 1024])
            frame = av.AudioFrame.from_ndarray(block, format="flt", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, at, Fraction(1, SAMPLE_RATE)
            for resampled in resampler.resample(frame):
                output.mux(stream.encode(resampled))
        for resampled in resampler.resample(None):
            output.mux(stream.encode(resampled))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def vorbis(samples: Samples) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, SAMPLE_RATE, format="OGG", subtype="VORBIS")
    return buffer.getvalue()


ENCODERS: dict[str, Callable[[Samples], bytes]] = {
    "pcm.wav": lambda x: encode(x, "pcm_s16le", container="wav"),
    "8k-stereo.wav": lambda x: encode(x, "pcm_s16le", container="wav", rate=8000, layout="stereo"),
    "48k.wav": lambda x: encode(x, "pcm_f32le", container="wav", rate=48_000),
    "mulaw.wav": lambda x: encode(x, "pcm_mulaw", container="wav", rate=8000),
    "adpcm.wav": lambda x: encode(x, "adpcm_ms", container="wav"),
    "44k-stereo.flac": lambda x: encode(x, "flac", container="flac", rate=44_100, layout="stereo"),
    "index.mp3": lambda x: encode(x, "libmp3lame", container="mp3", rate=44_100),
    "8k.mp3": lambda x: encode(x, "libmp3lame", container="mp3", rate=8000),
    "adts.aac": lambda x: encode(x, "aac", container="adts", rate=44_100),
    "moov-last.m4a": lambda x: encode(x, "aac", container="ipod", rate=48_000),
    "fragments.m4a": lambda x: encode(
        x, "aac", container="mp4", rate=48_000, container_options={"movflags": "frag_keyframe+empty_moov"}
    ),
    "vorbis.ogg": vorbis,
    "opus.ogg": lambda x: encode(x, "libopus", container="ogg", rate=48_000),
    "opus.webm": lambda x: encode(x, "libopus", container="webm", rate=48_000),
    "mp3-8k.mka": lambda x: encode(x, "libmp3lame", container="matroska", rate=8000),
    "pcm.aiff": lambda x: encode(x, "pcm_s16be", container="aiff"),
    "pcm.au": lambda x: encode(x, "pcm_s16be", container="au"),
}


def load(path: Path, limits: settings.Audio = LIMITS) -> audio.Recording:
    return audio.load(path, limits=limits)


@pytest.mark.parametrize("name", ENCODERS)
def test_every_format_keeps_the_speech(name: str, speech: Samples, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(ENCODERS[name](speech))
    recording = load(path)
    assert recording.duration_s == pytest.approx(speech.size / SAMPLE_RATE, abs=0.15)  # codecs fill up the last block
    assert recording.samples.dtype == np.float32
    assert recording.samples.size == round(recording.duration_s * SAMPLE_RATE)
    assert recording.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert recording.source == path
    # The waveform itself, up to the codec's delay: the best alignment correlates well.
    size = min(recording.samples.size, speech.size)
    spectrum = np.fft.rfft(recording.samples[:size], 2 * size) * np.conj(np.fft.rfft(speech[:size], 2 * size))
    best = float(np.max(np.fft.irfft(spectrum)))
    assert best / float(np.linalg.norm(recording.samples) * np.linalg.norm(speech)) > 0.95


@pytest.mark.parametrize("fraction", [0.5, 0.9])
@pytest.mark.parametrize("name", ENCODERS)
def test_a_file_that_was_cut_off_is_refused(name: str, fraction: float, speech: Samples, tmp_path: Path) -> None:
    whole = ENCODERS[name](speech)
    path = tmp_path / name
    path.write_bytes(whole[: int(len(whole) * fraction)])
    with pytest.raises(AudioError, match=r"cut off or damaged: only \d\.\d s") as caught:
        load(path)
    assert str(path) in caught.value.message
    assert "Copy it again" in caught.value.remedy


@pytest.mark.parametrize("size", [0, 0x7FFF_FFFF, 0xFFFF_FFFF])
def test_a_wav_written_to_a_pipe_has_no_length_and_is_whole(size: int, speech: Samples, tmp_path: Path) -> None:
    path = tmp_path / "pipe.wav"
    path.write_bytes(wav_header(data_size=size) + audio.to_pcm16(speech))
    assert np.array_equal(load(path).samples, audio.from_pcm16(audio.to_pcm16(speech)))


def test_a_wav_with_other_chunks_around_its_data_is_whole(speech: Samples, tmp_path: Path) -> None:
    data = audio.to_pcm16(speech)
    header = wav_header(data_size=len(data))
    listed = struct.pack("<4sI4s", b"LIST", 4, b"abcd")
    path = tmp_path / "chunks.wav"
    path.write_bytes(header[:12] + listed + header[12:] + data + listed)
    assert load(path).samples.size == speech.size


@pytest.mark.parametrize("tail", [b"TAG" + bytes(125), b"LYRICSBEGIN and no audio" * 30], ids=["id3v1", "lyrics"])
def test_a_tag_behind_an_mp3_is_not_a_cut(tail: bytes, speech: Samples, tmp_path: Path) -> None:
    path = tmp_path / "tagged.mp3"
    for index in ("1", "0"):
        body = encode(speech, "libmp3lame", container="mp3", container_options={"write_xing": index})
        path.write_bytes(body + tail)
        assert load(path).duration_s == pytest.approx(speech.size / SAMPLE_RATE, abs=0.15)


def test_a_guessed_duration_is_not_a_promise(speech: Samples, tmp_path: Path) -> None:
    # Silence first: FFmpeg guesses 10 times the length from the first frames' bit rate.
    quiet_start = np.concatenate([np.zeros(4 * SAMPLE_RATE, np.float32), speech])
    path = tmp_path / "vbr.aac"
    path.write_bytes(encode(quiet_start, "aac", container="adts", rate=44_100))
    assert load(path).duration_s == pytest.approx(quiet_start.size / SAMPLE_RATE, abs=0.1)


def test_damage_in_the_middle_is_refused(speech: Samples, tmp_path: Path) -> None:
    whole = bytearray(encode(speech, "flac", container="flac"))
    middle = len(whole) // 2
    whole[middle : middle + 400] = bytes(400)
    path = tmp_path / "damaged.flac"
    path.write_bytes(whole)
    with pytest.raises(AudioError, match="cut off or damaged"):
        load(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text.wav", b"The patient's notes are not a recording.\n" * 100),
        ("text.mp3", b"The patient's notes are not a recording.\n" * 1000),
        ("text.txt", b"The patient's notes are not a recording.\n" * 100),
        ("noise.aac", np.random.default_rng(0).bytes(50_000)),
        ("zeros.m4a", bytes(5000)),
        ("one.flac", b"f"),
        ("start.ogg", b"OggS"),
    ],
)
def test_what_is_not_audio_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(AudioError, match=f"No sound can be found in .*{name}") as caught:
        load(path)
    assert "WAV, FLAC" in caught.value.remedy
    assert "patient's notes" not in str(caught.value)


@given(
    content=st.binary(min_size=1, max_size=300),
    start=st.sampled_from([b"", b"RIFF", b"fLaC", b"OggS", b"ID3", b"\xff\xfb"]),
)
def test_arbitrary_bytes_never_give_anything_but_a_refusal(
    content: bytes, start: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "arbitrary.wav"
    path.write_bytes(start + content)
    with pytest.raises(AudioError):
        load(path)


@given(
    name=st.sampled_from(
        ["pcm.wav", "adpcm.wav", "44k-stereo.flac", "index.mp3", "moov-last.m4a", "vorbis.ogg", "opus.webm"]
    ),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=30),
    header=st.booleans(),
)
@settings_(deadline=None, max_examples=150)
def test_damaged_bytes_give_a_recording_or_a_refusal(
    name: str,
    changes: list[tuple[float, int]],
    header: bool,
    speech: Samples,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    whole = folder / f"whole-{name}"
    if not whole.exists():
        whole.write_bytes(ENCODERS[name](speech))
    content = bytearray(whole.read_bytes())
    for where, value in changes:
        content[int(where * min(len(content), 200 if header else len(content)))] = value
    path = folder / f"damaged-{name}"
    path.write_bytes(content)
    try:
        recording = load(path)
    except AudioError:
        return
    assert np.all(np.abs(recording.samples) <= 1.0)
    assert recording.duration_s <= LIMITS.max_duration_s + 1.0


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "silent.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        output.mux(stream.encode(None))
    with pytest.raises(AudioError, match="No sound can be found"):
        load(path)


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\nother.wav\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile other.wav\n",
    ],
)
def test_a_playlist_opens_no_other_file(playlist: str, speech: Samples, tmp_path: Path) -> None:
    (tmp_path / "other.wav").write_bytes(ENCODERS["pcm.wav"](speech))
    path = tmp_path / "list.wav"
    path.write_text(playlist)
    with pytest.raises(AudioError, match="No sound can be found"):
        load(path)


def test_missing_empty_folder_and_device_are_named(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="does not exist"):
        load(tmp_path / "nobody.wav")
    with pytest.raises(AudioError, match="is a folder"):
        load(tmp_path)
    (tmp_path / "empty.wav").touch()
    with pytest.raises(AudioError, match=r"empty\.wav is empty"):
        load(tmp_path / "empty.wav")
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(AudioError, match="not a regular file"):
        load(tmp_path / "pipe.wav")


def test_a_header_without_samples_is_too_short(tmp_path: Path) -> None:
    path = tmp_path / "nothing.wav"
    soundfile.write(path, np.zeros(0), SAMPLE_RATE)
    with pytest.raises(AudioError):
        load(path)
    soundfile.write(path, np.zeros(800), SAMPLE_RATE)
    with pytest.raises(AudioError, match=r"0\.05 s long; at least 0\.1 s"):
        load(path)


def test_two_hours_are_refused_before_decoding(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    size = 2 * 3600 * 32_000
    with path.open("wb") as file:
        file.write(wav_header(data_size=size))
        file.truncate(44 + size)  # sparse: takes no room
    seen: list[float] = []
    with pytest.raises(AudioError, match="is 7200 s long; at most 60 s") as caught:
        audio.load(path, limits=LIMITS, progress=seen.append)
    assert not seen
    assert "audio.max_duration_s" in caught.value.remedy


def test_over_long_without_a_header_is_refused_while_decoding(tmp_path: Path) -> None:
    path = tmp_path / "long.aac"
    path.write_bytes(encode(np.zeros(300 * SAMPLE_RATE, np.float32), "aac", container="adts"))
    seen: list[float] = []
    with pytest.raises(AudioError, match="is longer than 60 s"):
        audio.load(path, limits=LIMITS, progress=seen.append)
    assert max(seen) < 0.5


def test_decoding_can_be_cancelled_and_tells_its_progress(speech: Samples, tmp_path: Path) -> None:
    path = tmp_path / "speech.wav"
    path.write_bytes(ENCODERS["pcm.wav"](speech))
    seen: list[float] = []
    audio.load(path, limits=LIMITS, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 3

    asked: list[None] = []

    def check() -> None:
        asked.append(None)
        if len(asked) == 3:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        audio.load(path, limits=LIMITS, check=check)
    assert len(asked) == 3


@pytest.mark.parametrize("channels", [2, 6, 10, 17])
def test_channels_are_averaged(channels: int, tmp_path: Path) -> None:
    # More than eight planes used to crash the decoder's numpy bridge.
    path = tmp_path / "many.wav"
    tone = 0.9 * np.sin(np.arange(SAMPLE_RATE) / 20).astype(np.float32)
    soundfile.write(path, np.repeat(tone[:, np.newaxis], channels, axis=1), SAMPLE_RATE, subtype="FLOAT")
    assert load(path).samples == pytest.approx(tone, abs=1e-5)


def test_opposed_channels_do_not_cancel_the_voice(speech: Samples, tmp_path: Path) -> None:
    path = tmp_path / "opposed.wav"
    soundfile.write(path, np.stack([speech, -speech], axis=1), SAMPLE_RATE, subtype="FLOAT")
    assert load(path).samples == pytest.approx(np.clip(speech, -1, 1), abs=1e-6)


def test_samples_that_are_not_numbers_are_refused_and_loud_ones_clipped(tmp_path: Path) -> None:
    path = tmp_path / "odd.wav"
    samples = np.full(SAMPLE_RATE, 3.0, np.float32)
    soundfile.write(path, samples, SAMPLE_RATE, subtype="FLOAT")
    assert load(path).samples.max() == 1.0
    samples[100] = np.nan
    soundfile.write(path, samples, SAMPLE_RATE, subtype="FLOAT")
    with pytest.raises(AudioError, match="not numbers"):
        load(path)


def test_a_recording_cannot_be_edited(speech: Samples) -> None:
    recording = audio.from_samples(speech)
    with pytest.raises(ValueError, match="read-only"):
        recording.samples[0] = 1.0


@given(hnp.arrays(np.float32, st.integers(1, 400), elements=st.floats(-2, 2, width=32)))
def test_captured_samples_survive_the_journal_format(samples: Samples) -> None:
    live = audio.from_samples(samples)
    again = audio.from_samples(audio.from_pcm16(audio.to_pcm16(live.samples)))
    assert again.sha256 == live.sha256
    assert np.max(np.abs(again.samples - live.samples)) <= 1 / 32768
    assert live.duration_s * SAMPLE_RATE == pytest.approx(samples.size)


def test_nothing_captured_is_an_error() -> None:
    with pytest.raises(AudioError, match="holds no sound"):
        audio.from_samples(np.empty(0, np.float32))
    with pytest.raises(ValueError, match="shape"):
        audio.from_samples(np.zeros((10, 2), np.float32))


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100, 48_000])
def test_streamed_resampling_has_no_seams(rate: int) -> None:
    time = np.arange(rate) / rate
    tone = (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    resampler = StreamResampler(rate)
    blocks = [resampler.push(tone[at : at + 777]) for at in range(0, tone.size, 777)]
    out = np.concatenate([*blocks, resampler.flush()])
    assert abs(out.size - SAMPLE_RATE) <= 2
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(out.size) / SAMPLE_RATE)
    assert np.max(np.abs(out[200:-200] - expected[200:-200])) < 0.01


def test_loudness() -> None:
    assert audio.rms_dbfs(np.ones(10, np.float32)) == 0.0
    assert audio.rms_dbfs(np.full(10, 0.1, np.float32)) == pytest.approx(-20.0, abs=1e-4)
    assert audio.rms_dbfs(np.empty(0, np.float32)) == audio.rms_dbfs(np.zeros(5, np.float32)) == audio.SILENT_DBFS


def test_a_nurse_is_told_of_bad_levels(speech: Samples) -> None:
    def kind(samples: Samples) -> str | None:
        caution = audio.level_caution(samples)
        return caution.kind if caution else None

    assert kind(speech) is None
    # One loud second is enough: a patient who waits first is not too quiet.
    assert kind(np.concatenate([np.zeros(20 * SAMPLE_RATE, np.float32), speech])) is None
    assert kind(speech / np.float32(100)) == "too_quiet"
    assert kind(np.clip(speech * np.float32(20), -1, 1)) == "too_loud"


def wav_header(*, data_size: int) -> bytes:
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, SAMPLE_RATE, 2 * SAMPLE_RATE, 2, 16)
    riff = min(0xFFFF_FFFF, data_size + 36)
    return struct.pack("<4sI4s", b"RIFF", riff, b"WAVE") + fmt + struct.pack("<4sI", b"data", data_size)
