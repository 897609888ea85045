"""Sentences and clauses of a text, and what is joined to what in them."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.lexicon.mentions import Analysis, Mention

TARGETS = frozenset(
    {"finding", "generic", "quality", "disease", "drug", "drug_class", "allergen", "state", "procedure", "habit"}
)
"""Concept kinds that can be denied, past, or somebody else's."""

TARGET_CUES = frozenset({"allergy", "intolerance", "no_allergy"})
"""Cues that are facts themselves: "not allergic to …"."""


def is_target(mention: Mention) -> bool:
    return mention.kind in TARGETS or (mention.kind == "cue" and mention.meaning in TARGET_CUES)


class Clauses:
    """Sentence and clause numbers of each token: "." ends both, "," and "but" end the clause, "," not before "that"."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        buts = {mention.first for mention in analysis.of("cue") if mention.meaning in ("but", "only")}
        thats = {mention.first for mention in analysis.of("cue") if mention.meaning == "that"}
        told = {index for mention in analysis.mentions if is_target(mention) for index in mention.tokens}
        begun = 0
        self.sentence: list[int] = []
        self.stretch: list[int] = []  # ends at "." and at "but"
        self.clause: list[int] = []  # ends at "," too
        sentence = stretch = clause = 0
        for index, token in enumerate(analysis.tokens):
            if index:
                sentence += token.boundary == "."
                stretch += token.boundary == "." or index in buts
                # "Four days it is, that I am constipated": where nothing was told, "that" goes on behind its comma.
                joined = index in thats and told.isdisjoint(range(begun, index))
                opened = token.boundary == "." or (token.boundary == "," and not joined) or index in buts
                clause += opened
                begun = index if opened else begun
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
            or (
                mention.kind == "cue"
                and mention.meaning in ("and", "or", "each", "deny_next", "deny_list", "deny_either")
            )
            or is_target(mention)
            for index in mention.tokens
        }
        return all(index in parts or self.is_glue(index) for index in between)

    def and_joined(self, left: Mention, right: Mention) -> bool:
        """Whether nothing but "and", a comma or glue stands between two mentions of one clause or list."""
        joints = {
            index
            for mention in self._analysis.of("cue")
            if mention.meaning in ("and", "or", "each")
            for index in mention.tokens
        }
        between = range(left.last + 1, right.first)
        verbs = {index for cue in self._analysis.of("cue") if cue.meaning == "ignore" for index in cue.tokens}
        return self.stretch[left.last] == self.stretch[right.first] and all(
            index in joints or (self.is_glue(index) and index not in verbs) for index in between
        )

    def goes_on(self, left: Mention, right: Mention) -> bool:
        """Whether the first of two neighbours ends so that the second goes on from it (Kazakh ісіп, ауырады)."""
        last = left.last
        # "Spots come out and …": the verb of a noun that appears is its own.
        happens = {index for cue in self._analysis.of("cue") if cue.meaning == "happens" for index in cue.tokens}
        while (
            last + 1 < right.first
            and self.clause[last + 1] == self.clause[last]
            and (self.is_glue(last + 1) or last + 1 in happens)
        ):
            last += 1  # an auxiliary ends the verb: "it swells" is a sentence, "it swelling" goes on
        told = {index for each in self._analysis.of("generic", "finding") for index in each.tokens}
        rest = range(last + 1, right.first)
        return (
            self.stretch[left.last] == self.stretch[right.first]
            and last in self._analysis.linking
            and not any(index in told and self.clause[index] == self.clause[last] for index in rest)
        )

    def ends_as_verb(self, index: int) -> bool:
        """Whether a word ends as a verb that ends its clause, see :attr:`Analysis.finite`."""
        return index in self._analysis.finite

    def links(self, index: int) -> bool:
        """Whether a word ends so that the sentence goes on from it, see :attr:`Analysis.linking`."""
        return index in self._analysis.linking

    def glued(self, left: Mention, right: Mention) -> bool:
        """Whether nothing but cues and empty words stands between two mentions of one clause."""
        first, last = sorted((left, right), key=lambda mention: mention.first)
        cues = {index for cue in self._analysis.of("cue") for index in cue.tokens}
        return self.clause[first.last] == self.clause[last.first] and all(
            index in cues or self.is_glue(index) for index in range(first.last + 1, last.first)
        )

    def is_glue(self, index: int) -> bool:
        covered = self._analysis.covered
        meant = any(
            index in mention.tokens
            for mention in self._analysis.mentions
            if not (mention.kind == "cue" and mention.meaning == "ignore")
        )
        return index in covered and not meant

    def alone(self, cue: Mention) -> bool:
        """Whether a cue's clause holds nothing but cues and empty words, and names nobody."""
        here = [m for m in self._analysis.mentions if self.clause[m.first] == self.clause[cue.first]]
        persons = ("first_person", "third_person", "no", "yes")
        return all(
            m.kind == "cue" and (m.tokens == cue.tokens or m.meaning not in persons) for m in here
        ) and not self.unknown_words(cue)

    def unknown_words(self, mention: Mention) -> int:
        """Return how many words of a mention's clause are not understood."""
        here = self.clause[mention.first]
        return sum(clause == here and index not in self._analysis.covered for index, clause in enumerate(self.clause))

    def is_known(self, index: int) -> bool:
        """Whether a token is understood."""
        return index in self._analysis.covered

    def words_beside(self, cue: Mention) -> int:
        """Return how many words of a cue's clause belong to no cue."""
        cues = {index for other in self._analysis.of("cue") for index in other.tokens if other.meaning != "ignore"}
        return sum(clause == self.clause[cue.first] for index, clause in enumerate(self.clause) if index not in cues)

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
