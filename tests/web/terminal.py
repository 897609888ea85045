"""A page's terminal, as somebody who sits before it sees it: what is drawn where, keys, and the mouse."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte
from playwright.sync_api import Page, WebSocket

CHROMIUM = next((found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))), None)
WAIT_S = 180.0
QUIET_S = 0.7  # so long nothing is drawn any more: the screen stands


@contextmanager
def served(home: Path, *arguments: str, port: int) -> Iterator[str]:
    """Run ``kiosk web`` on a data folder of its own; yield the page's address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "web", "--port", str(port), *arguments],
        env={**os.environ, "KIOSK_HOME": str(home)},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(30)


class Terminal:
    """The terminal of one page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.drawn = ""
        """What was sent since the last key or click."""
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)
        self._last = time.monotonic()
        page.on("websocket", self._listen)

    def open(self, address: str) -> None:
        """Open the page as soon as the server listens."""
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                self.page.goto(address)
            except Exception:  # noqa: BLE001 - the driver has no error of its own for a refused connection
                assert time.monotonic() < deadline, "the server never listened"
                time.sleep(0.2)
            else:
                return

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._take)
        socket.on("framesent", self._sent)

    def _take(self, payload: str | bytes) -> None:
        if isinstance(payload, bytes):
            self.drawn += payload.decode(errors="replace")
            self._stream.feed(payload)
            self._last = time.monotonic()

    def _sent(self, payload: str | bytes) -> None:
        """Follow the page's size."""
        if isinstance(payload, str) and payload.startswith('["resize"'):
            size = json.loads(payload)[1]
            self._screen.resize(size["height"], size["width"])

    # What is seen.

    def shows(self, *sentences: str) -> bool:
        """Whether one of the sentences was drawn since the last key or click."""
        return any(sentence in self.drawn for sentence in sentences)

    def place(self, text: str) -> tuple[int, int] | None:
        """Return (column, row) of the lowest place where ``text`` stands by itself, not as a part of other words."""
        for row in reversed(range(self._screen.lines)):
            line = self._screen.buffer[row]
            cells = [(column, line[column].data) for column in range(self._screen.columns) if line[column].data]
            shown = "".join(data for _, data in cells)
            for found in re.finditer(rf"(?<!\w){re.escape(text)}(?!\w)", shown):
                columns = [column for column, data in cells for _ in data]
                return columns[found.start()], row
        return None

    def wait_for(self, sentence: str) -> None:
        """Wait until a sentence is drawn, and the screen stands."""
        deadline = time.monotonic() + WAIT_S
        while sentence not in self.drawn:
            assert time.monotonic() < deadline, f"the screen never says {sentence}"
            self.page.wait_for_timeout(50)
        self.settle()

    def settle(self, *, drawn: bool = False) -> None:
        """Wait until nothing moves any more; with ``drawn``, not before something has."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() - self._last < QUIET_S or (drawn and not self.drawn):
            assert time.monotonic() < deadline, "the screen does not come to rest"
            self.page.wait_for_timeout(50)

    # What is done.

    def press(self, *keys: str) -> None:
        """Press keys, each when the screen stands."""
        for key in keys:
            self.settle()
            self.drawn = ""
            self.page.keyboard.press(key)
        self.settle(drawn=True)

    def click(self, text: str) -> None:
        """Click, when the screen stands, where ``text`` is written."""
        self.settle()
        place = self.place(text)
        assert place is not None, f"{text} is not on the screen:\n" + "\n".join(self._screen.display)
        box = self.page.locator(".xterm-screen").bounding_box()
        assert box is not None
        column, row = place
        self.drawn = ""
        self.page.mouse.click(
            box["x"] + (column + 0.5) * box["width"] / self._screen.columns,
            box["y"] + (row + 0.5) * box["height"] / self._screen.lines,
        )
        self.settle(drawn=True)
