"""The phrasebook: closed sets of things to say, per question, each in every language with its Chinese.

``config/phrasebook/phrases.tsv`` lists the phrases once with their Chinese; ``<language>.tsv`` gives the words, the
spelling by which phrase recognition scores them, and who signed them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kiosk import resources
from kiosk.errors import SettingsError
from kiosk.lexicon import read_table

MASTER_HEADER = ("phrase_id", "question", "system", "zh", "concept")
HEADER = ("phrase_id", "text", "spelling", "status", "reviewer", "reviewed_on", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One thing that can be chosen or recognised as a whole.

    Attributes:
        phrase_id: unique over all questions.
        question: id of the question that it answers (complaint, duration, severity …).
        system: the page of the tap list that it is on.
        text: in the patient's language and script.
        spelling: romanised, where phrase recognition needs it; empty means ``text``.
        zh: standard Chinese.
        concept: the lexicon's concept, where the phrase is exactly one; may be empty.
        draft: no native clinician has signed the wording.
    """

    phrase_id: str
    question: str
    system: str
    text: str
    spelling: str
    zh: str
    concept: str
    draft: bool


@cache
def load(language: str, question: str | None = None, folder: Path | None = None) -> tuple[Phrase, ...]:
    """Return the phrases of a language, in the master's order; only those of ``question`` if it is named.

    Phrases that the language has no words for yet are left out.

    Raises:
        SettingsError: a table is missing or wrong; the message names file and line.
    """
    folder = folder or resources.share("config") / "phrasebook"
    words = _words(folder / f"{language}.tsv")
    phrases: list[Phrase] = []
    seen: set[str] = set()
    master = folder / "phrases.tsv"
    for number, row in read_table(master, MASTER_HEADER):
        if row["phrase_id"] in seen:
            raise SettingsError(f"{master}, line {number}: the phrase {row['phrase_id']!r} stands twice.")
        seen.add(row["phrase_id"])
        said = words.get(row["phrase_id"])
        if said is None or question not in (None, row["question"]):
            continue
        phrases.append(
            Phrase(
                phrase_id=row["phrase_id"],
                question=row["question"],
                system=row["system"],
                text=said["text"],
                spelling=said["spelling"],
                zh=row["zh"],
                concept=row["concept"],
                draft=said["status"] == "draft",
            )
        )
    unknown = words.keys() - seen
    if unknown:
        raise SettingsError(
            f"{folder / f'{language}.tsv'}: the phrase {min(unknown)!r} is not in phrases.tsv.",
            remedy="Add it there, or correct the id.",
        )
    return tuple(phrases)


def questions() -> tuple[str, ...]:
    """Return the ids of the questions that have phrases, in the master's order."""
    master = resources.share("config") / "phrasebook" / "phrases.tsv"
    return tuple(dict.fromkeys(row["question"] for _, row in read_table(master, MASTER_HEADER)))


def _words(path: Path) -> Mapping[str, dict[str, str]]:
    if not path.is_file():
        return {}
    words: dict[str, dict[str, str]] = {}
    for number, row in read_table(path, HEADER):
        if not row["text"]:
            raise SettingsError(f"{path}, line {number}: the phrase {row['phrase_id']!r} has no words.")
        if row["status"] == "rejected":
            continue  # kept in the table for the record, never offered
        if row["status"] not in ("draft", "reviewed"):
            raise SettingsError(f"{path}, line {number}: status must be draft or reviewed, found {row['status']!r}.")
        if row["phrase_id"] in words:
            raise SettingsError(f"{path}, line {number}: the phrase {row['phrase_id']!r} stands twice.")
        words[row["phrase_id"]] = row
    return words
