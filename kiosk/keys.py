"""Where the master key lives: a file with owner-only rights, the system's keyring, or behind a passphrase.

It is never inside the database. Each place holds one key, or two while ``kiosk store rekey`` is under way: the present
one first, then the one to come; what a power cut leaves in between opens with either.

The patient's screens have a file of their own, ``patient.key``: the key of the database's pages and the public key that
they lock encounters for. It opens no encounter.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from kiosk import vault
from kiosk.errors import StorageError, TamperError, VaultKeyError
from kiosk.vault import KEY_BYTES, PublicKey

Ask = Callable[[str], str]
"""Asks a person for a passphrase; the argument is what to say."""

SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**16, 8, 1
"""64 MB and about a quarter of a second: RFC 7914's parameters for something that a person waits for."""

_SERVICE = "kiosk"


class KeyPlace(Protocol):
    """Where the master keys are kept."""

    def load(self) -> tuple[bytes, ...] | None:
        """Return the master keys, the present one first; None when there are none yet.

        Raises:
            VaultKeyError: they cannot be read, or anybody can read them.
        """

    def save(self, keys: Sequence[bytes]) -> None:
        """Keep these keys in place of those before, all or nothing, also through a power cut."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The keys in a file that only its owner may read."""

    path: Path

    def load(self) -> tuple[bytes, ...] | None:
        document = read_private(self.path, owner_only=True)
        return None if document is None else _keys(document["keys"], self.path)

    def save(self, keys: Sequence[bytes]) -> None:
        write_private(self.path, {"kind": "file", "keys": [key.hex() for key in keys]})


@dataclass(slots=True)
class PassphraseFile:
    """The keys in a file, sealed with a key made of a passphrase (scrypt), which is asked for once."""

    path: Path
    ask: Ask
    _passphrase: str | None = field(default=None, init=False, repr=False)

    def load(self) -> tuple[bytes, ...] | None:
        document = read_private(self.path, owner_only=True)
        if document is None:
            return None
        passphrase = self._passphrase or self.ask("Passphrase of the store: ")
        try:
            key = stretched(passphrase, bytes.fromhex(document["salt"]))
            opened = vault.unseal(key, bytes.fromhex(document["sealed"]), bound="passphrase")
        except (KeyError, ValueError):
            raise _damaged(self.path) from None
        except TamperError:
            raise VaultKeyError("The passphrase is wrong.", remedy="Try again.") from None
        self._passphrase = passphrase
        return _keys(json.loads(opened), self.path)

    def save(self, keys: Sequence[bytes]) -> None:
        passphrase = self._passphrase or new_passphrase(self.ask)
        salt = secrets.token_bytes(16)
        sealed = vault.seal(
            stretched(passphrase, salt), json.dumps([key.hex() for key in keys]).encode(), bound="passphrase"
        )
        write_private(self.path, {"kind": "passphrase", "salt": salt.hex(), "sealed": sealed.hex()})
        self._passphrase = passphrase

    def renew(self) -> None:
        """Let the next :meth:`save` ask for a new passphrase."""
        self._passphrase = None


@dataclass(frozen=True, slots=True)
class SystemKeyring:
    """The keys in the system's keyring (Secret Service, Keychain, Credential Locker)."""

    name: str

    def load(self) -> tuple[bytes, ...] | None:
        import keyring
        from keyring.errors import KeyringError

        try:
            found = keyring.get_password(_SERVICE, self.name)
        except KeyringError as error:
            raise _no_keyring(error) from None
        return None if found is None else _keys(json.loads(found), self.name)

    def save(self, keys: Sequence[bytes]) -> None:
        import keyring
        from keyring.errors import KeyringError

        try:
            keyring.set_password(_SERVICE, self.name, json.dumps([key.hex() for key in keys]))
        except KeyringError as error:
            raise _no_keyring(error) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientKey:
    """What the patient's screens may have.

    Attributes:
        pages: keys of the SQLCipher file, the present one first; empty for PostgreSQL.
        public: what encounters are locked for.
    """

    pages: tuple[bytes, ...]
    public: PublicKey

    def save(self, path: Path) -> None:
        write_private(path, {"pages": [key.hex() for key in self.pages], "public": self.public.raw.hex()})

    @classmethod
    def load(cls, path: Path) -> PatientKey | None:
        """Return the key in ``path``; None when there is none."""
        document = read_private(path, owner_only=False)
        if document is None:
            return None
        try:
            pages = tuple(bytes.fromhex(key) for key in document["pages"])
            public = bytes.fromhex(document["public"])
        except (KeyError, TypeError, ValueError):
            raise _damaged(path) from None
        if any(len(key) != KEY_BYTES for key in (*pages, public)):
            raise _damaged(path)
        return cls(pages=pages, public=PublicKey(public))


def page_key(master: bytes) -> bytes:
    """Return the key of the SQLCipher file's pages."""
    return vault.derive(master, "pages")


def stretched(passphrase: str, salt: bytes) -> bytes:
    """Return the key that a passphrase stands for (scrypt)."""
    return hashlib.scrypt(
        passphrase.encode(), salt=salt, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P, maxmem=2**27, dklen=KEY_BYTES
    )


def new_passphrase(ask: Ask) -> str:
    """Ask for a new passphrase, twice.

    Raises:
        VaultKeyError: it is shorter than twelve characters, or the two differ.
    """
    passphrase = ask("New passphrase (12 characters or more): ")
    if len(passphrase) < 12:
        raise VaultKeyError("The passphrase is too short.", remedy="Use 12 characters or more: a short sentence.")
    if ask("The same again: ") != passphrase:
        raise VaultKeyError("The two passphrases differ.", remedy="Try again.")
    return passphrase


def write_private(path: Path, document: dict[str, Any]) -> None:
    """Write a small JSON file that only its owner may read; it is replaced whole, also through a power cut.

    Raises:
        StorageError: the folder cannot be written.
    """
    write_private_bytes(path, json.dumps({"version": 1, **document}).encode())


def write_private_bytes(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read; it is replaced whole, also through a power cut.

    Raises:
        StorageError: the folder cannot be written.
    """
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or type(error).__name__}.",
            remedy=f"Free some disk space or correct the folder's owner: df -h; ls -ld {path.parent}",
        ) from None


def sync_folder(folder: Path) -> None:
    """Make new names themselves survive a power cut (a no-op where folders cannot be opened)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_private(path: Path, *, owner_only: bool = False) -> dict[str, Any] | None:
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if owner_only and os.name != "nt" and mode & 0o077:
                raise VaultKeyError(
                    f"The key file {path} can be read by others (mode {mode:04o}).",
                    remedy=f"chmod 600 {path}; if others may have read it: kiosk store rekey",
                )
            document = json.load(file)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise VaultKeyError(
            f"The key file {path} cannot be read: {error.strerror}.", remedy=f"Correct its owner: ls -l {path}"
        ) from None
    except ValueError:
        raise _damaged(path) from None
    if not isinstance(document, dict) or document.get("version") != 1:
        raise _damaged(path)
    return document


def _keys(found: Any, where: Path | str) -> tuple[bytes, ...]:
    try:
        keys = tuple(bytes.fromhex(text) for text in found)
    except (TypeError, ValueError):
        raise _damaged(where) from None
    if not 1 <= len(keys) <= 2 or any(len(key) != KEY_BYTES for key in keys):
        raise _damaged(where)
    return keys


def _damaged(where: Path | str) -> VaultKeyError:
    return VaultKeyError(f"The key in {where} is damaged.", remedy="Put back a copy of it.")


def _no_keyring(error: Exception) -> VaultKeyError:
    return VaultKeyError(
        f"The system's keyring does not answer ({type(error).__name__}).",
        remedy='Unlock it, or set [store] key = "file" or "passphrase".',
    )
