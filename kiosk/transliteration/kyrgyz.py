"""Kyrgyz in Arabic script (as written in Xinjiang since 1983) to Cyrillic and back.

The rounded front vowels have letters of their own (ۅ ө, ۉ ү), and back and front к and г are told apart (ق ك, ع گ).
Only ى writes two vowels, ы and и: it takes the class of the nearest letter that tells one. Where none would say
"front", и is written ئ (بئر бир, but كىشى киши); a hamza ٴ at the head of a word, as Kazakh writes it, makes the whole
word front. A long vowel is written twice. What this script does not write (ъ, ь, э beside е) comes back as Kyrgyz
spells it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Pieces = list[tuple[str, int, int]]
"""Converted text with the half-open range of code points it was made from."""

HAMZA = "\u0674\u0621\u0654"
"""High hamza, and the letter and the mark that keyboards put in its place."""

_CONSONANTS: Mapping[str, str] = {
    "ب": "б", "ۋ": "в", "گ": "г", "ع": "г", "غ": "г", "د": "д", "ج": "ж", "ژ": "ж", "ز": "з", "ك": "к", "ک": "к",
    "ق": "к", "ل": "л", "م": "м", "ن": "н", "ڭ": "ң", "پ": "п", "ر": "р", "س": "с", "ت": "т", "ف": "ф", "ح": "х",
    "خ": "х", "ھ": "х", "ه": "х", "ہ": "х", "چ": "ч", "ش": "ш",
}  # fmt: skip
_VOWELS: Mapping[str, tuple[str, str]] = {"ا": ("а", "а"), "و": ("о", "ө"), "ۇ": ("у", "ү"), "ى": ("ы", "и")}
"""Letter -> what it writes in a word without, and with, a hamza at its head."""
_FRONT_VOWELS: Mapping[str, str] = {"ە": "е", "ۅ": "ө", "ۉ": "ү", "ٶ": "ө", "ٷ": "ү", "ۆ": "ө", "ۈ": "ү", "ئ": "и"}
"""With the letters that Kazakh and Uyghur keyboards have for the same vowels."""
_JOINED: Mapping[str, str] = {"а": "я", "у": "ю", "о": "ё"}
"""How Cyrillic writes й with the vowel behind it."""
_YEH = "يی"
_FRONT_LETTERS = "كکگ" + "".join(_FRONT_VOWELS)
_BACK_LETTERS = "اوۇقعغ"
_LETTERS = frozenset([*_CONSONANTS, *_VOWELS, *_FRONT_VOWELS, *_YEH, *HAMZA])

_CYRILLIC_FRONT, _CYRILLIC_BACK = "еэиөү", "аоуыяюё"
_ARABIC: Mapping[str, str] = {
    "а": "ا", "б": "ب", "в": "ۋ", "д": "د", "е": "ە", "ё": "يو", "ж": "ج", "з": "ز", "и": "ى", "й": "ي", "л": "ل",
    "м": "م", "н": "ن", "ң": "ڭ", "о": "و", "ө": "ۅ", "п": "پ", "р": "ر", "с": "س", "т": "ت", "у": "ۇ", "ү": "ۉ",
    "ф": "ف", "х": "ح", "ц": "تس", "ч": "چ", "ш": "ش", "щ": "ش", "ъ": "", "ы": "ى", "ь": "", "э": "ە", "ю": "يۇ",
    "я": "يا",
}  # fmt: skip
_BACK_AND_FRONT: Mapping[str, tuple[str, str]] = {"к": ("ق", "ك"), "г": ("ع", "گ")}
_PUNCTUATION: Mapping[str, str] = {",": "،", ";": "؛", "?": "؟"}


def to_cyrillic(text: str) -> Pieces:
    """Convert Kyrgyz in Arabic script to Cyrillic.

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
    """Convert Kyrgyz in Cyrillic to Arabic script; what is neither a letter nor punctuation stays as it is."""
    result: list[str] = []
    word: list[str] = []
    for char in [*text.casefold(), ""]:
        if char in _ARABIC or char in _BACK_AND_FRONT:
            word.append(char)
        else:
            result += [_arabic_word(word), _PUNCTUATION.get(char, char)]
            word = []
    return "".join(result)


def _word(word: str) -> list[str]:
    """Return the Cyrillic of each letter of one word."""
    marked = any(letter in HAMZA for letter in word)
    letters = [_letter(word, index, marked) for index in range(len(word))]
    for index in range(1, len(letters)):
        if letters[index - 1] == "й" and letters[index] in _JOINED and word[index - 1] in _YEH:
            letters[index - 1 : index + 1] = ["", _JOINED[letters[index]]]
    return letters


def _letter(word: str, index: int, marked: bool) -> str:
    letter = word[index]
    before, after = word[index - 1 : index] if index else "", word[index + 1 : index + 2]
    if letter in HAMZA:
        return ""
    if letter in _YEH:
        return "й"
    if letter == "ه" and before in _CONSONANTS and not after:
        return "е"  # the plain heh stands for ە at the end of a word on many keyboards
    if letter in _CONSONANTS:
        cluster = _cluster(word, index)
        return _CONSONANTS[letter] if cluster is None else cluster
    if letter == "ئ" and not before and after in (*_VOWELS, *_FRONT_VOWELS):
        return ""  # Uyghur habit: the carrier of a vowel at the beginning of a word
    if letter == "ى" and before == "ئ" and index > 1:
        return ""  # ئى is и too
    if letter == "ە":
        long = "ە" in (before, after)
        return "э" if long or not before or before in HAMZA or before == "ئ" or before in _VOWELS else "е"
    if letter in _FRONT_VOWELS:
        return _FRONT_VOWELS[letter]
    if letter == "ى":
        return _VOWELS[letter][marked or _is_ts(word, index - 2) or _is_front(word, index)]
    return _VOWELS[letter][marked]


def _cluster(word: str, index: int) -> str | None:
    """Return what one of the letters of تس writes where they are the ц of a Russian word (операция), else None."""
    for start in (index, index - 1):
        if _is_ts(word, start):
            return "ц" if start == index else ""
    return None


def _is_ts(word: str, start: int) -> bool:
    if start < 0 or word[start : start + 2] != "تس":
        return False
    vowel, glide = word[start + 2 : start + 3], word[start + 3 : start + 4]
    return vowel == "ئ" or (vowel == "ى" and glide != "" and glide in _YEH)


def _is_front(word: Sequence[str], index: int) -> bool:
    """Whether the nearest letter that tells a class tells "front"; of two equally near the one before counts."""
    evidence = [
        (abs(place - index), place, letter in _FRONT_LETTERS)
        for place, letter in enumerate(word)
        if letter in _FRONT_LETTERS or letter in _BACK_LETTERS
    ]
    if word[0] == "ئ" and word[1] == "ى":  # that carrier says nothing of the word's class
        evidence = [found for found in evidence if found[1]] or [(0, 0, True)]
    return min(evidence, default=(0, 0, False))[2]


def _arabic_word(word: Sequence[str]) -> str:
    """Return one word in Arabic script: ق ع or ك گ by the nearest vowel, ئ where ى alone does not say "front".

    That is in the first syllable, unless a letter before it tells (бирине بئرىنە), and wherever ى would be read as ы.
    """
    letters: list[str] = []
    high: list[int] = []
    for index, char in enumerate(word):
        if char == "и":
            high.append(len(letters))
        letters += _BACK_AND_FRONT[char][_beside_front(word, index)] if char in _BACK_AND_FRONT else _ARABIC[char]
    for place in high:
        told = any(letter in _FRONT_LETTERS or letter in _BACK_LETTERS for letter in letters[:place])
        if not told or not _is_front(letters, place):
            letters[place] = "ئ"
    return "".join(letters)


def _beside_front(word: Sequence[str], index: int) -> bool:
    """Whether the vowel nearest to a consonant is front; of two equally near, the one behind."""
    vowels = [
        (abs(place - index), place < index, char in _CYRILLIC_FRONT)
        for place, char in enumerate(word)
        if char in _CYRILLIC_FRONT or char in _CYRILLIC_BACK
    ]
    return min(vowels, default=(0, False, False))[2]
