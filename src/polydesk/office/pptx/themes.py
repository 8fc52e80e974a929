"""The theme that holds for a slide: its fonts and its colours."""

from __future__ import annotations

from polydesk.office.drawing.colours import Palette, palette
from polydesk.office.ooxml.names import A, P
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.deck import Deck

_SCRIPTS = {"lt": "latin", "ea": "ea", "cs": "cs"}


class Themes:
    """Fonts and colours by slide, layout or master part; what was found is kept."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self._themes: dict[str, Element | None] = {}
        self._palettes: dict[str, Palette] = {}

    def family(self, part: str, typeface: str) -> str:
        """The family that a typeface means: `+mj-lt` and its likes are the theme's."""
        if not typeface.startswith("+"):
            return typeface
        theme = self._theme(part)
        kind = "majorFont" if typeface.startswith("+mj") else "minorFont"
        script = _SCRIPTS.get(typeface[-2:], "latin")
        path = f"{A}themeElements/{A}fontScheme/{A}{kind}/{A}{script}"
        font = None if theme is None else theme.find(path)
        return "Calibri" if font is None else font.get("typeface") or "Calibri"

    def palette(self, part: str) -> Palette:
        """The colours, under the names that hold in the part."""
        if part not in self._palettes:
            master = self.master(part)
            colour_map = None if master is None else self._deck.part(master).root.find(f"{P}clrMap")
            for name in (part, self._deck.related(part, "slideLayout")):
                override = (
                    None if name is None else self._deck.part(name).root.find(f"{P}clrMapOvr/{A}overrideClrMapping")
                )
                if override is not None:
                    colour_map = override
                    break
            self._palettes[part] = palette(self._theme(part), colour_map)
        return self._palettes[part]

    def master(self, part: str) -> str | None:
        """The master of a slide or layout; the part itself when it is one."""
        root = self._deck.part(part).root
        if root.tag in (f"{P}sldMaster", f"{P}notesMaster"):
            return part
        if root.tag == f"{P}sld":
            layout = self._deck.related(part, "slideLayout")
            return None if layout is None else self.master(layout)
        return self._deck.related(part, "slideMaster") or self._deck.related(part, "notesMaster")

    def _theme(self, part: str) -> Element | None:
        master = self.master(part) or ""
        if master not in self._themes:
            name = self._deck.related(master, "theme") if master else None
            self._themes[master] = None if name is None else self._deck.part(name).root
        return self._themes[master]
