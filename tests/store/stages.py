"""Run as a program: does a piece of work in a child process and kills it (-9) at one stage after another.

A stage is a statement, a commit, a new file or a flush to the disk. Children are forked from this process, which has
imported everything, so that a stage costs little. For each stage that is asked for on stdin, one line of JSON goes to
stdout: what the child had acknowledged before it died, and, when it came to its end, how many stages there were.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from kiosk import keys
from kiosk.export import drop
from kiosk.review.decisions import AddVitals, Vitals
from kiosk.store import dispatch, erasure, maintenance
from kiosk.store.nurse_end import open_store
from kiosk.store.outbox import StoreOutbox
from kiosk.store.premises import Premises
from tests.store.conftest import ADMIN_SECRET, NURSE_SECRET, premises_at, quick_hashes, tiny

Work = Callable[[Premises, Callable[[Any], None]], None]


def send(site: Premises, acknowledge: Callable[[Any], None]) -> None:
    """First start included: the outbox makes the store."""
    outbox = StoreOutbox(site)
    for _ in range(2):
        acknowledge(outbox.send(tiny(), None).encounter_id)


def review(site: Premises, acknowledge: Callable[[Any], None]) -> None:
    """Decide and sign."""
    store = open_store(site)
    nurse = store.accounts.log_in("wang.fang", NURSE_SECRET)
    (name,) = (each.encounter_id for each in store.queue(nurse))
    seen = store.open(nurse, name)
    seen = store.decide(nurse, name, seen, AddVitals(vitals=Vitals(pulse=80)))
    acknowledge("decided")
    store.sign(nurse, name, seen)
    acknowledge("signed")


def rekey(site: Premises, acknowledge: Callable[[Any], None]) -> None:
    """New keys for everything."""
    maintenance.rekey(site, site.key_place())
    acknowledge("rekeyed")


def erase(site: Premises, acknowledge: Callable[[Any], None]) -> None:
    """Erase the one encounter."""
    store = open_store(site)
    admin = store.accounts.log_in("admin", ADMIN_SECRET)
    (waiting,) = store.queue(admin)
    erasure.erase(store, admin, waiting.encounter_id)
    acknowledge("erased")


def to_folder(site: Premises, acknowledge: Callable[[Any], None]) -> None:
    """Put what waits into a drop folder."""
    chosen = site.settings
    section = chosen.export.model_copy(update={"folder": str(site.home / "drop")})
    store = open_store(replace(site, settings=chosen.model_copy(update={"export": section})))
    acknowledge(dispatch.deliver(store, now=True).sent)


WORK: dict[str, Work] = {"send": send, "review": review, "rekey": rekey, "erase": erase, "dispatch": to_folder}


reached = 0


def die_at(stage: int) -> None:
    """Kill this process, as the power switch would, when it reaches its ``stage``-th stage."""

    def step(*_arguments: Any, **_options: Any) -> None:
        global reached
        reached += 1
        if reached == stage:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, name, step)
    for name in ("fsync", "open", "replace"):
        _wrap(os, name, step)
    _wrap(Path, "replace", step)
    _wrap(Path, "unlink", step)
    _wrap(keys, "sync_folder", step)
    _wrap(drop, "sync_folder", step)


def _wrap(owner: Any, name: str, step: Callable[[], None]) -> None:
    original = getattr(owner, name)

    def wrapped(*arguments: Any, **options: Any) -> Any:
        step()
        done = original(*arguments, **options)
        step()
        return done

    setattr(owner, name, wrapped)


def run(kind: str, home: Path, url: str, stage: int) -> tuple[list[Any], int]:
    """Do the work in a child that dies at ``stage``; return what it acknowledged, and its stages if it ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            site = premises_at(home, url=url)
            die_at(stage)
            WORK[kind](site, lambda what: void(os.write(writer, json.dumps(what).encode() + b"\n")))
            os.write(writer, json.dumps({"stages": reached}).encode() + b"\n")
            os._exit(0)
        except BaseException as error:  # noqa: BLE001 - the parent must hear of it
            os.write(2, f"stage {stage}: {type(error).__name__}: {error}\n".encode())
            os._exit(3)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        acknowledged = [json.loads(line) for line in pipe]
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 3:
        sys.exit(3)
    return (acknowledged[:-1], acknowledged[-1]["stages"]) if os.WIFEXITED(status) else (acknowledged, 0)


def void(_value: object) -> None:
    """Drop a value."""


def main() -> None:
    """``stages.py KIND HOME URL STAGE``: one stage. HOME is used as it is."""
    quick_hashes()
    kind, home, url = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    tempfile.tempdir = str(home.parent)
    for line in sys.stdin:  # one stage a line, so that the parent prepares and examines the home in between
        acknowledged, stages = run(kind, home, url, int(line))
        print(json.dumps({"acknowledged": acknowledged, "stages": stages}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
