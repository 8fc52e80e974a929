"""A second attempt beside a slow first one: who begins first is heard, the other is let go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")
Work = Coroutine[Any, Any, ResultT]


async def hedged(
    first: Work[ResultT],
    *,
    after_s: float,
    second: Callable[[], Work[ResultT] | None],
    on_failure: Callable[[BaseException], None],
    discard: Callable[[ResultT], Awaitable[None]],
) -> ResultT:
    """The result of whichever of two comes first; `second` is begun when `first` has not come after `after_s`.

    A failure of one is told to `on_failure` while the other goes on; the failure of the last one is raised. Whoever
    is not heard, or all when the caller is cancelled, is cancelled and awaited; a result that came too late is given
    to `discard`.
    """
    running = [asyncio.ensure_future(first)]
    unheard = running
    try:
        done, _ = await asyncio.wait(running, timeout=after_s)
        other = None if done else second()
        if other is not None:
            running.append(asyncio.ensure_future(other))
        heard = await _first_heard(running, on_failure)
        unheard = [task for task in running if task is not heard]
    finally:
        await _let_go(unheard, discard)
    return heard.result()


async def _first_heard(
    tasks: Sequence[asyncio.Future[ResultT]], on_failure: Callable[[BaseException], None]
) -> asyncio.Future[ResultT]:
    """The first task that has a result, or the last that failed."""
    pending = list(tasks)
    while True:
        await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        done = [task for task in pending if task.done()]
        pending = [task for task in pending if not task.done()]
        good = [task for task in done if task.exception() is None]
        if good:
            return good[0]
        for task in done if pending else done[:-1]:
            error = task.exception()
            assert error is not None
            on_failure(error)
        if not pending:
            return done[-1]


async def _let_go(tasks: Sequence[asyncio.Future[ResultT]], discard: Callable[[ResultT], Awaitable[None]]) -> None:
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if not isinstance(result, BaseException):
            await discard(result)
