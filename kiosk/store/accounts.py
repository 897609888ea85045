"""Who may: accounts with argon2id passwords or PINs, lockout, sessions that expire, roles.

Secrets are mixed with the vault's pepper before they are hashed, so that a six-digit PIN cannot be guessed from a copy
of the database. Wrong secrets lock an account for a while that doubles; whether a name exists cannot be told from the
answer or the time it takes. A session lives in the process that made it and is measured with a clock that no one sets.
"""

from __future__ import annotations

import base64
import hmac
import itertools
import re
import secrets
import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from argon2 import PasswordHasher, profiles
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, func, insert, select, update

from kiosk import settings
from kiosk.clock import Clock
from kiosk.errors import AccessError, InputError, LockedOutError, SecretError, SessionOverError
from kiosk.store import schema
from kiosk.store.audit import AuditLog
from kiosk.store.database import Database

Role = Literal["nurse", "admin"]
Permission = Literal["queue", "view", "decide", "sign", "export", "erase", "purge", "accounts", "audit", "maintain"]

ROLES: Mapping[Role, frozenset[Permission]] = {
    "nurse": frozenset({"queue", "view", "decide", "sign", "export"}),
    "admin": frozenset({"queue", "view", "export", "erase", "purge", "accounts", "audit", "maintain"}),
}
"""An administrator looks after the machine and erases on request; only a nurse decides and signs."""

ARGON2 = profiles.RFC_9106_LOW_MEMORY
"""64 MB and about a tenth of a second."""

SYSTEM = "system"
PIN_DIGITS = 6
PASSWORD_CHARACTERS = 8

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_WRONG = "The name or the secret is wrong."


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person. ``name`` is typed to log in, ``full_name`` is printed under what they sign."""

    name: str
    full_name: str
    role: Role
    disabled: bool
    created_at: datetime
    locked_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Proof that somebody logged in. Only :class:`Accounts` makes one; only it knows whether it still holds."""

    token: str = field(repr=False)
    name: str
    full_name: str
    role: Role


@dataclass(slots=True)
class _Life:
    generation: int
    began: float
    used: float


class Accounts:
    """The accounts of one store, and the sessions of this process. Thread-safe."""

    def __init__(
        self,
        database: Database,
        log: AuditLog,
        *,
        pepper: bytes,
        limits: settings.Accounts,
        clock: Clock,
    ) -> None:
        self._database = database
        self._log = log
        self._pepper = pepper
        self._limits = limits
        self._clock = clock
        self._hasher = PasswordHasher.from_parameters(ARGON2)
        self._nobody = self._hasher.hash(secrets.token_hex(16))
        self._lives: dict[str, _Life] = {}
        self._lock = threading.Lock()

    def exist(self) -> bool:
        """Say whether there is any account; when there is none, the first one is made by :meth:`add_first`."""
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(schema.account)).scalar_one() > 0

    def add_first(self, name: str, full_name: str, secret: str) -> None:
        """Make the administrator, on first start.

        Raises:
            AccessError: there is an account already.
        """
        with self._database.write() as connection:
            self._log.append(connection, SYSTEM, "first_admin", name=_named(name))  # also locks: no two are first
            if connection.execute(select(func.count()).select_from(schema.account)).scalar_one():
                raise AccessError("There is an administrator already.", remedy="Log in as one.")
            self._insert(connection, name, full_name, secret, "admin")
        self._log.keep_anchor()

    def add(self, by: Session, name: str, full_name: str, secret: str, role: Role) -> None:
        """Make an account.

        Raises:
            AccessError: ``by`` is no administrator, or the session is over.
            InputError: the name is taken or cannot be used, or the secret is too weak.
        """
        self.require(by, "accounts")
        with self._database.write() as connection:
            if self._row(connection, _named(name)) is not None:
                raise InputError(f"There is an account {name} already.")
            self._insert(connection, name, full_name, secret, role)
            self._log.append(connection, by.name, "account_added", name=name, role=role)
        self._log.keep_anchor()

    def disable(self, by: Session, name: str, *, disabled: bool = True) -> None:
        """Lock an account out for good, or let it in again; its sessions end at once.

        Raises:
            AccessError: ``by`` is no administrator, or this is the last one.
        """
        self.require(by, "accounts")
        with self._database.write() as connection:
            row = self._known(connection, name)
            self._log.append(connection, by.name, "account_disabled" if disabled else "account_enabled", name=name)
            if disabled and row.role == "admin" and not self._other_admins(connection, name):
                raise AccessError("This is the last administrator.", remedy="Make another one first.")
            self._update(connection, name, disabled=disabled, generation=row.generation + 1)
        self._log.keep_anchor()

    def set_secret(self, by: Session, name: str, secret: str) -> None:
        """Give an account a new password or PIN: one's own, or as an administrator anybody's. Its sessions end."""
        if by.name == name:
            self.require(by, "queue")
        else:
            self.require(by, "accounts")
        _strong(secret)
        hashed = self._hasher.hash(self._peppered(secret))
        with self._database.write() as connection:
            row = self._known(connection, name)
            self._log.append(connection, by.name, "secret_changed", name=name)
            self._update(connection, name, hashed=hashed, generation=row.generation + 1, failures=0, locked_until=None)
        self._log.keep_anchor()

    def list(self) -> tuple[Account, ...]:
        """Return all accounts by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(schema.account).order_by(schema.account.c.name)).all()
        return tuple(
            Account(
                name=row.name,
                full_name=row.full_name,
                role=row.role,
                disabled=row.disabled,
                created_at=row.created_at,
                locked_until=row.locked_until,
            )
            for row in rows
        )

    def log_in(self, name: str, secret: str) -> Session:
        """Return a session.

        Raises:
            AccessError: the name or the secret is wrong, the account is disabled, or locked for a while.
        """
        name = unicodedata.normalize("NFKC", name).strip().casefold()
        # An attempt is counted before it is judged, in a transaction of its own: what is tried at the same time, or
        # ended by pulling the plug, counts too.
        with self._database.write() as connection:
            row = self._row(connection, name)
            if row is not None:
                wait_s = self._wait_s(row.locked_until)
                if wait_s > 0:
                    self._update(connection, name, locked_until=self._plausible(row.locked_until))
                    self._log.append(connection, name, "login_locked")
                else:
                    failures = row.failures + 1
                    self._update(connection, name, failures=failures, locked_until=self._lock_until(failures))
            else:
                wait_s = 0.0
                self._log.append(connection, SYSTEM, "login_unknown_name")
        self._log.keep_anchor()
        if wait_s > 0:
            raise LockedOutError(
                "Too many wrong attempts: this account is locked for a while.",
                wait_s=wait_s,
                remedy=f"Wait {wait_s:.0f} seconds, or ask an administrator for a new secret.",
            )
        right = self._verify(row.hashed if row is not None else self._nobody, secret) and row is not None
        with self._database.write() as connection:
            if row is None or not right or row.disabled:
                if row is not None:
                    self._log.append(connection, name, "login_failed")
                session = None
            else:
                changes: dict[str, Any] = {"failures": 0, "locked_until": None}
                if self._hasher.check_needs_rehash(row.hashed):
                    changes["hashed"] = self._hasher.hash(self._peppered(secret))
                self._update(connection, name, **changes)
                self._log.append(connection, name, "login")
                session = Session(token=secrets.token_hex(16), name=row.name, full_name=row.full_name, role=row.role)
        self._log.keep_anchor()
        if session is None or row is None:
            raise AccessError(_WRONG, remedy="Try again.")
        now = self._clock.monotonic()
        with self._lock:
            self._lives[session.token] = _Life(generation=row.generation, began=now, used=now)
        return session

    def log_out(self, session: Session) -> None:
        """End a session."""
        with self._lock:
            known = self._lives.pop(session.token, None)
        if known is not None:
            with self._database.write() as connection:
                self._log.append(connection, session.name, "logout")
            self._log.keep_anchor()

    def holds(self, session: Session) -> bool:
        """Say whether a session still holds, without using it: for a clock that locks the screen."""
        now = self._clock.monotonic()
        with self._lock:
            life = self._lives.get(session.token)
        return (
            life is not None
            and now - life.used < self._limits.session_idle_min * 60
            and now - life.began < self._limits.session_max_h * 3600
        )

    def require(self, session: Session, permission: Permission, *, idle: bool = False) -> None:
        """Let pass, or refuse.

        Args:
            idle: the program asks by itself (a queue that refreshes): it does not keep the session alive.

        Raises:
            AccessError: the session is over, the account was disabled or its secret changed, or the role does not
                allow it.
        """
        if not self.holds(session):
            self._end(session)
        with self._database.read() as connection:
            row = self._row(connection, session.name, lock=False)
        with self._lock:
            life = self._lives.get(session.token)
            if life is not None and row is not None and not row.disabled and row.generation == life.generation:
                if not idle:
                    life.used = self._clock.monotonic()
            else:
                life = None
        if life is None or row is None:
            self._end(session)
        elif permission not in ROLES[row.role]:
            raise AccessError(f"The role {row.role} may not do this ({permission}).", remedy="Log in as another role.")

    def _end(self, session: Session) -> None:
        with self._lock:
            self._lives.pop(session.token, None)
        raise SessionOverError("The session is over.", remedy="Log in again.")

    def _insert(self, connection: Connection, name: str, full_name: str, secret: str, role: Role) -> None:
        _strong(secret)
        if not full_name.strip():
            raise InputError("A full name is needed: it is printed under what this person signs.")
        connection.execute(
            insert(schema.account),
            [
                {
                    "name": _named(name),
                    "full_name": full_name.strip(),
                    "role": role,
                    "hashed": self._hasher.hash(self._peppered(secret)),
                    "created_at": self._clock.now(),
                    "disabled": False,
                    "generation": 1,
                    "failures": 0,
                }
            ],
        )

    def _row(self, connection: Connection, name: str, *, lock: bool = True) -> Any:
        query = select(schema.account).where(schema.account.c.name == name)
        return connection.execute(query.with_for_update() if lock else query).one_or_none()

    def _known(self, connection: Connection, name: str) -> Any:
        row = self._row(connection, name)
        if row is None:
            raise InputError(f"There is no account {name}.", remedy="kiosk users list")
        return row

    def _update(self, connection: Connection, name: str, **values: Any) -> None:
        connection.execute(update(schema.account).where(schema.account.c.name == name).values(**values))

    def _other_admins(self, connection: Connection, name: str) -> int:
        account = schema.account.c
        query = select(func.count()).where(account.role == "admin", account.disabled.is_(False), account.name != name)
        return connection.execute(query).scalar_one()

    def _wait_s(self, locked_until: datetime | None) -> float:
        """Return how long an account is still locked, at most the longest lock."""
        if locked_until is None:
            return 0.0
        return min((locked_until - self._clock.now()).total_seconds(), self._limits.lockout_max_s)

    def _plausible(self, locked_until: datetime) -> datetime:
        """Bring a lock near that a clock, set back since, has left far in the future."""
        return min(locked_until, self._clock.now() + timedelta(seconds=self._limits.lockout_max_s))

    def _lock_until(self, failures: int) -> datetime | None:
        beyond = failures - self._limits.attempts
        if beyond < 0:
            return None
        seconds = min(self._limits.lockout_s * 2.0 ** min(beyond, 30), self._limits.lockout_max_s)
        return self._clock.now() + timedelta(seconds=seconds)

    def _verify(self, hashed: str, secret: str) -> bool:
        try:
            return self._hasher.verify(hashed, self._peppered(secret))
        except VerificationError:
            return False

    def _peppered(self, secret: str) -> str:
        text = unicodedata.normalize("NFKC", secret).encode()
        return base64.b64encode(hmac.digest(self._pepper, text, "sha256")).decode()


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InputError(
            "An account's name is 1 to 64 small letters, digits, dots or hyphens.", remedy="For example: wang.fang"
        )
    if name == SYSTEM:
        raise InputError(f"The name {SYSTEM} is the program's own.")
    return name


def _strong(secret: str) -> None:
    if secret.isdigit() and len(secret) >= PIN_DIGITS:
        steps = {int(b) - int(a) for a, b in itertools.pairwise(secret)}
        if len(set(secret)) > 2 and steps not in ({1}, {-1}):
            return
        raise SecretError("This PIN is too easy to guess.", remedy="No repeated and no counted-up digits.")
    if len(secret) < PASSWORD_CHARACTERS or len(set(secret)) < 4:
        raise SecretError(
            "The secret is too short.",
            remedy=f"A PIN has {PIN_DIGITS} digits or more, a password {PASSWORD_CHARACTERS} characters or more.",
        )
