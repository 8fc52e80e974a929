"""Edits of the grid: rows, columns and sheets that are inserted, deleted or moved, and what they hold together."""

from __future__ import annotations

from typing import Literal

import msgspec

from polydesk.office.edits import TypedEdit
from polydesk.office.xlsx.cell_edits import CellInput

Look = Literal["before", "after", "none"]


class InsertRows(TypedEdit, frozen=True, tag="insert_rows", kw_only=True):
    """Insert empty rows, or rows of values; everything below moves down, and every reference with it."""

    before: str | None = None
    """The row that comes below them, such as `Sheet1!5:5`. Exactly one of `before` and `after` is given."""
    after: str | None = None
    """The row that comes above them."""
    count: int = 1
    """How many; with `values`, at least as many as these have rows."""
    like: Look = "before"
    """Take heights and formats from the row above (`before`, as Excel does), the row below, or neither."""
    values: tuple[tuple[CellInput, ...], ...] | None = None
    """Rows of values from column A on, as in `set_cells`. Formulas name cells where they are then."""


class DeleteRows(TypedEdit, frozen=True, tag="delete_rows", kw_only=True):
    """Delete whole rows; everything below moves up. References to their cells become `#REF!`, ranges shrink."""

    at: str
    """The rows, such as `Sheet1!5:7`."""


class InsertColumns(TypedEdit, frozen=True, tag="insert_columns", kw_only=True):
    """Insert empty columns, or columns of values; everything to the right moves, and every reference with it."""

    before: str | None = None
    """The column to the right of them, such as `Sheet1!C:C`. Exactly one of `before` and `after` is given."""
    after: str | None = None
    """The column to the left of them."""
    count: int = 1
    like: Look = "before"
    """Take widths and formats from the column to the left (`before`, as Excel does), to the right, or neither."""
    values: tuple[tuple[CellInput, ...], ...] | None = None
    """Rows of values from row 1 on: each has one value for each new column. Null leaves a cell empty."""


class DeleteColumns(TypedEdit, frozen=True, tag="delete_columns", kw_only=True):
    """Delete whole columns; everything to the right moves left."""

    at: str
    """The columns, such as `Sheet1!C:D`."""


class MoveRows(TypedEdit, frozen=True, tag="move_rows", kw_only=True):
    """Cut whole rows and put them in front of or behind another row of the sheet; references follow them."""

    at: str
    """The rows that move."""
    before: str | None = None
    """The row that they come to stand above. Exactly one of `before` and `after` is given."""
    after: str | None = None
    """The row that they come to stand below."""


class MoveColumns(TypedEdit, frozen=True, tag="move_columns", kw_only=True):
    """Cut whole columns and put them in front of or behind another column of the sheet; references follow them."""

    at: str
    before: str | None = None
    """The column that they come to stand to the left of. Exactly one of `before` and `after` is given."""
    after: str | None = None
    """The column that they come to stand to the right of."""


GridEdit = InsertRows | DeleteRows | InsertColumns | DeleteColumns | MoveRows | MoveColumns


class InsertSheet(TypedEdit, frozen=True, tag="insert_sheet", kw_only=True):
    """Add an empty worksheet. Edits that follow in the list can fill its cells."""

    name: str
    """Up to 31 characters without `[ ] : * ? / \\`, and not the name of another sheet."""
    before: str | None = None
    """Name of the sheet that it comes in front of; neither this nor `after` puts it last."""
    after: str | None = None
    """Name of the sheet that it comes behind."""


class DeleteSheet(TypedEdit, frozen=True, tag="delete_sheet", kw_only=True):
    """Delete a sheet with all that hangs on it. References to it become `#REF!`. One visible sheet must be left."""

    sheet: str
    """Its name."""


class RenameSheet(TypedEdit, frozen=True, tag="rename_sheet", kw_only=True):
    """Give a sheet another name, in every formula, chart and link too."""

    sheet: str
    name: str
    """The new name."""


class MoveSheet(TypedEdit, frozen=True, tag="move_sheet", kw_only=True):
    """Move a sheet's tab."""

    sheet: str
    before: str | None = None
    """Name of the sheet that it comes in front of. Exactly one of `before` and `after` is given."""
    after: str | None = None
    """Name of the sheet that it comes behind."""


class CopySheet(TypedEdit, frozen=True, tag="copy_sheet", kw_only=True):
    """Copy a worksheet with its cells, formats, tables, comments, drawings and charts, the list's other edits made."""

    sheet: str
    name: str
    """The copy's name."""
    before: str | None = None
    """Name of the sheet that it comes in front of; neither this nor `after` puts it behind the original."""
    after: str | None = None
    """Name of the sheet that it comes behind."""


class ShowSheet(TypedEdit, frozen=True, tag="show_sheet", kw_only=True):
    """Hide a sheet, or show it again. One visible sheet must be left."""

    sheet: str
    state: Literal["visible", "hidden", "veryHidden"] = "visible"
    """`veryHidden` cannot be shown again from Excel's menus."""


SheetEdit = InsertSheet | DeleteSheet | RenameSheet | MoveSheet | CopySheet | ShowSheet


class MoveRange(TypedEdit, frozen=True, tag="move_range", kw_only=True):
    """Cut cells and paste them elsewhere: contents and formats move, references follow, what lay there is replaced."""

    at: str
    """The cells that move."""
    to: str
    """Where the first of them comes to lie, on the same sheet or another."""


class SortKey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One column to sort by."""

    column: str
    """Its letters."""
    descending: bool = False


class SortRange(TypedEdit, frozen=True, tag="sort_range", kw_only=True):
    """Sort the rows of a range by one or several columns: numbers, then text, then truth values, then errors; empty
    cells come last. Rows that agree keep their order; relative references within a row go with it."""

    at: str
    """The range; whole table rows, so that what belongs together stays together."""
    keys: tuple[SortKey, ...]
    """The first decides, the next where it is equal."""
    header: bool = False
    """Whether the first row stays where it is."""


class Fill(TypedEdit, frozen=True, tag="fill", kw_only=True):
    """Fill cells from others beside them, as dragging the corner of a selection does."""

    at: str
    """The cells that are repeated or continued."""
    to: str
    """All cells that are to be filled, `at` among them: further down, up, to the right or to the left."""
    series: bool = False
    """Continue numbers and dates by their steps (one cell: by 1). Else values are repeated. Formulas are always filled
    with relative references."""
    formats: bool = True
    """Whether formats are filled too."""


class MergeCells(TypedEdit, frozen=True, tag="merge_cells", kw_only=True):
    """Merge cells into one. The first keeps its content; the contents of the others are cleared."""

    at: str


class UnmergeCells(TypedEdit, frozen=True, tag="unmerge_cells", kw_only=True):
    """Part merged cells that lie in an area or touch it."""

    at: str


BlockEdit = MoveRange | SortRange | Fill | MergeCells | UnmergeCells


class ColumnFilter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which rows one column lets through. Exactly one of `values`, `blank` and `condition` is given."""

    column: str
    """Its letters."""
    values: tuple[str, ...] | None = None
    """Texts as the cells show them."""
    blank: bool | None = None
    """True lets empty cells through, false all others."""
    condition: str | None = None
    """Up to two comparisons joined by ` and ` or ` or `, such as `>=10 and <20`, `<>0`, or `=A*` for texts."""


class SetAutofilter(TypedEdit, frozen=True, tag="set_autofilter", kw_only=True):
    """Give a range filter buttons, and filter it: rows that do not pass are hidden, all others of it are shown."""

    at: str
    """The range with its header row. A sheet has one such filter besides those of its tables."""
    columns: tuple[ColumnFilter, ...] = ()


class ClearAutofilter(TypedEdit, frozen=True, tag="clear_autofilter", kw_only=True):
    """Show all rows of a sheet's filter again."""

    sheet: str
    keep_buttons: bool = False
    """Leave the filter's buttons where they are."""


FilterEdit = SetAutofilter | ClearAutofilter


class CreateTable(TypedEdit, frozen=True, tag="create_table", kw_only=True):
    """Make a table of a range. Its header cells must hold text; empty or equal ones get names of their own."""

    at: str
    """The range, header row included."""
    name: str
    """As formulas will name it: letters, digits, `_` and `.`, and no cell's name."""
    style: str = "TableStyleMedium2"
    """A table style: `TableStyleLight1` to `21`, `Medium1` to `28`, `Dark1` to `11`, or the workbook's own."""
    filter: bool = True
    """Whether the header has filter buttons."""


class ResizeTable(TypedEdit, frozen=True, tag="resize_table", kw_only=True):
    """Give a table another range with the same header row; cells stay as they are."""

    table: str
    at: str
    """The new range, with header and totals."""


class AddTableRows(TypedEdit, frozen=True, tag="add_table_rows", kw_only=True):
    """Add rows at the end of a table, above its totals. Where cells stand below it, rows of the sheet are inserted."""

    table: str
    values: tuple[tuple[CellInput, ...], ...]
    """Rows of values for the table's columns. Null takes the column's own formula, if it has one."""


class AddTableColumn(TypedEdit, frozen=True, tag="add_table_column", kw_only=True):
    """Add a column at the right of a table, where the cells must be empty."""

    table: str
    name: str
    """Its title."""
    formula: str | None = None
    """A formula for each row, such as `=Orders[[#This Row],[Net]]*2`."""
    values: tuple[CellInput, ...] | None = None
    """A value for each row, instead of a formula."""


class RenameTable(TypedEdit, frozen=True, tag="rename_table", kw_only=True):
    """Give a table another name, in all formulas too."""

    table: str
    name: str


class RenameTableColumn(TypedEdit, frozen=True, tag="rename_table_column", kw_only=True):
    """Give a table's column another title, in its header and in all formulas."""

    table: str
    column: str
    name: str


class DeleteTable(TypedEdit, frozen=True, tag="delete_table", kw_only=True):
    """Turn a table into an ordinary range: cells keep contents and formats, formulas name its cells instead of it."""

    table: str


class SetTotalsRow(TypedEdit, frozen=True, tag="set_totals_row", kw_only=True):
    """Show a table's totals in the empty row below it, or change what they are."""

    table: str
    functions: dict[str, Literal["sum", "average", "count", "countNums", "min", "max", "stdDev", "var"]]
    """By column title. Columns that are not named show nothing."""
    label: str | None = "Total"
    """Text in the first column, unless that has a function."""


TableEdit = (
    CreateTable
    | ResizeTable
    | AddTableRows
    | AddTableColumn
    | RenameTable
    | RenameTableColumn
    | DeleteTable
    | SetTotalsRow
)

StructureEdit = GridEdit | SheetEdit | BlockEdit | FilterEdit | TableEdit
