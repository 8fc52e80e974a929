"""The sheets of two workbooks compared as a whole: names, places, lines of the grid, and what lies on them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from polydesk.office.xlsx.addresses import MAX_COLUMN, MAX_ROW, Area, address, parse_area
from polydesk.office.xlsx.cell_edits import FreezePanes, SetColumnWidth, SetHidden, SetRowHeight
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.elements import attributes
from polydesk.office.xlsx.grammar import attribute
from polydesk.office.xlsx.numerals import decimal, whole
from polydesk.office.xlsx.state import SheetState, WorkbookState
from polydesk.office.xlsx.structure_edits import (
    DeleteSheet,
    InsertSheet,
    MergeCells,
    MoveSheet,
    RenameSheet,
    SetAutofilter,
    ShowSheet,
    UnmergeCells,
)

Likeness = Callable[[SheetState, SheetState], float]
Pairs = list[tuple[SheetState, SheetState]]
_ALIKE = 0.5
_KINDS = re.compile(r"/(charts|media|pivotTables|tables|comments|threadedComments|drawings|slicers|ctrlProps)/?[^/]*$")


def sheet_edits(before: WorkbookState, after: WorkbookState, likeness: Likeness) -> tuple[Pairs, list[Edit]]:
    """Which sheets answer to each other, and the edits of sheets as a whole."""
    old = {sheet.name.casefold(): sheet for sheet in before.sheets}
    pairs = [(old[sheet.name.casefold()], sheet) for sheet in after.sheets if sheet.name.casefold() in old]
    paired = {id(sheet) for pair in pairs for sheet in pair}
    for new in (sheet for sheet in after.sheets if id(sheet) not in paired):
        left = [sheet for sheet in before.sheets if id(sheet) not in paired]
        best = max(left, key=lambda sheet: likeness(sheet, new), default=None)
        if best is not None and likeness(best, new) >= _ALIKE:
            pairs.append((best, new))
            paired |= {id(best), id(new)}
    edits: list[Edit] = []
    names = {id(new): one.name for one, new in pairs}
    previous: str | None = None
    for new in after.sheets:
        if id(new) not in names and new.kind == "worksheet":
            first = before.sheets[0].name if previous is None and before.sheets else None
            edits.append(InsertSheet(name=new.name, before=first, after=previous))
            names[id(new)] = new.name
        previous = names.get(id(new), previous)
    edits += [DeleteSheet(sheet=sheet.name) for sheet in before.sheets if id(sheet) not in paired]
    for one, new in pairs:
        if one.name != new.name:
            edits.append(RenameSheet(sheet=one.name, name=new.name))
        if one.hidden != new.hidden:
            edits.append(ShowSheet(sheet=one.name, state=new.hidden))  # type: ignore[arg-type]  # its three words
    edits += _moves(before, after, pairs)
    return pairs, edits


def _moves(before: WorkbookState, after: WorkbookState, pairs: Pairs) -> Iterator[Edit]:
    """Moves that put the sheets that both have into the order of the second."""
    partners = {id(new): one for one, new in pairs}
    kept = {id(one) for one, _ in pairs}
    order = [sheet.name for sheet in before.sheets if id(sheet) in kept]
    wanted = [partners[id(sheet)].name for sheet in after.sheets if id(sheet) in partners]
    for index, name in enumerate(wanted):
        if order[index] != name:
            yield MoveSheet(sheet=name, before=order[index])
            order.remove(name)
            order.insert(index, name)


def grid_edits(old: SheetState, new: SheetState) -> list[Edit]:
    """Widths, heights, hidden lines, merged cells, panes and the filter's range."""
    if old.kind != "worksheet" or new.kind != "worksheet" or old.part is None or new.part is None:
        return []
    return [
        *_column_edits(old, new),
        *_row_edits(old, new),
        *_merge_edits(old, new),
        *_pane_edits(old, new),
        *_filter_edits(old, new),
    ]


def new_grid_edits(sheet: SheetState) -> list[Edit]:
    """Widths, heights and merged cells of a sheet that is new."""
    edits: list[Edit] = []
    for first, last, _, now in _runs({}, _columns(sheet)):
        at = address(sheet.name, Area(1, first, MAX_ROW, last))
        edits += [SetColumnWidth(at=at, width=now[0])] if now[0] is not None else []
        edits += [SetHidden(at=at)] if now[1] else []
    for first, last, _, now in _runs({}, _rows(sheet)):
        at = address(sheet.name, Area(first, 1, last, MAX_COLUMN))
        edits += [SetRowHeight(at=at, height=now[0])] if now[0] is not None else []
        edits += [SetHidden(at=at)] if now[1] else []
    return [*edits, *(MergeCells(at=address(sheet.name, area)) for area in sorted(_merges(sheet)))]


def cross_edits(old: SheetState, new: SheetState, *, by_row: bool) -> list[Edit]:
    """Widths of columns where rows moved, and heights of rows where columns did."""
    return list(_column_edits(old, new) if by_row else _row_edits(old, new))


Line = tuple[float | None, bool]
"""Width or height (None for the default), and whether it is hidden."""


def _columns(sheet: SheetState) -> dict[int, Line]:
    found: dict[int, Line] = {}
    for col in sheet.frame.root.iterfind("{*}cols/{*}col"):
        own = attributes(col)
        width = decimal(own.get("width"), None) if own.get("customWidth") in ("1", "true") else None
        line = (None if width is None else round(width, 2), own.get("hidden") in ("1", "true"))
        if line != (None, False):
            for column in range(whole(own.get("min"), 1), min(whole(own.get("max"), 1), MAX_COLUMN) + 1):
                found[column] = line
    return found


def _rows(sheet: SheetState) -> dict[int, Line]:
    found: dict[int, Line] = {}
    for block in sheet.blocks():
        if b"customHeight" not in block.data and b"hidden" not in block.data:
            continue
        for place in block.places():
            height = attribute(place.attributes, b"ht")
            custom = attribute(place.attributes, b"customHeight") in (b"1", b"true")
            size = None if height is None else decimal(height.decode("ascii", "replace"), None)
            line = (
                round(size, 2) if custom and size is not None else None,
                attribute(place.attributes, b"hidden") in (b"1", b"true"),
            )
            if line != (None, False):
                found[place.number] = line
    return found


def _column_edits(old: SheetState, new: SheetState) -> Iterator[Edit]:
    for first, last, was, now in _runs(_columns(old), _columns(new)):
        at = address(old.name, Area(1, first, MAX_ROW, last))
        if was[0] != now[0]:
            yield SetColumnWidth(at=at, width=now[0])
        if was[1] != now[1]:
            yield SetHidden(at=at, hidden=now[1])


def _row_edits(old: SheetState, new: SheetState) -> Iterator[Edit]:
    for first, last, was, now in _runs(_rows(old), _rows(new)):
        at = address(old.name, Area(first, 1, last, MAX_COLUMN))
        if was[0] != now[0]:
            yield SetRowHeight(at=at, height=now[0])
        if was[1] != now[1]:
            yield SetHidden(at=at, hidden=now[1])


def _runs(old: dict[int, Line], new: dict[int, Line]) -> list[tuple[int, int, Line, Line]]:
    """Lines side by side that change alike."""
    default: Line = (None, False)
    found: list[tuple[int, int, Line, Line]] = []
    for line in sorted({*old, *new}):
        was, now = old.get(line, default), new.get(line, default)
        if was == now:
            continue
        if found and found[-1][1] + 1 == line and found[-1][2:] == (was, now):
            found[-1] = (found[-1][0], line, was, now)
        else:
            found.append((line, line, was, now))
    return found


def _merges(sheet: SheetState) -> set[Area]:
    found = (parse_area(item.get("ref", "")) for item in sheet.frame.root.iter("{*}mergeCell"))
    return {area for area in found if area is not None}


def _merge_edits(old: SheetState, new: SheetState) -> Iterator[Edit]:
    was, now = _merges(old), _merges(new)
    for area in sorted(was - now):
        yield UnmergeCells(at=address(old.name, area))
    for area in sorted(now - was):
        yield MergeCells(at=address(old.name, area))


def _pane(sheet: SheetState) -> Area:
    """The first cell that scrolls."""
    for pane in sheet.frame.root.iterfind("{*}sheetViews/{*}sheetView/{*}pane"):
        if pane.get("state") in ("frozen", "frozenSplit"):
            return Area.cell(int(decimal(pane.get("ySplit"), 0.0)) + 1, int(decimal(pane.get("xSplit"), 0.0)) + 1)
    return Area.cell(1, 1)


def _pane_edits(old: SheetState, new: SheetState) -> Iterator[Edit]:
    if _pane(old) != _pane(new):
        yield FreezePanes(at=address(old.name, _pane(new)))


def _filter_edits(old: SheetState, new: SheetState) -> Iterator[Edit]:
    """A filter's range alone: which rows it hides is told by the rows."""
    was, now = old.frame.child("autoFilter"), new.frame.child("autoFilter")
    area = None if now is None else parse_area(now.get("ref", ""))
    if area is not None and now is not None and not len(now) and (was is None or was.get("ref") != now.get("ref")):
        yield SetAutofilter(at=address(old.name, area))


def unsaid_sheets(got: WorkbookState, wanted: WorkbookState) -> Iterator[str]:
    """Sheets that are not the same, by name, order and visibility."""
    one = [(sheet.name, sheet.hidden) for sheet in got.sheets]
    two = [(sheet.name, sheet.hidden) for sheet in wanted.sheets]
    if one != two:
        yield f"sheets differ: {', '.join(name for name, _ in one)} against {', '.join(name for name, _ in two)}"


def unsaid(got: WorkbookState, wanted: WorkbookState) -> Iterator[str]:
    """What edits between workbooks do not say yet: objects on sheets, conditional formats, validations, names."""
    one, two = _objects(got), _objects(wanted)
    for kind in sorted({*one, *two}):
        if one[kind] != two[kind]:
            yield f"{kind}: {one[kind]} against {two[kind]}"
    for tag in ("conditionalFormatting", "dataValidation", "hyperlink"):
        for sheet in wanted.sheets:
            other = next((item for item in got.sheets if item.name == sheet.name), None)
            if other is not None and sheet.kind == other.kind == "worksheet" and _tags(sheet, tag) != _tags(other, tag):
                yield f"{sheet.name}: {tag} elements differ"
    names, others = _names(got), _names(wanted)
    if names != others:
        yield f"defined names differ: {', '.join(sorted({name for name, _ in names ^ others}))}"


def _objects(state: WorkbookState) -> Counter[str]:
    """How many parts of each kind a workbook has."""
    found: Counter[str] = Counter()
    for part in state.package.part_names():
        match = _KINDS.search(part)
        if match is not None:
            found[match[1]] += 1
    return found


def _tags(sheet: SheetState, tag: str) -> list[str]:
    if sheet.part is None:
        return []
    return sorted(item.get("sqref") or item.get("ref") or "" for item in sheet.frame.root.iter("{*}" + tag))


def _names(state: WorkbookState) -> set[tuple[str, str]]:
    hidden = "_xlnm._FilterDatabase"
    found = state.workbook.root.iter("{*}definedName")
    return {(name.get("name", ""), name.text or "") for name in found if name.get("name") != hidden}
