"""Since when and for how long: the times of a text, and which finding each belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kiosk.encounter import Duration
from kiosk.findings.attributes import PlacedT, amount, duration, nearest, plain
from kiosk.findings.clauses import Clauses
from kiosk.lexicon import Lexicon
from kiosk.lexicon.mentions import Analysis, Mention

LISTED = 3
"""So many findings behind a duration in one clause are a list that it is said of; of two only the first is meant."""
SEASONS = frozenset({"spring", "summer", "autumn", "winter"})
"""Times that are of a year: "in winter I waded through ice" is no beginning of what hurts now."""
OPEN = frozenset({"recently", "for_a_long_time"})
"""Times that are no point: what comes after a comma has lasted as long."""
SPELL_REACH = 2
"""How many words after "sometimes" a duration may stand that is no time since when ("sometimes after twenty days")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """When or for how long, as said. ``onset`` is Chinese (昨天, 3天前).

    Attributes:
        closing: it ends what it is told of (三天了).
    """

    mention: Mention
    duration: Duration | None = None
    onset: str | None = None
    since: bool = False
    closing: bool = False


def times(analysis: Analysis, lexicon: Lexicon) -> list[Time]:
    """Return every duration and onset of a text, in order."""
    found: list[Time] = []
    spells = [often.last for often in analysis.of("frequency") if often.meaning == "sometimes"]
    starts = {index for cue in analysis.of("cue") if cue.meaning in ("start", "since") for index in cue.tokens}
    for mention in analysis.mentions:
        began = bool(starts & {mention.first - 2, mention.first - 1, mention.last + 1, mention.last + 2})
        began = began or any(analysis.tokens[end].text in lexicon.origin for end in (mention.first, mention.last))
        if mention.kind == "template" and mention.meaning == "duration":
            if any(0 < mention.first - spell <= SPELL_REACH for spell in spells):
                continue
            closing = any(token.text in lexicon.closing for token in analysis.tokens[mention.last : mention.last + 2])
            found.append(Time(mention=mention, duration=duration(mention), closing=closing))
        elif mention.kind == "template" and mention.meaning == "ago":
            found.append(Time(mention=mention, onset=f"{amount(duration(mention))}前", since=began))
        elif mention.kind == "template" and mention.meaning == "since" and mention.time:
            found.append(Time(mention=mention, onset=lexicon.concepts[mention.time].zh, since=True))
        elif mention.kind == "template" and mention.meaning == "year" and mention.number is not None:
            found.append(Time(mention=mention, onset=f"{plain(mention.number.value)}年", since=began))
        elif mention.kind == "time" and mention.meaning == "today" and _visit(analysis, mention):
            continue  # "today I came for my shoulder"
        elif mention.kind == "time":
            began = began or mention.last in analysis.beginning
            found.append(Time(mention=mention, onset=lexicon.concepts[mention.meaning].zh, since=began))
    return found


def _visit(analysis: Analysis, today: Mention) -> bool:
    """Whether a day is that of the visit: only words without a comma stand between it and "I came"."""
    for cue in analysis.of("cue"):
        if cue.meaning == "visit" and cue.first > today.last:
            return not any(analysis.tokens[index].boundary for index in range(today.last + 1, cue.first + 1))
    return False


def share_times(
    found: Sequence[Time],
    placed: Sequence[PlacedT],
    clauses: Clauses,
    anchors: Callable[[PlacedT], Mention],
    happened: Callable[[PlacedT], bool],
    akin: Callable[[PlacedT, PlacedT], bool],
    *,
    crosses: bool = False,
) -> dict[int, list[Time]]:
    """Return which times belong to which of ``placed`` (by index).

    Each time goes to its nearest finding, to what shares that finding's word ("my head and back hurt"), and to what is
    listed with it by "and" alone ("cough and fever for three days"); one that frames the findings goes to all of them,
    see :func:`_framed`. No further: a wrong time is worse than none.

    Args:
        happened: whether it is an event (a fall, a bite). It has its own point in time and no duration: "he limps for
            two days, he fell", "an hour ago a snake bit me, it swells".
        akin: whether two findings are of one part of medicine. A length of time before a list without "and" is said of
            those: "for four days the eye is red it itches", not "for a month no sleep comes I have grown thin".
        crosses: whether a point in time crosses a comma to what is akin, as where endings say that a sentence goes on.
    """
    owners = [_owner(time, placed, clauses, happened) for time in found]
    given: dict[int, list[Time]] = {}
    for time, owner in zip(found, owners, strict=True):
        if owner is not None:
            given.setdefault(owner, []).append(time)
    for index in sorted(given):
        for step in (1, -1):
            neighbour = index + step
            while 0 <= neighbour < len(placed) and neighbour not in given:
                one, other = placed[neighbour - step], placed[neighbour]
                if anchors(one) is not anchors(other) and not (
                    _listed(given[index], anchors(one), anchors(other), clauses)
                    and happened(one) == happened(other)
                    # "I fell, hit my head, was out for a minute": what happened has no duration of a neighbour's.
                    and not (happened(one) and any(time.duration is not None for time in given[index]))
                    and not _stops_at_comma(
                        given[index], anchors(one), anchors(other), clauses, goes_on=crosses and akin(one, other)
                    )
                    and (akin(one, other) or not _side_by_side(given[index], anchors(one), anchors(other), clauses))
                ):
                    break
                given[neighbour] = given[index]
                neighbour += step
    for time, owner in zip(found, owners, strict=True):
        if owner is None or anchors(placed[owner]).kind not in ("finding", "generic"):
            continue  # "ten days ago I was operated on, the wound festers": the operation's
        for index in _framed(time, placed, clauses, anchors, happened, akin):
            given.setdefault(index, [time])
    return given


def _owner(time: Time, placed: Sequence[PlacedT], clauses: Clauses, happened: Callable[[PlacedT], bool]) -> int | None:
    """Return the index of what a time belongs to first."""
    struck = _struck_before(time, placed, clauses, happened)
    if struck is not None:
        return struck
    # "The coal gas got us, since this morning my head splits": an event lasts no time and goes on since none.
    lasting = [one for one in placed if not happened(one)] if time.duration is not None or time.since else []
    lasting = _told_before(time, lasting or placed, clauses) or lasting
    if time.onset and not time.since and clauses.links(time.mention.first - 1):
        # "The tooth aching, last night I did not sleep": a verb that goes on ends before the time of the next.
        lasting = [one for one in placed if one.first == time.mention.last + 1]
    lasting, placed = _till_now(time, lasting, clauses), _till_now(time, placed, clauses)
    owner = nearest(time.mention, lasting, clauses) or nearest(time.mention, placed, clauses)
    if owner is not None and not happened(owner) and _of_unknown(time, owner, placed, clauses):
        return None
    return next((index for index, one in enumerate(placed) if one is owner), None)


def _struck_before(
    time: Time, placed: Sequence[PlacedT], clauses: Clauses, happened: Callable[[PlacedT], bool]
) -> int | None:
    """Return the event that a length of time alone in its clause follows: "a snake bit him, an hour it has been"."""
    if time.duration is None or not _alone(time, placed, clauses):
        return None
    before = [
        index
        for index, one in enumerate(placed)
        if clauses.clause[one.last] == clauses.clause[time.mention.first] - 1
        and clauses.sentence[one.last] == clauses.sentence[time.mention.first]
    ]
    return before[-1] if before and all(happened(placed[index]) for index in before) else None


def _till_now(time: Time, placed: Sequence[PlacedT], clauses: Clauses) -> list[PlacedT]:
    """Return what a time may be said of: nothing behind a "now" ("last month my back …, now it is my hip")."""
    last = time.mention.last
    after = [one for one in placed if one.first > last and clauses.has_between(last, one.first, ("now",))]
    # "Forty years I herded sheep, now my knees creak": nor is a length of time in another clause.
    apart = [one for one in after if clauses.clause[one.first] != clauses.clause[last]]
    if time.since:
        return [*placed]
    return [one for one in placed if one not in (apart if time.duration is not None else after)]


def _of_unknown(time: Time, owner: PlacedT, placed: Sequence[PlacedT], clauses: Clauses) -> bool:
    """Whether a time stands in a clause of its own with words that are not understood: it is theirs.

    "For two days not a drop of …, the feet are swollen"; "it purges, yesterday I drank kumis": a wrong time is worse
    than none. A length of time behind a finding is that one's ("my shoulder hurts, three weeks it does not let go"), a
    point in time before it may be ("this morning I got up, my hand was numb").
    """
    here = clauses.clause[time.mention.first]
    if any(clauses.clause[one.first] == here for one in placed) or clauses.clause[owner.first] == here:
        return False
    behind = time.mention.first > owner.last
    unknown = clauses.unknown_words(time.mention)
    unsafe = (time.duration is None and unknown > 1) if behind else time.duration is not None
    # "Since I sat on wet ground last week"; "yesterday I loaded hay, since then I cannot bend".
    since = time.since or clauses.has_between(time.mention.last, len(clauses.clause), ("since", "start"))
    return not since and (unsafe or time.mention.meaning in SEASONS) and unknown > 0


def _told_before(time: Time, placed: Sequence[PlacedT], clauses: Clauses) -> list[PlacedT]:
    """Return what stands before a time that can only be said of that.

    "My chest hurts half an hour it has been, I broke into a sweat"; "vomiting, since yesterday, the mouth is dry".
    """
    first, clause = time.mention.first, clauses.clause
    alone = _alone(time, placed, clauses)
    if not (time.closing or (alone and not clauses.opens_sentence(first))):
        return []
    return [
        one
        for one in placed
        if one.last < first
        and clauses.sentence[one.last] == clauses.sentence[first]
        and (alone or clause[one.last] == clause[first])
    ]


def _alone(time: Time, placed: Sequence[PlacedT], clauses: Clauses) -> bool:
    """Whether nothing but a time stands in its clause."""
    first, last = time.mention.first, time.mention.last
    edges = clauses.is_edge(first, -1) and clauses.is_edge(last, 1)
    return edges and not any(clauses.clause[one.first] == clauses.clause[first] for one in placed)


def _listed(times: Sequence[Time], one: Mention, other: Mention, clauses: Clauses) -> bool:
    """Whether two neighbours are told together, so that a time before or behind both is said of both."""
    left, right = sorted((one, other), key=lambda mention: mention.first)
    between = any(left.last < time.mention.first < right.first for time in times)
    joined = clauses.and_joined(left, right) or (clauses.goes_on(left, right) and not between)
    return {left.kind, right.kind} <= {"finding", "generic"} and joined


def _side_by_side(times: Sequence[Time], one: Mention, other: Mention, clauses: Clauses) -> bool:
    """Whether a length of time said before two findings finds them in one clause with nothing that joins them."""
    left, right = sorted((one, other), key=lambda mention: mention.first)
    before = any(time.duration is not None and time.mention.last < left.first for time in times)
    joined = clauses.goes_on(left, right) or clauses.has_between(left.last, right.first, ("and", "or"))
    return before and clauses.clause[left.first] == clauses.clause[right.first] and not joined


def _told_with(one: Mention, here: Iterable[Mention], clauses: Clauses, *, bare: bool) -> bool:
    """Whether nothing stands before a finding in its clause, or what does is joined to it: not "it purges, it cuts".

    Args:
        bare: whether standing side by side joins them, without an "and" and without a verb that goes on.
    """
    before = max((other for other in here if other.last < one.first), key=lambda other: other.last, default=None)
    return (
        before is None
        or (bare and clauses.and_joined(before, one))
        or clauses.goes_on(before, one)
        or clauses.has_between(before.last, one.first, ("and",))
    )


def _stops_at_comma(times: Sequence[Time], one: Mention, other: Mention, clauses: Clauses, *, goes_on: bool) -> bool:
    """Whether a time said before goes no further: "for five days no stool, my belly is bloated"; a beginning does.

    Args:
        goes_on: whether a point in time does, too: "today I vomited blood, it goes dark before my eyes".
    """
    before = any(
        not time.since
        and time.mention.meaning not in OPEN
        and not (goes_on and time.duration is None)
        and time.mention.last < min(one.first, other.first)
        for time in times
    )
    linked = one.first < other.first and clauses.goes_on(one, other)
    return before and clauses.clause[one.first] != clauses.clause[other.first] and not linked


def _framed(
    time: Time,
    placed: Sequence[PlacedT],
    clauses: Clauses,
    anchors: Callable[[PlacedT], Mention],
    happened: Callable[[PlacedT], bool],
    akin: Callable[[PlacedT, PlacedT], bool],
) -> Iterator[int]:
    """Yield the findings that a time stands round.

    One alone in the last clause of its sentence is said of all before it ("the nose runs, the throat is sore, three
    days now"), one alone in the first of all behind it. At the very end or head of a clause it is said of what stands
    there: a beginning of all ("since yesterday the nose runs and the throat hurts"), a duration of a list, so of three.
    """
    first, last = time.mention.first, time.mention.last
    clause, sentence = clauses.clause, clauses.sentence
    head, tail = clauses.is_edge(first, -1), clauses.is_edge(last, 1)
    alone = _alone(time, placed, clauses)
    # "… It began a week ago, when we cut the hay": a sentence of a beginning alone is about the one before.
    began = time.since and not any(clauses.sentence[one.first] == clauses.sentence[first] for one in placed)
    alone = alone or (began and head and clauses.opens_sentence(first))
    opens = head and clauses.opens_sentence(first)
    closes = tail and (time.closing or clauses.closes_sentence(last))
    findings = [one for one in placed if anchors(one).kind in ("finding", "generic")]
    here = {anchors(one) for one in findings if clause[one.first] == clause[first]}
    # "Yesterday I fell, my hand swelled": the fall's.
    opens = opens and not any(happened(one) and sentence[one.first] == sentence[first] for one in findings)
    for index, one in enumerate(placed):
        if one not in findings:
            continue
        behind = one.first > last
        if alone and ((opens and behind) or ((closes or began) and one.last < first)):
            # A sentence that is nothing but a time is about the one before.
            reached = sentence[one.last] - sentence[first] in ((0,) if behind or not opens else (0, -1))
        elif behind:
            begins = opens or (head and time.since)
            reached = begins and clause[one.first] == clause[first] and (time.duration is None or len(here) >= LISTED)
            head_one = next(other for other in findings if other.first > last)
            listed = len(here) >= LISTED and (time.duration is None or akin(head_one, one))
            reached = reached and (listed or _told_with(anchors(one), here, clauses, bare=time.duration is None))
        else:
            reached = tail and clause[one.first] == clause[first]
            reached = reached and (time.closing or not clauses.has_between(one.last, first, ("and", "or")))
        low, high = (last, one.first) if behind else (one.last, first)
        ends = ("but", "now") if began and not behind else ("but", "now", "start")
        if reached and not clauses.has_between(low, high, ends):
            yield index
