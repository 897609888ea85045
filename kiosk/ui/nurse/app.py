"""The nurse's station: who is there, which screen comes first, and what the desk says by itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from datetime import tzinfo
from functools import partial
from pathlib import Path

from textual import events, on
from textual.message import Message
from textual.screen import Screen

from kiosk import desk, export, resources
from kiosk.courier import Courier
from kiosk.desk import Desk, Exporter
from kiosk.devices import PortAudioPlayer
from kiosk.rehearing import MakePipeline, MakeTranslator, pipeline_of, translator_of
from kiosk.speech import Player
from kiosk.store import Store
from kiosk.ui import scripts
from kiosk.ui.nurse import words
from kiosk.ui.nurse.base import Page, Ward
from kiosk.ui.nurse.entry import Entered, FirstStartScreen, LockScreen, LoginScreen
from kiosk.ui.nurse.queue import QueueScreen
from kiosk.ui.nurse.rehearing import RehearingDialog
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
            and isinstance(self.event, desk.Arrived | desk.Rehearing)
            and type(message.event) is type(self.event)
        )


class NurseApp(Ward):
    """The nurse's screens on one store.

    Args:
        exporter: writes notes out; None where the program cannot.
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
            make_pipeline=make_pipeline,
            make_translator=make_translator,
            poll_s=poll_s,
        )
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

    async def leave(self) -> None:
        """See :class:`Ward`."""
        self.who = None
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

    @on(FromDesk)
    def _desk_said(self, message: FromDesk) -> None:
        match message.event:
            case desk.Arrived(listing=listing):
                for screen in self.screen_stack:
                    if isinstance(screen, QueueScreen):
                        screen.arrived(listing)
            case desk.SessionEnded():
                self.lock()
            case desk.Away(error=error) | desk.Unplayable(error=error):
                if isinstance(self.screen, Page):
                    self.screen.say(words.error(error), bad=True)
            case desk.Rehearing(progress=progress):
                if isinstance(self.screen, RehearingDialog) and self.screen.is_working:
                    self.screen.show_progress(progress)

    async def on_event(self, event: events.Event) -> None:
        """Notice that somebody is there."""
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
    try:
        app = NurseApp(
            store,
            player=PortAudioPlayer(store.site.settings.voice.device),
            exports=resources.home() / "exports",
            exporter=partial(export.write, base=store.site.settings.export.base),
        )
        app.run()
    finally:
        courier.stop()
        store.close()
    return app.return_code or 0
