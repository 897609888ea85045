"""The frozen records that flow through the pipeline.

Each stage maps records to new records and edits nothing upstream. Every output keeps the id of its input and the
``engine@revision`` that made it, so any field of a note leads back to the patient's words and to the seconds of
audio behind them. Times are seconds from the start of the recording; text offsets are Unicode code points.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kiosk.answers import Interview

Mode = Literal["transcript", "phrase", "text", "tap"]
Status = Literal["present", "denied", "uncertain"]
Experiencer = Literal["patient", "family", "other"]
When = Literal["current", "past"]
Unit = Literal["min", "h", "d", "wk", "mo", "a"]  # UCUM
Laterality = Literal["左", "右", "双侧"]
Severity = Literal["轻", "中", "重"]
Channel = Literal["verified", "neural"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageChoice:
    """The language of an intake and how it is known.

    Attributes:
        code: a code of ``kiosk.languages``.
        evidence: ``chosen`` by a person, or ``detected`` among the enabled languages.
        score: 1.0 when chosen, else the engine's probability among all the languages that it can hear (0–1).
    """

    code: str
    evidence: Literal["chosen", "detected"] = "chosen"
    score: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioInfo:
    """What was recorded: its length in seconds and the SHA-256 of the source file (or of the captured samples)."""

    duration_s: float
    sha256: str


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """A stretch of speech, in seconds from the start of the recording."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """Something a nurse must know about an utterance, a translation or a note.

    Attributes:
        kind: a short machine name, e.g. ``negation``, ``repeats``, ``no_words``.
        detail: one Chinese sentence for the nurse; never the patient's words.
        blocking: nobody may sign before a nurse has decided about it.
    """

    kind: str
    detail: str
    blocking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A phrase that may have been meant, best first; ``score`` is comparable only within one utterance."""

    phrase_id: str
    text: str
    zh: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One stretch of the patient's words, in the patient's language.

    Attributes:
        id: unique within the intake, ``u1``, ``u2`` …
        start_s, end_s: where in the audio; both 0.0 for typed or tapped words.
        score: mean token probability of the transcript (0–1), 1.0 for typed or tapped words.
        engine: ``name@revision`` of what recognised it, ``person`` for typed or tapped words.
        question: the question that it answers, None when none was asked.
    """

    id: str
    text: str
    language: str
    mode: Mode
    start_s: float = 0.0
    end_s: float = 0.0
    score: float = 1.0
    alternatives: tuple[Alternative, ...] = ()
    engine: str = "person"
    warnings: tuple[Caution, ...] = ()
    question: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of an utterance: ``text == utterance.text[start:end]``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a fact comes from: a span of an utterance."""

    utterance_id: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationSpan:
    """One sentence of an utterance in Chinese, by one channel.

    Attributes:
        start, end: the sentence's place in the utterance's text.
        verified: what the rules make of a sentence that a neural engine translated; beside it for the nurse.
        back: the Chinese translated back by the same engine. Evidence for a nurse; it never proves anything.
    """

    zh: str
    channel: Channel
    engine: str
    start: int
    end: int
    verified: str = ""
    back: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """An utterance in standard Chinese.

    Attributes:
        channel: ``neural`` when any of its spans is.
        spans: its sentences in order, each with the channel that it came through; empty where all is verified.
        uncovered: words of the utterance that the verified channel did not understand. They are shown, never guessed.
        warnings: disagreements on critical tokens.
    """

    utterance_id: str
    zh: str
    channel: Channel
    engine: str
    uncovered: tuple[Span, ...] = ()
    warnings: tuple[Caution, ...] = ()
    spans: tuple[TranslationSpan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """How long, as the patient said it. ``value_high`` closes a range ("three or four days")."""

    value: float
    unit: Unit
    value_high: float | None = None
    approximate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One symptom or event that the patient reports, denies or is unsure of.

    Attributes:
        code: concept id of the lexicon.
        name: the standard Chinese term, site and side included (右膝肿胀).
        when: ``past`` when it is over; a resolved symptom is past, not denied.
        onset: when it began or happened, in Chinese (昨天, 3天前); ``since`` when it has lasted from then on.
        nrs: 0–10 numeric rating, when the patient gave one.
        temperature_c: body temperature in °C as spoken.
        draft: some term behind it has not been signed by a native clinician.
    """

    code: str
    name: str
    status: Status = "present"
    experiencer: Experiencer = "patient"
    relation: str | None = None
    when: When = "current"
    body_site: str | None = None
    laterality: Laterality | None = None
    onset: str | None = None
    since: bool = False
    sudden: bool = False
    duration: Duration | None = None
    severity: Severity | None = None
    nrs: int | None = None
    character: tuple[str, ...] = ()
    frequency: str | None = None
    course: str | None = None
    aggravating: tuple[str, ...] = ()
    relieving: tuple[str, ...] = ()
    radiation: tuple[str, ...] = ()
    temperature_c: float | None = None
    draft: bool = False
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allergy:
    """A substance the patient cannot have, or says is no problem (``denied``)."""

    substance: str
    status: Status
    reaction: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Medication:
    """A medicine the patient takes. ``dose`` as spoken ("500mg"), ``frequency`` in Chinese ("每日2次")."""

    name: str
    dose: str | None = None
    frequency: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryItem:
    """A known illness, operation or habit, of the patient or of the family."""

    code: str
    name: str
    status: Status = "present"
    experiencer: Experiencer = "patient"
    relation: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pregnancy:
    """Whether the patient is pregnant, and how far.

    Attributes:
        weeks: gestational age in completed weeks.
        months: where no weeks were said, the months; seven months may be 26 weeks or 31.
    """

    status: Status
    weeks: int | None = None
    months: int | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RedFlag:
    """A rule of ``config/red_flags.toml`` that fired. It alerts a nurse; it is not a diagnosis."""

    id: str
    name: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who the note is about and who speaks. ``age_years`` is a fraction for infants (0.25 is three months)."""

    reporter: Literal["patient", "parent", "other"] = "patient"
    age_years: float | None = None
    sex: Literal["male", "female"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """The structured intake note. Its ``text`` is what a nurse reads and prints."""

    chief_complaint: str
    findings: tuple[Finding, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    medications: tuple[Medication, ...] = ()
    history: tuple[HistoryItem, ...] = ()
    pregnancy: Pregnancy | None = None
    red_flags: tuple[RedFlag, ...] = ()
    person: Person = field(default_factory=Person)
    warnings: tuple[Caution, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Wall-clock seconds by stage; ``audio_s`` is the length of the recording."""

    audio_s: float = 0.0
    recognition_s: float = 0.0
    translation_s: float = 0.0
    note_s: float = 0.0
    total_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Everything one recording, one text or one interview gave, ready for review.

    Attributes:
        audio: of an interview, its answers' recordings one after the other.
        interview: what was asked and agreed to; None for a single recording or text.
    """

    language: LanguageChoice
    audio: AudioInfo | None
    utterances: tuple[Utterance, ...]
    translations: tuple[Translation, ...]
    note: Note
    timing: Timing
    interview: Interview | None = None
