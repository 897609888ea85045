"""A patient's visit, by number keys and by mouse, along every way it can go."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from kiosk import prompts
from kiosk.encounter import Segment
from kiosk.engines.scripted import ScriptedDetector, ScriptedRecognizer, ScriptedScorer, said
from kiosk.errors import DeviceError, EngineError, ModelError
from kiosk.recognition import Check, Hypothesis, Samples, never
from kiosk.station import Engines
from kiosk.ui.choosing import ChoosingScreen
from kiosk.ui.language import LanguageScreen
from kiosk.ui.recording import RecordingScreen
from kiosk.ui.result import ResultScreen
from kiosk.ui.scripts import Script
from kiosk.ui.sent import SentScreen
from kiosk.ui.tapping import TapScreen
from kiosk.ui.trouble import TroubleScreen
from kiosk.ui.visit import KioskApp
from kiosk.ui.widgets import Choice, Chooser
from kiosk.ui.working import WorkingScreen

MakeApp = Callable[..., KioskApp]
SENTENCE = "I have a headache"
EN, UG, KK = "4", "1", "2"  # where the shipped settings put these languages


async def start(pilot: Pilot[None]) -> KioskApp:
    """Wait until the first screen is there and the engines are known."""
    app = pilot.app
    assert isinstance(app, KioskApp)
    await app.reached(LanguageScreen)
    await app.engines_known.wait()
    await pilot.pause()
    return app


async def speak(pilot: Pilot[None], language: str = EN) -> KioskApp:
    """Choose a language, wait until the microphone is open, and finish."""
    app = await start(pilot)
    await pilot.press(language)
    screen = await app.reached(RecordingScreen)
    assert isinstance(screen, RecordingScreen)
    await screen.open.wait()
    await pilot.press("1")
    return app


def shown(app: KioskApp) -> str:
    """Return all text on the screen in logical order."""
    statics = (widget.content for widget in app.screen.query(Static) if widget.display)
    return "\n".join(content.text for content in statics if isinstance(content, Script))


def sent(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


async def test_spoken_confirmed_sent(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app(SENTENCE).run_test() as pilot:
        app = await speak(pilot)
        await app.reached(ResultScreen)
        assert SENTENCE in shown(app)
        assert "头痛" in shown(app)
        assert not sent(tmp_path / "intakes")  # nothing leaves before the patient has confirmed
        await pilot.press("1")
        await app.reached(SentScreen)
        (path,) = sent(tmp_path / "intakes")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        intake = json.loads(path.read_text(encoding="utf-8"))
        assert intake["utterances"][0]["text"] == SENTENCE
        assert intake["note"]["chief_complaint"] == "头痛"
        assert path.with_suffix(".journal").exists()  # the nurse can hear the original
        assert not (tmp_path / "held.journal").exists()
        await pilot.press("1")
        await app.reached(LanguageScreen)


async def test_all_by_mouse(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app(SENTENCE).run_test() as pilot:
        app = await start(pilot)
        english = next(choice for choice in app.screen.query(Choice) if choice.option.key == "en")
        await pilot.click(english)
        screen = await app.reached(RecordingScreen)
        assert isinstance(screen, RecordingScreen)
        await screen.open.wait()
        await pilot.click("#done")
        await app.reached(ResultScreen)
        await pilot.click("#send")
        await app.reached(SentScreen)
        assert len(sent(tmp_path / "intakes")) == 1


async def test_by_tab_and_enter(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        app = await start(pilot)
        await pilot.press("tab", "enter")  # Uyghur comes first
        await app.reached(TapScreen)


async def test_escape_and_stray_keys_do_nothing(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        app = await start(pilot)
        before = app.screen
        await pilot.press("escape", "q", "9", "ctrl+p", "f1", "escape")
        assert app.screen is before
        assert app.is_running


async def test_again_records_again_and_forgets_the_first(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app("I have a fever", SENTENCE).run_test() as pilot:
        app = await speak(pilot)
        await app.reached(ResultScreen)
        await pilot.press("2")
        screen = await app.reached(RecordingScreen)
        assert isinstance(screen, RecordingScreen)
        await screen.open.wait()
        await pilot.press("1")
        await app.reached(ResultScreen)
        assert SENTENCE in shown(app)
        assert "fever" not in shown(app)
        await pilot.press("1")
        await app.reached(SentScreen)
        assert len(sent(tmp_path / "intakes")) == 1


class Held(ScriptedRecognizer):
    """Hangs in its first recognition until it is let go, like a slow machine."""

    def __init__(self, lines: Sequence[Hypothesis | str]) -> None:
        super().__init__(lines, languages=("en",))
        self.reached = threading.Event()
        self.let_go = threading.Event()

    def recognize(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:
        self.reached.set()
        self.let_go.wait()
        return super().recognize(samples, language=language, check=check)


async def test_cancel_while_working(make_app: MakeApp, tmp_path: Path) -> None:
    held = Held([SENTENCE, SENTENCE])
    async with make_app(recognizer=held).run_test() as pilot:
        app = await speak(pilot)
        await app.reached(WorkingScreen)
        held.reached.wait()
        await pilot.press("0")
        await app.reached(LanguageScreen)  # at once, while the engine still hangs
        held.let_go.set()
        await speak(pilot)
        await app.reached(ResultScreen)  # the second visit's own
        assert not (tmp_path / "intakes").exists()


async def test_pressing_finished_twice_does_not_stop_the_work(make_app: MakeApp) -> None:
    held = Held([SENTENCE])
    async with make_app(recognizer=held).run_test() as pilot:
        app = await speak(pilot)
        await app.reached(WorkingScreen)
        await pilot.press("1")
        held.let_go.set()
        await app.reached(ResultScreen)


@pytest.mark.parametrize("key", [UG, KK])
async def test_language_without_a_recognizer_is_touched_never_guessed(
    make_app: MakeApp, key: str, tmp_path: Path
) -> None:
    async with make_app("must never be heard").run_test() as pilot:
        app = await start(pilot)
        await pilot.press(key)
        screen = await app.reached(TapScreen)
        assert screen.display_in.prompts.no_ear in shown(app)
        await pilot.press("1", "3", "0")
        result = await app.reached(ResultScreen, TroubleScreen)
        assert isinstance(result, ResultScreen)
        assert [utterance.mode for utterance in result.intake.utterances] == ["tap"]
        assert result.intake.audio is None
        await pilot.press("1")
        await app.reached(SentScreen)
        assert len(sent(tmp_path / "intakes")) == 1


async def test_phrases_page_toggle_and_take_back(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        app = await start(pilot)
        await pilot.press(KK)
        await app.reached(TapScreen)
        await pilot.press("0")  # nothing chosen: nothing happens
        assert isinstance(app.screen, TapScreen)
        chooser = app.screen.query_one(Chooser)
        first = chooser.shown[0].text
        await pilot.press("1", "2", "2")  # the second touch takes it back
        assert chooser.chosen == {chooser.shown[0].key}
        await pilot.press("9")
        await pilot.pause()
        assert chooser.page == 1
        second = chooser.shown[2].text
        await pilot.press("3")
        await pilot.click("#done")
        result = await app.reached(ResultScreen)
        assert isinstance(result, ResultScreen)
        text = " ".join(utterance.text for utterance in result.intake.utterances)
        assert first in text
        assert second in text


async def test_phrases_are_grouped_and_backspace_leads_back(make_app: MakeApp) -> None:
    async with make_app(groups=("eyes", "skin", "duration")).run_test() as pilot:
        app = await start(pilot)
        await pilot.press(KK)
        screen = await app.reached(TapScreen)

        def listed() -> list[str]:
            return [option.text for option in screen.query_one(Chooser).options]

        headings = prompts.load("kk").groups
        assert listed() == [headings["eyes"], headings["skin"], headings["duration"]]
        await pilot.press("2")
        await pilot.pause()
        in_skin = listed()
        await pilot.press("1", "backspace")
        await pilot.pause()
        await pilot.press("1")
        await pilot.pause()
        assert not set(listed()) & set(in_skin)
        await pilot.press("2", "backspace")
        await pilot.pause()
        await pilot.press("2")
        await pilot.pause()
        assert listed() == in_skin
        assert screen.query_one(Chooser).chosen >= {screen.query_one(Chooser).options[0].key}  # still chosen
        await pilot.press("0")
        await app.reached(ResultScreen)
        await pilot.press("2")
        await app.reached(TapScreen)
        await pilot.press("backspace")
        await app.reached(LanguageScreen)


async def test_touch_instead_closes_the_microphone_and_drops_what_was_said(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app().run_test() as pilot:
        app = await start(pilot)
        await pilot.press(EN)
        screen = await app.reached(RecordingScreen)
        assert isinstance(screen, RecordingScreen)
        await screen.open.wait()
        await pilot.press("2")
        await app.reached(TapScreen)
        await pilot.press("1", "0")
        await app.reached(ResultScreen)
        assert not (tmp_path / "held.journal").exists()
        await pilot.press("2")  # again, in the way it was given
        await app.reached(TapScreen)


async def test_other_language(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app(SENTENCE).run_test() as pilot:
        app = await speak(pilot)
        await app.reached(ResultScreen)
        await pilot.press("3")
        await app.reached(LanguageScreen)
        await pilot.press(KK)
        await app.reached(TapScreen)
        assert not (tmp_path / "intakes").exists()


NO_SPEECH: Sequence[Segment] = ()


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(32_000, np.float32), "silence"),
        (np.full(32_000, 0.002, np.float32), "too_quiet"),
        (np.sign(np.sin(np.arange(32_000) / 9)).astype(np.float32), "too_loud"),
        (0.1 * np.sin(np.arange(32_000) / 9).astype(np.float32), "no_words"),
        (np.zeros(0, np.float32), "silence"),
    ],
)
async def test_nothing_heard_has_its_own_message_and_ways_on(make_app: MakeApp, samples: Samples, reason: str) -> None:
    async with make_app(samples=samples, speech=NO_SPEECH).run_test() as pilot:
        app = await speak(pilot)
        screen = await app.reached(TroubleScreen)
        assert getattr(prompts.load("en"), reason) in shown(app)
        assert screen.display_in.language.code == "en"
        await pilot.press("1")
        await app.reached(RecordingScreen)


async def test_missing_microphone(make_app: MakeApp) -> None:
    refusal = DeviceError("No microphone is connected.", remedy="Plug one in.")
    async with make_app(refuses=refusal).run_test() as pilot:
        app = await start(pilot)
        await pilot.press(EN)
        await app.reached(TroubleScreen)
        assert prompts.load("en").no_microphone in shown(app)
        assert "Plug one in." in shown(app)
        await pilot.press("2")
        await app.reached(TapScreen)


async def test_microphone_unplugged_while_speaking_keeps_what_was_said(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app(breaks=DeviceError("The microphone went away.")).run_test() as pilot:
        app = await start(pilot)
        await pilot.press(EN)
        await app.reached(TroubleScreen)
        assert prompts.load("en").no_microphone in shown(app)
        assert (tmp_path / "held.journal").exists()


async def test_longest_recording_ends_by_itself(make_app: MakeApp) -> None:
    async with make_app(SENTENCE, ends=True).run_test() as pilot:
        app = await start(pilot)
        await pilot.press(EN)
        await app.reached(ResultScreen)


async def test_engine_failure_keeps_the_recording_and_the_thread(make_app: MakeApp, tmp_path: Path) -> None:
    class Fails(Held):
        def recognize(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:
            check()
            raise ZeroDivisionError(f"{language} {samples.size} the patient said: my secret")

    async with make_app(recognizer=Fails([])).run_test() as pilot:
        app = await speak(pilot)
        screen = await app.reached(TroubleScreen)
        assert isinstance(screen, TroubleScreen)
        assert isinstance(screen.error, EngineError)
        assert "secret" not in shown(app)
        assert (tmp_path / "held.journal").exists()
        await pilot.press("2")
        await app.reached(TapScreen)
        await pilot.press("1", "0")
        await app.reached(ResultScreen)  # the station lives


async def test_missing_model_is_said_when_a_patient_wants_to_speak(make_app: MakeApp) -> None:
    def broken() -> Engines:
        raise ModelError("The model is not installed.", remedy="Run kiosk models verify.")

    async with make_app(make_engines=broken).run_test() as pilot:
        app = await start(pilot)
        await pilot.press(EN)
        await app.reached(TroubleScreen)
        assert "kiosk models verify" in shown(app)


async def test_not_saved_is_said_and_nothing_is_lost(make_app: MakeApp, tmp_path: Path) -> None:
    folder = tmp_path / "taken"
    folder.write_text("a file where the folder should be")
    async with make_app(SENTENCE, intakes_folder=folder).run_test() as pilot:
        app = await speak(pilot)
        await app.reached(ResultScreen)
        await pilot.press("1")
        screen = app.screen
        assert isinstance(screen, ResultScreen)
        await screen.refused.wait()
        await pilot.pause()
        assert prompts.load("en").not_saved in shown(app)
        folder.unlink()
        await pilot.press("1")
        await app.reached(SentScreen)
        assert len(sent(folder)) == 1
        assert sent(folder)[0].with_suffix(".journal").exists()


@pytest.mark.parametrize(
    "words",
    [
        "[bold red]not markup[/] [@click=app.quit]x[/]",
        "\x1b[2J\x1b]0;title\x07 headache \x9b31m",
        "\u202eevil\u202c ئاغرىق [1] \u2066x",
        "a headache 😀 བོད་ and \ud7ff",
    ],
)
async def test_transcripts_are_never_interpreted(make_app: MakeApp, words: str) -> None:
    async with make_app(recognizer=ScriptedRecognizer([said(words)], languages=("en",))).run_test() as pilot:
        app = await speak(pilot)
        await app.reached(ResultScreen)
        await pilot.pause()
        drawn = "".join(segment.text for line in app.screen._compositor.render_strips() for segment in line)
        assert not any(character in drawn for character in "\x1b\x07\x9b\u202e\u202c\u2066")
        if "[bold" in words:
            assert "[bold red]not markup[/]" in drawn


async def test_more_languages_than_number_keys(make_app: MakeApp) -> None:
    codes = ("ug", "kk", "ky", "bo", "mn", "uz", "tg", "ru", "ur", "tr", "en", "zh")
    async with make_app(languages=codes).run_test() as pilot:
        app = await start(pilot)
        chooser = app.screen.query_one(Chooser)
        assert chooser.pages == 2
        await pilot.press("9")
        await pilot.pause()
        await pilot.press("3")  # the eleventh
        screen = await app.reached(RecordingScreen)
        assert screen.display_in.language.code == "en"


def test_a_crash_of_the_screens_shows_no_words(capsys: pytest.CaptureFixture[str], make_app: MakeApp) -> None:
    app = make_app()
    secret: Mapping[str, str] = {"words": "my secret"}
    app._exception = ValueError(str(secret))
    app._fatal_error()
    app._print_error_renderables()
    assert "secret" not in capsys.readouterr().err


def unsure_of_two(languages: tuple[str, ...] = ("ug",)) -> Engines:
    """Engines that hear two Uyghur phrases alike."""
    scorer = ScriptedScorer({"beşim ağrivatidu": 9.0, "kizitmam bar": 8.9}, languages=languages)
    return Engines(ScriptedDetector(), (ScriptedRecognizer([], languages=("en",)),), (scorer,))


async def test_phrases_that_may_have_been_said_are_offered(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    async with make_app(make_engines=unsure_of_two).run_test() as pilot:
        app = await speak(pilot, UG)
        screen = await app.reached(ChoosingScreen)
        assert isinstance(screen, ChoosingScreen)
        assert [each.zh for each in screen.alternatives[:2]] == ["头痛", "发热"]
        await pilot.press("2")
        result = await app.reached(ResultScreen)
        assert isinstance(result, ResultScreen)
        assert result.intake.note.chief_complaint == "发热"
        assert result.intake.utterances[0].mode == "phrase"
        assert result.intake.audio is not None  # what was said stays with what was chosen
        await pilot.press("1")
        await app.reached(SentScreen)
        (document,) = sent(tmp_path / "intakes")
        # The recording lies beside the note.
        assert len([*document.parent.iterdir()]) == 2


async def test_none_of_the_phrases_leads_to_the_list(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    async with make_app(make_engines=unsure_of_two).run_test() as pilot:
        app = await speak(pilot, UG)
        await app.reached(ChoosingScreen)
        await pilot.press("9")
        await app.reached(TapScreen)


async def test_a_sure_phrase_is_read_back(make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))

    def sure() -> Engines:
        scorer = ScriptedScorer({"beşim ağrivatidu": 9.0}, languages=("ug",))
        return Engines(ScriptedDetector(), (ScriptedRecognizer([], languages=("en",)),), (scorer,))

    async with make_app(make_engines=sure).run_test() as pilot:
        app = await speak(pilot, UG)
        await app.reached(ResultScreen)
        assert "头痛" in shown(app)
