"""A thread that sends signed notes while a nurse's station is open: at once after a signature, and again and again.

It owns nothing but its loop: ``kiosk.store.dispatch`` decides what is due, and two couriers never take the same note.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from kiosk.errors import KioskError
from kiosk.store import dispatch
from kiosk.store.nurse_end import Store

EVERY_S = 15.0


class Courier:
    """Sends what is due until it is stopped; idle, and without a thread, where the settings send notes nowhere."""

    def __init__(self, store: Store, *, every_s: float = EVERY_S) -> None:
        """Use :meth:`start` to begin.

        Args:
            every_s: seconds between two looks at the queue.
        """
        self._store = store
        self._every_s = every_s
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; does nothing when it runs already, or there is nowhere to send to."""
        if self._thread is None and self._store.site.settings.export.targets:
            self._thread = threading.Thread(target=self._run, name="kiosk-courier", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Look at the queue now: a note was signed."""
        self._wake.set()

    def stop(self, *, wait_s: float = 5.0) -> None:
        """End after the document that is on its way; one that takes longer than ``wait_s`` is left, and sent again."""
        self._stopped.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(wait_s)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            with suppress(KioskError):  # the store does not answer: whoever works with it is told; here, the next time
                dispatch.deliver(self._store, stop=self._stopped.is_set)
            self._wake.wait(self._every_s)
