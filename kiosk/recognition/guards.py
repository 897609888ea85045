"""Guards on what a recogniser says: pure functions from a hypothesis to the reason not to believe it.

A speech model asked about noise, music or a language it does not know answers all the same, fluently. Its words would
be read by a nurse as the patient's. So each guard looks for one kind of evidence that they are not; a hypothesis that
fails any guard is dropped, and a :class:`Caution` says so without quoting it.

The figures beside each limit were measured with Whisper base int8 on the clips of ``config/audio``, the speech mixed
with pink noise down to -2 dB, and on generated noise.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk import languages
from kiosk.encounter import Caution
from kiosk.settings import Recognition

if TYPE_CHECKING:  # kiosk.recognition applies these guards
    from kiosk.recognition import Hypothesis

Guard = Callable[["Hypothesis", str, float, Recognition], Caution | None]
"""(hypothesis, language code, seconds of audio, limits) -> why it is not to be believed, or None."""

NO_SPEECH_LOG_PROB = -0.25
"""Above the limit of ``max_no_speech_prob``, only words surer than this count as speech. Noise gave 0.71–0.79 and at
best -0.50 (subtitle credits, on white noise); speech at -2 dB never more than 0.49."""

SPARSE_CHARS_PER_S = 1.5
SPARSE_LOG_PROB = -0.5
"""A lone "you" on seconds of noise: 0.3–0.75 characters a second at -1.1 … -2.0; "Да." said slowly is surer."""

DOUBTFUL_LOG_PROB = -0.6
"""Below this the nurse is asked to listen again. Clean speech gave -0.05 … -0.5, speech at -2 dB -0.25 … -1.3."""

DOUBTFUL_LANGUAGE = 0.2
"""Below this probability of the chosen language the nurse is asked to listen again."""

MAX_RIVALRY = 1 / 3
"""Share of the words in which the next best reading may differ before the nurse is asked to listen again."""

_MAX_FOREIGN = 0.5  # of words; a drug name in Latin letters inside a Russian or Chinese sentence is common
_HAN_PACE = 3.0  # one Han character is a syllable: about three letters of an alphabet

# A terminal's control sequences, whole: CSI, OSC, and two-character escapes.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# Zero-width joiners shape Arabic, Indic and Mongolian words; they are the only format characters kept.
_JOINERS = "\u200c\u200d"
_WORDS = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3400-\u9fff\uf900-\ufaff]+")
# Credits at the end of the subtitled films that Whisper learned from; no patient says them of a complaint.
_CREDITS = re.compile(
    r"(?:субтитр|продолжение следует|спасибо за просмотр|thanks? (?:you )?for watching|subtitles? by|amara\.org|"
    r"altyaz[ıi]|izlediğiniz için|字幕|作词|作詞|谢谢观看|請不吝|请不吝|点赞)",
    re.IGNORECASE,
)
_SCRIPTS = {
    "Arab": "ARABIC",
    "Cyrl": "CYRILLIC",
    "Hans": "CJK",
    "Latn": "LATIN",
    "Mong": "MONGOLIAN",
    "Tibt": "TIBETAN",
}


def clean(text: str) -> str:
    """Return text that is safe to show: NFC, one line, without control sequences, controls or bidi overrides.

    A transcript is untrusted: a direction override could make a nurse read a sentence backwards, and an escape
    sequence could drive the terminal it is printed on.
    """
    text = unicodedata.normalize("NFC", _ESCAPES.sub("", text))
    kept = (" " if char.isspace() else char for char in text if char.isspace() or _printable(char))
    return " ".join("".join(kept).split())


def _printable(char: str) -> bool:
    # Cc controls, Cf formats (bidi overrides, tags), Cs lone surrogates, Co private use, Cn unassigned.
    return char in _JOINERS or not unicodedata.category(char).startswith("C")


def judge(hypothesis: Hypothesis, *, language: str, duration_s: float, limits: Recognition) -> Caution | None:
    """Return the first reason not to believe a hypothesis with text, or None when it may be shown."""
    for guard in GUARDS:
        caution = guard(hypothesis, language, duration_s, limits)
        if caution is not None:
            return caution
    return None


def no_speech(hypothesis: Hypothesis, _language: str, _duration_s: float, limits: Recognition) -> Caution | None:
    """The engine itself thinks that nobody spoke, and is not sure of its words."""
    if hypothesis.no_speech_prob <= limits.max_no_speech_prob or hypothesis.mean_log_prob >= NO_SPEECH_LOG_PROB:
        return None
    return Caution(kind="no_speech", detail="该段可能不是说话声，识别结果未采用")


def unreliable(hypothesis: Hypothesis, _language: str, _duration_s: float, limits: Recognition) -> Caution | None:
    """The mean log-probability of the words is too low, at every temperature."""
    if hypothesis.mean_log_prob >= limits.min_mean_log_prob:
        return None
    return Caution(kind="unreliable", detail="该段识别把握过低，识别结果未采用")


def repeats(hypothesis: Hypothesis, _language: str, _duration_s: float, limits: Recognition) -> Caution | None:
    """The decoder looped: the text compresses too well, or the same words follow each other again and again.

    The limit on compression is Whisper's own (arXiv:2212.04356, section 4.5); it cannot see short loops.
    """
    if hypothesis.compression_ratio <= limits.max_compression_ratio and not loops(hypothesis.text):
        return None
    return Caution(kind="repeats", detail="该段识别结果循环重复，未采用")


def loops(text: str) -> bool:
    """Say whether the text holds five equal words in a row, or four equal groups of words: people say "no, no, no"."""
    words = [word.casefold() for word in _WORDS.findall(text)]
    for size in range(1, len(words) // 4 + 1):
        needed = 5 if size == 1 else 4
        matches = 0  # consecutive positions equal to the one `size` words before
        for here, before in zip(words[size:], words, strict=False):
            matches = matches + 1 if here == before else 0
            if matches == size * (needed - 1):
                return True
    return False


def pace(hypothesis: Hypothesis, _language: str, duration_s: float, limits: Recognition) -> Caution | None:
    """More words than a person can say in the time: invented, or a loop."""
    letters = sum(_HAN_PACE if _script(char) == "CJK" else 1.0 for char in hypothesis.text if char.isalnum())
    if letters <= limits.max_chars_per_second * max(duration_s, 0.5):  # rounding of the shortest segments
        return None
    return Caution(kind="pace", detail="该段识别出的字数超出正常语速，未采用")


def sparse(hypothesis: Hypothesis, _language: str, duration_s: float, _limits: Recognition) -> Caution | None:
    """A word or two for seconds of sound, and not sure of them: what Whisper says to noise."""
    letters = sum(_HAN_PACE if _script(char) == "CJK" else 1.0 for char in hypothesis.text if char.isalnum())
    if letters >= SPARSE_CHARS_PER_S * duration_s or hypothesis.mean_log_prob >= SPARSE_LOG_PROB:
        return None
    return Caution(kind="hallucination", detail="该段识别出的字数远少于语音时长，未采用")


def subtitles(hypothesis: Hypothesis, _language: str, _duration_s: float, _limits: Recognition) -> Caution | None:
    """Subtitle credits, which the model learned from films."""
    if _CREDITS.search(hypothesis.text) is None:
        return None
    return Caution(kind="hallucination", detail="该段识别结果为模型常见的虚构内容，未采用")


def script(hypothesis: Hypothesis, language: str, _duration_s: float, _limits: Recognition) -> Caution | None:
    """Most words are in a script that the language is not written in: another language was heard, or none."""
    own = {_SCRIPTS[code] for code in languages.get(language).scripts}
    scripts = [found for word in _WORDS.findall(hypothesis.text) if (found := _word_script(word)) is not None]
    foreign = sum(found not in own for found in scripts)
    if foreign <= _MAX_FOREIGN * len(scripts):
        return None
    name = languages.get(language).zh
    return Caution(kind="script", detail=f"该段识别出的文字不是{name}文字，未采用；请核对所选语言")


def other_language(hypothesis: Hypothesis, language: str, _duration_s: float, limits: Recognition) -> Caution | None:
    """The speech is hardly in the language that was chosen: the words are that language's, the voice is not."""
    if hypothesis.language_probability >= limits.min_own_language_probability:
        return None
    name = languages.get(language).zh
    return Caution(kind="other_language", detail=f"该段语音听起来不是{name}，未采用；请核对所选语言")


def _word_script(word: str) -> str | None:
    return next((found for char in word if (found := _script(char)) is not None), None)


def _script(char: str) -> str | None:
    """Return the script of a letter as the first word of its Unicode name; None for digits, marks and punctuation."""
    return unicodedata.name(char, "").partition(" ")[0] if char.isalpha() else None


def doubtful(hypothesis: Hypothesis) -> tuple[Caution, ...]:
    """Return the warnings to carry with an accepted transcript that the engine was not sure of."""
    found = []
    if hypothesis.mean_log_prob < DOUBTFUL_LOG_PROB:
        found.append(Caution(kind="uncertain", detail="识别把握较低，请听原音核对"))
    if hypothesis.language_probability < DOUBTFUL_LANGUAGE:
        found.append(Caution(kind="language_doubt", detail="语音可能不是所选语言，请听原音核对"))
    if any(disagree(hypothesis.text, rival) for rival in hypothesis.rivals):
        found.append(Caution(kind="n_best", detail="几种识别结果在数字或用词上不一致，请听原音核对"))
    return tuple(found)


def disagree(text: str, rival: str) -> bool:
    """Say whether two readings of the same sound differ in what matters: a number, or a third of the words."""
    one, other = ([word.casefold() for word in _WORDS.findall(each)] for each in (text, rival))
    if Counter(filter(str.isdecimal, one)) != Counter(filter(str.isdecimal, other)):
        return True
    common = (Counter(one) & Counter(other)).total()
    return common < (1 - MAX_RIVALRY) * max(len(one), len(other))


def no_words(seconds: float) -> Caution:
    """Say that somebody spoke and no words came of it."""
    return Caution(kind="no_words", detail=f"{max(1, round(seconds))}秒语音未识别出文字")


GUARDS: tuple[Guard, ...] = (no_speech, subtitles, repeats, pace, script, other_language, sparse, unreliable)
"""In the order tried: the most telling reason first."""
