"""Rows that are inserted, deleted and moved end where a plain list says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.office.formulas.axis import AxisMap, Deletion, Insertion, Move

LIMIT = 30


@st.composite
def changes(draw: st.DrawFn, *, moves: bool = True) -> tuple[list[Insertion], list[Deletion], list[Move]]:
    """Changes that do not meet each other, on a short axis."""
    cuts = sorted(draw(st.sets(st.integers(1, LIMIT), max_size=6)))
    spans = [(first, last - 1) for first, last in zip(cuts[::2], cuts[1::2], strict=False)]
    free = [at for at in range(1, LIMIT + 2) if not any(first < at <= last for first, last in spans)]
    insertions = draw(st.lists(st.builds(Insertion, st.sampled_from(free), st.integers(1, 3)), max_size=3))
    deletions: list[Deletion] = []
    moved: list[Move] = []
    for first, last in spans:
        if moves and draw(st.booleans()):
            moved.append(Move(first, last, draw(st.sampled_from(free))))
        else:
            deletions.append(Deletion(first, last))
    return insertions, deletions, moved


def _model(insertions: list[Insertion], deletions: list[Deletion], moves: list[Move]) -> list[int | None]:
    """The old line at each new place; None for a new one."""
    gone = {line for span in (*deletions, *moves) for line in range(span.first, span.last + 1)}
    lines: list[int | None] = []
    for line in range(1, LIMIT + 2):
        for insertion in insertions:
            if insertion.before == line:
                lines += [None] * insertion.size
        for move in moves:
            if move.before == line:
                lines += range(move.first, move.last + 1)
        if line <= LIMIT and line not in gone:
            lines.append(line)
    return lines[:LIMIT]


@given(changes())
def test_each_line_is_where_a_list_has_it(change: tuple[list[Insertion], list[Deletion], list[Move]]) -> None:
    insertions, deletions, moves = change
    lines = _model(*change)
    map = AxisMap(LIMIT, insertions=insertions, deletions=deletions, moves=moves)
    places = {line: index for index, line in enumerate(lines, 1) if line is not None}
    assert [map.new(line) for line in range(1, LIMIT + 1)] == [places.get(line) for line in range(1, LIMIT + 1)]


@given(changes(moves=False), st.integers(1, LIMIT), st.integers(1, LIMIT))
def test_a_span_reaches_from_its_first_line_left_to_its_last(
    change: tuple[list[Insertion], list[Deletion], list[Move]], one: int, other: int
) -> None:
    first, last = sorted((one, other))
    insertions, deletions, _ = change
    map = AxisMap(LIMIT, insertions=insertions, deletions=deletions)
    if (first, last) == (1, LIMIT):
        assert map.span(first, last) == (1, LIMIT)
        return
    big = AxisMap(10 * LIMIT, insertions=insertions, deletions=deletions)
    places = [new for line in range(first, last + 1) if (new := big.new(line)) is not None]
    left = [min(places), min(max(places), LIMIT)] if places and min(places) <= LIMIT else None
    assert map.span(first, last) == (tuple(left) if left else None)


@given(changes(), st.integers(1, LIMIT), st.integers(1, LIMIT), st.integers(-5, 5))
def test_where_distance_is_said_to_keep_every_line_keeps_it(
    change: tuple[list[Insertion], list[Deletion], list[Move]], one: int, other: int, distance: int
) -> None:
    first, last = sorted((one, other))
    insertions, deletions, moves = change
    map = AxisMap(LIMIT, insertions=insertions, deletions=deletions, moves=moves)
    if map.keeps_distance(first, last, distance):
        for line in range(first, last + 1):
            new, partner = map.new(line), map.new(line + distance)
            assert new is None or partner is None or partner - new == distance


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ((2, 5, 9), (1, 9), (1, 9)),
        ((2, 2, 9), (2, 8), (2, 8)),
        ((5, 5, 20), (1, 5), (1, 4)),
        ((20, 20, 3), (1, 5), (1, 6)),
        ((2, 2, 6), (1, 3), (1, 2)),
    ],
    ids=["inside", "within its span", "out of its span", "into a span", "beyond the next lines"],
)
def test_a_span_keeps_what_moves_within_it(
    first: tuple[int, int, int], last: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert AxisMap(LIMIT, moves=[Move(*first)]).span(*last) == expected


@pytest.mark.parametrize(
    ("insertions", "deletions", "moves"),
    [
        ([], [Deletion(1, 3), Deletion(3, 4)], []),
        ([Insertion(2, 1)], [Deletion(1, 3)], []),
        ([], [], [Move(1, 3, 2)]),
        ([], [Deletion(2, 2)], [Move(1, 3, 9)]),
        ([Insertion(LIMIT + 2, 1)], [], []),
        ([Insertion(2, 0)], [], []),
        ([], [Deletion(3, 2)], []),
    ],
)
def test_changes_that_meet_are_refused(
    insertions: list[Insertion], deletions: list[Deletion], moves: list[Move]
) -> None:
    with pytest.raises(ValueError, match=r"span|insertion"):
        AxisMap(LIMIT, insertions=insertions, deletions=deletions, moves=moves)
