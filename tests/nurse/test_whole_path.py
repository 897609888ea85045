"""From an empty home to six exported files, by keys alone: what a person does who has only read the README."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from kiosk import export
from kiosk.desk import EXTENSIONS
from kiosk.encounter import Caution, Intake
from kiosk.store.nurse_end import open_store
from kiosk.store.outbox import StoreOutbox
from kiosk.ui.nurse import words
from kiosk.ui.nurse.app import NurseApp
from kiosk.ui.nurse.choosing import ChooseDialog
from kiosk.ui.nurse.entry import FirstStartScreen, LoginScreen
from kiosk.ui.nurse.queue import QueueScreen
from kiosk.ui.nurse.review import ReviewScreen
from kiosk.ui.nurse.signing import SignDialog
from kiosk.ui.nurse.users import AccountForm, UsersScreen
from tests.nurse.conftest import PLAIN_TERMINAL, KeptPlayer, go, log_in, shown, spoken, status, typed, until, write
from tests.store.conftest import FakeClock, premises_at

SECRET = "a fine secret"


def patient() -> Intake:
    """Return an intake with a red flag and a warning that blocks signing."""
    intake = typed("en")
    blocking = Caution(kind="negation", detail="原话有否定，译文没有", blocking=True)
    return replace(intake, note=replace(intake.note, warnings=(*intake.note.warnings, blocking)))


@pytest.mark.timeout(900)  # every screen there is: fifteen seconds on an idle machine
async def test_from_an_empty_home_to_the_exported_note(tmp_path: Path) -> None:
    time = FakeClock()
    site = premises_at(tmp_path / "home", time=time)
    store = open_store(site)
    outbox = StoreOutbox(site)
    intake = patient()
    encounter = outbox.send(*spoken(intake, *[(0.5, 1.5)] * len(intake.utterances))).encounter_id
    player, exports = KeptPlayer(), tmp_path / "exports"
    app = NurseApp(
        store,
        player=player,
        exports=exports,
        exporter=export.write,
        poll_s=0.05,
        zone=UTC,
        environment=PLAIN_TERMINAL,
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await first_start(pilot, app)
        await make_a_nurse(pilot, app)
        await log_in(pilot, "wang.fang", SECRET)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen) and app.screen.rows)
        assert isinstance(app.screen, ReviewScreen)
        await review_it(pilot, app, app.screen, player)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, SignDialog))
        await write(pilot, SECRET)
        await pilot.press("enter")
        await until(pilot, lambda: "已签名" in status(app))
        for number, form in enumerate(words.FORMS, start=1):
            await pilot.press("x")
            await until(pilot, lambda: isinstance(app.screen, ChooseDialog))
            await pilot.press(str(number))
            await until(pilot, partial(_exported, app, form), seconds=60)
        await pilot.press("escape")
        await until(pilot, lambda: "没有待审的记录" in shown(app))
    outbox.close()
    store.close()
    made = {form: (exports / f"{encounter[:12]}-{form}.{EXTENSIONS[form]}").read_bytes() for form in words.FORMS}
    text = made["text"].decode()
    assert "主诉：胸痛伴出汗1小时" in text
    assert "体温37.5℃" in text
    assert "草稿" not in text
    assert made["pdf"].startswith(b"%PDF-")
    assert made["slip"].startswith(b"%PDF-")
    assert json.loads(made["fhir"])["resourceType"] == json.loads(made["fhir-r4b"])["resourceType"] == "Bundle"
    assert json.loads(made["json"])["signature"]["name"] == "王芳"


def _exported(app: NurseApp, form: str) -> bool:
    return f"-{form}." in status(app)


def _fewer(screen: ReviewScreen, left: int) -> bool:
    return len(screen.seen.open) < left


async def first_start(pilot: Pilot[None], app: NurseApp) -> None:
    await until(pilot, lambda: isinstance(app.screen, FirstStartScreen))
    rule = app.screen.query_one("#secret", Input).placeholder
    assert "至少8个字符" in rule, "the rules stand there before anybody breaks them"
    for text in ("admin", "古丽", SECRET, SECRET):
        await write(pilot, text)
        await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, QueueScreen))


async def make_a_nurse(pilot: Pilot[None], app: NurseApp) -> None:
    await pilot.press("U")
    await until(pilot, lambda: isinstance(app.screen, UsersScreen))
    await pilot.press("a")
    await until(pilot, lambda: isinstance(app.screen, AccountForm))
    for text in ("wang.fang", "王芳"):
        await write(pilot, text)
        await pilot.press("enter")
    assert not isinstance(app.focused, Input), "the role comes before the secret: Enter in the last field saves"
    await pilot.press("down")
    for text in (SECRET, SECRET):
        await write(pilot, text)
        await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, UsersScreen) and "wang.fang" in shown(app))
    await pilot.press("escape")
    await until(pilot, lambda: isinstance(app.screen, QueueScreen))
    await pilot.press("f10")
    await until(pilot, lambda: isinstance(app.screen, LoginScreen))


async def review_it(pilot: Pilot[None], app: NurseApp, screen: ReviewScreen, player: KeptPlayer) -> None:
    """See the flags, settle the warning, listen, correct, change a status and take that back, measure."""
    while screen.seen.open:  # the cursor is on the first of them, and G goes on to the next
        assert screen.row is not None
        kind, left = screen.row.kind, len(screen.seen.open)
        await pilot.press("enter")
        if kind == "warning":
            await until(pilot, lambda: isinstance(app.screen, ChooseDialog))
            await pilot.press("1")
        await until(pilot, partial(_fewer, screen, left))
        await pilot.press("G")
    await go(pilot, screen, "症状 胸痛")
    await pilot.press("P")
    await until(pilot, lambda: player.played)
    await pilot.press("z")
    await until(pilot, lambda: isinstance(app.screen, ChooseDialog))
    await pilot.press("2")
    await until(pilot, lambda: "无胸痛" in shown(app))
    await pilot.press("u")
    await until(pilot, lambda: "无胸痛" not in shown(app))
    await go(pilot, screen, "主诉")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.focused, Input))
    await write(pilot, "胸痛伴出汗1小时")
    await pilot.press("enter")
    await until(pilot, lambda: "胸痛伴出汗1小时" in shown(app))
    await pilot.press("v")
    await until(pilot, lambda: isinstance(app.focused, Input))
    await write(pilot, "37.5")
    await pilot.press("ctrl+s")
    await until(pilot, lambda: "体温37.5℃" in shown(app))
