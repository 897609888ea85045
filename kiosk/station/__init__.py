"""One worker thread owns the engines and the microphone: commands in, events out.

Whoever calls :meth:`Station.submit` never waits. Work is done in the order of the commands; :class:`CancelWork` alone
overtakes, and stops what was submitted before it between two pieces of work. Events leave through one callback, on the
station's thread. No event that can fail to be understood holds a patient's words: errors and thread names never do.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from kiosk import audio, lexicon, pipeline, readback, sitting
from kiosk.audio import Recording
from kiosk.encounter import AudioInfo, Caution, Intake, Mode
from kiosk.errors import AudioError, Cancelled, DeviceError, EngineError, KioskError
from kiosk.intakes import Outbox
from kiosk.lexicon import matching
from kiosk.phrases import PhraseScorer
from kiosk.pipeline import Finished, Pipeline
from kiosk.recognition import Check, Recognizer, Samples
from kiosk.recognition.live import Listener
from kiosk.settings import Settings
from kiosk.station.answering import Answering
from kiosk.station.commands import (
    Answered,
    BeginInterview,
    CancelWork,
    Close,
    Command,
    EraseAll,
    Erased,
    Event,
    Failed,
    GiveAnswer,
    Level,
    ListeningStarted,
    ListeningStopped,
    LoadEngines,
    MicrophoneFound,
    NothingHeard,
    Partial,
    Ready,
    SendIntake,
    SendInterview,
    Sent,
    SpeechEnded,
    StartListening,
    StopListening,
    Stopped,
    TakeBackAnswer,
    TakeRecording,
    TakeText,
    Trouble,
)
from kiosk.station.source import Engines, Source

THREAD_NAME = "kiosk-station"
LEVEL_INTERVAL_S = 0.1
TEND_INTERVAL_S = 15.0
"""How often an idle station tries again to deliver what the database did not take."""

DEVICE_INTERVAL_S = 2.0
"""How often a station without a microphone looks whether it is there again."""

SILENT_DBFS = -60.0
"""Below this no one spoke and nothing hummed: a muted or covered microphone. An open one's own noise lies above."""


OpenSource = Callable[[StartListening], Source]
"""Opens the microphone, or what stands for it; raises DeviceError or StorageError."""


class Station:
    """Owns the worker thread.

    Args:
        emit: called with every event, on the station's thread; must not block.
        make_engines: makes the engines, on the station's thread, once.
        open_source: opens the microphone.
        outbox: where sent intakes go; used on the station's thread only.
        find_microphone: looks whether there is one, after it went missing; must not open it.
        next_ticket: gives the next patient's number.
    """

    def __init__(
        self,
        settings: Settings,
        emit: Callable[[Event], object],
        *,
        make_engines: Callable[[], Engines],
        open_source: OpenSource,
        outbox: Outbox,
        find_microphone: Callable[[], bool] | None = None,
        next_ticket: Callable[[], str] | None = None,
    ) -> None:
        self._settings = settings
        self._emit = emit
        self._make_engines = make_engines
        self._open_source = open_source
        self._outbox = outbox
        self._find_microphone = find_microphone
        self._next_ticket = next_ticket
        self._answering: Answering | None = None  # the patient's answers so far
        self._piece: Intake | None = None  # the write-up of the last recording
        self._left: list[Source] = []  # of this patient, let go of after a failure: still on disk
        self._missing = False  # the microphone is
        self._sent: str | None = None  # the encounter of this patient, once it is in the store
        self._engines: Engines | None = None
        self._source: Source | None = None  # being recorded
        self._taken: Source | None = None  # recorded, neither sent nor dropped yet
        self._loaded = False  # the engines' weights are in memory
        self._listener: Listener | None = None  # follows the recording
        self._followed = 0  # samples of the recording that it has had
        self._ended = False  # the speaker seemed to have finished when it was last asked
        self._heard: AudioInfo | None = None  # what the last recording was
        self._asked = StartListening(language="auto")
        self._commands: queue.SimpleQueue[tuple[int, Command]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._serial = 0
        self._cancelled_to = 0  # work with a lower serial is not wanted any more
        self._thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, command: Command) -> None:
        """Queue a command. Never blocks; may be called from any thread."""
        with self._lock:
            self._serial += 1
            if isinstance(command, CancelWork | EraseAll | Close):
                self._cancelled_to = self._serial
            self._commands.put((self._serial, command))

    def close(self, timeout_s: float | None = None) -> None:
        """End the thread after the piece of work at hand and wait for it."""
        self.submit(Close())
        self._thread.join(timeout_s)

    # From here on everything runs on the station's thread.

    def _run(self) -> None:
        while True:
            serial, command = self._next()
            if isinstance(command, Close):
                break
            self._guarded(serial, command)
        self._unfollow()
        for source in (self._source, self._taken):
            if source is not None:
                source.release()
        if self._answering is not None:
            self._answering.release()

    def _next(self) -> tuple[int, Command]:
        while self._source is not None:
            with self._lock:
                serial = self._serial  # a CancelWork that comes while we listen is later than this
            try:
                return self._commands.get_nowait()
            except queue.Empty:
                if self._listen(self._source):
                    return serial, StopListening()
        tended = time.monotonic()
        while True:
            try:
                return self._commands.get(timeout=DEVICE_INTERVAL_S if self._missing else TEND_INTERVAL_S)
            except queue.Empty:
                self._look_for_microphone()
                if time.monotonic() - tended >= TEND_INTERVAL_S:
                    self._tend()
                    tended = time.monotonic()

    def _look_for_microphone(self) -> None:
        if not self._missing or self._find_microphone is None:
            return
        try:
            self._missing = not self._find_microphone()
        except Exception as error:  # noqa: BLE001 - the thread must outlive any driver
            self._emit(Failed(explained(error), "FindMicrophone"))
            self._missing = False  # said once
        else:
            if not self._missing:
                self._emit(MicrophoneFound())

    def _tend(self) -> None:
        try:
            self._outbox.tend()
        except Exception as error:  # noqa: BLE001 - the thread must outlive any database
            self._emit(Failed(explained(error), "Tend"))

    def _listen(self, source: Source) -> bool:
        """Read one level; return True when the source has ended by itself."""
        try:
            reading = source.level(LEVEL_INTERVAL_S)
        except Exception as error:  # noqa: BLE001 - the thread must outlive any driver
            self._unfollow()
            self._source = None
            self._let_go(source)
            self._missing = isinstance(error, DeviceError)
            self._emit(Failed(explained(error), StartListening.__name__))
            return False
        if reading is not None:
            self._emit(Level(*reading))
        return self._follow(source) or source.ended

    def _follow(self, source: Source) -> bool:
        """Show what has been said so far; return True when the silence behind it is long enough to stop."""
        listener = self._listener
        if listener is None:
            return False
        fresh = source.heard(self._followed)
        self._followed += len(fresh)
        try:
            reading = listener.follow(fresh)
        except KioskError:
            self._unfollow()  # a courtesy only: the recording goes on, and fails aloud when it is recognised
            return False
        if reading.text:
            self._emit(Partial(reading.text))
        if reading.ended and not self._ended:
            self._emit(SpeechEnded())
        self._ended = reading.ended
        stop_after_s = self._settings.live.stop_after_s
        return bool(stop_after_s) and reading.ended and listener.silence_s >= stop_after_s

    def _unfollow(self) -> None:
        """Take the recogniser back."""
        if self._listener is not None:
            self._listener.finish()
        self._listener, self._followed, self._ended = None, 0, False

    def _listener_for(self, language: str) -> Listener | None:
        """Return what follows a recording in this language; None before the engines are loaded."""
        engines = self._engines
        if engines is None or not self._loaded:
            return None
        knows = next((each for each in engines.recognizers if language in each.languages), None)
        return Listener(
            self._settings.live,
            stream=engines.detector.stream(),
            recognizer=knows if self._settings.live.text else None,
            language=language,
            threshold=self._settings.segmentation.threshold,
        )

    def _guarded(self, serial: int, command: Command) -> None:
        """Do one command; whatever goes wrong becomes an event."""

        def check() -> None:
            if serial < self._cancelled_to:
                raise Cancelled("The work was stopped.")

        try:
            for event in self._perform(command, check):
                self._emit(event)
        except Cancelled:
            pass  # CancelWork itself is next in the queue and answers
        except Exception as error:  # noqa: BLE001 - the thread must outlive any engine
            if self._taken is not None and not isinstance(command, SendIntake | SendInterview):
                source = self._taken
                self._taken = None
                self._let_go(source)
            self._missing = self._missing or isinstance(error, DeviceError)
            self._emit(Failed(explained(error), type(command).__name__))

    def _let_go(self, source: Source) -> None:
        """Close a recording after a failure: it stays on disk, for doctor to find, until the patient takes it back."""
        source.release()
        self._left.append(source)

    def _perform(self, command: Command, check: Check) -> Iterator[Event]:
        match command:
            case LoadEngines():
                yield from self._load()
            case StartListening():
                check()
                self._drop()
                self._asked = command
                self._source = self._open_source(command)
                self._missing = False
                self._listener = self._listener_for(command.language)
                yield ListeningStarted()
            case StopListening():
                self._unfollow()
                if self._source is not None:
                    source = self._taken = self._source
                    self._source = None
                    yield from self._take_spoken(source, check)
            case TakeRecording(recording=recording):
                check()
                if isinstance(recording, Path):
                    recording = audio.load(recording, limits=self._settings.audio, check=check)
                yield from self._take(recording, command.language, command.question, check)
            case TakeText():
                check()
                kept = self._heard if command.keep else None
                if kept is None:
                    self._drop()
                events = self._pipeline().from_text(
                    command.text,
                    language=command.language,
                    mode=command.mode,
                    question=command.question,
                    check=check,
                )
                for event in _checked(events, check):
                    yield Finished(replace(event.intake, audio=kept)) if isinstance(event, Finished) else event
            case SendIntake(intake=intake):
                yield self._send(intake)
            case BeginInterview(language=language):
                self._erase()
                self._sent = None
                self._answering = Answering(language)
                for code in dict.fromkeys((language, "zh")):
                    check()
                    lexicon.load(code)
                    matching.matcher(code)
            case GiveAnswer():
                check()
                yield self._answer(command)
            case TakeBackAnswer():
                yield self._answered(self._asking().take_back())
            case SendInterview(interview=interview):
                check()
                ticket = interview.ticket or (self._next_ticket() if self._next_ticket is not None else None)
                receipt = self._asking().send(replace(interview, ticket=ticket), self._outbox)
                self._sent = receipt.encounter_id
                self._answering = None  # what was sent is never sent twice
                self._drop()
                yield Sent(receipt.encounter_id, receipt.delivered, ticket)
            case EraseAll(sent=sent):
                self._erase()
                encounter, self._sent = self._sent, None
                if sent and encounter is not None:
                    self._outbox.withdraw(encounter)
                yield Erased()
            case CancelWork():
                self._drop()
                yield Stopped()
            case Close():
                pass  # ended the loop already

    def _drop(self) -> None:
        """The person took back what was recorded."""
        self._unfollow()
        for source in (self._source, self._taken):
            if source is not None:
                source.discard()
        matching.forget()
        self._source = self._taken = self._heard = self._piece = None

    def _erase(self) -> None:
        """Erase everything of the patient that is in memory or in journals."""
        self._drop()
        if self._answering is not None:
            self._answering.erase()
        self._answering = None
        for source in self._left:
            source.discard()
        self._left.clear()
        self._asked = StartListening(language="auto")

    def _asking(self) -> Answering:
        if self._answering is None:
            raise EngineError("There is no interview.", remedy="Begin one with BeginInterview.")
        return self._answering

    def _answer(self, command: GiveAnswer) -> Answered:
        answering = self._asking()
        heard = self._piece if command.heard else None
        if heard is not None:
            said = sitting.confirmed(heard, command.words, question=command.question)
        else:
            mode: Mode = "text" if command.typed else "tap"
            said = sitting.tapped(command.words, language=answering.language, question=command.question, mode=mode)
        answered = sitting.with_answer(
            answering.sitting,
            command.question,
            outcome=command.outcome,
            values=command.values,
            utterances=said,
            heard=heard,
        )
        recording = self._taken if heard is not None else None
        if recording is not None:
            self._taken = None
        self._drop()
        return self._answered(answering.add(answered, recording))

    def _answered(self, intake: Intake) -> Answered:
        return Answered(intake, readback.items(intake.note, intake.utterances, intake.language.code))

    def _send(self, intake: Intake) -> Sent:
        taken = self._taken
        journal = taken.path if taken is not None and intake.audio is not None else None
        receipt = self._outbox.send(intake, journal)
        self._heard = self._piece = None
        if taken is not None:
            self._taken = None
            taken.discard()  # the outbox has it now
        matching.forget()
        return Sent(receipt.encounter_id, receipt.delivered)

    def _load(self) -> Iterator[Event]:
        engines = self._made()
        hearing: tuple[Recognizer | PhraseScorer, ...] = (*engines.recognizers, *engines.scorers)
        written = frozenset[str]().union(*(engine.languages for engine in engines.recognizers))
        yield Ready(frozenset[str]().union(*(engine.languages for engine in hearing)), written)
        for engine in hearing:
            engine.load()
        engines.detector.stream()  # loads it, too: a library that is read while somebody speaks holds up the screens
        self._loaded = True

    def _made(self) -> Engines:
        if self._engines is None:
            self._engines = self._make_engines()
        return self._engines

    def _pipeline(self) -> Pipeline:
        engines = self._made()
        return Pipeline(
            self._settings,
            detector=engines.detector,
            recognizers=engines.recognizers,
            scorers=engines.scorers,
            translator=engines.translator,
        )

    def _take_spoken(self, source: Source, check: Check) -> Iterator[Event]:
        try:
            recording = source.stop()
        except AudioError:  # finished before the first block
            self._drop()
            yield NothingHeard("silence")
            return
        yield ListeningStopped(recording.duration_s)
        asked = self._asked
        yield from self._take(recording, asked.language, asked.question, check, cautions=source.cautions)

    def _take(
        self,
        recording: Recording,
        language: str,
        question: str | None,
        check: Check,
        *,
        cautions: tuple[Caution, ...] = (),
    ) -> Iterator[Event]:
        events = self._pipeline().from_recording(recording, language=language, question=question, check=check)
        for event in _checked(events, check):
            if isinstance(event, Finished):
                self._heard, self._piece = event.intake.audio, event.intake
            if isinstance(event, Finished) and not event.intake.utterances:
                yield NothingHeard(why_no_words(recording.samples))
            elif isinstance(event, Finished) and cautions:
                note = event.intake.note
                warned = replace(note, warnings=(*note.warnings, *cautions))
                self._piece = replace(event.intake, note=warned)
                yield Finished(self._piece)
            else:
                yield event


def why_no_words(samples: Samples) -> Trouble:
    """Return the likeliest reason why no words were found in ``samples``."""
    if audio.rms_dbfs(samples) < SILENT_DBFS:
        return "silence"
    caution = audio.level_caution(samples)
    if caution is None:
        return "no_words"
    return "too_loud" if caution.kind == "too_loud" else "too_quiet"


def _checked(events: Iterator[pipeline.Event], check: Check) -> Iterator[pipeline.Event]:
    """Pass events on until the work is cancelled: none comes after that."""
    for event in events:
        check()
        yield event


def explained(error: Exception) -> KioskError:
    """Return an error fit for a screen: its own words if it is ours, else its type and place, never its text."""
    if isinstance(error, KioskError):
        return error
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place is not None else "no place"
    return EngineError(
        f"The program failed ({type(error).__name__} at {where}).",
        remedy="What was recorded is kept. Try again; if it happens again, run kiosk doctor.",
    )
