"""The README's commands work as they stand there."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line.removeprefix("$ ").partition(" #")[0].strip()
    for block in re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)
    for line in block.splitlines()
    if line.startswith("$ ")
]
SLOW = ("kiosk bench", "kiosk eval --audio")  # minutes: measured by hand; pipeline/test_phrase_scorer.py, with --all
SCREENS = ("kiosk run", "kiosk nurse", "kiosk web")  # driven in tests/ui, tests/nurse and tests/web


def run(words: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )


def test_there_are_the_two_commands() -> None:
    assert COMMANDS[:2] == ["scripts/demo", "scripts/test"]
    for name in ("demo", "test", "check"):
        script = ROOT / "scripts" / name
        assert os.access(script, os.X_OK)
        assert run(["bash", "-n", str(script)]).returncode == 0
    assert "scripts/test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.model
@pytest.mark.parametrize(
    "command", [c for c in COMMANDS if c.startswith("kiosk ") and not c.startswith((*SLOW, *SCREENS))]
)
def test_command(command: str, tmp_path: Path) -> None:
    words = shlex.split(command)
    # A store of its own; the others share the cache of models.
    home = {"KIOSK_HOME": str(tmp_path)} if words[1] in ("store", "users", "audit", "export") else {}
    ran = run([sys.executable, "-m", *words], **home)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout


@pytest.mark.model
def test_the_demo_ends_with_its_table() -> None:
    ran = run([sys.executable, "-m", "kiosk", "demo", "--headless"])
    assert ran.returncode == 0, ran.stderr
    for words in ("主诉", "头痛3天，发热1天", "咳嗽2周", "妊娠28周", "（无语音）"):
        assert words in ran.stdout


@pytest.mark.model
def test_the_twelve_complaints(tmp_path: Path) -> None:
    """At least eleven of the twelve complaints come out as they should, from speech."""
    expected = {
        "01": "头痛3天，发热1天",
        "02": "爬楼时胸痛",
        "03": "",
        "04": "咳嗽2周，咯血1天",
        "05": "周一起腹泻，今晨呕吐",
        "06": "高处坠落后右膝肿胀、右膝活动受限",
        "07": "右下腹痛",
        "08": "妊娠28周，阴道出血",
        "09": "",
        "10": "突发半侧面部麻木，失语10分钟",
        "11": "左腋下肿块",
        "12": "每晚踝部肿胀",
    }
    overlay = tmp_path / "kiosk.toml"
    overlay.write_text('[site]\nlanguages = ["en"]\n', encoding="utf-8")
    ran = run([sys.executable, "-m", "kiosk", "demo", "--json"], KIOSK_CONFIG=str(overlay))
    assert ran.returncode == 0, ran.stderr
    got = {Path(row["clip"]).stem[-2:]: row["note"] for row in json.loads(ran.stdout) if row["clip"].startswith("en/")}
    wrong = {key: got[key]["chief_complaint"] for key in expected if got[key]["chief_complaint"] != expected[key]}
    assert len(wrong) <= 1, wrong
    assert [(a["substance"], a["status"]) for a in got["03"]["allergies"]] == [
        ("青霉素", "denied"),
        ("阿司匹林", "present"),
    ]
    assert [(m["name"], m["dose"], m["frequency"]) for m in got["09"]["medications"]] == [
        ("二甲双胍", "500mg", "每日2次")
    ]
    assert "fever" in {f["code"] for f in got["07"]["findings"] if f["status"] == "denied"}
    assert [(h["code"], h["experiencer"]) for h in got["11"]["history"]] == [("breast_cancer", "family")]
    noise = [row for row in json.loads(ran.stdout) if row["clip"].startswith("noise/")]
    assert len(noise) == 3
    assert all(row["utterances"] == [] for row in noise)


def test_nothing_names_a_place_that_only_we_have() -> None:
    """The project speaks of itself alone."""
    tracked = run(["git", "ls-files"]).stdout.split()
    words = re.compile(
        r"/work/(?:main|shared|\.)|\.library|/tmp/w\b|pypi\.org|registry\.npmjs|deb\.debian", re.IGNORECASE
    )
    found = [
        name
        for name in tracked
        if (ROOT / name).suffix in {".py", ".md", ".toml", ".tsv", ".sh", ""}
        and (ROOT / name).is_file()
        and name != "tests/unit/test_readme.py"
        and words.search((ROOT / name).read_text(encoding="utf-8", errors="ignore"))
    ]
    assert found == []
