"""What the screens look like, as SVG, in a right-to-left and in Cyrillic and Latin languages, small and large.

``pytest tests/ui/test_snapshots.py --snapshot-update`` accepts a change after it was looked at.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from kiosk.ui.result import ResultScreen
from textual.app import App

from kiosk import phrasebook
from kiosk.commands import Level
from kiosk.encounter import Alternative, Intake, LanguageChoice, Note, RedFlag, Span, Timing, Translation, Utterance
from kiosk.phrasebook import Phrase
from kiosk.ui.choosing import ChoosingScreen
from kiosk.ui.display import Display
from kiosk.ui.language import LanguageScreen
from kiosk.ui.recording import RecordingScreen
from kiosk.ui.screens import PatientScreen
from kiosk.ui.tapping import TapScreen
from kiosk.ui.visit import HIGH_CONTRAST

SIZES = [(80, 24), (160, 50)]
WORDS = {
    "ug": "بېشىم ئاغرىۋاتىدۇ، 3 كۈن بولدى (38.5)",
    "ru": "У меня три дня болит голова, со вчерашнего дня температура 38,5.",
    "en": "I have had a headache for three days, and since yesterday I have a fever.",
}


class Stage(App[None]):
    """Shows one screen and nothing else."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, screen: PatientScreen) -> None:
        super().__init__()
        self._shown = screen

    async def on_mount(self) -> None:
        self.register_theme(HIGH_CONTRAST)
        self.theme = HIGH_CONTRAST.name
        await self.push_screen(self._shown)
        if isinstance(self._shown, RecordingScreen):
            self._shown.started()
            self._shown.show_level(Level(dbfs=-21.0, elapsed_s=7.3))
            if self._shown.display_in.language.code in WORDS:
                self._shown.show_words(WORDS[self._shown.display_in.language.code])
            self._shown.speech_ended()


def intake(code: str) -> Intake:
    """Return a note with everything that the screen shows: a red flag, words that were not understood."""
    words = WORDS[code]
    uncovered = (Span(start=0, end=4, text=words[:4]),)
    return Intake(
        language=LanguageChoice(code=code),
        audio=None,
        utterances=(Utterance(id="u1", text=words, language=code, mode="transcript"),),
        translations=(
            Translation(
                utterance_id="u1", zh="头痛3天，昨天起发热。", channel="verified", engine="x@1", uncovered=uncovered
            ),
        ),
        note=Note(
            chief_complaint="头痛3天，发热1天",
            red_flags=(RedFlag(id="thunderclap", name="突发剧烈头痛"),),
            text="⚠ 红旗：突发剧烈头痛\n主诉：头痛3天，发热1天\n现病史：患者诉头痛3天；昨天起发热，体温38.5℃。\n"
            f"既往史：未述\n原话：{words}",
        ),
        timing=Timing(),
    )


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_language(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    screen = LanguageScreen(("ug", "kk", "ru", "en", "zh"), "program")
    assert snap_compare(Stage(screen), terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_twelve_languages(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    codes = ("ug", "kk", "ky", "bo", "mn", "uz", "tg", "ru", "ur", "tr", "en", "zh")
    assert snap_compare(Stage(LanguageScreen(codes, "program")), terminal_size=size)


@pytest.mark.parametrize("code", ["ug", "ru"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_recording(snap_compare: Callable[..., bool], size: tuple[int, int], code: str) -> None:
    assert snap_compare(Stage(RecordingScreen(Display.of(code, "program"))), terminal_size=size)


@pytest.mark.parametrize("code", ["ug", "ru", "en"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_result(snap_compare: Callable[..., bool], size: tuple[int, int], code: str) -> None:
    assert snap_compare(Stage(ResultScreen(Display.of(code, "program"), intake(code))), terminal_size=size)


@pytest.mark.parametrize("code", ["ug", "bo", "ky"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_choosing(snap_compare: Callable[..., bool], size: tuple[int, int], code: str) -> None:
    heard = tuple(
        Alternative(phrase_id=phrase.phrase_id, text=phrase.text, zh=phrase.zh, score=3.0)
        for phrase in phrasebook.load(code, "complaint")[:3]
    )
    assert snap_compare(Stage(ChoosingScreen(Display.of(code, "program"), heard)), terminal_size=size)


@pytest.mark.parametrize("code", ["ug", "ru"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_tap(
    snap_compare: Callable[..., bool], size: tuple[int, int], code: str, phrases: Callable[[str], tuple[Phrase, ...]]
) -> None:
    screen = TapScreen(Display.of(code, "program"), phrases(code), deaf=code == "ug")
    assert snap_compare(Stage(screen), terminal_size=size, press=["1", "3"])


@pytest.mark.parametrize("code", ["ug", "ru"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_groups(
    snap_compare: Callable[..., bool], size: tuple[int, int], code: str, phrases: Callable[..., tuple[Phrase, ...]]
) -> None:
    groups = ("general", "head_nerves", "chest_breathing", "pregnancy", "duration")
    assert snap_compare(Stage(TapScreen(Display.of(code, "program"), phrases(code, groups))), terminal_size=size)
