"""Red flags: rules over facts, from ``config/red_flags.toml``. They alert a nurse; the nurse grades.

A rule fires when every condition it names holds. It never reads status the other way: a denied finding never fires,
an uncertain one does (over-triage on purpose).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pydantic import model_validator

from kiosk import lexicon, resources, toml_files
from kiosk.encounter import Evidence, Finding, RedFlag
from kiosk.errors import SettingsError
from kiosk.findings import Facts
from kiosk.toml_files import Section


class Rule(Section):
    """One red flag. A finding is named by its code, ``code@site``, or the code of the generic it is made of.

    Attributes:
        any: at least one of these is present or uncertain.
        all: each of these is.
        at_least: how many of ``any`` are needed.
        character: some finding of ``any`` has one of these characters (concept zh).
        severity, sudden, min_nrs, min_temperature_c: some finding of ``any`` (of all, if ``any`` is empty) is so.
        pregnant: the patient is or may be pregnant.
        max_age_years: the patient's age is known and below this.
        allergy: an allergy is reported.
        history: one of these illnesses, habits or exposures was told.

    """

    id: str
    name: str
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    at_least: int = 1
    severity: tuple[str, ...] = ()
    sudden: bool = False
    min_nrs: int | None = None
    min_temperature_c: float | None = None
    pregnant: bool = False
    max_age_years: float | None = None
    allergy: bool = False
    history: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_condition(self) -> Rule:
        if not (self.any or self.all or self.min_nrs is not None or self.min_temperature_c is not None):
            raise ValueError("a rule names findings in `any` or `all`, or a threshold")
        return self


@cache
def rules(path: Path | None = None) -> tuple[Rule, ...]:
    """Read the rules.

    Raises:
        SettingsError: the file is wrong, or a rule names a finding that the inventory does not have.
    """
    path = path or resources.share("config") / "red_flags.toml"
    found = tuple(toml_files.build(Rule, row, path) for row in toml_files.read(path).get("flag", []))
    known = lexicon.concepts()
    for rule in found:
        for name in (*rule.any, *rule.all, *rule.history):
            for part in name.split("@"):
                if part not in known:
                    raise SettingsError(f"{path}: the flag {rule.id!r} names the unknown concept {part!r}.")
    return found


def red_flags(facts: Facts, table: Sequence[Rule] | None = None) -> tuple[RedFlag, ...]:
    """Return the rules that fire, in the file's order, each with the words that made it fire.

    A relative's complaint fires where the speaker has none of his own: "my father has fainted" is said by somebody who
    has brought him.
    """
    stated = [finding for finding in facts.findings if finding.status != "denied" and finding.when == "current"]
    own = [finding for finding in stated if finding.experiencer == "patient"]
    findings = own or stated
    flags: list[RedFlag] = []
    for rule in rules() if table is None else table:
        evidence = _evidence(rule, findings, facts)
        if evidence is not None:
            flags.append(RedFlag(id=rule.id, name=rule.name, evidence=evidence))
    return tuple(flags)


def _evidence(rule: Rule, findings: Sequence[Finding], facts: Facts) -> tuple[Evidence, ...] | None:
    evidence: list[Evidence] = []
    if rule.pregnant:
        if facts.pregnancy is None or facts.pregnancy.status == "denied":
            return None
        evidence.extend(facts.pregnancy.evidence)
    if rule.max_age_years is not None:
        age = facts.person.age_years
        if age is None or age >= rule.max_age_years:
            return None
    if rule.history:
        told = [item for item in facts.history if item.code in rule.history and item.status != "denied"]
        if not told:
            return None
        evidence.extend(part for item in told for part in item.evidence)
    if rule.allergy:
        reported = [allergy for allergy in facts.allergies if allergy.status != "denied"]
        if not reported:
            return None
        evidence.extend(part for allergy in reported for part in allergy.evidence)
    for name in rule.all:
        matching = [finding for finding in findings if names(name, finding)]
        if not matching:
            return None
        evidence.extend(part for finding in matching for part in finding.evidence)
    candidates = [f for f in findings if any(names(name, f) for name in rule.any)] if rule.any else [*findings]
    if rule.any:
        distinct = {name for name in rule.any if any(names(name, finding) for finding in candidates)}
        if len(distinct) < rule.at_least:
            return None
    if rule.severity or rule.sudden or rule.min_nrs is not None or rule.min_temperature_c is not None:
        candidates = [finding for finding in candidates if _is_so(rule, finding)]
        if not candidates:
            return None
    if rule.any or not rule.all:
        evidence.extend(part for finding in candidates for part in finding.evidence)
    return tuple(dict.fromkeys(evidence))


def _is_so(rule: Rule, finding: Finding) -> bool:
    checks = []
    if rule.severity:
        checks.append(finding.severity in rule.severity)
    if rule.sudden:
        checks.append(finding.sudden)
    if rule.min_nrs is not None:
        checks.append(finding.nrs is not None and finding.nrs >= rule.min_nrs)
    if rule.min_temperature_c is not None:
        checks.append(finding.temperature_c is not None and finding.temperature_c >= rule.min_temperature_c)
    return all(checks)


def names(name: str, finding: Finding) -> bool:
    """Whether ``code`` or ``generic@site`` of a rule names this finding.

    A generic names itself at any site (``thigh_bleeding``); a finding only itself: a low back pain is no ``back_pain``.
    """
    generic, at, site = name.partition("@")
    if not at:
        anywhere = lexicon.concepts()[name].kind == "generic"
        return finding.code == name or (anywhere and finding.code.endswith(f"_{name}"))
    return finding.code in (f"{site}_{generic}", lexicon.load_compositions().get((generic, site)))
