"""The interview in a real browser, by keys alone and by mouse alone: headless Chromium, from the page to the note."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import unused_port
from playwright.sync_api import sync_playwright

from kiosk import resources
from tests.web.terminal import CHROMIUM, WAIT_S, Terminal, served

ZH = tomllib.loads((resources.share("config") / "prompts" / "zh.toml").read_text(encoding="utf-8"))
TEXT, QUESTIONS, OPTIONS = ZH["text"], ZH["questions"], ZH["options"]
KEYS = {"complaint": ("2", "1", "0"), "since": ("4",), "how_bad": ("3", "Enter")}
"""What is pressed at a question: headache, three days, three out of ten. All others are skipped."""
CLICKS = {
    "who": ("本人",),
    "sex": (OPTIONS["male"],),
    "complaint": (ZH["groups"]["head_nerves"], "头痛", TEXT["next"]),
    "since": ("3天",),
    "how_bad": (":-|",),
}
"""What is clicked at a question, by the Chinese beside the patient's own words."""

pytestmark = [
    pytest.mark.model,
    pytest.mark.timeout(900),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (apt-get install chromium)"),
]


@contextmanager
def opened(home: Path) -> Iterator[Terminal]:
    """Yield the patient's page; nothing is loaded from anywhere else."""
    with served(home, port=unused_port()) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        asked_for: list[str] = []
        page.on("request", lambda request: asked_for.append(request.url))
        terminal = Terminal(page)
        terminal.open(address)
        yield terminal
        browser.close()
    assert all(url.startswith((address, "data:", "blob:")) for url in asked_for), "nothing is loaded from elsewhere"


def arrived(home: Path) -> None:
    """Look that one note is in the store."""
    checked = subprocess.run(
        [sys.executable, "-m", "kiosk", "store", "check", "--json"],
        env={**os.environ, "KIOSK_HOME": str(home)},
        capture_output=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(checked.stdout)
    assert (found["ok"], found["encounters"]) == (True, 1)


def test_a_uyghur_patient_answers_by_keys_and_the_note_arrives(tmp_path: Path) -> None:
    with opened(tmp_path / "home") as terminal:
        terminal.wait_for("维吾尔语")
        terminal.press("1")
        terminal.wait_for(QUESTIONS["use"])
        terminal.press("1")
        terminal.wait_for(QUESTIONS["recording"])
        terminal.press("2")
        walk(terminal, by_mouse=False)
    arrived(tmp_path / "home")


@pytest.mark.slow
@pytest.mark.parametrize("language", ["哈萨克语", "藏语", "俄语"], ids=["kk", "bo", "ru"])
def test_a_patient_answers_by_mouse_and_the_note_arrives(tmp_path: Path, language: str) -> None:
    with opened(tmp_path / "home") as terminal:
        terminal.wait_for("维吾尔语")
        terminal.click(language)
        terminal.wait_for(QUESTIONS["use"])
        terminal.click(TEXT["agree"])
        terminal.wait_for(QUESTIONS["recording"])
        terminal.click(TEXT["refuse"])
        walk(terminal, by_mouse=True)
    arrived(tmp_path / "home")


def walk(terminal: Terminal, *, by_mouse: bool) -> None:
    """Answer question after question until the ticket's number is shown."""
    answers, act = (CLICKS, terminal.click) if by_mouse else (KEYS, terminal.press)
    deadline = time.monotonic() + 5 * WAIT_S
    while time.monotonic() < deadline:
        terminal.settle()
        if terminal.shows(TEXT["your_number"]):
            terminal.wait_for(TEXT["sent"])
            return
        question = next((name for name in answers if terminal.shows(QUESTIONS[name])), None)
        if question is not None:
            for each in answers[question]:
                act(each)
        elif terminal.shows(QUESTIONS["readback"]):
            act(TEXT["right"] if by_mouse else "1")
        elif terminal.shows(TEXT["working"], TEXT["wait"]):
            terminal.page.wait_for_timeout(200)
        else:
            act(TEXT["skip"] if by_mouse else "-")
    raise AssertionError("the interview does not come to an end")
