"""How long the nurse waits: the queue, a search and one review in a store of many encounters.

The baseline is what one would write first: plain SQLite without encryption, log, accounts or search index; the queue is
one query, a search is ``LIKE`` over every note, a review is one row of JSON. It keeps patients' words in the clear; it
only says how fast this machine is. Both sides take turns in the same run: compare ratios, not milliseconds.
"""

from __future__ import annotations

import functools
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from kiosk import documents, settings
from kiosk.encounter import AudioInfo, Finding, Intake, LanguageChoice, Note, RedFlag, Timing, Translation, Utterance
from kiosk.settings import Settings
from kiosk.store import deposit, schema, search
from kiosk.store.accounts import Session
from kiosk.store.deposit import Deposit
from kiosk.store.nurse_end import Store, open_store
from kiosk.store.premises import Premises

Json = dict[str, object]
Progress = Callable[[int, int], None]
"""(done, total)"""

BATCH = 1000
ROUNDS = 15
OPEN_SHARE = 0.02  # a hospital's day; the rest was signed long ago
URGENT_SHARE = 0.05
_SYMPTOMS = (
    "头痛",
    "发热",
    "咳嗽",
    "腹痛",
    "胸痛",
    "呕吐",
    "腹泻",
    "眩晕",
    "咽痛",
    "腰痛",
    "皮疹",
    "耳鸣",
    "心悸",
    "乏力",
)
_PLACES = ("左", "右", "双侧")
_RARE = "杵状指"


def measure(
    encounters: int, *, url: str = "", progress: Progress = lambda _done, _total: None, rounds: int = ROUNDS
) -> Json:
    """Fill a fresh store with made-up encounters and measure it; nothing of the site's own store is touched.

    Args:
        url: an empty PostgreSQL database; SQLCipher when empty.
        rounds: how often each thing is done; the median is given, and the worst.
    """
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        home = Path(folder)
        site = Premises(settings=settings_for(url), home=home)
        store = open_store(site)
        plain = sqlite3.connect(home / "plain.db")
        try:
            store.accounts.add_first("bench", "bench", "a secret of the bench")
            session = store.accounts.log_in("bench", "a secret of the bench")
            started = time.perf_counter()
            names = _fill(store, plain, encounters, progress)
            filled_s = time.perf_counter() - started
            figures = _compare(store, plain, session, names, rounds)
        finally:
            plain.close()
            store.close()
        size_mb = round(sum(path.stat().st_size for path in site.folder.glob("kiosk.db*")) / 2**20, 1)
    return {
        "database": "postgresql" if url else "sqlcipher",
        "baseline": "plain SQLite, no encryption, no log",
        "encounters": encounters,
        "fill_s": round(filled_s, 1),
        "size_mb": size_mb if not url else None,
        **figures,
    }


def report(figures: Json) -> str:
    """Return the figures as lines for people."""
    lines = [f"store          {figures['encounters']} encounters in {figures['database']}"]
    for name in ("queue", "search", "search_rare", "review"):
        row = figures[name]
        assert isinstance(row, dict)  # noqa: S101 - made above
        lines.append(
            f"  {name:<12} {row['median_ms']} ms (worst {row['worst_ms']}); "
            f"{row['vs_plain']} x the time of plain SQLite ({row['plain_median_ms']} ms)"
        )
    return "\n".join(lines)


def example(number: int) -> Intake:
    """Return a made-up intake; the same number always gives the same one."""
    chance = random.Random(number)  # noqa: S311 - made-up patients
    chosen = chance.sample(_SYMPTOMS, 3)
    if number % 1000 == 7:
        chosen[2] = _RARE
    words = f"patient {number}: " + ", ".join(chosen)
    findings = tuple(
        Finding(code=f"s{_SYMPTOMS.index(name) if name in _SYMPTOMS else 99}", name=name) for name in chosen
    )
    flags = (RedFlag(id="chest_pain", name="胸痛"),) if chance.random() < URGENT_SHARE else ()
    note = Note(
        chief_complaint=f"{chosen[0]}{chance.randint(1, 9)}天",
        findings=findings,
        red_flags=flags,
        text=f"主诉：{chosen[0]}\n现病史：患者诉{'；'.join(chosen)}\n" + f"原话：{words}\n" * 8,
    )
    return Intake(
        language=LanguageChoice(code="ug"),
        audio=AudioInfo(duration_s=12.5, sha256=f"{number:064x}"),
        utterances=(Utterance(id="u1", text=words, language="ug", mode="transcript"),),
        translations=(Translation(utterance_id="u1", zh="，".join(chosen), channel="verified", engine="bench"),),
        note=note,
        timing=Timing(),
    )


def settings_for(url: str) -> Settings:
    """Return the program's own settings with this database and a key in a file."""
    chosen = settings.load()
    return chosen.model_copy(
        update={"store": chosen.store.model_copy(update={"url": url, "key": "file", "key_file": ""})}
    )


def _fill(store: Store, plain: sqlite3.Connection, count: int, progress: Progress) -> list[str]:
    """Put the encounters in, as the patient's side seals them and the nurse's side takes them in; most are closed."""
    columns = "seq INTEGER PRIMARY KEY, id TEXT UNIQUE, urgency INT, closed INT, summary TEXT, note TEXT"
    plain.execute(f"CREATE TABLE encounter ({columns})")
    plain.execute("CREATE INDEX queue ON encounter (closed, urgency DESC, seq)")
    began = datetime(2026, 1, 1, tzinfo=UTC)
    names: list[str] = []
    for first in range(0, count, BATCH):
        numbers = range(first, min(first + BATCH, count))
        intakes = [example(number) for number in numbers]
        sealed = [
            deposit.prepare(intake, b"", key=store.vault.public, at=began + timedelta(minutes=number))
            for number, intake in zip(numbers, intakes, strict=True)
        ]
        closed = [number < count * (1 - OPEN_SHARE) for number in numbers]
        _insert(store, first, sealed, intakes, closed)
        plain.executemany(
            "INSERT INTO encounter (id, urgency, closed, summary, note) VALUES (?, ?, ?, ?, ?)",
            [
                (
                    each.id,
                    each.urgency,
                    is_closed,
                    intake.note.chief_complaint,
                    documents.dump(documents.intake(intake)),
                )
                for each, intake, is_closed in zip(sealed, intakes, closed, strict=True)
            ],
        )
        plain.commit()
        names.extend(each.id for each in sealed)
        progress(len(names), count)
    return names


def _insert(
    store: Store, first: int, sealed: Sequence[Deposit], intakes: Sequence[Intake], closed: Sequence[bool]
) -> None:
    """Write the rows that sending and taking in would write, many at a time."""
    with store.database.write() as connection:
        connection.execute(
            insert(schema.encounter),
            [{"id": each.id, "received_at": each.received_at, "kiosk": each.kiosk} for each in sealed],
        )
        connection.execute(
            insert(schema.encounter_key),
            [{"encounter_id": each.id, "key_id": each.key_id, "wrapped": each.wrapped} for each in sealed],
        )
        connection.execute(
            insert(schema.revision),
            [
                {"encounter_id": each.id, "number": 1, "at": each.received_at, "author": "", "sealed": each.intake}
                for each in sealed
            ],
        )
        connection.execute(
            insert(schema.queue),
            [
                {
                    "seq": first + index + 1,
                    "encounter_id": each.id,
                    "received_at": each.received_at,
                    "urgency": each.urgency,
                    "state": "signed" if is_closed else "waiting",
                    "closed": is_closed,
                    "has_audio": False,
                    "taken_in": True,
                    "sealed": each.summary,
                }
                for index, (each, is_closed) in enumerate(zip(sealed, closed, strict=True))
            ],
        )
        token = functools.partial(search.tokens_of, key=store.vault.search)
        terms = [
            {"token": number, "seq": first + index + 1}
            for index, intake in enumerate(intakes)
            for number in token(intake.note)
        ]
        connection.execute(insert(schema.term), terms)


def _compare(
    store: Store, plain: sqlite3.Connection, session: Session, names: Sequence[str], rounds: int
) -> dict[str, Json]:
    chance = random.Random(1)  # noqa: S311 - which encounters are opened
    picked = [chance.choice(names) for _ in range(rounds)]

    def plain_queue(_round: int) -> object:
        query = "SELECT id, urgency, summary FROM encounter WHERE closed = 0 ORDER BY urgency DESC, seq LIMIT 100"
        return plain.execute(query).fetchall()

    def plain_search(words: str) -> Callable[[int], object]:
        query = "SELECT id, summary FROM encounter WHERE note LIKE ? ORDER BY seq DESC LIMIT 50"
        return lambda _round: plain.execute(query, (f"%{words}%",)).fetchall()

    def plain_review(number: int) -> object:
        return json.loads(plain.execute("SELECT note FROM encounter WHERE id = ?", (picked[number],)).fetchone()[0])

    def forgetful(work: Callable[[int], object]) -> Callable[[int], object]:
        def run(number: int) -> object:
            store.shelf.forget_all()  # every round opens its data keys anew, as the first look of the day does
            return work(number)

        return run

    pairs: dict[str, tuple[Callable[[int], object], Callable[[int], object]]] = {
        "queue": (forgetful(lambda _round: store.queue(session)), plain_queue),
        "search": (forgetful(lambda _round: store.search(session, "头痛")), plain_search("头痛")),
        "search_rare": (forgetful(lambda _round: store.search(session, _RARE)), plain_search(_RARE)),
        "review": (forgetful(lambda number: store.open(session, picked[number])), plain_review),
    }
    return {name: _timed(ours, baseline, rounds) for name, (ours, baseline) in pairs.items()}


def _timed(ours: Callable[[int], object], baseline: Callable[[int], object], rounds: int) -> Json:
    times: tuple[list[float], list[float]] = ([], [])
    ours(0), baseline(0)  # the first run of each pays for caches
    for number in range(rounds):
        for work, kept in zip((ours, baseline), times, strict=True):
            started = time.perf_counter()
            work(number)
            kept.append((time.perf_counter() - started) * 1000)
    mine, plain = times
    return {
        "median_ms": round(statistics.median(mine), 2),
        "worst_ms": round(max(mine), 2),
        "plain_median_ms": round(statistics.median(plain), 3),
        "vs_plain": round(statistics.median(a / b for a, b in zip(mine, plain, strict=True)), 1),
    }
