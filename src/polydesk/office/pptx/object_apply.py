"""How each edit of shapes is planned and made."""

from __future__ import annotations

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.names import MC, P
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.anchors import Place, find_place
from polydesk.office.pptx.animations import remove_animations
from polydesk.office.pptx.editing import INSERTION, LOOKS, REMOVAL, Editing, Plans
from polydesk.office.pptx.frames import add_shape, checked, free_shape_id, set_box, transform, tree_of
from polydesk.office.pptx.inheritance import Box, Inheritance
from polydesk.office.pptx.links import collect_orphans, drop_relationship, references_below
from polydesk.office.pptx.names import ADEC
from polydesk.office.pptx.new_parts import element
from polydesk.office.pptx.object_edits import AddTextBox, DeleteShape, MoveShape, SetAltText
from polydesk.office.pptx.paragraphs import new_paragraph, parse_lines
from polydesk.office.pptx.shapes import all_shapes, properties_of, shape_id
from polydesk.office.pptx.text import body_text


def shape_place(editing: Editing, anchor: str) -> tuple[Place, Element]:
    """The shape that an anchor names, on a slide."""
    place = find_place(editing.deck, anchor, "shape")
    return place, place.element


def _move(editing: Editing, index: int, edit: MoveShape) -> None:
    place, shape = shape_place(editing, edit.at)
    editing.claim(index, shape, "place")
    old = Inheritance(editing.deck).box(place.part.name, shape)
    if old is None:
        missing = [name for name in ("x", "y", "width", "height") if getattr(edit, name) is None]
        if missing:
            raise UnsupportedEditError(
                f"nothing says where the shape at {edit.at} stands; give {', '.join(missing)} too"
            )
        old = Box(x=0, y=0, width=0, height=0)
    box = checked(
        Box(
            x=old.x if edit.x is None else edit.x,
            y=old.y if edit.y is None else edit.y,
            width=old.width if edit.width is None else edit.width,
            height=old.height if edit.height is None else edit.height,
        )
    )

    def make() -> None:
        set_box(place.part, shape, box)
        editing.told(index, before=_said(old), after=_said(box))

    editing.step(LOOKS, index, make)


def _delete(editing: Editing, index: int, edit: DeleteShape) -> None:
    place, shape = shape_place(editing, edit.at)
    assert place.shape is not None
    holder = shape.getparent()
    while holder is not None and holder.tag in (f"{MC}Choice", f"{MC}AlternateContent"):
        if holder.tag == f"{MC}AlternateContent":
            shape = holder
        holder = holder.getparent()
    ids = {shape_id(item.element) for item in all_shapes([place.shape])}
    for item in all_shapes([place.shape]):
        editing.claim(index, item.element, "being")
    references = references_below(shape)
    text = body_text(place.shape.body) or _name(place.shape.element)

    def make() -> None:
        if references:
            collect_orphans(editing, index)
        place.part.remove(shape)
        count = remove_animations(place.part, ids)
        for id in references:
            drop_relationship(editing.deck, place.part, id)
        editing.told(index, before=text)
        if count:
            editing.note(index, f"{count} animated step{'s' * (count > 1)} of it went with it.")
        if any(node.get("id") in ids for node in place.part.root.iter("{*}stCxn", "{*}endCxn")):
            _disconnect(place, ids)
            editing.note(index, "Connectors that were tied to it stay where they are, untied.")

    editing.step(REMOVAL, index, make)


def _disconnect(place: Place, ids: set[str]) -> None:
    for node in [node for node in place.part.root.iter("{*}stCxn", "{*}endCxn") if node.get("id") in ids]:
        place.part.touch(node)
        parent = node.getparent()
        if parent is not None:
            parent.remove(node)


def _alt_text(editing: Editing, index: int, edit: SetAltText) -> None:
    place, shape = shape_place(editing, edit.at)
    properties = properties_of(shape)
    if properties is None:
        raise UnsupportedEditError(f"the shape at {edit.at} has no properties to hold a description")
    editing.claim(index, shape, "alt_text")
    text = clean_text(edit.text)

    def make() -> None:
        editing.told(index, before=properties.get("descr") or None, after=text or None)
        place.part.touch(properties)
        set_description(properties, text)

    editing.step(LOOKS, index, make)


def set_description(properties: Element, text: str) -> None:
    """Write an alternative text; what has one is no decoration."""
    if text:
        properties.set("descr", text)
        for mark in list(properties.iter(f"{ADEC}decorative")):
            mark.set("val", "0")
    elif "descr" in properties.attrib:
        del properties.attrib["descr"]


def _text_box(editing: Editing, index: int, edit: AddTextBox) -> None:
    place = find_place(editing.deck, edit.at, "slide")
    tree_of(place.part)
    box = checked(Box(x=edit.x, y=edit.y, width=edit.width, height=edit.height))
    lines = parse_lines(edit.text)

    def make() -> None:
        id = free_shape_id(place.part)
        shape = element(
            f'<p:sp><p:nvSpPr><p:cNvPr id="{id}" name="TextBox {id - 1}"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr>'
            f'<p:spPr>{transform(box)}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:noFill/></p:spPr>'
            '<p:txBody><a:bodyPr wrap="square"><a:spAutoFit/></a:bodyPr><a:lstStyle/></p:txBody></p:sp>'
        )
        body = shape.find(f"{P}txBody")
        assert body is not None
        body.extend(new_paragraph(line, None) for line in lines)
        add_shape(place.part, shape)
        editing.told(index, after=edit.text)
        editing.note(index, f"The new shape is {place.slide.name}/sh{id}.")

    editing.step(INSERTION, index, make)


def _said(box: Box) -> str:
    return f"{box.width}\u00d7{box.height} at {box.x},{box.y}"


def _name(shape: Element) -> str:
    properties = properties_of(shape)
    return "" if properties is None else properties.get("name", "")


PLANS: Plans = {
    MoveShape: _move,
    DeleteShape: _delete,
    SetAltText: _alt_text,
    AddTextBox: _text_box,
}
