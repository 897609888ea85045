"""The CTC engines on tiny models in the layouts of the real families: real files, real onnxruntime."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx_asr
import pytest

from kiosk import engines, models, phrases, recognition, settings
from kiosk.encounter import Segment
from kiosk.engines import ctc_families
from kiosk.engines.ctc import CtcRecognizer
from kiosk.engines.ctc_phrases import CtcPhraseScorer
from kiosk.engines.phrases import WhisperPhraseScorer
from kiosk.engines.scripted import ScriptedRecognizer
from kiosk.errors import Cancelled, EngineError, LanguageError, ModelError, UnsupportedLanguageError
from kiosk.models import model_store
from kiosk.models.records import Model
from kiosk.phrases import Candidate, cohort
from kiosk.recognition import OTHER, SAMPLE_RATE, Samples
from kiosk.settings import Settings
from tests import tiny_ctc

UYGHUR = ["<s>", "<pad>", "</s>", "<unk>", "", "ئ", "ا", "غ", "ر", "ى", "ش", "ب"]
"""Characters as Omnilingual has them; the blank between words is written as nothing."""

LEVELS = [0.0, *[tiny_ctc.FAR] * 3, *(-1.6, -1.2, -0.8, -0.4, 0.4, 0.8, 1.2, 1.6)]

LOUD = ["а", "<blank>", "б", "▁"]
"""Heard by loudness: a change from one to the next passes through the blank only."""


@dataclass(frozen=True)
class Site:
    home: Path
    settings: Settings

    def add(self, family: str, *codes: str) -> Model:
        return model_store.add(
            self.home / "stick" / family, name=f"tiny-{family}", licence="MIT", codes=codes, engine=family
        )

    def recognizer(self, family: str, *codes: str) -> CtcRecognizer:
        return CtcRecognizer(self.add(family, *codes), self.settings.recognition)

    def naming(self, *extra: str) -> Settings:
        recognition = self.settings.recognition.model_copy(update={"extra_models": extra})
        return self.settings.model_copy(update={"recognition": recognition})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path / "home"))
    return Site(tmp_path, settings.load())


def saying(text: str) -> Samples:
    """Return a waveform that says a Uyghur text to the tiny Omnilingual, with a blank label after each character.

    Louder and raised as a whole: only what has mean 0 and variance 1 is understood.
    """
    values: list[float] = []
    for char in text:
        level = LEVELS[UYGHUR.index("" if char == " " else char)]
        values += [level, level, 0.0]
    wave = tiny_ctc.steps(values)
    return np.asarray((wave - wave.mean()) / wave.std() * 0.05 + 0.3, np.float32)


def omnilingual(site: Site, says: str) -> tuple[CtcRecognizer, Samples]:
    """Return a recogniser whose levels are those of ``says`` when it has mean 0 and variance 1, and that sound."""
    values = [LEVELS[UYGHUR.index("" if char == " " else char)] for char in says]
    whole = np.array([each for value in values for each in (value, value, 0.0)])
    levels = [level if level == tiny_ctc.FAR else (level - whole.mean()) / whole.std() for level in LEVELS]
    tiny_ctc.omnilingual(site.home / "stick" / "omnilingual", UYGHUR, levels)
    return site.recognizer("omnilingual", "ug"), saying(says)


def loud(folder: Path, family: str) -> Samples:
    """Write a model that hears loudness, and return a sound that says аба to it."""
    noise = tiny_ctc.loudness([0], seconds=1.0)
    if family == "dolphin":
        mean = float(ctc_families.log_mel(noise).mean())
        tiny_ctc.dolphin(folder, LOUD, [0.0, -1.0, -2.0, tiny_ctc.FAR], mean=mean, invstd=0.5)
    else:
        from onnx_asr.preprocessors.numpy_preprocessor import GigaamPreprocessorNumpy

        features, _ = GigaamPreprocessorNumpy("gigaam_v3")(noise[None], np.array([len(noise)]))
        top = float(features.mean())
        symbols = ["<blk>" if symbol == "<blank>" else symbol for symbol in LOUD]
        tiny_ctc.gigaam(folder, symbols, [top, top - 2, top - 4, tiny_ctc.FAR])
    return tiny_ctc.loudness([0, 1, 2, 1, 0])


def test_omnilingual_reads_the_normalised_waveform(site: Site) -> None:
    recognizer, sound = omnilingual(site, "باش ئاغرى")
    heard = recognizer.recognize(sound, language="ug")
    assert heard.text == "باش ئاغرى"
    assert (heard.tokens, heard.no_speech_prob) == (9, 0.0)
    assert -0.2 < heard.mean_log_prob <= 0
    assert heard.compression_ratio > 0
    assert recognizer.engine.startswith("omnilingual@tiny-omnilingual-")
    assert recognizer.glance(sound, language="ug") == heard


def test_dolphin_reads_features_normalised_by_the_metadata(site: Site) -> None:
    sound = loud(site.home / "stick" / "dolphin", "dolphin")
    assert site.recognizer("dolphin", "kk").recognize(sound, language="kk").text == "аба"


def test_gigaam_hears_what_onnx_asr_hears(site: Site) -> None:
    folder = site.home / "stick" / "gigaam"
    sound = loud(folder, "gigaam")
    heard = site.recognizer("gigaam", "ky").recognize(sound, language="ky").text
    theirs = onnx_asr.load_model("gigaam-multilingual-ctc", folder, providers=["CPUExecutionProvider"])
    assert heard == theirs.recognize(sound) == "аба"
    assert model_store.family(folder) == "gigaam"


def test_the_manifest_says_which_languages_are_known(site: Site) -> None:
    recognizer, sound = omnilingual(site, "باش")
    assert recognizer.languages == {"ug"}
    with pytest.raises(UnsupportedLanguageError, match="tiny-omnilingual does not know 哈萨克语"):
        recognizer.recognize(sound, language="kk")


def test_too_long_is_refused_and_too_short_is_silence(site: Site) -> None:
    recognizer, _ = omnilingual(site, "باش")
    with pytest.raises(EngineError, match=r"31\.0 s is too long"):
        recognizer.recognize(np.zeros(31 * SAMPLE_RATE, np.float32), language="ug")
    assert recognizer.recognize(np.zeros(100, np.float32), language="ug").text == ""


def test_an_absent_model_says_what_mends_it(site: Site) -> None:
    recognizer, sound = omnilingual(site, "باش")
    (site.home / "home" / "models" / "tiny-omnilingual" / "model.int8.onnx").unlink()
    with pytest.raises(ModelError, match=r"model\.int8\.onnx of model 'tiny-omnilingual' is missing") as caught:
        recognizer.recognize(sound, language="ug")
    assert "kiosk models verify tiny-omnilingual" in caught.value.remedy


def test_a_broken_model_names_its_file(site: Site) -> None:
    folder = site.home / "stick" / "omnilingual"
    folder.mkdir(parents=True)
    tiny_ctc.write_tokens(folder / "tokens.txt", UYGHUR)
    (folder / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError, match=r"model\.onnx cannot be loaded"):
        site.recognizer("omnilingual", "ug").load()
    (folder / "model.onnx").rename(folder / "other.onnx")
    with pytest.raises(ModelError, match=r"holds no model\.int8\.onnx or model\.onnx"):
        ctc_families.omnilingual(folder, 1)


def test_dolphin_without_its_statistics_is_refused(site: Site) -> None:
    folder = site.home / "stick" / "dolphin"
    tiny_ctc.dolphin(folder, LOUD, [0.0, -1.0, -2.0, -3.0], mean=0.0, invstd=1.0, bins=40)
    with pytest.raises(ModelError, match="80 values of 'mean' and 'invstd'"):
        site.recognizer("dolphin", "kk").load()


def test_tokens_of_another_model_are_refused(site: Site) -> None:
    folder = site.home / "stick" / "omnilingual"
    tiny_ctc.omnilingual(folder, UYGHUR, LEVELS)
    tiny_ctc.write_tokens(folder / "tokens.txt", [*UYGHUR, "ق"])
    with pytest.raises(EngineError, match="as its tokens ask"):
        site.recognizer("omnilingual", "ug").recognize(saying("باش"), language="ug")


def test_it_can_be_stopped(site: Site) -> None:
    recognizer, sound = omnilingual(site, "باش")
    recognizer.load()

    def stop() -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        recognizer.recognize(sound, language="ug", check=stop)


def test_pytorch_is_asked_for_by_its_extra(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = site.home / "stick" / "wav2vec2"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "wav2vec2"}')
    (folder / "model.safetensors").write_bytes(b"")
    assert model_store.family(folder) == "wav2vec2"
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(ModelError, match="needs PyTorch") as caught:
        site.recognizer("wav2vec2", "kk").load()
    assert "kiosk[torch]" in caught.value.remedy


# --- in its place among the engines ----------------------------------------------------------------------------------


def test_extra_models_are_asked_first(site: Site) -> None:
    omnilingual(site, "باش")
    chosen = site.naming("tiny-omnilingual")
    made = engines.recognizers(chosen)
    assert isinstance(recognition.choose("ug", made), CtcRecognizer)
    assert recognition.choose("ru", made).engine.startswith("whisper@")
    scorers = engines.scorers(chosen, sharing=made)
    first, second = phrases.choose("ug", scorers), phrases.choose("kk", scorers)
    assert isinstance(first, CtcPhraseScorer)
    assert first.recognizer is made[0]
    assert isinstance(second, WhisperPhraseScorer)


def test_a_missing_extra_model_does_not_stop_a_kiosk(site: Site) -> None:
    omnilingual(site, "باش")
    (site.home / "home" / "models" / "tiny-omnilingual" / "tokens.txt").unlink()
    chosen = site.naming("tiny-omnilingual")
    assert [each.engine for each in engines.recognizers(chosen, present=True)] == ["whisper@base-d01c3014"]
    assert isinstance(phrases.choose("ug", engines.scorers(chosen)), WhisperPhraseScorer)
    with pytest.raises(ModelError, match=r"tokens\.txt of model"):
        recognition.choose("ug", engines.recognizers(chosen)).load()
    with pytest.raises(ModelError, match="No model is called 'none'"):
        engines.recognizers(site.naming("none"))


def test_it_never_tells_a_language_by_ear(site: Site) -> None:
    recognizer, sound = omnilingual(site, "باش")
    assert recognizer.language_probabilities(sound, ["ug"]) == {"ug": 0.0, OTHER: 1.0}
    # Uyghur sounds Turkish to Whisper: that an engine writes Uyghur down does not make the ear surer.
    whisper = ScriptedRecognizer([], languages=["tr", "en"], hears={"tr": 0.97})
    with pytest.raises(LanguageError):
        recognition.detect(
            sound,
            [Segment(0.0, len(sound) / SAMPLE_RATE)],
            enabled=["ug", "tr", "en"],
            recognizers=[recognizer, whisper],
            settings=site.settings,
        )


# --- phrases ---------------------------------------------------------------------------------------------------------


def offered(*texts: str) -> tuple[Candidate, ...]:
    return tuple(Candidate(phrase_id=f"p{n}", text=text, spellings=("latin",)) for n, text in enumerate(texts))


def test_a_phrase_is_ranked_by_the_forward_sum(site: Site) -> None:
    recognizer, sound = omnilingual(site, "باش ئاغرى")
    scorer = CtcPhraseScorer(models.get("tiny-omnilingual"), recognizer, site.settings.phrases)
    # The third cannot be written with these letters; of the second, more than half can.
    texts = offered("باش ئاغرى", "شىر قاغا", "ھەممە", "باش")
    cohort_clip = scorer.measure(saying("غا شى را"), texts, language="ug")
    scores = scorer.score(sound, texts, cohort_clip, language="ug")
    assert int(np.nanargmax(scores)) == 0
    assert np.isnan(scores).tolist() == [False, False, True, False]
    with pytest.raises(EngineError, match="other phrases"):
        scorer.score(sound, texts[:2], cohort_clip, language="ug")
    with pytest.raises(UnsupportedLanguageError, match="does not write the script"):
        scorer.measure(sound, offered("голова"), language="ug")


def test_a_phrase_longer_than_the_sound_is_left_behind(site: Site) -> None:
    recognizer, _ = omnilingual(site, "باش")
    scorer = CtcPhraseScorer(models.get("tiny-omnilingual"), recognizer, site.settings.phrases)
    texts = offered("ب", "باش ئاغرى باش ئاغرى")
    short = saying("با")
    norms = scorer.measure(short, texts, language="ug")
    assert np.isfinite(norms["label"]).all()
    assert np.isnan(scorer.score(short, texts, norms, language="ug")).tolist() == [False, True]


def test_norms_belong_to_the_files_and_the_way_of_scoring(site: Site) -> None:
    recognizer, _ = omnilingual(site, "باش")
    scorer = CtcPhraseScorer(models.get("tiny-omnilingual"), recognizer, site.settings.phrases)
    before = cohort.key(scorer, offered("باش"), language="ug", settings=site.settings)
    tiny_ctc.omnilingual(site.home / "stick" / "omnilingual", UYGHUR, [level + 0.1 for level in LEVELS])
    model_store.remove("tiny-omnilingual")
    other = CtcPhraseScorer(site.add("omnilingual", "ug"), recognizer, site.settings.phrases)
    assert cohort.key(other, offered("باش"), language="ug", settings=site.settings) != before
