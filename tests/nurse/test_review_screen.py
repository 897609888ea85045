"""The review: every field with its evidence and voice, every edit, undo, blocked signing, signing, history, erasing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from kiosk import audio, prompts, review
from kiosk.answers import Confirmation, Interview
from kiosk.encounter import Caution, Intake, TranslationSpan
from kiosk.errors import AccessError
from kiosk.recognition import SAMPLE_RATE
from kiosk.review.decisions import AddVitals, RepeatQuestion, SettleWarning, Vitals
from kiosk.review.records import Review
from kiosk.ui.nurse import details, rows
from kiosk.ui.nurse.adding import TermDialog
from kiosk.ui.nurse.base import Rows
from kiosk.ui.nurse.choosing import ChooseDialog
from kiosk.ui.nurse.cycle import Cycle
from kiosk.ui.nurse.erasing import EraseDialog
from kiosk.ui.nurse.forms import ComplaintForm, PregnancyForm, RecordForm, VitalsForm
from kiosk.ui.nurse.help import HelpScreen
from kiosk.ui.nurse.history import HistoryDialog
from kiosk.ui.nurse.queue import QueueScreen
from kiosk.ui.nurse.review import ReviewScreen
from kiosk.ui.nurse.signing import SignDialog, TextDialog
from kiosk.ui.tapping import TapScreen
from tests.nurse.conftest import (
    SENTENCES,
    Station,
    go,
    log_in,
    open_first,
    shown,
    spoken,
    status,
    typed,
    until,
    write,
)
from tests.store.conftest import ADMIN_SECRET, NURSE_SECRET

BLOCKING = Caution(kind="negation", detail="原话有否定，译文没有", blocking=True)


def blocked(language: str = "ru") -> Intake:
    """Return an intake whose translation has a warning that blocks signing."""
    intake = typed(language)
    translations = (replace(intake.translations[0], warnings=(BLOCKING,)), *intake.translations[1:])
    note = replace(intake.note, warnings=(*intake.note.warnings, BLOCKING))
    return replace(intake, translations=translations, note=note)


def confirmed(intake: Intake, *verdicts: Confirmation) -> Intake:
    """Return an intake of an interview in which these facts were read back."""
    at = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
    return replace(intake, interview=Interview(version="1", started_at=at, ended_at=at, confirmations=verdicts))


@pytest.mark.parametrize("language", SENTENCES)
def test_behind_every_line_stand_the_patients_words_and_their_chinese(language: str) -> None:
    seen = review.assess(typed(language))
    said = seen.intake.utterances[0].text
    for row in rows.of(seen):
        if row.kind not in ("item", "utterance", "flag"):
            continue
        pieces = details.of(row, seen, UTC)
        words = next(piece for piece in pieces if piece.text == said)
        assert words.rtl is (language == "ug")
        assert any(piece.text == seen.intake.translations[0].zh for piece in pieces)


def test_both_translations_the_uncovered_words_the_warnings_and_how_sure_it_is() -> None:
    intake = blocked()
    first = intake.translations[0]
    neural = TranslationSpan(
        zh="头痛三天", channel="neural", engine="nllb@1", start=0, end=9, verified="头痛3天", back="голова болит"
    )
    heard = replace(intake.utterances[0], mode="transcript", score=0.87, engine="whisper@base", start_s=1.5, end_s=4.0)
    intake = replace(
        intake,
        utterances=(heard, *intake.utterances[1:]),
        translations=(replace(first, channel="neural", spans=(neural,)), *intake.translations[1:]),
    )
    seen = review.assess(intake)
    finding = next(row for row in rows.of(seen) if row.kind == "item" and "头痛" in row.text)
    text = "\n".join(piece.text for piece in details.of(finding, seen, UTC))
    for expected in (
        "规则译文\n头痛3天",
        "机器译文〖机译〗\n头痛三天",
        "回译：голова болит",
        "原话有否定，译文没有",
        "识别把握 87%",
        "whisper@base",
        "1.5–4.0 秒",
        "未经母语临床人员审定",
        "未确认",
    ):
        assert expected in text, expected


def test_what_the_patient_said_when_it_was_read_back() -> None:
    heard, _ = spoken(typed("ru"), (0.5, 3.0))
    verdicts = (
        Confirmation(path="findings/0", verdict="rejected"),
        Confirmation(path="findings/1", verdict="confirmed"),
        Confirmation(path="allergies/0", verdict="confirmed"),
    )
    seen = review.assess(confirmed(heard, *verdicts))
    standing = {line.path: line.standing for line in seen.lines}
    assert standing["findings/0"] == "rejected"
    assert standing["findings/1"] == "denied"
    assert standing["allergies/0"] == "confirmed"
    assert [each.key for each in seen.open if each.kind == "rejected"] == ["findings/0"]


async def test_a_line_that_the_patient_rejected_blocks_until_it_is_decided(station: Station) -> None:
    heard, recording = spoken(typed("ru"), (0.5, 3.0))
    station.send(confirmed(heard, Confirmation(path="findings/0", verdict="rejected")), recording)
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        assert "患者否认此条" in shown(app)
        assert screen.query_one(Rows).chosen == "findings/0"
        await pilot.press("s")
        assert isinstance(app.screen, ChooseDialog)
        await pilot.press("enter")
        await pilot.press("z")
        await pilot.press("4")
        await until(pilot, lambda: app.screen is screen)
        assert not screen.seen.open
        assert "头痛" not in screen.seen.note.chief_complaint


async def test_correct_a_field_by_its_kind_and_undo_it(station: Station) -> None:
    name = station.send(typed("ru"))
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        before = screen.seen.note
        await go(pilot, screen, "症状 头痛")
        await pilot.press("enter")
        form = app.screen
        assert isinstance(form, RecordForm)
        form.query_one("#duration", Input).value = "三天"
        form.query_one("#nrs", Input).value = "11"
        await pilot.press("ctrl+s")
        assert app.screen is form
        assert "持续时间请写成" in shown(app)
        form.query_one("#duration", Input).value = "约2-3周"
        await pilot.press("ctrl+s")
        assert "0–10" in shown(app)
        form.query_one("#nrs", Input).value = "6"
        form.query_one("#character", Input).value = "刺痛、搏动性"
        form.query_one("#laterality", Cycle).focus()
        await pilot.press("right")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is screen)
        finding = screen.seen.note.findings[0]
        assert finding.duration is not None
        assert (finding.duration.value, finding.duration.value_high, finding.duration.unit) == (2, 3, "wk")
        assert (finding.duration.approximate, finding.nrs, finding.laterality) == (True, 6, "左")
        assert finding.character == ("刺痛", "搏动性")
        assert len(screen.seen.decisions) == 4
        row = next(each for each in screen.rows if each.key == "findings/0")
        assert row.mark == "✎"
        assert "原文：头痛3天" in shown(app)
        for _ in range(4):
            await pilot.press("u")
        assert screen.seen.note == before
        await pilot.press("u")
        assert "没有可以撤销" in status(app)
    stored = station.store.open(station.bench.nurse, name)
    assert len(stored.decisions) == 8  # undoing is added, too
    assert stored.intake.note == typed("ru").note


async def test_confirm_and_change_a_status(station: Station) -> None:
    heard, recording = spoken(typed("ru"), (0.5, 3.0))
    station.send(heard, recording)
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)

        def standing(path: str) -> str:
            return next(line.standing for line in screen.seen.lines if line.path == path)

        await go(pilot, screen, "症状 头痛")
        assert standing("findings/0") == "unconfirmed"
        await pilot.press("c")
        assert standing("findings/0") == "confirmed"
        await pilot.press("z")
        await pilot.press("2")
        await until(pilot, lambda: app.screen is screen)
        assert standing("findings/0") == "denied"
        await pilot.press("z")
        await pilot.press("4")
        await until(pilot, lambda: app.screen is screen)
        assert standing("findings/0") == "not_mentioned"
        await pilot.press("c")
        assert "已从病历移除" in status(app)
        await go(pilot, screen, "体征")
        await pilot.press("z")
        assert app.screen is screen
        assert "请先选中" in status(app)


async def test_add_from_the_lexicon_by_pinyin_and_from_ones_own_words(station: Station) -> None:
    station.send(typed("ru"))
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        await pilot.press("a")
        assert isinstance(app.screen, TermDialog)
        await write(pilot, "ks")
        await until(pilot, lambda: "咳嗽" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        added = screen.seen.note.findings[-1]
        assert (added.code, added.name, added.evidence) == ("cough", "咳嗽", ())
        assert screen.query_one(Rows).chosen == "findings/+1"
        assert "由护士添加" in shown(app)
        await pilot.press("a", "ctrl+right", "ctrl+right")
        await write(pilot, "祖传偏方")
        await until(pilot, lambda: "词表外" in shown(app))
        rows_ = app.screen.query_one(Rows)
        await pilot.press(*["down"] * (rows_.option_count - 1))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert screen.seen.note.medications[-1].name == "祖传偏方"


async def test_another_term_changes_code_and_name_and_keeps_the_evidence(station: Station) -> None:
    station.send(typed("ru"))
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        evidence = screen.seen.note.findings[0].evidence
        await go(pilot, screen, "症状 头痛")
        await pilot.press("w")
        await write(pilot, "头晕")
        await until(pilot, lambda: "头晕" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        finding = screen.seen.note.findings[0]
        assert (finding.code, finding.name, finding.evidence) == ("dizziness", "头晕", evidence)
        assert finding.duration is not None


async def test_vitals_with_their_ranges(station: Station) -> None:
    station.send(typed("ru"))
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        await pilot.press("v")
        form = app.screen
        assert isinstance(form, VitalsForm)
        for value, said in (("99", "体温应在 25–45"), ("热", "体温应为数字")):
            form.query_one("#temperature_c", Input).value = value
            await pilot.press("ctrl+s")
            assert said in shown(app)
        form.query_one("#temperature_c", Input).value = "38.5"
        form.query_one("#systolic", Input).value = "80"
        form.query_one("#diastolic", Input).value = "120"
        await pilot.press("ctrl+s")
        assert "收缩压应高于舒张压" in shown(app)
        form.query_one("#systolic", Input).value = "120"
        form.query_one("#diastolic", Input).value = "80"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is screen)
        assert screen.seen.vitals == Vitals(temperature_c=38.5, systolic=120, diastolic=80)
        assert "体温38.5℃，血压120/80mmHg" in screen.seen.note.text
        await pilot.press("v")
        form = app.screen
        form.query_one("#pulse", Input).value = "96"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is screen)
        assert screen.seen.vitals.pulse == 96
        assert screen.seen.decisions[-1].body == AddVitals(vitals=Vitals(pulse=96))


async def test_the_complaint_the_person_and_a_pregnancy(station: Station) -> None:
    station.send(typed("ru"))
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        await go(pilot, screen, "主诉")
        await pilot.press("enter")
        form = app.screen
        assert isinstance(form, ComplaintForm)
        field = form.query_one(Input)
        field.value = ""
        await pilot.press("ctrl+s")
        assert "不能为空" in shown(app)
        field.value = "头痛4天"
        await pilot.press("escape")
        assert app.screen is form  # what was typed is not lost by one key
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert screen.seen.note.chief_complaint == "头痛4天"
        await go(pilot, screen, "患者")
        await pilot.press("enter")
        app.screen.query_one("#sex", Cycle).place = 2
        app.screen.query_one("#age_years", Input).value = "0.25"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is screen)
        assert (screen.seen.note.person.sex, screen.seen.note.person.age_years) == ("female", 0.25)
        assert "女 3个月" in shown(app)
        await go(pilot, screen, "妊娠")
        await pilot.press("enter")
        assert isinstance(app.screen, PregnancyForm)
        app.screen.query_one("#weeks", Input).value = "28"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is screen)
        assert screen.seen.note.pregnancy is not None
        assert screen.seen.note.pregnancy.weeks == 28


@dataclass
class KeptVoice:
    """A voice that keeps what it was to say."""

    said: list[tuple[str, str, str]] = field(default_factory=list)
    stops: int = 0

    def speakable(self, language: str) -> bool:
        return language == "ug"

    def say(self, text: str, language: str, *, key: str = "") -> None:
        self.said.append((text, language, key))

    def stop(self) -> None:
        self.stops += 1


async def test_a_question_is_asked_again_on_the_patients_own_screen(station: Station) -> None:
    encounter = station.send(typed("ug"))
    voice = KeptVoice()
    app = station.app(voice=voice)
    async with app.run_test(size=(100, 40)) as pilot:
        screen = await open_first(pilot)
        await pilot.press("R")  # as the manual prints it
        await until(pilot, lambda: isinstance(app.screen, ChooseDialog))
        await go_to_choice(pilot, "过敏")
        await until(pilot, lambda: "重问患者：过敏（" in shown(app) and app.screen is screen)
        assert screen.row is not None
        assert screen.row.key == f"wanted/{screen.seen.wanted[-1].number}", "Enter is what comes next"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TapScreen))
        sentence = prompts.load("ug").questions["allergies"]
        assert sentence in shown(app)
        assert voice.said == [(sentence, "ug", "allergies")]
        await pilot.press("full_stop")
        await until(pilot, lambda: len(voice.said) == 2)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TapScreen))
        await pilot.press("backspace")
        await until(pilot, lambda: app.screen is screen)
        assert screen.seen.wanted, "no answer: it is still to be asked"
        assert voice.stops
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TapScreen))
        assert isinstance(app.screen, TapScreen)
        penicillin = [each.phrase_id for each in app.screen.phrases].index("allergy_penicillin") + 1
        await pilot.press(str(penicillin), "0")
        await until(pilot, lambda: app.screen is screen and screen.seen.revision == 2)
        assert not screen.seen.wanted
        assert "青霉素" in screen.seen.note.text
        assert "患者已回答" in status(app)
        assert screen.row is not None
        assert screen.row.utterance is not None
        assert screen.row.utterance.question == "allergies"
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, HistoryDialog))
        assert "请求已完成" in shown(app)
    kept = station.store.open(station.bench.nurse, encounter)
    assert (kept.revision, len(kept.wanted)) == (2, 0)
    assert kept.intake.utterances[0] == typed("ug").utterances[0]


async def go_to_choice(pilot: Pilot[None], words: str) -> None:
    """Choose what begins with these words."""
    rows = pilot.app.screen.query_one(Rows)
    place = next(n for n, each in enumerate(rows.options) if words in str(each.prompt))
    rows.highlighted = place
    await pilot.press("enter")


async def test_ask_for_an_interpreter_and_for_a_question_again(station: Station) -> None:
    station.send(typed("ru"))
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        await pilot.press("i")
        assert "请口译员到场" in shown(app)
        await pilot.press("r")
        assert isinstance(app.screen, ChooseDialog)
        await pilot.press("2")
        await until(pilot, lambda: app.screen is screen)
        assert isinstance(screen.seen.wanted[-1].body, RepeatQuestion)
        assert screen.seen.wanted[-1].body.question == "sex"
        await go(pilot, screen, "请口译员到场")
        await pilot.press("enter")
        await until(pilot, lambda: "请口译员到场" not in shown(app))
        await pilot.press("u")
        await until(pilot, lambda: "请口译员到场" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        await until(pilot, lambda: "口译员" in shown(app))
        assert "口译员 重问" in shown(app)


async def test_play_exactly_the_seconds_behind_a_field(station: Station) -> None:
    intake, recording = spoken(typed("ru"), (1.25, 3.5))
    station.send(intake, recording)
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        await go(pilot, screen, "症状 头痛")
        await pilot.press("p")
        await until(pilot, lambda: station.player.played)
        (played,) = station.player.played
        wanted = recording.samples[round(1.25 * SAMPLE_RATE) : round(3.5 * SAMPLE_RATE)]
        np.testing.assert_array_equal(audio.to_pcm16(played), audio.to_pcm16(wanted))
        assert "1.2–3.5 秒" in status(app)
        await pilot.press("space")
        assert station.player.stops[0].is_set()
        await go(pilot, screen, "体征")
        await pilot.press("p")
        assert "没有录音" in status(app)
        station.player.broken = True
        await go(pilot, screen, "原话1")
        await pilot.press("enter")  # of the patient's own words, listening is what is usual
        await until(pilot, lambda: "没有可用的扬声器" in status(app))


async def test_a_field_with_two_utterances_behind_it_plays_both_and_nothing_between(station: Station) -> None:
    first, second = typed("en", "I have had a headache for three days."), typed("en", "My headache is severe.")
    said = replace(second.utterances[0], id="u2")
    chinese = replace(second.translations[0], utterance_id="u2")
    from kiosk import lexicon, note

    both = (*first.utterances, said)
    written = note.write(both, (*first.translations, chinese), lexicon=lexicon.load("en"))
    whole = replace(first, utterances=both, translations=(*first.translations, chinese), note=written)
    intake, recording = spoken(whole, (0.5, 1.5), (4.0, 4.75))
    station.send(intake, recording)
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        row = next(each for each in screen.rows if each.kind == "item" and len(each.evidence) == 2)
        screen.query_one(Rows).choose(row.key)
        await pilot.press("p")
        await until(pilot, lambda: station.player.played)
        (played,) = station.player.played
        cut = [
            recording.samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
            for start, end in ((0.5, 1.5), (4.0, 4.75))
        ]
        np.testing.assert_array_equal(audio.to_pcm16(played), audio.to_pcm16(np.concatenate(cut)))


async def test_a_blocked_note_cannot_be_signed_before_everything_is_decided(station: Station) -> None:
    intake = blocked("en")
    assert intake.note.red_flags
    station.send(intake)
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        assert f"须处理 {len(screen.seen.open)} 项" in shown(app)
        await pilot.press("s")
        assert isinstance(app.screen, ChooseDialog)
        assert "原话有否定" in shown(app)
        await pilot.press("escape")
        flags = [row for row in screen.rows if row.kind == "flag"]
        for row in flags:
            screen.query_one(Rows).choose(row.key)
            await pilot.press("enter")
        assert all(each.seen_by is not None for each in screen.seen.flags)
        await pilot.press("g")
        assert screen.row is not None
        assert screen.row.kind == "warning"
        await pilot.press("enter")
        await pilot.press("2")
        await until(pilot, lambda: not screen.seen.open)
        assert isinstance(screen.seen.decisions[-1].body, SettleWarning)
        await pilot.press("s")
        assert isinstance(app.screen, SignDialog)


async def test_sign_with_the_secret_again(station: Station) -> None:
    name = station.send(typed("ru"))
    woken: list[str] = []  # what the store says when the courier is told to come
    app = station.app(signed=lambda: woken.append(station.store.open(station.bench.nurse, name).state))
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        assert "草稿：未经护士审核签名" in shown(app)
        await pilot.press("s")
        assert isinstance(app.screen, SignDialog)
        assert "草稿" in shown(app)
        assert "主诉：头痛3天" in shown(app)
        await write(pilot, "a wrong secret")
        await pilot.press("enter")
        assert "不对" in shown(app)
        assert station.store.open(station.bench.nurse, name).state == "waiting"
        assert not woken
        await write(pilot, NURSE_SECRET)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert screen.seen.state == "signed"
        assert woken == ["signed"]
        assert "草稿" not in shown(app)
        assert "已签名：王芳" in shown(app)
        await pilot.press("s")
        assert "已经签名" in status(app)
        await pilot.press("n")
        assert isinstance(app.screen, TextDialog)
        assert "审核签名：王芳" in shown(app)
        assert "草稿" not in shown(app)
        await pilot.press("escape")
        await pilot.press("i")  # a decision after signing makes it a draft again
        assert "签名后又有修改" in shown(app)
    assert ("wang.fang", "sign") in station.log()


async def test_draft_stands_on_every_page_of_an_unsigned_note_and_help_everywhere(station: Station) -> None:
    station.send(typed("ru"))
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        await go(pilot, screen, "症状 头痛")
        for key in ("enter", "n", "h", "x", "a", "v", "r", "s", "z"):
            await pilot.press(key)
            await until(pilot, lambda: app.screen is not screen)
            assert "草稿：未经护士审核签名" in shown(app), key
            await pilot.press("f1")
            assert HelpScreen in {type(each) for each in app.screen_stack}, key
            await pilot.press("escape", "escape")
            assert app.screen is screen, key


async def test_the_history_says_who_when_before_and_after_and_takes_back_any_step(station: Station) -> None:
    station.send(typed("ru"))
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        await go(pilot, screen, "主诉")
        await pilot.press("enter")
        app.screen.query_one(Input).value = "头痛4天"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is screen)
        station.time.pass_(minutes=3)
        await pilot.press("i")
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, HistoryDialog))
        text = shown(app)
        for expected in ("患者机", "第1次转写", "王芳", "第1步 更正", "头痛3天 → 头痛4天", "08:00", "08:03", "口译员"):
            assert expected in text, expected
        await pilot.press("up")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert screen.seen.note.chief_complaint == "头痛3天"
        assert screen.seen.wanted  # the later step stays
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, HistoryDialog))
        assert "（已撤销）" in shown(app)


async def test_two_nurses_on_one_note(station: Station) -> None:
    name = station.send(typed("ru"))
    app = station.app()
    async with app.run_test() as pilot:
        screen = await open_first(pilot)
        seen = station.store.open(station.bench.nurse, name)
        station.store.decide(station.bench.nurse, name, seen, AddVitals(vitals=Vitals(pulse=80)))
        await pilot.press("i")
        assert "别人刚刚改了" in status(app)
        assert screen.seen.vitals.pulse == 80
        await pilot.press("i")
        assert screen.seen.wanted


async def test_erase_on_request_takes_an_administrator(station: Station) -> None:
    name = station.send(typed("ru"))
    app = station.app()
    async with app.run_test() as pilot:
        await open_first(pilot)
        await pilot.press("delete")
        assert isinstance(app.screen, EraseDialog)
        for who, secret in (("wang.fang", NURSE_SECRET), ("admin", ADMIN_SECRET)):
            app.screen.query_one("#name", Input).value = who
            app.screen.query_one("#secret", Input).focus()
            await pilot.pause()
            await write(pilot, secret)
            await pilot.press("enter")
            if who == "wang.fang":
                assert "不能做这件事" in shown(app)
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        assert "没有待审的记录" in shown(app)
    assert ("admin", "erase") in station.log()
    with pytest.raises(AccessError):
        station.store.open(replace(station.bench.nurse, token="x"), name)


async def test_an_administrator_looks_and_does_not_decide(station: Station) -> None:
    station.send(typed("ru"))
    app = station.app()
    async with app.run_test() as pilot:
        await log_in(pilot, "admin", ADMIN_SECRET)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        screen = app.screen
        for key in ("enter", "c", "z", "a", "v", "i", "r", "u", "s", "e", "w"):
            await pilot.press(key)
            assert app.screen is screen, key
            assert "审核和签名由护士账号完成" in status(app), key


async def test_the_mouse_reaches_everything(station: Station) -> None:
    station.send(typed("ru"))
    app = station.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await open_first(pilot)
        await until(pilot, lambda: screen.query("FooterKey"))  # the foot is drawn anew when the focus moves
        await pilot.click("FooterKey")  # the first one: help
        await until(pilot, lambda: app.screen is not screen)
        rows_ = app.screen.query_one(Rows)
        keys = [str(option.prompt.columns[1]._cells[0]) for option in rows_.options]  # type: ignore[union-attr]
        assert {"请口译员", "修改历史", "病历全文", "按患者要求抹除"} <= set(keys)
        await pilot.click(rows_, offset=(5, keys.index("病历全文")))
        await until(pilot, lambda: isinstance(app.screen, TextDialog))


def test_evidence_without_audio_has_no_seconds() -> None:
    seen: Review = review.assess(typed("ru"))
    assert rows.spans(seen.intake, seen.lines[0].evidence) == ()
