"""Where a second model's words meet those of the first, the answer is the one that was meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.inference.seams import Seam, SeamError, anchor_of

ANSWER = (
    "The board met on Tuesday. Revenue rose by 12 %, from 4.1 to 4.6 million; costs were flat.\n\n"
    "| Region | Sales |\n| ------ | ----- |\n| North  | 2.0   |\n| South  | 2.6   |\n\nThe outlook is unchanged."
)
cuts = st.integers(1, len(ANSWER) - 1)
sizes = st.integers(1, 40)


def fitted(seam: Seam, text: str, size: int) -> str:
    """What the seam lets through of `text` that comes in pieces of `size`."""
    pieces = [seam.feed(text[at : at + size]) for at in range(0, len(text), size)]
    return "".join(pieces) + seam.end()


@given(cuts, sizes)
def test_white_space_that_could_not_be_prefilled_is_not_doubled(cut: int, size: int) -> None:
    said = ANSWER[:cut]
    prefilled = said.rstrip()
    assert said + fitted(Seam(said, prefilled=prefilled), ANSWER[len(prefilled) :], size) == ANSWER


@given(cuts, sizes)
def test_a_model_that_begins_with_the_anchor_as_it_was_asked(cut: int, size: int) -> None:
    said, rest = ANSWER[:cut], ANSWER[cut:]
    anchor = anchor_of(said)
    assert said + fitted(Seam(said, anchor=anchor), anchor + rest, size) == ANSWER
    assert said + fitted(Seam(said, anchor=anchor), "\n" + anchor + rest, size) == ANSWER


@given(cuts, sizes)
def test_a_model_that_writes_everything_again(cut: int, size: int) -> None:
    said = ANSWER[:cut]
    assert said + fitted(Seam(said, anchor=anchor_of(said)), ANSWER, size) == ANSWER


@pytest.mark.parametrize("cut", [60, 90, 140])
def test_a_model_that_repeats_more_than_the_anchor(cut: int) -> None:
    said = ANSWER[:cut]
    seam = Seam(said, anchor=anchor_of(said))
    assert said + fitted(seam, ANSWER[cut - 55 :], 7) == ANSWER


def test_a_model_that_leaves_the_anchor_out() -> None:
    said, rest = ANSWER[:60], ANSWER[60:]
    assert said + fitted(Seam(said, anchor=anchor_of(said)), rest, 5) == ANSWER


def test_a_chance_likeness_of_a_few_letters_is_no_repetition() -> None:
    assert fitted(Seam("I will tri", anchor=anchor_of("I will tri")), "trim", 1) == "trim"


@pytest.mark.parametrize("size", [9, 1_000])
@pytest.mark.parametrize("more", ["", " And so on, and on, and on." * 20])
def test_an_answer_that_starts_over_with_other_words_is_no_continuation(size: int, more: str) -> None:
    said = ANSWER[:120]
    other = ANSWER[:50] + "fell, and nobody knows why it did so in that quarter of the year." + more
    with pytest.raises(SeamError):
        fitted(Seam(said, anchor=anchor_of(said)), other, size)


@pytest.mark.parametrize("space", [" ", "\n", "\n\n"])
@pytest.mark.parametrize("size", [1, 5, 1_000])
def test_an_anchor_whose_last_white_space_is_written_otherwise(space: str, size: int) -> None:
    """Tokens of models join white space and words: what of it was said is no news, whatever follows is."""
    said = "The board met on Tuesday, as it does.\n"
    anchor = anchor_of(said)
    words = fitted(Seam(said, anchor=anchor), anchor.rstrip() + space + "Revenue rose.", size)
    assert words == (space[1:] if space.startswith("\n") else space) + "Revenue rose."


@given(st.text(min_size=1, max_size=80), st.text(max_size=80), sizes)
def test_nothing_is_lost_whatever_was_said(said: str, rest: str, size: int) -> None:
    anchor = anchor_of(said)
    if anchor:
        assert fitted(Seam(said, anchor=anchor), anchor + rest, size) == rest
