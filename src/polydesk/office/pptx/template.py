"""The built-in template: a presentation with one sample slide, 16:9, made here and nowhere copied from.

Its layouts are those that PowerPoint's users know, with a few of our own; every text has a contrast of at least 4.5:1.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from polydesk.office.drawing.markup import element
from polydesk.office.ooxml.names import A, P, R
from polydesk.office.pptx.template_layouts import (
    BAR_BOX,
    BODY_BOX,
    LAYOUTS,
    SLIDE_HEIGHT,
    SLIDE_WIDTH,
    TITLE_BOX,
    Drawn,
    Layout,
    Look,
    Slot,
)
from polydesk.office.pptx.template_shapes import (
    BODY_SIZES,
    FOOTERS,
    INDENT,
    TITLE_SIZE,
    drawn_xml,
    emu,
    fill_xml,
    footer_xml,
    ground_xml,
    named_xml,
    place_xml,
    points,
    slot_xml,
    spacing_xml,
    tree_xml,
)
from polydesk.office.pptx.template_theme import theme_xml

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NAMES = {"xmlns:a": A[1:-1], "xmlns:r": R[1:-1], "xmlns:p": P[1:-1]}
_TYPES = "application/vnd.openxmlformats-officedocument."
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_BULLETS = ("\u2022", "\u2013", "\u2022", "\u2013", "\u2022")


@lru_cache(maxsize=1)
def built_in_template() -> bytes:
    """The template (.pptx) with one sample slide, whose footers new slides take over. The same bytes at every call."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _parts():
            archive.writestr(zipfile.ZipInfo(name, _FIRST_DAY), text.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _parts() -> Iterator[tuple[str, str]]:
    numbers = range(1, len(LAYOUTS) + 1)
    yield "[Content_Types].xml", _content_types(numbers)
    yield "_rels/.rels", _relationships([("officeDocument", "/ppt/presentation.xml")])
    yield "ppt/presentation.xml", _presentation()
    yield (
        "ppt/_rels/presentation.xml.rels",
        _relationships(
            [
                ("slideMaster", "/ppt/slideMasters/slideMaster1.xml"),
                ("notesMaster", "/ppt/notesMasters/notesMaster1.xml"),
                ("theme", "/ppt/theme/theme1.xml"),
                ("tableStyles", "/ppt/tableStyles.xml"),
                ("slide", "/ppt/slides/slide1.xml"),
            ]
        ),
    )
    yield "ppt/tableStyles.xml", _HEAD + element("a:tblStyleLst", **{"xmlns:a": A[1:-1], "def": TABLE_STYLE})
    yield "ppt/theme/theme1.xml", theme_xml()
    yield "ppt/theme/theme2.xml", theme_xml("Polydesk Notes")
    yield "ppt/slideMasters/slideMaster1.xml", _master(len(LAYOUTS))
    layouts = [("slideLayout", f"/ppt/slideLayouts/slideLayout{number}.xml") for number in numbers]
    yield "ppt/slideMasters/_rels/slideMaster1.xml.rels", _relationships([*layouts, ("theme", "/ppt/theme/theme1.xml")])
    for number, layout in zip(numbers, LAYOUTS, strict=True):
        yield f"ppt/slideLayouts/slideLayout{number}.xml", _layout(layout)
        master = _relationships([("slideMaster", "/ppt/slideMasters/slideMaster1.xml")])
        yield f"ppt/slideLayouts/_rels/slideLayout{number}.xml.rels", master
    yield "ppt/slides/slide1.xml", _sample()
    yield "ppt/slides/_rels/slide1.xml.rels", _relationships([("slideLayout", "/ppt/slideLayouts/slideLayout2.xml")])
    yield "ppt/notesMasters/notesMaster1.xml", _notes_master()
    yield "ppt/notesMasters/_rels/notesMaster1.xml.rels", _relationships([("theme", "/ppt/theme/theme2.xml")])


TABLE_STYLE = "{5C22544A-7EE6-4342-B048-85BDC9FD1C3A}"
"""Medium Style 2 - Accent 1, which PowerPoint has built in and gives to new tables."""


def _content_types(numbers: range) -> str:
    overrides = [
        ("/ppt/presentation.xml", "presentationml.presentation.main+xml"),
        ("/ppt/tableStyles.xml", "presentationml.tableStyles+xml"),
        ("/ppt/theme/theme1.xml", "theme+xml"),
        ("/ppt/theme/theme2.xml", "theme+xml"),
        ("/ppt/slideMasters/slideMaster1.xml", "presentationml.slideMaster+xml"),
        ("/ppt/notesMasters/notesMaster1.xml", "presentationml.notesMaster+xml"),
        ("/ppt/slides/slide1.xml", "presentationml.slide+xml"),
        *((f"/ppt/slideLayouts/slideLayout{number}.xml", "presentationml.slideLayout+xml") for number in numbers),
    ]
    return _HEAD + element(
        "Types",
        element("Default", Extension="rels", ContentType="application/vnd.openxmlformats-package.relationships+xml"),
        element("Default", Extension="xml", ContentType="application/xml"),
        *(element("Override", PartName=name, ContentType=_TYPES + type) for name, type in overrides),
        xmlns=f"{_PACKAGE}content-types",
    )


def _relationships(targets: list[tuple[str, str]]) -> str:
    items = (
        element("Relationship", Id=f"rId{number}", Type=_RELATIONS + kind, Target=target)
        for number, (kind, target) in enumerate(targets, 1)
    )
    return _HEAD + element("Relationships", *items, xmlns=f"{_PACKAGE}relationships")


def _presentation() -> str:
    levels = (
        element(
            f"a:lvl{level}pPr",
            element("a:defRPr", fill_xml("tx1"), element("a:latin", typeface="+mn-lt"), sz=1800),
            marL=457200 * (level - 1),
        )
        for level in range(1, 10)
    )
    return _HEAD + element(
        "p:presentation",
        element("p:sldMasterIdLst", element("p:sldMasterId", id=2147483648, **{"r:id": "rId1"})),
        element("p:notesMasterIdLst", element("p:notesMasterId", **{"r:id": "rId2"})),
        element("p:sldIdLst", element("p:sldId", id=256, **{"r:id": "rId5"})),
        element("p:sldSz", cx=SLIDE_WIDTH, cy=SLIDE_HEIGHT),
        element("p:notesSz", cx=6858000, cy=9144000),
        element("p:defaultTextStyle", *levels),
        **_NAMES,
    )


def _master(layouts: int) -> str:
    """The master: its title and text, a bar above the title, and the footers."""
    slots = (
        Slot(type="title", index=0, name="Title", prompt="Title", box=TITLE_BOX, look=Look(anchor="b")),
        Slot(type="body", index=1, name="Text", prompt="Text", box=BODY_BOX, look=Look(anchor="t")),
    )
    shapes = [drawn_xml(2, Drawn(box=BAR_BOX, fill="accent1"))]
    shapes += [slot_xml(number, slot, on_master=True) for number, slot in enumerate(slots, 3)]
    shapes += [footer_xml(number, *footer, on_master=True) for number, footer in enumerate(FOOTERS, 5)]
    colours = {name: name for name in (*(f"accent{number}" for number in range(1, 7)), "hlink", "folHlink")}
    ids = (
        element("p:sldLayoutId", id=2147483649 + number, **{"r:id": f"rId{number + 1}"}) for number in range(layouts)
    )
    return _HEAD + element(
        "p:sldMaster",
        element("p:cSld", ground_xml("bg1"), tree_xml(shapes)),
        element("p:clrMap", bg1="lt1", tx1="dk1", bg2="lt2", tx2="dk2", **colours),
        element("p:sldLayoutIdLst", *ids),
        element("p:txStyles", _title_style(), _body_style(), element("p:otherStyle", *_other_levels())),
        **_NAMES,
    )


def _title_style() -> str:
    look = element("a:defRPr", fill_xml("tx2"), element("a:latin", typeface="+mj-lt"), sz=points(TITLE_SIZE), b=True)
    return element("p:titleStyle", element("a:lvl1pPr", spacing_xml("lnSpc", 90), element("a:buNone"), look, algn="l"))


def _body_style() -> str:
    levels = (
        element(
            f"a:lvl{level}pPr",
            spacing_xml("lnSpc", 100),
            element("a:spcBef", element("a:spcPts", val=1200 if level == 1 else 500)),
            element("a:buClr", element("a:schemeClr", val="accent1")),
            element("a:buFont", typeface="Arial"),
            element("a:buChar", char=_BULLETS[(level - 1) % 5]),
            element(
                "a:defRPr",
                fill_xml("tx1"),
                element("a:latin", typeface="+mn-lt"),
                sz=points(BODY_SIZES[min(level, 5) - 1]),
            ),
            marL=emu(INDENT * level),
            indent=-emu(INDENT),
            algn="l",
        )
        for level in range(1, 10)
    )
    return element("p:bodyStyle", *levels)


def _other_levels() -> Iterator[str]:
    look = element("a:defRPr", fill_xml("tx1"), element("a:latin", typeface="+mn-lt"), sz=1800)
    return (element(f"a:lvl{level}pPr", look) for level in range(1, 10))


def _layout(layout: Layout) -> str:
    shapes = [drawn_xml(number, drawn) for number, drawn in enumerate(layout.drawn, 2)]
    first = len(shapes) + 2
    shapes += [slot_xml(number, slot) for number, slot in enumerate(layout.slots, first)]
    if layout.footers:
        first += len(layout.slots)
        shapes += [footer_xml(number, *footer) for number, footer in enumerate(FOOTERS, first)]
    attributes: dict[str, str | int | bool] = {"preserve": True}
    attributes |= {"type": layout.type} if layout.type else {"userDrawn": True}
    if layout.without_bar:
        attributes["showMasterSp"] = False
    return _HEAD + element(
        "p:sldLayout",
        element(
            "p:cSld", "" if layout.ground == "bg1" else ground_xml(layout.ground), tree_xml(shapes), name=layout.name
        ),
        element("p:clrMapOvr", element("a:masterClrMapping")),
        **_NAMES,
        **attributes,
    )


def _sample() -> str:
    """A slide of the most usual layout that shows its number."""
    title, content = LAYOUTS[1].slots
    empty = (replace(slot, prompt="") for slot in (title, content))
    shapes = [*(slot_xml(number, slot) for number, slot in enumerate(empty, 2)), footer_xml(4, *FOOTERS[2])]
    return _HEAD + element(
        "p:sld",
        element("p:cSld", tree_xml(shapes)),
        element("p:clrMapOvr", element("a:masterClrMapping")),
        **_NAMES,
    )


def _notes_master() -> str:
    picture = element(
        "p:sp",
        named_xml(2, "Slide", element("p:ph", type="sldImg", idx=2)),
        element("p:spPr", place_xml((0.75, 1.25, 6.0, 3.375)), element("a:prstGeom", element("a:avLst"), prst="rect")),
    )
    text = Slot(type="body", index=3, name="Notes", prompt="Notes", box=(0.75, 4.9, 6.0, 4.6), look=Look(bullets=False))
    number = footer_xml(4, "sldNum", "Number", 4, (5.5, 1.25), "r", on_master=True, y=9.5)
    colours = {name: name for name in (*(f"accent{index}" for index in range(1, 7)), "hlink", "folHlink")}
    levels = (
        element(f"a:lvl{level}pPr", element("a:defRPr", fill_xml("tx1"), sz=1200), marL=emu(0.25 * (level - 1)))
        for level in range(1, 10)
    )
    return _HEAD + element(
        "p:notesMaster",
        element("p:cSld", ground_xml("bg1"), tree_xml([picture, slot_xml(3, text, on_master=True), number])),
        element("p:clrMap", bg1="lt1", tx1="dk1", bg2="lt2", tx2="dk2", **colours),
        element("p:notesStyle", *levels),
        **_NAMES,
    )
