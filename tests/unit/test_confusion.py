"""Inexact matching must not turn one symptom into another."""

from __future__ import annotations

import pytest

from kiosk import resources
from kiosk.curation import confusion
from kiosk.lexicon import misspelling

SHIPPED = sorted(path.stem for path in (resources.share("config") / "lexicon").glob("??.tsv"))


@pytest.mark.parametrize("code", SHIPPED)
def test_one_wrong_letter_rarely_makes_another_symptom(code: str) -> None:
    figures = confusion.measure(code, samples=200)
    assert figures["confused"] <= 0.03
    whole = 1.0 if figures["words"] else 0.0
    assert figures["found"] + figures["missed"] + figures["confused"] == pytest.approx(whole, abs=0.001)


def test_stems_one_letter_away_are_candidates() -> None:
    table = misspelling.index(["diarrhea", "headache"])
    for wrong in ("diarrhea", "diarhea", "diarrheaa", "diarrhia", "dairrhea"):
        assert "diarrhea" in misspelling.candidates(table, wrong)
    assert misspelling.candidates(table, "headstone") == set()
