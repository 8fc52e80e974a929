"""Cells whose content is not a user's to change alone: merged away, spilled, pivoted, or a table's header."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.opc.xml import parse_xml
from polydesk.office.xlsx.addresses import Area, address, area_name, cell_name, parse_area
from polydesk.office.xlsx.escapes import unescaped
from polydesk.office.xlsx.state import SheetState, WorkbookState
from polydesk.office.xlsx.survey import Array


class Header(NamedTuple):
    """One header cell of a table."""

    row: int
    column: int
    text: str
    table: str


def merged_areas(sheet: SheetState) -> list[Area]:
    """The merged areas of a sheet."""
    return _once(sheet, "merged", lambda: _merged(sheet))


Seen = TypeVar("Seen")


def _once(sheet: SheetState, name: str, read: Callable[[], Seen]) -> Seen:
    """What is read of a sheet once, however many edits ask for it."""
    if name not in sheet.seen:
        sheet.seen[name] = read()
    return sheet.seen[name]


def _merged(sheet: SheetState) -> list[Area]:
    found = (
        parse_area(cell.get("ref", ""))
        for container in sheet.frame.children("mergeCells")
        for cell in container.iterchildren("{*}mergeCell")
    )
    return [area for area in found if area is not None]


def hidden_by_merge(sheet: SheetState, area: Area) -> list[Area]:
    """The merged areas that meet an area, other than by their first cell alone."""
    return [
        merged
        for merged in merged_areas(sheet)
        if merged.meets(area) and not (area.height == area.width == 1 and area[:2] == merged[:2])
    ]


def refuse_pivots(state: WorkbookState, sheet: SheetState, area: Area) -> None:
    """Raise UnsupportedEditError when the area meets a pivot table, whose cells its own refresh writes."""
    for name, place in _once(sheet, "pivots", lambda: list(_pivots(state, sheet))):
        if place.meets(area):
            raise UnsupportedEditError(
                f"{address(sheet.name, area)} meets the pivot table {name!r} at {area_name(place)}; change its source "
                "cells instead, and refresh it in Excel",
                path=state.path,
                part=sheet.part,
            )


def table_headers(state: WorkbookState, sheet: SheetState) -> list[Header]:
    """The header cells of the sheet's tables, with the column names that formulas use."""
    return _once(sheet, "headers", lambda: list(_headers(state, sheet)))


def _headers(state: WorkbookState, sheet: SheetState) -> Iterator[Header]:
    for part in linked_parts(state, sheet, "table"):
        root = parse_xml(state.package.read(part), part=part, path=state.path)
        ref = parse_area(root.get("ref", ""))
        if ref is None or root.get("headerRowCount", "1") == "0":
            continue
        name = root.get("displayName") or root.get("name") or ""
        for offset, column in enumerate(root.iterfind("{*}tableColumns/{*}tableColumn")):
            yield Header(ref.top, ref.left + offset, unescaped(column.get("name", "")), name)


def refuse_broken_arrays(sheet: SheetState, area: Area, *, path: str | None) -> list[Array]:
    """The arrays that an edit of the area replaces whole.

    Raises UnsupportedEditError when it would change part of one.
    """
    whole: list[Array] = []
    for array in sheet.survey().arrays:
        if not array.ref.meets(area):
            continue
        first = area.has(array.row, array.column)
        if not (area.covers(array.ref) or (first and array.kind == "dynamic array")):
            raise UnsupportedEditError(
                f"{address(sheet.name, area)} is part of {area_name(array.ref)}, which one formula in "
                f"{cell_name(array.row, array.column)} fills ({array.kind}); edit the whole of it",
                path=path,
                part=sheet.part,
            )
        whole.append(array)
    return whole


def linked_parts(state: WorkbookState, sheet: SheetState, kind: str) -> list[str]:
    """The parts that the sheet's relationships of a kind lead to."""
    if sheet.part is None:
        return []
    links = [link for link in state.package.relationships(sheet.part) if link.kind == kind]
    found = (state.package.resolve(sheet.part, link) for link in links)
    return [part for part in found if part is not None]


def _pivots(state: WorkbookState, sheet: SheetState) -> Iterator[tuple[str, Area]]:
    for part in linked_parts(state, sheet, "pivotTable"):
        root = parse_xml(state.package.read(part), part=part, path=state.path)
        location = root.find("{*}location")
        place = None if location is None else parse_area(location.get("ref", ""))
        if place is not None:
            yield root.get("name", ""), place
