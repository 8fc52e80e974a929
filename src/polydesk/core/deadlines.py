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
NEVER = float("inf")
ResultT = TypeVar("ResultT")


class Deadline:
    """One deadline, until it is lifted. It may be moved at will by setting `at`."""

    __slots__ = ("at", "callback")

    def __init__(self, at: float, callback: Callable[[], object]) -> None:
        self.at = at
        """A time of the event loop; infinity while nothing is waited for."""
        self.callback = callback


class Deadlines:
    """The deadlines of one event loop; made while it runs."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._set: set[Deadline] = set()
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float, callback: Callable[[], object]) -> Deadline:
        """Call `callback` after `seconds`, or at most a tick later, unless lifted or moved before."""
        deadline = Deadline(self._loop.time() + seconds, callback)
        self._set.add(deadline)
        if self._timer is None:
            self._timer = self._loop.call_later(min(TICK_S, max(seconds, 0.0)), self._tick)
        return deadline

    def lift(self, deadline: Deadline) -> None:
        """Let nothing happen at `deadline`."""
        self._set.discard(deadline)

    def limit(self) -> Limit:
        """A limit for waits that follow one another; to be closed."""
        return Limit(self, self._loop)

    async def within(self, seconds: float, answer: Awaitable[ResultT]) -> ResultT:
        """What `answer` gives, or TimeoutError when it has not come after `seconds`; it is then cancelled."""
        limit = self.limit()
        try:
            return await limit.within(seconds, answer)
        finally:
            limit.close()

    def _tick(self) -> None:
        now = self._loop.time()
        for deadline in [deadline for deadline in self._set if deadline.at <= now]:
            deadline.at = NEVER
            deadline.callback()
        if self._set:
            self._timer = self._loop.call_later(TICK_S if len(self._set) < MANY else MANY_TICK_S, self._tick)
        else:
            self._timer = None


class Limit:
    """Bounds one wait after another with a single deadline, which is only moved: a stream waits for every piece."""

    __slots__ = ("_cancelled", "_deadline", "_deadlines", "_expired", "_loop", "_task")

    def __init__(self, deadlines: Deadlines, loop: asyncio.AbstractEventLoop) -> None:
        self._deadlines = deadlines
        self._loop = loop
        self._task: asyncio.Task[object] | None = None
        self._expired = False
        self._cancelled = 0
        """How often the task had been cancelled when the wait began."""
        self._deadline: Deadline | None = None

    async def within(self, seconds: float, answer: Awaitable[ResultT]) -> ResultT:
        """What `answer` gives, or TimeoutError when it has not come after `seconds`; it is then cancelled."""
        self.begin(seconds)
        try:
            return await answer
        except asyncio.CancelledError as exc:
            if self.has_expired():
                raise TimeoutError from exc
            raise
        finally:
            self.end()

    # What `within` does, for those who wait so often that a coroutine in between would matter.

    def begin(self, seconds: float) -> None:
        """Cancel the task that runs after `seconds`, unless `end` comes before."""
        task = self._task = asyncio.current_task(self._loop)
        assert task is not None
        self._expired = False
        self._cancelled = task.cancelling()
        if self._deadline is None:
            self._deadline = self._deadlines.set(seconds, self._expire)
        else:
            self._deadline.at = self._loop.time() + seconds

    def has_expired(self) -> bool:
        """Whether a cancellation that came between `begin` and `end` was ours alone, which is then taken back.

        Somebody else may have cancelled the task too: then it is not ours to go on.
        """
        assert self._task is not None
        return self._expired and self._task.uncancel() <= self._cancelled

    def end(self) -> None:
        """The wait is over."""
        assert self._deadline is not None
        self._deadline.at = NEVER
        self._task = None

    def close(self) -> None:
        """Limit nothing more."""
        if self._deadline is not None:
            self._deadlines.lift(self._deadline)
            self._deadline = None

    # The task is never a variable of who waits: a task that was cancelled keeps the error, the error its frames, and a
    # frame that knew the task would keep them all.

    def _expire(self) -> None:
        if self._task is not None:
            self._expired = True
            self._task.cancel()
