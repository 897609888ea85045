"""A patient's visit: which screen follows which.

Screens show and ask; the station works; the app stands between them and owns the state of one visit. Nothing here
waits: requests become commands to the station, its events come back as messages.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from kiosk import interview
from kiosk.answers import Answer
from kiosk.encounter import Alternative, Intake
from kiosk.errors import DeviceError, KioskError
from kiosk.intakes import Outbox
from kiosk.pipeline import Finished, Heard, Progress
from kiosk.settings import Settings
from kiosk.speech import Silent, Voice
from kiosk.station import OpenSource, Station, commands, explained
from kiosk.station.source import Engines
from kiosk.ui import hygiene, messages, scripts, staff
from kiosk.ui.asides import AsideScreen, EraseScreen, IdleScreen
from kiosk.ui.asking import Asking
from kiosk.ui.choosing import ChoosingScreen, HeardScreen
from kiosk.ui.display import Display
from kiosk.ui.ending import EndScreen, NoticeScreen
from kiosk.ui.language import LanguageScreen
from kiosk.ui.recording import RecordingScreen
from kiosk.ui.screens import PatientScreen, QuestionScreen
from kiosk.ui.session import Visit
from kiosk.ui.staff import Staff, StaffScreen
from kiosk.ui.themes import THEMES
from kiosk.ui.trouble import TroubleScreen
from kiosk.ui.working import WorkingScreen

LOOK_EVERY_S = 0.5
"""How often the app looks whether somebody is still there."""
PATIENCE_S = 0.5
"""What takes longer than this shows that it works."""
FAILURES = 2
"""So many times not understood, and the list is offered instead of the microphone."""
PARTING_S = 30.0
"""So long the end waits for the station's piece of work: an engine that hangs must not keep the terminal for ever."""


class KioskApp(App[None]):
    """One kiosk's screens.

    Args:
        make_engines: makes the engines, on the station's thread.
        open_source: opens the microphone, on the station's thread.
        outbox: where sent intakes go.
        find_microphone: looks for a microphone that was missing.
        next_ticket: gives the number by which a patient is called.
        voice: reads the screens aloud.
        staff: who may end the program; with None, anybody (a demonstration).
        environment: variables that tell the kind of terminal.
        clock: seconds, for the idle timeout.
    """

    TITLE = "kiosk"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", "Leave", show=False, priority=True),
        Binding("ctrl+c,ctrl+z,ctrl+backslash", "nothing", show=False, priority=True),
    ]

    def __init__(
        self,
        settings: Settings,
        *,
        make_engines: Callable[[], Engines],
        open_source: OpenSource,
        outbox: Outbox,
        find_microphone: Callable[[], bool] | None = None,
        next_ticket: Callable[[], str] | None = None,
        voice: Voice | None = None,
        staff: Staff | None = None,
        environment: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
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
            find_microphone=find_microphone,
            next_ticket=next_ticket,
        )
        self.voice = voice or Silent()
        self.visit: Visit | None = None
        self.display_in = Display.of("zh", self.bidi)
        self.engines_known = asyncio.Event()
        self._staff = staff
        self._clock = clock
        self._touched_at = clock()
        self._heard_languages: frozenset[str] | None = None  # None until the engines are there
        self._written: frozenset[str] = frozenset()
        self._broken: KioskError | None = None  # why the engines are not there
        self._waiting = False  # for the station to take an answer, or to take one back
        self._given: Answer | None = None  # the answer that it is taking
        self._stale = 0  # erasures under way: until they are done, events belong to a visit that is over
        self._changed = asyncio.Condition()

    async def on_mount(self) -> None:
        """Start the station; it loads the engines while the patient looks for the language."""
        theme = THEMES[self.settings.ui.theme]
        self.register_theme(theme)
        self.theme = theme.name
        if self.bidi == "program" and self._driver is not None and not self.is_headless:
            self._driver.write(scripts.EXPLICIT_MODE)
        self.station.start()
        self.station.submit(commands.LoadEngines())
        self.set_interval(LOOK_EVERY_S, self._look)
        await self.push_screen(self._dressed(self._first_screen()))

    async def on_unmount(self) -> None:
        """Let the station finish its piece of work and close the microphone."""
        self.voice.stop()
        await asyncio.to_thread(self.station.close, PARTING_S)

    def _fatal_error(self) -> None:
        """Say where the screens failed. Textual's own report prints local variables, a patient's words among them."""
        if self._exception is not None:
            self.panic(Text(str(explained(self._exception))))

    # Screens.

    @property
    def shown(self) -> PatientScreen:
        """The screen that is shown, or lies under a question that was asked in between."""
        found = [
            screen
            for screen in self.screen_stack
            if isinstance(screen, PatientScreen) and not isinstance(screen, AsideScreen)
        ]
        return found[-1]

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

    def _dressed(self, screen: PatientScreen) -> PatientScreen:
        screen.set_class(self.settings.ui.theme == "large", "-large")
        return screen

    async def _show(self, screen: PatientScreen) -> None:
        await self._end_asides()
        await self.switch_screen(self._dressed(screen))
        self._say(screen)
        await self._tell()

    async def _show_aside(self, screen: AsideScreen) -> None:
        await self._end_asides()
        await self.push_screen(self._dressed(screen))
        self._say(screen)
        await self._tell()

    async def _end_asides(self) -> None:
        while isinstance(self.screen, AsideScreen):
            await self.pop_screen()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _say(self, screen: PatientScreen) -> None:
        text = screen.aloud()
        if text:
            self.voice.say(text, screen.display_in.language.code, key=screen.prompt)
        else:
            self.voice.stop()

    # Who is there.

    async def on_event(self, event: events.Event) -> None:
        """Note that somebody is there."""
        if isinstance(event, events.InputEvent):
            self._touched_at = self._clock()
        await super().on_event(event)

    async def _look(self) -> None:
        """Ask when nobody was there for long; erase everything when nobody answers."""
        if not self.is_running:  # ending: the screens are being taken down
            return
        now = self._clock()
        busy = isinstance(self.shown, RecordingScreen | WorkingScreen | EndScreen | NoticeScreen)
        if isinstance(self.screen, StaffScreen) and now - self._touched_at >= self.settings.ui.idle_s:
            await self._go_on()
        elif self.visit is None or busy:
            self._touched_at = now
        elif now - self._touched_at >= self.settings.ui.idle_s + self.settings.ui.idle_answer_s:
            await self._wipe()
        elif now - self._touched_at >= self.settings.ui.idle_s and not isinstance(self.screen, IdleScreen):
            await self._show_aside(IdleScreen(self.display_in))

    async def _wipe(self, *, sent: bool = False, then: PatientScreen | None = None) -> None:
        """Forget the patient, here and at the station.

        Args:
            sent: take back also what was sent.
            then: shown instead of the first screen.
        """
        self._stale += 1
        self.station.submit(commands.EraseAll(sent=sent))
        self.voice.stop()
        self.visit = None
        self._waiting, self._given = False, None
        if then is None:
            self.display_in = Display.of("zh", self.bidi)
        await self._show(then or self._first_screen())
        self.call_after_refresh(hygiene.forget)

    # The interview.

    @on(messages.LanguageChosen)
    async def _language_chosen(self, message: messages.LanguageChosen) -> None:
        try:
            self.display_in = Display.of(message.code, self.bidi)
            self.visit = Visit.begin(message.code, datetime.now(UTC))
        except KioskError as error:
            await self._show(NoticeScreen(self.display_in, "failed", error))
            return
        self.station.submit(commands.BeginInterview(language=message.code))
        await self._ask()

    def _asking(self) -> Asking | None:
        """Return how the current question is asked; None when there is none."""
        visit = self.visit
        if visit is None or visit.state.current is None:
            return None
        question = visit.questions[visit.state.current]
        code = visit.language
        heard = self._heard_languages is None or code in self._heard_languages
        understood = question.heard_as is not None or (question.about == "age" and code in self._written)
        return Asking(
            display=self.display_in,
            question=question,
            speakable=visit.may_record and heard and understood and question.counts,
            speaks=self.voice.speakable(code),
            items=visit.items,
        )

    async def _ask(self) -> None:
        """Show the current question from its beginning; the end, when there is none."""
        visit = self.visit
        if visit is None:
            return
        visit.failures = 0
        state = visit.state
        if state.refused:
            await self._wipe(then=NoticeScreen(self.display_in, "refused"))
            return
        if state.ended is not None:
            await self._finish()
            return
        asking = self._asking()
        if asking is None:
            return
        if asking.question.kind == "done" or (asking.question.kind == "readback" and not visit.items):
            await self._advance(Answer(question=asking.question.id))
            return
        await self._show(asking.screen())

    async def _advance(self, answer: Answer) -> None:
        visit = self.visit
        if visit is not None and answer.question == visit.state.current:
            visit.state = interview.advance(visit.questions, visit.state, answer, visit.note)
            await self._ask()

    @on(messages.Reply)
    async def _replied(self, message: messages.Reply) -> None:
        visit = self.visit
        if visit is None or self._waiting or message.question != visit.state.current:
            return
        if visit.questions[message.question].kind == "consent":
            visit.consented_at = datetime.now(UTC)
            visit.aloud = self.voice.speakable(visit.language)
            await self._advance(Answer(question=message.question, values=message.values))
            return
        self._give(
            commands.GiveAnswer(
                question=message.question,
                outcome=message.outcome,
                values=message.values,
                words=message.words,
                heard=message.heard,
            )
        )

    @on(messages.ReadBack)
    async def _read_back(self, message: messages.ReadBack) -> None:
        visit = self.visit
        if visit is not None and visit.state.current is not None:
            visit.confirmations = message.confirmations
            await self._advance(Answer(question=visit.state.current))

    @on(messages.Skip)
    async def _skip(self) -> None:
        asking = self._asking()
        if asking is None or self._waiting or asking.question.kind == "consent":
            return
        self._drop_recording()
        self._give(commands.GiveAnswer(question=asking.question.id, outcome="skipped"))

    def _give(self, command: commands.GiveAnswer | commands.TakeBackAnswer) -> None:
        self._waiting = True
        self._given = None
        if isinstance(command, commands.GiveAnswer):
            self._given = Answer(question=command.question, outcome=command.outcome, values=command.values)
        self.station.submit(command)
        self.set_timer(PATIENCE_S, self._still_waiting)

    async def _still_waiting(self) -> None:
        if self._waiting and not isinstance(self.shown, WorkingScreen):
            await self._show(WorkingScreen(self.display_in))

    @on(messages.Back)
    async def _back(self) -> None:
        visit = self.visit
        if visit is None or self._waiting:
            return
        first = self._asking()
        below = (
            isinstance(self.shown, QuestionScreen) and first is not None and type(self.shown) is type(first.screen())
        )
        if not below:  # the question's own first screen is before this one
            self._drop_recording()
            await self._ask()
        elif not visit.state.answers:
            await self._wipe()
        else:
            taken = visit.questions[visit.state.answers[-1].question]
            visit.state = interview.back(visit.questions, visit.state)
            if taken.counts:
                self._give(commands.TakeBackAnswer())
            else:
                await self._ask()

    # Speaking.

    @on(messages.Speak)
    async def _speak(self) -> None:
        asking = self._asking()
        if asking is None or self._waiting:
            return
        if not asking.speakable:
            await self._show(asking.touched())
        elif self._broken is not None:
            await self._show(TroubleScreen(self.display_in, "failed", self._broken))
        else:
            await self._show(RecordingScreen(self.display_in, asking.question))
            self.station.submit(
                commands.StartListening(self.display_in.language.code, question=asking.question.heard_as)
            )

    @on(messages.FinishedSpeaking)
    async def _finished_speaking(self) -> None:
        if isinstance(self.shown, RecordingScreen):
            self.station.submit(commands.StopListening())
            await self._show(WorkingScreen(self.display_in))

    @on(messages.TouchInstead)
    async def _touch(self) -> None:
        await self._touch_list()

    async def _touch_list(self, hint: str = "") -> None:
        asking = self._asking()
        if asking is None or self._waiting:
            return
        self._drop_recording()
        on_body = asking.question.about == "site" and type(self.shown) is type(asking.touched())
        await self._show(asking.list(hint) if on_body else asking.touched(hint))

    @on(messages.ShowBody)
    async def _show_body(self) -> None:
        asking = self._asking()
        if asking is not None and not self._waiting:
            self._drop_recording()
            await self._show(asking.body())

    @on(messages.Misheard)
    async def _misheard(self) -> None:
        if self.visit is None:
            return
        self.visit.failures += 1
        if self.visit.failures >= FAILURES:
            await self._touch_list("use_the_list")
        elif isinstance(self.shown, ChoosingScreen):
            await self._touch_list()
        else:
            await self._speak()

    @on(messages.StopWork)
    async def _stop_work(self) -> None:
        self._drop_recording()
        await self._ask()

    def _drop_recording(self) -> None:
        if isinstance(self.shown, RecordingScreen | WorkingScreen) and not self._waiting:
            self.station.submit(commands.CancelWork())

    @on(messages.ReadAloud)
    def _read_aloud(self) -> None:
        self._say(self.shown)

    # The end, and taking back.

    async def _finish(self) -> None:
        visit = self.visit
        if visit is not None:
            await self._show(EndScreen(self.display_in, alarm=visit.state.ended == "red_flag"))
            self._send()

    @on(messages.SendAgain)
    def _send_again(self) -> None:
        if isinstance(self.shown, EndScreen) and self.shown.try_again():
            self._send()

    def _send(self) -> None:
        if self.visit is not None and self.visit.state.ended is not None:
            self.station.submit(commands.SendInterview(self.visit.record(datetime.now(UTC))))

    @on(messages.EraseAsked)
    async def _erase_asked(self) -> None:
        if self.visit is None:
            return
        self._drop_recording()
        if isinstance(self.shown, RecordingScreen | WorkingScreen) and not self._waiting:
            await self._ask()
        asking = self._asking()
        hurry = bool(self.visit.note.findings) and asking is not None and asking.question.counts
        await self._show_aside(EraseScreen(self.display_in, hurry=hurry))

    @on(messages.Erase)
    async def _erase(self) -> None:
        await self._wipe(sent=True, then=WorkingScreen(self.display_in))

    @on(messages.FinishNow)
    async def _finish_now(self) -> None:
        visit = self.visit
        if visit is not None and visit.state.current is not None and not self._waiting:
            visit.state = interview.hurry(visit.questions, visit.state, visit.note)
            await self._ask()

    @on(messages.GoOn)
    async def _go_on(self) -> None:
        await self._end_asides()
        await self._tell()

    @on(messages.NextPerson)
    async def _next_person(self) -> None:
        if not isinstance(self.shown, LanguageScreen) and isinstance(self.shown, EndScreen | NoticeScreen):
            await self._wipe()

    # The staff.

    async def action_leave(self) -> None:
        """End the program, if a member of staff says so."""
        if self._staff is None:
            self.exit()
        elif not isinstance(self.screen, StaffScreen):
            await self._show_aside(StaffScreen(Display.of("zh", self.bidi)))

    async def action_quit(self) -> None:
        """See :meth:`action_leave`; nothing else of Textual's may end the program."""
        await self.action_leave()

    def action_nothing(self) -> None:
        """Do nothing: no suspending, no copying."""

    @on(messages.StaffSecret)
    async def _staff_secret(self, message: messages.StaffSecret) -> None:
        who = self._staff
        if who is None:
            return
        try:
            exist = await asyncio.to_thread(who.exist)
            known = exist and await asyncio.to_thread(who.check, message.name, message.secret)
            sentence = staff.WRONG if exist else staff.NOBODY
        except KioskError as error:
            known, sentence = False, str(error)
        if known:
            self.exit()
        elif isinstance(self.screen, StaffScreen):
            self.screen.refused(sentence)

    # What the station says. An event that comes too late for its screen is dropped with the visit it belonged to.

    @on(messages.FromStation)
    async def _station_said(self, message: messages.FromStation) -> None:
        if not self.is_running:  # ending: the screens are being taken down
            return
        match message.event:
            case commands.Ready(languages=languages, written=written):
                self._heard_languages, self._written = languages, written
                self.engines_known.set()
            case commands.Erased():
                self._stale -= 1
                if not self._stale and self.visit is None and isinstance(self.shown, WorkingScreen):
                    await self._show(NoticeScreen(self.display_in, "erased"))
            case commands.Failed():
                await self._failed(message.event)
            case _ if self._stale or self.visit is None:
                pass
            case _:
                await self._visit_event(message.event, self.visit)

    async def _visit_event(self, event: commands.Event, visit: Visit) -> None:
        screen = self.shown
        match event:
            case commands.Answered(intake=intake, items=items):
                visit.note, visit.items = intake.note, items
                await self._taken()
            case commands.ListeningStarted() if isinstance(screen, RecordingScreen):
                screen.started()
            case commands.Level() if isinstance(screen, RecordingScreen):
                screen.show_level(event)
            case commands.Partial(text=text) if isinstance(screen, RecordingScreen):
                screen.show_words(text)
            case commands.SpeechEnded() if isinstance(screen, RecordingScreen):
                screen.speech_ended()
            case commands.ListeningStopped() if isinstance(screen, RecordingScreen):
                await self._show(WorkingScreen(self.display_in))  # the longest recording was reached
            case commands.MicrophoneFound() if isinstance(screen, TroubleScreen):
                screen.microphone_found()
            case Progress() if isinstance(screen, WorkingScreen):
                screen.show_progress(event)
            case Heard() if isinstance(screen, WorkingScreen):
                screen.show_words(event)
            case Finished(intake=intake) if isinstance(screen, WorkingScreen):
                await self._heard(intake)
            case commands.NothingHeard(reason=reason) if isinstance(screen, WorkingScreen):
                await self._not_heard(reason)
            case commands.Sent(encounter=encounter, ticket=ticket) if isinstance(screen, EndScreen):
                visit.encounter = encounter
                screen.show_sent(ticket)
                self._say(screen)
            case _:
                pass

    async def _taken(self) -> None:
        """Go on after the station took an answer, or took one back."""
        given, self._given = self._given, None
        self._waiting = False
        if given is not None:
            await self._advance(given)
        else:
            await self._ask()

    async def _heard(self, intake: Intake) -> None:
        asking = self._asking()
        if asking is None:
            return
        if doubt := unsure(intake):
            await self._show(ChoosingScreen(self.display_in, asking.question, doubt))
        else:
            await self._show(HeardScreen(self.display_in, asking.question, intake))

    async def _not_heard(self, reason: str) -> None:
        if self.visit is None:
            return
        self.visit.failures += 1
        if self.visit.failures >= FAILURES:
            await self._touch_list(reason)
        else:
            await self._show(TroubleScreen(self.display_in, reason))

    async def _failed(self, event: commands.Failed) -> None:
        screen = self.shown
        if event.command == commands.LoadEngines.__name__:
            self._broken = event.error
            self.engines_known.set()
            if not isinstance(screen, RecordingScreen | WorkingScreen):
                return  # said when a patient wants to speak; touching works without engines
        if event.command == commands.EraseAll.__name__:
            self._stale = max(0, self._stale - 1)
            if self.visit is None and isinstance(screen, WorkingScreen):
                await self._show(NoticeScreen(self.display_in, "not_erased", event.error))
            return
        if self._stale or self.visit is None:
            return
        if event.command == commands.SendInterview.__name__:
            if isinstance(screen, EndScreen):
                screen.not_saved(event.error)
            return
        if self._waiting or isinstance(screen, RecordingScreen | WorkingScreen):
            self._waiting, self._given = False, None
            key = "no_microphone" if isinstance(event.error, DeviceError) else "failed"
            await self._show(TroubleScreen(self.display_in, key, event.error))


def unsure(intake: Intake) -> tuple[Alternative, ...]:
    """Return the phrases that the first utterance without words may have been; nothing when all were understood."""
    return next((said.alternatives for said in intake.utterances if not said.text), ())
