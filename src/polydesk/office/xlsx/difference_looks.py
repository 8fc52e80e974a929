"""How a cell looks, in the words of the edits, so that cells of two workbooks can be compared and led to each other."""

from __future__ import annotations

import colorsys
import re
from functools import cached_property

import msgspec

from polydesk.office.drawing.colours import Palette, hexadecimal, palette, rgb
from polydesk.office.ooxml.part import Element
from polydesk.office.opc.xml import parse_xml
from polydesk.office.xlsx.builtin_formats import BUILTIN_FORMATS
from polydesk.office.xlsx.cell_edits import SetStyle, Side
from polydesk.office.xlsx.numerals import decimal, whole
from polydesk.office.xlsx.shifting_parts import linked_parts
from polydesk.office.xlsx.state import WorkbookState

_THEME = (
    "lt1",
    "dk1",
    "lt2",
    "dk2",
    "accent1",
    "accent2",
    "accent3",
    "accent4",
    "accent5",
    "accent6",
    "hlink",
    "folHlink",
)
"""Theme colours in the order in which formats count them (ECMA-376-1 §18.8.3, as Excel does: light before dark)."""
_INDEXED = re.findall(
    r"\w+",
    "000000 FFFFFF FF0000 00FF00 0000FF FFFF00 FF00FF 00FFFF 000000 FFFFFF FF0000 00FF00 0000FF FFFF00 FF00FF 00FFFF "
    "800000 008000 000080 808000 800080 008080 C0C0C0 808080 9999FF 993366 FFFFCC CCFFFF 660066 FF8080 0066CC CCCCFF "
    "000080 FF00FF FFFF00 00FFFF 800080 800000 008080 0000FF 00CCFF CCFFFF CCFFCC FFFF99 99CCFF FF99CC CC99FF FFCC99 "
    "3366FF 33CCCC 99CC00 FFCC00 FF9900 FF6600 666699 969696 003366 339966 003300 333300 993300 993366 333399 333333 ",
)
"""The default colours by index (ECMA-376-1 §18.8.27)."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A cell's format. Colours are `#RRGGBB`; None is automatic, or none."""

    number_format: str = "General"
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    font: str | None = None
    size: float | None = None
    color: str | None = None
    fill: str | None = None
    left: Side | None = None
    right: Side | None = None
    top: Side | None = None
    bottom: Side | None = None
    horizontal: str = "general"
    vertical: str = "bottom"
    wrap: bool = False
    indent: int = 0
    locked: bool = True


class Looks:
    """The formats of one workbook, by index."""

    def __init__(self, state: WorkbookState) -> None:
        self._state = state
        self._known: dict[int, Look] = {}

    def look(self, index: int) -> Look:
        """The format of a cell."""
        if index not in self._known:
            self._known[index] = self._read(index)
        return self._known[index]

    @cached_property
    def _palette(self) -> Palette:
        package = self._state.package
        parts = linked_parts(package, self._state.main, "theme")
        root = parse_xml(package.read(parts[0]), part=parts[0], path=package.path) if parts else None
        return palette(root, None)

    def _read(self, index: int) -> Look:
        styles = self._state.styles
        xf = styles.format(index)
        if xf is None:
            return Look()
        id, own = styles.number_format(index)
        font = self._member("fonts", xf.get("fontId"))
        alignment = next(xf.iterchildren("{*}alignment"), None)
        protection = next(xf.iterchildren("{*}protection"), None)
        size = _value(font, "sz")
        return Look(
            number_format=own if own is not None else BUILTIN_FORMATS.get(id, "General"),
            bold=_flag(font, "b"),
            italic=_flag(font, "i"),
            underline=_flag(font, "u"),
            strike=_flag(font, "strike"),
            font=_value(font, "name"),
            size=decimal(size, None),
            color=self._colour(_child(font, "color")),
            fill=self._fill(self._member("fills", xf.get("fillId"))),
            **self._sides(self._member("borders", xf.get("borderId"))),
            horizontal="general" if alignment is None else alignment.get("horizontal", "general"),
            vertical="bottom" if alignment is None else alignment.get("vertical", "bottom"),
            wrap=alignment is not None and alignment.get("wrapText", "0") in ("1", "true"),
            indent=0 if alignment is None else whole(alignment.get("indent"), 0),
            locked=protection is None or protection.get("locked", "1") in ("1", "true"),
        )

    def _member(self, container: str, index: str | None) -> Element | None:
        members = self._state.styles.members(container)
        number = int(index) if index is not None and index.isdigit() else 0
        return members[number] if number < len(members) else None

    def _fill(self, fill: Element | None) -> str | None:
        pattern = _child(fill, "patternFill")
        if pattern is None or pattern.get("patternType", "none") in ("none", "gray125"):
            return None
        return self._colour(_child(pattern, "fgColor"))

    def _sides(self, border: Element | None) -> dict[str, Side | None]:
        found: dict[str, Side | None] = {}
        for name, logical in (("left", "start"), ("right", "end"), ("top", "top"), ("bottom", "bottom")):
            side = _child(border, name)
            side = _child(border, logical) if side is None else side
            style = None if side is None else side.get("style")
            if style is None or style == "none":
                found[name] = None
            else:
                found[name] = Side(style=style, color=self._colour(_child(side, "color")))  # type: ignore[arg-type]
        return found

    def _colour(self, element: Element | None) -> str | None:
        if element is None or element.get("auto") in ("1", "true"):
            return None
        colour = None
        if (own := element.get("rgb")) is not None:
            colour = rgb(own[-6:])
        elif (theme := whole(element.get("theme"), len(_THEME))) < len(_THEME):
            colour = self._palette.colours.get(_THEME[theme])
        elif (index := whole(element.get("indexed"), len(_INDEXED))) < len(_INDEXED):
            colour = rgb(_INDEXED[index])
        if colour is None:
            return None
        tint = max(-1.0, min(1.0, decimal(element.get("tint"), 0.0)))
        if tint:
            hue, light, saturation = colorsys.rgb_to_hls(*colour)
            light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
            colour = colorsys.hls_to_rgb(hue, light, saturation)
        return f"#{hexadecimal(colour)}"


def style_edit(at: str, before: Look, after: Look) -> SetStyle | None:
    """The edit that leads from one look to another; None when they differ in the number format at most."""
    changes: dict[str, object] = {}
    for name in Look.__struct_fields__[1:]:
        old, new = getattr(before, name), getattr(after, name)
        if old == new:
            continue
        if name in ("left", "right", "top", "bottom"):
            changes[name] = new or Side(style="none")
        elif name == "color":
            changes[name] = new or "automatic"
        elif name == "fill":
            changes[name] = new or "none"
        elif new is not None:
            changes[name] = new
    return SetStyle(at=at, **changes) if changes else None  # type: ignore[arg-type]  # the fields have the same names


def _child(element: Element | None, name: str) -> Element | None:
    return None if element is None else next(element.iterchildren("{*}" + name), None)


def _value(element: Element | None, name: str) -> str | None:
    child = _child(element, name)
    return None if child is None else child.get("val")


def _flag(element: Element | None, name: str) -> bool:
    child = _child(element, name)
    return child is not None and child.get("val", "1") not in ("0", "false", "none")
