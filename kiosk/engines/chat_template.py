"""``config/chat.toml``: what a chat model is asked, how it samples, and what its answers are stripped of."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from kiosk import resources, toml_files


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Prompt(_Section):
    system: str
    user: str
    back: str
    terms_head: str
    term: str
    max_terms: int = Field(ge=0)


class Sampling(_Section):
    temperature: float = Field(ge=0, le=2)
    max_tokens: int = Field(ge=16)


class Answer(_Section):
    refusals: tuple[str, ...]
    preambles: tuple[str, ...]


class Template(_Section):
    """``config/chat.toml``."""

    prompt: Prompt
    sampling: Sampling
    answer: Answer


@cache
def template(path: Path | None = None) -> Template:
    """Read ``config/chat.toml``.

    Raises:
        SettingsError: the file is missing, no TOML, or has a wrong key or value.
    """
    return toml_files.load(Template, path or resources.share("config") / "chat.toml")
