"""Count of the threads that the library starts, by their names."""

from __future__ import annotations

import threading

_OURS = ("sdp-pack", "sdp-client", "sdp-receipts", "sdp-outbox")


class Started:
    """The threads of ours that were started, and the most that were there at once."""

    def __init__(self) -> None:
        self._ours: list[threading.Thread] = []
        self._guard = threading.Lock()
        self.most = 0

    def note(self, thread: threading.Thread) -> None:
        """Count a thread that is about to start."""
        if thread.name.startswith(_OURS):
            with self._guard:
                self._ours.append(thread)
                self.most = max(self.most, 1 + len(self._alive()))

    @property
    def ever(self) -> int:
        """How many were started in all."""
        return len(self._ours)

    def alive(self) -> list[str]:
        """The names of those that have not ended."""
        with self._guard:
            return [thread.name for thread in self._alive()]

    def _alive(self) -> list[threading.Thread]:
        return [thread for thread in self._ours if thread.is_alive()]
