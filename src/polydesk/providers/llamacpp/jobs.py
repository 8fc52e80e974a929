"""Blocking work for an event loop: a bounded number of threads, a queue in order, and an end that does not hang."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable
from typing import TypeVar

Result = TypeVar("Result")


class JobDroppedError(Exception):
    """The queue was ended before the work was done."""


class QueueFullError(Exception):
    """As many jobs wait as may."""


class Job:
    """One piece of work, which looks at `is_cancelled` now and then."""

    def __init__(self, work: Callable[[Job], None], dropped: Callable[[], None]) -> None:
        self.work = work
        self.dropped = dropped
        """Called instead of `work` when the queue is ended before it was its turn."""
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ask the work to end. Work that has not begun never will."""
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody wants the result any more, which is also so when the program is ending."""
        # Python waits for our threads before it ends. The main thread counts as ended by then.
        return self._cancelled.is_set() or not threading.main_thread().is_alive()


class JobQueue:
    """Does jobs in the order they came, `width` at a time. Threads live only while there is work.

    They are no daemons: a daemon thread that returns from C++ while the interpreter goes down ends the process badly.
    """

    def __init__(self, width: int, max_waiting: int | None = None) -> None:
        """`max_waiting` None lets any number wait."""
        self._width = width
        self._max_waiting = max_waiting
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._waiting: deque[Job] = deque()
        self._running: list[Job] = []

    @property
    def running(self) -> int:
        """Jobs that hold a thread now."""
        with self._lock:
            return len(self._running)

    @property
    def waiting(self) -> int:
        """Jobs whose turn has not come, without those that nobody waits for any more."""
        with self._lock:
            return self._count_waiting()

    def _count_waiting(self) -> int:
        return sum(not job.is_cancelled for job in self._waiting)

    def submit(self, job: Job) -> None:
        """Do `job` as soon as it is its turn. Raises QueueFullError."""
        with self._lock:
            if len(self._running) == self._width:
                if self._max_waiting is not None and self._count_waiting() >= self._max_waiting:
                    raise QueueFullError
                self._waiting.append(job)
                return
            self._running.append(job)
        threading.Thread(target=self._work, args=(job,), name="polydesk-embedded").start()

    def end(self) -> None:
        """Cancel everything and wait until no thread is left."""
        with self._lock:
            dropped = list(self._waiting)
            self._waiting.clear()
            for job in (*dropped, *self._running):
                job.cancel()
            while self._running:
                self._idle.wait()
        for job in dropped:
            job.dropped()

    def _work(self, job: Job) -> None:
        current: Job | None = job
        while current is not None:
            try:
                if not current.is_cancelled:
                    current.work(current)
            finally:
                current = self._next_after(current)

    def _next_after(self, done: Job) -> Job | None:
        with self._lock:
            self._running.remove(done)
            while self._waiting:
                job = self._waiting.popleft()
                if not job.is_cancelled:
                    self._running.append(job)
                    return job
            self._idle.notify_all()
            return None


async def results_of(queue: JobQueue, work: Callable[[Job, Callable[[Result], None]], None]) -> AsyncGenerator[Result]:
    """What `work` emits in a thread of `queue`, as it comes; an error of `work` is raised here.

    Raises QueueFullError at once, and JobDroppedError when the queue is ended. Closing the iterator cancels the job and
    does not wait for its end.
    """
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[tuple[Result] | Exception | None] = asyncio.Queue()

    def tell(item: tuple[Result] | Exception | None) -> None:
        try:
            loop.call_soon_threadsafe(arrived.put_nowait, item)
        except RuntimeError:  # the loop is closed: nobody is left to hear
            job.cancel()

    def run(current: Job) -> None:
        try:
            work(current, lambda result: tell((result,)))
        except Exception as exc:  # carried to who waits for the results, and raised there
            tell(exc)
        else:
            tell(JobDroppedError() if current.is_cancelled else None)

    job = Job(run, lambda: tell(JobDroppedError()))
    queue.submit(job)
    try:
        while (item := await arrived.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item[0]
    finally:
        job.cancel()
