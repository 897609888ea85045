"""The demo without screens: the shipped clips through the pipeline, as a table."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from kiosk import audio, documents, languages, pipeline, resources
from kiosk.audio import Recording
from kiosk.encounter import Intake
from kiosk.errors import SettingsError, UnsupportedLanguageError
from kiosk.pipeline import Pipeline
from kiosk.settings import Settings

MOST = {"medical": 12, "other": 2, "unknown": 1, "noise": 3}
"""Most clips of a language: its complaints, other speech where it has none, one to show that no engine knows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A shipped clip. ``language`` is None for noise, ``transcript`` empty."""

    name: str
    path: Path
    language: str | None
    transcript: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a clip gave: an intake, or the reason why there is none."""

    clip: str
    language: str
    intake: Intake | None
    reason: str = ""

    def document(self) -> dict[str, Any]:
        """Return the intake's JSON with the clip's name."""
        if self.intake is None:
            raise ValueError(f"{self.clip} gave no intake")
        return {"clip": self.clip, **documents.intake(self.intake)}


def clips(settings: Settings, *, spoken: Collection[str]) -> tuple[Clip, ...]:
    """Return the clips of a demo: complaints and other speech in the site's languages, and noise.

    Args:
        spoken: the languages that an engine transcribes.

    Raises:
        SettingsError: the clips' manifest is missing or broken.
    """
    folder = resources.share("config") / "audio"
    try:
        rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
        complaints = {row["lang"] for row in rows if row["medical"]}
        found: list[Clip] = []
        counts: Counter[str] = Counter()
        for row in rows:
            code = row["lang"]
            if code is not None and code not in settings.site.languages:
                continue
            if code in complaints and not row["medical"]:
                continue
            kind = (
                "noise"
                if code is None
                else "unknown"
                if code not in spoken
                else "medical"
                if row["medical"]
                else "other"
            )
            counts[str(code)] += 1
            if counts[str(code)] <= MOST[kind]:
                found.append(
                    Clip(name=row["path"], path=folder / row["path"], language=code, transcript=row["transcript"])
                )
    except (OSError, ValueError, KeyError) as error:
        raise SettingsError(f"{folder / 'manifest.jsonl'} cannot be read: {error}.") from None
    return tuple(found)


def outcomes(
    chosen: Sequence[Clip],
    machine: Pipeline,
    settings: Settings,
    *,
    keep: Callable[[Intake, Recording], object] | None = None,
) -> Iterator[Outcome]:
    """Run each clip; a language that no engine knows is an outcome, not an error.

    Noise is heard as if a speaker of the first language that is understood had said nothing.

    Args:
        keep: takes each intake that has words, with its recording, e.g. to send it to the nurses.
    """
    for clip in chosen:
        code = clip.language or machine.spoken[0]
        try:
            recording = audio.load(clip.path, limits=settings.audio)
            intake = pipeline.run(machine.from_recording(recording, language=code))
        except UnsupportedLanguageError:
            yield Outcome(clip=clip.name, language=code, intake=None, reason="（本机无此语言的识别模型：请点选短语）")
        else:
            if keep is not None and intake.utterances:
                keep(intake, recording)
            yield Outcome(clip=clip.name, language=code, intake=intake)


def print_table(rows: Sequence[Outcome], console: Console | None = None) -> None:
    """Print clip, language, chief complaint, red flags, and seconds."""
    table = Table("片段", "语言", Column("主诉", overflow="fold"), "红旗", Column("秒", justify="right"))
    for row in rows:
        if row.intake is None:
            table.add_row(row.clip, languages.get(row.language).zh, Text(row.reason, style="dim"), "", "")
            continue
        note = row.intake.note
        unsure = next((one.alternatives for one in row.intake.utterances if not one.text), ())
        nothing = "（未述症状）" if row.intake.utterances else "（无语音）"
        if unsure:  # on the screens the patient would choose
            nothing = f"（待患者选择：{'／'.join(each.zh or each.text for each in unsure)}）"
        said = note.chief_complaint or nothing
        flags = "、".join(flag.name for flag in note.red_flags)
        table.add_row(
            row.clip, languages.get(row.language).zh, Text(said), Text(flags), f"{row.intake.timing.total_s:.1f}"
        )
    (console or Console(width=110)).print(table)
