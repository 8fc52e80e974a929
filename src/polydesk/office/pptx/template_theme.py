"""The theme of the built-in template: colours that keep 4.5:1 against their grounds, fonts that every Office has."""

from __future__ import annotations

from polydesk.office.drawing.markup import element
from polydesk.office.ooxml.names import A

COLOURS = {
    "dk1": "1B1F24",
    "lt1": "FFFFFF",
    "dk2": "12355B",
    "lt2": "EFF3F8",
    "accent1": "1F5FA8",
    "accent2": "B4501E",
    "accent3": "2A7448",
    "accent4": "7A4EA3",
    "accent5": "0E717E",
    "accent6": "A33B5B",
    "hlink": "1F5FA8",
    "folHlink": "6B4A8E",
}
"""Text colours and accents; each accent has at least 4.5:1 against both light grounds."""
FONT = "Calibri"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def theme_xml(name: str = "Polydesk") -> str:
    """The `a:theme` part."""
    colours = "".join(element(f"a:{key}", element("a:srgbClr", val=value)) for key, value in COLOURS.items())
    face = element("a:latin", typeface=FONT) + element("a:ea", typeface="") + element("a:cs", typeface="")
    fonts = element("a:majorFont", face) + element("a:minorFont", face)
    elements = element(
        "a:themeElements",
        element("a:clrScheme", colours, name=name),
        element("a:fontScheme", fonts, name=name),
        _formats(name),
    )
    return _HEAD + element("a:theme", elements, element("a:objectDefaults"), **{"xmlns:a": A[1:-1], "name": name})


def _formats(name: str) -> str:
    """Flat fills and lines: nothing glows, nothing casts a shadow."""
    fill = element("a:solidFill", element("a:schemeClr", val="phClr"))
    lines = "".join(
        element("a:ln", fill, element("a:prstDash", val="solid"), w=width) for width in (6350, 12700, 19050)
    )
    effects = element("a:effectStyle", element("a:effectLst")) * 3
    return element(
        "a:fmtScheme",
        element("a:fillStyleLst", fill * 3),
        element("a:lnStyleLst", lines),
        element("a:effectStyleLst", effects),
        element("a:bgFillStyleLst", fill * 3),
        name=name,
    )
