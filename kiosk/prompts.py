"""What the screens say, in the patient's language (data: ``config/prompts/<code>.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

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
        questions: the sentences of the interview, by id of ``config/interview.toml``.
        options: what can be chosen and is no phrase of the phrasebook.
    """

    language: str
    is_draft: bool
    groups: Mapping[str, str] = field(hash=False)
    questions: Mapping[str, str] = field(hash=False)
    options: Mapping[str, str] = field(hash=False)

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
    agree: str
    refuse: str
    speak: str
    touch_list: str
    show_body: str
    skip: str
    erase: str
    erase_sure: str
    erase_yes: str
    go_on: str
    erased: str
    not_erased: str
    finish_now: str
    refused: str
    still_there: str
    still_here: str
    red_flag: str
    your_number: str
    is_it_so: str
    right: str
    wrong: str
    listen_again: str
    search: str
    next: str
    no_pain: str
    worst_pain: str
    turn_round: str
    microphone_back: str
    use_the_list: str
    read_aloud: str


KEYS = frozenset(entry.name for entry in fields(Prompts)) - {
    "language",
    "is_draft",
    "groups",
    "questions",
    "options",
}


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
    tables = {"status", "text", "groups", "questions", "options"}
    if table.keys() - {"signed_by"} != tables or table["status"] not in ("draft", "signed"):
        raise SettingsError(
            f"{path} must hold status, [text], [groups], [questions] and [options] and nothing else.",
            remedy='Write status = "draft" or "signed".',
        )
    signed = table["status"] == "signed"
    if signed != bool(str(table.get("signed_by", "")).strip()):
        raise SettingsError(
            f"{path}: signed sentences name who signed them, and drafts name nobody.",
            remedy='Write status = "signed" and signed_by = "name, date", or status = "draft" alone.',
        )
    return Prompts(
        language=language,
        is_draft=not signed,
        groups=MappingProxyType(_sentences(table["groups"], GROUPS, path)),
        questions=MappingProxyType(_sentences(table["questions"], _keys("questions", table, language), path)),
        options=MappingProxyType(_sentences(table["options"], _keys("options", table, language), path)),
        **_sentences(table["text"], KEYS, path),
    )


def _keys(name: str, table: Mapping[str, Any], language: str) -> frozenset[str]:
    """Return the keys of a table that a clinician may extend: those of the Chinese file."""
    own = table[name]
    if language == FALLBACK:
        return frozenset(own) if isinstance(own, dict) else frozenset()
    return frozenset(getattr(load(FALLBACK), name))


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
