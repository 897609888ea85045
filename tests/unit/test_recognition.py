"""The recognition policy, with scripted engines: choice, detection, and what becomes of each segment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from kiosk import recognition, settings
from kiosk.encounter import Segment, Utterance
from kiosk.engines.scripted import ScriptedDetector, ScriptedRecognizer, key, said
from kiosk.errors import Cancelled, EngineError, LanguageError, UnsupportedLanguageError
from kiosk.recognition import OTHER, Heard, Hypothesis, Samples

SETTINGS = settings.load()
SAMPLES: Samples = np.sin(np.arange(16_000 * 10, dtype=np.float32) / 20).astype(np.float32)
THREE = (Segment(0.5, 2.5), Segment(3.0, 5.0), Segment(6.0, 9.0))


def transcribe(*script: Hypothesis | str, language: str = "en", segments: tuple[Segment, ...] = THREE) -> list[Heard]:
    recognizer = ScriptedRecognizer(script, languages=["en", "ru", "zh"])
    return [*recognition.transcribe(SAMPLES, segments, language=language, recognizer=recognizer, settings=SETTINGS)]


def whisper_like(**hears: float) -> ScriptedRecognizer:
    return ScriptedRecognizer([], languages=["en", "ru", "zh", "tr"], hears=hears)


def detect(recognizer: ScriptedRecognizer, *enabled: str, segments: tuple[Segment, ...] = THREE) -> str:
    return recognition.detect(SAMPLES, segments, enabled=enabled, recognizers=[recognizer], settings=SETTINGS).code


# --- choosing an engine ---


def test_the_first_engine_that_knows_the_language_is_chosen() -> None:
    first, second = ScriptedRecognizer([], languages=["en"]), ScriptedRecognizer([], languages=["en", "ru"])
    assert recognition.choose("en", [first, second]) is first
    assert recognition.choose("ru", [first, second]) is second


def test_a_language_that_no_engine_knows_is_refused_with_another_way_in() -> None:
    with pytest.raises(UnsupportedLanguageError) as caught:
        recognition.choose("ug", [whisper_like()])
    said_to_person = str(caught.value)
    assert "维吾尔语 (ug)" in said_to_person
    assert "英语 (en)" in said_to_person
    assert "kiosk run" in said_to_person
    assert "kiosk note --lang ug --text" in said_to_person
    assert caught.value.exit_code == 3


def test_without_any_engine_every_language_is_refused() -> None:
    with pytest.raises(UnsupportedLanguageError, match="knows: none"):
        recognition.choose("en", [])


def test_a_language_that_does_not_exist_is_a_wrong_input() -> None:
    with pytest.raises(LanguageError, match="Unknown language 'xx'"):
        recognition.choose("xx", [whisper_like()])


# --- detecting the language ---


def test_a_sure_guess_is_taken_with_its_score() -> None:
    choice = recognition.detect(
        SAMPLES, THREE, enabled=["ug", "ru", "en"], recognizers=[whisper_like(ru=0.97, en=0.01)], settings=SETTINGS
    )
    assert (choice.code, choice.evidence, choice.score) == ("ru", "detected", 0.97)


@pytest.mark.parametrize(
    "hears",
    [
        {"tr": 0.77},  # Uyghur, as Whisper hears it, where Turkish is enabled
        {"en": 0.88},  # the surest that Uyghur by a formant voice came out
        {"en": 0.0, "ru": 0.02},  # nearly all of it in some other language
        {},
    ],
)
def test_a_language_that_the_engine_cannot_know_is_not_taken_for_its_neighbour(hears: dict[str, float]) -> None:
    with pytest.raises(LanguageError, match="could not be detected") as caught:
        detect(whisper_like(**hears), "ug", "tr", "ru", "en")
    assert "--lang: ug, tr, ru, en" in caught.value.remedy


def test_only_enabled_languages_are_guessed() -> None:
    with pytest.raises(LanguageError, match="could not be detected"):
        detect(whisper_like(tr=0.99, en=0.01), "ug", "en")


def test_the_surest_of_several_engines_wins() -> None:
    kazakh = ScriptedRecognizer([], languages=["kk"], hears={"kk": 0.96})
    choice = recognition.detect(
        SAMPLES, THREE, enabled=["en", "kk"], recognizers=[whisper_like(en=0.02), kazakh], settings=SETTINGS
    )
    assert choice.code == "kk"


def test_no_speech_means_no_language() -> None:
    with pytest.raises(LanguageError, match="no speech was found"):
        detect(whisper_like(en=1.0), "en", segments=())


def test_no_engine_for_any_enabled_language() -> None:
    with pytest.raises(UnsupportedLanguageError, match="any of the enabled languages"):
        detect(whisper_like(en=1.0), "ug", "ky")


def test_only_speech_is_heard_and_at_most_thirty_seconds() -> None:
    lengths: list[int] = []

    class Measuring(ScriptedRecognizer):
        def language_probabilities(self, samples: Samples, candidates: Sequence[str]) -> dict[str, float]:
            lengths.append(len(samples))
            return {**dict.fromkeys(candidates, 1.0), OTHER: 0.0}

    engine = Measuring([], languages=["en"])
    detect(engine, "en")
    minute = np.zeros(16_000 * 60, np.float32)
    recognition.detect(
        minute, [Segment(0, 25), Segment(30, 55)], enabled=["en"], recognizers=[engine], settings=SETTINGS
    )
    assert lengths == [7 * 16_000, 30 * 16_000]


# --- transcribing ---


def test_each_segment_becomes_an_utterance_in_order() -> None:
    heard = transcribe("My head hurts.", "Since yesterday.", "No fever.")
    assert [one.utterance for one in heard] == [
        Utterance(
            id=f"u{number}",
            text=text,
            language="en",
            mode="transcript",
            start_s=segment.start_s,
            end_s=segment.end_s,
            score=0.9048,  # exp(-0.1)
            engine="scripted@1",
        )
        for number, (text, segment) in enumerate(
            zip(["My head hurts.", "Since yesterday.", "No fever."], THREE, strict=True), 1
        )
    ]
    assert [one.voiced_s for one in heard] == [2.0, 4.0, 7.0]
    assert all(one.cautions == () for one in heard)


def test_a_segment_without_words_is_a_caution_that_says_where() -> None:
    heard = transcribe("My head hurts.", "", " … ")
    assert heard[1].utterance is None
    assert [(caution.kind, caution.detail) for caution in heard[1].cautions] == [
        ("no_words", "第3.0–5.0秒：2秒语音未识别出文字")
    ]
    assert [caution.kind for caution in heard[2].cautions] == ["no_words"], "punctuation is not words"


def test_what_a_guard_rejects_is_dropped_and_not_quoted() -> None:
    heard = transcribe("My head hurts.", said("you", mean_log_prob=-1.1, no_speech_prob=0.76), "No fever.")
    assert heard[1].utterance is None
    assert [caution.kind for caution in heard[1].cautions] == ["no_speech"]
    assert "you" not in heard[1].cautions[0].detail
    assert [one.utterance.id for one in heard if one.utterance] == ["u1", "u2"], "ids count accepted utterances"


def test_doubtful_words_are_kept_with_their_warning() -> None:
    heard = transcribe(said("I feel a lump.", mean_log_prob=-0.9), segments=THREE[:1])
    assert heard[0].utterance is not None
    assert [caution.kind for caution in heard[0].utterance.warnings] == ["uncertain"]
    assert heard[0].utterance.score == pytest.approx(0.4066)


def test_control_characters_never_reach_an_utterance() -> None:
    heard = transcribe("no \x1b[31m\u202epenicillin\u202c\n", segments=THREE[:1])
    assert heard[0].utterance is not None
    assert heard[0].utterance.text == "no penicillin"


def test_the_engine_gets_exactly_the_segments_samples() -> None:
    segment = THREE[1]
    cut = SAMPLES[round(segment.start_s * 16_000) : round(segment.end_s * 16_000)]
    recognizer = ScriptedRecognizer({key(cut): "Only this."}, languages=["en"])
    [heard] = recognition.transcribe(SAMPLES, [segment], language="en", recognizer=recognizer, settings=SETTINGS)
    assert heard.utterance is not None
    assert heard.utterance.text == "Only this."


def test_numbering_goes_on_from_the_answer_before() -> None:
    recognizer = ScriptedRecognizer(["Yes."], languages=["en"])
    [heard] = recognition.transcribe(
        SAMPLES, THREE[:1], language="en", recognizer=recognizer, settings=SETTINGS, first_id=7
    )
    assert heard.utterance is not None
    assert heard.utterance.id == "u7"


def test_cancelling_keeps_what_was_heard() -> None:
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls > 2:
            raise Cancelled("stopped")

    recognizer = ScriptedRecognizer(["One.", "Two.", "Three."], languages=["en"])
    heard = recognition.transcribe(SAMPLES, THREE, language="en", recognizer=recognizer, settings=SETTINGS, check=check)
    first = next(heard)
    assert first.utterance is not None
    assert first.utterance.text == "One."
    with pytest.raises(Cancelled):
        next(heard)


# --- the scripted engines themselves ---


def test_a_script_that_is_used_up_is_an_error() -> None:
    with pytest.raises(EngineError, match="no line"):
        transcribe("One.", "Two.")


def test_the_scripted_engine_refuses_a_language_it_does_not_claim() -> None:
    with pytest.raises(EngineError, match="'tr'"):
        transcribe("Bir.", language="tr")


def test_the_scripted_detector_hears_speech_where_told() -> None:
    detector = ScriptedDetector([Segment(1.0, 2.0)])
    probabilities = detector.probabilities(SAMPLES[: 16_000 * 3])
    assert probabilities.shape == (94,)
    voiced = np.flatnonzero(probabilities) * detector.frame_s
    assert 0.95 <= voiced.min() <= 1.05
    assert 1.9 <= voiced.max() <= 2.0
    assert ScriptedDetector().probabilities(SAMPLES).min() == 1.0


def test_turkish_is_never_detected_where_uyghur_is_spoken_and_unknown() -> None:
    """Whisper hears Uyghur as fluent, confident Turkish."""
    turkish = ScriptedRecognizer([], languages=("tr", "en"), hears={"tr": 0.98, "en": 0.01})
    samples = np.zeros(16_000, np.float32)
    speech = [Segment(0.0, 1.0)]
    chosen = settings.load()
    with pytest.raises(LanguageError, match="--lang"):
        recognition.detect(samples, speech, enabled=("ug", "tr", "en"), recognizers=[turkish], settings=chosen)
    found = recognition.detect(samples, speech, enabled=("tr", "en"), recognizers=[turkish], settings=chosen)
    assert found.code == "tr"
