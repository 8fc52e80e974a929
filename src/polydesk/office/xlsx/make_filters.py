"""How a sheet's filter is set and cleared: its buttons, its criteria, and the rows that they hide.

The criteria are stored as Excel stores them (ECMA-376-1 §18.3.2); which rows pass is decided here, by the cached values
and the texts that cells show, since a program that opens the file does not filter it anew.
"""

from __future__ import annotations

import operator as operators
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.formulas.grid import MAX_COLUMN, MAX_ROW, column_number
from polydesk.office.formulas.references import Area as Reference
from polydesk.office.formulas.references import Axis, Prefix
from polydesk.office.ooxml.part import Element
from polydesk.office.xlsx.addresses import Area, address, area_name, parse_area
from polydesk.office.xlsx.cell_texts import CellTexts
from polydesk.office.xlsx.cell_values import CellValue, read_cells
from polydesk.office.xlsx.making import OBJECTS, Maker, Makers, Making
from polydesk.office.xlsx.shifting_parts import linked_parts
from polydesk.office.xlsx.shifting_tables import open_table, table_area, table_name
from polydesk.office.xlsx.state import SheetState, WorkbookState
from polydesk.office.xlsx.structure_edits import ClearAutofilter, ColumnFilter, SetAutofilter

_DATABASE = "_xlnm._FilterDatabase"
_COMPARISON = re.compile(r"(<=|>=|<>|=|<|>)?(.*)", re.DOTALL)
_OPERATORS = {
    "=": "equal",
    "<>": "notEqual",
    "<": "lessThan",
    "<=": "lessThanOrEqual",
    ">": "greaterThan",
    ">=": "greaterThanOrEqual",
}
_HOLDS = {
    "=": operators.eq,
    "<>": operators.ne,
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}
_MAX_ROWS = 200_000


class Shown(NamedTuple):
    """A cell as a filter sees it."""

    value: CellValue | None
    text: str


Test = Callable[[Shown], bool]


def prepare_filter(making: Making, edit: SetAutofilter) -> None:
    """Find and claim the range of a filter."""
    place = making.place(edit.at)
    area = place.area
    making.claim(place.sheet, Area(1, 1, MAX_ROW, MAX_COLUMN), "autofilter")
    if area.height < 2 or area.whole_rows or area.whole_columns:
        raise UnsupportedEditError("a filter's range has a header row and at least one row below it, named by cells")
    if edit.columns and area.height > _MAX_ROWS:
        raise UnsupportedEditError(f"a filter that hides rows has {_MAX_ROWS:,} rows at most")
    for part in linked_parts(making.state.package, place.sheet.part or "", "table"):
        table = open_table(making.state.package, part)
        if table_area(table).meets(area):
            raise UnsupportedEditError(
                f"{area_name(area)} meets the table {table_name(table)}, which has its own filter"
            )
    for column in edit.columns:
        if not column.column.isalpha() or not area.left <= column_number(column.column) <= area.right:
            raise UnsupportedEditError(f"the column {column.column!r} is not in {area_name(area)}")
        _test(column)
    if len({column_number(column.column) for column in edit.columns}) != len(edit.columns):
        raise UnsupportedEditError("each column has one filter; join its conditions by ' and ' or ' or '")


def make_filter(making: Making, edit: SetAutofilter) -> None:
    """Write a filter, and hide the rows that do not pass."""
    sheet, area = making.place(edit.at)
    _clear(making.state, sheet, keep_buttons=False)
    frame = sheet.frame
    element = frame.new("autoFilter")
    element.set("ref", area_name(area))
    for column in sorted(edit.columns, key=lambda column: column_number(column.column)):
        element.append(_column_element(sheet, column, area))
    frame.put(element)
    _name_database(making.state, sheet, area)
    if edit.columns:
        hidden = _hide(making.state, sheet, area, edit.columns)
        making.outcome.notes.append(f"{hidden} of {area.height - 1} rows are hidden")
        _mark_filtered(sheet, filtered=True)
    making.outcome.after = address(sheet.name, area)


def prepare_clear(making: Making, edit: ClearAutofilter) -> None:
    """Claim a sheet's filter."""
    sheet = making.state.sheet(edit.sheet)
    making.claim(sheet, Area(1, 1, MAX_ROW, MAX_COLUMN), "autofilter")


def make_clear(making: Making, edit: ClearAutofilter) -> None:
    """Take a sheet's filter away, and show its rows."""
    sheet = making.state.sheet(edit.sheet)
    found = _clear(making.state, sheet, keep_buttons=edit.keep_buttons)
    making.outcome.before = found and address(sheet.name, found)
    if found is None:
        making.outcome.notes.append("the sheet has no filter")


def _clear(state: WorkbookState, sheet: SheetState, *, keep_buttons: bool) -> Area | None:
    frame = sheet.frame
    element = frame.child("autoFilter")
    if element is None:
        return None
    area = parse_area(element.get("ref", ""))
    filtered = next(element.iterchildren("{*}filterColumn"), None) is not None
    if filtered and area is not None:
        for row in _hidden_rows(sheet, area):
            sheet.patches.set_row(row, {"hidden": None})
        _mark_filtered(sheet, filtered=False)
    if keep_buttons:
        frame.part.touch(element)
        for child in list(element):
            element.remove(child)
        return area
    frame.part.remove(element)
    for name in list(state.workbook.root.iter("{*}definedName")):
        if name.get("name") == _DATABASE and name.get("localSheetId") == str(sheet.index):
            state.workbook.remove(name)
    return area


def _hidden_rows(sheet: SheetState, area: Area) -> list[int]:
    """The rows of a filter's range that are hidden now."""
    return [
        place.number
        for block in sheet.blocks()
        if b"hidden" in block.data
        for place in block.places()
        if area.top < place.number <= area.bottom and b"hidden" in place.attributes
    ]


def _hide(state: WorkbookState, sheet: SheetState, area: Area, columns: Sequence[ColumnFilter]) -> int:
    tests = {column_number(column.column): _test(column) for column in columns}
    texts = CellTexts(state, sheet)
    passing = dict.fromkeys(range(area.top + 1, area.bottom + 1), 0)
    seen: dict[int, set[int]] = {}
    for cell in read_cells(state, sheet, Area(area.top + 1, area.left, area.bottom, area.right)):
        test = tests.get(cell.column)
        if test is not None:
            seen.setdefault(cell.row, set()).add(cell.column)
            text = (
                cell.value if cell.kind == "e" and isinstance(cell.value, str) else texts.text(cell.value, cell.style)
            )
            passing[cell.row] += test(Shown(cell, text))
    empty = {column: test(Shown(None, "")) for column, test in tests.items()}
    was_hidden = set(_hidden_rows(sheet, area))
    hidden = 0
    for row, passed in passing.items():
        passed += sum(empty[column] for column in tests if column not in seen.get(row, set()))
        if passed < len(tests):
            hidden += 1
            sheet.patches.set_row(row, {"hidden": "1"})
        elif row in was_hidden:
            sheet.patches.set_row(row, {"hidden": None})
    return hidden


def _column_element(sheet: SheetState, column: ColumnFilter, area: Area) -> Element:
    frame = sheet.frame
    element = frame.new("filterColumn")
    element.set("colId", str(column_number(column.column) - area.left))
    if column.values is not None or column.blank is True:
        filters = frame.new("filters")
        if column.blank:
            filters.set("blank", "1")
        for value in column.values or ():
            item = frame.new("filter")
            item.set("val", value)
            filters.append(item)
        element.append(filters)
        return element
    customs = frame.new("customFilters")
    comparisons, both = ([("<>", " ")], False) if column.blank is False else _comparisons(column.condition or "")
    if both:
        customs.set("and", "1")
    for operator, value in comparisons:
        item = frame.new("customFilter")
        if operator != "=":
            item.set("operator", _OPERATORS[operator])
        item.set("val", value)
        customs.append(item)
    element.append(customs)
    return element


def _test(column: ColumnFilter) -> Test:
    given = [column.values is not None, column.blank is not None, column.condition is not None]
    if sum(given) != 1:
        raise UnsupportedEditError("a column's filter has exactly one of values, blank and condition")
    if column.values is not None:
        wanted = {value.casefold() for value in column.values}
        return lambda cell: cell.text.casefold() in wanted
    if column.blank is not None:
        wants_blank = column.blank
        return lambda cell: (cell.text == "") is wants_blank
    comparisons, both = _comparisons(column.condition or "")
    tests = [_comparison(operator, value) for operator, value in comparisons]
    return lambda cell: all(test(cell) for test in tests) if both else any(test(cell) for test in tests)


def _comparisons(condition: str) -> tuple[list[tuple[str, str]], bool]:
    """The comparisons of a condition, and whether both must hold."""
    both = " and " in condition.lower()
    pieces = re.split(r"(?i) and | or ", condition.strip())
    if not condition.strip() or len(pieces) > 2:
        raise UnsupportedEditError(f"{condition!r} is no condition of one or two comparisons, such as '>=10 and <20'")
    found: list[tuple[str, str]] = []
    for piece in pieces:
        match = _COMPARISON.fullmatch(piece.strip())
        assert match is not None
        found.append((match[1] or "=", match[2].strip()))
    return found, both


def _comparison(operator: str, value: str) -> Test:
    number = _number(value)
    if number is not None:
        return lambda cell: _compares(operator, cell, number)
    pattern = re.compile(
        "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in value), re.IGNORECASE | re.DOTALL
    )
    if operator in ("=", "<>"):
        return lambda cell: (pattern.fullmatch(cell.text) is not None) is (operator == "=")
    folded = value.casefold()
    return lambda cell: (
        cell.value is not None and cell.value.kind == "s" and _holds(operator, cell.text.casefold(), folded)
    )


def _compares(operator: str, cell: Shown, number: float) -> bool:
    value = None if cell.value is None else cell.value.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return operator == "<>"
    return _holds(operator, float(value), number)


def _holds(operator: str, left: Any, right: Any) -> bool:
    """Whether two numbers, or two texts, compare so."""
    return bool(_HOLDS[operator](left, right))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _mark_filtered(sheet: SheetState, *, filtered: bool) -> None:
    """`filterMode` says that rows are hidden by a filter (ECMA-376-1 §18.3.1.82)."""
    frame = sheet.frame
    properties = frame.child("sheetPr")
    if properties is None and filtered:
        properties = frame.new("sheetPr")
        properties.set("filterMode", "1")
        frame.put(properties)
    elif properties is not None:
        frame.part.set_attribute(properties, "filterMode", "1" if filtered else None)


def _name_database(state: WorkbookState, sheet: SheetState, area: Area) -> None:
    """The hidden name of the range that Excel gives each filter."""
    name = state.new_workbook_element("definedName")
    name.set("name", _DATABASE)
    name.set("localSheetId", str(sheet.index))
    name.set("hidden", "1")
    rows, columns = Axis(area.top, area.bottom, True, True), Axis(area.left, area.right, True, True)
    name.text = f"{Prefix('', sheet.name, None)}{Reference(rows, columns, True)}"
    names = state.workbook_child("definedNames")
    if names is None:
        names = state.new_workbook_element("definedNames")
        names.append(name)
        state.put_workbook_child(names)
    else:
        state.workbook.append(names, name)


FILTER_MAKERS: Makers = {
    SetAutofilter: Maker(OBJECTS, prepare_filter, make_filter),
    ClearAutofilter: Maker(OBJECTS, prepare_clear, make_clear),
}
