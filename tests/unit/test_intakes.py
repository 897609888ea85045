"""Sent intakes on disk."""

from __future__ import annotations

import dataclasses
import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk import documents, intakes
from kiosk.encounter import Intake, LanguageChoice, Note, Timing
from kiosk.errors import StorageError

AT = datetime(2026, 11, 22, 8, 30, 5, tzinfo=UTC)
INTAKE = Intake(
    language=LanguageChoice(code="ug"),
    audio=None,
    utterances=(),
    translations=(),
    note=Note(chief_complaint="头痛3天"),
    timing=Timing(),
)


def test_written_whole_private_and_readable(tmp_path: Path) -> None:
    path = intakes.save(INTAKE, tmp_path / "intakes", at=AT, suffix="1a2b")
    assert path.name == "20261122T083005Z-1a2b.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert json.loads(path.read_text(encoding="utf-8")) == documents.intake(INTAKE)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_the_recording_is_linked_beside_it(tmp_path: Path) -> None:
    journal = tmp_path / "r.journal"
    journal.write_bytes(b"sound")
    path = intakes.save(INTAKE, tmp_path, at=AT, suffix="1a2b", recording=journal)
    journal.unlink()
    assert path.with_suffix(".journal").read_bytes() == b"sound"


def test_an_intake_is_never_replaced(tmp_path: Path) -> None:
    path = intakes.save(INTAKE, tmp_path, at=AT, suffix="1a2b")
    before = path.read_bytes()
    journal = tmp_path / "r.journal"
    journal.write_bytes(b"sound")
    with pytest.raises(StorageError):
        intakes.save(
            dataclasses.replace(INTAKE, note=Note(chief_complaint="x")),
            tmp_path,
            at=AT,
            suffix="1a2b",
            recording=journal,
        )
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [path.name, "r.journal"]


def test_a_failing_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        intakes.save(INTAKE, tmp_path, at=AT, suffix="1a2b")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file"):
        intakes.save(INTAKE, tmp_path / "file", at=AT, suffix="1a2b")
