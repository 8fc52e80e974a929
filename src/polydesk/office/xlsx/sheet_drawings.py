"""The drawing of a sheet: the part that says which charts lie on it, and where (ECMA-376-1 §20.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from polydesk.core.errors import AnchorNotFoundError, UnsupportedEditError
from polydesk.office.drawing.chart_xml import CONTENT_TYPE as CHART_TYPE
from polydesk.office.drawing.chart_xml import RELATIONSHIP_TYPE as CHART_RELATIONSHIP
from polydesk.office.ooxml.names import STRICT_TO_TRANSITIONAL, A, C, R, local_name
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.xlsx.addresses import Area, address, area_name
from polydesk.office.xlsx.guards import linked_parts
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.object_views import covered
from polydesk.office.xlsx.sheet_tabs import free_part, remove_parts
from polydesk.office.xlsx.state import Place, SheetState, WorkbookState

XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.drawing+xml"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_STRICT_RELATIONSHIPS = "http://purl.oclc.org/ooxml/officeDocument/relationships/"
_EMPTY = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    f'<xdr:wsDr xmlns:xdr="{XDR[1:-1]}" xmlns:a="{A[1:-1]}"></xdr:wsDr>'
).encode()
_ANCHORS = ("twoCellAnchor", "oneCellAnchor", "absoluteAnchor")


class FoundChart(NamedTuple):
    """A chart that lies on a sheet."""

    drawing: XmlPart
    frame: Element
    link: str
    """Id of the drawing's relationship to it."""
    part: str
    area: Area | None
    """The cells that it covers; None when it is tied to none."""


def in_dialect(data: bytes, *, strict: bool) -> bytes:
    """A part of our own making in the namespaces of the workbook."""
    if strict:
        for name, transitional in STRICT_TO_TRANSITIONAL.items():
            data = data.replace(f'"{transitional}"'.encode(), f'"{name}"'.encode())
    return data


def relationship_type(state: WorkbookState, transitional: str) -> str:
    """The type of a relationship in the words of the workbook."""
    return transitional.replace(_RELATIONSHIPS, _STRICT_RELATIONSHIPS) if state.workbook.is_strict else transitional


def charts_of(state: WorkbookState, sheet: SheetState) -> Iterator[FoundChart]:
    """The charts of a sheet, in the order of its drawings."""
    for name in linked_parts(state, sheet, "drawing"):
        part = _opened(state, name)
        links = {link.id: link for link in state.package.relationships(name)}
        for frame in part.root.iterfind(".//{*}graphicFrame"):
            shown = next(iter(frame.iterfind(".//{*}graphicData/{*}chart")), None)
            id = "" if shown is None else shown.get(f"{R}id", "")
            target = None if id not in links else state.package.resolve(name, links[id])
            if target is not None:
                yield FoundChart(part, frame, id, target, covered(frame))


def _opened(state: WorkbookState, name: str) -> XmlPart:
    return XmlPart(state.package.read(name), name=name, path=state.path, tracked=_ANCHORS)


def chart_at(state: WorkbookState, place: Place) -> FoundChart:
    """The one chart that a place means. Raises AnchorNotFoundError for none, and for several."""
    found = list(charts_of(state, place.sheet))
    if place.sheet.kind == "chartsheet":
        fitting = found
    else:
        fitting = [chart for chart in found if chart.area == place.area]
        fitting = fitting or [chart for chart in found if chart.area is not None and chart.area.meets(place.area)]
    if len(fitting) != 1:
        there = ", ".join(area_name(chart.area) for chart in found if chart.area is not None) or "nowhere"
        many = "several charts lie" if fitting else "no chart lies"
        raise AnchorNotFoundError(
            f"{many} at {address(place.sheet.name, place.area)}; the charts of the sheet cover: {there}",
            path=state.path,
        )
    return fitting[0]


def put_chart(state: WorkbookState, place: Place, chart: bytes, *, alt_text: str) -> str:
    """Put a finished chart on a sheet, over the cells of an area, and return its part's name."""
    drawing = _drawing(state, place.sheet)
    part = free_part(state, "/xl/charts/chart{}.xml")
    state.package.add(part, in_dialect(chart, strict=state.workbook.is_strict), CHART_TYPE)
    link = state.package.add_relationship(drawing.name, relationship_type(state, CHART_RELATIONSHIP), part)
    drawing.append(drawing.root, _anchor(drawing.root, place.area, link, alt_text))
    state.package.replace(drawing.name, drawing.data())
    return part


def _drawing(state: WorkbookState, sheet: SheetState) -> XmlPart:
    """The sheet's drawing, made where there is none."""
    found = linked_parts(state, sheet, "drawing")
    if found:
        return _opened(state, found[0])
    assert sheet.part is not None
    name = free_part(state, "/xl/drawings/drawing{}.xml")
    state.package.add(name, in_dialect(_EMPTY, strict=state.workbook.is_strict), _DRAWING_TYPE)
    kind = relationship_type(state, f"{_RELATIONSHIPS}drawing")
    element = sheet.frame.new("drawing")
    element.set(f"{R}id", state.package.add_relationship(sheet.part, kind, name))
    sheet.frame.put(element)
    return _opened(state, name)


def _anchor(root: Element, area: Area, link: str, alt_text: str) -> Element:
    """From the first cell's upper left corner to the last one's lower right (§20.5.2.33)."""
    used = [whole(item.get("id"), 0) for item in root.iter("{*}cNvPr")]
    number = sum(1 for _ in root.iter("{*}graphicFrame")) + 1
    anchor = etree.Element(f"{XDR}twoCellAnchor", nsmap={"xdr": XDR[1:-1], "a": A[1:-1]})
    for name, row, column in (("from", area.top - 1, area.left - 1), ("to", area.bottom, area.right)):
        corner = etree.SubElement(anchor, XDR + name)
        for child, value in (("col", column), ("colOff", 0), ("row", row), ("rowOff", 0)):
            etree.SubElement(corner, XDR + child).text = str(value)
    frame = etree.SubElement(anchor, f"{XDR}graphicFrame", macro="")
    about = etree.SubElement(frame, f"{XDR}nvGraphicFramePr")
    own = {"id": str(max([1, *used]) + 1), "name": f"Chart {number}", "descr": alt_text}
    etree.SubElement(about, f"{XDR}cNvPr", own)
    etree.SubElement(about, f"{XDR}cNvGraphicFramePr")
    place = etree.SubElement(frame, f"{XDR}xfrm")
    etree.SubElement(place, f"{A}off", x="0", y="0")
    etree.SubElement(place, f"{A}ext", cx="0", cy="0")
    graphic = etree.SubElement(etree.SubElement(frame, f"{A}graphic"), f"{A}graphicData", uri=C[1:-1])
    etree.SubElement(graphic, f"{C}chart", {f"{R}id": link}, nsmap={"c": C[1:-1], "r": R[1:-1]})
    etree.SubElement(anchor, f"{XDR}clientData")
    return anchor


def refuse_group(chart: FoundChart) -> None:
    """Raises UnsupportedEditError for a chart that is grouped with other things."""
    if any(local_name(item.tag) == "grpSp" for item in chart.frame.iterancestors()):
        raise UnsupportedEditError("the chart is grouped with other objects; ungroup it in Excel first")


def remove_chart(state: WorkbookState, chart: FoundChart) -> None:
    """Take a chart off its sheet, with the parts that only it uses."""
    anchor = next((item for item in chart.frame.iterancestors() if local_name(item.tag) in _ANCHORS), chart.frame)
    chart.drawing.remove(anchor)
    state.package.replace(chart.drawing.name, chart.drawing.data())
    state.package.remove_relationship(chart.drawing.name, chart.link)
    remove_parts(state, chart.part)
