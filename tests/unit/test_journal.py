"""The journal: torn anywhere, killed, locked, on a full disk."""

from __future__ import annotations

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import audio, resources, settings
from kiosk.capture import journal
from kiosk.capture.journal import Journal
from kiosk.errors import AudioError, StorageError
from kiosk.recognition import SAMPLE_RATE, Samples

LIMITS = settings.Audio(max_duration_s=60.0, min_duration_s=0.1, min_free_disk_mb=0)
CLIP = resources.share("config") / "audio" / "uz" / "sample_uzbek.flac"


def numbered(block: int, size: int = 160) -> Samples:
    """A block that can be told from every other one, and from zeros in each byte that ends a sample."""
    return np.full(size, 0.5 + block / 1000, np.float32)


def written(directory: Path, blocks: int) -> Path:
    writing = Journal.create(directory)
    for block in range(blocks):
        writing.append(numbered(block))
    writing.close("keep")
    return writing.path


def test_what_is_written_is_recovered(tmp_path: Path) -> None:
    path = written(tmp_path, 5)
    recording = journal.recover(path)
    assert recording.samples == pytest.approx(np.concatenate([numbered(block) for block in range(5)]), abs=1e-4)
    assert recording.source == path
    assert recording.sha256 == audio.from_samples(recording.samples).sha256


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    directory = tmp_path / "site" / "recordings"
    directory.mkdir(parents=True, mode=0o755)
    path = written(directory, 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert [*directory.iterdir()] == [path]


@given(data=st.data())
def test_a_torn_journal_gives_every_whole_block(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("torn")
    path = written(directory, 4)
    whole = path.read_bytes()
    header, block = 24, 16 + 2 * 160
    assert len(whole) == header + 4 * block
    cut = data.draw(st.integers(header, len(whole)), label="bytes left")
    path.write_bytes(whole[:cut] + bytes(data.draw(st.sampled_from([0, 7, 4096]), label="zeros after")))
    kept = (cut - header) // block
    if kept:
        assert journal.recover(path).samples.size == kept * 160
    else:
        with pytest.raises(AudioError, match="holds no sound"):
            journal.recover(path)
    assert [orphan.duration_s for orphan in journal.orphans(directory)] == [kept * 160 / SAMPLE_RATE]


@given(at=st.integers(24, 24 + 4 * 336 - 1), value=st.integers(1, 255))
def test_one_damaged_byte_costs_one_block(at: int, value: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = written(tmp_path_factory.mktemp("damaged"), 4)
    content = bytearray(path.read_bytes())
    content[at] ^= value
    path.write_bytes(content)
    hit = (at - 24) // 336
    expected = np.concatenate([numbered(block) for block in range(4) if block != hit])
    assert journal.recover(path).samples == pytest.approx(expected, abs=1e-4)


def test_what_is_not_a_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.journal"
    path.write_bytes(b"KIOSKJ1\n and then something else, long enough")
    with pytest.raises(AudioError, match="not a recording of this program"):
        journal.recover(path)
    with pytest.raises(AudioError, match="cannot be read"):
        journal.recover(tmp_path / "nobody.journal")
    assert journal.orphans(tmp_path) == []
    assert path.exists()


def test_a_living_writer_has_no_orphan(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    writing = Journal.create(tmp_path)
    writing.append(numbered(1, 8000))
    assert journal.orphans(tmp_path) == []
    writing.close("keep")
    (orphan,) = journal.orphans(tmp_path)
    assert orphan.path == writing.path
    assert orphan.duration_s == 0.5
    assert before <= orphan.started <= datetime.now(UTC)


def test_a_journal_that_is_forgotten_becomes_an_orphan(tmp_path: Path) -> None:
    writing = Journal.create(tmp_path)
    writing.append(numbered(1))
    del writing
    assert len(journal.orphans(tmp_path)) == 1


def test_discarding_erases(tmp_path: Path) -> None:
    writing = Journal.create(tmp_path)
    writing.append(numbered(1))
    writing.close("discard")
    writing.close("discard")
    assert [*tmp_path.iterdir()] == []
    path = written(tmp_path, 1)
    journal.discard(path)
    journal.discard(path)
    assert journal.orphans(tmp_path) == []


def test_no_folder_no_orphans(tmp_path: Path) -> None:
    assert journal.orphans(tmp_path / "never made") == []


def test_a_nearly_full_disk_is_refused_before_recording(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"MB are free .* 999999999999 MB are needed") as caught:
        Journal.create(tmp_path, min_free_disk_mb=999_999_999_999)
    assert "audio.min_free_disk_mb" in caught.value.remedy
    assert [*tmp_path.iterdir()] == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be kept in"):
        Journal.create(tmp_path / "file" / "recordings")


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the kernel itself refuse to write beyond ``size`` bytes, in the middle of a write if need be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_keeps_what_was_recorded(tmp_path: Path) -> None:
    writing = Journal.create(tmp_path)
    for block in range(100):
        writing.append(numbered(block))
    size = writing.path.stat().st_size
    with largest_file(size + 100), pytest.raises(StorageError, match=r"The first 1\.0 s of the recording are safe"):
        writing.append(numbered(100))
    assert writing.path.stat().st_size == size  # no torn block is left behind
    writing.append(numbered(100))  # there is room again
    writing.close("keep")
    assert journal.recover(writing.path).duration_s == 1.01


def test_a_full_disk_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writing = Journal.create(tmp_path)
    writing.append(numbered(0))

    def no_space(_descriptor: int, _data: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", no_space)
    with pytest.raises(StorageError, match="No space left on device") as caught:
        writing.append(numbered(1))
    assert "df -h" in caught.value.remedy
    monkeypatch.undo()
    assert journal.recover(writing.path).samples.size == 160


RECORD = """
import sys, threading
from pathlib import Path
from kiosk import audio, settings
from kiosk.capture.devices import ClipSource
from kiosk.capture.microphone import BlockQueue, InputStream, Recorder

class Told(ClipSource):
    def open(self, queue, *, block_ms):
        offer = queue.offer
        def told(block):
            print("spoken", block.size, flush=True)
            offer(block)
        queue.offer = told
        return super().open(queue, block_ms=block_ms)

chosen = settings.load()
clip = audio.load(Path(sys.argv[1]), limits=chosen.audio)
limits = chosen.audio.model_copy(update={"min_free_disk_mb": 0})
recorder = Recorder(Told(clip.samples), directory=Path(sys.argv[2]), microphone=chosen.microphone, limits=limits)
threading.Event().wait()
"""


def test_a_killed_recorder_loses_at_most_a_second(tmp_path: Path) -> None:
    """A real process records in real time from a clip, and is killed in the middle of it."""
    arguments = [sys.executable, "-c", RECORD, str(CLIP), str(tmp_path)]
    spoken = 0
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            spoken += int(line.removeprefix("spoken "))
            if spoken >= 2 * SAMPLE_RATE:
                break
        assert journal.orphans(tmp_path) == []  # it lives, and holds its journal
        process.send_signal(signal.SIGKILL)
        # What it still said between our reading and its death counts too.
        spoken += sum(int(line.removeprefix("spoken ")) for line in process.stdout if line.endswith("\n"))
    assert process.returncode == -signal.SIGKILL
    (orphan,) = journal.orphans(tmp_path)
    recording = journal.recover(orphan.path)
    assert recording.duration_s == orphan.duration_s
    assert spoken - SAMPLE_RATE <= recording.samples.size <= spoken
    clip = audio.load(CLIP, limits=LIMITS)
    assert recording.samples == pytest.approx(clip.samples[: recording.samples.size], abs=1e-4)
