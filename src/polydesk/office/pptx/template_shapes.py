"""The shapes of the built-in template: placeholders, footers and what is only to be looked at, as PresentationML."""

from __future__ import annotations

from polydesk.office.drawing.markup import chars, element
from polydesk.office.pptx.template_layouts import EMU_PER_INCH, Drawn, Inches, Look, Slot

TITLE_SIZE, BODY_SIZES = 28.0, (24.0, 20.0, 18.0, 16.0, 16.0)
INDENT = 0.28
_FOOTER_Y, _FOOTER_HEIGHT = 6.97, 0.32
FOOTERS = (
    ("dt", "Date", 10, (0.65, 2.2), "l"),
    ("ftr", "Footer", 11, (3.4, 6.5), "ctr"),
    ("sldNum", "Number", 12, (11.48, 1.2), "r"),
)
_QUIET = ("tx1", {"lumMod": 65000, "lumOff": 35000})


def slot_xml(id: int, slot: Slot, *, on_master: bool = False) -> str:
    """The `p:sp` of a placeholder."""
    ph: dict[str, str | int | bool] = {} if slot.type is None else {"type": slot.type}
    if slot.index and not (on_master and slot.type == "title"):
        ph["idx"] = slot.index
    place = element("p:spPr") if slot.box is None else element("p:spPr", place_xml(slot.box), *_form(on_master))
    body = element("a:bodyPr", element("a:normAutofit"), **_body_properties(slot.look, on_master))
    return element(
        "p:sp",
        named_xml(id, slot.name, element("p:ph", **ph), locked=True),
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
    sizes = BODY_SIZES if slot.type not in ("title", "ctrTitle") else (TITLE_SIZE,)
    return element("a:lstStyle", *(_level(look, level, sizes) for level in range(1, len(sizes) + 1)))


def _level(look: Look, level: int, sizes: tuple[float, ...]) -> str:
    attributes: dict[str, str | int | bool] = {}
    if look.size is not None:
        attributes["sz"] = points(max(look.size - (sizes[0] - sizes[level - 1]), 16.0))
    attributes |= {} if look.bold is None else {"b": look.bold}
    attributes |= {} if look.italic is None else {"i": look.italic}
    paragraph: dict[str, str | int | bool] = {} if look.align is None else {"algn": look.align}
    if not look.bullets:
        paragraph |= {"marL": emu(INDENT * (level - 1)), "indent": 0}
    colour = "" if look.colour is None else fill_xml(look.colour)
    inner = [] if look.bullets else [element("a:buNone")]
    return element(f"a:lvl{level}pPr", *inner, element("a:defRPr", colour, **attributes), **paragraph)


def footer_xml(
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
        look = element("a:defRPr", fill_xml(*_QUIET), sz=1200)
        style = element("a:lstStyle", element("a:lvl1pPr", look, algn=align))
        place = element("p:spPr", place_xml((across[0], y, across[1], _FOOTER_HEIGHT)), *_form(True))
        properties = element("a:bodyPr", lIns=0, tIns=0, rIns=0, bIns=0, anchor="ctr")
    return element(
        "p:sp",
        named_xml(id, name, element("p:ph", **ph), locked=True),
        place,
        element("p:txBody", properties, style, words),
    )


def drawn_xml(id: int, drawn: Drawn) -> str:
    """A shape without meaning, marked so for readers who do not see it."""
    properties = element(
        "p:spPr",
        place_xml(drawn.box, flipped=drawn.flipped),
        element("a:prstGeom", element("a:avLst"), prst=drawn.form),
        fill_xml(drawn.fill),
        element("a:ln", element("a:noFill")),
    )
    body = element("p:txBody", element("a:bodyPr"), element("a:lstStyle"), element("a:p"))
    return element("p:sp", named_xml(id, f"Decoration {id}", "", decorative=True), properties, body)


def named_xml(id: int, name: str, ph: str, *, locked: bool = False, decorative: bool = False) -> str:
    """The names of a shape: id, name, placeholder, and whether it is mere decoration."""
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


def tree_xml(shapes: list[str]) -> str:
    """A shape tree with these shapes."""
    zero = element("a:off", x=0, y=0) + element("a:ext", cx=0, cy=0)
    zero += element("a:chOff", x=0, y=0) + element("a:chExt", cx=0, cy=0)
    head = element("p:nvGrpSpPr", element("p:cNvPr", id=1, name=""), element("p:cNvGrpSpPr"), element("p:nvPr"))
    return element("p:spTree", head, element("p:grpSpPr", element("a:xfrm", zero)), *shapes)


def ground_xml(colour: str) -> str:
    """A background of one theme colour."""
    return element("p:bg", element("p:bgPr", fill_xml(colour), element("a:effectLst")))


def place_xml(box: Inches, *, flipped: bool = False) -> str:
    """Where a shape stands."""
    x, y, width, height = (emu(inches) for inches in box)
    turned = {"flipH": True} if flipped else {}
    return element("a:xfrm", element("a:off", x=x, y=y), element("a:ext", cx=width, cy=height), **turned)


def fill_xml(colour: str, changes: dict[str, int] | None = None) -> str:
    """A fill of a theme colour: `accent1`, `accent1:75` (lumMod), `accent1:60+40` (lumMod and lumOff)."""
    name, _, amount = colour.partition(":")
    modulation, _, offset = amount.partition("+")
    found = dict(changes or {})
    found |= {"lumMod": int(modulation) * 1000} if modulation else {}
    found |= {"lumOff": int(offset) * 1000} if offset else {}
    inner = (element(f"a:{key}", val=value) for key, value in found.items())
    return element("a:solidFill", element("a:schemeClr", *inner, val=name))


def spacing_xml(name: str, percent: int) -> str:
    """A spacing in percent of the line."""
    return element(f"a:{name}", element("a:spcPct", val=percent * 1000))


def emu(inches: float) -> int:
    """Inches in EMU."""
    return round(inches * EMU_PER_INCH)


def points(size: float) -> int:
    """Points in hundredths, as text sizes are written."""
    return round(size * 100)
