"""The data of a chart as a sheet: where each series stands, and the workbook that "Edit Data" opens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from polydesk.core.errors import OfficeError, UnsupportedEditError
from polydesk.office.drawing.charts import ChartSeries, Points, SeriesView
from polydesk.office.opc.package import Package
from polydesk.office.pptx.chart_edits import SeriesData
from polydesk.office.xlsx.cell_edits import ClearCells, SetCells
from polydesk.office.xlsx.new import MAX_ROWS, Cell, ColumnSpec, SheetSpec, new_workbook, sheet_name
from polydesk.office.xlsx.workbook import Workbook

BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHEET = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!")


def chart_series(
    categories: Sequence[str | float],
    series: Sequence[SeriesData],
    *,
    sheet: str = "Sheet1",
    like: Sequence[SeriesView] = (),
) -> tuple[ChartSeries, ...]:
    """The series as a chart names them: categories in column A, each series in one after it, names in row 1.

    `like` are the series that they replace: their number formats stay where none is given. Raises
    UnsupportedEditError when lengths differ.
    """
    _refuse(categories, series)
    last = len(categories) + 1
    quoted = "'" + sheet.replace("'", "''") + "'" if re.search(r"\W|^\d", sheet) else sheet
    formats = [one.values.number_format for one in like]
    axis = _axis_format(like)
    return tuple(
        ChartSeries(
            name=one.name,
            name_formula=f"{quoted}!${_column(index)}$1",
            categories=Points(formula=f"{quoted}!$A$2:$A${last}", points=tuple(categories), number_format=axis),
            values=Points(
                formula=f"{quoted}!${_column(index)}$2:${_column(index)}${last}",
                points=one.values,
                number_format=one.number_format or (formats[index - 1] if index <= len(formats) else "General"),
            ),
            kind=one.kind,
            secondary=one.secondary,
        )
        for index, one in enumerate(series, 1)
    )


def chart_book(series: Sequence[ChartSeries], *, sheet: str, at: datetime) -> bytes:
    """The workbook with the data of `series`, in the cells that they name."""
    categories = series[0].categories or Points()
    header: list[Cell] = [None, *(one.name for one in series)]
    rows: list[list[Cell]] = [
        [categories.points[index], *(one.values.points[index] for one in series)]
        for index in range(len(categories.points))
    ]
    columns = [ColumnSpec(number_format=categories.number_format)]
    columns += [ColumnSpec(number_format=one.values.number_format) for one in series]
    return new_workbook([SheetSpec(name=sheet, rows=[header, *rows], columns=columns)], at=at)


def updated_book(book: bytes, series: Sequence[ChartSeries], like: Sequence[SeriesView], *, sheet: str) -> bytes | None:
    """The embedded workbook with the data of `series` in place of that of `like`; all else in it stays.

    None where that cannot be done faithfully: the data stand elsewhere than in the columns from A on, or what would
    have to be cleared or renamed is the header of a table that formulas use.
    """
    if not _stand_in_columns(like):
        return None
    quoted = "'" + sheet.replace("'", "''") + "'"
    try:
        return Workbook(book).apply(_book_edits(series, like, quoted)).data
    except OfficeError:
        return None


def _stand_in_columns(like: Sequence[SeriesView]) -> bool:
    """Whether categories are in column A and each series in one after it, from row 2 on, as PowerPoint puts them."""
    for index, one in enumerate(like, 1):
        categories = one.categories.formula if one.categories is not None else None
        if not _is_column(categories, "A") or not _is_column(one.values.formula, _column(index)):
            return False
    return bool(like)


def _is_column(formula: str | None, letters: str) -> bool:
    return re.search(rf"!\${letters}\$2(?::\${letters}\$\d+)?$", formula or "") is not None


def _book_edits(series: Sequence[ChartSeries], like: Sequence[SeriesView], sheet: str) -> list[SetCells | ClearCells]:
    categories = series[0].categories or Points()
    rows, columns = len(categories.points), len(series)
    body = tuple((categories.points[row], *(one.values.points[row] for one in series)) for row in range(rows))
    edits: list[SetCells | ClearCells] = [SetCells(at=f"{sheet}!A2", values=body)]
    names = [one.name for one in like]
    for index, one in enumerate(series):
        if index >= len(names) or names[index] != one.name:
            edits.append(SetCells(at=f"{sheet}!{_column(index + 1)}1", value=one.name))
    old_rows = max((len(one.values.points) for one in like), default=0)
    if old_rows > rows:
        edits.append(ClearCells(at=f"{sheet}!A{rows + 2}:{_column(max(columns, len(like)))}{old_rows + 1}"))
    if len(like) > columns:
        edits.append(ClearCells(at=f"{sheet}!{_column(columns + 1)}1:{_column(len(like))}{min(rows, old_rows) + 1}"))
    return edits


def sheet_of(series: Sequence[SeriesView]) -> str:
    """The sheet that a chart's data stand in; `Sheet1` where that cannot be told."""
    for one in series:
        match = _SHEET.match(one.values.formula or "")
        if match is not None:
            name = (match[1] or match[2]).replace("''", "'")
            return name if sheet_name(name) == name else "Sheet1"
    return "Sheet1"


def sheet_count(book: bytes) -> int | None:
    """How many sheets an embedded workbook has; None when it is of a format that cannot be told."""
    try:
        package = Package.open(book)
        main = package.main_part()
    except OfficeError:
        return None
    kinds = ("worksheet", "chartsheet", "dialogsheet", "xlMacrosheet")
    return sum(relationship.kind in kinds for relationship in package.relationships(main)) or None


def _axis_format(like: Sequence[SeriesView]) -> str:
    found = (one.categories.number_format for one in like if one.categories is not None)
    return next(found, "General")


def _column(index: int) -> str:
    """The letters of a column, from 0 for A."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _refuse(categories: Sequence[str | float], series: Sequence[SeriesData]) -> None:
    problem = None
    if not categories:
        problem = "it has no categories"
    elif len(categories) >= MAX_ROWS:
        problem = f"{len(categories):,} categories; a sheet has {MAX_ROWS - 1:,} rows for them"
    for one in series:
        if len(one.values) != len(categories):
            problem = f"{one.name!r} has {len(one.values)} values for {len(categories)} categories"
    if problem is not None:
        raise UnsupportedEditError(f"the data make no chart: {problem}")
