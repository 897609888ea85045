"""What lies behind the complaint: known illnesses, operations, habits; pregnancy; age."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kiosk.encounter import HistoryItem, Pregnancy, Status
from kiosk.findings import gestation, joining
from kiosk.findings.drafts import Draft
from kiosk.findings.reading import Reading
from kiosk.findings.subjects import CHILDREN
from kiosk.lexicon import concept_rules
from kiosk.lexicon.mentions import Mention

MAYBE_PREGNANT = "possible_pregnancy"
SURGERY = "surgery"
OPERATION_REACH = 4
"""How many words may stand between an operation and what was operated on."""
WEEKS_IN_MONTH = 4
"""What a gestational month counts as where the weeks were asked for (孕28周 is 孕7月)."""
WEEKS_ASKED = "weeks"
"""The question of the interview how far the pregnancy is."""


def history(reading: Reading, drafts: Sequence[Draft] = ()) -> list[HistoryItem]:
    """Return known illnesses, operations and habits, the family's too.

    Args:
        drafts: the utterance's findings; what they say already (menstrual pain: she menstruates) is not said again.
    """
    said = [
        _item(reading, mention.meaning, mention)
        for mention in reading.analysis.mentions
        if mention.kind in ("disease", "procedure", "habit")
        or (mention.kind == "state" and mention.meaning not in ("pregnancy", MAYBE_PREGNANT))
    ]
    return [
        *_kept(reading, [*said, *_operations(reading, said), *_placed_illnesses(reading)], drafts),
        *_not_mine(reading),
    ]


def _item(reading: Reading, code: str, mention: Mention, *others: Mention) -> HistoryItem:
    context = reading.contexts[mention]
    return HistoryItem(
        code=code,
        name=reading.lexicon.concepts[code].zh,
        status=context.status,
        experiencer=context.experiencer,
        relation=context.relation,
        evidence=reading.evidence(mention, *others),
    )


def _operations(reading: Reading, said: Sequence[HistoryItem]) -> Iterator[HistoryItem]:
    """Yield the operations that are told by what was operated on: "my appendix, they took it out"."""
    rules = concept_rules.joined()
    done = [*(m for m in reading.analysis.of("procedure") if m.meaning == SURGERY), *reading.cues("removed")]
    for act in done:
        near = [
            what
            for what in reading.analysis.of("disease", "site")
            if (what.meaning, SURGERY) in rules
            and act.gap(what) <= OPERATION_REACH
            and reading.same_clause(act, what)
            and not {*act.tokens} & {*what.tokens}
        ]
        what = min(near, key=act.gap, default=None) or _told_before(reading, act)
        code = rules[what.meaning, SURGERY] if what is not None else ""
        if what is None or any(item.code == code for item in said):
            continue
        by = what if what in reading.contexts else act
        if by in reading.contexts:
            yield _item(reading, code, by, act, what)
        else:
            relation = reading.subjects[act.first][0]
            yield HistoryItem(
                code=code,
                name=reading.lexicon.concepts[code].zh,
                experiencer="family" if relation else "patient",
                relation=relation,
                evidence=reading.evidence(act, what),
            )


def _told_before(reading: Reading, act: Mention) -> Mention | None:
    """Return the illness of the clause before, for an operation that names nothing ("hydatids, I was operated on")."""
    if act in reading.contexts and reading.contexts[act].status != "present":
        return None
    clauses = reading.clauses
    here = clauses.clause[act.first]
    own = [m for m in reading.analysis.of("disease", "site", "finding", "generic") if clauses.clause[m.first] == here]
    told = [
        illness
        for illness in reading.analysis.of("disease")
        if clauses.clause[illness.last] == here - 1 and clauses.sentence[illness.last] == clauses.sentence[act.first]
    ]
    ill = len(told) == 1 and (told[0].meaning, SURGERY) in concept_rules.joined()
    same = ill and reading.subjects[told[0].first][0] == reading.subjects[act.first][0]
    return told[0] if same and not own else None


def _placed_illnesses(reading: Reading) -> Iterator[HistoryItem]:
    """Yield illnesses that are another one at the site beside them: tuberculosis of the lungs."""
    rules = concept_rules.joined()
    for illness in reading.analysis.of("disease"):
        for site in reading.analysis.of("site"):
            code = rules.get((illness.meaning, site.meaning))
            if code is not None and illness.gap(site) <= OPERATION_REACH and reading.same_clause(illness, site):
                yield _item(reading, code, illness, site)


def _kept(reading: Reading, said: Sequence[HistoryItem], drafts: Sequence[Draft]) -> Iterator[HistoryItem]:
    """Yield what nothing more exact says already, and what says something beside other facts."""
    absorbed = concept_rules.absorbed()
    told = {draft.finding.code for draft in drafts} | {item.code for item in said}
    others = [*drafts, *(m for m in reading.analysis.of("drug", "drug_class", "allergen"))]
    seen: set[tuple[str, str, str | None]] = set()
    for item in said:
        concept = reading.lexicon.concepts[item.code]
        beside = bool(others) or any(other.code != item.code for other in said)
        key = (item.code, item.status, item.relation)
        if told & absorbed.get(item.code, frozenset()) or key in seen or (joining.PLACED in concept.tags and beside):
            continue
        seen.add(key)
        yield item


def _not_mine(reading: Reading) -> list[HistoryItem]:
    """Return what is denied without its name: "my father has diabetes, I do not"."""
    found: dict[str, HistoryItem] = {}
    clauses = reading.clauses
    for cue in reading.analysis.of("cue"):
        relation, explicit = reading.subjects[cue.first]
        if not cue.meaning.startswith("deny_") or relation or not explicit:
            continue
        if any(
            reading.same_clause(target, cue) and context.experiencer == "patient"
            for target, context in reading.contexts.items()
        ):
            continue  # it has something of its own to deny
        illnesses = reading.analysis.of("disease")
        for illness in _named_in_part(reading, cue, illnesses) or illnesses:
            near = clauses.sentence[cue.first] - clauses.sentence[illness.last] in (0, 1)
            if near and illness.last < cue.first and reading.contexts[illness].experiencer == "family":
                concept = reading.concept(illness)
                found[concept.id] = HistoryItem(
                    code=concept.id,
                    name=concept.zh,
                    status="denied",
                    experiencer="patient",
                    evidence=reading.evidence(illness, cue),
                )
    return [*found.values()]


def _named_in_part(reading: Reading, denial: Mention, illnesses: Sequence[Mention]) -> list[Mention]:
    """Return the illnesses a part of whose name stands beside a denial: "my own blood pressure is not high"."""
    tokens = reading.analysis.tokens
    return [
        illness
        for illness in illnesses
        for part in reading.cues("ignore")
        if reading.same_clause(part, denial)
        and {tokens[index].text for index in part.tokens} < {tokens[index].text for index in illness.tokens}
    ]


def pregnancy(reading: Reading) -> Pregnancy | None:
    """Return whether she is pregnant and for how many weeks, if it was said."""
    result: Pregnancy | None = None
    for mention in reading.analysis.mentions:
        if mention.kind == "state" and mention.meaning in ("pregnancy", MAYBE_PREGNANT):
            context = reading.contexts[mention]
            if context.experiencer == "patient" and context.when == "current" and result is None:
                unsure = mention.meaning == MAYBE_PREGNANT and context.status == "present"
                result = Pregnancy(status="uncertain" if unsure else context.status, evidence=reading.evidence(mention))
    # "Seven months it has been, the doctor said 30 weeks": the weeks are the more exact.
    for mention in sorted(gestation.gestations(reading), key=lambda said: said.unit != "wk"):
        weeks = _weeks(mention, reading)
        if (weeks is not None or mention.unit == "mo") and (result is None or result.status != "denied"):
            around = [said for said in reading.analysis.of("state") if said.meaning == "pregnancy"]
            return Pregnancy(
                status="present",
                weeks=weeks,
                months=_months(mention) if weeks is None else None,
                evidence=reading.evidence(mention, *around[:1]),
            )
    answer = reading.answer()
    if result is None and reading.question == "pregnancy" and answer is not None:
        status: Status = "present" if answer.meaning == "yes" else "denied"
        return Pregnancy(status=status, evidence=reading.evidence(answer))
    return result


def age(reading: Reading) -> float | None:
    """Return the age of the patient (or of the child that is spoken of) in years, if it was said."""
    for mention in reading.analysis.of("template"):
        relation = reading.subjects[mention.last][0]
        said = mention.number is not None or mention.pattern.add > 0  # "one month old" may be one fixed amount
        if mention.meaning == "age" and said and (relation is None or relation in CHILDREN):
            per_year = {"a": 1.0, "mo": 12.0, "wk": 52.18, "d": 365.25}.get(mention.unit or "a", 1.0)
            years = mention.amount / per_year
            if 0 <= years <= 120:
                return years
    return None


def _weeks(mention: Mention, reading: Reading) -> int | None:
    """Return gestational age in weeks; None for what no pregnancy can be.

    "Seven months" may be 26 weeks or 31: only where the weeks were asked for, months are the answer.
    """
    if mention.number is None and not mention.pattern.add:
        return None
    if mention.unit == "mo" and reading.utterance.question != WEEKS_ASKED:
        return None
    scale = WEEKS_IN_MONTH if mention.unit == "mo" else 1
    weeks = int(mention.amount * scale)
    return weeks if 1 <= weeks <= 45 else None


def _months(mention: Mention) -> int | None:
    """Return the month of a pregnancy as it was said; None for what no pregnancy can be."""
    months = int(mention.amount)
    return months if mention.unit == "mo" and 1 <= months <= 10 else None
