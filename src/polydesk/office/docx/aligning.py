"""Which items of one list answer to which of another: equal ones first, then the most alike between them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

from rapidfuzz.distance import Indel, LCSseq

T = TypeVar("T")

ALIKE = 0.4
"""From this likeness on two items count as one that was changed."""
_BAND = 40
"""How far from its proportional place an item is looked for where many changed at once."""
_LARGEST = 250_000
"""Pairs that are weighed at once; longer stretches are halved, so that memory stays small."""


def aligned(
    old: Sequence[T], new: Sequence[T], key: Callable[[T], Hashable], likeness: Callable[[T, T], float]
) -> list[tuple[int, int]]:
    """Pairs of positions, rising in both lists. `likeness` is between 0 and 1."""
    numbers: dict[Hashable, int] = {}
    one, other = ([numbers.setdefault(key(item), len(numbers)) for item in items] for items in (old, new))
    pairs: list[tuple[int, int]] = []
    gap_old = gap_new = 0
    for start_old, start_new, length in [*_equal(one, other), (len(old), len(new), 0)]:
        for i, j in _most_alike(old[gap_old:start_old], new[gap_new:start_new], likeness):
            pairs.append((gap_old + i, gap_new + j))
        pairs += [(start_old + step, start_new + step) for step in range(length)]
        gap_old, gap_new = start_old + length, start_new + length
    return pairs


def gaps(pairs: Sequence[tuple[int, int]], old: int, new: int) -> Iterator[tuple[range, range]]:
    """What stands between the pairs, in front of the first, and behind the last: positions in each list."""
    i = j = 0
    for at_old, at_new in [*pairs, (old, new)]:
        if at_old > i or at_new > j:
            yield range(i, at_old), range(j, at_new)
        i, j = at_old + 1, at_new + 1


def words_alike(old: Sequence[str], new: Sequence[str]) -> float:
    """How much of two texts is the same, from 0 to 1; two empty ones are the same."""
    return Indel.normalized_similarity(old, new)


def _equal(one: Sequence[int], other: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    for code in LCSseq.opcodes(one, other):
        if code.tag == "equal":
            yield code.src_start, code.dest_start, code.src_end - code.src_start


def _most_alike(old: Sequence[T], new: Sequence[T], likeness: Callable[[T, T], float]) -> Iterator[tuple[int, int]]:
    """The pairs with the greatest sum of likeness (a dynamic programme over a band around the diagonal)."""
    if not old or not new:
        return
    if len(old) > 1 and len(new) > 1 and len(old) * len(new) > _LARGEST:
        half_old, half_new = len(old) // 2, len(new) // 2
        yield from _most_alike(old[:half_old], new[:half_new], likeness)
        for i, j in _most_alike(old[half_old:], new[half_new:], likeness):
            yield half_old + i, half_new + j
        return
    width = len(new) + 1
    best = [[0.0] * width for _ in range(len(old) + 1)]
    chosen: dict[tuple[int, int], bool] = {}
    for i in range(1, len(old) + 1):
        middle = i * len(new) // len(old)
        row, above = best[i], best[i - 1]
        for j in range(1, width):
            value = max(above[j], row[j - 1])
            if abs(j - middle) <= _BAND:
                alike = likeness(old[i - 1], new[j - 1])
                if alike >= ALIKE and above[j - 1] + alike > value:
                    value = above[j - 1] + alike
                    chosen[i, j] = True
            row[j] = value
    yield from reversed(list(_traced(best, chosen, len(old), len(new))))


def _traced(
    best: Sequence[Sequence[float]], chosen: dict[tuple[int, int], bool], i: int, j: int
) -> Iterator[tuple[int, int]]:
    while i and j:
        if (i, j) in chosen and best[i][j] > max(best[i - 1][j], best[i][j - 1]):
            yield i - 1, j - 1
            i, j = i - 1, j - 1
        elif best[i - 1][j] >= best[i][j - 1]:
            i -= 1
        else:
            j -= 1
