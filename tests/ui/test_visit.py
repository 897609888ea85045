"""A patient's visit, by keys, by mouse and by voice, along every way it can go."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kiosk import phrasebook, prompts
from kiosk.engines.scripted import ScriptedRecognizer, ScriptedScorer, said
from kiosk.ui.age import AgeScreen
from kiosk.ui.body import BodyScreen
from kiosk.ui.choosing import ChoosingScreen, HeardScreen
from kiosk.ui.consent import ConsentScreen
from kiosk.ui.ending import EndScreen, NoticeScreen
from kiosk.ui.figure import Figure
from kiosk.ui.language import LanguageScreen
from kiosk.ui.readback import ReadBackScreen
from kiosk.ui.recording import RecordingScreen
from kiosk.ui.tapping import TapScreen
from kiosk.ui.visit import KioskApp
from kiosk.ui.widgets import Choice, Chooser
from tests.ui.walking import (
    EN,
    KK,
    RU,
    SPEAK,
    UG,
    agree,
    asked,
    finish,
    go_to,
    journals,
    jump,
    press,
    say,
    sent,
    settled,
    shown,
    start,
    until,
    walk,
)

MakeApp = Callable[..., KioskApp]
SENTENCE = "I have a headache"


def read(folder: Path) -> dict[str, Any]:
    """Return the only intake that was sent."""
    (path,) = sent(folder)
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


async def test_spoken_from_language_to_ticket(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app(SENTENCE, "for three days").run_test(size=(80, 24)) as pilot:
        app = await agree(pilot)
        answers = {"who": ("1",), "sex": ("2",), "age": ("4", "2", "enter"), "complaint": SPEAK, "since": SPEAK}
        end = await walk(pilot, answers | {"how_bad": ("5", "enter"), "stiff": ("2",)})
        assert end.ticket == "1"
        assert prompts.load("en").sent in end.aloud()
        document = read(tmp_path / "intakes")
        (path,) = sent(tmp_path / "intakes")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert document["note"]["chief_complaint"] == "头痛3天"
        assert document["note"]["person"] == {"reporter": "patient", "age_years": 42, "sex": "male"}
        (headache, stiff) = document["note"]["findings"]
        assert (headache["duration"], headache["nrs"]) == (
            {"value": 3, "unit": "d", "value_high": None, "approximate": False},
            5,
        )
        assert (stiff["code"], stiff["status"]) == ("stiff_neck", "denied")
        assert document["interview"]["ticket"] == "1"
        assert document["interview"]["ended"] == "complete"
        consent = document["interview"]["consent"]
        assert (consent["use"], consent["recording"], consent["language"]) == (True, True, "en")
        assert {each["verdict"] for each in document["interview"]["confirmations"]} == {"confirmed"}
        assert document["audio"]["duration_s"] == 4  # two recordings, one after the other
        spoken = [each for each in document["utterances"] if each["mode"] == "transcript"]
        assert [(each["question"], each["start_s"] >= 2) for each in spoken] == [("complaint", False), ("since", True)]
        assert path.with_suffix(".journal").exists()  # the nurse can hear the original
        assert not journals(tmp_path)
        await pilot.press("1", "1")  # a patient who goes on pressing sends nothing twice
        await pilot.pause()
        await pilot.press("0")
        await app.reached(LanguageScreen)
        assert len(sent(tmp_path / "intakes")) == 1


async def test_all_by_mouse(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app("У меня болит голова").run_test(size=(90, 36)) as pilot:
        app = await start(pilot)

        async def click(key: str) -> None:
            before = app.shown
            choice = next(choice for choice in app.screen.query(Choice) if choice.option.key == key)
            assert await pilot.click(choice)
            await until(pilot, lambda: app.shown is not before or not choice.is_attached)

        await click("ru")
        await asked(pilot, "use")
        await click("agree")
        await asked(pilot, "recording")
        await click("agree")
        await asked(pilot, "who")
        await click("who_self")
        await asked(pilot, "sex")
        await click("male")
        screen = await asked(pilot, "age")
        assert isinstance(screen, AgeScreen)
        for digit in "40":
            await pilot.click(next(c for c in screen.query(Choice) if c.option.key == f"digit:{digit}"))
        await click("unit:a")
        await asked(pilot, "complaint")
        await pilot.click("#way_speak")
        recording = await app.reached(RecordingScreen)
        assert isinstance(recording, RecordingScreen)
        await recording.open.wait()
        await pilot.click("#done")
        await app.reached(HeardScreen)
        await pilot.pause()
        await click("right")
        await asked(pilot, "since")
        await click("touch_list")
        await until(pilot, lambda: isinstance(app.shown, TapScreen))
        await pilot.pause()
        await click("duration_3_days")
        await asked(pilot, "how_bad")
        await click("score:4")
        while not isinstance(await settled(pilot), ReadBackScreen):
            await click("skip")
        read_back = app.shown
        assert isinstance(read_back, ReadBackScreen)
        await pilot.click("#right")
        end = await app.reached(EndScreen)
        assert isinstance(end, EndScreen)
        await until(pilot, lambda: end.sent)
        (finding,) = read(tmp_path / "intakes")["note"]["findings"]
        assert (finding["code"], finding["nrs"], finding["duration"]["value"]) == ("headache", 4, 3)
        await pilot.click("#next_person")
        await app.reached(LanguageScreen)


@pytest.mark.parametrize("language", [UG, *(pytest.param(each, marks=pytest.mark.slow) for each in (KK, RU, EN))])
async def test_keys_alone_without_a_recording(make_app: MakeApp, tmp_path: Path, language: str) -> None:
    """Who refuses to be recorded taps: the microphone is never opened, the note arrives all the same."""
    async with make_app("must never be heard").run_test(size=(80, 24)) as pilot:
        await agree(pilot, language, record=False)
        answers = {"who": ("1",), "complaint": ("2", "1", "0"), "since": ("4",), "how_bad": ("3", "enter")}
        end = await walk(pilot, answers)
        assert end.sent
        document = read(tmp_path / "intakes")
        assert document["note"]["chief_complaint"] == "头痛3天"
        assert document["audio"] is None
        assert document["interview"]["consent"]["recording"] is False
        assert {each["mode"] for each in document["utterances"]} == {"tap"}
        assert not journals(tmp_path)
        assert not document["translations"][0]["uncovered"]


async def test_tibetan_by_keys(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app(languages=("bo", "zh")).run_test(size=(80, 24)) as pilot:
        await jump(pilot, "complaint", language="bo", record=False)
        end = await walk(pilot, {"complaint": ("1", "1", "0"), "since": ("3",), "how_bad": ("4", "enter")})
        assert end.sent
        assert read(tmp_path / "intakes")["note"]["chief_complaint"] == "发热2天"


async def test_skipping_everything_still_ends(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app().run_test() as pilot:
        await agree(pilot)
        end = await walk(pilot, {})
        assert end.sent
        document = read(tmp_path / "intakes")
        assert not document["note"]["findings"]
        assert {each["outcome"] for each in document["interview"]["answers"][2:-2]} == {"skipped"}


async def test_no_use_keeps_nothing(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app().run_test() as pilot:
        app = await start(pilot)
        await pilot.press(EN)
        screen = await asked(pilot, "use")
        assert isinstance(screen, ConsentScreen)
        assert prompts.load("en").questions["use_refused"] in shown(app)  # what happens then is said before
        await pilot.press("2")
        notice = await app.reached(NoticeScreen)
        assert prompts.load("en").refused in notice.aloud()
        assert app.visit is None
        await pilot.press("0")
        await app.reached(LanguageScreen)
        assert not (tmp_path / "intakes").exists()
        assert not journals(tmp_path)


async def test_nothing_is_opened_before_consent(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app().run_test() as pilot:
        app = await start(pilot)
        await pilot.press(EN)
        await asked(pilot, "use")
        await pilot.press("+", "-", "3", "1")  # only the 1 is anything
        await asked(pilot, "recording")
        await pilot.press("+", "-")
        assert isinstance(app.shown, ConsentScreen)
        assert not journals(tmp_path)
        await pilot.press("2")
        await go_to(pilot, "complaint")
        assert isinstance(app.shown, TapScreen)  # no button to speak
        await pilot.press("+")
        await pilot.pause()
        assert isinstance(app.shown, TapScreen)
        assert not journals(tmp_path)


async def test_a_red_flag_ends_the_interview_at_once(make_app: MakeApp, tmp_path: Path) -> None:
    """Nothing more is asked; what was said until then is in the note, with the number that the patient was given."""
    async with make_app("I have chest pain and I cannot breathe").run_test() as pilot:
        app = await agree(pilot)
        await pilot.press("2")  # for a child
        await asked(pilot, "sex")
        await go_to(pilot, "complaint")
        await say(pilot)
        await app.reached(HeardScreen)
        await pilot.pause()
        await pilot.press("1")
        end = await app.reached(EndScreen)
        assert isinstance(end, EndScreen)
        assert end.alarm
        await until(pilot, lambda: end.sent)
        assert prompts.load("en").red_flag in end.aloud()
        document = read(tmp_path / "intakes")
        assert document["interview"]["ended"] == "red_flag"
        assert document["interview"]["ticket"] == end.ticket == "1"
        assert document["interview"]["answers"][-1]["question"] == "complaint"
        assert document["note"]["person"]["reporter"] == "parent"
        assert {each["code"] for each in document["note"]["findings"]} >= {"chest_pain", "dyspnea"}
        assert document["audio"] is not None
        assert {flag["id"] for flag in document["note"]["red_flags"]} >= {"chest_pain", "dyspnea"}
        assert any(each["kind"] == "unconfirmed" for each in document["note"]["warnings"])


async def test_back_takes_the_answer_and_its_recording_back(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app("I have a fever", SENTENCE).run_test() as pilot:
        app = await jump(pilot, "complaint")
        await say(pilot)
        await app.reached(HeardScreen)
        await pilot.pause()
        await pilot.press("1")
        await asked(pilot, "since")
        assert len(journals(tmp_path)) == 1
        await pilot.press("backspace")
        await asked(pilot, "complaint")
        assert not journals(tmp_path)
        await say(pilot)
        await app.reached(HeardScreen)
        await pilot.pause()
        await pilot.press("1")
        await asked(pilot, "since")
        await finish(pilot)
        document = read(tmp_path / "intakes")
        assert [finding["code"] for finding in document["note"]["findings"]] == ["headache"]
        assert "fever" not in json.dumps(document)


async def test_back_from_the_first_question_leads_to_the_languages(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        app = await start(pilot)
        await pilot.press(KK)
        await asked(pilot, "use")
        await pilot.press("backspace")
        await app.reached(LanguageScreen)
        assert app.visit is None


async def test_where_it_hurts_by_touch_and_by_keys(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app("it hurts").run_test(size=(90, 36)) as pilot:
        app = await jump(pilot, "complaint")
        await pilot.press("3")
        await until(pilot, lambda: isinstance(app.shown, BodyScreen))
        await pilot.pause()
        figure = app.shown.query_one(Figure)
        assert await pilot.click(figure, offset=(7, 13))  # the patient's right knee is on the viewer's left
        await pilot.press("4")  # the stomach
        await pilot.pause()
        await pilot.press("0")
        await finish(pilot)
        names = {finding["name"] for finding in read(tmp_path / "intakes")["note"]["findings"]}
        assert names == {"右膝痛", "胃痛"}


async def test_a_place_is_asked_only_of_what_has_none(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app("it hurts").run_test(size=(80, 24)) as pilot:
        app = await jump(pilot, "complaint")
        await say(pilot)
        await app.reached(HeardScreen)
        await pilot.pause()
        await pilot.press("1")
        screen = await asked(pilot, "where")
        assert isinstance(screen, BodyScreen)
        assert screen.has_class("-list")  # 80x24: the numbered list alone
        await pilot.press("8")  # the knee: which side?
        await until(pilot, lambda: screen.query_one(Chooser).options[0].key == "side:left")
        await pilot.press("1")
        await until(pilot, lambda: screen.query_one(Chooser).options[0].key == "head")
        await pilot.press("0")
        await finish(pilot)
        (finding,) = read(tmp_path / "intakes")["note"]["findings"]
        assert (finding["name"], finding["laterality"]) == ("左膝痛", "左")
        assert {part["utterance_id"] for part in finding["evidence"]} >= {"u1", "u2", "u3"}


async def test_the_list_is_searched(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        app = await jump(pilot, "complaint", record=False)
        screen = app.shown
        assert isinstance(screen, TapScreen)
        await pilot.press("slash", *"my", "space", *"head", "space", *"hurts")

        def found() -> set[str]:
            return {option.key for chooser in screen.query(Chooser) for option in chooser.options}

        await until(pilot, lambda: "headache" in found() and len(found()) < 9)
        await pilot.press("enter")
        await press(pilot, "1")
        await pilot.press("0")
        await asked(pilot, "since")


async def test_facts_are_read_back_one_by_one(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        app = await jump(pilot, "complaint", language="ug", record=False)
        for key in ("2", "1", "2", "0"):  # head and nerves: the first and the second
            await press(pilot, key)
        await asked(pilot, "since")
        await pilot.press("*", "3")
        screen = await asked(pilot, "readback")
        assert isinstance(screen, ReadBackScreen)
        first = screen.item
        headache = next(each for each in phrasebook.load("ug", "complaint") if each.phrase_id == "headache")
        assert first.words == (headache.text,)
        assert headache.text in shown(app)
        assert first.zh == "头痛"
        await pilot.press("3")  # once more
        await pilot.press("2")  # wrong
        await until(pilot, lambda: screen.item is not first)
        await pilot.press("-")  # and the rest is left
        end = await app.reached(EndScreen)
        assert isinstance(end, EndScreen)
        await until(pilot, lambda: end.sent)
        document = read(tmp_path / "intakes")
        assert document["interview"]["confirmations"] == [{"path": "findings/0", "verdict": "rejected"}]
        cautions = {each["kind"]: each for each in document["note"]["warnings"]}
        assert cautions["rejected_by_patient"]["blocking"]
        assert "头痛" in cautions["rejected_by_patient"]["detail"]
        assert "头晕" in cautions["unconfirmed"]["detail"]
        assert "患者未核对" in document["note"]["text"]


def close_call() -> Mapping[str, Any]:
    """Engines that hear two Uyghur phrases alike."""
    return {"scorers": [ScriptedScorer({"beşim ağrivatidu": 9.0, "kizitmam bar": 8.9}, languages=("ug",))]}


async def test_three_phrases_are_offered_and_the_one_that_was_meant_is_taken(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    async with make_app(**close_call()).run_test() as pilot:
        app = await jump(pilot, "complaint", language="ug")
        await say(pilot)
        screen = await app.reached(ChoosingScreen)
        assert isinstance(screen, ChoosingScreen)
        assert [each.zh for each in screen.alternatives[:2]] == ["头痛", "发热"]
        await pilot.pause()
        await pilot.press("2")
        await asked(pilot, "since")
        await finish(pilot)
        document = read(tmp_path / "intakes")
        assert document["note"]["chief_complaint"] == "发热"
        (heard,) = [each for each in document["utterances"] if each["question"] == "complaint"]
        assert heard["mode"] == "phrase"
        assert len(heard["alternatives"]) == 3
        assert document["audio"] is not None  # what was said stays with what was chosen


async def test_none_of_the_three_leads_to_the_list(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    async with make_app(**close_call()).run_test() as pilot:
        app = await jump(pilot, "complaint", language="ug")
        await say(pilot)
        await app.reached(ChoosingScreen)
        await pilot.pause()
        await pilot.press("9")
        await until(pilot, lambda: isinstance(app.shown, TapScreen))


async def test_wrong_twice_offers_the_list(make_app: MakeApp) -> None:
    async with make_app("I have a fever", "I have a cough").run_test() as pilot:
        app = await jump(pilot, "complaint")
        await say(pilot)
        await app.reached(HeardScreen)
        await pilot.pause()
        await pilot.press("2")  # wrong: the microphone again
        recording = await app.reached(RecordingScreen)
        assert isinstance(recording, RecordingScreen)
        await recording.open.wait()
        await pilot.press("1")
        await until(pilot, lambda: isinstance(app.shown, HeardScreen))
        await pilot.pause()
        await pilot.press("2")
        await until(pilot, lambda: isinstance(app.shown, TapScreen))
        await pilot.pause()
        assert prompts.load("en").use_the_list in shown(app)


@pytest.mark.parametrize(
    "words",
    [
        "[bold red]not markup[/] [@click=app.quit]x[/]",
        "\x1b[2J\x1b]0;title\x07 headache \x9b31m",
        "\u202eevil\u202c ئاغرىق [1] \u2066x",
        "a headache 😀 བོད་ and \ud7ff",
    ],
)
async def test_transcripts_are_never_interpreted(make_app: MakeApp, words: str) -> None:
    async with make_app(recognizer=ScriptedRecognizer([said(words)], languages=("en",))).run_test() as pilot:
        app = await jump(pilot, "complaint")
        await say(pilot)
        await app.reached(HeardScreen)
        await pilot.pause()
        drawn = "".join(segment.text for line in app.screen._compositor.render_strips() for segment in line)
        assert not any(character in drawn for character in "\x1b\x07\x9b\u202e\u202c\u2066")
        if "[bold" in words:
            assert "[bold red]not markup[/]" in drawn


async def test_more_languages_than_number_keys(make_app: MakeApp) -> None:
    codes = ("ug", "kk", "ky", "bo", "mn", "uz", "tg", "ru", "ur", "tr", "en", "zh")
    async with make_app(languages=codes).run_test() as pilot:
        app = await start(pilot)
        chooser = app.screen.query_one(Chooser)
        assert chooser.pages == 2
        await pilot.press("9")
        await pilot.pause()
        await pilot.press("3")  # the eleventh
        screen = await asked(pilot, "use")
        assert screen.display_in.language.code == "en"


async def test_by_tab_and_enter(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await start(pilot)
        await pilot.press("tab", "enter")  # Uyghur comes first
        screen = await asked(pilot, "use")
        assert screen.display_in.language.code == "ug"
        await pilot.press("tab", "tab", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, NoticeScreen))


async def test_escape_and_stray_keys_do_nothing(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        app = await start(pilot)
        before = app.screen
        await pilot.press("escape", "q", "9", "ctrl+p", "f1", "escape", "ctrl+c", "ctrl+z", "ctrl+backslash")
        assert app.screen is before
        assert app.is_running


async def test_the_longest_recording_ends_by_itself(make_app: MakeApp) -> None:
    async with make_app(SENTENCE, ends=True).run_test() as pilot:
        app = await jump(pilot, "complaint")
        await pilot.press("1")
        await app.reached(HeardScreen)


def test_a_crash_of_the_screens_shows_no_words(capsys: pytest.CaptureFixture[str], make_app: MakeApp) -> None:
    app = make_app()
    secret: Mapping[str, str] = {"words": "my secret"}
    app._exception = ValueError(str(secret))
    app._fatal_error()
    app._print_error_renderables()
    assert "secret" not in capsys.readouterr().err
