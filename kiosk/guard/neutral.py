"""Negations that deny no finding: what "won't stop", "not only", and what only looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from kiosk.critical import Critical
from kiosk.critical.medicines import MEDICINES
from kiosk.guard.counting import denial_forms
from kiosk.guard.disagreement import Disagreement
from kiosk.guard.rules import Rules, Words, says


def persistence(source: Critical, target: Critical, table: Rules) -> Iterator[Disagreement]:
    """Yield what does not end on one side and is over, or denied, on the other.

    Only where nothing else ends on the side that goes on: "the fever has gone, the cough won't go".
    """
    lasting, lasting_there = persists(source, table), persists(target, table)
    if lasting == lasting_there:
        return
    here, there = (source, target) if lasting else (target, source)
    if here.past or here.ended or (lasting_there and denial_forms(source, table)):
        return
    present = {claim.key for claim in here.claims if claim.status == "present"}
    denied = {claim.key for claim in there.claims if claim.status == "denied"}
    if _ends(there, table) or present & denied:
        on, over = ("原话", "译文") if lasting else ("译文", "原话")
        yield Disagreement(kind="negation", detail=f"{on}说没有停止或好转，{over}说已停止")


def _ends(text: Critical, table: Rules) -> bool:
    return says(table.ends, text.language, unended(text, table).text) or text.past in ("gone", "over") or text.ended


def persists(text: Critical, table: Rules) -> bool:
    """Whether a text says that something does not end."""
    return says(table.persists, text.language, text.text)


def unended(text: Critical, table: Rules) -> Critical:
    """Return a text without its negations of an end: they deny nothing that it names."""
    return _stripped(text, table.persists)


def unmeasured(text: Critical, table: Rules) -> Critical:
    """Return a text without its negations of an amount: "two hours, no more"."""
    return _stripped(text, table.at_most)


def affirmed(text: Critical, table: Rules) -> Critical:
    """Return a text without the negations that deny nothing: "not only", "cannot help"."""
    return _stripped(text, table.affirms)


def affirmative(text: Critical, table: Rules) -> Critical:
    """Return a text whose findings are not denied by two negations at once: "not a day that I do not cough"."""
    pattern = table.affirms.get(text.language)
    if pattern is None:
        return text
    said = [match.group() for match in pattern.finditer(text.text)]  # over a comma, too
    claims = tuple(
        replace(claim, status="present")
        if claim.status == "denied"
        and (pattern.search(claim.clause) or any(claim.words and claim.words in words for words in said))
        else claim
        for claim in text.claims
    )
    return replace(text, claims=claims)


def _stripped(text: Critical, patterns: Words) -> Critical:
    pattern = patterns.get(text.language)
    if pattern is None or not (times := len(pattern.findall(text.text))):
        return text
    claims = tuple(
        replace(claim, words=_left(pattern, claim.words), clause=_left(pattern, claim.clause)) for claim in text.claims
    )
    attached = sum(claim.status == "denied" for claim in claims)
    denials = max(text.denials - times, min(attached, text.denials))
    return replace(text, text=_left(pattern, text.text), claims=claims, denials=denials)


def without_medicines(text: Critical, instead: str = "") -> Critical:
    """Return a text without the names of medicines, which may look like a negation: "Coumadin", in Turkish.

    Args:
        instead: what stands in the place of each.
    """
    utterance, tokens = text.reading.utterance.text, text.reading.analysis.tokens
    words = text.text
    for mention in text.reading.analysis.of(*MEDICINES):
        name = utterance[tokens[mention.first].start : tokens[mention.last].end].casefold()
        words = words.replace(name, instead)
    return replace(text, text=words) if words != text.text else text


def _left(pattern: re.Pattern[str], words: str) -> str:
    return pattern.sub("", words)
