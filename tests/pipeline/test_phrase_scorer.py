"""Whisper's decoder as a judge of phrases, on real weights and the Uyghur clips that ship with the program."""

from __future__ import annotations

import json
from typing import cast

import numpy as np
import pytest

from kiosk import audio, engines, phrases, pipeline, resources, settings
from kiosk.engines.phrases import WhisperPhraseScorer
from kiosk.engines.tree_decoder import TreeDecoder
from kiosk.engines.trie import build
from kiosk.engines.weights import read
from kiosk.errors import EngineError
from kiosk.evaluation import audio as evaluation_audio
from kiosk.phrases import Candidate, Norms, PhraseScorer, cohort
from kiosk.pipeline import Pipeline
from kiosk.recognition import Samples

SETTINGS = settings.load()
AUDIO = resources.share("config") / "audio"

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def scorer() -> PhraseScorer:
    made = engines.scorer(SETTINGS.phrases.model, SETTINGS)
    made.load()
    return made


@pytest.fixture(scope="module")
def closed(scorer: PhraseScorer) -> tuple[tuple[Candidate, ...], Norms]:
    """The complaints, with the norms that ship with the program: nothing is measured."""
    offered = phrases.candidates("ug", "complaint")
    preparing = cohort.norms(scorer, offered, language="ug", settings=SETTINGS)
    with pytest.raises(StopIteration) as ready:
        next(preparing)
    return offered, ready.value.value


def load(clip: str) -> Samples:
    return audio.load(AUDIO / clip, limits=SETTINGS.audio).samples


def rank(clip: str, scorer: PhraseScorer, closed: tuple[tuple[Candidate, ...], Norms]) -> phrases.Ranking:
    offered, norms = closed
    scores = scorer.score(load(clip), offered, norms, language="ug")
    return phrases.rank(offered, scores, SETTINGS.phrases, top=5, scale=scorer.scale)


def test_the_decoder_agrees_with_ctranslate2(scorer: PhraseScorer) -> None:
    """The same weights, float32 here and int8 there: within what quantisation costs."""
    import ctranslate2

    recognizer = cast(WhisperPhraseScorer, scorer).recognizer
    encoded = recognizer.encode(load("ug/phrase_00.flac"), margin_s=1.0)
    prompt = recognizer.prompt("tr")
    tokens = recognizer.tokens(" beşim ağrivatidu")
    states = np.array(encoded.states)
    folder = resources.cache() / "models" / SETTINGS.phrases.model
    decoder = TreeDecoder(read(folder / "model.bin"))
    model = ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="float32")
    view = ctranslate2.StorageView.from_array(states)
    # align() adds the token of "no timestamps" itself.
    (aligned,) = model.align(view, prompt[:3], [tokens], [states.shape[1]], median_filter_width=7)
    trie = build([tokens])
    every_token = np.arange(50257, dtype=np.int32)
    found = decoder.score(trie, decoder.hear(states[0].astype(np.float32)), prompt=prompt, end=50257, among=every_token)
    np.testing.assert_allclose(found.nodes, np.log(aligned.text_token_probs), atol=0.05)


@pytest.mark.parametrize(
    ("clip", "phrase_id"),
    [("ug/phrase_01.flac", "abdominal_pain"), ("ug/phrase_09.flac", "fever"), ("ug/phrase_15.flac", "diarrhea")],
)
def test_uyghur_is_understood_without_a_model_of_uyghur(
    clip: str, phrase_id: str, scorer: PhraseScorer, closed: tuple[tuple[Candidate, ...], Norms]
) -> None:
    ranking = rank(clip, scorer, closed)
    assert ranking.top[0].phrase_id == phrase_id
    assert ranking.accepted


@pytest.mark.parametrize(
    "clip", ["noise/silence.flac", "noise/tones.flac", "en/complaint_01.flac", "ru/asterisk_vm-mismatch.flac"]
)
def test_what_is_no_phrase_is_rejected(
    clip: str, scorer: PhraseScorer, closed: tuple[tuple[Candidate, ...], Norms]
) -> None:
    assert not rank(clip, scorer, closed).accepted


def test_a_uyghur_recording_becomes_a_chinese_note(scorer: PhraseScorer) -> None:
    machine = Pipeline(SETTINGS, detector=engines.detector(), scorers=(scorer,))
    recording = audio.load(AUDIO / "ug/phrase_01.flac", limits=SETTINGS.audio)
    found = pipeline.run(machine.from_recording(recording, language="ug"))
    assert found.note.chief_complaint == "腹痛"
    assert found.utterances[0].mode == "phrase"


def test_norms_of_other_phrases_are_refused(scorer: PhraseScorer, closed: tuple[tuple[Candidate, ...], Norms]) -> None:
    offered, norms = closed
    with pytest.raises(EngineError, match="norms"):
        scorer.score(load("ug/phrase_01.flac"), offered[:5], norms, language="ug")


def test_speech_too_long_for_a_phrase_is_refused(
    scorer: PhraseScorer, closed: tuple[tuple[Candidate, ...], Norms]
) -> None:
    offered, norms = closed
    with pytest.raises(EngineError, match="too long"):
        scorer.score(np.zeros(29 * 16_000, np.float32), offered, norms, language="ug")


def test_the_norms_that_ship_are_of_the_phrases_that_ship(scorer: PhraseScorer) -> None:
    """When this fails: python scripts/norms.py ug"""
    folder = resources.share("models") / "norms"
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    assert "ug/complaint" in index
    for name, key in index.items():
        language, _, question = name.partition("/")
        offered = phrases.candidates(language, question)
        assert cohort.key(scorer, offered, language=language, settings=SETTINGS) == key, name
        assert cohort.read(folder / f"{key}.npz") is not None, name
    assert {path.stem for path in folder.glob("*.npz")} == set(index.values())


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_shipped_uyghur_clips_against_all_complaints(scorer: PhraseScorer) -> None:
    clips = [clip for clip in evaluation_audio.load(AUDIO / "manifest.jsonl") if clip.language in ("ug", None)]
    chosen = evaluation_audio.Engines(detector=engines.detector(), recognizers=(), scorers=(scorer,))
    row = evaluation_audio.evaluate(clips, chosen, SETTINGS)["languages"]["ug"]["phrases"]
    assert row["top1"] >= 0.85
    assert row["top3"] >= 0.97
    assert row["accepted_others"] == 0.0
    assert row["accepted_wrong"] <= 0.04
