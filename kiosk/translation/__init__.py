"""Utterances to standard Chinese: the verified channel, the neural one, and which of them says what.

The verified channel renders what the lexicon understood, and only that. A neural engine, where one is installed, is
asked for the sentences that the lexicon does not wholly cover; ``kiosk.guard`` holds what it says against the source.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from kiosk import critical, guard, languages, lexicon
from kiosk.encounter import Caution, Translation, TranslationSpan, Utterance
from kiosk.errors import Cancelled, KioskError, MissingError
from kiosk.findings import extract, understand
from kiosk.recognition import Check, never
from kiosk.translation import rendering

log = logging.getLogger(__name__)

VERIFIED_ENGINE = "verified@1"
"""Raised when the rules change; the tables are named by their own checksums in the store."""

NO_MODEL = Caution(kind="neural_unavailable", detail="机器翻译模型缺失或损坏，仅有规则译文；请管理员运行 kiosk doctor")
FAILED = Caution(kind="neural_unavailable", detail="机器翻译未能完成，仅有规则译文")
TRUNCATED = Caution(kind="truncated", detail="机器译文在长度上限处中断，后面的话没有译出", blocking=True)
UNKNOWN = Caution(kind="unknown_word", detail="原话中有机器翻译不认识的字，译文可能有误", blocking=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What a neural engine made of one sentence.

    Attributes:
        zh: its Chinese, simplified, stripped.
        truncated: the engine stopped at its length limit.
        unknown: how many tokens, of source or output, its vocabulary lacks.
    """

    zh: str
    truncated: bool = False
    unknown: int = 0


class Translator(Protocol):
    """A neural engine into Chinese. Not re-entrant: one thread owns it.

    One that has a true attribute ``supplement`` is too weak to be shown with a warning: its Chinese is taken only where
    the guard has no doubt and it says every fact that the rules understood.
    """

    @property
    def engine(self) -> str:
        """``name@revision``."""

    @property
    def languages(self) -> frozenset[str]:
        """Codes of ``kiosk.languages`` that it reads."""

    def load(self, check: Check = never) -> None:
        """Load the weights, or reach the server.

        Raises:
            MissingError: a file or the server is not there.
        """

    def translate(self, text: str, *, language: str, check: Check = never) -> Rendered:
        """Return standard Chinese for one sentence.

        Raises:
            Cancelled: ``check`` raised it.
            KioskError: the engine is missing, or failed.
        """


class Unavailable:
    """Stands for a translator that the settings name and that cannot be made: the intake goes on, and says so."""

    engine = "none@0"

    def __init__(self, error: KioskError) -> None:
        self._error = error

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(languages.known())

    def load(self, check: Check = never) -> None:
        check()
        raise self._error

    def translate(self, text: str, *, language: str, check: Check = never) -> Rendered:  # noqa: ARG002 - the protocol's
        check()
        raise self._error


@runtime_checkable
class BackTranslator(Protocol):
    """A translator that can also translate Chinese back."""

    def back(self, zh: str, *, language: str, check: Check = never) -> str:
        """Return Chinese in the patient's language."""


def written_for_engines(text: str, language: str) -> str:
    """Return a text in the script that translation engines read: Cyrillic for Kazakh and Kyrgyz, Arabic for Uyghur."""
    convert = lexicon.CONVERTERS.get(language)
    return "".join(piece for piece, _, _ in convert(text)) if convert else text


def verified(utterance: Utterance) -> Translation:
    """Render one utterance by rule.

    Words that the lexicon does not cover stand in 〔…〕 at their place, and in ``uncovered``: shown, never guessed.
    """
    understood = understand(utterance, lexicon.load(utterance.language))
    uncovered = tuple(rendering.uncovered_words(understood.reading))
    return Translation(
        utterance_id=utterance.id,
        zh=rendering.joined(rendering.all_pieces(understood, uncovered)),
        channel="verified",
        engine=VERIFIED_ENGINE,
        uncovered=uncovered,
    )


def reconciled(
    utterance: Utterance, translator: Translator | None, *, back: bool = False, check: Check = never
) -> Translation:
    """Translate one utterance: by rule the sentences that the lexicon covers, by ``translator`` the others.

    A disagreement on a critical token, and whatever else is wrong with the engine's Chinese, becomes a warning that
    blocks signing. When the engine fails, the rules' Chinese stands and a warning says so: no intake is lost by it.

    Args:
        translator: None, or one that does not know the language, leaves the verified channel alone.
        back: show each neural sentence translated back, where the engine can.
        check: called before each sentence.

    Raises:
        Cancelled: ``check`` raised it.
    """
    if translator is None or utterance.language not in translator.languages or utterance.language == "zh":
        return verified(utterance)
    understood = understand(utterance, lexicon.load(utterance.language))
    reading = understood.reading
    uncovered = tuple(rendering.uncovered_words(reading))
    if not uncovered:
        return verified(utterance)
    pieces = rendering.all_pieces(understood, uncovered)
    spans: list[TranslationSpan] = []
    cautions: list[Caution] = []
    working: Translator | None = translator
    for tokens in rendering.sentences(reading):
        start, end = rendering.extent(reading, tokens)
        ours = rendering.joined([piece for piece in pieces if piece[0] in tokens])
        span = TranslationSpan(zh=ours, channel="verified", engine=VERIFIED_ENGINE, start=start, end=end)
        if working is not None and any(start <= word.start < end for word in uncovered):
            check()
            try:
                rendered, found = _neural(utterance, span, working, back=back, check=check)
            except Cancelled:
                raise
            except KioskError as error:
                log.warning("%s", error)
                cautions.append(NO_MODEL if isinstance(error, MissingError) else FAILED)
                working = None  # the next sentence would only wait for the same failure
            else:
                cautions.extend(found)
                span = rendered or span
        spans.append(span)
    neural = any(span.channel == "neural" for span in spans)
    zh = "".join(span.zh for span in spans)
    if neural and _supplement(translator) and not _facts(rendering.joined(pieces), "zh") <= _facts(zh, "zh"):
        # One sentence's Chinese can change what the next one's says: whose it is, since when.
        return replace(verified(utterance), warnings=tuple(dict.fromkeys(cautions)))
    return Translation(
        utterance_id=utterance.id,
        zh=zh,
        channel="neural" if neural else "verified",
        engine=translator.engine if neural else VERIFIED_ENGINE,
        uncovered=uncovered,
        warnings=tuple(dict.fromkeys(cautions)),
        spans=tuple(spans),
    )


def _neural(
    utterance: Utterance, span: TranslationSpan, translator: Translator, *, back: bool, check: Check
) -> tuple[TranslationSpan | None, list[Caution]]:
    """Return one sentence by the engine with what the guard says of it; None for Chinese that cannot be shown."""
    text = utterance.text[span.start : span.end]
    rendered = translator.translate(text, language=utterance.language, check=check)
    source = critical.read(text, utterance.language)
    disagreements = guard.check(text, rendered.zh, language=utterance.language, source=source)
    if _supplement(translator) and (
        disagreements
        or rendered.truncated
        or rendered.unknown
        or not _keeps(text, span.zh, rendered.zh, utterance.language)
    ):
        return None, []  # the rules' Chinese stands, and says what it left out
    cautions = [each.caution() for each in disagreements]
    cautions += [TRUNCATED] if rendered.truncated else []
    cautions += [UNKNOWN] if rendered.unknown else []
    if any(each.kind == "empty" for each in disagreements):
        return None, cautions
    again = ""
    if back and isinstance(translator, BackTranslator):
        again = translator.back(rendered.zh, language=utterance.language, check=check)
    neural = TranslationSpan(
        zh=rendered.zh,
        channel="neural",
        engine=translator.engine,
        start=span.start,
        end=span.end,
        verified=span.zh,
        back=again,
    )
    return neural, cautions


def _supplement(translator: Translator) -> bool:
    return bool(getattr(translator, "supplement", False))


def _keeps(text: str, ours: str, zh: str, language: str) -> bool:
    """Whether Chinese, read back, says every fact that the rules find in the sentence and say of it in ``ours``.

    The rules' Chinese may say more than the sentence alone: a time from the next sentence, what "it" stands for.
    """
    said = _facts(text, language) | _facts(ours, "zh")
    return said <= _facts(zh, "zh")


def _facts(text: str, language: str) -> frozenset[tuple[object, ...]]:
    """Return what is said of whom, each attribute of a finding apart."""
    facts = extract([Utterance(id="u1", text=text, language=language, mode="text")], lexicon.load(language))
    said: list[tuple[object, ...]] = [(item.code, item.status, item.experiencer) for item in facts.history]
    said += [(item.name, item.dose, item.frequency) for item in facts.medications]
    said += [(item.substance, item.status) for item in facts.allergies]
    if facts.pregnancy is not None:
        said.append(("pregnancy", facts.pregnancy.status, facts.pregnancy.weeks, facts.pregnancy.months))
    for finding in facts.findings:
        said.append((finding.code, finding.status, finding.when, finding.experiencer))
        values = (finding.body_site, finding.laterality, finding.duration, finding.onset, finding.severity)
        amounts = (finding.temperature_c, finding.nrs, finding.sudden or None)
        said += [(finding.code, value) for value in (*values, *amounts) if value is not None]
    return frozenset(said)
