"""Guards: each catches what it is for, and lets people's words through. Texts marked "heard" came from Whisper base."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import settings
from kiosk.engines.whisper import compression_ratio
from kiosk.recognition import Hypothesis, guards

LIMITS = settings.load().recognition

SENTENCES = {
    "该段可能不是说话声，识别结果未采用",
    "该段识别把握过低，识别结果未采用",
    "该段识别结果循环重复，未采用",
    "该段识别出的字数超出正常语速，未采用",
    "该段识别出的字数远少于语音时长，未采用",
    "该段识别结果为模型常见的虚构内容，未采用",
}


def heard(text: str, *, log_prob: float = -0.1, no_speech: float = 0.02, ratio: float | None = None) -> Hypothesis:
    return Hypothesis(
        text=text,
        mean_log_prob=log_prob,
        no_speech_prob=no_speech,
        compression_ratio=compression_ratio(text) if ratio is None else ratio,
        tokens=len(text.split()),
    )


def kind(hypothesis: Hypothesis, language: str = "en", duration_s: float = 4.0) -> str | None:
    caution = guards.judge(hypothesis, language=language, duration_s=duration_s, limits=LIMITS)
    return caution.kind if caution else None


@pytest.mark.parametrize(
    ("text", "language", "log_prob", "no_speech", "duration_s"),
    [  # heard in config/audio with these figures
        ("I have had a headache for three days and since yesterday I have a fever.", "en", -0.08, 0.02, 3.8),
        ("I do not have a fever.", "en", -0.04, 0.02, 1.45),
        ("Оставьте сообщение после сигнала.", "ru", -0.14, 0.01, 5.6),
        ("广州市佛地产中间协会分析", "zh", -0.24, 0.12, 3.5),
        # what patients say
        ("No, no, no.", "en", -0.2, 0.05, 1.5),
        ("Да.", "ru", -0.3, 0.1, 3.0),
        ("疼。", "zh", -0.3, 0.1, 2.5),
        ("Принимаю Metformin 500.", "ru", -0.3, 0.02, 3.0),
        ("我吃metformin五百毫克", "zh", -0.3, 0.02, 3.0),
        ("It hurts, it hurts, it hurts.", "en", -0.2, 0.02, 3.0),
        ("Başım ağrıyor.", "tr", -0.3, 0.02, 2.0),
        ("120/80", "ru", -0.3, 0.02, 2.0),
    ],
)
def test_real_words_pass(text: str, language: str, log_prob: float, no_speech: float, duration_s: float) -> None:
    assert kind(heard(text, log_prob=log_prob, no_speech=no_speech), language, duration_s) is None


@pytest.mark.parametrize(
    ("text", "language", "log_prob", "no_speech", "duration_s"),
    [  # heard in silence, pink noise, tones and white noise with these figures
        ("you", "en", -1.09, 0.76, 4.0),
        ("Думаю, что у нас нет.", "ru", -2.02, 0.76, 4.0),
        ("Редактор субтитров А.Семкирова", "ru", -0.82, 0.76, 6.0),
        ("Редактор субтитров А.Синецкая Корректор А.Егорова", "ru", -0.50, 0.78, 10.0),
        ("作词作曲", "zh", -1.55, 0.76, 6.0),
        ("试试", "zh", -1.60, 0.72, 5.0),
    ],
)
def test_what_whisper_says_to_noise_is_dropped(
    text: str, language: str, log_prob: float, no_speech: float, duration_s: float
) -> None:
    assert kind(heard(text, log_prob=log_prob, no_speech=no_speech), language, duration_s) == "no_speech"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Thanks for watching!", "en"),
        ("Thank you for watching.", "en"),
        ("Продолжение следует...", "ru"),
        ("Редактор субтитров А.Семкин", "ru"),
        ("请不吝点赞 订阅", "zh"),
        ("Altyazı M.K.", "tr"),
    ],
)
def test_subtitle_credits_are_dropped_however_sure(text: str, language: str) -> None:
    assert kind(heard(text, log_prob=-0.05), language) == "hallucination"


def test_a_word_for_seconds_of_sound_needs_to_be_sure() -> None:
    assert kind(heard("you", log_prob=-0.8), duration_s=6.0) == "hallucination"
    assert kind(heard("Yes.", log_prob=-0.2), duration_s=6.0) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("1-2-3-4-4-4-4-4-4-4", "en"),  # heard in noise
        ("C'est bien, c'est bien, c'est bien, c'est bien, c'est bien.", "en"),  # heard in a café
        ("no no no no no", "en"),
        ("я не знаю, я не знаю, я не знаю, я не знаю", "ru"),
        ("疼疼疼疼疼", "zh"),
    ],
)
def test_loops_are_dropped(text: str, language: str) -> None:
    assert kind(heard(text), language, duration_s=8.0) == "repeats"


def test_a_long_loop_is_seen_by_its_compression() -> None:
    assert kind(heard("the pain is in " * 3 + "the arm", ratio=2.5), duration_s=10.0) == "repeats"


@given(st.lists(st.sampled_from(["pain", "arm", "left"]), min_size=1, max_size=4), st.integers(5, 12))
def test_any_group_of_words_said_five_times_running_is_a_loop(group: list[str], times: int) -> None:
    assert kind(heard(" ".join(group * times), ratio=1.0), duration_s=60.0) == "repeats"


@given(st.permutations(["head", "arm", "leg", "left", "right", "pain", "fever", "cough"]))
def test_words_that_do_not_repeat_are_never_a_loop(words: list[str]) -> None:
    assert kind(heard(" ".join(words)), duration_s=4.0) is None


@pytest.mark.parametrize(
    ("text", "language", "duration_s", "too_fast"),
    [
        ("My chest hurts when I climb the stairs", "en", 0.7, True),
        ("My chest hurts when I climb the stairs", "en", 1.5, False),
        ("我昨天晚上开始头痛发热还有一点咳嗽", "zh", 1.0, True),
        ("我昨天晚上开始头痛发热还有一点咳嗽", "zh", 3.0, False),
        ("Yes.", "en", 0.05, False),  # a segment cut short says nothing about pace
    ],
)
def test_nobody_speaks_faster_than_people_can(text: str, language: str, duration_s: float, too_fast: bool) -> None:
    assert (kind(heard(text), language, duration_s) == "pace") is too_fast


@pytest.mark.parametrize(
    ("text", "language"),
    [  # heard when the wrong language was chosen
        ("I have had a headache for three days and since yesterday I have a fever", "zh"),
        ("Guangzhou市房地产中间协会分析", "en"),
        ("Я уже had a headache for three days, and since yesterday I have a fever.", "ru"),
        ("مەن ھامىلدار", "ru"),
        ("ありがとうございました", "zh"),
    ],
)
def test_another_languages_letters_are_dropped(text: str, language: str) -> None:
    assert kind(heard(text, log_prob=-0.3), language) == "script"


def test_improbable_words_are_dropped() -> None:
    # heard when a Russian sentence was decoded as Chinese
    assert kind(heard("放下侵犯的证据后继续", log_prob=-1.5), "zh") == "unreliable"


def test_doubtful_words_are_kept_with_a_warning() -> None:
    assert guards.doubtful(heard("Alright", log_prob=-0.2)) == ()
    assert [caution.kind for caution in guards.doubtful(heard("Man, how am I", log_prob=-0.7))] == ["uncertain"]


@pytest.mark.parametrize(
    ("probability", "dropped", "doubted"), [(0.9, False, False), (0.1, False, True), (0.01, True, True)]
)
def test_another_language_than_the_chosen_one(probability: float, dropped: bool, doubted: bool) -> None:
    """Uyghur that was announced as Russian comes out as fluent Russian."""
    words = replace(heard("Пирожки мои сегодня"), language_probability=probability)
    assert (kind(words, "ru") == "other_language") is dropped
    assert ("language_doubt" in {caution.kind for caution in guards.doubtful(words)}) is doubted


@pytest.mark.parametrize(
    ("text", "rival", "differ"),
    [
        ("I take 500 mg", "I take 50 mg", True),
        ("I take 500 mg", "I take five hundred mg", True),
        ("my head hurts badly today", "my head hurts badly, today!", False),
        ("my head hurts badly today", "my hand hurts badly today", False),
        ("my head hurts", "we had her", True),
        ("头痛三天", "头痛三天了", False),
        ("头痛三天", "偷听山田", True),
    ],
)
def test_readings_that_disagree_are_a_warning(text: str, rival: str, differ: bool) -> None:
    words = replace(heard(text), rivals=(rival,))
    assert ("n_best" in {caution.kind for caution in guards.doubtful(words)}) is differ


def test_no_words_says_how_long() -> None:
    assert guards.no_words(12.2).detail == "12秒语音未识别出文字"
    assert guards.no_words(0.3).detail == "1秒语音未识别出文字"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mpain\x1b[0m", "pain"),
        ("\x1b]0;title\x07pain", "pain"),
        ("\x1b]8;;http://x\x1b\\pain", "pain"),
        ("pa\x00in\x07", "pain"),
        ("no \u202epenicillin\u202c", "no penicillin"),
        ("\u2066arm\u2069\u200f", "arm"),
        ("two\n\tdays\r\n", "two days"),
        ("zero\u200bwidth", "zerowidth"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # a joiner is part of the word
        ("й", "й"),  # composed
        ("lone \ud800 surrogate", "lone surrogate"),
        ("tag\U000e0041s", "tags"),
    ],
)
def test_transcripts_are_safe_to_show(text: str, shown: str) -> None:
    assert guards.clean(text) == shown


@given(st.text())
def test_cleaning_is_complete_and_idempotent(text: str) -> None:
    shown = guards.clean(text)
    assert all(char in "\u200c\u200d" or not unicodedata.category(char).startswith("C") for char in shown), (
        "a control character got through"
    )
    assert "\n" not in shown
    assert guards.clean(shown) == shown


@given(st.text(), st.floats(-5, 0), st.floats(0, 1), st.floats(0.01, 30), st.sampled_from(["en", "ru", "zh", "tr"]))
def test_a_caution_is_one_of_a_few_fixed_sentences(
    text: str, log_prob: float, no_speech: float, duration_s: float, language: str
) -> None:
    """None of the patient's words can be in it."""
    hypothesis = heard(text.encode("utf-8", "replace").decode(), log_prob=log_prob, no_speech=no_speech)
    caution = guards.judge(hypothesis, language=language, duration_s=duration_s, limits=LIMITS)
    assert caution is None or caution.detail in SENTENCES | {
        f"该段识别出的文字不是{name}文字，未采用；请核对所选语言" for name in ("英语", "俄语", "汉语", "土耳其语")
    }
