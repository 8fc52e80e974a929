"""Tasks in worker processes with a time limit and a memory limit, so that a crash or a hang is counted, not fatal."""

from __future__ import annotations

import multiprocessing
import resource
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

_MEMORY_BYTES = 4 << 30
_MAX_ERROR_LINES = 12


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one task."""

    task: Any
    value: Any
    """What the function returned; None when it did not return."""
    failure: str | None
    """Why it did not return: the end of a traceback, or that it was killed; None when it returned."""


class _Worker:
    """One process that executes tasks one after the other."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=_serve, args=(function, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.task: Any = None
        self.started = 0.0

    def give(self, task: Any) -> None:
        self.task, self.started = task, time.monotonic()
        self.connection.send(task)

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


def outcomes(function: Callable[[Any], Any], tasks: Sequence[Any], *, jobs: int, limit_s: float) -> Iterator[Outcome]:
    """The outcome of `function` for every task, in the order in which they end.

    `function` must be importable. A task that takes longer than `limit_s` is killed with its process.
    """
    waiting, idle, busy = deque(tasks), list[_Worker](), list[_Worker]()
    try:
        while waiting or busy:
            while waiting and len(busy) < jobs:
                worker = idle.pop() if idle else _Worker(function)
                worker.give(waiting.popleft())
                busy.append(worker)
            for worker, outcome in _ended(busy, limit_s):
                busy.remove(worker)
                if worker.process.is_alive():
                    idle.append(worker)
                else:
                    worker.stop()
                yield outcome
    finally:
        for worker in (*idle, *busy):
            worker.stop()


def _ended(busy: list[_Worker], limit_s: float) -> list[tuple[_Worker, Outcome]]:
    left = min(worker.started for worker in busy) + limit_s - time.monotonic()
    ready = wait([worker.connection for worker in busy], timeout=max(left, 0.0))
    found: list[tuple[_Worker, Outcome]] = []
    for worker in busy:
        if worker.connection in ready:
            found.append((worker, _received(worker)))
        elif time.monotonic() - worker.started > limit_s:
            worker.process.kill()
            worker.process.join()
            found.append((worker, Outcome(worker.task, None, f"took longer than {limit_s:g} s and was killed")))
    return found


def _received(worker: _Worker) -> Outcome:
    try:
        value, failure = worker.connection.recv()
    except (EOFError, ConnectionResetError):
        worker.process.join()
        return Outcome(worker.task, None, f"the process ended with status {worker.process.exitcode}")
    return Outcome(worker.task, value, failure)


def _serve(function: Callable[[Any], Any], connection: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        try:
            reply = (function(task), None)
        except Exception:  # a door: whatever a task raises is a result of the measurement
            reply = (None, "\n".join(traceback.format_exc().splitlines()[-_MAX_ERROR_LINES:]))
        connection.send(reply)
