#!/usr/bin/env python3
"""Take the README's pictures: the browser version in headless Chromium, with what the program really says.

A Tibetan patient shows where it hurts; a Uyghur one has spoken (a shipped clip stands for the microphone, the installed
model hears it) and sees what was understood; a nurse reviews the note that came of it. Nothing is left behind.

python scripts/pictures.py [--out docs/pictures]        needs Chromium, and the packages of kiosk[test]
"""

from __future__ import annotations

import argparse
import socket
import sys
import tempfile
import time
import tomllib
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# The repository has to be on the path first.
from kiosk import settings  # noqa: E402
from kiosk.store.nurse_end import open_store  # noqa: E402
from kiosk.store.premises import Premises  # noqa: E402
from tests.web.terminal import CHROMIUM, WAIT_S, Terminal, served  # noqa: E402

SIZE = {"width": 1100, "height": 720}
ZH = tomllib.loads((ROOT / "config" / "prompts" / "zh.toml").read_text(encoding="utf-8"))
TEXT, QUESTIONS = ZH["text"], ZH["questions"]
UYGHUR, TIBETAN = "1", "4"
SECRET = "2026-kiosk-picture"  # noqa: S105 - of an account that lives as long as the picture takes


def main() -> None:
    """Take all three."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        patients(browser, Path(folder), options.out)
        nurse(browser, Path(folder), options.out)
        browser.close()


def patients(browser: Browser, home: Path, out: Path) -> None:
    """Take the two pictures of the patients' screens, and leave a note in the store."""
    with served(home, "--clips", port=free_port()) as address:
        page = Terminal(browser.new_page(viewport=SIZE))
        page.open(f"{address}?fontsize=18")
        come_to_the_complaint(page, TIBETAN)
        page.press("3", "3", "5")
        take(page, out / "question-bo.png")
        page.page.close()
        page = Terminal(browser.new_page(viewport=SIZE))
        page.open(f"{address}?fontsize=18")
        come_to_the_complaint(page, UYGHUR)
        page.press("1")
        page.wait_for(TEXT["is_it_right"], TEXT["which_one"])
        take(page, out / "heard-ug.png")
        page.press("1")
        finish(page)
        page.page.close()


def nurse(browser: Browser, home: Path, out: Path) -> None:
    """Take the picture of the nurse's review."""
    store = open_store(Premises(settings=settings.load(), home=home))
    store.accounts.add_first("admin", "管理员", SECRET)
    store.accounts.add(store.accounts.log_in("admin", SECRET), "guli", "古丽", SECRET, "nurse")
    store.close()
    with served(home, "--nurse", port=free_port()) as address:
        page = Terminal(browser.new_page(viewport=SIZE))
        page.open(f"{address}?fontsize=16")
        page.wait_for("登录名", stands=False)  # never: the cursor blinks
        for typed in ("guli", SECRET):
            page.page.keyboard.type(typed)
            page.page.keyboard.press("Enter")
            page.page.wait_for_timeout(1000)
        page.wait_for("头痛")
        page.press("Enter")
        page.wait_for("主诉")
        page.press(
            "ArrowDown", "ArrowUp", "ArrowDown"
        )  # to a line with words behind it; the whole screen is there by then
        take(page, out / "nurse.png")
        page.page.close()


def come_to_the_complaint(page: Terminal, language: str) -> None:
    """Choose the language, agree to everything, and answer who, sex and age."""
    page.wait_for("维吾尔语")
    page.press(language)
    page.wait_for(QUESTIONS["use"])
    page.press("1")
    page.wait_for(QUESTIONS["recording"])
    page.press("1")
    page.wait_for(QUESTIONS["who"])
    page.press("1")
    page.wait_for(QUESTIONS["sex"])
    page.press("1")
    page.wait_for(QUESTIONS["age"])
    page.press("6", "2", "Enter")
    page.wait_for(QUESTIONS["complaint"])


def finish(page: Terminal) -> None:
    """Skip what is left, confirm what is read back, and wait for the ticket."""
    deadline = time.monotonic() + 5 * WAIT_S
    while time.monotonic() < deadline:
        page.settle()
        if page.shows(TEXT["your_number"]):
            return
        if page.shows(QUESTIONS["since"]):
            page.press("2", "4")  # the list; three days
        elif page.shows(QUESTIONS["how_bad"]):
            page.press("5", "Enter")
        elif page.shows(QUESTIONS["readback"]):
            page.press("1")
        elif page.shows(TEXT["working"], TEXT["wait"]):
            page.page.wait_for_timeout(200)
        else:
            page.press("-")
    raise SystemExit("the interview does not come to an end")


def take(page: Terminal, path: Path) -> None:
    """Take the picture when the screen stands."""
    page.settle()
    page.page.screenshot(path=path)
    print(f"{path}: {path.stat().st_size // 1024} kB")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
