"""How tables get rows and columns."""

from __future__ import annotations

from functools import partial

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.formulas.axis import Insertion
from polydesk.office.formulas.grid import MAX_COLUMN, MAX_ROW
from polydesk.office.xlsx.addresses import Area, address
from polydesk.office.xlsx.cell_edits import CellInput, SetCells, TypedValue
from polydesk.office.xlsx.cell_values import read_cells
from polydesk.office.xlsx.inputs import formula_text
from polydesk.office.xlsx.make_cells import make_set, prepare_set
from polydesk.office.xlsx.make_grid import make_plan
from polydesk.office.xlsx.make_tables import FoundTable, resize, table
from polydesk.office.xlsx.making import STRUCTURE, Claims, Maker, Makers, Making
from polydesk.office.xlsx.shifting_tables import (
    column_title,
    header_rows,
    table_area,
    table_columns,
    table_name,
    totals_rows,
)
from polydesk.office.xlsx.state import SheetState, WorkbookState
from polydesk.office.xlsx.structure_edits import AddTableColumn, AddTableRows
from polydesk.office.xlsx.structure_plan import plan_of


def prepare_rows(making: Making, edit: AddTableRows) -> None:
    """Plan new rows at the end of a table: below it where that is empty, else in new rows of the sheet."""
    found = table(making.state, edit.table)
    area, count, width = table_area(found.part), len(edit.values), len(table_columns(found.part))
    if not count or any(len(row) > width for row in edit.values):
        raise UnsupportedEditError(f"values has at least one row, of {width} values at most")
    making.claim(found.sheet, area, "table")
    making.outcome.before = f"{table_name(found.part)}: {address(found.sheet.name, area)}"
    end = area.bottom - totals_rows(found.part)
    below = Area(area.bottom + 1, area.left, area.bottom + count, area.right)
    plan = plan_of(making)
    step = partial(_add_rows, table_name(found.part), edit.values)
    if totals_rows(found.part) or below.bottom > MAX_ROW or _holds(making.state, found.sheet, below):
        rows = plan.grid(found.sheet.name).rows
        rows.insertions.append(Insertion(end + 1, count))
        rows.looks.append(end)
        plan.values.append(step)
        making.outcome.notes.append(f"{count} rows of the sheet are inserted, since the table has no room below")
    else:
        making.claim(found.sheet, below, "content")
        plan.firsts.append(step)


def prepare_column(making: Making, edit: AddTableColumn) -> None:
    """Plan a new last column of a table."""
    found = table(making.state, edit.table)
    area = table_area(found.part)
    beside = Area(area.top, area.right + 1, area.bottom, area.right + 1)
    height = area.height - header_rows(found.part) - totals_rows(found.part)
    titles = {column_title(column).casefold() for column in table_columns(found.part)}
    if not edit.name.strip() or edit.name.casefold() in titles:
        raise UnsupportedEditError(f"{edit.name!r} is empty, or the title of another column")
    if beside.right > MAX_COLUMN or _holds(making.state, found.sheet, beside):
        raise UnsupportedEditError(
            f"{address(found.sheet.name, beside)} must be empty for the new column; insert a column there first"
        )
    if edit.formula is not None and edit.values is not None:
        raise UnsupportedEditError("a column has a formula or values, not both")
    if edit.values is not None and len(edit.values) > height:
        raise UnsupportedEditError(f"the table has {height} rows")
    if not header_rows(found.part):
        raise UnsupportedEditError("a table without a header gets columns by resize_table")
    making.claim(found.sheet, area, "table")
    making.claim(found.sheet, beside, "content")
    making.outcome.before = f"{table_name(found.part)}: {address(found.sheet.name, area)}"
    plan_of(making).firsts.append(partial(_add_column, table_name(found.part), edit))


def _holds(state: WorkbookState, sheet: SheetState, area: Area) -> bool:
    return any(cell.kind or cell.formula is not None for cell in read_cells(state, sheet, area))


def _add_rows(name: str, values: tuple[tuple[CellInput, ...], ...], state: WorkbookState) -> None:
    found = table(state, name)
    area = table_area(found.part)
    if not totals_rows(found.part):
        area = Area(area.top, area.left, area.bottom + len(values), area.right)
        resize(found, area)
        state.package.replace(found.name, found.part.data())
    formulas = [_calculated(found, index) for index in range(len(table_columns(found.part)))]
    rows = tuple(
        tuple(
            value if value is not None else formula
            for value, formula in zip(_wide(row, formulas), formulas, strict=True)
        )
        for row in values
    )
    first = area.bottom - totals_rows(found.part) - len(values) + 1
    _write(state, found.sheet, Area.cell(first, area.left), rows)


def _wide(row: tuple[CellInput, ...], formulas: list[TypedValue | None]) -> tuple[CellInput, ...]:
    return (*row, *(None,) * (len(formulas) - len(row)))


def _calculated(found: FoundTable, index: int) -> TypedValue | None:
    """The formula that a column has in each row (ECMA-376-1 §18.5.1.1)."""
    column = table_columns(found.part)[index]
    formula = next(column.iterchildren("{*}calculatedColumnFormula"), None)
    return None if formula is None or not formula.text else TypedValue(formula=formula.text)


def _add_column(name: str, edit: AddTableColumn, state: WorkbookState) -> None:
    found = table(state, name)
    part, area = found.part, table_area(found.part)
    container = next(part.root.iterchildren("{*}tableColumns"))
    part.touch(container)
    new = container.makeelement(f"{container.tag[: -len('tableColumns')]}tableColumn")
    ids = [int(value) for column in table_columns(part) if (value := column.get("id", "0")).isdigit()]
    new.set("id", str(max(ids, default=0) + 1))
    new.set("name", edit.name.replace("\n", "_x000a_"))
    text = None if edit.formula is None else formula_text(edit.formula, table_name(part))
    if text is not None:
        formula = container.makeelement(f"{container.tag[: -len('tableColumns')]}calculatedColumnFormula")
        formula.text = text
        new.append(formula)
    container.append(new)
    container.set("count", str(len(container)))
    resize(found, Area(area.top, area.left, area.bottom, area.right + 1))
    state.package.replace(found.name, part.data())
    height = area.height - header_rows(part) - totals_rows(part)
    values = edit.values or ()
    filled = TypedValue(formula=text) if text is not None else None
    body = [(values[index] if index < len(values) else filled,) for index in range(height)]
    _write(state, found.sheet, Area.cell(area.top, area.right + 1), ((edit.name,), *body))


def _write(state: WorkbookState, sheet: SheetState, first: Area, values: tuple[tuple[CellInput, ...], ...]) -> None:
    edit = SetCells(at=address(sheet.name, first), values=values)
    making = Making(state, Claims(), 0, edit)
    prepare_set(making, edit)
    make_set(making, edit)


TABLE_LINE_MAKERS: Makers = {
    AddTableRows: Maker(STRUCTURE, prepare_rows, make_plan),
    AddTableColumn: Maker(STRUCTURE, prepare_column, make_plan),
}
