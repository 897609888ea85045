"""How much of what people say is understood: sentences with their facts, compared fact by fact.

Two rates matter, and they are not the same: the share of the stated facts that were found, and the share of the facts
in the note that nobody stated. A wrong fact is worse than a missing one. The form of the file is in docs/evaluation.md.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from kiosk import lexicon, line_files, note
from kiosk.encounter import Duration, Finding, Note, Unit, Utterance
from kiosk.errors import InputError
from kiosk.findings.attributes import plain
from kiosk.findings.composition import SKIN
from kiosk.translation import verified

Atom = tuple[str, ...]
"""One fact: its kind, what it is about, its value."""

TIMES = {"一": "1", "二": "2", "两": "2", "三": "3", "四": "4"}
OF_SKIN = frozenset({"itching", "redness", "cracking", "peeling", "dryness"})
"""What only the skin of a place does."""
ATTRIBUTES = ("duration", "onset", "side", "severity", "temperature", "nrs", "sudden")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sentence with its facts, as somebody who has not seen the lexicon wrote them."""

    id: str
    language: str
    text: str
    facts: tuple[Mapping[str, Any], ...]
    danger: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The facts of one sentence: found, missing, and stated by nobody; and whether a red flag was raised."""

    sample: Sample
    found: frozenset[Atom]
    missing: frozenset[Atom]
    wrong: frozenset[Atom]
    flagged: bool


def load(path: Path) -> tuple[Sample, ...]:
    """Read a file of samples, one JSON object a line.

    Raises:
        InputError: the file cannot be read, or a line is not such an object.
    """
    samples = []
    for number, line in line_files.numbered(path):
        try:
            row = json.loads(line)
            samples.append(
                Sample(
                    id=str(row["id"]),
                    language=row["language"],
                    text=row["text"],
                    facts=tuple(row["facts"]),
                    danger=bool(row["danger"]),
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{path}, line {number} is not a sample: {error}.",
                remedy="The form is described in docs/evaluation.md.",
            ) from None
    return tuple(samples)


def evaluate(samples: Sequence[Sample]) -> tuple[Result, ...]:
    """Understand every sentence and compare."""
    return tuple(_result(sample) for sample in samples)


def _result(sample: Sample) -> Result:
    utterance = Utterance(id="u1", text=sample.text, language=sample.language, mode="text")
    written = note.write([utterance], [verified(utterance)], lexicon=lexicon.load(sample.language))
    stated = frozenset(_stated(sample.facts))
    got = frozenset(atoms(written))
    return Result(
        sample=sample,
        found=stated & got,
        missing=stated - got,
        # A site is compared only where it was stated: most findings have one of their own.
        wrong=frozenset(atom for atom in got - stated if atom[0] != "site"),
        flagged=bool(written.red_flags),
    )


def atoms(written: Note) -> Iterator[Atom]:
    """Yield every fact of a note."""
    for finding in written.findings:
        code, site = _of_skin(finding.code)
        yield ("finding", code, finding.status, finding.when, finding.experiencer)
        site = site or finding.body_site
        yield from (("site", code, site),) if site else ()
        yield from _attributes(code, finding)
    for allergy in written.allergies:
        yield ("allergy", allergy.substance, allergy.status)
    for medication in written.medications:
        yield ("medication", medication.name)
        yield from (("dose", medication.name, medication.dose),) if medication.dose else ()
        yield from ((("frequency", medication.name, _frequency(medication.frequency)),) if medication.frequency else ())
    for item in written.history:
        yield ("history", item.code, item.status, item.experiencer)
    if written.pregnancy is not None:
        yield ("pregnancy", written.pregnancy.status)
        yield from (("weeks", str(written.pregnancy.weeks)),) if written.pregnancy.weeks else ()


def _of_skin(code: str) -> tuple[str, str | None]:
    """Return what the skin of one place does as that of the skin, with the place: one fact has two spellings.

    ``hand_itching`` is ``skin_itching`` at 手部.
    """
    site, _, generic = code.rpartition("_")
    concepts = lexicon.concepts()
    whole = lexicon.load_compositions().get((generic, SKIN)) if generic in OF_SKIN else None
    return (code, None) if whole is None or code in concepts else (whole, concepts[site].zh)


def _attributes(code: str, finding: Finding) -> Iterator[Atom]:
    values = {
        "duration": ucum(finding.duration) if finding.duration else None,
        "onset": _onset(finding.onset) if finding.onset else None,
        "side": finding.laterality,
        "severity": finding.severity,
        "temperature": plain(finding.temperature_c) if finding.temperature_c is not None else None,
        "nrs": str(finding.nrs) if finding.nrs is not None else None,
        "sudden": "true" if finding.sudden else None,
    }
    for name, value in values.items():
        if value is not None:
            yield (name, code, value)


def _stated(facts: Sequence[Mapping[str, Any]]) -> Iterator[Atom]:
    for fact in facts:
        kind = fact["kind"]
        if kind == "finding":
            code, site = _of_skin(fact["code"])
            yield from (("site", code, site),) if site and not fact.get("site") else ()
            yield ("finding", code, fact["status"], fact.get("when", "current"), fact.get("experiencer", "patient"))
            for name in ("site", *ATTRIBUTES):
                value = fact.get(name)
                if value is not None and value is not False:
                    yield (name, code, _value(name, value))
        elif kind == "allergy":
            yield ("allergy", fact["substance"], fact["status"])
        elif kind == "medication":
            yield ("medication", fact["name"])
            yield from (("dose", fact["name"], fact["dose"]),) if fact.get("dose") else ()
            yield from (("frequency", fact["name"], _frequency(fact["frequency"])),) if fact.get("frequency") else ()
        elif kind == "history":
            yield ("history", fact["code"], fact["status"], fact.get("experiencer", "patient"))
        elif kind == "pregnancy":
            yield ("pregnancy", fact["status"])
            yield from (("weeks", str(fact["weeks"])),) if fact.get("weeks") else ()
        else:
            raise InputError(f"Unknown kind of fact {kind!r}.", remedy="The kinds are described in docs/evaluation.md.")


def _value(name: str, value: Any) -> str:
    if name == "duration":
        found = re.fullmatch(r"([\d.]+)(?:-([\d.]+))?(min|h|d|wk|mo|a)", str(value))
        if found is None:
            raise InputError(f"{value!r} is not a duration.", remedy="Write value and UCUM unit: 3d, 1.5mo, 3-4d.")
        high = float(found[2]) if found[2] else None
        return ucum(Duration(value=float(found[1]), unit=cast(Unit, found[3]), value_high=high))
    if name == "onset":
        return _onset(str(value))
    return "true" if value is True else plain(value) if isinstance(value, float) else str(value)


def _onset(said: str) -> str:
    """Return an onset in one spelling: half an hour ago is 30 minutes ago."""
    return "30分钟前" if said == "半小时前" else said


def _frequency(said: str) -> str:
    """Return how often a medicine is taken in one spelling: 每天两次, 一日二次 and 每日2次 are one.

    每天, 每天早晨 and 每晚 count as 每日1次: what is compared is the number.
    """
    if said in ("每天早晨", "每晚"):
        return "每日1次"
    found = re.fullmatch(r"[每一][天日](?:([\d一二两三四])次)?", said)
    if found is None:
        return said
    return f"每日{TIMES.get(found[1], found[1]) if found[1] else 1}次"


def ucum(duration: Duration) -> str:
    """Return a duration as value and UCUM unit: 3d, 1.5mo, 3-4d.

    Half a year is 6mo, half a month 15d, half an hour 30min.
    """
    if duration.unit == "a" and duration.value % 1:
        duration = replace(duration, value=duration.value * 12, unit="mo")
    elif duration.unit == "mo" and duration.value == 0.5:
        duration = replace(duration, value=15, unit="d")
    elif duration.unit == "h" and duration.value == 0.5 and duration.value_high is None:
        duration = replace(duration, value=30, unit="min")
    high = f"-{plain(duration.value_high)}" if duration.value_high is not None else ""
    return f"{plain(duration.value)}{high}{duration.unit}"


def figures(results: Sequence[Result]) -> dict[str, Any]:
    """Return the scores overall, by language, and by kind of fact."""
    languages = dict.fromkeys(result.sample.language for result in results)
    return {
        "overall": _scores(results),
        "languages": {
            code: _scores([result for result in results if result.sample.language == code]) for code in languages
        },
    }


def _scores(results: Sequence[Result]) -> dict[str, Any]:
    found = Counter(atom[0] for result in results for atom in result.found)
    missing = Counter(atom[0] for result in results for atom in result.missing)
    wrong = Counter(atom[0] for result in results for atom in result.wrong)
    dangerous = [result for result in results if result.sample.danger]
    harmless = [result for result in results if not result.sample.danger]
    return {
        "sentences": len(results),
        "facts": found.total() + missing.total(),
        "score": _share(found.total(), found.total() + missing.total()),
        "wrong_rate": _share(wrong.total(), found.total() + wrong.total()),
        "red_flag_recall": _share(sum(result.flagged for result in dangerous), len(dangerous)),
        "false_alarm_rate": _share(sum(result.flagged for result in harmless), len(harmless)),
        "by_kind": {
            kind: {
                "facts": found[kind] + missing[kind],
                "score": _share(found[kind], found[kind] + missing[kind]),
                "wrong": wrong[kind],
            }
            for kind in sorted({*found, *missing, *wrong})
        },
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def report(results: Sequence[Result], *, misses: bool = False) -> str:
    """Return the scores as a table for people; with ``misses``, each sentence that is not wholly right, too."""
    scores = figures(results)
    lines = [f"{'':8} sentences  facts  score  wrong  red flags  false alarms"]
    for name, row in (("all", scores["overall"]), *scores["languages"].items()):
        lines.append(
            f"{name:8} {row['sentences']:9} {row['facts']:6}  {_percent(row['score'])}  {_percent(row['wrong_rate'])}"
            f"  {_percent(row['red_flag_recall']):>9}  {_percent(row['false_alarm_rate']):>12}"
        )
    if misses:
        for result in results:
            late = result.sample.danger != result.flagged
            if result.missing or result.wrong or late:
                lines.append(f"{result.sample.id}: {result.sample.text}")
                lines.extend(f"    missing {' '.join(atom)}" for atom in sorted(result.missing))
                lines.extend(f"    wrong   {' '.join(atom)}" for atom in sorted(result.wrong))
                lines.extend(["    no red flag" if result.sample.danger else "    false alarm"] if late else [])
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "    -" if share is None else f"{share:5.1%}"
