"""The ``kiosk`` command. Everything heavy is imported by the command that needs it, so that ``--help`` is instant.

``--json`` prints one JSON value on stdout and nothing else; progress and messages go to stderr. Exit codes: 0 done,
2 wrong usage or input, 3 a model or device is missing, 1 an engine or the disk failed, 130 stopped by the keyboard.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import kiosk
from kiosk.errors import KioskError
from kiosk.export_command import export
from kiosk.lexicon_commands import lexicon_app
from kiosk.model_commands import models_app
from kiosk.store_commands import audit_app, store_app, users_app
from kiosk.terminal import Json, Language, complain, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk import parallel_eval
    from kiosk.outbox import StoreOutbox
    from kiosk.pipeline import Pipeline
    from kiosk.settings import Settings

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
app.command()(export)


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


@app.command()
def run(
    clips: Annotated[bool, typer.Option("--clips", help="Recorded clips stand for the microphone.")] = False,
) -> None:
    """Serve patients: choose a language, speak or tap, send the note to the nurse."""
    from kiosk import bench, settings
    from kiosk.ui.app import run_kiosk

    raise typer.Exit(run_kiosk(settings.load(), clips=bench.clips() if clips else ()))


@app.command()
def nurse() -> None:
    """Review what patients have sent: listen, correct, sign, export."""
    from kiosk.store_commands import open_site
    from kiosk.ui.nurse.app import run_nurse

    raise typer.Exit(run_nurse(open_site))


@app.command()
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


@app.command()
def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Without screens: print a table.")] = False,
    send: Annotated[bool, typer.Option("--send", help="Send the notes to this site's store, for nurses.")] = False,
    json: Json = False,
) -> None:
    """Run the recorded clips that ship with the program through everything."""
    from kiosk import demonstration, documents, settings

    chosen = settings.load()
    outbox = _outbox(chosen) if send else None
    pipeline = _pipeline(chosen)
    clips = demonstration.clips(chosen, spoken=pipeline.spoken)
    if not (headless or json):
        from kiosk.bench import Clip
        from kiosk.ui.app import run_demo

        spoken = [
            Clip(path=clip.path, language=clip.language, transcript=clip.transcript) for clip in clips if clip.language
        ]
        raise typer.Exit(run_demo(chosen, spoken, outbox=outbox))
    outcomes = []
    for outcome in demonstration.outcomes(clips, pipeline, chosen, keep=outbox.send if outbox else None):
        outcomes.append(outcome)
        say(f"[{len(outcomes)}/{len(clips)}] {outcome.clip}")
    if json:
        typer.echo(documents.dump([outcome.document() for outcome in outcomes if outcome.intake is not None]))
    else:
        demonstration.print_table(outcomes)
        if outbox is not None:
            sent = sum(outcome.intake is not None and bool(outcome.intake.utterances) for outcome in outcomes)
            typer.echo(f"{sent} notes are in this site's store now. A nurse reviews them: kiosk nurse")


@app.command()
def intake(
    file: Annotated[Path, typer.Argument(help="A recording in any common audio format.")],
    lang: Language = "auto",
    question: Annotated[str | None, typer.Option(help="The question that the patient answers.")] = None,
    json: Json = False,
) -> None:
    """Write up one recording: transcript, Chinese, structured note."""
    from kiosk import audio, documents, journal, settings
    from kiosk.pipeline import Finished, Progress

    chosen = settings.load()
    # A journal is what an interrupted recording left: `kiosk doctor` names it.
    recording = journal.recover(file) if file.suffix == journal.SUFFIX else audio.load(file, limits=chosen.audio)
    result = None
    for event in _pipeline(chosen).from_recording(recording, language=lang, question=question):
        if isinstance(event, Progress):
            say(f"{event.stage} {event.done:.0%}")
        elif isinstance(event, Finished):
            result = event.intake
    if result is not None:
        typer.echo(documents.dump(documents.intake(result)) if json else result.note.text)


@app.command()
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
    from kiosk import documents, phrase_command, settings

    report = phrase_command.recognise(
        file, lang, question=question, candidates=candidates, top=top, settings=settings.load(), say=say
    )
    typer.echo(documents.dump(report.document()) if json else report.text())


@app.command()
def note(
    text: Annotated[str, typer.Option(help="What the patient said; - reads it from stdin.")],
    lang: Language,
    question: Annotated[str | None, typer.Option(help="The question that the patient answers.")] = None,
    json: Json = False,
) -> None:
    """Write up typed words instead of a recording."""
    from kiosk import documents, engines, guards, pipeline, settings

    words = sys.stdin.read() if text == "-" else text
    chosen = settings.load()
    machine = pipeline.Pipeline(chosen, detector=None, translator=engines.site_translator(chosen))
    result = pipeline.run(machine.from_text(guards.clean(words), language=lang, question=question))
    typer.echo(documents.dump(documents.intake(result)) if json else result.note.text)


@app.command()
def doctor(json: Json = False) -> None:
    """Say what works on this machine, what is missing, and the command that mends it."""
    from kiosk import doctor as examination
    from kiosk import documents

    checks = examination.examine()
    if json:
        typer.echo(documents.dump(examination.document(checks)))
    else:
        for check in checks:
            typer.echo(check.line())
    raise typer.Exit(0 if all(check.state != "missing" for check in checks) else 3)


@app.command()
def bench(
    encounters: Annotated[int, typer.Option(help="How many made-up encounters fill the store.", min=100)] = 100_000,
    only: Annotated[str | None, typer.Option(help="Only one part: asr, note, translation or store.")] = None,
    postgresql: Annotated[
        str, typer.Option(metavar="URL", help="An empty database for 20 kiosks at once; else one is made for the time.")
    ] = "",
    json: Json = False,
) -> None:
    """Measure speed and quality, each beside a named baseline in the same run."""
    from kiosk import bench as benchmark
    from kiosk import bench_note, bench_store, documents, settings
    from kiosk.errors import InputError

    if only not in (None, "asr", "note", "translation", "store"):
        raise InputError(
            f"There is no part {only!r} of the benchmark.", remedy="Choose asr, note, translation or store."
        )
    chosen = settings.load()
    figures: dict[str, Any] = {"machine": benchmark.machine()}
    lines: list[str] = []
    if only in (None, "asr"):
        figures |= _bench_asr(chosen)
    if only in (None, "note"):
        figures["note"] = bench_note.understanding(chosen.site.languages)
    if only in (None, "translation"):
        figures["translation"] = _bench_translation()
    if only is None:
        lines.append(benchmark.report(figures))
    if only in (None, "translation"):
        from kiosk import parallel_eval

        lines.append(parallel_eval.report(figures["translation"]["engines"]))
    if only in (None, "store"):
        figures["store"] = bench_store.measure(encounters, progress=lambda done, total: say(f"[{done}/{total}]"))
        lines.append(bench_store.report(figures["store"]))
        lines.append(_bench_writers(postgresql, figures["store"]))
    typer.echo(documents.dump(figures) if json or not lines else "\n".join(lines))


def _bench_writers(url: str, figures: dict[str, Any]) -> str:
    """Let 20 kiosks write to one PostgreSQL, where there is one; return what to print."""
    from kiosk import bench_writers, scratch_server

    server = None
    try:
        server = None if url else scratch_server.start()
        figures["writers"] = bench_writers.measure(
            server.url() if server is not None else url, progress=lambda done, total: say(f"[{done}/{total}]")
        )
    except scratch_server.NoServerError as error:
        figures["writers"] = None
        return f"writers        not measured: {error}"
    finally:
        if server is not None:
            scratch_server.stop(server)
    return bench_writers.report(figures["writers"])


def _bench_asr(chosen: Settings) -> dict[str, Any]:
    from kiosk import bench as benchmark
    from kiosk import bench_live, bench_phrases, engines, models
    from kiosk.engines.stock import StockAlign, StockWhisper
    from kiosk.engines.workload import WhisperWorkload

    name = chosen.recognition.model
    recognizer = engines.recognizer(name, chosen)
    recognizer.load()
    scorer: Any = engines.scorer(chosen.phrases.model, chosen, sharing=[recognizer])
    scorer.load()

    def tell(clip: str, done: int, total: int) -> None:
        say(f"[{done}/{total}] {clip}")

    phrase_figures = bench_phrases.measure(scorer, StockAlign(scorer.recognizer, "tr"), chosen, progress=tell)
    detector = engines.detector()
    live = bench_live.measure(
        benchmark.clips(), detector=detector, recognizer=recognizer, settings=chosen, progress=tell
    )
    asr = benchmark.asr(
        benchmark.clips(),
        detector=detector,
        recognizer=recognizer,
        baseline=StockWhisper(name, chosen.recognition),
        settings=chosen,
        workload=WhisperWorkload(
            models.ensure(name) / "model.bin", scorer.recognizer, margin_s=chosen.recognition.short_margin_s
        ),
        progress=tell,
    )
    return {"asr": asr, "live": live, "phrases": phrase_figures, "memory_mb": phrase_figures.pop("memory_mb")}


@app.command("eval")
def evaluate(
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="Further files of the kind that the option names.")
    ] = None,
    text: Annotated[
        list[Path] | None, typer.Option(help="Sentences with their facts, JSON lines (docs/evaluation.md).")
    ] = None,
    audio: Annotated[Path | None, typer.Option(metavar="MANIFEST.jsonl", help="Clips with transcripts.")] = None,
    guard: Annotated[
        list[Path] | None, typer.Option(help="Translations, right and with one token broken, JSON lines.")
    ] = None,
    parallel: Annotated[
        list[Path] | None,
        typer.Option(help="Sentences with their Chinese: code TAB sentence TAB Chinese a line, or JSON lines."),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(help="With --parallel: an engine, verified, verified+ENGINE or reference; all installed."),
    ] = None,
    misses: Annotated[bool, typer.Option("--misses", help="Show each sentence that is not wholly right.")] = False,
    json: Json = False,
) -> None:
    """Score understanding, recognition, the guard on broken translations, or translation engines."""
    from kiosk import documents
    from kiosk.errors import InputError

    if bool(text) + bool(audio) + bool(guard) + bool(parallel) != 1:
        raise InputError(
            "Name what to measure.", remedy="Give one of --text, --guard, --parallel FILE, or --audio MANIFEST.jsonl."
        )
    if audio is not None:
        if more:
            raise InputError("One manifest at a time.", remedy="Give --audio MANIFEST.jsonl and nothing more.")
        figures = _evaluate_audio(audio)
        from kiosk.evaluation_audio import report

        typer.echo(documents.dump(figures) if json else report(figures))
        return
    if parallel:
        _compare_engines([*parallel, *(more or ())], model, json=json)
        return
    if guard:
        from kiosk import guard_eval

        outcomes = guard_eval.evaluate([pair for path in (*guard, *(more or ())) for pair in guard_eval.load(path)])
        typer.echo(documents.dump(guard_eval.figures(outcomes)) if json else guard_eval.report(outcomes, misses=misses))
        return
    from kiosk import evaluation

    results = evaluation.evaluate(
        [sample for path in (*(text or ()), *(more or ())) for sample in evaluation.load(path)]
    )
    typer.echo(documents.dump(evaluation.figures(results)) if json else evaluation.report(results, misses=misses))


def _evaluate_audio(manifest: Path) -> dict[str, Any]:
    from kiosk import engines, evaluation_audio, settings

    chosen = settings.load()
    recognizers = engines.recognizers(chosen)
    return evaluation_audio.evaluate(
        evaluation_audio.load(manifest),
        evaluation_audio.Engines(
            detector=engines.detector(),
            recognizers=recognizers,
            scorers=engines.scorers(chosen, sharing=recognizers),
        ),
        chosen,
        progress=say,
    )


def _compare_engines(files: Sequence[Path], names: Sequence[str] | None, *, json: bool) -> None:
    from kiosk import documents, parallel_eval

    figures = _translations([line for path in files for line in parallel_eval.load(path)], names)
    typer.echo(documents.dump({"engines": figures}) if json else parallel_eval.report(figures))


def _bench_translation() -> dict[str, Any]:
    """Measure every installed engine on the phrasebook's sentences beside the verified channel, the baseline."""
    from kiosk import parallel_eval

    return {"engines": _translations(parallel_eval.phrases(), None)}


def _translations(lines: Sequence[parallel_eval.Line], names: Sequence[str] | None) -> dict[str, Any]:
    from kiosk import bench as benchmark
    from kiosk import engines, models, parallel_eval, settings

    chosen = settings.load()
    wanted = names or [
        parallel_eval.VERIFIED,
        *(
            row.name
            for row in models.registry().values()
            if row.engine in engines.TRANSLATORS and models.status(row.name) == "installed"
        ),
        *([engines.SERVER] if chosen.translation.server else []),
    ]
    figures = {}
    for name in wanted:
        before = benchmark.memory_mb()
        figures[name] = parallel_eval.measure(
            lines, _channel(name, chosen), progress=lambda done, total: say(f"{done}/{total}")
        )
        after = benchmark.memory_mb()
        figures[name]["memory_more_mb"] = None if before is None or after is None else after - before
    return figures


def _channel(name: str, chosen: Settings) -> parallel_eval.Channel:
    """Return what a name of ``--model`` stands for: an engine, verified, reference, or verified+ENGINE."""
    from kiosk import engines, parallel_eval

    if name == parallel_eval.REFERENCE:
        return parallel_eval.reference
    if name == parallel_eval.VERIFIED:
        return parallel_eval.channel(None)
    if name.startswith(parallel_eval.BESIDE):
        translator = engines.translator(chosen, name.removeprefix(parallel_eval.BESIDE))
        if translator is not None:
            return parallel_eval.beside(translator)
    return parallel_eval.channel(engines.translator(chosen, name))


def _outbox(chosen: Settings) -> StoreOutbox:
    from kiosk import resources
    from kiosk.outbox import StoreOutbox
    from kiosk.premises import Premises

    return StoreOutbox(Premises(settings=chosen, home=resources.home()))


def _pipeline(chosen: Settings) -> Pipeline:
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
