"""What lies on the grid of a sheet by numbers rather than names: column runs, page breaks, frozen panes, anchors."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

from polydesk.office.formulas.axis import AxisMap
from polydesk.office.formulas.shift import SheetShift
from polydesk.office.ooxml.names import local_name
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.xlsx.addresses import MAX_COLUMN, cell_name, parse_area
from polydesk.office.xlsx.numerals import whole

Like = Callable[[int], int | None]


def follow_grid(part: XmlPart, shift: SheetShift, like_column: Like) -> None:
    """Let the numbers in a sheet's own part follow its rows and columns."""
    root = part.root
    if not shift.columns.is_identity:
        for columns in list(root.iterchildren("{*}cols")):
            _follow_columns(part, columns, shift.columns, like_column)
    for name, map in (("rowBreaks", shift.rows), ("colBreaks", shift.columns)):
        for breaks in list(root.iter("{*}" + name)):
            _follow_breaks(part, breaks, map)
    for pane in list(root.iter("{*}pane")):
        _follow_pane(part, pane, shift)
    for anchor in list(root.iter("{*}anchor")):
        follow_anchor(part, anchor, shift)


def _follow_columns(part: XmlPart, columns: Element, map: AxisMap, like: Like) -> None:
    """Build the runs of columns anew (ECMA-376-1 §18.3.1.13)."""
    runs = [(whole(col.get("min"), 1), min(whole(col.get("max"), 1), MAX_COLUMN), col) for col in columns]
    new: list[tuple[int, int, Element]] = []
    for low, high, col in runs:
        for piece in map.pieces:
            if piece.old is None or piece.old > high or piece.old + piece.size <= low:
                continue
            first = piece.new + max(low, piece.old) - piece.old
            last = piece.new + min(high, piece.old + piece.size - 1) - piece.old
            if first <= MAX_COLUMN:
                new.append((first, min(last, MAX_COLUMN), col))
    for start, size in map.new_lines():
        for column in range(start, min(start + size, MAX_COLUMN + 1)):
            source = like(column)
            found = next((col for low, high, col in runs if source is not None and low <= source <= high), None)
            if found is not None:
                new.append((column, column, found))
    part.touch(columns)
    for col in list(columns):
        columns.remove(col)
    for low, high, col in _joined(sorted(new, key=lambda run: run[0])):
        made = copy(col)
        made.set("min", str(low))
        made.set("max", str(high))
        columns.append(made)
    if not len(columns):
        part.remove(columns)


def _joined(runs: list[tuple[int, int, Element]]) -> list[tuple[int, int, Element]]:
    """Neighbouring runs that say the same as one."""
    found: list[tuple[int, int, Element]] = []
    for low, high, col in runs:
        if found and found[-1][1] + 1 == low and found[-1][2] is col:
            found[-1] = (found[-1][0], high, col)
        else:
            found.append((low, high, col))
    return found


def _follow_breaks(part: XmlPart, breaks: Element, map: AxisMap) -> None:
    """A break has the number of the line before it (ECMA-376-1 §18.3.1.3)."""
    if map.is_identity:
        return
    part.touch(breaks)
    seen: set[int] = set()
    for item in list(breaks.iterchildren("{*}brk")):
        behind = map.landing(whole(item.get("id"), 0) + 1)
        if behind < 2 or behind in seen:
            breaks.remove(item)
            continue
        seen.add(behind)
        item.set("id", str(behind - 1))
    items = list(breaks.iterchildren("{*}brk"))
    if not items:
        part.remove(breaks)
        return
    if breaks.get("count") is not None:
        breaks.set("count", str(len(items)))
    if breaks.get("manualBreakCount") is not None:
        breaks.set("manualBreakCount", str(sum(item.get("man") in ("1", "true") for item in items)))


def _follow_pane(part: XmlPart, pane: Element, shift: SheetShift) -> None:
    """Frozen rows and columns stay frozen with what comes among them."""
    if pane.get("state") not in ("frozen", "frozenSplit"):
        return
    view = pane.getparent()
    corner = parse_area((view.get("topLeftCell") if view is not None else None) or "A1")
    top, left = (corner.top, corner.left) if corner else (1, 1)
    cell = parse_area(pane.get("topLeftCell", ""))
    places: list[int] = []
    for name, map, first, line in (
        ("ySplit", shift.rows, top, cell.top if cell else 1),
        ("xSplit", shift.columns, left, cell.left if cell else 1),
    ):
        text = pane.get(name, "0")
        old = int(text) if text.isdigit() else 0
        span = map.span(first, first + old - 1) if old else None
        size = 0 if span is None else span[1] - span[0] + 1
        if size and size != old:
            part.set_attribute(pane, name, str(size))
        # The first cell below and beside what is frozen follows, unless nothing was scrolled away before it.
        begin = map.landing(first) + (size or old)
        places.append(begin if line == first + old else max(begin, map.landing(line)))
    if cell is not None and places != [cell.top, cell.left]:
        part.set_attribute(pane, "topLeftCell", cell_name(*places))


def follow_anchor(part: XmlPart, anchor: Element, shift: SheetShift) -> None:
    """Let an object's anchor (ECMA-376-1 §20.5.2, and `anchor` of controls) follow the cells that it lies on."""
    edges = {local_name(child.tag): child for child in anchor.iterchildren("*")}
    start, end = edges.get("from"), edges.get("to")
    sizes = anchor.get("editAs", "twoCell") == "twoCell"
    if local_name(anchor.tag) == "anchor":  # ECMA-376-1 §18.3.1.1
        if anchor.get("moveWithCells", "0") not in ("1", "true"):
            return
        sizes = anchor.get("sizeWithCells", "0") in ("1", "true")
    if start is None or anchor.get("editAs") == "absolute":
        return
    for name, map in (("row", shift.rows), ("col", shift.columns)):
        if map.is_identity:
            continue
        before, after = _follow_edge(part, start, name, map)
        if end is not None and sizes:
            _follow_edge(part, end, name, map)
        elif end is not None and after != before:
            _write(part, end, name, _read(end, name) + after - before)


def _follow_edge(part: XmlPart, edge: Element, name: str, map: AxisMap) -> tuple[int, int]:
    """Move one edge, and return its line before and after, counted from 0."""
    before = _read(edge, name)
    after = map.landing(before + 1) - 1
    if map.new(before + 1) is None:
        _write(part, edge, f"{name}Off", 0)
    if after != before:
        _write(part, edge, name, after)
    return before, after


def _read(edge: Element, name: str) -> int:
    child = next(edge.iterchildren("{*}" + name), None)
    text = "" if child is None else (child.text or "").strip()
    return int(text) if text.isdigit() else 0


def _write(part: XmlPart, edge: Element, name: str, value: int) -> None:
    child = next(edge.iterchildren("{*}" + name), None)
    if child is not None and child.text != str(value):
        part.touch(child)
        child.text = str(value)
