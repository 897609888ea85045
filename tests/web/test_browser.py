"""The interview in a real browser, by keys alone: headless Chromium, from the page to the note in the store."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import unused_port
from playwright.sync_api import Page, WebSocket, sync_playwright

from kiosk import resources

CHROMIUM = next((found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))), None)
ZH = tomllib.loads((resources.share("config") / "prompts" / "zh.toml").read_text(encoding="utf-8"))
ANSWERS = {"complaint": ("2", "1", "0"), "since": ("4",), "how_bad": ("3", "Enter")}
"""What is pressed at a question: headache, three days, three out of ten. All others are skipped."""

WAIT_S = 120.0
QUIET_S = 0.7  # so long nothing is drawn any more: the screen stands

pytestmark = [
    pytest.mark.model,
    pytest.mark.timeout(600),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (apt-get install chromium)"),
]


class Screen:
    """What the page's terminal was sent, and when."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.drawn = ""
        self._last = time.monotonic()
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._take)

    def _take(self, payload: str | bytes) -> None:
        self.drawn += payload.decode(errors="replace") if isinstance(payload, bytes) else payload
        self._last = time.monotonic()

    def press(self, *keys: str) -> None:
        """Press keys, each when the screen stands."""
        for key in keys:
            self.settle()
            self.drawn = ""
            self.page.keyboard.press(key)
        self.settle(drawn=True)

    def settle(self, *, drawn: bool = False) -> None:
        """Wait until nothing moves any more; with ``drawn``, not before something has."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() - self._last < QUIET_S or (drawn and not self.drawn):
            assert time.monotonic() < deadline, "the screen does not come to rest"
            self.page.wait_for_timeout(50)

    def shows(self, *sentences: str) -> bool:
        return any(sentence in self.drawn for sentence in sentences)

    def wait_for(self, sentence: str) -> None:
        deadline = time.monotonic() + WAIT_S
        while sentence not in self.drawn:
            assert time.monotonic() < deadline, f"the screen never says {sentence}"
            self.page.wait_for_timeout(50)
        self.settle()


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    port = unused_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "web", "--port", str(port)],
        env={**os.environ, "KIOSK_HOME": str(tmp_path / "home")},
        stdout=subprocess.DEVNULL,
    )
    yield f"http://127.0.0.1:{port}/"
    process.terminate()
    process.wait(30)


def test_a_uyghur_patient_answers_by_keys_and_the_note_arrives(address: str, tmp_path: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        asked_for: list[str] = []
        page.on("request", lambda request: asked_for.append(request.url))
        screen = Screen(page)
        opened(page, address)
        screen.wait_for("维吾尔语")
        screen.press("1")
        screen.wait_for(ZH["questions"]["use"])
        screen.press("1")
        screen.wait_for(ZH["questions"]["recording"])
        screen.press("2")
        walk(screen)
        browser.close()
    assert all(url.startswith((address, "data:", "blob:")) for url in asked_for), "nothing is loaded from elsewhere"
    checked = subprocess.run(
        [sys.executable, "-m", "kiosk", "store", "check", "--json"],
        env={**os.environ, "KIOSK_HOME": str(tmp_path / "home")},
        capture_output=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(checked.stdout)
    assert (found["ok"], found["encounters"]) == (True, 1)


def opened(page: Page, address: str) -> None:
    """Open the page as soon as the server listens."""
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            page.goto(address)
        except Exception:  # noqa: BLE001 - the driver has no error of its own for a refused connection
            assert time.monotonic() < deadline, "the server never listened"
            time.sleep(0.2)
        else:
            return


def walk(screen: Screen) -> None:
    """Answer question after question until the ticket's number is shown."""
    for _ in range(40):
        screen.settle()
        if screen.shows(ZH["text"]["your_number"]):
            screen.wait_for(ZH["text"]["sent"])
            return
        if screen.shows(ZH["text"]["working"]) and not screen.shows(*ZH["questions"].values()):
            screen.page.wait_for_timeout(200)
            continue
        question = next((name for name in ANSWERS if screen.shows(ZH["questions"][name])), None)
        if question is not None:
            screen.press(*ANSWERS[question])
        elif screen.shows(ZH["text"]["right"], ZH["text"]["is_it_so"]) and not screen.shows(ZH["text"]["skip"]):
            screen.press("1")
        else:
            screen.press("-")
    raise AssertionError("the interview does not come to an end")
