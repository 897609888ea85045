"""A patient's visit: which screen follows which.

Screens show and ask; the station works; the app stands between them and owns the state of one visit. Nothing here
waits: requests become commands to the station, its events come back as messages.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.theme import Theme

from kiosk import commands
from kiosk.encounter import Alternative, Intake
from kiosk.errors import DeviceError, KioskError, LanguageError
from kiosk.intakes import Outbox
from kiosk.phrasebook import Phrase
from kiosk.pipeline import Finished, Heard, Progress
from kiosk.settings import Settings
from kiosk.station import Engines, OpenSource, Station, explained
from kiosk.ui import messages, scripts
from kiosk.ui.choosing import ChoosingScreen
from kiosk.ui.display import Display
from kiosk.ui.language import LanguageScreen
from kiosk.ui.recording import RecordingScreen
from kiosk.ui.result import ResultScreen
from kiosk.ui.screens import PatientScreen
from kiosk.ui.sent import SentScreen
from kiosk.ui.tapping import TapScreen
from kiosk.ui.trouble import TroubleScreen
from kiosk.ui.working import WorkingScreen

HIGH_CONTRAST = Theme(
    name="kiosk-high-contrast",
    primary="#3b82f6",
    secondary="#93c5fd",
    accent="#facc15",
    success="#22c55e",
    warning="#fb923c",
    error="#ff5d5d",
    foreground="#ffffff",
    background="#000000",
    surface="#0b0f19",
    panel="#172033",
    dark=True,
)


class KioskApp(App[None]):
    """One kiosk's screens.

    Args:
        make_engines: makes the engines, on the station's thread.
        open_source: opens the microphone, on the station's thread.
        load_phrases: the phrases of a language, for tapping.
        outbox: where sent intakes go.
        environment: variables that tell the kind of terminal.
    """

    TITLE = "kiosk"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "quit", "Quit", show=False, priority=True)]

    def __init__(
        self,
        settings: Settings,
        *,
        make_engines: Callable[[], Engines],
        open_source: OpenSource,
        load_phrases: Callable[[str], Sequence[Phrase]],
        outbox: Outbox,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.bidi = scripts.detect(environment) if settings.ui.bidi == "auto" else settings.ui.bidi
        self.station = Station(
            settings,
            lambda event: self.post_message(messages.FromStation(event)),
            make_engines=make_engines,
            open_source=open_source,
            outbox=outbox,
        )
        self._load_phrases = load_phrases
        self._heard_languages: frozenset[str] | None = None  # None until the engines are there
        self._broken: KioskError | None = None  # why the engines are not there
        self.display_in = Display.of("zh", self.bidi)
        self._intake: Intake | None = None
        self._tapped = False
        self.engines_known = asyncio.Event()
        self._changed = asyncio.Condition()

    async def on_mount(self) -> None:
        """Start the station; it loads the engines while the patient looks for the language."""
        self.register_theme(HIGH_CONTRAST)
        self.theme = HIGH_CONTRAST.name
        if self.bidi == "program" and self._driver is not None and not self.is_headless:
            self._driver.write(scripts.EXPLICIT_MODE)
        self.station.start()
        self.station.submit(commands.LoadEngines())
        await self.push_screen(self._first_screen())

    async def on_unmount(self) -> None:
        """Let the station finish its piece of work and close the microphone."""
        await asyncio.to_thread(self.station.close)

    def _fatal_error(self) -> None:
        """Say where the screens failed. Textual's own report prints local variables, a patient's words among them."""
        if self._exception is not None:
            self.panic(Text(str(explained(self._exception))))

    async def reached(self, *kinds: type[PatientScreen]) -> PatientScreen:
        """Wait until a screen of one of these kinds is shown, and return it."""
        async with self._changed:
            while True:
                screen = self.screen
                if isinstance(screen, PatientScreen) and isinstance(screen, kinds):
                    return screen
                await self._changed.wait()

    async def left(self, screen: Screen[None]) -> None:
        """Wait until this screen is no longer shown."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.screen is not screen)

    def _first_screen(self) -> LanguageScreen:
        return LanguageScreen(self.settings.site.languages, self.bidi)

    async def _show(self, screen: Screen[None]) -> None:
        await self.switch_screen(screen)
        async with self._changed:
            self._changed.notify_all()

    # What the person asks for.

    @on(messages.LanguageChosen)
    async def _language_chosen(self, message: messages.LanguageChosen) -> None:
        self.display_in = Display.of(message.code, self.bidi)
        await self._speak()

    @on(messages.SpeakAgain)
    async def _speak(self) -> None:
        self._intake = None
        if self._broken is not None:
            await self._show(TroubleScreen(self.display_in, "failed", self._broken))
        elif self._is_deaf():
            await self._tap()
        else:
            await self._show(RecordingScreen(self.display_in))
            self.station.submit(commands.StartListening(self.display_in.language.code))

    @on(messages.TapInstead)
    async def _tap(self) -> None:
        if isinstance(self.screen, RecordingScreen):
            self.station.submit(commands.CancelWork())
        self._intake = None
        code = self.display_in.language.code
        try:
            if phrases := self._load_phrases(code):
                await self._show(TapScreen(self.display_in, phrases, deaf=self._is_deaf()))
                return
            error: KioskError = LanguageError(f"The phrasebook has no phrases in {code!r} yet.")
        except KioskError as wrong:
            error = wrong
        await self._show(TroubleScreen(self.display_in, "failed", error))

    @on(messages.PhraseMeant)
    async def _phrase_meant(self, message: messages.PhraseMeant) -> None:
        code = self.display_in.language.code
        self.station.submit(commands.TakeText(message.text, code, mode="phrase", keep=True))
        await self._work(tapped=False)

    @on(messages.FinishedSpeaking)
    async def _finished_speaking(self) -> None:
        if isinstance(self.screen, RecordingScreen):
            self.station.submit(commands.StopListening())
            await self._work(tapped=False)

    @on(messages.PhrasesTapped)
    async def _phrases_tapped(self, message: messages.PhrasesTapped) -> None:
        self.station.submit(commands.TakeText(message.text, self.display_in.language.code, mode="tap"))
        await self._work(tapped=True)

    @on(messages.SendIntake)
    def _send(self) -> None:
        if self._intake is not None:
            self.station.submit(commands.SendIntake(self._intake))

    @on(messages.Again)
    async def _again(self) -> None:
        if self._tapped:
            await self._tap()
        else:
            await self._speak()

    @on(messages.StopWork)
    @on(messages.OtherLanguage)
    @on(messages.NextPerson)
    async def _start_over(self) -> None:
        if isinstance(self.screen, RecordingScreen | WorkingScreen):
            self.station.submit(commands.CancelWork())
        self._intake = None
        if not isinstance(self.screen, LanguageScreen):
            self.display_in = Display.of("zh", self.bidi)
            await self._show(self._first_screen())

    async def _work(self, *, tapped: bool) -> None:
        self._tapped = tapped
        await self._show(WorkingScreen(self.display_in))

    def _is_deaf(self) -> bool:
        """No engine understands the language: it is never recognised as another one."""
        return self._heard_languages is not None and self.display_in.language.code not in self._heard_languages

    # What the station says. An event that comes too late for its screen is dropped with the visit it belonged to.

    @on(messages.FromStation)
    async def _station_said(self, message: messages.FromStation) -> None:
        screen = self.screen
        match message.event:
            case commands.Ready(languages=languages):
                self._heard_languages = languages
                self.engines_known.set()
            case commands.Failed():
                await self._failed(message.event)
            case commands.ListeningStarted() if isinstance(screen, RecordingScreen):
                screen.started()
            case commands.Level() if isinstance(screen, RecordingScreen):
                screen.show_level(message.event)
            case commands.Partial(text=text) if isinstance(screen, RecordingScreen):
                screen.show_words(text)
            case commands.SpeechEnded() if isinstance(screen, RecordingScreen):
                screen.speech_ended()
            case commands.ListeningStopped() if isinstance(screen, RecordingScreen):
                await self._work(tapped=False)  # the longest recording was reached
            case Progress() if isinstance(screen, WorkingScreen):
                screen.show_progress(message.event)
            case Heard() if isinstance(screen, WorkingScreen):
                screen.show_words(message.event)
            case Finished(intake=intake) if isinstance(screen, WorkingScreen) and (doubt := unsure(intake)):
                await self._show(ChoosingScreen(self.display_in, doubt))
            case Finished(intake=intake) if isinstance(screen, WorkingScreen):
                self._intake = intake
                await self._show(ResultScreen(self.display_in, intake))
            case commands.NothingHeard(reason=reason) if isinstance(screen, WorkingScreen):
                await self._show(TroubleScreen(self.display_in, reason))
            case commands.Sent() if isinstance(screen, ResultScreen):
                self._intake = None
                await self._show(SentScreen(self.display_in))
            case _:
                pass

    async def _failed(self, event: commands.Failed) -> None:
        if event.command == commands.LoadEngines.__name__:
            self._broken = event.error
            self.engines_known.set()
            if not isinstance(self.screen, RecordingScreen | WorkingScreen):
                return  # said when a patient wants to speak; tapping works without engines
        if event.command == commands.SendIntake.__name__:
            if isinstance(self.screen, ResultScreen):
                self.screen.not_saved(event.error)
            return
        if isinstance(self.screen, RecordingScreen | WorkingScreen):
            key = "no_microphone" if isinstance(event.error, DeviceError) else "failed"
            await self._show(TroubleScreen(self.display_in, key, event.error))


def unsure(intake: Intake) -> tuple[Alternative, ...]:
    """Return the phrases that the first utterance without words may have been; nothing when all were understood."""
    return next((said.alternatives for said in intake.utterances if not said.text), ())
