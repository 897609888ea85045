"""The verified channel's Chinese: what the lexicon understood of an utterance, said by rule, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kiosk.encounter import Span
from kiosk.findings import Understood, attributes, chinese, medicines, timing
from kiosk.findings.reading import Reading


def sentences(reading: Reading) -> list[range]:
    """Return the token ranges of the sentences."""
    starts = [index for index, token in enumerate(reading.analysis.tokens) if not index or token.boundary == "."]
    ends = [*starts[1:], len(reading.analysis.tokens)]
    return [range(start, end) for start, end in zip(starts, ends, strict=True)]


def extent(reading: Reading, tokens: range) -> tuple[int, int]:
    """Return where a sentence stands in the text, its closing punctuation included."""
    every = reading.analysis.tokens
    last = tokens.stop == len(every)
    end = len(reading.utterance.text) if last else every[tokens.stop].start
    start = every[tokens.start].start
    return start, start + len(reading.utterance.text[start:end].rstrip())


def all_pieces(understood: Understood, uncovered: Sequence[Span]) -> list[tuple[int, str]]:
    """Return every understood fact in Chinese, and in 〔…〕 what nothing matched, each with its first token."""
    reading = understood.reading
    return [*_pieces(understood), *((_token_at(reading, span), f"〔{span.text}〕") for span in uncovered)]


def joined(pieces: Sequence[tuple[int, str]]) -> str:
    """Return pieces as one Chinese sentence, in the patient's order."""
    zh = "，".join(dict.fromkeys(text for _, text in sorted(pieces, key=lambda piece: piece[0])))
    return f"{zh}。" if zh else ""


def _pieces(understood: Understood) -> Iterator[tuple[int, str]]:
    """Yield each understood fact in Chinese with the index of its first token."""
    reading = understood.reading
    used: set[int] = set()
    age = understood.age
    for mention in reading.analysis.mentions:
        if mention.kind == "template" and mention.meaning == "age" and age is not None:
            yield (
                mention.first,
                f"{attributes.plain(round(age, 2))}岁" if age >= 1 else f"{attributes.plain(round(age * 12, 1))}个月大",
            )
            used.update(mention.tokens)
    for draft in understood.drafts:
        yield draft.first, chinese.phrase(draft.finding)
        used.update(index for mention in draft.mentions for index in mention.tokens)
    start_of = {token.start: index for index, token in enumerate(reading.analysis.tokens)}
    pregnancy = understood.pregnancy
    for facts, text in (
        *((item.evidence, chinese.allergy(item)) for item in understood.allergies),
        *((item.evidence, f"服用{chinese.medication(item)}") for item in understood.medications),
        *((item.evidence, chinese.history(item)) for item in understood.history),
        *(((pregnancy.evidence, chinese.pregnancy(pregnancy)),) if pregnancy else ()),
    ):
        start, end = facts[0].start, facts[0].end
        used.update(i for i, token in enumerate(reading.analysis.tokens) if start <= token.start < end)
        yield start_of[start], text
    yield from _loose(reading, used)


def _loose(reading: Reading, used: set[int]) -> Iterator[tuple[int, str]]:
    """Yield what was understood but belongs to no fact: the answer "three days", a body site, yes or no."""
    concepts = reading.lexicon.concepts
    for time in timing.times(reading.analysis, reading.lexicon):
        if not used & {*time.mention.tokens}:
            used.update(time.mention.tokens)
            text = (
                f"持续{attributes.amount(time.duration)}"
                if time.duration
                else f"{time.onset}{'起' if time.since else ''}"
            )
            yield time.mention.first, text
    for site in reading.sites:
        if not used & {*site.anchor.tokens}:
            used.update(index for mention in site.mentions for index in mention.tokens)
            yield site.first, (site.laterality or "") + concepts[site.concept].zh
    for mention in reading.analysis.mentions:
        if used & {*mention.tokens} or reading.analysis.container(mention) is not None:
            continue
        if mention.kind in (
            "generic",
            "severity",
            "quality",
            "course",
            "frequency",
            "trigger",
            "relief",
            "side",
            "drug",
            "drug_class",
            "allergen",
        ):
            used.update(mention.tokens)
            context = reading.contexts.get(mention)
            no = "无" if mention.kind == "generic" else "未用"
            before = no if context is not None and context.status == "denied" else ""
            if not before and mention.kind in ("drug", "drug_class") and medicines.stopped(reading, mention):
                before = "已停用"
            yield mention.first, before + concepts[mention.meaning].zh
        elif mention.kind == "cue" and mention.meaning in ("yes", "no") and not used and not mention.first:
            used.update(mention.tokens)
            yield mention.first, "是" if mention.meaning == "yes" else "否"
        elif mention.kind == "template" and (celsius := attributes.temperature(mention)) is not None:
            used.update(mention.tokens)
            yield mention.first, f"体温{attributes.plain(celsius)}℃"
        elif mention.kind == "relation" and not any(c.relation == mention.meaning for c in reading.contexts.values()):
            used.update(mention.tokens)
            yield mention.first, mention.meaning


def uncovered_words(reading: Reading) -> Iterator[Span]:
    """Yield runs of words that nothing matched."""
    analysis = reading.analysis
    run: list[int] = []
    for index, token in enumerate(analysis.tokens):
        known = index in analysis.covered or token.number is not None
        if run and (known or token.boundary in (",", ".")):
            yield _span(reading, run)
            run = []
        if not known:
            run.append(index)
    if run:
        yield _span(reading, run)


def _span(reading: Reading, run: list[int]) -> Span:
    start, end = reading.analysis.tokens[run[0]].start, reading.analysis.tokens[run[-1]].end
    return Span(start, end, reading.utterance.text[start:end])


def _token_at(reading: Reading, span: Span) -> int:
    return next(index for index, token in enumerate(reading.analysis.tokens) if token.start == span.start)
