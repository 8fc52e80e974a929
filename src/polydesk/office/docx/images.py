"""Pictures: put in, exchanged, and described for those who do not see them (ISO/IEC 29500-1, 20.4)."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.docx.inline import W_R
from polydesk.office.docx.parts import add_image
from polydesk.office.docx.stories import Stories
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.names import MC, WP, R, W
from polydesk.office.ooxml.part import Element

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
PIC = "{http://schemas.openxmlformats.org/drawingml/2006/picture}"
_EMU_PER_POINT = 12700
_POINTS_PER_PIXEL = 0.75
"""At 96 pixels to the inch, which Office takes for granted where a picture does not say."""
WIDEST = 451.0
"""Points between the margins of an A4 page, where the section does not say."""
_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif"}
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture file."""

    data: bytes
    kind: str
    """`png`, `jpeg` or `gif`, by its first bytes."""
    width: int
    """Pixels."""
    height: int

    @property
    def ratio(self) -> float:
        """Height by width."""
        return self.height / self.width


def picture(text: str) -> Picture:
    """The picture that base64 text holds. Raises UnsupportedEditError when it is none that Word shows."""
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise UnsupportedEditError(f"the picture is not base64: {exc}") from exc
    size = _size(data)
    if size is None or not all(0 < side < 1 << 16 for side in size[1:]) or len(data) > _MOST_BYTES:
        raise UnsupportedEditError("the picture is no PNG, JPEG or GIF file that can be measured; convert it to one")
    kind, width, height = size
    return Picture(data=data, kind=kind, width=width, height=height)


def picture_run(stories: Stories, part: str, shown: Picture, alt: str, width: float | None, widest: float) -> Element:
    """A run with the picture, its part and relationship made. Widths are points."""
    alt = _described(alt)
    wide = min(shown.width * _POINTS_PER_PIXEL, widest) if width is None else width
    if not 0.5 <= wide <= 1584:
        raise UnsupportedEditError(f"width is {wide:g} points; give 0.5 to 1584")
    relationship = add_image(stories, part, shown.data, shown.kind, _TYPES[shown.kind])
    extent = round(wide * _EMU_PER_POINT), round(wide * shown.ratio * _EMU_PER_POINT)
    number = _free_number(stories)
    run = etree.Element(W_R)
    names = {"wp": WP[1:-1], "a": A[1:-1], "pic": PIC[1:-1], "r": R[1:-1]}
    drawing = etree.SubElement(run, f"{W}drawing")
    inline = etree.SubElement(drawing, f"{WP}inline", nsmap=names)
    for side in ("distT", "distB", "distL", "distR"):
        inline.set(side, "0")
    _extent(etree.SubElement(inline, f"{WP}extent"), extent)
    _named(etree.SubElement(inline, f"{WP}docPr"), number, alt)
    locks = etree.SubElement(etree.SubElement(inline, f"{WP}cNvGraphicFramePr"), f"{A}graphicFrameLocks")
    locks.set("noChangeAspect", "1")
    data = etree.SubElement(etree.SubElement(inline, f"{A}graphic"), f"{A}graphicData")
    data.set("uri", PIC[1:-1])
    _fill(etree.SubElement(data, f"{PIC}pic"), relationship, number, alt, extent)
    return run


def replace_picture(stories: Stories, part: str, drawing: Element, shown: Picture, alt: str | None) -> None:
    """Let the drawing show another picture, as wide as before."""
    blip = next(drawing.iter(f"{A}blip"), None)
    if blip is None or blip.get(f"{R}embed") is None:
        raise UnsupportedEditError("that drawing is no picture that lies in the document; delete it and insert one")
    blip.set(f"{R}embed", add_image(stories, part, shown.data, shown.kind, _TYPES[shown.kind]))
    for extension in blip.findall(f"{A}extLst"):
        blip.remove(extension)  # A vector form of the old picture would be shown instead.
    for crop in list(drawing.iter(f"{A}srcRect")):
        if (parent := crop.getparent()) is not None:
            parent.remove(crop)
    for extent in [*drawing.iter(f"{WP}extent"), *(x.find(f"{A}ext") for x in drawing.iter(f"{A}xfrm"))]:
        wide = None if extent is None else extent.get("cx")
        if extent is not None and wide is not None and wide.isdecimal():
            extent.set("cy", str(round(int(wide) * shown.ratio)))
    if alt is not None:
        set_alt_text(drawing, alt)


def set_alt_text(drawing: Element, alt: str) -> None:
    """Describe the drawing."""
    described = next(drawing.iter(f"{WP}docPr"), None)
    if described is None:
        raise UnsupportedEditError("that drawing is of an older kind, which has no place for a description")
    described.set("descr", _described(alt))


def drawing_in(paragraph: Element, number: int) -> Element:
    """The n-th drawing of the paragraph. Raises UnsupportedEditError."""
    found = list(_drawings(paragraph))
    if not 1 <= number <= len(found):
        raise UnsupportedEditError(f"the paragraph has {len(found)} pictures; the edit names number {number}")
    return found[number - 1]


def _drawings(paragraph: Element) -> Iterator[Element]:
    for drawing in paragraph.iter(f"{W}drawing"):
        around = [ancestor.tag for ancestor in drawing.iterancestors()]
        inside = around[: around.index(f"{W}p")] if f"{W}p" in around else around
        if f"{MC}Fallback" not in inside and next(drawing.iterancestors(f"{W}p")) is paragraph:
            yield drawing


def _described(alt: str) -> str:
    alt = " ".join(clean_text(alt).split())
    if not alt:
        raise UnsupportedEditError("say in `alt` what the picture shows; readers who do not see it depend on it")
    return alt


def _fill(shown: Element, relationship: str, number: int, alt: str, extent: tuple[int, int]) -> None:
    about = etree.SubElement(shown, f"{PIC}nvPicPr")
    _named(etree.SubElement(about, f"{PIC}cNvPr"), number, alt)
    etree.SubElement(about, f"{PIC}cNvPicPr")
    fill = etree.SubElement(shown, f"{PIC}blipFill")
    etree.SubElement(fill, f"{A}blip").set(f"{R}embed", relationship)
    etree.SubElement(etree.SubElement(fill, f"{A}stretch"), f"{A}fillRect")
    shape = etree.SubElement(shown, f"{PIC}spPr")
    place = etree.SubElement(shape, f"{A}xfrm")
    offset = etree.SubElement(place, f"{A}off")
    offset.set("x", "0")
    offset.set("y", "0")
    _extent(etree.SubElement(place, f"{A}ext"), extent)
    geometry = etree.SubElement(shape, f"{A}prstGeom")
    geometry.set("prst", "rect")
    etree.SubElement(geometry, f"{A}avLst")


def _named(element: Element, number: int, alt: str) -> None:
    element.set("id", str(number))
    element.set("name", f"Picture {number}")
    element.set("descr", alt)


def _extent(element: Element, extent: tuple[int, int]) -> None:
    element.set("cx", str(extent[0]))
    element.set("cy", str(extent[1]))


def _free_number(stories: Stories) -> int:
    known = (
        item.get("id", "") for part in stories.story_parts() for item in stories.part(part).root.iter(f"{WP}docPr")
    )
    return max((int(number) for number in known if number.isdecimal() and len(number) < 10), default=0) + 1


# Sizes ------------------------------------------------------------------------------------------------------


def _size(data: bytes) -> tuple[str, int, int] | None:
    """Kind, width and height in pixels by the file's own header; None for another kind."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return "png", width, height
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return "gif", width, height
    if data.startswith(b"\xff\xd8"):
        size = _jpeg_size(data)
        return None if size is None else ("jpeg", *size)
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """From the start of frame (ITU-T T.81, B.2.2)."""
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None
