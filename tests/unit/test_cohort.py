"""Norms: measured once, kept, and void when anything that they depend on changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kiosk import resources, settings
from kiosk.engines.scripted import ScriptedScorer
from kiosk.errors import Cancelled, StorageError
from kiosk.phrases import Candidate, Norms, cohort
from kiosk.recognition import never

SETTINGS = settings.load()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    return tmp_path


def offered(*spellings: str) -> list[Candidate]:
    return [Candidate(phrase_id=spelling, text=spelling, spellings=(spelling,)) for spelling in spellings]


def measure(
    scorer: ScriptedScorer,
    candidates: list[Candidate],
    language: str = "ug",
    check: Callable[[], None] = never,
) -> tuple[Norms, list[tuple[int, int]]]:
    """Return the norms and the progress on the way to them."""
    progress = []
    preparing = cohort.norms(scorer, candidates, language=language, settings=SETTINGS, check=check)
    while True:
        try:
            progress.append(next(preparing))
        except StopIteration as done:
            return done.value, progress


def test_the_cohort_is_unrelated_speech_and_noise() -> None:
    loaded = cohort.load(SETTINGS)
    assert len(loaded.clips) >= 10
    assert all(1.5 * 16_000 <= clip.size <= 6 * 16_000 for clip in loaded.clips)


def test_measured_once_with_progress_then_kept() -> None:
    scorer = ScriptedScorer({}, languages=("ug",))
    clips = len(cohort.load(SETTINGS).clips)
    norms, progress = measure(scorer, offered("a", "b"))
    assert progress == [(done, clips) for done in range(clips + 1)]
    assert norms["level"].tolist() == [pytest.approx((clips + 1) / 2)] * 2  # the mean over the cohort
    again, nothing = measure(scorer, offered("a", "b"))
    assert nothing == []
    assert scorer.measured == clips
    np.testing.assert_allclose(again["level"], norms["level"], rtol=1e-3)


@pytest.mark.parametrize(
    ("candidates", "language", "engine"),
    [
        (offered("a", "c"), "ug", "scripted@1"),
        (offered("b", "a"), "ug", "scripted@1"),
        (offered("a", "b", "c"), "ug", "scripted@1"),
        (offered("a", "b"), "kk", "scripted@1"),
        (offered("a", "b"), "ug", "scripted@2"),
    ],
)
def test_any_change_makes_another_key(candidates: list[Candidate], language: str, engine: str) -> None:
    key = cohort.key(ScriptedScorer({}, languages=()), offered("a", "b"), language="ug", settings=SETTINGS)
    other = cohort.key(
        ScriptedScorer({}, languages=(), engine=engine), candidates, language=language, settings=SETTINGS
    )
    assert key != other


def test_another_text_with_the_same_spelling_is_the_same_set() -> None:
    scorer = ScriptedScorer({}, languages=())
    key = cohort.key(
        scorer, [Candidate(phrase_id="x", text="x", spellings=("a",), zh="头痛")], language="ug", settings=SETTINGS
    )
    assert key == cohort.key(scorer, offered("a"), language="ug", settings=SETTINGS)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut short", b"\x80\x04pickle"])
def test_a_damaged_file_is_made_again(damage: bytes) -> None:
    scorer = ScriptedScorer({}, languages=("ug",))
    measure(scorer, offered("a"))
    (kept,) = (resources.cache() / "norms").glob("*.npz")
    kept.write_bytes(damage)
    before = scorer.measured
    norms, _ = measure(scorer, offered("a"))
    assert scorer.measured > before
    assert norms["level"].shape == (1,)
    assert cohort.read(kept) is not None


def test_stopped_half_way_keeps_nothing() -> None:
    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) > 4:
            raise Cancelled("The work was stopped.")

    with pytest.raises(Cancelled):
        measure(ScriptedScorer({}, languages=("ug",)), offered("a"), check=check)
    assert not [*(resources.cache() / "norms").glob("*")]


def test_a_place_that_cannot_be_written_is_named(home: Path) -> None:
    (home / "cache").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(StorageError, match="norms") as caught:
        measure(ScriptedScorer({}, languages=("ug",)), offered("a"))
    assert "KIOSK_HOME" in caught.value.remedy
