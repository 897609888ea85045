"""``kiosk run``, ``nurse``, ``web`` and ``demo``: the programs that people sit before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kiosk.cli.intake import pipeline
from kiosk.cli.terminal import Json, say

if TYPE_CHECKING:
    from kiosk.settings import Settings
    from kiosk.store.outbox import StoreOutbox


def run(
    clips: Annotated[bool, typer.Option("--clips", help="Recorded clips stand for the microphone.")] = False,
) -> None:
    """Serve patients: choose a language, speak or tap, send the note to the nurse."""
    from kiosk import bench, settings
    from kiosk.ui.app import run_kiosk

    chosen = settings.load()
    raise typer.Exit(run_kiosk(chosen, clips=bench.clips(chosen.site.languages) if clips else ()))


def nurse() -> None:
    """Review what patients have sent: listen, correct, sign, export."""
    from kiosk.cli.store import open_site
    from kiosk.ui.nurse.app import run_nurse

    raise typer.Exit(run_nurse(open_site))


def web(
    nurse: Annotated[bool, typer.Option("--nurse", help="The nurse's screens instead of the patient's.")] = False,
    clips: Annotated[bool, typer.Option("--clips", help="Recorded clips stand for the microphone.")] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on instead of [web] host.")] = None,
    port: Annotated[int | None, typer.Option(help="Port instead of [web] port.", min=1, max=65535)] = None,
) -> None:
    """Serve the screens to browsers: this machine's, unless [web] host says otherwise."""
    from kiosk import settings
    from kiosk.errors import InputError
    from kiosk.web.server import serve

    if nurse and clips:
        raise InputError("--clips is for the patient's screens.")
    arguments = ("nurse",) if nurse else ("run", *(("--clips",) if clips else ()))
    changed = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    serve(arguments, settings.load().web.model_copy(update=changed))


def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Without screens: print a table.")] = False,
    send: Annotated[bool, typer.Option("--send", help="Send the notes to this site's store, for nurses.")] = False,
    json: Json = False,
) -> None:
    """Run the recorded clips that ship with the program through everything."""
    from kiosk import documents, settings
    from kiosk.cli import demonstration

    chosen = settings.load()
    outbox = _outbox(chosen) if send else None
    machine = pipeline(chosen)
    clips = demonstration.clips(chosen, spoken=machine.spoken)
    if not (headless or json):
        from kiosk.bench import Clip
        from kiosk.ui.app import run_demo

        spoken = [
            Clip(path=clip.path, language=clip.language, transcript=clip.transcript) for clip in clips if clip.language
        ]
        raise typer.Exit(run_demo(chosen, spoken, outbox=outbox))
    outcomes = []
    for outcome in demonstration.outcomes(clips, machine, chosen, keep=outbox.send if outbox else None):
        outcomes.append(outcome)
        say(f"[{len(outcomes)}/{len(clips)}] {outcome.clip}")
    if json:
        typer.echo(documents.dump([outcome.document() for outcome in outcomes if outcome.intake is not None]))
    else:
        demonstration.print_table(outcomes)
        if outbox is not None:
            sent = sum(outcome.intake is not None and bool(outcome.intake.utterances) for outcome in outcomes)
            typer.echo(f"{sent} notes are in this site's store now. A nurse reviews them: kiosk nurse")


def _outbox(chosen: Settings) -> StoreOutbox:
    from kiosk import resources
    from kiosk.store.outbox import StoreOutbox
    from kiosk.store.premises import Premises

    return StoreOutbox(Premises(settings=chosen, home=resources.home()))
