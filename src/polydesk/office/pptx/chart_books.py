"""The data of a chart as a sheet: where each series stands, and the workbook that "Edit Data" opens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from polydesk.core.errors import OfficeError, UnsupportedEditError
from polydesk.office.drawing.charts import ChartSeries, Points, SeriesView
from polydesk.office.opc.package import Package
from polydesk.office.pptx.chart_edits import SeriesData
from polydesk.office.xlsx.cell_edits import ClearCells, SetCells
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.new import MAX_ROWS, Cell, ColumnSpec, SheetSpec, new_workbook, sheet_name
from polydesk.office.xlsx.structure_edits import RenameTableColumn, ResizeTable
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

    A table around the data goes along, as PowerPoint's own workbooks have one. None where that cannot be done
    faithfully: the data stand elsewhere than in the columns from A on, or the workbook is of another make.
    """
    if not _stand_in_columns(like):
        return None
    try:
        for edits in _book_edits(Workbook(book), series, like, sheet):
            book = Workbook(book).apply(edits).data
    except OfficeError:
        return None
    return book


def _stand_in_columns(like: Sequence[SeriesView]) -> bool:
    """Whether categories are in column A and each series in one after it, from row 2 on, as PowerPoint puts them."""
    for index, one in enumerate(like, 1):
        categories = one.categories.formula if one.categories is not None else None
        if not _is_column(categories, "A") or not _is_column(one.values.formula, _column(index)):
            return False
    return bool(like)


def _is_column(formula: str | None, letters: str) -> bool:
    return re.search(rf"!\${letters}\$2(?::\${letters}\$\d+)?$", formula or "") is not None


def _book_edits(
    book: Workbook, series: Sequence[ChartSeries], like: Sequence[SeriesView], sheet: str
) -> Iterator[list[Edit]]:
    """What to do, list after list: a table lets go of columns, takes new titles, then cells change, then it grows."""
    quoted = "'" + sheet.replace("'", "''") + "'"
    rows = len((series[0].categories or Points()).points)
    old_rows = max((len(one.values.points) for one in like), default=0)
    kept = min(len(series), len(like))
    table = _table(book, sheet, _column(len(like)) + str(old_rows + 1))
    if table is not None and kept < len(like):
        yield [ResizeTable(table=table, at=f"{quoted}!A1:{_column(kept)}{old_rows + 1}")]
    for old, new in zip(like, series, strict=False):
        if table is not None and old.name and new.name and old.name != new.name:
            yield [RenameTableColumn(table=table, column=old.name, name=new.name)]
    known = kept if table is not None else 0
    yield [*_cell_edits(series, quoted, known), *_clearing(quoted, (rows, len(series)), (old_rows, len(like)))]
    if table is not None and (rows, len(series)) != (old_rows, kept):
        yield [ResizeTable(table=table, at=f"{quoted}!A1:{_column(len(series))}{rows + 1}")]


def _table(book: Workbook, sheet: str, last: str) -> str | None:
    """The table from A1 to the cell `last`; None when there is none."""
    found = (one for view in book.view().sheets if view.name == sheet for one in view.tables)
    return next((one.name for one in found if one.at.rpartition("!")[2].replace("$", "") == f"A1:{last}"), None)


def _cell_edits(series: Sequence[ChartSeries], sheet: str, known: int) -> Iterator[Edit]:
    """Values and categories, and the names of the series after the first `known`."""
    categories = series[0].categories or Points()
    body = tuple((point, *(one.values.points[row] for one in series)) for row, point in enumerate(categories.points))
    yield SetCells(at=f"{sheet}!A2", values=body)
    for index, one in enumerate(series[known:], known + 1):
        yield SetCells(at=f"{sheet}!{_column(index)}1", value=one.name)


def _clearing(sheet: str, new: tuple[int, int], old: tuple[int, int]) -> Iterator[Edit]:
    """Rows and columns that the old data had and the new have not."""
    if old[0] > new[0]:
        yield ClearCells(at=f"{sheet}!A{new[0] + 2}:{_column(max(new[1], old[1]))}{old[0] + 1}")
    if old[1] > new[1]:
        yield ClearCells(at=f"{sheet}!{_column(new[1] + 1)}1:{_column(old[1])}{min(new[0], old[0]) + 1}")


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
