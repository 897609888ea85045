"""Model hubs over HTTP: what a repository holds, and one file of it, resumed where it broke off and checked.

Nothing here runs unless a person has named a hub on the command line.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlencode

import httpx2

from kiosk.errors import ModelError, StorageError

Hub = Literal["modelscope", "huggingface"]
Check = Callable[[], None]
Progress = Callable[[int], None]
"""Told the bytes that a file has so far."""

TIMEOUT_S = 30.0
ATTEMPTS = 4
"""How often a broken connection is taken up again."""
_CHUNK = 1024 * 1024
_REVISIONS = {"modelscope": "master", "huggingface": "main"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """One file of a repository.

    Attributes:
        sha256: as the hub states it, empty for a small file that the hub names by its Git hash alone.
        git_sha1: that hash, else empty.
    """

    path: str
    url: str
    size: int
    sha256: str = ""
    git_sha1: str = ""


def contents(hub: Hub, host: str, repository: str, revision: str = "") -> tuple[Remote, ...]:
    """Return the files of a repository.

    Raises:
        ModelError: the hub cannot be reached, does not know the repository, or answers something else.
    """
    revision = revision or _REVISIONS[hub]
    host = host.rstrip("/")
    if hub == "modelscope":
        base = f"{host}/api/v1/models/{quote(repository)}/repo"
        answer = _get(f"{base}/files?{urlencode({'Revision': revision, 'Recursive': 'true'})}", host)
    else:
        base = f"{host}/{quote(repository)}/resolve/{quote(revision)}"
        answer = _get(f"{host}/api/models/{quote(repository)}/tree/{quote(revision)}?recursive=true", host)
    try:
        if hub == "modelscope":
            remotes = [_modelscope(row, base, revision) for row in answer["Data"]["Files"]]
        else:
            remotes = [_huggingface(row, base) for row in answer]
    except (TypeError, KeyError, ValueError, AttributeError):
        raise ModelError(
            f"{host} answered something else than the files of {repository}.",
            remedy="Is [models] in kiosk.toml the address of a hub or of its mirror?",
        ) from None
    found = tuple(remote for remote in remotes if remote is not None)
    if not found:
        raise ModelError(f"{host} says that {repository} holds no files.", remedy="Try another --from.")
    return found


def _modelscope(row: Any, base: str, revision: str) -> Remote | None:
    if row.get("Type") == "tree":
        return None
    query = urlencode({"Revision": revision, "FilePath": row["Path"]})
    return Remote(
        path=row["Path"], url=f"{base}?{query}", size=int(row["Size"]), sha256=str(row.get("Sha256") or "").lower()
    )


def _huggingface(row: Any, base: str) -> Remote | None:
    if row["type"] != "file":
        return None
    large = row.get("lfs")
    return Remote(
        path=row["path"],
        url=f"{base}/{quote(row['path'])}",
        size=int(large["size"] if large else row["size"]),
        sha256=str(large["oid"]).removeprefix("sha256:") if large else "",
        git_sha1="" if large else str(row.get("oid", "")),
    )


def download(remote: Remote, target: Path, *, check: Check, progress: Progress) -> str:
    """Fetch one file and return its SHA-256.

    What a broken or cancelled download left (``….part``) is taken up where it ends.

    Raises:
        ModelError: the hub cannot be reached, or the file is not what it said; the wrong bytes are removed.
        StorageError: the disk is full or cannot be written.
    """
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(ATTEMPTS):
            if _fetch(remote, part, check, progress, last=attempt == ATTEMPTS - 1):
                break
        digest = _checked(remote, part)
        part.replace(target)
    except OSError as error:
        raise StorageError(
            f"{target} cannot be written: {error.strerror or error}.",
            remedy="Free some space, or set KIOSK_HOME to a folder on another disk.",
        ) from None
    return digest


def _fetch(remote: Remote, part: Path, check: Check, progress: Progress, *, last: bool) -> bool:
    """Fetch what is missing; return False when the connection broke and may be taken up again."""
    have = part.stat().st_size if part.exists() else 0
    if have > remote.size:
        part.unlink()
        have = 0
    if have == remote.size:
        part.touch()
        return True
    try:
        with _client() as client, client.stream("GET", remote.url, headers=_range(have)) as response:
            if response.status_code == 200:
                have = 0  # the server does not resume: from the beginning
            elif response.status_code != 206:
                raise ModelError(f"The hub answers HTTP {response.status_code} for {remote.path}.")
            with part.open("ab" if have else "wb") as file:
                for chunk in response.iter_bytes(_CHUNK):
                    check()
                    file.write(chunk)
                    have += len(chunk)
                    progress(have)
                    if have > remote.size:
                        break
                file.flush()
                os.fsync(file.fileno())
    except httpx2.HTTPError as error:
        if last:
            raise ModelError(
                f"The download of {remote.path} broke off ({type(error).__name__}).",
                remedy="Run the same command again: it goes on where it stopped.",
            ) from None
        return False
    return have >= remote.size or last


def _range(have: int) -> dict[str, str]:
    return {"Range": f"bytes={have}-"} if have else {}


def _checked(remote: Remote, part: Path) -> str:
    size = part.stat().st_size
    sha256 = hashlib.sha256()
    git = hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    with part.open("rb") as file:
        while chunk := file.read(_CHUNK):
            sha256.update(chunk)
            git.update(chunk)
    found = sha256.hexdigest()
    if size < remote.size:
        raise ModelError(
            f"The download of {remote.path} broke off after {size} of {remote.size} bytes.",
            remedy="Run the same command again: it goes on where it stopped.",
        )
    stated = remote.sha256 or remote.git_sha1
    if size != remote.size or (stated and stated not in (found, git.hexdigest())):
        part.unlink()
        raise ModelError(
            f"{remote.path} differs from the checksum that the hub states; it was removed.",
            remedy="Run the command again, or name another --from.",
        )
    return found


@contextmanager
def _client() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=TIMEOUT_S, follow_redirects=True) as client:
        yield client


def _get(url: str, host: str) -> Any:
    try:
        with _client() as client:
            response = client.get(url)
    except httpx2.HTTPError as error:
        raise ModelError(
            f"{host} cannot be reached ({type(error).__name__}).",
            remedy="Check the network, or bring the model on a stick: kiosk models pull NAME --from FOLDER",
        ) from None
    if response.status_code != 200:
        raise ModelError(
            f"{host} answers HTTP {response.status_code}.", remedy="Name another --from, or correct [models]."
        )
    try:
        return response.json()
    except ValueError:
        raise ModelError(f"{host} answered something that is no JSON.") from None
