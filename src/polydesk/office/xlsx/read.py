"""A workbook's view: the map of its sheets, in one pass through each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.opc.xml import parse_xml
from polydesk.office.xlsx import object_views
from polydesk.office.xlsx.addresses import address, area_name, parse_anchor
from polydesk.office.xlsx.cell_texts import CellTexts
from polydesk.office.xlsx.cell_values import CellValue, hash_of, read_cells
from polydesk.office.xlsx.guards import merged_areas
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.object_views import MAX_LISTED
from polydesk.office.xlsx.sheet_reader import read_cell_map
from polydesk.office.xlsx.views import CellView, NameView, RangeView, RowView, SheetView, WorkbookView

if TYPE_CHECKING:
    from polydesk.office.xlsx.state import SheetState, WorkbookState

EXACT_CELLS, EXACT_IN_ALL, SAMPLE_CELLS = 600, 2_400, 60
"""A sheet of up to so many cells is shown whole, as long as all such sheets together stay within the second number; of
any other the regions are described, and its first cells shown."""

COLUMNS_IN_ALL = 300
"""So many columns of large sheets are described in all."""

MAX_READ = 100_000
"""Most cells that one `read` gives; more are read in several."""

_HIDDEN = re.compile(rb"\shidden\s*=\s*[\"'](?:1|true)[\"']")


def read_workbook(state: WorkbookState) -> WorkbookView:
    """The view of the whole workbook."""
    left, columns = EXACT_IN_ALL, COLUMNS_IN_ALL
    sheets: list[SheetView] = []
    for sheet in state.sheets:
        view = read_sheet(state, sheet, exact=min(EXACT_CELLS, left), columns=columns)
        left -= view.cells if view.complete else 0
        columns -= 0 if view.complete else sum(len(region.columns) for region in view.regions)
        sheets.append(view)
    package = state.package
    links = package.relationships(state.main)
    return WorkbookView(
        sheets=tuple(sheets),
        names=tuple(_names(state)),
        date1904=state.date1904,
        macros=any(link.kind == "vbaProject" for link in links),
        external_links=tuple(_external_links(state)),
        connections=tuple(_connections(state)),
        styles=tuple(state.styles.names()[:60]),
    )


def read_sheet(state: WorkbookState, sheet: SheetState, *, exact: int = EXACT_CELLS, columns: int) -> SheetView:
    """The view of one sheet; up to `exact` cells it is shown whole, and so many columns of its regions described."""
    state_word = sheet.hidden if sheet.hidden in ("hidden", "veryHidden") else "visible"
    if sheet.part is None or not sheet.holds_cells:
        charts = tuple(object_views.charts(state, sheet)) if sheet.part is not None else ()
        return SheetView(name=sheet.name, kind=sheet.kind, state=state_word, charts=charts)
    found = read_cell_map(state, sheet, exact=exact, sample=SAMPLE_CELLS, columns=columns)
    frame = sheet.frame
    autofilter = frame.child("autoFilter")
    pictures, shapes = object_views.pictures_and_shapes(state, sheet)
    notes: list[str] = []
    return SheetView(
        name=sheet.name,
        kind=sheet.kind,
        state=state_word,
        used=None if found.used is None else address(sheet.name, found.used),
        cells=found.cells,
        formulas=found.formulas,
        regions=tuple(found.regions),
        more_regions=found.more_regions,
        rows=tuple(found.rows),
        complete=found.complete,
        tables=tuple(object_views.tables(state, sheet)),
        charts=tuple(object_views.charts(state, sheet)),
        pivots=tuple(object_views.pivots(state, sheet)),
        images=pictures,
        shapes=shapes,
        slicers=tuple(object_views.slicers(state, sheet)),
        sparklines=object_views.sparklines(sheet),
        merged=_listed(notes, "merged areas", (area_name(area) for area in merged_areas(sheet))),
        filter=None if autofilter is None else autofilter.get("ref"),
        hidden_rows=_listed(notes, "runs of hidden rows", object_views.joined_rows(_hidden_rows(sheet))),
        hidden_columns=tuple(object_views.hidden_columns(sheet)),
        frozen=object_views.frozen(sheet),
        comments=_listed(notes, "comments", object_views.comments(state, sheet)),
        validations=_listed(notes, "validations", object_views.validations(sheet)),
        conditional_formats=_listed(notes, "conditional formats", object_views.conditional_formats(sheet)),
        links=_listed(notes, "links", object_views.links(state, sheet)),
        print_area=_print_area(state, sheet),
        protected=frame.child("sheetProtection") is not None,
        notes=tuple(notes),
    )


def read_range(state: WorkbookState, anchor: str) -> RangeView:
    """The cells of an address, exactly. Raises AnchorNotFoundError, and UnsupportedEditError for too many cells."""
    parsed = parse_anchor(anchor, path=state.path)
    sheet = state.sheet(parsed.sheet)
    cells = list(islice(read_cells(state, sheet, parsed.area), MAX_READ + 1))
    if len(cells) > MAX_READ:
        raise UnsupportedEditError(
            f"{anchor} has more than {MAX_READ:,} cells that hold something; read it in parts", path=state.path
        )
    texts = CellTexts(state, sheet)
    at = address(sheet.name, parsed.area, hash_of(cells))
    return RangeView(at=at, rows=tuple(_rows(texts, cells)))


def cell_views(state: WorkbookState, anchor: str) -> Iterator[CellView]:
    """The cells of an address that hold something, one by one as the sheet is read, however many there are."""
    parsed = parse_anchor(anchor, path=state.path)
    sheet = state.sheet(parsed.sheet)
    texts = CellTexts(state, sheet)
    for cell in read_cells(state, sheet, parsed.area):
        if cell.kind or cell.formula is not None:
            yield texts.view(cell)


def _rows(texts: CellTexts, cells: list[CellValue]) -> Iterator[RowView]:
    rows: dict[int, list[CellView]] = {}
    for cell in cells:
        if cell.kind or cell.formula is not None:
            rows.setdefault(cell.row, []).append(texts.view(cell))
    for row, views in rows.items():
        yield RowView(row=row, cells=tuple(views))


Item = TypeVar("Item")


def _listed(notes: list[str], words: str, items: Iterable[Item]) -> tuple[Item, ...]:
    """The first of the items; a note says how many more there are."""
    found = list(items)
    if len(found) > MAX_LISTED:
        notes.append(f"{len(found):,} {words}; the first {MAX_LISTED} are listed")
    return tuple(found[:MAX_LISTED])


def _hidden_rows(sheet: SheetState) -> Iterator[int]:
    for block in sheet.blocks():
        if b"hidden" not in block.data:
            continue
        for place in block.places():
            if _HIDDEN.search(b" " + place.attributes):
                yield place.number


def _names(state: WorkbookState) -> Iterator[NameView]:
    container = state.workbook_child("definedNames")
    for item in () if container is None else container.iterchildren("{*}definedName"):
        index = whole(item.get("localSheetId"), -1)
        sheet = state.sheets[index].name if 0 <= index < len(state.sheets) else None
        hidden = item.get("hidden", "0") in ("1", "true")
        yield NameView(name=item.get("name", ""), refers_to=(item.text or "").strip(), sheet=sheet, hidden=hidden)


def _print_area(state: WorkbookState, sheet: SheetState) -> str | None:
    names = (name for name in _names(state) if name.name == "_xlnm.Print_Area" and name.sheet == sheet.name)
    return next((name.refers_to for name in names), None)


def _external_links(state: WorkbookState) -> Iterator[str]:
    package = state.package
    for link in package.relationships(state.main):
        part = package.resolve(state.main, link) if link.kind == "externalLink" else None
        if part is not None:
            yield from (target.target for target in package.relationships(part) if target.external)


def _connections(state: WorkbookState) -> Iterator[str]:
    package = state.package
    for link in package.relationships(state.main):
        part = package.resolve(state.main, link) if link.kind == "connections" else None
        if part is not None:
            for item in parse_xml(package.read(part), part=part, path=state.path).iterchildren("{*}connection"):
                yield item.get("name", "")
