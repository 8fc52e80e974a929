"""The smallest difference between two texts in whole words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"  # Chinese and Japanese have no spaces: each character is a word
    r"|\d+(?:[.,:/]\d+)*%?|[^\W_]+(?:['\u2019-][^\W_]+)*|\s|_|[^\w\s]"
)


@dataclass(frozen=True, slots=True)
class Replacement:
    """Characters `start` to `end` of the old text become `text`."""

    start: int
    end: int
    text: str


def word_differences(old: str, new: str) -> list[Replacement]:
    """The replacements, in order and apart from each other, that turn `old` into `new`.

    As few words as possible are named; replacements that only white space keeps apart are joined, because a reader
    follows one changed phrase more easily than its words.
    """
    if old == new:
        return []
    before, after = _WORD.findall(old), _WORD.findall(new)
    starts = [0]
    for token in before:
        starts.append(starts[-1] + len(token))
    found: list[Replacement] = []
    for code in LCSseq.opcodes(before, after):
        if code.tag == "equal":
            continue
        text = "".join(after[code.dest_start : code.dest_end])
        found.append(Replacement(starts[code.src_start], starts[code.src_end], text))
    return _joined(old, found)


def _joined(old: str, found: list[Replacement]) -> list[Replacement]:
    joined: list[Replacement] = []
    for item in found:
        gap = old[joined[-1].end : item.start] if joined else None
        if gap is not None and (not gap or (gap.isspace() and "\n" not in gap and _is_phrase(joined[-1], item))):
            last = joined.pop()
            item = Replacement(last.start, item.end, last.text + gap + item.text)
        joined.append(item)
    return joined


def _is_phrase(left: Replacement, right: Replacement) -> bool:
    """Whether both take words away, so that one deletion reads better than two."""
    return left.end > left.start and right.end > right.start
