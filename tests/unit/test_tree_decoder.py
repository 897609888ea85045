"""The decoder over a tree, on a small model with random weights: sharing, beams and threads change no score."""

from __future__ import annotations

import numpy as np
import pytest

from kiosk.engines.tree_decoder import Array, TreeDecoder
from kiosk.engines.trie import build
from kiosk.engines.weights import Tensor
from kiosk.errors import Cancelled, ModelError

WIDTH, HEADS, LAYERS, VOCABULARY = 16, 2, 2, 30
PROMPT, END = (27, 28), 29
SEQUENCES = [[1, 2, 3], [1, 2, 4, 5], [6], [1, 7, 8], [6, 9, 9, 9, 9], [10, 11], [1, 2, 3]]


def tensors(seed: int = 0) -> dict[str, Tensor]:
    """Return random weights under the names of a CTranslate2 Whisper model."""
    rng = np.random.default_rng(seed)

    def table(*shape: int) -> Tensor:
        return rng.normal(0, 0.3, shape).astype(np.float16)

    made: dict[str, Tensor] = {
        "decoder/num_heads": np.array(HEADS, np.int16),
        "decoder/embeddings/weight": table(VOCABULARY, WIDTH),
        "decoder/projection/weight": table(VOCABULARY, WIDTH),
        "decoder/position_encodings/encodings": table(20, WIDTH),
    }
    norms = ["decoder/layer_norm"]
    for index in range(LAYERS):
        layer = f"decoder/layer_{index}"
        norms += [f"{layer}/{part}/layer_norm" for part in ("self_attention", "attention", "ffn")]
        for name, out, size in (
            ("self_attention/linear_0", 3 * WIDTH, WIDTH),
            ("self_attention/linear_1", WIDTH, WIDTH),
            ("attention/linear_0", WIDTH, WIDTH),
            ("attention/linear_1", 2 * WIDTH, WIDTH),
            ("attention/linear_2", WIDTH, WIDTH),
            ("ffn/linear_0", 4 * WIDTH, WIDTH),
            ("ffn/linear_1", WIDTH, 4 * WIDTH),
        ):
            made[f"{layer}/{name}/weight"] = table(out, size)
            made[f"{layer}/{name}/bias"] = table(out)
    for name in norms:
        made[f"{name}/gamma"], made[f"{name}/beta"] = 1 + table(WIDTH), table(WIDTH)
    return made


def states(frames: int = 12) -> Array:
    return np.random.default_rng(1).normal(0, 1, (frames, WIDTH)).astype(np.float32)


def score(decoder: TreeDecoder, sequences: list[list[int]], **how: object) -> tuple[list[Array], list[float]]:
    """Return the log-probabilities of each sequence's tokens, and of the end behind it."""
    trie = build(sequences)
    found = decoder.score(trie, decoder.hear(states()), prompt=PROMPT, end=END, **how)  # type: ignore[arg-type]
    paths = [trie.path(number) for number in range(len(sequences))]
    return [found.nodes[path] for path in paths], [float(found.ends[path[-1]]) for path in paths]


def test_a_shared_beginning_changes_no_score() -> None:
    """Alone, a phrase competes with fewer tokens; so each goes with the tokens of all, as phrases of one token."""
    decoder = TreeDecoder(tensors())
    others = [[token] for token in sorted({token for sequence in SEQUENCES for token in sequence})]
    together, ends = score(decoder, [*SEQUENCES, *others])
    for number, sequence in enumerate(SEQUENCES):
        alone, end = score(decoder, [sequence, *others])
        np.testing.assert_allclose(together[number], alone[0], atol=1e-4)
        assert ends[number] == pytest.approx(end[0], abs=1e-4)


def test_probabilities_of_what_may_follow_add_up_to_one() -> None:
    decoder = TreeDecoder(tensors())
    first, _ = score(decoder, [[token] for token in range(27)])
    assert sum(float(np.exp(one[0])) for one in first) < 1  # the end token has the rest
    _, ends = score(decoder, [[1], [2]])
    assert all(end < 0 for end in ends)


def test_threads_change_no_score() -> None:
    many = [[first, second, third] for first in range(6) for second in range(6) for third in range(3)]
    one, ends = score(TreeDecoder(tensors()), many)
    two, other = score(TreeDecoder(tensors(), threads=2), many)
    np.testing.assert_allclose(np.array(one), np.array(two), atol=1e-4)
    np.testing.assert_allclose(ends, other, atol=1e-4)


def test_a_beam_follows_the_best_and_scores_them_alike() -> None:
    many = [[first, second, third] for first in range(6) for second in range(6) for third in range(3)]
    decoder = TreeDecoder(tensors())
    all_tokens, _ = score(decoder, many)
    some, _ = score(decoder, many, beam=8)
    kept = [number for number, tokens in enumerate(some) if not np.isnan(tokens).any()]
    assert 0 < len(kept) < len(many)
    for number in kept:
        np.testing.assert_allclose(some[number], all_tokens[number], atol=1e-4)
    totals = [float(tokens.sum()) for tokens in all_tokens]
    assert int(np.argmax(totals)) in kept


def test_the_beam_compares_what_exceeds_the_baseline() -> None:
    trie = build([[1, 2], [3, 4]])
    decoder = TreeDecoder(tensors())
    heard = decoder.hear(states())
    plain = decoder.score(trie, heard, prompt=PROMPT, end=END)
    for favoured, other in ((0, 1), (1, 0)):
        baseline = plain.nodes.copy()
        baseline[other] += 5  # it scores as much on anything
        found = decoder.score(trie, heard, prompt=PROMPT, end=END, baseline=baseline, beam=1)
        assert not np.isnan(found.ends[trie.ends[favoured]])
        assert np.isnan(found.ends[trie.ends[other]])


def test_weights_stored_as_int8_are_taken_times_their_scale() -> None:
    plain = tensors()
    stored = dict(plain)
    for name in [name for name in plain if name.endswith("/weight")]:
        rows = plain[name].astype(np.float32)
        scale = 127 / np.abs(rows).max(axis=1)
        stored[name] = np.round(rows * scale[:, None]).astype(np.int8)
        stored[f"{name}_scale"] = scale.astype(np.float32)
    exact, _ = score(TreeDecoder(plain), SEQUENCES)
    close, _ = score(TreeDecoder(stored), SEQUENCES)
    for one, other in zip(exact, close, strict=True):
        np.testing.assert_allclose(one, other, atol=0.2)


def test_all_at_once_and_level_by_level_are_the_same() -> None:
    many = [[first, second, third] for first in range(6) for second in range(6) for third in range(3)]
    for threads in (1, 2):
        decoder = TreeDecoder(tensors(), threads=threads)
        at_once, ends = score(decoder, many)
        by_level, other = score(decoder, many, beam=1000)
        np.testing.assert_allclose(np.array(at_once), np.array(by_level), atol=1e-4)
        np.testing.assert_allclose(ends, other, atol=1e-4)


def test_it_can_be_stopped_between_levels() -> None:
    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise Cancelled("The work was stopped.")

    with pytest.raises(Cancelled):
        score(TreeDecoder(tensors()), SEQUENCES, check=check, beam=99)


def test_another_kind_of_model_is_refused() -> None:
    other = {name: tensor for name, tensor in tensors().items() if "attention/linear_2" not in name}
    with pytest.raises(ModelError, match="not a Whisper model"):
        TreeDecoder(other)
