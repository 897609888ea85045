"""The screens, driven by themselves on recorded clips: the same keys that a patient would press."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from kiosk.bench import Clip
from kiosk.ui import messages
from kiosk.ui.ask import AskScreen
from kiosk.ui.choice import ChoiceScreen
from kiosk.ui.choosing import ChoosingScreen, HeardScreen
from kiosk.ui.consent import ConsentScreen
from kiosk.ui.ending import EndScreen, NoticeScreen
from kiosk.ui.language import LanguageScreen
from kiosk.ui.messages import LanguageChosen
from kiosk.ui.readback import ReadBackScreen
from kiosk.ui.recording import RecordingScreen
from kiosk.ui.screens import PatientScreen
from kiosk.ui.tapping import GROUP, TapScreen, group
from kiosk.ui.trouble import TroubleScreen
from kiosk.ui.visit import KioskApp
from kiosk.ui.widgets import Choice, Chooser
from kiosk.ui.working import WorkingScreen

LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How one clip went.

    Attributes:
        how: ``语音`` spoken, ``点选`` touched, ``语音+点选`` spoken and chosen among the phrases heard.
        words: what was made of it in the patient's language.
        chief_complaint: of the note; empty when the patient complained of nothing, or when there is no note.
        trouble: the message that was shown in place of a note.
        failed: something did not work; a language that no engine knows and a clip without words are no failures.
        seconds: from the end of speech, or of touching, to the note.
    """

    clip: Clip
    how: str
    words: str = ""
    chief_complaint: str = ""
    trouble: str = ""
    seconds: float = 0.0
    failed: bool = False


class _Progress:
    """One clip on its way through the screens."""

    def __init__(self, clip: Clip) -> None:
        self.clip = clip
        self.how = ""
        self.words = ""
        self.complaint = ""
        self.trouble = ""
        self.failed = False
        self.started = time.perf_counter()
        self.seconds = 0.0

    def heard(self, words: str) -> None:
        """Note what was made of it, and how long that took."""
        if not self.words:
            self.words = words
            self.seconds = time.perf_counter() - self.started

    def shown(self) -> Shown:
        return Shown(
            clip=self.clip,
            how=self.how or "点选",
            words=self.words if not self.trouble else "",
            chief_complaint=self.complaint,
            trouble=self.trouble,
            seconds=self.seconds,
            failed=self.failed,
        )


class Demonstration(KioskApp):
    """Plays clip after clip, sends each note, and ends.

    Args:
        clips: each is spoken in its language, or touched where no engine understands the language by ear.
        pace_s: seconds that a screen stays for those who watch.
    """

    def __init__(self, *args: Any, clips: Sequence[Clip], pace_s: float, **options: Any) -> None:
        super().__init__(*args, **options)
        self.shown_clips: list[Shown] = []
        self._clips = tuple(clips)
        self._pace_s = pace_s

    def on_ready(self) -> None:
        """Begin once the first screen is there. (Textual calls ``on_mount`` of the base class as well.)"""
        self.run_worker(self._play(), group="demonstration", description="demonstration", exit_on_error=False)

    async def _play(self) -> None:
        code = 1
        try:
            for clip in self._clips:
                await self._visit(clip)
            code = 0
        finally:
            self.exit(return_code=code)

    async def _visit(self, clip: Clip) -> None:
        """Take one clip from the choice of language to the end of the interview, screen by screen."""
        screen: PatientScreen = await self.reached(LanguageScreen)
        await self.engines_known.wait()
        await self._pause()
        self._choose_language(clip.language)
        progress = _Progress(clip)
        while True:
            screen = await self._next(screen)
            if isinstance(screen, LanguageScreen):
                break
            await self._act(screen, progress)
        self.shown_clips.append(progress.shown())

    async def _next(self, before: PatientScreen) -> PatientScreen:
        """Wait for the next screen."""
        await self.left(before)
        screen = self.shown
        await self._until(lambda: self.shown is not screen or (screen.is_mounted and screen.is_current))
        return screen

    async def _act(self, screen: PatientScreen, so_far: _Progress) -> None:
        """Do on a screen what a patient would."""
        match screen:
            case RecordingScreen():
                so_far.how = "语音"
            case WorkingScreen():
                so_far.started = time.perf_counter()
            case HeardScreen(intake=intake):
                so_far.heard(" ".join(utterance.text for utterance in intake.utterances))
                await self._pause(2)
                self.simulate_key("1")
            case ChoosingScreen():
                so_far.how = "语音+点选"
                so_far.heard(so_far.clip.transcript)
                if not await self._mean(screen, so_far.clip.transcript):
                    self._give_up(so_far, "三个候选都不是")
            case TapScreen(question=question) if question.about == "complaint":
                so_far.how = so_far.how or "点选"
                so_far.heard(so_far.clip.transcript)
                if not await self._tap(screen, so_far.clip.transcript):
                    self._give_up(so_far, "无对应短语")
            case TroubleScreen(error=error):
                so_far.failed = error is not None
                self._give_up(so_far, getattr(screen.display_in.zh, screen.key))
            case ReadBackScreen():
                await self._confirm(screen)
            case EndScreen():
                await self._until(lambda: screen.sent or "-refused" in screen.classes)
                so_far.complaint = self.visit.note.chief_complaint if self.visit is not None else ""
                so_far.failed = not screen.sent
                await self._pause(2)
                if screen.sent:
                    self.simulate_key("0")
                else:
                    self.post_message(messages.Erase())
            case NoticeScreen():
                await self._pause()
                self.simulate_key("0")
            case ConsentScreen() | ChoiceScreen() | AskScreen():
                await self._pause(0.5)
                asked = screen.question.about in ("who", "complaint") or screen.question.kind == "consent"
                self.simulate_key("1" if asked else "-")
            case _:
                await self._pause(0.3)
                self.simulate_key("-")

    def _give_up(self, so_far: _Progress, trouble: str) -> None:
        so_far.trouble = trouble
        self.post_message(messages.Erase())

    async def _confirm(self, screen: ReadBackScreen) -> None:
        """Say of every fact that it is right."""
        while self.shown is screen:
            path = screen.item.path
            await self._pause(0.5)
            self.simulate_key("1")
            await self._until(partial(_moved_on, self, screen, path))

    def _choose_language(self, code: str) -> None:
        enabled = self.settings.site.languages
        if code in enabled and len(enabled) <= Chooser.PAGE:
            self.simulate_key(str(enabled.index(code) + 1))
        else:  # further than the number keys of the first page reach
            self.post_message(LanguageChosen(code))

    async def _mean(self, screen: ChoosingScreen, words: str) -> bool:
        """Choose what was said among the phrases that were heard; False when it is not there."""
        await self._pause(2)
        for number, each in enumerate(screen.alternatives, start=1):
            if each.text == words:
                self.simulate_key(str(number))
                return True
        return False

    async def _tap(self, screen: TapScreen, words: str) -> bool:
        """Find the phrase with these words, choose it and finish; False when there is none."""
        await self._pause(2)
        phrase = next((phrase for phrase in screen.phrases if phrase.text == words), None)
        if phrase is None:
            return False
        heading = f"{GROUP}{group(phrase)}"
        if _listed(screen, heading):
            await self._pick(screen, heading)
            await self._until(lambda: _listed(screen, phrase.phrase_id))
        await self._pick(screen, phrase.phrase_id)
        await self._until(lambda: phrase.phrase_id in screen.query_one(Chooser).chosen)
        await self._pause()
        self.simulate_key("0")
        return True

    async def _pick(self, screen: TapScreen, key: str) -> None:
        """Turn the pages to an option that is listed, and press its number."""
        chooser = screen.query_one(Chooser)
        for page in range(chooser.pages):
            await self._until(partial(_shows, chooser, page))
            for number, option in enumerate(chooser.shown, start=1):
                if option.key == key:
                    self.simulate_key(str(number))
                    return
            await self._pause(0.5)
            self.simulate_key(str(Chooser.PAGE))

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Look until something is on the screen, as a person would."""
        while not condition():
            await asyncio.sleep(LOOK_EVERY_S)

    async def _pause(self, times: float = 1.0) -> None:
        await asyncio.sleep(self._pace_s * times)


def _shows(chooser: Chooser, page: int) -> bool:
    drawn = tuple(choice.option for choice in chooser.query(Choice) if choice.id != "more")
    return chooser.page == page and drawn == chooser.shown


def _moved_on(app: KioskApp, screen: ReadBackScreen, path: str) -> bool:
    return app.shown is not screen or screen.item.path != path


def _listed(screen: TapScreen, key: str) -> bool:
    """Tell whether the open list has this option; between two lists there is none."""
    return any(option.key == key for chooser in screen.query(Chooser) for option in chooser.options)
