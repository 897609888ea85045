"""Allergies and medicines of one utterance: what a drug's name is said for."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.encounter import Allergy, Medication, Status
from kiosk.findings import medicines
from kiosk.findings.drafts import Draft
from kiosk.findings.reading import Reading
from kiosk.findings.subjects import CHILDREN
from kiosk.lexicon.mentions import Mention

UNNAMED_SUBSTANCE = "未指明"
ELLIPSIS_REACH = 3
"""How many words may stand between a substance and "there is" or "is fine"."""
REACTION = "reaction"
"""Tag of what an allergy does."""
ALLERGIC = frozenset({"anaphylaxis", "allergic_reaction", "hives"})
"""What nothing but an allergy does."""
REMEDIES = frozenset({"allergy_medicine", "steroid", "ointment", "emergency_medicine"})
"""What is given for a reaction, and therefore named beside one."""


def substances(reading: Reading, drafts: list[Draft]) -> tuple[list[Allergy], list[Medication]]:
    """Return allergies and medicines: a drug within reach of "allergic to" is not one that is taken.

    Args:
        drafts: the utterance's findings; a frequency beside one of them is not a medicine's. A "reaction" that only
            says that a substance is not borne is taken out.
    """
    return _Collector(reading, drafts).collect()


class _Collector:
    """Collects the substances of one utterance."""

    def __init__(self, reading: Reading, drafts: list[Draft]) -> None:
        self.reading = reading
        self.lexicon = reading.lexicon
        self.analysis = reading.analysis
        self.clauses = reading.clauses
        self.contexts = reading.contexts
        self.drafts = drafts

    def collect(self) -> tuple[list[Allergy], list[Medication]]:
        """Return allergies and medicines: a drug within reach of "allergic to" is not one that is taken."""
        allergies: list[Allergy] = []
        substances = self.analysis.of("drug", "drug_class", "allergen")
        claimed: set[Mention] = set()
        for cue in self.analysis.of("cue"):
            if cue.meaning == "allergy" and self._is_denial(cue):
                continue  # one word for both: "not allergic" is the more exact reading
            if cue.meaning not in ("allergy", "intolerance", "no_allergy"):
                continue
            context = self.contexts[cue]
            if context.relation not in (None, *CHILDREN):
                continue
            own = [substance for substance in substances if self._governor(substance, substances) is cue]
            own = own or self._named_before(cue, substances)
            for substance in own:
                claimed.add(substance)
                denied = cue.meaning == "no_allergy" or "denied" in (context.status, self.contexts[substance].status)
                # "To penicillin I have no allergy, to aspirin there is": said of this one alone.
                # "From amoxicillin I swell up, aspirin does no harm": said of the other one.
                denied = denied or (len(own) > 1 and self._called_harmless(substance))
                denied = denied and not any(
                    affirm.meaning == "affirm" and affirm.first == substance.last + 1
                    for affirm in self.analysis.of("cue")
                )
                allergies.append(
                    Allergy(
                        substance=self.reading.concept(substance).zh,
                        status="denied" if denied else "present" if context.status == "denied" else context.status,
                        evidence=self.reading.evidence(cue, substance),
                    )
                )
            if not own and cue.meaning == "allergy" and self._unnamed(cue, substances):
                continue  # "I cannot take aspirin, I am allergic": aspirin is what is meant
            if not own and cue.meaning != "intolerance":
                status: Status = "denied" if cue.meaning == "no_allergy" else context.status
                allergies.append(
                    Allergy(substance=UNNAMED_SUBSTANCE, status=status, evidence=self.reading.evidence(cue))
                )
        for substance in substances:
            if substance in claimed:
                continue
            status_ = self._said_shortly(substance) or self._by_consequence(substance)
            if status_ is None and self._called_harmless(substance) and any(map(self._by_consequence, substances)):
                status_ = "denied"  # "from amoxicillin I break out in a rash, aspirin is fine"
            if status_ is not None:
                claimed.add(substance)
                allergies.append(
                    Allergy(
                        substance=self.reading.concept(substance).zh,
                        status=status_,
                        evidence=self.reading.evidence(substance),
                    )
                )
        allergies = self._unnamed_once(allergies)
        if allergies:
            self._no_reaction_of_its_own()
        if self.reading.question == "allergy" and not allergies:
            return self._allergy_answer(substances), []
        # "Penicillin will not do, I am allergic to penicillin": named twice, and not taken.
        known = {m.meaning for m in claimed}
        taken = [m for m in substances if m not in claimed and m.kind != "allergen"]
        return allergies, medicines.medications(
            self.reading, self.drafts, [m for m in taken if m.meaning not in known or self._is_taken(m)]
        )

    def _is_taken(self, substance: Mention) -> bool:
        return any(self.reading.same_clause(cue, substance) for cue in self.reading.cues("taking"))

    def _said_shortly(self, substance: Mention) -> Status | None:
        """Return what is said of a substance where the allergy was named before: "… but to milk I have none"."""
        behind = [cue for cue in self.reading.cues("tolerated") if self.reading.same_clause(cue, substance)]
        if behind:
            return "denied"
        if not self._allergy_before(substance):
            told = self._allergy_before(substance, reach=1) and self._called_harmless(substance)
            return "denied" if told or self._harmless(substance) else None
        if self.contexts[substance].status == "denied":
            return "denied"
        if any(self.reading.same_clause(cue, substance) for cue in self.reading.cues("too")):
            return self._as_before(substance)
        behind = [
            cue
            for cue in self.reading.cues("affirm", "harmless")
            if self.reading.same_clause(cue, substance) and cue.first > substance.last
        ]
        near = {cue.meaning for cue in behind if cue.gap(substance) <= ELLIPSIS_REACH}
        return "denied" if "harmless" in near else "present" if near else None

    def _as_before(self, substance: Mention) -> Status | None:
        """Return what the clause before says of its allergy, for "… and fish, too"."""
        here = self.clauses.clause[substance.first]
        if any(self.clauses.clause[cue.first] == here for cue in self.reading.cues("taking", "but")):
            return None
        before = [
            cue
            for cue in self.reading.cues("allergy", "no_allergy", "intolerance")
            if self.clauses.clause[cue.last] == here - 1 and cue.last < substance.first
        ]
        if not before or self.clauses.sentence[before[-1].last] != self.clauses.sentence[substance.first]:
            return None
        return "denied" if before[-1].meaning == "no_allergy" else self.contexts[before[-1]].status

    def _harmless(self, substance: Mention) -> bool:
        """Whether a substance is said to be fine before another one's allergy is named: "penicillin is fine, but …"."""
        sentence = self.clauses.sentence
        later = any(
            cue.first > substance.last and sentence[cue.first] == sentence[substance.first]
            for cue in self.reading.cues("allergy", "intolerance")
            if not self.reading.same_clause(cue, substance)
        )
        return later and self._called_harmless(substance)

    def _called_harmless(self, substance: Mention) -> bool:
        return any(
            self.reading.same_clause(cue, substance) and 0 <= cue.first - substance.last - 1 <= ELLIPSIS_REACH
            for cue in self.reading.cues("harmless")
        )

    def _by_consequence(self, substance: Mention) -> Status | None:
        """Return whether a reaction is told of a medicine: "from penicillin I swell up".

        Not of food: "I ate nuts and my lips swell" is what happens now, and the red flag's.
        """
        if (
            substance.kind == "allergen"
            or self.lexicon.concepts[substance.meaning].site in REMEDIES
            or substance.meaning in REMEDIES
        ):
            return None
        taken = any(self.reading.same_clause(cue, substance) for cue in self.reading.cues("taking"))
        for draft in self.drafts:
            concept = self.lexicon.concepts.get(draft.anchor.meaning)
            if (
                concept is None
                or REACTION not in concept.tags
                or draft.finding.status == "denied"
                or draft.first < substance.first
            ):
                continue
            together = self.reading.same_clause(draft.anchor, substance) or self.clauses.goes_on(
                substance, draft.anchor
            )
            certain = draft.finding.code in ALLERGIC
            if together and (certain or not taken) and self.contexts[substance].status != "denied":
                return "uncertain" if draft.finding.status == "uncertain" else "present"
        return None

    def _unnamed_once(self, allergies: list[Allergy]) -> list[Allergy]:
        """Drop "no allergy" without a name where one with a name is denied: "milk is fine, I am not allergic"."""
        named = {allergy.status for allergy in allergies if allergy.substance != UNNAMED_SUBSTANCE}
        return [a for a in allergies if a.substance != UNNAMED_SUBSTANCE or a.status not in named]

    def _no_reaction_of_its_own(self) -> None:
        """Take "it gave me an allergy" for the allergy that it is, not for a reaction that the patient has now."""
        self.drafts[:] = [draft for draft in self.drafts if draft.finding.code != "allergic_reaction"]

    def _named_before(self, cue: Mention, substances: Sequence[Mention]) -> list[Mention]:
        """Return what a "not allergic to that" points back to: a substance alone in the clause before."""
        if cue.meaning == "intolerance":
            return []
        told = [
            mention
            for mention in self.analysis.of("finding", "generic", "dose", "template", "disease")
            if mention.meaning != "other"  # a comma of Chinese
        ]
        before = self.clauses.clause[cue.first] - 1
        facts = [*told, *substances]
        while before >= 0 and not any(self.clauses.clause[other.first] == before for other in facts):
            before -= 1  # "but aspirin, no, I can't have it, I am allergic"
        if any(self.clauses.clause[other.first] == before for other in told):
            return []
        return [
            substance
            for substance in substances
            if self.clauses.clause[substance.first] == before
            and self.clauses.sentence[substance.first] == self.clauses.sentence[cue.first]
            and self._governor(substance, substances) is None
        ]

    def _unnamed(self, cue: Mention, substances: Sequence[Mention]) -> bool:
        """Whether the sentence names a substance that cannot be taken, so that this allergy is to that."""
        return any(
            governor is not None
            and governor.meaning == "intolerance"
            and self.clauses.sentence[substance.first] == self.clauses.sentence[cue.first]
            for substance in substances
            for governor in (self._governor(substance, substances),)
        )

    def _allergy_answer(self, substances: Sequence[Mention]) -> list[Allergy]:
        """Read "penicillin", or "no", as the answer to "are you allergic to anything?"."""
        named = [
            Allergy(
                substance=self.reading.concept(substance).zh,
                status=self.contexts[substance].status,
                evidence=self.reading.evidence(substance),
            )
            for substance in substances
        ]
        answer = self.reading.answer()
        if named or answer is None:
            return named
        return [
            Allergy(
                substance=UNNAMED_SUBSTANCE,
                status="present" if answer.meaning == "yes" else "denied",
                evidence=self.reading.evidence(answer),
            )
        ]

    def _governor(self, substance: Mention, substances: Sequence[Mention]) -> Mention | None:
        """Return the cue that says what a substance is: allergy, intolerance, or taken.

        The nearest of its clause; one of another clause only if the substance is listed with one that stands there
        ("allergic to penicillin, aspirin and iodine", but not "allergic to penicillin, I take metformin").
        """
        cues = [
            cue
            for cue in self.analysis.of("cue")
            if cue.meaning in ("allergy", "intolerance", "no_allergy", "taking")
            and not (cue.meaning == "allergy" and self._is_denial(cue))
            and self.clauses.stretch[cue.first] == self.clauses.stretch[substance.first]
            and (self.reading.same_clause(cue, substance) or self._listed_there(cue, substance, substances))
        ]

        def distance(cue: Mention) -> tuple[bool, bool, int]:
            behind = cue.first > substance.last
            return (
                not self.reading.same_clause(cue, substance),
                behind is not self._cues_last(substance),
                cue.gap(substance),
            )

        return min(cues, key=distance, default=None)

    def _cues_last(self, substance: Mention) -> bool:
        """Whether in this clause substances stand before what is said of them.

        Where it begins with a substance and says two things ("novocaine allergic, lidocaine not allergic"), each is
        said of what stands before it; where it begins with what is said, of what stands behind.
        """
        clause = self.clauses.clause[substance.first]
        kinds = ("allergy", "intolerance", "no_allergy", "taking")
        cues = [cue.first for cue in self.reading.cues(*kinds) if self.clauses.clause[cue.first] == clause]
        named = self.analysis.of("drug", "drug_class", "allergen")
        return min(m.first for m in named if self.clauses.clause[m.first] == clause) < min(cues, default=-1)

    def _is_denial(self, cue: Mention) -> bool:
        return any(
            other.meaning == "no_allergy" and {*other.tokens} & {*cue.tokens} for other in self.analysis.of("cue")
        )

    def _allergy_before(self, substance: Mention, *, reach: int = 0) -> bool:
        """Whether an allergy is named before, in the same sentence or up to ``reach`` sentences before."""
        sentence = self.clauses.sentence
        return self._governor(substance, []) is None and any(
            cue.last < substance.first and 0 <= sentence[substance.first] - sentence[cue.first] <= reach
            for cue in self.reading.cues("allergy", "no_allergy", *(("intolerance",) if reach else ()))
        )

    def _listed_there(self, cue: Mention, substance: Mention, substances: Sequence[Mention]) -> bool:
        for other in substances:
            if other is not substance and self.reading.same_clause(cue, other):
                left, right = sorted((other, substance), key=lambda mention: mention.first)
                if self.clauses.list_joined(left, right):
                    return True
        return False
