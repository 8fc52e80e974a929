"""A chart part for a chart that is asked for (DrawingML charts, ISO/IEC 29500-1, 21.2).

Colours are those of the theme, so that a chart looks like its deck or workbook. Text has a contrast of 7:1 on a light
background; series differ by more than colour where the kind allows it (markers, dashes).
"""

from __future__ import annotations

from collections.abc import Sequence

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.drawing.chart_data import category_xml, name_xml, numbers_xml
from polydesk.office.drawing.chart_looks import area_look, bar_look, labels_xml, line_look, marker_look, slice_looks
from polydesk.office.drawing.chart_text import axis_line, gridlines, text_look, title_xml
from polydesk.office.drawing.charts import ChartKind, ChartSeries, ChartSpec
from polydesk.office.drawing.markup import element, val
from polydesk.office.ooxml.names import A, C, R

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
RELATIONSHIP_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/chart"
MAX_SERIES = 255
"""As many as Excel draws (Excel specifications and limits, support.microsoft.com, checked 2026-11-24)."""

_ROUND = ("pie", "doughnut")
_GROUPING: dict[str, str] = {"side_by_side": "standard", "stacked": "stacked", "percent": "percentStacked"}
_FIRST_AXES, _SECOND_AXES = (500000001, 500000002), (500000003, 500000004)


def chart_xml(spec: ChartSpec, *, workbook_id: str | None = None, framed: bool = False) -> bytes:
    """The part of a chart. `workbook_id` is the relationship to the workbook with its data, where that is embedded.

    `framed` gives it a background and a thin border, as charts have that lie on cells; a slide's chart is see-through.
    Raises UnsupportedEditError for a chart that cannot be drawn: no series, too many, or kinds that do not combine.
    """
    refuse_impossible(spec)
    chart = element("c:chart", *_chart(spec))
    data = element("c:externalData", val("autoUpdate", False), **{"r:id": workbook_id}) if workbook_id else ""
    body = "".join(
        (
            val("date1904", False),
            val("roundedCorners", False),
            chart,
            _ground(framed),
            element("c:txPr", element("a:bodyPr"), element("a:lstStyle"), text_look(spec.font_size_pt)),
            data,
        )
    )
    root = f'<c:chartSpace xmlns:c="{C[1:-1]}" xmlns:a="{A[1:-1]}" xmlns:r="{R[1:-1]}">{body}</c:chartSpace>'
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{root}'.encode()


def _ground(framed: bool) -> str:
    if not framed:
        return element("c:spPr", element("a:noFill"), element("a:ln", element("a:noFill")))
    grey = element("a:schemeClr", element("a:lumMod", val=15000), element("a:lumOff", val=85000), val="tx1")
    line = element("a:ln", element("a:solidFill", grey), w=9525)
    return element("c:spPr", element("a:solidFill", element("a:schemeClr", val="bg1")), line)


def refuse_impossible(spec: ChartSpec) -> None:
    """Raises UnsupportedEditError, saying what to change, for a chart that cannot be drawn as asked."""
    kinds = {series.kind or spec.kind for series in spec.series}
    if not spec.series:
        _refuse("a chart needs at least one series; name its values")
    if len(spec.series) > MAX_SERIES:
        _refuse(f"{len(spec.series)} series; a chart holds at most {MAX_SERIES}")
    if len(kinds) > 1 and not kinds <= {"column", "line", "area"}:
        _refuse(f"{', '.join(sorted(kinds))} do not combine in one chart; columns, lines and areas do")
    if kinds & set(_ROUND) and any(series.secondary for series in spec.series):
        _refuse("a pie has no axes, so none of its series can be on a second one")
    if kinds == {"pie"} and len(spec.series) > 1:
        _refuse(f"a pie shows one series, not {len(spec.series)}; make a doughnut, or one pie for each")
    if all(series.secondary for series in spec.series):
        _refuse("every series is on the second axis; leave at least one on the first")


def _refuse(why: str) -> None:
    raise UnsupportedEditError(f"The chart cannot be drawn: {why}.")


def _chart(spec: ChartSpec) -> list[str]:
    title = title_xml(spec.title, size_pt=None if spec.font_size_pt is None else spec.font_size_pt * 1.2)
    return [
        title if spec.title else "",
        val("autoTitleDeleted", not spec.title),
        element("c:plotArea", element("c:layout"), *_plots(spec), *_axes(spec)),
        _legend(spec),
        val("plotVisOnly", True),
        val("dispBlanksAs", "gap"),
    ]


def _legend(spec: ChartSpec) -> str:
    labelled = spec.labels is not None and "category" in spec.labels
    names = len(spec.series) > 1 or (spec.kind in _ROUND and not labelled)
    place = spec.legend or ("bottom" if names else "none")
    if place == "none":
        return ""
    return element("c:legend", val("legendPos", place[0]), val("overlay", False))


def _plots(spec: ChartSpec) -> list[str]:
    """One plot for each kind on each axis; areas lie behind columns, lines in front."""
    order: dict[tuple[bool, ChartKind], list[tuple[int, ChartSeries]]] = {}
    for index, series in enumerate(spec.series):
        order.setdefault((series.secondary, series.kind or spec.kind), []).append((index, series))
    depth = {"area": 0, "line": 2}
    keys = sorted(order, key=lambda key: (key[0], depth.get(key[1], 1)))
    return [_plot(spec, kind, secondary, order[secondary, kind]) for secondary, kind in keys]


def _plot(spec: ChartSpec, kind: ChartKind, secondary: bool, series: Sequence[tuple[int, ChartSeries]]) -> str:
    labels = labels_xml(spec, kind)
    axes = "".join(val("axId", axis) for axis in (_SECOND_AXES if secondary else _FIRST_AXES))
    inner = [_series_xml(spec, kind, index, one) for index, one in series]
    grouping = _GROUPING[spec.grouping]
    match kind:
        case "column" | "bar":
            overlap = "" if spec.grouping == "side_by_side" else val("overlap", 100)
            gap = val("gapWidth", 60 if spec.grouping != "side_by_side" or len(series) == 1 else 80)
            clustered = "clustered" if spec.grouping == "side_by_side" else grouping
            head = [val("barDir", "col" if kind == "column" else "bar"), val("grouping", clustered)]
            return element("c:barChart", *head, val("varyColors", False), *inner, labels, gap, overlap, axes)
        case "line":
            head = [val("grouping", grouping), val("varyColors", False)]
            return element("c:lineChart", *head, *inner, labels, val("marker", True), axes)
        case "area":
            return element("c:areaChart", val("grouping", grouping), val("varyColors", False), *inner, labels, axes)
        case "pie":
            return element("c:pieChart", val("varyColors", True), *inner, labels, val("firstSliceAng", 0))
        case "doughnut":
            end = [val("firstSliceAng", 0), val("holeSize", 60)]
            return element("c:doughnutChart", val("varyColors", True), *inner, labels, *end)
        case "scatter":
            style = val("scatterStyle", "smoothMarker" if spec.smooth and spec.lines else "lineMarker")
            return element("c:scatterChart", style, val("varyColors", False), *inner, labels, axes)


def _series_xml(spec: ChartSpec, kind: ChartKind, index: int, series: ChartSeries) -> str:
    head = [val("idx", index), val("order", index), name_xml(series.name, series.name_formula)]
    values = numbers_xml("c:yVal" if kind == "scatter" else "c:val", series.values)
    categories = category_xml("c:xVal" if kind == "scatter" else "c:cat", series.categories)
    match kind:
        case "column" | "bar":
            inner = [bar_look(index), val("invertIfNegative", False), categories, values]
        case "line":
            inner = [line_look(index), marker_look(index), categories, values, val("smooth", spec.smooth)]
        case "area":
            inner = [area_look(index), categories, values]
        case "pie" | "doughnut":
            inner = [*slice_looks(len(series.values.points)), categories, values]
        case "scatter":
            look = [line_look(index, drawn=spec.lines), marker_look(index, size=7)]
            inner = [*look, categories, values, val("smooth", spec.smooth and spec.lines)]
    return element("c:ser", *head, *inner)


def _axes(spec: ChartSpec) -> list[str]:
    if spec.kind in _ROUND:
        return []
    first = [_category_axis(spec, _FIRST_AXES, shown=True), _value_axis(spec, _FIRST_AXES, secondary=False)]
    if any(series.secondary for series in spec.series):
        first += [_value_axis(spec, _SECOND_AXES, secondary=True), _category_axis(spec, _SECOND_AXES, shown=False)]
    return first


def _category_axis(spec: ChartSpec, ids: tuple[int, int], *, shown: bool) -> str:
    place = "l" if spec.kind == "bar" else "b"
    head = [
        val("axId", ids[0]),
        # A bar chart draws its first category at the foot; turned round, it reads from the top as its table does.
        element("c:scaling", val("orientation", "maxMin" if spec.kind == "bar" else "minMax")),
        val("delete", not shown),
        val("axPos", place),
        title_xml(spec.category_title, turned=place == "l") if shown and spec.category_title else "",
    ]
    code = _category_format(spec)
    tail = [
        element("c:numFmt", formatCode=code, sourceLinked=True),
        val("majorTickMark", "none"),
        val("minorTickMark", "none"),
        val("tickLblPos", "low"),
        axis_line(),
        val("crossAx", ids[1]),
        val("crosses", "autoZero"),
    ]
    if spec.kind == "scatter":
        return element("c:valAx", *head, *tail, val("crossBetween", "midCat"))
    end = [val("auto", True), val("lblAlgn", "ctr"), val("lblOffset", 100), val("noMultiLvlLbl", False)]
    return element("c:catAx", *head, *tail, *end)


def _category_format(spec: ChartSpec) -> str:
    categories = spec.series[0].categories
    return "General" if categories is None else categories.number_format


def _value_axis(spec: ChartSpec, ids: tuple[int, int], *, secondary: bool) -> str:
    title = spec.secondary_title if secondary else spec.value_title
    flat = spec.kind == "bar"
    ends = {"area": "midCat", "scatter": "midCat"}
    return element(
        "c:valAx",
        val("axId", ids[1]),
        element("c:scaling", val("orientation", "minMax")),
        val("delete", False),
        val("axPos", ("t" if secondary else "b") if flat else ("r" if secondary else "l")),
        "" if secondary else gridlines(),
        title_xml(title, turned=not flat) if title else "",
        element("c:numFmt", formatCode=_value_format(spec, secondary), sourceLinked=False),
        val("majorTickMark", "none"),
        val("minorTickMark", "none"),
        val("tickLblPos", "nextTo"),
        element("c:spPr", element("a:ln", element("a:noFill"))),
        val("crossAx", ids[0]),
        # Turned categories begin at the top; the values' axis stands at their foot when it crosses at their end.
        val("crosses", "max" if secondary or flat else "autoZero"),
        val("crossBetween", ends.get(spec.kind, "between")),
    )


def _value_format(spec: ChartSpec, secondary: bool) -> str:
    if spec.grouping == "percent":
        return "0%"
    if spec.number_format is not None and not secondary:
        return spec.number_format
    of_axis = (series for series in spec.series if series.secondary == secondary)
    return next(of_axis, spec.series[0]).values.number_format
