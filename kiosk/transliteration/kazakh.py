"""Kazakh in Arabic script (төте жазу, as written in Xinjiang) to Cyrillic and back.

The Arabic script writes one letter for each pair of a back and a front vowel (ا is а and ә, ى is ы and і). A word is
front if a hamza ٴ stands at its head, or if it holds ك, گ or ە, which occur only in front words and need no hamza.
Russian words keep neither rule, and the instrumental suffix (-мен) is written with ە behind back words too: so every
vowel takes the class of the nearest letter that tells it. What the script does not write (ъ, ь, ц apart from с) cannot
come back; the lexicon folds those letters. The alphabet is A. Baitursynuly's (1912–1924), as Xinjiang writes it today.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

Pieces = list[tuple[str, int, int]]
"""Converted text with the half-open range of code points it was made from."""

HAMZA = "\u0674\u0621\u0654"
"""High hamza, and the letter and the mark that keyboards put in its place."""

_CONSONANTS: Mapping[str, str] = {
    "ب": "б", "ۆ": "в", "گ": "г", "ع": "ғ", "غ": "ғ", "د": "д", "ج": "ж", "ژ": "ж", "ز": "з", "ك": "к", "ک": "к",
    "ق": "қ", "ل": "л", "م": "м", "ن": "н", "ڭ": "ң", "پ": "п", "ر": "р", "س": "с", "ت": "т", "ۋ": "у", "ف": "ф",
    "ح": "х", "خ": "х", "ھ": "һ", "ه": "һ", "ہ": "һ", "چ": "ч", "ش": "ш",
}  # fmt: skip
_YEH = "يی"
_VOWELS: Mapping[str, tuple[str, str]] = {"ا": ("а", "ә"), "و": ("о", "ө"), "ۇ": ("ұ", "ү"), "ى": ("ы", "і")}
"""Letter -> back and front vowel."""
_FRONT_VOWELS: Mapping[str, str] = {"ە": "е", "ٵ": "ә", "ٶ": "ө", "ٷ": "ү", "ٸ": "і"}
_JOINED: Mapping[str, str] = {"ا": "я", "ۋ": "ю"}
"""What Cyrillic writes for these letters behind й (аяқ) and behind и (сияқты)."""
_BACK_LETTERS = "قعغ"
_FRONT_LETTERS = "كکگ" + "".join(_FRONT_VOWELS)
_LETTERS = frozenset([*_CONSONANTS, *_YEH, *_VOWELS, *_FRONT_VOWELS, *HAMZA])
_NEUTRAL_SUFFIXES = ("مەن", "بەن", "پەن")

_ARABIC: Mapping[str, str] = {
    **{cyrillic: arabic for arabic, (back, front) in _VOWELS.items() for cyrillic in (back, front)},
    "б": "ب", "в": "ۆ", "г": "گ", "ғ": "ع", "д": "د", "е": "ە", "ё": "يو", "ж": "ج", "з": "ز", "и": "ي", "й": "ي",
    "к": "ك", "қ": "ق", "л": "ل", "м": "م", "н": "ن", "ң": "ڭ", "п": "پ", "р": "ر", "с": "س", "т": "ت", "у": "ۋ",
    "ф": "ف", "х": "ح", "һ": "ھ", "ц": "س", "ч": "چ", "ш": "ش", "щ": "شش", "ъ": "", "ь": "", "э": "ە", "ю": "يۋ",
    "я": "يا",
}  # fmt: skip
_PUNCTUATION: Mapping[str, str] = {",": "،", ";": "؛", "?": "؟"}


def to_cyrillic(text: str) -> Pieces:
    """Convert Kazakh in Arabic script to Cyrillic.

    Returns:
        Pieces that cover ``text`` in order. A letter that writes nothing of its own (the hamza) gives an empty piece;
        what is not a letter of this script passes through unchanged, one piece a character.
    """
    pieces: Pieces = []
    start = 0
    while start < len(text):
        end = start
        while end < len(text) and text[end] in _LETTERS:
            end += 1
        if end == start:
            pieces.append((text[start], start, start + 1))
            start += 1
        else:
            pieces += ((piece, start + index, start + index + 1) for index, piece in enumerate(_word(text[start:end])))
            start = end
    return pieces


def to_arabic(text: str) -> str:
    """Convert Kazakh in Cyrillic to Arabic script; what is neither a letter nor punctuation stays as it is."""
    result: list[str] = []
    word: list[str] = []
    for char in [*text.casefold(), ""]:
        if char in _ARABIC:
            word.append(char)
        else:
            result += [_arabic_word(word), _PUNCTUATION.get(char, char)]
            word = []
    return "".join(result)


def _word(word: str) -> Iterator[str]:
    """Yield the Cyrillic of each letter of one word."""
    evidence = _evidence(word)
    joined = _JOINED if not any(letter in HAMZA for letter in word) else {"ۋ": "ю"}  # иә is no ия
    before = ""
    for index, letter in enumerate(word):
        after = word[index + 1 : index + 2]
        if letter in HAMZA:
            yield ""
            continue
        if letter in _YEH:
            syllable = not before or _is_vowel(before)  # it is й there, and и between consonants
            yield "" if syllable and after in joined else "й" if syllable and before else "и"
        elif letter in joined and before and before in _YEH:
            yield joined[letter]
        elif letter == "ت" and after == "س" and (not before or word[index + 2 : index + 3] in (*_YEH,)):
            yield ""  # тс is ц in Russian words: операция
        elif letter == "س" and before == "ت" and (index == 1 or after in (*_YEH,)):
            yield "ц"
        elif letter in _CONSONANTS:
            yield _CONSONANTS[letter]
        elif letter in _FRONT_VOWELS:
            yield _FRONT_VOWELS[letter]
        else:
            yield _VOWELS[letter][_is_front(index, evidence)]
        before = letter


def _is_vowel(letter: str) -> bool:
    return bool(letter) and (letter in _VOWELS or letter in _FRONT_VOWELS or letter == "ۋ")


def _evidence(word: str) -> Sequence[tuple[int, bool]]:
    """Return the places in a word that tell its class, and whether they say "front"."""
    if any(letter in HAMZA for letter in word):
        return [(0, True)]
    found = [
        (index, letter in _FRONT_LETTERS)
        for index, letter in enumerate(word)
        if letter in _FRONT_LETTERS or letter in _BACK_LETTERS
    ]
    stem = len(word) - len(_NEUTRAL_SUFFIXES[0])
    if word.endswith(_NEUTRAL_SUFFIXES) and "ا" in word[:stem]:
        # басымен: the suffix says nothing. A word without an а may be front (тісімен): then it is all there is.
        found = [(index, front) for index, front in found if index < stem]
    return found


def _is_front(index: int, evidence: Sequence[tuple[int, bool]]) -> bool:
    """Return the class of the vowel at ``index``: that of the nearest evidence, of two equally near the one before."""
    return min(evidence, key=lambda place: (abs(place[0] - index), place[0]), default=(0, False))[1]


def _arabic_word(word: Sequence[str]) -> str:
    letters: list[str] = []
    for index, char in enumerate(word):
        glide = index and word[index - 1] == "и"
        letters.append(_ARABIC[char][1:] if glide and char in "яю" else _ARABIC[char])
    arabic = "".join(letters)
    front = any(char in "әөүі" for char in word)
    marked = any(letter in _FRONT_LETTERS for letter in arabic)
    return "\u0674" + arabic if front and not marked else arabic
