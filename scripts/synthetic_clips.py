"""Speak phrases of the phrasebook with espeak-ng, many voices, half of them in noise, to measure phrase recognition.

    python scripts/synthetic_clips.py FOLDER ug kk ky uz ur [--clips 50] [--together 1] [--seed 7]
    kiosk eval --audio FOLDER/manifest.jsonl

Open transcription wants more than one phrase at a time (``--together 3``), as people say more than one.

The same seed gives the same phrases, voices and noise; the sound is that of the installed espeak-ng. It is a formant
voice, not a person: these clips say how ways of scoring compare, not how well a patient is understood.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import subprocess
import wave
from pathlib import Path

import numpy as np

from kiosk import audio, languages, phrases, resources, settings
from kiosk.audio.resampling import StreamResampler
from kiosk.recognition import SAMPLE_RATE, Samples

VARIANTS = ("", "+m1", "+m3", "+m4", "+m7", "+f1", "+f2", "+f4")
NOISE_DB = (10.0, 20.0)  # signal to noise of every second clip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("languages", nargs="+", metavar="CODE")
    parser.add_argument("--clips", type=int, default=50, help="a language")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--together", type=int, default=1, help="phrases a clip")
    parser.add_argument("--question", default="complaint")
    asked = parser.parse_args()
    noise = audio.load(
        resources.share("config") / "audio" / "noise" / "pink.flac", limits=settings.load().audio
    ).samples
    lines = []
    for language in asked.languages:
        chance = random.Random(f"{asked.seed} {language}")  # noqa: S311 - a choice of phrases
        offered = phrases.candidates(language, asked.question)
        count = min(asked.clips, len(offered) // asked.together)
        drawn = [phrase.text for phrase in chance.sample(offered, count * asked.together)]
        for number in range(count):
            text = ", ".join(drawn[number * asked.together :][: asked.together])
            voice = languages.get(language).engines["espeak"] + chance.choice(VARIANTS)
            samples = spoken(text, voice, speed=chance.randint(120, 175), pitch=chance.randint(30, 70))
            if number % 2:
                samples = noisy(samples, noise, chance.uniform(*NOISE_DB), chance)
            path = Path(language) / f"{number:03}.wav"
            save(asked.folder / path, samples)
            lines.append({"path": str(path), "lang": language, "transcript": text, "kind": f"espeak-ng {voice}"})
    manifest = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (asked.folder / "manifest.jsonl").write_text(manifest, encoding="utf-8")


def spoken(text: str, voice: str, *, speed: int, pitch: int) -> Samples:
    """Return mono speech at 16 kHz."""
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "-b", "1", "--stdin", "--stdout"]
    made = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout
    with wave.open(io.BytesIO(made)) as file:
        rate = file.getframerate()
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    quiet = round(0.3 * SAMPLE_RATE)
    resampler = StreamResampler(rate)
    parts = [resampler.push(pcm.astype(np.float32) / 32768), resampler.flush()]
    return np.pad(np.concatenate(parts), quiet)


def noisy(samples: Samples, noise: Samples, decibels: float, chance: random.Random) -> Samples:
    """Return speech with pink noise that many decibels below it."""
    start = chance.randrange(max(1, noise.size - samples.size))
    piece = np.resize(noise[start:], samples.size)
    power = float(np.mean(np.square(samples))) / max(float(np.mean(np.square(piece))), 1e-12)
    return np.asarray(samples + piece * np.sqrt(power / 10 ** (decibels / 10)), np.float32)


def save(path: Path, samples: Samples) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes())


if __name__ == "__main__":
    main()
