"""Serves the patient's or the nurse's screens to browsers.

Each page has a process of its own, which ends with the page: what it held is gone. The microphone and the loudspeaker
are those of the machine that serves.
"""

from __future__ import annotations

import logging
import shlex
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp_jinja2
from aiohttp import web
from textual_serve.server import Server

from kiosk import resources
from kiosk.errors import SettingsError
from kiosk.settings import Web
from kiosk.web import access

HERE = Path(__file__).parent
LOG = "textual-serve"
_FONT_SIZES = range(8, 65)
PARTING_S = 5.0
"""So long an end waits for pages that are still open."""


class ScreenServer(Server):
    """textual-serve with this program's page and rules.

    Args:
        arguments: of the program, after ``kiosk``.
        settings: where to listen, and who may come.
        token: what browsers must show; None on loopback.
        title: of the page. Never anything about a patient.
    """

    def __init__(self, arguments: Sequence[str], settings: Web, *, token: str | None, title: str) -> None:
        super().__init__(
            shlex.join([sys.executable, "-m", "kiosk", *arguments]),
            host=settings.host,
            port=settings.port,
            title=title,
            templates_path=HERE,
        )
        self._settings = settings
        self._token = token
        self._open = 0

    @property
    def address(self) -> str:
        """What to type into the browser."""
        scheme = "https" if self._settings.certificate else "http"
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        query = f"/?{access.PARAMETER}={self._token}" if self._token else "/"
        return f"{scheme}://{host}:{self._settings.port}{query}"

    def initialize_logging(self) -> None:
        """Log to stderr without local variables: textual-serve's own report would print what was typed and said."""
        handler = logging.StreamHandler()
        handler.addFilter(_without_details)
        logger = logging.getLogger(LOG)
        logger.addHandler(handler)
        logger.setLevel(logging.WARNING)
        logger.propagate = False

    async def on_startup(self, app: web.Application) -> None:  # noqa: ARG002 - the library's name
        self.console.print(f"The screens are at {self.address}", highlight=False, soft_wrap=True)
        self.console.print("Press Ctrl+C to end.", highlight=False)

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.router.add_get("/page.js", _script)
        app.middlewares.append(access.guard(names=self._names(), token=self._token))
        return app

    def _names(self) -> frozenset[str]:
        own = {self._settings.host, *self._settings.names}
        if access.is_loopback(self._settings.host):
            own |= {"localhost", "127.0.0.1", "[::1]"}
        port = self._settings.port
        named = {f"[{name}]" if ":" in name and not name.startswith("[") else name for name in own}
        # Behind a proxy, and on the scheme's own port, browsers leave the port out.
        return frozenset(each.casefold() for name in named for each in (name, f"{name}:{port}"))

    @aiohttp_jinja2.template("page.html")
    async def handle_index(self, request: web.Request) -> dict[str, Any]:
        """Return what the page needs to know; addresses are those by which the browser asked."""
        asked = request.query.get("fontsize", "")
        size = int(asked) if asked.isascii() and asked.isdecimal() and int(asked) in _FONT_SIZES else None
        scheme = "wss" if request.scheme == "https" else "ws"
        return {
            "title": self.title,
            "font_size": size or self._settings.font_size,
            "websocket": f"{scheme}://{request.host}/ws",
        }

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        if self._open >= self._settings.sessions:
            raise web.HTTPServiceUnavailable(text="All screens of this machine are in use.\n", headers=access.HEADERS)
        self._open += 1
        try:
            response: web.WebSocketResponse = await super().handle_websocket(request)
            return response
        finally:
            self._open -= 1

    def run(self) -> None:
        """Serve until Ctrl+C.

        Raises:
            SettingsError: the certificate cannot be used, or the address cannot be listened on.
        """
        self.initialize_logging()
        try:
            web.run_app(
                self._make_app(),
                host=self._settings.host,
                port=self._settings.port,
                ssl_context=tls(self._settings),
                print=lambda *_: None,
                access_log=None,
                shutdown_timeout=PARTING_S,
            )
        except OSError as error:
            raise SettingsError(
                f"Port {self._settings.port} of {self._settings.host} cannot be used: {error.strerror or error}.",
                remedy="Set [web] host and port in kiosk.toml, or name another: kiosk web --port 8800",
            ) from None


def serve(arguments: Sequence[str], settings: Web) -> None:
    """Serve the program with these arguments until Ctrl+C.

    Raises:
        SettingsError, StorageError: the settings, the certificate or the token cannot be used.
    """
    tls(settings)  # says what is wrong before anything starts
    token = None if access.is_loopback(settings.host) else access.token(resources.home() / "web.token")
    ScreenServer(arguments, settings, token=token, title="kiosk").run()


def tls(settings: Web) -> ssl.SSLContext | None:
    """Return the encryption of the settings; None on loopback without a certificate.

    Raises:
        SettingsError: the certificate cannot be read, or patients' words would cross a network in the open.
    """
    if not settings.certificate:
        if not access.is_loopback(settings.host) and not settings.plain:
            raise SettingsError(
                f"[web] host is {settings.host}: patients' words would cross the network unencrypted.",
                remedy="Set certificate and certificate_key, or plain = true behind a proxy that encrypts.",
            )
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.certificate, settings.certificate_key or None)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"The certificate {settings.certificate} cannot be used: {error}.") from None
    return context


async def _script(_request: web.Request) -> web.Response:
    return web.Response(text=(HERE / "page.js").read_text(encoding="utf-8"), content_type="text/javascript")


def _without_details(record: logging.LogRecord) -> bool:
    """Leave of an exception only its kind: its text and its trace may hold what was typed."""
    if record.exc_info and record.exc_info[0] is not None:
        record.msg, record.args = f"A page's connection failed: {record.exc_info[0].__name__}", ()
        record.exc_info = None
    return True
