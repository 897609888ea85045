"""A real PostgreSQL server for the benchmark and the tests: in a folder of its own, on a socket only, then gone."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from kiosk.errors import MissingError


class NoServerError(MissingError):
    """PostgreSQL cannot be had here; the text says why."""


@dataclass(frozen=True)
class Server:
    """A running server that listens on a socket only.

    Attributes:
        bin: where PostgreSQL's programs are.
        folder: its data, log and socket.
        user: the account that it runs as; None is that of this process.
    """

    bin: Path
    folder: Path
    user: str | None

    def run(self, *words: str | Path) -> None:
        """Run one of PostgreSQL's programs as the server's user.

        Raises:
            NoServerError: it failed.
        """
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs
            [str(self.bin / str(words[0])), *map(str, words[1:])],
            user=self.user,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise NoServerError(f"PostgreSQL's {words[0]} failed: {done.stderr.strip() or done.stdout.strip()}")

    def url(self, database: str = "postgres", user: str = "kiosk") -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://{user}@/{database}?host={quote(str(self.folder))}"


def start(*, durable: bool = True) -> Server:
    """Start a server.

    Args:
        durable: every transaction is flushed to the disk, as in a hospital; without it, tests are quicker.

    Raises:
        NoServerError: it is not installed, or it does not start.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("pg_ctl")
    if not found and on_path is None:
        raise NoServerError("PostgreSQL is not installed.", remedy="On Debian: apt-get install postgresql")
    binaries = (found[-1] if found else Path(str(on_path))).parent
    folder = Path(tempfile.mkdtemp(prefix="kiosk-pg-"))
    user = None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = next((name for name in ("postgres", "nobody") if _is_user(name)), None)
        if user is None:
            raise NoServerError("PostgreSQL does not run as root, and there is no other user to run it as.")
        shutil.chown(folder, user)
    server = Server(binaries, folder, user)
    try:
        server.run("initdb", "-D", folder / "data", "-U", "kiosk", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c max_connections=120"
        options += "" if durable else " -c fsync=off"
        server.run("pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-o", options, "start")
    except NoServerError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return server


def stop(server: Server) -> None:
    """Stop the server and remove its folder."""
    server.run("pg_ctl", "-D", server.folder / "data", "-m", "immediate", "-w", "stop")
    shutil.rmtree(server.folder, ignore_errors=True)


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
