"""The JSON that other programs read: every key of the agreed form, always."""

from __future__ import annotations

import json
from typing import Any

from kiosk import documents, pipeline, settings
from kiosk.pipeline import Pipeline

UTTERANCE = {"id", "start_s", "end_s", "mode", "text", "score", "alternatives", "engine"}
TRANSLATION = {"utterance_id", "zh", "channel", "engine", "uncovered", "warnings"}
NOTE = {"chief_complaint", "findings", "allergies", "medications", "history", "pregnancy", "red_flags", "text"}
FINDING = {
    "code", "name", "status", "experiencer", "when", "body_site", "laterality", "onset", "duration", "severity",
    "character", "evidence",
}  # fmt: skip
TIMING = {"audio_s", "recognition_s", "translation_s", "note_s", "total_s"}


def document(text: str) -> dict[str, Any]:
    machine = Pipeline(settings.load(), detector=None)
    written = pipeline.run(machine.from_text(text, language="en"))
    loaded: dict[str, Any] = json.loads(documents.dump(documents.intake(written)))
    return loaded


def test_keys() -> None:
    text = (
        "I have had a headache for three days. I am allergic to penicillin, I take metformin 500 mg twice a day. "
        "I am pregnant"
    )
    got = document(text)
    assert got["language"] == {"code": "en", "evidence": "chosen", "score": 1}
    assert got["audio"] is None
    (utterance,) = got["utterances"]
    (translation,) = got["translations"]
    note = got["note"]
    assert utterance.keys() >= UTTERANCE
    assert translation.keys() >= TRANSLATION
    assert note.keys() >= NOTE
    assert note["findings"][0].keys() >= FINDING
    assert note["findings"][0]["duration"] == {"value": 3, "unit": "d", "value_high": None, "approximate": False}
    assert note["findings"][0]["evidence"][0].keys() == {"utterance_id", "text", "start", "end"}
    assert note["allergies"][0].keys() >= {"substance", "status", "evidence"}
    assert note["medications"][0].keys() >= {"name", "dose", "frequency", "evidence"}
    assert note["pregnancy"].keys() >= {"status", "weeks"}
    timing = got["timing"]
    assert timing.keys() >= TIMING


def test_scripts_are_readable_and_one_line() -> None:
    line = documents.dump({"a": "头痛\nبېشىم"})
    assert "头痛" in line
    assert "\n" not in line
