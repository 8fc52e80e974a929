"""How each edit of pictures is planned and made."""

from __future__ import annotations

import base64
import binascii
import hashlib

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.drawing.pictures import Picture, read_picture
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.names import A, P
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.anchors import Place, find_place
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.editing import INSERTION, LOOKS, Editing, Plans
from polydesk.office.pptx.frames import (
    add_shape,
    checked,
    empty_placeholder,
    free_shape_id,
    slide_size,
    transform,
    tree_of,
)
from polydesk.office.pptx.inheritance import Box
from polydesk.office.pptx.links import collect_orphans, drop_relationship
from polydesk.office.pptx.names import R_EMBED, R_LINK
from polydesk.office.pptx.new_parts import element, escaped, relate, serialised
from polydesk.office.pptx.numbers import whole
from polydesk.office.pptx.object_apply import set_description, shape_place
from polydesk.office.pptx.object_edits import AddPicture, ReplacePicture
from polydesk.office.pptx.shapes import Shape, properties_of

_DECORATIVE = (
    '<a:extLst><a:ext uri="{C183D7F6-B498-43B3-948B-1728B52AA6E4}"><adec:decorative '
    'xmlns:adec="http://schemas.microsoft.com/office/drawing/2017/decorative" val="1"/></a:ext></a:extLst>'
)
_FILLS = {"pic", "obj", "body", "clipArt"}
_ROOM = 0.9
"""How much of the slide's width and height a picture may take that comes without a size."""


def picture_bytes(edit: AddPicture | ReplacePicture) -> bytes:
    """The bytes that the edit brings. Raises UnsupportedEditError when it brings none."""
    if (edit.data is None) == (edit.file is None):
        raise UnsupportedEditError("give the picture either as `data` (base64) or as `file`, one of the two")
    if edit.data is None:
        raise UnsupportedEditError(
            "`file` is read by the command line; from a program give the bytes as `data` (base64)"
        )
    try:
        return base64.b64decode(edit.data, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise UnsupportedEditError(f"the picture's `data` is not base64 ({exc})") from exc


def _add(editing: Editing, index: int, edit: AddPicture) -> None:
    place = find_place(editing.deck, edit.at, "slide", "shape")
    data = picture_bytes(edit)
    picture = read_picture(data)
    alt_text = clean_text(edit.alt_text)
    tree_of(place.part)
    if place.level == "shape":
        shape, frame = empty_placeholder(editing.deck, place, _FILLS)
        editing.claim(index, shape.element, "being")
        editing.step(INSERTION, index, lambda: _fill(editing, index, place, shape, frame, picture, data, alt_text))
        return
    box = _box(editing.deck, edit, picture)

    def make() -> None:
        id = free_shape_id(place.part)
        reference = relate(editing.deck, place.part.name, "image", add_image(editing.deck, data, picture))
        add_shape(place.part, element(_markup(id, alt_text, reference, transform(box))))
        editing.told(index, after=alt_text or "a picture")
        editing.note(index, f"The new picture is {place.slide.name}/sh{id}.")

    editing.step(INSERTION, index, make)


def _replace(editing: Editing, index: int, edit: ReplacePicture) -> None:
    place, shape = shape_place(editing, edit.at)
    blip = next(shape.iterfind(f"{P}blipFill/{A}blip"), None)
    if blip is None:
        raise UnsupportedEditError(f"the shape at {edit.at} is no picture")
    editing.claim(index, shape, "image")
    data = picture_bytes(edit)
    picture = read_picture(data)
    alt_text = None if edit.alt_text is None else clean_text(edit.alt_text)
    if alt_text is not None:
        editing.claim(index, shape, "alt_text")

    def make() -> None:
        collect_orphans(editing, index)
        properties = properties_of(shape)
        old = [blip.get(R_EMBED), blip.get(R_LINK), *(node.get(R_EMBED) for node in blip.iter() if node is not blip)]
        editing.told(index, before=editing.deck.target(place.part.name, old[0]), after=picture.content_type)
        place.part.touch(blip)
        _take_out_alternatives(blip)
        blip.set(R_EMBED, relate(editing.deck, place.part.name, "image", add_image(editing.deck, data, picture)))
        if alt_text is not None and properties is not None:
            place.part.touch(properties)
            set_description(properties, alt_text)
        for id in old:
            drop_relationship(editing.deck, place.part, id)

    editing.step(LOOKS, index, make)


def add_image(deck: Deck, data: bytes, picture: Picture) -> str:
    """The part with these bytes, added where the package does not hold it yet."""
    digest = hashlib.sha256(data).digest()
    package = deck.package
    for name in package.part_names():
        is_candidate = name.lower().startswith("/ppt/media/") and name.lower().endswith(f".{picture.kind}")
        if is_candidate and hashlib.sha256(package.read(name)).digest() == digest:
            return name
    name = deck.free_part_name(f"/ppt/media/image{{}}.{picture.kind}")
    package.add(name, data, picture.content_type)
    return name


def _fill(
    editing: Editing, index: int, place: Place, shape: Shape, frame: Box, picture: Picture, data: bytes, alt_text: str
) -> None:
    """Put the picture into a placeholder: it keeps the placeholder's shape, cut where its own is another."""
    reference = relate(editing.deck, place.part.name, "image", add_image(editing.deck, data, picture))
    id = properties_of(shape.element)
    number = free_shape_id(place.part) if id is None else whole(id.get("id"))
    new = element(_markup(number, alt_text, reference, ""))
    holder = new.find(f"{P}nvPicPr/{P}nvPr")
    fill = new.find(f"{P}blipFill")
    assert holder is not None
    assert fill is not None
    assert shape.placeholder is not None
    holder.append(element(serialised(shape.placeholder)))
    own = shape.element.find(f"{P}spPr/{A}xfrm")
    properties = new.find(f"{P}spPr")
    assert properties is not None
    if own is not None:
        properties.insert(0, element(serialised(own)))
    crop = _crop(frame, picture)
    if crop is not None:
        fill.insert(1, crop)
    place.part.insert_after(shape.element, new)
    place.part.remove(shape.element)
    editing.told(index, after=alt_text or "a picture")
    editing.note(index, f"The new picture is {place.slide.name}/sh{number}.")


def _crop(frame: Box, picture: Picture) -> Element | None:
    """What to cut off, in thousandths of a percent, so that the picture fills the frame undistorted."""
    own, wanted = picture.width_emu / (picture.height_emu or 1), frame.width / (frame.height or 1)
    if not own or not wanted or abs(own / wanted - 1) < 0.005:
        return None
    sides = ("l", "r") if own > wanted else ("t", "b")
    kept = wanted / own if own > wanted else own / wanted
    cut = round((1 - kept) / 2 * 100_000)
    return element(f'<a:srcRect {sides[0]}="{cut}" {sides[1]}="{cut}"/>')


def _markup(id: int, alt_text: str, reference: str, place: str) -> str:
    described = f' descr="{escaped(alt_text)}"' if alt_text else ""
    body = "" if alt_text else _DECORATIVE
    form = '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>' if place else ""
    return (
        f'<p:pic><p:nvPicPr><p:cNvPr id="{id}" name="Picture {id - 1}"{described}>{body}</p:cNvPr><p:cNvPicPr>'
        '<a:picLocks noChangeAspect="1"/></p:cNvPicPr><p:nvPr/></p:nvPicPr><p:blipFill>'
        f'<a:blip r:embed="{reference}"/><a:stretch><a:fillRect/></a:stretch></p:blipFill>'
        f"<p:spPr>{place}{form}</p:spPr></p:pic>"
    )


def _box(deck: Deck, edit: AddPicture, picture: Picture) -> Box:
    slide_width, slide_height = slide_size(deck)
    width, height = edit.width, edit.height
    own_width, own_height = max(picture.width_emu, 1), max(picture.height_emu, 1)
    if width is None and height is None:
        scale = min(1.0, _ROOM * slide_width / own_width, _ROOM * slide_height / own_height)
        width, height = round(own_width * scale), round(own_height * scale)
    elif width is None:
        width = round((height or 0) * own_width / own_height)
    elif height is None:
        height = round(width * own_height / own_width)
    return checked(
        Box(
            x=(slide_width - width) // 2 if edit.x is None else edit.x,
            y=(slide_height - (height or 0)) // 2 if edit.y is None else edit.y,
            width=width,
            height=height or 0,
        )
    )


def _take_out_alternatives(blip: Element) -> None:
    """Drop the link to an outside image and the vector form of the old one."""
    if R_LINK in blip.attrib:
        del blip.attrib[R_LINK]
    for extension in [node for node in blip.iter(f"{A}ext") if any("}svgBlip" in str(child.tag) for child in node)]:
        holder = extension.getparent()
        if holder is not None:
            holder.remove(extension)
            if not len(holder) and holder.getparent() is blip:
                blip.remove(holder)


PLANS: Plans = {AddPicture: _add, ReplacePicture: _replace}
