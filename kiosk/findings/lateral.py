"""Left and right of findings that imply their site: "the right one is deaf"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from kiosk.encounter import Laterality
from kiosk.findings import attributes, composition
from kiosk.findings.drafts import Draft, place_of
from kiosk.findings.reading import Reading
from kiosk.findings.sites import Site, ancestry, counts_complaints
from kiosk.lexicon.mentions import Mention

SIDELESS = frozenset({"dizziness", "vertigo", "presyncope", "low_breast_milk"})
"""What the head, or a nursing mother, has as one: a side beside it is another finding's."""


class Sides:
    """Gives sides that stand by no site to the findings of an utterance, in place."""

    def __init__(self, reading: Reading, drafts: list[Draft]) -> None:
        self.reading = reading
        self.lexicon = reading.lexicon
        self.analysis = reading.analysis
        self.clauses = reading.clauses
        self.sites = reading.sites
        self.drafts = drafts

    def give(self) -> None:
        """Complete the findings."""
        self._sides()
        self._same_places()
        self._lent_sides()

    def _sides(self) -> None:
        """Give a side that stands by no site to the finding that implies one: "the right one is deaf"."""
        taken = {mention for site in self.sites for mention in site.mentions}
        concepts = self.lexicon.concepts
        for mention in self.analysis.of("side"):
            container = self.analysis.container(mention)
            if mention in taken or (container is not None and container.kind != "finding"):
                continue
            if container is None and counts_complaints(mention, self.analysis, self.clauses):
                continue
            # "The ear hurts, the right one": a side alone in its clause is said of what was before.
            alone = not any(self.reading.same_clause(draft.anchor, mention) for draft in self.drafts)
            implied = [
                draft
                for draft in self.drafts
                if container in (None, draft.anchor)
                and draft.finding.laterality is None
                and (draft.site is None or draft.site.inside is draft.anchor)
                and draft.anchor.kind == "finding"
                and draft.finding.code not in SIDELESS
                and (alone or self.reading.same_clause(draft.anchor, mention))
                and (place := concepts.get(self.reading.concept(draft.anchor).site)) is not None
                and place.value == "sided"
            ]
            owner = self._at_its_site(mention, implied) or attributes.nearest(mention, implied, self.clauses)
            if owner is None:
                continue
            concept = self.reading.concept(owner.anchor)
            site = Site(
                concept=concept.site,
                laterality=cast(Laterality, self.reading.concept(mention).value),
                mentions=(mention,),
            )
            named = composition.name_finding(concept, site, self.lexicon)
            owner.finding = replace(owner.finding, name=named.name, laterality=named.laterality)
            owner.mentions.append(mention)

    def _at_its_site(self, side: Mention, implied: Sequence[Draft]) -> Draft | None:
        """Return the finding whose own site stands right behind a side: "the mouth is crooked right arm hangs"."""
        places = self.analysis.of("site")
        if any(site.last == side.first - 1 for site in places):
            return None  # where sides stand behind their site it may be that one's
        begun = {site.first for site in places} & {side.last + 1}
        here = [draft for draft in implied if self.reading.same_clause(draft.anchor, side)]
        return next((draft for draft in here if draft.anchor.first in begun), None)

    def _same_places(self) -> None:
        """Give the side of a place to what is told of it next: "my left hand is scalded, blisters on that hand"."""
        concepts = self.lexicon.concepts
        for position, draft in enumerate(self.drafts):
            site = draft.site
            if site is None or site.laterality is not None or draft.finding.laterality is not None:
                continue
            if draft.finding.status == "denied" or concepts[site.concept].value != "sided":
                continue
            earlier = [
                each
                for each in self.drafts[:position]
                if each.site is not None
                and each.site.concept == site.concept
                and each.anchor.first < draft.anchor.first
                and each.finding.relation == draft.finding.relation
                and each.finding.status != "denied"
                and self.clauses.sentence[draft.first] - self.clauses.sentence[each.last] in (0, 1)
            ]
            # "His ear hurts, from the right ear pus runs": the one that is named later, too.
            later = [
                each
                for each in self.drafts[position + 1 :]
                if place_of(each, self.reading) == site.concept
                and each.finding.laterality in ("左", "右")
                and each.finding.relation == draft.finding.relation
                and self.reading.same_clause(each.anchor, draft.anchor)
                and not any(draft.anchor.last < m.first < each.first for m in self.analysis.of("template", "time"))
            ]
            told = earlier[-1:] if earlier and earlier[-1].finding.laterality else later[:1]
            if not told:
                continue
            same = replace(site, laterality=told[0].finding.laterality)
            named = composition.name(self.reading.concept(draft.anchor), same, self.lexicon)
            draft.site = same
            draft.finding = replace(draft.finding, name=named.name, laterality=named.laterality)

    def _lent_sides(self) -> None:
        """Lend a side on: "my left ear rings, and I hear badly": one organ is meant."""
        concepts = self.lexicon.concepts
        said = {index for mention in self.analysis.of("side") for index in mention.tokens}
        for position, draft in enumerate(self.drafts):
            concept = concepts.get(draft.finding.code)
            if draft.finding.laterality is not None or concept is None or concept.kind != "finding" or not position:
                continue
            if draft.finding.status == "denied" or concept.id in SIDELESS:
                continue  # what is not there has no side
            here = draft.site.concept if draft.site else concept.site
            if not here or concepts[here].value != "sided":
                continue
            earlier = next((e for e in reversed(self.drafts[:position]) if e.finding.laterality), None)
            if earlier is None or earlier.finding.status == "denied":
                continue
            # A generic that took its place from what was told before ("both eyes are red, they itch") has none itself.
            named_as = concepts.get(earlier.finding.code)
            own = self.reading.concept(earlier.anchor).site or (named_as.site if named_as is not None else "")
            place = earlier.site.concept if earlier.site else own
            between = set(range(max(part.last for part in earlier.mentions) + 1, draft.first))
            if (
                self.clauses.stretch[earlier.anchor.first] != self.clauses.stretch[draft.anchor.first]
                or earlier.finding.relation != draft.finding.relation
                or between & said
                or not place
                or place not in {site.id for site in ancestry(concepts[here], concepts)}
            ):
                continue
            lent = Site(concept=here, laterality=earlier.finding.laterality, mentions=(earlier.anchor,))
            named = composition.name_finding(concept, lent, self.lexicon)
            draft.finding = replace(draft.finding, name=named.name, laterality=named.laterality)
