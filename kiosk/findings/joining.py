"""Several findings of one thing: a general one beside an exact one, two that are a third, what says nothing alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kiosk.findings import composition, gestation
from kiosk.findings.drafts import Draft, is_made_of
from kiosk.findings.reading import Reading
from kiosk.findings.sites import Site
from kiosk.lexicon import concept_rules

PLACED = "placed"
"""Tag of a generic that says nothing without a place, where something else was said."""
ECHO_REACH = 2
"""How many words may stand between a verb and its own denial ("hurt it does not hurt")."""
ECHO_LETTERS = 3
"""So many first letters are the same in two forms of one word."""
PLACES_KEPT = frozenset({"hand", "finger", "knee"})
"""Joints whose morning stiffness keeps its place."""
BLEEDINGS = frozenset({"bleeding", "heavy_bleeding"})
"""What is a heavy period where a period is told of."""
OF_PERIODS = {"chest_pain": "breast_pain", "chest_swelling": "breast_swelling"}
"""What of the chest is of the breast where periods are told of."""
ARM = frozenset({"shoulder", "upper_arm", "elbow", "forearm", "wrist", "arm", "shoulder_blade", "collarbone"})
"""Where a pain keeps one from lifting the arm."""
HELD = frozenset({"arm_weakness", "hand_weakness", "arm_limited_movement", "hand_limited_movement"})
"""What is told of an arm that cannot be lifted."""
OF_WASTE = frozenset({"rectal_bleeding", "hematuria"})
"""Blood that is denied behind what was denied of stools and urine: "no pain when I pass water, no blood"."""
HURT = frozenset({"pain", "injury", "fracture", "strain", "swelling", "wound"})
"""What keeps it from being lifted."""
BOUND = "bound"
"""Tag of a generic that never says anything without a place: red, dry, stiff."""


def joined(reading: Reading, drafts: Sequence[Draft]) -> list[Draft]:
    """Return an utterance's findings without what stands twice among them; each left-out one's words stay evidence."""
    once = _often(reading, _said_once(reading, _called_by_their_name(reading, drafts)))
    together = _at_its_time(reading, _two_in_one(reading, _beside(reading, once)))
    return _with_a_place(reading, _without_general(reading, _held_by_pain(reading, together)))


def _called_by_their_name(reading: Reading, drafts: Sequence[Draft]) -> list[Draft]:
    """Name generics that stand without a place as what they are then: weakness alone is fatigue."""
    concepts = reading.lexicon.concepts
    pregnant = any(
        state.meaning == "pregnancy" and reading.contexts[state].status == "present"
        for state in reading.analysis.of("state")
    ) or bool(gestation.gestations(reading))
    for draft in drafts:
        concept = concepts.get(draft.finding.code)
        if pregnant and draft.finding.code == "bleeding" and "vaginal_bleeding" in concepts:
            named = composition.name_finding(concepts["vaginal_bleeding"], None, reading.lexicon)
            draft.finding = replace(draft.finding, code=named.code, name=named.name, body_site=named.body_site)
            continue
        if draft.finding.code in BLEEDINGS and _is_period(reading, draft) and "heavy_menstruation" in concepts:
            named = composition.name_finding(concepts["heavy_menstruation"], None, reading.lexicon)
            draft.finding = replace(draft.finding, code=named.code, name=named.name, body_site=named.body_site)
            continue
        breast = concepts.get(OF_PERIODS.get(draft.finding.code, ""))
        if breast is not None and _told_of_periods(reading, draft):
            side = draft.finding.laterality
            named = composition.name_finding(breast, Site(concept=breast.site, laterality=side), reading.lexicon)
            draft.site = draft.site and replace(draft.site, concept=breast.site)
            draft.finding = replace(draft.finding, code=named.code, name=named.name, body_site=named.body_site)
            continue
        alone = concepts.get(concept.value) if concept is not None and concept.kind == "generic" else None
        if alone is not None:
            named = composition.name_finding(alone, None, reading.lexicon)
            draft.finding = replace(draft.finding, code=named.code, name=named.name, body_site=named.body_site)
    return [*drafts]


def _is_period(reading: Reading, draft: Draft) -> bool:
    """Whether much blood is that of a period: "at my period it hurts, and much blood comes"."""
    stretch = reading.clauses.stretch
    period = any(
        ("menstru" in mention.meaning) and stretch[mention.first] == stretch[draft.anchor.first]
        for mention in reading.analysis.of("finding", "state", "trigger", "generic")
    )
    much = draft.finding.code == "heavy_bleeding" or any(
        reading.concept(word).value == "重" and reading.same_clause(word, draft.anchor)
        for word in reading.analysis.of("severity")
    )
    return period and much and draft.finding.status == "present"


def _told_of_periods(reading: Reading, draft: Draft) -> bool:
    """Whether the sentence tells of periods: in many languages the chest that hurts before them is the breast."""
    sentence = reading.clauses.sentence
    if any(cue.meaning.startswith("radiates") for cue in reading.analysis.of("cue")):
        return False  # what goes into the arm is the heart's
    return any(
        "menstru" in mention.meaning and sentence[mention.first] == sentence[draft.anchor.first]
        for mention in reading.analysis.of("finding", "state", "trigger", "time")
    )


def _said_once(reading: Reading, drafts: Sequence[Draft]) -> list[Draft]:
    """Join what is said and then denied of the same thing.

    "Hurt it does not hurt" (болеть не болит, 疼倒不疼) denies; "last winter it hurt, now it does not" is over.
    """
    kept: list[Draft] = []
    nows = [cue.first for cue in reading.analysis.of("cue") if cue.meaning == "now"]
    for draft in drafts:
        before = next((other for other in reversed(kept) if other.finding.code == draft.finding.code), None)
        turned = (
            before is not None
            and before.finding.when == "current"
            and (before.finding.status, draft.finding.status) == ("present", "denied")
            and before.finding.relation == draft.finding.relation
        )
        if before is not None and turned and any(before.last < now < draft.anchor.last for now in nows):
            before.finding = replace(before.finding, when="past")
            before.mentions.extend(draft.mentions)
            continue
        if (
            before is not None
            and (before.finding.status, before.finding.when) == ("present", "past")
            and (draft.finding.status, draft.finding.when) == ("denied", "current")
            and before.finding.relation == draft.finding.relation
            and not reading.clauses.has_between(before.anchor.last, draft.anchor.first, ("resolved",))
        ):
            continue  # "last year I coughed, now I do not": it is over, and no more is said
        clause = reading.clauses.clause
        if (
            before is not None
            and {before.finding.status, draft.finding.status} == {"present", "uncertain"}
            and (before.finding.relation, before.finding.name) == (draft.finding.relation, draft.finding.name)
        ):
            before.finding = replace(before.finding, status="present")  # "… foam at the mouth, looks like a fit"
            before.mentions.extend(draft.mentions)
            continue
        if (
            before is not None
            and turned
            and before.anchor.gap(draft.anchor) <= ECHO_REACH
            and _same_word(before, draft, reading)
            and clause[before.anchor.first] == clause[draft.anchor.first]
        ):
            kept.remove(before)
        kept.append(draft)
    return kept


def _same_word(one: Draft, other: Draft, reading: Reading) -> bool:
    """Whether two findings are said with forms of one word."""
    tokens = reading.analysis.tokens
    first, second = ([tokens[index].text for index in each.anchor.tokens] for each in (one, other))
    return any(
        word == again or (len(word) >= ECHO_LETTERS and word[:ECHO_LETTERS] == again[:ECHO_LETTERS])
        for word in first
        for again in second
    )


def _two_in_one(reading: Reading, drafts: Sequence[Draft]) -> list[Draft]:
    """Join neighbours that are one thing: "I vomit, and it is nothing but blood" is one finding."""
    rules: Mapping[tuple[str, str], str] = concept_rules.joined()
    kept: list[Draft] = []
    for draft in drafts:
        before = kept[-1] if kept else None
        exact = rules.get((before.finding.code, draft.finding.code)) if before else None
        # "No bleeding, no vomiting" denies two things; together they would be a third.
        denied = draft.finding.status == "denied"
        if before is None or exact is None or denied or not _alike(before, draft, reading):
            kept.append(draft)
            continue
        named = composition.name_finding(reading.lexicon.concepts[exact], None, reading.lexicon)
        before.finding = replace(before.finding, code=named.code, name=named.name, body_site=named.body_site)
        before.mentions.extend(draft.mentions)
        before.site = None
    return kept


def _beside(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """Name what is said without a place after what it comes with: "diarrhoea, but no blood", "often, and it burns"."""
    sentence = reading.clauses.sentence
    for index, draft in enumerate(drafts):
        if draft.site is not None or draft.finding.status == "uncertain":
            continue
        rules = concept_rules.beside() if draft.finding.status == "denied" else concept_rules.behind()
        for other in reversed(drafts[:index]):
            exact = rules.get((other.finding.code, draft.finding.code))
            near = sentence[draft.anchor.first] - sentence[other.anchor.first] in (0, 1)
            # "No vomiting, no bleeding" are two things; of stools the blood is meant, whatever they are.
            told = other.finding.status != "denied" or exact in OF_WASTE
            if exact is not None and near and told and other.finding.relation == draft.finding.relation:
                named = composition.name_finding(reading.lexicon.concepts[exact], None, reading.lexicon)
                draft.finding = replace(draft.finding, code=named.code, name=named.name, body_site=named.body_site)
                break
    return drafts


def _often(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """Add what a word of how often tells by itself: "it burns when I pass water, and often"."""
    rules = concept_rules.behind()
    sentence, clause = reading.clauses.sentence, reading.clauses.clause
    for word in reading.analysis.of("frequency", "course"):
        before = next((draft for draft in reversed(drafts) if draft.last < word.first), None)
        exact = rules.get((before.finding.code, word.meaning)) if before is not None else None
        if before is None or exact is None or before.finding.status != "present":
            continue
        apart = clause[before.last] != clause[word.first] or reading.clauses.has_between(
            before.last, word.first, ("and",)
        )
        told = any(draft.finding.code == exact for draft in drafts)
        if told or not apart or sentence[word.first] - sentence[before.last] not in (0, 1):
            continue
        named = composition.name_finding(reading.lexicon.concepts[exact], None, reading.lexicon)
        finding = replace(before.finding, code=named.code, name=named.name, body_site=named.body_site)
        drafts.insert(
            drafts.index(before) + 1, Draft(finding=finding, anchor=before.anchor, mentions=[before.anchor, word])
        )
    return drafts


def _at_its_time(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """Name what is a finding of its own at some time or occasion: stiff joints in the morning are morning stiffness."""
    rules = concept_rules.joined()
    occasions = reading.analysis.of("frequency", "trigger", "state")
    stretch = reading.clauses.stretch
    for draft in drafts:
        for occasion in occasions:
            exact = rules.get((draft.finding.code, occasion.meaning))
            if exact is None or not (
                draft.finding.status == "present"
                or (draft.finding.status == "denied" and occasion.kind == "trigger")  # "when I cough, no blood comes"
            ):
                continue
            if occasion.kind == "state" and reading.contexts[occasion].status != "present":
                continue
            far = stretch[draft.anchor.first] != stretch[occasion.first]
            if far if occasion.kind == "state" else not reading.same_clause(draft.anchor, occasion):
                continue
            concept = reading.lexicon.concepts[exact]
            place = draft.site if draft.site is not None and draft.site.concept in PLACES_KEPT else None
            named = composition.name_finding(concept, place, reading.lexicon)
            draft.finding = replace(draft.finding, code=named.code, name=named.name, body_site=named.body_site)
            draft.mentions.append(occasion)
            break
    return drafts


def _held_by_pain(reading: Reading, drafts: Sequence[Draft]) -> list[Draft]:
    """Leave out the arm that cannot be lifted because the shoulder hurts: no weakness, which would be a stroke."""
    stretch, pain = reading.clauses.stretch, reading.lexicon.concepts["pain"]
    hurting = [
        draft
        for draft in drafts
        if draft.finding.status == "present"
        and (draft.anchor.meaning in HURT or is_made_of(draft, pain, reading.lexicon))
        and _place(draft, reading) in ARM
    ]
    return [
        draft
        for draft in drafts
        if draft.finding.code not in HELD
        or draft.finding.status != "present"
        or not any(
            other.first < draft.anchor.first
            and stretch[other.anchor.first] == stretch[draft.anchor.first]
            and other.finding.relation == draft.finding.relation
            for other in hurting
        )
        or any(sudden.meaning == "sudden" for sudden in reading.analysis.of("course"))
    ]


def _place(draft: Draft, reading: Reading) -> str:
    concept = reading.lexicon.concepts.get(draft.finding.code)
    return draft.site.concept if draft.site is not None else concept.site if concept is not None else ""


def _alike(one: Draft, other: Draft, reading: Reading) -> bool:
    """Whether two findings have one status, one person and one sentence."""
    sentence = reading.clauses.sentence
    return (
        one.finding.status == other.finding.status
        and one.finding.relation == other.finding.relation
        and sentence[one.anchor.first] == sentence[other.anchor.first]
    )


def _without_general(reading: Reading, drafts: Sequence[Draft]) -> list[Draft]:
    """Drop what a more exact finding of the sentence says already: the fall of a faint.

    A place that only the general one names goes to the exact one ("the tea spilt on her, her chest is burnt").
    """
    absorbed = concept_rules.absorbed()
    kept: list[Draft] = []
    for draft in drafts:
        concept = reading.lexicon.concepts.get(draft.finding.code)
        bare = concept is not None and concept.kind == "generic" and draft.site is None
        exact = [
            other
            for other in drafts
            if other is not draft
            and _alike(other, draft, reading)
            and (
                # Who vomits no blood may vomit: what is denied says nothing of the general.
                (other.finding.code in absorbed.get(draft.finding.code, ()) and draft.finding.status != "denied")
                or (bare and concept is not None and is_made_of(other, concept, reading.lexicon))
            )
        ]
        if not exact:
            kept.append(draft)
        elif draft.site is not None and exact[0].site is None:
            name = reading.lexicon.concepts.get(exact[0].finding.code)
            if name is not None and name.combine:
                named = composition.name_finding(name, draft.site, reading.lexicon)
                exact[0].site = draft.site
                exact[0].mentions.extend(draft.mentions)
                exact[0].finding = replace(
                    exact[0].finding, name=named.name, body_site=named.body_site, laterality=named.laterality
                )
    return kept


def _with_a_place(reading: Reading, drafts: Sequence[Draft]) -> list[Draft]:
    """Leave out generics without a place where something else was said: "it burns" beside a cough says nothing."""

    def idle(draft: Draft, tag: str) -> bool:
        concept = reading.lexicon.concepts.get(draft.finding.code)
        return concept is not None and concept.kind == "generic" and tag in concept.tags

    kept = [draft for draft in drafts if not idle(draft, BOUND)]
    telling = [draft for draft in kept if not idle(draft, PLACED)]
    stated = any(draft.finding.status != "denied" for draft in telling)
    # "My head does not hurt, something else does": the only thing that is there stays.
    return [
        draft for draft in kept if draft in telling or not telling or (draft.finding.status != "denied" and not stated)
    ]
