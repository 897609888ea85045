"""Tuning on a hospital's own signed notes: before, after, and a refusal where the critical tokens got worse.

A fifth of the notes is never trained on and only measured. Sentences of the general text are mixed in, so that what the
model knew is not lost; the second set that is measured shows whether it was.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kiosk.errors import InputError, ModelError
from training import corpus, loop, network, pairs, scoring, shipping, vocabulary
from training.pairs import Pair

FEWEST = 20
"""Notes' sentences below which there is nothing to measure a change by."""

HELD = 5
"""One sentence in so many is held apart, by its checksum: the same file, the same sentences."""

EPOCHS = 4
REPLAY = 3
"""Sentences of the general text for each of the notes'."""

RATE = 1e-4
TUNED = "tuned"


def split(rows: Sequence[Pair]) -> tuple[list[Pair], list[Pair]]:
    """Return what is trained on and what is held apart; the same words are never in both.

    Raises:
        InputError: there are too few sentences.
    """
    held = [row for row in rows if _digest(row.text) % HELD == 0]
    trained = [row for row in rows if _digest(row.text) % HELD != 0]
    if len(rows) < FEWEST or not held or not trained:
        raise InputError(
            f"{len(rows)} sentences are too few to tune on and to measure by.",
            remedy=f"Export at least {FEWEST}; some hundreds are worth the while.",
        )
    return trained, held


def _digest(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def refusal(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> str:
    """Return why a tuned model must not be installed; empty where it may be."""
    for name, row in before.items():
        was, now = row["critical_error_rate"], after[name]["critical_error_rate"]
        if now > was:
            return f"critical-token errors on {name} rose from {was:.1%} to {now:.1%}"
    if after["notes"]["chrf"] < before["notes"]["chrf"]:
        return f"chrF on the notes fell from {before['notes']['chrf']} to {after['notes']['chrf']}"
    return ""


def run(chosen: argparse.Namespace, *, told: Callable[[Any], None]) -> int:
    """Tune, measure before and after, and keep the new model only where it is no worse; 1 where it was refused.

    Raises:
        InputError: the notes cannot be read, or are too few.
        ModelError: there is no model to start from.
    """
    import torch

    base: Path = chosen.model or chosen.work / "transformers"
    if not (base / "config.json").is_file():
        raise ModelError(f"{base} holds no model to start from.", remedy="Name the transformers folder: --model FOLDER")
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    trained, held = split(pairs.read(chosen.tune))
    chance = random.Random(chosen.seed)
    sets = {"notes": held, "general": corpus.validation()}
    words = vocabulary.load(base)
    mixed = [*trained, *_general(chosen, REPLAY * len(trained), chance)]
    before = _measured(base, chosen.work / "base", sets)
    built = network.load(base).float()
    plan = loop.Plan(
        steps=chosen.steps if chosen.steps < 20_000 else max(20, EPOCHS * len(mixed) * 40 // chosen.tokens),
        tokens=chosen.tokens,
        rate=RATE,
        warmup=10,
        average=0.0,
        seed=chosen.seed,
    )
    folder = chosen.work / "tuning"
    folder.mkdir(exist_ok=True)
    loop.run(built, words, mixed, held, plan, folder, told=told)
    network.save(built, base, words, folder / "transformers")
    after = _measured(folder / "transformers", folder / "model", sets)
    for name in sets:
        told({"set": name, "before": _short(before[name]), "after": _short(after[name])})
    why = refusal(before, after)
    if why:
        told(f"Refused: {why}. The model in use stays.")
        return 1
    shipping.ship(folder / "transformers", chosen.work / TUNED)
    told(f"Kept: {chosen.work / TUNED}. Install it: kiosk models add {chosen.work / TUNED} --name NAME --licence OWN")
    return 0


def _general(chosen: argparse.Namespace, count: int, chance: random.Random) -> list[Pair]:
    """Return sentences of the general text: of the recipe's own folder, else made now."""
    path = chosen.work / "corpus.jsonl"
    if path.is_file():
        rows = pairs.read(path)
        return chance.sample(rows, min(count, len(rows)))
    found = [corpus.material(language, seed=chosen.seed, words=False) for language in chosen.languages]
    return corpus.build(found, size=count, seed=chosen.seed)


def _measured(folder: Path, out: Path, sets: dict[str, list[Pair]]) -> dict[str, dict[str, Any]]:
    shipping.ship(folder, out)
    return {name: scoring.figures(out, rows) for name, rows in sets.items()}


def _short(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("sentences", "chrf", "bleu", "critical_error_rate")}
