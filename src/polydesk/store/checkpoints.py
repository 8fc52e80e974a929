"""Moves what was committed from the write-ahead log into the database, away from the event loop."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

_EVERY_S = 1.0
_LARGE_LOG_PAGES = 32_768
"""128 MiB of the log, at 4 KiB a page."""
_MOST_ROUNDS = 6
_SHORT_S = 0.02
_WAIT_S = 0.1
"""For readers of old pages: while it waits for them, nobody can write."""


class Checkpoints:
    """A thread with a connection of its own. SQLite lets go of the interpreter while it copies, so nobody waits for it.

    A passive checkpoint keeps nobody from writing, but the log starts over only when a moment finds it wholly copied,
    which under a steady load may never come. So once the log is large, writers are kept out for the last few pages.
    https://sqlite.org/wal.html#avoiding_excessively_large_wal_files (checked 2026-11-24)
    """

    def __init__(self, path: Path, *, large_log_pages: int = _LARGE_LOG_PAGES) -> None:
        self._large_log_pages = large_log_pages
        self._connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="polydesk-checkpoints", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, which takes as long as a checkpoint under way."""
        self._stopped.set()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while not self._stopped.wait(_EVERY_S):
            try:
                self._checkpoint()
            except sqlite3.Error:
                continue  # nothing is lost: the next one tries again, and a full disk shows in the commits

    def _checkpoint(self) -> None:
        if self._moved("PASSIVE") <= self._large_log_pages:
            return
        for _ in range(_MOST_ROUNDS):  # each moves what came during the one before, until little is left
            began = time.monotonic()
            self._moved("PASSIVE")
            if time.monotonic() - began < _SHORT_S:
                break
        self._moved("RESTART")

    def _moved(self, mode: str) -> int:
        """Do it, and say how many pages the log has."""
        _, pages, _ = self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        return pages
