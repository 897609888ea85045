"""The only importers of inference libraries. Engines are made by name; nothing heavy loads before it is used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

from kiosk import models
from kiosk.errors import ModelError
from kiosk.phrases import PhraseScorer
from kiosk.recognition import Recognizer, SpeechDetector
from kiosk.settings import Settings

RECOGNIZERS: Mapping[str, str] = MappingProxyType({"whisper": "kiosk.engines.whisper:WhisperRecognizer"})
"""Engine family of the manifest -> the class that runs it, made with (model, recognition settings)."""

SCORERS: Mapping[str, str] = MappingProxyType({"whisper": "kiosk.engines.phrases:WhisperPhraseScorer"})
"""The same for phrase recognition, made with (model, recogniser of the same model, phrase settings)."""

DETECTORS: Mapping[str, str] = MappingProxyType({"silero": "kiosk.engines.silero:SileroDetector"})
"""The same for speech detectors, made without arguments."""

DETECTOR = "silero-vad-v6"


def recognizer(name: str, settings: Settings) -> Recognizer:
    """Return the recogniser of a model, not loaded yet.

    Raises:
        ModelError: no manifest names the model, or it is not one that transcribes with an engine of this program.
    """
    model = models.get(name)
    if model.kind != "asr" or model.engine not in RECOGNIZERS:
        usable = [other.name for other in models.registry().values() if other.engine in RECOGNIZERS]
        raise ModelError(
            f"Model {name!r} ({model.kind}, engine {model.engine!r}) cannot transcribe speech.",
            remedy=f"Set [recognition] model in kiosk.toml to one of: {', '.join(usable)}.",
        )
    return cast(Recognizer, _load(RECOGNIZERS[model.engine])(model, settings.recognition))


def scorer(name: str, settings: Settings, *, sharing: Sequence[Recognizer] = ()) -> PhraseScorer:
    """Return the phrase scorer of a model, not loaded yet.

    Args:
        sharing: recognisers of the same thread; one of the same model is used for its encoder and not loaded twice.

    Raises:
        ModelError: no manifest names the model, or it is not one that scores phrases with an engine of this program.
    """
    model = models.get(name)
    if model.kind != "asr" or model.engine not in SCORERS:
        usable = [other.name for other in models.registry().values() if other.engine in SCORERS]
        raise ModelError(
            f"Model {name!r} ({model.kind}, engine {model.engine!r}) cannot score phrases.",
            remedy=f"Set [phrases] model in kiosk.toml to one of: {', '.join(usable)}.",
        )
    shared = next((each for each in sharing if each.engine == model.id), None) or recognizer(name, settings)
    return cast(PhraseScorer, _load(SCORERS[model.engine])(model, shared, settings.phrases))


def scorers(settings: Settings, *, sharing: Sequence[Recognizer] = ()) -> tuple[PhraseScorer, ...]:
    """Return the phrase scorer of the settings, not loaded yet; none where phrases are only tapped."""
    return (scorer(settings.phrases.model, settings, sharing=sharing),) if settings.phrases.model else ()


def detector() -> SpeechDetector:
    """Return the speech detector, not loaded yet."""
    return cast(SpeechDetector, _load(DETECTORS[models.get(DETECTOR).engine])())


def _load(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)
