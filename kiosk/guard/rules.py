"""``config/guard.toml``: what a translation may say otherwise without being wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import Field

from kiosk import resources, toml_files
from kiosk.toml_files import Section


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
    purpose: Mapping[str, re.Pattern[str]]
    same: tuple[frozenset[str], ...]


class Measures(Section):
    factor: tuple[tuple[str, str, float], ...]
    words: Mapping[str, Mapping[str, re.Pattern[str]]]


class Akin(Section):
    groups: tuple[frozenset[str], ...]


class Cue(Section):
    """What a source says in one of its language's words, and its Chinese in one of ``said``."""

    kind: str
    name: str
    words: Mapping[str, re.Pattern[str]]
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
    denials: Mapping[str, re.Pattern[str]]
    answers: Mapping[str, re.Pattern[str]]
    listed: Mapping[str, re.Pattern[str]]
    medicines: Medicines
    numbers: Numbers
    over: Mapping[str, tuple[str, ...]]
    explained: Mapping[str, re.Pattern[str]]
    opposites: Mapping[str, frozenset[str]]
    akin: Akin
    still: Mapping[str, re.Pattern[str]]
    able: Mapping[str, re.Pattern[str]]
    affirms: Mapping[str, re.Pattern[str]]
    persists: Mapping[str, re.Pattern[str]]
    ends: Mapping[str, re.Pattern[str]]
    eased: Mapping[str, re.Pattern[str]]
    at_most: Mapping[str, re.Pattern[str]]
    without: Mapping[str, re.Pattern[str]]
    dated: Mapping[str, re.Pattern[str]]
    future: Mapping[str, re.Pattern[str]]
    not_over: Mapping[str, re.Pattern[str]]
    not_sides: Mapping[str, Mapping[str, re.Pattern[str]]]
    contrary: Mapping[str, re.Pattern[str]]
    but: Mapping[str, re.Pattern[str]]
    cues: tuple[Cue, ...]
    same_names: tuple[Name, ...]
    measures: Measures
    shape: Shape


@cache
def rules(path: Path | None = None) -> Rules:
    """Read ``config/guard.toml``.

    Raises:
        SettingsError: the file is missing, no TOML, or has a wrong key or value.
    """
    return toml_files.load(Rules, path or resources.share("config") / "guard.toml")
