"""The chat engine against a real HTTP server on this machine: sound, slow, lying, refusing, truncating, gone."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kiosk import engines, pipeline, settings
from kiosk.encounter import Utterance
from kiosk.engines import chat
from kiosk.engines.chat import ChatTranslator
from kiosk.errors import Cancelled, EngineError, KioskError, MissingError, SettingsError
from kiosk.settings import Settings, Translation
from kiosk.translation import reconciled

ENGLISH = "my head hurts since yesterday wobblegong"
MODEL = "hy-mt2"


class Server:
    """An OpenAI-compatible server whose answers a test chooses.

    ``answers`` are used in turn, the last one for ever: a status and a body, or what writes to the connection itself.
    """

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any] | Callable[[BaseHTTPRequestHandler], None]] = []
        self.models: Any = {"data": [{"id": MODEL}]}
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply(200, outer.models)

            def do_POST(self) -> None:
                outer.headers.append(dict(self.headers))
                outer.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                answer = outer.answers[min(len(outer.asked), len(outer.answers)) - 1]
                if callable(answer):
                    answer(self)
                else:
                    self._reply(*answer)

            def _reply(self, status: int, body: Any) -> None:
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False  # a silent handler sleeps on
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def says(self, text: str, *, reason: str = "stop") -> None:
        self.answers = [(200, completion(text, reason=reason))]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def completion(text: Any, *, reason: str = "stop") -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": reason}]}


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def chosen(server: Server, /, **changes: Any) -> Translation:
    values = {"neural_model": "server", "server": server.url, "server_model": MODEL, "timeout_s": 5.0, "retries": 0}
    return settings.load().translation.model_copy(update={**values, **changes})


def translator(server: Server, /, **changes: Any) -> ChatTranslator:
    return ChatTranslator(chosen(server, **changes))


def test_a_sentence_is_translated_with_the_lexicons_terms(server: Server) -> None:
    server.says("从昨天起我头疼。")
    rendered = translator(server).translate(ENGLISH, language="en")
    assert (rendered.zh, rendered.truncated) == ("从昨天起我头疼。", False)
    asked = server.asked[0]
    assert (asked["model"], asked["temperature"], asked["stream"]) == (MODEL, 0.0, False)
    prompt = asked["messages"][1]["content"]
    assert "head hurts 翻译成 头痛" in prompt
    assert prompt.endswith(ENGLISH)
    assert "英语" in prompt


@pytest.mark.parametrize(
    ("answer", "zh"),
    [
        ("<think>用户要…</think>\n我头疼。", "我头疼。"),
        ("译文：我头疼。", "我头疼。"),
        ("“我头疼。”", "我头疼。"),
        ("  我头疼。\n", "我头疼。"),
    ],
)
def test_what_models_say_around_the_translation_is_cut_off(server: Server, answer: str, zh: str) -> None:
    server.says(answer)
    assert translator(server).translate(ENGLISH, language="en").zh == zh


def test_an_answer_cut_at_the_limit_is_said_to_be(server: Server) -> None:
    server.says("从昨天起我头", reason="length")
    assert translator(server).translate(ENGLISH, language="en").truncated


@pytest.mark.parametrize("answer", ["抱歉，我无法翻译医疗内容。", "As an AI language model, I cannot do that."])
def test_a_refusal_is_no_translation(server: Server, answer: str) -> None:
    server.says(answer)
    with pytest.raises(EngineError, match="refused"):
        translator(server).translate(ENGLISH, language="en")


@pytest.mark.parametrize(
    "body",
    [b"<html>login</html>", b"", b"[]", b"{}", b"null", b'{"choices": []}', json.dumps(completion(None)).encode()],
)
def test_what_is_no_completion_is_reported(server: Server, body: bytes) -> None:
    server.answers = [(200, body)]
    with pytest.raises(EngineError, match=r"no JSON|no chat completion") as caught:
        translator(server).translate(ENGLISH, language="en")
    assert "wobblegong" not in str(caught.value)


def test_a_busy_server_is_asked_again(server: Server) -> None:
    server.answers = [(503, {}), (429, {}), (200, completion("我头疼。"))]
    assert translator(server, retries=2).translate(ENGLISH, language="en").zh == "我头疼。"
    assert len(server.asked) == 3


def test_a_wrong_request_is_not_repeated(server: Server) -> None:
    server.answers = [(401, {})]
    with pytest.raises(EngineError, match="HTTP 401") as caught:
        translator(server, retries=3).translate(ENGLISH, language="en")
    assert chat.KEY_VARIABLE in caught.value.remedy
    assert len(server.asked) == 1


def test_a_redirect_is_not_followed(server: Server) -> None:
    server.answers = [(307, {})]
    with pytest.raises(EngineError, match="HTTP 307"):
        translator(server).translate(ENGLISH, language="en")


def test_the_key_comes_from_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(chat.KEY_VARIABLE, "abc")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.says("我头疼。")
    translator(server).translate(ENGLISH, language="en")
    assert server.headers[0]["Authorization"] == "Bearer abc"


def silent(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(3)
    handler.close_connection = True


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """One byte at a time: no single read is slow, only the whole."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(60):
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.05)


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" " * 65536)
    except OSError:
        return


@pytest.mark.parametrize("slow", [silent, dripping])
def test_a_slow_server_is_left_at_the_deadline(server: Server, slow: Callable[[BaseHTTPRequestHandler], None]) -> None:
    server.answers = [slow]
    with pytest.raises(MissingError, match=r"has not answered within 0\.4 s"):
        translator(server, timeout_s=0.4).translate(ENGLISH, language="en")


def test_an_answer_without_end_is_left(server: Server) -> None:
    server.answers = [endless]
    with pytest.raises(EngineError, match="has no end"):
        translator(server).translate(ENGLISH, language="en")


def test_a_person_can_stop_waiting(server: Server) -> None:
    server.answers = [silent]
    engine = translator(server, timeout_s=60.0)
    engine.load()

    def check() -> None:
        if server.asked:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        engine.translate(ENGLISH, language="en", check=check)


def test_a_server_without_the_model_says_which_it_has(server: Server) -> None:
    server.models = {"data": [{"id": "other"}]}
    with pytest.raises(MissingError, match="has no model 'hy-mt2'; it has other"):
        translator(server).translate(ENGLISH, language="en")


def test_no_server_is_no_model(server: Server) -> None:
    with pytest.raises(SettingsError, match="no server is named"):
        ChatTranslator(chosen(server, server=""))


def site(server: Server, /, **changes: Any) -> Settings:
    loaded = settings.load()
    return loaded.model_copy(update={"translation": chosen(server, **changes)})


@pytest.mark.parametrize("trouble", ["gone", "slow", "html", "refusal", "busy"])
def test_an_intake_survives_every_trouble(server: Server, trouble: str, caplog: pytest.LogCaptureFixture) -> None:
    url = server.url
    if trouble == "gone":
        url = "http://127.0.0.1:9/v1"
    server.answers = {
        "gone": [(200, {})],
        "slow": [silent],
        "html": [(200, b"<html>")],
        "refusal": [(200, completion("抱歉，我不能。"))],
        "busy": [(503, {})],
    }[trouble]  # type: ignore[assignment]  # one list of each
    configured = site(server, server=url, timeout_s=0.5)
    machine = pipeline.Pipeline(configured, detector=None, translator=engines.site_translator(configured))
    intake = pipeline.run(machine.from_text(ENGLISH, language="en"))
    assert intake.note.chief_complaint == "头痛1天"
    assert intake.translations[0].channel == "verified"
    assert "neural_unavailable" in {caution.kind for caution in intake.note.warnings}
    assert not any(caution.blocking for caution in intake.note.warnings)
    assert "wobblegong" not in caplog.text


def test_a_lying_server_is_caught(server: Server) -> None:
    text = "I am not allergic to penicillin, but I cannot take aspirin, wobblegong."
    server.says("我对青霉素过敏，但不能服用阿司匹林。")
    utterance = Utterance(id="u1", text=text, language="en", mode="text")
    translation = reconciled(utterance, translator(server))
    assert translation.channel == "neural"
    blocking = [caution for caution in translation.warnings if caution.blocking]
    assert "allergy" in {caution.kind for caution in blocking}
    assert any("青霉素" in caution.detail for caution in blocking)


def test_an_answer_in_another_language_is_not_shown(server: Server) -> None:
    server.says("My head hurts since yesterday.")
    utterance = Utterance(id="u1", text=ENGLISH, language="en", mode="text")
    translation = reconciled(utterance, translator(server))
    assert translation.channel == "verified"
    assert [(caution.kind, caution.blocking) for caution in translation.warnings] == [("empty", True)]


def test_errors_are_kiosk_errors_without_words(server: Server) -> None:
    server.answers = [(500, {})]
    with pytest.raises(KioskError) as caught:
        translator(server).translate(ENGLISH, language="en")
    assert "wobblegong" not in str(caught.value)
