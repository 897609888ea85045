"""What is said of whom and when: sides of the body, medicines and what they are for, relatives, past and present."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from kiosk import lexicon
from kiosk.critical import Claim, Critical, medicines
from kiosk.guard.counting import by_key, denial_forms
from kiosk.guard.disagreement import Disagreement
from kiosk.guard.rules import Kin, Medicines, Rules, says
from kiosk.lexicon import Concept

NEAR_TIMES = 3.0
EXACT = 3.0
"""Days that every language has an own word for: yesterday is not the day before."""


def sides(source: Critical, target: Critical, table: Rules) -> Iterator[Disagreement]:
    """Yield a side of the body that differs."""
    ours, theirs = _sides(source, table), _sides(target, table)
    if ours == theirs or (ours | theirs) == {"双侧"} or {"左", "右"} in (ours, theirs):
        # Both sides are "both", and "two" is said of hands without a side being meant.
        swapped = _swapped(source.claims, target.claims)
    else:
        swapped = True
    if swapped:
        yield Disagreement(kind="side", detail=f"原话为{_listed(ours)}，译文为{_listed(theirs)}")


def _sides(text: Critical, table: Rules) -> frozenset[str]:
    """Return the sides that are said with a word that means one: not with "right away"."""
    words = table.not_sides.get(text.language, {})
    return frozenset(side for side in text.sides if side not in words or not words[side].search(text.text))


def _swapped(ours: Sequence[Claim], theirs: Sequence[Claim]) -> bool:
    mine = {claim.key: claim.laterality for claim in ours if claim.laterality}
    return any(claim.laterality and mine.get(claim.key) not in (None, claim.laterality) for claim in theirs)


def _listed(names: frozenset[str]) -> str:
    return "、".join(sorted(names)) or "未说明"


def drugs(source: Critical, target: Critical, table: Medicines) -> Iterator[Disagreement]:
    """Yield medicines that one side alone names; a word that sounds like one, in any script, names it."""
    kinds = lexicon.concepts()
    shared = source.drugs.keys() & target.drugs.keys()
    lost, new = (
        {
            key
            for key in one.drugs.keys() - there.drugs.keys()
            if not _implied(key, there, shared, kinds)
            and not any(key in group and group & there.drugs.keys() for group in table.same)
            and not medicines.stands_in(there.reading, there.text, key)
            and not medicines.sounds_like(there.reading, key)
        }
        for one, there in ((source, target), (target, source))
    )
    if not (lost and new):
        lost = {key for key in lost if not _for(key, target, table)}
        # An allergen that only the Chinese names was not understood in the source: "stung by a bee".
        new = {key for key in new if not _for(key, source, table) and kinds[key].kind != "allergen"}
    if not new:  # a word of another kind may look like a medicine's name of another language
        lost -= medicines.guessed(source.reading)
    if lost:
        names = "、".join(sorted(source.drugs[key] for key in lost))
        given = "、".join(sorted(target.drugs[key] for key in new))
        yield Disagreement(kind="drug", detail=f"原话为{names}，译文为{given}" if new else f"译文没有{names}")
    elif new:
        names = "、".join(sorted(target.drugs[key] for key in new))
        yield Disagreement(kind="drug", detail=f"译文有{names}，原话中未能确认")


def namesakes(source: Critical, target: Critical, table: Rules) -> Iterator[Disagreement]:
    """Yield medicines of one kind that were taken for each other: one insulin for another."""
    ours, theirs = (
        {each.name for each in table.same_names if each.said.search(side.text)} for side in (source, target)
    )
    lost, new = ours - theirs, theirs - ours
    if lost and new:
        yield Disagreement(kind="drug", detail=f"原话为{'、'.join(sorted(lost))}，译文为{'、'.join(sorted(new))}")


def cues(source: Critical, target: Critical, table: Rules) -> Iterator[Disagreement]:
    """Yield what the source says and its Chinese has no word for."""
    for cue in table.cues:
        if says(cue.words, source.language, source.text) and not cue.said.search(target.text):
            yield Disagreement(kind=cue.kind, detail=f"原话说{cue.name}，译文没有")


def _implied(key: str, there: Critical, shared: Set[str], concepts: Mapping[str, Concept]) -> bool:
    """Whether a class of medicines is said with a medicine: "hydrocortisone" for "hydrocortisone cream"."""
    if concepts[key].kind != "drug_class":
        return False
    if concepts[key].zh in there.text:  # part of another word there: 打疫苗 is a vaccination
        return True
    return any(concepts[other].kind == "drug" for other in shared) or any(
        concepts[other].site == key for other in there.drugs
    )


def _for(key: str, there: Critical, table: Medicines) -> bool:
    """Whether a class of medicines is said with what it is for: "the pill I take for my blood pressure"."""
    purpose = table.purpose.get(key)
    return purpose is not None and any(purpose.search(claim.name) for claim in there.claims)


def allergies(source: Critical, target: Critical, table: Rules) -> Iterator[Disagreement]:
    """Yield medicines that are used, or not tolerated, on one side alone.

    Where both sides deny as often, one grammar may have missed that it is the medicine which is not used.
    """
    said = {"allergic": "过敏或不能使用", "not allergic": "不过敏", "used": "使用", "not used": "未使用"}
    allergic, theirs_allergic = (
        {key for key, roles in side.roles.items() if "allergic" in roles} for side in (source, target)
    )
    lost, new = allergic - theirs_allergic, theirs_allergic - allergic
    if lost and new and lost <= target.drugs.keys() and new <= source.drugs.keys():
        yield Disagreement(
            kind="allergy",
            detail=f"原话对{'、'.join(sorted(source.drugs[key] for key in lost))}过敏，"
            f"译文对{'、'.join(sorted(target.drugs[key] for key in new))}过敏",
        )
        return
    for key in source.roles.keys() & target.roles.keys():
        ours, theirs = source.roles[key], target.roles[key]
        if ours | theirs == {"used", "not allergic"}:
            continue  # "I had it, and was fine"
        if ours != theirs and not (_deny_alike(source, target, table) and ours | theirs == {"used", "not used"}):
            yield Disagreement(
                kind="allergy",
                detail=f"{source.drugs[key]}在原话为{'、'.join(sorted(said[role] for role in ours))}，"
                f"译文为{'、'.join(sorted(said[role] for role in theirs))}",
            )


def persons(source: Critical, target: Critical, table: Kin) -> Iterator[Disagreement]:
    """Yield relatives that one side alone names, and findings that are another's there."""
    said, given = source.relations | _kin_words(source, table), target.relations | _kin_words(target, table)
    ours = {name for name in source.relations if not _has_kin(name, given | target.kin_words, table)}
    theirs = {name for name in target.relations if not _has_kin(name, said, table)}
    if ours and not theirs and any(word in source.text for word in table.ambiguous.get(source.language, ())):
        return
    if ours or theirs:
        yield Disagreement(
            kind="person",
            detail=f"原话说的是{'、'.join(sorted(source.relations)) or '本人'}，"
            f"译文是{'、'.join(sorted(target.relations)) or '本人'}",
        )
        return
    mine, others = by_key(source.claims), by_key(target.claims)
    for key in mine.keys() & others.keys():
        whose = {claim.relation is None for claim in mine[key]}
        whose_there = {claim.relation is None for claim in others[key]}
        explained = (
            any(_has_kin(str(claim.relation), said, table) for claim in others[key])
            if True in whose
            else any(_has_kin(str(claim.relation), given, table) for claim in mine[key])
        )
        if whose.isdisjoint(whose_there) and not explained and key not in table.mothers:
            yield Disagreement(kind="person", detail=f"{mine[key][0].name}是谁的，原话与译文不同")


def _kin_words(text: Critical, table: Kin) -> frozenset[str]:
    """Return relatives by words that the lexicon alone does not take for one: Turkish çocuk, Chinese 小儿."""
    return frozenset(
        name for name, words in table.words.get(text.language, {}).items() if any(word in text.text for word in words)
    )


def _has_kin(name: str, among: frozenset[str], table: Kin) -> bool:
    return name in among or any(name in group and other in group for group in table.groups for other in among)


def tenses(source: Critical, target: Critical, table: Rules) -> Iterator[Disagreement]:
    """Yield what is over on one side and not on the other, and days that lie far apart.

    "Never before" says no more than "never", and "has not healed" no more than that it has not: where both sides deny
    as often, a word of the past on one of them alone is none.
    """
    if _put_off(source, target, table):
        yield Disagreement(kind="tense", detail="将来还是过去，原话与译文不同")
        return
    lasting, lasting_there = _lasts(source, table), _lasts(target, table)
    lasting_there = lasting_there or (lasting and says(table.still, "zh_like", target.text))
    both_deny = denial_forms(source, table) and denial_forms(target, table)  # "has not passed yet"
    if lasting != lasting_there and not both_deny and _ended(target if lasting else source):
        yield Disagreement(
            kind="tense", detail="原话说的是现在仍有，译文说已经结束" if lasting else "原话说已经结束，译文说现在仍有"
        )
        return
    if _deny_alike(source, target, table) and "gone" not in (source.past, target.past):
        yield from _days(source, target)
        return
    said = says(table.dated, "zh", target.text) or says(table.ends, "zh", target.text)  # "not any more"
    ours, theirs = by_key(source.claims), by_key(target.claims)
    eased = says(table.eased, source.language, source.text)  # "it brought the fever down"
    eased = eased and (not source.past or says(table.eased, "zh_like", target.text))
    shifted = [
        key
        for key in ours.keys() & theirs.keys()
        if {c.when for c in ours[key]}.isdisjoint({c.when for c in theirs[key]})
    ]
    if (
        shifted
        and not (eased or (said and source.past == "over"))
        and not (source.past and target.past and len({ours[key][0].when for key in shifted}) == 1)
    ):
        yield Disagreement(kind="tense", detail=f"{ours[shifted[0]][0].name}是现在还是过去，原话与译文不同")
        return
    if (source.past == "over" and not target.past and not (said or eased)) or (
        source.past == "gone" and not target.past and not target.denials
    ):
        yield Disagreement(kind="tense", detail="原话说的是过去，译文没有")
    elif target.past == "over" and not source.past and not eased:
        yield Disagreement(kind="tense", detail="译文说的是过去，原话没有")
    yield from _days(source, target)


def _lasts(text: Critical, table: Rules) -> bool:
    return says(table.still, text.language, text.text)


def _put_off(source: Critical, target: Critical, table: Rules) -> bool:
    """Whether one side puts into the future what is past on the other."""
    coming, coming_there = says(table.future, source.language, source.text), says(table.future, "zh", target.text)
    if coming and not coming_there:
        return target.past == "over" or bool(target.days) or says(table.future, "zh_past", target.text)
    return coming_there and not coming and (source.past == "over" or bool(source.days))


def _ended(text: Critical) -> bool:
    return text.past in ("gone", "over") or text.ended


def _deny_alike(source: Critical, target: Critical, table: Rules) -> bool:
    return denial_forms(source, table) == denial_forms(target, table) > 0


def _days(source: Critical, target: Critical) -> Iterator[Disagreement]:
    if source.days and target.days and not any(_near(a, b) for a in source.days for b in target.days):
        yield Disagreement(kind="duration", detail="发生的时间不同")


def _near(one: float, other: float) -> bool:
    """Whether two distances in time may be the same: "last spring" is half a year ago, or a year."""
    if max(one, other) <= EXACT:
        return abs(one - other) < 1
    return max(one, other) <= NEAR_TIMES * min(one, other)
