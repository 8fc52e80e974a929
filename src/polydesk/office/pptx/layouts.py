"""New slides from the deck's own layouts: their placeholders, filled by type, index or name."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.names import A, P
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.deck import Deck, SlideEntry
from polydesk.office.pptx.inheritance import Inheritance
from polydesk.office.pptx.names import P14
from polydesk.office.pptx.new_parts import NAMESPACES, SLIDE_TYPE, TREE_HEAD, add_part, element, relate, serialised
from polydesk.office.pptx.paragraphs import new_paragraph, parse_lines
from polydesk.office.pptx.shapes import properties_of

_FOOTERS = frozenset({"dt", "ftr", "sldNum"})
_WITHOUT_TEXT = frozenset({"pic", "chart", "tbl", "dgm", "media", "clipArt"})
_ALIASES = {"title": ("title", "ctrTitle"), "ctrTitle": ("ctrTitle", "title"), "body": ("body", "obj")}
_NAMES = {"ctrTitle": "Title", "subTitle": "Subtitle", "body": "Text Placeholder", "obj": "Content Placeholder"}


@dataclass(slots=True)
class Slot:
    """One placeholder of a layout that a new slide has."""

    placeholder: Element
    """The layout's `p:ph`."""
    type: str
    index: str
    name: str
    text: str | None = None
    is_footer: bool = False


def find_layout(deck: Deck, wanted: str) -> str:
    """The layout part of that name (or part name). Raises UnsupportedEditError, listing the deck's layouts."""
    layouts = deck.layouts()
    found = [part for part in layouts if part == wanted] or [
        part for part in layouts if deck.layout_name(part) == wanted
    ]
    found = found or [part for part in layouts if (deck.layout_name(part) or "").casefold() == wanted.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        parts = ", ".join(found)
        raise UnsupportedEditError(f"{len(found)} layouts are called {wanted!r}; name one by its part: {parts}")
    names = ", ".join(repr(deck.layout_name(part) or part) for part in layouts)
    raise UnsupportedEditError(f"the deck has no layout {wanted!r}; it has {names}")


def slots_of(deck: Deck, layout: str, content: Mapping[str, str], like: SlideEntry | None) -> list[Slot]:
    """The placeholders of a new slide with the text that `content` gives them.

    Footers come along where the slide `like` shows them. Raises UnsupportedEditError for content that finds no place.
    """
    inheritance = Inheritance(deck)
    shown = set[str]() if like is None else _footers_of(deck, like)
    slots: list[Slot] = []
    for shape in deck.every_shape(layout):
        placeholder, properties = shape.placeholder, properties_of(shape.element)
        if placeholder is None:
            continue
        type = placeholder.get("type") or inheritance.placeholder_type(layout, shape.element) or "obj"
        if type in _FOOTERS and type not in shown:
            continue
        name = "" if properties is None else properties.get("name", "")
        index = placeholder.get("idx", "0")
        slots.append(Slot(placeholder, type, index, name, is_footer=type in _FOOTERS))
    for key, text in content.items():
        _slot_for(slots, key, deck.layout_name(layout) or layout).text = text
    return slots


def add_slide(deck: Deck, layout: str, slots: list[Slot], like: SlideEntry | None, *, creation_id: int) -> str:
    """Add the part of a new slide; return its name. It is in no list yet."""
    shapes = [_shape_markup(deck, number, slot, like) for number, slot in enumerate(slots, 2)]
    root = (
        f"<p:sld {NAMESPACES}><p:cSld><p:spTree>{TREE_HEAD}{''.join(shapes)}</p:spTree>"
        f'<p:extLst><p:ext uri="{{BB962C8B-B14F-4D97-AF65-F5344CB8AC3E}}"><p14:creationId xmlns:p14="{P14[1:-1]}" '
        f'val="{creation_id}"/></p:ext></p:extLst></p:cSld><p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sld>'
    )
    name = add_part(deck, "/ppt/slides/slide{}.xml", root, SLIDE_TYPE)
    relate(deck, name, "slideLayout", layout)
    return name


def _slot_for(slots: list[Slot], key: str, layout: str) -> Slot:
    type, _, index = key.partition(":")
    candidates = [slot for slot in slots if slot.index == key or slot.name == key]
    if not candidates and index:
        candidates = [slot for slot in slots if slot.index == index and slot.type in _ALIASES.get(type, (type,))]
    if not candidates and not index:
        for alias in _ALIASES.get(type, (type,)):
            candidates = candidates or [slot for slot in slots if slot.type == alias and slot.text is None]
    if not candidates:
        there = ", ".join(f"{slot.type}:{slot.index} ({slot.name})" for slot in slots) or "none"
        raise UnsupportedEditError(f"the layout {layout!r} has no placeholder {key!r}; it has {there}")
    if candidates[0].type in _WITHOUT_TEXT:
        raise UnsupportedEditError(
            f"the placeholder {key!r} of the layout {layout!r} takes no text ({candidates[0].type}); fill "
            "it with an edit of its own kind"
        )
    return candidates[0]


def _shape_markup(deck: Deck, number: int, slot: Slot, like: SlideEntry | None) -> str:
    if slot.is_footer and like is not None and slot.text is None:
        copy = _footer_copy(deck, like, slot.type)
        if copy is not None:
            properties = properties_of(copy)
            assert properties is not None
            properties.set("id", str(number))
            return serialised(copy)
    placeholder = deepcopy(slot.placeholder)
    for child in list(placeholder):
        placeholder.remove(child)
    if "hasCustomPrompt" in placeholder.attrib:
        del placeholder.attrib["hasCustomPrompt"]
    placeholder.tail = None
    name = f"{_NAMES.get(slot.type, slot.name or 'Placeholder').rstrip('0123456789 ')} {number - 1}"
    shape = element(
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name=""/><p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr><p:nvPr/>'
        "</p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:lstStyle/></p:txBody></p:sp>"
    )
    properties, holder, body = properties_of(shape), shape.find(f"{P}nvSpPr/{P}nvPr"), shape.find(f"{P}txBody")
    assert properties is not None
    assert holder is not None
    assert body is not None
    properties.set("name", name)
    holder.append(placeholder)
    body.extend(new_paragraph(line, None) for line in parse_lines(slot.text or ""))
    return serialised(shape)


def _footers_of(deck: Deck, slide: SlideEntry) -> set[str]:
    found = (shape.placeholder for shape in deck.every_shape(slide.part))
    return {placeholder.get("type", "") for placeholder in found if placeholder is not None} & _FOOTERS


def _footer_copy(deck: Deck, slide: SlideEntry, type: str) -> Element | None:
    """The footer as the neighbouring slide has it, its words and field included; none that leans on relationships."""
    for shape in deck.every_shape(slide.part):
        placeholder = shape.placeholder
        if placeholder is not None and placeholder.get("type") == type:
            copy = deepcopy(shape.element)
            copy.tail = None
            for link in list(copy.iter(f"{A}hlinkClick", f"{A}hlinkMouseOver")):
                parent = link.getparent()
                if parent is not None:
                    parent.remove(link)
            etree.strip_elements(copy, f"{P}extLst", f"{A}extLst", with_tail=False)
            return copy
    return None
