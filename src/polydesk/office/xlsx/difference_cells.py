"""The cells of two sheets compared, and how the rows or columns of one answer to those of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from typing import NamedTuple

from polydesk.office.formulas.relative import copied, relative_form
from polydesk.office.xlsx.addresses import MAX_COLUMN, MAX_ROW, Area, parse_area
from polydesk.office.xlsx.cell_edits import CellInput, TypedValue
from polydesk.office.xlsx.cell_values import CellValue, Value, read_cells
from polydesk.office.xlsx.grammar import attribute
from polydesk.office.xlsx.make_fill import shared_formulas
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.state import SheetState, WorkbookState

EVERYTHING = Area(1, 1, MAX_ROW, MAX_COLUMN)
Key = tuple[int, int]
_MAX_COMPARED = 4_000
"""Most lines whose sequence is compared: the comparison takes the square of it."""


class Content(NamedTuple):
    """What a cell says, whatever it looks like."""

    value: Value
    """None in a cell with a formula, whose result follows from it."""
    kind: str
    formula: str | None
    array: str | None = None
    """The range of an array formula."""

    def as_input(self) -> CellInput:
        """The value for an edit."""
        if self.formula is not None:
            return TypedValue(formula="=" + self.formula)
        if self.kind == "e":
            return TypedValue(error=str(self.value))
        return self.value


NOTHING = Content(None, "", None)


class SheetCells(NamedTuple):
    """All cells of a sheet."""

    contents: dict[Key, Content]
    """Those that say something."""
    styles: dict[Key, int]
    """Those that are in the file."""
    lines: Callable[[int, int], int]
    """The format that a row or column gives to a cell that is not in the file."""

    def style(self, key: Key) -> int:
        """The format of a cell."""
        return self.styles[key] if key in self.styles else self.lines(*key)


def plain_lines(row: int, column: int) -> int:
    """Rows and columns without formats."""
    return 0


def sheet_cells(state: WorkbookState, sheet: SheetState) -> SheetCells:
    """The cells of a sheet, shared formulas written out, the results of arrays left out."""
    cells = list(read_cells(state, sheet, EVERYTHING))
    shares = any(cell.formula is not None and not cell.formula.text for cell in cells)
    shared = shared_formulas(sheet) if shares else {}
    arrays = [area for cell in cells if (area := _array(cell)) is not None]
    contents: dict[Key, Content] = {}
    for cell in cells:
        content = _content(cell, shared)
        spilled = cell.formula is None and any(area.has(cell.row, cell.column) for area in arrays)
        if content != NOTHING and not spilled:
            contents[cell.row, cell.column] = content
    return SheetCells(contents, {(cell.row, cell.column): cell.style for cell in cells}, _line_styles(sheet))


def _line_styles(sheet: SheetState) -> Callable[[int, int], int]:
    by_row: dict[int, int] = {}
    for block in sheet.blocks():
        if b"customFormat" in block.data:
            for place in block.places():
                style = attribute(place.attributes, b"s")
                if style is not None and attribute(place.attributes, b"customFormat") in (b"1", b"true"):
                    by_row[place.number] = whole(style.decode("ascii", "replace"), 0)
    by_column = sheet.column_style
    return lambda row, column: by_row[row] if row in by_row else by_column(column)


def _array(cell: CellValue) -> Area | None:
    if cell.formula is None or cell.formula.type not in ("array", "dataTable"):
        return None
    return parse_area(cell.formula.ref or "")


def _content(cell: CellValue, shared: dict[str, tuple[int, int, str]]) -> Content:
    if cell.formula is None:
        return Content(cell.value, cell.kind, None) if cell.kind else NOTHING
    text = cell.formula.text
    if not text and (cell.formula.shared or "") in shared:
        row, column, first = shared[cell.formula.shared or ""]
        text = copied(first, rows=cell.row - row, columns=cell.column - column, wrap=True)
    return Content(None, "f", text, cell.formula.ref if cell.formula.type == "array" else None)


class Alignment(NamedTuple):
    """Lines of one sheet against lines of another, counted from 1."""

    deleted: list[tuple[int, int]]
    """First and last of those that only the first sheet has."""
    inserted: list[tuple[int, int, int]]
    """The old line that new ones come in front of, their first new index, and their number."""


def aligned(before: SheetCells, after: SheetCells, *, by_row: bool) -> Alignment | None:
    """What was inserted and deleted; None when nothing was, or that says no more than the cells do."""
    old, new = _lines(before, by_row=by_row), _lines(after, by_row=by_row)
    if max(len(old), len(new)) > _MAX_COMPARED:
        return None
    deleted: list[tuple[int, int]] = []
    inserted: list[tuple[int, int, int]] = []
    kept = 0
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, low, high, new_low, new_high in matcher.get_opcodes():
        if kind == "equal":
            kept += sum(1 for line in old[low:high] if line)
            continue
        same = min(high - low, new_high - new_low)
        if high - low > same:
            deleted.append((low + same + 1, high))
        if new_high - new_low > same:
            inserted.append((high + 1, new_low + same + 1, new_high - new_low - same))
    deleted = [(low, high) for low, high in deleted if low <= len(old)]
    unmoved = sum(1 for one, other in zip(old, new, strict=False) if one == other and one)
    if kept <= unmoved or not (deleted or inserted):
        return None
    return Alignment(deleted, inserted)


def _lines(cells: SheetCells, *, by_row: bool) -> list[tuple[object, ...]]:
    """What each line says, formulas as seen from it."""
    found: dict[int, list[tuple[object, ...]]] = {}
    for (row, column), content in sorted(cells.contents.items()):
        line, other = (row, column) if by_row else (column, row)
        says = content.value if content.formula is None else relative_form(content.formula, row=row, column=column)
        found.setdefault(line, []).append((other, content.kind, says))
    return [tuple(found.get(line, ())) for line in range(1, max(found, default=0) + 1)]


def rectangles(keys: Iterable[Key], same: Callable[[Key, Key], bool]) -> list[Area]:
    """Areas that cover some cells once each: runs of columns in a row, joined downwards. `same` joins neighbours."""
    runs: list[Area] = []
    for row, column in sorted(keys):
        last = runs[-1] if runs else None
        if last and last.top == row and last.right + 1 == column and same((row, column - 1), (row, column)):
            runs[-1] = Area(row, last.left, row, column)
        else:
            runs.append(Area.cell(row, column))
    found: list[Area] = []
    open_runs: dict[tuple[int, int], int] = {}
    for run in runs:
        index = open_runs.get((run.left, run.right))
        above = None if index is None else found[index]
        fits = above is not None and above.bottom + 1 == run.top
        if above is not None and index is not None and fits and _all_same(above, run, same):
            found[index] = Area(above.top, above.left, run.bottom, above.right)
        else:
            open_runs[run.left, run.right] = len(found)
            found.append(run)
    return found


def _all_same(above: Area, run: Area, same: Callable[[Key, Key], bool]) -> bool:
    return all(same((above.bottom, column), (run.top, column)) for column in range(run.left, run.right + 1))
