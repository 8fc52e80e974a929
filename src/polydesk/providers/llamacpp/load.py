"""How busy a model is, and what of a prompt it has at hand: what is known without asking the engine.

The engine keeps each slot's last prompt and reads of the next one only what comes after the common beginning. So the
prompts that were begun last, one for each slot, are what its slots hold.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager

import msgspec

from polydesk.core.messages import ModelRequest
from polydesk.providers.base import Load

_MEMORY = 0.3
"""Weight of the newest answer in the means; the four before it have most of the rest."""
_READ_ENOUGH = 32
"""Tokens below which the speed of reading says little."""
_BYTES_PER_TOKEN = 4


class Timings(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the engine's own measurements that is used."""

    prompt_n: int = 0
    """Tokens that were read, those at hand not counted."""
    prompt_ms: float = 0.0


class Workload:
    """What one model has done lately and does now. Any thread may use it."""

    def __init__(self, slots: int, elapsed_s: Callable[[], float] = time.monotonic) -> None:
        self._slots = slots
        self._elapsed_s = elapsed_s
        self._lock = threading.Lock()
        self._begun_s: list[float] = []
        self._prompts: deque[bytes] = deque(maxlen=slots)
        self._answer_s: float | None = None
        self._tokens_per_s: float | None = None

    @contextmanager
    def answering(self, prompt: bytes) -> Generator[None]:
        """Note that the block answers `prompt`; one that does not end well tells nothing of how long answers take."""
        began_s = self._elapsed_s()
        with self._lock:
            self._begun_s.append(began_s)
            self._prompts.append(prompt)
        whole = False
        try:
            yield
            whole = True
        finally:
            with self._lock:
                self._begun_s.remove(began_s)
                if whole:
                    self._answer_s = _mean(self._answer_s, self._elapsed_s() - began_s)

    def learn(self, timings: Timings) -> None:
        """Note how fast a prompt was read."""
        if timings.prompt_n >= _READ_ENOUGH and timings.prompt_ms > 0:
            with self._lock:
                self._tokens_per_s = _mean(self._tokens_per_s, timings.prompt_n / timings.prompt_ms * 1000)

    def load(self, prompt: bytes, *, running: int, waiting: int) -> Load:
        """How it stands for one more request with that prompt, while others are answered or wait."""
        with self._lock:
            wait_s = 0.0 if running < self._slots and not waiting else self._wait_s(waiting)
            return Load(
                running=running,
                waiting=waiting,
                slots=self._slots,
                wait_s=wait_s,
                saved_s=self._saved_s(prompt),
            )

    def _wait_s(self, waiting: int) -> float:
        # Before the first answer has ended, what has taken so long is expected to take as long again.
        oldest_s = self._elapsed_s() - min(self._begun_s, default=self._elapsed_s())
        usual_s = oldest_s if self._answer_s is None else self._answer_s
        return usual_s * (waiting + 1) / self._slots

    def _saved_s(self, prompt: bytes) -> float:
        if self._tokens_per_s is None:
            return 0.0
        longest = max((_common(prompt, held) for held in self._prompts), default=0)
        return longest / _BYTES_PER_TOKEN / self._tokens_per_s


def prompt_of(request: ModelRequest) -> bytes:
    """What the slots remember of a request: its messages, in the order in which they are read."""
    return msgspec.json.encode(request.messages)


def _common(one: bytes, other: bytes) -> int:
    """Length of their common beginning, found by halves."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _mean(before: float | None, now: float) -> float:
    return now if before is None else before + _MEMORY * (now - before)
