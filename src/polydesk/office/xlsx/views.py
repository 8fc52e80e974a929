"""What a reader sees in a workbook, as plain values with a JSON form, each place with its address."""

from __future__ import annotations

from typing import Literal

import msgspec


class _View(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a view."""


class CellView(_View, frozen=True, kw_only=True):
    """One cell that holds something."""

    at: str
    """Its name in the sheet, such as `B2`."""
    text: str
    """As a reader sees it, number format and all; empty for a formula that was never calculated."""
    value: float | int | str | bool | None = None
    """What it holds, where the text does not tell exactly: a number or date behind a format. None otherwise."""
    formula: str | None = None
    """Beginning with `=`; that of a shared formula as it reads in this cell. None for a plain value."""
    array: str | None = None
    """The cells that its formula fills, in the first of them; None for an ordinary formula."""
    rich: bool = False
    """Whether parts of its text have looks of their own."""


class RowView(_View, frozen=True, kw_only=True):
    """One row and its cells that hold something."""

    row: int
    cells: tuple[CellView, ...]


ColumnType = Literal["number", "date", "time", "percent", "currency", "text", "boolean", "error", "mixed", "empty"]


class ColumnView(_View, frozen=True, kw_only=True):
    """What one column of a region holds below its header."""

    column: str
    """Its letters."""
    name: str | None = None
    """The text of its header; None when the region has none."""
    type: ColumnType
    format: str | None = None
    """The number format of most of its numbers; None for General."""
    filled: int
    """Cells that hold something."""
    blank: int = 0
    """Cells between the first and the last row of the region that hold nothing."""
    unique: int
    """Different values; counted up to 1,000."""
    min: str | None = None
    """The least number or date, as shown; None without any."""
    max: str | None = None
    errors: int = 0
    """Cells that show an error."""
    formulas: int = 0
    formula: str | None = None
    """The first of them."""
    values: tuple[str, ...] = ()
    """All values when they are few, else the first ones, as shown."""


class RegionView(_View, frozen=True, kw_only=True):
    """A block of cells without an empty row or column through it."""

    at: str
    """Its address."""
    header: int | None = None
    """The row that names the columns; None when none does."""
    columns: tuple[ColumnView, ...]
    """Up to 64 of them: the first ones and, of more, the last four."""
    more_columns: int = 0


class TableView(_View, frozen=True, kw_only=True):
    """An Excel table."""

    name: str
    at: str
    columns: tuple[str, ...]
    totals: bool = False
    style: str | None = None


class ChartView(_View, frozen=True, kw_only=True):
    """A chart on a sheet."""

    kind: str
    """Of its first plot, such as `column`, `line`, `pie`."""
    at: str | None = None
    """The cells that it covers; None when it is not tied to any."""
    title: str | None = None
    ranges: tuple[str, ...] = ()
    """The cells that it draws."""


class PivotView(_View, frozen=True, kw_only=True):
    """A pivot table."""

    name: str
    at: str
    source: str | None = None
    """The range, table or name that it sums up; None when it is outside the workbook."""


class CommentView(_View, frozen=True, kw_only=True):
    """A comment (threaded) or a note (the older kind)."""

    at: str
    kind: Literal["comment", "note"]
    author: str
    text: str
    done: bool = False
    replies: tuple[str, ...] = ()
    """`author: text` of each answer."""


class RuleView(_View, frozen=True, kw_only=True):
    """A data validation or a conditional format."""

    at: str
    """The cells, separated by spaces."""
    kind: str
    formulas: tuple[str, ...] = ()


class NameView(_View, frozen=True, kw_only=True):
    """A defined name."""

    name: str
    refers_to: str
    sheet: str | None = None
    """The sheet that it is known in; None for the whole workbook."""
    hidden: bool = False


class SheetView(_View, frozen=True, kw_only=True):
    """One sheet."""

    name: str
    kind: str = "worksheet"
    state: Literal["visible", "hidden", "veryHidden"] = "visible"
    used: str | None = None
    """The area from the first to the last cell that holds something; None for an empty sheet."""
    cells: int = 0
    """How many hold something."""
    formulas: int = 0
    regions: tuple[RegionView, ...] = ()
    more_regions: int = 0
    rows: tuple[RowView, ...] = ()
    """All rows of a small sheet, the first ones of a large one."""
    complete: bool = True
    """Whether `rows` holds every cell."""
    tables: tuple[TableView, ...] = ()
    charts: tuple[ChartView, ...] = ()
    pivots: tuple[PivotView, ...] = ()
    images: int = 0
    shapes: int = 0
    slicers: tuple[str, ...] = ()
    sparklines: int = 0
    merged: tuple[str, ...] = ()
    filter: str | None = None
    """The area of its autofilter."""
    hidden_rows: tuple[str, ...] = ()
    """As `5:7`."""
    hidden_columns: tuple[str, ...] = ()
    """As `C:D`."""
    frozen: str | None = None
    """The first cell that scrolls; None when nothing is frozen."""
    comments: tuple[CommentView, ...] = ()
    validations: tuple[RuleView, ...] = ()
    conditional_formats: tuple[RuleView, ...] = ()
    links: tuple[str, ...] = ()
    """`B2: where it leads`, up to 50."""
    print_area: str | None = None
    protected: bool = False
    notes: tuple[str, ...] = ()
    """What else to know, such as lists that were cut off here."""


class WorkbookView(_View, frozen=True, kw_only=True):
    """The workbook's map."""

    sheets: tuple[SheetView, ...]
    names: tuple[NameView, ...] = ()
    date1904: bool = False
    macros: bool = False
    external_links: tuple[str, ...] = ()
    """Targets of links to other workbooks; nothing is fetched."""
    connections: tuple[str, ...] = ()
    """Names of data connections."""
    styles: tuple[str, ...] = ()
    """Names of cell styles that edits may use, up to 60."""


class RangeView(_View, frozen=True, kw_only=True):
    """Cells read on demand."""

    at: str
    """Their address with the hash of what they hold, as edits may carry it."""
    rows: tuple[RowView, ...]
    """Rows with cells that hold something."""
