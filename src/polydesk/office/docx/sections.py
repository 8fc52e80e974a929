"""Sections: where they end, and what their properties are (ISO/IEC 29500-1, 17.6)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.docx.edits_layout import SetSection
from polydesk.office.docx.formatting import points
from polydesk.office.docx.inline import W_PPR, W_VAL, whole_number
from polydesk.office.docx.order import put_child
from polydesk.office.docx.properties import W_SECT_PR, paragraph_properties, same_xml
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.stories import Stories
from polydesk.office.ooxml.names import R, W
from polydesk.office.ooxml.part import Element, XmlPart

_STARTS = {"next_page": "nextPage", "continuous": "continuous", "even_page": "evenPage", "odd_page": "oddPage"}
_MARGINS = ("top", "bottom", "left", "right")
_TEXT_WIDTH = 9026
"""Of an A4 page with margins of an inch."""
_PAGE = {"w": "11906", "h": "16838"}
_MARGIN = {"top": "1440", "right": "1440", "bottom": "1440", "left": "1440", "header": "708", "footer": "708"}


def sections(part: XmlPart) -> list[Element]:
    """The properties of every section of the body, in order."""
    body = part.root.find(f"{W}body")
    if body is None:
        return []
    inside = [item for item in body.iter(W_SECT_PR) if (holder := item.getparent()) is not None and holder is not body]
    own = last_section(body)
    return [*inside, *([] if own is None else [own])]


def last_section(body: Element) -> Element | None:
    """The properties of the last section; None when the body has none."""
    return next((child for child in body.iterchildren(W_SECT_PR, reversed=True)), None)


def page_ends(stories: Stories) -> dict[Element, dict[tuple[str, str], str]]:
    """By section: its headers and footers, those that it takes over from the one before included.

    The key is `header` or `footer` and the pages that it is for (`default`, `first`, `even`); the value is the part.
    """
    relationships = {item.id: item for item in stories.package.relationships(stories.main_part)}
    found: dict[Element, dict[tuple[str, str], str]] = {}
    current: dict[tuple[str, str], str] = {}
    for section in sections(stories.main):
        current = dict(current)
        for kind in ("header", "footer"):
            for reference in section.findall(f"{W}{kind}Reference"):
                relationship = relationships.get(reference.get(f"{R}id", ""))
                part = None if relationship is None else stories.package.resolve(stories.main_part, relationship)
                if part is not None:
                    current[kind, reference.get(f"{W}type", "default")] = part
        found[section] = current
    return found


def section_of(part: XmlPart, paragraph: Element) -> Element:
    """Properties of the section that a paragraph of the body stands in, made where the last section has none."""
    body = part.root.find(f"{W}body")
    if body is None or body not in paragraph.iterancestors():
        raise UnsupportedEditError("sections are of the body; name a paragraph there", part=part.name)
    top = paragraph
    while (parent := top.getparent()) is not None and parent is not body:
        top = parent
    for block in (top, *top.itersiblings()):
        found = next(block.iter(W_SECT_PR), None)
        if found is not None:
            return found
    section = etree.Element(W_SECT_PR)
    part.append(body, section)
    return section


def text_width(part: XmlPart, place: Element) -> int:
    """Twentieths of a point between the margins, or inside the cell, where `place` stands; A4's where nobody says."""
    cell = next(place.iterancestors(f"{W}tc"), None)
    measure = None if cell is None else cell.find(f"{W}tcPr/{W}tcW")
    if measure is not None and measure.get(f"{W}type") == "dxa" and (width := whole_number(measure.get(f"{W}w"))):
        return max(width - 216, 200)
    body = part.root.find(f"{W}body")
    found = [] if body is None else sections(part)
    after = [item for item in found if item.find(f"{W}pgSz") is not None]
    if not after:
        return _TEXT_WIDTH
    size, margins = after[-1].find(f"{W}pgSz"), after[-1].find(f"{W}pgMar")
    left, right = ((whole_number(margins.get(f"{W}{s}")) if margins is not None else None) for s in ("left", "right"))
    page = None if size is None else whole_number(size.get(f"{W}w"))
    width = (page or int(_PAGE["w"])) - (left or 0) - (right or 0)
    return width if width > 200 else _TEXT_WIDTH


def insert_section_break(part: XmlPart, paragraph: Element, start: str) -> None:
    """End a section with the paragraph; what follows begins at `start`."""
    parent = paragraph.getparent()
    if part.root.tag != f"{W}document" or parent is None or parent.tag != f"{W}body":
        raise UnsupportedEditError(
            "a section ends with a paragraph of the body itself, not in a table, text box, note or header",
            part=part.name,
        )
    if paragraph.find(f"{W_PPR}/{W_SECT_PR}") is not None:
        raise UnsupportedEditError("the paragraph ends a section already", part=part.name)
    following = section_of(part, paragraph)
    part.touch(paragraph)
    part.touch(following)
    copy = deepcopy(following)
    copy.tail = None
    for record in copy.findall(f"{W}sectPrChange"):
        copy.remove(record)
    put_child(paragraph_properties(paragraph), copy)
    # The second half takes over the first one's headers and footers.
    for name in ("headerReference", "footerReference"):
        for reference in following.findall(f"{W}{name}"):
            following.remove(reference)
    kind = etree.Element(f"{W}type")
    kind.set(W_VAL, _STARTS[start])
    put_child(following, kind)


def set_section(part: XmlPart, paragraph: Element, edit: SetSection, revisions: Revisions, *, tracked: bool) -> None:
    """Change the page of the section."""
    section = section_of(part, paragraph)
    part.touch(section)
    recorded = section.find(f"{W}sectPrChange")
    if tracked and recorded is not None and recorded not in revisions.made:
        raise UnsupportedEditError(
            'the section has a tracked change already; accept or reject that first, or edit with "tracked": false',
            part=part.name,
        )
    old = _without_references(section)
    _put_page(section, edit)
    if tracked and recorded is None and not same_xml(old, _without_references(section)):
        change = revisions.mark("sectPrChange")
        change.append(old)
        section.append(change)


def _without_references(section: Element) -> Element:
    copy = deepcopy(section)
    copy.tail = None
    for name in ("headerReference", "footerReference", "sectPrChange"):
        for child in copy.findall(f"{W}{name}"):
            copy.remove(child)
    return copy


def _put_page(section: Element, edit: SetSection) -> None:
    size = _copied(section, "pgSz", _PAGE)
    margins = _copied(section, "pgMar", _MARGIN)
    sizes = {"w": edit.page_width, "h": edit.page_height}
    given = {side: getattr(edit, f"margin_{side}") for side in _MARGINS}
    if edit.orientation is not None:
        is_wide = (whole_number(size.get(f"{W}w")) or 0) > (whole_number(size.get(f"{W}h")) or 0)
        if is_wide != (edit.orientation == "landscape"):
            _turn(size, margins)
        size.set(f"{W}orient", edit.orientation)
    for name, value in sizes.items():
        if value is not None:
            size.set(f"{W}{name}", points(value, f"page_{'width' if name == 'w' else 'height'}", least=36))
    for side, value in given.items():
        if value is not None:
            margins.set(f"{W}{side}", points(value, f"margin_{side}"))
    if edit.orientation is not None or any(value is not None for value in sizes.values()):
        put_child(section, size)
    if edit.orientation is not None or any(value is not None for value in given.values()):
        put_child(section, margins)
    if edit.columns is not None or edit.column_gap is not None:
        _put_columns(section, edit)


def _put_columns(section: Element, edit: SetSection) -> None:
    columns = _copied(section, "cols", {"space": "708"})
    if edit.columns is not None:
        if not 1 <= edit.columns <= 45:
            raise UnsupportedEditError(f"a page has 1 to 45 columns; the edit says {edit.columns}")
        for child in list(columns):
            columns.remove(child)
        for name in ("equalWidth", "num"):
            if f"{W}{name}" in columns.attrib:
                del columns.attrib[f"{W}{name}"]
        columns.set(f"{W}num", str(edit.columns))
    if edit.column_gap is not None:
        columns.set(f"{W}space", points(edit.column_gap, "column_gap"))
    put_child(section, columns)


def _turn(size: Element, margins: Element) -> None:
    """Turn the page by a quarter, as Word does: the top margin becomes the right one of the wide page."""
    width, height = size.get(f"{W}w", _PAGE["w"]), size.get(f"{W}h", _PAGE["h"])
    size.set(f"{W}w", height)
    size.set(f"{W}h", width)
    old = {side: margins.get(f"{W}{side}", _MARGIN[side]) for side in _MARGINS}
    for side, source in (("left", "top"), ("right", "bottom"), ("top", "right"), ("bottom", "left")):
        margins.set(f"{W}{side}", old[source])


def _copied(section: Element, name: str, defaults: dict[str, str]) -> Element:
    old = section.find(f"{W}{name}")
    if old is not None:
        copy = deepcopy(old)
        copy.tail = None
        return copy
    new = etree.Element(f"{W}{name}")
    for key, value in defaults.items():
        new.set(f"{W}{key}", value)
    return new


def section_values(section: Element) -> dict[str, Any]:
    """What `set_section` can say of the section, lengths in points; None where the section says nothing."""
    size, margins, columns = (section.find(f"{W}{name}") for name in ("pgSz", "pgMar", "cols"))
    return {
        "orientation": None if size is None else size.get(f"{W}orient", "portrait"),
        "page_width": _points(size, "w"),
        "page_height": _points(size, "h"),
        **{f"margin_{side}": _points(margins, side) for side in _MARGINS},
        "columns": None if columns is None else whole_number(columns.get(f"{W}num")) or 1,
        "column_gap": _points(columns, "space"),
    }


def _points(element: Element | None, name: str) -> float | None:
    value = None if element is None else whole_number(element.get(f"{W}{name}"))
    return None if value is None or value > 31680 else value / 20
