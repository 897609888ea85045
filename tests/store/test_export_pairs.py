"""``kiosk export --pairs``: what patients allowed, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.answers import Consent, Interview
from kiosk.encounter import Intake, Span
from kiosk.export import pairs
from kiosk.review.decisions import CorrectField
from tests.store.conftest import NURSE_SECRET, Bench, FakeClock, premises_at, written
from tests.store.test_maintenance import kiosk

AT = datetime(2026, 11, 29, 7, 50, tzinfo=UTC)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(premises_at(tmp_path / "home"), FakeClock())
    yield made
    made.close()


def agreed(intake: Intake, *, use: bool) -> Intake:
    consent = Consent(use=use, recording=False, at=AT, language="en")
    return replace(intake, interview=Interview(version="1", started_at=AT, ended_at=AT, consent=consent))


def signed(bench: Bench, intake: Intake) -> str:
    name = bench.outbox.send(intake, None).encounter_id
    bench.store.take_in()
    seen = bench.store.open(bench.nurse, name)
    for item in seen.open:
        raise AssertionError(item)
    bench.store.sign(bench.nurse, name, seen)
    return name


def exported(bench: Bench, *words: str) -> tuple[int, str]:
    ran = kiosk(bench.site.home, "export", *words, say=f"{NURSE_SECRET}\n")
    return ran.returncode, ran.stderr


def test_only_words_of_patients_who_agreed_are_written(bench: Bench, tmp_path: Path) -> None:
    signed(bench, agreed(written("I have a fever and a headache."), use=True))
    signed(bench, agreed(written("My belly hurts."), use=False))
    signed(bench, written("My left knee hurts."))
    out = tmp_path / "notes.jsonl"
    code, told = exported(bench, "--pairs", str(out), "--user", "wang.fang", "--basis", "form 12")
    assert code == 0, told
    assert "2 encounters left out" in told
    assert out.stat().st_mode & 0o777 == 0o600
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(row["language"], row["text"]) for row in rows] == [("en", "I have a fever and a headache.")]
    assert rows[0]["zh"] == "发热，头痛。"
    with bench.store.database.read() as connection:
        details = [each.detail for each in bench.store.log.entries(connection) if each.action == "export"]
    assert {"target": "pairs: form 12", "signed": True} in details


def test_the_ground_of_the_further_use_must_be_named(bench: Bench, tmp_path: Path) -> None:
    code, told = exported(bench, "--pairs", str(tmp_path / "notes.jsonl"), "--user", "wang.fang")
    assert (code, "covers the visit alone" in told) == (2, True)
    assert not (tmp_path / "notes.jsonl").exists()


def test_what_the_nurse_corrected_is_what_is_learned(bench: Bench) -> None:
    name = bench.outbox.send(agreed(written("I have a headache."), use=True), None).encounter_id
    bench.store.take_in()
    seen = bench.store.open(bench.nurse, name)
    seen = bench.store.decide(bench.nurse, name, seen, CorrectField(path="findings/0/severity", value="重"))
    note = bench.store.sign(bench.nurse, name, seen)
    assert [row["zh"] for row in pairs.pairs(note)] == ["重度头痛。"]


def test_half_understood_and_tapped_words_are_left_out(bench: Bench) -> None:
    intake = agreed(written("I have a headache."), use=True)
    half = replace(intake.translations[0], uncovered=(Span(0, 1, "I"),))
    tapped = tuple(replace(each, mode="tap") for each in intake.utterances)
    for changed in (replace(intake, translations=(half,)), replace(intake, utterances=tapped)):
        name = signed(bench, changed)
        note = bench.store.reviewed(bench.nurse, name, target="test", draft=False)
        assert [*pairs.pairs(note)] == []  # type: ignore[arg-type]  # it is signed
