"""One vocabulary for all source languages and Chinese, cut by two sentencepiece models.

The Chinese pieces come first, so that the output layer need only be computed over them in training; the bias of all
others is very low in what is shipped (:mod:`training.network`).
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sentencepiece

from kiosk import lexicon as lexicons
from kiosk import phrasebook
from kiosk.engines.seq2seq import source_tag
from training.pairs import LANGUAGES, Pair

END, UNKNOWN, PAD = "</s>", "<unk>", "<pad>"
SOURCE, TARGET, VOCABULARY = "source.spm", "target.spm", "vocab.json"


@dataclass(frozen=True)
class Vocabulary:
    """What cuts sentences and numbers the pieces.

    Attributes:
        ids: piece -> number.
        outputs: pieces below this number may be written by the model.
    """

    source: Any
    target: Any
    ids: dict[str, int]
    outputs: int

    @property
    def size(self) -> int:
        return len(self.ids)

    @property
    def end(self) -> int:
        return self.ids[END]

    @property
    def pad(self) -> int:
        return self.ids[PAD]

    def source_ids(self, text: str, language: str, *, sample: bool = False) -> list[int]:
        """Return a sentence as numbers, its language first, its end last.

        Args:
            sample: cut it at random by one of the likely ways, so that the model does not rest on one cutting.
        """
        pieces = (
            self.source.encode(text, out_type=str, enable_sampling=True, alpha=0.2, nbest_size=-1)
            if sample
            else self.source.encode(text, out_type=str)
        )
        unknown = self.ids[UNKNOWN]
        return [self.ids[source_tag(language)], *(self.ids.get(piece, unknown) for piece in pieces), self.end]

    def target_ids(self, zh: str) -> list[int]:
        """Return Chinese as numbers, its end last."""
        unknown = self.ids[UNKNOWN]
        return [*(self.ids.get(piece, unknown) for piece in self.target.encode(zh, out_type=str)), self.end]

    def chinese(self, ids: Sequence[int]) -> str:
        """Return the Chinese of the model's numbers, up to the end."""
        names = {number: piece for piece, number in self.ids.items()}
        kept = ids[: ids.index(self.end)] if self.end in ids else ids
        return str(self.target.decode_pieces([names[number] for number in kept if number < self.outputs])).strip()


def train(pairs: Sequence[Pair], folder: Path, *, source_size: int, target_size: int) -> Vocabulary:
    """Train both sentencepiece models on the pairs and write them into a folder, with the numbers."""
    source = _trained(
        [pair.text for pair in pairs], source_size, folder / SOURCE, normalization_rule_name="nmt_nfkc_cf"
    )
    target = _trained(
        [pair.zh for pair in pairs],
        target_size,
        folder / TARGET,
        add_dummy_prefix=False,
        max_sentencepiece_length=6,
        required_chars=characters(),
        normalization_rule_name="identity",  # full-width punctuation is Chinese
    )
    pieces = [END, UNKNOWN, *_pieces(target)]
    outputs = len(dict.fromkeys(pieces))
    pieces += [source_tag(language) for language in LANGUAGES] + _pieces(source) + [PAD]
    ids = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    (folder / VOCABULARY).write_text(json.dumps(ids, ensure_ascii=False), encoding="utf-8")
    return Vocabulary(source=source, target=target, ids=ids, outputs=outputs)


def characters() -> str:
    """Return the characters of the Chinese lexicon and phrasebook: any of them must be writable, seen or not."""
    said = [row.surface for row in lexicons.load("zh").surfaces] + [phrase.text for phrase in phrasebook.load("zh")]
    return "".join(sorted({letter for text in said for letter in text if "\u4e00" <= letter <= "\u9fff"}))


def load(folder: Path) -> Vocabulary:
    """Return the vocabulary of a folder that :func:`train` or the converter has written."""
    source, target = _model((folder / SOURCE).read_bytes()), _model((folder / TARGET).read_bytes())
    ids = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
    return Vocabulary(
        source=source, target=target, ids=ids, outputs=len(dict.fromkeys([END, UNKNOWN, *_pieces(target)]))
    )


def _trained(texts: Sequence[str], size: int, path: Path, **options: Any) -> Any:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        vocab_size=size,
        hard_vocab_limit=False,
        model_type="unigram",
        character_coverage=0.9999,
        split_digits=True,
        bos_id=-1,
        eos_id=0,
        unk_id=1,
        pad_id=-1,
        num_threads=1,
        minloglevel=2,
        **options,
    )
    path.write_bytes(model.getvalue())
    return _model(model.getvalue())


def _model(data: bytes) -> Any:
    processor = sentencepiece.SentencePieceProcessor()
    processor.LoadFromSerializedProto(data)
    return processor


def _pieces(processor: Any) -> list[str]:
    return [processor.id_to_piece(number) for number in range(2, processor.get_piece_size())]
