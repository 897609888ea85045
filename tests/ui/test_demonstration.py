"""The screens driven by themselves."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

from rich.console import Console

from kiosk.bench import Clip
from kiosk.errors import DeviceError
from kiosk.phrasebook import Phrase
from kiosk.ui.app import summary
from kiosk.ui.demonstration import Demonstration
from kiosk.ui.visit import KioskApp

MakeApp = Callable[..., KioskApp]


def clip(language: str, transcript: str) -> Clip:
    return Clip(path=Path(f"{language}_1.flac"), language=language, transcript=transcript)


def printed(app: Demonstration) -> str:
    console = Console(file=StringIO(), width=120, legacy_windows=False)
    console.print(summary(app.shown, app))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


async def test_spoken_and_touched_clips_come_to_notes(
    make_app: MakeApp, phrases: Callable[[str], tuple[Phrase, ...]], tmp_path: Path
) -> None:
    last = phrases("kk")[-1].text  # on the third page
    clips = [clip("en", "I have a headache"), clip("kk", last), clip("en", "I have a fever")]
    app = make_app("I have a headache", "I have a fever", ends=True, kind=Demonstration, clips=clips, pace_s=0.0)
    assert isinstance(app, Demonstration)
    await app.run_async(headless=True)
    assert app.return_code == 0
    assert [(row.how, bool(row.chief_complaint)) for row in app.shown] == [
        ("语音", True),
        ("点选", True),
        ("语音", True),
    ]
    assert [row.chief_complaint for row in app.shown][::2] == ["头痛", "发热"]
    assert app.shown[1].words == last  # touched, not guessed
    assert len(list((tmp_path / "intakes").glob("*.json"))) == 3
    table = printed(app)
    assert "en_1" in table
    assert "头痛" in table


async def test_a_phrase_is_found_in_its_group(make_app: MakeApp, phrases: Callable[[str], tuple[Phrase, ...]]) -> None:
    groups = ("general", "eyes", "skin", "mind", "duration")
    clips = [clip("kk", phrases("kk")[-1].text)]
    app = make_app(kind=Demonstration, clips=clips, pace_s=0.0, groups=groups)
    assert isinstance(app, Demonstration)
    await app.run_async(headless=True)
    assert [row.chief_complaint for row in app.shown] == ["头痛"]


async def test_what_fails_is_in_the_summary(make_app: MakeApp) -> None:
    clips = [clip("ug", "no such phrase"), clip("en", "")]
    app = make_app(kind=Demonstration, clips=clips, pace_s=0.0, refuses=DeviceError("There is no microphone."))
    assert isinstance(app, Demonstration)
    await app.run_async(headless=True)
    assert app.return_code == 0
    assert [(row.chief_complaint, row.failed) for row in app.shown] == [("", False), ("", True)]
    table = printed(app)
    assert "无对应短语" in table
    assert "没有话筒" in table
