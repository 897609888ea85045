"""The log of who did what: a chain in which no entry can be changed, removed or put elsewhere unnoticed.

Each entry carries an HMAC-SHA-256, with a key that only the store's vault has, of itself and of the entry before it.
The end of the chain is kept too, in the database (sealed with the same key) and in a file beside it, ``audit.anchor``:
so a log that was cut off, or a whole database that was put back to yesterday's, is found as well.

An entry names an account, an action, an encounter and small facts of a fixed kind; never a patient's words.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from kiosk import keys
from kiosk.clock import Clock
from kiosk.errors import KioskError, TamperError
from kiosk.store import schema

ANCHOR = "audit.anchor"
_START = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the log.

    Attributes:
        at: what the clock said; the order of the log is that of ``seq``.
        actor: an account's name, or ``system`` for the program itself.
        encounter_id: empty when it is about none.
        detail: small facts, e.g. ``{"kind": "CorrectField", "number": 3}``.
    """

    seq: int
    at: datetime
    actor: str
    action: str
    encounter_id: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What ``verify`` found: how many entries, and one sentence for each thing that is wrong."""

    entries: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


@dataclass(slots=True)
class AuditLog:
    """The chain of one store.

    Args:
        key: the vault's audit key.
        anchor: the file that keeps the end of the chain outside the database.
    """

    key: bytes = field(repr=False)
    anchor: Path
    clock: Clock
    _head: tuple[int, bytes] | None = field(default=None, init=False)

    def begin(self, connection: Connection) -> None:
        """Lay the chain's first link, in a new store."""
        connection.execute(insert(schema.audit_head), [self._head_row(0, _START)])

    def append(self, connection: Connection, actor: str, action: str, encounter_id: str = "", **detail: Any) -> None:
        """Add an entry, as a part of the caller's transaction; after its commit, call :meth:`keep_anchor`.

        Raises:
            TamperError: the end of the chain was altered: nothing is added to a log that is not whole.
        """
        head = connection.execute(select(schema.audit_head).with_for_update()).one_or_none()
        if head is None or not hmac.compare_digest(head.proof, self._proof(head.seq, head.mac)):
            raise TamperError("The end of the audit log was altered.", remedy="Run kiosk audit verify.")
        text = json.dumps(detail, ensure_ascii=False, sort_keys=True)
        seq, at = head.seq + 1, self.clock.now()
        mac = self._mac(head.mac, seq, at, actor, action, encounter_id, text)
        connection.execute(
            insert(schema.audit),
            [
                {
                    "seq": seq,
                    "at": at,
                    "actor": actor,
                    "action": action,
                    "encounter_id": encounter_id,
                    "detail": text,
                    "mac": mac,
                }
            ],
        )
        connection.execute(update(schema.audit_head).values(**self._head_row(seq, mac)))
        self._head = (seq, mac)

    def keep_anchor(self) -> None:
        """Write the end of the chain to the anchor file, once the transaction that made it is on the disk."""
        if self._head is not None:
            seq, mac = self._head
            keys.write_private(self.anchor, {"seq": seq, "mac": mac.hex()})
            self._head = None

    def entries(self, connection: Connection, *, last: int | None = None) -> Iterator[Entry]:
        """Return the entries in order, or only the ``last`` ones."""
        query = select(schema.audit).order_by(schema.audit.c.seq)
        if last is not None:
            tail = select(schema.audit.c.seq).order_by(schema.audit.c.seq.desc()).limit(last).subquery()
            query = query.where(schema.audit.c.seq.in_(select(tail.c.seq)))
        for row in connection.execution_options(yield_per=1000).execute(query):
            yield Entry(
                seq=row.seq,
                at=row.at,
                actor=row.actor,
                action=row.action,
                encounter_id=row.encounter_id,
                detail=json.loads(row.detail),
            )

    def verify(self, connection: Connection) -> Verdict:
        """Recompute the whole chain."""
        problems: list[str] = []
        expected, before = 1, _START
        anchored = self._anchored(problems)
        seen_anchor = anchored is None or anchored[0] == 0
        rows = connection.execution_options(yield_per=1000).execute(select(schema.audit).order_by(schema.audit.c.seq))
        count = 0
        for row in rows:
            count += 1
            if row.seq != expected:
                problems.append(f"Entries {expected} to {row.seq - 1} are missing.")
            try:
                mac = self._mac(before, row.seq, row.at, row.actor, row.action, row.encounter_id, row.detail)
            except (OverflowError, TypeError, AttributeError):
                mac = b""
            if not hmac.compare_digest(mac, row.mac):
                problems.append(f"Entry {row.seq} was altered, moved, or follows another entry than it did.")
            if anchored is not None and row.seq == anchored[0]:
                seen_anchor = hmac.compare_digest(row.mac, anchored[1])
            expected, before = row.seq + 1, row.mac
        if not seen_anchor and anchored is not None:
            problems.append(
                f"Entry {anchored[0]}, which the anchor file {self.anchor} names, is not in the log: the log was cut "
                "off, or an older database was put in its place."
            )
        head = connection.execute(select(schema.audit_head)).one_or_none()
        if head is None or not hmac.compare_digest(head.proof, self._proof(head.seq, head.mac)):
            problems.append("The end of the log was altered.")
        elif (head.seq, head.mac) != (expected - 1, before):
            problems.append(f"The log ends at entry {expected - 1}; it should end at {head.seq}.")
        return Verdict(entries=count, problems=tuple(problems))

    def _anchored(self, problems: list[str]) -> tuple[int, bytes] | None:
        try:
            document = keys.read_private(self.anchor)
            return None if document is None else (int(document["seq"]), bytes.fromhex(document["mac"]))
        except (KioskError, KeyError, TypeError, ValueError):
            problems.append(f"The anchor file {self.anchor} is damaged.")
            return None

    def _mac(
        self, before: bytes, seq: int, at: datetime, actor: str, action: str, encounter_id: str, detail: str
    ) -> bytes:
        text = json.dumps([seq, at.isoformat(), actor, action, encounter_id, detail], ensure_ascii=False)
        return hmac.digest(self.key, before + text.encode(), "sha256")

    def _proof(self, seq: int, mac: bytes) -> bytes:
        return hmac.digest(self.key, b"head" + str(seq).encode() + mac, "sha256")

    def _head_row(self, seq: int, mac: bytes) -> dict[str, Any]:
        return {"id": 1, "seq": seq, "mac": mac, "proof": self._proof(seq, mac)}
