"""What the screens say, in the patient's language (data: ``config/prompts/<code>.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from types import MappingProxyType

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
        groups: the headings of the phrases to touch, by system of the phrasebook, and ``duration``.
    """

    language: str
    is_draft: bool
    groups: Mapping[str, str] = field(hash=False)

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
    back: str
    silence: str
    too_quiet: str
    too_loud: str
    no_words: str
    no_microphone: str
    failed: str
    not_saved: str
    speak_again: str
    which_one: str
    none_of_these: str


KEYS = frozenset(entry.name for entry in fields(Prompts)) - {"language", "is_draft", "groups"}


# fmt: off
GROUPS = frozenset({
    "general", "head_nerves", "eyes", "ear_nose_throat", "mouth_teeth", "chest_breathing", "heart", "stomach_bowel",
    "urinary", "women", "pregnancy", "men", "skin", "joints_muscles", "injury", "mind", "child", "allergy", "duration",
    "other",
})
# fmt: on


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
    if table.keys() != {"status", "text", "groups"} or table["status"] not in ("draft", "signed"):
        raise SettingsError(
            f"{path} must hold status, [text] and [groups] and nothing else.",
            remedy='Write status = "draft" or "signed".',
        )
    return Prompts(
        language=language,
        is_draft=table["status"] == "draft",
        groups=MappingProxyType(_sentences(table["groups"], GROUPS, path)),
        **_sentences(table["text"], KEYS, path),
    )


def _sentences(found: object, wanted: frozenset[str], path: Path) -> dict[str, str]:
    """Return a table that has exactly the wanted keys, each with a sentence."""
    table = found if isinstance(found, dict) else {}
    sentences = {key: text for key, text in table.items() if isinstance(text, str) and text.strip()}
    if wrong := sorted((wanted ^ table.keys()) | (table.keys() - sentences.keys())):
        raise SettingsError(
            f"{path}: missing, unknown or empty: {', '.join(wrong)}.",
            remedy="Give every key of config/prompts/zh.toml one sentence.",
        )
    return sentences
