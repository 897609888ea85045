"""``kiosk phrases``: one recording, one closed set, the phrases that fit best."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk import audio, engines, phrases, segmentation
from kiosk.phrases import Ranking, cohort
from kiosk.recognition import SAMPLE_RATE
from kiosk.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was heard, and how long it took in seconds: the recognition alone, with the model loaded, and everything."""

    ranking: Ranking
    speech: bool
    audio_s: float
    recognition_s: float
    total_s: float

    def document(self) -> dict[str, Any]:
        """Return the JSON of the command line."""
        return {
            "candidates": self.ranking.candidates,
            "top": [
                {
                    "phrase_id": each.phrase_id,
                    "text": each.text,
                    "zh": each.zh,
                    "score": each.score,
                    "rank": number,
                }
                for number, each in enumerate(self.ranking.top, start=1)
            ],
            "accepted": self.ranking.accepted,
            "probability": self.ranking.probability,
            "speech": self.speech,
            "timing": {
                "audio_s": round(self.audio_s, 4),
                "recognition_s": round(self.recognition_s, 4),
                "total_s": round(self.total_s, 4),
            },
        }

    def text(self) -> str:
        """Return the same for people."""
        lines = [f"{each.score:7.2f}  {each.text}  {each.zh}" for each in self.ranking.top]
        verdict = "accepted" if self.ranking.accepted else "not accepted: let the patient choose"
        if not self.speech:
            verdict = "no speech was found"
        return "\n".join([*lines, f"{verdict} ({self.ranking.candidates} candidates, {self.recognition_s:.2f} s)"])


def recognise(
    file: Path,
    language: str,
    *,
    question: str | None,
    candidates: Path | None,
    top: int,
    settings: Settings,
    say: Callable[[str], None],
) -> Report:
    """Rank the candidates for one recording: the phrasebook's, or those of a file.

    A recording in which no speech is found is ranked too, and never accepted.

    Raises:
        InputError: the recording, the language, the question or the file cannot be used.
        ModelError: the model is missing or altered.
    """
    started = time.perf_counter()
    offered = (
        phrases.candidates(language, question) if candidates is None else phrases.read_candidates(candidates, language)
    )
    samples = audio.load(file, limits=settings.audio).samples
    detector = engines.detector()
    scorer = phrases.choose(language, engines.scorers(settings))
    scorer.load()
    norms = cohort.wait(
        cohort.norms(scorer, offered, language=language, settings=settings),
        lambda done, total: say(f"norms {done}/{total}"),
    )
    before = time.perf_counter()
    segments = segmentation.find(samples, detector, settings.segmentation)
    scores = scorer.score(phrases.spoken(samples, segments), offered, norms, language=language)
    ranking = phrases.rank(offered, scores, settings.phrases, top=top, scale=scorer.scale, speech=bool(segments))
    finished = time.perf_counter()
    return Report(
        ranking=ranking,
        speech=bool(segments),
        audio_s=len(samples) / SAMPLE_RATE,
        recognition_s=finished - before,
        total_s=finished - started,
    )
