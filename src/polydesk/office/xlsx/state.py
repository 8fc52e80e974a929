"""A workbook while edits are made on it: one shared, mutable state that every edit reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, NamedTuple, NoReturn

from polydesk.core.errors import AnchorNotFoundError, UnreadableDocumentError, UnsupportedEditError
from polydesk.office.ooxml.names import R, local_name
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.opc.kinds import document_kind
from polydesk.office.opc.package import Package
from polydesk.office.xlsx.addresses import Area, parse_anchor
from polydesk.office.xlsx.calc_chain import CalcChain
from polydesk.office.xlsx.cell_metadata import CellMetadata
from polydesk.office.xlsx.columns import ColumnStyles
from polydesk.office.xlsx.dimension import grow_dimension
from polydesk.office.xlsx.elements import sibling
from polydesk.office.xlsx.frame import Frame
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.patch_rows import patched_rows
from polydesk.office.xlsx.patches import Content, SheetPatches
from polydesk.office.xlsx.rows import RowBlock
from polydesk.office.xlsx.shared_strings import SharedStrings
from polydesk.office.xlsx.sheet_stream import SheetStream
from polydesk.office.xlsx.styles import Styles
from polydesk.office.xlsx.survey import Survey, Watch, survey

RowTransform = Callable[[Iterator[RowBlock]], Iterator[RowBlock]]
"""From a sheet's rows to its rows, block by block; it must keep the order and set each block's `before`."""

_WORKBOOK_TRACKED = [
    "fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "workbookView", "sheets", "sheet",
    "functionGroups", "externalReferences", "externalReference", "definedNames", "definedName", "calcPr", "oleSize",
    "customWorkbookViews", "pivotCaches", "pivotCache", "extLst",
]  # fmt: skip
WORKBOOK_ORDER: list[str] = [
    "fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets", "functionGroups",
    "externalReferences", "definedNames", "calcPr", "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr",
    "smartTagTypes", "webPublishing", "fileRecoveryPr", "webPublishObjects", "extLst",
]  # fmt: skip
"""The children of the workbook in the order of the schema (CT_Workbook, ECMA-376-1 §18.2.27)."""


class Place(NamedTuple):
    """Where an anchor leads."""

    sheet: SheetState
    area: Area


class SheetState:
    """One sheet, and what waits to be done to it."""

    def __init__(self, state: WorkbookState, element: Element, index: int, part: str | None, kind: str) -> None:
        self._state = state
        self.element = element
        """Its `sheet` in the workbook part."""
        self.index = index
        """Its place among all sheets as first read, from 0: what `localSheetId` counts (ECMA-376-1 §18.2.5)."""
        self.part = part
        """None when the package lacks it."""
        self.kind = kind
        """`worksheet`, `chartsheet`, `dialogsheet`, or a macro sheet's kind."""
        self.patches = SheetPatches()
        self.transforms: list[RowTransform] = []
        """Made on the rows in this order, after `patches`: for structural edits."""
        self.watches: list[Watch] = []
        """Areas that edits name, looked at in one `survey` before anything is made."""
        self._survey: Survey | None = None
        self._watch_of: dict[Area, Watch] = {}
        self.seen: dict[str, Any] = {}
        """What guards have read of the sheet as it is in the file, by what it is."""
        self._stream: SheetStream | None = None
        self._frame: Frame | None = None
        self.used: Area | None = None
        """What the patches add to the used range; None for nothing."""

    @property
    def name(self) -> str:
        """As the workbook part has it now."""
        return self.element.get("name", "")

    @property
    def sheet_id(self) -> int:
        """`sheetId`, which the calculation chain counts by; 0 when it is missing."""
        return whole(self.element.get("sheetId"))

    @property
    def hidden(self) -> str:
        """`visible`, `hidden` or `veryHidden`."""
        return self.element.get("state", "visible")

    @property
    def holds_cells(self) -> bool:
        """False for charts that are sheets, and for sheets that the package lacks."""
        return self.part is not None and self.kind != "chartsheet"

    @property
    def stream(self) -> SheetStream:
        """The sheet as it is in the file. Raises UnsupportedEditError when it holds no cells."""
        if self._stream is None:
            part, package = self.part, self._state.package
            if part is None or not self.holds_cells:
                raise UnsupportedEditError(
                    f"the sheet {self.name!r} holds no cells ({self.kind})", path=package.path, part=part
                )
            self._stream = SheetStream(lambda: package.chunks(part), part=part, path=package.path)
        return self._stream

    @property
    def frame(self) -> Frame:
        """All of the sheet but its rows, to be read and changed."""
        if self._frame is None:
            self._frame = Frame(self.stream)
        return self._frame

    def blocks(self) -> Iterator[RowBlock]:
        """The rows as they are in the file."""
        return self.stream.blocks()

    def watch(self, area: Area, *, hashes: bool = False) -> Watch:
        """Have an area looked at by the next `survey`."""
        known = None if hashes else self._watch_of.get(area)
        if known is not None:
            return known
        watch = Watch(area, hashes)
        self.watches.append(watch)
        self._survey = None
        if not hashes:
            self._watch_of[area] = watch
        return watch

    def survey(self) -> Survey:
        """What the sheet holds in the watched areas, as it is in the file."""
        if self._survey is None:
            self._survey = survey(self._state, self, self.watches)
        return self._survey

    def has_formulas(self) -> bool:
        """Whether a cell holds a formula, or is about to."""
        if not self.holds_cells:
            return False
        patches = [patch for row in self.patches.cells.values() for cell in row.values() for patch in cell]
        patches += [patch for _, patch in self.patches.areas]
        if any(patch.content is not None and patch.content.formula is not None for patch in patches):
            return True
        return any(formula_tag in block.data for block in self.blocks() for formula_tag in _formula_tags(block))

    def grow(self, area: Area) -> None:
        """Say that cells were put in an area, for the sheet's `dimension`."""
        self.used = area if self.used is None else self.used.joined(area)

    def save(self) -> None:
        """Give the part what waits for it."""
        touched = self.patches or self.transforms
        if self.part is None or not (touched or (self._frame is not None and self._frame.part.changed)):
            return
        if touched and not self.stream.start.tag:
            self.frame.add_rows_element()
        if self.used is not None:
            self._grow_dimension(self.used)
        self._state.package.replace_chunks(self.part, self.stream.encoded(self._text()))

    def _grow_dimension(self, area: Area) -> None:
        grow_dimension(self.frame, area)

    def _text(self) -> Iterator[bytes]:
        """The whole sheet in UTF-8 with everything made."""
        stream = self.stream
        stream.tail  # noqa: B018  # what follows the rows may decide what goes before them
        head, tag, tail = self.frame.ends() if self._frame else (stream.start.head, stream.start.tag, stream.tail)
        yield head
        blocks = stream.blocks()
        if self.patches:
            blocks = patched_rows(
                blocks,
                self.patches,
                grammar=stream.start.grammar,
                column_style=self.column_style,
                ledger=_SheetLedger(self._state, self.sheet_id),
                part=stream.part,
            )
        for transform in self.transforms:
            blocks = transform(blocks)
        if tag.endswith(b"/>"):
            yield from _opened(tag, (block.data for block in blocks), stream)
        else:
            yield tag
            for block in blocks:
                yield block.data
        yield tail

    @cached_property
    def column_style(self) -> ColumnStyles:
        """The formats that columns gave to their cells when this was first asked."""
        return ColumnStyles(self.frame)


def _formula_tags(block: RowBlock) -> tuple[bytes, ...]:
    mark = block.grammar.formula_mark
    return mark + b">", mark + b" ", mark + b"/"


def _opened(tag: bytes, rows: Iterator[bytes], stream: SheetStream) -> Iterator[bytes]:
    """An empty tag opened when there are rows to go into it."""
    first = next((row for row in rows if row), None)
    if first is None:
        yield tag
        return
    yield tag[:-2].rstrip() + b">"
    yield first
    yield from rows
    yield b"</" + stream.start.grammar.prefix + b"sheetData>"


class _SheetLedger:
    """Keeps the string table's count and the calculation chain true to what happens in one sheet."""

    def __init__(self, state: WorkbookState, sheet_id: int) -> None:
        self._state = state
        self._sheet_id = sheet_id

    def lost(self, row: int, column: int, type: bytes | None, *, formula: bool) -> None:
        if type == b"s":
            self._state.strings.references -= 1
        if formula:
            self._state.chain.remove(self._sheet_id, row, column)

    def gained(self, row: int, column: int, content: Content) -> None:
        if content.type == "s":
            self._state.strings.references += 1
        if content.formula is not None:
            self._state.chain.add(self._sheet_id, row, column)


class WorkbookState:
    """The workbook that a list of edits is made on. It is half changed after an error, and must then be dropped."""

    def __init__(self, package: Package) -> None:
        """Raises UnreadableDocumentError when the package is no workbook."""
        kind = document_kind(package)
        if kind.format != "xlsx":
            raise UnreadableDocumentError(
                f"{package.path or 'The document'} is no Excel workbook, but a {kind.format} file.", path=package.path
            )
        self.package = package
        self.main = package.main_part()
        """Name of the workbook part."""
        self.workbook = XmlPart(package.read(self.main), name=self.main, path=package.path, tracked=_WORKBOOK_TRACKED)
        self.strings = SharedStrings(package, self.main)
        self.styles = Styles(package, self.main)
        self.chain = CalcChain(package, self.main)
        self.metadata = CellMetadata(package, self.main)
        self.sheets = self._read_sheets()
        """In the order of the tabs."""
        self.values_changed = False
        """Whether cells have other values than when formulas were calculated last."""

    @property
    def path(self) -> str | None:
        """The file as the caller named it."""
        return self.package.path

    @property
    def date1904(self) -> bool:
        """Whether day 0 is 1 January 1904 (ECMA-376-1 §18.17.4.1)."""
        properties = self.workbook_child("workbookPr")
        return properties is not None and properties.get("date1904", "0").lower() in ("1", "true", "on")

    def workbook_child(self, name: str) -> Element | None:
        """The first child of the workbook of that local name; None when there is none."""
        return next(self.workbook.root.iterchildren("{*}" + name), None)

    def put_workbook_child(self, element: Element) -> None:
        """Put a new child of the workbook where the schema wants it."""
        rank = WORKBOOK_ORDER.index(local_name(element.tag))
        previous: Element | None = None
        for child in self.workbook.root.iterchildren("*"):
            name = local_name(child.tag)
            if name in WORKBOOK_ORDER and WORKBOOK_ORDER.index(name) <= rank:
                previous = child
        if previous is None:
            self.workbook.append(self.workbook.root, element)
        else:
            self.workbook.insert_after(previous, element)

    def new_workbook_element(self, name: str) -> Element:
        """A new element in the workbook's namespace."""
        return sibling(self.workbook.root, name)

    def sheet(self, name: str | None) -> SheetState:
        """The sheet of that name, whatever its case; for None the only one. Raises AnchorNotFoundError."""
        if name is None and len(self.sheets) == 1:
            return self.sheets[0]
        if name is None:
            self._not_found("the address names no sheet, and the workbook has several")
        for sheet in self.sheets:
            if sheet.name.casefold() == name.casefold():
                return sheet
        return self._not_found(f"there is no sheet {name!r}")

    def place(self, anchor: str) -> Place:
        """Where an anchor leads, its hash left unchecked. Raises AnchorNotFoundError."""
        parsed = parse_anchor(anchor, path=self.path)
        return Place(self.sheet(parsed.sheet), parsed.area)

    def recalculate_on_load(self) -> None:
        """Ask the application that opens the workbook to calculate every formula anew (`fullCalcOnLoad`, §18.2.2)."""
        element = self.workbook_child("calcPr")
        if element is None:
            element = self.new_workbook_element("calcPr")
            element.set("fullCalcOnLoad", "1")
            self.put_workbook_child(element)
        elif element.get("fullCalcOnLoad", "0").lower() not in ("1", "true"):
            self.workbook.set_attribute(element, "fullCalcOnLoad", "1")

    def has_formulas(self) -> bool:
        """Whether any cell of the workbook holds a formula, or is about to."""
        return self.chain.exists or any(sheet.has_formulas() for sheet in self.sheets)

    def save(self) -> bytes:
        """The file with everything made; the very bytes that it was opened from when nothing changed."""
        self._write()
        return self.package.save()

    def settle(self) -> None:
        """Put everything made so far into the package and read the workbook anew: sheets and places are other objects.

        For edits that move what earlier ones of the list have made.
        """
        self._write()
        self.__init__(self.package)

    def _write(self) -> None:
        if self.values_changed and self.has_formulas():
            self.recalculate_on_load()
        for sheet in self.sheets:
            sheet.save()
        self.strings.save()
        self.styles.save()
        self.chain.save()
        if self.workbook.changed:
            self.package.replace(self.main, self.workbook.data())

    def _read_sheets(self) -> list[SheetState]:
        links = {link.id: link for link in self.package.relationships(self.main)}
        container = self.workbook_child("sheets")
        found: list[SheetState] = []
        for element in () if container is None else container.iterchildren("{*}sheet"):
            link = links.get(element.get(f"{R}id", ""))
            part = None if link is None else self.package.resolve(self.main, link)
            found.append(SheetState(self, element, len(found), part, "worksheet" if link is None else link.kind))
        return found

    def _not_found(self, problem: str) -> NoReturn:
        names = ", ".join(repr(sheet.name) for sheet in self.sheets[:20])
        raise AnchorNotFoundError(f"{problem}; the sheets are {names}", path=self.path)
