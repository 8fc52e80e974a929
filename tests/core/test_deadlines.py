"""Many deadlines on one timer behave as a timer of their own would."""

from __future__ import annotations

import asyncio

import pytest

from polydesk.core.deadlines import NEVER, Deadlines


async def at_once() -> str:
    return "done"


async def test_what_comes_in_time_is_given() -> None:
    assert await Deadlines().within(5, at_once()) == "done"


async def test_what_does_not_come_is_cancelled_and_times_out() -> None:
    ended = asyncio.Event()

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        await Deadlines().within(0.01, never())
    assert ended.is_set()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0, "the task goes on as if nobody had cancelled it"


async def test_a_caller_that_is_cancelled_is_cancelled() -> None:
    waiting = asyncio.Event()

    async def wait() -> None:
        waiting.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(Deadlines().within(60, wait()))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_one_limit_bounds_one_wait_after_another() -> None:
    limit = Deadlines().limit()
    for _ in range(3):
        assert await limit.within(5, at_once()) == "done"
    with pytest.raises(TimeoutError):
        await limit.within(0.01, asyncio.Event().wait())
    assert await limit.within(5, at_once()) == "done"
    limit.close()
    limit.close()


async def test_the_sooner_of_two_comes_first_and_a_lifted_one_never() -> None:
    deadlines = Deadlines()
    heard: list[str] = []
    last = asyncio.Event()
    lifted = deadlines.set(0.0, lambda: heard.append("lifted"))
    deadlines.set(0.03, last.set)
    deadlines.set(0.0, lambda: heard.append("soon"))
    deadlines.lift(lifted)
    await asyncio.wait_for(last.wait(), 5)
    assert heard == ["soon"]


async def test_a_deadline_can_be_moved() -> None:
    deadlines = Deadlines()
    heard: list[str] = []
    last = asyncio.Event()
    put_off = deadlines.set(0.0, lambda: heard.append("put off"))
    put_off.at = NEVER
    deadlines.set(0.03, last.set)
    await asyncio.wait_for(last.wait(), 5)
    assert heard == []
    deadlines.lift(put_off)
