"""What works on this machine, what is missing, and the command that mends it."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Literal

from kiosk import engines, languages, lexicon, models, phrasebook, resources, settings, speech
from kiosk.capture import devices, journal
from kiosk.errors import KioskError
from kiosk.models import catalogue
from kiosk.settings import Settings

State = Literal["ok", "note", "missing"]
"""``missing`` keeps the main job from running; ``note`` is something that a person should know."""

_MARK = {"ok": "[ok]     ", "note": "[note]   ", "missing": "[MISSING]"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    detail: str
    remedy: str = ""

    def line(self) -> str:
        """Return the check as one line for people."""
        return f"{_MARK[self.state]} {self.name}: {self.detail}" + (f" -> {self.remedy}" if self.remedy else "")


def examine() -> list[Check]:
    """Look at everything; what fails becomes a check that says so."""
    checks: list[Check] = [_python()]
    try:
        chosen = settings.load()
    except KioskError as error:
        return [*checks, Check(name="settings", state="missing", detail=error.message, remedy=error.remedy)]
    checks.append(Check(name="settings", state="ok", detail=f"languages {' '.join(chosen.site.languages)}"))
    for part in (
        _models,
        _speech,
        _translation,
        _lexicons,
        _microphone,
        _disk,
        _recordings,
        _store,
        _export,
        _voice,
        _terminal,
    ):
        checks.extend(_guarded(part, chosen))
    return checks


def document(checks: Sequence[Check]) -> dict[str, Any]:
    """Return the checks for ``--json``."""
    return {
        "ok": all(check.state != "missing" for check in checks),
        "checks": [
            {"name": check.name, "state": check.state, "detail": check.detail, "remedy": check.remedy}
            for check in checks
        ],
    }


def _guarded(part: Callable[[Settings], Iterator[Check]], chosen: Settings) -> Iterator[Check]:
    try:
        yield from part(chosen)
    except KioskError as error:
        yield Check(name=part.__name__.strip("_"), state="missing", detail=error.message, remedy=error.remedy)


def _python() -> Check:
    names = ("faster-whisper", "ctranslate2", "onnxruntime", "textual", "sounddevice")
    found = []
    for name in names:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            return Check(
                name="packages", state="missing", detail=f"{name} is not installed", remedy="pip install kiosk"
            )
    return Check(name="packages", state="ok", detail=f"Python {platform.python_version()}, " + ", ".join(found))


def _models(chosen: Settings) -> Iterator[Check]:
    extra = chosen.recognition.extra_models
    for name in extra:
        models.get(name)  # one that no manifest names is missing, too
    for model in models.registry().values():
        state = models.status(model.name)
        needed = model.name in (chosen.recognition.model, *extra) or model.kind == "vad"
        detail = f"{model.id}, {model.licence}, {state}"
        if state == "installed":
            yield Check(name=f"model {model.name}", state="ok", detail=detail)
        elif state == "corrupt":
            yield Check(
                name=f"model {model.name}",
                state="note",
                detail=detail,
                remedy="it is rebuilt from its packages at the next use: kiosk demo --headless",
            )
        else:
            yield Check(name=f"model {model.name}", state="missing" if needed else "note", detail=detail)


def _speech(chosen: Settings) -> Iterator[Check]:
    names = [name for name in chosen.recognition.extra_models if models.status(name) == "installed"]
    hearing = [models.get(name) for name in (*names, chosen.recognition.model)]
    scorers = engines.scorers(chosen)
    for code in chosen.site.languages:
        language = languages.get(code)
        model = next((each for each in hearing if code in each.languages), None)
        scorer = next((each for each in scorers if code in each.languages), None)
        if model is not None:
            yield Check(name=f"speech {code}", state="ok", detail=f"{language.zh}: open transcription by {model.id}")
        elif scorer is not None:
            yield Check(
                name=f"speech {code}",
                state="note",
                detail=f"{language.zh}: whole phrases by {scorer.engine}; no installed model writes down other words",
            )
        else:
            yield Check(
                name=f"speech {code}",
                state="note",
                detail=f"{language.zh}: no installed model hears it; patients tap phrases",
                remedy="name a model in [phrases] model, or add one: kiosk models add FOLDER",
            )


def _translation(chosen: Settings) -> Iterator[Check]:
    """Say who translates. Nothing here is ``missing``: without a model the verified channel goes on alone."""
    name, told = chosen.translation.neural_model, chosen.translation
    if not name:
        yield Check(
            name="translation", state="ok", detail="by rule (the verified channel); no machine translation is set"
        )
    elif name == "server":
        named = bool(told.server and told.server_model)
        yield Check(
            name="translation",
            state="ok" if named else "note",
            detail=f"by rule, and by {told.server_model} at {told.server}"
            if named
            else "no translation server is named",
            remedy="" if named else "set server and server_model in [translation] of kiosk.toml",
        )
    elif name not in models.registry():
        pull = f"kiosk models pull {name} --from FOLDER" if name in catalogue.catalogue() else "kiosk models list"
        yield Check(name="translation", state="note", detail=f"model {name} is not here; by rule only", remedy=pull)
    else:
        state = models.status(name)
        codes = [code for code in chosen.site.languages if code in models.get(name).languages]
        yield Check(
            name="translation",
            state="ok" if state == "installed" else "note",
            detail=f"by rule, and by {name} ({state}) for {' '.join(codes) or 'none of the languages here'}",
            remedy="" if state == "installed" else f"kiosk models verify {name}",
        )


def _lexicons(chosen: Settings) -> Iterator[Check]:
    for code in chosen.site.languages:
        table = lexicon.load(code)
        drafts = sum(surface.status == "draft" for surface in table.surfaces)
        phrases = len(phrasebook.load(code))
        yield Check(
            name=f"lexicon {code}",
            state="ok" if phrases else "note",
            detail=f"{len(table.surfaces)} forms ({drafts} draft, not signed by a native clinician), {phrases} phrases",
        )


def _microphone(_chosen: Settings) -> Iterator[Check]:
    try:
        names = devices.input_devices()
    except KioskError as error:
        yield Check(name="microphone", state="note", detail=error.message, remedy=error.remedy)
        return
    if names:
        yield Check(name="microphone", state="ok", detail=", ".join(names))
    else:
        yield Check(
            name="microphone",
            state="note",
            detail="PortAudio is here, but it finds no input device",
            remedy="plug in a microphone; recordings still work: kiosk intake FILE --lang CODE",
        )


def _disk(chosen: Settings) -> Iterator[Check]:
    home = resources.home()
    existing = next(folder for folder in (home, *home.parents) if folder.is_dir())
    free_mb = shutil.disk_usage(existing).free // 10**6
    enough = free_mb >= chosen.audio.min_free_disk_mb
    yield Check(
        name="disk",
        state="ok" if enough else "missing",
        detail=f"{free_mb} MB free for {home}",
        remedy="" if enough else f"free at least {chosen.audio.min_free_disk_mb} MB, or set KIOSK_HOME elsewhere",
    )


def _recordings(_chosen: Settings) -> Iterator[Check]:
    folder = resources.home() / "recordings"
    orphans = journal.orphans(folder)
    if not orphans:
        yield Check(name="recordings", state="ok", detail="none was interrupted")
    for orphan in orphans:
        yield Check(
            name="recordings",
            state="note",
            detail=f"interrupted at {orphan.started:%Y-%m-%d %H:%M} UTC, {orphan.duration_s:.1f} s can be recovered",
            remedy=f"kiosk intake {orphan.path} --lang CODE",
        )


def _store(chosen: Settings) -> Iterator[Check]:
    from kiosk.store import outbox
    from kiosk.store.premises import Premises

    site = Premises(settings=chosen, home=resources.home())
    where = str(site.file) if site.is_file else "PostgreSQL"
    waiting = len(outbox.waiting(site))
    if not site.patient_key.exists():
        yield Check(
            name="store",
            state="note",
            detail=f"{where} is not made yet; kiosk run makes it",
            remedy="make the administrator: kiosk users add NAME",
        )
    elif waiting:
        yield Check(
            name="store",
            state="note",
            detail=f"{waiting} encounters wait for {where}: safe on this disk, seen by no nurse",
            remedy="kiosk store check",
        )
    else:
        yield Check(name="store", state="ok", detail=f"{where}, encrypted; the key: {chosen.store.key}")


def _export(chosen: Settings) -> Iterator[Check]:
    """Say whether signed notes wait to be sent; with the patient's key, which opens names and times and no note."""
    from kiosk.keys import PatientKey
    from kiosk.store import dispatch
    from kiosk.store.premises import Premises

    targets = [chosen.export.folder or "", chosen.export.server or ""]
    named = " and ".join(each for each in targets if each)
    site = Premises(settings=chosen, home=resources.home())
    key = PatientKey.load(site.patient_key)
    if not named or key is None:
        yield Check(name="export", state="ok", detail=f"signed notes go to {named}" if named else "by hand only")
        return
    database = site.database(key.pages)
    try:
        with database.read() as connection:
            waiting, refused = dispatch.waiting(connection)
    except KioskError as error:
        yield Check(name="export", state="note", detail=error.message, remedy="kiosk export --pending")
        return
    finally:
        database.close()
    yield Check(
        name="export",
        state="note" if waiting or refused else "ok",
        detail=f"signed notes go to {named}; {waiting} wait, {refused} were refused",
        remedy="kiosk export --pending" if waiting or refused else "",
    )


def _voice(chosen: Settings) -> Iterator[Check]:
    if not chosen.voice.on:
        yield Check(name="voice out", state="note", detail="off ([voice] on): prompts are shown, not spoken")
        return
    for name in chosen.voice.models:
        models.get(name)  # one that no manifest names is missing
    voices = engines.synthesizers(chosen)
    for code in chosen.site.languages:
        zh = languages.get(code).zh
        recorded = speech.recordings(code)
        voice = next((each for each in voices if code in each.languages), None)
        parts = [f"{recorded} recorded prompts"] if recorded else []
        parts += [voice.engine] if voice is not None else []
        yield Check(
            name=f"voice {code}",
            state="ok" if parts else "note",
            detail=f"{zh}: {' and '.join(parts) or 'nothing speaks it; prompts are shown only'}",
            remedy="" if parts else _voice_remedy(code),
        )


def _voice_remedy(code: str) -> str:
    if "espeak" in languages.get(code).engines:
        return "apt-get install espeak-ng"
    return f"record prompts into config/prompts/{code}/, or add a voice: kiosk models add FOLDER --engine vits"


def _terminal(_chosen: Settings) -> Iterator[Check]:
    encoding = (sys.stdout.encoding or "").lower()
    size = shutil.get_terminal_size()
    wide = "utf" in encoding
    yield Check(
        name="terminal",
        state="ok" if wide else "note",
        detail=f"{size.columns}x{size.lines}, {encoding or 'unknown encoding'}",
        remedy="" if wide else "set LANG=C.UTF-8: the screens need Unicode",
    )
