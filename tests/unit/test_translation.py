"""The verified channel: what is understood, in order, and what is not, in its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.encounter import Translation, Utterance
from kiosk.translation import verified


def translate(text: str, language: str = "en") -> Translation:
    return verified(Utterance(id="u1", text=text, language=language, mode="text"))


@pytest.mark.parametrize(
    ("text", "zh"),
    [
        ("I have had a headache for three days", "头痛3天。"),
        ("three days", "持续3天。"),
        ("yesterday", "昨天。"),
        ("my left knee", "左膝关节。"),
        ("yes", "是。"),
        ("I don't take aspirin", "未用阿司匹林。"),
        ("", ""),
    ],
)
def test_sentences(text: str, zh: str) -> None:
    assert translate(text).zh == zh


def test_what_is_not_understood_stands_in_its_place_and_in_the_list() -> None:
    text = "my head hurts, the wobblegong is purple and I have a fever"
    translation = translate(text)
    assert translation.zh == "头痛，〔wobblegong〕，〔purple〕，发热。"
    assert [span.text for span in translation.uncovered] == ["wobblegong", "purple"]
    assert all(text[span.start : span.end] == span.text for span in translation.uncovered)


@given(st.text(max_size=60))
def test_every_uncovered_span_quotes_the_text(text: str) -> None:
    translation = translate(text)
    for span in translation.uncovered:
        assert text[span.start : span.end] == span.text
    assert translation.channel == "verified"


def test_a_stopped_medicine_is_said_to_be_stopped() -> None:
    text = "Раньше капотен пила, да отменили."
    assert verified(Utterance(id="u1", text=text, language="ru", mode="text")).zh == "已停用卡托普利。"
