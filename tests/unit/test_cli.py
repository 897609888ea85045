"""The command line as other programs see it: exit codes, stdout, stderr, and nothing heavy loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk import resources

CLIPS = resources.share("config") / "audio"
HEAVY = (
    *("faster_whisper", "ctranslate2", "onnxruntime", "transformers", "textual", "numpy", "av", "rich", "pydantic"),
    *("sqlalchemy", "alembic", "sqlcipher3", "psycopg", "cryptography", "argon2", "keyring"),
)


def kiosk(*words: str, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "kiosk", *words],
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )


def test_importing_the_command_loads_nothing_heavy() -> None:
    code = f"import sys, kiosk.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_help_names_the_commands() -> None:
    ran = kiosk("--help")
    assert ran.returncode == 0
    for command in (
        "run",
        "demo",
        "intake",
        "note",
        "doctor",
        "bench",
        "models",
        "lexicon",
        "store",
        "audit",
        "users",
        "export",
    ):
        assert command in ran.stdout


def test_note_prints_the_note_or_one_json_object() -> None:
    ran = kiosk("note", "--lang", "en", "--text", "I have had a headache for three days")
    assert ran.returncode == 0
    assert "主诉：头痛3天" in ran.stdout
    ran = kiosk("note", "--lang", "en", "--text", "-", "--json", text="I have had a headache for three days\n")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["note"]["chief_complaint"] == "头痛3天"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("note", "--lang", "xx", "--text", "a"), 2, "Unknown language 'xx'"),
        (("note", "--lang", "auto", "--text", "a"), 2, "--lang CODE"),
        (("note", "--lang", "tr", "--text", "a"), 2, "not enabled on this site"),
        (("intake", "no such file.wav", "--lang", "en"), 2, "no such file.wav"),
        (("intake", str(CLIPS / "manifest.jsonl"), "--lang", "en"), 2, "manifest.jsonl"),
        (("intake", str(CLIPS / "ug/phrase_00.flac"), "--lang", "ug"), 3, "kiosk run"),  # phrases are off
        (("phrases", str(CLIPS / "ug/phrase_00.flac"), "--lang", "ug", "--question", "x"), 2, "complaint"),
        (("phrases", str(CLIPS / "ug/phrase_00.flac"), "--lang", "ug", "--candidates", "none.tsv"), 2, "none.tsv"),
        (("eval",), 2, "--audio"),
        (("nonsense",), 2, "nonsense"),
        (("intake",), 2, "file"),
    ],
)
def test_mistakes_are_one_line_and_a_code(words: tuple[str, ...], code: int, message: str, tmp_path: Path) -> None:
    overlay = tmp_path / "kiosk.toml"
    overlay.write_text('[site]\nlanguages = ["ug", "ru", "en", "zh"]\n[phrases]\nmodel = ""\n', encoding="utf-8")
    ran = kiosk(*words, KIOSK_CONFIG=str(overlay))
    assert (ran.returncode, ran.stdout) == (code, "")
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr


def test_eval_takes_several_files_as_a_shell_writes_them(tmp_path: Path) -> None:
    fact = {"kind": "finding", "code": "headache", "status": "present"}
    for name in ("one", "two"):
        sample = {"id": name, "language": "en", "text": "I have a headache.", "facts": [fact], "danger": False}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(sample) + "\n", encoding="utf-8")
    ran = kiosk("eval", "--json", "--text", *(str(path) for path in sorted(tmp_path.glob("*.jsonl"))))
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["overall"]["sentences"] == 2


def test_a_wrong_settings_file_is_explained(tmp_path: Path) -> None:
    overlay = tmp_path / "kiosk.toml"
    overlay.write_text("[audio]\nmax_durations = 5\n", encoding="utf-8")
    ran = kiosk("doctor", KIOSK_CONFIG=str(overlay))
    assert ran.returncode == 3
    assert "did you mean 'max_duration_s'" in ran.stdout


def test_escape_codes_never_reach_the_terminal() -> None:
    ran = kiosk("note", "--lang", "en", "--text", "headache \x1b]0;owned\x07 [red]for[/red] \u202ethree days")
    assert ran.returncode == 0
    assert not {"\x1b", "\x07", "\u202e"} & set(ran.stdout)


def test_models() -> None:
    rows = json.loads(kiosk("models", "list", "--json").stdout)["models"]
    assert {"whisper-base", "silero-vad-v6"} <= {row["name"] for row in rows}
    ran = kiosk("models", "verify", "no-such-model")
    assert ran.returncode in (2, 3)
    assert "no-such-model" in ran.stderr


def test_doctor_tells_the_truth(tmp_path: Path) -> None:
    from kiosk.capture.journal import Journal
    from tests.ui.conftest import tone

    home = tmp_path / "home"
    journal = Journal.create(home / "recordings")
    journal.append(tone(0.5))
    journal.close("keep")
    checks = json.loads(kiosk("doctor", "--json", KIOSK_HOME=str(home)).stdout)["checks"]
    by_name = {check["name"]: check for check in checks}
    assert by_name["speech ug"]["state"] == "note"
    assert "whole phrases by phrases-whisper" in by_name["speech ug"]["detail"]
    assert by_name["speech en"]["state"] == "ok"
    assert by_name["recordings"]["state"] == "note"
    assert "0.5 s can be recovered" in by_name["recordings"]["detail"]
    assert str(home) in by_name["disk"]["detail"]
