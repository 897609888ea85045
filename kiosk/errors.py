"""What can go wrong, said to a person.

    KioskError                      anything this program reports on purpose
    ├── InputError         exit 2   the caller gave something that cannot be used
    │   ├── AudioError              the file or stream is empty, truncated, over-long or not audio
    │   ├── LanguageError           the language is unknown, or not enabled on this site
    │   ├── SettingsError           a settings or data file has a wrong key or value
    │   ├── SecretError             a new password or PIN is too easy to guess
    │   ├── DecisionError           what a nurse decided does not fit the note, or the note is not ready to be signed
    │   └── ConflictError           somebody else changed the record in the meantime
    ├── MissingError       exit 3   a model or device is not here
    │   ├── ModelError              a model's file is absent or does not match its checksum
    │   ├── UnsupportedLanguageError  no installed engine knows the language
    │   ├── DeviceError             no microphone, or PortAudio is not installed
    │   └── VaultKeyError           the store's key is not here, or is not this store's
    ├── Cancelled                   the person at the screen stopped the work
    ├── AccessError        exit 1   wrong name or secret, or not this role's business
    │   ├── LockedOutError          too many wrong secrets: wait
    │   └── SessionOverError        the session has expired: log in again
    ├── StorageError       exit 1   the disk is full, the site's folder cannot be written, the database does not answer
    │   └── TamperError             the store or its log was changed by something that is not this program
    ├── ExportError        exit 1   a note cannot be written in a format, or what receives it does not take it
    └── EngineError        exit 1   an engine failed on input that was sound

Every message says what happened, names the file, key or device, and ``remedy`` says what mends it. Neither ever
holds a patient's words.
"""

from __future__ import annotations


class KioskError(Exception):
    """Base of all errors shown to people.

    Attributes:
        remedy: what to do about it, as one sentence or one command; empty when there is nothing to do.
        exit_code: the process's exit code when the error ends a command.
    """

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class InputError(KioskError):
    """The caller gave something that cannot be used."""

    exit_code = 2


class AudioError(InputError):
    """The audio is empty, truncated, over-long, or not audio at all."""


class LanguageError(InputError):
    """The language is unknown, or not enabled on this site."""


class SettingsError(InputError):
    """A settings or data file has an unknown key or a value that cannot be used."""


class SecretError(InputError):
    """A new password or PIN is too short, or too easy to guess."""


class DecisionError(InputError):
    """A decision does not fit the note, or the note is not ready to be signed."""


class ConflictError(InputError):
    """Somebody else changed the record in the meantime: look again, then decide."""


class MissingError(KioskError):
    """A model or a device that the work needs is not on this machine."""

    exit_code = 3


class ModelError(MissingError):
    """A model's file is absent, half-written, or differs from its checksum."""


class UnsupportedLanguageError(MissingError):
    """No installed engine knows the language: it is never recognised as another one."""


class DeviceError(MissingError):
    """No microphone, or the PortAudio library is not installed."""


class VaultKeyError(MissingError):
    """The store's key is absent, readable by others, or belongs to another store."""


class AccessError(KioskError):
    """Wrong name or secret, locked out, the session is over, or the role does not allow it."""


class LockedOutError(AccessError):
    """Too many wrong secrets in a row.

    Attributes:
        wait_s: seconds until the account may try again.
    """

    def __init__(self, message: str, *, wait_s: float, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.wait_s = wait_s


class SessionOverError(AccessError):
    """The session has expired, or was ended."""


class StorageError(KioskError):
    """The disk is full, the site's data folder cannot be read or written, or the database does not answer."""


class TamperError(StorageError):
    """Stored data is not what this program wrote: it was altered, or cut off."""


class ExportError(KioskError):
    """A note cannot be written in a format, or the folder or server that is to receive it does not take it."""


class EngineError(KioskError):
    """An engine failed on input that was sound."""


class Cancelled(KioskError):  # noqa: N818  # not a failure: a person pressed Stop
    """The work was stopped on request."""
