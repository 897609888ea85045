"""The interview in a real browser, by keys, by mouse and by voice: headless Chromium, from the page to the note."""

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

LANGUAGES = {"ug": "维吾尔语", "bo": "藏语", "kk": "哈萨克语", "ru": "俄语", "en": "英语"}
"""Under which Chinese name a language is chosen on the first page, or behind 更多."""
LATER = ("en",)
NUMBERS = {"ug": "1", "kk": "2", "bo": "4", "ru": "8", "en": "3"}
"""The key of a language on its page."""

pytestmark = [
    pytest.mark.model,
    pytest.mark.timeout(900),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (apt-get install chromium)"),
]


@contextmanager
def opened(home: Path, *arguments: str) -> Iterator[Terminal]:
    """Yield the patient's page; nothing is loaded from anywhere else."""
    with served(home, *arguments, port=unused_port()) as address, sync_playwright() as playwright:
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


def agree(terminal: Terminal, language: str, *, by_mouse: bool = False, recording: bool = False) -> None:
    """Choose the language, agree to the use of the answers, and agree or not to be recorded."""
    choose = terminal.click if by_mouse else terminal.press
    terminal.wait_for(LANGUAGES["ug"])
    if language in LATER:
        choose(TEXT["more"] if by_mouse else "9")
        terminal.wait_for(LANGUAGES[language])
    choose(LANGUAGES[language] if by_mouse else NUMBERS[language])
    terminal.wait_for(QUESTIONS["use"])
    choose(TEXT["agree"] if by_mouse else "1")
    terminal.wait_for(QUESTIONS["recording"])
    if by_mouse:
        choose(TEXT["agree" if recording else "refuse"])
    else:
        choose("1" if recording else "2")


@pytest.mark.parametrize(
    "language", ["ug", *(pytest.param(code, marks=pytest.mark.slow) for code in LANGUAGES if code != "ug")]
)
def test_a_patient_answers_by_keys_and_the_note_arrives(tmp_path: Path, language: str) -> None:
    with opened(tmp_path / "home") as terminal:
        agree(terminal, language)
        walk(terminal, by_mouse=False)
    arrived(tmp_path / "home")


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_patient_answers_by_mouse_and_the_note_arrives(tmp_path: Path, language: str) -> None:
    with opened(tmp_path / "home") as terminal:
        agree(terminal, language, by_mouse=True)
        walk(terminal, by_mouse=True)
    arrived(tmp_path / "home")


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_patient_speaks_the_complaint_and_the_note_arrives(tmp_path: Path, language: str) -> None:
    """Clips stand for the microphone; of Tibetan there is none, so another language's sound offers its phrases."""
    with opened(tmp_path / "home", "--clips") as terminal:
        agree(terminal, language, recording=True)
        walk(terminal, by_mouse=False, by_voice=True)
    arrived(tmp_path / "home")


def walk(terminal: Terminal, *, by_mouse: bool, by_voice: bool = False) -> None:
    """Answer question after question until the ticket's number is shown; by voice, what is the matter is spoken."""
    answers, act = (CLICKS, terminal.click) if by_mouse else (KEYS, terminal.press)
    deadline = time.monotonic() + 5 * WAIT_S
    spoken = False
    while time.monotonic() < deadline:
        terminal.settle()
        if terminal.shows(TEXT["your_number"]):
            terminal.wait_for(TEXT["sent"], TEXT["red_flag"])
            assert spoken or not by_voice
            return
        if terminal.shows(TEXT["working"], TEXT["wait"], TEXT["good"], TEXT["louder"]):
            terminal.page.wait_for_timeout(200)
            continue
        if by_voice and terminal.shows(QUESTIONS["complaint"]):
            if terminal.shows(TEXT["is_it_right"], TEXT["which_one"]):
                act("1")
                spoken = True
            elif terminal.shows(TEXT["touch_list"]):
                act("+")
            else:
                terminal.page.wait_for_timeout(200)
            continue
        if terminal.shows(TEXT["still_there"]):
            act(TEXT["still_here"] if by_mouse else "1")
            continue
        question = next((name for name in answers if terminal.shows(QUESTIONS[name])), None)
        if question is not None and not by_voice:
            for each in answers[question]:
                act(each)
        elif terminal.shows(QUESTIONS["readback"]):
            act(TEXT["right"] if by_mouse else "1")
        else:
            act(TEXT["skip"] if by_mouse else "-")
    raise AssertionError("the interview does not come to an end")
