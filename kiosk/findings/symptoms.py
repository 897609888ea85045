"""Symptoms and events of one utterance, each with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from kiosk.encounter import Laterality
from kiosk.findings import composition, joining
from kiosk.findings.composition import SKIN, TISSUES, WIDE, Named
from kiosk.findings.details import Details
from kiosk.findings.drafts import Draft, drafted, is_made_of
from kiosk.findings.lateral import Sides
from kiosk.findings.leftovers import Leftovers
from kiosk.findings.reading import Reading
from kiosk.findings.sites import Site, ancestry
from kiosk.lexicon import Concept, concept_rules
from kiosk.lexicon.mentions import Mention

RADIATION_REACH = 3
"""How many words may stand between "goes into" and its goal."""
ISSUING = frozenset({"bleeding"})
"""What comes out of the body need not come from where it hurts."""
TOLD_BY_LIKENESS = frozenset({"head_nerves"})
"""Systems whose events people can only tell by what they are like: "as if he had a fit"."""
LIKENESS_REACH = 2
"""How many words from "like" its picture begins."""
TRUNK = frozenset({"back", "abdomen", "chest"})
ILLNESS_REACH = 3
"""How many words from an illness its verb is, where that is the verb of pain, too."""
OF_JOINTS = frozenset({"joint_clicking"})
"""What only the joint does that was told of; morning stiffness is of all."""
JOINTS = frozenset({"knee", "elbow", "shoulder", "wrist", "hip", "ankle", "finger", "jaw_joint", "neck"})
"""Sites that are joints, or move as one."""
COMPLAINTS = frozenset({"pain", "swelling", "itching", "numbness"})
"""What people complain of where they have named its place before."""
TOLD_SENTENCES = 2
"""How many sentences before a pain its place may have been named."""
INJURY_REACH = 5
"""How many words may stand between an injury and its site."""


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
        self.likened: set[Mention] = set()
        self.struck: set[Mention] = set()

    def collect(self) -> list[Draft]:
        """Return the findings of the utterance with everything said about them."""
        self._radiations()
        used: set[Mention] = set()
        occasions = {trigger.tokens for trigger in self.analysis.of("trigger")}
        allergies = {cue.tokens for cue in self.analysis.of("cue") if cue.meaning in ("allergy", "no_allergy")}
        told = self.analysis.of("finding", "generic")
        self.likened = {mention for mention in told if self._likened(mention)}
        for mention in told:
            if mention.tokens in allergies or mention in self.likened:
                continue  # said of a substance; kiosk.findings.substances reads it
            if mention.tokens in occasions and self._told_beside(mention, told):
                continue  # "when I cough, urine leaks"
            if mention.kind == "generic" and (self._had_illness(mention) or mention.tokens in self.goings):
                continue
            if mention.kind == "generic":
                self._generic(mention, used)
            else:
                self._finding(mention, used)
        self._implied_by_quality()
        self.drafts.sort(key=lambda draft: (draft.anchor.first, draft.first))
        Leftovers(self.reading, self.drafts, self.radiation).give(used)
        self.drafts.sort(key=lambda draft: (draft.anchor.first, draft.first))
        self.drafts = joining.joined(self.reading, self.drafts)
        Sides(self.reading, self.drafts).give()
        Details(self.reading, self.drafts, self.radiation).give()
        return self.drafts

    def _add(self, mention: Mention, named: Named, site: Site | None) -> None:
        self.drafts.append(drafted(self.reading, mention, named, site))

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
        # "A viper bit my finger, the arm has swollen": what an event has taken is not listed with another clause's.
        placed_here = any(self._here(site, mention) and site.concept != SKIN for site in self.sites)
        free = [
            site
            for site in self.sites
            if site.anchor not in self.radiation
            and (site.anchor not in self.struck or self._here(site, mention) or not placed_here)
            # "But no blood, my belly does not hurt": what is not there is not at the next clause's place.
            and (
                self.contexts[mention].status != "denied"
                or site.anchor.first < mention.first
                or (self._here(site, mention) and not self._closed(mention, site))
            )
        ]
        placed = composition.place(mention, free, self.analysis, self.clauses, self.lexicon, over=self.likened)
        if placed:
            for site in placed:
                used.update(site.mentions)
                self._add(mention, composition.name_generic(concept, site, self.lexicon), site)
            return
        if self._of_the_last(mention):
            self._add(mention, composition.name_generic(concept, None, self.lexicon), None)
            return
        earlier = [
            draft
            for draft in self.drafts
            if (place := self._implied_site(draft)) is not None
            and composition.possible(concept.id, place, self.lexicon)
            and self.clauses.sentence[mention.first] - self.clauses.sentence[draft.anchor.first] in (0, 1)
        ]
        same = [
            draft
            for draft in earlier
            if draft.anchor.meaning == mention.meaning or is_made_of(draft, concept, self.lexicon)
        ]
        if same and self.contexts[mention].status == same[-1].finding.status:
            same[-1].mentions.append(mention)
        elif earlier and self._unknown_place(mention, earlier[-1]):
            self._add(mention, composition.name_generic(concept, None, self.lexicon), None)
        elif earlier and not (
            concept.id in ISSUING and is_made_of(earlier[-1], self.lexicon.concepts["pain"], self.lexicon)
        ):
            # "My knee is red and swollen", "… a lump under my arm, but it does not hurt": the place is still meant.
            inherited = self._implied_site(earlier[-1])
            far = earlier[-1].site is None and not self.reading.same_clause(earlier[-1].anchor, mention)
            if inherited is not None and (far or self.contexts[mention].status == "denied"):
                inherited = replace(inherited, laterality=None)  # what is not there has no side
            if concept.id == "itching" and inherited is not None and self._rash_of_trunk(earlier[-1], inherited):
                concept, inherited = self.lexicon.concepts["skin_itching"], None
            self._add(mention, composition.name(concept, inherited, self.lexicon), None)
        else:
            told = self._told_site(mention, used)
            used.update(told.mentions if told is not None else ())
            self._add(mention, composition.name_generic(concept, told, self.lexicon), told)

    def _told_site(self, mention: Mention, used: set[Mention]) -> Site | None:
        """Return the one place that the sentences before named: "it is this hip. I lifted a pail, and it aches"."""
        free = [site for site in self.sites if site.concept not in WIDE and site.anchor not in self.radiation]
        sentence = self.clauses.sentence
        if len(free) != 1 or self.drafts or used & {*free[0].mentions} or free[0].inside is not None:
            return None
        site = free[0]
        before = sentence[mention.first] - sentence[site.anchor.first]
        said = self.contexts[mention].status == "present" and self.contexts[mention].when == "current"
        same = self.reading.subjects[site.anchor.first][0] == self.reading.subjects[mention.first][0]
        clause = self.clauses.clause
        joints = [cue.last for cue in self.reading.cues("and") if cue.last < mention.first]
        since = max([-1, *joints, *(index for index in range(mention.first) if clause[index] != clause[mention.first])])
        known = all(self.clauses.is_known(index) for index in range(since + 1, mention.first))
        near = 1 <= before <= TOLD_SENTENCES and said and same and known and mention.meaning in COMPLAINTS
        return site if near and composition.possible(mention.meaning, site, self.lexicon) else None

    def _told_beside(self, mention: Mention, told: Sequence[Mention]) -> bool:
        stretch = self.clauses.stretch
        return any(m.tokens != mention.tokens and stretch[m.first] == stretch[mention.first] for m in told)

    def _of_the_last(self, mention: Mention) -> bool:
        """Whether what has no place makes one thing with the finding before: "it burns when I pass water, it hurts"."""
        last = self.drafts[-1] if self.drafts else None
        rules = concept_rules.beside() if self.contexts[mention].status == "denied" else concept_rules.behind()
        return (
            last is not None
            and (last.finding.code, mention.meaning) in rules
            and self.clauses.sentence[mention.first] - self.clauses.sentence[last.anchor.first] in (0, 1)
        )

    def _closed(self, mention: Mention, site: Site) -> bool:
        """Whether a "none" ends what is told before the next place: "blood there is none, my back does not hurt"."""
        return any(mention.last < cue.first < site.anchor.first for cue in self.reading.cues("deny_prior"))

    def _here(self, site: Site, mention: Mention) -> bool:
        return self.reading.same_clause(site.anchor, mention)

    def _rash_of_trunk(self, draft: Draft, site: Site) -> bool:
        """Whether what itches is a rash of the trunk: its skin does, not the back or the belly."""
        rash = any(rule in draft.finding.code for rule in ("rash", "lump", "blister"))
        return rash and site.concept in TRUNK

    def _unknown_place(self, mention: Mention, earlier: Draft) -> bool:
        """Whether a word that is not understood may name the place: "my head does not hurt, only my … pulls"."""
        here = self.clauses.clause[mention.first]
        if here == self.clauses.clause[earlier.anchor.first]:
            return False
        before = [index for index in range(mention.first) if self.clauses.clause[index] == here]
        return any(not self.clauses.is_known(index) for index in before)

    def _likened(self, mention: Mention) -> bool:
        """Whether it only says what something is like: "as if stabbed with a knife", "like a nail going in"."""
        ends = range(mention.last, min(mention.last + 2, len(self.analysis.tokens)))
        ending = any(
            index in self.analysis.likening and self.clauses.clause[index] == self.clauses.clause[mention.last]
            for index in ends
        )
        concept = self.reading.concept(mention)
        if "event" in concept.tags and concept.system not in TOLD_BY_LIKENESS:
            return ending or any(
                self.reading.same_clause(cue, mention)
                and (
                    (cue.meaning == "like" and 0 < mention.first - cue.last <= LIKENESS_REACH)
                    or (cue.meaning == "like_prior" and 0 < cue.first - mention.last <= LIKENESS_REACH)
                )
                for cue in self.analysis.of("cue")
            )
        others = (m for m in self.analysis.of("generic", "finding") if m.first > mention.last)
        return ending and mention.kind == "generic" and any(self.reading.same_clause(m, mention) for m in others)

    def _had_illness(self, mention: Mention) -> bool:
        """Whether a pain is none: Kazakh "туберкулезбен ауырған" is "had tuberculosis", with the verb of pain."""
        return mention.meaning == "pain" and any(
            0 < mention.first - illness.last <= (ILLNESS_REACH if mention.pattern.inflection == "verb" else 1)
            and self.reading.same_clause(illness, mention)
            and not any(illness.last < other.first < mention.first for other in self.analysis.of("site", "finding"))
            and all(self.clauses.is_known(index) for index in range(illness.last, mention.first))
            for illness in self.analysis.of("disease")
        )

    def _implied_by_quality(self) -> None:
        """Add the finding of a quality that was said alone: watery stools are diarrhoea, yellow sputum is sputum."""
        for mention in self.analysis.of("quality"):
            concept = self.lexicon.concepts.get(self.reading.concept(mention).value)
            if concept is None or concept.kind != "finding":
                continue
            if not any(self.reading.same_clause(draft.anchor, mention) for draft in self.drafts):
                self._add(mention, composition.name_finding(concept, None, self.lexicon), None)

    def _implied_site(self, draft: Draft) -> Site | None:
        """Return where a finding is, if a later word may speak of the same place."""
        if draft.site is not None or draft.anchor.kind != "finding":
            return draft.site
        concept = self.reading.concept(draft.anchor)
        own = [s for s in self.analysis.of("site") if {*s.tokens} < {*draft.anchor.tokens} and s.meaning not in TISSUES]
        around = (
            {place.id for place in ancestry(self.lexicon.concepts[concept.site], self.lexicon.concepts)}
            if (concept.site)
            else set()
        )
        if len(own) == 1 and (own[0].meaning == concept.site or own[0].meaning not in around) and concept.site:
            # "My knee creaks and hurts": the finding's own words say where.
            return Site(concept=own[0].meaning, laterality=self._side_at(draft), mentions=(draft.anchor,))
        if not concept.compose or not concept.site:
            return None
        return Site(concept=concept.site, laterality=draft.finding.laterality, mentions=(draft.anchor,))

    def _side_at(self, draft: Draft) -> Laterality | None:
        """Return the side of a finding, said of the place among its own words."""
        taken = {part for site in self.sites for part in site.mentions}
        near = [
            side
            for side in self.analysis.of("side")
            if side not in taken and side.gap(draft.anchor) == 0 and self.reading.same_clause(side, draft.anchor)
        ]
        return cast(Laterality, self.reading.concept(near[0]).value) if near else draft.finding.laterality

    def _finding(self, mention: Mention, used: set[Mention]) -> None:
        concept = self.reading.concept(mention)
        own = [site for site in self.sites if site.inside is mention]
        site = (
            own[0]
            if own
            else self._site_of(mention, concept) or self._skin_of(mention, concept) or self._joint_of(mention, concept)
        )
        if site is not None:
            used.update(site.mentions)
            self.struck.update(site.mentions if "event" in concept.tags else ())
        named = composition.name_finding(concept, site, self.lexicon)
        if site is None:
            # "Судорога икры": the finding's own words may say where more exactly than its name does.
            for inner in self.analysis.of("site"):
                narrower = Site(concept=self._narrowed(inner, mention), mentions=(inner,))
                if self.analysis.container(inner) is mention and composition.fits(concept, narrower, self.lexicon):
                    named = replace(named, body_site=self.lexicon.concepts[narrower.concept].zh)
        self._add(mention, named, site)
        self._listed_with(mention, concept, used)

    def _narrowed(self, site: Mention, finding: Mention) -> str:
        """Return a site among a finding's words with its region: the lower tooth, the middle of the chest."""
        regions = [
            region
            for region in self.analysis.of("region")
            if region.gap(site) <= 1 or {*region.tokens} < {*finding.tokens}
        ]
        wanted = frozenset({site.meaning, *(region.meaning for region in regions)})
        return self.lexicon.refinements.get(wanted, site.meaning)

    def _listed_with(self, mention: Mention, concept: Concept, used: set[Mention]) -> None:
        """Add what a finding with its site among its own words is at a site listed before: "face and legs swell"."""
        inner = any({*site.tokens} < {*mention.tokens} for site in self.analysis.of("site"))
        made = [rule.partition("@")[0] for rule in concept.compose]
        if not inner or not made:
            return
        for site in self.sites:
            if (
                site.anchor.last < mention.first
                and site.inside is None
                and not used & {*site.mentions}
                and site.anchor not in self.radiation
                and self.clauses.and_joined(site.anchor, mention)
                and self.clauses.has_between(site.anchor.last, mention.first, ("and",))
                and composition.possible(made[0], site, self.lexicon)
            ):
                used.update(site.mentions)
                generic = self.lexicon.concepts[made[0]]
                self._add(mention, composition.name_generic(generic, site, self.lexicon), site)

    def _site_of(self, mention: Mention, concept: Concept) -> Site | None:
        """Return the site of a finding.

        One with a site of its own takes only that or a part of it; one that combines (烫伤) takes the site it touches.
        """
        near = [
            site
            for site in self.sites
            if site.anchor not in self.radiation
            and site.inside is None
            and not set(site.anchor.tokens) & set(mention.tokens)
            and self.clauses.clause[site.anchor.first] == self.clauses.clause[mention.first]
        ]
        near = [site for site in near if composition.may_be_at(concept, site, self.lexicon)]
        if concept.combine:
            near = [site for site in near if site.anchor.gap(mention) <= INJURY_REACH]
        if not near and concept.site and self.lexicon.concepts[concept.site].value == "sided":
            # "A stye in my left eye": the lid is the left one's.
            around = {place.id for place in ancestry(self.lexicon.concepts[concept.site], self.lexicon.concepts)}
            near = [
                replace(site, concept=concept.site)
                for site in self.sites
                if site.laterality is not None
                and site.concept in around - WIDE
                and site.inside is None
                and self.reading.same_clause(site.anchor, mention)
            ]
        generics = self.analysis.of("generic")
        near = [site for site in near if not any(site.anchor.gap(g) < site.anchor.gap(mention) for g in generics)]
        return min(near, key=lambda site: site.anchor.gap(mention)) if near else None

    def _joint_of(self, mention: Mention, concept: Concept) -> Site | None:
        """Return the joint that was told of before, for what joints do: "my knee does not hurt, it only clicks"."""
        sentence = self.clauses.sentence[mention.first]
        before = [d for d in self.drafts if d.site is not None and self.clauses.sentence[d.anchor.first] == sentence]
        site = before[-1].site if concept.id in OF_JOINTS and before else None
        if site is None or site.concept not in JOINTS or before[-1].finding.relation != self.contexts[mention].relation:
            return None
        # "Both knees hurt, and it clicks": nobody said that both click.
        side = None if site.laterality == "双侧" else site.laterality
        return replace(site, mentions=(before[-1].anchor,), laterality=side)

    def _skin_of(self, mention: Mention, concept: Concept) -> Site | None:
        """Return the place of which something was said just before, for what the skin does there."""
        before = self.drafts[-1] if self.drafts and concept.site == SKIN and concept.compose else None
        if before is None or not self.reading.same_clause(before.anchor, mention):
            return None
        return before.site if before.anchor.last < mention.first else None
