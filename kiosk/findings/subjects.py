"""Whose body each word is about: the speaker's, or that of the relative who is spoken of."""

from __future__ import annotations

from collections.abc import Container, Sequence

from kiosk.findings.clauses import Clauses, is_target
from kiosk.lexicon.mentions import Analysis, Mention

CHILDREN = frozenset({"儿子", "女儿", "孩子", "婴儿", "孙子", "孙女"})
"""Relations for whom an adult speaks: the child is the patient."""


DEATH_REACH = 2
"""How many words may stand between a relative and his death."""
MOTHERHOOD = frozenset({"pregnancy", "gestation", "postpartum"})
"""States that are told of a woman for the sake of what comes next: "my wife is six months pregnant, her feet swell"."""
OBJECT_REACH = 2
"""How many words after the one that says so an object stands."""


def subjects(analysis: Analysis, clauses: Clauses, urgent: Container[int] = ()) -> list[tuple[str | None, bool]]:
    """Return for each token whose body it is about (None is the speaker) and whether the speaker named himself.

    Args:
        urgent: numbers of the clauses that tell of a danger, see :func:`kiosk.context.emergencies`.
    """
    starts: dict[int, Mention] = {}
    for mention in analysis.mentions:
        if mention.kind == "relation" or (
            mention.kind == "cue" and mention.meaning in ("first_person", "third_person")
        ):
            starts.setdefault(mention.first, mention)
    found: list[tuple[str | None, bool]] = []
    relation: str | None = None
    last_relation: str | None = None
    explicit = False
    carried = False
    topic: str | None = None  # a relative whose age was told: all that follows is his, until "I" is said
    targets = [mention for mention in analysis.mentions if is_target(mention)]
    for index in range(len(analysis.tokens)):
        if index and clauses.clause[index] != clauses.clause[index - 1]:
            explicit = False
            topic = relation if _introduced(clauses.clause[index - 1], analysis, clauses) else topic
            known = topic is not None and topic == relation
            carried = relation is not None and _goes_on(
                index, analysis, clauses, urgent, whose=relation, still=carried, known=known
            )
            if relation not in CHILDREN and not carried and not _continues_list(index, clauses, targets):
                relation = None
        cue = starts.get(index)
        if cue is not None and cue.kind == "relation" and _mourned(cue, analysis, clauses):
            pass  # "since my husband's death I do not sleep"
        elif cue is not None and cue.kind == "relation" and relation in CHILDREN and _object(cue, analysis, clauses):
            pass  # "the child drank up his grandfather's pesticide": the child's
        elif cue is not None and cue.kind == "relation":
            relation = last_relation = cue.meaning
            explicit = False
            # "diabetes in my mother": the clause is hers from its beginning, unless the speaker named himself.
            for back in range(index - 1, -1, -1):
                other = found[back][0] and not carried
                my = starts.get(back)
                if back == index - 1 and my is not None and my.meaning == "first_person":
                    before = found[back - 1] if back else (None, False)
                    found[back] = before  # "the pills my sister took": "my" is said of her
                if clauses.clause[back] != clauses.clause[index] or found[back][1] or other:
                    break
                found[back] = (relation, False)
            carried = False
        elif (
            cue is not None and cue.meaning == "first_person" and last_relation in CHILDREN and _quoted(index, analysis)
        ):
            relation, explicit = last_relation, False  # "my back itches, says my daughter"
        elif cue is not None and cue.meaning == "first_person":
            relation, explicit, topic = None, True, None
            # "My mother had cancer, I have a lump, but it (она) does not hurt": no longer hers.
            # "My mother could not come, so I ask: her knees are swollen" tells nothing of mine.
            mine = any(clauses.clause[target.first] == clauses.clause[index] for target in targets)
            last_relation = last_relation if last_relation in CHILDREN or not mine else None
        elif cue is not None and last_relation and not relation and (not explicit or last_relation in CHILDREN):
            relation = last_relation
        found.append((relation, explicit))
    return found


def _object(relation: Mention, analysis: Analysis, clauses: Clauses) -> bool:
    """Whether a word of this clause right before a relative says that something is done to or with him."""
    return any(
        cue.meaning == "object"
        and 0 < relation.first - cue.last <= OBJECT_REACH
        and clauses.clause[cue.first] == clauses.clause[relation.first]
        for cue in analysis.of("cue")
    )


def _quoted(index: int, analysis: Analysis) -> bool:
    """Whether "says" stands at the end of the clause or sentence that holds this word."""
    rest = range(index + 1, len(analysis.tokens))
    ends = next((place for place in rest if analysis.tokens[place].boundary in (",", ".")), len(analysis.tokens))
    return any(cue.meaning == "says" and index < cue.first < ends for cue in analysis.of("cue"))


def _mourned(relation: Mention, analysis: Analysis, clauses: Clauses) -> bool:
    """Whether a relative is named for his death alone: not where what he died of is named, too."""
    here = clauses.clause[relation.first]
    return any(
        cue.meaning == "death" and clauses.clause[cue.first] == here and cue.gap(relation) <= DEATH_REACH
        for cue in analysis.of("cue")
    ) and not any(clauses.clause[illness.first] == here for illness in analysis.of("disease"))


def _goes_on(
    index: int,
    analysis: Analysis,
    clauses: Clauses,
    urgent: Container[int],
    *,
    whose: str | None,
    still: bool,
    known: bool,
) -> bool:
    """Whether the clause that begins here still tells of the relative whose complaint the one before told.

    Many languages leave the subject out ("my husband snores, and sleeps by day"). So do they where the one before sets
    the scene ("my husband got up, the mouth is crooked"). Of an illness nothing goes on: "my mother has diabetes,
    headaches for a week" is a family history and a complaint. Over the end of a sentence only an emergency goes on:
    whoever tells of his father's crooked mouth does not speak of himself behind it without saying so.

    Args:
        whose: the relative.
        still: whether the clause before went on about the relative itself; one without a fact hands on what it got.
        known: whether his age was told.
    """
    here, before = clauses.clause[index], clauses.clause[index - 1]
    if clauses.stretch[index] != clauses.stretch[index - 1] and before not in urgent and not known:
        return False
    mine = any(cue.meaning == "first_person" and clauses.clause[cue.first] == here for cue in analysis.of("cue"))
    told = any(clauses.clause[finding.last] == before for finding in analysis.of("finding", "generic"))
    expecting = whose not in CHILDREN and any(
        mention.meaning in MOTHERHOOD and clauses.clause[mention.last] == before
        for mention in analysis.of("state", "template")
    )
    ill = any(clauses.clause[illness.last] == before for illness in analysis.of("disease"))
    scene = any(cue.meaning == "scene" and clauses.clause[cue.first] == before for cue in analysis.of("cue"))
    empty = not any(is_target(m) and clauses.clause[m.last] == before for m in analysis.mentions)
    return (told or expecting or (empty and (scene or still)) or known) and not mine and (known or not ill)


def _introduced(clause: int, analysis: Analysis, clauses: Clauses) -> bool:
    """Whether a clause tells a relative's age ("my grandfather is seventy"): of what follows he is the one."""
    here = [mention for mention in analysis.mentions if clauses.clause[mention.first] == clause]
    return any(m.kind == "relation" for m in here) and any(
        m.kind == "template" and m.meaning == "age" and m.unit in (None, "a") for m in here
    )


def _continues_list(index: int, clauses: Clauses, targets: Sequence[Mention]) -> bool:
    before = [mention for mention in targets if mention.last < index]
    after = [mention for mention in targets if mention.first >= index]
    return bool(before and after) and clauses.list_joined(before[-1], after[0])
