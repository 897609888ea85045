"""Whose body each word is about: the speaker's, or that of the relative who is spoken of."""

from __future__ import annotations

from collections.abc import Container, Sequence

from kiosk.findings.clauses import Clauses, is_target
from kiosk.lexicon.mentions import Analysis, Mention

CHILDREN = frozenset({"儿子", "女儿", "孩子", "婴儿", "孙子", "孙女"})
"""Relations for whom an adult speaks: the child is the patient."""


HAILED = CHILDREN | {"兄弟", "姐妹", "朋友"}
"""Relations by which people hail a stranger: "doctor, brother, my girl"."""
DEATH_REACH = 2
"""How many words may stand between a relative and his death."""
MOTHERHOOD = frozenset({"pregnancy", "gestation", "postpartum"})
"""States that are told of a woman for the sake of what comes next: "my wife is six months pregnant, her feet swell"."""
OBJECT_REACH = 2
"""How many words after the one that says so an object stands."""
JOINT_REACH = 2
"""How many words from a relative the "and" before him or the "too" behind him stands."""


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
    hailed = {word.first for word in analysis.of("relation") if _addressed(word, analysis, clauses, targets)}
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
        elif index in hailed or (cue is not None and cue.kind == "relation" and _since_he(cue, analysis, clauses)):
            pass  # "my stomach burns, my girl"; "my husband gone away since, I do not sleep"
        elif cue is not None and cue.kind == "relation" and relation in CHILDREN and _object(cue, analysis, clauses):
            pass  # "the child drank up his grandfather's pesticide": the child's
        elif cue is not None and cue.kind == "relation":
            relation = last_relation = cue.meaning
            explicit = False
            # "diabetes in my mother": the clause is hers from its beginning, unless the speaker named himself.
            begins = _begins(cue, analysis, clauses, targets)
            for back in range(index - 1, begins - 1, -1):
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
            cue is not None
            and cue.meaning == "first_person"
            and last_relation is not None
            and _quoted(index, analysis, child=last_relation in CHILDREN)
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


def _begins(relation: Mention, analysis: Analysis, clauses: Clauses, targets: Sequence[Mention]) -> int:
    """Return from which word on a clause is a relative's who is named within it.

    Recognisers write no commas. What stands before "and" and him is not his where something stands behind him ("my skin
    itches and my husband itches too"); nor are complaints before an illness of his own, or before "he too" ("I tremble,
    my heart races, my mother has goitre").
    """
    here = clauses.clause[relation.first]
    own = [m for m in targets if clauses.clause[m.first] == here and not {*m.tokens} & {*relation.tokens}]
    before = [m for m in own if m.last < relation.first]
    after = [m for m in own if m.first > relation.last]
    cues = [cue for cue in analysis.of("cue") if clauses.clause[cue.first] == here]
    if not after or not any(m.kind in ("finding", "generic") for m in before):
        return 0
    ands = [cue.last for cue in cues if cue.meaning == "and" and 0 < relation.first - cue.last <= JOINT_REACH]
    empty = [end for end in ands if all(clauses.is_known(index) for index in range(end, relation.first))]
    if empty and not any(m.last > empty[-1] for m in before):
        return empty[-1]
    too = any(cue.meaning == "too" and 0 < cue.first - relation.last <= JOINT_REACH for cue in cues)
    joined = any(cue.meaning in ("and", "or") and relation.last < cue.first < after[0].first for cue in cues)
    told = all(m.kind in ("finding", "generic") for m in before)
    return relation.first if told and (too or (after[0].kind == "disease" and not joined)) else 0


def _addressed(word: Mention, analysis: Analysis, clauses: Clauses, targets: Sequence[Mention]) -> bool:
    """Whether the name of a child only hails the listener: "three weeks my stomach burns my girl."

    It ends a sentence in its naming form, in the clause of the complaint; or it begins the text, alone before a comma,
    and in the next clause the speaker names himself ("my girl, my knee hurts").
    """
    if _behind_the_verb(word, analysis, clauses, targets):
        return True
    if word.meaning not in CHILDREN or len(word.tokens) > 1:
        return False
    if word.last + 1 < len(analysis.tokens) and not word.first and clauses.clause[word.last + 1] == 1:
        named = [m for m in analysis.of("cue", "relation") if clauses.clause[m.first] == 1]
        mine = any(cue.kind == "cue" and cue.meaning == "first_person" for cue in named)
        return mine and not any(m.kind == "relation" or m.meaning == "third_person" for m in named)
    sentence = clauses.sentence
    last = word.last + 1 == len(sentence) or sentence[word.last + 1] != sentence[word.last]
    text = analysis.tokens[word.last].text
    bare = text in word.pattern.elements[-1].words
    before = [m for m in targets if m.last < word.first and sentence[m.first] == sentence[word.first]]
    return last and bare and bool(before) and clauses.clause[before[-1].last] == clauses.clause[word.first]


def _behind_the_verb(word: Mention, analysis: Analysis, clauses: Clauses, targets: Sequence[Mention]) -> bool:
    """Whether a relative is named where no subject stands: behind the verb that ends what was told.

    Of languages that end a clause with its verb: "my tooth aches, three days it has been brother, and my gum …".
    He ends the clause, or the speaker names himself behind him.
    """
    here = clauses.clause[word.first]
    if word.meaning not in HAILED:
        return False
    before = word.first - 1
    told = any(clauses.clause[m.first] == here and m.last < word.first for m in targets)
    if before not in analysis.finite or not told or clauses.clause[before] != here:
        return False
    ends = clauses.is_edge(word.last, 1)
    mine = any(
        cue.meaning == "first_person" and cue.first > word.last and clauses.clause[cue.first] == here
        for cue in analysis.of("cue")
    )
    return ends or mine


def _since_he(relation: Mention, analysis: Analysis, clauses: Clauses) -> bool:
    """Whether a relative is named for the time since when: "(since) my husband gone to town since, I do not sleep"."""
    here = clauses.clause[relation.first]
    ahead = [m for m in analysis.mentions if m.first > relation.last and clauses.clause[m.first] == here]
    since = next((m for m in ahead if m.kind == "cue" and m.meaning == "since"), None)
    if since is None or since.first - relation.last < JOINT_REACH:
        return False
    between = [m for m in ahead if m.first < since.first]
    return not any(is_target(m) or m.kind in ("time", "template", "unit", "numeral", "site") for m in between)


def _object(relation: Mention, analysis: Analysis, clauses: Clauses) -> bool:
    """Whether a word of this clause right before a relative says that something is done to or with him."""
    return any(
        cue.meaning == "object"
        and 0 < relation.first - cue.last <= OBJECT_REACH
        and clauses.clause[cue.first] == clauses.clause[relation.first]
        for cue in analysis.of("cue")
    )


def _quoted(index: int, analysis: Analysis, *, child: bool) -> bool:
    """Whether "says" stands at the end of the clause or sentence that holds this word.

    Who quotes an adult speaks of himself in some languages ("my wife says my snoring …"), not in those that end a
    clause with its verb and quote word by word ("my wife my head aches says").
    """
    rest = range(index + 1, len(analysis.tokens))
    ends = next((place for place in rest if analysis.tokens[place].boundary in (",", ".")), len(analysis.tokens))
    return any(
        cue.meaning == "says" and index < cue.first < ends and (child or bool(analysis.finite))
        for cue in analysis.of("cue")
    )


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
    if ill and not mine and _illness_too(index, analysis, clauses):
        return True
    return (told or expecting or (empty and (scene or still)) or known) and not mine and (known or not ill)


def _illness_too(index: int, analysis: Analysis, clauses: Clauses) -> bool:
    """Whether a clause tells of one more illness: "my mother has high blood pressure, a stroke she had, too"."""
    here = clauses.clause[index]
    told = [m for m in analysis.mentions if is_target(m) and m.kind != "cue" and clauses.clause[m.first] == here]
    too = any(cue.meaning in ("each", "too", "and") and clauses.clause[cue.first] == here for cue in analysis.of("cue"))
    return bool(told) and too and all(m.kind == "disease" for m in told)


def _introduced(clause: int, analysis: Analysis, clauses: Clauses) -> bool:
    """Whether a clause says who it is about: of what follows he is the one.

    "My grandfather is seventy"; "it is not me who is ill, it is my husband".
    """
    here = [mention for mention in analysis.mentions if clauses.clause[mention.first] == clause]
    ill = {clauses.clause[cue.first] for cue in analysis.of("cue") if cue.meaning == "not_me"}
    return any(m.kind == "relation" for m in here) and (
        bool(ill & {clause, clause - 1})
        or any(m.kind == "template" and m.meaning == "age" and m.unit in (None, "a") for m in here)
    )


def _continues_list(index: int, clauses: Clauses, targets: Sequence[Mention]) -> bool:
    before = [mention for mention in targets if mention.last < index]
    after = [mention for mention in targets if mention.first >= index]
    return bool(before and after) and clauses.list_joined(before[-1], after[0])
