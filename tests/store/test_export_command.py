"""``kiosk export`` as a nurse and as another program use it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from fhir.resources.bundle import Bundle

from kiosk import export, settings
from kiosk.cli import doctor
from kiosk.review.decisions import CorrectField
from tests.store.conftest import NURSE_SECRET, SECRET_WORD, Bench, FakeClock, premises_at, written
from tests.store.test_dispatch import sending, sign
from tests.store.test_maintenance import kiosk


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(premises_at(tmp_path / "home"), FakeClock())
    yield made
    made.close()


def exported(bench: Bench, *words: str, say: str = f"{NURSE_SECRET}\n") -> tuple[int, str, str]:
    ran = kiosk(bench.site.home, "export", *words, say=say)
    return ran.returncode, ran.stdout, ran.stderr


def actions(bench: Bench) -> list[tuple[str, dict[str, object]]]:
    with bench.store.database.read() as connection:
        return [(each.action, each.detail) for each in bench.store.log.entries(connection)]


@pytest.mark.parametrize("form", export.FORMS)
def test_a_signed_note_is_written_to_a_file_and_logged(bench: Bench, tmp_path: Path, form: export.Form) -> None:
    name, out = sign(bench), tmp_path / "note"
    code, stdout, stderr = exported(bench, name, "--as", form, "--out", str(out), "--user", "wang.fang")
    assert (code, stdout) == (0, ""), stderr
    assert out.stat().st_mode & 0o777 == 0o600
    assert out.read_bytes() == export.write(bench.store.reviewed(bench.nurse, name, target="test"), form)
    assert ("export", {"target": form, "signed": True}) in actions(bench)
    code, _, stderr = exported(bench, name, "--as", form, "--out", str(out), "--user", "wang.fang")
    assert (code, "exists already" in stderr) == (2, True)


def test_without_a_file_it_goes_to_stdout_and_nothing_else_does(bench: Bench) -> None:
    name = sign(bench)
    code, stdout, _ = exported(bench, name, "--as", "fhir", "--user", "wang.fang")
    assert code == 0
    Bundle.model_validate_json(stdout)


def test_a_draft_must_be_asked_for_and_is_marked(bench: Bench, tmp_path: Path) -> None:
    name = bench.outbox.send(written(), None).encounter_id
    bench.store.take_in()
    before = len(actions(bench))
    code, stdout, stderr = exported(bench, name, "--as", "text", "--user", "wang.fang")
    assert (code, stdout, "not signed" in stderr) == (2, "", True)
    assert "export" not in [action for action, _ in actions(bench)[before:]]
    out = tmp_path / "draft.pdf"
    code, _, _ = exported(bench, name, "--as", "pdf", "--draft", "--out", str(out), "--user", "wang.fang")
    assert code == 0
    assert all("草稿" in page.extract_text() for page in pypdf.PdfReader(io.BytesIO(out.read_bytes())).pages)


def test_an_earlier_version_can_still_be_had(bench: Bench) -> None:
    name = sign(bench)
    first = bench.store.reviewed(bench.nurse, name, target="test")
    seen = bench.store.open(bench.nurse, name)
    seen = bench.store.decide(bench.nurse, name, seen, CorrectField(path="findings/0/severity", value="重"))
    bench.store.sign(bench.nurse, name, seen)
    code, stdout, _ = exported(bench, name, "--version", "1", "--user", "wang.fang")
    assert (code, stdout) == (0, export.write(first, "text").decode())
    code, _, stderr = exported(bench, name, "--version", "3", "--user", "wang.fang")
    assert (code, "signed 2 times" in stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "--pending"),
        (("ID", "--as", "docx", "--user", "wang.fang"), 2, "slip"),
        (("ID",), 2, "logged in"),
        (("ID", "--pending"), 2, "--pending"),
        (("0" * 32, "--user", "wang.fang"), 2, "no such encounter"),
    ],
)
def test_wrong_usage_is_one_sentence(bench: Bench, words: tuple[str, ...], code: int, said: str) -> None:
    got, stdout, stderr = exported(bench, *words)
    assert (got, stdout, said in stderr) == (code, "", True), stderr


def test_a_wrong_secret_exports_nothing(bench: Bench, tmp_path: Path) -> None:
    name, out = sign(bench), tmp_path / "note.txt"
    code, _, stderr = exported(bench, name, "--out", str(out), "--user", "wang.fang", say="wrong\n")
    assert (code, "wrong" in stderr, out.exists()) == (1, True, False)


def test_what_waits_is_listed_sent_and_seen_by_the_doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, home = tmp_path / "drop", tmp_path / "home"
    config = tmp_path / "kiosk.toml"
    config.write_text(f'[export]\nfolder = "{folder}"\n', encoding="utf-8")
    monkeypatch.setenv("KIOSK_CONFIG", str(config))
    monkeypatch.setenv("KIOSK_HOME", str(home))

    def examined() -> doctor.Check:
        (check,) = doctor._export(settings.load())
        return check

    assert (examined().state, "signed notes go to" in examined().detail) == ("ok", True)
    bench = Bench(sending(premises_at(home), folder=str(folder)), FakeClock())
    name = sign(bench)
    assert (examined().state, "1 wait" in examined().detail) == ("note", True)
    code, stdout, _ = exported(bench, "--pending", "--json")
    (row,) = json.loads(stdout)["pending"]
    assert (code, row["encounter_id"], row["target"], row["state"]) == (0, name, "folder", "waiting")
    code, stdout, _ = exported(bench, "--send")
    assert (code, "0 sent" in stdout, "does not take a file" in stdout) == (1, True, True)
    folder.mkdir()
    code, stdout, _ = exported(bench, "--send")
    assert (code, stdout) == (0, "1 sent\nNothing waits.\n")
    assert SECRET_WORD not in stdout
    assert examined().state == "ok"
    bench.close()
