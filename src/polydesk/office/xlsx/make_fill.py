"""How cells are filled from others, merged and parted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.formulas.relative import copied
from polydesk.office.ooxml.part import Element
from polydesk.office.xlsx.addresses import Area, address, area_name, parse_area
from polydesk.office.xlsx.cell_values import CellValue, read_cells
from polydesk.office.xlsx.escapes import from_xml
from polydesk.office.xlsx.grammar import attribute
from polydesk.office.xlsx.guards import merged_areas, refuse_pivots, table_headers
from polydesk.office.xlsx.inputs import number_text, written
from polydesk.office.xlsx.making import CONTENT, OBJECTS, Maker, Makers, Making
from polydesk.office.xlsx.patches import EMPTY, CellPatch, Content, Restyle
from polydesk.office.xlsx.shifting_formulas import formula_places
from polydesk.office.xlsx.state import Place, SheetState, WorkbookState
from polydesk.office.xlsx.structure_edits import Fill, MergeCells, UnmergeCells

_MAX_FILLED = 5_000_000
_COUNTED = re.compile(r"(.*?)(\d{1,15})")
Shared = dict[str, tuple[int, int, str]]
"""First cell and formula of each group of cells that share one."""


def prepare_fill(making: Making, edit: Fill) -> None:
    """Find and claim the cells of a fill."""
    source, target = making.place(edit.at), making.place(edit.to)
    for area in _filled(source, target):
        making.claim(target.sheet, area, "content")
        if edit.formats:
            making.claim(target.sheet, area, "style")
            making.claim(target.sheet, area, "number_format")
        refuse_pivots(making.state, target.sheet, area)
        for header in table_headers(making.state, target.sheet):
            if area.has(header.row, header.column):
                raise UnsupportedEditError(f"the header of the table {header.table} would be filled over")
        for merged in merged_areas(target.sheet):
            if merged.meets(area):
                raise UnsupportedEditError(f"{address(target.sheet.name, merged)} is merged and cannot be filled over")


def make_fill(making: Making, edit: Fill) -> None:
    """Patch the cells of a fill."""
    state, source, target = making.state, making.place(edit.at), making.place(edit.to)
    sheet, area = source.sheet, source.area
    cells = {(cell.row, cell.column): cell for cell in read_cells(state, sheet, area)}
    needs = any(cell.formula is not None and not cell.formula.text for cell in cells.values())
    shared = shared_formulas(sheet) if needs else {}
    _refuse_arrays(cells.values(), sheet, area)
    down = area.left == target.area.left and area.right == target.area.right
    for part in _filled(source, target):
        for row in range(part.top, part.bottom + 1):
            for column in range(part.left, part.right + 1):
                origin = _origin(area, row, column, down=down)
                cell = cells.get(origin)
                line = _line(cells, area, origin, down=down) if edit.series else []
                step = (row - area.top) if down else (column - area.left)
                content = _content(state, cell, shared, (row, column), line, step)
                style = 0 if cell is None else cell.style
                restyle = _always(style) if edit.formats else None
                sheet.patches.patch(row, column, CellPatch(content=content, restyle=restyle))
        sheet.grow(part)
    making.outcome.after = address(sheet.name, target.area)
    state.values_changed = True


@lru_cache(maxsize=4096)
def _always(style: int) -> Restyle:
    """The same format for every cell."""

    def restyle(old: int) -> int:
        return style

    return restyle


def _filled(source: Place, target: Place) -> list[Area]:
    """The cells around the source that are filled. Raises UnsupportedEditError when they lie in two directions."""
    at, to = source.area, target.area
    if source.sheet is not target.sheet or not to.covers(at) or at == to:
        raise UnsupportedEditError(f"to must hold {area_name(at)} and more of the same sheet")
    if (at.left, at.right) != (to.left, to.right) and (at.top, at.bottom) != (to.top, to.bottom):
        raise UnsupportedEditError("cells are filled down and up, or to the right and to the left, not both at once")
    if to.height * to.width > _MAX_FILLED:
        raise UnsupportedEditError(f"one edit fills {_MAX_FILLED:,} cells at most")
    found = [
        Area(to.top, to.left, at.top - 1, to.right),
        Area(at.bottom + 1, to.left, to.bottom, to.right),
        Area(at.top, to.left, at.bottom, at.left - 1),
        Area(at.top, at.right + 1, at.bottom, to.right),
    ]
    return [area for area in found if area.top <= area.bottom and area.left <= area.right]


def _origin(area: Area, row: int, column: int, *, down: bool) -> tuple[int, int]:
    """The source cell that a filled cell repeats."""
    if down:
        return area.top + (row - area.top) % area.height, column
    return row, area.left + (column - area.left) % area.width


def _line(
    cells: dict[tuple[int, int], CellValue], area: Area, origin: tuple[int, int], *, down: bool
) -> list[CellValue | None]:
    """The source cells that one line of a series continues."""
    if down:
        return [cells.get((row, origin[1])) for row in range(area.top, area.bottom + 1)]
    return [cells.get((origin[0], column)) for column in range(area.left, area.right + 1)]


def _content(
    state: WorkbookState,
    cell: CellValue | None,
    shared: Shared,
    place: tuple[int, int],
    line: Sequence[CellValue | None],
    step: int,
) -> Content:
    if cell is None or (cell.value is None and cell.formula is None):
        return EMPTY
    if cell.formula is not None:
        return Content(formula=_filled_formula(cell, shared, place))
    if line:
        continued = _continued(line, step)
        if isinstance(continued, float):
            return Content(value=number_text(continued))
        if isinstance(continued, str):
            return written(state, continued).content
    if cell.kind in ("e", "d"):
        return Content(type=cell.kind, value=str(cell.value))
    return written(state, cell.value).content


def _filled_formula(cell: CellValue, shared: Shared, place: tuple[int, int]) -> str:
    formula = cell.formula
    assert formula is not None
    row, column, text = cell.row, cell.column, formula.text
    if not text:
        row, column, text = shared.get(formula.shared or "", (row, column, ""))
        if not text:
            raise UnsupportedEditError(f"the formula of row {cell.row} is shared with a cell that is not in the file")
    return copied(text, rows=place[0] - row, columns=place[1] - column)


def _continued(line: Sequence[CellValue | None], step: int) -> float | str | None:
    """The value `step` places after the first of a series: on the straight line through numbers, as Excel draws it.

    A text that ends with a number counts on from it. None where there is no series.
    """
    first = line[0]
    if all(cell is not None and cell.kind == "n" and cell.formula is None for cell in line):
        values = [float(cell.value) for cell in line if cell is not None and isinstance(cell.value, int | float)]
        return _on_line(values, step)
    if len(line) == 1 and first is not None and first.kind == "s":
        counted = _COUNTED.fullmatch(str(first.value))
        if counted is not None:
            return f"{counted[1]}{abs(int(counted[2]) + step):0{len(counted[2])}d}"
    return None


def _on_line(values: list[float], step: int) -> float:
    count = len(values)
    if count == 1:
        return values[0] + step
    slope = values[1] - values[0]
    if any(abs(values[index + 1] - values[index] - slope) > 1e-9 * max(1.0, abs(slope)) for index in range(count - 1)):
        mean_x, mean_y = (count - 1) / 2, sum(values) / count
        spread = sum((index - mean_x) ** 2 for index in range(count))
        slope = sum((index - mean_x) * (value - mean_y) for index, value in enumerate(values)) / spread
        return mean_y + slope * (step - mean_x)
    return round(values[0] + slope * step, 12) if abs(values[0]) < 1e3 else values[0] + slope * step


def shared_formulas(sheet: SheetState) -> Shared:
    """The groups of cells of a sheet that share a formula, by their number."""
    found: Shared = {}
    for block in sheet.blocks():
        if b"shared" not in block.data:
            continue
        for start, end, row, column in formula_places(block):
            match = block.grammar.formula.fullmatch(block.data[start:end])
            index = None if match is None else attribute(match[1], b"si")
            if match is not None and index is not None and match[2]:
                found[index.decode("ascii", "replace")] = (row, column, from_xml(match[2]))
    return found


def _refuse_arrays(cells: Iterable[CellValue], sheet: SheetState, area: Area) -> None:
    if any(cell.formula is not None and cell.formula.type in ("array", "dataTable") for cell in cells):
        raise UnsupportedEditError(
            f"{address(sheet.name, area)} holds an array formula or a data table; set it with set_cells"
        )


def prepare_merge(making: Making, edit: MergeCells | UnmergeCells) -> None:
    """Find and claim the cells of a merge."""
    place = making.place(edit.at)
    area = place.area
    making.claim(place.sheet, area, "merge")
    if isinstance(edit, UnmergeCells):
        return
    if area.height * area.width < 2:
        raise UnsupportedEditError(f"{address(place.sheet.name, area)} is one cell")
    if area.height * area.width > _MAX_FILLED and not (area.whole_rows or area.whole_columns):
        raise UnsupportedEditError("so many cells are not merged")
    making.claim(place.sheet, area, "content")
    for other in merged_areas(place.sheet):
        if other.meets(area) and not area.covers(other):
            raise UnsupportedEditError(
                f"{address(place.sheet.name, other)} is merged and only a part of it would be merged"
            )
    for header in table_headers(making.state, place.sheet):
        if area.has(header.row, header.column):
            raise UnsupportedEditError(f"cells of the table {header.table} cannot be merged, in Excel either")
    refuse_pivots(making.state, place.sheet, area)


def make_merge(making: Making, edit: MergeCells) -> None:
    """Write a merged area, and clear all its cells but the first."""
    place = making.place(edit.at)
    sheet, area = place
    frame = sheet.frame
    for element in _merges(sheet, area):
        _take_out(sheet, element)
    container = frame.child("mergeCells")
    if container is None:
        container = frame.new("mergeCells")
        container.append(frame.new("mergeCell"))
        container[0].set("ref", area_name(area))
        container.set("count", "1")
        frame.put(container)
    else:
        new = frame.new("mergeCell")
        new.set("ref", area_name(area))
        frame.part.append(container, new)
        frame.part.set_attribute(container, "count", str(len(container)))
    right = Area(area.top, area.left + 1, area.top, area.right)
    below = Area(area.top + 1, area.left, area.bottom, area.right)
    for rest in (right, below):
        if rest.top <= rest.bottom and rest.left <= rest.right:
            sheet.patches.patch_area(rest, CellPatch(content=EMPTY, creates=False))
    making.state.values_changed = True


def make_unmerge(making: Making, edit: UnmergeCells) -> None:
    """Take merged areas apart."""
    sheet, area = making.place(edit.at)
    merged = _merges(sheet, area)
    making.outcome.before = ", ".join(element.get("ref", "") for element in merged) or None
    if not merged:
        making.outcome.notes.append("nothing was merged there")
    for element in merged:
        _take_out(sheet, element)


def _merges(sheet: SheetState, area: Area) -> list[Element]:
    found: list[Element] = []
    for element in sheet.frame.root.iter("{*}mergeCell"):
        merged = parse_area(element.get("ref", ""))
        if merged is not None and merged.meets(area):
            found.append(element)
    return found


def _take_out(sheet: SheetState, element: Element) -> None:
    parent, part = element.getparent(), sheet.frame.part
    part.remove(element)
    if parent is not None and next(parent.iterchildren("{*}mergeCell"), None) is None:
        part.remove(parent)
    elif parent is not None and parent.get("count") is not None:
        part.set_attribute(parent, "count", str(sum(1 for _ in parent.iterchildren("{*}mergeCell"))))


FILL_MAKERS: Makers = {
    Fill: Maker(CONTENT, prepare_fill, make_fill),
    MergeCells: Maker(OBJECTS, prepare_merge, make_merge),
    UnmergeCells: Maker(OBJECTS, prepare_merge, make_unmerge),
}
