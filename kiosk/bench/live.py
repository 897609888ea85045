"""What following a speaker costs, and how soon it notices that they have finished.

The clips are played at the speed of speech, with silence behind them, as from a microphone. ``load`` is the processor
time of the whole process by the time that passed: 0.25 is a quarter of one core. It includes the speech detector.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from kiosk import audio, bench, segmentation
from kiosk.bench import Clip
from kiosk.recognition import SAMPLE_RATE, Check, Recognizer, SpeechDetector, never
from kiosk.recognition.live import Listener
from kiosk.settings import Settings

CLIPS = 6
_CHUNK_S = 0.1
_SILENCE_S = 1.5


def measure(
    clips: Sequence[Clip],
    *,
    detector: SpeechDetector,
    recognizer: Recognizer,
    settings: Settings,
    check: Check = never,
    progress: bench.Progress = lambda _clip, _done, _total: None,
) -> dict[str, Any]:
    """Return the load while somebody speaks, and the seconds from the last word to its being noticed.

    ``ended_early`` counts the clips in which a pause was taken for the end.
    """
    loads, delays, early = [], [], 0
    chosen = [clip for clip in clips if clip.language in recognizer.languages][:CLIPS]
    for index, clip in enumerate(chosen):
        samples = audio.load(clip.path, limits=settings.audio).samples
        samples = np.pad(samples, (0, round(_SILENCE_S * SAMPLE_RATE)))
        spoken = segmentation.find(samples, detector, settings.segmentation)
        last_word_s = spoken[-1].end_s - settings.segmentation.pad_ms / 1000
        listener = Listener(
            settings.live,
            stream=detector.stream(),
            recognizer=recognizer,
            language=clip.language,
            threshold=settings.segmentation.threshold,
        )
        heard, started, spent = 0, time.monotonic(), time.process_time()
        ended_s: float | None = None
        try:
            while heard < samples.size and ended_s is None:
                check()
                time.sleep(max(0.0, started + heard / SAMPLE_RATE + _CHUNK_S - time.monotonic()))
                upto = min(samples.size, round((time.monotonic() - started) * SAMPLE_RATE))
                reading = listener.follow(samples[heard:upto])
                heard = upto
                if reading.ended:
                    if heard / SAMPLE_RATE < last_word_s:
                        early += 1
                    ended_s = heard / SAMPLE_RATE
            loads.append((time.process_time() - spent) / (time.monotonic() - started))
        finally:
            listener.finish()
        if ended_s is not None and ended_s >= last_word_s:
            delays.append(ended_s - last_word_s)
        progress(f"{clip.language}/{clip.path.name}", index + 1, len(chosen))
    return {
        "clips": len(chosen),
        "load": round(statistics.median(loads), 3),
        "load_worst": round(max(loads), 3),
        "end_of_speech_median_s": round(statistics.median(delays), 3) if delays else None,
        "end_of_speech_worst_s": round(max(delays), 3) if delays else None,
        "ended_early": early,
    }
