"""What is said of findings: temperature, times, severity, character, course, and where a pain goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from kiosk.encounter import Finding, Severity
from kiosk.findings import attributes, gestation, timing
from kiosk.findings.drafts import Draft, is_made_of
from kiosk.findings.reading import Reading
from kiosk.lexicon import concept_rules
from kiosk.lexicon.mentions import Mention

FEVER_FROM_C = 37.3
"""Axillary temperature from which a spoken temperature counts as fever (诊断学, 9th ed.: 36–37 °C is normal)."""

BREAKING_OUT = frozenset({"cold_sweat"})
"""Findings that come with another one and have no time of their own beside it."""
LASTING_HABITS = frozenset(
    {"smoking", "nasvai", "chewing_tobacco", "snuff", "drinking", "betel_nut", "cannabis", "drug_use"}
)
"""Habits of which people say for how long: no time of a complaint beside them."""
ACCIDENTS = "injury"
"""The system whose events are over as soon as they have happened: bites, burns, poison that was drunk."""
DEGREES_REACH = 2
"""How many words that are not understood may stand between a fever and the bare number of its degrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Where a finding was said, without what is said of it: its time at the end of a sentence brings no word nearer."""

    draft: Draft
    first: int
    last: int


class Details:
    """Gives each word about a finding to the finding that it is about.

    Args:
        drafts: the utterance's findings, in order; completed in place, and a fever said only by its degrees is added.
        radiation: the sites that a pain goes to.
    """

    def __init__(self, reading: Reading, drafts: list[Draft], radiation: set[Mention]) -> None:
        self.reading = reading
        self.lexicon = reading.lexicon
        self.analysis = reading.analysis
        self.clauses = reading.clauses
        self.sites = reading.sites
        self.drafts = drafts
        self.radiation = radiation
        self.timed: list[tuple[Draft, Mention]] = []

    def give(self) -> None:
        """Complete the findings."""
        self._temperature()
        said = [Said(draft=draft, first=draft.first, last=draft.last) for draft in self.drafts]
        self._times()
        self._attributes(said)
        # Only now: a time at the end of a sentence must not make a finding of its beginning reach to there.
        for draft, mention in self.timed:
            draft.mentions.append(mention)

    def _temperature(self) -> None:
        self._bare_temperature()
        for mention in self.analysis.of("template"):
            value = attributes.temperature(mention)
            if value is None:
                continue
            fever = attributes.nearest(
                mention, self.drafts, self.clauses, accept=lambda draft: draft.finding.code == "fever"
            )
            if fever is None and value >= FEVER_FROM_C and "fever" in self.lexicon.concepts:
                concept = self.lexicon.concepts["fever"]
                fever = Draft(finding=Finding(code=concept.id, name=concept.zh), anchor=mention, mentions=[mention])
                self.drafts.append(fever)
                self.drafts.sort(key=lambda draft: draft.anchor.first)
            if fever is not None:
                fever.finding = replace(fever.finding, temperature_c=value)
                fever.mentions.append(mention)

    def _bare_temperature(self) -> None:
        """Take a bare number beside a fever for its degrees: "he has a fever, 39", "102 of fever"."""
        used = {i for m in self.analysis.mentions if m.kind not in ("numeral", "unit") for i in m.tokens}
        for number in self.analysis.numbers:
            value = attributes.bare_temperature(number)
            here = range(number.start, number.end)
            if value is None or used & set(here) or not self._counts_nothing(number.end):
                continue
            for draft in self.drafts:
                between = [*range(draft.last + 1, number.start), *range(number.end, draft.first)]
                unknown = [index for index in between if not self.clauses.is_known(index)]
                if (
                    draft.finding.code == "fever"
                    and draft.finding.status == "present"
                    and self.clauses.sentence[draft.last] == self.clauses.sentence[number.start]
                    and len(unknown) <= DEGREES_REACH
                    and len(between) <= 2 * DEGREES_REACH
                ):
                    draft.finding = replace(draft.finding, temperature_c=draft.finding.temperature_c or value)

    def _counts_nothing(self, index: int) -> bool:
        """Whether a number that ends before this word stands alone, or before a word that is understood."""
        clause = self.clauses.clause
        return index >= len(clause) or clause[index] != clause[index - 1] or self.clauses.is_known(index)

    def _times(self) -> None:
        found = [
            time
            for time in timing.times(self.analysis, self.lexicon)
            if not any(
                # "28 weeks today": how far she is, not since when.
                time.mention is weeks
                or (time.mention.meaning == "today" and 0 <= time.mention.first - weeks.last <= 1 and not time.since)
                for weeks in gestation.gestations(self.reading)
            )
        ]
        # An illness, operation or medicine has its own time, which must not become that of the complaint beside it.
        kinds = ("disease", "procedure", "state", "drug", "drug_class")
        others = [m for m in self.analysis.of(*kinds) if m.meaning != "pregnancy"]
        others += [m for m in self.analysis.of("habit") if m.meaning in LASTING_HABITS]
        # What is denied has no duration: "a lump, it does not hurt, for six months".
        stated = [draft for draft in self.drafts if draft.finding.status != "denied"] or self.drafts
        # A sweat breaks out with another complaint, whose time it is.
        own = [draft for draft in stated if draft.finding.code not in BREAKING_OUT] or stated
        placed: list[Draft | Mention] = [*own, *others]
        placed.sort(key=lambda one: one.first)
        given = timing.share_times(
            found, placed, self.clauses, _anchor, self._happened, self._akin, crosses=bool(self.lexicon.linking)
        )
        for index, times in given.items():
            draft = placed[index]
            if not isinstance(draft, Draft):
                continue
            clause = self.clauses.clause
            here = clause[draft.anchor.first]
            # "Yesterday we laughed …, but today my tooth aches": its own clause's time comes first.
            for time in sorted(times, key=lambda each: clause[each.mention.first] != here):
                if draft.finding.status == "denied" and clause[time.mention.first] != here:
                    continue  # "I am not sick. For two weeks my appetite …": what is not there has not lasted
                if time.mention.meaning in timing.SEASONS and not time.since and draft.finding.when == "current":
                    continue  # "in winter my soles burn": when it comes, not since when
                if time.duration is not None and self._struck(draft):
                    if draft.finding.onset is not None:
                        continue
                    # "He drank bleach, ten minutes it has been": an accident lasts no time, it was ten minutes ago.
                    draft.finding = replace(draft.finding, onset=f"{attributes.amount(time.duration)}前")
                elif time.duration is not None and draft.finding.duration is None:
                    draft.finding = replace(draft.finding, duration=time.duration)
                elif time.onset is not None and draft.finding.onset is None:
                    draft.finding = replace(draft.finding, onset=time.onset, since=time.since)
                else:
                    continue
                self.timed.append((draft, time.mention))

    def _happened(self, placed: Draft | Mention) -> bool:
        concept = self.lexicon.concepts.get(placed.anchor.meaning) if isinstance(placed, Draft) else None
        return concept is not None and "event" in concept.tags

    def _struck(self, draft: Draft) -> bool:
        """Whether it is an accident, which lasts no time, unlike a fit or a faint."""
        concept = self.lexicon.concepts.get(draft.anchor.meaning)
        return self._happened(draft) and concept is not None and concept.system == ACCIDENTS

    def _akin(self, one: Draft | Mention, other: Draft | Mention) -> bool:
        """Whether two findings are of one part of medicine; where no ending says that a sentence goes on, all are.

        A fever goes with anything.
        """
        if not self.lexicon.linking:
            return True
        first, second = (
            self.lexicon.concepts.get(each.finding.code if isinstance(each, Draft) else each.meaning)
            for each in (one, other)
        )
        fever = any(concept is not None and concept.id == "fever" for concept in (first, second))
        return fever or (first is not None and second is not None and first.system == second.system)

    def _attributes(self, said: Sequence[Said]) -> None:
        kinds = ("quality", "severity", "course", "frequency", "trigger", "relief")
        made = {*concept_rules.behind().values()}
        # "It burns, and often": the word that made a finding of its own says no more.
        spent = {
            mention
            for draft in self.drafts
            if draft.finding.code in made
            for mention in draft.mentions
            if mention.kind in ("course", "frequency")
        }
        for mention in self.analysis.mentions:
            if mention in spent:
                continue
            if mention.kind in kinds or (
                mention.kind == "template" and mention.meaning in ("frequency", "interval", "times", "nrs")
            ):
                placed: list[Said | Mention] = [*said]
                if mention.kind in ("frequency", "template"):
                    placed += self.analysis.of("drug", "drug_class")  # "twice a day" may be said of a medicine
                if mention.kind == "quality":
                    placed = self._described(mention, said) or placed
                if mention.kind == "severity":
                    placed = self._worst(mention, said) or self._right_behind(mention, said) or placed
                owner = attributes.nearest(mention, placed, self.clauses)
                if isinstance(owner, Said) and not self._of_unknown(mention, owner.draft):
                    self._attribute(owner.draft, mention)
        for mention in self.radiation:
            if mention.kind != "site":
                continue
            before = [draft for draft in self.drafts if draft.anchor.first < mention.first]
            if before:
                site = next(site for site in self.sites if mention in site.mentions)
                name = (site.laterality or "") + self.lexicon.concepts[site.concept].zh
                last = before[-1]
                last.finding = replace(last.finding, radiation=(*last.finding.radiation, name))
                last.mentions.extend(site.mentions)

    def _worst(self, mention: Mention, said: Sequence[Said]) -> list[Said | Mention]:
        """Return the pains, for a severity alone in its clause: "my head …, I vomit, never in my life so bad"."""
        if any(self.reading.same_clause(draft.anchor, mention) for draft in self.drafts):
            return []
        pain = self.lexicon.concepts["pain"]
        return [one for one in said if is_made_of(one.draft, pain, self.lexicon)]

    def _right_behind(self, mention: Mention, said: Sequence[Said]) -> list[Said | Mention]:
        """Return what begins right behind a severity: "spots came out badly it itches" tells of a bad itching."""
        return [
            one
            for one in said
            if one.draft.anchor.first == mention.last + 1 and self.reading.same_clause(mention, one.draft.anchor)
        ]

    def _of_unknown(self, mention: Mention, draft: Draft) -> bool:
        """Whether a severity is that of a word that is not understood: "with a little hoeing I sweat"."""
        if mention.kind != "severity":
            return False
        if not self.reading.same_clause(mention, draft.anchor) and self.clauses.unknown_words(mention):
            return True  # "the sun was fierce, my eyes water"
        after = mention.last + 1
        if draft.last < mention.first - 1 and self._unknown_here(after, mention):
            return True  # "a rash came, it badly … (itches, misspelt)"
        low, high = sorted((mention, draft.anchor), key=lambda each: each.first)
        return any(not self.clauses.is_known(index) for index in range(low.last + 1, high.first))

    def _unknown_here(self, index: int, mention: Mention) -> bool:
        """Whether a word that is not understood stands here, in the clause of a mention."""
        clause = self.clauses.clause
        return index < len(clause) and clause[index] == clause[mention.last] and not self.clauses.is_known(index)

    def _described(self, mention: Mention, said: Sequence[Said]) -> list[Said | Mention]:
        """Return the findings of the kind that a quality describes (yellow: sputum), if there are any."""
        named = self.reading.concept(mention).value
        concept = self.lexicon.concepts.get(named)
        return [
            one
            for one in said
            if one.draft.finding.code == named
            or (concept is not None and concept.kind == "generic" and is_made_of(one.draft, concept, self.lexicon))
        ]

    def _attribute(self, draft: Draft, mention: Mention) -> None:
        finding = draft.finding
        if mention.kind == "template":
            if mention.meaning == "nrs" and mention.number is not None and 0 <= mention.number.value <= 10:
                finding = replace(finding, nrs=int(mention.number.value))
            elif mention.meaning != "nrs":
                finding = replace(finding, frequency=finding.frequency or attributes.frequency(mention))
        else:
            concept = self.reading.concept(mention)
            if mention.kind == "quality":
                finding = replace(finding, character=(*finding.character, concept.zh))
            elif mention.kind == "severity":
                finding = replace(finding, severity=finding.severity or cast(Severity, concept.value))
            elif mention.kind == "course" and concept.id == "sudden":
                finding = replace(finding, sudden=True)
            elif mention.kind == "course":
                finding = replace(finding, course=finding.course or concept.zh)
            elif concept.id == "in_the_morning" and self._struck(draft) and finding.onset is None:
                finding = replace(finding, onset=self.lexicon.concepts["this_morning"].zh)
            elif mention.kind == "frequency":
                finding = replace(finding, frequency=finding.frequency or concept.zh)
            elif mention.kind == "trigger":
                finding = replace(finding, aggravating=(*finding.aggravating, concept.zh))
            else:
                finding = replace(finding, relieving=(*finding.relieving, concept.zh))
        draft.finding = finding
        draft.mentions.append(mention)


def _anchor(placed: Draft | Mention) -> Mention:
    return placed.anchor if isinstance(placed, Draft) else placed
