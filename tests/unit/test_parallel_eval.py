"""Translation engines side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kiosk.cli import app
from kiosk.engines.scripted import ScriptedTranslator
from kiosk.errors import InputError
from kiosk.evaluation import parallel as parallel_eval
from kiosk.models import model_store
from tests import tiny_models

TSV = "en\tI have no fever.\t我没有发烧。\nen\tMy left knee hurts.\t我左膝疼。\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "parallel.tsv"
    path.write_text(TSV, encoding="utf-8")
    return path


def test_a_perfect_a_wrong_and_a_silent_engine(file: Path) -> None:
    lines = parallel_eval.load(file)
    perfect = ScriptedTranslator({line.text: line.reference for line in lines}, languages=("en",))
    wrong = ScriptedTranslator({lines[0].text: "我发烧。", lines[1].text: "我右膝疼。"}, languages=("en",))
    silent = ScriptedTranslator({}, languages=("ru",))
    figures = {
        name: parallel_eval.measure(lines, parallel_eval.channel(engine))
        for name, engine in (("perfect", perfect), ("wrong", wrong), ("silent", silent), ("verified", None))
    }
    assert (figures["perfect"]["chrf"], figures["perfect"]["critical_error_rate"]) == (100.0, 0.0)
    assert figures["perfect"]["bleu"] == pytest.approx(100.0)
    assert figures["wrong"]["critical_error_rate"] == 1.0
    assert 0 < figures["wrong"]["chrf"] < 100
    assert (figures["silent"]["failed"], figures["silent"]["chrf"]) == (2, 0.0)
    assert figures["verified"]["critical_error_rate"] == 0.0
    assert "tok:zh" in figures["perfect"]["signatures"]["bleu"]
    report = parallel_eval.report(figures).splitlines()
    assert len(report) == 7
    assert figures["wrong"]["languages"]["en"]["critical_error_rate"] == 1.0
    assert report[-1].startswith("bleu nrefs:1|")


FACTS = [{"kind": "finding", "code": "knee_pain", "status": "present", "side": "左"}]


def test_facts_are_read_back_from_the_chinese(tmp_path: Path) -> None:
    path = tmp_path / "sentences.jsonl"
    row = {"language": "en", "text": "My left knee hurts.", "zh": "我左膝盖疼。", "facts": FACTS}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    lines = parallel_eval.load(path)

    def of(zh: str) -> tuple[float, float, float]:
        engine = ScriptedTranslator({lines[0].text: zh}, languages=("en",))
        row = parallel_eval.measure(lines, parallel_eval.channel(engine))
        return row["missing"], row["wrong"], row["total_error"]

    assert of("我左膝盖疼。") == (0.0, 0.0, 0.0)
    assert of("我左膝盖疼，发烧。") == (0.0, 0.5, 0.5)  # two facts stated, one invented
    assert of("我很好。")[0] == 1.0
    reference = parallel_eval.measure(lines, parallel_eval.reference)
    assert (reference["chrf"], reference["total_error"]) == (100.0, 0.0)


def test_an_engine_in_its_place_is_asked_for_what_is_left_uncovered() -> None:
    known, unknown = "I have a fever.", "My wobblegong hurts."
    lines = [parallel_eval.Line(language="en", text=text, reference="我疼。") for text in (known, unknown)]
    engine = ScriptedTranslator({unknown: "我疼。"}, languages=("en",))
    parallel_eval.measure(lines, parallel_eval.beside(engine))
    assert engine.asked == [unknown]


@pytest.mark.parametrize("row", ["{}", '{"language": "en", "text": "a"}', "{not json"])
def test_a_wrong_object_is_named(tmp_path: Path, row: str) -> None:
    path = tmp_path / "wrong.jsonl"
    path.write_text(row + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"wrong\.jsonl, line 1"):
        parallel_eval.load(path)


def test_the_phrasebook_has_sentences_of_every_language() -> None:
    lines = parallel_eval.phrases(per_language=3)
    assert len(lines) == 33
    assert all(line.text and line.reference for line in lines)


def test_the_command(file: Path) -> None:
    done = CliRunner().invoke(app, ["eval", "--parallel", str(file), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["engines"]["verified"]["sentences"] == 2


def test_two_installed_engines_side_by_side(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path / "home"))
    for name, says in (("good", "我没有发烧。"), ("bad", "我发烧。")):
        folder = tiny_models.write(tmp_path / name, "nllb", says, tags=("zho_Hans", "eng_Latn"))
        model_store.add(folder, name=name, licence="MIT", codes=("en",), engine="nllb")
    file.write_text("en\tI have no fever.\t我没有发烧。\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["eval", "--parallel", str(file), "--json"])
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)["engines"]
    assert [*figures] == ["verified", "small-zh", "good", "bad"]
    assert (figures["good"]["chrf"], figures["good"]["critical_error_rate"]) == (100.0, 0.0)
    assert figures["bad"]["critical_error_rate"] == 1.0
    assert 0 < figures["good"]["median_s"] <= figures["good"]["p95_s"]
    monkeypatch.setattr(parallel_eval, "phrases", lambda: parallel_eval.load(file))
    bench = json.loads(CliRunner().invoke(app, ["bench", "--only", "translation", "--json"]).stdout)
    assert [*bench["translation"]["engines"]] == ["verified", "small-zh", "good", "bad"]
    assert bench["translation"]["engines"]["small-zh"]["memory_more_mb"] >= 0
    shown = CliRunner().invoke(app, ["eval", "--parallel", str(file), "--model", "good", "--model", "bad"])
    assert "tok:zh" in shown.stdout


@pytest.mark.parametrize("text", ["", "en\tonly two\n", "en\t\t中\n"])
def test_a_wrong_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"wrong\.tsv"):
        parallel_eval.load(path)
