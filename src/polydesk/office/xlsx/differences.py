"""The edits that lead from one workbook to another, and what no edit can say.

Sheets answer to each other by name, or by content where one was renamed. Inserted and deleted rows and columns are
found by comparing the sequence of lines; where the cells alone say it better, they do. What the found edits leave
different is told by making them and comparing again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from polydesk.core.errors import OfficeError
from polydesk.office.edits import TypedEdit
from polydesk.office.formulas.axis import AxisMap, Deletion, Insertion
from polydesk.office.formulas.grid import MAX_COLUMN, MAX_ROW
from polydesk.office.formulas.sheets import rename_sheet
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
    plain_lines,
    rectangles,
    sheet_cells,
)
from polydesk.office.xlsx.difference_looks import Look, Looks, style_edit
from polydesk.office.xlsx.difference_sheets import (
    Pairs,
    cross_edits,
    grid_edits,
    new_grid_edits,
    sheet_edits,
    unsaid,
    unsaid_sheets,
)
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
            self._cells[sheet.name] = sheet_cells(self.state, sheet) if has_cells else SheetCells({}, {}, plain_lines)
        return self._cells[sheet.name]


def edits_between(a: Workbook, b: Workbook) -> list[Edit]:
    """The edits that make `a` what `b` is, as far as edits can say it; `inexpressible` tells the rest."""
    before, after = _Opened(a.data, a.path), _Opened(b.data, b.path)
    pairs, edits = sheet_edits(before.state, after.state, lambda one, two: _likeness(before, one, after, two))
    moved = _moved_lines(before, after, pairs)
    plain = [*edits, *_within(before, after, pairs, {})]
    if moved:
        found = [*edits, *_within(before, after, pairs, moved)]
        if len(found) < len(plain) and _leads(a, after, found):
            return found
    return plain


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


@dataclass(frozen=True, slots=True)
class _Moved:
    """Lines of one sheet that were inserted and deleted."""

    alignment: Alignment
    map: AxisMap
    by_row: bool

    @property
    def shift(self) -> SheetShift:
        """From new places back to old ones."""
        inverse = _inverse(self.map)
        return SheetShift(rows=inverse) if self.by_row else SheetShift(columns=inverse)


def _moved_lines(before: _Opened, after: _Opened, pairs: Pairs) -> dict[str, _Moved]:
    """The sheets, by their old names, whose lines moved."""
    found: dict[str, _Moved] = {}
    for old, new in pairs:
        cells, others = before.cells(old), after.cells(new)
        if max(len(cells.contents), len(others.contents)) > _MAX_COMPARED_CELLS:
            continue
        for by_row in (True, False):
            alignment = aligned(cells, others, by_row=by_row)
            if alignment is not None and old.name not in found:
                insertions = [Insertion(line, size) for line, _, size in alignment.inserted]
                deletions = [Deletion(first, last) for first, last in alignment.deleted]
                limit = MAX_ROW if by_row else MAX_COLUMN
                found[old.name] = _Moved(alignment, AxisMap(limit, insertions=insertions, deletions=deletions), by_row)
    return found


class _Backwards:
    """Formulas of the second workbook as they read in the first: under its sheets' names, at its places."""

    def __init__(self, pairs: Pairs, moved: Mapping[str, _Moved]) -> None:
        self._renamed = [(new.name, old.name) for old, new in pairs if old.name != new.name]
        self._shift = Shift({name.casefold(): one.shift for name, one in moved.items()})

    def named(self, formula: str) -> str:
        """With the old names alone."""
        for new, old in self._renamed:
            formula = rename_sheet(formula, new, old)
        return formula

    def formula(self, formula: str, sheet: str) -> str:
        """With old names and places; `sheet` is the old name of the sheet that it stands on."""
        return self._shift.formula(self.named(formula), sheet=sheet)


def _within(before: _Opened, after: _Opened, pairs: Pairs, moved: Mapping[str, _Moved]) -> Iterator[Edit]:
    """The edits within the sheets, new ones included, in the names of the workbook as it is before them."""
    back = _Backwards(pairs, moved)
    known = {id(new) for _, new in pairs}
    for old, new in pairs:
        lines = moved.get(old.name)
        if lines is None:
            cells = _read_back(after.cells(new), back, old.name)
            yield from _edits_of_cells(before, before.cells(old), after, cells, old.name)
            yield from grid_edits(old, new)
        else:
            yield from _with_moved_lines(before, old, after, new, lines, back)
    for sheet in after.state.sheets:
        if id(sheet) not in known and sheet.kind == "worksheet":
            empty = SheetCells({}, {}, plain_lines)
            cells = _read_back(after.cells(sheet), back, sheet.name)
            yield from _edits_of_cells(before, empty, after, cells, sheet.name)
            yield from new_grid_edits(sheet)


def _read_back(cells: SheetCells, back: _Backwards, sheet: str) -> SheetCells:
    contents = {
        key: content if content.formula is None else content._replace(formula=back.formula(content.formula, sheet))
        for key, content in cells.contents.items()
    }
    return cells._replace(contents=contents)


def _leads(a: Workbook, wanted: _Opened, edits: Sequence[Edit]) -> bool:
    """Whether edits give the cells and lines of another workbook."""
    try:
        made = a.apply(edits, ignore_protection=True).data
    except OfficeError:
        return False
    return not list(_differing_cells(_Opened(made, None), wanted))


def _with_moved_lines(
    before: _Opened, old: SheetState, after: _Opened, new: SheetState, lines: _Moved, back: _Backwards
) -> list[Edit]:
    """Insertions and deletions of lines, and what differs in the cells of those that stay."""
    by_row = lines.by_row
    edits: list[Edit] = []
    for first, last in lines.alignment.deleted:
        area = Area(first, 1, last, MAX_COLUMN) if by_row else Area(1, first, MAX_ROW, last)
        at = address(old.name, area)
        edits.append(DeleteRows(at=at) if by_row else DeleteColumns(at=at))
    cells = after.cells(new)
    for line, start, size in lines.alignment.inserted:
        edits.append(_insertion(old.name, cells, line, start, size, back, by_row=by_row))
    moved = _moved_back(cells, lines.map, old.name, back, by_row=by_row)
    kept = _kept(before.cells(old), lines.map, by_row=by_row)
    edits += cross_edits(old, new, by_row=by_row)
    return [*edits, *_edits_of_cells(before, kept, after, moved, old.name)]


def _insertion(
    sheet: str, cells: SheetCells, line: int, start: int, size: int, back: _Backwards, *, by_row: bool
) -> Edit:
    """New lines with their values; formulas name cells where they are then."""
    own = {
        key: content if content.formula is None else content._replace(formula=back.named(content.formula))
        for key, content in cells.contents.items()
        if start <= key[not by_row] < start + size
    }
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


def _moved_back(cells: SheetCells, changes: AxisMap, sheet: str, back: _Backwards, *, by_row: bool) -> SheetCells:
    """The cells of the new sheet that were there before, at their old places, with formulas as they read there."""
    contents: dict[Key, Content] = {}
    styles: dict[Key, int] = {}
    lines = {line: _old_line(changes, line) for line in {key[not by_row] for key in cells.styles}}
    for key, style in cells.styles.items():
        line = lines[key[not by_row]]
        if line is None:
            continue
        place = (line, key[1]) if by_row else (key[0], line)
        styles[place] = style
        content = cells.contents.get(key)
        if content is not None:
            formula = content.formula and back.formula(content.formula, sheet)
            contents[place] = content._replace(formula=formula)
    return SheetCells(contents, styles, cells.lines)


def _old_line(changes: AxisMap, line: int) -> int | None:
    """Where a line was; None for a new one."""
    for piece in changes.pieces:
        if piece.new <= line < piece.new + piece.size:
            return None if piece.old is None else piece.old + line - piece.new
    return None


def _kept(cells: SheetCells, changes: AxisMap, *, by_row: bool) -> SheetCells:
    """The cells that no deletion takes away."""
    gone = {line for line in {key[not by_row] for key in cells.styles} if changes.new(line) is None}
    return SheetCells(
        {key: content for key, content in cells.contents.items() if key[not by_row] not in gone},
        {key: style for key, style in cells.styles.items() if key[not by_row] not in gone},
        cells.lines,
    )


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
        one, two = before.looks.look(old.style(key)), after.looks.look(new.style(key))
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
