"""How cells are cut and pasted, and rows sorted."""

from __future__ import annotations

from functools import partial

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.formulas.block import BlockMove
from polydesk.office.formulas.grid import MAX_COLUMN, MAX_ROW, column_number
from polydesk.office.formulas.relative import copied
from polydesk.office.xlsx.addresses import Area, address, area_name, parse_area
from polydesk.office.xlsx.cell_values import CellValue
from polydesk.office.xlsx.escapes import to_xml
from polydesk.office.xlsx.grammar import Grammar
from polydesk.office.xlsx.make_grid import make_plan
from polydesk.office.xlsx.making import STRUCTURE, Maker, Makers, Making
from polydesk.office.xlsx.relocating import RawCell, Relocation, raw_cells, unshare
from polydesk.office.xlsx.shifting import BlockChange, TextChange
from polydesk.office.xlsx.shifting_parts import follow_calculation_chain, follow_comments, follow_vml, linked_parts
from polydesk.office.xlsx.shifting_tables import open_table, table_area, table_name
from polydesk.office.xlsx.state import Place, SheetState, WorkbookState
from polydesk.office.xlsx.structure import Follower
from polydesk.office.xlsx.structure_edits import MoveRange, SortKey, SortRange
from polydesk.office.xlsx.structure_plan import plan_of

_MAX_HELD = 5_000_000


def prepare_move(making: Making, edit: MoveRange) -> None:
    """Plan that a block of cells is cut and pasted."""
    place, target = making.place(edit.at), making.place(edit.to)
    area = place.area
    _refuse_large(place)
    to = Area(target.area.top, target.area.left, target.area.top + area.height - 1, target.area.left + area.width - 1)
    if to.bottom > MAX_ROW or to.right > MAX_COLUMN:
        raise UnsupportedEditError("the cells would reach beyond the last row or column of the sheet")
    for sheet, cells in ((place.sheet, area), (target.sheet, to)):
        making.claim(sheet, cells, "structure")
        making.claim(sheet, cells, "content")
        _refuse_bound(making.state, sheet, cells, crosses=place.sheet is not target.sheet)
    move = BlockMove(
        sheet=place.sheet.name,
        box=(area.top, area.left, area.bottom, area.right),
        to_sheet=target.sheet.name,
        to_row=to.top,
        to_column=to.left,
    )
    making.outcome.before = address(place.sheet.name, area)
    making.outcome.after = address(target.sheet.name, to)
    plan_of(making).firsts.append(partial(make_move, move))


def make_move(move: BlockMove, state: WorkbookState) -> None:
    """Let every reference follow the block, then move its cells."""
    Follower(state, BlockChange(move)).follow()
    state.settle()
    source, target = state.sheet(move.sheet), state.sheet(move.to_sheet)
    cells = raw_cells(state, source, Area(*move.box))
    prefix = target.stream.start.grammar.prefix
    if prefix != source.stream.start.grammar.prefix:
        raise UnsupportedEditError("cells cannot be moved between sheets whose XML has different prefixes")
    put = {
        (row + move.down, column + move.right): cell.at(row + move.down, column + move.right, prefix)
        for (row, column), cell in cells.items()
    }
    if source is target:
        source.transforms.append(Relocation([Area(*move.box), Area(*move.target)], put).relocated)
    else:
        source.transforms.append(Relocation([Area(*move.box)], {}).relocated)
        target.transforms.append(Relocation([Area(*move.target)], put).relocated)
        for row, column in cells:
            if cells[row, column].value.formula is not None:
                state.chain.remove(source.sheet_id, row, column)
                state.chain.add(target.sheet_id, row + move.down, column + move.right)
    target.grow(Area(*move.target))
    state.values_changed = True


def prepare_sort(making: Making, edit: SortRange) -> None:
    """Plan that a range is sorted."""
    place = making.place(edit.at)
    area = place.area
    _refuse_large(place)
    making.claim(place.sheet, area, "content")
    making.claim(place.sheet, area, "structure")
    if not edit.keys:
        raise UnsupportedEditError("keys names at least one column")
    for key in edit.keys:
        if not key.column.isalpha() or not area.left <= column_number(key.column) <= area.right:
            raise UnsupportedEditError(f"the column {key.column!r} is not in {area_name(area)}")
    _refuse_merged(place.sheet, area, "sorted")
    making.outcome.before = address(place.sheet.name, area)
    top = area.top + edit.header
    if top <= area.bottom:
        body = Area(top, area.left, area.bottom, area.right)
        plan_of(making).firsts.append(partial(make_sort, place.sheet.name, body, edit.keys))


def make_sort(name: str, area: Area, keys: tuple[SortKey, ...], state: WorkbookState) -> None:
    """Sort the rows of an area."""
    unshare(state, state.sheet(name), [area])
    sheet = state.sheet(name)
    cells = raw_cells(state, sheet, area)
    if any(cell.value.formula and cell.value.formula.type in ("array", "dataTable") for cell in cells.values()):
        raise UnsupportedEditError(
            f"{address(name, area)} holds an array formula or data table, which cannot be sorted"
        )
    order = list(range(area.top, area.bottom + 1))
    for key in reversed(keys):
        column = column_number(key.column)
        values = {row: cells.get((row, column)) for row in order}
        blank = [row for row in order if _rank(values[row]) is None]
        filled = [row for row in order if _rank(values[row]) is not None]
        filled.sort(key=lambda row: _rank(values[row]) or (0, 0.0, ""), reverse=key.descending)
        order = filled + blank
    moved = {old: area.top + index for index, old in enumerate(order)}
    _put_sorted(state, sheet, area, cells, moved)


def _rank(cell: RawCell | None) -> tuple[int, float, str] | None:
    """A cell's place in Excel's order of values; None for an empty one."""
    value: CellValue | None = None if cell is None else cell.value
    if value is None or value.value is None or value.kind == "":
        return None
    if value.kind == "n":
        return 0, float(value.value), ""
    if value.kind == "b":
        return 2, float(bool(value.value)), ""
    if value.kind == "e":
        return 3, 0.0, ""
    return 1, 0.0, str(value.value).casefold()


class _Sorting(TextChange):
    """The rows of an area in another order: cells that are named alone go with their rows."""

    def __init__(self, sheet: str, area: Area, moved: dict[int, int]) -> None:
        super().__init__(lambda text: text)
        self._sheet = sheet.casefold()
        self._area = area
        self._moved = moved

    def area(self, sheet: str, area: Area) -> Area | None:
        if sheet.casefold() != self._sheet or not self._area.covers(area) or area.height != 1:
            return area
        row = self._moved[area.top]
        return Area(row, area.left, row, area.right)

    def cells(self, sheet: str) -> bool:
        return sheet.casefold() == self._sheet


def _put_sorted(
    state: WorkbookState,
    sheet: SheetState,
    area: Area,
    cells: dict[tuple[int, int], RawCell],
    moved: dict[int, int],
) -> None:
    grammar = sheet.stream.start.grammar
    put: dict[tuple[int, int], bytes] = {}
    for (row, column), cell in cells.items():
        new = moved[row]
        put[new, column] = _with_moved_formula(cell, new - row, grammar).at(new, column, grammar.prefix)
    sheet.transforms.append(Relocation([area], put).relocated)
    change = _Sorting(sheet.name, area, moved)
    package = state.package
    assert sheet.part is not None
    for part in linked_parts(package, sheet.part, "comments", "threadedComment"):
        follow_comments(package, part, change, sheet.name)
    for part in linked_parts(package, sheet.part, "vmlDrawing"):
        package.replace(part, follow_vml(package.read(part), change, sheet.name, None))
    for part in linked_parts(package, state.main, "calcChain"):
        names = {other.sheet_id: other.name for other in state.sheets}
        package.replace(part, follow_calculation_chain(package.read(part), change, names))
    for link in list(sheet.frame.root.iter("{*}hyperlink")):
        old = parse_area(link.get("ref", ""))
        new = old and change.area(sheet.name, old)
        if new is not None and new != old:
            sheet.frame.part.set_attribute(link, "ref", area_name(new))
    state.values_changed = True


def _with_moved_formula(cell: RawCell, rows: int, grammar: Grammar) -> RawCell:
    formula = cell.value.formula
    if formula is None or not rows:
        return cell
    new = to_xml(copied(formula.text, rows=rows, columns=0)).replace("&quot;", '"').encode()
    found = grammar.formula.search(cell.inner)
    if found is None or found[2] is None:
        return cell
    return cell._replace(inner=cell.inner[: found.start(2)] + new + cell.inner[found.end(2) :])


def _refuse_large(place: Place) -> None:
    area = place.area
    if area.whole_rows or area.whole_columns:
        raise UnsupportedEditError(
            f"{address(place.sheet.name, area)} is whole rows or columns; name cells, or use move_rows or move_columns"
        )
    if area.height * area.width > _MAX_HELD:
        raise UnsupportedEditError(f"{address(place.sheet.name, area)} has more than {_MAX_HELD:,} cells")


def _refuse_merged(sheet: SheetState, area: Area, what: str) -> None:
    for element in sheet.frame.root.iter("{*}mergeCell"):
        merged = parse_area(element.get("ref", ""))
        if merged is not None and merged.meets(area):
            raise UnsupportedEditError(
                f"{address(sheet.name, merged)} is merged; unmerge it before its range is {what}"
            )


_BOUND = ("mergeCell", "hyperlink", "dataValidation", "conditionalFormatting", "autoFilter")


def _refuse_bound(state: WorkbookState, sheet: SheetState, area: Area, *, crosses: bool) -> None:
    """Refuse to cut through what belongs together, or to take to another sheet what hangs on the cells."""
    for element in sheet.frame.root.iter(*("{*}" + name for name in _BOUND)):
        for item in (element.get("ref") or element.get("sqref") or "").split():
            other = parse_area(item)
            if other is None or not other.meets(area):
                continue
            if element.tag.endswith("mergeCell") and not area.covers(other):
                raise UnsupportedEditError(f"{address(sheet.name, other)} is merged and only a part of it would change")
            if crosses and area.covers(other):
                raise UnsupportedEditError(
                    f"{address(sheet.name, other)} has a merge, link, validation or format that cannot be taken to "
                    "another sheet; move the cells within the sheet, or take it off first"
                )
    for part in linked_parts(state.package, sheet.part or "", "table"):
        table = open_table(state.package, part)
        own = table_area(table)
        if own.meets(area) and (crosses or not area.covers(own)):
            raise UnsupportedEditError(
                f"{address(sheet.name, area)} takes a part of the table {table_name(table)}, or all to another sheet"
            )


BLOCK_MAKERS: Makers = {
    MoveRange: Maker(STRUCTURE, prepare_move, make_plan),
    SortRange: Maker(STRUCTURE, prepare_sort, make_plan),
}
