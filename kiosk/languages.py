"""The only place that knows language codes, autonyms, scripts and direction (data: ``config/languages.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

from rapidfuzz import process

from kiosk import resources
from kiosk.errors import LanguageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language of the kiosk.

    Attributes:
        code: ISO 639-1.
        autonym: the name that its speakers read.
        zh: the name in Chinese.
        scripts: ISO 15924 codes, most used first.
        direction: reading direction of the first script.
        engines: engine family -> the code by which that family calls this language.
        mistaken_for: languages that a recogniser hears where this one is spoken.
        neighbours: an engine's codes of languages so near that hearing one is no evidence against this one.
    """

    code: str
    autonym: str
    zh: str
    scripts: tuple[str, ...]
    direction: Literal["ltr", "rtl"]
    engines: Mapping[str, str]
    mistaken_for: frozenset[str] = frozenset()
    neighbours: tuple[str, ...] = ()


@cache
def known() -> Mapping[str, Language]:
    """Return every language by code, in the file's order."""
    table = tomllib.loads((resources.share("config") / "languages.toml").read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            code: Language(
                code=code,
                autonym=row["autonym"],
                zh=row["zh"],
                scripts=tuple(row["scripts"]),
                direction=row["direction"],
                engines=MappingProxyType(dict(row.get("engines", {}))),
                mistaken_for=frozenset(row.get("mistaken_for", ())),
                neighbours=tuple(row.get("neighbours", ())),
            )
            for code, row in table.items()
        }
    )


def get(code: str) -> Language:
    """Return the language with this code.

    Raises:
        LanguageError: the code is not in ``config/languages.toml``.
    """
    languages = known()
    if code in languages:
        return languages[code]
    near = process.extractOne(code.lower(), [*languages], score_cutoff=60)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise LanguageError(f"Unknown language {code!r}.", remedy=f"{hint}Known codes: {', '.join(languages)}.")
