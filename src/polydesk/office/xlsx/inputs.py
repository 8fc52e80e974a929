"""Values that edits give, as what is written into cells."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time
from typing import NamedTuple

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.formulas.relative import copied
from polydesk.office.formulas.structured import this_row_written
from polydesk.office.formulas.syntax import syntax_fault
from polydesk.office.xlsx.cell_edits import CellInput, TypedValue
from polydesk.office.xlsx.formula_files import filed, spills
from polydesk.office.xlsx.patches import EMPTY, Content
from polydesk.office.xlsx.state import WorkbookState

MAX_TEXT, MAX_FORMULA = 32_767, 8_192
"""Characters of a cell and of a formula ("Excel specifications and limits", support.microsoft.com,
checked 2026-11-24)."""

ERRORS = (
    "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!",
    "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#EXTERNAL!",
)  # fmt: skip
DATE_FORMAT, DATE_TIME_FORMAT, TIME_FORMAT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "hh:mm:ss"
_FIELDS = ("formula", "array_formula", "text", "date", "time", "error")
_LOST_DAY = 60
"""29 February 1900, which Excel counts and the calendar does not have (ECMA-376-1 §18.17.4.1)."""


class Written(NamedTuple):
    """What an input becomes in a cell."""

    content: Content
    format: str | None = None
    """The number format that the cell gets unless it has one for dates already; None for no wish."""


def written(state: WorkbookState, value: CellInput, at: str = "") -> Written:
    """The content of a cell for an input; `at` is its name, which a formula needs. Raises UnsupportedEditError."""
    if value is None:
        return Written(EMPTY)
    if isinstance(value, bool):
        return Written(Content(type="b", value="1" if value else "0"))
    if isinstance(value, int | float):
        return Written(_number(value))
    if isinstance(value, str):
        return Written(_text(state, value))
    return _typed(state, value, at)


def moved(content: Content, rows: int, columns: int, at: str) -> Content:
    """A formula's content as it reads so many rows and columns further on, in the cell `at`; any other as it is."""
    if content.formula is None or not (rows or columns):
        return content
    attributes = content.formula_attributes and f' t="array" ref="{at}"'
    formula = copied(content.formula, rows=rows, columns=columns)
    return Content(formula=formula, formula_attributes=attributes, metadata=content.metadata)


def serial(day: date | datetime, *, date1904: bool) -> float:
    """The number of a day and time in the workbook's date system."""
    moment = day if isinstance(day, datetime) else datetime.combine(day, time())
    since = moment - (datetime(1904, 1, 1) if date1904 else datetime(1899, 12, 31))  # noqa: DTZ001  # cells have no zone
    days = since.days + (not date1904 and since.days >= _LOST_DAY)
    if days < 0:
        raise UnsupportedEditError(f"{day.isoformat()} is before the first day of the workbook's calendar")
    return days + round(since.seconds + since.microseconds / 1e6, 3) / 86400


def number_text(number: float) -> str:
    """A number as Excel writes it: 17 digits at most."""
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
        number = int(number)
    return str(number).upper() if isinstance(number, float) else str(number)


def _number(number: float) -> Content:
    if isinstance(number, float) and not math.isfinite(number):
        raise UnsupportedEditError("a cell holds finite numbers only")
    if abs(number) > 9.99999999999999e307:
        raise UnsupportedEditError(f"{number:.3g} is beyond Excel's numbers")
    return Content(value=number_text(float(number) if abs(number) >= 1e15 else number))


def _text(state: WorkbookState, text: str) -> Content:
    if len(text) > MAX_TEXT:
        raise UnsupportedEditError(f"the text has {len(text):,} characters; a cell holds {MAX_TEXT:,}")
    text = text.replace("\r\n", "\n")
    if state.strings.exists:
        return Content(type="s", value=str(state.strings.index(text)))
    return Content(type="inlineStr", inline=text)


def _typed(state: WorkbookState, value: TypedValue, at: str) -> Written:
    given = [name for name in _FIELDS if getattr(value, name) is not None]
    if len(given) != 1:
        raise UnsupportedEditError(f"a value has exactly one of {', '.join(_FIELDS)}")
    if value.text is not None:
        return Written(_text(state, value.text))
    if value.error is not None:
        if value.error.upper() not in ERRORS:
            raise UnsupportedEditError(f"{value.error!r} is none of Excel's errors, such as #N/A")
        return Written(Content(type="e", value=value.error.upper()))
    if value.date is not None:
        return _date(state, value.date)
    if value.time is not None:
        return _time(value.time)
    formula = value.formula if value.formula is not None else value.array_formula
    assert formula is not None
    return Written(formula_content(state, formula, at))


def formula_text(formula: str, table: str | None = None) -> str:
    """A formula as the file has it: no equals sign, newer functions with their prefixes, `@` of tables written out.

    `table` is the one that references without a table's name mean.
    """
    text = formula.strip().removeprefix("=").strip()
    if not text or len(text) > MAX_FORMULA:
        raise UnsupportedEditError(f"a formula has from 1 to {MAX_FORMULA:,} characters, not {len(text):,}")
    if fault := syntax_fault(text):
        raise UnsupportedEditError(f"Excel cannot read the formula {text[:80]!r}: {fault}")
    try:
        return this_row_written(filed(text), table)
    except ValueError as exc:
        raise UnsupportedEditError(f"{exc} names no table; write its name in front of it, as in Orders{exc}") from exc


def formula_content(state: WorkbookState, formula: str, at: str) -> Content:
    """A formula for the cell `at`, as a dynamic array when it gives one."""
    text = formula_text(formula)
    dynamic = state.metadata.dynamic() if spills(text) else None
    if dynamic is None:
        return Content(formula=text)
    return Content(formula=text, formula_attributes=f' t="array" ref="{at}"', metadata=f' cm="{dynamic}"')


def _date(state: WorkbookState, text: str) -> Written:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return Written(_number(serial(date.fromisoformat(text), date1904=state.date1904)), DATE_FORMAT)
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise UnsupportedEditError(f"{text!r} is no date as 2026-11-24 or 2026-11-24T09:30:00 ({exc})") from exc
    if moment.tzinfo is not None:
        raise UnsupportedEditError(f"{text!r} names a time zone, which cells do not have; write it without")
    return Written(_number(serial(moment, date1904=state.date1904)), DATE_TIME_FORMAT)


def _time(text: str) -> Written:
    try:
        moment = time.fromisoformat(text)
    except ValueError as exc:
        raise UnsupportedEditError(f"{text!r} is no time as 09:30 or 09:30:15 ({exc})") from exc
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6
    return Written(_number(seconds / 86400), TIME_FORMAT)
