"""Chart parts in a presentation: the frame on the slide, the part, its workbook, and the way between them."""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.drawing.chart_xml import CONTENT_TYPE, chart_xml
from polydesk.office.drawing.charts import ChartSpec, description
from polydesk.office.drawing.markup import element
from polydesk.office.ooxml.names import STRICT_TO_TRANSITIONAL, A, P, R
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.chart_books import BOOK_TYPE, chart_book
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.inheritance import Box
from polydesk.office.pptx.names import CHART_URI, CHARTEX_URI, R_ID
from polydesk.office.pptx.shapes import Shape, shape_id

_TO_STRICT = {transitional: strict for strict, transitional in STRICT_TO_TRANSITIONAL.items()}


def chart_part_of(deck: Deck, slide_part: str, shape: Shape) -> str:
    """The part of the chart in a shape. Raises UnsupportedEditError when the shape is no chart that can be changed."""
    data = shape.element.find(f"{A}graphic/{A}graphicData")
    uri = "" if data is None else data.get("uri", "")
    reference = None if data is None else next(data.iterchildren("*"), None)
    part = None if reference is None else deck.target(slide_part, reference.get(R_ID))
    if uri == CHARTEX_URI:
        raise UnsupportedEditError(
            "it is a chart of the format that Office 2016 added; such charts are read, not changed. Change it in Office"
        )
    if uri != CHART_URI or part is None:
        raise UnsupportedEditError("the shape is no chart; take the anchor of one from `polydesk show`")
    return part


def put_chart(deck: Deck, slide_part: str, spec: ChartSpec, *, sheet: str, at: datetime) -> str:
    """Add a chart part with its workbook, for `slide_part`; the id of the relationship to it."""
    package = deck.package
    part = deck.free_part_name("/ppt/charts/chart{}.xml")
    package.add(part, _as_in(deck, chart_xml(spec, workbook_id="rId1")), CONTENT_TYPE)
    link = put_book(deck, part, chart_book(spec.series, sheet=sheet, at=at))
    assert link == "rId1", "the first relationship of a part has the first id"
    target = package.add_relationship(slide_part, deck.relationship_type("chart"), part)
    deck.related_again(slide_part)
    return target


def put_book(deck: Deck, chart_part: str, book: bytes) -> str:
    """Add the workbook of a chart; the id of the relationship to it."""
    name = deck.free_part_name("/ppt/embeddings/Microsoft_Excel_Worksheet{}.xlsx")
    deck.package.add(name, book, BOOK_TYPE)
    return deck.package.add_relationship(chart_part, deck.relationship_type("package"), name)


def chart_frame(
    deck: Deck,
    spec: ChartSpec,
    relationship: str,
    *,
    id: int,
    box: Box,
    alt_text: str | None,
    placeholder: Element | None,
) -> Element:
    """The `p:graphicFrame` that shows a chart; `placeholder` is the `p:ph` that it fills."""
    described = description(spec) if alt_text is None else alt_text
    uri = _strict_name(deck, CHART_URI)
    ph = (
        ""
        if placeholder is None
        else element("p:ph", **{str(key): str(val) for key, val in placeholder.attrib.items()})
    )
    markup = element(
        "p:graphicFrame",
        element(
            "p:nvGraphicFramePr",
            element("p:cNvPr", id=id, name=f"Chart {id}", descr=described),
            element("p:cNvGraphicFramePr", element("a:graphicFrameLocks", noGrp=True)),
            element("p:nvPr", ph),
        ),
        element("p:xfrm", element("a:off", x=box.x, y=box.y), element("a:ext", cx=box.width, cy=box.height)),
        element(
            "a:graphic", element("a:graphicData", element("c:chart", **{"xmlns:c": uri, "r:id": relationship}), uri=uri)
        ),
    )
    names = f'xmlns:p="{P[1:-1]}" xmlns:a="{A[1:-1]}" xmlns:r="{R[1:-1]}"'
    return etree.fromstring(f"<root {names}>{markup}</root>")[0]


def free_shape_id(tree: Element) -> int:
    """A shape id that none on the slide has."""
    ids = (
        shape_id(node)
        for node in tree.iter(*(f"{P}{name}" for name in ("sp", "pic", "graphicFrame", "grpSp", "cxnSp")))
    )
    return max((int(id) for id in ids if id.isascii() and id.isdecimal() and len(id) < 10), default=1) + 1


def _as_in(deck: Deck, data: bytes) -> bytes:
    """The part in the conformance class of the presentation."""
    if deck.main.is_strict:
        for transitional, strict in _TO_STRICT.items():
            data = data.replace(f'"{transitional}"'.encode(), f'"{strict}"'.encode())
    return data


def _strict_name(deck: Deck, name: str) -> str:
    return _TO_STRICT.get(name, name) if deck.main.is_strict else name
