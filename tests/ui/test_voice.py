"""By voice, through the real recorder: clips stand in the microphone's place, and the journal is written as always."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk import audio, phrases, resources, settings
from kiosk.capture.devices import ClipSource
from kiosk.engines.scripted import ScriptedDetector, ScriptedRecognizer, ScriptedScorer
from kiosk.intakes import FolderOutbox
from kiosk.station.commands import StartListening
from kiosk.station.source import Engines
from kiosk.ui.app import engine_factory, recorder
from kiosk.ui.choosing import ChoosingScreen, HeardScreen
from kiosk.ui.visit import KioskApp
from tests.ui.conftest import PLAIN_TERMINAL
from tests.ui.walking import asked, finish, journals, jump, sent

AUDIO = resources.share("config") / "audio"
SPOKEN = {"ru": "У меня болит голова", "en": "I have a headache"}


def scripted(language: str) -> Engines:
    """Return engines that hear a headache: as words where a model writes the language down, else as a phrase."""
    recognizer = ScriptedRecognizer([SPOKEN.get(language, "")], languages=("ru", "en"))
    if language in SPOKEN:
        return Engines(ScriptedDetector(), (recognizer,))
    headache = next(each for each in phrases.candidates(language, "complaint") if each.phrase_id == "headache")
    return Engines(
        ScriptedDetector(), (recognizer,), (ScriptedScorer({headache.spellings[0]: 9.0}, languages=(language,)),)
    )


def app_with(clip: str, make_engines: Callable[[], Engines], folder: Path, languages: tuple[str, ...]) -> KioskApp:
    """Return an app whose microphone plays a clip."""
    chosen = settings.load()
    chosen = chosen.model_copy(update={"site": chosen.site.model_copy(update={"languages": languages})})
    samples = audio.load(AUDIO / clip, limits=chosen.audio).samples

    def source(_asked: StartListening) -> ClipSource:
        return ClipSource(samples, realtime=False)

    return KioskApp(
        chosen,
        make_engines=make_engines,
        open_source=recorder(source, chosen, folder / "recordings"),
        outbox=FolderOutbox(folder / "intakes"),
        environment=PLAIN_TERMINAL,
        clock=lambda: 0.0,  # nobody is idle, however slow the machine is
        next_ticket=lambda: "1",
    )


@pytest.mark.parametrize(
    ("language", "clip"),
    [
        ("ug", "ug/phrase_00.flac"),
        ("bo", "ug/phrase_01.flac"),
        ("kk", "kk/issai_example_1.flac"),
        ("ru", "ru/asterisk_conf-full.flac"),
        ("en", "en/complaint_01.flac"),
    ],
)
async def test_what_was_said_arrives_with_its_recording(
    language: str, clip: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    app = app_with(clip, lambda: scripted(language), tmp_path, ("ug", "bo", "kk", "ru", "en"))
    async with app.run_test(size=(80, 24)) as pilot:
        await jump(pilot, "complaint", language=language)
        await pilot.press("1")
        # The clip ends the recording by itself, maybe before anybody can look at the recording's own screen.
        await app.reached(HeardScreen)
        await pilot.pause()
        await pilot.press("1")
        await asked(pilot, "since")
        await finish(pilot)
        (path,) = sent(tmp_path / "intakes")
        document = json.loads(path.read_text(encoding="utf-8"))
        assert document["note"]["chief_complaint"] == "头痛"
        recorded = audio.load(AUDIO / clip, limits=app.settings.audio)
        assert document["audio"]["duration_s"] == pytest.approx(recorded.duration_s, abs=0.02)
        assert path.with_suffix(".journal").exists()
        assert not journals(tmp_path / "recordings")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "clip", "complaint"), [("ug", "ug/phrase_00.flac", "头痛"), ("en", "en/complaint_01.flac", "头痛3天")]
)
async def test_real_engines(language: str, clip: str, complaint: str, tmp_path: Path) -> None:
    """The embedded model hears a synthetic clip; the patient says that it is right."""
    chosen = settings.load()
    app = app_with(clip, engine_factory(chosen), tmp_path, ("ug", "en"))
    async with app.run_test(size=(80, 24)) as pilot:
        await jump(pilot, "complaint", language=language)
        await pilot.press("1")
        screen = await app.reached(HeardScreen, ChoosingScreen)
        await pilot.pause()
        assert isinstance(screen, HeardScreen)
        await pilot.press("1")
        await asked(pilot, "since" if language == "ug" else "how_bad")
        await finish(pilot)
        (path,) = sent(tmp_path / "intakes")
        assert json.loads(path.read_text(encoding="utf-8"))["note"]["chief_complaint"].startswith(complaint)
