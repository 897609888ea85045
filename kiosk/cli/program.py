"""The ``kiosk`` command. Everything heavy is imported by the command that needs it, so that ``--help`` is instant.

``--json`` prints one JSON value on stdout and nothing else; progress and messages go to stderr. Exit codes: 0 done,
2 wrong usage or input, 3 a model or device is missing, 1 an engine or the disk failed, 130 stopped by the keyboard.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import kiosk
from kiosk.cli.export import export
from kiosk.cli.intake import intake, note, phrases
from kiosk.cli.lexicon import lexicon_app
from kiosk.cli.measure import bench, evaluate
from kiosk.cli.models import models_app
from kiosk.cli.screens import demo, nurse, run, web
from kiosk.cli.store import audit_app, store_app, users_app
from kiosk.cli.terminal import Json, complain
from kiosk.errors import KioskError

app = typer.Typer(
    name="kiosk",
    help="A patient speaks Uyghur, Kazakh, Russian …; a nurse reads a structured Chinese note. Offline.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(models_app, name="models")
app.add_typer(lexicon_app, name="lexicon")
app.add_typer(store_app, name="store")
app.add_typer(audit_app, name="audit")
app.add_typer(users_app, name="users")


def main() -> None:
    """Run a command; errors become one line on stderr and an exit code."""
    try:
        app()
    except KioskError as error:
        complain(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing is left to say, and nobody to say it to.
        sys.stderr.close()
        sys.exit(1)


def show_version(value: bool) -> None:
    if value:
        typer.echo(f"kiosk {kiosk.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of all commands."""


def doctor(json: Json = False) -> None:
    """Say what works on this machine, what is missing, and the command that mends it."""
    from kiosk import documents
    from kiosk.cli import doctor as examination

    checks = examination.examine()
    if json:
        typer.echo(documents.dump(examination.document(checks)))
    else:
        for check in checks:
            typer.echo(check.line())
    raise typer.Exit(0 if all(check.state != "missing" for check in checks) else 3)


for command in (run, nurse, web, demo, intake, phrases, note, doctor, bench):
    app.command()(command)
app.command("eval")(evaluate)
app.command()(export)
