"""The Latin spelling by which phrase recognition scores a language whose own script the speech model cannot score.

Whisper's tokenizer breaks scripts that it hardly met in training into bytes, and their scores say nothing. The rules
are data, ``config/phrasebook/spelling.toml``: one table of letters a language.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kiosk import resources
from kiosk.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Rules:
    """How one language is spelled.

    Attributes:
        letters: letters of the script, one or several, to Latin; lower case.
        pattern: matches the longest key at a place, else any one character.
    """

    letters: Mapping[str, str]
    pattern: re.Pattern[str]


def spell(text: str, language: str) -> str:
    """Return the Latin spelling of ``text``; empty when the language is scored in its own script.

    Upper and lower case, and composed and decomposed letters, are spelled alike.

    Raises:
        SettingsError: the rules cannot be read, or they lack a letter of ``text``.
    """
    rules = load().get(language)
    if rules is None:
        return ""

    def latin(match: re.Match[str]) -> str:
        piece = match.group()
        if piece in rules.letters:
            return rules.letters[piece]
        if unicodedata.category(piece)[0] in "LM":  # letters and the marks upon them
            name = unicodedata.name(piece, "")
            raise SettingsError(
                f"The spelling of {language!r} has no rule for the letter U+{ord(piece):04X} {name}.",
                remedy="Correct the phrase, or add the letter to config/phrasebook/spelling.toml.",
            )
        return piece

    return rules.pattern.sub(latin, unicodedata.normalize("NFC", text).lower())


@cache
def load(path: Path | None = None) -> Mapping[str, Rules]:
    """Return the rules of every language that has any, by language code.

    Raises:
        SettingsError: the file cannot be read or is not of the documented form.
    """
    path = path or resources.share("config") / "phrasebook" / "spelling.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from None
    return {language: _rules(path, language, table) for language, table in data.items()}


def _rules(path: Path, language: str, table: object) -> Rules:
    letters = table.get("letters") if isinstance(table, dict) and len(table) == 1 else None
    if not isinstance(letters, dict) or not letters:
        raise SettingsError(f"{path}: [{language}] must hold the table [{language}.letters] and nothing else.")
    for key, value in letters.items():
        if not isinstance(value, str) or not key or key != unicodedata.normalize("NFC", key).lower():
            raise SettingsError(f"{path}: [{language}.letters] {key!r} must be lower case, composed, and have a text.")
    longest_first = sorted(letters, key=len, reverse=True)
    return Rules(letters, re.compile("|".join(map(re.escape, longest_first)) + r"|[\s\S]"))
