"""What can go wrong with translation, through the station to the sent intake: a clear warning, and nothing lost.

The engines are real (CTranslate2 on a tiny model, HTTP to a server on this machine); only the patient types.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kiosk import engines, settings, station
from kiosk.encounter import Intake
from kiosk.intakes import Receipt
from kiosk.models import model_store
from kiosk.pipeline import Finished
from kiosk.settings import Settings
from kiosk.station.commands import Event, Failed, SendIntake, Sent, TakeText
from kiosk.station.source import Engines, Source
from tests import tiny_models

WORDS = "I have had a fever for three days. My wobblegong hurts."
ALLERGY = "I am not allergic to penicillin, but I cannot take aspirin, wobblegong."
LIE = "我对青霉素过敏，但不能服用阿司匹林。"


@dataclass
class Kept:
    """An outbox that remembers."""

    intakes: list[Intake]

    def send(self, intake: Intake, journal: Path | None = None) -> Receipt:  # noqa: ARG002 - nothing was recorded
        self.intakes.append(intake)
        return Receipt(encounter_id="e1", delivered=True)

    def withdraw(self, encounter_id: str) -> None:  # noqa: ARG002
        raise AssertionError("nobody takes anything back here")

    def tend(self) -> None:
        """Nothing waits."""


class Server:
    """A chat server that answers as ``reply`` says."""

    def __init__(self, reply: Callable[[BaseHTTPRequestHandler], None]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self, {"data": [{"id": "tiny"}]})

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                reply(self)

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"


def answer(handler: BaseHTTPRequestHandler, body: Any) -> None:
    data = json.dumps(body).encode()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def says(text: str) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: answer(handler, {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]})


def silence(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(2)
    handler.close_connection = True


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[BaseHTTPRequestHandler], None]], str]]:
    running: list[Server] = []

    def start(reply: Callable[[BaseHTTPRequestHandler], None]) -> str:
        running.append(Server(reply))
        return running[-1].url

    yield start
    for each in running:
        each.server.shutdown()
        each.server.server_close()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path / "home"))
    return tmp_path


def configured(**changes: Any) -> Settings:
    loaded = settings.load()
    values = {"timeout_s": 0.4, "retries": 0, "server_model": "tiny", **changes}
    return loaded.model_copy(update={"translation": loaded.translation.model_copy(update=values)})


def sent(chosen: Settings, words: str = WORDS) -> Intake:
    """Type words at a station and send the note; return what arrived."""
    events: list[Event] = []
    arrived = threading.Event()
    outbox = Kept([])

    def emit(event: Event) -> None:
        events.append(event)
        if isinstance(event, Finished):
            machine.submit(SendIntake(event.intake))
        if isinstance(event, Sent | Failed):
            arrived.set()

    def make() -> Engines:
        return Engines(detector=engines.detector(), recognizers=(), translator=engines.site_translator(chosen))

    def open_source(_command: object) -> Source:
        raise AssertionError("nobody speaks here")

    machine = station.Station(chosen, emit, make_engines=make, open_source=open_source, outbox=outbox)
    machine.start()
    machine.submit(TakeText(text=words, language="en"))
    assert arrived.wait(60)
    machine.close(10)
    assert not [event for event in events if isinstance(event, Failed)]
    return outbox.intakes[0]


def intact(intake: Intake, caplog: pytest.LogCaptureFixture) -> None:
    """Check that words, rules' Chinese and note are whole, that a warning says so, and that no log has the words."""
    assert intake.utterances[0].text == WORDS
    translation = intake.translations[0]
    assert (translation.channel, translation.zh) == ("verified", "发热3天。〔wobblegong〕，疼痛。")
    assert intake.note.chief_complaint.startswith("发热3天")
    warnings = {caution.kind: caution for caution in intake.note.warnings}
    assert "neural_unavailable" in warnings
    assert not warnings["neural_unavailable"].blocking, "the rules' Chinese can be signed"
    assert "译文" in warnings["neural_unavailable"].detail
    assert "wobblegong" not in caplog.text


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("url", ["refused", "http://hospital.invalid/v1"])
def test_an_unplugged_network(url: str, caplog: pytest.LogCaptureFixture) -> None:
    address = f"http://127.0.0.1:{unused_port()}/v1" if url == "refused" else url
    intact(sent(configured(neural_model="server", server=address)), caplog)
    assert "cannot be reached" in caplog.text or "has not answered" in caplog.text


def test_a_missing_model(caplog: pytest.LogCaptureFixture) -> None:
    intact(sent(configured(neural_model="madlad400-3b")), caplog)
    assert "No model is called 'madlad400-3b'" in caplog.text


def tiny(home: Path) -> str:
    folder = tiny_models.write(home / "stick" / "tiny", "nllb", "我的东西疼。", tags=("zho_Hans", "eng_Latn"))
    model_store.add(folder, name="tiny", licence="MIT", codes=("en",), engine="nllb")
    return "tiny"


def test_a_sound_model_speaks(home: Path) -> None:
    intake = sent(configured(neural_model=tiny(home)))
    assert intake.translations[0].channel == "neural"
    assert not {"neural_unavailable"} & {caution.kind for caution in intake.note.warnings}


def test_a_wrong_checksum(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    name = tiny(home)
    path = home / "home" / "models" / name / "model.bin"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    intact(sent(configured(neural_model=name)), caplog)
    assert "differs from its checksum" in caplog.text
    assert "kiosk models verify tiny" in caplog.text


def test_a_removed_stick(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    name = tiny(home)
    (home / "home" / "models" / name / "model.bin").unlink()
    intact(sent(configured(neural_model=name)), caplog)
    assert "is missing" in caplog.text


def test_a_slow_server(
    serve: Callable[[Callable[[BaseHTTPRequestHandler], None]], str], caplog: pytest.LogCaptureFixture
) -> None:
    intact(sent(configured(neural_model="server", server=serve(silence))), caplog)
    assert "has not answered within 0.4 s" in caplog.text


def test_a_server_that_says_something_else(
    serve: Callable[[Callable[[BaseHTTPRequestHandler], None]], str], caplog: pytest.LogCaptureFixture
) -> None:
    intact(sent(configured(neural_model="server", server=serve(lambda handler: answer(handler, ["no"])))), caplog)
    assert "no chat completion" in caplog.text


def test_a_lying_server_blocks_signing(serve: Callable[[Callable[[BaseHTTPRequestHandler], None]], str]) -> None:
    chosen = configured(neural_model="server", server=serve(says(LIE)), timeout_s=10.0)
    intake = sent(chosen, ALLERGY)
    assert intake.utterances[0].text == ALLERGY
    blocking = [caution for caution in intake.note.warnings if caution.blocking]
    assert "allergy" in {caution.kind for caution in blocking}
    assert any("青霉素" in caution.detail for caution in blocking)
    (span,) = intake.translations[0].spans
    assert "青霉素" in span.verified, "the rules' Chinese stands beside the lie"
    named = {item.substance: item.status for item in intake.note.allergies}
    assert named["青霉素"] == "denied", "the note is written from the patient's words, not from the machine's"
