"""One utterance, analysed: what every kind of fact is read from."""

from __future__ import annotations

from kiosk.encounter import Evidence, Utterance
from kiosk.findings import sites as body_sites
from kiosk.findings.clauses import Clauses
from kiosk.findings.context import contexts, emergencies
from kiosk.findings.subjects import subjects
from kiosk.lexicon import Concept, Lexicon
from kiosk.lexicon.matching import matcher
from kiosk.lexicon.mentions import Analysis, Mention


class Reading:
    """An utterance with its mentions, clauses, contexts and sites.

    Args:
        question: id of the question that it answers, where that is known.
    """

    def __init__(self, utterance: Utterance, lexicon: Lexicon, question: str | None = None) -> None:
        self.utterance = utterance
        self.question = question
        self.lexicon = lexicon
        self.analysis: Analysis = matcher(lexicon.language).analyse(utterance.text)
        self.clauses = Clauses(self.analysis)
        self.contexts = contexts(self.analysis, lexicon.concepts)
        self.subjects = subjects(
            self.analysis, self.clauses, emergencies(self.analysis, self.clauses, lexicon.concepts)
        )
        self.sites = body_sites.sites(self.analysis, lexicon, self.clauses)

    def evidence(self, *mentions: Mention) -> tuple[Evidence, ...]:
        """Quote the words from the first to the last of these mentions."""
        tokens = self.analysis.tokens
        start = min(tokens[mention.first].start for mention in mentions)
        end = max(tokens[mention.last].end for mention in mentions)
        return (Evidence(utterance_id=self.utterance.id, text=self.utterance.text[start:end], start=start, end=end),)

    def concept(self, mention: Mention) -> Concept:
        return self.lexicon.concepts[mention.meaning]

    def cues(self, *meanings: str) -> list[Mention]:
        """Return the cues of these meanings, in order."""
        return [cue for cue in self.analysis.of("cue") if cue.meaning in meanings]

    def answer(self) -> Mention | None:
        """Return the yes or no that the utterance begins with, if it does."""
        cues = [cue for cue in self.analysis.of("cue") if cue.meaning in ("yes", "no") and cue.first == 0]
        return cues[0] if cues else None

    def same_clause(self, one: Mention, other: Mention) -> bool:
        """Whether two mentions stand in one clause."""
        return self.clauses.clause[one.first] == self.clauses.clause[other.first]
