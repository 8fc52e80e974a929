"""Where new things stand on a slide, and the elements that hold them."""

from __future__ import annotations

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.names import A, P
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.pptx.anchors import Place
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.inheritance import Box, Inheritance, emu
from polydesk.office.pptx.new_parts import element
from polydesk.office.pptx.numbers import whole
from polydesk.office.pptx.shapes import Shape, shape_tree
from polydesk.office.pptx.text import body_text

MAX_EMU = 27273042316900
"""Largest coordinate (ISO/IEC 29500-1, 20.1.10.16)."""


def slide_size(deck: Deck) -> tuple[int, int]:
    """Width and height of a slide in EMU."""
    size = deck.main.root.find(f"{P}sldSz")
    return (9144000, 6858000) if size is None else (emu(size.get("cx")), emu(size.get("cy")))


def tree_of(part: XmlPart) -> Element:
    """The shape tree of a slide. Raises UnsupportedEditError when it has none."""
    tree = shape_tree(part.root)
    if tree is None:
        raise UnsupportedEditError(f"{part.name} has no shape tree; open and save the file in Office first")
    return tree


def free_shape_id(part: XmlPart) -> int:
    """A shape id that the part does not use."""
    ids = {whole(node.get("id")) for node in part.root.iter(f"{P}cNvPr")}
    following = max(ids, default=1) + 1
    return following if following < 2**31 else next(id for id in range(2, 2**31) if id not in ids)


def add_shape(part: XmlPart, shape: Element) -> None:
    """Put a shape on top of all others."""
    tree = tree_of(part)
    last = [child for child in tree.iterchildren("*") if not str(child.tag).endswith("}extLst")]
    if last:
        part.insert_after(last[-1], shape)
    else:
        part.append(tree, shape)


def transform(box: Box, *, tag: str = "a:xfrm") -> str:
    """Markup of a place and size."""
    return f'<{tag}><a:off x="{box.x}" y="{box.y}"/><a:ext cx="{box.width}" cy="{box.height}"/></{tag}>'


def checked(box: Box) -> Box:
    """The box. Raises UnsupportedEditError for sizes and places that no slide can have."""
    if box.width < 0 or box.height < 0 or max(map(abs, (box.x, box.y, box.width, box.height))) > MAX_EMU:
        raise UnsupportedEditError(
            f"no slide has room for {box.width} by {box.height} EMU at {box.x}, {box.y}; 360,000 EMU are a centimetre"
        )
    return box


def set_box(part: XmlPart, shape: Element, box: Box) -> None:
    """Write a place and size into a shape, picture, frame, connector or group."""
    name = str(shape.tag).rpartition("}")[2]
    if name == "graphicFrame":
        holder, tag = shape, f"{P}xfrm"
    else:
        found = shape.find(f"{P}grpSpPr" if name == "grpSp" else f"{P}spPr")
        if found is None:
            raise UnsupportedEditError("the shape has no properties to hold a place; open and save the file in Office")
        holder, tag = found, f"{A}xfrm"
    place = holder.find(tag)
    if place is None:
        new = element(transform(box, tag="p:xfrm" if tag.startswith(P) else "a:xfrm"))
        part.touch(holder)
        if name == "graphicFrame":
            holder[0].addnext(new)
        else:
            holder.insert(0, new)
        return
    part.touch(place)
    _set_pair(place, "off", ("x", box.x), ("y", box.y))
    _set_pair(place, "ext", ("cx", box.width), ("cy", box.height))


def empty_placeholder(deck: Deck, place: Place, types: set[str]) -> tuple[Shape, Box]:
    """The placeholder that a picture or table is to fill, and where it stands.

    Raises UnsupportedEditError when it is none, is not of the types, or holds something already.
    """
    shape = place.shape
    inheritance = Inheritance(deck)
    type = None if shape is None else inheritance.placeholder_type(place.part.name, shape.element)
    own = None if shape is None or shape.placeholder is None else shape.placeholder.get("type", "obj")
    if shape is None or type is None or not {type, own or type} & types or body_text(shape.body).strip():
        raise UnsupportedEditError(
            "the place must be a slide, or an empty placeholder for this kind of content; give the slide's anchor and "
            "a place on it instead"
        )
    box = inheritance.box(place.part.name, shape.element)
    if box is None:
        raise UnsupportedEditError("nothing says where the placeholder stands; give the slide's anchor and a place")
    return shape, box


def _set_pair(place: Element, name: str, *values: tuple[str, int]) -> None:
    node = place.find(f"{A}{name}")
    if node is None:
        node = element(f"<a:{name}/>")
        place.insert(0 if name == "off" else 1, node)
    for attribute, value in values:
        node.set(attribute, str(value))
