"""Names of medicines across scripts: what a word sounds like, when no table has it in this language.

Medicines keep their sound: Tibetan པུ་ལོ་ཧྥིན is Chinese 布洛芬 is ibuprofen. So an unknown word is spelled in Latin
letters (anyascii), stripped to the classes of its consonants, and compared with the names in every language's table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from anyascii import anyascii
from rapidfuzz import fuzz, process

from kiosk import languages, lexicon, resources
from kiosk.findings.reading import Reading

MEDICINES = ("drug", "drug_class")
SUBSTANCES = (*MEDICINES, "allergen")
"""What one may be allergic to; wheat and smoke are critical only where an allergy is spoken of."""

MIN_NAME = 7
NEAR_NAME = 86.0
"""A medicine's name of another language: letters at least, and how alike (rapidfuzz ratio, 0–100)."""

MIN_EXACT = 5
"""Letters at least of one that is spelled as there."""

MIN_SOUND = 3
NEAR_SOUND = 80.0
"""The same for consonants; no other medicine may be nearer."""

MIN_PINYIN = 6
NEAR_PINYIN = 85.0
"""The same for all letters of a Chinese name in pinyin, whose consonants are too few."""

LONGEST = 7
"""Syllables or characters of the longest name in a script without word spaces."""

_CLASSES = {
    **dict.fromkeys("bpfv", "p"),
    **dict.fromkeys("dt", "t"),
    **dict.fromkeys("gkq", "k"),
    **dict.fromkeys("szxj", "s"),
    **dict.fromkeys("lr", "l"),
    "m": "m",
    "n": "n",
}


def sound(name: str, *, pinyin: bool = False) -> str:
    """Return the consonant classes of a name in any script, each run of one once; vowels, h, w and y are nothing.

    Args:
        pinyin: the name is Chinese, where x and q are hisses.
    """
    letters = "".join(char for char in anyascii(name).casefold() if char.isalpha())
    letters = letters.replace("q", "s") if pinyin else letters.replace("x", "ks")
    for hissing in ("ce", "ci", "cy", "ts", "ch", "sh", "zh"):
        letters = letters.replace(hissing, "s")
    letters = letters.replace("ng", "n").replace("c", "k")
    classes = [_CLASSES[letter] for letter in letters if letter in _CLASSES]
    return "".join(one for place, one in enumerate(classes) if not place or one != classes[place - 1])


def sounds_like(reading: Reading, concept: str) -> bool:
    """Whether some word that the lexicon does not know is nearer to a medicine's name than to any other's."""
    return _nearest(concept, _unknown_sounds(reading), _sounds(), NEAR_SOUND) or (
        reading.lexicon.language != "zh" and _nearest(concept, _unknown_letters(reading), _pinyin(), NEAR_PINYIN)
    )


def _nearest(concept: str, heard: Iterable[str], known: Mapping[str, frozenset[str]], limit: float) -> bool:
    for word in heard:
        near = process.extract(word, known.keys(), scorer=fuzz.ratio, score_cutoff=limit, limit=None)
        best = max((score for _, score, _ in near), default=0.0)
        if any(concept in known[name] for name, score, _ in near if score == best):
            return True
    return False


def _unknown_letters(reading: Reading) -> Iterator[str]:
    """Yield unknown words in Latin letters, vowels and all: how Chinese names are said in Tibetan and Uyghur."""
    tokens, covered = reading.analysis.tokens, reading.analysis.covered
    longest = 1 if reading.lexicon.mode == "words" else LONGEST
    for start in range(len(tokens)):
        for end in range(start + 1, min(start + longest, len(tokens)) + 1):
            if any(index in covered for index in range(start, end)):
                break
            letters = _letters("".join(token.text for token in tokens[start:end]))
            if len(letters) >= MIN_PINYIN:
                yield letters


def _letters(name: str) -> str:
    return "".join(char for char in anyascii(name).casefold() if char.isalpha())


@cache
def _pinyin() -> Mapping[str, frozenset[str]]:
    """Return the Chinese names of medicines in Latin letters -> concept ids."""
    found: dict[str, set[str]] = {}
    for concept, names in _named("zh").items():
        for name in names:
            if len(letters := _letters(name)) >= MIN_PINYIN:
                found.setdefault(letters, set()).add(concept)
    return {letters: frozenset(concepts) for letters, concepts in found.items()}


def stands_in(reading: Reading, text: str, concept: str) -> bool:
    """Whether a name of a medicine stands in a text, whatever the grammar took it for ("ibuprofen helps")."""
    code = reading.lexicon.language
    before = "" if reading.lexicon.mode == "characters" else r"(?<!\w)"
    return any(re.search(before + re.escape(name), text) for name in _named(code).get(concept, ()))


@cache
def _named(code: str) -> Mapping[str, tuple[str, ...]]:
    """Return medicines' names of one word in a language's table, by concept id."""
    kinds = lexicon.concepts()
    found: dict[str, tuple[str, ...]] = {}
    for _, row in lexicon.read_table(resources.share("config") / "lexicon" / f"{code}.tsv", lexicon.HEADER):
        concept = kinds.get(row["concept"])
        if concept is not None and concept.kind in MEDICINES and " " not in row["surface"].strip():
            names = tuple(name for name in row["surface"].casefold().replace("=", "").split("/") if len(name) > 1)
            found[concept.id] = (*found.get(concept.id, ()), *names)
    return found


def _unknown_sounds(reading: Reading) -> Iterator[str]:
    tokens, covered = reading.analysis.tokens, reading.analysis.covered
    if reading.lexicon.mode == "words":
        for index, token in enumerate(tokens):
            if index not in covered:
                # Endings are not part of the name: each beginning of the word counts, too.
                heard = sound(token.text)
                yield from (heard[:end] for end in range(MIN_SOUND, len(heard) + 1))
        return
    pinyin = reading.lexicon.language == "zh"
    for start in range(len(tokens)):
        for end in range(start + 2, min(start + LONGEST, len(tokens)) + 1):
            free = sum(index not in covered for index in range(start, end))
            if free * 2 > end - start and not any(token.boundary for token in tokens[start + 1 : end]):
                heard = sound("".join(token.text for token in tokens[start:end]), pinyin=pinyin)
                if len(heard) >= MIN_SOUND:
                    yield heard


@cache
def _sounds() -> Mapping[str, frozenset[str]]:
    """Return the sounds of every medicine's names in every language's table -> concept ids."""
    kinds = lexicon.concepts()
    found: dict[str, set[str]] = {}
    for code in languages.known():
        for _, row in lexicon.read_table(resources.share("config") / "lexicon" / f"{code}.tsv", lexicon.HEADER):
            concept = kinds.get(row["concept"])
            if concept is None or concept.kind not in MEDICINES or row["status"] == "rejected":
                continue
            for name in row["surface"].replace("=", "").split("/"):
                heard = sound(name, pinyin=code == "zh")
                if len(heard) >= MIN_SOUND and " " not in name.strip():
                    found.setdefault(heard, set()).add(concept.id)
    return {name: frozenset(concepts) for name, concepts in found.items()}


def guessed(reading: Reading) -> frozenset[str]:
    """Return the medicines that only a nearly alike word names."""
    named = {mention.meaning for mention in reading.analysis.of(*MEDICINES)}
    return frozenset(concept for concept, exact in _borrowed(reading) if not exact) - named


def borrowed(reading: Reading) -> Iterator[str]:
    """Yield the medicines whose international names stand, nearly, in words that the language's own table lacks.

    "Hidrokortizon" is in no Turkish row, but in an English one. Languages of one script share their names. A trade name
    that the table only knows as a class of medicines is a medicine, where it is spelled as elsewhere.
    """
    for concept, _ in _borrowed(reading):
        yield concept


def _borrowed(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Yield the medicines of words that the table lacks, and whether each is spelled as in another language."""
    names = _international(languages.get(reading.lexicon.language).scripts[0])
    if not names:
        return
    tokens, covered = reading.analysis.tokens, reading.analysis.covered
    classes = {index for mention in reading.analysis.of("drug_class") for index in mention.tokens}
    for index, token in enumerate(tokens):
        word = token.text
        if index + 1 < len(tokens) and (together := names.get(f"{word}-{tokens[index + 1].text}")) is not None:
            yield together, True
        elif index in covered:
            if index in classes and len(word) >= MIN_NAME and word in names:
                yield names[word], True
        elif word in names:
            yield names[word], True
        elif len(word) >= MIN_NAME:
            near = process.extractOne(word, names.keys(), scorer=fuzz.ratio, score_cutoff=NEAR_NAME)
            if near is not None:
                yield names[near[0]], False


@cache
def _international(script: str) -> Mapping[str, str]:
    """Return medicines' names -> concept ids, of a script's languages, from their tables: quicker than lexicons."""
    kinds = lexicon.concepts()
    found: dict[str, str] = {}
    for code, language in languages.known().items():
        if language.scripts[0] != script or script in ("Hans", "Tibt"):
            continue
        for _, row in lexicon.read_table(resources.share("config") / "lexicon" / f"{code}.tsv", lexicon.HEADER):
            concept = kinds.get(row["concept"])
            if concept is not None and concept.kind == "drug" and row["status"] != "rejected":
                for name in row["surface"].casefold().split("/"):
                    if len(name) >= MIN_EXACT and " " not in row["surface"]:
                        found.setdefault(name, concept.id)
    return found
