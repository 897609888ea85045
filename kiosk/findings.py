"""Utterances to facts: findings with their status, place and time; allergies, medicines, history, pregnancy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from kiosk import attributes, composition
from kiosk.composition import Named, Site
from kiosk.context import CHILDREN, Clauses, contexts
from kiosk.encounter import (
    Allergy,
    Evidence,
    Finding,
    HistoryItem,
    Laterality,
    Medication,
    Person,
    Pregnancy,
    Severity,
    Status,
    Utterance,
)
from kiosk.lexicon import Concept, Lexicon
from kiosk.matching import Analysis, Mention, matcher

UNNAMED_SUBSTANCE = "未指明"
FEVER_FROM_C = 37.3
"""Axillary temperature from which a spoken temperature counts as fever (诊断学, 9th ed.: 36–37 °C is normal)."""
SPOKEN_TEMPERATURE_C = (34.0, 43.0)
WEEKS_IN_MONTH = 4
"""Gestational months are counted in four weeks (孕28周 is 孕7月)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the patient said that the lexicon understands."""

    findings: tuple[Finding, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    medications: tuple[Medication, ...] = ()
    history: tuple[HistoryItem, ...] = ()
    pregnancy: Pregnancy | None = None
    person: Person = field(default_factory=Person)


@dataclass(slots=True, kw_only=True, eq=False)
class _Draft:
    """A finding while its attributes are collected."""

    finding: Finding
    anchor: Mention
    mentions: list[Mention]
    site: Site | None = None
    explicit: bool = False

    @property
    def first(self) -> int:
        return min(mention.first for mention in self.mentions)

    @property
    def last(self) -> int:
        return max(mention.last for mention in self.mentions)


@dataclass(slots=True, kw_only=True, eq=False)
class _Drug:
    mention: Mention
    dose: str | None = None
    frequency: str | None = None
    mentions: list[Mention] = field(default_factory=list)

    @property
    def first(self) -> int:
        return self.mention.first

    @property
    def last(self) -> int:
        return self.mention.last


class Reader:
    """Reads one utterance. All its state is about that utterance."""

    def __init__(self, utterance: Utterance, lexicon: Lexicon, question: str | None = None) -> None:
        self.utterance = utterance
        self.question = question
        self.lexicon = lexicon
        self.analysis: Analysis = matcher(lexicon.language).analyse(utterance.text)
        self.clauses = Clauses(self.analysis)
        self.contexts = contexts(self.analysis, lexicon.concepts)
        self.sites = composition.sites(self.analysis, lexicon, self.clauses)
        self.drafts: list[_Draft] = []
        self.radiation: set[Mention] = set()

    def evidence(self, *mentions: Mention) -> tuple[Evidence, ...]:
        """Quote the words from the first to the last of these mentions."""
        tokens = self.analysis.tokens
        start = min(tokens[mention.first].start for mention in mentions)
        end = max(tokens[mention.last].end for mention in mentions)
        return (Evidence(utterance_id=self.utterance.id, text=self.utterance.text[start:end], start=start, end=end),)

    def concept(self, mention: Mention) -> Concept:
        return self.lexicon.concepts[mention.meaning]

    # -- findings --------------------------------------------------------------------------------------------------

    def read_findings(self) -> list[_Draft]:
        """Return the findings of the utterance with everything said about them."""
        self._radiations()
        used: set[Mention] = set()
        for mention in self.analysis.of("finding", "generic"):
            if mention.kind == "generic":
                self._generic(mention, used)
            else:
                self._finding(mention, used)
        self.drafts.sort(key=lambda draft: (draft.anchor.first, draft.first))
        self._sides()
        self._temperature()
        self._times()
        self._attributes()
        return self.drafts

    def _draft(self, mention: Mention, named: Named, site: Site | None) -> _Draft:
        context = self.contexts[mention]
        mentions = [mention, *(site.mentions if site else ())]
        draft = _Draft(
            finding=Finding(
                code=named.code,
                name=named.name,
                status=context.status,
                experiencer=context.experiencer,
                relation=context.relation,
                when=context.when,
                body_site=named.body_site,
                laterality=named.laterality,
                draft=any(part.pattern.draft for part in mentions),
            ),
            anchor=mention,
            mentions=mentions,
            site=site,
            explicit=context.explicit,
        )
        self.drafts.append(draft)
        return draft

    def _radiations(self) -> None:
        for cue in self.analysis.of("cue"):
            if cue.meaning == "radiates":
                following = [
                    site for site in self.sites if site.anchor.first > cue.first
                ]  # "ба дастам мезанад": within it
                if following and self.clauses.stretch[following[0].anchor.first] == self.clauses.stretch[cue.first]:
                    self.radiation.update(following[0].mentions)

    def _generic(self, mention: Mention, used: set[Mention]) -> None:
        concept = self.concept(mention)
        free = [site for site in self.sites if site.anchor not in self.radiation]
        placed = composition.place(mention, free, self.analysis, self.clauses)
        if placed:
            for site in placed:
                used.update(site.mentions)
                self._draft(mention, composition.name_generic(concept, site, self.lexicon), site)
            return
        earlier = [
            draft
            for draft in self.drafts
            if self._implied_site(draft) is not None
            and self.clauses.sentence[draft.anchor.first] == self.clauses.sentence[mention.first]
        ]
        same = [
            draft for draft in earlier if draft.anchor.meaning == mention.meaning or self._is_made_of(draft, concept)
        ]
        if same and self.contexts[mention].status == same[-1].finding.status:
            same[-1].mentions.append(mention)
        elif earlier:
            # "My knee is red and swollen", "… a lump under my arm, but it does not hurt": the place is still meant.
            inherited = self._implied_site(earlier[-1])
            self._draft(mention, composition.name_generic(concept, inherited, self.lexicon), None)
        else:
            self._draft(mention, composition.name_generic(concept, None, self.lexicon), None)

    def _implied_site(self, draft: _Draft) -> Site | None:
        """Return where a finding is, if a later word may speak of the same place."""
        if draft.site is not None or draft.anchor.kind != "finding":
            return draft.site
        concept = self.concept(draft.anchor)
        if not concept.compose or not concept.site:
            return None
        return Site(concept=concept.site, laterality=draft.finding.laterality, mentions=(draft.anchor,))

    def _is_made_of(self, draft: _Draft, generic: Concept) -> bool:
        """Whether a finding is this generic somewhere: headache is a pain."""
        concept = self.lexicon.concepts.get(draft.finding.code)
        return concept is not None and any(rule.startswith(f"{generic.id}@") for rule in concept.compose)

    def _finding(self, mention: Mention, used: set[Mention]) -> None:
        concept = self.concept(mention)
        site = self._site_of(mention, concept)
        if site is not None:
            used.update(site.mentions)
        self._draft(mention, composition.name_finding(concept, site, self.lexicon), site)

    def _sides(self) -> None:
        """Give a side that stands by no site to the finding that implies one: "the right one is deaf"."""
        taken = {mention for site in self.sites for mention in site.mentions}
        concepts = self.lexicon.concepts
        for mention in self.analysis.of("side"):
            if mention in taken:
                continue
            implied = [
                draft
                for draft in self.drafts
                if draft.finding.laterality is None
                and draft.site is None
                and draft.anchor.kind == "finding"
                and self.clauses.clause[draft.anchor.first] == self.clauses.clause[mention.first]
                and (place := concepts.get(self.concept(draft.anchor).site)) is not None
                and place.value == "sided"
            ]
            owner = attributes.nearest(mention, implied, self.clauses)
            if owner is None:
                continue
            concept = self.concept(owner.anchor)
            site = Site(
                concept=concept.site, laterality=cast(Laterality, self.concept(mention).value), mentions=(mention,)
            )
            named = composition.name_finding(concept, site, self.lexicon)
            owner.finding = replace(owner.finding, name=named.name, laterality=named.laterality)
            owner.mentions.append(mention)

    def _site_of(self, mention: Mention, concept: Concept) -> Site | None:
        """Return the site of a finding.

        One with a site of its own takes only that or a part of it; one that combines (烫伤) takes the site it touches.
        """
        near = [
            site
            for site in self.sites
            if site.anchor not in self.radiation
            and not set(site.anchor.tokens) & set(mention.tokens)
            and self.clauses.clause[site.anchor.first] == self.clauses.clause[mention.first]
        ]
        if concept.site:
            near = [site for site in near if composition.fits(concept, site, self.lexicon)]
        elif concept.combine:
            near = [site for site in near if _gap(site.anchor, mention) <= 3]
        else:
            near = []
        generics = self.analysis.of("generic")
        near = [site for site in near if not any(_gap(site.anchor, g) < _gap(site.anchor, mention) for g in generics)]
        return min(near, key=lambda site: _gap(site.anchor, mention)) if near else None

    def _temperature(self) -> None:
        for mention in self.analysis.of("template"):
            value = temperature(mention)
            if value is None:
                continue
            fever = attributes.nearest(
                mention, self.drafts, self.clauses, accept=lambda draft: draft.finding.code == "fever"
            )
            if fever is None and value >= FEVER_FROM_C and "fever" in self.lexicon.concepts:
                concept = self.lexicon.concepts["fever"]
                fever = _Draft(finding=Finding(code=concept.id, name=concept.zh), anchor=mention, mentions=[mention])
                self.drafts.append(fever)
                self.drafts.sort(key=lambda draft: draft.anchor.first)
            if fever is not None:
                fever.finding = replace(fever.finding, temperature_c=value)
                fever.mentions.append(mention)

    def _times(self) -> None:
        found = attributes.times(self.analysis, self.lexicon)
        given = attributes.share_times(found, self.drafts, self.clauses, lambda draft: draft.anchor)
        for index, times in given.items():
            draft = self.drafts[index]
            for time in times:
                if time.duration is not None and draft.finding.duration is None:
                    draft.finding = replace(draft.finding, duration=time.duration)
                elif time.onset is not None and draft.finding.onset is None:
                    draft.finding = replace(draft.finding, onset=time.onset, since=time.since)
                else:
                    continue
                draft.mentions.append(time.mention)

    def _attributes(self) -> None:
        kinds = ("quality", "severity", "course", "frequency", "trigger", "relief")
        for mention in self.analysis.mentions:
            if mention.kind in kinds or (
                mention.kind == "template" and mention.meaning in ("frequency", "interval", "times", "nrs")
            ):
                placed: list[_Draft | _Drug] = [*self.drafts]
                if mention.kind in ("frequency", "template"):
                    placed += [_Drug(mention=drug) for drug in self.analysis.of("drug", "drug_class")]
                draft = attributes.nearest(mention, placed, self.clauses)
                if isinstance(draft, _Draft):
                    self._attribute(draft, mention)
                    if mention.meaning == "sudden" and mention.last < draft.first:
                        self._all_sudden(draft)
        for mention in self.radiation:
            if mention.kind != "site":
                continue
            before = [draft for draft in self.drafts if draft.anchor.first < mention.first]
            if before:
                site = next(site for site in self.sites if mention in site.mentions)
                name = (site.laterality or "") + self.lexicon.concepts[site.concept].zh
                last = before[-1]
                last.finding = replace(last.finding, radiation=(*last.finding.radiation, name))
                last.mentions.extend(site.mentions)

    def _all_sudden(self, first: _Draft) -> None:
        """Mark all that follows: "suddenly" at the head of a sentence is said of everything in it."""
        for later in self.drafts[self.drafts.index(first) + 1 :]:
            if self.clauses.stretch[later.first] == self.clauses.stretch[first.first]:
                later.finding = replace(later.finding, sudden=True)

    def _attribute(self, draft: _Draft, mention: Mention) -> None:
        finding = draft.finding
        if mention.kind == "template":
            if mention.meaning == "nrs" and mention.number is not None and 0 <= mention.number.value <= 10:
                finding = replace(finding, nrs=int(mention.number.value))
            elif mention.meaning != "nrs":
                finding = replace(finding, frequency=finding.frequency or frequency(mention))
        else:
            concept = self.concept(mention)
            if mention.kind == "quality":
                finding = replace(finding, character=(*finding.character, concept.zh))
            elif mention.kind == "severity":
                finding = replace(finding, severity=finding.severity or cast(Severity, concept.value))
            elif mention.kind == "course" and concept.id == "sudden":
                finding = replace(finding, sudden=True)
            elif mention.kind == "course":
                finding = replace(finding, course=finding.course or concept.zh)
            elif mention.kind == "frequency":
                finding = replace(finding, frequency=finding.frequency or concept.zh)
            elif mention.kind == "trigger":
                finding = replace(finding, aggravating=(*finding.aggravating, concept.zh))
            else:
                finding = replace(finding, relieving=(*finding.relieving, concept.zh))
        draft.finding = finding
        draft.mentions.append(mention)

    # -- allergies and medicines -----------------------------------------------------------------------------------

    def read_substances(self) -> tuple[list[Allergy], list[Medication]]:
        """Return allergies and medicines: a drug within reach of "allergic to" is not one that is taken."""
        allergies: list[Allergy] = []
        substances = self.analysis.of("drug", "drug_class", "allergen")
        claimed: set[Mention] = set()
        for cue in self.analysis.of("cue"):
            if cue.meaning not in ("allergy", "intolerance", "no_allergy"):
                continue
            context = self.contexts[cue]
            if context.experiencer != "patient":
                continue
            own = [substance for substance in substances if self._governor(substance, substances) is cue]
            for substance in own:
                claimed.add(substance)
                denied = cue.meaning == "no_allergy" or "denied" in (context.status, self.contexts[substance].status)
                allergies.append(
                    Allergy(
                        substance=self.concept(substance).zh,
                        status="denied" if denied else context.status,
                        evidence=self.evidence(cue, substance),
                    )
                )
            if not own and cue.meaning != "intolerance":
                status: Status = "denied" if cue.meaning == "no_allergy" else context.status
                allergies.append(Allergy(substance=UNNAMED_SUBSTANCE, status=status, evidence=self.evidence(cue)))
        for substance in substances:
            # "I am allergic to penicillin, but not to aspirin": the allergy is still what is spoken of.
            if (
                substance not in claimed
                and self.contexts[substance].status == "denied"
                and self._allergy_before(substance)
            ):
                claimed.add(substance)
                allergies.append(
                    Allergy(substance=self.concept(substance).zh, status="denied", evidence=self.evidence(substance))
                )
        if self.question == "allergy" and not allergies:
            return self._allergy_answer(substances), []
        return allergies, self._medications([m for m in substances if m not in claimed and m.kind != "allergen"])

    def _allergy_answer(self, substances: Sequence[Mention]) -> list[Allergy]:
        """Read "penicillin", or "no", as the answer to "are you allergic to anything?"."""
        named = [
            Allergy(
                substance=self.concept(substance).zh,
                status=self.contexts[substance].status,
                evidence=self.evidence(substance),
            )
            for substance in substances
        ]
        answer = self.answer()
        if named or answer is None:
            return named
        return [
            Allergy(
                substance=UNNAMED_SUBSTANCE,
                status="present" if answer.meaning == "yes" else "denied",
                evidence=self.evidence(answer),
            )
        ]

    def answer(self) -> Mention | None:
        """Return the yes or no that the utterance begins with, if it does."""
        cues = [cue for cue in self.analysis.of("cue") if cue.meaning in ("yes", "no") and cue.first == 0]
        return cues[0] if cues else None

    def _governor(self, substance: Mention, substances: Sequence[Mention]) -> Mention | None:
        """Return the cue that says what a substance is: allergy, intolerance, or taken.

        The nearest of its clause; one of another clause only if the substance is listed with one that stands there
        ("allergic to penicillin, aspirin and iodine", but not "allergic to penicillin, I take metformin").
        """
        cues = [
            cue
            for cue in self.analysis.of("cue")
            if cue.meaning in ("allergy", "intolerance", "no_allergy", "taking")
            and self.clauses.stretch[cue.first] == self.clauses.stretch[substance.first]
            and (self._same_clause(cue, substance) or self._listed_there(cue, substance, substances))
        ]
        return min(cues, key=lambda cue: (not self._same_clause(cue, substance), _gap(cue, substance)), default=None)

    def _allergy_before(self, substance: Mention) -> bool:
        return self._governor(substance, []) is None and any(
            cue.meaning in ("allergy", "no_allergy")
            and cue.last < substance.first
            and self.clauses.sentence[cue.first] == self.clauses.sentence[substance.first]
            for cue in self.analysis.of("cue")
        )

    def _same_clause(self, one: Mention, other: Mention) -> bool:
        return self.clauses.clause[one.first] == self.clauses.clause[other.first]

    def _listed_there(self, cue: Mention, substance: Mention, substances: Sequence[Mention]) -> bool:
        for other in substances:
            if other is not substance and self._same_clause(cue, other):
                left, right = sorted((other, substance), key=lambda mention: mention.first)
                if self.clauses.list_joined(left, right):
                    return True
        return False

    def _medications(self, mentions: Sequence[Mention]) -> list[Medication]:
        drugs = [
            _Drug(mention=mention)
            for mention in mentions
            if self.contexts[mention].status != "denied" and self.contexts[mention].experiencer == "patient"
        ]
        for mention in self.analysis.of("template", "frequency"):
            placed: list[_Draft | _Drug] = [*drugs, *self.drafts]
            if mention.kind == "template" and mention.meaning not in ("dose", "frequency", "interval", "times"):
                continue
            if mention.meaning == "dose":
                placed = [*drugs]
            owner = attributes.nearest(mention, placed, self.clauses)
            if isinstance(owner, _Drug):
                owner = self._dosed(mention, drugs)
            if not isinstance(owner, _Drug):
                continue
            if mention.kind == "template" and mention.meaning == "dose" and mention.number is not None:
                owner.dose = (
                    owner.dose or f"{attributes.plain(mention.number.value + mention.pattern.add)}{mention.unit}"
                )
            else:
                said = frequency(mention) if mention.kind == "template" else self.concept(mention).zh
                owner.frequency = owner.frequency or said
            owner.mentions.append(mention)
        return [
            Medication(
                name=self.concept(drug.mention).zh,
                dose=drug.dose,
                frequency=drug.frequency,
                evidence=self.evidence(drug.mention, *drug.mentions),
            )
            for drug in drugs
        ]

    def _dosed(self, mention: Mention, drugs: Sequence[_Drug]) -> _Drug | None:
        """Return the drug of a dose or frequency: the one before it, unless that has its own already; else the next."""
        sentence = self.clauses.sentence[mention.first]
        field_name = "dose" if mention.meaning == "dose" else "frequency"
        near = [drug for drug in drugs if self.clauses.sentence[drug.first] == sentence]
        before = [drug for drug in near if drug.last < mention.first]
        after = [drug for drug in near if drug.first > mention.last]
        if before and (getattr(before[-1], field_name) is None or not after):
            return before[-1]
        return after[0] if after else attributes.nearest(mention, drugs, self.clauses)

    # -- history, pregnancy, person --------------------------------------------------------------------------------

    def read_history(self) -> list[HistoryItem]:
        """Return known illnesses, operations and habits, the family's too."""
        return [
            HistoryItem(
                code=mention.meaning,
                name=self.concept(mention).zh,
                status=self.contexts[mention].status,
                experiencer=self.contexts[mention].experiencer,
                relation=self.contexts[mention].relation,
                evidence=self.evidence(mention),
            )
            for mention in self.analysis.mentions
            if mention.kind in ("disease", "procedure", "habit")
            or (mention.kind == "state" and mention.meaning != "pregnancy")
        ]

    def read_pregnancy(self) -> Pregnancy | None:
        """Return whether she is pregnant and for how many weeks, if it was said."""
        result: Pregnancy | None = None
        for mention in self.analysis.mentions:
            if mention.kind == "state" and mention.meaning == "pregnancy":
                context = self.contexts[mention]
                if context.experiencer == "patient" and context.when == "current" and result is None:
                    result = Pregnancy(status=context.status, evidence=self.evidence(mention))
            elif mention.kind == "template" and mention.meaning == "gestation" and mention.number is not None:
                scale = WEEKS_IN_MONTH if mention.unit == "mo" else 1
                weeks = int((mention.number.value + mention.pattern.add) * scale)
                if 1 <= weeks <= 45:
                    return Pregnancy(status="present", weeks=weeks, evidence=self.evidence(mention))
        answer = self.answer()
        if result is None and self.question == "pregnancy" and answer is not None:
            status: Status = "present" if answer.meaning == "yes" else "denied"
            return Pregnancy(status=status, evidence=self.evidence(answer))
        return result

    def read_age(self) -> float | None:
        """Return the age in years, if it was said."""
        for mention in self.analysis.of("template"):
            if mention.meaning == "age" and mention.number is not None:
                per_year = {"a": 1.0, "mo": 12.0, "wk": 52.18, "d": 365.25}.get(mention.unit or "a", 1.0)
                age = (mention.number.value + mention.pattern.add) / per_year
                if 0 <= age <= 120:
                    return age
        return None


def frequency(mention: Mention) -> str:
    """Return a frequency in Chinese: 每日2次, 每8小时1次, 2次."""
    number = (mention.number.value if mention.number else 0.0) + mention.pattern.add
    count = attributes.plain(number or 1.0)
    if mention.meaning == "times":
        return f"{count}次"
    units = {"min": "分钟", "h": "小时", "d": "日", "wk": "周", "mo": "月", "a": "年"}
    unit = units[mention.unit or "d"]
    if mention.meaning == "frequency":
        return f"每{unit}{count}次"
    return f"每{unit}1次" if count == "1" else f"每{count}{unit.replace('日', '天')}1次"


def temperature(mention: Mention) -> float | None:
    """Return a spoken body temperature in °C: 三十八度五 is 38.5; None for what is none, or not one of a person."""
    if mention.meaning != "temperature" or mention.number is None:
        return None
    tenths = mention.number.high or 0.0
    value = mention.number.value + mention.pattern.add + tenths / (10 if tenths < 10 else 100)
    return value if SPOKEN_TEMPERATURE_C[0] <= value <= SPOKEN_TEMPERATURE_C[1] else None


def _gap(left: Mention, right: Mention) -> int:
    low, high = sorted((left, right), key=lambda mention: mention.first)
    return max(0, high.first - low.last - 1)


def extract(utterances: Sequence[Utterance], lexicon: Lexicon, *, question: str | None = None) -> Facts:
    """Read all utterances of an intake; ``question`` is what they answer, where that is known.

    A child whose current complaints are told by an adult who names none of his own is the patient, and the adult the
    reporter. Any other relative's complaints are family history.
    """
    readers = [Reader(utterance, lexicon, question) for utterance in utterances]
    drafts = [(reader, draft) for reader in readers for draft in reader.read_findings()]
    own_complaint = any(draft.finding.experiencer == "patient" and draft.explicit for _, draft in drafts)
    about_child = any(draft.finding.relation in CHILDREN for _, draft in drafts) and not own_complaint
    findings: list[Finding] = []
    for reader, draft in drafts:
        finding = replace(draft.finding, evidence=reader.evidence(*draft.mentions))
        if about_child and finding.relation in CHILDREN:
            finding = replace(finding, experiencer="patient")
        findings.append(finding)
    substances = [reader.read_substances() for reader in readers]
    ages = [age for age in (reader.read_age() for reader in readers) if age is not None]
    pregnancies = [found for found in (reader.read_pregnancy() for reader in readers) if found is not None]
    history = [
        replace(item, experiencer="patient") if about_child and item.relation in CHILDREN else item
        for reader in readers
        for item in reader.read_history()
    ]
    return Facts(
        findings=_merged(findings),
        allergies=tuple(_unique([allergy for allergies, _ in substances for allergy in allergies])),
        medications=tuple(medication for _, medications in substances for medication in medications),
        history=tuple(history),
        pregnancy=max(pregnancies, key=lambda found: found.weeks or 0, default=None),
        person=Person(reporter="parent" if about_child else "patient", age_years=ages[0] if ages else None),
    )


def _merged(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Join what was said twice about the same thing; what contradicts itself stays as two findings."""
    kept: dict[tuple[str, ...], Finding] = {}
    for finding in findings:
        key = (finding.code, finding.name, finding.status, finding.experiencer, finding.relation or "", finding.when)
        first = kept.get(key)
        if first is None:
            kept[key] = finding
            continue
        kept[key] = replace(
            first,
            onset=first.onset or finding.onset,
            since=first.since if first.onset else finding.since,
            sudden=first.sudden or finding.sudden,
            duration=first.duration or finding.duration,
            severity=first.severity or finding.severity,
            nrs=first.nrs if first.nrs is not None else finding.nrs,
            character=tuple(dict.fromkeys((*first.character, *finding.character))),
            frequency=first.frequency or finding.frequency,
            course=first.course or finding.course,
            aggravating=tuple(dict.fromkeys((*first.aggravating, *finding.aggravating))),
            relieving=tuple(dict.fromkeys((*first.relieving, *finding.relieving))),
            radiation=tuple(dict.fromkeys((*first.radiation, *finding.radiation))),
            temperature_c=first.temperature_c or finding.temperature_c,
            draft=first.draft or finding.draft,
            evidence=(*first.evidence, *finding.evidence),
        )
    return tuple(kept.values())


def _unique(allergies: Sequence[Allergy]) -> list[Allergy]:
    seen: dict[tuple[str, str], Allergy] = {}
    for allergy in allergies:
        seen.setdefault((allergy.substance, allergy.status), allergy)
    return [*seen.values()]
