"""The command line of the recipe."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kiosk import line_files
from kiosk.errors import KioskError
from training import confusions, corpus, noise, pairs
from training.pairs import LANGUAGES

CORPUS = "corpus.jsonl"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 for an error that a person can mend or a model that was refused."""
    chosen = _parser().parse_args(arguments)
    chosen.work.mkdir(parents=True, exist_ok=True)
    try:
        if chosen.learn:
            return _learn(chosen)
        if chosen.spoil:
            return _spoil(chosen)
        return _tune(chosen) if chosen.tune else _train(chosen)
    except KioskError as error:
        print(f"{error}\n{error.remedy or ''}".strip())
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Train or tune the kiosk's own translation model.")
    parser.add_argument("--work", type=Path, required=True, help="folder for sentences, checkpoints, log and model")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES))
    parser.add_argument("--sentences", type=int, default=400_000, help="size of the training text")
    parser.add_argument("--no-words", action="store_true", help="leave out the lexicon's forms (quicker)")
    parser.add_argument(
        "--learn", type=Path, nargs="+", help="write --confusions from outputs of `kiosk eval --audio FILE --json`"
    )
    parser.add_argument(
        "--confusions", type=Path, default=confusions.SHIPPED, help="what recognisers take for what, for the noise"
    )
    parser.add_argument("--by-hand", action="store_true", help="noise from the spelling alone, without --confusions")
    parser.add_argument("--source-pieces", type=int, default=7000)
    parser.add_argument("--target-pieces", type=int, default=2500)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--encoder", type=int, default=4)
    parser.add_argument("--decoder", type=int, default=2)
    parser.add_argument("--inner", type=int, default=1024)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=0.0, help="stop after so long")
    parser.add_argument("--tokens", type=int, default=2500, help="of a batch")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--short", type=int, default=1500, help="first steps, on short sentences alone")
    parser.add_argument("--warmup", type=int, default=400)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--only", choices=("text", "train", "model"), help="one part alone")
    parser.add_argument("--tune", type=Path, help="signed notes as `kiosk export pairs` writes them")
    parser.add_argument("--model", type=Path, help="with --tune: the transformers folder to start from")
    parser.add_argument("--spoil", type=Path, nargs="+", help="write sentences with errors as of recognition to --work")
    parser.add_argument("--threads", type=int, default=int(os.environ.get("OMP_NUM_THREADS", "0")))
    return parser


def _told(row: Any) -> None:
    print(json.dumps(row, ensure_ascii=False) if isinstance(row, dict) else row, flush=True)


def _train(chosen: argparse.Namespace) -> int:
    work: Path = chosen.work
    if chosen.only in (None, "text") and not (chosen.resume and (work / CORPUS).is_file()):
        _texts(chosen)
    if chosen.only in (None, "train"):
        _network(chosen)
    if chosen.only in (None, "model"):
        from training import shipping

        _told({"bytes": shipping.ship(work / "transformers", work / "model")})
    return 0


def _texts(chosen: argparse.Namespace) -> None:
    """Write the training text, and the vocabulary made of it."""
    from training import vocabulary

    found = []
    for language in chosen.languages:
        found.append(corpus.material(language, seed=chosen.seed, words=not chosen.no_words))
        each = found[-1]
        _told(f"{language}: {len(each.real)} real, {len(each.phrases)} phrases, {len(each.words)} words")
    made = corpus.build(found, size=chosen.sentences, seed=chosen.seed, heard=_heard(chosen), told=_told)
    pairs.write(chosen.work / CORPUS, made)
    sample = made[: min(len(made), 20_000)]
    words = vocabulary.train(sample, chosen.work, source_size=chosen.source_pieces, target_size=chosen.target_pieces)
    _told({"vocabulary": words.size, "outputs": words.outputs})


def _learn(chosen: argparse.Namespace) -> int:
    """Write the table of confusions that recognition of clips gives."""
    table, told = confusions.learned(chosen.learn)
    head = [
        "What a recogniser took for what: language, letter before, letter, what it became, how often. _ is a space.",
        "Made by scripts/train_translation.py --learn; docs/translation-model.md says where the clips are from.",
        f"{datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}, of {' '.join(path.name for path in chosen.learn)}",
        *told,
    ]
    confusions.write(chosen.confusions, table, head)
    for line in told:
        _told(line)
    return 0


def _heard(chosen: argparse.Namespace) -> confusions.Table | None:
    """Return what recognisers take for what; None for the spelling alone."""
    return None if chosen.by_hand else confusions.read(chosen.confusions)


def _spoil(chosen: argparse.Namespace) -> int:
    """Write sets of sentences (JSON lines) again, their words spoiled, everything else as it was."""
    heard = _heard(chosen)
    for path in chosen.spoil:
        noisy = noise.Noise(random.Random(f"{chosen.seed} {path.name}"), heard=heard)
        rows = [json.loads(line) for _, line in line_files.numbered(path)]
        lines = [
            json.dumps({**row, "text": noisy.spoil(row["text"], row["language"])}, ensure_ascii=False) for row in rows
        ]
        (chosen.work / path.name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


def _network(chosen: argparse.Namespace) -> None:
    import torch

    from training import association, loop, network, vocabulary

    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    torch.manual_seed(chosen.seed)
    words = vocabulary.load(chosen.work)
    size = network.Size(
        width=chosen.width,
        encoder=chosen.encoder,
        decoder=chosen.decoder,
        heads=chosen.heads,
        inner=chosen.inner,
        dropout=chosen.dropout,
    )
    built = network.build(size, words)
    _told(network.described(size, built))
    plan = loop.Plan(
        steps=chosen.steps,
        tokens=chosen.tokens,
        rate=chosen.rate,
        warmup=chosen.warmup,
        seconds=chosen.minutes * 60,
        short=chosen.short,
        seed=chosen.seed,
    )
    made = pairs.read(chosen.work / CORPUS)
    if not chosen.resume:
        association.start(built, words, made)
    loop.run(built, words, made, corpus.validation(), plan, chosen.work, told=_told, resume=chosen.resume)
    network.save(built, chosen.work, words, chosen.work / "transformers")


def _tune(chosen: argparse.Namespace) -> int:
    from training import tuning

    return tuning.run(chosen, told=_told)
