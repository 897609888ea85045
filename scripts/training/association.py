"""Where a network starts: pieces that occur in the same pairs get like embeddings, before anything is trained.

A network that starts from chance first learns to write Chinese, and only after tens of millions of tokens to read the
source. So the embeddings are taken from what stands together: positive pointwise mutual information of source and
Chinese pieces over the pairs, factored by a singular value decomposition into one space for both. The decoder's look at
the source starts as the identity, so that the first thing the network says is the words that belong to the source's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.pairs import Pair
from training.vocabulary import Vocabulary

PAIRS = 60_000
RARE = 2.0
"""Counts that are this small are believed by half."""


def start(network: Any, words: Vocabulary, pairs: Sequence[Pair]) -> None:
    """Set a new network's embeddings and its decoder's cross-attention, in place. Seeded by ``torch.manual_seed``."""
    width = network.config.d_model
    source, target = _factored(_associated(pairs[:PAIRS], words), width)
    with torch.no_grad():
        weight = network.model.shared.weight
        for begin, rows in ((0, target), (words.outputs, source)):
            norms = rows.norm(dim=1, keepdim=True)
            known = (norms > 1e-3).squeeze(1)
            part = weight[begin : begin + len(rows)]
            part[known] = rows[known] / norms[known]
        weight[words.pad] = 0.0
        for layer in network.model.decoder.layers:
            for linear in (layer.encoder_attn.v_proj, layer.encoder_attn.out_proj):
                linear.weight.copy_(torch.eye(width))
                linear.bias.zero_()


def _associated(pairs: Sequence[Pair], words: Vocabulary) -> NDArray[np.float32]:
    """Return the association of source-only pieces (rows) and Chinese pieces (columns)."""
    together = np.zeros((words.size - words.outputs, words.outputs), dtype=np.float32)
    for pair in pairs:
        source = np.array([*{each for each in words.source_ids(pair.text, pair.language) if each >= words.outputs}])
        target = np.array([*{*words.target_ids(pair.zh)}])
        together[np.ix_(source - words.outputs, target)] += 1.0
    rows, columns = together.sum(1, keepdims=True), together.sum(0, keepdims=True)
    expected = rows * columns / max(1.0, float(together.sum()))
    with np.errstate(divide="ignore", invalid="ignore"):
        information = np.log(together / expected)
    information[~np.isfinite(information)] = 0.0
    positive: NDArray[np.float32] = np.maximum(information, 0.0) * together / (together + RARE)
    return positive.astype(np.float32)


def _factored(matrix: NDArray[np.float32], width: int) -> tuple[Any, Any]:
    """Return one vector of ``width`` for each row and each column; their products are near the matrix."""
    left, values, right = torch.svd_lowrank(torch.from_numpy(matrix), q=min(width, *matrix.shape), niter=3)
    root = values.sqrt()
    pad = (0, width - len(values))
    return torch.nn.functional.pad(left * root, pad), torch.nn.functional.pad(right * root, pad)
