"""What the nurse's screens are made of: looking for terms, reading fields, playing, the history."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import audio
from kiosk.desk import playback
from kiosk.encounter import Allergy, Duration, Finding, HistoryItem, Medication, Person, Pregnancy
from kiosk.errors import AudioError, DeviceError, InputError, KioskError
from kiosk.recognition import Samples
from kiosk.review import concept_search
from kiosk.review.decisions import AddItem
from kiosk.speech import Sound
from kiosk.ui.nurse.fields import FIELDS, UNITS, Field


@pytest.mark.parametrize(
    ("words", "section", "code"),
    [
        ("头痛", "findings", "headache"),
        ("tt", "findings", "headache"),
        ("TT", "findings", "headache"),
        ("headache", "findings", "headache"),
        ("青霉素", "allergies", "penicillin"),
        ("qms", "allergies", "penicillin"),
        ("二甲双胍", "medications", "metformin"),
        ("tnb", "history", "diabetes"),
    ],
)
def test_a_term_is_found_first(words: str, section: Any, code: str) -> None:
    assert concept_search.find(words, section)[0].id == code


def test_only_terms_of_the_section_are_found_and_nothing_for_nonsense() -> None:
    for section, kinds in concept_search.KINDS.items():
        found = concept_search.find("", section)
        assert found
        assert {each.kind for each in found} <= kinds
    assert concept_search.find("qqqqq", "findings") == ()
    assert concept_search.find("青酶素", "allergies")[0].id == "penicillin"  # one character wrong


def test_a_phrase_that_is_one_term_is_added_as_such() -> None:
    added = concept_search.meant("en", "fever")
    assert added == AddItem(section="findings", value={"code": "fever", "name": "发热"})
    with pytest.raises(InputError):
        concept_search.meant("en", "no such phrase")


def field(kind: type, name: str) -> Field:
    return next(each for each in FIELDS[kind] if each.name == name)


@pytest.mark.parametrize(
    ("typed", "value", "high", "unit", "about"),
    [
        ("3天", 3, None, "d", False),
        ("约2-3周", 2, 3, "wk", True),
        ("1.5 小时", 1.5, None, "h", False),
        ("3至4个月", 3, 4, "mo", False),
        ("10分", 10, None, "min", False),
    ],
)
def test_durations_are_read(typed: str, value: float, high: float | None, unit: str, about: bool) -> None:
    read = field(Finding, "duration").read(typed)
    assert read == {"value": value, "value_high": high, "unit": unit, "approximate": about}


@pytest.mark.parametrize("typed", ["三天", "3", "天", "4-3天", "3天前", "3 tage"])
def test_durations_that_cannot_be_read_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="持续时间"):
        field(Finding, "duration").read(typed)


@given(
    value=st.integers(1, 500),
    more=st.none() | st.integers(1, 50),
    unit=st.sampled_from(sorted(set(UNITS.values()))),
    about=st.booleans(),
)
def test_what_a_duration_shows_is_read_as_the_same_duration(
    value: int, more: int | None, unit: Any, about: bool
) -> None:
    high = None if more is None else float(value + more)
    duration = Duration(value=float(value), unit=unit, value_high=high, approximate=about)
    shown = field(Finding, "duration").shown(Finding(code="x", name="x", duration=duration))
    assert Duration(**field(Finding, "duration").read(shown)) == duration  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "name", "typed", "said"),
    [
        (Finding, "nrs", "11", "0–10"),
        (Finding, "nrs", "3.5", "整数"),
        (Finding, "temperature_c", "热", "数字"),
        (Finding, "temperature_c", "nan", "之间"),
        (Allergy, "substance", " ", "不能为空"),
        (Person, "age_years", "-1", "之间"),
        (Pregnancy, "weeks", "60", "之间"),
    ],
)
def test_values_out_of_range_are_refused_in_chinese(kind: type, name: str, typed: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        field(kind, name).read(typed)


@pytest.mark.parametrize(
    "record",
    [
        Finding(code="x", name="痛", laterality="左", severity="重", nrs=7, character=("刺痛",), temperature_c=38.5),
        Finding(code="x", name="痛", sudden=True, when="past", experiencer="family", relation="母亲"),
        Allergy(substance="青霉素", status="present", reaction="皮疹"),
        Medication(name="二甲双胍", dose="500mg", frequency="每日2次"),
        HistoryItem(code="diabetes", name="糖尿病", experiencer="family", relation="父亲"),
        Person(sex="female", age_years=0.25, reporter="parent"),
        Pregnancy(status="present", weeks=28),
    ],
    ids=lambda record: type(record).__name__,
)
def test_what_a_form_shows_is_what_it_keeps(record: object) -> None:
    for each in FIELDS[type(record)]:
        kept = each.read(each.shown(record))
        before = getattr(record, each.name)
        assert kept == (list(before) if isinstance(before, tuple) else before), each.name


def tone(seconds: float) -> Samples:
    return (0.25 * np.sin(np.arange(round(seconds * 16_000)) / 9)).astype(np.float32)


def test_clips_are_joined_without_anything_between() -> None:
    from kiosk.store.nurse_end import _wav

    first, second = tone(0.5), tone(0.25)[::-1]
    clip = playback.joined([_wav(audio.to_pcm16(first)), _wav(audio.to_pcm16(second))])
    assert audio.to_pcm16(playback.samples_of(clip)) == audio.to_pcm16(np.concatenate([first, second]))
    with pytest.raises(AudioError):
        playback.joined([])


class Loudspeaker:
    """Plays until it is stopped; it can be broken."""

    def __init__(self, error: Exception | None = None) -> None:
        self.heard: list[Sound] = []
        self.begun = threading.Event()
        self._error = error

    def play(self, sound: Sound, *, stopped: threading.Event) -> None:
        if self._error is not None:
            raise self._error
        self.heard.append(sound)
        self.begun.set()
        assert stopped.wait(10)


def test_a_new_clip_stops_the_one_before_and_nobody_waits() -> None:
    loudspeaker = Loudspeaker()
    failed: list[KioskError] = []
    playing = playback.Playback(loudspeaker, failed.append)
    for count in (1, 2):
        playing.play(tone(0.5))
        assert loudspeaker.begun.wait(10)
        loudspeaker.begun.clear()
        assert len(loudspeaker.heard) == count
    playing.stop()
    assert [each.rate for each in loudspeaker.heard] == [16_000, 16_000]
    assert not failed


@pytest.mark.parametrize("error", [DeviceError("No loudspeaker."), ValueError("a driver's own")])
def test_no_loudspeaker_is_said_and_not_a_crash(error: Exception) -> None:
    failed: list[KioskError] = []
    playing = playback.Playback(Loudspeaker(error), failed.append)
    playing.play(tone(0.1))
    playing.stop()
    assert len(failed) == 1
