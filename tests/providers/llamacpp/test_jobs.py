"""Work in threads: in order, so many at a time, and ended without a trace."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import aclosing

import pytest

from polydesk.providers.llamacpp.jobs import Job, JobDroppedError, JobQueue, QueueFullError, results_of


async def collected(queue: JobQueue, work: Callable[[Job, Callable[[int], None]], None]) -> list[int]:
    return [result async for result in results_of(queue, work)]


async def test_results_come_in_order_and_then_end() -> None:
    def work(job: Job, emit: Callable[[int], None]) -> None:
        for number in range(100):
            emit(number)

    assert await collected(JobQueue(1), work) == list(range(100))


async def test_an_error_of_the_work_is_raised_where_its_results_are_read() -> None:
    def work(job: Job, emit: Callable[[int], None]) -> None:
        emit(1)
        raise ValueError("broken")

    async with aclosing(results_of(JobQueue(1), work)) as results:
        assert await anext(results) == 1
        with pytest.raises(ValueError, match="broken"):
            await anext(results)


async def test_no_more_than_the_width_run_at_once() -> None:
    queue = JobQueue(2)
    both = threading.Barrier(2)
    most = 0

    def work(job: Job, emit: Callable[[int], None]) -> None:
        nonlocal most
        both.wait(30)
        most = max(most, queue.running)
        emit(1)

    assert await asyncio.gather(*(collected(queue, work) for _ in range(6))) == [[1]] * 6
    assert most == 2


async def test_a_job_that_is_given_up_before_its_turn_never_begins() -> None:
    queue = JobQueue(1)
    go_on = threading.Event()
    begun: list[str] = []

    def first(job: Job, emit: Callable[[int], None]) -> None:
        begun.append("first")
        go_on.wait(30)

    def given_up(job: Job, emit: Callable[[int], None]) -> None:
        begun.append("given up")

    def last(job: Job, emit: Callable[[int], None]) -> None:
        begun.append("last")

    tasks = [asyncio.create_task(collected(queue, work)) for work in (first, given_up, last)]
    await asyncio.wait(tasks, timeout=0.01)
    tasks[1].cancel()
    await asyncio.wait(tasks[1:2])
    go_on.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert begun == ["first", "last"]


async def test_closing_the_results_tells_the_job() -> None:
    told = threading.Event()

    def work(job: Job, emit: Callable[[int], None]) -> None:
        emit(1)
        while not job.is_cancelled:
            pass
        told.set()

    async with aclosing(results_of(JobQueue(1), work)) as results:
        assert await anext(results) == 1
    assert await asyncio.to_thread(told.wait, 30)


async def test_ending_the_queue_is_an_error_for_all_who_wait() -> None:
    queue = JobQueue(1)
    begun = threading.Event()

    def work(job: Job, emit: Callable[[int], None]) -> None:
        begun.set()
        while not job.is_cancelled:
            pass

    tasks = [asyncio.create_task(collected(queue, work)) for _ in range(2)]
    assert await asyncio.to_thread(begun.wait, 30)
    await asyncio.to_thread(queue.end)
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(error) for error in ended] == [JobDroppedError, JobDroppedError]
    assert queue.running == 0


async def test_one_more_than_may_wait_is_refused_at_once_and_those_who_left_do_not_count() -> None:
    queue = JobQueue(1, max_waiting=1)
    go_on = threading.Event()

    def work(job: Job, emit: Callable[[int], None]) -> None:
        go_on.wait(30)
        emit(1)

    first, second = (asyncio.create_task(collected(queue, work)) for _ in range(2))
    await asyncio.wait((first, second), timeout=0.01)
    assert (queue.running, queue.waiting) == (1, 1)
    with pytest.raises(QueueFullError):
        await collected(queue, work)
    second.cancel()
    await asyncio.wait((second,))
    assert queue.waiting == 0
    third = asyncio.create_task(collected(queue, work))
    await asyncio.wait((third,), timeout=0.01)
    go_on.set()
    assert await asyncio.gather(first, third) == [[1], [1]]
