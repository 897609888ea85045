"""Intakes of several languages, frozen, and the same made into signed notes and drafts at fixed times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import kiosk
from kiosk import codec, review
from kiosk.encounter import Intake
from kiosk.review.decisions import AddVitals, Body, ChangeStatus, CorrectField, SeeFlag, SettleWarning, Vitals
from kiosk.review.records import Origin, Review, ReviewedNote

GOLDEN = Path(__file__).parent.parent / "golden" / "export"
LANGUAGES = ("ug", "bo", "kk", "ur", "mn", "zh", "ru")
ARRIVED = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
VITALS = Vitals(temperature_c=37.2, pulse=88, respiration=18, systolic=150, diastolic=95, spo2=97)


@pytest.fixture(autouse=True)
def version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the program's version still: documents name it."""
    monkeypatch.setattr(kiosk, "__version__", "0.0.0")


def intake(code: str) -> Intake:
    """Return the frozen intake of a language."""
    return codec.load(Intake, (GOLDEN / f"intake_{code}.json").read_bytes())


def origin(code: str) -> Origin:
    """Return where it came from."""
    return Origin(encounter_id=f"{code.encode().hex():0<32}", received_at=ARRIVED, kiosk="皮山县人民医院一号机")


def under_review(start: Intake, where: Origin | None, bodies: Sequence[Body] = ()) -> Review:
    """Return a review after these decisions, one a minute, by one nurse."""
    seen = review.assess(start, origin=where)
    for minute, body in enumerate(bodies, start=1):
        at = ARRIVED + timedelta(minutes=minute)
        decision = review.consider(seen, body, author="wang.fang", author_name="王芳", at=at)
        seen = review.assess(start, (*seen.decisions, decision), origin=where)
    return seen


def draft(code: str) -> Review:
    """Return a note that nobody has touched."""
    return under_review(intake(code), origin(code))


def settled(seen: Review) -> list[Body]:
    """Return what must be decided before it can be signed."""
    return [
        SeeFlag(flag=each.key) if each.kind == "flag" else SettleWarning(key=each.key, verdict="stands")
        for each in seen.open
    ]


def signed(code: str, bodies: Sequence[Body] = (), *, start: Intake | None = None) -> ReviewedNote:
    """Return a note with vital signs, some corrections, and a signature."""
    start = start or intake(code)
    seen = under_review(start, origin(code))
    seen = under_review(start, origin(code), [AddVitals(vitals=VITALS), *settled(seen), *bodies])
    _, note = review.sign(seen, author="wang.fang", author_name="王芳", at=ARRIVED + timedelta(minutes=30))
    return note


CORRECTIONS: tuple[Body, ...] = (
    CorrectField(path="findings/1/severity", value="中"),
    ChangeStatus(path="findings/3", status="not_mentioned"),
)
