"""Phrases as a tree: nothing is lost, beginnings are shared."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.engines.trie import build

SEQUENCES = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=6), min_size=1, max_size=20)


@given(SEQUENCES)
def test_every_sequence_is_a_way_from_the_root(sequences: list[list[int]]) -> None:
    trie = build(sequences)
    for number, sequence in enumerate(sequences):
        assert [int(trie.tokens[node]) for node in trie.path(number)] == sequence
    assert [int(length) for length in trie.lengths] == [len(sequence) for sequence in sequences]


@given(SEQUENCES)
def test_a_beginning_is_stored_once(sequences: list[list[int]]) -> None:
    trie = build(sequences)
    beginnings = {tuple(sequence[: size + 1]) for sequence in sequences for size in range(len(sequence))}
    assert trie.nodes == len(beginnings) == trie.levels[-1]


@given(SEQUENCES)
def test_sums_add_up_on_the_way(sequences: list[list[int]]) -> None:
    trie = build(sequences)
    values = np.arange(1, trie.nodes + 1, dtype=np.float32)
    total = trie.sums(values)
    for number in range(len(sequences)):
        assert total[trie.ends[number]] == values[trie.path(number)].sum()


@pytest.mark.parametrize("sequences", [[], [[1], []]])
def test_nothing_is_no_tree(sequences: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="at least one token"):
        build(sequences)
