"""The demo's choice of clips and its table, with scripted engines; the real run is in test_readme.py."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from kiosk import settings
from kiosk.cli import demonstration
from kiosk.encounter import Segment
from kiosk.engines.scripted import ScriptedDetector, ScriptedRecognizer
from kiosk.pipeline import Pipeline


def test_clips_cover_every_kind() -> None:
    clips = demonstration.clips(settings.load(), spoken=("en", "ru", "zh"))
    by_language = [clip.language for clip in clips]
    assert by_language.count("en") == 12
    assert by_language.count("ug") == 1
    assert by_language.count(None) == 3
    assert all(clip.path.is_file() for clip in clips)


def test_outcomes_and_table() -> None:
    chosen = settings.load()
    machine = Pipeline(
        chosen,
        detector=ScriptedDetector([Segment(0.2, 1.0)]),
        recognizers=[ScriptedRecognizer(["my chest hurts"] * 20, languages=("en",))],
    )
    clips = [
        clip
        for clip in demonstration.clips(chosen, spoken=machine.spoken)
        if clip.name.endswith(("_01.flac", "_00.flac"))
    ]
    rows = [*demonstration.outcomes(clips, machine, chosen)]
    assert rows[0].document()["clip"] == "en/complaint_01.flac"
    with pytest.raises(ValueError, match="gave no intake"):
        next(row for row in rows if row.language == "ug").document()
    stream = io.StringIO()
    demonstration.print_table(rows, Console(file=stream, width=110))
    assert "胸痛" in stream.getvalue()
    assert "请点选短语" in stream.getvalue().replace("\n", "").replace("│", "").replace(" ", "")
