"""A page's terminal, as somebody who sits before it sees it: what is drawn where, keys, and the mouse."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte
from playwright.sync_api import Page, WebSocket
from wcwidth import wcwidth

CHROMIUM = next((found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))), None)
WAIT_S = 180.0
QUIET_S = 0.7  # so long nothing is drawn any more: the screen stands
_BEGINNING = 12  # letters of a sentence that fit on any screen's line


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
        try:
            process.wait(60)
        finally:
            process.kill()


class _Cells(pyte.Screen):
    """What stands in which cell. Marks that take no cell are left out: pyte drops whatever follows some of them."""

    def draw(self, data: str) -> None:
        super().draw("".join(each for each in data if wcwidth(each) > 0))


class Terminal:
    """The terminal of one page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._screen = _Cells(80, 24)
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
            self._stream.feed(payload)
            self._last = time.monotonic()

    def _sent(self, payload: str | bytes) -> None:
        """Follow the page's size."""
        if isinstance(payload, str) and payload.startswith('["resize"'):
            size = json.loads(payload)[1]
            self._screen.resize(size["height"], size["width"])

    # What is seen.

    @property
    def text(self) -> str:
        """All that stands on the screen, in the order of its cells."""
        return "\n".join("".join(data for _, data in self._cells(row)) for row in range(self._screen.lines))

    def _cells(self, row: int) -> list[tuple[int, str]]:
        """Return (column, letters) of a row; the second half of a wide letter is no cell of its own."""
        line = self._screen.buffer[row]
        return [(column, line[column].data) for column in range(self._screen.columns) if line[column].data]

    def shows(self, *sentences: str) -> bool:
        """Whether one of the sentences stands on the screen: its beginning, for it may go on in the next line."""
        text = self.text
        return any(sentence[:_BEGINNING] in text for sentence in sentences)

    def place(self, text: str) -> tuple[int, int] | None:
        """Return (column, row) of the lowest place where ``text`` stands by itself, not as a part of other words."""
        for row in reversed(range(self._screen.lines)):
            cells = self._cells(row)
            shown = "".join(data for _, data in cells)
            for found in re.finditer(rf"(?<!\w){re.escape(text)}(?!\w)", shown):
                columns = [column for column, data in cells for _ in data]
                return columns[found.start()], row
        return None

    def wait_for(self, *sentences: str, stands: bool = True) -> None:
        """Wait until one of the sentences is on the screen, and (``stands``) nothing moves any more."""
        deadline = time.monotonic() + WAIT_S
        while not self.shows(*sentences):
            assert time.monotonic() < deadline, f"the screen never says {' or '.join(sentences)}:\n{self.text}"
            self.page.wait_for_timeout(50)
        if stands:
            self.settle()

    def settle(self) -> None:
        """Wait until nothing moves any more."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() - self._last < QUIET_S:
            assert time.monotonic() < deadline, "the screen does not come to rest"
            self.page.wait_for_timeout(50)

    # What is done.

    def press(self, *keys: str) -> None:
        """Press keys, each when the screen stands, and wait for what they do."""
        for key in keys:
            self.settle()
            before = self._colours()
            self.page.keyboard.press(key)
            self._changed(self._colours, before)

    def click(self, text: str) -> None:
        """Click, when the screen stands, where ``text`` is written, and wait for what it does."""
        self.settle()
        place = self.place(text)
        assert place is not None, f"{text} is not on the screen:\n{self.text}"
        box = self.page.locator(".xterm-screen").bounding_box()
        assert box is not None
        column, row = place
        before = self.text
        self.page.mouse.click(
            box["x"] + (column + 0.5) * box["width"] / self._screen.columns,
            box["y"] + (row + 0.5) * box["height"] / self._screen.lines,
        )
        self._changed(lambda: self.text, before)  # other words: a button that the mouse is over has another colour

    def _changed(self, seen: Callable[[], object], before: object) -> None:
        """Wait until something else is seen, and the screen stands."""
        deadline = time.monotonic() + WAIT_S
        while seen() == before:
            assert time.monotonic() < deadline, f"nothing happens:\n{self.text}"
            self.page.wait_for_timeout(50)
        self.settle()

    def _colours(self) -> list[list[tuple[str, str, str]]]:
        """Return all cells with their colours."""
        lines = (self._screen.buffer[row] for row in range(self._screen.lines))
        return [
            [(cell.data, cell.fg, cell.bg) for cell in map(line.__getitem__, range(self._screen.columns))]
            for line in lines
        ]
