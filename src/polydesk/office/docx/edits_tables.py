"""Edits of a Word document's tables as wholes, their columns, and merged cells."""

from __future__ import annotations

from polydesk.office.edits import TypedEdit


class InsertTable(TypedEdit, frozen=True, tag="insert_table", kw_only=True):
    """Insert a table before or after a paragraph."""

    after: str | None = None
    """Anchor of the paragraph that comes before. Exactly one of `after` and `before` is given."""
    before: str | None = None
    """Anchor of the paragraph that comes after."""
    rows: tuple[tuple[str, ...], ...]
    """Text of each cell, row by row; every row has as many."""
    style: str | None = None
    """Id or name of a table style of the document. None takes that of its other tables, or plain rules."""
    header: bool = True
    """Whether the first row is a heading that is repeated on every page."""
    tracked: bool | None = None


class DeleteTable(TypedEdit, frozen=True, tag="delete_table", kw_only=True):
    """Delete a table."""

    at: str
    """Anchor of the table, such as `body/t2~6226a755`."""
    tracked: bool | None = None


class InsertColumn(TypedEdit, frozen=True, tag="insert_column", kw_only=True):
    """Insert a column beside a cell's own, through the whole table. Merged cells across the place are widened."""

    after: str | None = None
    """Anchor of a cell of the column to its left. Exactly one of `after` and `before` is given."""
    before: str | None = None
    """Anchor of a cell of the column to its right."""
    cells: tuple[str, ...]
    """Text of each new cell, from the top: one for each row that gets one, or none at all for empty cells."""
    tracked: bool | None = None


class DeleteColumn(TypedEdit, frozen=True, tag="delete_column", kw_only=True):
    """Delete the column of a cell. Cells that are merged across it are narrowed."""

    at: str
    """Anchor of a cell of the column."""
    tracked: bool | None = None


class MergeCells(TypedEdit, frozen=True, tag="merge_cells", kw_only=True):
    """Make one cell of all cells between two corners. Its paragraphs are those of all of them."""

    at: str
    """Anchor of the cell at the upper left."""
    to: str
    """Anchor of the cell at the lower right."""


class SplitCell(TypedEdit, frozen=True, tag="split_cell", kw_only=True):
    """Take a merged cell apart into the cells that the table's grid has there. Its text stays in the first."""

    at: str
    """Anchor of the merged cell, in the row where it begins."""


TableEdit = InsertTable | DeleteTable | InsertColumn | DeleteColumn | MergeCells | SplitCell
