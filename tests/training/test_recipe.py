"""The recipe, end to end and tiny: text, vocabulary, training, conversion, the kiosk's own engine, tuning."""

from __future__ import annotations

import json
import random
import tomllib
from pathlib import Path
from typing import Any

import pytest

from kiosk.models.records import Model
from training import pairs, shipping
from training.pairs import Pair

BASE = [
    ("My head hurts.", "我头疼。"),
    ("My left knee hurts.", "我左膝盖疼。"),
    ("My right knee hurts.", "我右膝盖疼。"),
    ("No fever.", "我没有发烧。"),
    ("I have a fever.", "我发烧。"),
    ("I vomited two times.", "我吐了两次。"),
    ("I vomited three times.", "我吐了三次。"),
    ("My belly hurts.", "我肚子疼。"),
]


def corpus(path: Path, copies: int) -> list[Pair]:
    rows = [Pair(language="en", text=text, zh=zh, source="composed") for text, zh in BASE] * copies
    random.Random(1).shuffle(rows)
    pairs.write(path, rows)
    return rows


def test_an_entry_replaces_the_one_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path / "home"))
    folder = tmp_path / "small"
    folder.mkdir()
    for name in shipping.FILES:
        (folder / name).write_text(name, encoding="utf-8")
    manifest = tmp_path / "manifest.toml"
    manifest.write_text("# head\n\n[other]\nkind = 'asr'\n", encoding="utf-8")
    for codes in (["kk"], ["kk", "tr"]):
        shipping.entered(manifest, "small", shipping.entry("small", folder, codes))
    table = tomllib.loads(manifest.read_text(encoding="utf-8"))
    assert [*table] == ["other", "small"]
    assert table["small"]["languages"] == ["kk", "tr"]
    model = Model.model_validate({"name": "small", **table["small"]})
    assert {file.name for file in model.files} == {*shipping.FILES}
    assert model.supplement


def test_the_chinese_pieces_come_first_and_every_character_can_be_written(tmp_path: Path) -> None:
    from training import vocabulary

    rows = corpus(tmp_path / "corpus.jsonl", 4)
    words = vocabulary.train(rows, tmp_path, source_size=60, target_size=2600)
    ids = words.target_ids("我左膝盖疼。")
    assert words.chinese(ids) == "我左膝盖疼。"
    assert max(ids) < words.outputs < words.size
    assert words.pad == words.size - 1
    assert words.ids[vocabulary.UNKNOWN] not in words.target_ids("鼻衄呃逆")
    again = vocabulary.load(tmp_path)
    assert (again.ids, again.outputs) == (words.ids, words.outputs)
    assert again.source_ids("My head hurts.", "en") == again.source_ids("MY HEAD HURTS.", "en")


@pytest.mark.slow
def test_a_short_run_learns_ships_tunes_and_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch = pytest.importorskip("torch")
    from training import association, command, loop, network, scoring, vocabulary

    torch.set_num_threads(1)
    rows = corpus(tmp_path / "corpus.jsonl", 40)
    words = vocabulary.train(rows, tmp_path, source_size=60, target_size=2600)
    size = network.Size(width=64, encoder=1, decoder=1, heads=2, inner=128, dropout=0.0)

    told_of: list[dict[str, Any]] = []

    def trained(steps: int, *, resume: bool = False) -> tuple[object, dict[str, object]]:
        torch.manual_seed(3)
        built = network.build(size, words)
        association.start(built, words, rows)
        plan = loop.Plan(steps=steps, tokens=400, rate=5e-3, warmup=20, average=0.9, save_every=60, seed=3)
        return built, loop.run(built, words, rows, rows[:4], plan, tmp_path, resume=resume, told=told_of.append)

    whole, reached = trained(120)
    tried = [row["validation"] for row in told_of if "validation" in row]
    assert len(tried) == 3
    assert reached["validation"] == pytest.approx(min(tried), abs=1e-3), "the step that did best is kept"
    trained(60)
    _resumed, again = trained(120, resume=True)
    assert reached["steps"] == again["steps"] == 120
    assert float(str(again["validation"])) == pytest.approx(float(str(reached["validation"])), abs=0.2)
    assert float(str(reached["validation"])) < 0.3

    network.save(whole, tmp_path, words, tmp_path / "transformers")
    size_bytes = shipping.ship(tmp_path / "transformers", tmp_path / "model")
    assert size_bytes == sum(path.stat().st_size for path in (tmp_path / "model").iterdir())
    engine = scoring.FolderTranslator(tmp_path / "model")
    assert engine.translate("My left knee hurts.", language="en").zh == "我左膝盖疼。"
    assert engine.translate("I vomited three times.", language="en").zh == "我吐了三次。"

    notes = tmp_path / "notes.jsonl"
    pairs.write(
        notes, [Pair(language="en", text=f"{text} #{n}", zh=zh, source="notes") for n in range(5) for text, zh in BASE]
    )
    arguments = ["--work", str(tmp_path), "--tune", str(notes), "--threads", "1", "--tokens", "400"]
    assert command.main([*arguments, "--steps", "10"]) in (0, 1)
    told = capsys.readouterr().out
    assert '"before"' in told
    assert ("Kept" in told) != ("Refused" in told)

    before = {name: {"critical_error_rate": 0.1, "chrf": 50.0} for name in ("notes", "general")}
    from training import tuning

    assert "rose" in tuning.refusal(before, {**before, "general": {"critical_error_rate": 0.2, "chrf": 60.0}})
    assert "fell" in tuning.refusal(before, {**before, "notes": {"critical_error_rate": 0.1, "chrf": 40.0}})
    assert tuning.refusal(before, before) == ""


def test_too_few_notes_are_refused_before_anything_is_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    from training import command

    notes = tmp_path / "notes.jsonl"
    notes.write_text(json.dumps({"language": "kk", "text": "Басым ауырады", "zh": "我头疼。"}) + "\n", encoding="utf-8")
    (tmp_path / "transformers").mkdir()
    (tmp_path / "transformers" / "config.json").write_text("{}", encoding="utf-8")
    assert command.main(["--work", str(tmp_path), "--tune", str(notes)]) == 1
    assert "too few" in capsys.readouterr().out
