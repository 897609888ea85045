"""What a recogniser takes for what: counted from clips, smoothed, kept in a table, used by the noise."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from kiosk import settings
from kiosk.errors import InputError
from training import command, confusions
from training.noise import Noise


def wrong(said: str, heard: str) -> list[tuple[str, str, str]]:
    return [each for each in confusions.aligned(said, heard) if each[1] != each[2]]


@pytest.mark.parametrize(
    ("said", "heard", "found"),
    [
        ("kitten", "sitten", [(" ", "k", "s")]),
        ("a cat", "a ct", [("c", "a", "")]),
        ("a cat", "a cast", [("c", "a", "as")]),
        ("an apple", "anapple", [("n", " ", "")]),
        ("today", "to day", [("t", "o", "o ")]),
        ("spleen", "pleen", [(" ", "s", "")]),
        ("боль", "баль", [("б", "о", "а")]),
        ("knee", "leg is swollen", []),  # another word
        ("at 9", "at nine", []),  # a number, written otherwise
        ("same", "same", []),
    ],
)
def test_each_letter_is_held_beside_what_was_written(said: str, heard: str, found: list[tuple[str, str, str]]) -> None:
    assert wrong(said, heard) == found


def test_letters_that_were_heard_right_count_too() -> None:
    table = confusions.learn([("en", "banana", "bonana")])
    assert table.counts[("en", "b", "a", "o")] == 1
    assert table.counts[("en", "n", "a", "a")] == 2


def test_a_confusion_of_one_place_weighs_more_there() -> None:
    table = confusions.learn([("tr", "ada", "ade")] * 40 + [("tr", "ata", "ata")] * 40)
    after_d, after_t = table.fate("tr", "d", "a"), table.fate("tr", "t", "a")
    assert after_d is not None
    assert after_t is not None
    assert after_d.prone > 2 * after_t.prone
    assert [became for became, _ in after_d.becomes] == ["e"]


def test_a_language_that_is_heard_well_is_spoiled_as_much_as_the_others() -> None:
    well = [("en", "banana banana banana", "banana banana bonana")] * 40
    badly = [("tr", "kapalı kapalı", "kepalı kapelı")] * 40
    table = confusions.learn([*well, *badly])
    for language, before, letter in (("en", "b", "a"), ("tr", "k", "a")):
        fate = table.fate(language, before, letter)
        assert fate is not None
        assert fate.prone > 1.5


def test_a_language_without_clips_leans_on_its_script_and_less_on_it() -> None:
    table = confusions.learn([("ru", "вода", "вада")] * 60)
    own, lent = table.fate("ru", "в", "о"), table.fate("ky", "в", "о")
    assert own is not None
    assert lent is not None
    assert own.trust > lent.trust > 0
    assert dict(lent.becomes).keys() == {"а"}
    assert table.fate("tr", "v", "o") is None  # another script
    assert table.fate("ky", "в", "ө") is None  # a letter that nobody heard


def test_noise_draws_on_the_table_and_on_spelling_where_it_knows_nothing() -> None:
    table = confusions.learn([("en", "banana", "bonona")] * 400)
    text = "banana banana banana"
    made = "".join(Noise(random.Random(seed), rate=0.2, heard=table).spoil(text, "en") for seed in range(60))
    plain = "".join(Noise(random.Random(seed), rate=0.2).spoil(text, "en") for seed in range(60))
    assert made.count("o") > 5 * max(1, plain.count("o"))
    tibetan = "མགོ་ན་གི་འདུག"
    for seed in range(20):
        spoiled = [Noise(random.Random(seed), heard=each).spoil(tibetan, "bo") for each in (table, None)]
        assert spoiled[0] == spoiled[1]


def test_a_table_is_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "table.tsv"
    table = confusions.learn([("en", "a cat sat", "acat sad"), ("ru", "вода", "вада")])
    confusions.write(path, table, ["where from"])
    assert path.read_text(encoding="utf-8").startswith("# where from\n")
    assert confusions.read(path) == table
    path.write_text("en\ta\tb\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"table\.tsv, line 1"):
        confusions.read(path)


def test_the_command_learns_from_what_the_evaluation_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = {
        "languages": {
            "ru": {"transcript": {"engine": "ears@1", "heard": [["вода", "вада"]]}},
            "ug": {"phrases": {"clips": 3}},
        }
    }
    heard, table = tmp_path / "heard.json", tmp_path / "table.tsv"
    heard.write_text(json.dumps(figures), encoding="utf-8")
    arguments = ["--work", str(tmp_path), "--confusions", str(table)]
    assert command.main([*arguments, "--learn", str(heard)]) == 0
    assert "ru: 1 clips, 5 letters, 1 wrong, ears@1" in capsys.readouterr().out
    assert confusions.read(table).counts[("ru", "в", "о", "а")] == 1
    heard.write_text("[]", encoding="utf-8")
    assert command.main([*arguments, "--learn", str(heard)]) == 1


def test_spoiling_reads_the_table_unless_told_not_to(tmp_path: Path) -> None:
    table, source = tmp_path / "table.tsv", tmp_path / "source" / "en.jsonl"
    confusions.write(table, confusions.learn([("en", "banana", "bonona")] * 400), [])
    source.parent.mkdir()
    row = {"language": "en", "text": "banana banana banana banana", "id": "x"}
    source.write_text((json.dumps(row) + "\n") * 30, encoding="utf-8")
    arguments = ["--work", str(tmp_path), "--confusions", str(table), "--spoil", str(source)]
    assert command.main(arguments) == 0
    learned = (tmp_path / "en.jsonl").read_text(encoding="utf-8")
    assert command.main([*arguments, "--by-hand"]) == 0
    assert learned.count("o") > 3 * (tmp_path / "en.jsonl").read_text(encoding="utf-8").count("o")


def test_the_shipped_table_says_where_it_is_from_and_covers_the_recognised_languages() -> None:
    head = confusions.SHIPPED.read_text(encoding="utf-8").splitlines()[:12]
    assert sum(line.startswith("#") for line in head) >= 4
    table = confusions.read(confusions.SHIPPED)
    assert {"en", "ru", "tr"} <= {language for language, *_ in table.counts}
    errors = sum(count for (_, _, letter, became), count in table.counts.items() if letter != became)
    assert 0.005 < errors / sum(table.counts.values()) < 0.5


def test_the_settings_under_which_clips_were_heard_are_valid() -> None:
    heard = settings.load(confusions.SHIPPED.with_name("hearing.toml")).recognition
    assert heard.min_own_language_probability == 0
    assert heard.min_mean_log_prob < settings.load().recognition.min_mean_log_prob
