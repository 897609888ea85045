"""Whisper's decoder over a tree of phrases: one pass scores hundreds of candidates.

CTranslate2's ``Whisper.align`` scores candidates too, but for each of them it computes anew the keys and values of the
audio, every shared beginning, and the probability of all 51,865 tokens: 20 ms a candidate. Here

- the audio's keys and values are computed once;
- phrases are a tree (``trie``), so a shared beginning is computed once;
- probabilities are over the tokens that occur in the phrases (a few hundred), which halves the work and, as the scores
  are compared among the phrases, is what is wanted;
- the tree is walked level by level, and only the best beginnings are followed (``beam``).

The arithmetic is that of the model in float32 on numpy (arXiv:2212.04356; the pre-norm transformer of
arXiv:1706.03762), on weights read from the same file that CTranslate2 loads.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from kiosk.engines.trie import Index, Trie
from kiosk.engines.weights import Tensor
from kiosk.errors import ModelError
from kiosk.recognition import Check, never

Array = NDArray[np.float32]

_EARLY = 4
"""Levels on which the whole beam is followed."""

_ROWS = 128
"""Nodes whose ancestors are looked at together: as many as the cache near the core holds."""

_SHARE = 16
"""Nodes that a core is given at least: fewer are not worth the handing over."""

_EPSILON = np.float32(1e-5)  # of the layer norms
_GELU = tuple(np.float32(value) for value in (math.sqrt(2 / math.pi), 0.044715, 0.5))


@dataclass(frozen=True, slots=True)
class _Linear:
    """``x @ weight + bias``; weight of shape (in, out)."""

    weight: Array
    bias: Array

    def __call__(self, x: Array) -> Array:
        y = x @ self.weight
        y += self.bias
        return y


@dataclass(frozen=True, slots=True)
class _Norm:
    gamma: Array
    beta: Array

    def __call__(self, x: Array) -> Array:
        y = x - x.mean(-1, keepdims=True)
        variance = np.einsum("nd,nd->n", y, y)[:, None] / np.float32(x.shape[-1])
        y /= np.sqrt(variance + _EPSILON)
        y *= self.gamma
        y += self.beta
        return np.asarray(y, np.float32)


@dataclass(frozen=True, slots=True)
class _Rows:
    """A table with a row a token, as stored; rows are made float32 when they are needed."""

    stored: Tensor
    scale: Tensor | None

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor], name: str) -> _Rows:
        return cls(tensors[f"{name}/weight"], tensors.get(f"{name}/weight_scale"))

    @property
    def width(self) -> int:
        return int(self.stored.shape[1])

    def __getitem__(self, rows: Sequence[int] | NDArray[np.integer[Any]]) -> Array:
        index = np.asarray(rows)
        return _dequantised(self.stored[index], None if self.scale is None else self.scale[index])


@dataclass(frozen=True, slots=True)
class _Layer:
    self_norm: _Norm
    self_in: _Linear  # query, key, value
    self_out: _Linear
    cross_norm: _Norm
    cross_query: _Linear
    cross_in: _Linear  # key, value, of the audio
    cross_out: _Linear
    ffn_norm: _Norm
    ffn_in: _Linear
    ffn_out: _Linear


@dataclass(frozen=True, slots=True)
class Heard:
    """The audio's keys, shape (heads, head width, frames), and values, (heads, frames, head width), layer by layer."""

    layers: tuple[tuple[Array, Array], ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """Natural-log probabilities, among the tree's own tokens and the end token.

    Attributes:
        nodes: of each node given those above it, shape (nodes,); NaN where the beam did not go.
        ends: of the end token behind each node, shape (nodes,); NaN likewise.
    """

    nodes: Array
    ends: Array


class TreeDecoder:
    """The decoder of one model.

    Args:
        tensors: as :func:`kiosk.engines.weights.read` returns them.
        threads: how many cores to use.

    Raises:
        ModelError: they are not those of a Whisper model.
    """

    def __init__(self, tensors: Mapping[str, Tensor], *, threads: int = 1) -> None:
        try:
            self._heads = int(tensors["decoder/num_heads"])
            self._embedding = _Rows.of(tensors, "decoder/embeddings")
            self._projection = _Rows.of(tensors, "decoder/projection")
            self._positions = _float(tensors["decoder/position_encodings/encodings"])
            self._norm = _norm(tensors, "decoder/layer_norm")
            count = sum(name.endswith("/self_attention/linear_0/weight") and "decoder/" in name for name in tensors)
            self._layers = tuple(_layer(tensors, f"decoder/layer_{index}") for index in range(count))
        except KeyError as error:
            raise ModelError(f"The model lacks {error}: it is not a Whisper model.") from None
        self._width = self._embedding.width
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="kiosk-decoder")
        self._scale = np.float32(1 / math.sqrt(self._width // self._heads))

    @property
    def positions(self) -> int:
        """How many tokens fit, the prompt's included."""
        return int(self._positions.shape[0])

    @property
    def multiply_adds(self) -> int:
        """How many multiply-adds the layers need for one token, attention left out."""
        return sum(
            linear.weight.size
            for layer in self._layers
            for linear in (
                layer.self_in,
                layer.self_out,
                layer.cross_query,
                layer.cross_out,
                layer.ffn_in,
                layer.ffn_out,
            )
        )

    def hear(self, states: Array) -> Heard:
        """Return what the decoder needs of the encoder's output, shape (frames, width)."""
        frames = states.shape[0]
        layers = []
        for layer in self._layers:
            both = layer.cross_in(states).reshape(frames, 2, self._heads, -1)
            keys = np.ascontiguousarray(both[:, 0].transpose(1, 2, 0))
            layers.append((keys, np.ascontiguousarray(both[:, 1].transpose(1, 0, 2))))
        return Heard(tuple(layers))

    def score(
        self,
        trie: Trie,
        heard: Heard,
        *,
        prompt: Sequence[int],
        end: int,
        baseline: Array | None = None,
        beam: int | None = None,
        check: Check = never,
        among: Index | None = None,
    ) -> Scores:
        """Return the log-probability of every node.

        Args:
            prompt: tokens before the first level; the audio's context.
            end: the end token.
            baseline: what each node scores on unrelated audio, shape (nodes,); the beam compares what exceeds it.
            beam: how many nodes of a level to follow, half as many from the fifth on; all of them if None.
            check: called for every level; raises to cancel.
            among: tokens that share the probability, at least the tree's own; those alone if None.
        """
        # One thread a multiplication: the library's own threads spin while they wait, and on a busy machine take a
        # hundred times as long.
        with threadpool_limits(1, user_api="blas"):
            return self._walk(trie, heard, prompt, end, baseline, beam, check, trie.tokens if among is None else among)

    def _walk(
        self,
        trie: Trie,
        heard: Heard,
        prompt: Sequence[int],
        end: int,
        baseline: Array | None,
        beam: int | None,
        check: Check,
        among: Index,
    ) -> Scores:
        vocabulary = np.unique(np.append(among, end))
        columns = np.searchsorted(vocabulary, np.append(trie.tokens, end))
        words = _Words(
            output=np.ascontiguousarray(self._projection[vocabulary].T),
            embedding=self._embedding[vocabulary],
            columns=columns[:-1],
            end=int(columns[-1]),
        )
        nodes = np.full(trie.nodes, np.nan, np.float32)
        ends = np.full(trie.nodes, np.nan, np.float32)
        cache = _Cache.of(len(self._layers), len(prompt) + most_followed(trie, beam), self._width)
        # The prompt in one step: each token sees those before it.
        first = cache.take(len(prompt))
        x = self._embedding[prompt] + self._positions[: len(prompt)]
        seen = np.tril(np.ones((len(prompt), len(prompt)), bool))
        before = np.where(seen, np.arange(len(prompt)), 0)
        hidden = self._step(x, _Place(slice(first, len(prompt)), before, seen), cache, heard)
        log_probs = _log_softmax(hidden[-1:] @ words.output)
        way = _Way(trie, heard, words, cache, log_probs, len(prompt), Scores(nodes, ends))
        if beam is None:
            check()
            self._follow_all(way)
        else:
            self._follow_best(way, baseline, beam, check)
        return way.scores

    def _follow_best(self, way: _Way, baseline: Array | None, beam: int, check: Check) -> None:
        """Score level by level, following the best."""
        trie, words, cache, position, log_probs = way.trie, way.words, way.cache, way.position, way.log_probs
        nodes, ends = way.scores.nodes, way.scores.ends
        ancestors = np.arange(position)[None, :]
        total = np.zeros(trie.nodes + 1, np.float32)  # gains on the way; the last is the root's
        followed = np.array([-1])  # nodes whose log-probabilities are at hand, ascending
        for depth, (start, stop) in enumerate(zip(trie.levels, trie.levels[1:], strict=False)):
            check()
            here = np.arange(start, stop)
            above = np.searchsorted(followed, trie.parents[here])
            reached = followed[np.minimum(above, followed.size - 1)] == trie.parents[here]
            here, above = here[reached], above[reached]
            nodes[here] = log_probs[above, words.columns[here]]
            gain = nodes[here] if baseline is None else nodes[here] - baseline[here]
            total[here] = total[trie.parents[here]] + gain
            wide = _width_at(beam, depth)
            if here.size > wide:
                kept = np.sort(np.argpartition(-total[here], wide)[:wide])
                here, above = here[kept], above[kept]
            if not here.size:
                break
            slot = cache.take(here.size)
            own = np.arange(slot, slot + here.size)
            ancestors = np.concatenate([ancestors[above], own[:, None]], axis=1)
            x = words.embedding[words.columns[here]] + self._positions[position + depth]
            log_probs = self._all_cores(x, slot, ancestors, None, cache, way.heard, words.output)
            ends[here] = log_probs[:, words.end]
            followed = here

    def _follow_all(self, way: _Way) -> None:
        """Score every node in one step: nothing is left behind, so no level has to wait for the one above."""
        trie, words, position = way.trie, way.words, way.position
        nodes, ends = way.scores.nodes, way.scores.ends
        slot = way.cache.take(trie.nodes)
        deepest = len(trie.levels) - 1
        ancestors = np.zeros((trie.nodes, position + deepest), np.int64)
        ancestors[:, :position] = np.arange(position)
        seen = np.zeros(ancestors.shape, bool)
        seen[:, :position] = True
        depths = np.empty(trie.nodes, np.int64)
        for depth, (start, stop) in enumerate(zip(trie.levels, trie.levels[1:], strict=False)):
            here, at = np.arange(start, stop), position + depth
            if depth:
                ancestors[start:stop, position:at] = ancestors[trie.parents[here], position:at]
            ancestors[start:stop, at] = slot + here
            seen[start:stop, position : at + 1] = True
            depths[start:stop] = depth
        x = words.embedding[words.columns] + self._positions[position + depths]
        after = self._all_cores(x, slot, ancestors, seen, way.cache, way.heard, words.output)
        top = slice(0, trie.levels[1])
        nodes[top] = way.log_probs[0, words.columns[top]]
        below = np.arange(trie.levels[1], trie.nodes)
        nodes[below] = after[trie.parents[below], words.columns[below]]
        ends[:] = after[:, words.end]

    def _all_cores(
        self,
        x: Array,
        slot: int,
        ancestors: NDArray[np.int64],
        seen: NDArray[np.bool_] | None,
        cache: _Cache,
        heard: Heard,
        output: Array,
    ) -> Array:
        """Return the log-probabilities behind some nodes, shape (n, vocabulary).

        Each core has its share of the nodes. Those of one level do not see each other, and a core walks through all
        layers without waiting; where nodes see each other (``seen``), the cores wait for each other's keys.
        """
        size = max(_SHARE, -(-len(x) // self._threads))
        parts = [slice(start, min(start + size, len(x))) for start in range(0, len(x), size)]
        barrier = Barrier(len(parts)) if seen is not None and len(parts) > 1 else None

        def share(part: slice) -> Array:
            place = _Place(
                slice(slot + part.start, slot + part.stop), ancestors[part], None if seen is None else seen[part]
            )
            try:
                return _log_softmax(self._step(x[part], place, cache, heard, barrier) @ output)
            except BaseException:
                if barrier is not None:
                    barrier.abort()
                raise

        if len(parts) == 1:
            return share(parts[0])
        return np.concatenate([*self._pool.map(share, parts)])

    def _step(self, x: Array, place: _Place, cache: _Cache, heard: Heard, barrier: Barrier | None = None) -> Array:
        """Return the hidden states, shape (n, width), of some nodes' embeddings, and remember their keys and values."""
        count = len(x)
        for layer, (keys, values), (all_keys, all_values) in zip(
            self._layers, heard.layers, zip(cache.keys, cache.values, strict=True), strict=True
        ):
            mixed = layer.self_in(layer.self_norm(x))
            all_keys[place.own] = mixed[:, self._width : 2 * self._width]
            all_values[place.own] = mixed[:, 2 * self._width :]
            if barrier is not None:
                barrier.wait()
            query = mixed[:, : self._width] * self._scale
            x = x + layer.self_out(self._look_back(query, place, all_keys, all_values))

            query = layer.cross_query(layer.cross_norm(x))
            query *= self._scale
            attention = np.matmul(query.reshape(count, self._heads, -1).transpose(1, 0, 2), keys)
            mixed = np.matmul(_softmax(attention, axis=-1), values)
            x += layer.cross_out(mixed.transpose(1, 0, 2).reshape(count, self._width))

            x += layer.ffn_out(_gelu(layer.ffn_in(layer.ffn_norm(x))))
        return self._norm(x)

    def _look_back(self, query: Array, place: _Place, keys: Array, values: Array) -> Array:
        """Return what each node gathers from those above it and itself, shape (n, width).

        Depths are a dozen: products and sums are faster than as many small matrix multiplications.
        """
        gathered = np.empty_like(query)
        for start in range(0, len(query), _ROWS):
            rows = slice(start, start + _ROWS)
            above = place.ancestors[rows]
            by_head = (*above.shape, self._heads, -1)
            near = keys[above]
            near *= query[rows, None, :]
            likeness = near.reshape(by_head).sum(-1)
            if place.seen is not None:
                likeness[~place.seen[rows]] = -np.inf
            weight = _softmax(likeness, axis=1)
            near = values[above].reshape(by_head)
            near *= weight[..., None]
            gathered[rows] = near.sum(1).reshape(len(above), self._width)
        return gathered


@dataclass(frozen=True, slots=True)
class _Place:
    """Where nodes stand: their own slots in the cache, their ancestors' slots (n, depth), which of those count."""

    own: slice
    ancestors: NDArray[np.int64]
    seen: NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True)
class _Words:
    """The tokens that share the probability: output and embedding rows, the column of each node and of the end."""

    output: Array
    embedding: Array
    columns: NDArray[np.int64]
    end: int


@dataclass(frozen=True, slots=True)
class _Way:
    """A tree about to be walked: ``log_probs`` are those behind the prompt, ``scores`` are to be filled."""

    trie: Trie
    heard: Heard
    words: _Words
    cache: _Cache
    log_probs: Array
    position: int
    scores: Scores


@dataclass(slots=True)
class _Cache:
    """Keys and values of the nodes that were followed, shape (layers, slots, width)."""

    keys: Array
    values: Array
    used: int = 0

    @classmethod
    def of(cls, layers: int, slots: int, width: int) -> _Cache:
        return cls(np.empty((layers, slots, width), np.float32), np.empty((layers, slots, width), np.float32))

    def take(self, count: int) -> int:
        """Return the first of ``count`` fresh slots."""
        self.used += count
        return self.used - count


def most_followed(trie: Trie, beam: int | None) -> int:
    """Return how many nodes can be followed at most."""
    sizes = [stop - start for start, stop in zip(trie.levels, trie.levels[1:], strict=False)]
    if beam is None:
        return sum(sizes)
    return sum(min(size, _width_at(beam, depth)) for depth, size in enumerate(sizes))


def _width_at(beam: int, depth: int) -> int:
    """Return how many nodes of a level are followed: half as many once beginnings have told the phrases apart."""
    return beam if depth < _EARLY else max(1, beam // 2)


def _softmax(x: Array, *, axis: int) -> Array:
    """Softmax in place."""
    x -= x.max(axis, keepdims=True)
    np.exp(x, out=x)
    x /= x.sum(axis, keepdims=True)
    return x


def _log_softmax(x: Array) -> Array:
    """Log-softmax over the last axis, in place."""
    x -= x.max(-1, keepdims=True)
    x -= np.log(np.exp(x).sum(-1, keepdims=True))
    return x


def _gelu(x: Array) -> Array:
    """GELU by its tanh approximation (arXiv:1606.08415): within 0.001 of the exact one, and numpy has no erf."""
    y = x * x
    y *= _GELU[1]
    y += 1
    y *= x
    y *= _GELU[0]
    np.tanh(y, out=y)
    y += 1
    y *= x
    y *= _GELU[2]
    return y


def _layer(tensors: Mapping[str, Tensor], name: str) -> _Layer:
    return _Layer(
        self_norm=_norm(tensors, f"{name}/self_attention/layer_norm"),
        self_in=_linear(tensors, f"{name}/self_attention/linear_0"),
        self_out=_linear(tensors, f"{name}/self_attention/linear_1"),
        cross_norm=_norm(tensors, f"{name}/attention/layer_norm"),
        cross_query=_linear(tensors, f"{name}/attention/linear_0"),
        cross_in=_linear(tensors, f"{name}/attention/linear_1"),
        cross_out=_linear(tensors, f"{name}/attention/linear_2"),
        ffn_norm=_norm(tensors, f"{name}/ffn/layer_norm"),
        ffn_in=_linear(tensors, f"{name}/ffn/linear_0"),
        ffn_out=_linear(tensors, f"{name}/ffn/linear_1"),
    )


def _linear(tensors: Mapping[str, Tensor], name: str) -> _Linear:
    stored = _dequantised(tensors[f"{name}/weight"], tensors.get(f"{name}/weight_scale"))
    weight = np.ascontiguousarray(stored.T)
    bias = tensors.get(f"{name}/bias")
    return _Linear(weight, _float(bias) if bias is not None else np.zeros(weight.shape[1], np.float32))


def _norm(tensors: Mapping[str, Tensor], name: str) -> _Norm:
    return _Norm(_float(tensors[f"{name}/gamma"]), _float(tensors[f"{name}/beta"]))


def _dequantised(tensor: Tensor, scale: Tensor | None) -> Array:
    """Return rows as float32; int8 rows are stored times their scale (ctranslate2/specs/model_spec.py)."""
    plain = _float(tensor)
    return plain if scale is None else plain / _float(scale)[:, None]


def _float(tensor: Tensor) -> Array:
    return np.ascontiguousarray(tensor, dtype=np.float32)
