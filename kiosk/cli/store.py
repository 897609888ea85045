"""``kiosk store``, ``kiosk audit`` and ``kiosk users``. Imports what a command needs when it runs.

Secrets are asked for on the terminal; a program gives them on stdin, one a line, in the order in which a person would
be asked.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli.terminal import Json
from kiosk.errors import AccessError, InputError

if TYPE_CHECKING:
    from kiosk.store.accounts import Session
    from kiosk.store.nurse_end import Store
    from kiosk.store.premises import Premises

store_app = typer.Typer(help="The encrypted store of encounters.", no_args_is_help=True, rich_markup_mode=None)
audit_app = typer.Typer(help="The log of who did what.", no_args_is_help=True, rich_markup_mode=None)
users_app = typer.Typer(help="Who may log in at the nurse's station.", no_args_is_help=True, rich_markup_mode=None)

As = Annotated[str, typer.Option("--as", metavar="NAME", help="The administrator who does it.")]
PassphraseFile = Annotated[
    Path | None, typer.Option(help="A file with the backup's passphrase on its first line; asked for if left out.")
]


def ask(prompt: str) -> str:
    """Ask for a secret on the terminal, or read a line of stdin.

    Raises:
        InputError: stdin is at its end.
    """
    if sys.stdin.isatty():
        import getpass

        return getpass.getpass(prompt)
    line = sys.stdin.readline()
    if not line:
        raise InputError(f"A secret is needed on stdin ({prompt.strip(': ')}).", remedy="Run it in a terminal.")
    return line.rstrip("\r\n")


def site() -> Premises:
    """Return this site's premises, as the settings and KIOSK_HOME say."""
    from kiosk import resources, settings
    from kiosk.store.premises import Premises

    return Premises(settings=settings.load(), home=resources.home())


def open_site() -> Store:
    """Open this site's store; asks for its passphrase where it has one."""
    from kiosk.store.nurse_end import open_store

    return open_store(site(), ask)


def log_in(store: Store, name: str) -> Session:
    """Ask for somebody's secret and log them in."""
    if not store.accounts.exist():
        raise AccessError("There is no account yet.", remedy="Make the administrator: kiosk users add NAME")
    return store.accounts.log_in(name, ask(f"Secret of {name}: "))


@store_app.command("check")
def store_check(json: Json = False) -> None:
    """Read everything in the store and say what is wrong; makes the store when there is none."""
    from kiosk.store import maintenance

    store = open_site()
    try:
        health = maintenance.check(store)
    finally:
        store.close()
    document = {
        "ok": health.ok,
        "encounters": health.encounters,
        "log_entries": health.log_entries,
        "problems": [*health.problems],
    }
    lines = [f"{health.encounters} encounters, {health.log_entries} lines of the log", *health.problems]
    _say(document, lines, json=json)
    raise typer.Exit(0 if health.ok else 1)


@store_app.command("rekey")
def store_rekey() -> None:
    """Give the store new keys. Close the kiosk's other programs first; do it again if it was interrupted."""
    from kiosk.store import maintenance

    here = site()
    maintenance.rekey(here, here.key_place(ask))
    typer.echo("The store has new keys. Backups made before keep theirs.")


@store_app.command("backup")
def store_backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Write an encrypted copy of the store to one file."""
    from kiosk import keys
    from kiosk.store import backup

    passphrase = _from_file(passphrase_file) or keys.new_passphrase(ask)
    store = open_site()
    try:
        copied = backup.backup(store, file, passphrase)
    finally:
        store.close()
    document = {"file": str(file), "encounters": copied.encounters, "rows": copied.rows}
    _say(document, [f"{file}: {copied.encounters} encounters"], json=json)


@store_app.command("restore")
def store_restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    passphrase_file: PassphraseFile = None,
    replace: Annotated[bool, typer.Option("--replace", help="Put the present store aside.")] = False,
    json: Json = False,
) -> None:
    """Make the store from a backup, on this machine or a new one, in SQLCipher or PostgreSQL as the settings say."""
    from kiosk.store import backup

    here = site()
    passphrase = _from_file(passphrase_file) or ask("Passphrase of the backup: ")
    copied = backup.restore(here, file, passphrase, place=here.key_place(ask), replace=replace)
    document = {"file": str(file), "encounters": copied.encounters, "rows": copied.rows}
    _say(document, [f"{copied.encounters} encounters are back"], json=json)


@store_app.command("erase")
def store_erase(
    encounter: Annotated[str, typer.Argument(metavar="ID", help="The encounter.")],
    name: As,
    reason: Annotated[str, typer.Option(help="One word for the log.")] = "request",
) -> None:
    """Erase an encounter: audio, text and everything made of it. Only a tombstone and the log stay."""
    from kiosk.store import erasure

    store = open_site()
    try:
        erasure.erase(store, log_in(store, name), encounter, reason=reason)
    finally:
        store.close()
    typer.echo(f"{encounter} is erased. Backups that hold it must be destroyed too.")


@store_app.command("purge")
def store_purge(
    clock_is_right: Annotated[bool, typer.Option("--clock-is-right", help="You have looked at the date.")] = False,
    json: Json = False,
) -> None:
    """Remove what the retention policy says ([privacy] in the settings)."""
    from kiosk.store import erasure

    store = open_site()
    try:
        purged = erasure.purge(store, clock_is_right=clock_is_right)
    finally:
        store.close()
    document = {"encounters": purged.encounters, "audio": purged.audio}
    _say(document, [f"{purged.encounters} encounters and the audio of {purged.audio} others are gone"], json=json)


@audit_app.command("verify")
def audit_verify(json: Json = False) -> None:
    """Recompute the chain of the log: nothing was changed, removed or put elsewhere."""
    store = open_site()
    try:
        with store.database.read() as connection:
            verdict = store.log.verify(connection)
    finally:
        store.close()
    document = {"ok": verdict.ok, "entries": verdict.entries, "problems": [*verdict.problems]}
    _say(
        document,
        [f"{verdict.entries} entries: {'whole' if verdict.ok else 'TAMPERED WITH'}", *verdict.problems],
        json=json,
    )
    raise typer.Exit(0 if verdict.ok else 1)


@audit_app.command("show")
def audit_show(
    name: As,
    last: Annotated[int, typer.Option(help="How many lines.")] = 50,
    json: Json = False,
) -> None:
    """Show the last lines of the log."""
    store = open_site()
    try:
        store.accounts.require(log_in(store, name), "audit")
        with store.database.read() as connection:
            entries = list(store.log.entries(connection, last=last))
    finally:
        store.close()
    document = [
        {
            "seq": each.seq,
            "at": each.at.isoformat(),
            "actor": each.actor,
            "action": each.action,
            "encounter": each.encounter_id,
            "detail": each.detail,
        }
        for each in entries
    ]
    lines = [
        f"{each.seq:>6} {each.at:%Y-%m-%d %H:%M:%S} {each.actor:<16} {each.action:<18} {each.encounter_id[:12]:<12} "
        + " ".join(f"{key}={value}" for key, value in each.detail.items())
        for each in entries
    ]
    _say(document, lines, json=json)


@users_app.command("add")
def users_add(
    name: Annotated[str, typer.Argument(help="The name to log in with: small letters, digits, dots.")],
    full_name: Annotated[str, typer.Option("--full-name", help="As it is printed under a note: 王芳.")] = "",
    role: Annotated[str | None, typer.Option(help="nurse or admin. The first account is the administrator.")] = None,
    by: Annotated[str, typer.Option("--as", metavar="NAME", help="The administrator who does it.")] = "",
) -> None:
    """Make an account with a password or a PIN. The first one is the administrator's."""
    if role not in (None, "nurse", "admin"):
        raise InputError("A role is nurse or admin.")
    store = open_site()
    try:
        if not store.accounts.exist():
            if role == "nurse":
                raise InputError("The first account is the administrator's.", remedy="Leave --role out, or say admin.")
            store.accounts.add_first(name, full_name or name, _new_secret(name))
            typer.echo(f"{name} is the administrator. Next: kiosk users add NAME --full-name 姓名 --as {name}")
            return
        if not by:
            raise InputError("An administrator must do it.", remedy=f"kiosk users add {name} --as ADMINISTRATOR")
        session = log_in(store, by)
        store.accounts.add(session, name, full_name or name, _new_secret(name), "admin" if role == "admin" else "nurse")
        typer.echo(f"{name} may log in.")
    finally:
        store.close()


@users_app.command("list")
def users_list(json: Json = False) -> None:
    """List the accounts."""
    store = open_site()
    try:
        accounts = store.accounts.list()
    finally:
        store.close()
    document = {
        "users": [
            {"name": each.name, "full_name": each.full_name, "role": each.role, "disabled": each.disabled}
            for each in accounts
        ]
    }
    lines = [
        f"{each.name:<20} {each.role:<6} {'disabled' if each.disabled else 'active':<8} {each.full_name}"
        for each in accounts
    ]
    _say(document, lines or ["There is no account yet: kiosk users add NAME"], json=json)


@users_app.command("disable")
def users_disable(
    name: Annotated[str, typer.Argument(help="The account.")],
    by: As,
    enable: Annotated[bool, typer.Option("--enable", help="Let the account in again.")] = False,
) -> None:
    """Lock an account out; its sessions end at once."""
    store = open_site()
    try:
        store.accounts.disable(log_in(store, by), name, disabled=not enable)
    finally:
        store.close()
    typer.echo(f"{name} is {'enabled' if enable else 'disabled'}.")


@users_app.command("secret")
def users_secret(
    name: Annotated[str, typer.Argument(help="The account.")],
    by: As,
) -> None:
    """Give an account a new password or PIN; this also lifts a lock."""
    store = open_site()
    try:
        store.accounts.set_secret(log_in(store, by), name, _new_secret(name))
    finally:
        store.close()
    typer.echo(f"{name} has a new secret.")


def _new_secret(name: str) -> str:
    secret = ask(f"New password (8 characters) or PIN (6 digits) of {name}: ")
    if ask("The same again: ") != secret:
        raise InputError("The two differ.", remedy="Try again.")
    return secret


def _from_file(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise InputError(
            f"The passphrase file {path} cannot be read.", remedy="Check its name and its owner."
        ) from None
    if not lines or len(lines[0]) < 12:
        raise InputError(f"The passphrase in {path} is too short.", remedy="12 characters or more, on the first line.")
    return lines[0]


def _say(document: Any, lines: list[str], *, json: bool) -> None:
    from kiosk import documents

    typer.echo(documents.dump(document) if json else "\n".join(lines))
