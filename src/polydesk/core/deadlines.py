"""Many deadlines on one timer, for a timer of its own costs several microseconds to set and to lift.

Thousands of streams each set a deadline for every piece that they wait for, and nearly all are lifted in time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

TICK_S = 0.02
"""How late a deadline may be noticed."""
MANY = 1_000
MANY_TICK_S = 0.1
"""The same when so many are set that looking at them all takes time."""
ResultT = TypeVar("ResultT")


class Deadline:
    """One deadline, until it is lifted."""

    __slots__ = ("at", "callback")

    def __init__(self, at: float, callback: Callable[[], object]) -> None:
        self.at = at
        self.callback = callback


class Deadlines:
    """The deadlines of one event loop; made while it runs."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._set: set[Deadline] = set()
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float, callback: Callable[[], object]) -> Deadline:
        """Call `callback` after `seconds`, or at most a tick later, unless lifted before."""
        deadline = Deadline(self._loop.time() + seconds, callback)
        self._set.add(deadline)
        if self._timer is None:
            self._timer = self._loop.call_later(min(TICK_S, max(seconds, 0.0)), self._tick)
        return deadline

    def lift(self, deadline: Deadline) -> None:
        """Let nothing happen at `deadline`."""
        self._set.discard(deadline)

    async def within(self, seconds: float, answer: Awaitable[ResultT]) -> ResultT:
        """What `answer` gives, or TimeoutError when it has not come after `seconds`; it is then cancelled."""
        task = asyncio.current_task()
        assert task is not None
        before = task.cancelling()
        expired = False

        def expire() -> None:
            nonlocal expired
            expired = True
            task.cancel()

        deadline = self.set(seconds, expire)
        try:
            return await answer
        except asyncio.CancelledError as exc:
            # Somebody else may have cancelled the task too: then it is not ours to go on.
            if expired and task.uncancel() <= before:
                raise TimeoutError from exc
            raise
        finally:
            self._set.discard(deadline)

    def _tick(self) -> None:
        now = self._loop.time()
        due = [deadline for deadline in self._set if deadline.at <= now]
        for deadline in due:
            self._set.discard(deadline)
            deadline.callback()
        if self._set:
            self._timer = self._loop.call_later(TICK_S if len(self._set) < MANY else MANY_TICK_S, self._tick)
        else:
            self._timer = None
