"""A converted model's figures, by the kiosk's own engine and measures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kiosk import settings
from kiosk.engines.seq2seq import FAMILIES, Seq2SeqTranslator
from kiosk.engines.seq2seq_backends import backend
from kiosk.engines.seq2seq_pieces import pieces
from kiosk.evaluation import parallel as parallel_eval
from kiosk.models.records import Model, ModelFile
from kiosk.recognition import Check, never
from training.pairs import LANGUAGES, Pair


class FolderTranslator(Seq2SeqTranslator):
    """The kiosk's engine on a folder that no manifest names yet."""

    def __init__(self, folder: Path) -> None:
        entry = Model(
            name=folder.name,
            kind="mt",
            engine="marian",
            source=str(folder),
            revision="new",
            licence="Apache-2.0",
            languages=LANGUAGES,
            files=(ModelFile(name="model.bin", size=0, sha256="0" * 64),),
            folder=folder,
            supplement=True,
        )
        super().__init__(entry, settings.load().translation)
        self._place = folder

    def load(self, check: Check = never) -> None:
        """Load the weights, which this program has just written: nothing is compared with a checksum."""
        if self._backend is None:
            import opencc

            family = FAMILIES["marian"]
            self._source = pieces(self._place, family.source, self._place.name)
            self._target = pieces(self._place, family.target, self._place.name)
            self._simplify = opencc.OpenCC("t2s")
            self._backend = backend(self._place, self._place.name, self._settings)
            check()


def figures(folder: Path, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return chrF, BLEU and the critical-token error rate of a converted model on sentences with a reference."""
    lines = [parallel_eval.Line(language=pair.language, text=pair.text, reference=pair.zh) for pair in pairs]
    return parallel_eval.measure(lines, parallel_eval.channel(FolderTranslator(folder)))
