"""Places that stand by no finding: said later of one that was told before, or of another that is alike."""

from __future__ import annotations

from dataclasses import replace

from kiosk.findings import composition
from kiosk.findings.drafts import Draft, drafted, place_of
from kiosk.findings.reading import Reading
from kiosk.findings.sites import Site, ancestry
from kiosk.lexicon import Concept
from kiosk.lexicon.mentions import Mention

PLACING = frozenset({"site", "side", "region", "relation"})
"""Kinds that only say where and whose."""


class Leftovers:
    """Gives sites that no finding has taken to the findings of an utterance, in place.

    Args:
        drafts: the findings, in order.
        radiation: the sites that a pain goes to; those are no places of anything.
    """

    def __init__(self, reading: Reading, drafts: list[Draft], radiation: set[Mention]) -> None:
        self.reading = reading
        self.lexicon = reading.lexicon
        self.analysis = reading.analysis
        self.clauses = reading.clauses
        self.sites = reading.sites
        self.drafts = drafts
        self.radiation = radiation

    def give(self, used: set[Mention]) -> None:
        """Give a site that stands in a clause without a finding to the finding beside it that has none of its own.

        "A mad dog bit me, two marks on the leg"; "my head hurts, the forehead"; "specks in my left eye, floaters".
        """
        clause, sentence = self.clauses.clause, self.clauses.sentence
        for site in self.sites:
            self._named_again(site, used)
        for site in self.sites:
            here = site.anchor.first
            if used & {*site.mentions} or site.inside is not None or site.anchor in self.radiation:
                continue
            if any(clause[draft.anchor.first] == clause[here] for draft in self.drafts):
                continue
            near = [
                draft
                for draft in self.drafts
                if abs(clause[draft.anchor.first] - clause[here]) == 1
                and sentence[here] - sentence[draft.anchor.first] in (0, 1)
                and self._takes(draft, site)
            ]
            owner = min(
                near, key=lambda draft: (draft.anchor.first > here, draft.anchor.gap(site.anchor)), default=None
            )
            if owner is not None:
                used.update(site.mentions)
                self._place(owner, site)
            else:
                self._there_too(site, used)

    def _there_too(self, site: Site, used: set[Mention]) -> None:
        """Add what was said of another place of one that stands alone: "blisters in the mouth, on the palms too"."""
        clause, sentence = self.clauses.clause, self.clauses.sentence
        here = site.anchor.first
        before = [draft for draft in self.drafts if draft.anchor.first < here]
        last = before[-1] if before else None
        if last is None or last.anchor.kind != "generic" or last.site is None or last.finding.status != "present":
            return
        near = clause[here] - clause[last.anchor.first] == 1 and sentence[here] - sentence[last.anchor.first] in (0, 1)
        alone = not any(
            m for m in self.analysis.mentions if clause[m.first] == clause[here] and m.kind not in (*PLACING, "cue")
        )
        apart = not {p.id for p in self._around(site)} & {last.site.concept} and site.concept not in {
            p.id for p in self._around(last.site)
        }
        if near and alone and apart and not self.clauses.unknown_words(site.anchor):
            concept = self.reading.concept(last.anchor)
            if composition.possible(concept.id, site, self.lexicon):
                used.update(site.mentions)
                self.drafts.append(
                    drafted(self.reading, last.anchor, composition.name_generic(concept, site, self.lexicon), site)
                )

    def _around(self, site: Site) -> list[Concept]:
        """Return the place of a site and those that it is part of."""
        return [*ancestry(self.lexicon.concepts[site.concept], self.lexicon.concepts)]

    def _named_again(self, site: Site, used: set[Mention]) -> None:
        """Give the side of an organ that is named again to all that was told of it: "my eye is red, …, both eyes"."""
        if site.laterality is None or used & {*site.mentions} or site.inside is not None:
            return
        if site.anchor in self.radiation:
            return
        exact = {place.id for place in self._around(site) if place.value == "sided"}
        for draft in self.drafts:
            place = place_of(draft, self.reading)
            if (
                place in exact
                and draft.finding.laterality is None
                and draft.last < site.first
                and self.clauses.stretch[draft.anchor.first] == self.clauses.stretch[site.anchor.first]
                and self._takes(draft, site)
            ):
                used.update(site.mentions)
                self._place(draft, site)

    def _takes(self, draft: Draft, site: Site) -> bool:
        """Whether a finding lacks a site as exact as this one."""
        concept = self.reading.concept(draft.anchor)
        if draft.finding.status == "denied" or self._sided_itself(draft, site):
            return False
        if draft.site is not None and self.clauses.unknown_words(site.anchor):
            return False  # "my head hurts, something … to my eye": whatever that is, the head still hurts
        if draft.site is not None:
            narrower = {place.id for place in self._around(site)}
            return draft.site.concept in narrower and (
                draft.site.concept != site.concept or site.laterality is not None
            )
        return draft.anchor.kind == "finding" and composition.may_be_at(concept, site, self.lexicon)

    def _sided_itself(self, draft: Draft, site: Site) -> bool:
        """Whether another side is named in the clause of a finding: "my right eye is fine, the left one blurred"."""
        return site.laterality is not None and any(
            self.reading.same_clause(side, draft.anchor)
            and side not in site.mentions
            and self.reading.concept(side).value != site.laterality
            for side in self.analysis.of("side")
        )

    def _place(self, draft: Draft, site: Site) -> None:
        """Put a finding at a site that was said beside it."""
        concept = self.reading.concept(draft.anchor)
        if draft.site is not None and site.laterality is None:
            site = replace(site, laterality=draft.site.laterality)
        named = composition.name(concept, site, self.lexicon)
        draft.site = site
        draft.mentions.extend(site.mentions)
        draft.finding = replace(
            draft.finding,
            code=named.code,
            name=named.name,
            body_site=named.body_site,
            laterality=named.laterality,
        )
