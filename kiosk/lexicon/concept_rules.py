"""How concepts stand to each other: what says another one too, what two make a third, what cannot be together."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from kiosk import resources
from kiosk.errors import SettingsError
from kiosk.lexicon import concepts, load_compositions


@cache
def absorbed() -> Mapping[str, frozenset[str]]:
    """Return general finding -> the more exact ones that make it superfluous (``config/lexicon/absorbed.toml``)."""
    path = resources.share("config") / "lexicon" / "absorbed.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return MappingProxyType(
        {_code(general, path): frozenset(_code(each, path) for each in exact) for general, exact in table.items()}
    )


@cache
def beside() -> Mapping[tuple[str, str], str]:
    """Return what was told, and what is denied after it -> what is denied (``config/lexicon/beside.toml``)."""
    return _pairs("beside.toml")


@cache
def behind() -> Mapping[tuple[str, str], str]:
    """Return what was told, and what is said behind it, without a place -> what that is (``behind.toml``)."""
    return _pairs("behind.toml")


@cache
def joined() -> Mapping[tuple[str, str], str]:
    """Return two facts said of one thing -> the one that they are (``config/lexicon/joined.toml``)."""
    return _pairs("joined.toml")


def _pairs(name: str) -> Mapping[tuple[str, str], str]:
    path = resources.share("config") / "lexicon" / name
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            (_code(first, path), _code(second, path)): _code(exact, path)
            for exact, rules in table.items()
            for first, _, second in (rule.partition("+") for rule in rules)
        }
    )


def _code(name: str, path: Path) -> str:
    """Return the code of a concept or of ``generic@site``.

    Raises:
        SettingsError: the inventory has no such concept.
    """
    generic, at, site = name.partition("@")
    for part in (generic, site) if at else (generic,):
        if part not in concepts():
            raise SettingsError(f"{path}: unknown concept {part!r}.", remedy="Correct it, or add it to concepts.tsv.")
    return load_compositions().get((generic, site), f"{site}_{generic}") if at else name


@cache
def apart() -> Mapping[str, frozenset[str]]:
    """Return generic finding -> the sites at which it cannot be (``config/lexicon/apart.toml``)."""
    path = resources.share("config") / "lexicon" / "apart.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    for name in (*table, *(each for places in table.values() for each in places)):
        if name not in concepts():
            raise SettingsError(f"{path}: unknown concept {name!r}.", remedy="Correct it, or add it to concepts.tsv.")
    return MappingProxyType({generic: frozenset(places) for generic, places in table.items()})
