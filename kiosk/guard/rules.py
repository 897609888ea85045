"""``config/guard.toml``: what a translation may say otherwise without being wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import Field

from kiosk import resources, toml_files
from kiosk.toml_files import Section

Words = Mapping[str, re.Pattern[str]]
"""Words by language, or by another key that a table explains."""


class Kin(Section):
    groups: tuple[frozenset[str], ...]
    mothers: frozenset[str]
    ambiguous: Mapping[str, tuple[str, ...]]
    words: Mapping[str, Mapping[str, tuple[str, ...]]]


class Numbers(Section):
    time_words: Mapping[str, str]
    counters: frozenset[str]
    vague: re.Pattern[str]
    teens: re.Pattern[str]
    inflected: frozenset[str]
    ignored: frozenset[float]
    same_unit: tuple[frozenset[str], ...]
    fahrenheit: tuple[float, float]
    tolerance_c: float = Field(ge=0)
    centimetres: Mapping[str, str]
    centimetre_range: tuple[float, float]


class Medicines(Section):
    purpose: Words
    same: tuple[frozenset[str], ...]


class Measures(Section):
    factor: tuple[tuple[str, str, float], ...]
    words: Mapping[str, Words]


class Akin(Section):
    groups: tuple[frozenset[str], ...]


class Cue(Section):
    """What a source says in one of its language's words, and its Chinese in one of ``said``."""

    kind: str
    name: str
    words: Words
    said: re.Pattern[str]


class Name(Section):
    """One medicine of several that the lexicon keeps under one name, by its words in any language."""

    name: str
    said: re.Pattern[str]


class Shape(Section):
    min_ratio: float = Field(gt=0)
    max_ratio: float = Field(gt=0)
    min_letters: int = Field(ge=1)
    zh_ratio: tuple[float, float]
    repeats: int = Field(ge=2)
    repeat_letters: int = Field(ge=1)
    foreign: int = Field(ge=1)


class Rules(Section):
    """``config/guard.toml``."""

    kin: Kin
    denials: Words
    answers: Words
    listed: Words
    medicines: Medicines
    numbers: Numbers
    over: Mapping[str, tuple[str, ...]]
    explained: Words
    opposites: Mapping[str, frozenset[str]]
    akin: Akin
    still: Words
    able: Words
    affirms: Words
    persists: Words
    ends: Words
    eased: Words
    at_most: Words
    without: Words
    dated: Words
    future: Words
    not_over: Words
    not_sides: Mapping[str, Words]
    contrary: Words
    but: Words
    cues: tuple[Cue, ...]
    same_names: tuple[Name, ...]
    measures: Measures
    shape: Shape


def says(words: Words, name: str, text: str) -> bool:
    """Whether a text has one of these words; ``name`` is its language, or another key of the table."""
    pattern = words.get(name)
    return pattern is not None and pattern.search(text) is not None


@cache
def rules(path: Path | None = None) -> Rules:
    """Read ``config/guard.toml``.

    Raises:
        SettingsError: the file is missing, no TOML, or has a wrong key or value.
    """
    return toml_files.load(Rules, path or resources.share("config") / "guard.toml")
