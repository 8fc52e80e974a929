"""Colours of DrawingML resolved to red, green and blue, and the contrast between two of them."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from dataclasses import dataclass

from polydesk.office.ooxml.names import A, local_name
from polydesk.office.ooxml.part import Element

Colour = tuple[float, float, float]
"""Red, green and blue from 0 to 1."""

_PLAIN_MAP = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}
_PRESETS = {
    "black": "000000",
    "white": "FFFFFF",
    "red": "FF0000",
    "blue": "0000FF",
    "green": "008000",
    "gray": "808080",
}
_FILLS = ("noFill", "solidFill", "gradFill", "blipFill", "pattFill", "grpFill")


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a theme, under the names that a master gives them."""

    colours: Mapping[str, Colour]
    """By the theme's own names: `dk1`, `lt1`, `accent1`, …"""
    names: Mapping[str, str]
    """The master's names for them (`p:clrMap`): `bg1` is `lt1`, and so on."""

    def named(self, name: str) -> Colour | None:
        """The colour that a master calls `name`."""
        return self.colours.get(self.names.get(name, name))

    def colour(self, holder: Element | None) -> Colour | None:
        """The colour inside a `a:solidFill` or the like; None where there is none that can be told."""
        for child in holder if holder is not None else ():
            base = self._base(child)
            if base is not None:
                return _changed(base, child)
        return None

    def _base(self, element: Element) -> Colour | None:
        value = element.get("val", "")
        match local_name(element.tag):
            case "srgbClr":
                return rgb(value)
            case "schemeClr":
                return self.named(value)
            case "sysClr":
                return rgb(element.get("lastClr", "000000" if "Text" in value else "FFFFFF"))
            case "prstClr":
                return rgb(_PRESETS.get(value, ""))
            case _:
                return None


def palette(theme: Element | None, colour_map: Element | None) -> Palette:
    """The palette of a theme part's root (`a:theme`) and a `p:clrMap`; without a map the usual names hold."""
    scheme = None if theme is None else theme.find(f"{A}themeElements/{A}clrScheme")
    plain = Palette({}, {})
    found = {
        local_name(entry.tag): colour
        for entry in (scheme if scheme is not None else ())
        if (colour := plain.colour(entry)) is not None
    }
    names = _PLAIN_MAP if colour_map is None else {str(key): str(value) for key, value in colour_map.attrib.items()}
    return Palette(found, names)


def rgb(text: str) -> Colour | None:
    """The colour of six hexadecimal digits; None for anything else."""
    try:
        value = bytes.fromhex(text)
    except ValueError:
        return None
    return (value[0] / 255, value[1] / 255, value[2] / 255) if len(value) == 3 else None


def hexadecimal(colour: Colour) -> str:
    """The six digits of a colour."""
    return "".join(f"{round(part * 255):02X}" for part in colour)


def contrast(first: Colour, second: Colour) -> float:
    """The contrast ratio, 1 to 21 (WCAG 2.2, relative luminance and contrast ratio)."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def fill_of(properties: Element | None) -> Element | None:
    """The fill that a `p:spPr`, `p:bgPr` or `a:rPr` names; None where it leaves that to others."""
    found = (child for child in (properties if properties is not None else ()) if local_name(child.tag) in _FILLS)
    return next(found, None)


def _luminance(colour: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _changed(colour: Colour, element: Element) -> Colour:
    """The colour after its changes in their order (ISO/IEC 29500-1, 20.1.2.3): luminance, tint and shade."""
    for change in element.iterchildren("*"):
        share = _share(change.get("val"))
        match local_name(change.tag):
            case "lumMod":
                colour = _with_lightness(colour, share, 0.0)
            case "lumOff":
                colour = _with_lightness(colour, 1.0, share)
            case "shade":
                colour = (colour[0] * share, colour[1] * share, colour[2] * share)
            case "tint":
                colour = (1 - (1 - colour[0]) * share, 1 - (1 - colour[1]) * share, 1 - (1 - colour[2]) * share)
            case _:
                continue
    return colour


def _with_lightness(colour: Colour, factor: float, offset: float) -> Colour:
    hue, lightness, saturation = colorsys.rgb_to_hls(*colour)
    return colorsys.hls_to_rgb(hue, min(max(lightness * factor + offset, 0.0), 1.0), saturation)


def _share(written: str | None) -> float:
    """A percentage as a share: thousandths, or with a sign in strict files. 1 for nonsense."""
    text = (written or "").strip()
    try:
        return float(text[:-1]) / 100 if text.endswith("%") else float(text) / 100_000
    except ValueError:
        return 1.0
