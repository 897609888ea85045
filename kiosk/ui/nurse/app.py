"""The nurse's station: who is there, which screen comes first, and what the desk says by itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import tzinfo
from functools import partial
from pathlib import Path

from textual import events, on
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from kiosk import desk, engines, export, interview, resources
from kiosk.capture.devices import PortAudioPlayer
from kiosk.desk import Desk, Exporter
from kiosk.desk.asking_again import Given
from kiosk.desk.events import Arrived, Away, Rehearing, SessionEnded, Unplayable
from kiosk.desk.rehearing import MakePipeline, MakeTranslator, pipeline_of, translator_of
from kiosk.errors import InputError
from kiosk.speech import Player, Silent, Speaker, Voice
from kiosk.store.courier import Courier
from kiosk.store.nurse_end import Store
from kiosk.ui import messages, scripts
from kiosk.ui.asking import Asking
from kiosk.ui.display import Display
from kiosk.ui.nurse import words
from kiosk.ui.nurse.base import Page, Ward
from kiosk.ui.nurse.entry import Entered, FirstStartScreen, LockScreen, LoginScreen
from kiosk.ui.nurse.queue import QueueScreen
from kiosk.ui.nurse.rehearing import RehearingDialog
from kiosk.ui.screens import QuestionScreen
from kiosk.ui.themes import HIGH_CONTRAST

TOUCH_S = 20.0
"""While somebody types, the session is told so this often."""


class FromDesk(Message):
    """An event of the desk; one that nobody has looked at yet gives way to the next of its kind."""

    def __init__(self, event: desk.Event) -> None:
        super().__init__()
        self.event = event

    def can_replace(self, message: Message) -> bool:
        """Return True when this makes ``message`` obsolete."""
        return (
            isinstance(message, FromDesk)
            and isinstance(self.event, Arrived | Rehearing)
            and type(message.event) is type(self.event)
        )


class NurseApp(Ward):
    """The nurse's screens on one store.

    Args:
        exporter: writes notes out; None where the program cannot.
        voice: reads a question aloud that is asked again.
        signed: called when a note was signed.
        exports: the folder for exported files.
        environment: variables that tell the kind of terminal.
    """

    TITLE = "kiosk"

    def __init__(
        self,
        store: Store,
        *,
        player: Player,
        exports: Path,
        exporter: Exporter | None = None,
        voice: Voice | None = None,
        signed: Callable[[], object] = lambda: None,
        make_pipeline: MakePipeline = pipeline_of,
        make_translator: MakeTranslator = translator_of,
        poll_s: float = desk.POLL_S,
        zone: tzinfo | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        settings = store.site.settings
        chosen = settings.ui.bidi
        bidi = scripts.detect(environment) if chosen == "auto" else chosen
        super().__init__(settings, bidi=bidi, clock=store.site.clock, zone=zone)
        self._store = store
        self.desk = Desk(
            store,
            lambda event: self.post_message(FromDesk(event)),
            player=player,
            exports=exports,
            exporter=exporter,
            signed=signed,
            make_pipeline=make_pipeline,
            make_translator=make_translator,
            poll_s=poll_s,
        )
        self._voice = voice or Silent()
        self._asked: tuple[Asking, Callable[[Given], Awaitable[None]]] | None = None
        self._touched = store.site.clock.monotonic()

    async def on_mount(self) -> None:
        """Start the desk, and see whether there is anybody yet."""
        self.register_theme(HIGH_CONTRAST)
        self.theme = HIGH_CONTRAST.name
        if self.bidi == "program" and self._driver is not None and not self.is_headless:
            self._driver.write(scripts.EXPLICIT_MODE)
        self.desk.start()
        is_new = await asyncio.wrap_future(self.desk.is_new())
        await self.push_screen(FirstStartScreen() if is_new else LoginScreen())

    async def on_unmount(self) -> None:
        """Let the desk finish its request and end the session."""
        await asyncio.to_thread(self.desk.close)

    def lock(self) -> None:
        """See :class:`Ward`."""
        if self.who is not None and not any(isinstance(screen, LockScreen) for screen in self.screen_stack):
            self.push_screen(LockScreen())

    def ask_patient(self, question: str, language: str, then: Callable[[Given], Awaitable[None]]) -> None:
        """See :class:`Ward`."""
        known = interview.load().by_id.get(question)
        if known is None:
            raise InputError("The interview has no such question any more.", remedy="Ask another one.")
        asking = Asking(display=Display.of(language, self.bidi), question=known, speaks=self._voice.speakable(language))
        self._asked = (asking, then)
        self.desk.prepare(language)
        self._show_patient(asking.touched())

    async def leave(self) -> None:
        """See :class:`Ward`."""
        self.who = None
        self._asked = None
        await asyncio.wrap_future(self.desk.log_out())
        await self._restart(LoginScreen())

    async def _restart(self, screen: Screen[None]) -> None:
        """Take all screens away and show this one."""
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        await self.push_screen(screen)

    @on(Entered)
    async def _entered(self, message: Entered) -> None:
        message.stop()
        self.who = message.who
        if isinstance(self.screen, LockScreen):
            await self.pop_screen()
            return
        await self._restart(QueueScreen())

    # The patient's screen of one question, at the nurse's station.

    def _show_patient(self, screen: QuestionScreen) -> None:
        screen.set_class(self.settings.ui.theme == "large", "-large")
        if isinstance(self.screen, QuestionScreen):
            self.switch_screen(screen)
        else:
            self.push_screen(screen)
        self._say(screen)

    def _say(self, screen: QuestionScreen) -> None:
        self._voice.say(screen.aloud(), screen.display_in.language.code, key=screen.prompt)

    async def _end_asking(self) -> None:
        self._asked = None
        self._voice.stop()
        if isinstance(self.screen, QuestionScreen):
            await self.pop_screen()

    @on(messages.Reply)
    async def _replied(self, message: messages.Reply) -> None:
        if self._asked is None or message.question != self._asked[0].question.id:
            return
        then = self._asked[1]
        await self._end_asking()
        await then(Given(question=message.question, values=message.values, words=message.words))

    @on(messages.Back)
    @on(messages.Skip)
    @on(messages.EraseAsked)
    async def _no_answer(self) -> None:
        """Nothing of this question was kept yet: all three lead back to the nurse."""
        await self._end_asking()

    @on(messages.ShowBody)
    def _on_the_body(self) -> None:
        if self._asked is not None:
            self._show_patient(self._asked[0].body())

    @on(messages.TouchInstead)
    def _on_the_list(self) -> None:
        if self._asked is not None:
            self._show_patient(self._asked[0].list())

    @on(messages.ReadAloud)
    def _read_aloud(self) -> None:
        if isinstance(self.screen, QuestionScreen):
            self._say(self.screen)

    @on(FromDesk)
    def _desk_said(self, message: FromDesk) -> None:
        match message.event:
            case Arrived(listing=listing):
                for screen in self.screen_stack:
                    if isinstance(screen, QueueScreen):
                        screen.arrived(listing)
            case SessionEnded():
                self.lock()
            case Away(error=error) | Unplayable(error=error):
                if isinstance(self.screen, Page):
                    self.screen.say(words.error(error), bad=True)
            case Rehearing(progress=progress):
                if isinstance(self.screen, RehearingDialog) and self.screen.is_working:
                    self.screen.show_progress(progress)

    async def on_event(self, event: events.Event) -> None:
        """Notice that somebody is there; Escape takes a patient's question away."""
        escape = isinstance(event, events.Key) and event.key == "escape"
        if escape and isinstance(self.screen, QuestionScreen) and not isinstance(self.focused, Input):
            await self._end_asking()
            return
        if isinstance(event, events.Key | events.MouseDown) and self.who is not None:
            now = self.clock.monotonic()
            if now - self._touched >= TOUCH_S:
                self._touched = now
                self.desk.touch()
        await super().on_event(event)


def run_nurse(open_store: Callable[[], Store]) -> int:
    """Serve nurses until somebody presses Ctrl+Q; return the exit code. What was signed is sent on meanwhile.

    Raises:
        KioskError: the store cannot be opened.
    """
    store = open_store()
    courier = Courier(store)
    courier.start()
    settings = store.site.settings
    player = PortAudioPlayer(settings.voice.device)
    voice = Speaker(engines.synthesizers(settings), player, limits=settings.audio)
    try:
        app = NurseApp(
            store,
            player=player,
            exports=resources.home() / "exports",
            exporter=partial(export.write, base=settings.export.base),
            voice=voice,
            signed=courier.wake,
        )
        app.run()
    finally:
        voice.close()
        courier.stop()
        store.close()
    return app.return_code or 0
