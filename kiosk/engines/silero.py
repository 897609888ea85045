"""Silero VAD v6: the probability of speech in every 32 ms of audio.

The ONNX model (MIT, github.com/snakers4/silero-vad) comes inside the faster-whisper package. It is run by onnxruntime
directly: faster-whisper's own wrapper takes a recording in one call, which can be neither stopped nor bounded, and
overwrites the last 4 ms of its input. Frame by frame the two agree, but for that last one.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiosk.errors import EngineError, ModelError
from kiosk.recognition import SAMPLE_RATE, Check, Samples, never

FRAME = 512
"""Samples a frame, fixed by the model at 16 kHz."""

WARM_UP = 15
"""Frames. The model is recurrent and starts deaf: when speech begins at once, it answered up to 0.45 s late on the
shipped clips. So the first second is heard a second time, after its own first half backwards, and the higher
probability counts: at most 0.2 s late. (Silence in place of the mirrored half makes it take tones for speech; warming
up the whole recording made it lose 0.7 s in the middle of another clip.)"""

_CONTEXT = 64  # samples of the frame before, which the model reads too
_STATE = (1, 1, 128)
_CHUNK_FRAMES = 1024  # 33 s of audio a call: 2.4 MB of input, about 50 ms


@dataclass(slots=True)
class _State:
    """What the model carries from frame to frame."""

    h: NDArray[np.float32] = field(default_factory=lambda: np.zeros(_STATE, np.float32))
    c: NDArray[np.float32] = field(default_factory=lambda: np.zeros(_STATE, np.float32))
    context: NDArray[np.float32] = field(default_factory=lambda: np.zeros(_CONTEXT, np.float32))


class SileroDetector:
    """A voice activity detector. Not re-entrant: one thread owns it."""

    def __init__(self) -> None:
        self._session: Any = None

    @property
    def engine(self) -> str:
        return "silero@v6"

    @property
    def frame_s(self) -> float:
        return FRAME / SAMPLE_RATE

    def load(self, check: Check = never) -> None:
        """Load the weights; a second call does nothing.

        Raises:
            ModelError: faster-whisper is not installed, or its model file is missing or damaged.
        """
        if self._session is not None:
            return
        check()
        path = _model_path()
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # the layers are tiny: threads only cost
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # noqa: BLE001 - onnxruntime's exceptions have no common base but this
            raise ModelError(
                f"The speech detector {path} cannot be loaded ({type(error).__name__}).", remedy=_REINSTALL
            ) from None

    def probabilities(self, samples: Samples, check: Check = never) -> NDArray[np.float32]:
        """Return the probability of speech in each frame, shape (ceil(n / 512),), values 0–1.

        The last frame is filled up with silence. ``check`` is called for every 33 s of audio.
        """
        self.load(check)
        frames = -(-samples.size // FRAME)
        state = _State()
        result = np.empty(frames, np.float32)
        for start in range(0, frames, _CHUNK_FRAMES):
            check()
            piece = samples[start * FRAME : (start + _CHUNK_FRAMES) * FRAME]
            result[start : start + _CHUNK_FRAMES] = self._run(piece, state)
        mirrored = samples[: min(WARM_UP, samples.size // FRAME) * FRAME][::-1]
        first_second = samples[: 2 * WARM_UP * FRAME]
        again = self._run(np.concatenate([mirrored, first_second]), _State())[mirrored.size // FRAME :]
        result[: again.size] = np.maximum(result[: again.size], again)
        return result

    def stream(self) -> SileroStream:
        """Return a stream of its own state; the model is shared."""
        self.load()
        return SileroStream(self._run, self.frame_s)

    def _run(self, piece: Samples, state: _State) -> NDArray[np.float32]:
        """Return the probabilities of consecutive frames, and move ``state`` behind them."""
        frames = -(-piece.size // FRAME)
        if frames == 0:
            return np.empty(0, np.float32)
        # One row a frame: the end of the frame before, then the frame.
        padded = np.concatenate([state.context, piece, np.zeros(frames * FRAME - piece.size, np.float32)])
        rows = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(padded, _CONTEXT + FRAME)[::FRAME])
        try:
            speech, state.h, state.c = self._session.run(None, {"input": rows, "h": state.h, "c": state.c})
        except Exception as error:  # noqa: BLE001 - onnxruntime's exceptions have no common base but this
            raise EngineError(f"The speech detector {self.engine} failed ({type(error).__name__}).") from None
        state.context = padded[-_CONTEXT:]
        return np.asarray(speech, np.float32).reshape(-1)


class SileroStream:
    """The detector on sound that still goes on. Frames come as they are completed, with no second look at the first."""

    def __init__(self, run: Callable[[NDArray[np.float32], _State], NDArray[np.float32]], frame_s: float) -> None:
        self._run = run
        self._frame_s = frame_s
        self._state = _State()
        self._rest = np.empty(0, np.float32)

    @property
    def frame_s(self) -> float:
        return self._frame_s

    def push(self, samples: Samples) -> NDArray[np.float32]:
        pending = np.concatenate([self._rest, samples])
        whole = pending.size // FRAME * FRAME
        self._rest = pending[whole:]
        return self._run(pending[:whole], self._state)


_REINSTALL = "pip install --force-reinstall --no-deps faster-whisper"


def _model_path() -> Path:
    # Found without importing faster_whisper, which takes a third of a second.
    spec = importlib.util.find_spec("faster_whisper")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError("The speech detector comes with faster-whisper, which is not installed.", remedy=_REINSTALL)
    path = Path(spec.submodule_search_locations[0]) / "assets" / "silero_vad_v6.onnx"
    if not path.is_file():
        raise ModelError(f"The speech detector's model {path} is missing.", remedy=_REINSTALL)
    return path
