"""What was found in a text: mentions of patterns, and which of several readings of the same words stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kiosk.lexicon.numerals import Number
from kiosk.lexicon.patterns import Pattern
from kiosk.lexicon.text import Token

_CLASSES = {"nominative": 0, "noun": 1, "verb": 3}
"""Which reading of a word wins where its rows are of several classes: the first; all others are in between."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mention:
    """A pattern found in a text. Two mentions are the same only if they are the same object.

    Attributes:
        tokens: indices of the tokens that matched (words in gaps are not among them).
        negated: an affix of the matched words negates it.
        fuzzy: some word differs from the lexicon's by a letter.
        number, unit, time: what filled the template's slots.
    """

    pattern: Pattern
    tokens: tuple[int, ...]
    negated: bool = False
    fuzzy: bool = False
    number: Number | None = None
    unit: str | None = None
    time: str | None = None

    @property
    def kind(self) -> str:
        return self.pattern.kind

    @property
    def meaning(self) -> str:
        return self.pattern.meaning

    @property
    def amount(self) -> float:
        """The number that was said and what the template adds to it; the latter alone for a fixed amount."""
        return (self.number.value if self.number else 0.0) + self.pattern.add

    @property
    def first(self) -> int:
        return self.tokens[0]

    @property
    def last(self) -> int:
        return self.tokens[-1]

    def gap(self, other: Mention) -> int:
        """Return how many words stand between this and another mention."""
        return max(0, max(self.first, other.first) - min(self.last, other.last) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The tokens of a text and what was found in them, in order of appearance.

    Attributes:
        covered: indices of the tokens that are understood.
        finite: indices of the tokens whose ending is that of a verb that ends its clause (Turkish kustu, "vomited").
        linking: of those whose ending says that the sentence goes on (Kazakh ісіп, "swells and …").
        likening: of those whose ending says "as if" (Kazakh сұққандай, "as if stabbed").
        beginning: of those whose ending says "since", where they are times (Mongolian өчигдрөөс).
    """

    text: str
    tokens: tuple[Token, ...]
    mentions: tuple[Mention, ...]
    numbers: tuple[Number, ...]
    covered: frozenset[int] = field(default_factory=frozenset)
    finite: frozenset[int] = field(default_factory=frozenset)
    linking: frozenset[int] = field(default_factory=frozenset)
    likening: frozenset[int] = field(default_factory=frozenset)
    beginning: frozenset[int] = field(default_factory=frozenset)

    def container(self, inner: Mention) -> Mention | None:
        """Return the longer match that a side or site is part of ("обе груди болят"), if any."""
        words = set(inner.tokens)
        return next((m for m in self.mentions if m is not inner and words < set(m.tokens)), None)

    def of(self, *kinds: str) -> list[Mention]:
        return [mention for mention in self.mentions if mention.kind in kinds]


def _as_age(mention: Mention) -> int:
    """Rank readings: "yedi yaşında" is an age first; of "I am 28 | weeks pregnant" anything else is likelier."""
    if mention.meaning != "age":
        return 1
    return 0 if mention.number is not None and mention.number.start == mention.first else 2


def keep_longest(mentions: Sequence[Mention]) -> list[Mention]:
    """Drop what lies inside a longer match. Equal matches of different kinds stay: context decides between them."""
    ordered = sorted(
        mentions,
        key=lambda m: (
            m.fuzzy,
            -len(m.tokens),
            m.last - m.first,
            m.kind != "template",
            _as_age(m),
            m.first,
            # A bare stem that is both ("cough") is a noun in a list; a naming form is no genitive (рвота, Russian).
            _CLASSES.get(m.pattern.inflection, 2),
        ),
    )
    kept: list[Mention] = []
    owner: dict[int, Mention] = {}
    seen: set[tuple[str, str, tuple[int, ...]]] = set()
    for mention in ordered:
        key = (mention.kind, mention.meaning, mention.tokens)
        if key in seen:
            continue
        rivals = [owner[index] for index in mention.tokens if index in owner]
        inside = any(rival.kind == "finding" and set(mention.tokens) < set(rival.tokens) for rival in rivals)
        sudden = mention.kind == "course" and mention.meaning == "sudden"
        mine = mention.kind == "cue" and mention.meaning == "first_person"
        if mention.kind == "side" or ((mention.kind == "site" or sudden or mine) and inside and not mention.fuzzy):
            # Kept inside longer matches, too: it says where, which of the two, how fast, and whose.
            seen.add(key)
            kept.append(mention)
            continue
        same = all(rival.tokens == mention.tokens and rival.fuzzy == mention.fuzzy for rival in rivals)
        # "Маме 60 лет, у нее …": whoever has this age is the one the next clause is about.
        aged = mention.kind == "relation" and all(rival.meaning == "age" for rival in rivals)
        # One word may be two cues ("no" denies, and answers), but never two findings.
        if (
            rivals
            and not aged
            and not (same and (mention.kind == "cue" or all(rival.kind != mention.kind for rival in rivals)))
        ):
            continue
        seen.add(key)
        kept.append(mention)
        for index in () if mine else mention.tokens:
            owner.setdefault(index, mention)
    # Tibetan གཡོན་མ is "left": its last syllable, written like "not", denies nothing.
    sides = [{*side.tokens} for side in kept if side.kind == "side"]
    kept = [m for m in kept if m.kind != "cue" or not any({*m.tokens} < side for side in sides)]
    # Mongolian хоёр is "two" and "both": two days have no sides.
    counted = [{*template.tokens} for template in kept if template.kind == "template"]
    kept = [m for m in kept if m.kind != "side" or not any({*m.tokens} < each for each in counted)]
    return sorted(kept, key=lambda m: (m.first, m.last))
