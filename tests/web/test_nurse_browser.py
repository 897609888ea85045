"""A nurse's work in a real browser, by keys alone: log in, settle, correct, measure, sign, export; and what is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from aiohttp.test_utils import unused_port
from playwright.sync_api import Page, sync_playwright

from kiosk import audio, pipeline, review, settings
from kiosk.encounter import AudioInfo, Caution, Intake
from kiosk.recognition import SAMPLE_RATE
from kiosk.store.nurse_end import Store, open_store
from kiosk.store.outbox import StoreOutbox
from kiosk.store.premises import Premises
from kiosk.ui.nurse import rows
from tests.web.terminal import CHROMIUM, Terminal, served

SECRET = "the ward is quiet"
SPOKEN = "I have had chest pain for one hour. I am allergic to penicillin."
BLOCKING = Caution(kind="negation", detail="原话有否定，译文没有", blocking=True)

pytestmark = [
    pytest.mark.slow,  # a browser, a server and a program in it: about a minute
    pytest.mark.timeout(600),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (apt-get install chromium)"),
]


_BLINK = 300
"""A message of fewer letters is a cursor that blinks in a field: the screen stands all the same."""
_ANSWER_MS = 400
"""So long a key may take until something of it is drawn."""


class NurseScreen(Terminal):
    """A page's terminal; a blinking cursor is no movement."""

    def _take(self, payload: str | bytes) -> None:
        last = self._last
        super()._take(payload)
        if len(payload) < _BLINK:
            self._last = last

    def press(self, *keys: str) -> None:
        """Press keys, each when the screen stands; some change nothing that is seen."""
        for key in keys:
            self.settle()
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(_ANSWER_MS)
        self.settle()


@pytest.fixture
def site(tmp_path: Path) -> Premises:
    """Return a site with a nurse, and one patient who has spoken: a red flag, and a warning that blocks signing."""
    site = Premises(settings=settings.load(), home=tmp_path / "home")
    store = open_store(site)
    store.accounts.add_first("admin", "管理员", SECRET)
    store.accounts.add(store.accounts.log_in("admin", SECRET), "wang.fang", "王芳", SECRET, "nurse")
    store.close()
    outbox = StoreOutbox(site)
    recording = audio.from_samples((0.1 * np.sin(np.arange(4 * SAMPLE_RATE) / 9)).astype(np.float32))
    outbox.send(replace(intake(), audio=AudioInfo(duration_s=4.0, sha256=recording.sha256)), recording)
    outbox.close()
    return site


def intake() -> Intake:
    written = pipeline.run(pipeline.Pipeline(settings.load(), detector=None).from_text(SPOKEN, language="en"))
    heard = tuple(
        replace(each, mode="transcript", start_s=0.5, end_s=3.0, score=0.9, engine="scripted@1")
        for each in written.utterances
    )
    return replace(written, utterances=heard, note=replace(written.note, warnings=(*written.note.warnings, BLOCKING)))


@pytest.fixture
def address(site: Premises) -> Iterator[str]:
    with served(site.home, "--nurse", port=unused_port()) as found:
        yield found


def test_a_nurse_logs_in_corrects_signs_and_exports(address: str, site: Premises, tmp_path: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, accept_downloads=True)
        screen = NurseScreen(page)
        screen.open(address)
        screen.wait_for("登录名")
        log_in(screen, page)
        screen.press("Enter")
        screen.wait_for("须处理")
        settle(screen)
        correct(screen, page)
        sign(screen, page)
        made = {form: exported(screen, page, number, tmp_path / form) for form, number in FORMS.items()}
        screen.press("Escape")
        screen.wait_for("没有待审的记录")
        browser.close()
    assert made["pdf"].startswith(b"%PDF-")
    assert "胸痛1小时" in made["text"].decode()
    assert "草稿" not in made["text"].decode()
    for form in ("fhir", "fhir-r4b"):
        assert json.loads(made[form])["resourceType"] == "Bundle"
    store = open_store(site)
    try:
        is_kept(store)
    finally:
        store.close()


FORMS = {"pdf": 1, "slip": 2, "text": 3, "json": 4, "fhir": 5, "fhir-r4b": 6}


def log_in(screen: NurseScreen, page: Page) -> None:
    """Wrong first, then right."""
    page.keyboard.type("wang.fang")
    screen.press("Enter")
    page.keyboard.type("not the secret")
    screen.press("Enter")
    screen.wait_for("不对")
    page.keyboard.type(SECRET)
    screen.press("Enter")
    screen.wait_for("胸痛")


def settle(screen: NurseScreen) -> None:
    """See every red flag and settle the warning: the cursor goes from one open line to the next with G."""
    seen = review.assess(intake())
    assert {each.kind for each in seen.open} == {"flag", "warning"}
    for each in sorted(seen.open, key=lambda one: one.kind != "flag"):
        screen.press("Enter")
        if each.kind == "flag":
            screen.wait_for("红旗已查看")
        else:
            screen.wait_for("核实警告")
            screen.press("1")
            screen.wait_for("警告已核实")
        screen.press("g")


def correct(screen: NurseScreen, page: Page) -> None:
    """Put the chief complaint right, and measure."""
    keys = [row.key for row in rows.of(review.assess(intake()))]
    screen.press("Home", *["ArrowDown"] * keys.index("complaint"), "Enter")
    screen.wait_for("更正主诉")
    screen.press("Control+u")
    page.keyboard.insert_text("胸痛1小时")
    screen.press("Enter")
    screen.wait_for("已保存")
    screen.press("V")  # as the manual prints it
    screen.wait_for("收缩压")
    page.keyboard.type("37.5")
    screen.press("Control+s")
    screen.wait_for("体温37.5")


def sign(screen: NurseScreen, page: Page) -> None:
    screen.press("s")
    screen.wait_for("请核对全文")
    page.keyboard.type(SECRET)
    screen.press("Enter")
    screen.wait_for("已签名")


def exported(screen: NurseScreen, page: Page, number: int, path: Path) -> bytes:
    """Return what the browser is given."""
    screen.press("x")
    screen.wait_for("导出会记入日志")
    with page.expect_download() as coming:
        screen.press(str(number))
    coming.value.save_as(path)
    return path.read_bytes()


def is_kept(store: Store) -> None:
    """What was done on the screens is in the store, and in the log."""
    nurse = store.accounts.log_in("wang.fang", SECRET)
    (row,) = store.signed(nurse)
    kept = store.open(nurse, row.encounter_id)
    assert (kept.state, kept.note.chief_complaint, kept.vitals.temperature_c) == ("signed", "胸痛1小时", 37.5)
    assert kept.signature is not None
    assert kept.signature.author_name == "王芳"
    with store.database.read() as connection:
        log = [(each.actor, each.action) for each in store.log.entries(connection)]
    assert log.count(("wang.fang", "export")) == len(FORMS)
    assert ("wang.fang", "sign") in log
