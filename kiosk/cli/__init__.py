"""The command line: ``program`` is ``kiosk`` itself; the other modules hold its commands, a subject each."""

from kiosk.cli.program import app, main

__all__ = ["app", "main"]
