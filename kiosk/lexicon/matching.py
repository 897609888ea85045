"""Find every concept, cue and quantity of a lexicon in a text, in one pass over its tokens.

Words are looked up by stem through the language's morphology (kept in a cache: sentences repeat words), patterns by
their first element. A word that nothing knows may match a stem one letter away, if it is long enough and only one stem
is that near: recognisers misspell, but a symptom must never become another one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from rapidfuzz.distance import OSA

from kiosk import lexicon as lexicons
from kiosk.lexicon import Lexicon, misspelling, numerals
from kiosk.lexicon.alignment import Hit, Partial, plausible, steps
from kiosk.lexicon.mentions import Analysis, Mention, keep_longest
from kiosk.lexicon.numerals import Number
from kiosk.lexicon.patterns import Element, Pattern
from kiosk.lexicon.text import Token

FUZZY_MIN_LETTERS = 6
"""Shortest stem that may differ by one letter; two letters from twice that length."""

INEXACT = frozenset({"finding", "generic", "site", "disease", "drug", "allergen"})
"""Kinds that may be matched inexactly: things with names of their own, not verbs of taking or everyday words."""


class Matcher:
    """A compiled lexicon. Building it takes a moment; :func:`matcher` keeps one a language."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._paradigms: dict[str, set[str | None]] = {}
        self._by_stem: dict[str, list[Pattern]] = {}
        self._by_slot: dict[str, list[Pattern]] = {}
        self._hits: dict[str, tuple[Hit, ...]] = {}
        self._analyses: dict[str, Analysis] = {}
        clinical: set[str] = set()
        owners: dict[str, set[str]] = {}
        for pattern in lexicon.patterns:
            for element in pattern.elements:
                for word in element.words:
                    self._paradigms.setdefault(word, set()).add("" if element.exact else element.paradigm)
                    if pattern.kind in INEXACT:
                        clinical.add(word)
                        owners.setdefault(word, set()).add(pattern.meaning)
            head = pattern.elements[0]
            if head.slot:
                self._by_slot.setdefault(head.slot, []).append(pattern)
            for word in head.words:
                self._by_stem.setdefault(word, []).append(pattern)
        self._owners = {word: frozenset(meanings) for word, meanings in owners.items()}
        self._stops = frozenset(
            word
            for pattern in lexicon.patterns
            if pattern.kind == "cue" and pattern.meaning in ("deny_prior", "but") and len(pattern.elements) == 1
            for word in pattern.elements[0].words
            if word not in lexicon.fillers  # Urdu نہیں stands before its verb, within what it denies
        )
        self._teens = any(p.kind == "numeral" and len(p.elements) == 1 and 10 < p.value < 20 for p in lexicon.patterns)
        self._near = misspelling.index(stem for stem in clinical if len(stem) >= FUZZY_MIN_LETTERS)

    def analyse(self, text: str) -> Analysis:
        """Find everything in one text. Linear in its length for all practical purposes."""
        if text in self._analyses:
            return self._analyses[text]
        tokens = self.lexicon.tokenize(text)
        hits = [self.hits(token) for token in tokens]
        every = self._scan(tokens, hits, [], templates=False)
        plain = keep_longest(every)
        numbers = self._numbers(tokens, plain)
        # From all once more: what a template ("a good month") takes the word of hides no shorter match any longer.
        found = keep_longest([*every, *self._scan(tokens, hits, plain, numbers=numbers, templates=True)])
        found = sorted([*found, *self._carried(tokens, hits, found)], key=lambda m: (m.first, m.last))
        linking = self._ending(tokens, self.lexicon.linking)
        helping = {
            index
            for index, token in enumerate(tokens)
            if token.text in self.lexicon.auxiliaries and index - 1 in linking and not token.boundary
        }
        covered = {index for mention in found if mention.kind not in ("unit", "dose_unit") for index in mention.tokens}
        covered |= {index for index, token in enumerate(tokens) if self._is_glue(token)}
        analysis = Analysis(
            text=text,
            tokens=tokens,
            # Kyrgyz "жөтөлүп атам" is "I am coughing", not "coughing, my father".
            mentions=tuple(mention for mention in found if not helping.issuperset(mention.tokens)),
            numbers=tuple(numbers),
            covered=frozenset(covered),
            finite=self._ending(tokens, self.lexicon.finite),
            linking=linking,
            likening=self._ending(tokens, self.lexicon.likening),
            beginning=self._ending(tokens, self.lexicon.beginning),
        )
        # Translation and note read the same utterance one after the other: the last one is kept, and no more.
        self._analyses = {text: analysis}
        return analysis

    def _ending(self, tokens: Sequence[Token], endings: tuple[str, ...]) -> frozenset[int]:
        least = self.lexicon.morphology.min_stem
        return frozenset(
            index
            for index, token in enumerate(tokens)
            if endings
            and token.text.endswith(endings)
            and any(token.text.endswith(end) and len(token.text) - len(end) >= least for end in endings)
        )

    def forget(self) -> None:
        """Drop what is kept of the words that were analysed."""
        self._hits.clear()
        self._analyses.clear()

    def hits(self, token: Token) -> tuple[Hit, ...]:
        """Return the stems that a token may be a form of."""
        word = token.text
        if word not in self._hits:
            if len(self._hits) > 50_000:
                self._hits.clear()
            self._hits[word] = tuple(self._exact(word)) or tuple(self._fuzzy(token))
        return self._hits[word]

    def _exact(self, word: str) -> Iterator[Hit]:
        if word in self._paradigms:
            yield Hit(word, None, bare=True)
        names = [*self.lexicon.morphology.paradigms]
        for name in names:
            for form in self.lexicon.morphology.forms(word, name, self._paradigms):
                if form.stem != word or form.negated:
                    yield Hit(form.stem, name, bare=False, negated=form.negated)

    def _fuzzy(self, token: Token) -> Iterator[Hit]:
        word = token.text
        if len(word) < FUZZY_MIN_LETTERS or self.lexicon.mode != "words" or self._is_glue(token):
            return
        found: dict[str, Hit] = {}
        for cut in range(len(word), FUZZY_MIN_LETTERS - 2, -1):
            stem, rest = word[:cut], word[cut:]
            for candidate in misspelling.candidates(self._near, stem):
                limit = 2 if len(candidate) >= 2 * FUZZY_MIN_LETTERS else 1
                if candidate[0] != stem[0] or OSA.distance(candidate, stem, score_cutoff=limit) > limit:
                    continue
                negated = False
                if rest:
                    polarity = self._polarity(candidate, rest)
                    if polarity is None:
                        continue
                    negated = polarity
                found.setdefault(candidate, Hit(candidate, None, bare=not rest, negated=negated, fuzzy=True))
        # Several stems are near: they must be forms of one concept, or the word could be either.
        if found and frozenset.intersection(*(self._owners[stem] for stem in found)):
            yield from found.values()

    def _polarity(self, stem: str, rest: str) -> bool | None:
        """Return whether an ending that a stem takes negates it; None where it takes no such ending.

        A word is no misspelt noun for its end if that is a verb's ("I could not go out" is no boil).
        """
        paradigms = [name for name in self._paradigms.get(stem, ()) if name != ""]
        found = [self.lexicon.morphology.ending(rest, name) for name in paradigms]
        return min((polarity for polarity in found if polarity is not None), default=None)

    def _is_glue(self, token: Token) -> bool:
        return token.text in self.lexicon.glue

    def _scan(
        self,
        tokens: Sequence[Token],
        hits: Sequence[tuple[Hit, ...]],
        found: Sequence[Mention],
        *,
        numbers: Sequence[Number] = (),
        templates: bool,
    ) -> list[Mention]:
        slots: dict[str, dict[int, list[tuple[int, Number | None, str]]]] = {}
        for number in numbers:
            slots.setdefault("n", {}).setdefault(number.start, []).append((number.end, number, ""))
        for mention in found:
            slot = {"unit": "unit", "dose_unit": "dose_unit", "time": "time", "site": "site"}.get(mention.kind)
            if slot:
                slots.setdefault(slot, {}).setdefault(mention.first, []).append(
                    (mention.last + 1, None, mention.meaning)
                )
        results: list[Mention] = []
        present = {hit.stem for found_here in hits for hit in found_here}
        for start in range(len(tokens)):
            starters: dict[int, Pattern] = {}
            for hit in hits[start]:
                for pattern in self._by_stem.get(hit.stem, ()):
                    starters[id(pattern)] = pattern
            for slot, places in slots.items():
                if start in places:
                    starters.update((id(pattern), pattern) for pattern in self._by_slot.get(slot, ()))
            for pattern in starters.values():
                # Most patterns begin with a common word; few of them have their last one in the text, too.
                last = pattern.elements[-1].words
                if (pattern.kind == "template") != templates or (last and present.isdisjoint(last)):
                    continue
                results.extend(
                    Mention(
                        pattern=pattern,
                        tokens=done.tokens,
                        negated=done.negated,
                        fuzzy=done.fuzzy,
                        number=done.number,
                        unit=done.unit or pattern.unit,
                        time=done.time,
                    )
                    for done in self._align(pattern.elements, 0, Partial(next=start), tokens, hits, slots)
                    if plausible(pattern, done.number)
                )
        return results

    def _carried(
        self, tokens: Sequence[Token], hits: Sequence[tuple[Hit, ...]], found: Sequence[Mention]
    ) -> Iterator[Mention]:
        """Yield findings whose site was said in the clause before: "my head does not hurt, does not spin".

        Only where the clause begins with the finding's next word, and that word is part of nothing else.
        """
        free = [m for m in found if m.kind == "site" or (m.kind == "cue" and m.meaning == "ignore")]
        taken = {index for mention in found if mention not in free for index in mention.tokens}
        starts = [index for index, token in enumerate(tokens) if index and token.boundary]
        for start, end in itertools.pairwise([*starts, len(tokens)]):
            if tokens[start].boundary != "," or start in taken or not hits[start]:
                continue
            opened = max((index for index in starts if index < start), default=0)
            sites = [mention for mention in found if mention.kind == "site" and opened <= mention.first < start]
            for pattern in self._begun(sites[-1:], hits):
                for step in steps(pattern.elements[1], start, Partial(next=start), hits, {}):
                    done = next(iter(self._align(pattern.elements, 2, step, tokens, hits, {})), None)
                    if done is not None and done.next <= end and taken.isdisjoint(done.tokens):
                        yield Mention(pattern=pattern, tokens=done.tokens, negated=done.negated, fuzzy=done.fuzzy)
                        taken.update(done.tokens)

    def _begun(self, sites: Sequence[Mention], hits: Sequence[tuple[Hit, ...]]) -> Iterator[Pattern]:
        """Yield the findings of two words and more that begin with one of these sites."""
        for site in sites:
            for hit in hits[site.first] if len(site.tokens) == 1 else ():
                for pattern in self._by_stem.get(hit.stem, ()):
                    if pattern.kind == "finding" and len(pattern.elements) > 1 and not hit.fuzzy:
                        yield pattern

    def _align(
        self,
        elements: Sequence[Element],
        place: int,
        partial: Partial,
        tokens: Sequence[Token],
        hits: Sequence[tuple[Hit, ...]],
        slots: Mapping[str, Mapping[int, list[tuple[int, Number | None, str]]]],
    ) -> Iterator[Partial]:
        if place == len(elements):
            yield partial
            return
        element = elements[place]
        for position in self._reach(partial.next, element.gap if place else 0, tokens):
            if place and tokens[position].boundary in (",", "."):
                return
            advanced = False
            for step in steps(element, position, partial, hits, slots):
                advanced = True
                yield from self._align(elements, place + 1, step, tokens, hits, slots)
            if advanced:
                return  # the nearest word that fits is the one meant

    def _reach(self, start: int, gap: int, tokens: Sequence[Token]) -> Iterator[int]:
        """Yield where the next word may stand: up to ``gap`` words further on, fillers not counted."""
        position = start
        while position < len(tokens) and gap >= 0:
            yield position
            if tokens[position].text in self._stops:
                return  # "… yoq heart …": what stands behind "is not" or "but" is another matter
            if tokens[position].text not in self.lexicon.fillers:
                gap -= 1
            position += 1

    def _numbers(self, tokens: Sequence[Token], found: Sequence[Mention]) -> list[Number]:
        taken = {
            index
            for mention in found
            if len(mention.tokens) > 1
            and mention.kind != "numeral"
            # "Every day two times": no "both" is said with a word in between.
            and not (mention.kind == "side" and mention.last - mention.first >= len(mention.tokens))
            for index in mention.tokens
        }
        words: dict[int, Mention] = {}
        for mention in found:
            if mention.kind == "numeral" and mention.first not in words and mention.first not in taken:
                words[mention.first] = mention
        spelled = {first: (mention.pattern.value, mention.last) for first, mention in words.items()}
        numbers: list[Number] = []
        position = 0
        while position < len(tokens):
            number = numerals.read(tokens, spelled, position, teens=self._teens, tens=self.lexicon.mode == "words")
            if number is None:
                position += 1
            else:
                numbers.append(number)
                position = number.end
        return numbers


def forget() -> None:
    """Drop what the matchers keep of the last patient's words."""
    for machine in _MACHINES.values():
        machine.forget()


_MACHINES: dict[str, Matcher] = {}


def matcher(language: str) -> Matcher:
    """Return the matcher of a shipped language, built once a process."""
    if language not in _MACHINES:
        _MACHINES[language] = Matcher(lexicons.load(language))
    return _MACHINES[language]
