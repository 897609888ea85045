"""``kiosk intake``, ``phrases`` and ``note``: one recording, or typed words, written up without a screen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kiosk.cli.terminal import Json, Language, say

if TYPE_CHECKING:
    from kiosk.pipeline import Pipeline
    from kiosk.settings import Settings


def pipeline(chosen: Settings) -> Pipeline:
    """Return the site's pipeline: every engine that is installed here."""
    from kiosk import engines
    from kiosk.pipeline import Pipeline

    recognizers = engines.recognizers(chosen)
    return Pipeline(
        chosen,
        detector=engines.detector(),
        recognizers=recognizers,
        scorers=engines.scorers(chosen, sharing=recognizers),
        translator=engines.site_translator(chosen),
    )


def intake(
    file: Annotated[Path, typer.Argument(help="A recording in any common audio format.")],
    lang: Language = "auto",
    question: Annotated[str | None, typer.Option(help="The question that the patient answers.")] = None,
    json: Json = False,
) -> None:
    """Write up one recording: transcript, Chinese, structured note."""
    from kiosk import audio, documents, settings
    from kiosk.capture import journal
    from kiosk.pipeline import Finished, Progress

    chosen = settings.load()
    # A journal is what an interrupted recording left: `kiosk doctor` names it.
    recording = journal.recover(file) if file.suffix == journal.SUFFIX else audio.load(file, limits=chosen.audio)
    result = None
    for event in pipeline(chosen).from_recording(recording, language=lang, question=question):
        if isinstance(event, Progress):
            say(f"{event.stage} {event.done:.0%}")
        elif isinstance(event, Finished):
            result = event.intake
    if result is not None:
        typer.echo(documents.dump(documents.intake(result)) if json else result.note.text)


def phrases(
    file: Annotated[Path, typer.Argument(help="A recording of one phrase, in any common audio format.")],
    lang: Annotated[str, typer.Option("--lang", metavar="CODE", help="The patient's language.")],
    question: Annotated[str | None, typer.Option(help="The question that the patient answers; else any.")] = None,
    candidates: Annotated[
        Path | None, typer.Option(metavar="FILE.tsv", help="Other candidates: id, TAB, text, TAB, Chinese.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many to print.")] = 3,
    json: Json = False,
) -> None:
    """Say which phrase of a closed set was spoken, in any language of the phrasebook."""
    from kiosk import documents, settings
    from kiosk.cli import phrases as phrase_command

    report = phrase_command.recognise(
        file, lang, question=question, candidates=candidates, top=top, settings=settings.load(), say=say
    )
    typer.echo(documents.dump(report.document()) if json else report.text())


def note(
    text: Annotated[str, typer.Option(help="What the patient said; - reads it from stdin.")],
    lang: Language,
    question: Annotated[str | None, typer.Option(help="The question that the patient answers.")] = None,
    json: Json = False,
) -> None:
    """Write up typed words instead of a recording."""
    from kiosk import documents, engines, settings
    from kiosk.pipeline import Pipeline, run
    from kiosk.recognition import guards

    words = sys.stdin.read() if text == "-" else text
    chosen = settings.load()
    machine = Pipeline(chosen, detector=None, translator=engines.site_translator(chosen))
    result = run(machine.from_text(guards.clean(words), language=lang, question=question))
    typer.echo(documents.dump(documents.intake(result)) if json else result.note.text)
