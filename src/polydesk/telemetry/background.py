"""Work that is put off to a thread of its own, so that no call waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")

BATCH_S = 0.05
"""How long items are gathered before they are worked on, so that a busy program is not interrupted for each."""
MOST_AT_ONCE = 1000


class Background(Generic[ItemT]):
    """Gives items in batches to `work`, in the order in which they came. Any thread may put.

    `work` runs in one thread, and must not raise. With `most` items waiting, more are dropped and counted.
    """

    def __init__(self, name: str, work: Callable[[Sequence[ItemT]], None], *, most: int) -> None:
        self._work = work
        self._most = most
        self._queue: SimpleQueue[ItemT | None] = SimpleQueue()
        """None is the end."""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.dropped = 0

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def put(self, item: ItemT) -> None:
        """Queue `item`, or drop it. Never waits."""
        if self._queue.qsize() >= self._most:
            self.dropped += 1
        else:
            self._queue.put(item)

    def close(self, timeout_s: float) -> bool:
        """Work off what waits and stop; False when `timeout_s` was not enough."""
        if self._thread.ident is None:
            return True
        if not self._closing.is_set():
            self._closing.set()
            self._queue.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            # More come in a moment, unless this is the end.
            self._closing.wait(BATCH_S)
            self._work([first, *self._waiting()])

    def _waiting(self) -> list[ItemT]:
        """What waits, or as much as is worked on at once."""
        items: list[ItemT] = []
        while len(items) < MOST_AT_ONCE and not self._queue.empty():
            item = self._queue.get()
            if item is None:
                self._queue.put(None)  # the end, to be found again after these
                break
            items.append(item)
        return items
