"""What a shape takes from its layout, its master and the presentation where it says nothing itself.

The chain of a placeholder is: itself, the layout's placeholder of the same index, the master's of the same type
(ISO/IEC 29500-1, 19.3.1.36 and 19.3.1.52); text looks on in the master's text styles and the presentation's default.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from polydesk.office.ooxml.names import A, P
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.names import A_PPR
from polydesk.office.pptx.shapes import Shape, placeholder_of, shape_tree, shapes_of
from polydesk.office.pptx.text import level_of

_MASTER_TYPE = {"ctrTitle": "title", "subTitle": "body", "vertTitle": "title", "vertBody": "body"}
_OWN_IN_MASTER = frozenset({"title", "body", "dt", "ftr", "sldNum", "hdr", "sldImg"})
_STYLE_OF_TYPE = {"title": "titleStyle", "body": "bodyStyle"}
_FOOTERS = frozenset({"dt", "ftr", "sldNum", "hdr"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A place and size in English metric units (914,400 to the inch), within the group where there is one."""

    x: int
    y: int
    width: int
    height: int


class Inheritance:
    """Looks things up along the chains of one deck; what was found is kept, for thousands of shapes share it."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self._placeholders: dict[str, list[Element]] = {}
        self._styles: dict[tuple[Element, int], list[Element]] = {}

    def chain(self, part: str, shape: Element) -> list[Element]:
        """The shape, and then the placeholders that it inherits from, nearest first."""
        placeholder = placeholder_of(shape)
        if placeholder is None:
            return [shape]
        found = [shape]
        above = self._above(part)
        if above is not None and (inherited := self._match(above, placeholder)) is not None:
            found.append(inherited)
        master = None if above is None else self._above(above)
        if master is not None:
            own = placeholder if len(found) == 1 else placeholder_of(found[1])
            inherited = self._match_in_master(master, own if own is not None else placeholder)
            if inherited is not None:
                found.append(inherited)
        return found

    def placeholder_type(self, part: str, shape: Element) -> str | None:
        """The type of a placeholder, such as `title`, `body`, `pic`; `obj` when it takes anything. None for no one."""
        for element in self.chain(part, shape):
            placeholder = placeholder_of(element)
            if placeholder is not None and placeholder.get("type"):
                return placeholder.get("type")
        return None if placeholder_of(shape) is None else "obj"

    def box(self, part: str, shape: Element) -> Box | None:
        """Where the shape stands, as inherited; None when nothing says it."""
        found = (box_of(element) for element in self.chain(part, shape))
        return next((box for box in found if box is not None), None)

    def body_properties(self, part: str, shape: Element) -> list[Element]:
        """The `a:bodyPr` that hold for its text, nearest first: insets, anchor, autofit."""
        found = (element.find(f"{P}txBody/{A}bodyPr") for element in self.chain(part, shape))
        return [properties for properties in found if properties is not None]

    def paragraph_properties(self, part: str, shape: Element, paragraph: Element) -> list[Element]:
        """What gives the paragraph its look (`a:pPr`, `a:lvl1pPr`, …), nearest first."""
        own = paragraph.find(A_PPR)
        inherited = self.level_properties(part, shape, level_of(paragraph))
        return inherited if own is None else [own, *inherited]

    def level_properties(self, part: str, shape: Element, level: int) -> list[Element]:
        """What gives paragraphs of a level (from 0) in this shape their look, nearest first."""
        key = (shape, level)
        if key not in self._styles:
            wanted = f"{A}lvl{level + 1}pPr"
            found = (styles.find(wanted) for styles in self._list_styles(part, shape))
            self._styles[key] = [properties for properties in found if properties is not None]
        return self._styles[key]

    def _list_styles(self, part: str, shape: Element) -> Iterator[Element]:
        chain = self.chain(part, shape)
        for element in chain:
            styles = element.find(f"{P}txBody/{A}lstStyle")
            if styles is not None:
                yield styles
        yield from self._master_style(part, chain)
        default = self._deck.main.root.find(f"{P}defaultTextStyle")
        if default is not None:
            yield default

    def _master_style(self, part: str, chain: list[Element]) -> Iterator[Element]:
        master = self._master(part)
        root = self._deck.part(master).root
        if root.tag == f"{P}notesMaster":
            notes = root.find(f"{P}notesStyle")
            styles = [] if notes is None or len(chain) == 1 else [notes]
        else:
            name = self._style_name(chain)
            style = root.find(f"{P}txStyles/{P}{name}")
            styles = [] if style is None else [style]
        yield from styles

    def _style_name(self, chain: list[Element]) -> str:
        if len(chain) == 1 and placeholder_of(chain[0]) is None:
            return "otherStyle"
        types = [placeholder.get("type") for placeholder in map(placeholder_of, chain) if placeholder is not None]
        type = next((type for type in types if type), "obj")
        if type in _FOOTERS:
            return "otherStyle"
        return _STYLE_OF_TYPE.get(_MASTER_TYPE.get(type, type), "bodyStyle")

    def _master(self, part: str) -> str:
        """The master at the end of the chain of parts, or the part itself when it is one."""
        seen = {part}
        while (above := self._above(part)) is not None and above not in seen:
            seen.add(above)
            part = above
        return part

    def _above(self, part: str) -> str | None:
        for kind in ("slideLayout", "slideMaster", "notesMaster"):
            name = self._deck.related(part, kind)
            # A master leads to its layouts, which are below it.
            if name is not None and not (kind == "slideLayout" and self._deck.related(part, "theme")):
                return name
        return None

    def _match(self, part: str, placeholder: Element) -> Element | None:
        """The placeholder of a layout (or of a notes master) that one of a slide (or notes page) inherits from."""
        if self._deck.part(part).root.tag in (f"{P}notesMaster", f"{P}sldMaster"):
            return self._match_in_master(part, placeholder)
        index, type = placeholder.get("idx", "0"), placeholder.get("type", "obj")
        candidates = self._in(part)
        for element in candidates:
            other = placeholder_of(element)
            if other is not None and other.get("idx", "0") == index and _are_alike(type, other.get("type", "obj")):
                return element
        return next((item for item in candidates if _has_type(item, type)), None) if type != "obj" else None

    def _match_in_master(self, part: str, placeholder: Element) -> Element | None:
        type = placeholder.get("type", "obj")
        wanted = _MASTER_TYPE.get(type, type)
        wanted = wanted if wanted in _OWN_IN_MASTER else "body"
        return next((element for element in self._in(part) if _has_type(element, wanted)), None)

    def _in(self, part: str) -> list[Element]:
        if part not in self._placeholders:
            tree = shape_tree(self._deck.part(part).root)
            shapes: list[Shape] = [] if tree is None else shapes_of(tree)
            self._placeholders[part] = [shape.element for shape in shapes if shape.placeholder is not None]
        return self._placeholders[part]


def box_of(element: Element) -> Box | None:
    """Where a shape itself says that it stands; None when it leaves that to what it inherits from."""
    for path in (f"{P}spPr/{A}xfrm", f"{P}grpSpPr/{A}xfrm", f"{P}xfrm"):
        transform = element.find(path)
        place = None if transform is None else transform.find(f"{A}off")
        size = None if transform is None else transform.find(f"{A}ext")
        if place is not None and size is not None:
            return Box(
                x=emu(place.get("x")), y=emu(place.get("y")), width=emu(size.get("cx")), height=emu(size.get("cy"))
            )
    return None


def emu(written: str | None) -> int:
    """A coordinate as a number; a strict file may give it with a unit (ISO/IEC 29500-1, 22.9.2.15). 0 for nonsense."""
    text = (written or "0").strip()
    try:
        return int(text)
    except ValueError:
        per_unit = {"mm": 36_000, "cm": 360_000, "in": 914_400, "pt": 12_700, "pc": 152_400, "pi": 152_400}
        factor = per_unit.get(text[-2:])
        try:
            return 0 if factor is None else round(float(text[:-2]) * factor)
        except (ValueError, OverflowError):
            return 0


def _has_type(element: Element, type: str) -> bool:
    placeholder = placeholder_of(element)
    return placeholder is not None and placeholder.get("type", "obj") == type


def _are_alike(type: str, other: str) -> bool:
    """Whether a slide's placeholder may stand for a layout's of the same index: index 0 is given out freely."""
    titles = {"title", "ctrTitle"}
    return (type in titles) == (other in titles) or type == "obj"
