"""The screens driven by themselves."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

from rich.console import Console

from kiosk import phrasebook
from kiosk.bench import Clip
from kiosk.errors import DeviceError
from kiosk.ui.app import summary
from kiosk.ui.demonstration import Demonstration
from kiosk.ui.visit import KioskApp

MakeApp = Callable[..., KioskApp]


def clip(language: str, transcript: str) -> Clip:
    return Clip(path=Path(f"{language}_1.flac"), language=language, transcript=transcript)


def printed(app: Demonstration) -> str:
    console = Console(file=StringIO(), width=120, legacy_windows=False)
    console.print(summary(app.shown_clips, app))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


async def test_spoken_and_touched_clips_go_through_the_interview(make_app: MakeApp, tmp_path: Path) -> None:
    dizzy = next(phrase for phrase in phrasebook.load("kk", "complaint") if phrase.phrase_id == "dizziness")
    clips = [clip("en", "I have a headache"), clip("kk", dizzy.text)]
    app = make_app("I have a headache", ends=True, kind=Demonstration, clips=clips, pace_s=0.0)
    assert isinstance(app, Demonstration)
    await app.run_async(headless=True, size=(80, 24))
    assert app.return_code == 0
    assert [(row.how, row.chief_complaint, row.words) for row in app.shown_clips] == [
        ("语音", "头痛", "I have a headache"),
        ("点选", "头晕", dizzy.text),  # touched, not guessed
    ]
    assert len(list((tmp_path / "intakes").glob("*.json"))) == 2
    table = printed(app)
    assert "en_1" in table
    assert "头痛" in table


async def test_what_fails_is_in_the_summary(make_app: MakeApp) -> None:
    clips = [clip("ug", "no such phrase"), clip("en", "")]
    app = make_app(kind=Demonstration, clips=clips, pace_s=0.0, refuses=[DeviceError("There is no microphone.")])
    assert isinstance(app, Demonstration)
    await app.run_async(headless=True, size=(80, 24))
    assert app.return_code == 0
    assert [(row.chief_complaint, row.failed) for row in app.shown_clips] == [("", False), ("", True)]
    table = printed(app)
    assert "无对应短语" in table
    assert "没有话筒" in table
