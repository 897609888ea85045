"""The screens, driven by themselves on recorded clips: the same keys that a patient would press."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from kiosk.bench import Clip
from kiosk.ui.choosing import ChoosingScreen
from kiosk.ui.language import LanguageScreen
from kiosk.ui.messages import LanguageChosen, OtherLanguage
from kiosk.ui.recording import RecordingScreen
from kiosk.ui.result import ResultScreen
from kiosk.ui.sent import SentScreen
from kiosk.ui.tapping import TapScreen, group
from kiosk.ui.trouble import TroubleScreen
from kiosk.ui.visit import KioskApp
from kiosk.ui.widgets import Choice, Chooser

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


class Demonstration(KioskApp):
    """Plays clip after clip, sends each note, and ends.

    Args:
        clips: each is spoken in its language, or touched where no engine understands the language by ear.
        pace_s: seconds that a screen stays for those who watch.
    """

    def __init__(self, *args: Any, clips: Sequence[Clip], pace_s: float, **options: Any) -> None:
        super().__init__(*args, **options)
        self.shown: list[Shown] = []
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
        await self.reached(LanguageScreen)
        await self.engines_known.wait()
        await self._pause()
        self._choose_language(clip.language)
        screen = await self.reached(RecordingScreen, TapScreen, TroubleScreen)
        how = "点选" if isinstance(screen, TapScreen) else "语音"
        if isinstance(screen, TapScreen) and not await self._touch(screen, clip.transcript):
            self.shown.append(Shown(clip=clip, how=how, trouble="无对应短语"))
            self.post_message(OtherLanguage())
            return
        if isinstance(screen, RecordingScreen):
            await self.left(screen)
        started = time.perf_counter()
        screen = await self.reached(ResultScreen, ChoosingScreen, TroubleScreen)
        seconds = time.perf_counter() - started
        if isinstance(screen, ChoosingScreen):
            how = "语音+点选"
            if not await self._mean(screen, clip.transcript):
                self.shown.append(Shown(clip=clip, how=how, trouble="三个候选都不是", seconds=seconds))
                self.post_message(OtherLanguage())
                return
            screen = await self.reached(ResultScreen, TroubleScreen)
        if isinstance(screen, ResultScreen):
            note = screen.intake.note
            words = " ".join(utterance.text for utterance in screen.intake.utterances)
            complaint = note.chief_complaint
            self.shown.append(Shown(clip=clip, how=how, words=words, chief_complaint=complaint, seconds=seconds))
            await self._pause(2)
            self.simulate_key("1")
            await self.reached(SentScreen)
            await self._pause()
            self.simulate_key("1")
        elif isinstance(screen, TroubleScreen):
            trouble = getattr(screen.display_in.zh, screen.key)
            failed = screen.error is not None
            self.shown.append(Shown(clip=clip, how=how, trouble=trouble, seconds=seconds, failed=failed))
            await self._pause(2)
            self.simulate_key("3")

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

    async def _touch(self, screen: TapScreen, words: str) -> bool:
        """Find the phrase with these words, choose it and finish; False when there is none."""
        await self._pause(2)
        phrase = next((phrase for phrase in screen.phrases if phrase.text == words), None)
        if phrase is None:
            return False
        if _listed(screen, group(phrase)):
            await self._pick(screen, group(phrase))
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


def _listed(screen: TapScreen, key: str) -> bool:
    """Tell whether the open list has this option; between two lists there is none."""
    return any(option.key == key for chooser in screen.query(Chooser) for option in chooser.options)
