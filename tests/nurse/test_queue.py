"""The queue: what it shows, arriving by itself, search, what is signed, many lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from textual.widgets import Input

from kiosk.encounter import Person
from kiosk.review.decisions import CorrectField
from kiosk.store.deposit import Summary
from kiosk.store.listing import Waiting
from kiosk.ui.nurse import words
from kiosk.ui.nurse.base import Rows
from kiosk.ui.nurse.help import HelpScreen
from kiosk.ui.nurse.queue import STEP, QueueScreen, line
from kiosk.ui.nurse.review import ReviewScreen
from tests.nurse.conftest import Station, _plain, log_in, shown, status, typed, until, write
from tests.store.conftest import tiny


def ids(screen: QueueScreen) -> list[str]:
    return [str(option.id) for option in screen.query_one(Rows).options]


async def test_red_flags_first_then_arrival_with_what_a_nurse_needs_to_choose(station: Station) -> None:
    calm = typed("ru")
    calm = replace(calm, note=replace(calm.note, person=Person(age_years=34, sex="female")))
    first, second, urgent = station.send(calm), station.send(typed("bo")), station.send(typed("en"))
    app = station.app()
    station.time.pass_(minutes=75)
    async with app.run_test(size=(140, 40)) as pilot:
        screen = await log_in(pilot)
        assert ids(screen) == [urgent, first, second]
        text = shown(app)
        for expected in ("胸痛", "女 34岁", "俄语", "头痛3天", "藏语", "1时15分", "待审", "待审 3（红旗 1）"):
            assert expected in text, expected


async def test_arrivals_appear_by_themselves_and_the_choice_stays(station: Station) -> None:
    app = station.app()
    async with app.run_test() as pilot:
        screen = await log_in(pilot)
        assert "没有待审的记录" in shown(app)
        first, second = station.send(typed("ru")), station.send(typed("ug"))
        await until(pilot, lambda: ids(screen) == [first, second])
        assert "新到" in status(app)
        screen.query_one(Rows).choose(second)
        urgent = station.send(typed("en"))
        await until(pilot, lambda: ids(screen) == [urgent, first, second])
        assert screen.query_one(Rows).chosen == second


async def test_a_list_that_only_changes_its_lines_is_not_rebuilt(station: Station) -> None:
    """Rebuilding would flicker and scroll: a line whose waiting time changes is replaced in its place."""
    name = station.send(typed("ru"))
    app = station.app()
    async with app.run_test() as pilot:
        screen = await log_in(pilot)
        rows = screen.query_one(Rows)
        option = rows.get_option(name)
        station.time.pass_(minutes=5)
        screen.draw()
        assert rows.get_option(name) is option
        assert "5分" in shown(app)


async def test_open_with_enter_and_with_the_mouse_and_come_back(station: Station) -> None:
    station.send(typed("ru"))
    app = station.app()
    async with app.run_test() as pilot:
        await log_in(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        await pilot.click(Rows, offset=(10, 0))
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
    assert [action for _, action in station.log()].count("view") == 2


async def test_search_by_a_term_and_by_the_beginning_of_a_number(station: Station) -> None:
    headache, chest = station.send(typed("ru")), station.send(typed("en"))
    app = station.app()
    async with app.run_test() as pilot:
        screen = await log_in(pilot)
        await pilot.press("slash")
        await write(pilot, "头痛")
        await pilot.press("enter")
        assert ids(screen) == [headache]
        await pilot.press("slash")
        await write(pilot, chest[:8])
        await pilot.press("enter")
        assert ids(screen) == [chest]
        await pilot.press("slash")
        await write(pilot, "痛")
        await pilot.press("enter")
        assert "两个字" in status(app)
        await pilot.press("escape")
        assert ids(screen) == [chest, headache]
        assert not screen.query_one("#search", Input).has_class("-open")
        await pilot.press("slash")
        await write(pilot, "没有这个病")
        await pilot.press("enter")
        assert "没有查到" in shown(app)


async def test_signed_notes_have_a_list_of_their_own(station: Station) -> None:
    name, other = station.send(typed("ru")), station.send(typed("ug"))
    seen = station.store.open(station.bench.nurse, name)
    seen = station.store.decide(station.bench.nurse, name, seen, CorrectField(path="chief_complaint", value="头痛四天"))
    station.store.sign(station.bench.nurse, name, seen)
    app = station.app()
    async with app.run_test() as pilot:
        screen = await log_in(pilot)
        assert ids(screen) == [other]
        await pilot.press("t")
        assert ids(screen) == [name]
        assert "头痛四天" in shown(app)
        assert "已签名 王芳" in shown(app)
        await pilot.press("t")
        assert ids(screen) == [other]


async def test_a_long_queue_shows_its_beginning_and_more_on_request(station: Station) -> None:
    for index in range(STEP + 5):
        station.send(tiny(f"patient {index}"))
    app = station.app()
    async with app.run_test() as pilot:
        screen = await log_in(pilot)
        assert len(ids(screen)) == STEP
        assert f"待审 {STEP + 5}" in shown(app)
        assert f"显示前 {STEP} 份" in shown(app)
        await pilot.press("m")
        assert len(ids(screen)) == STEP + 5


async def test_help_lists_the_keys_and_does_what_is_chosen(station: Station) -> None:
    app = station.app()
    async with app.run_test() as pilot:
        screen = await log_in(pilot)
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        for expected in ("审核", "查找", "已签名", "退出登录", "锁屏"):
            assert expected in shown(app)
        rows = app.screen.query_one(Rows)
        rows.highlighted = next(index for index, option in enumerate(rows.options) if "查找" in _plain(option.prompt))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen and isinstance(app.focused, Input))


@pytest.mark.parametrize("wide", [False, True])
def test_a_line_draws_nothing_that_was_not_asked_for(wide: bool) -> None:
    at = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
    row = Waiting(
        seq=1,
        encounter_id="ab" * 16,
        received_at=at,
        urgency=1,
        state="review",
        has_audio=True,
        summary=Summary(
            language="ug",
            chief_complaint="\x1b[31m头痛\n3天",
            flags=("胸痛",),
            blocking=2,
            wanted=("口译员", "重问：complaint"),
            age_years=0.25,
            ticket="A7",
        ),
    )
    text = _plain(line(row, at + timedelta(hours=3, minutes=5), wide=wide))
    assert "\x1b" not in text
    for expected in ("3时05分", "3个月", "维吾尔语", "头痛 3天", "胸痛", "审核中 ⛔2", "口译员 重问", "号A7"):
        assert expected in text


def test_waiting_times() -> None:
    at = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
    spans = {0: "0分", 59: "59分", 60: "1时00分", 24 * 60: "1天", -30: "0分"}
    assert {minutes: words.waited(at, at + timedelta(minutes=minutes)) for minutes in spans} == spans
