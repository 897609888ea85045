"""TOML files that a clinician or a site may edit: read, put into a record, and refused with the place that is wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from kiosk.errors import SettingsError

Record = TypeVar("Record", bound=BaseModel)


class Section(BaseModel):
    """What a table of a file is put into: it never changes, and refuses keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def read(path: Path) -> dict[str, Any]:
    """Return the tables of a file.

    Raises:
        SettingsError: it is missing, cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from None


def build(kind: type[Record], table: object, path: Path, *, remedy: str = "") -> Record:
    """Return a record made of a table of the file ``path``.

    Raises:
        SettingsError: a key or a value is wrong; the message names the first.
    """
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{path}: {where}: {first['msg']}.", remedy=remedy) from None


def load(kind: type[Record], path: Path, *, remedy: str = "") -> Record:
    """Return a whole file as a record; raises as :func:`read` and :func:`build` do."""
    return build(kind, read(path), path, remedy=remedy)
