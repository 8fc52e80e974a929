"""The shapes of a slide, layout, master or notes page, in reading order, under the names that anchors use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.ooxml.names import MC, A, P
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.names import CHART_URI, CHARTEX_URI, DIAGRAM_URI, OLE_URI, TABLE_URI

ShapeKind = Literal[
    "shape", "text_box", "picture", "table", "chart", "smartart", "object", "media", "connector", "group", "other"
]
_GRAPHICS: dict[str, ShapeKind] = {
    TABLE_URI: "table",
    CHART_URI: "chart",
    CHARTEX_URI: "chart",
    DIAGRAM_URI: "smartart",
    OLE_URI: "object",
}
_SHAPE_TAGS = frozenset(f"{P}{name}" for name in ("sp", "pic", "graphicFrame", "grpSp", "cxnSp", "contentPart"))
_MEDIA = frozenset(f"{A}{name}" for name in ("videoFile", "audioFile", "quickTimeFile", "wavAudioFile", "audioCd"))
_OTHERS: dict[str, ShapeKind] = {"grpSp": "group", "cxnSp": "connector"}
_EMPTY_ID = "0"
_MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape, or a group of them."""

    element: Element
    name: str
    """What anchors call it: `sh` and its id; `.2` and so on behind it for a second shape with the same id."""
    children: tuple[Shape, ...] = ()
    """The shapes of a group."""

    @property
    def kind(self) -> ShapeKind:
        """What a reader takes it for."""
        return kind_of(self.element)

    @property
    def body(self) -> Element | None:
        """Its text body; None for what cannot hold text of its own."""
        return self.element.find(f"{P}txBody")

    @property
    def table(self) -> Element | None:
        """Its table; None when it is none."""
        return self.element.find(f"{A}graphic/{A}graphicData/{A}tbl")

    @property
    def placeholder(self) -> Element | None:
        """Its `p:ph`; None for a shape of its own."""
        return placeholder_of(self.element)


def shapes_of(tree: Element) -> list[Shape]:
    """The shapes directly in a shape tree, each group with its own; of alternative contents the first choice."""
    return _shapes(tree, {}, 0)


def all_shapes(shapes: list[Shape] | tuple[Shape, ...]) -> Iterator[Shape]:
    """Every shape, those in groups after their group."""
    for shape in shapes:
        yield shape
        yield from all_shapes(shape.children)


def shape_tree(root: Element) -> Element | None:
    """The shape tree of a slide, layout, master or notes part; None when the part has none."""
    return root.find(f"{P}cSld/{P}spTree")


def properties_of(element: Element) -> Element | None:
    """The `p:cNvPr` of a shape, with its id, name and alternative text."""
    first = next(element.iterchildren("*"), None)
    return None if first is None else first.find(f"{P}cNvPr")


def placeholder_of(element: Element) -> Element | None:
    """The `p:ph` of a shape; None for a shape of its own."""
    first = next(element.iterchildren("*"), None)
    return None if first is None else first.find(f"{P}nvPr/{P}ph")


def shape_id(element: Element) -> str:
    """The shape's id as the file has it; `0` when it has none."""
    properties = properties_of(element)
    return _EMPTY_ID if properties is None else properties.get("id", _EMPTY_ID)


def kind_of(element: Element) -> ShapeKind:
    """What a reader takes the shape for."""
    name = str(element.tag).rpartition("}")[2]
    if name == "pic":
        return "media" if any(child.tag in _MEDIA for child in element.iterfind(f"{P}nvPicPr/{P}nvPr/*")) else "picture"
    if name == "graphicFrame":
        data = element.find(f"{A}graphic/{A}graphicData")
        return "other" if data is None else _GRAPHICS.get(data.get("uri", ""), "other")
    if name == "sp":
        properties = element.find(f"{P}nvSpPr/{P}cNvSpPr")
        is_box = properties is not None and properties.get("txBox") in ("1", "true")
        return "text_box" if is_box else "shape"
    return _OTHERS.get(name, "other")


def _shapes(container: Element, counted: dict[str, int], depth: int) -> list[Shape]:
    if depth > _MAX_DEPTH:
        raise UnreadableDocumentError(
            f"the presentation has groups nested more than {_MAX_DEPTH} deep, which no program makes; it is not opened"
        )
    found: list[Shape] = []
    for element in _members(container, depth):
        id = shape_id(element)
        counted[id] = counted.get(id, 0) + 1
        name = f"sh{id}" if counted[id] == 1 else f"sh{id}.{counted[id]}"
        children = _shapes(element, counted, depth + 1) if element.tag == f"{P}grpSp" else []
        found.append(Shape(element, name, tuple(children)))
    return found


def _members(container: Element, depth: int) -> Iterator[Element]:
    """The shapes of a container; of nested alternatives no more than of nested groups."""
    for child in container.iterchildren("*"):
        if child.tag in _SHAPE_TAGS:
            yield child
        elif child.tag == f"{MC}AlternateContent":
            choice = next(child.iterchildren(f"{MC}Choice", f"{MC}Fallback"), None)
            if choice is not None and depth < _MAX_DEPTH:
                yield from _members(choice, depth + 1)
