"""``kiosk lexicon``. Imports what a command needs when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kiosk.cli.terminal import Json

lexicon_app = typer.Typer(help="The tables of the verified channel.", no_args_is_help=True, rich_markup_mode=None)


@lexicon_app.command("check")
def lexicon_check(
    lang: Annotated[str | None, typer.Option("--lang", metavar="CODE", help="One language; all if left out.")] = None,
    gaps: Annotated[bool, typer.Option("--gaps", help="List the concepts without words, too.")] = False,
    errors: Annotated[bool, typer.Option("--confusion", help="Measure what one wrong letter does to a word.")] = False,
    json: Json = False,
) -> None:
    """Find rows that never match, words with two meanings, unknown concepts, gaps."""
    from kiosk import documents, settings
    from kiosk.curation.check import check

    codes = [lang] if lang else [*settings.load().site.languages]
    if errors:
        from kiosk.curation import confusion

        figures = {code: confusion.measure(code) for code in codes}
        lines = [
            f"{code}: {row['found']:.1%} found, {row['missed']:.1%} missed, {row['confused']:.2%} taken for another"
            for code, row in figures.items()
        ]
        typer.echo(documents.dump(figures) if json else "\n".join(lines))
        return
    problems = {code: check(code) for code in codes}
    if json:
        typer.echo(
            documents.dump(
                {
                    code: [{"kind": p.kind, "line": p.line, "concept": p.concept, "detail": p.detail} for p in found]
                    for code, found in problems.items()
                }
            )
        )
    else:
        for code, found in problems.items():
            missing = sum(problem.kind == "gap" for problem in found)
            typer.echo(f"{code}: {len(found) - missing} problems, {missing} concepts without words")
            for problem in found:
                if problem.kind != "gap" or gaps:
                    typer.echo(f"  {code}.tsv:{problem.line} {problem.kind}: {problem.concept}: {problem.detail}")
    if any(problem.kind != "gap" for found in problems.values() for problem in found):
        raise typer.Exit(2)


@lexicon_app.command("export")
def lexicon_export(
    file: Annotated[Path, typer.Argument(help="The sheet to write (tab-separated, opens in any spreadsheet).")],
    lang: Annotated[str, typer.Option("--lang", metavar="CODE", help="The language.")],
    everything: Annotated[bool, typer.Option("--all", help="Reviewed rows too, not only drafts.")] = False,
) -> None:
    """Write a review sheet for a native clinician."""
    from kiosk import languages
    from kiosk.curation import review_sheet

    rows = review_sheet.export(languages.get(lang).code, file, everything=everything)
    typer.echo(
        f"{file}: {rows} rows. Fill verdict (ok, wrong), correction, reviewer; then: kiosk lexicon import {file}"
    )


@lexicon_app.command("import")
def lexicon_import(
    file: Annotated[Path, typer.Argument(help="A sheet that came back.")],
    lang: Annotated[str, typer.Option("--lang", metavar="CODE", help="The language.")],
) -> None:
    """Read a review sheet back: who signed what, and when."""
    from datetime import datetime

    from kiosk import languages
    from kiosk.curation import review_sheet

    today = datetime.now().astimezone().date()
    done = review_sheet.take_in(languages.get(lang).code, file, on=today)
    typer.echo(
        f"{done.approved} approved, {done.rejected} rejected, {done.corrected} corrected, "
        f"{done.untouched} left as they were"
    )
