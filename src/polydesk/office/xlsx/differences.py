"""The edits that lead from one workbook to another, and what no edit can say.

Sheets answer to each other by name, or by content where one was renamed. Inserted and deleted rows and columns are
found by comparing the sequence of lines; where the cells alone say it better, they do. What the found edits leave
different is told by making them and comparing again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from polydesk.core.errors import OfficeError
from polydesk.office.edits import TypedEdit
from polydesk.office.formulas.axis import AxisMap, Deletion, Insertion
from polydesk.office.formulas.grid import MAX_COLUMN, MAX_ROW
from polydesk.office.formulas.shift import SheetShift, Shift
from polydesk.office.opc.package import Package
from polydesk.office.xlsx.addresses import Area, address
from polydesk.office.xlsx.cell_edits import ClearCells, SetCells, SetNumberFormat, TypedValue
from polydesk.office.xlsx.difference_cells import (
    NOTHING,
    Alignment,
    Content,
    Key,
    SheetCells,
    aligned,
    rectangles,
    sheet_cells,
)
from polydesk.office.xlsx.difference_looks import Look, Looks, style_edit
from polydesk.office.xlsx.difference_sheets import grid_edits, sheet_edits, unsaid, unsaid_sheets
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.state import SheetState, WorkbookState
from polydesk.office.xlsx.structure_edits import DeleteColumns, DeleteRows, InsertColumns, InsertRows
from polydesk.office.xlsx.workbook import Workbook

_MAX_COMPARED_CELLS = 2_000_000


class _Opened:
    """A workbook read for a comparison."""

    def __init__(self, data: bytes, path: str | None) -> None:
        self.state = WorkbookState(Package.open(data, path=path))
        self.looks = Looks(self.state)
        self._cells: dict[str, SheetCells] = {}

    def cells(self, sheet: SheetState) -> SheetCells:
        """A sheet's cells; none of a sheet without cells."""
        if sheet.name not in self._cells:
            has_cells = sheet.part is not None and sheet.kind == "worksheet"
            self._cells[sheet.name] = sheet_cells(self.state, sheet) if has_cells else SheetCells({}, {})
        return self._cells[sheet.name]


def edits_between(a: Workbook, b: Workbook) -> list[Edit]:
    """The edits that make `a` what `b` is, as far as edits can say it; `inexpressible` tells the rest."""
    before, after = _Opened(a.data, a.path), _Opened(b.data, b.path)
    pairs, edits = sheet_edits(before.state, after.state, lambda one, two: _likeness(before, one, after, two))
    for old, new in pairs:
        edits += _of_sheet(a, b, before, old, after, new, pairs)
    return edits


def inexpressible(a: Workbook, b: Workbook) -> list[str]:
    """What differs from `b` when the edits between are made on `a`, one sentence each; empty when nothing does."""
    edits = edits_between(a, b)
    try:
        made = a.apply(edits, ignore_protection=True).data
    except OfficeError as exc:
        return [f"the edits cannot be made together: {exc}"]
    got, wanted = _Opened(made, a.path), _Opened(b.data, b.path)
    return [*_differing_cells(got, wanted), *unsaid(got.state, wanted.state)]


def _likeness(before: _Opened, old: SheetState, after: _Opened, new: SheetState) -> float:
    """Which part of two sheets' cells say the same, from 0 to 1."""
    one, two = before.cells(old).contents, after.cells(new).contents
    same = sum(1 for key, content in one.items() if two.get(key) == content)
    return same / max(len(one), len(two), 1)


def _of_sheet(
    a: Workbook,
    b: Workbook,
    before: _Opened,
    old: SheetState,
    after: _Opened,
    new: SheetState,
    pairs: Sequence[tuple[SheetState, SheetState]],
) -> list[Edit]:
    """The edits within one sheet, in the names of the workbook as it is before them."""
    plain = [*_cell_edits(before, old, after, new), *grid_edits(old, new)]
    renamed = any(one.name != two.name for one, two in pairs)
    if renamed or len(before.cells(old).contents) > _MAX_COMPARED_CELLS:
        return plain
    for by_row in (True, False):
        alignment = aligned(before.cells(old), after.cells(new), by_row=by_row)
        if alignment is None:
            continue
        moved = _with_moved_lines(before, old, after, new, alignment, by_row=by_row)
        if len(moved) < len(plain) and _leads(a, b, moved, old.name):
            return moved
    return plain


def _leads(a: Workbook, b: Workbook, edits: Sequence[Edit], sheet: str) -> bool:
    """Whether edits make one sheet the same as in the other workbook, as far as cells and lines go."""
    try:
        made = a.apply(edits, ignore_protection=True).data
    except OfficeError:
        return False
    got, wanted = _Opened(made, None), _Opened(b.data, None)
    one, two = got.state.sheet(sheet), wanted.state.sheet(sheet)
    return not _cell_edits(got, one, wanted, two) and not grid_edits(one, two)


def _with_moved_lines(
    before: _Opened, old: SheetState, after: _Opened, new: SheetState, alignment: Alignment, *, by_row: bool
) -> list[Edit]:
    """Insertions and deletions of lines, and what differs in the cells of those that stay."""
    limit = MAX_ROW if by_row else MAX_COLUMN
    changes = AxisMap(
        limit,
        insertions=[Insertion(line, size) for line, _, size in alignment.inserted],
        deletions=[Deletion(first, last) for first, last in alignment.deleted],
    )
    edits: list[Edit] = []
    for first, last in alignment.deleted:
        area = Area(first, 1, last, MAX_COLUMN) if by_row else Area(1, first, MAX_ROW, last)
        at = address(old.name, area)
        edits.append(DeleteRows(at=at) if by_row else DeleteColumns(at=at))
    cells = after.cells(new)
    for line, start, size in alignment.inserted:
        edits.append(_insertion(old.name, cells, line, start, size, by_row=by_row))
    moved = _moved_back(cells, changes, old.name, by_row=by_row)
    return [*edits, *_edits_of_cells(before, before.cells(old), after, moved, old.name)]


def _insertion(sheet: str, cells: SheetCells, line: int, start: int, size: int, *, by_row: bool) -> Edit:
    """New lines with their values."""
    own = {key: content for key, content in cells.contents.items() if start <= key[not by_row] < start + size}
    values = None
    if own:
        height = size if by_row else max(row for row, _ in own)
        width = max(column for _, column in own) if by_row else size
        top, left = (start, 1) if by_row else (1, start)
        values = tuple(
            tuple(own.get((top + down, left + right), NOTHING).as_input() for right in range(width))
            for down in range(height)
        )
    area = Area(line, 1, line, MAX_COLUMN) if by_row else Area(1, line, MAX_ROW, line)
    kind = InsertRows if by_row else InsertColumns
    return kind(before=address(sheet, area), count=size, values=values)


def _moved_back(cells: SheetCells, changes: AxisMap, sheet: str, *, by_row: bool) -> SheetCells:
    """The cells of the new sheet that were there before, at their old places, with formulas as they read there."""
    places = {piece.new: piece for piece in changes.pieces if piece.old is not None}
    starts = sorted(places)

    def back(line: int) -> int | None:
        start = max((start for start in starts if start <= line), default=None)
        piece = None if start is None else places[start]
        if piece is None or line >= piece.new + piece.size or piece.old is None:
            return None
        return piece.old + line - piece.new

    inverse = _inverse(changes)
    shift = SheetShift(rows=inverse) if by_row else SheetShift(columns=inverse)
    backwards = Shift({sheet.casefold(): shift})
    contents: dict[Key, Content] = {}
    styles: dict[Key, int] = {}
    lines = {line: back(line) for line in {key[not by_row] for key in (*cells.contents, *cells.styles)}}
    for key, style in cells.styles.items():
        line = lines[key[not by_row]]
        if line is None:
            continue
        place = (line, key[1]) if by_row else (key[0], line)
        styles[place] = style
        content = cells.contents.get(key)
        if content is not None:
            formula = content.formula and backwards.formula(content.formula, sheet=sheet)
            contents[place] = content._replace(formula=formula)
    return SheetCells(contents, styles)


def _inverse(changes: AxisMap) -> AxisMap:
    """The map from new lines to old ones, for references."""
    kept = [piece for piece in changes.pieces if piece.old is not None]
    deletions = [Deletion(start, start + size - 1) for start, size in changes.new_lines()]
    insertions: list[Insertion] = []
    first = kept[0]
    if first.old is not None and first.old > 1:
        insertions.append(Insertion(first.new, first.old - 1))
    for one, two in pairwise(kept):
        gap = (two.old or 0) - (one.old or 0) - one.size
        if gap:
            insertions.append(Insertion(two.new, gap))
    return AxisMap(changes.limit, insertions=insertions, deletions=deletions)


def _cell_edits(before: _Opened, old: SheetState, after: _Opened, new: SheetState) -> list[Edit]:
    return _edits_of_cells(before, before.cells(old), after, after.cells(new), old.name)


def _edits_of_cells(before: _Opened, old: SheetCells, after: _Opened, new: SheetCells, sheet: str) -> list[Edit]:
    """What leads from the contents and looks of some cells to those of others."""
    edits: list[Edit] = list(_content_edits(old, new, sheet))
    differing: dict[Key, tuple[Look, Look]] = {}
    for key in {*old.styles, *new.styles}:
        one, two = before.looks.look(old.styles.get(key, 0)), after.looks.look(new.styles.get(key, 0))
        if one != two:
            differing[key] = (one, two)
    for area in rectangles(differing, lambda one, two: differing[one] == differing[two]):
        one, two = differing[area.top, area.left]
        at = address(sheet, area)
        style = style_edit(at, one, two)
        if style is not None:
            edits.append(style)
        if one.number_format != two.number_format:
            edits.append(SetNumberFormat(at=at, format=two.number_format))
    return edits


def _content_edits(old: SheetCells, new: SheetCells, sheet: str) -> Iterator[Edit]:
    changed = {
        key: new.contents.get(key, NOTHING)
        for key in {*old.contents, *new.contents}
        if old.contents.get(key, NOTHING) != new.contents.get(key, NOTHING)
    }
    arrays = {key: content for key, content in changed.items() if content.array is not None}
    for (row, column), content in arrays.items():
        area = content.array or ""
        at = f"{address(sheet, Area.cell(row, column)).rpartition('!')[0]}!{area}"
        yield SetCells(at=at, value=TypedValue(array_formula="=" + (content.formula or "")))
    plain = {key: content for key, content in changed.items() if key not in arrays}
    cleared = [key for key, content in plain.items() if content == NOTHING]
    for area in rectangles(cleared, lambda one, two: True):
        yield ClearCells(at=address(sheet, area))
    written = [key for key, content in plain.items() if content != NOTHING]
    for area in rectangles(written, lambda one, two: True):
        rows = range(area.top, area.bottom + 1)
        columns = range(area.left, area.right + 1)
        values = tuple(tuple(plain[row, column].as_input() for column in columns) for row in rows)
        yield SetCells(at=address(sheet, Area.cell(area.top, area.left)), values=values)


def _differing_cells(got: _Opened, wanted: _Opened) -> Iterator[str]:
    """Cells that still differ, a few of each sheet named."""
    names = {sheet.name: sheet for sheet in got.state.sheets}
    yield from unsaid_sheets(got.state, wanted.state)
    for sheet in wanted.state.sheets:
        if sheet.name not in names:
            continue
        left: Sequence[TypedEdit] = _cell_edits(got, names[sheet.name], wanted, sheet)
        places = [getattr(edit, "at", "") for edit in left]
        if places:
            more = f" and {len(places) - 5} more places" if len(places) > 5 else ""
            yield f"cells differ: {', '.join(places[:5])}{more}"
        lines = grid_edits(names[sheet.name], sheet)
        if lines:
            yield f"{sheet.name}: widths, heights, merged cells or panes differ in {len(lines)} places"
