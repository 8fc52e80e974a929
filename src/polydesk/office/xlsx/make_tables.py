"""How tables are found and made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from polydesk.core.errors import AnchorNotFoundError, UnsupportedEditError
from polydesk.office.formulas.references import is_plain_sheet
from polydesk.office.formulas.tokens import is_area
from polydesk.office.ooxml.names import R, S
from polydesk.office.ooxml.part import XmlPart
from polydesk.office.xlsx.addresses import Area, address, area_name, cell_name
from polydesk.office.xlsx.cell_texts import CellTexts
from polydesk.office.xlsx.cell_values import read_cells
from polydesk.office.xlsx.copy_sheet import names_and_ids
from polydesk.office.xlsx.escapes import to_xstring
from polydesk.office.xlsx.guards import merged_areas
from polydesk.office.xlsx.inputs import written
from polydesk.office.xlsx.making import OBJECTS, Maker, Makers, Making
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.patches import CellPatch
from polydesk.office.xlsx.sheet_tabs import free_part
from polydesk.office.xlsx.shifting_parts import linked_parts
from polydesk.office.xlsx.shifting_tables import (
    free_names,
    open_table,
    table_area,
    table_name,
    totals_rows,
)
from polydesk.office.xlsx.state import SheetState, WorkbookState
from polydesk.office.xlsx.structure_edits import (
    CreateTable,
)

_TABLE_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
_RELATIONSHIP = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/table"
_STRICT_RELATIONSHIP = "http://purl.oclc.org/ooxml/officeDocument/relationships/table"
_STRICT_S = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_NAME = re.compile(r"[^\W\d][\w.\\]{0,254}")


class FoundTable(NamedTuple):
    """A table of the workbook."""

    sheet: SheetState
    name: str
    """Of its part."""
    part: XmlPart


def tables_of(state: WorkbookState) -> list[FoundTable]:
    """All tables, sheet by sheet."""
    return [
        FoundTable(sheet, name, open_table(state.package, name))
        for sheet in state.sheets
        if sheet.part is not None
        for name in linked_parts(state.package, sheet.part, "table")
    ]


def table(state: WorkbookState, name: str) -> FoundTable:
    """The table of that name. Raises AnchorNotFoundError."""
    found = tables_of(state)
    for item in found:
        if table_name(item.part).casefold() == name.casefold():
            return item
    names = ", ".join(table_name(item.part) for item in found) or "none"
    raise AnchorNotFoundError(f"there is no table {name!r}; the tables are: {names}", path=state.path)


def prepare_create(making: Making, edit: CreateTable) -> None:
    """Find and claim the range of a new table."""
    sheet, area = making.place(edit.at)
    if area.height < 2 or area.whole_rows or area.whole_columns:
        raise UnsupportedEditError("a table has a header row and at least one row below it, named by cells")
    refuse_table_name(making.state, edit.name)
    making.claim(sheet, area, "table")
    making.claim(sheet, Area(area.top, area.left, area.top, area.right), "content")
    for other in tables_of(making.state):
        if other.sheet is sheet and table_area(other.part).meets(area):
            raise UnsupportedEditError(f"{area_name(area)} meets the table {table_name(other.part)}")
    for merged in merged_areas(sheet):
        if merged.meets(area):
            raise UnsupportedEditError(f"{address(sheet.name, merged)} is merged; a table has no merged cells")
    making.outcome.after = f"{edit.name}: {address(sheet.name, area)}"


def make_create(making: Making, edit: CreateTable) -> None:
    """Write a table's part, its relationship, and its headers as text."""
    state = making.state
    sheet, area = making.place(edit.at)
    titles = header_titles(making, sheet, area)
    _, ids = names_and_ids(state)
    number = max(ids, default=0) + 1
    part = free_part(state, "/xl/tables/table{}.xml")
    strict = state.workbook.is_strict
    state.package.add(part, _table_xml(edit, area, titles, number, strict=strict), _TABLE_TYPE)
    assert sheet.part is not None
    id = state.package.add_relationship(sheet.part, _STRICT_RELATIONSHIP if strict else _RELATIONSHIP, part)
    frame = sheet.frame
    item = frame.new("tablePart")
    item.set(f"{R}id", id)
    container = frame.child("tableParts")
    if container is None:
        container = frame.new("tableParts")
        container.set("count", "1")
        container.append(item)
        frame.put(container)
    else:
        frame.part.append(container, item)
        frame.part.set_attribute(container, "count", str(len(container)))


def header_titles(making: Making, sheet: SheetState, area: Area) -> list[str]:
    """The column titles: what the header cells show, made text, and names for those that are empty or come again."""
    state = making.state
    texts = CellTexts(state, sheet)
    header = Area(area.top, area.left, area.top, area.right)
    cells = {cell.column: cell for cell in read_cells(state, sheet, header)}
    shown = {
        column: str(cell.value) if cell.kind in ("e", "s") else texts.text(cell.value, cell.style)
        for column, cell in cells.items()
    }
    titles: list[str] = []
    names = free_names({text.casefold() for text in shown.values()})
    for column in range(area.left, area.right + 1):
        title = shown.get(column, "").replace("\r\n", "\n")
        if not title.strip():
            title = next(names)
        base, number = title, 1
        while title.casefold() in {other.casefold() for other in titles}:
            number += 1
            title = f"{base}{number}"
        titles.append(title)
        cell = cells.get(column)
        if cell is None or cell.kind != "s" or cell.value != title or cell.formula is not None:
            sheet.patches.patch(area.top, column, CellPatch(content=written(state, title).content))
            making.outcome.notes.append(f"the header cell {cell_name(area.top, column)} now reads {title!r}")
    return titles


def _table_xml(edit: CreateTable, area: Area, titles: Sequence[str], number: int, *, strict: bool) -> bytes:
    columns = "".join(
        f'<tableColumn id="{index}" name="{_attribute(title)}"/>' for index, title in enumerate(titles, 1)
    )
    namespace = _STRICT_S if strict else S[1:-1]
    name = _attribute(edit.name)
    reference = area_name(area)
    filter_ = f'<autoFilter ref="{reference}"/>' if edit.filter else ""
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<table xmlns="{namespace}" id="{number}" name="{name}" displayName="{name}" ref="{reference}" '
        f'totalsRowShown="0">{filter_}<tableColumns count="{len(titles)}">{columns}</tableColumns>'
        f'<tableStyleInfo name="{_attribute(edit.style)}" showFirstColumn="0" showLastColumn="0" showRowStripes="1" '
        'showColumnStripes="0"/></table>'
    ).encode()


def _attribute(text: str) -> str:
    """Text as an ST_Xstring in an attribute, where line ends are escaped too."""
    return to_xstring(text).replace("\n", "_x000a_")


def refuse_table_name(state: WorkbookState, name: str, *, but: str = "") -> None:
    taken, _ = names_and_ids(state)
    bad = not _NAME.fullmatch(name) or is_area(name) or not is_plain_sheet(name.replace("\\", "_"))
    if bad:
        raise UnsupportedEditError(f"{name!r} cannot be a table's name: it begins with a letter or _, and is no cell")
    if name.casefold() in taken - {but.casefold()}:
        raise UnsupportedEditError(f"another table or name is called {name!r}")


def resize(found: FoundTable, area: Area) -> None:
    """Give a table's part another range, and its filter the same without the totals."""
    part = found.part
    part.set_root_attribute("ref", area_name(area))
    for element in part.root.iterchildren("{*}autoFilter"):
        bottom = area.bottom - totals_rows(part)
        part.set_attribute(element, "ref", area_name(Area(area.top, area.left, bottom, area.right)))
        for column in list(element.iterchildren("{*}filterColumn")):
            if whole(column.get("colId"), 0) >= area.width:
                part.remove(column)


CREATE_MAKERS: Makers = {CreateTable: Maker(OBJECTS, prepare_create, make_create)}
