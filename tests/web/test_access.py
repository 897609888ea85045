"""Who may open the screens in a browser."""

from __future__ import annotations

import asyncio
import logging
import stat
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, WSServerHandshakeError
from aiohttp.test_utils import TestServer, unused_port
from textual_serve.app_service import AppService

from kiosk import settings
from kiosk.errors import SettingsError, StorageError
from kiosk.settings import Web
from kiosk.web import access
from kiosk.web.server import LOG, ScreenServer, serve, tls

TOKEN = "t" * 32
Start = Callable[..., Awaitable[str]]


def web(**changes: object) -> Web:
    return settings.load().web.model_copy(update=changes)


@pytest.fixture
async def processes(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Process]]:
    """The processes of the pages; none is left behind."""
    opened: list[Process] = []

    class Watched(AppService):
        async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
            process = await super()._open_app_process(width, height)
            opened.append(process)
            return process

    monkeypatch.setattr("textual_serve.server.AppService", Watched)
    yield opened
    for process in opened:
        await process.wait()


@pytest.fixture
async def start(processes: list[Process]) -> AsyncIterator[Start]:  # noqa: ARG001 - they end after the server
    """Start a server and return its address."""
    running: list[TestServer] = []

    async def make(*, token: str | None = None, **changes: object) -> str:
        chosen = web(port=unused_port(), **changes)
        screens = ScreenServer(["doctor"], chosen, token=token, title="kiosk")
        server = TestServer(await screens._make_app(), host="127.0.0.1", port=chosen.port)
        await server.start_server()
        running.append(server)
        return f"http://127.0.0.1:{chosen.port}"

    yield make
    for server in running:
        await server.close()


async def test_the_page_loads_nothing_from_elsewhere(start: Start) -> None:
    address = await start()
    async with ClientSession() as browser, browser.get(address) as response:
        page = await response.text()
        assert response.status == 200
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
        assert response.headers["Cache-Control"] == "no-store"
    assert "https://" not in page
    assert page.count("//") == page.count(f"ws://{address.removeprefix('http://')}/ws")


@pytest.mark.parametrize(
    ("asked", "size"), [("", "20"), ("30", "30"), ("300", "20"), ('"><script>', "20"), ("³", "20")]
)
async def test_the_size_of_letters_can_be_asked_for(start: Start, asked: str, size: str) -> None:
    address = await start()
    async with ClientSession() as browser, browser.get(address, params={"fontsize": asked}) as response:
        assert f'data-font-size="{size}"' in await response.text()


async def test_another_name_for_this_machine_is_refused(start: Start) -> None:
    """A page of another site whose name was made to point here (DNS rebinding)."""
    address = await start()
    async with ClientSession() as browser, browser.get(address, headers={"Host": "evil.example"}) as response:
        assert response.status == 403
        assert "[web] names" in await response.text()
    named = await start(names=("kiosk.ward.example",))
    async with ClientSession() as browser, browser.get(named, headers={"Host": "kiosk.ward.example"}) as response:
        assert response.status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
async def test_another_page_cannot_reach_the_screens(start: Start, origin: str) -> None:
    address = await start()
    async with ClientSession() as browser:
        with pytest.raises(WSServerHandshakeError) as refused:
            await browser.ws_connect(f"{address}/ws", headers={"Origin": origin} if origin else {})
    assert refused.value.status == 403


async def test_the_token_is_shown_once_and_leaves_the_address(start: Start) -> None:
    address = await start(token=TOKEN)
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser:
        for path in ("/", "/ws", "/static/js/textual.js", "/page.js", "/?access=wrong", "/?access=é"):
            async with browser.get(address + path) as response:
                assert response.status == 403, path
                assert TOKEN not in await response.text()
        async with browser.get(f"{address}/?access={TOKEN}", allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (302, "/")
            cookie = response.headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
        async with browser.get(address) as response:
            assert response.status == 200


async def test_as_many_screens_as_the_settings_say(start: Start, processes: list[Process]) -> None:
    address = await start(sessions=1)
    async with ClientSession() as browser, browser.ws_connect(f"{address}/ws", headers={"Origin": address}):
        with pytest.raises(WSServerHandshakeError) as refused:
            await browser.ws_connect(f"{address}/ws", headers={"Origin": address})
        while not processes:  # cancelled while it starts, a process would be nobody's
            await asyncio.sleep(0.01)
    assert refused.value.status == 503


def test_the_token_is_made_once_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "home" / "web.token"
    made = access.token(path)
    assert access.token(path) == made
    assert len(made) >= 24
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("short\n", encoding="ascii")
    with pytest.raises(SettingsError, match="no access token"):
        access.token(path)
    with pytest.raises(StorageError):
        access.token(tmp_path / "home" / "web.token" / "below")


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("ward.example", False)],  # noqa: S104
)
def test_what_only_this_machine_can_reach(host: str, own: bool) -> None:
    assert access.is_loopback(host) is own


def test_words_do_not_cross_a_network_in_the_open(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="unencrypted"):
        serve(["run"], web(host="192.0.2.1"))
    assert tls(web(host="192.0.2.1", plain=True)) is None
    assert tls(web()) is None
    (tmp_path / "bad.pem").write_text("no certificate", encoding="ascii")
    with pytest.raises(SettingsError, match=r"bad\.pem"):
        tls(web(certificate=str(tmp_path / "bad.pem")))


def test_the_address_to_type() -> None:
    assert ScreenServer(["run"], web(), token=None, title="kiosk").address == "http://127.0.0.1:8765/"
    elsewhere = web(host="::", certificate="c.pem", port=443)
    assert ScreenServer(["run"], elsewhere, token=TOKEN, title="kiosk").address == f"https://[::]:443/?access={TOKEN}"


def test_what_was_typed_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    server = ScreenServer(["run"], web(), token=None, title="kiosk")
    logger = logging.getLogger(LOG)
    before = list(logger.handlers)
    server.initialize_logging()
    try:
        try:
            raise ValueError("my chest hurts")
        except ValueError as error:
            logger.exception(error)
    finally:
        for handler in set(logger.handlers) - set(before):
            logger.removeHandler(handler)
    logged = capsys.readouterr().err
    assert "ValueError" in logged
    assert "chest" not in logged
