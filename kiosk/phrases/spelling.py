"""The Latin spelling by which phrase recognition scores a language whose own script the speech model cannot score.

Whisper's tokenizer breaks scripts that it hardly met in training into bytes, and their scores say nothing. The rules
are data, ``config/phrasebook/spelling.toml``: one table of letters a language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from kiosk import resources, toml_files
from kiosk.errors import SettingsError
from kiosk.transliteration import tibetan

_TIBETAN = "[\u0f40-\u0fbc]"  # letters and vowel signs: what a syllable is made of


@dataclass(frozen=True, slots=True)
class Rules:
    """How one language is spelled.

    Attributes:
        letters: letters of the script, one or several, to Latin; lower case.
        pattern: matches the longest key at a place, else any one character.
        token: the language under whose token Whisper scores the spelling; empty for the language's own.
        syllables: unknown letters are read as Tibetan syllables, by ``kiosk.transliteration.tibetan``.
        second: another way of spelling, heard with another language's ears; the best few are scored by it too.
    """

    letters: Mapping[str, str]
    pattern: re.Pattern[str]
    token: str = ""
    syllables: bool = False
    second: Rules | None = None


def spell(text: str, language: str) -> str:
    """Return the Latin spelling of ``text``; empty when the language is scored in its own script.

    Upper and lower case, and composed and decomposed letters, are spelled alike.

    Raises:
        SettingsError: the rules cannot be read, or they lack a letter of ``text``.
    """
    rules = load().get(language)
    return "" if rules is None or not rules.letters else _apply(text, language, rules)


def spellings(text: str, language: str) -> tuple[str, ...]:
    """Return every spelling by which a phrase is scored: the first, or the text itself, and the second if there is one.

    Raises:
        SettingsError: as :func:`spell`.
    """
    rules = load().get(language)
    if rules is None:
        return (text,)
    first = _apply(text, language, rules) or text
    return (first,) if rules.second is None else (first, _apply(text, language, rules.second))


def tokens(language: str) -> tuple[str, ...]:
    """Return the language whose token each of the :func:`spellings` goes with; empty for the language's own."""
    rules = load().get(language)
    if rules is None:
        return ("",)
    return (rules.token,) if rules.second is None else (rules.token, rules.second.token)


def _apply(text: str, language: str, rules: Rules) -> str:
    """Return ``text`` as these rules spell it: with no letters of their own, in its own script."""
    if not rules.letters:
        return unicodedata.normalize("NFC", text).lower()

    def latin(match: re.Match[str]) -> str:
        piece = match.group()
        if piece in rules.letters:
            return rules.letters[piece]
        if rules.syllables and (spoken := tibetan.phonetics(piece)):
            return spoken
        if len(piece) > 1:  # a syllable that nobody knows: letter by letter
            return "".join(latin(letter) for letter in re.finditer(r"[\s\S]", piece))
        if rules.syllables and (digit := unicodedata.digit(piece, None)) is not None:
            return str(digit)
        if (rules.syllables and unicodedata.category(piece) == "Mn") or piece == "ཨ":
            return ""
        if piece.isascii():
            return piece  # digits, blanks, and names that are written in Latin letters already
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
    found = {}
    for language, table in toml_files.read(path).items():
        second = table.pop("second", None) if isinstance(table, dict) else None
        rules = _rules(path, language, table)
        found[language] = rules if second is None else replace(rules, second=_rules(path, language, second))
    return found


def _rules(path: Path, language: str, table: object) -> Rules:
    table = table if isinstance(table, dict) else {}
    letters = table.get("letters", {})
    token, syllables = table.get("token", ""), table.get("syllables", False)
    known = {"letters", "token", "syllables"}
    sound = isinstance(letters, dict) and isinstance(token, str) and known.issuperset(table) and (letters or token)
    if not sound:
        raise SettingsError(
            f"{path}: [{language}] holds [{language}.letters], if need be token, syllables, second, and nothing else."
        )
    for key, value in letters.items():
        if not isinstance(value, str) or not key or key != unicodedata.normalize("NFC", key).lower():
            raise SettingsError(f"{path}: [{language}.letters] {key!r} must be lower case, composed, and have a text.")
    longest_first = sorted(letters or " ", key=len, reverse=True)
    if syllables:
        # A key is one syllable or several; a syllable that begins like a key is another syllable.
        keys = "|".join(f"{re.escape(key)}(?!{_TIBETAN})" for key in longest_first if re.match(_TIBETAN, key))
        pattern = re.compile(rf"(?<!{_TIBETAN})(?:{keys})|{_TIBETAN}+|[\s\S]")
    else:
        pattern = re.compile("|".join(map(re.escape, longest_first)) + r"|[\s\S]")
    return Rules(letters, pattern, token=token, syllables=bool(syllables))
