"""``config/kiosk.toml`` -> frozen :class:`Settings`. An unknown key is an error that names the nearest valid one."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from rapidfuzz import process

from kiosk import languages, resources
from kiosk.errors import KioskError, SettingsError


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Site(_Section):
    name: str
    languages: tuple[str, ...] = Field(min_length=1)

    @field_validator("languages")
    @classmethod
    def _known(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        for code in codes:
            try:
                languages.get(code)
            except KioskError as error:
                raise ValueError(str(error)) from None
        if len(set(codes)) != len(codes):
            raise ValueError("a language is named twice")
        return codes


class Audio(_Section):
    max_duration_s: float = Field(gt=0)
    min_duration_s: float = Field(ge=0)
    min_free_disk_mb: int = Field(ge=0)


class Microphone(_Section):
    device: str
    block_ms: int = Field(ge=10, le=1000)
    queue_blocks: int = Field(ge=2)
    max_utterance_s: float = Field(gt=0)


class Segmentation(_Section):
    threshold: float = Field(gt=0, lt=1)
    min_silence_ms: int = Field(ge=0)
    min_speech_ms: int = Field(ge=0)
    pad_ms: int = Field(ge=0)
    max_segment_s: float = Field(gt=0, le=30)


class Recognition(_Section):
    model: str
    extra_models: tuple[str, ...] = ()
    beam_size: int = Field(ge=1, le=20)
    threads: int = Field(ge=0)
    temperatures: tuple[float, ...] = Field(min_length=1)
    tokens_per_second: float = Field(gt=0)
    max_compression_ratio: float = Field(gt=0)
    min_mean_log_prob: float = Field(le=0)
    max_no_speech_prob: float = Field(ge=0, le=1)
    min_language_probability: float = Field(ge=0, le=1)
    max_chars_per_second: float = Field(gt=0)
    vocabulary: bool
    min_own_language_probability: float = Field(ge=0, le=1)
    short_max_s: float = Field(ge=0, le=30)
    short_margin_s: float = Field(ge=0, le=30)
    short_beam_size: int = Field(ge=1, le=20)
    short_min_mean_log_prob: float = Field(le=0)
    short_max_chars_per_second: float = Field(gt=0)


class Phrases(_Section):
    model: str
    beam: int = Field(ge=1)
    settled: int = Field(ge=1)
    margin_s: float = Field(ge=0, le=30)
    scale: str
    floor: float
    margin: float = Field(ge=0)
    slope: float
    offset: float
    pause_s: float = Field(ge=0)


class Live(_Section):
    text: bool
    max_load: float = Field(gt=0, le=1)
    max_s: float = Field(gt=0, le=30)
    min_speech_s: float = Field(ge=0)
    end_of_speech_s: float = Field(gt=0)
    stop_after_s: float = Field(ge=0)


class Translation(_Section):
    neural_model: str
    beam_size: int = Field(ge=1, le=10)
    threads: int = Field(ge=0)
    max_tokens: int = Field(ge=16, le=512)
    back_translation: bool
    server: str = Field(pattern=r"^(https?://[^\s]+)?$")
    server_model: str
    server_languages: tuple[str, ...]
    timeout_s: float = Field(gt=0)
    retries: int = Field(ge=0, le=10)


class Models(_Section):
    folders: tuple[str, ...]
    modelscope: str = Field(pattern=r"^https?://[^\s]+$")
    huggingface: str = Field(pattern=r"^https?://[^\s]+$")


class Ui(_Section):
    bidi: Literal["auto", "terminal", "program"]


class Web(_Section):
    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65535)
    names: tuple[str, ...]
    certificate: str
    certificate_key: str
    plain: bool
    sessions: int = Field(ge=1)
    font_size: int = Field(ge=8, le=64)


class Voice(_Section):
    on: bool
    models: tuple[str, ...]
    words_per_minute: int = Field(ge=80, le=300)
    device: str


class Store(_Section):
    url: str
    key: Literal["file", "keyring", "passphrase"]
    key_file: str

    @field_validator("url")
    @classmethod
    def _postgresql(cls, url: str) -> str:
        if url and not url.startswith("postgresql://"):
            raise ValueError("must be empty or begin with postgresql://")
        return url


class Accounts(_Section):
    session_idle_min: float = Field(gt=0)
    session_max_h: float = Field(gt=0)
    attempts: int = Field(ge=1)
    lockout_s: float = Field(gt=0)
    lockout_max_s: float = Field(gt=0)


class Privacy(_Section):
    audio_days_after_signing: int = Field(ge=-1)
    encounter_days: int = Field(ge=-1)
    largest_clock_step_days: int = Field(ge=1)


class Settings(_Section):
    """All settings of one kiosk, checked and frozen. The meaning of each key is written beside it in kiosk.toml."""

    site: Site
    audio: Audio
    microphone: Microphone
    segmentation: Segmentation
    recognition: Recognition
    phrases: Phrases
    live: Live
    translation: Translation
    models: Models
    ui: Ui
    web: Web
    voice: Voice
    store: Store
    accounts: Accounts
    privacy: Privacy


def default_path() -> Path:
    """Return the path of the settings that ship with the program."""
    return resources.share("config") / "kiosk.toml"


def load(path: Path | None = None) -> Settings:
    """Read the shipped settings, overlaid by ``path`` or by the file named in ``KIOSK_CONFIG``.

    Raises:
        SettingsError: the file is missing, is not TOML, or has an unknown key or a value out of range.
    """
    base = _read(default_path())
    chosen = path or (Path(os.environ["KIOSK_CONFIG"]) if os.environ.get("KIOSK_CONFIG") else None)
    if chosen is None:
        return _build(base, default_path())
    overlay = _read(chosen.expanduser())
    return _build(_merge(base, overlay), chosen)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"The settings file {path} does not exist.", remedy="Correct or unset KIOSK_CONFIG."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The settings file {path} is not valid TOML: {error}.") from None


def _merge(base: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in overlay.items():
        ours = merged.get(key)
        merged[key] = _merge(ours, value) if isinstance(ours, dict) and isinstance(value, dict) else value
    return merged


def _build(table: Mapping[str, Any], path: Path) -> Settings:
    try:
        return Settings.model_validate(dict(table))
    except ValidationError as error:
        raise SettingsError(
            f"{path}: {_explain(error)}.", remedy="Correct the file; every key is explained in it."
        ) from None


def _explain(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        return f"{where}: {first['msg']}"
    model: type[BaseModel] = Settings
    for part in first["loc"][:-1]:
        annotation = model.model_fields[str(part)].annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation
    near = process.extractOne(str(first["loc"][-1]), [*model.model_fields], score_cutoff=50)
    hint = f"; did you mean {near[0]!r}?" if near else f"; valid keys: {', '.join(model.model_fields)}"
    return f"unknown key {where!r}{hint}"
