"""Edits of cells, of their looks, and of the rows and columns that hold them."""

from __future__ import annotations

from typing import Literal

import msgspec

from polydesk.office.edits import TypedEdit


class TypedValue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A value that JSON has no type for; exactly one field is given."""

    formula: str | None = None
    """A formula in English with commas, such as `=SUM(A1:A9)`; the equals sign may be left out."""
    array_formula: str | None = None
    """A formula that fills its whole range at once (Ctrl+Shift+Enter); `at` is that range."""
    text: str | None = None
    """Text that stays text whatever it looks like; a plain JSON string means the same."""
    date: str | None = None
    """`2026-11-24`, or `2026-11-24T09:30:00`."""
    time: str | None = None
    """`09:30` or `09:30:15`."""
    error: str | None = None
    """`#N/A` or another of Excel's errors."""


CellInput = int | float | bool | str | TypedValue | None
"""Null clears the cell. A string is text, even one that begins with `=`."""


class SetCells(TypedEdit, frozen=True, tag="set_cells", kw_only=True):
    """Put values or formulas into cells; their formats stay.

    A date or time gives its cell a date format unless it has one. A formula for several cells is written as if it had
    been filled from the first: relative references move with the cell.
    """

    at: str
    """The cells, or the first of them when `values` is given."""
    value: CellInput | msgspec.UnsetType = msgspec.UNSET
    """One value for every cell of `at`. Exactly one of `value` and `values` is given."""
    values: tuple[tuple[CellInput, ...], ...] | None = None
    """Rows of values; all rows have the same length."""


class ClearCells(TypedEdit, frozen=True, tag="clear_cells", kw_only=True):
    """Empty cells."""

    at: str
    what: Literal["contents", "formats", "all"] = "contents"


class SetNumberFormat(TypedEdit, frozen=True, tag="set_number_format", kw_only=True):
    """Show the numbers of cells in another format."""

    at: str
    """Cells, whole rows or whole columns."""
    format: str
    """A number format code, such as `#,##0.00`, `0.0%` or `yyyy-mm-dd`; `General` takes the format away."""


class Side(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One side of a border."""

    style: Literal[
        "none",
        "thin",
        "medium",
        "thick",
        "dashed",
        "dotted",
        "double",
        "hair",
        "mediumDashed",
        "dashDot",
        "mediumDashDot",
        "dashDotDot",
        "mediumDashDotDot",
        "slantDashDot",
    ] = "thin"
    color: str | None = None
    """`#RRGGBB`; None is automatic."""


class SetStyle(TypedEdit, frozen=True, tag="set_style", kw_only=True):
    """Change how cells look. What is not given stays as it is."""

    at: str
    """Cells, whole rows or whole columns."""
    style: str | None = None
    """Name of a cell style of the workbook, such as `Heading 1`; the other fields come on top of it."""
    bold: bool | None = None
    italic: bool | None = None
    underline: bool | None = None
    strike: bool | None = None
    font: str | None = None
    """Name of a font."""
    size: float | None = None
    """In points."""
    color: str | None = None
    """Of the text: `#RRGGBB`, or `automatic`."""
    fill: str | None = None
    """Of the background: `#RRGGBB`, or `none`."""
    border: Side | None = None
    """All four sides of every cell."""
    top: Side | None = None
    bottom: Side | None = None
    left: Side | None = None
    right: Side | None = None
    horizontal: (
        Literal["general", "left", "center", "right", "fill", "justify", "centerContinuous", "distributed"] | None
    ) = None
    vertical: Literal["top", "center", "bottom", "justify", "distributed"] | None = None
    wrap: bool | None = None
    indent: int | None = None
    locked: bool | None = None
    """Whether the cell is locked when the sheet is protected."""


class SetColumnWidth(TypedEdit, frozen=True, tag="set_column_width", kw_only=True):
    """Make columns wider or narrower."""

    at: str
    """Whole columns, such as `Sheet1!C:D`."""
    width: float | None = None
    """In characters of the default font, from 0 to 255; None is the sheet's default."""


class SetRowHeight(TypedEdit, frozen=True, tag="set_row_height", kw_only=True):
    """Make rows higher or lower."""

    at: str
    """Whole rows, such as `Sheet1!5:7`."""
    height: float | None = None
    """In points, from 0 to 409.5; None lets the content decide."""


class SetHidden(TypedEdit, frozen=True, tag="set_hidden", kw_only=True):
    """Hide or show whole rows or whole columns."""

    at: str
    """Whole rows or whole columns."""
    hidden: bool = True


class FreezePanes(TypedEdit, frozen=True, tag="freeze_panes", kw_only=True):
    """Keep the rows above and the columns left of a cell in sight; at `A1` nothing is frozen any more."""

    at: str
    """The first cell that scrolls."""


CellEdit = SetCells | ClearCells | SetNumberFormat | SetStyle | SetColumnWidth | SetRowHeight | SetHidden | FreezePanes
