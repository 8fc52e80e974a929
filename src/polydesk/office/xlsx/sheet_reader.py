"""One pass through a sheet's cells: its used range, its regions, and its first rows exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from polydesk.office.xlsx.addresses import Area, address
from polydesk.office.xlsx.cell_stream import RawCell, raw_rows
from polydesk.office.xlsx.cell_texts import CellTexts
from polydesk.office.xlsx.cell_values import CellValue, FormulaText, decoded
from polydesk.office.xlsx.escapes import from_xml
from polydesk.office.xlsx.grammar import attribute
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.profile import MAX_COLUMNS, Band, region_view
from polydesk.office.xlsx.views import CellView, RegionView, RowView

if TYPE_CHECKING:
    from polydesk.office.xlsx.state import SheetState, WorkbookState

MAX_REGIONS = 40
MAX_BANDS = 2_000
"""Beyond, the rest of the sheet is one region: a sheet with every other row empty has no regions to speak of."""


@dataclass(slots=True)
class CellMap:
    """What the pass found."""

    used: Area | None = None
    cells: int = 0
    formulas: int = 0
    regions: list[RegionView] = field(default_factory=list[RegionView])
    more_regions: int = 0
    rows: list[RowView] = field(default_factory=list[RowView])
    complete: bool = True
    described: int = 0
    """Columns of regions described so far."""


class RawTexts:
    """Shows raw cells of one sheet."""

    def __init__(self, state: WorkbookState, sheet: SheetState) -> None:
        self._strings = state.strings
        self._prefix = sheet.stream.start.grammar.prefix
        self._texts = CellTexts(state, sheet)

    def text(self, cell: RawCell) -> str:
        """A cell as a reader sees it."""
        value, kind = decoded(cell.type or b"n", cell.value, self._prefix, self._strings)
        style = whole(cell.style)
        return value if kind == "e" and isinstance(value, str) else self._texts.text(value, style)

    def code(self, style: bytes) -> str:
        """The number format of a cell format."""
        return self._texts.code(whole(style))

    def formula(self, row: int, column: int, cell: RawCell) -> str | None:
        """A cell's formula as it reads there."""
        return self._texts.formula(self.value(row, cell))

    def view(self, row: int, cell: RawCell) -> CellView:
        """A cell with its text, value and formula."""
        rich = cell.type == b"s" and self._strings.is_rich(whole(cell.value, -1))
        return self._texts.view(self.value(row, cell), rich=rich)

    def value(self, row: int, cell: RawCell) -> CellValue:
        """A cell's value and formula."""
        value, kind = decoded(cell.type or b"n", cell.value, self._prefix, self._strings)
        return CellValue(row, cell.column, value, kind, whole(cell.style), _formula(cell))


def _formula(cell: RawCell) -> FormulaText | None:
    if not cell.formula:
        return None
    ref, si = attribute(cell.formula, b"ref"), attribute(cell.formula, b"si")
    type = (attribute(cell.formula, b"t") or b"normal").decode("ascii", "replace")
    shared = si.decode("ascii", "replace") if si is not None and type == "shared" else None
    return FormulaText(
        from_xml(cell.formula_text).strip(), type, None if ref is None else ref.decode("ascii", "replace"), shared
    )


def read_cell_map(state: WorkbookState, sheet: SheetState, *, exact: int, sample: int, columns: int) -> CellMap:
    """Go through a sheet once.

    Up to `exact` cells all rows are kept as they are; of a larger sheet the first rows, `sample` cells of them. Of its
    regions, so many `columns` in all are described.
    """
    found = CellMap()
    texts = RawTexts(state, sheet)
    kept: list[tuple[int, list[RawCell]]] = []
    bands = 0
    band: Band | None = None
    for row, cells in _rows(sheet):
        if band is None or (row > band.bottom + 1 and bands < MAX_BANDS):
            if band is not None:
                _close(found, band, sheet, texts, columns)
            band, bands = Band(row, row), bands + 1
        band.add(row, cells)
        found.cells += len(cells)
        found.formulas += sum(1 for cell in cells if cell.formula)
        filled = [cell.column for cell in cells]
        area = Area(row, min(filled), row, max(filled))
        found.used = area if found.used is None else found.used.joined(area)
        if found.complete:
            kept.append((row, cells))
            if found.cells > exact:
                found.complete = False
                kept = _sample(kept, sample)
    if band is not None:
        _close(found, band, sheet, texts, columns)
    found.rows = [RowView(row=row, cells=tuple(texts.view(row, cell) for cell in cells)) for row, cells in kept]
    return found


def _rows(sheet: SheetState) -> Iterator[tuple[int, list[RawCell]]]:
    for block in sheet.blocks():
        yield from raw_rows(block)


def _sample(rows: list[tuple[int, list[RawCell]]], count: int) -> list[tuple[int, list[RawCell]]]:
    """The first rows, until they have that many cells; of a very wide row the first cells."""
    sampled: list[tuple[int, list[RawCell]]] = []
    for row, cells in rows:
        sampled.append((row, cells[:count]))
        count -= len(cells)
        if count <= 0:
            break
    return sampled


def _close(found: CellMap, band: Band, sheet: SheetState, texts: RawTexts, columns: int) -> None:
    for area, header, names in band.groups():
        if len(found.regions) >= MAX_REGIONS:
            found.more_regions += 1
            continue
        at = address(sheet.name, area)
        left = max(0, min(MAX_COLUMNS, columns - found.described))
        found.regions.append(region_view(band, area, header, names, at=at, shower=texts, columns=left))
        found.described += len(found.regions[-1].columns)
