"""Edits of the grid: rows, columns and sheets that are inserted, deleted or moved, and what they hold together."""

from __future__ import annotations

from typing import Literal

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
    """Rows of values from column A on, as in `set_cells`. Formulas are written for the sheet after all edits."""


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
    """Add an empty worksheet."""

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

StructureEdit = GridEdit | SheetEdit
