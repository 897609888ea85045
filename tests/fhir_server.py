"""Run as a program: a FHIR server of one resource type, as good or as bad as a file beside its data says.

``fhir_server.py FOLDER PORT``: documents are files of FOLDER/Bundle, requests are lines of FOLDER/requests, so that it
can be killed and come back. FOLDER/mode holds a word:

    ok          does what it is asked
    busy        answers 503 and keeps nothing
    refuse      answers 422
    forbid      answers 401 to whoever does not know the token
    slow        keeps the document, and takes its time to answer
    drop        keeps the document, and closes the connection instead of answering
    drip        sends its answer a byte at a time
    hang        never answers
    die         keeps the document and dies as if killed
    elsewhere   answers 307
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

TOKEN = "open sesame"
PATH = "/fhir/Bundle"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    folder: Path
    server_version = "fake"

    def do_PUT(self) -> None:
        body = self._body()
        name = self.path.removeprefix(f"{PATH}/")
        if body.get("id") != name or not self._goes_on():
            return self._answer(400)
        there = self._file(name).exists()
        self._keep(name, body)
        return self._answer(200 if there else 201)

    def do_POST(self) -> None:
        body = self._body()
        if self.path != PATH or not self._goes_on():
            return self._answer(404)
        asked = parse_qs(self.headers.get("If-None-Exist", "")).get("identifier", [""])[0]
        if asked and self._found(asked) and not (self.folder / "no-conditions").exists():
            return self._answer(200)
        self._keep(str(uuid.uuid4()), body)
        return self._answer(201)

    def do_GET(self) -> None:
        self._log()
        asked = parse_qs(urlparse(self.path).query).get("identifier", [""])[0]
        self._answer(200, {"resourceType": "Bundle", "type": "searchset", "total": len(self._found(asked))})

    def _goes_on(self) -> bool:
        mode = self._mode()
        codes = {"busy": 503, "refuse": 422, "elsewhere": 307}
        if mode == "forbid" and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer(401)
        elif mode in codes:
            self._answer(codes[mode])
        elif mode == "hang":
            time.sleep(60)
        else:
            return True
        self.close_connection = True
        sys.exit()  # of this thread: nothing more is done

    def _keep(self, name: str, body: Any) -> None:
        path = self._file(name)
        fresh = path.with_suffix(f".{uuid.uuid4()}")
        fresh.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
        fresh.replace(path)
        mode = self._mode()
        if mode == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if mode == "slow":
            time.sleep(5)
        if mode == "drop":
            self.connection.shutdown(socket.SHUT_RDWR)
            sys.exit()

    def _answer(self, status: int, document: Any = None) -> None:
        data = json.dumps(document or {"resourceType": "OperationOutcome"}).encode()
        if self._mode() == "drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(1000):
                self.wfile.write(b" ")
                time.sleep(0.05)
        self.send_response(status)
        if status == 307:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _body(self) -> Any:
        self._log()
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _log(self) -> None:
        with (self.folder / "requests").open("a", encoding="utf-8") as file:
            kept = {name.lower(): value for name, value in self.headers.items()}
            file.write(json.dumps({"method": self.command, "path": self.path, "headers": kept}) + "\n")

    def _found(self, asked: str) -> list[Path]:
        system, _, value = asked.partition("|")
        wanted = {"system": system, "value": value}
        files = (self.folder / "Bundle").glob("*.json")
        return [path for path in files if json.loads(path.read_bytes()).get("identifier") == wanted]

    def _file(self, name: str) -> Path:
        return self.folder / "Bundle" / f"{name}.json"

    def _mode(self) -> str:
        return (self.folder / "mode").read_text()

    def log_message(self, *_: Any) -> None:
        """Say nothing on stderr."""


def main() -> None:
    """Serve until killed."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    Handler.folder = folder
    (folder / "Bundle").mkdir(parents=True, exist_ok=True)
    served = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    served.daemon_threads = True
    (folder / "port").write_text(str(served.server_port))
    served.serve_forever()


if __name__ == "__main__":
    main()
