"""Two channels, one translation: which of them says what, and what becomes of a disagreement."""

from __future__ import annotations

import pytest

from kiosk import documents, engines, pipeline, settings
from kiosk.encounter import Translation, Utterance
from kiosk.engines.scripted import ScriptedTranslator
from kiosk.errors import Cancelled, EngineError
from kiosk.translation import Rendered, reconciled

UNKNOWN = "My wobblegong hurts."
COVERED = "I have had a fever for three days."


def translate(text: str, translator: ScriptedTranslator | None, *, back: bool = False) -> Translation:
    return reconciled(Utterance(id="u1", text=text, language="en", mode="text"), translator, back=back)


def test_what_the_lexicon_covers_is_never_asked() -> None:
    engine = ScriptedTranslator({}, languages=("en",))
    translation = translate(COVERED, engine)
    assert (translation.channel, translation.zh, engine.asked) == ("verified", "发热3天。", [])


def test_each_sentence_has_its_channel_and_place() -> None:
    text = f"{COVERED} {UNKNOWN}"
    engine = ScriptedTranslator({UNKNOWN: "我的东西疼。"}, languages=("en",), again="my thing hurts")
    translation = translate(text, engine, back=True)
    assert engine.asked == [UNKNOWN]
    assert (translation.channel, translation.engine, translation.zh) == (
        "neural",
        "scripted@1",
        "发热3天。我的东西疼。",
    )
    first, second = translation.spans
    assert (first.channel, first.verified, first.back) == ("verified", "", "")
    assert (second.channel, second.back) == ("neural", "my thing hurts")
    assert "wobblegong" in second.verified
    assert [text[span.start : span.end] for span in translation.spans] == [COVERED, UNKNOWN]
    assert [span.text for span in translation.uncovered] == ["wobblegong"]


@pytest.mark.parametrize("translator", [None, ScriptedTranslator({}, languages=("ru",))])
def test_without_an_engine_the_rules_stand_alone(translator: ScriptedTranslator | None) -> None:
    translation = translate(UNKNOWN, translator)
    assert (translation.channel, translation.spans, translation.warnings) == ("verified", (), ())


def test_a_disagreement_blocks() -> None:
    text = "I have no fever but my wobblegong hurts."
    translation = translate(text, ScriptedTranslator({text: "我发烧，而且疼。"}, languages=("en",)))
    assert any(caution.kind == "negation" and caution.blocking for caution in translation.warnings)


def test_truncation_and_unknown_words_block() -> None:
    engine = ScriptedTranslator({UNKNOWN: Rendered(zh="我的东西疼。", truncated=True, unknown=1)}, languages=("en",))
    kinds = {caution.kind: caution.blocking for caution in translate(UNKNOWN, engine).warnings}
    assert kinds["truncated"]
    assert kinds["unknown_word"]


def test_after_a_failure_the_engine_is_not_asked_again() -> None:
    engine = ScriptedTranslator({UNKNOWN: EngineError("down")}, languages=("en",))
    translation = translate(f"{UNKNOWN} {UNKNOWN}", engine)
    assert len(engine.asked) == 1
    assert translation.channel == "verified"
    assert [caution.kind for caution in translation.warnings] == ["neural_unavailable"]


def test_cancelling_goes_through() -> None:
    engine = ScriptedTranslator({UNKNOWN: Cancelled("stopped")}, languages=("en",))
    with pytest.raises(Cancelled):
        translate(UNKNOWN, engine)


def test_the_note_marks_machine_chinese_and_adds_its_red_flags() -> None:
    engine = ScriptedTranslator({UNKNOWN: "我胸口剧烈疼痛。"}, languages=("en",))
    machine = pipeline.Pipeline(settings.load(), detector=None, translator=engine)
    intake = pipeline.run(machine.from_text(UNKNOWN, language="en"))
    assert "译文：〖机译〗我胸口剧烈疼痛。" in intake.note.text
    assert "chest_pain" in {flag.id for flag in intake.note.red_flags}
    printed = documents.intake(intake)
    assert printed["translations"][0]["channel"] == "neural"
    assert printed["translations"][0]["spans"][0]["channel"] == "neural"


def test_a_model_that_is_not_there_does_not_stop_the_kiosk() -> None:
    loaded = settings.load()
    chosen = loaded.model_copy(
        update={"translation": loaded.translation.model_copy(update={"neural_model": "no-such-model"})}
    )
    machine = pipeline.Pipeline(chosen, detector=None, translator=engines.site_translator(chosen))
    intake = pipeline.run(machine.from_text(f"{COVERED} {UNKNOWN}", language="en"))
    assert intake.note.chief_complaint.startswith("发热3天")
    assert "neural_unavailable" in {caution.kind for caution in intake.note.warnings}


class Supplement(ScriptedTranslator):
    """An engine that is too weak to be shown with a warning."""

    supplement = True


@pytest.mark.parametrize(
    ("zh", "shown"),
    [
        ("我发烧三天了，东西疼。", True),
        ("我没有发烧，东西疼。", False),  # the guard: a negation
        ("我东西疼三天了。", False),  # a fact that the rules understood is gone
        (Rendered(zh="我发烧三天了，东西疼。", unknown=1), False),
    ],
)
def test_a_supplement_is_shown_only_where_nothing_speaks_against_it(zh: str | Rendered, shown: bool) -> None:
    text = "I have had a fever for three days and my wobblegong hurts."
    translation = translate(text, Supplement({text: zh}, languages=("en",)))
    assert (translation.channel == "neural") == shown
    assert translation.warnings == ()
    assert ("wobblegong" in translation.zh) != shown


@pytest.mark.parametrize(
    ("text", "zh", "shown"),
    [
        ("I am ten weeks pregnant and my wobblegong is frumious.", "我怀孕十周了，东西不好。", True),
        ("I am ten weeks pregnant and my wobblegong is frumious.", "我十个星期了，东西不好。", False),
        ("My lower leg is itchy and frumious.", "我小腿痒，不好。", True),
        ("My lower leg is itchy and frumious.", "我身上痒，不好。", False),
        # The rules say the next sentence's time with the finding; without the finding's sentence it would be lost.
        ("My left ear hurts, it is frumious. Two days now.", "我左耳朵疼，不好。", False),
    ],
)
def test_a_supplement_says_all_that_the_rules_say(text: str, zh: str, shown: bool) -> None:
    sentence = text.split(". ")[0].rstrip(".") + "."
    translation = translate(text, Supplement({sentence: zh}, languages=("en",)))
    assert (translation.channel == "neural") == shown


def test_a_supplement_does_not_change_whose_the_other_sentences_are() -> None:
    sentence = "That wobblegong is frumious."
    engine = Supplement({sentence: "我头疼。"}, languages=("en",))  # now the patient is the one who speaks
    translation = translate(f"{sentence} My son has had a cough for five days.", engine)
    assert engine.asked == [sentence]
    assert (translation.channel, translation.spans) == ("verified", ())
    assert translate(sentence, engine).channel == "neural"
