"""A finding while what is said of it is collected."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.encounter import Finding
from kiosk.findings.composition import Named
from kiosk.findings.reading import Reading
from kiosk.findings.sites import Site
from kiosk.lexicon import Concept, Lexicon
from kiosk.lexicon.mentions import Mention


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


def drafted(reading: Reading, mention: Mention, named: Named, site: Site | None) -> Draft:
    """Return a finding with the context of its mention."""
    context = reading.contexts[mention]
    mentions = [mention, *(site.mentions if site else ())]
    return Draft(
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


def place_of(draft: Draft, reading: Reading) -> str:
    """Return the concept of the place where a finding is: the one said of it, or its own; "" where it has none."""
    return draft.site.concept if draft.site is not None else reading.concept(draft.anchor).site


def is_made_of(draft: Draft, generic: Concept, lexicon: Lexicon) -> bool:
    """Whether a finding is this generic somewhere: headache is a pain."""
    concept = lexicon.concepts.get(draft.finding.code)
    return concept is not None and any(rule.startswith(f"{generic.id}@") for rule in concept.compose)
