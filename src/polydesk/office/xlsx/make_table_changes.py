"""How tables are resized, renamed, given totals, and turned into ordinary ranges."""

from __future__ import annotations

from functools import partial

from polydesk.core.errors import AnchorNotFoundError, UnsupportedEditError
from polydesk.office.formulas.structured import delete_columns, escaped_column, rename_column, rename_table
from polydesk.office.formulas.tables import TableLayout, write_out
from polydesk.office.ooxml.part import Element
from polydesk.office.xlsx.addresses import MAX_ROW, Area, address, area_name
from polydesk.office.xlsx.cell_values import read_cells
from polydesk.office.xlsx.guards import merged_areas
from polydesk.office.xlsx.inputs import written
from polydesk.office.xlsx.make_grid import make_plan
from polydesk.office.xlsx.make_tables import FoundTable, header_titles, refuse_table_name, resize, table, tables_of
from polydesk.office.xlsx.making import STRUCTURE, Claims, Maker, Makers, Making
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.patches import CellPatch, Content
from polydesk.office.xlsx.shifting import TextChange
from polydesk.office.xlsx.shifting_tables import (
    column_title,
    header_rows,
    table_area,
    table_columns,
    table_name,
    totals_rows,
)
from polydesk.office.xlsx.state import SheetState, WorkbookState
from polydesk.office.xlsx.structure import Follower, remove_linked
from polydesk.office.xlsx.structure_edits import (
    DeleteTable,
    RenameTable,
    RenameTableColumn,
    ResizeTable,
    SetTotalsRow,
)
from polydesk.office.xlsx.structure_plan import plan_of

_SUBTOTALS = {
    "average": 101, "countNums": 102, "count": 103, "max": 104, "min": 105, "stdDev": 107, "sum": 109, "var": 110,
}  # fmt: skip
"""Numbers of SUBTOTAL that leave hidden rows out (support.microsoft.com, "SUBTOTAL function", checked 2026-11-24)."""


def prepare_named(
    making: Making, edit: ResizeTable | RenameTable | RenameTableColumn | DeleteTable | SetTotalsRow
) -> None:
    """Check an edit of a table and add it to the list's plan."""
    state = making.state
    found = table(state, edit.table)
    area = table_area(found.part)
    making.claim(found.sheet, area, "table")
    making.outcome.before = f"{table_name(found.part)}: {address(found.sheet.name, area)}"
    plan = plan_of(making)
    if isinstance(edit, ResizeTable):
        place = making.place(edit.at)
        _refuse_resize(state, found, place.sheet, place.area)
        making.claim(place.sheet, Area(area.top, place.area.left, area.top, place.area.right), "content")
        plan.firsts.append(partial(_resize, table_name(found.part), place.area))
    elif isinstance(edit, RenameTable):
        refuse_table_name(state, edit.name, but=edit.table)
        plan.lasts.append(partial(_rename, table_name(found.part), edit.name))
    elif isinstance(edit, RenameTableColumn):
        _refuse_title(found, edit)
        plan.lasts.append(partial(_rename_column, table_name(found.part), edit.column, edit.name))
    elif isinstance(edit, DeleteTable):
        plan.firsts.append(partial(_delete, table_name(found.part)))
    else:
        _refuse_totals(making, found, edit)
        plan.firsts.append(partial(_set_totals, table_name(found.part), edit))


def _refuse_resize(state: WorkbookState, found: FoundTable, sheet: SheetState, area: Area) -> None:
    old = table_area(found.part)
    if sheet is not found.sheet or area.top != old.top or not area.meets(old):
        raise UnsupportedEditError(
            "a table keeps its sheet and header row, and some of its columns, when it is resized"
        )
    if area.height < 1 + header_rows(found.part) + totals_rows(found.part):
        raise UnsupportedEditError("a table has at least one row besides its header and totals")
    if totals_rows(found.part) and area.bottom != old.bottom:
        raise UnsupportedEditError("a table with totals gets rows by inserting them above its totals")
    for other in tables_of(state):
        same = table_name(other.part) == table_name(found.part)
        if not same and other.sheet is sheet and table_area(other.part).meets(area):
            raise UnsupportedEditError(f"{area_name(area)} meets the table {table_name(other.part)}")
    for merged in merged_areas(sheet):
        if merged.meets(area):
            raise UnsupportedEditError(f"{address(sheet.name, merged)} is merged; a table has no merged cells")


def _resize(name: str, area: Area, state: WorkbookState) -> None:
    found = table(state, name)
    part, old = found.part, table_area(found.part)
    columns = table_columns(part)
    order = [column_title(column) for column in columns]
    making = Making(state, Claims(), 0, ResizeTable(table=name, at=address(found.sheet.name, area)))
    titles = (
        header_titles(making, found.sheet, area) if header_rows(part) else [f"Column{n + 1}" for n in range(area.width)]
    )
    container = next(part.root.iterchildren("{*}tableColumns"))
    part.touch(container)
    last = max((whole(column.get("id"), 0) for column in columns), default=0)
    kept: list[Element] = []
    for index, title in enumerate(titles):
        offset = area.left + index - old.left
        if 0 <= offset < len(columns):
            kept.append(columns[offset])
            continue
        last += 1
        new = container.makeelement(f"{container.tag[: -len('tableColumns')]}tableColumn")
        new.set("id", str(last))
        new.set("name", title.replace("\n", "_x000a_"))
        kept.append(new)
    for column in columns:
        container.remove(column)
    container.extend(kept)
    container.set("count", str(len(kept)))
    resize(found, area)
    state.package.replace(found.name, part.data())
    gone = set(order) - {column_title(column) for column in kept}
    if gone:
        Follower(state, TextChange(partial(_without, name, gone, order))).follow()


def _without(name: str, gone: set[str], order: list[str], text: str) -> str:
    return delete_columns(text, name, gone, order)


def _rename(old: str, new: str, state: WorkbookState) -> None:
    Follower(state, TextChange(lambda text: rename_table(text, old, new))).follow()
    state.settle()
    found = table(state, old)
    for attribute in ("name", "displayName"):
        found.part.set_root_attribute(attribute, new)
    state.package.replace(found.name, found.part.data())


def _refuse_title(found: FoundTable, edit: RenameTableColumn) -> None:
    titles = [column_title(column).casefold() for column in table_columns(found.part)]
    if edit.column.casefold() not in titles:
        raise AnchorNotFoundError(f"the table {edit.table} has no column {edit.column!r}")
    if not edit.name.strip() or (edit.name.casefold() != edit.column.casefold() and edit.name.casefold() in titles):
        raise UnsupportedEditError(f"{edit.name!r} is empty, or the title of another column")


def _rename_column(name: str, old: str, new: str, state: WorkbookState) -> None:
    Follower(state, TextChange(lambda text: rename_column(text, name, old, new))).follow()
    state.settle()
    found = table(state, name)
    area = table_area(found.part)
    for index, column in enumerate(table_columns(found.part)):
        if column_title(column).casefold() == old.casefold():
            found.part.set_attribute(column, "name", new.replace("\n", "_x000a_"))
            if header_rows(found.part):
                patch = CellPatch(content=written(state, new).content)
                found.sheet.patches.patch(area.top, area.left + index, patch)
    state.package.replace(found.name, found.part.data())


class _WriteOut(TextChange):
    """References to one table become references to its cells."""

    def __init__(self, layout: TableLayout, area: Area) -> None:
        super().__init__(lambda text: write_out(text, layout, sheet="", row=None))
        self._layout = layout
        self._area = area

    def formula(self, text: str, *, sheet: str) -> str:
        return write_out(text, self._layout, sheet=sheet, row=None)

    def cell(self, text: str, *, sheet: str, row: int, column: int) -> str:
        inside = sheet.casefold() == self._layout.sheet.casefold() and self._area.has(row, column)
        return write_out(text, self._layout, sheet=sheet, row=row, inside=inside)

    def keeps_shared(self, text: str, *, sheet: str, home: Area) -> bool:
        return write_out(text, self._layout, sheet=sheet, row=home.top, inside=True) == text


def _delete(name: str, state: WorkbookState) -> None:
    found = table(state, name)
    area = table_area(found.part)
    layout = TableLayout(
        name=table_name(found.part),
        sheet=found.sheet.name,
        top=area.top,
        left=area.left,
        bottom=area.bottom,
        columns=[column_title(column) for column in table_columns(found.part)],
        header=bool(header_rows(found.part)),
        totals=bool(totals_rows(found.part)),
    )
    Follower(state, _WriteOut(layout, area)).follow()
    assert found.sheet.part is not None
    remove_linked(state.package, found.sheet, found.sheet.part, found.name)


def without_tables(state: WorkbookState) -> bytes:
    """The workbook with every table as an ordinary range, and what formulas call by tables' names called by cells."""
    for found in tables_of(state):
        _delete(table_name(found.part), state)
        state.settle()
    return state.save()


def _refuse_totals(making: Making, found: FoundTable, edit: SetTotalsRow) -> None:
    part, area = found.part, table_area(found.part)
    titles = {column_title(column).casefold() for column in table_columns(part)}
    for title in edit.functions:
        if title.casefold() not in titles:
            raise AnchorNotFoundError(f"the table {edit.table} has no column {title!r}")
    if totals_rows(part):
        making.claim(found.sheet, Area(area.bottom, area.left, area.bottom, area.right), "content")
        return
    below = Area(area.bottom + 1, area.left, area.bottom + 1, area.right)
    if below.bottom > MAX_ROW or any(
        cell.kind or cell.formula for cell in read_cells(making.state, found.sheet, below)
    ):
        raise UnsupportedEditError(
            f"{address(found.sheet.name, below)} must be empty for the totals; insert a row there first"
        )
    making.claim(found.sheet, below, "content")


def _set_totals(name: str, edit: SetTotalsRow, state: WorkbookState) -> None:
    found = table(state, name)
    part, area = found.part, table_area(found.part)
    if not totals_rows(part):
        area = Area(area.top, area.left, area.bottom + 1, area.right)
        part.set_root_attribute("totalsRowCount", "1")
        part.set_root_attribute("totalsRowShown", None)
        resize(found, area)
    wanted = {title.casefold(): function for title, function in edit.functions.items()}
    for index, column in enumerate(table_columns(part)):
        title = column_title(column)
        function = wanted.get(title.casefold())
        label = edit.label if index == 0 and function is None else None
        for formula in list(column.iterchildren("{*}totalsRowFormula")):
            part.remove(formula)
        part.set_attribute(column, "totalsRowFunction", function)
        part.set_attribute(column, "totalsRowLabel", label)
        content = Content() if label is None else written(state, label).content
        if function is not None:
            content = Content(formula=f"SUBTOTAL({_SUBTOTALS[function]},{name}[{escaped_column(title)}])")
        found.sheet.patches.patch(area.bottom, area.left + index, CellPatch(content=content))
    found.sheet.grow(Area(area.bottom, area.left, area.bottom, area.right))
    state.values_changed = True
    state.package.replace(found.name, part.data())


TABLE_MAKERS: Makers = {
    kind: Maker(STRUCTURE, prepare_named, make_plan)
    for kind in (ResizeTable, RenameTable, RenameTableColumn, DeleteTable, SetTotalsRow)
}
