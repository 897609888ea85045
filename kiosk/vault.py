"""Encryption of what the store keeps.

Every encounter has a data key of its own. Its documents and its audio are sealed with that key (AES-256-GCM), each
bound to its record: a sealed piece that is moved to another record, or to another place in its own, does not open. The
data key is wrapped for the store's public key (X25519), so that the patient's screens can put an encounter into the
store and can open none, not even the one they have just written; the private key is with the nurse's station only.

    master key (32 bytes, kiosk.keys)
    ├── page key            of the SQLCipher file
    └── wraps the secrets   private keys, audit key, search key, pepper (table ``secret``)
                            └── private key opens the data key of each encounter
                                            └── opens documents and audio

Algorithms are those of the ``cryptography`` package; nothing is home-made but the order in which they are used. Sealed:
``version (1 byte) | nonce (12) | ciphertext and tag``. Wrapped: ``version (1) | ephemeral public key (32) | sealed``.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kiosk.errors import TamperError, VaultKeyError

KEY_BYTES = 32

_VERSION = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16


def random_key() -> bytes:
    """Return a new random key."""
    return os.urandom(KEY_BYTES)


def key_id(key: bytes) -> str:
    """Return a short public name of a key; it tells nothing about it."""
    return hashlib.sha256(b"kiosk key id" + key).hexdigest()[:16]


def derive(key: bytes, purpose: str) -> bytes:
    """Return the key for one purpose (HKDF-SHA-256)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"kiosk/1 {purpose}".encode()).derive(key)


def seal(key: bytes, data: bytes, *, bound: str) -> bytes:
    """Encrypt ``data``; only the same key and the same ``bound`` open it again.

    Args:
        bound: what the data belongs to, e.g. ``audio/<encounter>/0/3``; authenticated, not stored.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, data, bound.encode())


def unseal(key: bytes, sealed: bytes, *, bound: str) -> bytes:
    """Return what :func:`seal` was given.

    Raises:
        TamperError: a byte was changed, the key is another one, or the data belongs to another record.
    """
    nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if sealed[:1] != _VERSION or len(body) < _TAG_BYTES:
        raise _altered(bound)
    try:
        return AESGCM(key).decrypt(nonce, body, bound.encode())
    except InvalidTag:
        raise _altered(bound) from None


def token(key: bytes, text: str) -> int:
    """Return a 63-bit number that stands for ``text`` in the search index: without the key it tells nothing."""
    digest = hmac.digest(key, text.encode(), "sha256")
    return int.from_bytes(digest[:8], "big") >> 1


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What the patient's screens have: it closes, it does not open."""

    raw: bytes

    @property
    def id(self) -> str:
        return key_id(self.raw)

    def wrap(self, data_key: bytes, *, bound: str) -> bytes:
        """Wrap an encounter's data key so that only the private key opens it."""
        ephemeral = X25519PrivateKey.generate()
        public = ephemeral.public_key().public_bytes_raw()
        shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(self.raw))
        return _VERSION + public + seal(_wrapping_key(shared, public, self.raw), data_key, bound=f"key/{bound}")


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """What the nurse's station has."""

    raw: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> PrivateKey:
        return cls(X25519PrivateKey.generate().private_bytes_raw())

    @property
    def public(self) -> PublicKey:
        return PublicKey(X25519PrivateKey.from_private_bytes(self.raw).public_key().public_bytes_raw())

    def unwrap(self, wrapped: bytes, *, bound: str) -> bytes:
        """Return the data key; raises TamperError when it is another encounter's, or altered."""
        if wrapped[:1] != _VERSION or len(wrapped) < 1 + KEY_BYTES:
            raise _altered(bound)
        public = wrapped[1 : 1 + KEY_BYTES]
        own = X25519PrivateKey.from_private_bytes(self.raw)
        try:
            shared = own.exchange(X25519PublicKey.from_public_bytes(public))
        except ValueError:  # a point of low order
            raise _altered(bound) from None
        ours = own.public_key().public_bytes_raw()
        return unseal(_wrapping_key(shared, public, ours), wrapped[1 + KEY_BYTES :], bound=f"key/{bound}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """The store's secrets, opened.

    Attributes:
        private: by key id; the newest one, ``current``, is what new encounters are wrapped for.
        audit: key of the log's chain.
        search: key of the search index.
        pepper: mixed into every password before it is hashed.
    """

    private: Mapping[str, PrivateKey] = field(repr=False)
    current: str
    audit: bytes = field(repr=False)
    search: bytes = field(repr=False)
    pepper: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> Vault:
        """Return the secrets of a new store."""
        pair = PrivateKey.generate()
        return cls(
            private={pair.public.id: pair},
            current=pair.public.id,
            audit=random_key(),
            search=random_key(),
            pepper=random_key(),
        )

    @property
    def public(self) -> PublicKey:
        return self.private[self.current].public

    def unwrap(self, wrapped: bytes, *, key: str, bound: str) -> bytes:
        """Return an encounter's data key, whichever of the store's key pairs it was wrapped for."""
        try:
            return self.private[key].unwrap(wrapped, bound=bound)
        except KeyError:
            raise VaultKeyError(
                f"The record {bound} was locked for the key {key}, which this store does not have.",
                remedy="Restore the backup that has it.",
            ) from None

    def with_new_pair(self) -> Vault:
        """Return the same secrets with a new key pair; what older pairs locked stays readable."""
        pair = PrivateKey.generate()
        return Vault(
            private={**self.private, pair.public.id: pair},
            current=pair.public.id,
            audit=self.audit,
            search=self.search,
            pepper=self.pepper,
        )

    def wrapped(self, master: bytes) -> dict[str, bytes]:
        """Return the secrets by name, each sealed with the master key."""
        named = {f"private/{name}": pair.raw for name, pair in self.private.items()}
        named |= {"audit": self.audit, "search": self.search, "pepper": self.pepper, "current": self.current.encode()}
        return {name: seal(derive(master, "secrets"), value, bound=f"secret/{name}") for name, value in named.items()}


def unwrap_secrets(wrapped: Mapping[str, bytes], masters: Iterable[bytes]) -> tuple[Vault, bytes]:
    """Open what :meth:`Vault.wrapped` returned; return it with the master key that opened it.

    Raises:
        VaultKeyError: none of the master keys is this store's.
        TamperError: the key is right, but a secret was altered or is missing.
    """
    for master in masters:
        key = derive(master, "secrets")
        try:
            current = unseal(key, wrapped["current"], bound="secret/current").decode()
        except KeyError:
            break
        except TamperError:
            continue
        opened = {name: unseal(key, value, bound=f"secret/{name}") for name, value in wrapped.items()}
        pairs = {
            name.removeprefix("private/"): PrivateKey(value)
            for name, value in opened.items()
            if name.startswith("private/")
        }
        if current not in pairs or not {"audit", "search", "pepper"} <= opened.keys():
            raise TamperError("Some of the store's secrets are missing.", remedy="Restore a backup.")
        vault = Vault(
            private=pairs, current=current, audit=opened["audit"], search=opened["search"], pepper=opened["pepper"]
        )
        return vault, master
    raise VaultKeyError(
        "The master key is not the one that this store was made with.",
        remedy="Put the right key in its place ([store] key, key_file in the settings), or restore a backup.",
    )


def _wrapping_key(shared: bytes, ephemeral: bytes, recipient: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=ephemeral + recipient, info=b"kiosk/1 data key").derive(
        shared
    )


def _altered(bound: str) -> TamperError:
    return TamperError(
        f"The stored piece {bound} was altered, or is not this store's.",
        remedy="Run kiosk store check; restore a backup if it is damaged.",
    )
