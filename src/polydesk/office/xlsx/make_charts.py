"""How charts are put on sheets, given other titles and cells, and deleted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.drawing.chart_change import with_series
from polydesk.office.drawing.chart_read import read_chart
from polydesk.office.drawing.chart_titles import with_axis_title, with_title
from polydesk.office.drawing.chart_xml import chart_xml, refuse_impossible
from polydesk.office.drawing.charts import ChartSeries, ChartSpec, ChartView, description
from polydesk.office.xlsx.addresses import MAX_COLUMN, MAX_ROW, Area, is_anchor
from polydesk.office.xlsx.chart_ranges import ChartCells, reference, refreshed, refuse_bad_range
from polydesk.office.xlsx.making import LOOKS, OBJECTS, Maker, Makers, Making
from polydesk.office.xlsx.object_edits import AddChart, DeleteChart, SeriesRange, SetChartData, SetChartTitle
from polydesk.office.xlsx.sheet_drawings import FoundChart, chart_at, put_chart, refuse_group, remove_chart
from polydesk.office.xlsx.state import Place

_ROWS, _COLUMNS = 15, 8
"""What a chart covers of which only the corner is told."""
_FACETS = ("data", "chart title", "category_axis title", "value_axis title")
_MAX_TEXT = 255


def _prepare_add(making: Making, edit: AddChart) -> None:
    place = making.place(edit.at)
    place.sheet.stream  # noqa: B018  # refuses a sheet without cells
    spec = _spec(making, edit)
    refuse_impossible(spec)
    making.outcome.after = description(spec)


def _spec(making: Making, edit: AddChart) -> ChartSpec:
    return ChartSpec(
        kind=edit.kind,
        grouping=edit.grouping,
        series=tuple(_series(making, one, edit.categories) for one in edit.series),
        title=edit.title,
        category_title=edit.category_title,
        value_title=edit.value_title,
        secondary_title=edit.secondary_title,
        number_format=edit.number_format,
        legend=edit.legend,
        labels=edit.labels,
    )


def _series(making: Making, series: SeriesRange, categories: str | None) -> ChartSeries:
    """A series with what its cells hold in the file."""
    cells = ChartCells(making.state)
    named = series.name is not None and is_anchor(series.name)
    name = making.state.place(series.name or "") if named else None
    if not named and len(series.name or "") > _MAX_TEXT:
        raise UnsupportedEditError(f"a series' name has up to {_MAX_TEXT} characters, or is a cell's address")
    values = _range(making, series.values, "values")
    along = series.categories or categories
    return ChartSeries(
        name=series.name if name is None else cells.name(name),
        name_formula=None if name is None else reference(name),
        categories=None if along is None else cells.categories(_range(making, along, "categories")),
        values=cells.numbers(values),
        kind=series.kind,
        secondary=series.secondary,
    )


def _range(making: Making, text: str, what: str) -> Place:
    place = making.place(text)
    refuse_bad_range(place, what)
    return place


def _make_add(making: Making, edit: AddChart) -> None:
    sheet, area = making.state.place(edit.at)
    if (area.height, area.width) == (1, 1):
        bottom, right = min(area.top + _ROWS - 1, MAX_ROW), min(area.left + _COLUMNS - 1, MAX_COLUMN)
        area = Area(area.top, area.left, bottom, right)
    spec = _spec(making, edit)
    data = chart_xml(spec, framed=True)
    part = put_chart(making.state, Place(sheet, area), data, alt_text=edit.alt_text or description(spec))
    making.claims.afterwards.append(partial(refreshed, part=part))


def _found(making: Making, at: str) -> tuple[FoundChart, ChartView]:
    chart = chart_at(making.state, making.place(at))
    package = making.state.package
    return chart, read_chart(package.read(chart.part), part=chart.part, path=package.path)


def _claim(making: Making, chart: FoundChart, facet: str) -> None:
    making.claim_thing(f"the {facet} of the chart {chart.part}")


def _change(making: Making, at: str, change: Callable[[bytes, str], bytes]) -> FoundChart:
    chart, _ = _found(making, at)
    package = making.state.package
    package.replace(chart.part, change(package.read(chart.part), chart.part))
    return chart


def _prepare_title(making: Making, edit: SetChartTitle) -> None:
    chart, view = _found(making, edit.at)
    _claim(making, chart, f"{edit.of} title")
    before = {"chart": view.title, "category_axis": view.category_title, "value_axis": view.value_title}
    making.outcome.before, making.outcome.after = before[edit.of], edit.title or None
    if edit.of != "chart" and view.kind in ("pie", "doughnut", "of_pie"):
        raise UnsupportedEditError(f"a {view.kind} chart has no axes that a title could name")
    _titled(edit)(making.state.package.read(chart.part), chart.part)  # refuses now what it cannot change later


def _titled(edit: SetChartTitle) -> Callable[[bytes, str], bytes]:
    def change(data: bytes, part: str) -> bytes:
        if edit.of == "chart":
            return with_title(data, edit.title or None, part=part)
        return with_axis_title(data, edit.title or None, value=edit.of == "value_axis", part=part)

    return change


def _make_title(making: Making, edit: SetChartTitle) -> None:
    _change(making, edit.at, _titled(edit))


def _prepare_data(making: Making, edit: SetChartData) -> None:
    chart, view = _found(making, edit.at)
    _claim(making, chart, "data")
    making.outcome.before = ", ".join(one.values.formula or "" for one in view.series)
    series = _data(making, edit)
    making.outcome.after = ", ".join(one.values.formula or "" for one in series)
    with_series(making.state.package.read(chart.part), series, part=chart.part)  # refuses now


def _data(making: Making, edit: SetChartData) -> list[ChartSeries]:
    return [_series(making, one, edit.categories) for one in edit.series]


def _make_data(making: Making, edit: SetChartData) -> None:
    chart = _change(making, edit.at, lambda data, part: with_series(data, _data(making, edit), part=part))
    making.claims.afterwards.append(partial(refreshed, part=chart.part))


def _prepare_delete(making: Making, edit: DeleteChart) -> None:
    place = making.place(edit.at)
    if place.sheet.kind == "chartsheet":
        raise UnsupportedEditError("the chart is a sheet of its own; delete the sheet instead")
    chart, view = _found(making, edit.at)
    refuse_group(chart)
    for facet in _FACETS:
        _claim(making, chart, facet)
    making.outcome.before = f"{view.kind} chart: {view.title}" if view.title else f"{view.kind} chart"


def _make_delete(making: Making, edit: DeleteChart) -> None:
    remove_chart(making.state, _found(making, edit.at)[0])


CHART_MAKERS: Makers = {
    AddChart: Maker(OBJECTS, _prepare_add, _make_add),
    SetChartTitle: Maker(LOOKS, _prepare_title, _make_title),
    SetChartData: Maker(LOOKS, _prepare_data, _make_data),
    DeleteChart: Maker(LOOKS, _prepare_delete, _make_delete),
}
"""Charts that are there are changed before the list adds others, which might lie at the same place."""
