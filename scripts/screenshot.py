#!/usr/bin/env python3
"""Draw docs/screen.svg: what was heard of a shipped clip, as the installed models really understand it.

python scripts/screenshot.py [--clip en/complaint_02.flac] [--lang en] [--out docs/screen.svg]
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from textual.app import App

from kiosk import audio, interview, pipeline, resources, settings
from kiosk.encounter import Intake
from kiosk.pipeline import Pipeline
from kiosk.ui.app import engine_factory
from kiosk.ui.choosing import HeardScreen
from kiosk.ui.display import Display
from kiosk.ui.themes import HIGH_CONTRAST

SIZE = (100, 28)


class Frame(App[None]):
    """What was heard."""

    TITLE = "kiosk"

    def __init__(self, intake: Intake) -> None:
        super().__init__()
        self._intake = intake

    async def on_mount(self) -> None:
        """Show it."""
        self.register_theme(HIGH_CONTRAST)
        self.theme = HIGH_CONTRAST.name
        # Whatever shows an SVG puts right-to-left text in order itself.
        display = Display.of(self._intake.language.code, "terminal")
        await self.push_screen(HeardScreen(display, interview.load()["complaint"], self._intake))


async def draw(intake: Intake) -> str:
    """Return the screen as SVG."""
    app = Frame(intake)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        return app.export_screenshot(title="kiosk")


def main() -> None:
    """Understand the clip, draw the screen, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", default="en/complaint_02.flac", help="a file of config/audio")
    parser.add_argument("--lang", default="en")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "docs" / "screen.svg")
    options = parser.parse_args()

    chosen = settings.load()
    engines = engine_factory(chosen)()
    recording = audio.load(resources.share("config") / "audio" / options.clip, limits=chosen.audio)
    stages = Pipeline(chosen, detector=engines.detector, recognizers=engines.recognizers)
    intake = pipeline.run(stages.from_recording(recording, language=options.lang))
    options.out.write_text(asyncio.run(draw(intake)), encoding="utf-8")
    print(f"{options.out}: {intake.note.chief_complaint}")


if __name__ == "__main__":
    main()
