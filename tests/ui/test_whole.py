"""From the first screen to the ticket, every question answered: by voice, by keys alone, by mouse alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from textual.pilot import Pilot

from kiosk import audio, phrasebook, prompts, resources, settings
from kiosk.capture.devices import ClipSource
from kiosk.engines.scripted import ScriptedDetector, ScriptedRecognizer, ScriptedScorer, said
from kiosk.intakes import FolderOutbox
from kiosk.phrases import Candidate, Norms
from kiosk.recognition import SAMPLE_RATE, Check, Hypothesis, Samples, never
from kiosk.station.commands import StartListening
from kiosk.station.source import Engines, Source
from kiosk.ui.age import AgeScreen
from kiosk.ui.app import recorder
from kiosk.ui.ask import AskScreen
from kiosk.ui.asking import phrases_of
from kiosk.ui.choosing import ChoosingScreen, HeardScreen
from kiosk.ui.consent import ConsentScreen
from kiosk.ui.ending import EndScreen
from kiosk.ui.language import LanguageScreen
from kiosk.ui.readback import ReadBackScreen
from kiosk.ui.scale import ScaleScreen
from kiosk.ui.screens import PatientScreen, QuestionScreen
from kiosk.ui.tapping import GROUP, TapScreen, group
from kiosk.ui.trouble import TroubleScreen
from kiosk.ui.visit import KioskApp
from kiosk.ui.widgets import Chooser
from tests.ui.conftest import PLAIN_TERMINAL
from tests.ui.hands import Hand, Keys, Mouse
from tests.ui.walking import journals, sent, settled, start, until

AUDIO = resources.share("config") / "audio"
CODES = ("ug", "bo", "kk", "ru", "en")
WRITTEN = ("ru", "en")
"""Languages whose words the embedded model writes down; of the others it recognises phrases."""
CLIPS = {
    "ug": "ug/phrase_00.flac",
    "bo": "ug/phrase_01.flac",  # nobody has recorded Tibetan: what is said is scripted, that it is recorded is not
    "kk": "kk/issai_example_2.flac",
    "ru": "ru/asterisk_conf-full.flac",
    "en": "en/complaint_01.flac",
}
ANSWERS = {
    "who": "who_self",
    "sex": "male",
    "complaint": "headache",
    "since": "duration_3_days",
    "how_bad": "severity_4",
    "medicines": "medicine_blood_pressure",
    "allergies": "allergy_penicillin",
    "illnesses": "hypertension",
}
"""The phrase that answers a question; a yes/no question is answered with no, any other with its first phrase."""
AGE = 42
AGES = {"ru": "Мне 42 года", "en": "I am 42 years old"}


def answer_to(screen: QuestionScreen) -> str:
    """Return the phrase (or option) that answers the question."""
    question, language = screen.question, screen.display_in.language.code
    if question.id in ANSWERS:
        return ANSWERS[question.id]
    if question.kind == "yes_no":
        return "answer_no"
    return phrases_of(question, language)[0].phrase_id


class Ear:
    """What will be said next, for scripted engines to hear; the sound itself is a clip, recorded as always."""

    def __init__(self) -> None:
        self.phrase = ""
        self.words = ""

    def expect(self, language: str, phrase_id: str) -> None:
        """This phrase will be said; of an age, its words."""
        self.phrase = phrase_id
        known = {each.phrase_id: each.text for each in phrasebook.load(language)}
        self.words = known.get(phrase_id, phrase_id)


class Writes(ScriptedRecognizer):
    """Writes down what is said."""

    def __init__(self, ear: Ear) -> None:
        super().__init__((), languages=WRITTEN)
        self._ear = ear

    def recognize(self, samples: Samples, *, language: str, check: Check = never) -> Hypothesis:
        check()
        assert samples.size
        assert language in WRITTEN
        return said(self._ear.words)


class Knows(ScriptedScorer):
    """Knows which phrase is said."""

    def __init__(self, ear: Ear) -> None:
        super().__init__({}, languages=[code for code in CODES if code not in WRITTEN])
        self._ear = ear

    def score(
        self,
        samples: Samples,
        offered: Sequence[Candidate],
        norms: Norms,
        *,
        language: str,
        check: Check = never,
    ) -> NDArray[np.float32]:
        scores = super().score(samples, offered, norms, language=language, check=check)
        for place, each in enumerate(offered):
            scores[place] = 9.0 if each.phrase_id == self._ear.phrase else 0.0
        assert scores.any(), f"{self._ear.phrase} is no answer to what is asked"
        return scores


class Patient:
    """Goes through an interview with one hand, and with a voice if there is one.

    Args:
        ear: hears what is said; None for a patient who does not speak.
        record: agrees to be recorded.
    """

    def __init__(self, pilot: Pilot[None], language: str, hand: Hand, *, ear: Ear | None = None, record: bool) -> None:
        app = pilot.app
        assert isinstance(app, KioskApp)
        self.app = app
        self.asked: list[str] = []
        self.spoken: list[str] = []
        self._pilot = pilot
        self._language = language
        self._hand = hand
        self._ear = ear
        self._record = record

    async def arrive(self) -> EndScreen:
        """Answer everything from the language to the ticket."""
        await start(self._pilot)
        await self._choose(self._language)
        while not isinstance(screen := await settled(self._pilot), EndScreen):
            await self._answer(screen)
        await until(self._pilot, lambda: screen.sent or screen.has_class("-refused"))
        return screen

    async def _answer(self, screen: PatientScreen) -> None:
        if isinstance(screen, HeardScreen):
            await self._choose("right")
        elif isinstance(screen, ReadBackScreen):
            await self._judge(screen)
        elif isinstance(screen, ConsentScreen):
            await self._choose("agree" if screen.question.id == "use" or self._record else "refuse")
        elif isinstance(screen, QuestionScreen):
            if screen.question.id not in self.asked:
                self.asked.append(screen.question.id)
            if self._ear is not None and screen.speakable:
                await self._speak(screen, self._ear)
            else:
                await self._touch(screen)
        else:
            raise AssertionError(f"{screen} is no part of an interview")

    async def _judge(self, screen: ReadBackScreen) -> None:
        item = screen.item
        await self._hand.choose(self._pilot, "right")
        await until(self._pilot, lambda: self.app.shown is not screen or screen.item is not item)

    async def _speak(self, screen: QuestionScreen, ear: Ear) -> None:
        ear.expect(self._language, AGES[self._language] if isinstance(screen, AgeScreen) else answer_to(screen))
        self.spoken.append(screen.question.id)
        await self._hand.choose(self._pilot, "speak")
        # The clip may be over before anybody looks: the next thing to wait for is what was heard.
        await until(self._pilot, lambda: isinstance(self.app.shown, HeardScreen | TroubleScreen | ChoosingScreen))
        assert isinstance(self.app.shown, HeardScreen)

    async def _touch(self, screen: QuestionScreen) -> None:
        match screen:
            case AskScreen():
                await self._choose("touch_list")
            case AgeScreen():
                for digit in str(AGE):
                    await self._hand.choose(self._pilot, f"digit:{digit}")
                await self._choose("unit:a")
            case ScaleScreen():
                await self._choose(f"score:{answer_to(screen).removeprefix('severity_')}")
            case TapScreen():
                await self._tap(screen)
            case _:
                await self._choose(answer_to(screen))

    async def _tap(self, screen: TapScreen) -> None:
        wanted = answer_to(screen)
        chooser = screen.query_one(Chooser)
        if chooser.options[0].key.startswith(GROUP):
            phrase = next(each for each in screen.phrases if each.phrase_id == wanted)
            await self._hand.choose(self._pilot, f"{GROUP}{group(phrase)}")
            await until(self._pilot, lambda: any(each is not chooser for each in screen.query(Chooser)))
        if screen.question.single:
            await self._choose(wanted)
        else:
            await self._hand.choose(self._pilot, wanted)
            await until(self._pilot, lambda: wanted in screen.query_one(Chooser).chosen)
            await self._choose("next")

    async def _choose(self, key: str) -> None:
        """Choose, and wait until another screen is shown."""
        before = self.app.shown
        await self._hand.choose(self._pilot, key)
        await until(self._pilot, lambda: self.app.shown is not before)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where norms of phrases are kept: the same for all tests of the module."""
    return tmp_path_factory.mktemp("home")


def clip(language: str) -> Samples:
    """Return at most two seconds of the language's clip."""
    return audio.load(AUDIO / CLIPS[language], limits=settings.load().audio).samples[: 2 * SAMPLE_RATE]


def app_for(language: str, ear: Ear, folder: Path) -> tuple[KioskApp, list[Path]]:
    """Return an app that records clips, and the list of journals that it opens."""
    chosen = settings.load()
    chosen = chosen.model_copy(update={"site": chosen.site.model_copy(update={"languages": CODES})})
    samples = clip(language)
    opened: list[Path] = []
    record = recorder(lambda _asked: ClipSource(samples, realtime=False), chosen, folder / "recordings")

    def open_source(asked: StartListening) -> Source:
        source = record(asked)
        opened.append(source.path)
        return source

    app = KioskApp(
        chosen,
        make_engines=lambda: Engines(ScriptedDetector(), (Writes(ear),), (Knows(ear),)),
        open_source=open_source,
        outbox=FolderOutbox(folder / "intakes"),
        environment=PLAIN_TERMINAL,
        clock=lambda: 0.0,  # nobody is idle, however slow the machine is
        next_ticket=lambda: "17",
    )
    return app, opened


def arrived(folder: Path) -> dict[str, Any]:
    """Return the note that arrived, after looking that it holds what every way of answering gives."""
    (path,) = sent(folder / "intakes")
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    note, kept = document["note"], document["interview"]
    assert note["chief_complaint"] == "头痛3天"
    assert (note["person"]["age_years"], note["person"]["sex"]) == (AGE, "male")
    assert note["findings"][0]["nrs"] == 4
    assert {each["code"] for each in note["findings"] if each["status"] == "denied"} >= {"stiff_neck", "blurred_vision"}
    assert note["medications"]
    assert note["allergies"]
    assert note["history"]
    assert (kept["ticket"], kept["ended"]) == ("17", "complete")
    assert {each["outcome"] for each in kept["answers"]} == {"answered"}
    assert kept["confirmations"]
    assert {each["verdict"] for each in kept["confirmations"]} == {"confirmed"}
    assert not journals(folder / "recordings")
    return document


def five(quick: str) -> list[Any]:
    """Return the languages as parameters; all but one are slow."""
    return [code if code == quick else pytest.param(code, marks=pytest.mark.slow) for code in CODES]


@pytest.mark.parametrize("language", five("bo"))
async def test_by_voice(language: str, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever can be spoken is spoken; the rest, consent and sex, by keys."""
    monkeypatch.setenv("KIOSK_HOME", str(home))
    ear = Ear()
    app, opened = app_for(language, ear, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        patient = Patient(pilot, language, Keys(), ear=ear, record=True)
        end = await patient.arrive()
        assert prompts.load(language).sent in end.aloud()
        document = arrived(tmp_path)
        not_spoken = {"sex"} if language in WRITTEN else {"sex", "age"}
        assert {*patient.asked} - {*patient.spoken} == not_spoken
        assert len(opened) == len(patient.spoken)
        assert document["audio"]["duration_s"] == pytest.approx(
            clip(language).size / SAMPLE_RATE * len(opened), abs=0.05
        )
        spoken = [each for each in document["utterances"] if each["mode"] != "tap"]
        assert {each["mode"] for each in spoken} == {"transcript" if language in WRITTEN else "phrase"}
        assert {each["question"] for each in spoken} == {*patient.spoken}


@pytest.mark.parametrize("language", five("ug"))
async def test_by_keys_alone(language: str, tmp_path: Path) -> None:
    app, opened = app_for(language, Ear(), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await Patient(pilot, language, Keys(), record=False).arrive()
        document = arrived(tmp_path)
        assert not opened
        assert document["audio"] is None
        await pilot.press("0")
        await app.reached(LanguageScreen)


@pytest.mark.parametrize("language", five("kk"))
async def test_by_mouse_alone(language: str, tmp_path: Path) -> None:
    """The microphone may be used, and is not: each list is chosen instead."""
    app, opened = app_for(language, Ear(), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await Patient(pilot, language, Mouse(), record=True).arrive()
        arrived(tmp_path)
        assert not opened
        await pilot.click("#next_person")
        await app.reached(LanguageScreen)
