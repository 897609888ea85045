"""Questions and answers read aloud: never in the way, never remembered, never failing."""

from __future__ import annotations

import logging
import shutil
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile

from kiosk import engines, models, resources, settings, speech
from kiosk.capture.devices import PortAudioPlayer
from kiosk.engines.espeak import EspeakSynthesizer
from kiosk.engines.sherpa_voice import SherpaSynthesizer
from kiosk.errors import DeviceError, EngineError, KioskError, ModelError
from kiosk.models.records import Model
from kiosk.recognition import Check, never
from kiosk.speech import Silent, Sound, Speaker, Voice
from tests import tiny_voice

SETTINGS = settings.load()
needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


class Loudspeaker:
    """Plays until it is stopped, or at once when ``short``."""

    def __init__(self, *, short: bool = True, error: KioskError | None = None) -> None:
        self.played: list[Sound] = []
        self.began = threading.Event()
        self._short = short
        self._error = error

    def play(self, sound: Sound, *, stopped: threading.Event) -> None:
        if self._error is not None:
            raise self._error
        self.played.append(sound)
        self.began.set()
        if not self._short:
            assert stopped.wait(10)


class Tones:
    """Speaks a text as so many samples as it has letters."""

    def __init__(self, *codes: str, error: KioskError | None = None) -> None:
        self.languages = frozenset(codes)
        self.made: list[str] = []
        self._error = error

    @property
    def engine(self) -> str:
        return "tones@1"

    def synthesize(self, text: str, *, language: str, check: Check) -> Sound:  # noqa: ARG002
        check()
        if self._error is not None:
            raise self._error
        self.made.append(text)
        return Sound(np.ones(len(text), np.float32), 16000)


def said(*texts: tuple[str, str], synthesizers: tuple[Tones, ...], key: str = "") -> tuple[Loudspeaker, Speaker]:
    """Say the texts one after the other, each to its end."""
    loudspeaker, done = Loudspeaker(), threading.Semaphore(0)
    speaker = Speaker(synthesizers, loudspeaker, limits=SETTINGS.audio, finished=done.release)
    for text, language in texts:
        speaker.say(text, language, key=key)
        assert done.acquire(timeout=10)
    speaker.close()
    return loudspeaker, speaker


def test_the_first_that_speaks_the_language_speaks() -> None:
    own, general = Tones("bo"), Tones("bo", "ru")
    loudspeaker, speaker = said(("abc", "bo"), ("abcd", "ru"), synthesizers=(own, general))
    assert (own.made, general.made) == (["abc"], ["abcd"])
    assert [sound.samples.size for sound in loudspeaker.played] == [3, 4]
    assert speaker.speakable("ru")
    assert not speaker.speakable("mn")


def test_prompts_are_made_once_and_what_patients_said_is_kept_nowhere() -> None:
    tones = Tones("en")
    _, speaker = said(("Where does it hurt?", "en"), ("Where does it hurt?", "en"), synthesizers=(tones,), key="where")
    assert tones.made == ["Where does it hurt?"]
    _, speaker = said(("my chest hurts", "en"), ("my chest hurts", "en"), synthesizers=(tones := Tones("en"),))
    assert tones.made == ["my chest hurts"] * 2
    assert "chest" not in repr(vars(speaker))


def test_asking_again_cuts_off_what_is_being_said() -> None:
    loudspeaker = Loudspeaker(short=False)
    speaker = Speaker((Tones("en"),), loudspeaker, limits=SETTINGS.audio)
    speaker.say("one", "en")
    assert loudspeaker.began.wait(10)
    loudspeaker.began.clear()
    speaker.say("three", "en")
    assert loudspeaker.began.wait(10)
    speaker.close()
    assert [sound.samples.size for sound in loudspeaker.played] == [3, 5]


def test_what_was_stopped_before_its_turn_is_never_said() -> None:
    loudspeaker = Loudspeaker(short=False)
    tones = Tones("en")
    speaker = Speaker((tones,), loudspeaker, limits=SETTINGS.audio)
    speaker.say("one", "en")
    assert loudspeaker.began.wait(10)
    speaker.say("two", "en")
    speaker.say("three", "en")
    speaker.stop()
    speaker.close()
    assert set(tones.made) <= {"one", "two", "three"}
    assert len(loudspeaker.played) <= 2


@pytest.mark.parametrize(
    ("loudspeaker", "tones"),
    [
        (Loudspeaker(error=DeviceError("no loudspeaker")), Tones("en")),
        (Loudspeaker(), Tones("en", error=EngineError("broken"))),
    ],
)
def test_a_voice_that_fails_takes_nothing_away(
    loudspeaker: Loudspeaker, tones: Tones, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        speaker = Speaker((tones,), loudspeaker, limits=SETTINGS.audio)
        speaker.say("my chest hurts", "en")
        speaker.say("my head hurts", "en")
        speaker.close()
    assert "hurts" not in caplog.text


def test_a_recorded_prompt_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "prompts" / "bo"
    folder.mkdir(parents=True)
    soundfile.write(folder / "done.flac", np.full(16000, 0.25, np.float32), 16000)
    monkeypatch.setattr(resources, "share", lambda _name: tmp_path)
    tones = Tones("en")
    loudspeaker, speaker = said(("whatever", "bo"), synthesizers=(tones,), key="done")
    assert loudspeaker.played[0].samples.size == 16000
    assert tones.made == []
    assert speaker.speakable("bo")
    assert speech.recordings("bo") == 1
    assert speech.recording("bo", "other") is None


def test_silence_is_a_voice_too() -> None:
    voice: Voice = Silent()
    voice.say("anything", "en")
    voice.stop()
    assert not voice.speakable("en")


@needs_espeak
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ug", "سۆزلەڭ"),
        ("kk", "сөйлеңіз"),
        ("kk", "سويلەڭىز"),
        ("ru", "говорите"),
        ("en", "please speak"),
        ("zh", "请说话"),
    ],
)
def test_espeak_speaks(language: str, text: str) -> None:
    voice = EspeakSynthesizer(SETTINGS.voice)
    sound = voice.synthesize(text, language=language, check=never)
    assert 0.3 < sound.samples.size / sound.rate < 5
    assert 0.05 < np.abs(sound.samples).max() <= 1
    assert voice.engine.startswith("espeak@1")


@needs_espeak
def test_both_scripts_of_kazakh_sound_the_same() -> None:
    voice = EspeakSynthesizer(SETTINGS.voice)
    one, other = (voice.synthesize(text, language="kk", check=never) for text in ("басым", "باسىم"))
    assert one.samples.size == other.samples.size


@needs_espeak
def test_slower_words_take_longer() -> None:
    slow, fast = (
        EspeakSynthesizer(SETTINGS.voice.model_copy(update={"words_per_minute": pace})).synthesize(
            "where does it hurt", language="en", check=never
        )
        for pace in (100, 250)
    )
    assert slow.samples.size > 1.3 * fast.samples.size


def test_without_espeak_nothing_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    voice = EspeakSynthesizer(SETTINGS.voice)
    assert voice.languages == frozenset()
    with pytest.raises(ModelError, match="apt-get install espeak-ng"):
        voice.synthesize("hello", language="en", check=never)


@pytest.fixture
def tibetan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Model:
    """A voice of the site's own, in its registry."""
    from kiosk.models import model_store

    monkeypatch.setenv("KIOSK_HOME", str(tmp_path / "home"))
    folder = tmp_path / "stick" / "mms-bod"
    tiny_voice.write(folder, "གང་ནདུཟ")
    model_store.add(folder, name="mms-bod", engine="vits", codes=["bo"], licence="Apache-2.0")
    return models.get("mms-bod")


def test_a_voice_that_a_site_adds(tibetan: Model, capfd: pytest.CaptureFixture[str]) -> None:
    voice = SherpaSynthesizer(tibetan, SETTINGS.voice)
    sound = voice.synthesize("ནད་གང", language="bo", check=never)
    letters_and_pause = 5 + 1  # sherpa-onnx ends each sentence
    assert (sound.rate, sound.samples.size) == (tiny_voice.RATE, letters_and_pause * tiny_voice.LETTER)
    # What it cannot read is left out, and neither said nor printed.
    assert voice.synthesize("ནxད་yགང", language="bo", check=never).samples.size == sound.samples.size
    with pytest.raises(EngineError, match="can read nothing"):
        voice.synthesize("secret", language="bo", check=never)
    assert "secret" not in "".join(capfd.readouterr())


def test_the_site_says_which_voices(tibetan: Model) -> None:
    chosen = SETTINGS.model_copy(update={"voice": SETTINGS.voice.model_copy(update={"models": (tibetan.name,)})})
    assert engines.synthesizers(chosen)[0].languages == {"bo"}
    silent = SETTINGS.model_copy(update={"voice": SETTINGS.voice.model_copy(update={"on": False})})
    assert engines.synthesizers(silent) == ()
    wrong = SETTINGS.model_copy(update={"voice": SETTINGS.voice.model_copy(update={"models": ("whisper-base",)})})
    with pytest.raises(ModelError, match=r"\[voice\] models"):
        engines.synthesizers(wrong)


def test_a_voice_without_its_letters_is_refused(tibetan: Model) -> None:
    (tibetan.location / "tokens.txt").unlink()
    with pytest.raises(ModelError):
        SherpaSynthesizer(tibetan, SETTINGS.voice).synthesize("ནད", language="bo", check=never)


class FakeOutput(ModuleType):
    """sounddevice as far as playing uses it: a card that keeps what it is given, or has gone."""

    class PortAudioError(Exception):
        pass

    def __init__(self, *, gone: bool = False) -> None:
        super().__init__("sounddevice")
        self.gone = gone
        self.opened: list[dict[str, Any]] = []
        self.pieces: list[np.ndarray[Any, Any]] = []
        self.aborted = False
        self.stop_after: tuple[int, threading.Event] | None = None

    def OutputStream(self, **options: Any) -> FakeOutput:  # noqa: N802 - sounddevice's own name
        if self.gone:
            raise self.PortAudioError("Invalid device")
        self.opened.append(options)
        return self

    def __enter__(self) -> FakeOutput:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def write(self, piece: np.ndarray[Any, Any]) -> None:
        self.pieces.append(piece)
        if self.stop_after is not None and len(self.pieces) == self.stop_after[0]:
            self.stop_after[1].set()

    def abort(self) -> None:
        self.aborted = True


def test_the_loudspeaker_plays_every_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeOutput()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    sound = Sound(np.linspace(-1, 1, 22050, dtype=np.float32), 22050)
    PortAudioPlayer("USB").play(sound, stopped=threading.Event())
    assert np.array_equal(np.concatenate(fake.pieces)[:, 0], sound.samples)
    assert (fake.opened[0]["device"], fake.opened[0]["samplerate"], fake.opened[0]["channels"]) == ("USB", 22050, 1)
    PortAudioPlayer("3").play(sound, stopped=threading.Event())
    PortAudioPlayer().play(sound, stopped=threading.Event())
    assert [each["device"] for each in fake.opened[1:]] == [3, None]


def test_the_loudspeaker_falls_silent_when_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    fake, stopped = FakeOutput(), threading.Event()
    fake.stop_after = (3, stopped)
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    PortAudioPlayer().play(Sound(np.zeros(160_000, np.float32), 16000), stopped=stopped)
    assert len(fake.pieces) == 3
    assert fake.aborted


def test_a_loudspeaker_that_is_gone_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", FakeOutput(gone=True))
    with pytest.raises(DeviceError, match=r"voice\.device"):
        PortAudioPlayer().play(Sound(np.zeros(100, np.float32), 16000), stopped=threading.Event())
