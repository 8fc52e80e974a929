"""Questions that mean the same, found by their vectors among those that differ in nothing else."""

from __future__ import annotations

import heapq
import math
import operator
import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

_COMPARED = 16
"""How many of the nearest are compared exactly; which they are is told by the signs of their vectors, at a bit each."""
_NUMBER = re.compile(r"\d+")


class Likeness(NamedTuple):
    """A question that means the same."""

    key: bytes
    """Of its answer."""
    similarity: float


class _Known(NamedTuple):
    vector: array[float]
    signs: int
    numbers: tuple[str, ...]


class AlikeQuestions:
    """Questions by what stands around them: scope, model, instructions and all settings must be the same.

    A sum, a year or a date changes little of a vector and all of an answer: questions with other numbers never mean the
    same. Used by one thread.
    """

    def __init__(self, *, similarity: float, is_kept: Callable[[bytes], bool]) -> None:
        """`is_kept` tells whether the answer of that key is still there."""
        self._similarity = similarity
        self._is_kept = is_kept
        self._around: dict[bytes, dict[bytes, _Known]] = {}
        self._count = 0
        self._sweep_at = 64

    def __len__(self) -> int:
        return self._count

    def find(self, around: bytes, text: str, vector: Sequence[float]) -> Likeness | None:
        """The question that is most like `text`; None when none is like enough."""
        sought = _known(text, vector)
        able = ((key, known) for key, known in self._around.get(around, {}).items() if known.numbers == sought.numbers)
        near = heapq.nsmallest(_COMPARED, able, key=lambda one: (one[1].signs ^ sought.signs).bit_count())
        best = max(self._compared(near, sought), key=lambda one: one.similarity, default=None)
        return None if best is None or best.similarity < self._similarity else best

    def add(self, around: bytes, key: bytes, text: str, vector: Sequence[float]) -> None:
        """Know the question whose answer is kept as `key`."""
        there = self._around.setdefault(around, {})
        self._count += key not in there
        there[key] = _known(text, vector)
        if self._count >= self._sweep_at:
            self._sweep()

    def _compared(self, near: Iterable[tuple[bytes, _Known]], sought: _Known) -> Iterable[Likeness]:
        for key, known in near:
            if len(known.vector) == len(sought.vector) and self._is_kept(key):
                yield Likeness(key, sum(map(operator.mul, known.vector, sought.vector)))

    def _sweep(self) -> None:
        """Forget questions whose answers are gone; next time when there are a quarter more."""
        left = {
            around: {key: known for key, known in there.items() if self._is_kept(key)}
            for around, there in self._around.items()
        }
        self._around = {around: there for around, there in left.items() if there}
        self._count = sum(map(len, self._around.values()))
        self._sweep_at = max(64, self._count + self._count // 4)


def _known(text: str, vector: Sequence[float]) -> _Known:
    length = math.sqrt(math.fsum(number * number for number in vector)) or 1.0
    signs = 0
    for number in vector:
        signs = signs << 1 | (number > 0)
    return _Known(array("f", (number / length for number in vector)), signs, tuple(_NUMBER.findall(text)))
