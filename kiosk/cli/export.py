"""``kiosk export``: one note in one format, for who is logged in; what waits to be sent, and sending it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli.store import log_in, open_site
from kiosk.errors import InputError

if TYPE_CHECKING:
    from kiosk.store.dispatch import Sending
    from kiosk.store.nurse_end import Store

Encounter = Annotated[str | None, typer.Argument(metavar="ID", help="The encounter, as the nurse's queue names it.")]
Form = Annotated[str, typer.Option("--as", metavar="FORM", help="fhir (R5), fhir-r4b, json, pdf (A4), slip or text.")]
Out = Annotated[Path | None, typer.Option(help="The file to write; it must not exist. Else it goes to stdout.")]
User = Annotated[str, typer.Option(metavar="NAME", help="The account that exports; its secret is asked for.")]
Draft = Annotated[bool, typer.Option("--draft", help="Also a note that nobody has signed, marked as a draft.")]
Version = Annotated[
    int | None,
    typer.Option("--version", min=1, help="What the first, second … signature signed; the newest if left out."),
]
Pending = Annotated[bool, typer.Option("--pending", help="List the signed notes that have not been sent yet.")]
Send = Annotated[bool, typer.Option("--send", help="Send them now, to where [export] in the settings says.")]
Again = Annotated[bool, typer.Option("--again", help="With --send: also what the server has refused.")]
Pairs = Annotated[
    Path | None,
    typer.Option(
        "--pairs", metavar="FILE", help="Write all signed words with their Chinese, of patients who agreed, to tune on."
    ),
]
Basis = Annotated[str, typer.Option(metavar="TEXT", help="With --pairs: what allows the use beyond the visit.")]
Json = Annotated[bool, typer.Option("--json", help="With --pending or --send: print one JSON value.")]


def export(
    encounter: Encounter = None,
    form: Form = "text",
    out: Out = None,
    user: User = "",
    draft: Draft = False,
    version: Version = None,
    pending: Pending = False,
    send: Send = False,
    again: Again = False,
    pairs: Pairs = None,
    basis: Basis = "",
    json: Json = False,
) -> None:
    """Write a signed note as FHIR, PDF, JSON or text; or list and send what waits for the hospital's systems."""
    if (encounter is None) == (not pending and not send and pairs is None):
        raise InputError(
            "Name an encounter, or say --pending, --send or --pairs.",
            remedy="kiosk export ID --as pdf --out note.pdf --user NAME",
        )
    store = open_site()
    try:
        if pairs is not None:
            _pairs(store, pairs, user, basis)
        elif encounter is None:
            _queue(store, send=send, again=again, json=json)
        else:
            _one(store, encounter, form, out, user, draft=draft, version=version)
    finally:
        store.close()


def _one(
    store: Store, encounter: str, form: str, out: Path | None, user: str, *, draft: bool, version: int | None
) -> None:
    from kiosk import export as exports
    from kiosk import keys

    if form not in exports.FORMS:
        raise InputError(f"There is no form {form!r}.", remedy=f"Choose one of {', '.join(exports.FORMS)}.")
    if out is None and form in ("pdf", "slip") and sys.stdout.isatty():
        raise InputError("A PDF is no text for a terminal.", remedy="Name a file: --out note.pdf")
    if out is not None and out.exists():
        raise InputError(f"{out} exists already.", remedy="Name another file.")
    if not user:
        raise InputError("Somebody must be logged in.", remedy=f"kiosk export {encounter} --as {form} --user NAME")
    session = log_in(store, user)
    note = store.reviewed(session, encounter, target=form, draft=draft, version=version)
    data = exports.write(note, form, base=store.site.settings.export.base)
    if out is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    keys.write_private_bytes(out, data)
    typer.echo(f"{out}: {len(data)} bytes", err=True)


def _pairs(store: Store, out: Path, user: str, basis: str) -> None:
    from kiosk import keys
    from kiosk.export import pairs
    from kiosk.review.records import ReviewedNote

    if out.exists():
        raise InputError(f"{out} exists already.", remedy="Name another file.")
    if not user or not basis.strip():
        raise InputError(
            "Consent at the kiosk covers the visit alone: say who exports, and what allows the further use.",
            remedy='kiosk export --pairs FILE --user NAME --basis "consent form 12, ethics committee 2026-03"',
        )
    session = log_in(store, user)
    written: list[str] = []
    left_out = 0
    for waiting in store.signed(session, limit=1_000_000):
        note = store.reviewed(session, waiting.encounter_id, target=f"pairs: {basis.strip()}", draft=True)
        if isinstance(note, ReviewedNote) and pairs.allowed(note):
            written.append(pairs.lines(note))
        else:
            left_out += 1
    data = "".join(written)
    keys.write_private_bytes(out, data.encode())
    typer.echo(f"{out}: {data.count(chr(10))} sentences; {left_out} encounters left out, without consent", err=True)


def _queue(store: Store, *, send: bool, again: bool, json: bool) -> None:
    from kiosk import documents
    from kiosk.store import dispatch

    delivered = dispatch.deliver(store, now=True, again=again) if send else None
    waiting = dispatch.pending(store)
    document: dict[str, Any] = {
        "sent": delivered.sent if delivered else None,
        "pending": [_row(each) for each in waiting],
    }
    lines = [f"{delivered.sent} sent"] if delivered else []
    lines += [_line(each) for each in waiting] or ["Nothing waits."]
    typer.echo(documents.dump(document) if json else "\n".join(lines))
    raise typer.Exit(1 if send and waiting else 0)


def _row(each: Sending) -> dict[str, Any]:
    return {
        "encounter_id": each.encounter_id,
        "version": each.version,
        "target": each.target,
        "state": each.state,
        "queued_at": each.queued_at.isoformat(),
        "attempts": each.attempts,
        "next_at": each.next_at.isoformat(),
        "failure": each.failure,
    }


def _line(each: Sending) -> str:
    why = f": {each.failure}" if each.failure else ""
    when = f", next {each.next_at:%Y-%m-%d %H:%M} UTC" if each.state != "refused" and each.attempts else ""
    return f"{each.encounter_id} v{each.version} -> {each.target}: {each.state}, {each.attempts} attempts{when}{why}"
