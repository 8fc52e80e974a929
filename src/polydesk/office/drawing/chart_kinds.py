"""Another kind for a chart that is there, where the kinds say the same with the same data."""

from __future__ import annotations

import copy

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.drawing.chart_change import open_for_change
from polydesk.office.drawing.chart_read import axis_of, plot_kind, plots_of
from polydesk.office.drawing.charts import ChartKind, Grouping
from polydesk.office.ooxml.names import A, C, local_name
from polydesk.office.ooxml.part import Element, XmlPart

_ALONG_AXES = ("column", "bar", "line", "area")
_ROUND = ("pie", "doughnut")
_TURNED = {"l": "b", "b": "l", "r": "t", "t": "r"}
_KEPT = ("idx", "order", "tx", "spPr", "dLbls", "trendline", "errBars", "cat", "val")
"""What series of all these kinds have, in their order; markers, gaps and single points' looks belong to one kind."""
_PLAIN = {"side_by_side": "standard", "stacked": "stacked", "percent": "percentStacked"}
_LINE_EMU = "28575"


def with_kind(
    data: bytes, kind: ChartKind, grouping: Grouping | None = None, *, part: str = "the chart", path: str | None = None
) -> bytes:
    """The chart part as a chart of another kind; `grouping` None keeps what it has.

    Columns, bars, lines and areas become each other, a doughnut of one series a pie, a pie a doughnut. Series keep
    their data, names, colours and labels. Raises UnsupportedEditError, with the reason, for all other changes.
    """
    chart = open_for_change(data, part=part, path=path)
    plots = list(plots_of(chart.root))
    problem = _problem(plots, kind)
    if problem is not None:
        raise UnsupportedEditError(f"{part}: {problem}. Make a new chart of that kind.", path=path, part=part)
    plot = plots[0]
    now = plot_kind(plot)
    if {now, kind} <= {"column", "bar"} or now == kind:
        if now != kind:
            _turn(chart, plot, kind)
        if grouping is not None and kind in _ALONG_AXES:
            _regroup(chart, plot, grouping)
    else:
        if "bar" in (now, kind):
            _turn_axes(chart, plot)
        _rebuild(chart, plot, kind, grouping or _grouping(plot))
    return chart.data()


def _problem(plots: list[Element], kind: ChartKind) -> str | None:
    if len(plots) != 1:
        return f"it combines {len(plots)} kinds, and one of them cannot be changed alone"
    now = plot_kind(plots[0])
    if "3D" in local_name(plots[0].tag):
        return "a chart in three dimensions does not become another kind faithfully"
    if now == kind or {now, kind} <= set(_ALONG_AXES):
        return None
    if not {now, kind} <= set(_ROUND):
        return f"a {now} chart does not become a {kind} chart with the same data"
    if kind == "pie" and len(plots[0].findall(f"{C}ser")) > 1:
        return "a pie shows one series, and it has more"
    return None


def _grouping(plot: Element) -> Grouping:
    found = plot.find(f"{C}grouping")
    value = "" if found is None else found.get("val", "")
    return "stacked" if value == "stacked" else "percent" if value == "percentStacked" else "side_by_side"


def _turn(chart: XmlPart, plot: Element, kind: ChartKind) -> None:
    """Make bars of columns or the reverse: the direction, and where the axes stand."""
    direction = plot.find(f"{C}barDir")
    if direction is None:
        chart.touch(plot)
        direction = etree.SubElement(plot, f"{C}barDir")
        plot.insert(0, direction)
    chart.touch(direction)
    direction.set("val", "col" if kind == "column" else "bar")
    _turn_axes(chart, plot)


def _turn_axes(chart: XmlPart, plot: Element) -> None:
    for which in (0, 1):
        axis = axis_of(chart.root, plot, which)
        place = None if axis is None else axis.find(f"{C}axPos")
        if place is not None:
            chart.touch(place)
            place.set("val", _TURNED.get(place.get("val", ""), "b"))


def _regroup(chart: XmlPart, plot: Element, grouping: Grouping) -> None:
    chart.touch(plot)
    is_bar = plot.find(f"{C}barDir") is not None
    found = plot.find(f"{C}grouping")
    if found is None:
        found = etree.SubElement(plot, f"{C}grouping")
        plot.insert(int(is_bar), found)
    found.set("val", "clustered" if is_bar and grouping == "side_by_side" else _PLAIN[grouping])
    if is_bar:
        _overlap(plot, grouping)
        _drop_label_places(plot)


def _overlap(plot: Element, grouping: Grouping) -> None:
    """Stacked columns stand upon each other only when they overlap wholly."""
    overlap = plot.find(f"{C}overlap")
    if grouping == "side_by_side":
        if overlap is not None:
            plot.remove(overlap)
        return
    if overlap is None:
        overlap = etree.SubElement(plot, f"{C}overlap")
        plot.insert(next(index for index, child in enumerate(plot) if _follows_overlap(child)), overlap)
    overlap.set("val", "100")


def _follows_overlap(child: Element) -> bool:
    return local_name(child.tag) in ("overlap", "serLines", "axId")


def _rebuild(chart: XmlPart, plot: Element, kind: ChartKind, grouping: Grouping) -> None:
    """Put a plot of the other kind in the place of `plot`, with its series."""
    is_bar = kind in ("column", "bar")
    name = "bar" if is_bar else kind
    new = plot.makeelement(f"{C}{name}Chart")
    if is_bar:
        etree.SubElement(new, f"{C}barDir", val="col" if kind == "column" else "bar")
    if kind in _ALONG_AXES:
        clustered = is_bar and grouping == "side_by_side"
        etree.SubElement(new, f"{C}grouping", val="clustered" if clustered else _PLAIN[grouping])
    etree.SubElement(new, f"{C}varyColors", val="1" if kind in _ROUND else "0")
    for ser in plot.iterchildren(f"{C}ser"):
        new.append(_converted(ser, kind, plot_kind(plot)))
    new.extend(copy.deepcopy(labels) for labels in plot.findall(f"{C}dLbls"))
    _drop_label_places(new)
    _close(new, kind, grouping, plot)
    chart.insert_before(plot, new)
    _cross(chart, plot, kind)
    chart.remove(plot)


def _close(new: Element, kind: ChartKind, grouping: Grouping, plot: Element) -> None:
    """What follows the series of a plot."""
    if kind in ("column", "bar"):
        etree.SubElement(new, f"{C}gapWidth", val="80")
        if grouping != "side_by_side":
            etree.SubElement(new, f"{C}overlap", val="100")
    if kind in _ROUND:
        etree.SubElement(new, f"{C}firstSliceAng", val="0")
    if kind == "doughnut":
        etree.SubElement(new, f"{C}holeSize", val="60")
    new.extend(copy.deepcopy(axis) for axis in plot.findall(f"{C}axId"))


def _converted(ser: Element, kind: ChartKind, now: str) -> Element:
    kept = (*_KEPT, "dPt", "explosion") if kind in _ROUND else _KEPT
    new = copy.deepcopy(ser)
    for child in list(new):
        if local_name(child.tag) not in kept:
            new.remove(child)
    for bars in new.findall(f"{C}errBars")[1 if kind != "area" else 0 :]:
        new.remove(bars)
    if "line" in (kind, now):
        _swap_line_and_fill(new, to_line=kind == "line")
    new.tail = None
    return new


def _swap_line_and_fill(ser: Element, *, to_line: bool) -> None:
    """Keep a series' colour: what fills a column draws a line."""
    look = ser.find(f"{C}spPr")
    if look is None:
        return
    colour = look.find(f"{A}solidFill" if to_line else f"{A}ln/{A}solidFill")
    if colour is None:
        ser.remove(look)
        return
    colour = copy.deepcopy(colour)
    for child in list(look):
        look.remove(child)
    holder = etree.SubElement(look, f"{A}ln", w=_LINE_EMU) if to_line else look
    holder.append(colour)


def _drop_label_places(plot: Element) -> None:
    """Places of labels such as `outside end` are allowed for some kinds alone; without one a kind has its own."""
    for labels in plot.iter(f"{C}dLbls", f"{C}dLbl"):
        for place in labels.findall(f"{C}dLblPos"):
            labels.remove(place)


def _cross(chart: XmlPart, plot: Element, kind: ChartKind) -> None:
    """Areas reach from edge to edge; columns and points stand between the marks of the axis."""
    axis = axis_of(chart.root, plot, 1)
    crossing = None if axis is None else axis.find(f"{C}crossBetween")
    if crossing is not None:
        chart.touch(crossing)
        crossing.set("val", "midCat" if kind == "area" else "between")
