"""The review sheet: a language's drafts go out to a native clinician and come back signed.

A sheet is a tab-separated table that any spreadsheet opens. The clinician fills four columns: ``verdict`` (ok, wrong),
``correction`` (a better form, instead of or beside the old one), ``reviewer`` and ``comment``. Reading it back never
loses anything: what is approved becomes ``reviewed`` with name and date, what is wrong stays in the table as
``rejected`` (kept, no longer matched), a correction becomes a row of its own, and what was left blank stays a draft.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kiosk import lexicon, phrasebook, resources
from kiosk.errors import InputError, StorageError
from kiosk.lexicon import read_table

HEADER = (
    "table", "id", "zh", "form", "kind", "example", "status", "verdict", "correction", "reviewer", "comment",
)  # fmt: skip
OK, WRONG = frozenset({"ok", "yes", "y", "1", "对", "✓"}), frozenset({"wrong", "no", "n", "0", "错", "✗"})

Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What reading a sheet changed, in rows."""

    approved: int
    rejected: int
    corrected: int
    untouched: int


def export(language: str, path: Path, *, everything: bool = False, folder: Path | None = None) -> int:
    """Write the sheet of a language and return its number of rows.

    Args:
        everything: reviewed rows too, not only drafts.
        folder: the folder that holds ``lexicon/`` and ``phrasebook/``; None means the shipped ``config``.

    Raises:
        SettingsError: a table is wrong.
        StorageError: the sheet cannot be written.
    """
    folder = folder or resources.share("config")
    names = {concept.id: concept.zh for concept in lexicon.concepts(folder / "lexicon" / "concepts.tsv").values()}
    phrases = _chinese_phrases(folder)
    rows: list[Row] = []
    for table, header, key, form in _TABLES:
        chinese = names if table == "lexicon" else phrases
        rows.extend(
            _blank(table, row, row[key], row[form], chinese)
            for row in _read(_path(folder, table, language), header)
            if everything or row["status"] == "draft"
        )
    # The mark lets a spreadsheet see that the file is UTF-8.
    _write(path, "\ufeff" + _format(HEADER, rows))
    return len(rows)


def _blank(table: str, row: Row, identifier: str, form: str, chinese: Mapping[str, str]) -> Row:
    """Return a row of the sheet that waits for its verdict."""
    filled = {
        "table": table,
        "id": identifier,
        "zh": chinese.get(identifier, ""),
        "form": form,
        "kind": row.get("kind", ""),
        "example": row.get("example", ""),
        "status": row["status"],
        "reviewer": row["reviewer"],
    }
    return {name: filled.get(name, "") for name in HEADER}


def take_in(language: str, path: Path, *, on: date, folder: Path | None = None) -> Outcome:
    """Read a sheet back into the language's tables.

    Args:
        on: the day of the signature.

    Raises:
        InputError: the sheet is not one, a verdict is unclear, or a signature is missing; nothing has been changed.
        StorageError: a table cannot be written; it is as it was.
    """
    folder = folder or resources.share("config")
    verdicts = _verdicts(path)
    counts = {"approved": 0, "rejected": 0, "corrected": 0, "untouched": 0}
    changed: list[tuple[Path, str]] = []
    known: set[tuple[str, str, str, str]] = set()
    for table, header, key, form in _TABLES:
        place = _path(folder, table, language)
        rows = _read(place, header)
        merged: list[Row] = []
        for row in rows:
            name = (table, row[key], row[form], row.get("kind", ""))
            known.add(name)
            merged.extend(_judged(row, verdicts.get(name), form=form, table=table, on=on, counts=counts))
        if merged != rows:
            changed.append((place, _format(header, merged)))
    strange = verdicts.keys() - known
    if strange:
        table, identifier, words, _ = min(strange)
        raise InputError(
            f"{path}: the {table} of {language!r} has no row {identifier!r} with the form {words!r}.",
            remedy="Leave table, id, form and kind as they were exported; write better forms under correction.",
        )
    for place, text in changed:
        _write(place, text)
    return Outcome(**counts)


_TABLES = (
    ("lexicon", lexicon.HEADER, "concept", "surface"),
    ("phrasebook", phrasebook.HEADER, "phrase_id", "text"),
)


def _judged(row: Row, verdict: Row | None, *, form: str, table: str, on: date, counts: dict[str, int]) -> list[Row]:
    """Return what becomes of one row of a table."""
    if verdict is None or not (verdict["verdict"] or verdict["correction"]):
        counts["untouched"] += verdict is not None
        return [row]
    signed = {"reviewer": verdict["reviewer"], "reviewed_on": on.isoformat()}
    if verdict["verdict"] in OK:
        counts["approved"] += 1
        kept = {**row, **signed, "status": "reviewed"}
    elif verdict["verdict"] in WRONG:
        counts["rejected"] += 1
        kept = {**row, **signed, "status": "rejected"}
    else:
        kept = row
    if not verdict["correction"]:
        return [kept]
    counts["corrected"] += 1
    better = {**row, **signed, form: verdict["correction"], "status": "reviewed", "source": "correction by reviewer"}
    better.update({name: "" for name in ("example", "spelling") if name in better})
    # A phrase has one wording; a concept may have many.
    return [better] if table == "phrasebook" else [kept, better]


def _verdicts(path: Path) -> Mapping[tuple[str, str, str, str], Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} cannot be read: {error}.", remedy="Save the sheet as tab-separated UTF-8 text."
        ) from None
    reader = csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_MINIMAL)
    header = next(reader, [])
    if tuple(header) != HEADER:
        raise InputError(f"{path} is not a review sheet: its header must be {' '.join(HEADER)}.")
    found: dict[tuple[str, str, str, str], Row] = {}
    for number, cells in enumerate(reader, start=2):
        if not any(cells):
            continue
        padded = [cell.strip() for cell in cells] + [""] * (len(HEADER) - len(cells))
        row = dict(zip(HEADER, padded, strict=False))
        row["verdict"] = row["verdict"].casefold()
        if row["verdict"] and row["verdict"] not in OK | WRONG:
            raise InputError(f"{path}, line {number}: the verdict {row['verdict']!r} is neither ok nor wrong.")
        if (row["verdict"] or row["correction"]) and not row["reviewer"]:
            raise InputError(f"{path}, line {number}: a verdict needs its reviewer's name.")
        if "\t" in row["correction"] or "\n" in row["correction"]:
            raise InputError(f"{path}, line {number}: a correction is one line without tabs.")
        found[row["table"], row["id"], row["form"], row["kind"]] = row
    return found


def _chinese_phrases(folder: Path) -> Mapping[str, str]:
    master = folder / "phrasebook" / "phrases.tsv"
    return {row["phrase_id"]: row["zh"] for row in _read(master, phrasebook.MASTER_HEADER)}


def _path(folder: Path, table: str, language: str) -> Path:
    return folder / table / f"{language}.tsv"


def _read(path: Path, header: Sequence[str]) -> list[Row]:
    return [row for _, row in read_table(path, header)] if path.is_file() else []


def _format(header: Sequence[str], rows: Sequence[Row]) -> str:
    return "".join("\t".join(cells) + "\n" for cells in [[*header], *([row[name] for name in header] for row in rows)])


def _write(path: Path, text: str) -> None:
    """Replace a file whole or not at all."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        partial = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            partial.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}.",
            remedy="Correct the folder's owner, or free disk space.",
        ) from None
