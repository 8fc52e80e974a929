"""The smallest difference between two texts in whole words."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"  # Chinese and Japanese have no spaces: each character is a word
    r"|[\u00a3$\u20ac\u00a5]?\d+(?:[.,:/]\d+)*%?|[^\W_]+(?:['\u2019-][^\W_]+)*|\s|_|[^\w\s]"
)


@dataclass(frozen=True, slots=True)
class Replacement:
    """Characters `start` to `end` of the old text become `text`."""

    start: int
    end: int
    text: str


def words_of(text: str) -> list[str]:
    """The words, spaces and signs that `text` consists of; joined they are the text."""
    return _WORD.findall(text)


def word_differences(old: str, new: str, *, borders: Collection[int] = ()) -> list[Replacement]:
    """The replacements, in order and apart from each other, that turn `old` into `new`.

    As few words as possible are named; replacements that only white space keeps apart are joined, because a reader
    follows one changed phrase more easily than its words. None is joined across one of the `borders`, offsets in `old`
    where the look changes.
    """
    if old == new:
        return []
    before, after = words_of(old), words_of(new)
    starts = [0]
    for token in before:
        starts.append(starts[-1] + len(token))
    found: list[Replacement] = []
    for code in LCSseq.opcodes(before, after):
        if code.tag == "equal":
            continue
        item = Replacement(
            starts[code.src_start], starts[code.src_end], "".join(after[code.dest_start : code.dest_end])
        )
        if found and found[-1].end == item.start:
            item = _one(found.pop(), item, "")
        found.append(item)
    return _joined(old, found, borders)


def _joined(old: str, found: list[Replacement], borders: Collection[int]) -> list[Replacement]:
    joined: list[Replacement] = []
    for item in found:
        if joined and _is_phrase(old, joined[-1], item) and not _crosses(borders, joined[-1].start, item.end):
            last = joined.pop()
            item = _one(last, item, old[last.end : item.start])
        joined.append(item)
    return joined


def _one(left: Replacement, right: Replacement, gap: str) -> Replacement:
    return Replacement(left.start, right.end, left.text + gap + right.text)


def _is_phrase(old: str, left: Replacement, right: Replacement) -> bool:
    """Whether white space alone is between them and both take words away: one deletion then reads better than two."""
    gap = old[left.end : right.start]
    return gap.isspace() and "\n" not in gap and left.end > left.start and right.end > right.start


def _crosses(borders: Collection[int], start: int, end: int) -> bool:
    return any(start < border < end for border in borders)
