"""espeak-ng as a voice: a formant synthesiser that speaks a hundred languages, as a process of its own.

The text goes through standard input, never through the arguments, which every user of the machine can read. It speaks
Uyghur, Kazakh, Kyrgyz, Uzbek, Russian, Urdu, Turkish, English and Chinese; no Tibetan, Mongolian or Tajik.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import threading
import wave
from functools import cache

import numpy as np

from kiosk import languages
from kiosk.errors import EngineError, ModelError
from kiosk.lexicon import CONVERTERS
from kiosk.recognition import Check
from kiosk.settings import Voice
from kiosk.speech import Sound

FAMILY = "espeak"
PROGRAM = "espeak-ng"
_POLL_S = 0.05
_TIMEOUT_S = 60.0  # hundreds of times what the longest prompt takes
_FULL_SCALE = 32768.0


class EspeakSynthesizer:
    """The :class:`kiosk.speech.Synthesizer` of the installed espeak-ng; it speaks nothing where none is installed."""

    def __init__(self, settings: Voice) -> None:
        self._settings = settings
        self._program = shutil.which(PROGRAM)
        self._languages = frozenset(
            code
            for code in languages.known()
            if (voice := languages.get(code).engines.get(FAMILY)) is not None and voice in _voices(self._program)
        )

    @property
    def engine(self) -> str:
        return f"{FAMILY}@{_version(self._program)}"

    @property
    def languages(self) -> frozenset[str]:
        return self._languages

    def synthesize(self, text: str, *, language: str, check: Check) -> Sound:
        if self._program is None or language not in self._languages:
            raise ModelError(
                f"espeak-ng does not speak {languages.get(language).zh} here.",
                remedy="On Debian or Ubuntu: sudo apt-get install espeak-ng",
            )
        voice = languages.get(language).engines[FAMILY]
        arguments = [self._program, "-v", voice, "-s", str(self._settings.words_per_minute), "-b", "1"]
        try:
            process = subprocess.Popen(  # noqa: S603 - the program is found on PATH, the words are not arguments
                [*arguments, "--stdin", "--stdout"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise EngineError(f"{self._program} cannot be started: {error.strerror}.") from None
        try:
            return _decoded(_answer(process, _spelled(text, language).encode(), check))
        finally:
            process.kill()
            process.wait()


def _spelled(text: str, language: str) -> str:
    """Return the text in the script that the voice reads: Kazakh and Kyrgyz in Cyrillic, Uyghur in Arabic letters."""
    convert = CONVERTERS.get(language)
    return text if convert is None else "".join(piece for piece, _, _ in convert(text))


def _answer(process: subprocess.Popen[bytes], words: bytes, check: Check) -> bytes:
    """Return what the process wrote, looking now and then whether it is still wanted."""
    answer: list[bytes] = []
    worker = threading.Thread(target=lambda: answer.append(process.communicate(words)[0]), daemon=True)
    worker.start()
    waited = 0.0
    while worker.is_alive():
        worker.join(_POLL_S)
        waited += _POLL_S
        try:
            check()
        except BaseException:
            process.kill()
            worker.join()
            raise
        if waited > _TIMEOUT_S:
            process.kill()
            worker.join()
            raise EngineError("espeak-ng does not answer.")
    if process.returncode != 0 or not answer:
        raise EngineError(f"espeak-ng failed with exit code {process.returncode}.")
    return answer[0]


def _decoded(data: bytes) -> Sound:
    """Return the WAV that espeak-ng wrote; its header, written before the end was known, has no true length."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            rate = file.getframerate()
            frames = file.readframes(len(data))
    except (wave.Error, EOFError) as error:
        raise EngineError(f"espeak-ng gave no sound: {error}.") from None
    return Sound(np.frombuffer(frames, np.int16).astype(np.float32) / np.float32(_FULL_SCALE), rate)


@cache
def _voices(program: str | None) -> frozenset[str]:
    """Return the language codes that the installed program lists."""
    if program is None:
        return frozenset()
    try:
        listed = subprocess.run([program, "--voices"], capture_output=True, timeout=_TIMEOUT_S, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    rows = listed.stdout.decode(errors="replace").splitlines()[1:]
    return frozenset(row.split()[1] for row in rows if len(row.split()) > 1)


@cache
def _version(program: str | None) -> str:
    if program is None:
        return "absent"
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, timeout=_TIMEOUT_S, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    words = answer.stdout.decode(errors="replace").split()
    return next((word for word in words if word[:1].isdigit()), "unknown")
