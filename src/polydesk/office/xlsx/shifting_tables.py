"""Tables under a change of structure: their ranges, columns, filters and column formulas (ECMA-376-1 §18.5.1)."""

from __future__ import annotations

from collections.abc import Iterator

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.formulas.shift import SheetShift
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.opc.package import Package
from polydesk.office.xlsx.addresses import Area, area_name, parse_area
from polydesk.office.xlsx.escapes import unescaped
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.shifting import Change
from polydesk.office.xlsx.shifting_sheet import SheetFollower

TABLE_TRACKED = (
    "autoFilter",
    "filterColumn",
    "sortState",
    "sortCondition",
    "tableColumns",
    "tableColumn",
    "calculatedColumnFormula",
    "totalsRowFormula",
    "tableStyleInfo",
)


def open_table(package: Package, name: str) -> XmlPart:
    """A table's part, to be changed in place."""
    return XmlPart(package.read(name), name=name, path=package.path, tracked=TABLE_TRACKED)


def table_area(part: XmlPart) -> Area:
    """The table's range, header and totals included. Raises UnsupportedEditError when it has none."""
    area = parse_area(part.root.get("ref", ""))
    if area is None:
        raise UnsupportedEditError(f"{part.name} is a table without a range", part=part.name)
    return area


def table_name(part: XmlPart) -> str:
    """The name that formulas use."""
    return part.root.get("displayName") or part.root.get("name", "")


def table_columns(part: XmlPart) -> list[Element]:
    """The table's columns from left to right."""
    return [
        column
        for columns in part.root.iterchildren("{*}tableColumns")
        for column in columns.iterchildren("{*}tableColumn")
    ]


def column_title(column: Element) -> str:
    """The name of a column as its header shows it."""
    return unescaped(column.get("name", ""))


def header_rows(part: XmlPart) -> int:
    """1, or 0 for a table without a header."""
    return min(whole(part.root.get("headerRowCount"), 1), 1)


def totals_rows(part: XmlPart) -> int:
    """1 for a table that shows its totals, else 0."""
    return min(whole(part.root.get("totalsRowCount"), 0), 1)


def follow_table(part: XmlPart, change: Change, sheet: str, shift: SheetShift | None) -> bool:
    """Let a table follow; False when nothing of it is left. New columns get names of their own.

    Raises UnsupportedEditError for a change that would take its header or all its rows, and leave the rest.
    """
    area = table_area(part)
    moved = change.area(sheet, area)
    if moved is None:
        return False
    if shift is not None:
        _refuse_headless(part, area, shift)
        _follow_columns(part, area, moved, shift)
    for element in part.root.iter("{*}calculatedColumnFormula", "{*}totalsRowFormula"):
        new = change.formula(element.text or "", sheet=sheet)
        if new != (element.text or ""):
            part.touch(element)
            element.text = new
    SheetFollower(part, change, sheet).follow()
    if moved != area:
        part.set_root_attribute("ref", area_name(moved))
    return True


def _refuse_headless(part: XmlPart, area: Area, shift: SheetShift) -> None:
    rows = shift.rows
    first, last = area.top + header_rows(part), area.bottom - totals_rows(part)
    if header_rows(part) and rows.new(area.top) is None:
        _refuse(part, "the header row of the table {} cannot be deleted without the rest of the table")
    if first <= last and rows.span(first, last) is None:
        _refuse(part, "the table {} must keep one row besides its header; delete the others, or the whole table")
    if any(piece.moved for piece in rows.pieces) and header_rows(part) and rows.span(area.top, area.bottom) is not None:
        span = rows.span(area.top, area.bottom)
        if span is not None and rows.new(area.top) != span[0]:
            _refuse(part, "the header row of the table {} cannot be moved away from its top")


def _refuse(part: XmlPart, why: str) -> None:
    raise UnsupportedEditError(why.format(table_name(part)), part=part.name)


def _follow_columns(part: XmlPart, area: Area, moved: Area, shift: SheetShift) -> None:
    """Put the table's columns in their new order, new ones among them and deleted ones left out."""
    if shift.columns.is_identity:
        return
    columns = table_columns(part)
    placed = {shift.columns.new(area.left + index): column for index, column in enumerate(columns)}
    wanted = [placed.get(column) for column in range(moved.left, moved.right + 1)]
    if wanted == columns:
        return
    container = next(part.root.iterchildren("{*}tableColumns"))
    part.touch(container)
    names = free_names({column_title(column).casefold() for column in columns})
    last_id = max((whole(column.get("id"), 0) for column in columns), default=0)
    for column in columns:
        container.remove(column)
    for column in wanted:
        if column is None:
            last_id += 1
            column = container.makeelement(f"{container.tag[: -len('tableColumns')]}tableColumn")
            column.set("id", str(last_id))
            column.set("name", next(names))
        container.append(column)
    container.set("count", str(len(wanted)))


def free_names(taken: set[str]) -> Iterator[str]:
    """`Column1`, `Column2`, … as Excel names new columns, without those that are taken (in `casefold`)."""
    number = 0
    while True:
        number += 1
        if f"column{number}" not in taken:
            yield f"Column{number}"
