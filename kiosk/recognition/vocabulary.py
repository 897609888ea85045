"""Words that a recogniser should be ready to hear (data: ``config/vocabulary.toml``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from kiosk import languages, resources, toml_files
from kiosk.errors import KioskError, SettingsError


def words(language: str) -> tuple[str, ...]:
    """Return the words of a language, commonest first; none where it has no list.

    Raises:
        SettingsError: the file cannot be read or is not of the documented form.
    """
    return load(resources.share("config") / "vocabulary.toml").get(language, ())


@cache
def load(path: Path) -> Mapping[str, tuple[str, ...]]:
    """Read the lists of all languages.

    Raises:
        SettingsError: the file cannot be read or is not of the documented form.
    """
    found = {}
    for code, row in toml_files.read(path).items():
        try:
            languages.get(code)
        except KioskError as error:
            raise SettingsError(f"{path}: {error}") from None
        listed = row.get("words") if isinstance(row, dict) and len(row) == 1 else None
        if not isinstance(listed, list) or not all(isinstance(word, str) and word.strip() for word in listed):
            raise SettingsError(f"{path}: [{code}] must hold words, a list of texts, and nothing else.")
        found[code] = tuple(listed)
    return found
