"""What is known of a model: its entry in the manifest, its files, and what a check of them found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from kiosk import resources
from kiosk.toml_files import Section

Check = Callable[[], None]


Progress = Callable[[int, int], None]
"""Told how many bytes of how many are done."""


State = Literal["installed", "absent", "corrupt"]


class ModelFile(Section):
    """One file of a model: its name in the model's folder, bytes, SHA-256 (hex), and the package resources it joins."""

    name: Annotated[str, Field(pattern=r"^[\w][\w.-]*$")]
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    parts: tuple[str, ...] = ()


class Model(Section):
    """One entry of a manifest; the manifest's head comment says what each key means."""

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
