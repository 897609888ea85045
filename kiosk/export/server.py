"""A hospital's FHIR server: one document goes there once, however often it has to be sent.

With ``put`` the document goes to an id that is made of its encounter and version: sent again, it is the same document.
With ``post`` the server gives the id: the request asks it to make one only where none has the document's identifier
(``If-None-Exist``), and before a second attempt the server is asked whether the first one arrived, for its answer may
have been lost. The server is what the settings name and nothing else: no redirect is followed, no proxy of the
environment is used. A request runs on a thread of its own, so that a server that drips can be left.
"""

from __future__ import annotations

import json
import os
import ssl
import threading
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

import httpx2

from kiosk.errors import ExportError
from kiosk.export.document import Parcel
from kiosk.settings import Export

TOKEN_VARIABLE = "KIOSK_EXPORT_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable with the server's bearer token, where it wants one: no secret stands in a settings file."""

_CONNECT_S = 5.0
_MOST = 1024 * 1024  # bytes of an answer; nothing of it is kept
_REFUSED = frozenset({400, 404, 405, 410, 413, 415, 422})
"""Sending the same again cannot help. 401 and 403 are not among them: a token can be put right."""


class RefusedError(ExportError):
    """The server does not want this document; a person must look at it."""


def send(parcel: Parcel, settings: Export, *, again: bool = False) -> Literal["sent", "there"]:
    """Send a document.

    Args:
        again: it was tried before, and may have arrived.

    Returns:
        ``there`` when the server had it already.

    Raises:
        ExportError: the server cannot be reached, or cannot take it now.
        RefusedError: it does not want this document.
    """
    base = settings.server.rstrip("/")
    if settings.server_method == "put":
        status, _ = _request("PUT", f"{base}/Bundle/{parcel.id}", settings, body=parcel.body)
        _judge(status)
        return "sent"
    query = f"identifier={quote(parcel.identifier, safe='')}"
    if again and _is_there(f"{base}/Bundle?{query}&_summary=count", settings):
        return "there"
    status, _ = _request("POST", f"{base}/Bundle", settings, body=parcel.body, headers={"If-None-Exist": query})
    if status == 412:  # several have it: it is there
        return "there"
    _judge(status)
    return "there" if status == 200 else "sent"


def _is_there(url: str, settings: Export) -> bool:
    status, answer = _request("GET", url, settings)
    if status in (404, 405, 501):
        return False  # it cannot be asked; If-None-Exist has to do
    _judge(status)
    try:
        total = json.loads(answer).get("total", 0)
    except (ValueError, AttributeError, RecursionError):
        raise ExportError("The FHIR server answered with something that is no Bundle.") from None
    return isinstance(total, int) and total > 0


def _judge(status: int) -> None:
    if status in (200, 201, 204):
        return
    if status in _REFUSED:
        raise RefusedError(
            f"The FHIR server refuses the document (HTTP {status}).",
            remedy="Look at its log and at [export] server_form and server_method; then kiosk export --send --again",
        )
    key = f" A token, where it wants one, goes into {TOKEN_VARIABLE}." if status in (401, 403) else ""
    raise ExportError(f"The FHIR server answers with HTTP {status}.{key}")


def _request(
    method: str, url: str, settings: Export, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    """Send one request on a thread of its own, and leave it at the deadline."""
    outcome: list[tuple[int, bytes] | Exception] = []
    done = threading.Event()
    token = os.environ.get(TOKEN_VARIABLE)
    sent = {
        "Accept": "application/fhir+json",
        "Prefer": "return=minimal",
        **({"Content-Type": "application/fhir+json; charset=utf-8"} if body is not None else {}),
        **({"Authorization": f"Bearer {token}"} if token else {}),
        **(headers or {}),
    }
    client = httpx2.Client(
        timeout=httpx2.Timeout(settings.timeout_s, connect=min(_CONNECT_S, settings.timeout_s)),
        follow_redirects=False,
        trust_env=False,
        verify=_trust(settings),
    )

    def work() -> None:
        try:
            with client.stream(method, url, content=body, headers=sent) as response:
                outcome.append((response.status_code, _read(response)))
        except Exception as error:  # noqa: BLE001 - judged by the caller's thread
            outcome.append(error)
        finally:
            done.set()

    threading.Thread(target=work, name="kiosk-export-request", daemon=True).start()
    try:
        answered = done.wait(settings.timeout_s)
    finally:
        client.close()  # ends a request that is still running
    result: Any = outcome[0] if outcome else None
    if isinstance(result, tuple):
        return result
    if not answered or isinstance(result, httpx2.TimeoutException):
        raise ExportError(f"The FHIR server has not answered within {settings.timeout_s:g} s.")
    raise ExportError(
        f"The FHIR server cannot be reached ({type(result).__name__}).",
        remedy="Is it running? Correct [export] server in kiosk.toml.",
    )


def _read(response: httpx2.Response) -> bytes:
    parts, size = [], 0
    for chunk in response.iter_bytes():
        parts.append(chunk)
        size += len(chunk)
        if size > _MOST:
            break  # the status is what counts
    return b"".join(parts)


def _trust(settings: Export) -> ssl.SSLContext | bool:
    if not settings.server_ca:
        return True
    try:
        return ssl.create_default_context(cafile=settings.server_ca)
    except (OSError, ssl.SSLError):
        raise ExportError(
            f"The certificate file {settings.server_ca} cannot be read.", remedy="Correct [export] server_ca."
        ) from None
