"""Speaker's notes: the page of a slide, made with the notes master where they lack (ISO/IEC 29500-1, 13.3.4-5)."""

from __future__ import annotations

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.names import P
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.pptx.anchors import notes_shape
from polydesk.office.pptx.deck import Deck, SlideEntry
from polydesk.office.pptx.inheritance import emu
from polydesk.office.pptx.names import R_ID
from polydesk.office.pptx.new_parts import (
    NAMESPACES,
    NOTES_MASTER_TYPE,
    NOTES_TYPE,
    THEME_TYPE,
    TREE_HEAD,
    add_part,
    element,
    relate,
)
from polydesk.office.pptx.numbers import whole

_IMAGE = (
    '<p:sp><p:nvSpPr><p:cNvPr id="2" name="Slide Image Placeholder 1"/><p:cNvSpPr><a:spLocks noGrp="1" noRot="1" '
    'noChangeAspect="1"/></p:cNvSpPr><p:nvPr><p:ph type="sldImg"{index}/></p:nvPr></p:nvSpPr>'
    "<p:spPr>{place}</p:spPr></p:sp>"
)
_BODY = (
    '<p:sp><p:nvSpPr><p:cNvPr id="3" name="Notes Placeholder 2"/><p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr><p:nvPr>'
    '<p:ph type="body"{size} idx="{index}"/></p:nvPr></p:nvSpPr><p:spPr>{place}</p:spPr><p:txBody>'
    "<a:bodyPr/><a:lstStyle/><a:p/></p:txBody></p:sp>"
)
_COLOR_MAP = (
    '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" '
    'accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"/>'
)
_RECTANGLE = '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
_LEVEL = (
    '<a:lvl{n}pPr marL="{left}" algn="l" defTabSz="914400" rtl="0" eaLnBrk="1" latinLnBrk="0" hangingPunct="1">'
    '<a:defRPr sz="1200" kern="1200"><a:solidFill><a:schemeClr val="tx1"/></a:solidFill><a:latin typeface="+mn-lt"/>'
    '<a:ea typeface="+mn-ea"/><a:cs typeface="+mn-cs"/></a:defRPr></a:lvl{n}pPr>'
)


def notes_body(deck: Deck, slide: SlideEntry) -> tuple[XmlPart, Element]:
    """The notes page of a slide and the text body of its notes, made where they lack."""
    name = deck.notes_part(slide.part) or make_notes(deck, slide.part)
    part = deck.part(name)
    shape = notes_shape(deck, name)
    if shape is None:
        return part, _add_body(part)
    body = shape.body
    if body is None:
        raise UnsupportedEditError(
            f"the notes of slide {slide.name} have a placeholder without text body; open and save the file in Office "
            "first"
        )
    return part, body


def make_notes(deck: Deck, slide_part: str) -> str:
    """Give a slide an empty notes page; return the part's name."""
    master = _notes_master(deck)
    root = (
        f"<p:notes {NAMESPACES}><p:cSld><p:spTree>{TREE_HEAD}{_IMAGE.format(index='', place='')}"
        f"{_BODY.format(size='', index=_body_index(deck, master), place='')}</p:spTree></p:cSld>"
        "<p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:notes>"
    )
    name = add_part(deck, "/ppt/notesSlides/notesSlide{}.xml", root, NOTES_TYPE)
    relate(deck, name, "notesMaster", master)
    relate(deck, name, "slide", slide_part)
    relate(deck, slide_part, "notesSlide", name)
    return name


def _body_index(deck: Deck, master: str) -> str:
    """The index of the notes master's body, so that the notes take its look."""
    shape = notes_shape(deck, master)
    placeholder = None if shape is None else shape.placeholder
    return "1" if placeholder is None else placeholder.get("idx", "1")


def _add_body(part: XmlPart) -> Element:
    tree = part.root.find(f"{P}cSld/{P}spTree")
    if tree is None:
        raise UnsupportedEditError(f"{part.name} has no shape tree; open and save the file in Office first")
    ids = [whole(node.get("id")) for node in tree.iter(f"{P}cNvPr")]
    new = element(_BODY.format(size="", index="1", place=""))
    properties = new.find(f"{P}nvSpPr/{P}cNvPr")
    assert properties is not None
    properties.set("id", str(max(ids, default=1) + 1))
    part.append(tree, new)
    body = new.find(f"{P}txBody")
    assert body is not None
    return body


def _notes_master(deck: Deck) -> str:
    existing = deck.related(deck.main_part, "notesMaster")
    if existing is not None:
        return existing
    name = add_part(deck, "/ppt/notesMasters/notesMaster{}.xml", _master_markup(deck), NOTES_MASTER_TYPE)
    relate(deck, name, "theme", _own_theme(deck))
    id = relate(deck, deck.main_part, "notesMaster", name)
    listing = element(f'<p:notesMasterIdLst><p:notesMasterId r:id="{id}"/></p:notesMasterIdLst>')
    main = deck.main
    masters = main.root.find(f"{P}sldMasterIdLst")
    if masters is not None:
        main.insert_after(masters, listing)
    else:
        main.root.insert(0, listing)
        main.touch(main.root)
    assert listing[0].get(R_ID) == id
    return name


def _own_theme(deck: Deck) -> str:
    """A copy of the first master's theme: each master has a theme of its own."""
    source = next((theme for master in deck.masters() if (theme := deck.related(master, "theme"))), None)
    if source is None:
        raise UnsupportedEditError("the presentation has no theme to make a notes master from; open it in Office first")
    name = deck.free_part_name("/ppt/theme/theme{}.xml")
    deck.package.add(name, deck.package.read(source), THEME_TYPE)
    for relationship in deck.package.relationships(source):
        target = deck.package.resolve(source, relationship)
        if target is not None:  # pictures of its fills, under the same ids
            deck.package.add_relationship(name, relationship.type, target)
    return name


def _master_markup(deck: Deck) -> str:
    """A plain notes master: the slide above, the notes below, on the notes page's own size."""
    size = deck.main.root.find(f"{P}notesSz")
    width = emu(size.get("cx")) if size is not None else 6858000
    height = emu(size.get("cy")) if size is not None else 9144000
    slide = deck.main.root.find(f"{P}sldSz")
    ratio = emu(slide.get("cy")) / (emu(slide.get("cx")) or 1) if slide is not None else 0.75
    image_height = height * 3 // 8
    image_width = min(round(image_height / (ratio or 0.75)), width * 9 // 10)
    image = _place((width - image_width) // 2, height // 13, image_width, round(image_width * ratio))
    image += _RECTANGLE + '<a:noFill/><a:ln w="12700"><a:solidFill><a:prstClr val="black"/></a:solidFill></a:ln>'
    text = _place(width // 10, height * 12 // 25, width * 8 // 10, height * 2 // 5)
    text += _RECTANGLE
    shapes = _IMAGE.format(index=' idx="2"', place=image) + _BODY.format(size=' sz="quarter"', index=3, place=text)
    levels = "".join(_LEVEL.format(n=n, left=457200 * (n - 1)) for n in range(1, 10))
    return (
        f'<p:notesMaster {NAMESPACES}><p:cSld><p:bg><p:bgRef idx="1001"><a:schemeClr val="bg1"/></p:bgRef></p:bg>'
        f"<p:spTree>{TREE_HEAD}{shapes}</p:spTree></p:cSld>{_COLOR_MAP}"
        f"<p:notesStyle>{levels}</p:notesStyle></p:notesMaster>"
    )


def _place(x: int, y: int, width: int, height: int) -> str:
    return f'<a:xfrm><a:off x="{x}" y="{y}"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
