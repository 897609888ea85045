"""Body sites as mentioned: each with the side and region words beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from kiosk.encounter import Laterality
from kiosk.findings.clauses import Clauses
from kiosk.lexicon import Concept, Lexicon, concept_rules
from kiosk.lexicon.mentions import Analysis, Mention

SIDE_REACH = 2
"""How many words may stand between a site and its side ("knee on the right")."""

BREAST_SIGNS = frozenset({"swelling", "redness", "hardening", "lump", "stiffness"})
DIGITS = frozenset({"finger", "toe"})
"""Of these two are not one on each side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A body site as mentioned, refined by the side and region words around it.

    Attributes:
        inside: the finding that holds it among its own words ("twisted my ankle"); it is nobody else's place.
    """

    concept: str
    laterality: Laterality | None = None
    half: bool = False
    mentions: tuple[Mention, ...] = ()
    inside: Mention | None = None

    @property
    def first(self) -> int:
        return min(mention.first for mention in self.mentions)

    @property
    def last(self) -> int:
        return max(mention.last for mention in self.mentions)

    @property
    def anchor(self) -> Mention:
        return next((mention for mention in self.mentions if mention.kind == "site"), self.mentions[0])


def sites(analysis: Analysis, lexicon: Lexicon, clauses: Clauses) -> list[Site]:
    """Return the sites of a text with their sides and regions, in order."""
    found = []
    for mention in analysis.of("site"):
        container = analysis.container(mention)
        if container is None or _says_where(container, mention, lexicon):
            found.append(Site(concept=mention.meaning, mentions=(mention,), inside=container))
    for modifier in analysis.of("side", "region"):
        container = analysis.container(modifier)
        own = any(
            finding.first > modifier.last
            and finding.gap(modifier) <= SIDE_REACH
            and clauses.clause[finding.first] == clauses.clause[modifier.first]
            and (default := lexicon.concepts.get(lexicon.concepts[finding.meaning].site)) is not None
            and default.value == "sided"
            for finding in analysis.of("finding")
        )
        # "When my chest hurts, left my arm goes numb": the side stands right before a finding with its own place.
        touching = own and any(finding.first == modifier.last + 1 for finding in analysis.of("finding"))
        index = (
            _owner(modifier, found, clauses, implied=own, taken=touching)
            if container is None
            else _within(container, modifier, found, lexicon)
        )
        if index is None or (container is None and counts_complaints(modifier, analysis, clauses)):
            continue
        site = found[index]
        if (
            modifier.meaning == "both"
            and site.concept in DIGITS
            and (
                site.inside is not None
                or any(
                    side.meaning != "both" and clauses.clause[side.first] == clauses.clause[modifier.first]
                    for side in analysis.of("side")
                )
            )
        ):
            continue  # "two fingers of the right hand"
        if modifier.kind == "side":
            if site.laterality is None:
                side = cast(Laterality, lexicon.concepts[modifier.meaning].value)
                found[index] = replace(site, laterality=side, mentions=(*site.mentions, modifier))
        else:
            found[index] = replace(site, mentions=(*site.mentions, modifier))
    refined = [_refined(site, lexicon) for site in _joined_parts(found, analysis, lexicon, clauses)]
    return [_of_nursing(site, analysis, clauses) for site in refined]


def counts_complaints(side: Mention, analysis: Analysis, clauses: Clauses) -> bool:
    """Whether "both" is said of two complaints: it stands with a time, without a place or a complaint of its own.

    "My calf cramps, my ankle swells, both have been so for a month".
    """
    here = [m for m in analysis.mentions if clauses.clause[m.first] == clauses.clause[side.first]]
    told = [m for m in analysis.of("finding", "generic") if m.last < side.first]
    timed = any(m.kind == "time" or (m.kind == "template" and m.meaning in ("duration", "ago", "since")) for m in here)
    return (
        side.meaning == "both"
        and timed
        and len({m.tokens for m in told}) > 1
        and not any(m.kind in ("site", "finding", "generic") for m in here)
    )


def _of_nursing(site: Site, analysis: Analysis, clauses: Clauses) -> Site:
    """Take the chest of one who nurses for the breast, where a side and a swelling or redness are told of it.

    Many languages have one word for both ("I breastfeed, my right chest is red and swollen").
    """
    nursing = any(state.meaning in ("breastfeeding", "nursing_baby") for state in analysis.mentions)
    if site.concept != "chest" or not nursing:
        return site
    stretch = clauses.stretch[site.anchor.first]
    # A pain is the breast's on the right alone: on the left it may be the heart.
    told = BREAST_SIGNS | ({"pain"} if site.laterality == "右" else frozenset())
    signs = [sign for sign in analysis.of("generic") if sign.meaning in told]
    if not any(clauses.stretch[sign.first] == stretch for sign in signs):
        return site
    beside = any(clauses.stretch[side.first] == stretch for side in analysis.of("side"))
    return replace(site, concept="breast") if beside else site


def _says_where(container: Mention, site: Mention, lexicon: Lexicon) -> bool:
    """Whether a site among a finding's own words is its place (not the teeth of a bite)."""
    finding = lexicon.concepts.get(container.meaning)
    if container.kind != "finding" or finding is None or not finding.combine:
        return False
    if site.meaning == "skin" == finding.site:
        return False  # "the skin of my face peels"
    never = concept_rules.apart().get(container.meaning, frozenset())
    return not any(place.id in never for place in ancestry(lexicon.concepts[site.meaning], lexicon.concepts))


def _joined_parts(found: Sequence[Site], analysis: Analysis, lexicon: Lexicon, clauses: Clauses) -> list[Site]:
    """Join a part and the whole it is named with: "a finger of the right hand" is one site, the right finger."""
    kept = list(found)
    apart = [*analysis.of("generic", "finding"), *(cue for cue in analysis.of("cue") if cue.meaning in ("and", "or"))]
    for part in found:
        for whole in found:
            if (
                part is not whole
                and part in kept
                and whole in kept
                and clauses.clause[part.anchor.first] == clauses.clause[whole.anchor.first]
                and part.anchor.gap(whole.anchor) <= SIDE_REACH
                and part.concept != whole.concept
                and not any(_between(part.anchor, other, whole.anchor) for other in apart)
                and (
                    any(
                        place.id == whole.concept
                        for place in ancestry(lexicon.concepts[part.concept], lexicon.concepts)
                    )
                    # "All over my back" is the back.
                    or (whole.concept == "whole_body" and 0 < part.first - whole.last <= SIDE_REACH)
                )
            ):
                kept.remove(whole)
                side = part.laterality or whole.laterality
                mentions = (*part.mentions, *whole.mentions)
                kept[kept.index(part)] = replace(part, laterality=side, mentions=mentions)
    return kept


def _between(one: Mention, middle: Mention, other: Mention) -> bool:
    low, high = sorted((one.first, other.first))
    return low < middle.first < high


def _within(container: Mention, modifier: Mention, found: Sequence[Site], lexicon: Lexicon) -> int | None:
    """The site whose own words hold the side (双眼), unless that is its name anyway (左侧腹部)."""
    named = (
        any(modifier.meaning in rule.split("+") for rule in lexicon.concepts[container.meaning].compose)
        if (container.kind == "site")
        else True
    )
    return next((index for index, site in enumerate(found) if site.anchor is container and not named), None)


def _owner(modifier: Mention, found: Sequence[Site], clauses: Clauses, *, implied: bool, taken: bool) -> int | None:
    """The site that a side or region word belongs to: the one it touches, else the last one of its sentence.

    Not the last one where (``implied``) a finding that has a side of its own stands right behind: "no earache, only on
    the left I hear badly".
    """
    best: tuple[int, int] | None = None
    earlier: int | None = None
    for index, site in enumerate(found):
        anchor = site.anchor
        if clauses.sentence[anchor.first] != clauses.sentence[modifier.first]:
            continue
        follows = anchor.first > modifier.last
        if not follows and implied and modifier.first - anchor.last - 1 > (0 if taken else SIDE_REACH):
            continue
        distance = anchor.first - modifier.last - 1 if follows else modifier.first - anchor.last - 1
        if distance <= SIDE_REACH and clauses.clause[anchor.first] == clauses.clause[modifier.first]:
            # "right knee": a word in front is nearer than the same distance behind.
            candidate = (distance * 2 + (not follows), index)
            best = min(best, candidate) if best else candidate
        if not follows:
            earlier = index
    return best[1] if best else earlier


def _refined(site: Site, lexicon: Lexicon) -> Site:
    """Use the refined site where the inventory has one: abdomen + right + lower -> right_lower_abdomen."""
    parts = {"左": "left", "右": "right", "双侧": "both"}
    words = {mention.meaning for mention in site.mentions if mention.kind == "region"}
    side = {parts[site.laterality]} if site.laterality else set()
    for wanted in (words | side, words):
        if not wanted:
            continue
        narrower = lexicon.refinements.get(frozenset(wanted | {site.concept}))
        if narrower is not None:
            return replace(site, concept=narrower, laterality=None if wanted & side else site.laterality)
    return replace(site, half="half" in words)


def ancestry(site: Concept, concepts: Mapping[str, Concept]) -> Iterator[Concept]:
    """Yield a site and what it is part of, innermost first: kneecap, knee, leg, limb, body."""
    seen: set[str] = set()
    place: Concept | None = site
    while place is not None and place.id not in seen:
        yield place
        seen.add(place.id)
        place = concepts.get(place.site)
