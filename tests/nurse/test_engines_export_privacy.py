"""Another engine, exporting, the browser, and what must never be said outside the screens."""

from __future__ import annotations

import io
import logging
import stat
import threading
import wave
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kiosk import audio
from kiosk.desk import rehearing
from kiosk.desk.rehearing import Offer
from kiosk.encounter import Alternative, Intake
from kiosk.engines.scripted import ScriptedDetector, ScriptedRecognizer
from kiosk.errors import EngineError, InputError
from kiosk.pipeline import Pipeline
from kiosk.recognition import SAMPLE_RATE, Check, Hypothesis, Samples, never
from kiosk.review.records import Review, ReviewedNote
from kiosk.settings import Settings
from kiosk.ui.nurse.app import NurseApp
from kiosk.ui.nurse.base import Rows
from kiosk.ui.nurse.choosing import ChooseDialog
from kiosk.ui.nurse.history import HistoryDialog
from kiosk.ui.nurse.rehearing import RehearingDialog
from tests.nurse.conftest import Station, go, open_first, shown, spoken, status, typed, until, write
from tests.store.conftest import NURSE_SECRET

OTHER = Offer(name="other-engine", kind="hearing")
WORDS = "У меня неделю сильный кашель."


def hears(*lines: str, recognizer: ScriptedRecognizer | None = None) -> Any:
    """Return what makes a pipeline that hears these lines."""

    def make(_offer: Offer, settings: Settings) -> Pipeline:
        heard = recognizer or ScriptedRecognizer(lines, languages=("ru",), engine="other@2")
        return Pipeline(settings, detector=ScriptedDetector(), recognizers=(heard,))

    return make


@pytest.fixture(autouse=True)
def offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer one engine."""
    monkeypatch.setattr(rehearing, "offers", lambda *_a, **_k: (OTHER,))


class Held(ScriptedRecognizer):
    """An engine that works until it is told to stop."""

    def __init__(self) -> None:
        super().__init__((), languages=("ru",))
        self.begun = threading.Event()

    def recognize(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:  # noqa: ARG002 - the protocol's
        self.begun.set()
        while True:
            check()
            threading.Event().wait(0.01)


class Broken(ScriptedRecognizer):
    """An engine that fails with the patient's words in its error."""

    def recognize(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:  # noqa: ARG002 - the protocol's
        raise ValueError(f"secret words: {WORDS}")


async def test_another_engine_adds_a_revision_from_the_same_recording(station: Station) -> None:
    intake, recording = spoken(typed("ru"), (0.5, 3.0))
    name = station.send(intake, recording)
    app = station.app(make_pipeline=hears(WORDS))
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        await pilot.press("v")
        app.screen.query_one("#pulse").value = "88"  # type: ignore[attr-defined]  # a field
        await pilot.press("ctrl+s", "e")
        await until(pilot, lambda: isinstance(app.screen, RehearingDialog))
        assert "重新听录音：other-engine" in shown(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen and screen.seen.revision == 2)
        assert "咳嗽" in screen.seen.note.text
        assert screen.seen.vitals.pulse == 88  # measured, not heard
        assert screen.seen.intake.audio == intake.audio
        assert "第2次转写" in shown(app)
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, HistoryDialog))
        assert "第1次转写" in shown(app)
        assert "other@2" in shown(app)
    first, second = station.store.revisions(station.bench.nurse, name)
    assert first.intake == intake
    assert second.author == "wang.fang"


async def test_long_work_shows_that_it_works_and_can_be_stopped(station: Station) -> None:
    intake, recording = spoken(typed("ru"), (0.5, 3.0))
    station.send(intake, recording)
    engine = Held()
    app = station.app(make_pipeline=hears(recognizer=engine))
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, RehearingDialog))
        await pilot.press("enter")
        await until(pilot, engine.begun.is_set)
        await until(pilot, lambda: "正在识别" in shown(app) or "正在准备引擎" in shown(app))
        waiting = station.send(typed("bo"))
        await until(pilot, lambda: waiting in {each.encounter_id for each in station.store.queue(station.bench.nurse)})
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert screen.seen.revision == 1


async def test_an_engine_that_fails_leaves_everything_as_it_was_and_says_nothing_of_the_patient(
    station: Station, caplog: pytest.LogCaptureFixture
) -> None:
    intake, recording = spoken(typed("ru"), (0.5, 3.0))
    station.send(intake, recording)
    app = station.app(make_pipeline=hears(recognizer=Broken((), languages=("ru",))))
    with caplog.at_level(logging.DEBUG):
        async with app.run_test() as pilot:
            screen = await open_first(pilot)
            await pilot.press("e")
            await until(pilot, lambda: isinstance(app.screen, RehearingDialog))
            await pilot.press("enter")
            await until(pilot, lambda: "ValueError" in shown(app))
            assert "кашель" not in shown(app)
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is screen)
            assert screen.seen.revision == 1
            workers = [f"{worker.name} {worker.description}" for worker in app.workers]
    threads = [thread.name for thread in threading.enumerate()]
    for said in (*workers, *threads, *(record.getMessage() for record in caplog.records), app.title, app.sub_title):
        for words in ("голова", "кашель", "头痛"):
            assert words not in said


async def test_the_same_words_translated_again(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearing, "offers", lambda *_a, **_k: (Offer(name="m2m100", kind="translation"),))
    station.send(typed("ru"))  # nothing was recorded
    app = station.app(make_translator=lambda _offer, _settings: None)
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        before = screen.seen.note.findings
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, RehearingDialog))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen and screen.seen.revision == 2)
        assert screen.seen.note.findings == before


async def test_a_phrase_that_the_patient_did_not_choose_is_chosen_by_the_nurse(station: Station) -> None:
    intake, recording = spoken(typed("ug"), (0.5, 2.0))
    doubt = replace(
        intake.utterances[0],
        text="",
        mode="phrase",
        alternatives=(
            Alternative(phrase_id="fever", text="قىزىتمام بار", zh="发热", score=4.0),
            Alternative(phrase_id="chills", text="تىترەۋاتىمەن", zh="寒战", score=3.0),
        ),
    )
    unsure = replace(intake, utterances=(doubt,), note=replace(intake.note, findings=(), chief_complaint=""))
    station.send(unsure, recording)
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        await go(pilot, screen, "原话1")
        assert "发热" in shown(app)
        await pilot.press("enter")
        assert isinstance(app.screen, ChooseDialog)
        await pilot.press("2")
        await until(pilot, lambda: app.screen is screen)
        assert [each.code for each in screen.seen.note.findings] == ["chills"]


def kept(reviewed: ReviewedNote | Review, form: str) -> bytes:
    """Stand for the exporter."""
    return f"{form} {'signed' if isinstance(reviewed, ReviewedNote) else 'draft'}".encode()


async def test_export_a_draft_and_a_signed_note(station: Station) -> None:
    name = station.send(typed("ru"))
    app = station.app(exporter=kept)
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        await pilot.press("x")
        assert "标明“草稿”" in shown(app)
        await pilot.press("3")
        await until(pilot, lambda: "已导出（草稿）" in status(app))
        path = station.folder / "exports" / f"{name[:12]}-text.txt"
        assert path.read_bytes() == b"text draft"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        await pilot.press("s")
        await write(pilot, NURSE_SECRET)
        await pilot.press("enter")
        await until(pilot, lambda: screen.seen.state == "signed")
        await pilot.press("x", "1")
        await until(pilot, lambda: "-pdf.pdf" in status(app))
        assert (station.folder / "exports" / f"{name[:12]}-pdf.pdf").read_bytes() == b"pdf signed"
    assert [action for _, action in station.log()].count("export") == 2


async def test_an_export_that_fails_says_so(station: Station) -> None:
    def fails(_reviewed: ReviewedNote | Review, _form: str) -> bytes:
        raise InputError("The note cannot be written in this form.", remedy="Choose another one.")

    station.send(typed("ru"))
    app = station.app(exporter=fails)
    async with app.run_test() as pilot:
        await open_first(pilot)
        await pilot.press("x", "1")
        await until(pilot, lambda: "cannot be written" in status(app))


class InBrowser(NurseApp):
    """The screens, as if a browser showed them."""

    delivered: list[tuple[str, bytes, str]]

    @property
    def is_web(self) -> bool:
        return True

    def deliver_binary(self, path_or_file: Any, **more: Any) -> str | None:
        self.delivered.append((more["save_filename"], path_or_file.read(), more["mime_type"]))
        return None


async def test_in_the_browser_the_clip_and_the_export_are_delivered(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake, recording = spoken(typed("ru"), (1.25, 3.5))
    name = station.send(intake, recording)
    monkeypatch.setattr("tests.nurse.conftest.NurseApp", InBrowser)
    app = station.app(exporter=kept)
    assert isinstance(app, InBrowser)
    app.delivered = []
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        await go(pilot, screen, "症状 头痛")
        await pilot.press("p")
        await until(pilot, lambda: app.delivered)
        ((filename, data, mime),) = app.delivered
        assert (filename, mime) == (f"{name[:8]}.wav", "audio/wav")
        with wave.open(io.BytesIO(data)) as reader:
            assert (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) == (16_000, 1, 2)
            pcm = reader.readframes(reader.getnframes())
        wanted = recording.samples[round(1.25 * SAMPLE_RATE) : round(3.5 * SAMPLE_RATE)]
        assert pcm == audio.to_pcm16(np.asarray(wanted))
        assert not station.player.played
        await pilot.press("x", "4")
        await until(pilot, lambda: len(app.delivered) == 2)
        assert app.delivered[1] == (f"{name[:12]}-json.json", b"json draft", "application/json")
        assert not (station.folder / "exports").exists()


async def test_a_crash_report_holds_no_words_of_the_patient(
    station: Station, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    station.send(typed("ru"))
    app = station.app()

    def break_(_self: Rows, lines: Iterable[object], **_more: object) -> None:
        secret = f"{lines} {WORDS}"
        raise ValueError(secret)

    async def crash() -> None:
        async with app.run_test() as pilot:
            await open_first(pilot)
            monkeypatch.setattr(Rows, "show", break_)
            await pilot.press("i")
            await pilot.pause()

    with pytest.raises(ValueError, match=WORDS):
        await crash()
    said = capsys.readouterr()
    assert "ValueError" in said.out + said.err
    for words in ("кашель", "头痛", "голова"):
        assert words not in said.out + said.err


async def test_a_store_that_does_not_answer_is_said_and_nothing_is_lost(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.send(typed("ru"))
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        await pilot.press("v")
        form = app.screen

        def broken(*_a: object, **_k: object) -> Review:
            raise EngineError("The database does not answer.")

        monkeypatch.setattr(station.store, "decide", broken)
        form.query_one("#pulse").value = "88"  # type: ignore[attr-defined]  # a field
        await pilot.press("ctrl+s")
        assert app.screen is form
        assert "does not answer" in shown(app)
        monkeypatch.undo()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is screen)
        assert screen.seen.vitals.pulse == 88


def test_an_intake_is_what_the_store_gives_back(station: Station) -> None:
    intake: Intake = typed("bo")
    name = station.send(intake)
    assert station.store.open(station.bench.nurse, name).intake == intake
