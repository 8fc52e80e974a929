"""A sheet without its rows: everything that stands before and behind them, as one small tree that keeps its bytes."""

from __future__ import annotations

import re

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.names import local_name
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.xlsx.elements import sibling
from polydesk.office.xlsx.grammar import SHEET_DATA
from polydesk.office.xlsx.sheet_stream import SheetStream

ORDER: list[str] = [
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
    "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup",
    "headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags",
    "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems",
    "tableParts", "extLst",
]  # fmt: skip
"""The children of a worksheet in the order that the schema fixes (CT_Worksheet, ECMA-376-1 §18.3.1.99)."""

_TRACKED = [*ORDER, "mergeCell", "col", "sheetView", "hyperlink", "dataValidation", "tablePart", "cfRule"]
_DECLARATION = re.compile(rb"\A\s*<\?xml\s.*?\?>", re.DOTALL)


class Frame:
    """The tree of one sheet without its rows. `part.root` is changed as any XmlPart; `sheetData` stays empty in it."""

    def __init__(self, sheet: SheetStream) -> None:
        """Reads the sheet once through, unless that was done before."""
        start, tail = sheet.start, sheet.tail
        prefix = start.grammar.prefix
        self._declaration = b""
        head = start.head
        if sheet.encoding.name != "utf-8" and (found := _DECLARATION.match(head)):
            self._declaration, head = found[0], head[found.end() :]
        end = start.grammar.data_end.match(tail) if start.has_rows else None
        self._end_tag = b"" if end is None else end[0]
        hole = b"<" + prefix + b"sheetData/>" if start.tag else b""
        self.part = XmlPart(
            head + hole + tail[len(self._end_tag) :], name=sheet.part, path=sheet.path, tracked=_TRACKED
        )
        self._sheet = sheet

    @property
    def root(self) -> Element:
        """The `worksheet` element."""
        return self.part.root

    def child(self, name: str) -> Element | None:
        """The first child of that local name; None when there is none."""
        return next(self.root.iterchildren("{*}" + name), None)

    def children(self, name: str) -> list[Element]:
        """All children of that local name."""
        return list(self.root.iterchildren("{*}" + name))

    def new(self, name: str) -> Element:
        """A new element in the sheet's namespace, not yet in the tree."""
        return sibling(self.root, name)

    def put(self, element: Element) -> None:
        """Put a new child of the root where the schema wants it, behind others of its name."""
        rank = ORDER.index(local_name(element.tag))
        previous: Element | None = None
        for child in self.root.iterchildren("*"):
            name = local_name(child.tag)
            if name in ORDER and ORDER.index(name) <= rank:
                previous = child
        following = next(self.root.iterchildren("*"), None)
        if previous is not None:
            self.part.insert_after(previous, element)
        elif following is not None:
            self.part.insert_before(following, element)
        else:
            self.part.append(self.root, element)

    def ends(self) -> tuple[bytes, bytes, bytes]:
        """What stands before the rows' start tag, that tag, and what follows the rows, in UTF-8, as they are now."""
        start = self._sheet.start
        if not self.part.changed:
            return start.head, start.tag, self._sheet.tail
        data = self.part.data()
        hole = next((found for found in SHEET_DATA.finditer(data) if found[1] is not None), None)
        if hole is None:
            return self._declaration + data, b"", b""
        tail = self._end_tag + data[hole.end() :]
        return self._declaration + data[: hole.start()], start.tag or hole[0], tail

    def add_rows_element(self) -> None:
        """Give a sheet that has no `sheetData` an empty one."""
        if self.child("sheetData") is None:
            if local_name(self.root.tag) not in ("worksheet", "dialogsheet", "macrosheet"):
                raise UnsupportedEditError(
                    f"{self._sheet.part} holds no cells: it is a {local_name(self.root.tag)}.", part=self._sheet.part
                )
            self.put(self.new("sheetData"))
