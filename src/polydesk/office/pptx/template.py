"""The built-in template: a presentation with one sample slide, 16:9, made here and nowhere copied from.

Its layouts are those that PowerPoint's users know, with a few of our own; every text has a contrast of at least 4.5:1.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from polydesk.office.drawing.markup import chars, element
from polydesk.office.ooxml.names import A, P, R
from polydesk.office.pptx.template_layouts import (
    BAR_BOX,
    BODY_BOX,
    EMU_PER_INCH,
    LAYOUTS,
    SLIDE_HEIGHT,
    SLIDE_WIDTH,
    TITLE_BOX,
    Drawn,
    Inches,
    Layout,
    Look,
    Slot,
)
from polydesk.office.pptx.template_theme import theme_xml

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NAMES = {"xmlns:a": A[1:-1], "xmlns:r": R[1:-1], "xmlns:p": P[1:-1]}
_TYPES = "application/vnd.openxmlformats-officedocument."
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_TITLE_SIZE, _BODY_SIZES = 28.0, (24.0, 20.0, 18.0, 16.0, 16.0)
_BULLETS = ("\u2022", "\u2013", "\u2022", "\u2013", "\u2022")
_INDENT = 0.28
_FOOTER_Y, _FOOTER_HEIGHT = 6.97, 0.32
_FOOTERS = (
    ("dt", "Date", 10, (0.65, 2.2), "l"),
    ("ftr", "Footer", 11, (3.4, 6.5), "ctr"),
    ("sldNum", "Number", 12, (11.48, 1.2), "r"),
)
_QUIET = ("tx1", {"lumMod": 65000, "lumOff": 35000})


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
            element("a:defRPr", _fill("tx1"), element("a:latin", typeface="+mn-lt"), sz=1800),
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
    shapes = [_drawn(2, Drawn(box=BAR_BOX, fill="accent1"))]
    shapes += [_slot(number, slot, on_master=True) for number, slot in enumerate(slots, 3)]
    shapes += [_footer(number, *footer, on_master=True) for number, footer in enumerate(_FOOTERS, 5)]
    colours = {name: name for name in (*(f"accent{number}" for number in range(1, 7)), "hlink", "folHlink")}
    ids = (
        element("p:sldLayoutId", id=2147483649 + number, **{"r:id": f"rId{number + 1}"}) for number in range(layouts)
    )
    return _HEAD + element(
        "p:sldMaster",
        element("p:cSld", _ground("bg1"), _tree(shapes)),
        element("p:clrMap", bg1="lt1", tx1="dk1", bg2="lt2", tx2="dk2", **colours),
        element("p:sldLayoutIdLst", *ids),
        element("p:txStyles", _title_style(), _body_style(), element("p:otherStyle", *_other_levels())),
        **_NAMES,
    )


def _title_style() -> str:
    look = element("a:defRPr", _fill("tx2"), element("a:latin", typeface="+mj-lt"), sz=_points(_TITLE_SIZE), b=True)
    return element("p:titleStyle", element("a:lvl1pPr", _spacing("lnSpc", 90), element("a:buNone"), look, algn="l"))


def _body_style() -> str:
    levels = (
        element(
            f"a:lvl{level}pPr",
            _spacing("lnSpc", 100),
            element("a:spcBef", element("a:spcPts", val=1200 if level == 1 else 500)),
            element("a:buClr", element("a:schemeClr", val="accent1")),
            element("a:buFont", typeface="Arial"),
            element("a:buChar", char=_BULLETS[(level - 1) % 5]),
            element(
                "a:defRPr",
                _fill("tx1"),
                element("a:latin", typeface="+mn-lt"),
                sz=_points(_BODY_SIZES[min(level, 5) - 1]),
            ),
            marL=_emu(_INDENT * level),
            indent=-_emu(_INDENT),
            algn="l",
        )
        for level in range(1, 10)
    )
    return element("p:bodyStyle", *levels)


def _other_levels() -> Iterator[str]:
    look = element("a:defRPr", _fill("tx1"), element("a:latin", typeface="+mn-lt"), sz=1800)
    return (element(f"a:lvl{level}pPr", look) for level in range(1, 10))


def _layout(layout: Layout) -> str:
    shapes = [_drawn(number, drawn) for number, drawn in enumerate(layout.drawn, 2)]
    first = len(shapes) + 2
    shapes += [_slot(number, slot) for number, slot in enumerate(layout.slots, first)]
    if layout.footers:
        first += len(layout.slots)
        shapes += [_footer(number, *footer) for number, footer in enumerate(_FOOTERS, first)]
    attributes: dict[str, str | int | bool] = {"preserve": True}
    attributes |= {"type": layout.type} if layout.type else {"userDrawn": True}
    if layout.without_bar:
        attributes["showMasterSp"] = False
    return _HEAD + element(
        "p:sldLayout",
        element("p:cSld", "" if layout.ground == "bg1" else _ground(layout.ground), _tree(shapes), name=layout.name),
        element("p:clrMapOvr", element("a:masterClrMapping")),
        **_NAMES,
        **attributes,
    )


def _sample() -> str:
    """A slide of the most usual layout that shows its number."""
    title, content = LAYOUTS[1].slots
    empty = (replace(slot, prompt="") for slot in (title, content))
    shapes = [*(_slot(number, slot) for number, slot in enumerate(empty, 2)), _footer(4, *_FOOTERS[2])]
    return _HEAD + element(
        "p:sld",
        element("p:cSld", _tree(shapes)),
        element("p:clrMapOvr", element("a:masterClrMapping")),
        **_NAMES,
    )


def _notes_master() -> str:
    picture = element(
        "p:sp",
        _named(2, "Slide", element("p:ph", type="sldImg", idx=2)),
        element("p:spPr", _place((0.75, 1.25, 6.0, 3.375)), element("a:prstGeom", element("a:avLst"), prst="rect")),
    )
    text = Slot(type="body", index=3, name="Notes", prompt="Notes", box=(0.75, 4.9, 6.0, 4.6), look=Look(bullets=False))
    number = _footer(4, "sldNum", "Number", 4, (5.5, 1.25), "r", on_master=True, y=9.5)
    colours = {name: name for name in (*(f"accent{index}" for index in range(1, 7)), "hlink", "folHlink")}
    levels = (
        element(f"a:lvl{level}pPr", element("a:defRPr", _fill("tx1"), sz=1200), marL=_emu(0.25 * (level - 1)))
        for level in range(1, 10)
    )
    return _HEAD + element(
        "p:notesMaster",
        element("p:cSld", _ground("bg1"), _tree([picture, _slot(3, text, on_master=True), number])),
        element("p:clrMap", bg1="lt1", tx1="dk1", bg2="lt2", tx2="dk2", **colours),
        element("p:notesStyle", *levels),
        **_NAMES,
    )


def _slot(id: int, slot: Slot, *, on_master: bool = False) -> str:
    """The `p:sp` of a placeholder."""
    ph: dict[str, str | int | bool] = {} if slot.type is None else {"type": slot.type}
    if slot.index and not (on_master and slot.type == "title"):
        ph["idx"] = slot.index
    place = element("p:spPr") if slot.box is None else element("p:spPr", _place(slot.box), *_form(on_master))
    body = element("a:bodyPr", element("a:normAutofit"), **_body_properties(slot.look, on_master))
    return element(
        "p:sp",
        _named(id, slot.name, element("p:ph", **ph), locked=True),
        place,
        element("p:txBody", body, _list_style(slot), _prompt(slot, on_master)),
    )


def _form(on_master: bool) -> list[str]:
    return [element("a:prstGeom", element("a:avLst"), prst="rect")] if on_master else []


def _body_properties(look: Look, on_master: bool) -> dict[str, str | int | bool]:
    insets = {"lIns": 0, "tIns": 0, "rIns": 0, "bIns": 0} if on_master else {}
    return {**insets, **({"anchor": look.anchor} if look.anchor else {})}


def _prompt(slot: Slot, on_master: bool) -> str:
    if not slot.prompt:
        return element("a:p", element("a:endParaRPr", lang="en-US"))
    if slot.type in ("title", "ctrTitle") or not on_master:
        return element("a:p", element("a:r", element("a:rPr", lang="en-US"), chars("a:t", slot.prompt)))
    words = ("Text", "Second level", "Third level", "Fourth level", "Fifth level")
    return "".join(
        element("a:p", element("a:pPr", lvl=level), element("a:r", element("a:rPr", lang="en-US"), chars("a:t", word)))
        for level, word in enumerate(words)
    )


def _list_style(slot: Slot) -> str:
    """What the placeholder's levels have of their own; sizes keep the master's steps between them."""
    look = slot.look
    if look == Look(anchor=look.anchor):
        return element("a:lstStyle")
    sizes = _BODY_SIZES if slot.type not in ("title", "ctrTitle") else (_TITLE_SIZE,)
    return element("a:lstStyle", *(_level(look, level, sizes) for level in range(1, len(sizes) + 1)))


def _level(look: Look, level: int, sizes: tuple[float, ...]) -> str:
    attributes: dict[str, str | int | bool] = {}
    if look.size is not None:
        attributes["sz"] = _points(max(look.size - (sizes[0] - sizes[level - 1]), 16.0))
    attributes |= {} if look.bold is None else {"b": look.bold}
    attributes |= {} if look.italic is None else {"i": look.italic}
    paragraph: dict[str, str | int | bool] = {} if look.align is None else {"algn": look.align}
    if not look.bullets:
        paragraph |= {"marL": _emu(_INDENT * (level - 1)), "indent": 0}
    colour = "" if look.colour is None else _fill(look.colour)
    inner = [] if look.bullets else [element("a:buNone")]
    return element(f"a:lvl{level}pPr", *inner, element("a:defRPr", colour, **attributes), **paragraph)


def _footer(
    id: int,
    type: str,
    name: str,
    index: int,
    across: tuple[float, float],
    align: str,
    *,
    on_master: bool = False,
    y: float = _FOOTER_Y,
) -> str:
    """A date, footer or slide number."""
    ph: dict[str, str | int | bool] = {"type": type, "sz": "quarter", "idx": index}
    words = element("a:p", element("a:endParaRPr", lang="en-US"))
    if type == "sldNum":
        field = element(
            "a:fld", chars("a:t", "\u2039#\u203a"), id="{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}", type="slidenum"
        )
        words = element("a:p", field)
    style = element("a:lstStyle")
    place = element("p:spPr")
    properties = element("a:bodyPr")
    if on_master:
        look = element("a:defRPr", _fill(*_QUIET), sz=1200)
        style = element("a:lstStyle", element("a:lvl1pPr", look, algn=align))
        place = element("p:spPr", _place((across[0], y, across[1], _FOOTER_HEIGHT)), *_form(True))
        properties = element("a:bodyPr", lIns=0, tIns=0, rIns=0, bIns=0, anchor="ctr")
    return element(
        "p:sp",
        _named(id, name, element("p:ph", **ph), locked=True),
        place,
        element("p:txBody", properties, style, words),
    )


def _drawn(id: int, drawn: Drawn) -> str:
    """A shape without meaning, marked so for readers who do not see it."""
    properties = element(
        "p:spPr",
        _place(drawn.box, flipped=drawn.flipped),
        element("a:prstGeom", element("a:avLst"), prst=drawn.form),
        _fill(drawn.fill),
        element("a:ln", element("a:noFill")),
    )
    body = element("p:txBody", element("a:bodyPr"), element("a:lstStyle"), element("a:p"))
    return element("p:sp", _named(id, f"Decoration {id}", "", decorative=True), properties, body)


def _named(id: int, name: str, ph: str, *, locked: bool = False, decorative: bool = False) -> str:
    mark = ""
    if decorative:
        uri = "{C183D7F6-B498-43B3-948B-1728B52AA6E4}"
        flag = element("adec:decorative", **{"xmlns:adec": _DECORATIVE, "val": True})
        mark = element("a:extLst", element("a:ext", flag, uri=uri))
    locks = element("a:spLocks", noGrp=True) if locked else ""
    return element(
        "p:nvSpPr",
        element("p:cNvPr", mark, id=id, name=name),
        element("p:cNvSpPr", locks),
        element("p:nvPr", ph, **({} if locked else {"userDrawn": True})),
    )


_DECORATIVE = "http://schemas.microsoft.com/office/drawing/2017/decorative"


def _tree(shapes: list[str]) -> str:
    zero = element("a:off", x=0, y=0) + element("a:ext", cx=0, cy=0)
    zero += element("a:chOff", x=0, y=0) + element("a:chExt", cx=0, cy=0)
    head = element("p:nvGrpSpPr", element("p:cNvPr", id=1, name=""), element("p:cNvGrpSpPr"), element("p:nvPr"))
    return element("p:spTree", head, element("p:grpSpPr", element("a:xfrm", zero)), *shapes)


def _ground(colour: str) -> str:
    return element("p:bg", element("p:bgPr", _fill(colour), element("a:effectLst")))


def _place(box: Inches, *, flipped: bool = False) -> str:
    x, y, width, height = (_emu(inches) for inches in box)
    turned = {"flipH": True} if flipped else {}
    return element("a:xfrm", element("a:off", x=x, y=y), element("a:ext", cx=width, cy=height), **turned)


def _fill(colour: str, changes: dict[str, int] | None = None) -> str:
    """A fill of a theme colour: `accent1`, `accent1:75` (lumMod), `accent1:60+40` (lumMod and lumOff)."""
    name, _, amount = colour.partition(":")
    modulation, _, offset = amount.partition("+")
    found = dict(changes or {})
    found |= {"lumMod": int(modulation) * 1000} if modulation else {}
    found |= {"lumOff": int(offset) * 1000} if offset else {}
    inner = (element(f"a:{key}", val=value) for key, value in found.items())
    return element("a:solidFill", element("a:schemeClr", *inner, val=name))


def _spacing(name: str, percent: int) -> str:
    return element(f"a:{name}", element("a:spcPct", val=percent * 1000))


def _emu(inches: float) -> int:
    return round(inches * EMU_PER_INCH)


def _points(size: float) -> int:
    return round(size * 100)
