"""What was understood, for the patient to confirm."""

from __future__ import annotations

import asyncio

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from kiosk.encounter import Intake
from kiosk.errors import KioskError
from kiosk.ui.display import Display
from kiosk.ui.screens import PatientScreen
from kiosk.ui.widgets import Actions, Heading

_FLAG = "⚠"
"""Begins the note's line of red flags."""


class ResultScreen(PatientScreen):
    """The patient's words in their script, the Chinese, and the note."""

    DEFAULT_CSS = """
    ResultScreen Horizontal#panels { height: 1fr; padding: 0 1; }
    ResultScreen VerticalScroll { border: round $primary; padding: 0 1; }
    ResultScreen VerticalScroll:focus { border: heavy $accent; }
    ResultScreen #trouble { display: none; color: $error; margin: 0 2; }
    ResultScreen .label { color: $accent; }
    ResultScreen .words { margin: 0 0 1 0; }
    ResultScreen .flag { color: $error; text-style: bold; }
    ResultScreen .caution { color: $warning; }
    ResultScreen.-tall VerticalScroll { padding: 1 2; }
    """

    def __init__(self, display: Display, intake: Intake) -> None:
        super().__init__(display)
        self.intake = intake
        self.refused = asyncio.Event()  # sending failed at least once

    def compose(self) -> ComposeResult:
        display, intake = self.display_in, self.intake
        yield Heading(display, "is_it_right")
        yield Static(id="trouble")
        with Horizontal(id="panels"):
            with VerticalScroll(id="words"):
                yield Static(display.native(display.prompts.you_said), classes="label")
                for utterance in intake.utterances:
                    yield Static(display.native(utterance.text, style="bold"), classes="words")
                if intake.language.code != "zh":
                    yield Static(display.native(display.prompts.in_chinese), classes="label")
                    for translation in intake.translations:
                        yield Static(display.plain(translation.zh, style="bold"), classes="words")
                        if translation.uncovered:
                            pieces = "，".join(span.text for span in translation.uncovered)
                            yield Static(display.plain(f"未译：{pieces}"), classes="caution")
            with VerticalScroll(id="note"):
                for line in intake.note.text.splitlines():
                    yield Static(display.plain(line), classes="flag" if line.startswith(_FLAG) else "")
                for caution in intake.note.warnings:
                    if caution.detail not in intake.note.text:
                        yield Static(display.plain(caution.detail), classes="caution")
        yield Actions(display, ("1", "send"), ("2", "again"), ("3", "other_language"), primary="send")

    def not_saved(self, error: KioskError) -> None:
        """Say that sending failed; everything stays as it is, and it can be sent again."""
        trouble = self.query_one("#trouble", Static)
        trouble.update(self.display_in.native(f"{self.display_in.prompts.not_saved}\n{error}"))
        trouble.display = True
        self.refused.set()

    def on_mount(self) -> None:
        """The panels are read from the side from which the language is read."""
        if self.display_in.rtl:
            panels = self.query_one("#panels")
            panels.move_child(panels.query_one("#words"), after=panels.query_one("#note"))
