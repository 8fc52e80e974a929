"""What a chart part says: kind, titles, series with their formulas and the points that were cached."""

from __future__ import annotations

from collections.abc import Iterator

from polydesk.office.drawing.chart_cells import points_of, text_of
from polydesk.office.drawing.chart_extended import read_extended
from polydesk.office.drawing.charts import ChartView, Grouping, Points, SeriesView
from polydesk.office.ooxml.names import C, R, local_name
from polydesk.office.ooxml.part import Element, XmlPart

TRACKED = (
    *("ser", "tx", "cat", "val", "xVal", "yVal", "bubbleSize", "title", "autoTitleDeleted", "chart", "plotArea"),
    *("barChart", "lineChart", "areaChart", "pieChart", "doughnutChart", "barDir", "grouping", "overlap"),
    *("valAx", "catAx", "dateAx", "axPos", "crossBetween", "externalData"),
)
"""Elements of a chart part that edits replace as they stand, so that all between them keeps its bytes."""

_KINDS = {"bubbleChart": "bubble", "ofPieChart": "of_pie", "radarChart": "radar", "stockChart": "stock"}
_GROUPINGS: dict[str, Grouping] = {"stacked": "stacked", "percentStacked": "percent"}


def read_chart(data: bytes, *, part: str = "the chart", path: str | None = None) -> ChartView:
    """What a reader sees of the chart part in `data`. Raises UnreadableDocumentError when it is no XML."""
    root = chart_part(data, part=part, path=path).root
    if root.tag != f"{C}chartSpace":
        return read_extended(root)
    plots = list(plots_of(root))
    series = tuple(series_view(ser, plot, root) for plot in plots for ser in plot.iterchildren(f"{C}ser"))
    kinds = list(dict.fromkeys(plot_kind(plot) for plot in plots))
    title = root.find(f"{C}chart/{C}title")
    data_link = root.find(f"{C}externalData")
    return ChartView(
        kind=kinds[0] if len(kinds) == 1 else "combo" if kinds else "empty",
        grouping=plot_grouping(plots[0]) if plots else "side_by_side",
        three_d=any("3D" in local_name(plot.tag) or "surface" in local_name(plot.tag) for plot in plots),
        title=title_text(title),
        title_formula=None if title is None else title.findtext(f"{C}tx/{C}strRef/{C}f"),
        category_title=title_text(axis_title(root, plots, 0)),
        value_title=title_text(axis_title(root, plots, 1)),
        series=series,
        workbook_id=None if data_link is None else data_link.get(f"{R}id"),
    )


def chart_part(data: bytes, *, part: str, path: str | None) -> XmlPart:
    """The chart part, ready to be edited in place."""
    return XmlPart(data, name=part, path=path, tracked=TRACKED)


def plots_of(root: Element) -> Iterator[Element]:
    """The plots (`c:barChart`, …) of a chart, in the order of the file."""
    area = root.find(f"{C}chart/{C}plotArea")
    return (child for child in (area if area is not None else ()) if local_name(child.tag).endswith("Chart"))


def series_of(root: Element) -> list[Element]:
    """Every `c:ser` of a chart, in the order in which the view has the series."""
    return [ser for plot in plots_of(root) for ser in plot.iterchildren(f"{C}ser")]


def plot_kind(plot: Element) -> str:
    """The kind of a plot in the words of `ChartView`."""
    name = local_name(plot.tag)
    if name in ("barChart", "bar3DChart"):
        direction = plot.find(f"{C}barDir")
        return "bar" if direction is not None and direction.get("val") == "bar" else "column"
    return _KINDS.get(name, name.removesuffix("Chart").removesuffix("3D"))


def plot_grouping(plot: Element) -> Grouping:
    """How the series of a plot stand to each other."""
    grouping = plot.find(f"{C}grouping")
    return _GROUPINGS.get("" if grouping is None else grouping.get("val", ""), "side_by_side")


def series_view(ser: Element, plot: Element, root: Element) -> SeriesView:
    """One series."""
    tx = ser.find(f"{C}tx")
    x, y = ser.find(f"{C}xVal"), ser.find(f"{C}yVal")
    values = ser.find(f"{C}val") if y is None else y
    sizes = ser.find(f"{C}bubbleSize")
    return SeriesView(
        name=None if tx is None else text_of(tx),
        name_formula=None if tx is None else tx.findtext(f"{C}strRef/{C}f"),
        kind=plot_kind(plot),
        categories=points_of(ser.find(f"{C}cat") if x is None else x),
        values=points_of(values) or Points(),
        sizes=None if sizes is None else points_of(sizes),
        secondary=_is_secondary(plot, root),
    )


def title_text(title: Element | None) -> str | None:
    """The words of a `c:title`; its paragraphs are lines. None where it has no words of its own."""
    tx = None if title is None else title.find(f"{C}tx")
    return None if tx is None else text_of(tx) or None


def axis_title(root: Element, plots: list[Element], which: int) -> Element | None:
    """The title of the first plot's category axis (0) or value axis (1)."""
    axis = axis_of(root, plots[0], which) if plots else None
    return None if axis is None else axis.find(f"{C}title")


def axis_of(root: Element, plot: Element, which: int) -> Element | None:
    """The category axis (0) or value axis (1) of a plot; None where it has none."""
    ids = [axis.get("val") for axis in plot.iterchildren(f"{C}axId")]
    area = root.find(f"{C}chart/{C}plotArea")
    if len(ids) <= which or area is None:
        return None
    axes = (child for child in area if local_name(child.tag).endswith("Ax"))
    return next((axis for axis in axes if _axis_id(axis) == ids[which]), None)


def _axis_id(axis: Element) -> str | None:
    found = axis.find(f"{C}axId")
    return None if found is None else found.get("val")


def _is_secondary(plot: Element, root: Element) -> bool:
    """Whether the plot's value axis crosses at the far end of its category axis."""
    axis = axis_of(root, plot, 1)
    crosses = None if axis is None else axis.find(f"{C}crosses")
    first = next(plots_of(root))
    return plot is not first and crosses is not None and crosses.get("val") == "max"
