"""Token sequences that share their beginnings, laid out level by level for a decoder that scores them all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Trie:
    """Sequences as a tree. Nodes are numbered level by level; a node is a token in the context of those above it.

    Attributes:
        tokens: token of each node, shape (nodes,).
        parents: node above each, shape (nodes,); -1 for those of the first level.
        levels: the first node of each level and, at the end, the number of nodes.
        ends: last node of each sequence, shape (sequences,). Equal sequences share theirs.
        lengths: tokens of each sequence, shape (sequences,).
    """

    tokens: Index
    parents: Index
    levels: tuple[int, ...]
    ends: Index
    lengths: Index

    @property
    def nodes(self) -> int:
        """How many different beginnings there are."""
        return int(self.tokens.size)

    def path(self, sequence: int) -> list[int]:
        """Return the nodes of a sequence, first to last."""
        nodes = []
        node = int(self.ends[sequence])
        while node >= 0:
            nodes.append(node)
            node = int(self.parents[node])
        return nodes[::-1]

    def sums(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return, for each node, the sum of ``values`` on the way to it, its own included, shape (nodes,)."""
        total = values.copy()
        for start, stop in zip(self.levels[1:], self.levels[2:], strict=False):
            total[start:stop] += total[self.parents[start:stop]]
        return total


def build(sequences: Sequence[Sequence[int]]) -> Trie:
    """Return the tree of the sequences.

    Raises:
        ValueError: there is none, or one is empty.
    """
    if not sequences or not all(sequences):
        raise ValueError("a trie needs sequences of at least one token")
    tokens: list[int] = []
    parents: list[int] = []
    levels = [0]
    at = [-1] * len(sequences)
    for depth in range(max(map(len, sequences))):
        known: dict[tuple[int, int], int] = {}
        for number, sequence in enumerate(sequences):
            if depth >= len(sequence):
                continue
            step = (at[number], sequence[depth])
            if step not in known:
                known[step] = len(tokens)
                tokens.append(sequence[depth])
                parents.append(at[number])
            at[number] = known[step]
        levels.append(len(tokens))
    return Trie(
        np.array(tokens, np.int32),
        np.array(parents, np.int32),
        tuple(levels),
        np.array(at, np.int32),
        np.array([len(sequence) for sequence in sequences], np.int32),
    )
