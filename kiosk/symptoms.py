"""Symptoms and events of one utterance, each with its place, time and whatever else is said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from kiosk import attributes, background, composition
from kiosk import lexicon as lexicons
from kiosk.composition import Named, Site
from kiosk.encounter import Finding, Laterality, Severity
from kiosk.lexicon import Concept
from kiosk.matching import Mention
from kiosk.reading import Reading

FEVER_FROM_C = 37.3
"""Axillary temperature from which a spoken temperature counts as fever (诊断学, 9th ed.: 36–37 °C is normal)."""
RADIATION_REACH = 3
"""How many words may stand between "goes into" and its goal."""
ISSUING = frozenset({"bleeding"})
"""What comes out of the body need not come from where it hurts."""
INJURY_REACH = 5
"""How many words may stand between an injury and its site."""


@dataclass(slots=True, kw_only=True, eq=False)
class Draft:
    """A finding while its attributes are collected."""

    finding: Finding
    anchor: Mention
    mentions: list[Mention]
    site: Site | None = None
    explicit: bool = False

    @property
    def first(self) -> int:
        return min(mention.first for mention in self.mentions)

    @property
    def last(self) -> int:
        return max(mention.last for mention in self.mentions)


def symptoms(reading: Reading) -> list[Draft]:
    """Return the findings of an utterance, in order, with everything said about them."""
    return _Collector(reading).collect()


class _Collector:
    """Collects the findings of one utterance."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.lexicon = reading.lexicon
        self.analysis = reading.analysis
        self.clauses = reading.clauses
        self.contexts = reading.contexts
        self.sites = reading.sites
        self.drafts: list[Draft] = []
        self.radiation: set[Mention] = set()
        self.goings: set[tuple[int, ...]] = set()

    def collect(self) -> list[Draft]:
        """Return the findings of the utterance with everything said about them."""
        self._radiations()
        used: set[Mention] = set()
        allergies = {cue.tokens for cue in self.analysis.of("cue") if cue.meaning in ("allergy", "no_allergy")}
        for mention in self.analysis.of("finding", "generic"):
            if mention.tokens in allergies:
                continue  # said of a substance; kiosk.substances reads it
            if mention.kind == "generic" and (self._had_illness(mention) or mention.tokens in self.goings):
                continue
            if mention.kind == "generic":
                self._generic(mention, used)
            else:
                self._finding(mention, used)
        self._implied_by_quality()
        self._absorb()
        self.drafts.sort(key=lambda draft: (draft.anchor.first, draft.first))
        self._sides()
        self._lent_sides()
        self._temperature()
        self._times()
        self._attributes()
        return self.drafts

    def _draft(self, mention: Mention, named: Named, site: Site | None) -> Draft:
        context = self.contexts[mention]
        mentions = [mention, *(site.mentions if site else ())]
        draft = Draft(
            finding=Finding(
                code=named.code,
                name=named.name,
                status=context.status,
                experiencer=context.experiencer,
                relation=context.relation,
                when=context.when,
                body_site=named.body_site,
                laterality=named.laterality,
                draft=any(part.pattern.draft for part in mentions),
            ),
            anchor=mention,
            mentions=mentions,
            site=site,
            explicit=context.explicit,
        )
        self.drafts.append(draft)
        return draft

    def _radiations(self) -> None:
        """Find where pains go: the site nearest to "goes into" in its clause, else the next one ("into … my arm")."""
        for cue in self.analysis.of("cue"):
            if cue.meaning not in ("radiates", "radiates_prior"):
                continue
            here = [site for site in self.sites if self.reading.same_clause(site.anchor, cue)]
            # Where verbs come last the goal stands before them, and the pain's own site before that.
            own = {id(site) for site in here[:1] if len(here) > 1 and site.anchor.last < cue.first}
            near = [site for site in here if id(site) not in own and site.anchor.gap(cue) <= RADIATION_REACH]
            after = [
                site
                for site in self.sites
                if site.anchor.first > cue.first
                and self.clauses.stretch[site.anchor.first] == self.clauses.stretch[cue.first]
            ]
            goal = min(near, key=lambda site: site.anchor.gap(cue), default=None) or (after[0] if after else None)
            if goal is not None and (goal.anchor.first > cue.first or len(here) > 1 or self._pain_before(goal)):
                self.radiation.update(goal.mentions)
                self.goings.add(cue.tokens)  # "pulls into the leg" is no cramp of the leg
                for site in self.sites:  # "into the arm and the jaw"
                    if site.anchor.first > goal.anchor.last and self.clauses.list_joined(goal.anchor, site.anchor):
                        self.radiation.update(site.mentions)

    def _pain_before(self, site: Site) -> bool:
        return any(mention.last < site.first for mention in self.analysis.of("generic", "finding"))

    def _generic(self, mention: Mention, used: set[Mention]) -> None:
        concept = self.reading.concept(mention)
        free = [site for site in self.sites if site.anchor not in self.radiation]
        placed = composition.place(mention, free, self.analysis, self.clauses, self.lexicon)
        if placed:
            for site in placed:
                used.update(site.mentions)
                self._draft(mention, composition.name_generic(concept, site, self.lexicon), site)
            return
        earlier = [
            draft
            for draft in self.drafts
            if self._implied_site(draft) is not None
            and self.clauses.sentence[draft.anchor.first] == self.clauses.sentence[mention.first]
        ]
        same = [
            draft for draft in earlier if draft.anchor.meaning == mention.meaning or self._is_made_of(draft, concept)
        ]
        if same and self.contexts[mention].status == same[-1].finding.status:
            same[-1].mentions.append(mention)
        elif earlier and not (concept.id in ISSUING and self._is_made_of(earlier[-1], self.lexicon.concepts["pain"])):
            # "My knee is red and swollen", "… a lump under my arm, but it does not hurt": the place is still meant.
            inherited = self._implied_site(earlier[-1])
            self._draft(mention, composition.name_generic(concept, inherited, self.lexicon), None)
        else:
            self._draft(mention, composition.name_generic(concept, None, self.lexicon), None)

    def _had_illness(self, mention: Mention) -> bool:
        """Whether a pain is none: Kazakh "туберкулезбен ауырған" is "had tuberculosis", with the verb of pain."""
        return mention.meaning == "pain" and any(
            illness.last == mention.first - 1 and self.reading.same_clause(illness, mention)
            for illness in self.analysis.of("disease")
        )

    def _absorb(self) -> None:
        """Drop what a more exact finding of the sentence says already: the fall of a faint."""
        absorbed = lexicons.absorbed()

        def superfluous(draft: Draft) -> bool:
            concept = self.lexicon.concepts.get(draft.finding.code)
            bare = concept is not None and concept.kind == "generic" and draft.site is None
            return any(
                other is not draft
                and other.finding.status == draft.finding.status
                and other.finding.relation == draft.finding.relation
                and self.clauses.sentence[other.anchor.first] == self.clauses.sentence[draft.anchor.first]
                and (
                    other.finding.code in absorbed.get(draft.finding.code, ())
                    or (bare and concept is not None and self._is_made_of(other, concept))
                )
                for other in self.drafts
            )

        self.drafts = [draft for draft in self.drafts if not superfluous(draft)]

    def _implied_by_quality(self) -> None:
        """Add the finding of a quality that was said alone: watery stools are diarrhoea, yellow sputum is sputum."""
        for mention in self.analysis.of("quality"):
            concept = self.lexicon.concepts.get(self.reading.concept(mention).value)
            if concept is None or concept.kind != "finding":
                continue
            if not any(self.reading.same_clause(draft.anchor, mention) for draft in self.drafts):
                self._draft(mention, composition.name_finding(concept, None, self.lexicon), None)

    def _implied_site(self, draft: Draft) -> Site | None:
        """Return where a finding is, if a later word may speak of the same place."""
        if draft.site is not None or draft.anchor.kind != "finding":
            return draft.site
        concept = self.reading.concept(draft.anchor)
        if not concept.compose or not concept.site:
            return None
        return Site(concept=concept.site, laterality=draft.finding.laterality, mentions=(draft.anchor,))

    def _is_made_of(self, draft: Draft, generic: Concept) -> bool:
        """Whether a finding is this generic somewhere: headache is a pain."""
        concept = self.lexicon.concepts.get(draft.finding.code)
        return concept is not None and any(rule.startswith(f"{generic.id}@") for rule in concept.compose)

    def _finding(self, mention: Mention, used: set[Mention]) -> None:
        concept = self.reading.concept(mention)
        site = self._site_of(mention, concept)
        if site is not None:
            used.update(site.mentions)
        named = composition.name_finding(concept, site, self.lexicon)
        if site is None:
            # "Судорога икры": the finding's own words may say where more exactly than its name does.
            for inner in self.analysis.of("site"):
                narrower = Site(concept=inner.meaning, mentions=(inner,))
                if self.analysis.container(inner) is mention and composition.fits(concept, narrower, self.lexicon):
                    named = replace(named, body_site=self.reading.concept(inner).zh)
        self._draft(mention, named, site)

    def _sides(self) -> None:
        """Give a side that stands by no site to the finding that implies one: "the right one is deaf"."""
        taken = {mention for site in self.sites for mention in site.mentions}
        concepts = self.lexicon.concepts
        for mention in self.analysis.of("side"):
            container = self.analysis.container(mention)
            if mention in taken or (container is not None and container.kind != "finding"):
                continue
            # "The ear hurts, the right one": a side alone in its clause is said of what was before.
            alone = not any(self.reading.same_clause(draft.anchor, mention) for draft in self.drafts)
            implied = [
                draft
                for draft in self.drafts
                if container in (None, draft.anchor)
                and draft.finding.laterality is None
                and draft.site is None
                and draft.anchor.kind == "finding"
                and (alone or self.reading.same_clause(draft.anchor, mention))
                and (place := concepts.get(self.reading.concept(draft.anchor).site)) is not None
                and place.value == "sided"
            ]
            owner = attributes.nearest(mention, implied, self.clauses)
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

    def _lent_sides(self) -> None:
        """Lend a side on: "my left ear rings, and I hear badly": one organ is meant."""
        concepts = self.lexicon.concepts
        said = {index for mention in self.analysis.of("side") for index in mention.tokens}
        for position, draft in enumerate(self.drafts):
            concept = concepts.get(draft.finding.code)
            if draft.finding.laterality is not None or concept is None or concept.kind != "finding" or not position:
                continue
            here = draft.site.concept if draft.site else concept.site
            if not here or concepts[here].value != "sided":
                continue
            earlier = next((e for e in reversed(self.drafts[:position]) if e.finding.laterality), None)
            if earlier is None or earlier.finding.status == "denied":
                continue
            place = earlier.site.concept if earlier.site else self.reading.concept(earlier.anchor).site
            between = set(range(max(part.last for part in earlier.mentions) + 1, draft.first))
            if (
                self.clauses.stretch[earlier.anchor.first] != self.clauses.stretch[draft.anchor.first]
                or earlier.finding.relation != draft.finding.relation
                or between & said
                or not place
                or not composition.neighbours(place, here, self.lexicon)
            ):
                continue
            lent = Site(concept=here, laterality=earlier.finding.laterality, mentions=(earlier.anchor,))
            named = composition.name_finding(concept, lent, self.lexicon)
            draft.finding = replace(draft.finding, name=named.name, laterality=named.laterality)

    def _site_of(self, mention: Mention, concept: Concept) -> Site | None:
        """Return the site of a finding.

        One with a site of its own takes only that or a part of it; one that combines (烫伤) takes the site it touches.
        """
        near = [
            site
            for site in self.sites
            if site.anchor not in self.radiation
            and not set(site.anchor.tokens) & set(mention.tokens)
            and self.clauses.clause[site.anchor.first] == self.clauses.clause[mention.first]
        ]
        if concept.site:
            near = [site for site in near if composition.fits(concept, site, self.lexicon)]
        elif concept.combine:
            near = [site for site in near if site.anchor.gap(mention) <= INJURY_REACH]
        else:
            near = []
        generics = self.analysis.of("generic")
        near = [site for site in near if not any(site.anchor.gap(g) < site.anchor.gap(mention) for g in generics)]
        return min(near, key=lambda site: site.anchor.gap(mention)) if near else None

    def _temperature(self) -> None:
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

    def _times(self) -> None:
        found = [
            time
            for time in attributes.times(self.analysis, self.lexicon)
            if time.mention not in background.gestations(self.reading)
        ]
        # An illness, operation or medicine has its own time, which must not become that of the complaint beside it.
        kinds = ("disease", "procedure", "state", "drug", "drug_class")
        others = [m for m in self.analysis.of(*kinds) if m.meaning != "pregnancy"]
        # What is denied has no duration: "a lump, it does not hurt, for six months".
        stated = [draft for draft in self.drafts if draft.finding.status != "denied"] or self.drafts
        placed: list[Draft | Mention] = [*stated, *others]
        placed.sort(key=lambda one: one.first)
        given = attributes.share_times(found, placed, self.clauses, _anchor)
        for index, times in given.items():
            draft = placed[index]
            if not isinstance(draft, Draft):
                continue
            for time in times:
                if time.duration is not None and draft.finding.duration is None:
                    draft.finding = replace(draft.finding, duration=time.duration)
                elif time.onset is not None and draft.finding.onset is None:
                    draft.finding = replace(draft.finding, onset=time.onset, since=time.since)
                else:
                    continue
                draft.mentions.append(time.mention)

    def _attributes(self) -> None:
        kinds = ("quality", "severity", "course", "frequency", "trigger", "relief")
        for mention in self.analysis.mentions:
            if mention.kind in kinds or (
                mention.kind == "template" and mention.meaning in ("frequency", "interval", "times", "nrs")
            ):
                placed: list[Draft | Mention] = [*self.drafts]
                if mention.kind in ("frequency", "template"):
                    placed += self.analysis.of("drug", "drug_class")  # "twice a day" may be said of a medicine
                if mention.kind == "quality":
                    placed = self._described(mention) or placed
                draft = attributes.nearest(mention, placed, self.clauses)
                if isinstance(draft, Draft):
                    self._attribute(draft, mention)
                    if mention.meaning == "sudden" and mention.last < draft.first:
                        self._all_sudden(draft)
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

    def _described(self, mention: Mention) -> list[Draft | Mention]:
        """Return the findings of the kind that a quality describes (yellow: sputum), if there are any."""
        named = self.reading.concept(mention).value
        concept = self.lexicon.concepts.get(named)
        return [
            draft
            for draft in self.drafts
            if draft.finding.code == named
            or (concept is not None and concept.kind == "generic" and self._is_made_of(draft, concept))
        ]

    def _all_sudden(self, first: Draft) -> None:
        """Mark all that follows: "suddenly" at the head of a sentence is said of everything in it."""
        for later in self.drafts[self.drafts.index(first) + 1 :]:
            if self.clauses.stretch[later.first] == self.clauses.stretch[first.first]:
                later.finding = replace(later.finding, sudden=True)

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
