"""A running recording on disk, so that a crash, a kill or a power cut loses at most its last block.

A journal is append-only: one header, then blocks of 16-bit samples, each with its own length, number and CRC-32, each
flushed to the disk before the next is taken. Its writer holds an ``flock`` for as long as it lives; a journal that
nobody holds is an orphan. The lock goes away with the process, so a reused process id cannot hide one.

    header   b"KIOSKJ1\\n"  u32 rate  f64 start (Unix time)  u32 CRC of what precedes
    block    b"KBLK"  u32 number  u32 samples  u32 CRC of number, samples and data  data (int16)

All numbers are little-endian. The audio is not encrypted: a journal lives (mode 0600, folder 0700) until the store has
taken the recording over.
"""

from __future__ import annotations

import fcntl
import math
import os
import secrets
import shutil
import struct
import weakref
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from kiosk import audio
from kiosk.audio import Recording
from kiosk.errors import AudioError, StorageError
from kiosk.recognition import SAMPLE_RATE, Samples

SUFFIX = ".journal"

_MAGIC = b"KIOSKJ1\n"
_HEADER = struct.Struct("<8sIdI")
_MARK = b"KBLK"
_BLOCK = struct.Struct("<4sIII")


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """A recording whose writer is gone.

    Attributes:
        started: when the recording began (UTC).
        duration_s: what can be recovered; 0.0 when the writer died before its first block.
    """

    path: Path
    started: datetime
    duration_s: float


class Journal:
    """One recording being written. Not thread-safe: the thread that creates it may hand it to one writer."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Use :meth:`create`."""
        self.path = path
        self._descriptor = descriptor
        self._release = weakref.finalize(self, os.close, descriptor)
        self._end = _HEADER.size
        self._blocks = 0
        self._samples = 0

    @classmethod
    def create(cls, directory: Path, *, min_free_disk_mb: int = 0) -> Journal:
        """Start an empty journal in ``directory``, which is made when it is missing.

        Raises:
            StorageError: less than ``min_free_disk_mb`` (10⁶ bytes) is free, or the folder cannot be written.
        """
        with _storage(directory):
            directory.mkdir(parents=True, exist_ok=True)
            directory.chmod(0o700)
            free_mb = shutil.disk_usage(directory).free // 1_000_000
            if free_mb < min_free_disk_mb:
                raise StorageError(
                    f"Only {free_mb} MB are free for recordings in {directory}; {min_free_disk_mb} MB are needed.",
                    remedy="Free some disk space, or lower audio.min_free_disk_mb in the settings.",
                )
            started = datetime.now(UTC)
            path = directory / f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}{SUFFIX}"
            fresh = path.with_suffix(".new")
            descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
            journal = cls(path, descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                head = _HEADER.pack(_MAGIC, SAMPLE_RATE, started.timestamp(), 0)[:-4]
                _write_all(descriptor, head + struct.pack("<I", zlib.crc32(head)))
                os.fsync(descriptor)
                # Only a locked journal with a whole header ever bears the name that `orphans` looks for.
                fresh.rename(path)
                _sync_folder(directory)
            except OSError:
                journal._release()
                fresh.unlink(missing_ok=True)
                raise
        return journal

    @property
    def duration_s(self) -> float:
        """Seconds that are safe on the disk."""
        return self._samples / SAMPLE_RATE

    def append(self, samples: Samples) -> None:
        """Write one block and wait until the disk has it.

        Raises:
            StorageError: the disk is full or failing. All blocks before this one stay readable.
        """
        if samples.size == 0:
            return
        data = audio.to_pcm16(samples)
        tail = struct.pack("<II", self._blocks, samples.size)
        crc = zlib.crc32(data, zlib.crc32(tail))
        with _storage(self.path.parent, kept_s=self.duration_s):
            try:
                _write_all(self._descriptor, _MARK + tail + struct.pack("<I", crc) + data)
                os.fdatasync(self._descriptor)
            except OSError:
                os.ftruncate(self._descriptor, self._end)
                os.lseek(self._descriptor, self._end, os.SEEK_SET)
                raise
        self._end += _BLOCK.size + len(data)
        self._blocks += 1
        self._samples += samples.size

    def close(self, outcome: Literal["keep", "discard"]) -> None:
        """Let go of the journal. ``keep`` leaves it to be recovered; ``discard`` erases it, also after a ``keep``."""
        if outcome == "discard":
            discard(self.path)
        self._release()


def join(recordings: Sequence[Samples], directory: Path) -> Journal:
    """Return a new journal with recordings one after the other, safely on the disk; the caller closes it.

    Raises:
        StorageError: there is no room, or the folder cannot be written; nothing is left behind.
    """
    joined = Journal.create(directory)
    try:
        for samples in recordings:
            joined.append(samples)
    except BaseException:
        joined.close("discard")
        raise
    return joined


def recover(path: Path) -> Recording:
    """Read every whole block of a journal, also of one that was torn anywhere.

    The ``sha256`` is that of the samples, as for :func:`kiosk.audio.from_samples`.

    Raises:
        AudioError: the file is missing, is not a journal, or holds no whole block.
    """
    data = _read(path)
    blocks = list(_blocks(data))
    if not blocks:
        raise AudioError(f"The recording {path} holds no sound.", remedy="Record again.")
    return audio.from_samples(audio.from_pcm16(b"".join(blocks)), source=path)


def orphans(directory: Path) -> list[Orphan]:
    """Return the journals in ``directory`` whose writer is gone, oldest first. Damaged headers are left alone.

    Raises:
        StorageError: the folder cannot be read. A folder that does not exist has no orphans.
    """
    found = []
    with _storage(directory):
        for path in sorted(directory.glob(f"*{SUFFIX}")):
            if _is_held(path):
                continue
            try:
                data = _read(path)
            except AudioError:
                continue
            started = datetime.fromtimestamp(_HEADER.unpack_from(data)[2], UTC)
            samples = sum(len(block) // 2 for block in _blocks(data))
            found.append(Orphan(path=path, started=started, duration_s=samples / SAMPLE_RATE))
    return sorted(found, key=lambda orphan: orphan.started)


def discard(path: Path) -> None:
    """Erase a journal: its recording is in the store, or its speaker took it back."""
    with _storage(path.parent):
        path.unlink(missing_ok=True)
        _sync_folder(path.parent)


def _blocks(data: bytes) -> Iterator[bytes]:
    """Yield the samples of each whole block; after a torn one, search for the next mark."""
    at = data.find(_MARK, _HEADER.size)
    while 0 <= at <= len(data) - _BLOCK.size:
        _, _, samples, crc = _BLOCK.unpack_from(data, at)
        start = at + _BLOCK.size
        end = start + 2 * samples
        if end <= len(data) and zlib.crc32(data[start:end], zlib.crc32(data[at + 4 : at + 12])) == crc:
            yield data[start:end]
            at = data.find(_MARK, end)
        else:
            at = data.find(_MARK, at + 1)


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AudioError(f"The recording {path} cannot be read: {error.strerror}.") from None
    if len(data) >= _HEADER.size:
        magic, rate, started, crc = _HEADER.unpack_from(data)
        whole = crc == zlib.crc32(data[: _HEADER.size - 4])
        if whole and magic == _MAGIC and rate == SAMPLE_RATE and math.isfinite(started):
            return data
    raise AudioError(f"{path} is not a recording of this program, or its first bytes are damaged.")


def _is_held(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return True  # its owner has just erased it
    return False


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folder(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _storage(directory: Path, *, kept_s: float | None = None) -> Iterator[None]:
    """Say to a person what the operating system says to a program."""
    try:
        yield
    except OSError as error:
        kept = "" if kept_s is None else f" The first {kept_s:.1f} s of the recording are safe."
        raise StorageError(
            f"Recordings cannot be kept in {directory}: {error.strerror}.{kept}",
            remedy="Free some disk space or make the folder writable: df -h; ls -ld " + str(directory),
        ) from None
