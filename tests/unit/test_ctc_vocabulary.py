"""Labels to text and texts to labels, for characters, pieces of words and bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.engines.ctc_vocabulary import Vocabulary, from_table, read_tokens
from kiosk.errors import ModelError
from tests.tiny_ctc import write_tokens


def spelled(vocabulary: Vocabulary, text: str) -> str:
    return vocabulary.text(vocabulary.labels(text))


def test_characters_with_a_blank_between_words(tmp_path: Path) -> None:
    path = tmp_path / "tokens.txt"
    # As the exporter writes it: the blank's own line begins with the separator; some symbols look like spaces.
    path.write_text("<s> 0\n<pad> 1\n  2\nб 3\nа 4\n\u2028 5\n7 6\n", encoding="utf-8")
    vocabulary = read_tokens(path, blank=0)
    assert (vocabulary.blank, vocabulary.size) == (0, 7)
    assert vocabulary.labels("Ба аб!") == (3, 4, 2, 4, 3)
    assert vocabulary.text([1, 4, 2, 2, 3, 6]) == "а б7"
    assert not vocabulary.spoken(1)


def test_the_blank_between_words_may_stand_as_a_lone_number(tmp_path: Path) -> None:
    path = tmp_path / "tokens.txt"
    path.write_text("<blk> 0\n1\nа 2\n", encoding="utf-8")
    assert read_tokens(path).labels("а а") == (2, 1, 2)


def test_pieces_of_words_are_as_few_as_can_be(tmp_path: Path) -> None:
    symbols = ["<blank>", "<unk>", "▁бас", "▁", "б", "а", "с", "ым", "ы", "м", "▁ба", "<zh>"]
    write_tokens(tmp_path / "tokens.txt", symbols)
    vocabulary = read_tokens(tmp_path / "tokens.txt")
    assert vocabulary.labels("басым") == (2, 7)
    assert spelled(vocabulary, "Басым, бас") == "басым бас"
    assert vocabulary.text([11, 2, 1]) == "бас"


def test_a_model_of_one_case_is_given_that() -> None:
    upper = Vocabulary({0: "<blk>", 1: "A", 2: "B", 3: " "}, blank=0)
    assert spelled(upper, "ab a") == "AB A"


def test_unknown_characters_are_left_out_of_a_phrase_that_keeps_half() -> None:
    vocabulary = Vocabulary({0: "<blk>", 1: "а", 2: "б", 3: " "}, blank=0)
    assert spelled(vocabulary, "абху") == "аб"
    assert vocabulary.labels("ахуц") == ()
    assert vocabulary.labels("?!") == ()


def test_bytes_are_joined_into_characters() -> None:
    vocabulary = Vocabulary({0: "<blk>", 1: "<0xD0>", 2: "<0xB6>", 3: "а"}, blank=0)
    assert vocabulary.text([3, 1, 2, 1]) == "аж"
    assert vocabulary.spoken(1)


def test_the_table_of_transformers() -> None:
    vocabulary = from_table({"<pad>": 0, "<unk>": 1, "|": 2, "ق": 3, "ا": 4}, blank="<pad>")
    assert vocabulary.labels("قا ا") == (3, 4, 2, 4)
    assert vocabulary.text([3, 2, 4]) == "ق ا"
    with pytest.raises(ModelError, match="no token '<blk>'"):
        from_table({"а": 0}, blank="<blk>")


def test_a_broken_file_says_where(tmp_path: Path) -> None:
    path = tmp_path / "tokens.txt"
    path.write_text("<blk> 0\nа б\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"tokens\.txt, line 2"):
        read_tokens(path)
    path.write_text("а 0\n", encoding="utf-8")
    with pytest.raises(ModelError, match="names no blank"):
        read_tokens(path)
    with pytest.raises(ModelError, match="cannot be read"):
        read_tokens(tmp_path / "none.txt")
