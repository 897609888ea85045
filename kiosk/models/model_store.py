"""What a site adds to the models that ship: copied, hashed, consented to, and listed.

A model that is added is copied into ``KIOSK_HOME/models`` (or used where it lies), every file is hashed, and an entry
is written into the site's manifest, which ``kiosk.models`` reads.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import re
import shutil
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kiosk import languages, models, resources
from kiosk.errors import InputError, ModelError, StorageError
from kiosk.models import catalogue
from kiosk.models.records import Model, ModelFile

Check = Callable[[], None]
Progress = Callable[[str, int, int], None]
"""Told a file's name, its bytes done, and its size."""

SPARE_DISK = 256 * 1024 * 1024
"""Bytes left free beside a model: recordings must still find room."""

SPEECH = ("omnilingual", "dolphin", "gigaam", "wav2vec2")
"""Families of speech models that a site adds; their files do not say which languages they know."""

VOICES = ("vits",)
"""Families of voices, as sherpa-onnx has them: Piper's, MMS's."""

FAMILIES = ("nllb", "m2m100", "madlad", "marian", *SPEECH, *VOICES)
WEIGHTS = ("model.bin", "*.safetensors", "*.onnx")
NAME = re.compile(r"^\w[\w.-]*$")
_TRANSFORMERS = {"marian": "marian", "t5": "madlad", "m2m_100": "m2m100", "wav2vec2": "wav2vec2"}
_CHUNK = 4 * 1024 * 1024


# --- adding ----------------------------------------------------------------------------------------------------------


def family(folder: Path) -> str | None:
    """Return the family of the model in a folder, by its configuration and vocabulary; None if unsure.

    Raises:
        ModelError: a file that should be JSON is none.
    """
    config = _json(folder / "config.json")
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind == "m2m_100":
        tokenizer = _json(folder / "tokenizer_config.json")
        name = str(tokenizer.get("tokenizer_class", "")) if isinstance(tokenizer, dict) else ""
        return "nllb" if name.startswith("Nllb") else "m2m100"
    if kind is not None:
        if str(kind).startswith("gigaam"):
            return "gigaam"
        return _TRANSFORMERS.get(str(kind))
    for name in ("shared_vocabulary", "source_vocabulary"):
        tokens: set[str] = set()
        if (folder / f"{name}.json").is_file():
            tokens = set(_json(folder / f"{name}.json"))
        elif (folder / f"{name}.txt").is_file():
            tokens = set((folder / f"{name}.txt").read_text(encoding="utf-8").splitlines())
        for tag, found in (("zho_Hans", "nllb"), ("__zh__", "m2m100"), ("<2zh>", "madlad")):
            if tag in tokens:
                return found
    return "marian" if (folder / "source.spm").is_file() else None


def add(
    folder: Path,
    *,
    name: str,
    licence: str,
    codes: Sequence[str] = (),
    engine: str = "",
    accepted: str = "",
    source: str = "",
    in_place: bool = False,
    check: Check = lambda: None,
    progress: Progress = lambda _name, _done, _size: None,
) -> Model:
    """Register the model of a folder, copied into the site's own unless ``in_place``.

    Args:
        codes: languages that it reads or hears; all that its family has codes for when empty.
        engine: its family, when the folder does not tell.
        accepted: the licence that a person accepted, where that is needed.

    Raises:
        InputError: the name, the language or the folder cannot be used, or the licence was not accepted.
        ModelError: the folder holds no model of a known family.
        StorageError: there is no room, or no right to write.
    """
    if not NAME.match(name):
        raise InputError(f"{name!r} is no name for a model.", remedy="Use letters, digits, - and .: --name NAME")
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder.", remedy="Name the folder that holds model.bin.")
    catalogue.consented(licence, accepted)
    engine = engine or family(folder) or ""
    if engine not in FAMILIES:
        raise ModelError(
            f"{folder} does not show which family its model is of.",
            remedy=f"Name it: --engine {'|'.join(FAMILIES)}",
        )
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and NAME.match(path.name)]
    files = [path for path in files if not path.name.endswith((".part", ".md"))]
    if not any(fnmatch.fnmatch(path.name, pattern) for path in files for pattern in WEIGHTS):
        raise ModelError(
            f"{folder} holds no weights (model.bin or *.safetensors).",
            remedy="A pickled pytorch_model.bin is never loaded: take a repository with safetensors or CTranslate2.",
        )
    codes = tuple(codes) or tuple(
        code for code, language in languages.known().items() if engine in language.engines and code != "zh"
    )
    if not codes:
        raise InputError(f"{engine} models do not say which languages they know.", remedy="Name them: --lang ru")
    for code in codes:
        languages.get(code)
    target = folder.resolve() if in_place else resources.home() / "models" / name
    rows = _taken_in(files, target, check, progress)
    digest = next(row.sha256 for row in rows if any(fnmatch.fnmatch(row.name, pattern) for pattern in WEIGHTS))
    model = Model(
        name=name,
        kind="asr" if engine in SPEECH else "tts" if engine in VOICES else "mt",
        engine=engine,
        source=source or str(folder.resolve()),
        revision=f"{name}-{digest[:8]}",
        licence=licence,
        accepted=licence if catalogue.forbids_commerce(licence) else "",
        languages=codes,
        files=rows,
        folder=target,
    )
    _register(model)
    return model


def _taken_in(files: Sequence[Path], target: Path, check: Check, progress: Progress) -> tuple[ModelFile, ...]:
    """Copy files into a folder, unless they lie there, hashing them on the way."""
    size = sum(path.stat().st_size for path in files)
    copied = [path for path in files if path.parent.resolve() != target.resolve()]
    rows = []
    try:
        if copied:
            target.mkdir(parents=True, exist_ok=True)
            room(target, size)
        for path in files:
            out = target / path.name if path in copied else None
            rows.append(_hashed(path, out, check, progress))
    except OSError as error:
        raise StorageError(
            f"{error.filename or target} cannot be read or written: {error.strerror or error}.",
            remedy="Is the stick still there? Is there room? Then run the command again.",
        ) from None
    return tuple(rows)


def _hashed(path: Path, out: Path | None, check: Check, progress: Progress) -> ModelFile:
    digest, done, size = hashlib.sha256(), 0, path.stat().st_size
    part = out.with_name(out.name + ".part") if out is not None else None
    with path.open("rb") as source:
        sink = part.open("wb") if part is not None else None
        try:
            while chunk := source.read(_CHUNK):
                check()
                digest.update(chunk)
                if sink is not None:
                    sink.write(chunk)
                done += len(chunk)
                progress(path.name, done, size)
            if sink is not None:
                sink.flush()
                os.fsync(sink.fileno())
        finally:
            if sink is not None:
                sink.close()
    if part is not None and out is not None:
        part.replace(out)
    return ModelFile(name=path.name, size=done, sha256=digest.hexdigest())


def room(folder: Path, size: int) -> None:
    """Check that a disk has room for so many bytes, and some to spare.

    Raises:
        StorageError: it has not.
    """
    free = shutil.disk_usage(folder).free
    if free < size + SPARE_DISK:
        raise StorageError(
            f"The model needs {(size + SPARE_DISK) / 1e6:.0f} MB, and {folder} has {free / 1e6:.0f} MB free.",
            remedy="Free some space, or set KIOSK_HOME to a folder on another disk.",
        )


# --- removing, and the site's manifest -------------------------------------------------------------------------------


def remove(name: str) -> Path | None:
    """Take a model out of the site's manifest; return the folder that was erased, None for one used in place.

    Raises:
        ModelError: the site has added no such model.
    """
    rows = _rows()
    if name not in rows:
        known = ", ".join(rows) or "none"
        raise ModelError(
            f"This site has added no model {name!r}.", remedy=f"Added here: {known}. Packages go with pip uninstall."
        )
    folder = Path(str(rows.pop(name).get("folder", ""))).expanduser()
    own = resources.home() / "models" / name
    _write(rows)
    if (own.parent / folder).resolve() == own.resolve() and own.is_dir():
        shutil.rmtree(own)
        return own
    return None


def manifest() -> Path:
    """Return the path of the site's manifest."""
    return resources.home() / "models" / "manifest.toml"


def _register(model: Model) -> None:
    row = model.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)
    own = manifest().parent / model.name
    if model.folder is not None and model.folder.resolve() == own.resolve():
        row["folder"] = model.name  # so that KIOSK_HOME may be moved
    rows = _rows()
    rows[model.name] = row
    _write(rows)


def _rows() -> dict[str, dict[str, Any]]:
    path = manifest()
    if not path.is_file():
        return {}
    models.registry()  # complains with the place of what is wrong
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _write(rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the manifest anew, whole or not at all."""
    lines = ["# Models that this site has added; written by `kiosk models add`, `pull` and `remove`.", ""]
    for name, row in rows.items():
        lines.append(f"[{_quoted(name)}]")
        lines += [f"{key} = {_toml(value)}" for key, value in row.items() if key != "files"]
        for file in row["files"]:
            lines += ["", f"[[{_quoted(name)}.files]]", *(f"{key} = {_toml(value)}" for key, value in file.items())]
        lines.append("")
    path = manifest()
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text("\n".join(lines), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}.") from None


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is a TOML basic string


def _toml(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else _quoted(str(value))


def _json(path: Path) -> Any:
    if not path.is_file():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ModelError(f"{path} is no JSON.", remedy="Copy it again from the model's source.") from None
