"""A model's files on this machine: joined from their packages once, hashed, stamped, mended."""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from kiosk import resources
from kiosk.errors import ModelError
from kiosk.models.records import Check, Model, ModelFile, Progress

log = logging.getLogger(__name__)


_CHUNK = 4 * 1024 * 1024


_SPARE_DISK = 64 * 1024 * 1024  # left free beside the joined file, so that a recording can still be written


_LOCK_POLL_S = 0.2  # how soon a cancelled wait for another process ends


def _stamp_path(model: Model) -> Path:
    # In the cache even for a folder that a person added: that one may be a read-only stick.
    return resources.cache() / "models" / f"{model.name}.stamp.json"


def _fingerprint(path: Path, sha256: str) -> list[Any]:
    """Return what changes when a file does. The change time betrays an edit that restored the modification time."""
    stat = path.stat()
    return [str(path), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, sha256]


def stamped(model: Model) -> bool:
    try:
        stamp = json.loads(_stamp_path(model).read_text(encoding="utf-8"))
        return bool(stamp == [_fingerprint(model.location / file.name, file.sha256) for file in model.files])
    except (OSError, ValueError):
        return False


class Counter:
    """Counts bytes for ``progress`` and gives ``check`` a chance to stop."""

    def __init__(self, total: int, check: Check, progress: Progress) -> None:
        self._done, self._total, self._check, self._progress = 0, total, check, progress

    def add(self, count: int) -> None:
        self._check()
        self._done = min(self._done + count, self._total)
        self._progress(self._done, self._total)


def make(model: Model, check: Check, progress: Progress) -> None:
    count = Counter(model.size, check, progress)
    stamp = []
    for leftover in model.location.glob(".*.joining"):  # of a process that was killed; we hold the lock
        leftover.unlink(missing_ok=True)
    for file in model.files:
        path = model.location / file.name
        if not _intact(path, file, count):
            _join(model, file, path, count)
        stamp.append(_fingerprint(path, file.sha256))
    _stamp_path(model).write_text(json.dumps(stamp), encoding="utf-8")


def _intact(path: Path, file: ModelFile, count: Counter) -> bool:
    if not path.is_file():
        return False
    if path.stat().st_size == file.size and sha256([path], count) == file.sha256:
        return True
    log.warning("%s differs from its checksum.", path)
    return False


def _join(model: Model, file: ModelFile, path: Path, count: Counter) -> None:
    sources = _sources(file)
    if not sources:
        raise _absent(model, path)
    path.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(path.parent).free
    if free < file.size + _SPARE_DISK:
        raise OSError(errno.ENOSPC, f"{free // 2**20} MB free")
    digest = hashlib.sha256()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{file.name}.", suffix=".joining")
    try:
        with os.fdopen(handle, "wb") as out:
            for chunk in _chunks(sources, count):
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != file.sha256:
            raise ModelError(
                f"The installed packages of model {model.name!r} are damaged: {file.name} differs from its checksum.",
                remedy=f"Run: pip install --force-reinstall --no-deps {' '.join(model.requires)}",
            )
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _chunks(paths: Sequence[Path], count: Counter) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                count.add(len(chunk))
                yield chunk


def sha256(paths: Sequence[Path], count: Counter) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(paths, count):
        digest.update(chunk)
    return digest.hexdigest()


def pieces_of(model: Model, file: ModelFile) -> list[Path]:
    """Return the file itself, or else its parts in their packages, or nothing."""
    path = model.location / file.name
    return [path] if path.is_file() else _sources(file)


def _sources(file: ModelFile) -> list[Path]:
    """Return the package resources that make the file, in order; nothing when one of them is missing."""
    found = []
    for part in file.parts:
        package, _, rest = part.partition("/")
        # find_spec, not importlib.resources: the latter imports the package, and faster_whisper takes 0.2 s.
        spec = importlib.util.find_spec(package)
        roots = spec.submodule_search_locations if spec is not None else None
        path = next((Path(root) / rest for root in roots or () if (Path(root) / rest).is_file()), None)
        if path is None:
            return []
        found.append(path)
    return found


@contextmanager
def lock(model: Model, check: Check) -> Iterator[None]:
    path = _stamp_path(model).with_name(f"{model.name}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    while True:
        check()
        with suppress(Timeout):
            lock.acquire(timeout=_LOCK_POLL_S)
            break
    try:
        yield
    finally:
        lock.release()


def _absent(model: Model, path: Path) -> ModelError:
    if model.folder is not None:
        return ModelError(
            f"{path} of model {model.name!r} is missing or differs from its checksum.",
            remedy=f"Copy it again from {model.source}, then run: kiosk models verify {model.name}",
        )
    return ModelError(
        f"Model {model.name!r} is not installed: its packages are missing.",
        remedy=f"Run: pip install {' '.join(model.requires)}",
    )


def unwritable(model: Model, error: OSError) -> ModelError:
    folder = _stamp_path(model).parent
    if error.errno == errno.ENOSPC:
        return ModelError(
            f"There is not enough room on the disk for model {model.name!r}: "
            f"it takes {(model.size + _SPARE_DISK) // 2**20} MB in {folder}.",
            remedy="Free some space, or set KIOSK_HOME to a folder on another disk.",
        )
    return ModelError(
        f"Model {model.name!r} cannot be made in {folder}: {error.strerror or error}.",
        remedy="Set KIOSK_HOME to a folder that this user may write.",
    )
