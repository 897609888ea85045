"""The patient's end of the store that can also take back: what was sent is erased there, not only marked.

It opens the store with its master key for that moment. Where the key is asked for (a passphrase), nobody at the kiosk
can answer: the error names the command for an administrator.
"""

from __future__ import annotations

from kiosk.errors import AccessError, VaultKeyError
from kiosk.store import erasure
from kiosk.store.nurse_end import open_store
from kiosk.store.outbox import StoreOutbox
from kiosk.store.premises import Premises


class SiteOutbox(StoreOutbox):
    """Sends to the site's store, and erases there what a patient takes back."""

    def __init__(self, site: Premises) -> None:
        super().__init__(site)
        self._premises = site

    def withdraw(self, encounter_id: str) -> None:
        """See :class:`kiosk.intakes.Outbox`."""
        try:
            super().withdraw(encounter_id)
        except AccessError as refusal:
            self.close()  # so that no old page of ours keeps what is erased in the write-ahead log
            try:
                store = open_store(self._premises)
            except VaultKeyError:
                raise refusal from None
            try:
                erasure.withdraw(store, encounter_id)
            finally:
                store.close()
