"""What happens at a body site: pain + (right, knee) -> 右膝痛.

A generic finding (pain, swelling) takes the sites of its clause. Some combinations have their own name and code (pain
at the head is ``headache``); all others are made by rule.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kiosk.encounter import Laterality
from kiosk.findings.clauses import Clauses
from kiosk.findings.sites import Site, ancestry
from kiosk.lexicon import Concept, Lexicon, concept_rules
from kiosk.lexicon.mentions import Analysis, Mention

WHOLE = "body"
"""The site that all others are part of."""

SKIN = "skin"
TISSUES = frozenset({"skin", "joint", "muscle", "bone"})
"""Sites that every part of the body has."""

WIDE = TISSUES | {WHOLE, "whole_body", "limb", "arm", "leg"}
"""Sites whose skin is named by itself: dry skin of the legs stays dry skin."""

LIST_REACH = 8
"""How many words further the first site of a list may stand."""
SITE_REACH = 8
"""How many words may stand between a generic finding and its site."""


def place(
    generic: Mention,
    found: Sequence[Site],
    analysis: Analysis,
    clauses: Clauses,
    lexicon: Lexicon,
    *,
    over: Collection[Mention] = (),
) -> list[Site]:
    """Return the sites of a generic finding: the nearest one of its stretch, and those listed with it.

    It never reaches over another finding, only over what happened ("my knee, since I fell, hurts").

    Args:
        over: findings that are none (what a pain is like), which it reaches over.
    """
    rivals = [
        mention
        for mention in analysis.of("generic", "finding")
        if mention.tokens != generic.tokens
        and mention not in over
        and not (mention.kind == "finding" and "event" in lexicon.concepts[mention.meaning].tags)
    ]
    reachable = []
    far = []
    for site in found:
        anchor = site.anchor
        if site.inside is not None or set(anchor.tokens) & set(generic.tokens):
            continue
        if not possible(generic.meaning, site, lexicon):
            continue
        if clauses.stretch[anchor.first] != clauses.stretch[generic.first]:
            continue
        low, high = sorted((anchor.first, generic.first))
        if any(low < rival.first < high for rival in rivals):
            continue
        here = clauses.clause[anchor.first]
        if here > clauses.clause[generic.first] and any(clauses.clause[rival.first] == here for rival in rivals):
            continue  # "my wrist …, it hurts badly, my hands tremble": the next clause's place is its own finding's
        commas = abs(clauses.clause[anchor.first] - clauses.clause[generic.first])
        distance = (generic.first - anchor.last if anchor.first < generic.first else anchor.first - generic.last) - 1
        if distance <= SITE_REACH and commas <= 1:
            reachable.append((commas, distance, anchor.first, site))
        elif distance <= SITE_REACH + LIST_REACH:
            far.append((commas, distance, anchor.first, site))
    if not reachable:
        return []
    nearest = min(reachable, key=lambda row: (row[3].concept == SKIN and len(reachable) > 1, *row[:3]))[3]
    if nearest.anchor.first > generic.first and _said_later(nearest, generic, rivals, clauses):
        # "My neck badly hurts my leg, too, hurts": the leg has a pain of its own behind it.
        nearer = [row for row in reachable if row[2] < generic.first and not row[0]]
        nearest = min(nearer, key=lambda row: row[:3])[3] if nearer else nearest
    before = nearest.anchor.first < generic.first
    group = [nearest]
    # "To the palms, the soles, the mouth blisters came": further items of the list stand beyond its commas.
    same_side = [row[3] for row in (*reachable, *far) if (row[3].anchor.first < generic.first) == before]
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


def name(concept: Concept, site: Site | None, lexicon: Lexicon) -> Named:
    """Name a finding or a generic, as it is, at a site (or nowhere in particular)."""
    return (name_generic if concept.kind == "generic" else name_finding)(concept, site, lexicon)


def name_generic(generic: Concept, site: Site | None, lexicon: Lexicon) -> Named:
    """Name a generic finding at a site (or nowhere in particular)."""
    if site is None or (site.concept == SKIN and (generic.id, SKIN) not in lexicon.compositions):
        # The skin is everywhere: "a rash on my skin" says no place.
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
    if finding.site == SKIN and here.id not in WIDE:
        # "The skin of my face peels": the face does.
        rule = next((rule for rule in finding.compose if rule.endswith(f"@{SKIN}")), "")
        if rule:
            return name_generic(concepts[rule.partition("@")[0]], site, lexicon)
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


def possible(generic: str, site: Site, lexicon: Lexicon) -> bool:
    """Whether such a thing can be at this site: no head is weak, no buttock stiff (``config/lexicon/apart.toml``)."""
    never = concept_rules.apart().get(generic, frozenset())
    for place in ancestry(lexicon.concepts[site.concept], lexicon.concepts):
        if (generic, place.id) in lexicon.compositions:
            return True  # no mouth breaks, but a tooth in it does
        if place.id in never:
            return False
    return True


def fits(finding: Concept, site: Site, lexicon: Lexicon) -> bool:
    """Whether a site mentioned beside a finding is where it is: its default site or a part of it.

    A tissue is everywhere: acne, whose site is the skin, may be at any place.
    """
    if finding.site in TISSUES:
        return True
    return any(place.id == finding.site for place in ancestry(lexicon.concepts[site.concept], lexicon.concepts))


def may_be_at(finding: Concept, site: Site, lexicon: Lexicon) -> bool:
    """Whether a finding may be at this site: where its own is, or anywhere where it combines."""
    return fits(finding, site, lexicon) if finding.site else bool(finding.combine)
