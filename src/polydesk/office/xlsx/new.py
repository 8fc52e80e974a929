"""New workbooks: rows of values with their formats. XlsxWriter writes the parts; nothing in a cell is ever taken for
a formula, a link or a number that was not said to be one.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import msgspec
import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]  # it has annotations, but not for all

from polydesk.core.errors import UnsupportedEditError

MAX_ROWS, MAX_COLUMNS, MAX_TEXT = 1_048_576, 16_384, 32_767
"""A sheet's rows and columns and a cell's characters (Excel specifications and limits, support.microsoft.com,
checked 2026-11-24)."""

_NOT_IN_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WIDEST = 60.0
_EXACT_INTEGER = 10**15


class Formula(msgspec.Struct, frozen=True, kw_only=True):
    """A cell with a formula."""

    text: str
    """Beginning with `=`, in English and with commas."""
    value: float | str | bool | None = None
    """What it gives; None leaves that to the application that opens the workbook."""


Cell = str | int | float | bool | date | datetime | time | Formula | None


class ColumnSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One column."""

    width: float | None = None
    """In characters of the standard font; None makes room for the longest of its first thousand cells."""
    number_format: str | None = None
    """Format code of its cells; None is General, and dates as `yyyy-mm-dd`."""


class SheetSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One sheet."""

    name: str
    rows: Sequence[Sequence[Cell]] = ()
    columns: Sequence[ColumnSpec] = ()
    """From column A; columns without a spec take the defaults."""
    header: bool = False
    """Whether the first row names the columns: then it is bold and stays in sight."""


def new_workbook(sheets: Sequence[SheetSpec], *, at: datetime | None = None) -> bytes:
    """A workbook (.xlsx) with these sheets. `at` is when it says it was made; None means now.

    Dates become Excel's, whole numbers beyond 15 digits texts, since a cell would round them; NaN and infinity become
    empty cells. Raises UnsupportedEditError for sheets that no workbook can hold: names, sizes, lengths of texts.
    """
    _refuse(sheets)
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    workbook: Any = xlsxwriter.Workbook(out, options)
    workbook.set_properties({"created": (at or datetime.now(UTC)).replace(tzinfo=None)})
    workbook.set_calc_mode("auto")
    formats = _Formats(workbook)
    for spec in sheets:
        _write(workbook.add_worksheet(spec.name), spec, formats)
    workbook.close()
    return out.getvalue()


def sheet_name(wanted: str, taken: Sequence[str] = ()) -> str:
    """A name that a sheet may have, as near to `wanted` as the format allows, and none of those `taken`."""
    clean = _NOT_IN_NAME.sub(" ", wanted).strip().strip("'")[:31].strip() or "Sheet1"
    lowered = {name.lower() for name in taken} | {"history"}
    name, number = clean, 1
    while name.lower() in lowered:
        number += 1
        tail = f" {number}"
        name = clean[: 31 - len(tail)] + tail
    return name


class _Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._made: dict[tuple[str | None, bool], Any] = {}

    def get(self, number_format: str | None, *, bold: bool = False) -> Any:
        """The format of a cell; None for the default one."""
        if number_format in (None, "General") and not bold:
            return None
        key = (number_format, bold)
        if key not in self._made:
            properties: dict[str, object] = {"bold": bold}
            if number_format is not None:
                properties["num_format"] = number_format
            self._made[key] = self._workbook.add_format(properties)
        return self._made[key]


def _write(sheet: Any, spec: SheetSpec, formats: _Formats) -> None:
    width = max((len(row) for row in spec.rows), default=0)
    columns = [*spec.columns, *(ColumnSpec() for _ in range(width - len(spec.columns)))]
    for index, column in enumerate(columns):
        sheet.set_column(index, index, column.width or _fitting(spec, index), formats.get(column.number_format))
    for number, row in enumerate(spec.rows):
        is_header = spec.header and number == 0
        for index, cell in enumerate(row):
            _write_cell(
                sheet, number, index, cell, None if is_header else columns[index].number_format, formats, is_header
            )
    if spec.header:
        sheet.freeze_panes(1, 0)


def _write_cell(sheet: Any, row: int, column: int, cell: Cell, code: str | None, formats: _Formats, bold: bool) -> None:
    look = formats.get(code, bold=bold)
    match cell:
        case None:
            return
        case bool():
            sheet.write_boolean(row, column, cell, look)
        case int() | float():
            if isinstance(cell, int) and abs(cell) > _EXACT_INTEGER:
                sheet.write_string(row, column, str(cell), look)
            elif math.isfinite(cell):
                sheet.write_number(row, column, cell, look)
        case str():
            sheet.write_string(row, column, _NOT_XML.sub("", cell), look)
        case Formula():
            sheet.write_formula(row, column, cell.text, look, "" if cell.value is None else cell.value)
        case datetime():
            sheet.write_datetime(row, column, cell, formats.get(code or "yyyy-mm-dd hh:mm", bold=bold))
        case date():
            sheet.write_datetime(row, column, cell, formats.get(code or "yyyy-mm-dd", bold=bold))
        case time():
            sheet.write_datetime(row, column, cell, formats.get(code or "hh:mm", bold=bold))


def _fitting(spec: SheetSpec, column: int) -> float:
    """A width with room for what the first cells of a column show, within what a screen has."""
    shown = (len(_shown(row[column])) for row in spec.rows[:1000] if column < len(row))
    return min(max(max(shown, default=0) + 1.7, 9.14), _WIDEST)


def _shown(cell: Cell) -> str:
    if isinstance(cell, str):
        return max(cell.split("\n"), key=len)
    if isinstance(cell, float):
        return f"{cell:.10g}"
    return "" if cell is None or isinstance(cell, Formula) else str(cell)


def _refuse(sheets: Sequence[SheetSpec]) -> None:
    problem = next((problem for spec in sheets for problem in _problems(spec)), None)
    names = [spec.name.lower() for spec in sheets]
    if not sheets:
        problem = "a workbook needs at least one sheet"
    elif len(set(names)) < len(names):
        problem = "two sheets have the same name"
    if problem is not None:
        raise UnsupportedEditError(f"The workbook cannot be made: {problem}.")


def _problems(spec: SheetSpec) -> list[str]:
    found: list[str] = []
    if sheet_name(spec.name) != spec.name:
        found.append(f"{spec.name!r} is no name for a sheet (1 to 31 characters, none of []:*?/\\, no ' at an end)")
    if len(spec.rows) > MAX_ROWS or max(map(len, spec.rows), default=0) > MAX_COLUMNS:
        found.append(f"{spec.name} has more than {MAX_ROWS:,} rows or {MAX_COLUMNS:,} columns; divide it")
    for number, row in enumerate(spec.rows, 1):
        for cell in row:
            if isinstance(cell, str) and len(cell) > MAX_TEXT:
                return [*found, f"{spec.name}, row {number}: a text of {len(cell):,} characters; {MAX_TEXT:,} fit"]
            if isinstance(cell, date) and cell.year < 1900:
                return [*found, f"{spec.name}, row {number}: {cell.isoformat()} is before 1900; write it as a text"]
    return found
