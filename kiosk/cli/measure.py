"""``kiosk bench`` and ``kiosk eval``: how fast, and how right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli.terminal import Json, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.evaluation import parallel as parallel_eval
    from kiosk.settings import Settings


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
    from kiosk import documents, settings
    from kiosk.bench import note as bench_note
    from kiosk.bench import store as bench_store
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
        from kiosk.evaluation import parallel as parallel_eval

        lines.append(parallel_eval.report(figures["translation"]["engines"]))
    if only in (None, "store"):
        figures["store"] = bench_store.measure(encounters, progress=lambda done, total: say(f"[{done}/{total}]"))
        lines.append(bench_store.report(figures["store"]))
        lines.append(_bench_writers(postgresql, figures["store"]))
    typer.echo(documents.dump(figures) if json or not lines else "\n".join(lines))


def _bench_writers(url: str, figures: dict[str, Any]) -> str:
    """Let 20 kiosks write to one PostgreSQL, where there is one; return what to print."""
    from kiosk.bench import scratch_server
    from kiosk.bench import writers as bench_writers

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
    from kiosk import engines, models
    from kiosk.bench import live as bench_live
    from kiosk.bench import phrases as bench_phrases
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
        from kiosk.evaluation.audio import report

        typer.echo(documents.dump(figures) if json else report(figures))
        return
    if parallel:
        _compare_engines([*parallel, *(more or ())], model, json=json)
        return
    if guard:
        from kiosk.evaluation import guard as guard_eval

        outcomes = guard_eval.evaluate([pair for path in (*guard, *(more or ())) for pair in guard_eval.load(path)])
        typer.echo(documents.dump(guard_eval.figures(outcomes)) if json else guard_eval.report(outcomes, misses=misses))
        return
    from kiosk import evaluation

    results = evaluation.evaluate(
        [sample for path in (*(text or ()), *(more or ())) for sample in evaluation.load(path)]
    )
    typer.echo(documents.dump(evaluation.figures(results)) if json else evaluation.report(results, misses=misses))


def _evaluate_audio(manifest: Path) -> dict[str, Any]:
    from kiosk import engines, settings
    from kiosk.evaluation import audio as evaluation_audio

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
    from kiosk import documents
    from kiosk.evaluation import parallel as parallel_eval

    figures = _translations([line for path in files for line in parallel_eval.load(path)], names)
    typer.echo(documents.dump({"engines": figures}) if json else parallel_eval.report(figures))


def _bench_translation() -> dict[str, Any]:
    """Measure every installed engine on the phrasebook's sentences beside the verified channel, the baseline."""
    from kiosk.evaluation import parallel as parallel_eval

    return {"engines": _translations(parallel_eval.phrases(), None)}


def _translations(lines: Sequence[parallel_eval.Line], names: Sequence[str] | None) -> dict[str, Any]:
    from kiosk import bench as benchmark
    from kiosk import engines, models, settings
    from kiosk.evaluation import parallel as parallel_eval

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
    from kiosk import engines
    from kiosk.evaluation import parallel as parallel_eval

    if name == parallel_eval.REFERENCE:
        return parallel_eval.reference
    if name == parallel_eval.VERIFIED:
        return parallel_eval.channel(None)
    if name.startswith(parallel_eval.BESIDE):
        translator = engines.translator(chosen, name.removeprefix(parallel_eval.BESIDE))
        if translator is not None:
            return parallel_eval.beside(translator)
    return parallel_eval.channel(engines.translator(chosen, name))
