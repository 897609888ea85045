"""Twenty kiosks that send to one PostgreSQL at once, while a nurse looks at the queue: is what was acknowledged there?

Each kiosk is a process of its own with a folder of its own, as in a ward: it holds ``patient.key`` and nothing else of
the store. Afterwards every acknowledged encounter is opened and compared with what was sent, its recording too. The
baseline is what one would write first: the same processes insert the same records in the clear, one row and one commit
each. Compare ratios, not milliseconds.
"""

from __future__ import annotations

import multiprocessing
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np
import psycopg

from kiosk import audio, documents
from kiosk.audio import Recording
from kiosk.bench import store as bench_store
from kiosk.bench.store import Json, Progress
from kiosk.encounter import AudioInfo, Intake
from kiosk.errors import InputError
from kiosk.recognition import SAMPLE_RATE
from kiosk.store.accounts import Session
from kiosk.store.nurse_end import Store, open_store
from kiosk.store.outbox import StoreOutbox
from kiosk.store.premises import Premises

KIOSKS = 20
EACH = 25
SPEECH_S = 4.0
START_S = 900.0
"""How long the kiosks wait for each other before the first sends."""

PLAIN = "CREATE TABLE plain_intake (id text PRIMARY KEY, note text NOT NULL, audio bytea NOT NULL)"

_start: Barrier


@dataclass(frozen=True, slots=True)
class Work:
    """What one kiosk has to do: send the made-up encounters ``first`` to ``first + count - 1``."""

    home: Path
    url: str
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Sent:
    """One acknowledged encounter: which made-up one it is, its id, and the seconds until the acknowledgement."""

    number: int
    encounter_id: str
    delivered: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Done:
    """What one kiosk did, and how long its sending took beside plain inserts, in seconds."""

    sent: tuple[Sent, ...]
    seconds: float
    plain_s: float


def measure(
    url: str, *, kiosks: int = KIOSKS, each: int = EACH, progress: Progress = lambda _done, _total: None
) -> Json:
    """Let the kiosks send, and look for what they were told is kept.

    Args:
        url: an empty PostgreSQL database.
        each: how many encounters each kiosk sends, one after the other.
    """
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        site = Premises(settings=bench_store.settings_for(url), home=Path(folder) / "station")
        store = open_store(site)
        try:
            store.accounts.add_first("bench", "bench", "a secret of the bench")
            session = store.accounts.log_in("bench", "a secret of the bench")
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(PLAIN)
            works = [Work(_kiosk_home(site, Path(folder), n), url, n * each, each) for n in range(kiosks)]
            done, looks = _send(works, store, session)
            while store.take_in():
                pass
            sent = [one for kiosk in done for one in kiosk.sent]
            found = whole(store, session, sent, progress)
        finally:
            store.close()
    times = [one.seconds * 1000 for one in sent]
    ours, plain = max(kiosk.seconds for kiosk in done), max(kiosk.plain_s for kiosk in done)
    return {
        "kiosks": kiosks,
        "acknowledged": len(sent),
        "spooled": sum(not one.delivered for one in sent),
        "lost": len(sent) - found,
        "per_second": round(len(sent) / ours, 1),
        "median_ms": round(statistics.median(times), 1),
        "worst_ms": round(max(times), 1),
        "vs_plain": round(ours / plain, 1),
        "queue_median_ms": round(statistics.median(looks), 1),
        "queue_worst_ms": round(max(looks), 1),
    }


def report(figures: Json) -> str:
    """Return the figures as lines for people."""
    return (
        f"writers        {figures['kiosks']} kiosks at once to postgresql: {figures['acknowledged']} acknowledged, "
        f"{figures['lost']} lost, {figures['spooled']} kept in files first\n"
        f"  sending      {figures['median_ms']} ms (worst {figures['worst_ms']}), {figures['per_second']} a second; "
        f"{figures['vs_plain']} x the time of plain rows\n"
        f"  queue        {figures['queue_median_ms']} ms meanwhile (worst {figures['queue_worst_ms']})"
    )


def spoken(number: int) -> tuple[Intake, Recording]:
    """Return a made-up intake with a recording; the same number always gives the same ones."""
    samples = 0.1 * np.sin(np.arange(round(SPEECH_S * SAMPLE_RATE)) / (9 + number % 50))
    recording = audio.from_samples(samples.astype(np.float32))
    info = AudioInfo(duration_s=recording.duration_s, sha256=recording.sha256)
    return replace(bench_store.example(number), audio=info), recording


def _kiosk_home(site: Premises, folder: Path, number: int) -> Path:
    """Return the folder of a kiosk that holds what a kiosk of a ward is given: the patient's key."""
    kiosk = Premises(settings=site.settings, home=folder / f"kiosk{number}")
    kiosk.folder.mkdir(parents=True, mode=0o700)
    shutil.copy2(site.patient_key, kiosk.patient_key)
    return kiosk.home


def _send(works: Sequence[Work], store: Store, session: Session) -> tuple[list[Done], list[float]]:
    """Return what the kiosks did, and the milliseconds of each look at the queue meanwhile."""
    processes = multiprocessing.get_context("spawn")
    start = processes.Barrier(len(works) + 1)
    looks: list[float] = []
    with ProcessPoolExecutor(len(works), mp_context=processes, initializer=_wait_for, initargs=(start,)) as pool:
        futures = [pool.submit(_kiosk, work) for work in works]
        with _broken_when_one_fails(futures, start):
            start.wait(START_S)
            while wait(futures, timeout=0.2).not_done or not looks:
                before = time.perf_counter()
                store.queue(session)
                looks.append((time.perf_counter() - before) * 1000)
    return [future.result() for future in futures], looks


@contextmanager
def _broken_when_one_fails(futures: Sequence[Future[Done]], start: Barrier) -> Iterator[None]:
    """Let nobody wait for a kiosk that could not even begin."""
    for future in futures:
        future.add_done_callback(lambda finished: start.abort() if finished.exception() is not None else None)
    try:
        yield
    except Exception:
        for future in futures:
            if future.done():
                future.result()  # why it failed says more than that the others waited in vain
        raise


def whole(store: Store, session: Session, sent: Sequence[Sent], progress: Progress = lambda _done, _total: None) -> int:
    """Return how many acknowledged encounters are in the store exactly as they were sent."""
    kept = 0
    known = {one.encounter_id for one in sent}
    for number, one in enumerate(sent, start=1):
        intake, recording = spoken(one.number)
        with suppress(InputError):  # it is not there
            stored = store.open(session, one.encounter_id)
            kept += stored.intake == intake and store.recording(session, one.encounter_id).sha256 == recording.sha256
        progress(number, len(sent))
    return kept - (len(sent) - len(known))  # two acknowledgements with one id are one encounter too few


# In the kiosks' processes.


def _wait_for(start: Barrier) -> None:
    global _start  # a barrier reaches a process only while it is being made
    _start = start


def _kiosk(work: Work) -> Done:
    outbox = StoreOutbox(Premises(settings=bench_store.settings_for(work.url), home=work.home))
    made = [(number, *spoken(number)) for number in range(work.first, work.first + work.count)]
    sent: list[Sent] = []
    with psycopg.connect(work.url) as plain:
        _start.wait(START_S)
        began = time.perf_counter()
        for number, intake, recording in made:
            before = time.perf_counter()
            receipt = outbox.send(intake, recording)
            sent.append(Sent(number, receipt.encounter_id, receipt.delivered, time.perf_counter() - before))
        seconds = time.perf_counter() - began
        began = time.perf_counter()
        for number, intake, recording in made:
            row = (f"plain{number}", documents.dump(documents.intake(intake)), audio.to_pcm16(recording.samples))
            plain.execute("INSERT INTO plain_intake VALUES (%s, %s, %s)", row)
            plain.commit()
        plain_s = time.perf_counter() - began
    outbox.tend()
    outbox.close()
    return Done(tuple(sent), seconds, plain_s)
