"""Who is there: the first start, names and secrets, waiting after too many mistakes, expiry, roles, accounts."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Button, Input

from kiosk.store.nurse_end import open_store
from kiosk.ui.nurse.app import NurseApp
from kiosk.ui.nurse.base import Rows
from kiosk.ui.nurse.entry import FirstStartScreen, LockScreen, LoginScreen
from kiosk.ui.nurse.forms import RecordForm
from kiosk.ui.nurse.help import HelpScreen
from kiosk.ui.nurse.queue import QueueScreen
from kiosk.ui.nurse.review import ReviewScreen
from kiosk.ui.nurse.users import UsersScreen
from tests.nurse.conftest import (
    PLAIN_TERMINAL,
    KeptPlayer,
    Station,
    go,
    log_in,
    open_first,
    shown,
    status,
    typed,
    until,
    write,
)
from tests.store.conftest import ADMIN_SECRET, NURSE_SECRET, FakeClock, premises_at


async def test_the_first_start_makes_the_administrator(tmp_path: Path) -> None:
    store = open_store(premises_at(tmp_path / "fresh", time=FakeClock()))
    app = NurseApp(store, player=KeptPlayer(), exports=tmp_path, environment=PLAIN_TERMINAL)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, FirstStartScreen))
        for text in ("admin", "古丽", "135792", "135793"):
            await write(pilot, text)
            await pilot.press("enter")
        assert "不一样" in shown(app)
        assert app.focused is not None
        assert app.focused.id == "secret", "which of the two was mistyped, nobody can see: both anew"
        for _ in range(2):
            await write(pilot, "135792")
            await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        assert "古丽 管理员" in shown(app)
    assert [(each.name, each.role) for each in store.accounts.list()] == [("admin", "admin")]
    store.close()


async def test_a_weak_first_secret_is_refused_in_chinese(tmp_path: Path) -> None:
    store = open_store(premises_at(tmp_path / "fresh", time=FakeClock()))
    app = NurseApp(store, player=KeptPlayer(), exports=tmp_path, environment=PLAIN_TERMINAL)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, FirstStartScreen))
        for text in ("admin", "古丽", "123456", "123456"):
            await write(pilot, text)
            await pilot.press("enter")
        await until(pilot, lambda: "密码太简单" in shown(app))
        assert app.focused is not None
        assert app.focused.id == "secret"
        assert not any(field.value for field in app.screen.query(Input) if field.password)
        app.screen.query_one("#name", Input).value = "Frau Doktor"
        for _ in range(2):
            await write(pilot, "a fine secret")
            await pilot.press("enter")
        await until(pilot, lambda: "小写字母" in shown(app) and "例如 wang.fang" in shown(app))
    assert not store.accounts.exist()
    store.close()


async def test_wrong_secrets_end_in_a_wait_that_is_counted_down(station: Station) -> None:
    app = station.app()
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, LoginScreen))
        await write(pilot, "wang.fang")
        await pilot.press("enter")
        for _ in range(station.store.site.settings.accounts.attempts + 1):
            await write(pilot, "a wrong secret")
            await pilot.press("enter")
            await pilot.pause()
        assert "请稍候 30 秒" in shown(app)
        assert app.screen.query_one(Button).disabled
        await write(pilot, NURSE_SECRET)
        await pilot.press("enter")
        assert isinstance(app.screen, LoginScreen)  # also the right one has to wait
        station.time.pass_(seconds=31)
        await until(pilot, lambda: "可以再试了" in shown(app))
        await write(pilot, NURSE_SECRET)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))


async def test_an_unknown_name_is_answered_like_a_wrong_secret(station: Station) -> None:
    app = station.app()
    async with app.run_test() as pilot:
        for name in ("nobody", "wang.fang"):
            await until(pilot, lambda: app.focused is not None)
            app.screen.query_one("#name", Input).focus()
            await write(pilot, name)
            await pilot.press("enter")
            await write(pilot, "a wrong secret")
            await pilot.press("enter")
            assert "姓名或密码不对" in shown(app)


async def test_an_ended_session_locks_the_screen_and_loses_nothing_that_was_typed(station: Station) -> None:
    station.send(typed("ru"))
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        await go(pilot, screen, "症状 头痛")
        await pilot.press("enter")
        assert isinstance(app.screen, RecordForm)
        app.screen.query_one("#body_site", Input).value = "左侧颞部"
        station.time.pass_(minutes=11)
        await until(pilot, lambda: isinstance(app.screen, LockScreen))
        assert "头痛" not in shown(app)
        assert "王芳" in shown(app)
        await write(pilot, "a wrong secret")
        await pilot.press("enter")
        assert isinstance(app.screen, LockScreen)
        await write(pilot, NURSE_SECRET)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecordForm))
        assert app.screen.query_one("#body_site", Input).value == "左侧颞部"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        finding = next(line.record for line in screen.seen.lines if "头痛" in line.text)
        assert getattr(finding, "body_site", None) == "左侧颞部"


async def test_what_is_asked_of_an_ended_session_locks_too(station: Station) -> None:
    station.send(typed("ru"))
    app = station.app(poll_s=60.0)  # it does not notice by itself
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        station.time.pass_(minutes=11)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, LockScreen))
        await write(pilot, NURSE_SECRET)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert not screen.seen.wanted
        await pilot.press("i")
        assert screen.seen.wanted


async def test_somebody_at_the_keyboard_keeps_the_session(station: Station) -> None:
    station.send(typed("ru"))
    app = station.app()
    async with app.run_test() as pilot:
        await log_in(pilot)
        for _ in range(4):
            station.time.pass_(minutes=6)
            await pilot.press("down")
            await pilot.pause(0.2)
        assert isinstance(app.screen, QueueScreen)


async def test_lock_by_hand_and_let_somebody_else_in(station: Station) -> None:
    app = station.app()
    async with app.run_test() as pilot:
        await log_in(pilot)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, LockScreen))
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, LoginScreen))
        await log_in(pilot, "admin", ADMIN_SECRET)
        assert "管理员" in shown(app)
    assert ("wang.fang", "logout") in station.log()


async def test_help_is_on_every_entry_screen_and_leaves_again(station: Station) -> None:
    app = station.app()
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, LoginScreen))
        await pilot.press("f1")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        assert isinstance(app.screen, LoginScreen)


async def test_only_an_administrator_looks_after_accounts(station: Station) -> None:
    app = station.app()
    async with app.run_test() as pilot:
        await log_in(pilot)
        await pilot.press("u")
        assert isinstance(app.screen, QueueScreen)
        assert "管理员" in status(app)


async def test_an_administrator_adds_disables_and_gives_secrets(station: Station) -> None:
    app = station.app()
    accounts = station.store.accounts
    async with app.run_test() as pilot:
        await log_in(pilot, "admin", ADMIN_SECRET)
        await pilot.press("u")
        await until(pilot, lambda: isinstance(app.screen, UsersScreen))
        screen = app.screen
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.focused, Input))
        for text in ("li.na", "李娜"):
            await write(pilot, text)
            await pilot.press("enter")
        await pilot.press("tab")  # the role stays that of a nurse
        for text in ("246813", "246813"):
            await write(pilot, text)
            await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert {each.name: each.role for each in accounts.list()}["li.na"] == "nurse"
        rows = screen.query_one(Rows)
        rows.choose("li.na")
        await pilot.press("d")
        assert next(each for each in accounts.list() if each.name == "li.na").disabled
        await pilot.press("d")
        assert not next(each for each in accounts.list() if each.name == "li.na").disabled
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.focused, Input))
        for text in ("another secret", "another secret"):
            await write(pilot, text)
            await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert accounts.log_in("li.na", "another secret").full_name == "李娜"
        rows.choose("admin")
        await pilot.press("d")
        assert "最后一个管理员" in status(app)


@pytest.mark.parametrize(
    ("name", "said"), [("Li Na", "小写字母"), ("wang.fang", "已经有人用了")], ids=["not a name", "taken"]
)
async def test_a_name_that_cannot_be_is_refused_and_what_was_typed_stays(
    station: Station, name: str, said: str
) -> None:
    app = station.app()
    async with app.run_test() as pilot:
        await log_in(pilot, "admin", ADMIN_SECRET)
        await pilot.press("u")
        await until(pilot, lambda: isinstance(app.screen, UsersScreen))
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.focused, Input))
        for text in (name, "李娜"):
            await write(pilot, text)
            await pilot.press("enter")
        await pilot.press("tab")  # the role stays that of a nurse
        for text in ("246813", "246813"):
            await write(pilot, text)
            await pilot.press("enter")
        assert said in shown(app)
        assert app.screen.query_one("#full_name", Input).value == "李娜"
        await pilot.press("escape")
        assert "再按一次 Esc" in shown(app)
        await pilot.press("escape")
        assert isinstance(app.screen, UsersScreen)
