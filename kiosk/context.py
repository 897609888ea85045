"""What surrounds a mention: denied or unsure, over or current, whose, and in which clause it stands.

The rules are shared by all languages; the words that trigger them are in ``config/grammar``. After NegEx and ConText
(Chapman et al. 2001, Harkema et al. 2009): a cue has a direction and a reach, and a terminator ends it. Two things are
added for these languages: a negation after what it negates reaches back over a list of nouns but not over a verb
(басым ауырады, қызу, жөтел жоқ), and negations inside a word's endings come from the morphology.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk.encounter import Experiencer, Status, When
from kiosk.lexicon import Concept
from kiosk.matching import Analysis, Mention

TARGETS = frozenset(
    {"finding", "generic", "quality", "disease", "drug", "drug_class", "allergen", "state", "procedure", "habit"}
)
"""Concept kinds that can be denied, past, or somebody else's."""

TARGET_CUES = frozenset({"allergy", "intolerance", "no_allergy"})
"""Cues that are facts themselves: "not allergic to …"."""

CHILDREN = frozenset({"儿子", "女儿", "孩子", "婴儿", "孙子", "孙女"})
"""Relations for whom an adult speaks: the child is the patient."""

PREDICATES = frozenset({"verb", "phrase", "nominative"})
"""Kinds of rows that a negation of nouns does not reach in a list: verbs; naming forms beside a genitive (Russian)."""

EITHER = "either"
"""A row that is a naming form or a genitive (Russian боли): reached by a negation in front, not by one behind."""

FORWARD_REACH = 6
BACKWARD_REACH = 3
PAST_DAYS = 60.0
"""A symptom dated further back than this, with no word for "since", is over unless the patient says otherwise."""

DAYS = {"min": 1 / 1440, "h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 30.0, "a": 365.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The status of one mention."""

    status: Status = "present"
    when: When = "current"
    experiencer: Experiencer = "patient"
    relation: str | None = None
    explicit: bool = False


def is_target(mention: Mention) -> bool:
    return mention.kind in TARGETS or (mention.kind == "cue" and mention.meaning in TARGET_CUES)


class Clauses:
    """Sentence and clause numbers of each token: "." ends both, "," and "but" end the clause."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        buts = {mention.first for mention in analysis.of("cue") if mention.meaning == "but"}
        self.sentence: list[int] = []
        self.stretch: list[int] = []  # ends at "." and at "but"
        self.clause: list[int] = []  # ends at "," too
        sentence = stretch = clause = 0
        for index, token in enumerate(analysis.tokens):
            if index:
                sentence += token.boundary == "."
                stretch += token.boundary == "." or index in buts
                clause += token.boundary in (",", ".") or index in buts
            self.sentence.append(sentence)
            self.stretch.append(stretch)
            self.clause.append(clause)

    def list_joined(self, left: Mention, right: Mention) -> bool:
        """Whether two mentions are items of one list: nothing but glue, "and", commas or list parts between them."""
        if self.stretch[left.last] != self.stretch[right.first]:
            return False
        between = range(left.last + 1, right.first)
        parts = {
            index
            for mention in self._analysis.mentions
            if mention.kind in ("site", "side", "region", "quality", "severity")
            or (mention.kind == "cue" and mention.meaning in ("and", "or", "deny_next", "deny_list", "deny_either"))
            or is_target(mention)
            for index in mention.tokens
        }
        return all(index in parts or self.is_glue(index) for index in between)

    def and_joined(self, left: Mention, right: Mention) -> bool:
        """Whether nothing but "and", a comma or glue stands between two mentions of one clause or list."""
        joints = {
            index
            for mention in self._analysis.of("cue")
            if mention.meaning in ("and", "or")
            for index in mention.tokens
        }
        between = range(left.last + 1, right.first)
        verbs = {index for cue in self._analysis.of("cue") if cue.meaning == "ignore" for index in cue.tokens}
        return self.stretch[left.last] == self.stretch[right.first] and all(
            index in joints or (self.is_glue(index) and index not in verbs) for index in between
        )

    def is_glue(self, index: int) -> bool:
        covered = self._analysis.covered
        meant = any(
            index in mention.tokens
            for mention in self._analysis.mentions
            if not (mention.kind == "cue" and mention.meaning == "ignore")
        )
        return index in covered and not meant

    def is_edge(self, index: int, step: int) -> bool:
        """Whether nothing with a meaning stands between a token and that end of its clause."""
        place = index + step
        while 0 <= place < len(self.clause) and self.clause[place] == self.clause[index]:
            if any(place in m.tokens and m.kind not in ("cue", "relation") for m in self._analysis.mentions):
                return False
            place += step
        return True

    def opens_sentence(self, index: int) -> bool:
        """Whether a token stands in the first clause of its sentence."""
        first = self.sentence.index(self.sentence[index])
        return self.clause[first] == self.clause[index]

    def closes_sentence(self, index: int) -> bool:
        """Whether a token stands in the last clause of its sentence."""
        rest = [self.clause[place] for place in range(len(self.clause)) if self.sentence[place] == self.sentence[index]]
        return rest[-1] == self.clause[index]

    def has_between(self, left: int, right: int, meanings: Sequence[str]) -> bool:
        return any(
            mention.kind == "cue" and mention.meaning in meanings and left < mention.first < right
            for mention in self._analysis.mentions
        )


def contexts(analysis: Analysis, concepts: Mapping[str, Concept]) -> dict[Mention, Context]:
    """Return the context of every mention that can have one."""
    clauses = Clauses(analysis)
    targets = [mention for mention in analysis.mentions if is_target(mention)]
    denied = {mention for mention in targets if mention.negated} | _denied(analysis, clauses, targets)
    unsure = _unsure(analysis, clauses, targets)
    past = _past(analysis, clauses, targets, concepts)
    result: dict[Mention, Context] = {}
    whose = subjects(analysis, clauses)
    for mention in targets:
        relation, explicit = whose[mention.first]
        # "Whether I have a fever or not, I don't know": the doubt is about the denial, too.
        status: Status = "uncertain" if mention in unsure else "denied" if mention in denied else "present"
        result[mention] = Context(
            status=status,
            when="past" if mention in past else "current",
            experiencer="family" if relation else "patient",
            relation=relation,
            explicit=explicit,
        )
    return result


def _denied(analysis: Analysis, clauses: Clauses, targets: Sequence[Mention]) -> set[Mention]:
    denied: set[Mention] = set()
    for cue in analysis.of("cue"):
        if cue.meaning.startswith("deny_"):
            # "Vision is not blurred": the negation stands in a gap of the finding.
            denied |= {m for m in targets if m.first < cue.first < m.last and not set(cue.tokens) & set(m.tokens)}
        if cue.meaning == "deny_inside":
            denied |= {m for m in targets if m.first == cue.last + 1}
        elif cue.meaning == "deny_next":
            denied |= _forward(cue, clauses, targets, whole_list=False)
        elif cue.meaning == "deny_list":
            denied |= _forward(cue, clauses, targets, whole_list=True)
        elif cue.meaning == "deny_prior":
            denied |= _backward(cue, clauses, targets)
        elif cue.meaning == "deny_either":
            denied |= _either(cue, clauses, targets)
    return denied


def _either(cue: Mention, clauses: Clauses, targets: Sequence[Mention]) -> set[Mention]:
    """Russian нет stands before or after a noun in the genitive: "температуры нет болит голова" denies the fever.

    A noun behind it is meant first, then what stands in front; in broken speech ("голова болит нету температура") a
    naming form behind rather than a verb in front.
    """
    inside = [m for m in targets if clauses.clause[m.first] == clauses.clause[cue.last]]
    after = next((m.pattern.inflection for m in inside if m.first > cue.last), None)
    before = next((m.pattern.inflection for m in reversed(inside) if m.last < cue.first), None)
    if after is not None and (after not in PREDICATES or (after == "nominative" and before in ("verb", "phrase"))):
        reached = _forward(cue, clauses, targets, whole_list=True)
        if reached:
            return reached
    return _backward(cue, clauses, targets)


def _forward(cue: Mention, clauses: Clauses, targets: Sequence[Mention], *, whole_list: bool) -> set[Mention]:
    following = [m for m in targets if m.first > cue.last and clauses.stretch[m.first] == clauses.stretch[cue.last]]
    if not following:
        return set()
    head = following[0]
    if head.first - cue.last - 1 > FORWARD_REACH or clauses.clause[head.first] != clauses.clause[cue.last]:
        return set()
    reached = {m for m in following if m.tokens == head.tokens}
    chain = _chain(head, following, clauses)
    # "No fever, cough or vomiting": an "or" says that all before it are items of the denied list.
    last_or = max((m.first for before, m in itertools.pairwise(chain) if _or(before, m, clauses)), default=-1)
    previous = head
    for mention in following:
        if mention.first <= previous.last:
            reached |= {mention} if previous in reached and mention.tokens[0] <= previous.last else set()
            continue
        if mention not in chain:
            break
        either = mention.first <= last_or
        comma = clauses.clause[previous.last] != clauses.clause[mention.first]
        named = mention.pattern.inflection in ("noun", "fixed", EITHER)
        if not (either or (whole_list and named)) or (comma and not whole_list and not either):
            break
        reached.add(mention)
        previous = mention
    return reached


def _chain(head: Mention, following: Sequence[Mention], clauses: Clauses) -> list[Mention]:
    """Return the items that are joined to ``head`` in one list, in order."""
    chain = [head]
    for mention in following:
        if mention.first > chain[-1].last:
            if not clauses.list_joined(chain[-1], mention) or clauses.has_between(
                chain[-1].last, mention.first, ("affirm",)
            ):
                break  # "no fever, there is some cough"
            chain.append(mention)
    return chain


def _or(before: Mention, after: Mention, clauses: Clauses) -> bool:
    return clauses.has_between(before.last, after.first, ("or",))


def _backward(cue: Mention, clauses: Clauses, targets: Sequence[Mention]) -> set[Mention]:
    preceding = [m for m in targets if m.last < cue.first and clauses.stretch[m.last] == clauses.stretch[cue.first]]
    if not preceding:
        return set()
    head = preceding[-1]
    if cue.first - head.last - 1 > BACKWARD_REACH or clauses.clause[head.last] != clauses.clause[cue.first]:
        return set()
    between = range(head.last + 1, cue.first)
    if head.pattern.inflection == "verb" and not all(clauses.is_glue(index) for index in between):
        return set()  # "my waters broke, blood there is none": a verb is denied only by what touches it
    if clauses.has_between(head.last, cue.first, ("affirm",)):
        return set()  # "my mother has it, I do not"
    reached = {m for m in preceding if m.tokens == head.tokens}
    previous = head
    for mention in reversed(preceding):
        if mention.last >= previous.first:
            continue
        if (
            mention.pattern.inflection in (*PREDICATES, EITHER)
            or previous.pattern.inflection in PREDICATES
            or not clauses.list_joined(mention, previous)
            # "Allergic to penicillin, to aspirin not": the allergy is no item of the list.
            or (mention.kind == "cue" and previous.kind != "cue")
            # A clause with its own predicate ("… бар") is not part of the list.
            or clauses.has_between(mention.last, previous.first, ("affirm",))
        ):
            break
        reached.add(mention)
        previous = mention
    return reached


def _unsure(analysis: Analysis, clauses: Clauses, targets: Sequence[Mention]) -> set[Mention]:
    unsure: set[Mention] = set()
    behind = {index for cue in analysis.of("cue") if cue.meaning == "uncertain_prior" for index in cue.tokens}
    for cue in analysis.of("cue"):
        if cue.meaning == "uncertain" and not behind & {*cue.tokens}:
            unsure |= _doubted(cue, clauses, targets)
        elif cue.meaning == "uncertain_prior":
            unsure |= _doubted(cue, clauses, [m for m in targets if m.first <= cue.last])
    return unsure


def _doubted(cue: Mention, clauses: Clauses, targets: Sequence[Mention]) -> set[Mention]:
    """Return what a doubt is about: what follows it in its clause, unless what stands before it is nearer.

    Where its clause has neither, it is the clause before ("is it fever or not, I don't know"), else the one behind
    ("perhaps, a fever").
    """
    here = [m for m in targets if clauses.clause[m.first] == clauses.clause[cue.first]]
    after = [m for m in here if m.first > cue.last]
    before = [m for m in here if m.first <= cue.last]
    if after and before and cue.gap(before[-1]) < cue.gap(after[0]):
        return {m for m in before if m.tokens == before[-1].tokens}
    if here:
        return set(after or here)
    same = [m for m in targets if clauses.sentence[m.first] == clauses.sentence[cue.first]]
    step = 1 if clauses.opens_sentence(cue.first) else -1
    return {m for m in same if clauses.clause[m.first] == clauses.clause[cue.first] + step}


def _past(
    analysis: Analysis, clauses: Clauses, targets: Sequence[Mention], concepts: Mapping[str, Concept]
) -> set[Mention]:
    past: set[Mention] = set()
    for mention in analysis.mentions:
        if mention.kind == "cue" and mention.meaning in ("resolved", "not_now"):
            same = [m for m in targets if clauses.clause[m.first] == clauses.clause[mention.first]]
            before = [m for m in same if m.last < mention.first] or same
            earlier = [m for m in targets if m.last < mention.first]
            chosen = before[-1:] if before else earlier[-1:]
            past |= {m for m in targets if chosen and m.tokens == chosen[0].tokens}
        elif past_dated(mention, concepts):
            started = [
                cue
                for cue in analysis.of("cue")
                if cue.meaning in ("start", "since") and clauses.clause[cue.first] == clauses.clause[mention.first]
            ]
            if not started:
                # "Years ago … now …": what comes after "now" is not of that time.
                ends = [cue.first for cue in analysis.of("cue") if cue.meaning == "now" and cue.first > mention.first]
                past |= {
                    m
                    for m in targets
                    if clauses.clause[m.first] == clauses.clause[mention.first] and not (ends and m.first > min(ends))
                }
    return past


def past_dated(mention: Mention, concepts: Mapping[str, Concept]) -> bool:
    """Whether a mention puts what it belongs to into the past, see ``PAST_DAYS``."""
    if mention.kind == "cue":
        return mention.meaning == "past"
    if mention.kind == "template" and mention.meaning == "ago" and mention.number is not None and mention.unit:
        return mention.number.value * DAYS[mention.unit] > PAST_DAYS
    if mention.kind == "template" and mention.meaning == "year":
        return True
    return mention.kind == "time" and days_ago(concepts[mention.meaning].value) > PAST_DAYS


def days_ago(offset: str) -> float:
    """Return how many days before now a time concept's offset lies ("-1a" -> 365.0); 0.0 where it names none."""
    if offset == "past":
        return float("inf")
    found = re.fullmatch(r"-(\d+(?:\.\d+)?)(min|h|d|wk|mo|a)", offset)
    return float(found[1]) * DAYS[found[2]] if found else 0.0


def subjects(analysis: Analysis, clauses: Clauses) -> list[tuple[str | None, bool]]:
    """Return for each token whose body it is about (None is the speaker) and whether the speaker named himself."""
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
    targets = [mention for mention in analysis.mentions if is_target(mention)]
    for index in range(len(analysis.tokens)):
        if index and clauses.clause[index] != clauses.clause[index - 1]:
            explicit = False
            carried = relation is not None and _goes_on(index, analysis, clauses)
            if relation not in CHILDREN and not carried and not _continues_list(index, clauses, targets):
                relation = None
        cue = starts.get(index)
        if cue is not None and cue.kind == "relation":
            relation = last_relation = cue.meaning
            explicit = False
            # "diabetes in my mother": the clause is hers from its beginning, unless the speaker named himself.
            for back in range(index - 1, -1, -1):
                other = found[back][0] and not carried
                if clauses.clause[back] != clauses.clause[index] or found[back][1] or other:
                    break
                found[back] = (relation, False)
            carried = False
        elif cue is not None and cue.meaning == "first_person":
            relation, explicit = None, True
            # "My mother had cancer, I have a lump, but it (она) does not hurt": no longer hers.
            # "My mother could not come, so I ask: her knees are swollen" tells nothing of mine.
            mine = any(clauses.clause[target.first] == clauses.clause[index] for target in targets)
            last_relation = last_relation if last_relation in CHILDREN or not mine else None
        elif cue is not None and last_relation and not relation and (not explicit or last_relation in CHILDREN):
            relation = last_relation
        found.append((relation, explicit))
    return found


def _goes_on(index: int, analysis: Analysis, clauses: Clauses) -> bool:
    """Whether the clause that begins here still tells of the relative whose complaint the one before told.

    Many languages leave the subject out ("my husband snores, and sleeps by day"). Of an illness nothing goes on: "my
    mother has diabetes, headaches for a week" is a family history and a complaint.
    """
    if clauses.stretch[index] != clauses.stretch[index - 1]:
        return False
    here, before = clauses.clause[index], clauses.clause[index - 1]
    mine = any(cue.meaning == "first_person" and clauses.clause[cue.first] == here for cue in analysis.of("cue"))
    told = any(clauses.clause[finding.last] == before for finding in analysis.of("finding", "generic"))
    ill = any(clauses.clause[illness.last] == before for illness in analysis.of("disease"))
    return told and not mine and not ill


def _continues_list(index: int, clauses: Clauses, targets: Sequence[Mention]) -> bool:
    before = [mention for mention in targets if mention.last < index]
    after = [mention for mention in targets if mention.first >= index]
    return bool(before and after) and clauses.list_joined(before[-1], after[0])
