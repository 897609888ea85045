"""The only importers of inference libraries. Engines are made by name; nothing heavy loads before it is used."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

from kiosk import models
from kiosk.errors import KioskError, ModelError
from kiosk.models.records import Model
from kiosk.phrases import PhraseScorer
from kiosk.recognition import Recognizer, SpeechDetector
from kiosk.settings import Settings
from kiosk.speech import Synthesizer
from kiosk.translation import Translator, Unavailable

log = logging.getLogger(__name__)

_CTC = ("omnilingual", "dolphin", "gigaam", "wav2vec2")

RECOGNIZERS: Mapping[str, str] = MappingProxyType(
    {"whisper": "kiosk.engines.whisper:WhisperRecognizer", **dict.fromkeys(_CTC, "kiosk.engines.ctc:CtcRecognizer")}
)
"""Engine family of the manifest -> the class that runs it, made with (model, recognition settings)."""

SCORERS: Mapping[str, str] = MappingProxyType(
    {
        "whisper": "kiosk.engines.phrases:WhisperPhraseScorer",
        **dict.fromkeys(_CTC, "kiosk.engines.ctc_phrases:CtcPhraseScorer"),
    }
)
"""The same for phrase recognition, made with (model, recogniser of the same model, phrase settings)."""

DETECTORS: Mapping[str, str] = MappingProxyType({"silero": "kiosk.engines.silero:SileroDetector"})
"""The same for speech detectors, made without arguments."""

TRANSLATORS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("nllb", "m2m100", "madlad", "marian"), "kiosk.engines.seq2seq:Seq2SeqTranslator")
)
"""The same for translators, made with (model, translation settings)."""

SYNTHESIZERS: Mapping[str, str] = MappingProxyType({"vits": "kiosk.engines.sherpa_voice:SherpaSynthesizer"})
"""The same for voices, made with (model, voice settings)."""

SERVER = "server"
"""What [translation] neural_model says for a chat server instead of a model of the registry."""

DETECTOR = "silero-vad-v6"


def recognizer(name: str, settings: Settings) -> Recognizer:
    """Return the recogniser of a model, not loaded yet.

    Raises:
        ModelError: no manifest names the model, or it is not one that transcribes with an engine of this program.
    """
    model = _usable(name, "asr", RECOGNIZERS, cannot="transcribe speech", key="[recognition] model")
    return cast(Recognizer, _load(RECOGNIZERS[model.engine])(model, settings.recognition))


def recognizers(settings: Settings, *, present: bool = False) -> tuple[Recognizer, ...]:
    """Return the recognisers of the settings, the extra ones first, not loaded yet.

    Args:
        present: leave out extra ones that are not installed: one missing model must not stop a kiosk. Without it, its
            error is raised when it is to write down speech. `kiosk doctor` reports it in any case.

    Raises:
        ModelError: no manifest names a model, or it is not one that transcribes with an engine of this program.
    """
    extra = [name for name in settings.recognition.extra_models if not present or _installed(name)]
    return tuple(recognizer(name, settings) for name in (*extra, settings.recognition.model))


def scorer(name: str, settings: Settings, *, sharing: Sequence[Recognizer] = ()) -> PhraseScorer:
    """Return the phrase scorer of a model, not loaded yet.

    Args:
        sharing: recognisers of the same thread; one of the same model is used for its encoder and not loaded twice.

    Raises:
        ModelError: no manifest names the model, or it is not one that scores phrases with an engine of this program.
    """
    model = _usable(name, "asr", SCORERS, cannot="score phrases", key="[phrases] model")
    shared = next((each for each in sharing if each.engine == model.id), None) or recognizer(name, settings)
    return cast(PhraseScorer, _load(SCORERS[model.engine])(model, shared, settings.phrases))


def scorers(settings: Settings, *, sharing: Sequence[Recognizer] = ()) -> tuple[PhraseScorer, ...]:
    """Return the phrase scorers of the settings, not loaded yet; none where phrases are only tapped.

    Extra models that are installed come first: a model that knows a language scores its phrases better than one that
    has to be lent a neighbour's spelling.
    """
    if not settings.phrases.model:
        return ()
    extra = [name for name in settings.recognition.extra_models if _installed(name)]
    names = dict.fromkeys((*(name for name in extra if models.get(name).engine in _CTC), settings.phrases.model))
    return tuple(scorer(name, settings, sharing=sharing) for name in names)


def translator(settings: Settings, name: str | None = None) -> Translator | None:
    """Return the site's neural translator, not loaded yet; None when the settings name none.

    Args:
        name: another one than the settings': a model of the registry, or ``server``.

    Raises:
        ModelError: no manifest names the model, or it is not one that translates with an engine of this program.
        SettingsError: the server is not named.
    """
    name = settings.translation.neural_model if name is None else name
    if not name:
        return None
    if name == SERVER:
        return cast(Translator, _load("kiosk.engines.chat:ChatTranslator")(settings.translation))
    model = _usable(name, "mt", TRANSLATORS, cannot="translate", key="[translation] neural_model", others=(SERVER,))
    return cast(Translator, _load(TRANSLATORS[model.engine])(model, settings.translation))


def site_translator(settings: Settings) -> Translator | None:
    """Return the site's neural translator, or what stands for it: a wrong name must not stop a kiosk."""
    try:
        return translator(settings)
    except KioskError as error:
        return Unavailable(error)


def synthesizers(settings: Settings) -> tuple[Synthesizer, ...]:
    """Return the voices of the settings, the site's own first, then espeak-ng; none where speech is off.

    A voice that is not installed is left out: `kiosk doctor` reports it.

    Raises:
        ModelError: no manifest names a model, or it is not a voice.
    """
    if not settings.voice.on:
        return ()
    named = [
        _usable(name, "tts", SYNTHESIZERS, cannot="speak", key="[voice] models")
        for name in settings.voice.models
        if _installed(name)
    ]
    own = [cast(Synthesizer, _load(SYNTHESIZERS[model.engine])(model, settings.voice)) for model in named]
    return (*own, cast(Synthesizer, _load("kiosk.engines.espeak:EspeakSynthesizer")(settings.voice)))


def detector() -> SpeechDetector:
    """Return the speech detector, not loaded yet."""
    return cast(SpeechDetector, _load(DETECTORS[models.get(DETECTOR).engine])())


def _usable(
    name: str, kind: str, table: Mapping[str, str], *, cannot: str, key: str, others: Sequence[str] = ()
) -> Model:
    """Return a model of this kind that an engine of ``table`` runs.

    Args:
        cannot: what any other model cannot do.
        key: the setting that names the model.
        others: what the setting may say beside a model's name.

    Raises:
        ModelError: no manifest names the model, or it is of another kind or engine.
    """
    model = models.get(name)
    if model.kind != kind or model.engine not in table:
        usable = [other.name for other in models.registry().values() if other.engine in table]
        raise ModelError(
            f"Model {name!r} ({model.kind}, engine {model.engine!r}) cannot {cannot}.",
            remedy=f"Set {key} in kiosk.toml to one of: {', '.join((*usable, *others))}.",
        )
    return model


def _installed(name: str) -> bool:
    """Say whether a model can be used; if not, say why in the log."""
    try:
        state = models.status(name)
    except ModelError as error:
        log.warning("%s", error)
        return False
    if state == "absent":
        log.warning("The extra model %s is not installed.", name)
    return state != "absent"


def _load(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)
