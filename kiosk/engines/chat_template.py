"""``config/chat.toml``: what a chat model is asked, how it samples, and what its answers are stripped of."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field

from kiosk import resources, toml_files
from kiosk.toml_files import Section


class Prompt(Section):
    system: str
    user: str
    back: str
    terms_head: str
    term: str
    max_terms: int = Field(ge=0)


class Sampling(Section):
    temperature: float = Field(ge=0, le=2)
    max_tokens: int = Field(ge=16)


class Answer(Section):
    refusals: tuple[str, ...]
    preambles: tuple[str, ...]


class Template(Section):
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
