"""One change of structure, made in a whole workbook: its sheets as streams, all other parts in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.formulas.shift import SheetShift
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.opc.package import Package
from polydesk.office.xlsx.addresses import Area
from polydesk.office.xlsx.rows import RowBlock
from polydesk.office.xlsx.shifting import Change, ShiftChange
from polydesk.office.xlsx.shifting_formulas import CellFormulas
from polydesk.office.xlsx.shifting_grid import follow_grid
from polydesk.office.xlsx.shifting_parts import (
    follow_calculation_chain,
    follow_chart,
    follow_comments,
    follow_connections,
    follow_control,
    follow_drawing,
    follow_named_views,
    follow_pivot_cache,
    follow_pivot_table,
    follow_single_cells,
    follow_vml,
    linked_parts,
)
from polydesk.office.xlsx.shifting_rows import Like, RowShift
from polydesk.office.xlsx.shifting_sheet import SheetFollower, follow_groups
from polydesk.office.xlsx.shifting_tables import (
    column_title,
    follow_table,
    header_rows,
    open_table,
    table_area,
    table_columns,
    table_name,
)
from polydesk.office.xlsx.state import SheetState, WorkbookState


def nothing(new: int) -> int | None:
    """New lines without a look of their own."""
    return None


class Follower:
    """Lets every part of a workbook follow one change. The state is to be saved afterwards, and then read anew."""

    def __init__(
        self,
        state: WorkbookState,
        change: Change,
        *,
        like_row: Callable[[str], Like] = lambda sheet: nothing,
        like_column: Callable[[str], Like] = lambda sheet: nothing,
    ) -> None:
        """`like_row` and `like_column` say by sheet what new lines look like."""
        self._state = state
        self._package: Package = state.package
        self._change = change
        self._like_row = like_row
        self._like_column = like_column
        self.lost_columns: list[tuple[str, set[str], list[str]]] = []
        """Tables whose columns are gone: name, those columns, and all columns as they were."""
        self.lost_tables: list[str] = []
        self.new_headers: list[tuple[str, int, int, str]] = []
        """Header cells of new table columns, which must hold their titles: sheet, row, column, title."""

    def follow(self) -> None:
        """Change the sheets' states, the workbook part, and all other parts in the package."""
        for sheet in self._state.sheets:
            self.follow_sheet(sheet)
        self._names()
        main = self._state.main
        for part in linked_parts(self._package, main, "pivotCacheDefinition"):
            follow_pivot_cache(self._package, part, self._change)
        for part in linked_parts(self._package, main, "connections"):
            follow_connections(self._package, part, self._change)
        for part in linked_parts(self._package, main, "calcChain"):
            self._chain(part)

    def follow_sheet(self, sheet: SheetState) -> None:
        """Change one sheet and the parts that hang on it."""
        if sheet.part is None:
            return
        self._objects(sheet, sheet.part)
        if sheet.kind != "chartsheet":
            self._sheet(sheet, sheet.part)

    def _shift(self, sheet: SheetState) -> SheetShift | None:
        """What happens to the rows and columns of a sheet; None when they stay."""
        if isinstance(self._change, ShiftChange) and self._change.cells(sheet.name):
            return self._change.shift.of(sheet.name)
        return None

    def _sheet(self, sheet: SheetState, part: str) -> None:
        shift = self._shift(sheet)
        frame = sheet.frame
        if shift is not None:
            follow_grid(frame.part, shift, self._like_column(sheet.name))
        follower = SheetFollower(frame.part, self._change, sheet.name)
        follower.follow()
        follow_groups(frame.part, self._change, sheet.name)
        for id in follower.unlinked:
            self._package.remove_relationship(part, id)
        if shift is not None or self._formulas_change(sheet, part):
            sheet.transforms.append(partial(self._rewritten, sheet, part))
        if shift is not None:
            mover = RowShift(
                shift,
                like_row=self._like_row(sheet.name),
                like_column=self._like_column(sheet.name),
                lost=self._strings_lost,
            )
            sheet.transforms.append(mover.shifted)

    def _strings_lost(self, count: int) -> None:
        self._state.strings.references -= count

    def _formulas(self, sheet: SheetState, part: str) -> CellFormulas:
        return CellFormulas(self._change, sheet=sheet.name, part=part, path=self._state.path)

    def _rewritten(self, sheet: SheetState, part: str, blocks: Iterator[RowBlock]) -> Iterator[RowBlock]:
        formulas = self._formulas(sheet, part)
        return (formulas.rewritten(block) for block in blocks)

    def _formulas_change(self, sheet: SheetState, part: str) -> bool:
        """Whether any cell's formula reads otherwise afterwards."""
        formulas = self._formulas(sheet, part)
        return any(formulas.rewritten(block) is not block for block in sheet.blocks())

    def _objects(self, sheet: SheetState, part: str) -> None:
        """The parts that hang on a sheet."""
        package, change, name = self._package, self._change, sheet.name
        shift = self._shift(sheet)
        for target in linked_parts(package, part, "table"):
            self._table(sheet, part, target)
        for target in linked_parts(package, part, "drawing"):
            follow_drawing(package, target, change, shift)
        for target in linked_parts(package, part, "chart"):
            follow_chart(package, target, change)
        for target in linked_parts(package, part, "ctrlProp"):
            follow_control(package, target, change, name)
        for target in linked_parts(package, part, "vmlDrawing"):
            data = package.read(target)
            package.replace(target, follow_vml(data, change, name, shift))
        if not change.cells(name):
            return
        for target in linked_parts(package, part, "comments", "threadedComment"):
            follow_comments(package, target, change, name)
        for target in linked_parts(package, part, "tableSingleCells"):
            follow_single_cells(package, target, change, name)
        for target in linked_parts(package, part, "namedSheetViews"):
            follow_named_views(package, target, change, name)
        for target in linked_parts(package, part, "pivotTable"):
            self._pivot_table(sheet, target)

    def _table(self, sheet: SheetState, part: str, target: str) -> None:
        table = open_table(self._package, target)
        name = table_name(table)
        before = [column_title(column) for column in table_columns(table)]
        if not follow_table(table, self._change, sheet.name, self._shift(sheet)):
            self.lost_tables.append(name)
            self._remove_table(sheet, part, target)
            return
        self._note_headers(sheet, table, before)
        gone = set(before) - {column_title(column) for column in table_columns(table)}
        if gone:
            self.lost_columns.append((name, gone, before))
        if table.changed:
            self._package.replace(target, table.data())

    def _note_headers(self, sheet: SheetState, table: XmlPart, before: Sequence[str]) -> None:
        area = table_area(table)
        for index, column in enumerate(table_columns(table) if header_rows(table) else ()):
            title = column_title(column)
            if title not in before:
                self.new_headers.append((sheet.name, area.top, area.left + index, title))

    def _remove_table(self, sheet: SheetState, part: str, target: str) -> None:
        remove_linked(self._package, sheet, part, target)

    def _pivot_table(self, sheet: SheetState, target: str) -> None:
        shift = self._shift(sheet)
        if shift is not None:
            _refuse_cut_pivot(self._package, target, shift, sheet.name)
        follow_pivot_table(self._package, target, self._change, sheet.name)

    def _names(self) -> None:
        """Defined names, print areas and titles included (ECMA-376-1 §18.2.5)."""
        workbook = self._state.workbook
        for name in list(workbook.root.iter("{*}definedName")):
            text = name.text or ""
            new = self._change.name(text, sheet="")
            if new != text:
                workbook.touch(name)
                name.text = new

    def _chain(self, part: str) -> None:
        data = self._package.read(part)
        sheets = {sheet.sheet_id: sheet.name for sheet in self._state.sheets}
        self._package.replace(part, follow_calculation_chain(data, self._change, sheets))


def remove_linked(package: Package, sheet: SheetState, part: str, target: str) -> None:
    """Take a table out of its sheet: its part, the relationship, and the sheet's `tablePart`."""
    for link in package.relationships(part):
        if package.resolve(part, link) != target:
            continue
        for element in _table_parts(sheet, link.id):
            parent = element.getparent()
            sheet.frame.part.remove(element)
            if parent is not None and parent.get("count") is not None:
                left = sum(1 for _ in parent.iterchildren("*"))
                sheet.frame.part.set_attribute(parent, "count", str(left))
        package.remove_relationship(part, link.id)
    package.remove(target)


def _table_parts(sheet: SheetState, id: str) -> list[Element]:
    found = sheet.frame.root.iter("{*}tablePart")
    return [element for element in found if any(value == id for value in element.attrib.values())]


def _refuse_cut_pivot(package: Package, target: str, shift: SheetShift, sheet: str) -> None:
    from polydesk.office.opc.xml import parse_xml
    from polydesk.office.xlsx.addresses import parse_area

    root = parse_xml(package.read(target), part=target, path=package.path)
    for location in root.iterchildren("{*}location"):
        area: Area | None = parse_area(location.get("ref", ""))
        if area is None:
            continue
        whole = shift.rows.moves_as_one(area.top, area.bottom) and shift.columns.moves_as_one(area.left, area.right)
        if not whole:
            raise UnsupportedEditError(
                f"the change would cut through the pivot table {root.get('name', '')} in {sheet}; Excel refuses that "
                "too. Choose rows or columns outside it.",
                path=package.path,
                part=target,
            )
