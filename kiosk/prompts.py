"""What the screens say, in the patient's language (data: ``config/prompts/<code>.toml``)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache

from kiosk import resources
from kiosk.errors import SettingsError

FALLBACK = "zh"
"""The language of the screens where nobody has written the patient's language yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompts:
    """Every sentence of the patient's screens in one language. A field is a key of the file's ``[text]`` table.

    Attributes:
        language: the code of the language that the sentences are really in.
        is_draft: no native speaker has signed the wording.
    """

    language: str
    is_draft: bool

    choose_language: str
    speak_now: str
    wait: str
    louder: str
    good: str
    quieter: str
    done: str
    tap_instead: str
    other_language: str
    working: str
    stop: str
    you_said: str
    in_chinese: str
    is_it_right: str
    send: str
    again: str
    sent: str
    next_person: str
    tap: str
    no_ear: str
    more: str
    chosen: str
    remove_last: str
    silence: str
    too_quiet: str
    too_loud: str
    no_words: str
    no_microphone: str
    failed: str
    not_saved: str
    speak_again: str


KEYS = frozenset(field.name for field in fields(Prompts)) - {"language", "is_draft"}


@cache
def load(language: str) -> Prompts:
    """Return the sentences in ``language``, or in Chinese where the language has no file.

    Raises:
        SettingsError: the file is not TOML, lacks a sentence or has one that no screen shows.
    """
    path = resources.share("config") / "prompts" / f"{language}.toml"
    if not path.is_file() and language != FALLBACK:
        return load(FALLBACK)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The screen texts {path} cannot be read: {error}.") from None
    text = table.get("text")
    if table.keys() != {"status", "text"} or table["status"] not in ("draft", "signed") or not isinstance(text, dict):
        raise SettingsError(
            f"{path} must hold status and [text] and nothing else.", remedy='Write status = "draft" or "signed".'
        )
    wrong = KEYS ^ text.keys()
    if wrong or not all(isinstance(value, str) and value.strip() for value in text.values()):
        raise SettingsError(
            f"{path}: missing, unknown or empty: {', '.join(sorted(wrong)) or 'a text'}.",
            remedy="Give every key of config/prompts/zh.toml one sentence.",
        )
    return Prompts(language=language, is_draft=table["status"] == "draft", **text)
