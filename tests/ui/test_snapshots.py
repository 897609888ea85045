"""What the screens look like, as SVG, in a right-to-left, a Tibetan and a Cyrillic or Latin language.

``pytest tests/ui/test_snapshots.py --snapshot-update`` accepts a change after it was looked at.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.app import App
from textual.theme import Theme

from kiosk import interview, phrasebook
from kiosk.commands import Level
from kiosk.encounter import Alternative, Intake, LanguageChoice, Note, Span, Timing, Translation, Utterance
from kiosk.errors import DeviceError
from kiosk.readback import Item
from kiosk.ui.asides import EraseScreen, IdleScreen
from kiosk.ui.asking import Asking
from kiosk.ui.choosing import ChoosingScreen, HeardScreen
from kiosk.ui.display import Display
from kiosk.ui.ending import EndScreen, NoticeScreen
from kiosk.ui.language import LanguageScreen
from kiosk.ui.recording import RecordingScreen
from kiosk.ui.screens import PatientScreen
from kiosk.ui.staff import StaffScreen
from kiosk.ui.themes import HIGH_CONTRAST, LIGHT
from kiosk.ui.trouble import TroubleScreen

SMALL, LARGE = (80, 24), (110, 38)
SCRIPTS = ["ug", *(pytest.param(code, marks=pytest.mark.slow) for code in ("bo", "ru"))]
"""Right-to-left in every run; Tibetan and Cyrillic with scripts/test --all."""
QUESTIONS = interview.load()
WORDS = {
    "ug": "بېشىم ئاغرىۋاتىدۇ، 3 كۈن بولدى (38.5)",
    "ru": "У меня три дня болит голова, со вчерашнего дня температура 38,5.",
    "bo": "མགོ་ན་གི་འདུག",
}
Snap = Callable[..., bool]


class Stage(App[None]):
    """Shows one screen and nothing else."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, screen: PatientScreen, theme: Theme = HIGH_CONTRAST) -> None:
        super().__init__()
        self._shown = screen
        self._theme_wanted = theme

    async def on_mount(self) -> None:
        self.register_theme(self._theme_wanted)
        self.theme = self._theme_wanted.name
        screen = self._shown
        await self.push_screen(screen)
        if isinstance(screen, RecordingScreen):
            screen.started()
            screen.show_level(Level(dbfs=-21.0, elapsed_s=7.3))
            screen.show_words(WORDS[screen.display_in.language.code])
            screen.speech_ended()
        elif isinstance(screen, EndScreen):
            screen.show_sent("17")


def display(code: str) -> Display:
    return Display.of(code, "program")


def asking(code: str, question: str, *, speakable: bool = True, items: tuple[Item, ...] = ()) -> Asking:
    return Asking(display=display(code), question=QUESTIONS[question], speakable=speakable, items=items)


def heard(code: str) -> Intake:
    """Return a write-up with words that were not understood."""
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
        note=Note(chief_complaint=""),
        timing=Timing(),
    )


def test_language(snap_compare: Snap) -> None:
    screen = LanguageScreen(("ug", "kk", "ru", "en", "zh"), "program")
    assert snap_compare(Stage(screen), terminal_size=SMALL)


@pytest.mark.slow
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
def test_twelve_languages(snap_compare: Snap, size: tuple[int, int]) -> None:
    codes = ("ug", "kk", "ky", "bo", "mn", "uz", "tg", "ru", "ur", "tr", "en", "zh")
    assert snap_compare(Stage(LanguageScreen(codes, "program")), terminal_size=size)


@pytest.mark.parametrize("code", SCRIPTS)
@pytest.mark.parametrize("question", ["use", "recording"])
def test_consent(snap_compare: Snap, code: str, question: str) -> None:
    assert snap_compare(Stage(asking(code, question).screen()), terminal_size=SMALL)


@pytest.mark.parametrize("code", SCRIPTS)
@pytest.mark.parametrize("question", ["who", "complaint", "stiff"])
def test_questions(snap_compare: Snap, code: str, question: str) -> None:
    assert snap_compare(Stage(asking(code, question).screen()), terminal_size=SMALL)


@pytest.mark.parametrize("code", SCRIPTS)
def test_age(snap_compare: Snap, code: str) -> None:
    assert snap_compare(Stage(asking(code, "age").screen()), terminal_size=SMALL, press=["6", "2"])


@pytest.mark.parametrize("code", SCRIPTS)
def test_scale(snap_compare: Snap, code: str) -> None:
    assert snap_compare(Stage(asking(code, "how_bad").screen()), terminal_size=SMALL, press=["7"])


@pytest.mark.parametrize("code", SCRIPTS)
@pytest.mark.parametrize("size", [SMALL, pytest.param(LARGE, marks=pytest.mark.slow)], ids=str)
def test_body(snap_compare: Snap, code: str, size: tuple[int, int]) -> None:
    assert snap_compare(Stage(asking(code, "where").screen()), terminal_size=size, press=["3"])


@pytest.mark.parametrize("code", SCRIPTS)
@pytest.mark.parametrize("question", ["complaint", "since"])
def test_list(snap_compare: Snap, code: str, question: str) -> None:
    assert snap_compare(Stage(asking(code, question, speakable=False).list("use_the_list")), terminal_size=SMALL)


@pytest.mark.parametrize("code", SCRIPTS)
def test_recording(snap_compare: Snap, code: str) -> None:
    assert snap_compare(Stage(RecordingScreen(display(code), QUESTIONS["complaint"])), terminal_size=SMALL)


@pytest.mark.parametrize("code", SCRIPTS)
def test_heard(snap_compare: Snap, code: str) -> None:
    assert snap_compare(Stage(HeardScreen(display(code), QUESTIONS["complaint"], heard(code))), terminal_size=SMALL)


@pytest.mark.parametrize("code", SCRIPTS)
def test_choosing(snap_compare: Snap, code: str) -> None:
    three = tuple(
        Alternative(phrase_id=phrase.phrase_id, text=phrase.text, zh=phrase.zh, score=3.0)
        for phrase in phrasebook.load(code, "complaint")[:3]
    )
    screen = ChoosingScreen(display(code), QUESTIONS["complaint"], three)
    assert snap_compare(Stage(screen), terminal_size=SMALL)


@pytest.mark.parametrize("code", SCRIPTS)
def test_read_back(snap_compare: Snap, code: str) -> None:
    item = Item(path="findings/0", status="denied", words=(WORDS[code],), form=WORDS[code], zh="无头痛")
    assert snap_compare(Stage(asking(code, "readback", items=(item, item)).screen()), terminal_size=SMALL)


@pytest.mark.parametrize("code", SCRIPTS)
@pytest.mark.parametrize("alarm", [False, True], ids=["done", "red_flag"])
def test_end(snap_compare: Snap, code: str, alarm: bool) -> None:
    assert snap_compare(Stage(EndScreen(display(code), alarm=alarm)), terminal_size=SMALL)


@pytest.mark.parametrize("code", SCRIPTS)
def test_asides_and_notices(snap_compare: Snap, code: str) -> None:
    assert snap_compare(Stage(EraseScreen(display(code), hurry=True)), terminal_size=SMALL)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["idle", "refused", "no_microphone", "staff"])
def test_notices(snap_compare: Snap, kind: str) -> None:
    screens = {
        "idle": IdleScreen(display("ug")),
        "refused": NoticeScreen(display("bo"), "refused"),
        "no_microphone": TroubleScreen(display("ug"), "no_microphone", DeviceError("No microphone is connected.")),
        "staff": StaffScreen(display("zh")),
    }
    assert snap_compare(Stage(screens[kind]), terminal_size=SMALL)


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "large"])
def test_themes(snap_compare: Snap, theme: str) -> None:
    screen = asking("ru", "who").screen()
    screen.set_class(theme == "large", "-large")
    look = LIGHT if theme == "light" else HIGH_CONTRAST
    assert snap_compare(Stage(screen, look), terminal_size=LARGE)
