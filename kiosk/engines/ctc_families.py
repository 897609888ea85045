"""The acoustic part of each CTC family: from samples to log-probabilities a frame. Files as their authors lay them out.

| family | files | input | normalised |
| --- | --- | --- | --- |
| ``omnilingual`` | ``model.int8.onnx`` or ``model.onnx`` (1B: with ``model.weights``), ``tokens.txt`` | ``x`` (1, samples) | to mean 0, variance 1 |
| ``dolphin`` | the same two names | ``(1, frames, 80)`` log-mel and their number | by ``mean``, ``invstd`` of the metadata |
| ``gigaam`` | ``*_ctc.onnx`` or ``*_ctc.int8.onnx``, ``*vocab.txt``, ``config.json`` | ``features`` (1, 64, frames), ``feature_lengths`` | no |
| ``wav2vec2`` | a transformers folder: :mod:`kiosk.engines.ctc_wav2vec2` | samples | to mean 0, variance 1 |

Verified: the first two against the sources of sherpa-onnx 2.0.1 (``offline-omnilingual-asr-ctc-model.cc``,
``offline-dolphin-model.cc``, ``offline-recognizer-ctc-impl.h``, ``symbol-table.cc``) and its export scripts, the third
against onnx-asr 0.12 (``models/gigaam.py``, ``asr.py``), whose own features are used. Tiny models of these layouts give
the same text here and there, but for Dolphin: sherpa-onnx sets the pre-emphasis to 0, as in training, and then leaves
it at 0.97 in ``offline-stream.cc``, which moves its features; here it is 0. Not verified: the published weights, which
are not at hand.
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kiosk.engines.ctc_score import Frames, log_softmax
from kiosk.engines.ctc_vocabulary import Vocabulary, read_tokens
from kiosk.errors import EngineError, ModelError
from kiosk.recognition import SAMPLE_RATE, Samples

MIN_SAMPLES = 400
"""What the first convolutions read: less has no frame."""

_MEL = 80  # Dolphin's features


class Acoustic(Protocol):
    """A loaded model. Not re-entrant."""

    def vocabulary(self, language: str) -> Vocabulary:
        """Return the labels that it speaks a language with. Raises ModelError when it has none."""

    def frames(self, samples: Samples, language: str) -> Frames:
        """Return the log-probabilities of ``samples``, at least :data:`MIN_SAMPLES` of them. Raises EngineError."""


Prepare = Callable[[Samples], tuple[NDArray[Any], ...]]
"""From samples to the model's inputs, in their order."""


class OnnxAcoustic:
    """A model that onnxruntime runs.

    Args:
        path: the model, named in messages.
        session: of onnxruntime.
        vocabulary: the same for all its languages.
        prepare: makes the inputs.
        frames_of: from the number of an input's frames to that of the output's; the second output says so without it.
    """

    def __init__(
        self,
        path: Path,
        session: Any,
        vocabulary: Vocabulary,
        prepare: Prepare,
        frames_of: Callable[[int], int] | None = None,
    ) -> None:
        self._path = path
        self._session = session
        self._vocabulary = vocabulary
        self._prepare = prepare
        self._frames_of = frames_of
        self._inputs = [each.name for each in session.get_inputs()]

    def vocabulary(self, language: str) -> Vocabulary:  # noqa: ARG002 - the protocol's name
        return self._vocabulary

    def frames(self, samples: Samples, language: str) -> Frames:  # noqa: ARG002 - the protocol's name
        given = self._prepare(samples)
        try:
            logits, *rest = self._session.run(None, dict(zip(self._inputs, given, strict=True)))
        except Exception as error:  # noqa: BLE001 - onnxruntime's exceptions have no common base but this
            raise EngineError(f"{self._path.name} failed ({type(error).__name__}).") from None
        if logits.ndim != 3 or logits.shape[2] < self._vocabulary.size:
            raise EngineError(f"{self._path.name} answers {logits.shape}, not (1, frames, labels) as its tokens ask.")
        count = logits.shape[1]
        if self._frames_of is not None:
            count = min(count, self._frames_of(int(given[1][0])))
        elif rest:
            count = min(count, int(rest[0][0]))
        # What comes is logits or logarithms already: the softmax of those is the same.
        return log_softmax(np.asarray(logits[0, :count], np.float32))


def omnilingual(folder: Path, threads: int) -> OnnxAcoustic:
    """Load Omnilingual ASR CTC as sherpa-onnx exports it.

    Raises:
        ModelError: a file is missing or broken.
    """
    path = one(folder, "model.int8.onnx", "model.onnx")
    # The file names no blank: label 0, the tokenizer's first special token, is it.
    return OnnxAcoustic(path, session(path, threads), read_tokens(folder / "tokens.txt", blank=0), _waveform)


def dolphin(folder: Path, threads: int) -> OnnxAcoustic:
    """Load Dolphin's CTC branch as sherpa-onnx has it.

    Raises:
        ModelError: a file is missing or broken, or the metadata lack the features' mean and deviation.
    """
    path = one(folder, "model.int8.onnx", "model.onnx")
    loaded = session(path, threads)
    found = loaded.get_modelmeta().custom_metadata_map
    try:
        mean, scale = (np.array(found[key].split(","), np.float32) for key in ("mean", "invstd"))
    except (KeyError, ValueError):
        mean = scale = np.empty(0, np.float32)
    if mean.shape != (_MEL,) or scale.shape != (_MEL,):
        raise ModelError(f"{path} does not hold {_MEL} values of 'mean' and 'invstd' in its metadata.")

    def prepare(samples: Samples) -> tuple[NDArray[Any], ...]:
        features = (log_mel(samples) - mean) * scale
        return features[None], np.array([len(features)], np.int64)

    return OnnxAcoustic(path, loaded, read_tokens(folder / "tokens.txt"), prepare)


def gigaam(folder: Path, threads: int) -> OnnxAcoustic:
    """Load a GigaAM CTC model (v2, v3 or Multilingual) as onnx-asr has it.

    Raises:
        ModelError: a file is missing or broken, or the configuration asks for features that are unknown.
    """
    path = one(folder, "*_ctc?int8.onnx", "*_ctc.onnx")
    config: Any = {}
    if (folder / "config.json").is_file():
        config = read_json(folder / "config.json")
    version, factor = str(config.get("version", "v2")), int(config.get("subsampling_factor", 4))
    if version not in ("v2", "v3") or factor < 1:
        raise ModelError(f"{folder / 'config.json'} asks for features of version {version!r}; v2 and v3 are known.")
    from onnx_asr.preprocessors.numpy_preprocessor import GigaamPreprocessorNumpy

    extract = GigaamPreprocessorNumpy(f"gigaam_{version}")

    def prepare(samples: Samples) -> tuple[NDArray[Any], ...]:
        features, lengths = extract(samples[None], np.array([len(samples)], np.int64))
        return np.asarray(features, np.float32), np.asarray(lengths, np.int64)

    vocabulary = read_tokens(one(folder, "*vocab.txt"))
    return OnnxAcoustic(path, session(path, threads), vocabulary, prepare, lambda count: (count - 1) // factor + 1)


def one(folder: Path, *patterns: str) -> Path:
    """Return the only file of the first pattern that any file has.

    Raises:
        ModelError: there is none, or several.
    """
    for pattern in patterns:
        found = sorted(folder.glob(pattern))
        if len(found) > 1:
            raise ModelError(f"{folder} holds several models: {', '.join(path.name for path in found)}.")
        if found:
            return found[0]
    raise ModelError(f"{folder} holds no {' or '.join(patterns)}.", remedy="Copy the model's folder again, whole.")


def session(path: Path, threads: int) -> Any:
    """Return an onnxruntime session of the processor. Raises ModelError when the file is no model."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - onnxruntime's exceptions have no common base but this
        raise ModelError(f"{path} cannot be loaded ({type(error).__name__}).") from None


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object. Raises ModelError when the file holds none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}.") from None
    if not isinstance(found, dict):
        raise ModelError(f"{path} is not a JSON object.")
    return found


def normalised(samples: Samples, *, floor: float) -> Samples:
    """Return the samples with mean 0 and variance 1; ``floor`` is added to the variance."""
    centred = samples - samples.mean(dtype=np.float64)
    return np.asarray(centred / np.sqrt(np.square(centred).mean() + floor), np.float32)


def log_mel(samples: Samples) -> NDArray[np.float32]:
    """Return Dolphin's features, shape (frames of 10 ms, 80), before they are normalised."""
    import kaldi_native_fbank

    options = kaldi_native_fbank.FbankOptions()
    frame, mel = options.frame_opts, options.mel_opts
    frame.samp_freq, frame.frame_shift_ms, frame.frame_length_ms = float(SAMPLE_RATE), 10.0, 31.25
    frame.dither, frame.preemph_coeff, frame.remove_dc_offset = 0.0, 0.0, False
    frame.window_type, frame.snip_edges = "hann", False
    mel.num_bins, mel.low_freq, mel.high_freq, mel.is_librosa = _MEL, 0.0, 8000.0, True
    extractor = kaldi_native_fbank.OnlineFbank(options)
    extractor.accept_waveform(SAMPLE_RATE, np.ascontiguousarray(samples))
    extractor.input_finished()
    frames = [extractor.get_frame(index) for index in range(extractor.num_frames_ready)]
    return np.array(frames, np.float32).reshape(-1, _MEL)


def _waveform(samples: Samples) -> tuple[NDArray[Any], ...]:
    return (normalised(samples, floor=1e-5)[None],)
