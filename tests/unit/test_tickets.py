"""The numbers by which patients are called."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.errors import StorageError
from kiosk.tickets import FILE, Tickets

TODAY = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)


def test_counted_from_one_each_day(tmp_path: Path) -> None:
    assert [Tickets(tmp_path).next(TODAY) for _ in range(3)] == ["1", "2", "3"]
    assert Tickets(tmp_path).next(TODAY + timedelta(days=1)) == "1"
    assert Tickets(tmp_path, prefix="B").next(TODAY + timedelta(days=1)) == "B2"


def test_no_number_is_given_twice(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        given = list(pool.map(lambda _: Tickets(tmp_path).next(TODAY), range(20)))
    assert sorted(given, key=int) == [str(number) for number in range(1, 21)]


def test_a_damaged_count_begins_anew(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{")
    assert Tickets(tmp_path).next(TODAY) == "1"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(StorageError, match="ticket numbers"):
        Tickets(tmp_path / "home").next(TODAY)
