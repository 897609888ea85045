"""The model registry: files joined once, checked on every load, mended when they can be."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from kiosk import languages, models
from kiosk.errors import Cancelled, ModelError, SettingsError

WEIGHTS = bytes(range(256)) * 40_000  # 10 MB: several chunks
CONFIG = b'{"tiny": true}'

MANIFEST = """
[tiny]
kind = "asr"
engine = "whisper"
source = "https://example.org/tiny"
revision = "tiny-1"
licence = "MIT"
languages = ["en"]
requires = ["tiny-weights-a==1.0", "tiny-weights-b==1.0"]
{extra}
[[tiny.files]]
name = "model.bin"
size = {size}
sha256 = "{weights}"
parts = {parts}
[[tiny.files]]
name = "config.json"
size = {config_size}
sha256 = "{config}"
parts = {config_parts}
"""

Site = SimpleNamespace
"""home: the KIOSK_HOME; packages: where the two packages lie; folder: where the joined files belong."""


def write_manifest(home: Path, *, packaged: bool = True, extra: str = "") -> None:
    parts = ["tiny_weights_a/data/model.bin.part1", "tiny_weights_b/data/model.bin.part2"] if packaged else []
    path = home / "models" / "manifest.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        MANIFEST.format(
            extra=extra,
            size=len(WEIGHTS),
            weights=hashlib.sha256(WEIGHTS).hexdigest(),
            parts=parts,
            config_size=len(CONFIG),
            config=hashlib.sha256(CONFIG).hexdigest(),
            config_parts=["tiny_weights_a/data/config.json"] if packaged else [],
        ),
        encoding="utf-8",
    )


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose own manifest names a small model, carried by two packages."""
    home, packages = tmp_path / "home", tmp_path / "packages"
    for package, name, data in (
        ("tiny_weights_a", "model.bin.part1", WEIGHTS[:3_000_000]),
        ("tiny_weights_b", "model.bin.part2", WEIGHTS[3_000_000:]),
        ("tiny_weights_a", "config.json", CONFIG),
    ):
        path = packages / package / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        # Importing the package would show: only its folder is needed.
        (packages / package / "__init__.py").write_text("raise RuntimeError('imported')", encoding="utf-8")
    write_manifest(home)
    monkeypatch.setenv("KIOSK_HOME", str(home))
    monkeypatch.syspath_prepend(str(packages))
    return Site(home=home, packages=packages, folder=home / "cache" / "models" / "tiny")


def reads() -> tuple[list[int], Callable[[int, int], None]]:
    """Return a list that fills with the bytes done, and the progress callback that fills it."""
    done: list[int] = []

    def progress(count: int, _total: int) -> None:
        done.append(count)

    return done, progress


def test_the_shipped_manifest_is_whole() -> None:
    for model in models.registry().values():
        assert all(code in languages.known() for code in model.languages)
        packages = {part.partition("/")[0] for file in model.files for part in file.parts}
        pinned = {requirement.partition("==")[0].replace("-", "_") for requirement in model.requires}
        assert packages == pinned
        assert all("==" in requirement for requirement in model.requires)


def test_the_default_model_is_identified_by_its_weights() -> None:
    model = models.get("whisper-base")
    assert model.id == "whisper@base-d01c3014"
    assert model.files[0].sha256.startswith("d01c3014")
    assert set(model.languages) == {"en", "ru", "zh", "tr"}
    assert "ug" not in model.languages


def test_parts_are_joined_once(site: Site) -> None:
    done, progress = reads()
    folder = models.ensure("tiny", progress=progress)
    assert folder == site.folder
    assert (folder / "model.bin").read_bytes() == WEIGHTS
    assert (folder / "config.json").read_bytes() == CONFIG
    assert done == sorted(done)
    assert done[-1] == len(WEIGHTS) + len(CONFIG)

    again, progress = reads()
    assert models.ensure("tiny", progress=progress) == folder
    assert again == [], "the stamp should have saved reading every byte"


def test_a_joined_model_no_longer_needs_its_packages(site: Site) -> None:
    models.ensure("tiny")
    shutil.rmtree(site.packages)
    assert models.ensure("tiny") == site.folder


@pytest.mark.parametrize("keep", [0, 1, 5_000_000, len(WEIGHTS) - 1])
def test_a_half_written_file_is_made_again(site: Site, keep: int, caplog: pytest.LogCaptureFixture) -> None:
    models.ensure("tiny")
    os.truncate(site.folder / "model.bin", keep)
    assert models.status("tiny") == "corrupt"
    with caplog.at_level(logging.WARNING):
        models.ensure("tiny")
    assert (site.folder / "model.bin").read_bytes() == WEIGHTS
    assert "model.bin differs from its checksum" in caplog.text
    assert models.status("tiny") == "installed"


def test_a_flipped_byte_is_found_though_size_and_times_were_restored(site: Site) -> None:
    models.ensure("tiny")
    path = site.folder / "model.bin"
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(4_000_000)
        file.write(bytes([WEIGHTS[4_000_000] ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    models.ensure("tiny")
    assert path.read_bytes() == WEIGHTS


@pytest.mark.usefixtures("site")
def test_a_touched_but_equal_file_is_kept() -> None:
    path = models.ensure("tiny") / "model.bin"
    inode = path.stat().st_ino
    os.utime(path, (1, 1))
    done, progress = reads()
    models.ensure("tiny", progress=progress)
    assert done, "a touched file must be hashed again"
    assert path.stat().st_ino == inode, "an intact file must not be rewritten"


@pytest.mark.parametrize("stamp", ["", "{}", "not json", "[[1, 2]]"])
def test_a_damaged_stamp_only_costs_a_hash(site: Site, stamp: str) -> None:
    models.ensure("tiny")
    (site.folder.parent / "tiny.stamp.json").write_text(stamp, encoding="utf-8")
    assert models.ensure("tiny") == site.folder


def test_missing_packages_name_the_command_that_installs_them(site: Site) -> None:
    shutil.rmtree(site.packages / "tiny_weights_b")
    with pytest.raises(ModelError, match="not installed") as caught:
        models.ensure("tiny")
    assert caught.value.remedy == "Run: pip install tiny-weights-a==1.0 tiny-weights-b==1.0"
    assert caught.value.exit_code == 3
    assert models.status("tiny") == "absent"
    assert not (site.folder / "model.bin").exists()


def test_damaged_packages_are_named_and_nothing_is_left(site: Site) -> None:
    (site.packages / "tiny_weights_b" / "data" / "model.bin.part2").write_bytes(b"not the weights")
    with pytest.raises(ModelError, match="damaged") as caught:
        models.ensure("tiny")
    assert "--force-reinstall" in caught.value.remedy
    assert models.status("tiny") == "corrupt"
    assert not models.verify("tiny").ok
    assert [*site.folder.iterdir()] == []


def test_a_full_disk_is_seen_before_writing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1_000_000))
    with pytest.raises(ModelError, match="not enough room") as caught:
        models.ensure("tiny")
    assert "KIOSK_HOME" in caught.value.remedy
    assert [*site.folder.iterdir()] == []


def test_a_disk_that_fills_up_while_writing_leaves_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(ModelError, match="not enough room"):
            models.ensure("tiny")
    assert [*site.folder.iterdir()] == []
    models.ensure("tiny")
    assert models.verify("tiny").ok


def test_a_cache_that_is_a_file_is_reported(site: Site) -> None:
    (site.home / "cache").write_text("in the way", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be made") as caught:
        models.ensure("tiny")
    assert "KIOSK_HOME" in caught.value.remedy


def test_joining_can_be_cancelled_and_taken_up_again(site: Site) -> None:
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        models.ensure("tiny", check=check)
    assert [*site.folder.iterdir()] == []
    assert models.ensure("tiny", check=lambda: None) == site.folder


def test_what_a_killed_process_left_is_cleared(site: Site) -> None:
    site.folder.mkdir(parents=True)
    leftover = site.folder / ".model.bin.abc.joining"
    leftover.write_bytes(b"half")
    models.ensure("tiny")
    assert not leftover.exists()


def test_two_processes_at_once_do_not_clash(site: Site) -> None:
    code = "from kiosk import models; print(models.ensure('tiny'))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site.packages), *sys.path])}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for process in running:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out.strip(), err) == (0, str(site.folder), "")
    assert (site.folder / "model.bin").read_bytes() == WEIGHTS
    assert not [*site.folder.glob(".*.joining")]


def test_verify_reads_every_byte_and_changes_nothing(site: Site) -> None:
    assert models.verify("tiny").ok, "packages not joined yet are verified where they are"
    assert not site.folder.exists()
    path = models.ensure("tiny") / "model.bin"
    assert models.verify("tiny").ok
    path.write_bytes(b"x" * len(WEIGHTS))
    report = models.verify("tiny")
    assert [(file.name, file.ok) for file in report.files] == [("model.bin", False), ("config.json", True)]
    assert report.files[0].sha256 == hashlib.sha256(b"x" * len(WEIGHTS)).hexdigest()
    assert path.read_bytes() == b"x" * len(WEIGHTS)


def test_a_folder_that_a_person_added_is_used_in_place(site: Site) -> None:
    write_manifest(site.home, packaged=False, extra='folder = "stick"')
    folder = site.home / "models" / "stick"
    folder.mkdir()
    assert models.status("tiny") == "absent"
    (folder / "model.bin").write_bytes(WEIGHTS)
    (folder / "config.json").write_bytes(CONFIG)
    assert models.ensure("tiny") == folder
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.bin"]
    assert models.status("tiny") == "installed"

    (folder / "config.json").write_bytes(b"{}")
    with pytest.raises(ModelError, match=r"config\.json") as caught:
        models.ensure("tiny")
    assert "https://example.org/tiny" in caught.value.remedy
    assert (folder / "config.json").read_bytes() == b"{}", "a person's file is never overwritten"


def test_an_unknown_model_names_the_nearest() -> None:
    with pytest.raises(ModelError, match="No model is called 'whisper-bse'") as caught:
        models.ensure("whisper-bse")
    assert "'whisper-base'" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[tiny\n", "cannot be read"),
        ("tiny = 1\n", "cannot be read"),
        ("[tiny]\nkind = 'asr'\n", "engine"),
        ("[tiny]\nkind = 'oracle'\n", "kind"),
        ("[tiny]\nkinds = 'asr'\n", "tiny|kind"),
    ],
)
def test_a_wrong_manifest_is_reported_with_its_path(site: Site, text: str, complaint: str) -> None:
    path = site.home / "models" / "manifest.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=complaint) as caught:
        models.registry()
    assert str(path) in caught.value.message


@pytest.mark.parametrize("name", ["../model.bin", "/etc/passwd", "a/b", ".hidden", ""])
def test_a_manifest_cannot_write_outside_the_models_folder(site: Site, name: str) -> None:
    path = site.home / "models" / "manifest.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("config.json", name, 1), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"files\.1\.name"):
        models.registry()


def test_locating_weights_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from kiosk import models; models.ensure('silero-vad-v6'); "
        "print(sorted({'faster_whisper', 'ctranslate2', 'onnxruntime'} & set(sys.modules)))"
    )
    environment = {**os.environ, "KIOSK_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
