"""Reading the screens aloud: what a voice must do, and the one that says nothing."""

from __future__ import annotations

from typing import Protocol


class Voice(Protocol):
    """Speaks sentences in the patient's language. Never blocks: what is being said may be cut off at any time."""

    def speakable(self, language: str) -> bool:
        """Whether anything can be said in this language."""

    def say(self, text: str, language: str) -> None:
        """Say this, in place of what is being said."""

    def stop(self) -> None:
        """Say nothing more."""


class Silent:
    """No voice: the screens are read by eye."""

    def speakable(self, language: str) -> bool:  # noqa: ARG002 - the protocol's
        """See :class:`Voice`."""
        return False

    def say(self, text: str, language: str) -> None:
        """See :class:`Voice`."""

    def stop(self) -> None:
        """See :class:`Voice`."""
