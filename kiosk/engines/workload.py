"""What a transcription costs at least: the multiply-adds of Whisper's encoder, the bytes that its decoder must read.

Encoding is bound by arithmetic. Decoding is bound by memory: at one token a time no weight is used twice, so each token
reads them all. Sizes are those of the tensors in the model's file, a byte a weight as they are computed with.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from kiosk.bench.limit import Work
from kiosk.engines import weights
from kiosk.engines.weights import Tensor
from kiosk.engines.whisper import MAX_FRAMES, WhisperRecognizer

_CACHE_BYTES = 4  # the audio's keys and values are float32


class WhisperWorkload:
    """The :class:`kiosk.bench.limit.Workload` of one Whisper model that reads a short audio context.

    Args:
        path: of its ``model.bin``.
        recognizer: cuts a text into tokens.
        margin_s: seconds of silence that are encoded behind the speech.
    """

    def __init__(self, path: Path, recognizer: WhisperRecognizer, *, margin_s: float) -> None:
        tensors = weights.read(path)
        self._recognizer = recognizer
        self._margin_s = margin_s
        self._width = int(tensors["encoder/position_encodings/encodings"].shape[1])
        self._encoder_layers = _layers(tensors, "encoder/")
        self._decoder_layers = _layers(tensors, "decoder/")
        once = _size(tensors, "decoder/", "/attention/linear_1/weight")  # the audio's keys and values
        self._encoder = _size(tensors, "encoder/layer_", "/weight") + once
        self._decoder = (
            _size(tensors, "decoder/layer_", "/weight") + _size(tensors, "decoder/projection/", "/weight") - once
        )

    def of(self, duration_s: float, text: str) -> Work:
        frames = min(MAX_FRAMES, 2 * math.ceil((duration_s + self._margin_s) * 50))
        states = frames // 2  # the encoder's second convolution takes two frames at a time
        attention = 2 * states * self._width * self._encoder_layers
        tokens = len(self._recognizer.tokens(f" {text}")) + 1  # and the end token
        cache = 2 * states * self._width * self._decoder_layers * _CACHE_BYTES
        return Work(multiply_adds=states * (self._encoder + attention), bytes_read=tokens * (self._decoder + cache))


def _layers(tensors: Mapping[str, Tensor], part: str) -> int:
    return sum(name.startswith(part) and name.endswith("/ffn/linear_0/weight") for name in tensors)


def _size(tensors: Mapping[str, Tensor], beginning: str, end: str) -> int:
    """Return how many weights the matrices with such names have. Self-attention's are named apart from the audio's."""
    return sum(
        int(tensor.size)
        for name, tensor in tensors.items()
        if name.startswith(beginning) and name.endswith(end) and tensor.ndim == 2
    )
