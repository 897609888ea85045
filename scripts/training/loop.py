"""Training: batches of like lengths, Adam with an inverse square root schedule, averaged weights, checkpoints."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from training import network as networks
from training.pairs import Pair
from training.vocabulary import Vocabulary

SHORT = 12
CHECKPOINT, STATE = "checkpoint.safetensors", "checkpoint.json"
BEST, BEST_STATE = "best.safetensors", "best.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to train.

    Attributes:
        tokens: of a batch, source and target with their padding.
        rate: the highest learning rate, reached after ``warmup`` steps.
        average: decay of the averaged weights, which are what is kept; 0 keeps the last.
        seconds: stop after so much time; 0: only after ``steps``.
        short: first steps, on sentences of at most ``SHORT`` characters of Chinese: a word is found in them soonest.
        longest: sentences with more tokens on a side are left out.
    """

    steps: int = 20_000
    tokens: int = 2500
    rate: float = 1e-3
    warmup: int = 400
    average: float = 0.995
    seconds: float = 0.0
    short: int = 0
    longest: int = 110
    save_every: int = 200
    log_every: int = 25
    seed: int = 1


Told = Callable[[dict[str, Any]], None]


def run(
    network: Any,
    words: Vocabulary,
    pairs: Sequence[Pair],
    validation: Sequence[Pair],
    plan: Plan,
    folder: Path,
    *,
    told: Told = lambda _row: None,
    resume: bool = False,
) -> dict[str, Any]:
    """Train a network in place and return what was reached; its weights are then the averaged ones.

    Where sentences are held out, those of the step that did best on them: the text is made by rule, and learned by
    heart long before the time is over.

    The log, one JSON object a line, and the checkpoint are in ``folder``.
    """
    torch.manual_seed(plan.seed)
    weights = [each for each in network.parameters() if each.requires_grad]
    optimizer = torch.optim.Adam(weights, lr=plan.rate, betas=(0.9, 0.98), eps=1e-9)
    averaged = [each.detach().clone() for each in weights]
    step, spent = _resumed(folder, optimizer, averaged) if resume else (0, 0.0)
    best = _best(folder) if resume else None
    held = [_encoded(pair, words, sample=False) for pair in validation]
    began, total, count, seen = time.monotonic() - spent, 0.0, 0, 0
    network.train()
    for rows in _batches(pairs, words, plan, start=step):
        if step >= plan.steps or (plan.seconds and time.monotonic() - began >= plan.seconds):
            break
        step += 1
        for group in optimizer.param_groups:
            group["lr"] = rate(plan, step)
        value = networks.loss(network, words, *networks.batch(rows, words), smoothing=networks.SMOOTHING)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        decay = min(plan.average, (1 + step) / (10 + step)) if plan.average else 0.0
        torch._foreach_lerp_(averaged, [each.detach() for each in weights], 1.0 - decay)
        total, count = total + value.detach().item(), count + 1
        seen += sum(len(source) + len(target) for source, target in rows)
        if step % plan.log_every == 0:
            row = {"step": step, "loss": round(total / count, 4), "seconds": round(time.monotonic() - began, 1)}
            told({**row, "tokens": seen, "rate": round(rate(plan, step), 6)})
            total, count = 0.0, 0
        if step % plan.save_every == 0:
            _save(folder, optimizer, averaged, step, time.monotonic() - began)
            tried = {"step": step, "validation": _validated(network, weights, averaged, words, held)}
            told(tried)
            best = _better(folder, averaged, tried, best) if held else None
    spent = time.monotonic() - began
    _save(folder, optimizer, averaged, step, spent)
    if held:
        if step % plan.save_every or best is None:
            tried = {"step": step, "validation": _validated(network, weights, averaged, words, held)}
            best = _better(folder, averaged, tried, best)
        kept = load_file(folder / BEST)
        averaged = [kept[f"average.{number}"] for number in range(len(weights))]
    with torch.no_grad():
        for weight, mean in zip(weights, averaged, strict=True):
            weight.copy_(mean)
    network.eval()
    reached = {"steps": step, "seconds": round(spent, 1), "plan": asdict(plan), "best": best}
    reached["validation"] = best["validation"] if best is not None else None
    told(reached)
    return reached


def rate(plan: Plan, step: int) -> float:
    """Return the learning rate of a step: linear at first, then falling with the inverse square root."""
    return float(plan.rate * min(step / plan.warmup, (plan.warmup / step) ** 0.5))


def _encoded(pair: Pair, words: Vocabulary, *, sample: bool) -> tuple[list[int], list[int]]:
    return words.source_ids(pair.text, pair.language, sample=sample), words.target_ids(pair.zh)


def _batches(
    pairs: Sequence[Pair], words: Vocabulary, plan: Plan, *, start: int
) -> Iterator[list[tuple[list[int], list[int]]]]:
    """Yield batches for ever, from the one numbered ``start``: the same seed, the same batches."""
    number = 0
    epoch = 0
    while True:
        chance = random.Random(f"{plan.seed} {epoch}")
        order = [*range(len(pairs))]
        chance.shuffle(order)
        begins = number
        if begins < plan.short:
            order = [index for index in order if len(pairs[index].zh) <= SHORT] or order
        for first in range(0, len(order), 4096):
            if begins < plan.short <= number:
                break
            chunk = sorted(order[first : first + 4096], key=lambda index: (len(pairs[index].text), index))
            groups = [*_grouped([pairs[index] for index in chunk], words, plan, chance)]
            chance.shuffle(groups)
            for rows in groups:
                number += 1
                if number > start and rows:
                    yield rows
        epoch += 1


def _grouped(
    chunk: Sequence[Pair], words: Vocabulary, plan: Plan, chance: random.Random
) -> Iterator[list[tuple[list[int], list[int]]]]:
    rows: list[tuple[list[int], list[int]]] = []
    longest = 0
    for pair in chunk:
        source, target = _encoded(pair, words, sample=chance.random() < 0.5)
        if max(len(source), len(target)) > plan.longest:
            continue
        size = max(longest, len(source) + len(target))
        if rows and size * (len(rows) + 1) > plan.tokens:
            yield rows
            rows, size = [], len(source) + len(target)
        rows.append((source, target))
        longest = size
    if rows:
        yield rows


def _mean_loss(network: Any, words: Vocabulary, held: Sequence[tuple[list[int], list[int]]]) -> float:
    total = tokens = 0.0
    with torch.no_grad():
        for first in range(0, len(held), 16):
            rows = held[first : first + 16]
            count = sum(len(target) for _, target in rows)
            total += count * networks.loss(network, words, *networks.batch(rows, words), smoothing=0.0).item()
            tokens += count
    return total / max(1.0, tokens)


def _validated(network: Any, weights: Sequence[Any], averaged: Sequence[Any], words: Vocabulary, held: Any) -> float:
    """Return the loss of the averaged weights on sentences that are not trained on."""
    if not held:
        return 0.0
    kept = [each.detach().clone() for each in weights]
    network.eval()
    with torch.no_grad():
        for weight, mean in zip(weights, averaged, strict=True):
            weight.copy_(mean)
        value = _mean_loss(network, words, held)
        for weight, own in zip(weights, kept, strict=True):
            weight.copy_(own)
    network.train()
    return round(value, 4)


def _save(folder: Path, optimizer: Any, averaged: Sequence[Any], step: int, spent: float) -> None:
    tensors: dict[str, Any] = {}
    for number, (weight, mean) in enumerate(zip(optimizer.param_groups[0]["params"], averaged, strict=True)):
        state = optimizer.state.get(weight, {})
        tensors |= {f"weight.{number}": weight.detach().clone(), f"average.{number}": mean.clone()}
        tensors |= {f"{name}.{number}": state[name].clone() for name in ("exp_avg", "exp_avg_sq") if name in state}
    part = folder / f"{CHECKPOINT}.part"
    save_file(tensors, part)
    part.replace(folder / CHECKPOINT)
    (folder / STATE).write_text(json.dumps({"step": step, "seconds": round(spent, 1)}), encoding="utf-8")


def _better(
    folder: Path, averaged: Sequence[Any], tried: dict[str, Any], best: dict[str, Any] | None
) -> dict[str, Any]:
    """Return the better of two steps; the one just tried is kept if it is."""
    if best is not None and best["validation"] <= tried["validation"]:
        return best
    save_file({f"average.{number}": mean.clone() for number, mean in enumerate(averaged)}, folder / BEST)
    (folder / BEST_STATE).write_text(json.dumps(tried), encoding="utf-8")
    return tried


def _best(folder: Path) -> dict[str, Any] | None:
    """Return the step that did best on the held-out sentences, of those that led to a checkpoint."""
    if not (folder / BEST_STATE).is_file():
        return None
    found: dict[str, Any] = json.loads((folder / BEST_STATE).read_text(encoding="utf-8"))
    return found


def _resumed(folder: Path, optimizer: Any, averaged: Sequence[Any]) -> tuple[int, float]:
    """Take up a checkpoint, where there is one; return its step and the seconds that led to it."""
    if not (folder / STATE).is_file():
        return 0, 0.0
    state = json.loads((folder / STATE).read_text(encoding="utf-8"))
    tensors = load_file(folder / CHECKPOINT)
    with torch.no_grad():
        for number, (weight, mean) in enumerate(zip(optimizer.param_groups[0]["params"], averaged, strict=True)):
            weight.copy_(tensors[f"weight.{number}"])
            mean.copy_(tensors[f"average.{number}"])
            if f"exp_avg.{number}" in tensors:
                optimizer.state[weight] = {
                    "step": torch.tensor(float(state["step"])),
                    "exp_avg": tensors[f"exp_avg.{number}"],
                    "exp_avg_sq": tensors[f"exp_avg_sq.{number}"],
                }
    return int(state["step"]), float(state["seconds"])
