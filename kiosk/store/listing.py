"""The queue as rows: what waits, what is signed, what has these words; each line brought up to date after a decision.

Nothing here asks who may: :class:`kiosk.store.nurse_end.Store` does, before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, exists, func, insert, select, update

from kiosk import codec, vault
from kiosk.encounter import Note
from kiosk.errors import DecisionError
from kiosk.review.decisions import AskInterpreter, Decision, RepeatQuestion
from kiosk.review.records import Review, State
from kiosk.store import deposit, schema, search
from kiosk.store.database import Database
from kiosk.store.deposit import Summary, place
from kiosk.store.shelf import Shelf

_MANY = 2000
"""Counting the encounters of a token stops here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One line of the queue.

    Attributes:
        seq: order of arrival; what sorts, whatever the clocks said.
        urgency: number of red flags.
    """

    seq: int
    encounter_id: str
    received_at: datetime
    urgency: int
    state: State
    has_audio: bool
    summary: Summary


class Listing:
    """Reads and writes the queue's rows.

    Args:
        key: what words are turned into tokens with.
    """

    def __init__(self, database: Database, shelf: Shelf, *, key: bytes) -> None:
        self.database = database
        self.shelf = shelf
        self.key = key

    def waiting(self, limit: int) -> tuple[Waiting, ...]:
        """Return what is not signed yet: red flags first, then in order of arrival."""
        queue = schema.queue.c
        query = select(schema.queue).where(queue.closed.is_(False)).order_by(queue.urgency.desc(), queue.seq)
        return self._listed(query.limit(limit))

    def signed(self, limit: int) -> tuple[Waiting, ...]:
        """Return the signed encounters, the newest first."""
        queue = schema.queue.c
        query = select(schema.queue).where(queue.closed.is_(True)).order_by(queue.seq.desc())
        return self._listed(query.limit(limit))

    def count(self, *, signed: bool) -> int:
        """Return how many encounters wait, or how many are signed."""
        query = select(func.count()).select_from(schema.queue).where(schema.queue.c.closed.is_(signed))
        with self.database.read() as connection:
            return connection.execute(query).scalar_one()

    def find(self, words: str, limit: int) -> tuple[Waiting, ...]:
        """Return the encounters whose note has these words, or whose id begins with them, the newest first.

        Raises:
            InputError: fewer than two characters.
        """
        tokens: Sequence[int] = search.tokens_for(words, key=self.key)
        tokens = self.rarest_first(tokens)
        queue, term = schema.queue.c, schema.term
        first, *others = (term.alias(f"t{index}") for index in range(len(tokens)))
        query = select(schema.queue).join(first, first.c.seq == queue.seq).where(first.c.token == tokens[0])
        for other, token in zip(others, tokens[1:], strict=True):
            query = query.where(exists().where(other.c.token == token, other.c.seq == first.c.seq))
        found = self._listed(query.order_by(first.c.seq.desc()).limit(limit))
        name = words.strip().lower()
        if set(name) <= set("0123456789abcdef") and len(name) >= 4:
            by_id = select(schema.queue).where(queue.encounter_id.like(f"{name}%")).order_by(queue.seq.desc())
            known = {each.seq for each in found}
            found = (*(each for each in self._listed(by_id.limit(limit)) if each.seq not in known), *found)[:limit]
        return found

    def index(self, connection: Connection, seq: int, note: Note) -> None:
        """Make an encounter's note findable by its words."""
        tokens = search.tokens_of(note, key=self.key)
        there = set(connection.execute(select(schema.term.c.token).where(schema.term.c.seq == seq)).scalars())
        rows = [{"token": token, "seq": seq} for token in sorted(tokens - there)]
        if rows:
            connection.execute(insert(schema.term), rows)

    def show(self, connection: Connection, encounter_id: str, now: Review) -> None:
        """Bring the queue's line up to date."""
        summary = replace(
            deposit.summary_of(now.intake),
            chief_complaint=now.note.chief_complaint,
            age_years=now.note.person.age_years,
            sex=now.note.person.sex,
            blocking=len(now.open),
            wanted=tuple(_wanted(each) for each in now.wanted),
            signer=now.signature.author_name if now.signature is not None and now.state == "signed" else "",
        )
        key = self.shelf.key(connection, encounter_id)
        closed = now.state == "signed"
        connection.execute(
            update(schema.queue)
            .where(schema.queue.c.encounter_id == encounter_id)
            .values(
                state=now.state,
                closed=closed,
                closed_at=now.signature.at if closed and now.signature is not None else None,
                urgency=len(now.intake.note.red_flags),
                sealed=vault.seal(key, codec.dump(summary), bound=place(encounter_id, "queue")),
            )
        )

    def rarest_first(self, tokens: Sequence[int]) -> Sequence[int]:
        """Put the token first that the fewest encounters have: a search walks through those of its first one."""
        if len(tokens) < 2:
            return tokens
        with self.database.read() as connection:
            few = {
                token: connection.execute(
                    select(func.count()).select_from(
                        select(schema.term.c.seq).where(schema.term.c.token == token).limit(_MANY).subquery()
                    )
                ).scalar_one()
                for token in tokens
            }
        return sorted(tokens, key=few.__getitem__)

    def _listed(self, query: Any) -> tuple[Waiting, ...]:
        with self.database.read() as connection:
            rows = connection.execute(query).all()
            self.shelf.keep_keys(connection, [row.encounter_id for row in rows])
            return tuple(
                Waiting(
                    seq=row.seq,
                    encounter_id=row.encounter_id,
                    received_at=row.received_at,
                    urgency=row.urgency,
                    state=cast(State, row.state),
                    has_audio=row.has_audio,
                    summary=self.shelf.summary(connection, row.encounter_id, row.sealed),
                )
                for row in rows
            )


def _wanted(decision: Decision) -> str:
    match decision.body:
        case AskInterpreter():
            return "口译员"
        case RepeatQuestion(question=question):
            return f"重问：{question}"
        case _:
            raise DecisionError("Only an interpreter or a question can be asked for.")
