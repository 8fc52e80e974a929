"""Other data and titles for a chart that is there: what is not named keeps its bytes, formatting first of all."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.drawing.chart_cells import points_of, text_of
from polydesk.office.drawing.chart_data import is_text, number_text, point_text
from polydesk.office.drawing.chart_read import chart_part, plot_kind, series_of
from polydesk.office.drawing.charts import ChartSeries, Point, Points
from polydesk.office.drawing.markup import xml_text
from polydesk.office.ooxml.names import C, R, local_name
from polydesk.office.ooxml.part import Element, XmlPart

_BEFORE_TX = ("idx", "order")
_BEFORE_CATEGORIES = (
    *("idx", "order", "tx", "spPr", "invertIfNegative", "pictureOptions", "marker", "explosion", "dPt", "dLbls"),
    *("trendline", "errBars"),
)
"""What precedes `c:cat` and `c:xVal` in any series (ISO/IEC 29500-1, 21.2.2: EG_SerShared and its users)."""
_BEFORE_WORKBOOK = ("chart", "spPr", "txPr")
_OF_ONE_SERIES = ("dPt", "dLbl", "trendline", "errBars", "extLst")
"""What a copied series must not take along: it is about points of the one copied, or has ids that occur once."""


def with_series(
    data: bytes, series: Sequence[ChartSeries], *, part: str = "the chart", path: str | None = None
) -> bytes:
    """The chart part with `series` in place of its own, by position, in the order of its view.

    A series that is there keeps its formatting, and one that gets what it has keeps its bytes. More series look like
    the last, in the theme's next colours; those too many go. `kind` and `secondary` are not looked at: kinds stay.
    Raises UnsupportedEditError for charts whose series cannot be set, with the reason.
    """
    chart = open_for_change(data, part=part, path=path)
    present = series_of(chart.root)
    _refuse(present, series, part, path)
    for ser, new in zip(present, series, strict=False):
        _set_series(chart, ser, new)
    for ser in present[len(series) :]:
        chart.remove(ser)
    last = present[-1]
    for index, new in enumerate(series[len(present) :], len(present)):
        last = _add_series(chart, last, new, index, present)
    return chart.data()


def with_workbook(data: bytes, relationship: str, *, part: str = "the chart", path: str | None = None) -> bytes:
    """The chart part with its data in another workbook, named by the part's relationship to it."""
    chart = open_for_change(data, part=part, path=path)
    link = chart.root.find(f"{C}externalData")
    if link is not None:
        chart.touch(link)
    else:
        link = etree.SubElement(chart.root, f"{C}externalData")
        etree.SubElement(link, f"{C}autoUpdate", val="0")
        chart.root.remove(link)
        behind = [child for child in chart.root if local_name(child.tag) in _BEFORE_WORKBOOK][-1]
        chart.insert_after(behind, link)
    link.set(f"{R}id", relationship)
    return chart.data()


def open_for_change(data: bytes, *, part: str, path: str | None) -> XmlPart:
    """The chart part. Raises UnsupportedEditError for the format of Office 2016, which is only read."""
    chart = chart_part(data, part=part, path=path)
    if chart.root.tag != f"{C}chartSpace":
        raise UnsupportedEditError(
            f"{part} is a chart of the format that Office 2016 added; such charts are read, not changed. "
            "Change it in Office.",
            path=path,
            part=part,
        )
    return chart


def _refuse(present: Sequence[Element], series: Sequence[ChartSeries], part: str, path: str | None) -> None:
    problem = None
    if not series:
        problem = "a chart keeps at least one series; delete the chart instead"
    elif not present:
        problem = "the chart has no series whose look others could take; add a new chart"
    elif any(ser.find(f"{C}bubbleSize") is not None for ser in present):
        problem = "a bubble chart's sizes cannot be told; change it in Office"
    elif len(series) > len(present) and _kind(present[-1]) in ("stock", "surface", "of_pie", "pie"):
        problem = f"a {_kind(present[-1])} chart takes no more than its {len(present)} series"
    elif len(series) < len(present) and _kind(present[0]) in ("stock", "surface"):
        problem = f"a {_kind(present[0])} chart needs its {len(present)} series"
    if problem is not None:
        raise UnsupportedEditError(f"{part}: {problem}.", path=path, part=part)


def _kind(ser: Element) -> str:
    plot = ser.getparent()
    assert plot is not None
    return plot_kind(plot)


def _set_series(chart: XmlPart, ser: Element, new: ChartSeries) -> None:
    _set_name(chart, ser, new)
    is_xy = ser.find(f"{C}xVal") is not None or ser.find(f"{C}yVal") is not None or _kind(ser) == "scatter"
    if new.categories is not None:
        _set_points(chart, ser, "xVal" if is_xy else "cat", new.categories, as_text=is_text(new.categories))
    _set_points(chart, ser, "yVal" if is_xy else "val", new.values, as_text=False)


def _set_name(chart: XmlPart, ser: Element, new: ChartSeries) -> None:
    tx = ser.find(f"{C}tx")
    if tx is None and new.name is None and new.name_formula is None:
        return
    if tx is not None:
        if (text_of(tx), tx.findtext(f"{C}strRef/{C}f")) == (new.name, new.name_formula):
            return
        if new.name is None and new.name_formula is None:
            chart.remove(tx)
            return
    if tx is None:
        tx = _new_child(chart, ser, "tx", _BEFORE_TX)
    else:
        chart.touch(tx)
    if new.name_formula is None:
        _only_child(tx, "v").text = xml_text(new.name or "")
    else:
        _fill(_only_child(tx, "strRef"), new.name_formula, (new.name,), as_text=True, number_format=None)


def _set_points(chart: XmlPart, ser: Element, name: str, points: Points, *, as_text: bool) -> None:
    element = ser.find(f"{C}{name}")
    if element is None:
        before = _BEFORE_CATEGORIES if name in ("cat", "xVal") else (*_BEFORE_CATEGORIES, "cat", "xVal")
        element = _new_child(chart, ser, name, before)
    elif _same(points_of(element), points):
        return
    else:
        chart.touch(element)
    kind = "str" if as_text else "num"
    source = _only_child(element, f"{kind}Lit" if points.formula is None else f"{kind}Ref")
    code = None if as_text else points.number_format
    _fill(source, points.formula, points.points, as_text=as_text, number_format=code)


def _same(present: Points | None, wanted: Points) -> bool:
    if present is None or present.formula != wanted.formula or len(present.points) != len(wanted.points):
        return False
    return present.number_format == wanted.number_format and present.points == wanted.points


def _fill(
    source: Element, formula: str | None, points: Sequence[Point], *, as_text: bool, number_format: str | None
) -> None:
    """Give a reference or literal its formula and points; what it holds besides (extensions) stays."""
    cache = source
    if formula is not None:
        _child(source, "f", at=0).text = xml_text(formula)
        cache = _child(source, "strCache" if as_text else "numCache", at=1)
    for old in list(cache.iterchildren(f"{C}ptCount", f"{C}pt")):
        cache.remove(old)
    at = 0
    if number_format is not None:
        _child(cache, "formatCode", at=0).text = xml_text(number_format)
        at = 1
    behind = list(cache)[at:]
    etree.SubElement(cache, f"{C}ptCount", val=str(len(points)))
    for index, point in enumerate(points):
        text = point_text(point) if as_text else number_text(point)
        if text is not None:
            etree.SubElement(etree.SubElement(cache, f"{C}pt", idx=str(index)), f"{C}v").text = xml_text(text)
    cache.extend(behind)


def _child(parent: Element, name: str, *, at: int) -> Element:
    """The child of that name; made at the given place where there is none."""
    found = parent.find(f"{C}{name}")
    if found is None:
        found = etree.SubElement(parent, f"{C}{name}")
        parent.insert(at, found)
    return found


def _only_child(parent: Element, name: str) -> Element:
    """The child of that name; what stood there instead goes."""
    for child in list(parent):
        if child.tag != f"{C}{name}":
            parent.remove(child)
    return _child(parent, name, at=0)


def _new_child(chart: XmlPart, ser: Element, name: str, before: Sequence[str]) -> Element:
    """A new child of a series, behind those that precede it in the schema."""
    chart.touch(ser)
    return _child(ser, name, at=sum(local_name(child.tag) in before for child in ser))


def _add_series(chart: XmlPart, last: Element, new: ChartSeries, index: int, present: Sequence[Element]) -> Element:
    added = copy.deepcopy(last)
    added.tail = None
    for child in list(added):
        if local_name(child.tag) in (*_OF_ONE_SERIES, "spPr"):
            added.remove(child)
    # Without a colour of its own a series takes the theme's next, and its marker likewise.
    for look in added.findall(f"{C}marker/{C}spPr"):
        look.getparent().remove(look)  # pyright: ignore[reportOptionalMemberAccess]  # it was found inside one
    for label in added.findall(f"{C}dLbls/{C}dLbl"):
        label.getparent().remove(label)  # pyright: ignore[reportOptionalMemberAccess]  # it was found inside one
    for name in _BEFORE_TX:
        free = max((_number(ser, name) for ser in present), default=-1) + 1
        _child(added, name, at=_BEFORE_TX.index(name)).set("val", str(free + index - len(present)))
    chart.insert_after(last, added)
    _set_series(chart, added, new)
    return added


def _number(ser: Element, name: str) -> int:
    found = ser.find(f"{C}{name}")
    text = "" if found is None else found.get("val", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
