"""Structural edits of a small sheet agree with a plain grid of values, whatever they are and in whatever order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from polydesk.core.errors import OfficeError
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.structure_edits import (
    DeleteColumns,
    DeleteRows,
    InsertColumns,
    InsertRows,
    MoveRange,
    MoveRows,
)
from tests.office.xlsx.grids import applied, cells, workbook

SIZE = 6
Grid = list[list[object]]


def _names(grid: Grid) -> dict[str, object]:
    return {
        f"{chr(65 + right)}{down + 1}": value
        for down, row in enumerate(grid)
        for right, value in enumerate(row)
        if value is not None
    }


@st.composite
def edit_and_model(draw: st.DrawFn) -> tuple[Edit, Grid, Grid]:
    """An edit, a grid of numbers that are each their own, and the grid after it."""
    grid: Grid = [[10 * down + right + 1 for right in range(SIZE)] for down in range(SIZE)]
    at, size = draw(st.integers(1, SIZE)), draw(st.integers(1, 3))
    last = min(SIZE, at + size - 1)
    match draw(st.sampled_from(["insert", "delete", "insert columns", "delete columns", "move", "block"])):
        case "insert":
            new: Grid = [*grid[: at - 1], *([[]] * size), *grid[at - 1 :]]
            return InsertRows(before=f"Data!{at}:{at}", count=size), grid, new
        case "delete":
            return DeleteRows(at=f"Data!{at}:{last}"), grid, [*grid[: at - 1], *grid[last:]]
        case "insert columns":
            letter = chr(64 + at)
            wide: Grid = [[*row[: at - 1], *([None] * size), *row[at - 1 :]] for row in grid]
            return InsertColumns(before=f"Data!{letter}:{letter}", count=size), grid, wide
        case "delete columns":
            narrow: Grid = [[*row[: at - 1], *row[last:]] for row in grid]
            return DeleteColumns(at=f"Data!{chr(64 + at)}:{chr(64 + last)}"), grid, narrow
        case "move":
            before = draw(st.sampled_from([*range(1, at + 1), *range(last + 1, SIZE + 2)]))
            rest = [row for index, row in enumerate(grid, 1) if not at <= index <= last]
            place = before - 1 if before <= at else before - 1 - (last - at + 1)
            moved: Grid = [*rest[:place], *grid[at - 1 : last], *rest[place:]]
            return MoveRows(at=f"Data!{at}:{last}", before=f"Data!{before}:{before}"), grid, moved
        case _:
            return _block(draw, grid, at, last)


def _block(draw: st.DrawFn, grid: Grid, at: int, last: int) -> tuple[Edit, Grid, Grid]:
    left = draw(st.integers(1, SIZE))
    to_row, to_column = draw(st.integers(1, SIZE)), draw(st.integers(1, SIZE))
    cut = {(down, left): grid[down - 1][left - 1] for down in range(at, last + 1)}
    big: Grid = [[grid[down][right] if down < SIZE > right else None for right in range(12)] for down in range(12)]
    for down, right in cut:
        big[down - 1][right - 1] = None
    for (down, _), value in cut.items():
        big[to_row + down - at - 1][to_column - 1] = value
    letter = chr(64 + left)
    return MoveRange(at=f"Data!{letter}{at}:{letter}{last}", to=f"Data!{chr(64 + to_column)}{to_row}"), grid, big


@settings(max_examples=150, deadline=None)
@given(edit_and_model())
def test_values_are_where_a_plain_grid_has_them(case: tuple[Edit, Grid, Grid]) -> None:
    edit, before, after = case
    assert cells(applied(workbook({"Data": _names(before)}), edit)) == _names(after)


@settings(max_examples=100, deadline=None)
@given(edit_and_model(), st.integers(1, SIZE), st.integers(1, SIZE))
def test_a_reference_follows_its_cell(case: tuple[Edit, Grid, Grid], row: int, column: int) -> None:
    """A formula on another sheet still names the cell that holds the value, or says that it is gone."""
    edit, before, _ = case
    data = workbook({"Data": _names(before), "Other": {"A1": f"=Data!{chr(64 + column)}{row}"}})
    try:
        result = applied(data, edit)
    except OfficeError:
        return
    formula = str(cells(result, 2)["A1"])
    value = before[row - 1][column - 1]
    held = cells(result)
    if value in held.values():
        assert held[formula.removeprefix("=Data!")] == value
    else:
        assert formula == "=Data!#REF!"
