"""The store's benchmark, at a small size: what it measures is right; how fast it is, is for `kiosk bench`."""

from __future__ import annotations

from kiosk.bench import store as bench_store
from kiosk.bench import writers as bench_writers
from tests.store.conftest import Bench


def test_the_figures(database_url: str) -> None:
    done: list[int] = []
    for url in ("", database_url):
        figures = bench_store.measure(1200, url=url, rounds=2, progress=lambda count, _total: done.append(count))
        assert (figures["encounters"], figures["database"]) == (1200, "postgresql" if url else "sqlcipher")
        for name in ("queue", "search", "search_rare", "review"):
            row = figures[name]
            assert isinstance(row, dict)
            assert 0 < row["median_ms"] <= row["worst_ms"]
            assert row["vs_plain"] > 0
        assert "1200 encounters" in bench_store.report(figures)
    assert done == [1000, 1200] * 2


def test_made_up_encounters_are_the_same_each_time() -> None:
    assert bench_store.example(7) == bench_store.example(7)
    assert bench_store.example(7) != bench_store.example(8)


def test_kiosks_that_send_at_once_lose_nothing(database_url: str) -> None:
    checked: list[int] = []
    figures = bench_writers.measure(
        database_url, kiosks=3, each=3, progress=lambda count, _total: checked.append(count)
    )
    assert (figures["kiosks"], figures["acknowledged"], figures["lost"]) == (3, 9, 0)
    assert checked == [*range(1, 10)]
    for name in ("per_second", "median_ms", "vs_plain", "queue_median_ms"):
        value = figures[name]
        assert isinstance(value, float)
        assert value > 0, name
    assert "9 acknowledged, 0 lost" in bench_writers.report(figures)


def test_what_is_not_in_the_store_as_it_was_sent_is_called_lost(bench: Bench) -> None:
    intake, recording = bench_writers.spoken(1)
    there = bench.outbox.send(intake, recording).encounter_id
    other = bench.outbox.send(intake, bench_writers.spoken(2)[1]).encounter_id
    bench.store.take_in()
    sent = [bench_writers.Sent(1, name, True, 0.1) for name in (there, other, "0" * 32)]
    assert bench_writers.whole(bench.store, bench.nurse, sent) == 1
    assert bench_writers.whole(bench.store, bench.nurse, [sent[0], sent[0]]) == 1, "two acknowledgements, one record"
