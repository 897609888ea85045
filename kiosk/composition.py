"""Body sites with their side, and what happens at them: pain + (right, knee) -> 右膝痛.

A site mention takes the side and region words beside it; a generic finding (pain, swelling) takes the sites of its
clause. Some combinations have their own name and code (pain at the head is ``headache``); all others are made by rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from kiosk import lexicon as lexicons
from kiosk.context import Clauses
from kiosk.encounter import Laterality
from kiosk.lexicon import Concept, Lexicon
from kiosk.matching import Analysis, Mention

SIDE_REACH = 2
"""How many words may stand between a site and its side ("knee on the right")."""

WHOLE = "body"
"""The site that all others are part of."""

SITE_REACH = 8
"""How many words may stand between a generic finding and its site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A body site as mentioned, refined by the side and region words around it."""

    concept: str
    laterality: Laterality | None = None
    half: bool = False
    mentions: tuple[Mention, ...] = ()

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
    found = [
        Site(concept=mention.meaning, mentions=(mention,))
        for mention in analysis.of("site")
        if analysis.container(mention) is None
    ]
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
        index = (
            _owner(modifier, found, clauses, implied=own)
            if container is None
            else _within(container, modifier, found, lexicon)
        )
        if index is None:
            continue
        site = found[index]
        if modifier.kind == "side":
            if site.laterality is None:
                side = cast(Laterality, lexicon.concepts[modifier.meaning].value)
                found[index] = replace(site, laterality=side, mentions=(*site.mentions, modifier))
        else:
            found[index] = replace(site, mentions=(*site.mentions, modifier))
    return [_refined(site, lexicon) for site in _joined_parts(found, analysis, lexicon, clauses)]


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
                and any(
                    place.id == whole.concept for place in ancestry(lexicon.concepts[part.concept], lexicon.concepts)
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


def _owner(modifier: Mention, found: Sequence[Site], clauses: Clauses, *, implied: bool) -> int | None:
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
        if not follows and implied and modifier.first - anchor.last - 1 > SIDE_REACH:
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


def place(
    generic: Mention, found: Sequence[Site], analysis: Analysis, clauses: Clauses, lexicon: Lexicon
) -> list[Site]:
    """Return the sites of a generic finding: the nearest one of its stretch, and those listed with it.

    It never reaches over another finding, only over what happened ("my knee, since I fell, hurts").
    """
    rivals = [
        mention
        for mention in analysis.of("generic", "finding")
        if mention.tokens != generic.tokens
        and not (mention.kind == "finding" and "event" in lexicon.concepts[mention.meaning].tags)
    ]
    reachable = []
    for site in found:
        anchor = site.anchor
        if set(anchor.tokens) & set(generic.tokens) or not possible(generic, site, lexicon):
            continue
        if clauses.stretch[anchor.first] != clauses.stretch[generic.first]:
            continue
        low, high = sorted((anchor.first, generic.first))
        if any(low < rival.first < high for rival in rivals):
            continue
        commas = abs(clauses.clause[anchor.first] - clauses.clause[generic.first])
        distance = (generic.first - anchor.last if anchor.first < generic.first else anchor.first - generic.last) - 1
        if distance <= SITE_REACH and commas <= 1:
            reachable.append((commas, distance, anchor.first, site))
    if not reachable:
        return []
    nearest = min(reachable, key=lambda row: row[:3])[3]
    if nearest.anchor.first > generic.first and _said_later(nearest, generic, rivals, clauses):
        # "My neck badly hurts my leg, too, hurts": the leg has a pain of its own behind it.
        nearer = [row for row in reachable if row[2] < generic.first and not row[0]]
        nearest = min(nearer, key=lambda row: row[:3])[3] if nearer else nearest
    before = nearest.anchor.first < generic.first
    group = [nearest]
    same_side = [row[3] for row in reachable if (row[3].anchor.first < generic.first) == before]
    ordered = sorted(same_side, key=lambda site: site.anchor.first, reverse=before)
    for site in ordered[ordered.index(nearest) + 1 :]:
        left, right = sorted((site.anchor, group[-1].anchor), key=lambda mention: mention.first)
        if not clauses.list_joined(left, right):
            break
        group.append(site)
    return sorted(group, key=lambda site: site.anchor.first)


def _said_later(site: Site, generic: Mention, rivals: Sequence[Mention], clauses: Clauses) -> bool:
    """Whether a site behind a generic finding stands before another of its kind in one clause with both."""
    return any(
        rival.kind == "generic"
        and rival.first > site.anchor.first
        and clauses.clause[rival.first] == clauses.clause[generic.first]
        for rival in rivals
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A finding's code, its Chinese name, and its site in Chinese."""

    code: str
    name: str
    body_site: str | None
    laterality: Laterality | None


def name_generic(generic: Concept, site: Site | None, lexicon: Lexicon) -> Named:
    """Name a generic finding at a site (or nowhere in particular)."""
    if site is None:
        return Named(code=generic.id, name=generic.zh, body_site=None, laterality=None)
    concepts = lexicon.concepts
    here = concepts[site.concept]
    side = site.laterality or ""
    code = next(
        (
            lexicon.compositions[generic.id, place.id]
            for place in ancestry(here, concepts)
            # What is said of the whole body is not said of each part: a swollen elbow is no oedema.
            if (generic.id, place.id) in lexicon.compositions and (place is here or place.id != WHOLE)
        ),
        None,
    )
    half = "半侧" if site.half else ""
    name = f"{side}{half}{here.combine or here.zh}{generic.combine or generic.zh}"
    if code is not None and not side and not half and concepts[code].compose[0] == f"{generic.id}@{here.id}":
        name = concepts[code].zh  # the combination that the finding's own name stands for
    return Named(
        code=code or f"{here.id}_{generic.id}",
        name=name,
        body_site=f"{here.zh}",
        laterality=site.laterality,
    )


def name_finding(finding: Concept, site: Site | None, lexicon: Lexicon) -> Named:
    """Name a finding that has its own code, at its default site or at the one mentioned with it."""
    concepts = lexicon.concepts
    default = concepts.get(finding.site)
    if site is None:
        return Named(code=finding.id, name=finding.zh, body_site=default.zh if default else None, laterality=None)
    here = concepts[site.concept]
    side = site.laterality or ""
    word = here.combine or here.zh
    if default is not None and here.id == default.id:
        name = (
            finding.zh
            if not side
            else f"{side}{finding.zh}"
            if finding.zh.startswith(word)
            else f"{side}{word}{finding.zh}"
        )
    else:
        name = f"{side}{word}{finding.combine or finding.zh}"
    return Named(code=finding.id, name=name, body_site=here.zh, laterality=site.laterality)


def possible(generic: Mention, site: Site, lexicon: Lexicon) -> bool:
    """Whether such a thing can be at this site: no head is weak, no buttock stiff (``config/lexicon/apart.toml``)."""
    never = lexicons.apart().get(generic.meaning, frozenset())
    return not any(place.id in never for place in ancestry(lexicon.concepts[site.concept], lexicon.concepts))


def fits(finding: Concept, site: Site, lexicon: Lexicon) -> bool:
    """Whether a site mentioned beside a finding is where it is: its default site or a part of it."""
    return any(place.id == finding.site for place in ancestry(lexicon.concepts[site.concept], lexicon.concepts))


def neighbours(one: str, other: str, lexicon: Lexicon) -> bool:
    """Whether two sites are one organ, or one part of the other."""
    concepts = lexicon.concepts
    around = [{place.id for place in ancestry(concepts[site], concepts)} for site in (one, other)]
    return one in around[1] or other in around[0]


def ancestry(site: Concept, concepts: Mapping[str, Concept]) -> Iterator[Concept]:
    """Yield a site and what it is part of, innermost first: kneecap, knee, leg, limb, body."""
    seen: set[str] = set()
    place: Concept | None = site
    while place is not None and place.id not in seen:
        yield place
        seen.add(place.id)
        place = concepts.get(place.site)
