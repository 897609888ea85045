"""The cohort of phrase recognition, and what every candidate scores on it, kept on disk.

Norms belong to one model, one set of candidates, one cohort and one way of scoring: a change of any of them makes
another key, and they are measured anew. Those of the phrasebook as it ships come with the program.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiosk import audio, resources
from kiosk.errors import SettingsError, StorageError
from kiosk.phrases import Candidate, Norms, PhraseScorer
from kiosk.recognition import SAMPLE_RATE, Check, Samples, never
from kiosk.settings import Audio, Settings

MANIFEST = "cohort.jsonl"


@dataclass(frozen=True, slots=True)
class Cohort:
    """Unrelated audio: ``clips`` at 16 kHz, cut from ``paths``; ``key`` is the SHA-256 of what they are made of."""

    clips: tuple[Samples, ...]
    paths: tuple[Path, ...]
    key: str


def load(settings: Settings) -> Cohort:
    """Return the cohort that ``config/audio/cohort.jsonl`` lists: pieces of the shipped clips.

    Raises:
        SettingsError: the list or a clip is missing or broken.
    """
    return _load(resources.share("config") / "audio", settings.audio)


@cache
def _load(folder: Path, limits: Audio) -> Cohort:
    path = folder / MANIFEST
    clips, paths, digest = [], [], hashlib.sha256()
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            recording = audio.load(folder / row["path"], limits=limits)
            start, stop = (round(row[name] * SAMPLE_RATE) for name in ("start_s", "end_s"))
            clips.append(recording.samples[start:stop])
            paths.append(folder / row["path"])
            digest.update(f"{recording.sha256} {start} {stop}\n".encode())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"The cohort {path} cannot be read: {error}.") from None
    return Cohort(tuple(clips), tuple(paths), digest.hexdigest())


def norms(
    scorer: PhraseScorer,
    offered: Sequence[Candidate],
    *,
    language: str,
    settings: Settings,
    check: Check = never,
) -> Generator[tuple[int, int], None, Norms]:
    """Return the norms of a set of candidates: as shipped, as kept from before, or measured now and kept.

    Yields:
        (clips of the cohort that are measured, of how many), only when there is something to measure.

    Raises:
        SettingsError: the cohort cannot be read.
        ModelError, EngineError: as the engine says.
        Cancelled: ``check`` raised it; nothing is kept.
    """
    name = f"{key(scorer, offered, language=language, settings=settings)}.npz"
    for folder in (resources.share("models") / "norms", resources.cache() / "norms"):
        found = read(folder / name)
        if found is not None:
            return found
    clips = load(settings).clips
    total: dict[str, NDArray[np.float64]] = {}
    for done, samples in enumerate(clips):
        check()
        yield done, len(clips)
        for array, values in scorer.measure(samples, offered, language=language, check=check).items():
            total[array] = total[array] + values if array in total else values.astype(np.float64)
    yield len(clips), len(clips)
    mean = {array: (values / len(clips)).astype(np.float32) for array, values in total.items()}
    write(resources.cache() / "norms" / name, mean)
    return mean


def wait(
    preparing: Generator[tuple[int, int], None, Norms], tell: Callable[[int, int], None] = lambda _done, _total: None
) -> Norms:
    """Let :func:`norms` run to its end, telling (done, total) on the way, and return what it gives."""
    while True:
        try:
            tell(*next(preparing))
        except StopIteration as ready:
            found: Norms = ready.value
            return found


def key(scorer: PhraseScorer, offered: Sequence[Candidate], *, language: str, settings: Settings) -> str:
    """Return what the norms belong to, as 32 hexadecimal digits. Texts and Chinese do not count, spellings do."""
    spelled = ("\t".join(candidate.spellings) for candidate in offered)
    belongs = [scorer.identity(language), load(settings).key, *spelled]
    return hashlib.sha256("\n".join(belongs).encode()).hexdigest()[:32]


def read(path: Path) -> Norms | None:
    """Return kept norms; None when there are none, or when the file is damaged and has to be made again."""
    try:
        # Opened here: numpy leaves a file that it cannot read open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return {name: stored[name].astype(np.float32) for name in stored.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None


def write(path: Path, measured: Norms) -> None:
    """Keep norms: whole or not at all, also when the program is killed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                halves: dict[str, Any] = {name: array.astype(np.float16) for name, array in measured.items()}
                np.savez_compressed(file, **halves)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageError(
            f"The norms of the phrases cannot be kept in {path.parent}: {error.strerror or error}.",
            remedy="Free some space, or set KIOSK_HOME to a folder that this user may write.",
        ) from error
