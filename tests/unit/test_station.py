"""The worker thread: commands in, events out."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from kiosk import audio, settings, station
from kiosk.answers import Answer, Interview
from kiosk.capture import journal
from kiosk.capture.devices import ClipSource
from kiosk.capture.microphone import Recorder
from kiosk.encounter import Intake, Segment
from kiosk.engines.scripted import ScriptedDetector, ScriptedRecognizer
from kiosk.errors import (
    AudioError,
    DeviceError,
    EngineError,
    LanguageError,
    ModelError,
    StorageError,
    UnsupportedLanguageError,
)
from kiosk.intakes import FolderOutbox, Outbox, Receipt
from kiosk.pipeline import Finished, Heard, Progress
from kiosk.recognition import Check, Hypothesis, Recognizer, Samples, never
from kiosk.station import Station
from kiosk.station.commands import (
    Answered,
    BeginInterview,
    CancelWork,
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
    Ready,
    SendIntake,
    SendInterview,
    Sent,
    StartListening,
    StopListening,
    Stopped,
    TakeBackAnswer,
    TakeRecording,
    TakeText,
)
from kiosk.station.source import Engines, Source
from tests.ui.conftest import five_languages

SENTENCE = "I have a headache"
PRIVATE = "my secret illness"
TONE = (0.1 * np.sin(np.arange(32_000) / 9)).astype(np.float32)


@dataclass
class Bench:
    """A running station and the events that it has given."""

    station: Station
    given: queue.SimpleQueue[Event]
    recordings: Path
    intakes: Path
    seen: list[Event] = field(default_factory=list)

    def do(self, *commands: Command) -> None:
        for command in commands:
            self.station.submit(command)

    def until(self, *kinds: type[Event]) -> Event:
        """Return the next event of one of these kinds; those before it are kept in ``seen``."""
        while True:
            event = self.given.get(timeout=60)
            self.seen.append(event)
            if isinstance(event, kinds):
                return event

    def journals(self) -> list[Path]:
        return sorted(self.recordings.glob("*.journal"))


MakeBench = Callable[..., Bench]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[MakeBench]:
    """Return what starts a station with a scripted engine and a clip in the microphone's place."""
    started: list[Station] = []

    def make(
        *lines: str,
        samples: Samples = TONE,
        recognizer: Recognizer | None = None,
        speech: Sequence[Segment] | None = None,
        make_engines: Callable[[], Engines] | None = None,
        microphone: Callable[[StartListening], Source] | None = None,
        outbox: Outbox | None = None,
        find_microphone: Callable[[], bool] | None = None,
    ) -> Bench:
        chosen = five_languages()
        given: queue.SimpleQueue[Event] = queue.SimpleQueue()
        scripted = recognizer or ScriptedRecognizer(lines, languages=("en", "ru"))
        recordings, intakes = tmp_path / "recordings", tmp_path / "intakes"

        def record(_asked: StartListening) -> Recorder:
            source = ClipSource(samples, realtime=False)
            return Recorder(source, directory=recordings, microphone=chosen.microphone, limits=chosen.audio)

        made = Station(
            chosen,
            given.put,
            make_engines=make_engines or (lambda: Engines(ScriptedDetector(speech), (scripted,))),
            open_source=microphone or record,
            outbox=outbox or FolderOutbox(intakes),
            find_microphone=find_microphone,
        )
        made.start()
        started.append(made)
        return Bench(made, given, recordings, intakes)

    yield make
    for one in started:
        one.close()


def test_engines_are_made_once_and_on_the_thread(bench: MakeBench) -> None:
    names: list[str] = []

    def make() -> Engines:
        names.append(threading.current_thread().name)
        return Engines(ScriptedDetector(), (ScriptedRecognizer([], languages=("en",)),))

    running = bench(make_engines=make)
    assert names == []  # lazily
    running.do(LoadEngines(), LoadEngines())
    assert running.until(Ready) == Ready(frozenset({"en"}), written=frozenset({"en"}))
    running.until(Ready)
    assert names == [station.THREAD_NAME]


def test_a_recording_becomes_an_intake(bench: MakeBench) -> None:
    running = bench(SENTENCE)
    running.do(TakeRecording(audio.from_samples(TONE), language="en"))
    finished = running.until(Finished)
    assert isinstance(finished, Finished)
    assert finished.intake.utterances[0].text == SENTENCE
    assert any(isinstance(event, Progress) for event in running.seen)
    assert any(isinstance(event, Heard) for event in running.seen)


def test_an_audio_file_becomes_an_intake_and_a_wrong_one_an_error(bench: MakeBench, tmp_path: Path) -> None:
    running = bench(SENTENCE)
    clip = settings.default_path().parent / "audio" / "en" / "complaint_01.flac"
    running.do(TakeRecording(clip, language="en"))
    running.until(Finished)
    (tmp_path / "text.wav").write_text("no audio")
    running.do(TakeRecording(tmp_path / "text.wav", language="en"))
    failed = running.until(Failed)
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, AudioError)
    assert failed.command == "TakeRecording"


def test_tapped_text_becomes_an_intake(bench: MakeBench) -> None:
    running = bench()
    running.do(TakeText("I have a headache", "en"))
    finished = running.until(Finished)
    assert isinstance(finished, Finished)
    assert finished.intake.utterances[0].mode == "tap"
    assert finished.intake.audio is None


def test_listening_ends_with_its_source_and_is_sent_with_the_recording(bench: MakeBench) -> None:
    running = bench(SENTENCE)
    running.do(StartListening("en"))
    running.until(ListeningStarted)
    stopped = running.until(ListeningStopped)
    assert stopped == ListeningStopped(2.0)
    levels = [event for event in running.seen if isinstance(event, Level)]
    assert levels
    assert [level.elapsed_s for level in levels] == sorted(level.elapsed_s for level in levels)
    finished = running.until(Finished)
    assert isinstance(finished, Finished)
    assert len(running.journals()) == 1  # not lost before it was sent
    running.do(SendIntake(finished.intake))
    sent = running.until(Sent)
    assert isinstance(sent, Sent)
    assert running.journals() == []
    kept = journal.recover(running.intakes / f"{sent.encounter}.journal")
    assert finished.intake.audio is not None
    assert kept.sha256 == finished.intake.audio.sha256


def test_speaking_again_drops_the_recording_before(bench: MakeBench) -> None:
    running = bench(SENTENCE, SENTENCE)
    running.do(StartListening("en"))
    running.until(Finished)
    first = running.journals()
    running.do(StartListening("en"))
    running.until(Finished)
    assert len(running.journals()) == 1
    assert running.journals() != first


def test_cancel_while_listening_erases_what_was_said(bench: MakeBench) -> None:
    running = bench(SENTENCE)
    running.do(StartListening("en"), CancelWork())
    running.until(Stopped)
    assert running.journals() == []
    assert not any(isinstance(event, Finished) for event in running.seen)


class Held(ScriptedRecognizer):
    """Hangs in its first recognition until it is let go."""

    def __init__(self, *lines: str) -> None:
        super().__init__(lines, languages=("en",))
        self.reached = threading.Event()
        self.let_go = threading.Event()

    def recognize(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:
        self.reached.set()
        self.let_go.wait()
        return super().recognize(samples, language=language, check=check)


def test_cancel_overtakes_and_nothing_of_the_work_follows(bench: MakeBench) -> None:
    held = Held(SENTENCE, SENTENCE, SENTENCE)
    running = bench(recognizer=held)
    recording = audio.from_samples(TONE)
    running.do(TakeRecording(recording, "en"), TakeRecording(recording, "en"))
    held.reached.wait()
    running.do(CancelWork(), TakeText("I have a fever", "en"))
    held.let_go.set()
    running.until(Stopped)
    assert not any(isinstance(event, Heard | Finished | Failed) for event in running.seen)
    finished = running.until(Finished)  # what came after the cancellation is done
    assert isinstance(finished, Finished)
    assert finished.intake.utterances[0].text == "I have a fever"


def test_sending_is_not_cancelled(bench: MakeBench) -> None:
    running = bench()
    running.do(TakeText("I have a fever", "en"))
    finished = running.until(Finished)
    assert isinstance(finished, Finished)
    running.do(SendIntake(finished.intake), CancelWork())
    running.until(Sent)
    running.until(Stopped)
    assert len(list(running.intakes.glob("*.json"))) == 1


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(32_000, np.float32), "silence"),
        (np.full(32_000, 0.002, np.float32), "too_quiet"),
        (np.sign(TONE), "too_loud"),
        (TONE, "no_words"),
    ],
)
def test_no_words_says_why(bench: MakeBench, samples: Samples, reason: str) -> None:
    running = bench(speech=())
    running.do(StartListening("en"), StopListening())
    running.do(TakeRecording(audio.from_samples(samples), "en"))
    assert any(running.until(NothingHeard) == NothingHeard(reason) for _ in range(2))  # type: ignore[arg-type]  # parametrised


def test_a_language_that_no_engine_knows_is_refused(bench: MakeBench) -> None:
    running = bench("confident nonsense")
    running.do(TakeRecording(audio.from_samples(TONE), "ug"))
    failed = running.until(Failed, Finished)
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, UnsupportedLanguageError)
    running.do(TakeRecording(audio.from_samples(TONE), "tr"))  # known to no one, and not enabled here
    failed = running.until(Failed, Finished)
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, LanguageError)


def test_an_unexpected_error_names_its_place_not_the_words_and_the_thread_lives(bench: MakeBench) -> None:
    class Breaks(ScriptedRecognizer):
        def recognize(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:
            check()
            raise ValueError(f"{language} {samples.size} {PRIVATE}")

    running = bench(recognizer=Breaks([], languages=("en",)))
    running.do(StartListening("en"))
    failed = running.until(Failed)
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, EngineError)
    assert PRIVATE not in str(failed.error)
    assert "ValueError at test_station.py:" in str(failed.error)
    assert [orphan.path for orphan in journal.orphans(running.recordings)] == running.journals()
    assert len(running.journals()) == 1  # what was said is not lost
    running.do(TakeText("I have a fever", "en"))
    running.until(Finished)


def test_a_model_that_is_missing_fails_each_command_that_needs_it(bench: MakeBench) -> None:
    def broken() -> Engines:
        raise ModelError("The model is not here.", remedy="Run kiosk models verify.")

    running = bench(make_engines=broken)
    running.do(LoadEngines(), TakeRecording(audio.from_samples(TONE), "en"))
    for command in ("LoadEngines", "TakeRecording"):
        failed = running.until(Failed)
        assert isinstance(failed, Failed)
        assert (type(failed.error), failed.command) == (ModelError, command)


def test_no_microphone(bench: MakeBench) -> None:
    def refuse(_asked: StartListening) -> Source:
        raise DeviceError("There is no microphone.")

    running = bench(microphone=refuse)
    running.do(StartListening("en"), StopListening())
    failed = running.until(Failed)
    running.do(CancelWork())
    assert isinstance(failed, Failed)
    assert (type(failed.error), failed.command) == (DeviceError, "StartListening")
    running.until(Stopped)
    assert [type(event) for event in running.seen] == [Failed, Stopped]


def test_close_while_listening_keeps_the_recording(bench: MakeBench) -> None:
    running = bench(SENTENCE, samples=np.tile(TONE, 20))
    running.do(StartListening("en"))
    running.until(Level)
    running.station.close()
    (path,) = running.journals()
    assert journal.recover(path).duration_s > 0


def test_the_thread_bears_no_patient_data(bench: MakeBench) -> None:
    running = bench(SENTENCE)
    running.do(TakeText(PRIVATE, "en"))
    running.until(Finished)
    assert all(PRIVATE not in thread.name for thread in threading.enumerate())


class Away:
    """A store whose database is away, and comes back."""

    def __init__(self) -> None:
        self.tended = threading.Event()

    def send(self, intake: Intake, recording: Path | None) -> Receipt:
        assert intake.utterances
        assert recording is None
        return Receipt(encounter_id="e1", delivered=False)

    def tend(self) -> None:
        self.tended.set()
        raise StorageError("The database does not answer.")


def test_an_idle_station_delivers_what_waits(bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(station, "TEND_INTERVAL_S", 0.01)
    away = Away()
    running = bench(outbox=away)
    running.do(TakeText("I have a fever", "en"))
    finished = running.until(Finished)
    assert isinstance(finished, Finished)
    running.do(SendIntake(finished.intake))
    assert running.until(Sent) == Sent("e1", delivered=False)
    assert away.tended.wait(60)
    running.do(TakeText("I have a fever", "en"))  # a failure there does not end the thread
    running.until(Finished)


# --- interviews ------------------------------------------------------------------------------------------------------


def consented(bench: Bench) -> None:
    bench.do(BeginInterview(language="en"))


def speak_answer(bench: Bench, question: str) -> Answered:
    bench.do(StartListening("en", question))
    bench.until(Finished)
    bench.do(GiveAnswer(question=question, heard=True))
    answered = bench.until(Answered)
    assert isinstance(answered, Answered)
    return answered


def over(*questions: str) -> Interview:
    at = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
    return Interview(
        version="1", started_at=at, ended_at=at, answers=tuple(Answer(question=name) for name in questions)
    )


def test_answers_come_together_in_one_note(bench: MakeBench) -> None:
    kiosk = bench(SENTENCE, "for three days")
    consented(kiosk)
    assert speak_answer(kiosk, "complaint").intake.note.chief_complaint == "头痛"
    answered = speak_answer(kiosk, "since")
    assert answered.intake.note.chief_complaint == "头痛3天"
    assert [item.zh for item in answered.items] == ["头痛3天"]
    assert len(kiosk.journals()) == 2  # crash-safe until they are sent
    kiosk.do(SendInterview(over("complaint", "since")))
    sent = kiosk.until(Sent)
    assert isinstance(sent, Sent)
    assert not kiosk.journals()
    assert len([*kiosk.intakes.iterdir()]) == 2
    kiosk.do(SendInterview(over("complaint", "since")))  # nothing is sent twice
    kiosk.until(Failed)
    assert len([*kiosk.intakes.iterdir()]) == 2


def test_taking_back_and_tapping(bench: MakeBench) -> None:
    kiosk = bench(SENTENCE)
    consented(kiosk)
    speak_answer(kiosk, "complaint")
    kiosk.do(TakeBackAnswer())
    answered = kiosk.until(Answered)
    assert isinstance(answered, Answered)
    assert not answered.intake.utterances
    assert not kiosk.journals()
    kiosk.do(GiveAnswer(question="complaint", words=("I have a fever",), values=("fever",)))
    answered = kiosk.until(Answered)
    assert isinstance(answered, Answered)
    assert answered.intake.note.chief_complaint == "发热"


def test_erasing_leaves_nothing_and_overtakes(bench: MakeBench) -> None:
    kiosk = bench(SENTENCE, SENTENCE)
    consented(kiosk)
    speak_answer(kiosk, "complaint")
    kiosk.do(StartListening("en", "since"), EraseAll())
    kiosk.until(Erased)
    assert not kiosk.journals()
    kiosk.do(GiveAnswer(question="since", words=("for three days",)))
    failed = kiosk.until(Failed)
    assert isinstance(failed, Failed)
    assert failed.command == "GiveAnswer"  # there is no interview any more


def test_what_was_sent_can_be_taken_back(bench: MakeBench) -> None:
    kiosk = bench(SENTENCE)
    consented(kiosk)
    speak_answer(kiosk, "complaint")
    kiosk.do(SendInterview(over("complaint")))
    kiosk.until(Sent)
    kiosk.do(EraseAll(sent=True))
    kiosk.until(Erased)
    assert not [*kiosk.intakes.iterdir()]


def test_the_next_patient_cannot_take_back_the_last_ones(bench: MakeBench) -> None:
    kiosk = bench(SENTENCE)
    consented(kiosk)
    speak_answer(kiosk, "complaint")
    kiosk.do(SendInterview(over("complaint")))
    kiosk.until(Sent)
    consented(kiosk)
    kiosk.do(EraseAll(sent=True))
    kiosk.until(Erased)
    assert len([*kiosk.intakes.iterdir()]) == 2


def test_a_recording_that_failed_is_erased_with_the_rest(bench: MakeBench) -> None:
    class Fails(ScriptedRecognizer):
        def recognize(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:
            check()
            raise ZeroDivisionError(f"{PRIVATE} {language} {samples.size}")

    kiosk = bench(recognizer=Fails([], languages=("en",)))
    consented(kiosk)
    kiosk.do(StartListening("en", "complaint"))
    kiosk.until(Failed)
    assert len(kiosk.journals()) == 1  # kept, for doctor
    kiosk.do(EraseAll())
    kiosk.until(Erased)
    assert not kiosk.journals()


def test_a_microphone_that_is_back_is_found(bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(station, "DEVICE_INTERVAL_S", 0.01)
    looks: list[bool] = [False, False, True]

    def refuse(_asked: StartListening) -> Source:
        raise DeviceError("No microphone is connected.")

    kiosk = bench(microphone=refuse, find_microphone=lambda: looks.pop(0))
    kiosk.do(StartListening("en"))
    kiosk.until(Failed)
    kiosk.until(MicrophoneFound)
    assert not looks
