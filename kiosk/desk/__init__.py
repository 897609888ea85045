"""One worker thread owns the store: the nurse's screens ask, it answers. It looks for arrivals and ended sessions.

Every method of :class:`Desk` returns at once with a future; what it asks for is done on the desk's thread, in order. An
engine that hears a recording again works on a thread of its own, so that the queue stays alive. The session stays here:
the screens only know whose it is. No thread name and no error holds a patient's words.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

from kiosk import keys, review
from kiosk.audio import Recording
from kiosk.desk import asking_again, history, playback, rehearing
from kiosk.desk.asking_again import Given
from kiosk.desk.events import Arrived, Away, Exported, Listing, Rehearing, SessionEnded, Unplayable, Who
from kiosk.desk.history import Step
from kiosk.desk.playback import Playback
from kiosk.desk.rehearing import MakePipeline, MakeTranslator, Offer, pipeline_of, translator_of
from kiosk.encounter import Intake
from kiosk.errors import Cancelled, InputError, KioskError, SessionOverError
from kiosk.lexicon import Concept
from kiosk.pipeline import Progress
from kiosk.review import concept_search
from kiosk.review.decisions import AddItem, Body, Section
from kiosk.review.records import Review, ReviewedNote
from kiosk.speech import Player
from kiosk.station import explained
from kiosk.store import erasure
from kiosk.store.accounts import ROLES, Account, Permission, Role, Session
from kiosk.store.nurse_end import Store

THREAD_NAME = "kiosk-desk"
POLL_S = 1.0
"""How often the store is asked whether anything has arrived; one cheap query."""

EXTENSIONS = {"fhir": "json", "fhir-r4b": "json", "json": "json", "pdf": "pdf", "slip": "pdf", "text": "txt"}
"""The forms in which a note can leave, and how their files' names end."""

T = TypeVar("T")


class Exporter(Protocol):
    """Writes a note in one of the forms of :data:`EXTENSIONS`."""

    def __call__(self, reviewed: ReviewedNote | Review, form: str) -> bytes: ...


# Events.


Event = Arrived | SessionEnded | Away | Unplayable | Rehearing


class Desk:
    """Owns the worker thread.

    Args:
        emit: called with every event, on a thread of the desk; must not block.
        exporter: writes notes out; None where the program cannot.
        exports: the folder that exported files are kept in.
        signed: called on the desk's thread when a note was signed and is in the store; must not block.
    """

    def __init__(
        self,
        store: Store,
        emit: Callable[[Event], object],
        *,
        player: Player,
        exports: Path,
        exporter: Exporter | None = None,
        signed: Callable[[], object] = lambda: None,
        make_pipeline: MakePipeline = pipeline_of,
        make_translator: MakeTranslator = translator_of,
        poll_s: float = POLL_S,
    ) -> None:
        self._store = store
        self._settings = store.site.settings
        self._emit = emit
        self._playback = Playback(player, lambda error: emit(Unplayable(error)))
        self._exports = exports
        self._exporter = exporter
        self._signed = signed
        self._make_pipeline = make_pipeline
        self._make_translator = make_translator
        self._poll_s = poll_s
        self._session: Session | None = None
        self._limit = 0  # lines of the queue that are on the screen; 0: nobody looks
        self._pulse: tuple[int, int, int] | None = None
        self._away = False
        self._requests: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._stopped = threading.Event()  # the engine that hears again is not wanted any more
        self._hearing: threading.Thread | None = None
        self._thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)

    def start(self) -> None:
        """Start the thread; what a nurse looks terms up in is made ready beside it."""
        self._thread.start()
        threading.Thread(target=concept_search.prepare, name="kiosk-terms", daemon=True).start()

    def close(self) -> None:
        """End the session and the thread, after the request at hand, and wait for it."""
        self._stopped.set()
        self._requests.put(None)
        self._thread.join()

    # Who is here.

    def is_new(self) -> Future[bool]:
        """Say whether nobody has an account yet."""
        return self._ask(lambda: not self._store.accounts.exist())

    def make_first(self, name: str, full_name: str, secret: str) -> Future[Who]:
        """Make the administrator on first start, and log in."""

        def work() -> Who:
            self._store.accounts.add_first(name, full_name, secret)
            return self._log_in(name, secret)

        return self._ask(work)

    def log_in(self, name: str, secret: str) -> Future[Who]:
        """Log in, also after the session has ended."""
        return self._ask(lambda: self._log_in(name, secret))

    def log_out(self) -> Future[None]:
        """End the session."""

        def work() -> None:
            session, self._session, self._limit = self._session, None, 0
            self._playback.stop()
            if session is not None:
                self._store.accounts.log_out(session)

        return self._ask(work)

    def touch(self) -> Future[None]:
        """Somebody is at the keyboard: the session lives on, if it still does."""

        def work() -> None:
            if self._session is not None and self._store.accounts.holds(self._session):
                self._store.accounts.require(self._session, "queue")

        return self._ask(work)

    def accounts(self) -> Future[tuple[Account, ...]]:
        """Return all accounts, for an administrator."""

        def work() -> tuple[Account, ...]:
            self._store.accounts.require(self._by(), "accounts")
            return self._store.accounts.list()

        return self._ask(work)

    def add_account(self, name: str, full_name: str, secret: str, role: Role) -> Future[None]:
        """Make an account."""
        return self._ask(lambda: self._store.accounts.add(self._by(), name, full_name, secret, role))

    def disable(self, name: str, *, disabled: bool) -> Future[None]:
        """Lock an account out, or let it in again."""
        return self._ask(lambda: self._store.accounts.disable(self._by(), name, disabled=disabled))

    def set_secret(self, name: str, secret: str) -> Future[None]:
        """Give an account a new secret."""
        return self._ask(lambda: self._store.accounts.set_secret(self._by(), name, secret))

    # The queue.

    def watch(self, limit: int) -> Future[Listing]:
        """Return the first lines of the queue; from now on :class:`Arrived` tells when they change. 0: no more."""

        def work() -> Listing:
            self._limit = limit
            return self._listing() if limit else Listing(rows=(), total=0)

        return self._ask(work)

    def signed(self, limit: int) -> Future[Listing]:
        """Return the signed encounters, the newest first."""

        def work() -> Listing:
            rows = self._store.signed(self._by(), limit=limit)
            return Listing(rows=rows, total=self._store.count(self._by(), signed=True))

        return self._ask(work)

    def search(self, words: str) -> Future[Listing]:
        """Return the encounters that have these words."""

        def work() -> Listing:
            rows = self._store.search(self._by(), words)
            return Listing(rows=rows, total=len(rows))

        return self._ask(work)

    # One encounter.

    def open(self, encounter_id: str) -> Future[Review]:
        """Return an encounter as it stands."""
        return self._ask(lambda: self._store.open(self._by(), encounter_id))

    def decide(self, encounter_id: str, seen: Review, bodies: Sequence[Body]) -> Future[Review]:
        """Add decisions, all or, when one of them does not fit, none; return the encounter as it stands then."""

        def work() -> Review:
            by = self._by()
            tried = seen
            for body in bodies:
                decision = review.consider(
                    tried, body, author=by.name, author_name=by.full_name, at=self._store.site.clock.now()
                )
                tried = review.assess(tried.intake, (*tried.decisions, decision), revision=tried.revision)
            after = seen
            for body in bodies:
                after = self._store.decide(by, encounter_id, after, body)
            return after

        return self._ask(work)

    def prepare(self, language: str) -> None:
        """Make ready to understand an answer in this language."""
        threading.Thread(target=asking_again.prepare, args=(language,), name="kiosk-tables", daemon=True).start()

    def answer(self, encounter_id: str, seen: Review, given: Given) -> Future[Review]:
        """Take the patient's answer to a question that was asked again; return the encounter as it stands then."""

        def work() -> Review:
            fresh = asking_again.answered(seen.intake, given, at=self._store.site.clock.now())
            carry = asking_again.carried(seen, fresh, given.question)
            return self._store.revise(self._by(), encounter_id, seen, fresh, carry=carry)

        return self._ask(work)

    def sign(self, encounter_id: str, seen: Review, secret: str) -> Future[Review]:
        """Sign, with the nurse's secret again; return the encounter as it stands then."""

        def work() -> Review:
            by = self._by()
            if seen.open:
                self._store.sign(by, encounter_id, seen)  # says what is missing before it asks who signs
            self._log_in(by.name, secret)
            self._store.accounts.log_out(by)
            self._store.sign(self._by(), encounter_id, seen)
            self._signed()
            return self._store.open(self._by(), encounter_id)

        return self._ask(work)

    def history(self, encounter_id: str, seen: Review) -> Future[tuple[Step, ...]]:
        """Return all that happened to an encounter."""
        return self._ask(lambda: history.steps(self._store.revisions(self._by(), encounter_id), seen.decisions))

    def find(self, words: str, section: Section) -> Future[tuple[Concept, ...]]:
        """Look for concepts that could be added."""
        return self._ask(lambda: concept_search.find(words, section))

    def meant(self, language: str, phrase_id: str) -> Future[AddItem]:
        """Return the addition of what a phrase says."""
        return self._ask(lambda: concept_search.meant(language, phrase_id))

    def erase(self, encounter_id: str, name: str, secret: str) -> Future[None]:
        """Erase an encounter. An administrator does it, with name and secret, whoever is logged in."""

        def work() -> None:
            administrator = self._store.accounts.log_in(name, secret)
            try:
                erasure.erase(self._store, administrator, encounter_id)
            finally:
                self._store.accounts.log_out(administrator)

        return self._ask(work)

    def export(self, encounter_id: str, form: str, *, keep: bool) -> Future[Exported]:
        """Write the note out.

        Args:
            keep: in a file of the exports folder, readable by its owner alone; otherwise only handed back.
        """

        def work() -> Exported:
            if self._exporter is None:
                raise InputError("This program cannot export notes.", remedy="Install it whole.")
            data = self._exporter(self._store.reviewed(self._by(), encounter_id, target=form), form)
            name = f"{encounter_id[:12]}-{form}.{EXTENSIONS[form]}"
            path = self._exports / name if keep else None
            if path is not None:
                keys.write_private_bytes(path, data)
            return Exported(name=name, data=data, path=path)

        return self._ask(work)

    # Sound.

    def clip(self, encounter_id: str, spans: Sequence[tuple[float, float]]) -> Future[bytes]:
        """Return these seconds (start, end) of the recording, one after the other, as a WAV file."""
        return self._ask(lambda: self._clip(encounter_id, spans))

    def play(self, encounter_id: str, spans: Sequence[tuple[float, float]]) -> Future[None]:
        """Begin to play these seconds on the loudspeaker."""
        return self._ask(lambda: self._playback.play(playback.samples_of(self._clip(encounter_id, spans))))

    def silence(self) -> Future[None]:
        """Stop playing."""
        return self._ask(self._playback.stop)

    # Another engine.

    def offers(self, language: str, *, audio_there: bool) -> Future[tuple[Offer, ...]]:
        """Return the installed engines that could write an encounter up again."""
        return self._ask(lambda: rehearing.offers(self._settings, language, audio_there=audio_there))

    def rehear(self, encounter_id: str, seen: Review, offer: Offer) -> Future[Review]:
        """Write an encounter up again, on a thread of its own; the future ends with Cancelled after :meth:`stop`."""
        answer: Future[Review] = Future()
        answer.set_running_or_notify_cancel()

        def begin() -> None:
            by = self._by()
            recording = self._store.recording(by, encounter_id) if offer.kind == "hearing" else None
            self._stopped.clear()
            self._hearing = threading.Thread(target=work, args=(recording,), name="kiosk-rehearing", daemon=True)
            self._hearing.start()

        def check() -> None:
            if self._stopped.is_set():
                raise Cancelled("The work was stopped.")

        def work(recording: Recording | None) -> None:
            try:
                intake = self._heard(offer, seen.intake, recording, check)
                check()
            except Exception as error:  # noqa: BLE001 - whatever an engine does, the screen must hear of it
                answer.set_exception(explained(error))
                return
            self._relay(self._ask(lambda: self._store.revise(self._by(), encounter_id, seen, intake)), answer)

        self._relay(self._ask(begin), answer, only_errors=True)
        return answer

    def stop(self) -> None:
        """Stop the engine that hears again, between two pieces of its work."""
        self._stopped.set()

    # From here on everything runs on the desk's thread, but _heard.

    def _run(self) -> None:
        while True:
            try:
                request = self._requests.get(timeout=self._poll_s)
            except queue.Empty:
                self._look()
                continue
            if request is None:
                break
            request()
        self._playback.stop()
        if self._session is not None:
            with suppress(KioskError):  # it ends with this process in any case
                self._store.accounts.log_out(self._session)

    def _look(self) -> None:
        """Notice what has changed by itself: the session, the queue."""
        if self._session is None:
            return
        try:
            if not self._store.accounts.holds(self._session):
                self._end_session()
            elif self._limit and self._store.pulse() != self._pulse:
                self._emit(Arrived(self._listing()))
            self._away = False
        except SessionOverError:
            self._end_session()
        except Exception as error:  # noqa: BLE001 - the thread must outlive any database
            if not self._away:
                self._emit(Away(explained(error)))
            self._away = True

    def _listing(self) -> Listing:
        by = self._by()
        self._store.take_in()
        self._pulse = self._store.pulse()
        rows = self._store.queue(by, limit=self._limit, idle=True)
        return Listing(rows=rows, total=self._store.count(by, idle=True))

    def _by(self) -> Session:
        if self._session is None:
            raise SessionOverError("The session is over.", remedy="Log in again.")
        return self._session

    def _end_session(self) -> None:
        self._playback.stop()
        self._session = None
        self._emit(SessionEnded())

    def _log_in(self, name: str, secret: str) -> Who:
        self._session = session = self._store.accounts.log_in(name, secret)
        return Who(name=session.name, full_name=session.full_name, role=session.role)

    def _clip(self, encounter_id: str, spans: Sequence[tuple[float, float]]) -> bytes:
        by = self._by()
        return playback.joined([self._store.clip(by, encounter_id, start, end) for start, end in spans])

    def _heard(self, offer: Offer, intake: Intake, recording: Recording | None, check: Callable[[], None]) -> Intake:
        if recording is not None:
            machine = self._make_pipeline(offer, self._settings)
            events = rehearing.heard_again(machine, intake, recording, check=check)
        else:
            translator = self._make_translator(offer, self._settings)
            events = rehearing.translated_again(translator, intake, self._settings, check=check)
        result = None
        for event in events:
            if isinstance(event, Progress):
                self._emit(Rehearing(event))
            else:
                result = event
        if result is None:
            raise InputError("The engine has written nothing.")
        return result

    def _ask(self, work: Callable[[], T]) -> Future[T]:
        answer: Future[T] = Future()
        answer.set_running_or_notify_cancel()  # whoever waits may leave; what was asked for is done all the same

        def request() -> None:
            try:
                result = work()
            except SessionOverError as error:
                self._end_session()
                answer.set_exception(error)
            except Exception as error:  # noqa: BLE001 - the thread must outlive any database
                answer.set_exception(explained(error))
            else:
                answer.set_result(result)

        self._requests.put(request)
        return answer

    @staticmethod
    def _relay(source: Future[T], answer: Future[T] | Future[Review], *, only_errors: bool = False) -> None:
        """Pass a future's outcome on."""

        def done(finished: Future[T]) -> None:
            error = finished.exception()
            if error is not None:
                answer.set_exception(error)
            elif not only_errors:
                answer.set_result(finished.result())  # type: ignore[arg-type]  # the caller pairs them

        source.add_done_callback(done)


def may(who: Who, permission: Permission) -> bool:
    """Say whether a person's role allows something: what the screens offer. The store decides."""
    return permission in ROLES[who.role]
