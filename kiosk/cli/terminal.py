"""What the commands share: their common options, and what goes to stderr."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from kiosk.errors import KioskError

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout and nothing else.")]
Language = Annotated[str, typer.Option("--lang", metavar="CODE", help="The patient's language, e.g. ug, kk, ru, en.")]


def complain(error: KioskError) -> None:
    """Print an error as one line."""
    typer.echo(" ".join(str(error).split()), err=True)


def say(text: str) -> None:
    """Print progress on stderr, for people only."""
    if sys.stderr.isatty():
        typer.echo(text, err=True)
