"""A worksheet copied with all that hangs on it: drawings, charts, tables, comments, controls, pivot tables."""

from __future__ import annotations

import re
import uuid
from copy import copy
from xml.sax.saxutils import quoteattr

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.formulas.sheets import rename_sheet
from polydesk.office.formulas.structured import rename_table
from polydesk.office.ooxml.part import Element
from polydesk.office.opc.names import relationships_name
from polydesk.office.opc.relationships import RELATIONSHIPS_TYPE
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.sheet_tabs import add_sheet, free_part
from polydesk.office.xlsx.shifting import TextChange
from polydesk.office.xlsx.shifting_rows import strings_in
from polydesk.office.xlsx.shifting_tables import open_table, table_name
from polydesk.office.xlsx.state import SheetState, WorkbookState
from polydesk.office.xlsx.structure import Follower

_COPIED = {
    "drawing", "vmlDrawing", "comments", "threadedComment", "table", "chart", "chartEx", "chartUserShapes",
    "chartStyle", "chartColorStyle", "ctrlProp", "pivotTable", "printerSettings", "queryTable",
}  # fmt: skip
"""Kinds of parts that belong to one sheet alone. All others, such as pictures and pivot caches, are shared."""
_REFUSED = {"slicer": "slicers", "timeline": "timelines", "tableSingleCells": "cells bound to XML"}
_NUMBER = re.compile(r"\d*(\.\w+)$")
_GUID = re.compile(rb"\{[0-9A-Fa-f-]{36}\}")


def copy_sheet(state: WorkbookState, source: SheetState, name: str) -> Element:
    """Add a copy of a sheet as the last one, and return its element. The state is to be settled afterwards.

    Formulas that name the sheet itself name the copy; its tables get names of their own; names of the sheet, such as
    its print area, are copied. Raises UnsupportedEditError for what cannot be copied whole.
    """
    if source.part is None or source.kind != "worksheet":
        raise UnsupportedEditError(f"{source.name!r} is no worksheet, and only those are copied", path=state.path)
    copies = _Copies(state)
    part = copies.copy(source.part, "worksheet")
    _clean(state, part)
    element = add_sheet(state, name, part)
    _copy_names(state, source, element, name)
    _rename_in_copy(state, element, part, source.name, name, copies.tables)
    state.strings.references += sum(strings_in(block.data) for block in source.blocks())
    state.values_changed = True
    return element


class _Copies:
    """Parts that are copied together."""

    def __init__(self, state: WorkbookState) -> None:
        self._state = state
        self._done: dict[str, str] = {}
        self.tables: dict[str, str] = {}
        """New names of tables by the old ones."""

    def copy(self, part: str, kind: str) -> str:
        """The name of a part's copy, its relationships and their parts copied too."""
        if part in self._done:
            return self._done[part]
        package = self._state.package
        new = free_part(self._state, _NUMBER.sub(r"{}\1", part.replace("{", "{{").replace("}", "}}")))
        self._done[part] = new
        data = package.read(part)
        if kind == "table":
            data = self._table(part)
        elif kind in ("threadedComment", "comments"):
            data = _GUID.sub(lambda match: _other_guid(match[0], new_sheet=self._done), data)
        package.add(new, data, package.content_type(part) or "application/xml")
        self._relationships(part, new)
        return new

    def _relationships(self, part: str, new: str) -> None:
        package = self._state.package
        entries: list[str] = []
        for link in package.relationships(part):
            if link.kind in _REFUSED:
                raise UnsupportedEditError(f"a sheet with {_REFUSED[link.kind]} cannot be copied", path=package.path)
            target = package.resolve(part, link)
            to = link.target if target is None else self.copy(target, link.kind) if link.kind in _COPIED else target
            mode = ' TargetMode="External"' if link.external else ""
            entries.append(
                f"<Relationship Id={quoteattr(link.id)} Type={quoteattr(link.type)} Target={quoteattr(to)}{mode}/>"
            )
        if entries:
            body = "".join(entries)
            xml = (
                '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships '
                f'xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{body}</Relationships>'
            )
            package.add(relationships_name(new), xml.encode(), RELATIONSHIPS_TYPE)

    def _table(self, part: str) -> bytes:
        """A table with a name and an id of its own."""
        table = open_table(self._state.package, part)
        taken, ids = names_and_ids(self._state)
        taken |= {name.casefold() for name in self.tables.values()}
        old = table_name(table)
        number = 2
        while f"{old}_{number}".casefold() in taken:
            number += 1
        self.tables[old] = f"{old}_{number}"
        table.set_root_attribute("id", str(max(ids, default=0) + len(self.tables)))
        for attribute in ("name", "displayName"):
            table.set_root_attribute(attribute, self.tables[old])
        return table.data()


def names_and_ids(state: WorkbookState) -> tuple[set[str], set[int]]:
    """Names that a new table cannot have, in `casefold`, and ids of tables that are taken."""
    names = {name.get("name", "").casefold() for name in state.workbook.root.iter("{*}definedName")}
    ids: set[int] = set()
    package = state.package
    for part in package.part_names():
        if (package.content_type(part) or "").endswith("spreadsheetml.table+xml"):
            table = open_table(package, part)
            names |= {table_name(table).casefold(), table.root.get("name", "").casefold()}
            ids.add(whole(table.root.get("id"), 0))
    return names, ids


def _other_guid(guid: bytes, *, new_sheet: dict[str, str]) -> bytes:
    """Another id for a comment, the same for each mention of the old one in this copy."""
    seed = next(iter(new_sheet.values()))
    return b"{" + str(uuid.uuid5(uuid.NAMESPACE_OID, guid.decode() + seed)).upper().encode() + b"}"


def _clean(state: WorkbookState, part: str) -> None:
    """Take out of a copied sheet what only one sheet may have: the selected tab, and the name in macros."""
    data = state.package.read(part)
    data = re.sub(rb"\stabSelected=\"[^\"]*\"", b"", data, count=1)
    head, mark, rest = data.partition(b"sheetData")
    head = re.sub(rb"(<(?:[\w.-]+:)?sheetPr\b[^>]*?)\scodeName=\"[^\"]*\"", rb"\1", head)
    head = re.sub(rb"(<(?:[\w.-]+:)?worksheet\b[^>]*?)\s[\w]+:uid=\"[^\"]*\"", rb"\1", head)
    state.package.replace(part, head + mark + rest)


def _copy_names(state: WorkbookState, source: SheetState, element: Element, name: str) -> None:
    """The names of one sheet again for its copy, which is the last sheet."""
    place = sum(1 for _ in element.itersiblings("{*}sheet", preceding=True))
    for old in list(state.workbook.root.iter("{*}definedName")):
        if old.get("localSheetId") == str(source.index):
            new = copy(old)
            new.tail = None
            new.set("localSheetId", str(place))
            new.text = rename_sheet(old.text or "", source.name, name)
            state.workbook.insert_after(old, new)


def _rename_in_copy(
    state: WorkbookState, element: Element, part: str, old: str, new: str, tables: dict[str, str]
) -> None:
    def renamed(text: str) -> str:
        text = rename_sheet(text, old, new)
        for table, other in tables.items():
            text = rename_table(text, table, other)
        return text

    sheet = SheetState(state, element, len(state.sheets), part, "worksheet")
    follower = Follower(state, TextChange(renamed))
    follower.follow_sheet(sheet)
    sheet.save()
