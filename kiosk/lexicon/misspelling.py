"""Stems that are spelled nearly like a word: a symmetric-delete index, looked up in a few dictionary reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence


def index(stems: Iterator[str] | Sequence[str]) -> Mapping[str, frozenset[str]]:
    """Symmetric-delete index (W. Garbe's SymSpell): every stem under itself and each form with one letter deleted."""
    found: dict[str, set[str]] = {}
    for stem in stems:
        for key in _deletions(stem):
            found.setdefault(key, set()).add(stem)
    return {key: frozenset(values) for key, values in found.items()}


def _deletions(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def candidates(table: Mapping[str, frozenset[str]], word: str) -> set[str]:
    """Return the stems that may be one letter away from ``word`` (to be confirmed by their distance)."""
    return {stem for key in _deletions(word) for stem in table.get(key, ())}
