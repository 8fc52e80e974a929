"""Cells as charts have them: references, and what the cells hold at the moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from polydesk.core.errors import AnchorNotFoundError, UnsupportedEditError
from polydesk.office.drawing.chart_change import with_series
from polydesk.office.drawing.chart_read import read_chart
from polydesk.office.drawing.chart_xml import CONTENT_TYPE
from polydesk.office.drawing.charts import ChartSeries, Point, Points, SeriesView
from polydesk.office.opc.package import Package
from polydesk.office.xlsx.addresses import Area, address, sheet_name
from polydesk.office.xlsx.area_lists import absolute
from polydesk.office.xlsx.cell_texts import CellTexts
from polydesk.office.xlsx.cell_values import CellValue, read_cells
from polydesk.office.xlsx.state import Place, SheetState, WorkbookState

MAX_POINTS = 100_000
"""Most cells of one series; Excel draws more, to nobody's use."""


def reference(place: Place) -> str:
    """The cells as a chart names them, such as `Sales!$B$2:$B$9`."""
    return f"{sheet_name(place.sheet.name)}!{absolute(place.area)}"


def refuse_bad_range(place: Place, what: str) -> None:
    """Raises UnsupportedEditError for cells that no series is made of."""
    area = place.area
    at = address(place.sheet.name, area)
    place.sheet.stream  # noqa: B018  # refuses a sheet without cells
    if area.height > 1 and area.width > 1:
        raise UnsupportedEditError(f"{at} is more than one row or column, and {what} are only one")
    if area.height * area.width > MAX_POINTS:
        raise UnsupportedEditError(f"{at} has more than {MAX_POINTS:,} cells; name those that hold something")


@dataclass(slots=True)
class ChartCells:
    """Reads cells for charts."""

    state: WorkbookState

    def numbers(self, place: Place) -> Points:
        """The cells as values: numbers, and None for all else."""
        cells = self._cells(place)
        points: list[Point] = [_number(cells.get(key)) for key in _keys(place.area)]
        return Points(formula=reference(place), points=tuple(points), number_format=self._format(place.sheet, cells))

    def categories(self, place: Place) -> Points:
        """The cells as categories: numbers when nothing else is among them, else what is shown in them."""
        cells = self._cells(place)
        filled = [cell for cell in cells.values() if cell.kind]
        if filled and all(cell.kind == "n" for cell in filled):
            return self.numbers(place)
        points = tuple(self._text(place.sheet, cells.get(key)) for key in _keys(place.area))
        if not filled:
            points = ("",) * len(points)
        return Points(formula=reference(place), points=points)

    def name(self, place: Place) -> str:
        """What the first of the cells shows."""
        area = Area.cell(place.area.top, place.area.left)
        cells = self._cells(Place(place.sheet, area))
        return self._text(place.sheet, next(iter(cells.values()), None)) or ""

    def _cells(self, place: Place) -> dict[tuple[int, int], CellValue]:
        return {(cell.row, cell.column): cell for cell in read_cells(self.state, place.sheet, place.area)}

    def _text(self, sheet: SheetState, cell: CellValue | None) -> str | None:
        if cell is None or not cell.kind:
            return None
        if cell.kind in ("e", "s"):
            return str(cell.value)
        return CellTexts(self.state, sheet).text(cell.value, cell.style)

    def _format(self, sheet: SheetState, cells: dict[tuple[int, int], CellValue]) -> str:
        """The number format of the first number."""
        first = next((cell for cell in cells.values() if cell.kind == "n"), None)
        return "General" if first is None else CellTexts(self.state, sheet).code(first.style)


def _keys(area: Area) -> list[tuple[int, int]]:
    rows, columns = range(area.top, area.bottom + 1), range(area.left, area.right + 1)
    return [(row, column) for row in rows for column in columns]


def _number(cell: CellValue | None) -> float | None:
    if cell is None or cell.kind != "n" or isinstance(cell.value, str) or cell.value is None:
        return None
    return float(cell.value)


def refreshed(state: WorkbookState, part: str) -> None:
    """Let a chart's part show what its cells hold in the file now; references that are no plain range keep theirs."""
    package = state.package
    if not package.has(part):
        return
    data = package.read(part)
    view = read_chart(data, part=part, path=state.path)
    series = [_refreshed(state, one) for one in view.series]
    if series and not view.extended:
        package.replace(part, with_series(data, series, part=part, path=state.path))


def _refreshed(state: WorkbookState, view: SeriesView) -> ChartSeries:
    cells = ChartCells(state)
    named = _place(state, view.name_formula)
    along = _place(state, None if view.categories is None else view.categories.formula)
    values = _place(state, view.values.formula)
    return ChartSeries(
        name=view.name if named is None else cells.name(named),
        name_formula=view.name_formula,
        categories=view.categories if along is None else cells.categories(along),
        values=view.values if values is None else cells.numbers(values),
    )


def _place(state: WorkbookState, formula: str | None) -> Place | None:
    """The cells of a reference; None when it is none to one row or column of this workbook."""
    if formula is None:
        return None
    try:
        place = state.place(formula)
        refuse_bad_range(place, "points")
    except (AnchorNotFoundError, UnsupportedEditError):
        return None
    return place


def with_fresh_charts(data: bytes, parts: Iterable[str], *, path: str | None = None) -> bytes:
    """A workbook whose charts among some parts show what their cells hold; charts that cannot be set stay so."""
    state = WorkbookState(Package.open(data, path=path))
    for part in parts:
        if state.package.has(part) and state.package.content_type(part) == CONTENT_TYPE:
            try:
                refreshed(state, part)
            except UnsupportedEditError:
                continue
    return state.save()
