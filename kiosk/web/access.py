"""Who may open the page: on this machine anybody, from elsewhere whoever holds the token.

A page of any other site must not reach the screens through a browser that can (cross-site WebSocket hijacking, DNS
rebinding): the name that the browser asked for must be one of this server's, and a WebSocket must come from its page.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import secrets
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from kiosk.errors import SettingsError, StorageError

COOKIE = "kiosk-access"
PARAMETER = "access"
_TOKEN_BYTES = 24

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Nothing is loaded from elsewhere, nothing is kept by the browser, nobody frames the page."""


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def token(path: Path) -> str:
    """Return the access token of this site; it is made on the first call and kept readable by its owner only.

    Raises:
        StorageError: the file cannot be written or read.
        SettingsError: the file holds no token.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(_TOKEN_BYTES) + "\n")
        found = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"The access token {path} cannot be read or written: {error}.") from None
    if len(found) < _TOKEN_BYTES:
        raise SettingsError(f"{path} holds no access token.", remedy="Delete the file: a new one is made.")
    return found


def guard(*, names: frozenset[str], token: str | None) -> Middleware:
    """Return what stands before every page.

    Args:
        names: ``host:port`` under which this server may be asked for.
        token: what a browser must have shown once, None on loopback.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host.casefold() not in names:
            raise _refused("This address is not one of this kiosk's. Set [web] names in kiosk.toml.")
        if (
            request.path == "/ws"
            and request.headers.get("Origin", "").casefold() != f"{request.scheme}://{request.host}"
        ):
            raise _refused("The screens may be opened from their own page only.")
        if token is not None:
            shown = request.query.get(PARAMETER)
            if shown is not None and _same(shown, token):
                # The token leaves the address bar, so that it is in no history and no screenshot.
                entered = web.HTTPFound("/", headers=HEADERS)
                entered.set_cookie(
                    COOKIE, token, httponly=True, samesite="Strict", secure=request.scheme == "https", path="/"
                )
                raise entered
            if not _same(request.cookies.get(COOKIE, ""), token):
                raise _refused("This page needs its access token. `kiosk web` prints the address that holds it.")
        response = await handler(request)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    return check


def _refused(reason: str) -> web.HTTPForbidden:
    return web.HTTPForbidden(text=f"{reason}\n", headers=HEADERS)


def _same(shown: str, token: str) -> bool:
    return hmac.compare_digest(shown.encode(), token.encode())
