"""The word difference is right, as small as can be in words, and reads well."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.office.worddiff import Replacement, word_differences

texts = st.lists(
    st.sampled_from(
        ["a", "b", "cat", "1,234.5", " ", " ", "\n", ".", "\u65e5", "\u672c", "don't", "e\u0301", "\U0001f600"]
    ),
    max_size=12,
).map("".join)


def patched(old: str, replacements: list[Replacement]) -> str:
    for item in reversed(replacements):
        old = old[: item.start] + item.text + old[item.end :]
    return old


def longest_common(left: list[str], right: list[str]) -> int:
    """How many words two lists share in order, by the textbook's table."""
    row = [0] * (len(right) + 1)
    for one in left:
        diagonal = 0
        for at, other in enumerate(right):
            diagonal, row[at + 1] = row[at + 1], diagonal + 1 if one == other else max(row[at + 1], row[at])
    return row[-1]


@given(texts, texts)
def test_the_replacements_turn_the_old_text_into_the_new(old: str, new: str) -> None:
    assert patched(old, word_differences(old, new)) == new


@given(texts, texts)
def test_replacements_are_in_order_and_apart(old: str, new: str) -> None:
    found = word_differences(old, new)
    assert all(left.end < right.start for left, right in pairwise(found))
    assert all(item.text or item.end > item.start for item in found)


@given(st.lists(st.sampled_from("abcd"), max_size=9), st.lists(st.sampled_from("abcd"), max_size=9))
def test_no_more_words_than_necessary_are_taken_out(left: list[str], right: list[str]) -> None:
    """Words are kept apart by full stops, since what only blanks keep apart is joined on purpose."""
    old, new = "".join(f"{word}." for word in left), "".join(f"{word}." for word in right)
    tokens = [re.findall(r"\w|\.", text) for text in (old, new)]
    removed = sum(len(re.findall(r"\w|\.", old[item.start : item.end])) for item in word_differences(old, new))
    assert removed == len(tokens[0]) - longest_common(*tokens)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("same", "same", []),
        ("", "new", [(0, 0, "new")]),
        ("gone", "", [(0, 4, "")]),
        ("cost 1,234.50 now", "cost 1,234.60 now", [(5, 13, "1,234.60")]),
        ("a 12% rise", "a 14% rise", [(2, 5, "14%")]),
        ("the well-known firm", "the unknown firm", [(4, 14, "unknown")]),
        ("\u6771\u4eac\u90fd", "\u6771\u4eac\u5e9c", [(2, 3, "\u5e9c")]),
        ("one  two", "one two", [(4, 5, "")]),
        ("an old big house", "a new small house", [(0, 10, "a new small")]),
        ("line\none", "line\ntwo", [(5, 8, "two")]),
        ("caf\u00e9 bar", "caf\u00e9 pub", [(5, 8, "pub")]),
        ("so \U0001f600 it", "so \U0001f601 it", [(3, 4, "\U0001f601")]),
    ],
)
def test_what_a_reader_would_mark(old: str, new: str, expected: list[tuple[int, int, str]]) -> None:
    assert [(item.start, item.end, item.text) for item in word_differences(old, new)] == expected


def test_a_whole_chapter_is_compared_quickly_enough_to_be_tried() -> None:
    old = " ".join(f"word{number}" for number in range(4000))
    new = old.replace("word7 ", "other ").replace("word3999", "end")
    assert len(word_differences(old, new)) == 2


def test_no_phrase_is_joined_across_a_border() -> None:
    found = word_differences("old big house", "new small house", borders={4})
    assert [(item.start, item.end, item.text) for item in found] == [(0, 3, "new"), (4, 7, "small")]
