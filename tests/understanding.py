"""Helper of the lexicon tests: one sentence and the facts that must be read from it."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk import lexicon, note
from kiosk.encounter import Note, Utterance
from kiosk.translation import verified


@dataclass(frozen=True, kw_only=True)
class _Expected:
    """What a sentence says. ``None`` means that it is not compared; a set is compared whole.

    Attributes:
        complaint: 主诉.
        present, denied, uncertain: codes of the patient's current findings.
        past, family: codes of findings that are over, or a relative's.
        durations: finding code -> Chinese amount (``3天``).
        onsets: finding code -> Chinese onset (``昨天``).
        sides: finding code -> 左, 右 or 双侧.
        severities: finding code -> 轻, 中 or 重.
        allergies: substances; denied ones with ``-`` in front.
        medications: name, dose and frequency joined by single blanks.
        history: codes of the patient's own illnesses; denied ones with ``-`` in front.
        family_history: codes of relatives' illnesses.
        weeks: gestational age.
        months: the same, where only months were said.
        temperature: °C.
        flags: ids of red flags.
        uncovered: the words that were not understood.
    """

    complaint: str | None = None
    present: frozenset[str] | set[str] | None = None
    denied: frozenset[str] | set[str] | None = None
    uncertain: frozenset[str] | set[str] | None = None
    past: frozenset[str] | set[str] | None = None
    family: frozenset[str] | set[str] | None = None
    durations: dict[str, str] | None = None
    onsets: dict[str, str] | None = None
    sides: dict[str, str] | None = None
    severities: dict[str, str] | None = None
    allergies: set[str] | None = None
    medications: set[str] | None = None
    history: set[str] | None = None
    family_history: set[str] | None = None
    weeks: int | None = None
    months: int | None = None
    temperature: float | None = None
    flags: set[str] | None = None
    uncovered: list[str] | None = None


@dataclass(frozen=True)
class Case(_Expected):
    """A sentence and what it says."""

    text: str

    @property
    def id(self) -> str:
        return self.text[:40]


def read(language: str, text: str) -> Note:
    """Return the note of one typed sentence."""
    utterance = Utterance(id="u1", text=text, language=language, mode="text")
    return note.write([utterance], [verified(utterance)], lexicon=lexicon.load(language))


def check(language: str, case: Case) -> None:
    """Assert everything that the case states."""
    from kiosk.findings.attributes import amount

    written = read(language, case.text)
    own = [f for f in written.findings if f.experiencer == "patient" and f.when == "current"]
    found: dict[str, object] = {
        "complaint": written.chief_complaint,
        "present": {f.code for f in own if f.status == "present"},
        "denied": {f.code for f in own if f.status == "denied"},
        "uncertain": {f.code for f in own if f.status == "uncertain"},
        "past": {f.code for f in written.findings if f.experiencer == "patient" and f.when == "past"},
        "family": {f.code for f in written.findings if f.experiencer == "family"},
        "durations": {f.code: amount(f.duration) for f in written.findings if f.duration},
        "onsets": {f.code: f.onset for f in written.findings if f.onset},
        "sides": {f.code: f.laterality for f in written.findings if f.laterality},
        "severities": {f.code: f.severity for f in written.findings if f.severity},
        "allergies": {("-" if a.status == "denied" else "") + a.substance for a in written.allergies},
        "medications": {" ".join(part for part in (m.name, m.dose, m.frequency) if part) for m in written.medications},
        "history": {
            ("-" if item.status == "denied" else "") + item.code
            for item in written.history
            if item.experiencer == "patient"
        },
        "family_history": {item.code for item in written.history if item.experiencer == "family"},
        "weeks": written.pregnancy.weeks if written.pregnancy else None,
        "months": written.pregnancy.months if written.pregnancy else None,
        "temperature": next((f.temperature_c for f in written.findings if f.temperature_c is not None), None),
        "flags": {flag.id for flag in written.red_flags},
        "uncovered": [
            span.text for span in verified(Utterance(id="u1", text=case.text, language=language, mode="text")).uncovered
        ],
    }
    wrong = {
        name: (value, found[name])
        for name, value in vars(case).items()
        if name != "text"
        and value is not None
        and found[name] != (set(value) if isinstance(value, (set, frozenset)) else value)
    }
    assert not wrong, f"expected, found: {wrong}"
