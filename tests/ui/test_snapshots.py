"""What the screens look like, as SVG, in a right-to-left, a Tibetan and a Cyrillic or Latin language.

``pytest tests/ui/test_snapshots.py --snapshot-update`` accepts a change after it was looked at.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.app import App
from textual.theme import Theme

from kiosk import interview, phrasebook
from kiosk.encounter import Alternative, Intake, LanguageChoice, Note, Span, Timing, Translation, Utterance
from kiosk.errors import DeviceError, KioskError, StorageError
from kiosk.pipeline import Heard, Progress
from kiosk.readback import Item
from kiosk.station.commands import Level
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
from kiosk.ui.working import WorkingScreen

SMALL, LARGE = (80, 24), (110, 38)
ALL_SCRIPTS = ("ug", "bo", "ru")
SCRIPTS = ["ug", *(pytest.param(code, marks=pytest.mark.slow) for code in ALL_SCRIPTS[1:])]
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

    def __init__(
        self,
        screen: PatientScreen,
        theme: Theme = HIGH_CONTRAST,
        *,
        fails: KioskError | None = None,
        found: bool = False,
    ) -> None:
        super().__init__()
        self._shown = screen
        self._theme_wanted = theme
        self._fails = fails
        self._found = found

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
        elif isinstance(screen, WorkingScreen):
            screen.show_progress(Progress("recognising", 0.5))
            intake = heard(screen.display_in.language.code)
            screen.show_words(Heard(intake.utterances[0], intake.translations[0]))
        elif isinstance(screen, EndScreen):
            if self._fails is not None:
                screen.not_saved(self._fails)
            else:
                screen.show_sent("17")
        elif isinstance(screen, TroubleScreen) and self._found:
            screen.microphone_found()


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


@pytest.mark.slow
@pytest.mark.parametrize("code", ALL_SCRIPTS)
def test_not_saved(snap_compare: Snap, code: str) -> None:
    failing = Stage(EndScreen(display(code)), fails=StorageError("The disk is full.", remedy="Free some room."))
    assert snap_compare(failing, terminal_size=SMALL)


@pytest.mark.parametrize("code", SCRIPTS)
def test_working(snap_compare: Snap, code: str) -> None:
    assert snap_compare(Stage(WorkingScreen(display(code))), terminal_size=SMALL)


@pytest.mark.parametrize("code", SCRIPTS)
def test_search(snap_compare: Snap, code: str) -> None:
    """By the Chinese, which a nurse passing by types: the letters of the patient's own language work the same way."""
    screen = asking(code, "complaint", speakable=False).list()
    assert snap_compare(Stage(screen), terminal_size=SMALL, press=["slash", "头", "痛"])


@pytest.mark.slow
@pytest.mark.parametrize("code", ALL_SCRIPTS)
@pytest.mark.parametrize("reason", ["silence", "no_words", "too_quiet", "too_loud", "failed", "no_microphone"])
def test_trouble(snap_compare: Snap, code: str, reason: str) -> None:
    error = DeviceError("No microphone is connected.") if reason == "no_microphone" else None
    assert snap_compare(Stage(TroubleScreen(display(code), reason, error)), terminal_size=SMALL)


@pytest.mark.slow
@pytest.mark.parametrize("code", ALL_SCRIPTS)
def test_microphone_found_again(snap_compare: Snap, code: str) -> None:
    assert snap_compare(Stage(TroubleScreen(display(code), "no_microphone"), found=True), terminal_size=SMALL)


@pytest.mark.parametrize("code", SCRIPTS)
def test_erase(snap_compare: Snap, code: str) -> None:
    assert snap_compare(Stage(EraseScreen(display(code), hurry=True)), terminal_size=SMALL)


@pytest.mark.slow
@pytest.mark.parametrize("code", ALL_SCRIPTS)
def test_idle(snap_compare: Snap, code: str) -> None:
    assert snap_compare(Stage(IdleScreen(display(code))), terminal_size=SMALL)


@pytest.mark.slow
@pytest.mark.parametrize("code", ALL_SCRIPTS)
@pytest.mark.parametrize("key", ["refused", "erased"])
def test_notices(snap_compare: Snap, code: str, key: str) -> None:
    assert snap_compare(Stage(NoticeScreen(display(code), key)), terminal_size=SMALL)


@pytest.mark.slow
def test_staff(snap_compare: Snap) -> None:
    """A name and a PIN: for the staff, in Chinese alone."""
    assert snap_compare(Stage(StaffScreen(display("zh"))), terminal_size=SMALL)


@pytest.mark.slow
@pytest.mark.parametrize("code", ALL_SCRIPTS)
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
@pytest.mark.parametrize("theme", ["light", "large"])
def test_themes(snap_compare: Snap, code: str, theme: str, size: tuple[int, int]) -> None:
    """High contrast is the theme of all other pictures."""
    screen = asking(code, "who").screen()
    screen.set_class(theme == "large", "-large")
    look = LIGHT if theme == "light" else HIGH_CONTRAST
    assert snap_compare(Stage(screen, look), terminal_size=size)
