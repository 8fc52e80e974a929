"""How rows and columns are inserted, deleted and moved: each edit adds to the plan that the first one makes."""

from __future__ import annotations

from typing import Any

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.formulas.axis import Deletion, Insertion, Move
from polydesk.office.formulas.grid import MAX_COLUMN, MAX_ROW
from polydesk.office.xlsx.addresses import Area, address
from polydesk.office.xlsx.cell_edits import CellInput, SetCells, TypedValue
from polydesk.office.xlsx.make_cells import make_set, prepare_set
from polydesk.office.xlsx.making import STRUCTURE, Claims, Maker, Makers, Making
from polydesk.office.xlsx.shifting_parts import linked_parts
from polydesk.office.xlsx.shifting_tables import column_title, header_rows, open_table, table_area, table_columns
from polydesk.office.xlsx.state import Place, WorkbookState
from polydesk.office.xlsx.structure_edits import (
    DeleteColumns,
    DeleteRows,
    InsertColumns,
    InsertRows,
    MoveColumns,
    MoveRows,
)
from polydesk.office.xlsx.structure_plan import AxisPlan, plan_of

_MAX_NEW_CELLS = 5_000_000


def prepare_insert(making: Making, edit: InsertRows | InsertColumns) -> None:
    """Plan new rows or columns."""
    by_row = isinstance(edit, InsertRows)
    place, before = _beside(making, edit.before, edit.after, by_row=by_row)
    axis = _axis(making, place, by_row=by_row)
    values = edit.values or ()
    count = edit.count
    if by_row:
        count = max(count, len(values)) if edit.count == 1 else count
    if count < 1 or (by_row and len(values) > count) or (not by_row and any(len(row) > count for row in values)):
        raise UnsupportedEditError("count is at least 1, and at least as many as values has rows or columns")
    if before - 1 + count > axis.limit:
        raise UnsupportedEditError("the sheet has not so many rows or columns")
    look = {"before": before - 1 or None, "after": before if before <= axis.limit else None, "none": None}[edit.like]
    insertion = Insertion(before, count)
    axis.insertions.append(insertion)
    axis.looks.append(look)
    making.outcome.after = f"{count} new {'row' if by_row else 'column'}{'s' if count > 1 else ''}"
    if values:
        _plan_values(making, place.sheet.name, insertion, len(axis.insertions) - 1, values, by_row=by_row)


def prepare_delete(making: Making, edit: DeleteRows | DeleteColumns) -> None:
    """Plan that rows or columns go away."""
    by_row = isinstance(edit, DeleteRows)
    place, first, last = _lines(making, edit.at, by_row=by_row)
    making.claim(place.sheet, place.area, "structure")
    _axis(making, place, by_row=by_row).deletions.append(Deletion(first, last))
    making.outcome.before = address(place.sheet.name, place.area)


def prepare_move(making: Making, edit: MoveRows | MoveColumns) -> None:
    """Plan that rows or columns go elsewhere."""
    by_row = isinstance(edit, MoveRows)
    place, first, last = _lines(making, edit.at, by_row=by_row)
    target, before = _beside(making, edit.before, edit.after, by_row=by_row)
    if target.sheet is not place.sheet:
        raise UnsupportedEditError("rows and columns move within their sheet; to another one, use move_range")
    making.claim(place.sheet, place.area, "structure")
    if first <= before <= last + 1:
        return  # they stand there already
    _axis(making, place, by_row=by_row).moves.append(Move(first, last, before))
    making.outcome.before = address(place.sheet.name, place.area)


def make_plan(making: Making, edit: Any) -> None:
    """Make all that is planned, once."""
    plan_of(making).make(making)


def _axis(making: Making, place: Place, *, by_row: bool) -> AxisPlan:
    place.sheet.stream  # noqa: B018  # refuses a sheet without cells
    grid = plan_of(making).grid(place.sheet.name)
    return grid.rows if by_row else grid.columns


def _lines(making: Making, at: str, *, by_row: bool) -> tuple[Place, int, int]:
    """The rows or columns that an address names as a whole."""
    place = making.place(at)
    area = place.area
    if by_row and not area.whole_rows:
        raise UnsupportedEditError(f"{at!r} names no whole rows; write {place.sheet.name}!{area.top}:{area.bottom}")
    if not by_row and not area.whole_columns:
        raise UnsupportedEditError(f"{at!r} names no whole columns; write Sheet1!C:D")
    return (place, area.top, area.bottom) if by_row else (place, area.left, area.right)


def _beside(making: Making, before: str | None, after: str | None, *, by_row: bool) -> tuple[Place, int]:
    """The place, and the line that follows what comes there. A cell's address stands for its row or column."""
    if (before is None) is (after is None):
        raise UnsupportedEditError("exactly one of before and after is given")
    place = making.place(before or after or "")
    area = place.area
    first, last = (area.top, area.bottom) if by_row else (area.left, area.right)
    return place, (first if before is not None else last + 1)


def _plan_values(
    making: Making,
    sheet: str,
    insertion: Insertion,
    index: int,
    values: tuple[tuple[CellInput, ...], ...],
    *,
    by_row: bool,
) -> None:
    width = max((len(row) for row in values), default=0)
    if not width or width > MAX_COLUMN or len(values) > MAX_ROW or width * len(values) > _MAX_NEW_CELLS:
        raise UnsupportedEditError("values is a list of rows with at least one value, and no more than a sheet holds")
    filled = tuple((*row, *(None,) * (width - len(row))) for row in values)
    plan = plan_of(making)

    def write(state: WorkbookState) -> None:
        grid = plan.grid(sheet)
        axis = grid.rows if by_row else grid.columns
        start, _ = axis.map().new_lines()[axis.in_order().index(index)]
        area = Area.cell(start, 1) if by_row else Area.cell(1, start)
        if not by_row:
            _title_columns(state, sheet, start, filled)
        edit = SetCells(at=address(sheet, area), values=filled)
        inner = Making(state, Claims(), making.index, edit)
        prepare_set(inner, edit)
        make_set(inner, edit)

    plan.values.append(write)


def _title_columns(state: WorkbookState, sheet: str, start: int, values: tuple[tuple[CellInput, ...], ...]) -> None:
    """Give new columns of tables the titles that the values have for their header cells."""
    for part in linked_parts(state.package, state.sheet(sheet).part or "", "table"):
        table = open_table(state.package, part)
        area = table_area(table)
        if not header_rows(table) or area.top > len(values):
            continue
        columns = table_columns(table)
        taken = {column_title(column).casefold() for column in columns}
        for offset, value in enumerate(values[area.top - 1]):
            text = value.text if isinstance(value, TypedValue) else value
            inside = area.left <= start + offset <= area.right
            if inside and isinstance(text, str) and text.strip() and text.casefold() not in taken:
                column = columns[start + offset - area.left]
                table.set_attribute(column, "name", text.replace("\n", "_x000a_"))
                taken.add(text.casefold())
        if table.changed:
            state.package.replace(part, table.data())


GRID_MAKERS: Makers = {
    InsertRows: Maker(STRUCTURE, prepare_insert, make_plan),
    InsertColumns: Maker(STRUCTURE, prepare_insert, make_plan),
    DeleteRows: Maker(STRUCTURE, prepare_delete, make_plan),
    DeleteColumns: Maker(STRUCTURE, prepare_delete, make_plan),
    MoveRows: Maker(STRUCTURE, prepare_move, make_plan),
    MoveColumns: Maker(STRUCTURE, prepare_move, make_plan),
}
