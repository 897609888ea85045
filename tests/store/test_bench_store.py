"""The store's benchmark, at a small size: what it measures is right; how fast it is, is for `kiosk bench`."""

from __future__ import annotations

from kiosk import bench_store


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
