"""Recording: from a clip in real time and at full speed, from a device that fails, and from a pretended PortAudio."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk import audio, settings
from kiosk.capture import devices, journal
from kiosk.capture.devices import ClipSource, PortAudioSource
from kiosk.capture.journal import Journal
from kiosk.capture.microphone import BlockQueue, InputStream, Recorder
from kiosk.errors import AudioError, DeviceError, StorageError
from kiosk.recognition import SAMPLE_RATE, Samples

LIMITS = settings.Audio(max_duration_s=60.0, min_duration_s=0.1, min_free_disk_mb=0)
MICROPHONE = settings.Microphone(device="", block_ms=100, queue_blocks=10, max_utterance_s=60.0)
WAIT_S = 30.0
"""No test waits so long; it bounds one that fails."""


def tone(seconds: float, rate: int = SAMPLE_RATE) -> Samples:
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


class Script:
    """A device that delivers what a test tells it to."""

    def __init__(self, samplerate: float = SAMPLE_RATE) -> None:
        self.samplerate = samplerate
        self.queue: BlockQueue | None = None
        self.closed = False

    def open(self, queue: BlockQueue, *, block_ms: int) -> InputStream:
        assert block_ms == MICROPHONE.block_ms
        self.queue = queue
        return self

    def start(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    def say(self, samples: NDArray[np.float32]) -> None:
        assert self.queue is not None
        self.queue.offer(samples)

    def unplug(self) -> None:
        assert self.queue is not None
        self.queue.end("lost")


def record(
    source: Script | ClipSource | PortAudioSource,
    directory: Path,
    microphone: settings.Microphone = MICROPHONE,
    *,
    stall_s: float = WAIT_S,
) -> Recorder:
    return Recorder(source, directory=directory, microphone=microphone, limits=LIMITS, stall_s=stall_s)


def until_ended(recorder: Recorder) -> list[tuple[float, float]]:
    """Read levels until no more sound comes."""
    readings = []
    while (reading := recorder.level(WAIT_S)) is not None:
        readings.append(reading)
    assert recorder.ended
    return readings


@pytest.mark.parametrize("realtime", [True, False])
def test_a_clip_is_recorded_whole(realtime: bool, tmp_path: Path) -> None:
    clip = tone(0.95)
    recorder = record(ClipSource(clip, realtime=realtime), tmp_path)
    readings = until_ended(recorder)
    recording = recorder.stop()
    assert np.array_equal(recording.samples, clip)
    assert recorder.overruns == 0
    assert recorder.cautions == ()
    assert readings[-1][1] == 0.95
    assert readings[0][0] == pytest.approx(-9.03, abs=0.05)
    assert recording.source == recorder.path
    # The journal holds the same, and is held until someone lets go.
    assert journal.recover(recorder.path).sha256 == recording.sha256
    assert journal.orphans(tmp_path) == []
    recorder.release()
    assert [orphan.duration_s for orphan in journal.orphans(tmp_path)] == [0.95]
    recorder.discard()
    assert [*tmp_path.iterdir()] == []


def test_a_clip_longer_than_the_queue_waits_for_room(tmp_path: Path) -> None:
    clip = tone(5.0)
    recorder = record(ClipSource(clip, realtime=False), tmp_path)
    until_ended(recorder)
    assert np.array_equal(recorder.stop().samples, clip)
    recorder.release()


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000])
def test_a_device_with_another_rate_is_resampled(rate: int, tmp_path: Path) -> None:
    recorder = record(ClipSource(tone(2.0, rate), samplerate=rate, realtime=False), tmp_path)
    until_ended(recorder)
    recording = recorder.stop()
    assert recording.duration_s == pytest.approx(2.0, abs=0.001)
    assert recording.samples[500:-500] == pytest.approx(tone(2.0)[500 : recording.samples.size - 500], abs=0.01)
    recorder.release()


def test_stopping_keeps_what_is_still_in_the_queue(tmp_path: Path) -> None:
    script = Script()
    recorder = record(script, tmp_path)
    for _ in range(MICROPHONE.queue_blocks):
        script.say(tone(0.1))
    recording = recorder.stop()
    assert recording.duration_s == 1.0
    assert script.closed
    assert recorder.stop().sha256 == recording.sha256
    assert recorder.cautions == ()
    script.say(tone(0.1))  # a late block of a device that is slow to stop
    assert recorder.overruns == 0
    recorder.discard()


def test_nothing_recorded_is_said(tmp_path: Path) -> None:
    recorder = record(Script(), tmp_path)
    with pytest.raises(AudioError, match="holds no sound"):
        recorder.stop()
    recorder.discard()


def test_an_unplugged_device_keeps_what_was_recorded(tmp_path: Path) -> None:
    script = Script()
    recorder = record(script, tmp_path)
    script.say(tone(0.1))
    script.say(tone(0.1))
    script.unplug()
    assert recorder.level(WAIT_S) is not None
    assert recorder.level(WAIT_S) is not None
    with pytest.raises(DeviceError, match="went away") as caught:
        recorder.level(WAIT_S)
    assert "Plug it in" in caught.value.remedy
    assert recorder.ended
    assert recorder.stop().duration_s == 0.2
    assert [caution.kind for caution in recorder.cautions] == ["device_lost"]
    recorder.release()
    assert journal.recover(recorder.path).duration_s == 0.2


def test_a_device_that_falls_silent_is_gone(tmp_path: Path) -> None:
    script = Script()
    recorder = record(script, tmp_path, stall_s=0.05)
    with pytest.raises(DeviceError, match="went away"):
        recorder.level(WAIT_S)
    assert script.closed
    recorder.discard()


def test_the_longest_utterance_ends_the_recording_and_closes_the_microphone(tmp_path: Path) -> None:
    script = Script()
    short = MICROPHONE.model_copy(update={"max_utterance_s": 0.25})
    recorder = record(script, tmp_path, short)
    for _ in range(4):
        script.say(tone(0.1))
    until_ended(recorder)
    assert recorder.stop().duration_s == 0.25
    assert script.closed
    assert [caution.kind for caution in recorder.cautions] == ["cut_at_limit"]
    recorder.discard()


def test_a_slow_disk_costs_counted_blocks_and_never_blocks_the_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, go_on = threading.Event(), threading.Event()
    append = Journal.append

    def slow(self: Journal, samples: Samples) -> None:
        taken.set()
        assert go_on.wait(WAIT_S)
        append(self, samples)

    monkeypatch.setattr(Journal, "append", slow)
    script = Script()
    recorder = record(script, tmp_path)
    script.say(tone(0.1))
    assert taken.wait(WAIT_S)
    for _ in range(MICROPHONE.queue_blocks + 3):
        script.say(tone(0.1))  # returns although the writer is stuck
    assert recorder.overruns == 3
    go_on.set()
    assert recorder.stop().duration_s == pytest.approx(0.1 * (1 + MICROPHONE.queue_blocks))
    (caution,) = recorder.cautions
    assert caution.kind == "overrun"
    assert "0.3秒" in caution.detail
    recorder.discard()


def test_unread_levels_are_dropped_and_audio_is_not(tmp_path: Path) -> None:
    script = Script()
    recorder = record(script, tmp_path)
    assert script.queue is not None
    for _ in range(30):
        assert script.queue.put(tone(0.1))
    assert recorder.stop().duration_s == 3.0
    seconds = [seconds for _, seconds in until_ended(recorder)]
    assert seconds == pytest.approx([2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7, 2.8, 2.9, 3.0])
    recorder.discard()


def test_a_disk_that_fills_up_ends_the_recording_and_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append = Journal.append

    def full(self: Journal, samples: Samples) -> None:
        if self.duration_s >= 0.2:
            raise StorageError("The disk is full.")
        append(self, samples)

    monkeypatch.setattr(Journal, "append", full)
    recorder = record(ClipSource(tone(1.0), realtime=False), tmp_path)
    with pytest.raises(StorageError):
        until_ended(recorder)
    assert recorder.stop().duration_s == 0.2
    assert [caution.kind for caution in recorder.cautions] == ["disk_full"]
    recorder.discard()


def test_no_room_on_the_disk_leaves_the_microphone_closed(tmp_path: Path) -> None:
    script = Script()
    limits = LIMITS.model_copy(update={"min_free_disk_mb": 999_999_999_999})
    with pytest.raises(StorageError, match="MB are free"):
        Recorder(script, directory=tmp_path, microphone=MICROPHONE, limits=limits)
    assert script.queue is None


class FakePortAudioError(Exception):
    pass


class Status:
    def __init__(self, *, input_overflow: bool = False) -> None:
        self.input_overflow = input_overflow


class FakeSoundDevice(ModuleType):
    """sounddevice as far as it is used: one card with given rates and channels, or none."""

    PortAudioError = FakePortAudioError

    def __init__(self, *, rates: tuple[float, ...] = (48_000.0,), mono: bool = True, plugged: bool = True) -> None:
        super().__init__("sounddevice")
        self.rates = rates
        self.mono = mono
        self.plugged = plugged
        self.seen = plugged
        self.fails_to_start = False
        self.streams: list[FakeStream] = []

    def InputStream(self, **options: Any) -> FakeStream:  # noqa: N802 - sounddevice's own name
        self.streams.append(FakeStream(self, **options))
        return self.streams[-1]

    def query_devices(self, device: int | str | None = None, kind: str | None = None) -> Any:
        card: dict[str, Any] = {
            "name": "USB Audio",
            "index": 3,
            "max_input_channels": 2,
            "default_samplerate": max(self.rates, default=44_100.0),
        }
        if kind is None:
            return [card] if self.seen else []
        if not self.seen:
            raise FakePortAudioError("Error querying device -1")
        if device not in (None, 3) and str(device) not in card["name"]:
            raise ValueError("No input device matching")
        return card

    def check_input_settings(self, *, samplerate: float, channels: int, **_options: Any) -> None:
        if samplerate not in self.rates or (channels == 1 and not self.mono):
            raise FakePortAudioError("Invalid sample rate")

    def _terminate(self) -> None:
        pass

    def _initialize(self) -> None:
        self.seen = self.plugged


class FakeStream:
    """A stream of the fake card."""

    def __init__(self, card: FakeSoundDevice, *, samplerate: float, channels: int, **options: Any) -> None:
        self.card, self.samplerate, self.channels, self.options = card, samplerate, channels, options
        self.calls: list[str] = []

    def start(self) -> None:
        self.calls.append("start")
        if self.card.fails_to_start:
            raise FakePortAudioError("Device unavailable")

    def stop(self) -> None:
        self.calls.append("stop")
        if not self.card.plugged:
            raise FakePortAudioError("Unanticipated host error")
        self.options["finished_callback"]()

    def close(self) -> None:
        self.calls.append("close")

    def deliver(self, block: NDArray[np.float32], *, overflow: bool = False) -> None:
        buffer = block.copy()
        self.options["callback"](buffer, len(block), None, Status(input_overflow=overflow))
        buffer[:] = 9.0  # PortAudio takes its memory back


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeSoundDevice], FakeSoundDevice]:
    def install(fake: FakeSoundDevice) -> FakeSoundDevice:
        monkeypatch.setitem(sys.modules, "sounddevice", fake)
        return fake

    return install


Pretend = Callable[[FakeSoundDevice], FakeSoundDevice]


def test_a_card_that_takes_16_khz_mono_is_not_resampled(pretend: Pretend, tmp_path: Path) -> None:
    fake = pretend(FakeSoundDevice(rates=(48_000.0, 16_000.0)))
    recorder = record(PortAudioSource("USB"), tmp_path)
    (stream,) = fake.streams
    assert (stream.samplerate, stream.channels) == (16_000.0, 1)
    assert stream.options["device"] == 3
    assert stream.options["blocksize"] == 1600
    stream.deliver(tone(0.1)[:, np.newaxis])
    stream.deliver(tone(0.1)[:, np.newaxis], overflow=True)
    recording = recorder.stop()
    assert np.array_equal(recording.samples, np.tile(tone(0.1), 2))
    assert stream.calls == ["start", "stop", "close"]
    assert [caution.kind for caution in recorder.cautions] == ["overrun"]
    recorder.discard()


def test_a_card_with_its_own_rate_and_two_channels_is_converted(pretend: Pretend, tmp_path: Path) -> None:
    fake = pretend(FakeSoundDevice(mono=False))
    recorder = record(PortAudioSource("3"), tmp_path)
    (stream,) = fake.streams
    assert (stream.samplerate, stream.channels) == (48_000.0, 2)
    left = tone(0.5, 48_000)
    stream.deliver(np.stack([left, np.zeros_like(left)], axis=1))
    recording = recorder.stop()
    assert recording.duration_s == pytest.approx(0.5, abs=0.001)
    assert recording.samples[500:-500] == pytest.approx(0.5 * tone(0.5)[500 : recording.samples.size - 500], abs=0.01)
    recorder.discard()


def test_a_card_that_is_unplugged_while_recording(pretend: Pretend, tmp_path: Path) -> None:
    fake = pretend(FakeSoundDevice(rates=(16_000.0,)))
    recorder = record(PortAudioSource(), tmp_path)
    (stream,) = fake.streams
    stream.deliver(tone(0.1)[:, np.newaxis])
    fake.plugged = False
    stream.options["finished_callback"]()
    assert recorder.level(WAIT_S) is not None
    with pytest.raises(DeviceError):
        recorder.level(WAIT_S)
    assert recorder.stop().duration_s == 0.1
    recorder.discard()


def test_a_card_plugged_in_after_the_start_is_found(pretend: Pretend, tmp_path: Path) -> None:
    fake = pretend(FakeSoundDevice())
    fake.seen = False
    recorder = record(PortAudioSource(), tmp_path)
    assert len(fake.streams) == 1
    recorder.discard()


def test_no_microphone_and_an_unknown_name_are_explained(pretend: Pretend, tmp_path: Path) -> None:
    pretend(FakeSoundDevice(plugged=False))
    with pytest.raises(DeviceError, match="No microphone is connected"):
        record(PortAudioSource(), tmp_path)
    pretend(FakeSoundDevice())
    with pytest.raises(DeviceError, match="named 'Studio'") as caught:
        record(PortAudioSource("Studio"), tmp_path)
    assert "USB Audio" in caught.value.remedy
    assert [*tmp_path.iterdir()] == []


def test_a_card_in_use_or_without_a_usable_format_is_explained(pretend: Pretend, tmp_path: Path) -> None:
    fake = pretend(FakeSoundDevice())
    fake.fails_to_start = True
    with pytest.raises(DeviceError, match=r"'USB Audio' cannot be opened \(Device unavailable\)"):
        record(PortAudioSource(), tmp_path)
    pretend(FakeSoundDevice(mono=False)).rates = ()
    with pytest.raises(DeviceError, match=r"cannot be opened \(Invalid sample rate\)"):
        record(PortAudioSource(), tmp_path)
    assert [*tmp_path.iterdir()] == []


def test_without_portaudio_the_debian_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Absent:
        """What importing sounddevice does on a machine without the C library."""

        @staticmethod
        def find_spec(name: str, _path: object = None, _target: object = None) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Absent, *sys.meta_path])
    with pytest.raises(DeviceError, match="PortAudio library is not installed") as caught:
        record(PortAudioSource(), tmp_path)
    assert "apt-get install libportaudio2" in caught.value.remedy
    assert caught.value.exit_code == 3
    with pytest.raises(DeviceError):
        devices.input_devices()


def test_the_real_portaudio_names_its_inputs_or_says_what_is_missing() -> None:
    missing = ""
    try:
        names = devices.input_devices()
    except DeviceError as error:
        names, missing = [], error.remedy
    if missing:
        assert "libportaudio2" in missing
    elif not names:
        with pytest.raises(DeviceError, match="No microphone"):
            PortAudioSource().open(BlockQueue(2), block_ms=100)
    else:
        assert all(names)


def test_levels_are_those_of_the_samples(tmp_path: Path) -> None:
    recorder = record(ClipSource(np.zeros(1600, np.float32), realtime=False), tmp_path)
    assert until_ended(recorder) == [(audio.SILENT_DBFS, 0.1)]
    recorder.discard()
