"""Runs the patient's screens: for patients, or by themselves on recorded clips."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from kiosk import audio, engines, languages, resources
from kiosk.bench import Clip
from kiosk.capture.devices import ClipSource, PortAudioPlayer, PortAudioSource
from kiosk.capture.microphone import AudioSource, Recorder
from kiosk.errors import AccessError
from kiosk.intakes import FolderOutbox, Outbox
from kiosk.settings import Settings
from kiosk.speech import Speaker
from kiosk.station import OpenSource
from kiosk.station.commands import StartListening
from kiosk.station.source import Engines
from kiosk.tickets import Tickets
from kiosk.ui.demonstration import Demonstration, Shown
from kiosk.ui.scripts import Script
from kiosk.ui.visit import KioskApp

if TYPE_CHECKING:
    from kiosk.store.nurse_end import Store
    from kiosk.store.premises import Premises


def run_kiosk(settings: Settings, *, clips: Sequence[Clip] = ()) -> int:
    """Serve patients until a member of staff ends it (Ctrl+Q); return the exit code.

    Args:
        clips: when given, the clips of the chosen language stand for the microphone, one after the other, and anybody
            may end the program.
    """
    from kiosk.store.premises import Premises  # the database and its encryption: only where patients are served
    from kiosk.store.withdrawal import SiteOutbox

    site = Premises(settings=settings, home=resources.home())
    microphone = PortAudioSource(settings.microphone.device)
    source = _clip_sources(clips, settings) if clips else lambda _asked: microphone
    tickets = Tickets(resources.home(), prefix=settings.ui.ticket_prefix)
    voice = speaker(settings)
    app = KioskApp(
        settings,
        make_engines=engine_factory(settings),
        open_source=recorder(source, settings, resources.home() / "recordings"),
        voice=voice,
        outbox=SiteOutbox(site),
        find_microphone=microphone.is_there,
        next_ticket=lambda: tickets.next(datetime.now().astimezone()),
        staff=None if clips else SiteStaff(site),
    )
    try:
        app.run()
    finally:
        voice.close()
    return app.return_code or 0


def speaker(settings: Settings) -> Speaker:
    """Return what reads the screens aloud: recordings, the site's voices, espeak-ng; nothing where there are none."""
    return Speaker(engines.synthesizers(settings), PortAudioPlayer(settings.voice.device), limits=settings.audio)


class SiteStaff:
    """The staff of a site, as its store knows them."""

    def __init__(self, site: Premises) -> None:
        self._site = site

    def exist(self) -> bool:
        """See :class:`kiosk.ui.staff.Staff`."""
        with _store(self._site) as store:
            return store.accounts.exist()

    def check(self, name: str, secret: str) -> bool:
        """See :class:`kiosk.ui.staff.Staff`."""
        with _store(self._site) as store:
            try:
                session = store.accounts.log_in(name, secret)
            except AccessError:
                return False
            store.accounts.log_out(session)
            return True


@contextmanager
def _store(site: Premises) -> Iterator[Store]:
    from kiosk.store.nurse_end import open_store

    store = open_store(site)
    try:
        yield store
    finally:
        store.close()


def run_demo(
    settings: Settings,
    clips: Sequence[Clip],
    *,
    pace_s: float = 1.5,
    outbox: Outbox | None = None,
    console: Console | None = None,
) -> int:
    """Drive the screens by themselves through ``clips``, print a summary, and return the exit code.

    Args:
        outbox: where sent intakes go; by default to a folder that is erased afterwards, not to the site's nurses.
        pace_s: seconds that each screen stays for those who watch.

    Returns:
        0 when nothing failed, or the demonstration was ended by hand; else 1.
    """
    with tempfile.TemporaryDirectory(prefix="kiosk-demo-") as folder:
        app = Demonstration(
            settings,
            clips=clips,
            pace_s=pace_s,
            make_engines=engine_factory(settings),
            open_source=recorder(_clip_sources(clips, settings), settings, Path(folder) / "recordings"),
            outbox=outbox or FolderOutbox(Path(folder) / "intakes"),
        )
        app.run()
    (console or Console()).print(summary(app.shown_clips, app))
    return app.return_code or int(any(shown.failed for shown in app.shown_clips))


def summary(rows: Sequence[Shown], app: KioskApp) -> Table:
    """Return the table of what was shown: clip, language, how it was answered, chief complaint, seconds."""
    table = Table("片段", "语言", "方式", "原话", "主诉", Column("秒", justify="right"))
    for row in rows:
        table.add_row(
            Text(row.clip.path.stem),
            Text(languages.get(row.clip.language).zh),
            Text(row.how),
            Script(row.words, app.bidi),
            Text(row.chief_complaint or row.trouble or "—"),
            Text(f"{row.seconds:.1f}"),
        )
    return table


def engine_factory(settings: Settings) -> Callable[[], Engines]:
    """Return what makes the site's engines."""

    def make() -> Engines:
        recognizers = engines.recognizers(settings, present=True)
        scorers = engines.scorers(settings, sharing=recognizers)
        return Engines(
            detector=engines.detector(),
            recognizers=recognizers,
            scorers=scorers,
            translator=engines.site_translator(settings),
        )

    return make


def recorder(source: Callable[[StartListening], AudioSource], settings: Settings, folder: Path) -> OpenSource:
    """Return what opens a recorder on the device that ``source`` names, with its journal in ``folder``."""
    return lambda asked: Recorder(
        source(asked), directory=folder, microphone=settings.microphone, limits=settings.audio
    )


def _clip_sources(clips: Sequence[Clip], settings: Settings) -> Callable[[StartListening], AudioSource]:
    """Return what plays the clips of each language in turn, beginning again after the last."""
    turns: dict[str, int] = {}

    def next_clip(asked: StartListening) -> AudioSource:
        own = [clip for clip in clips if clip.language == asked.language] or list(clips)
        turn = turns.get(asked.language, 0)
        turns[asked.language] = turn + 1
        return ClipSource(audio.load(own[turn % len(own)].path, limits=settings.audio).samples)

    return next_clip
